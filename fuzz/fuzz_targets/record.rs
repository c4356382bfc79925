//! STRU R in MODE S: escape sequences in any type, and garbage instead of them.

#![no_main]

mod common;

use libfuzzer_sys::fuzz_target;
use packetboat_proto::encoding::FileStructure;

fuzz_target!(|data: &[u8]| {
    common::read(data, |format| format.structure = FileStructure::Record);
});
