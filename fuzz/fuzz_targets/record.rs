//! STRU R in MODE S: escapes in any type, and garbage in their place.

#![no_main]

mod common;

use libfuzzer_sys::fuzz_target;
use packetboat_proto::encoding::FileStructure;

fuzz_target!(|data: &[u8]| {
    common::read(data, |format| format.structure = FileStructure::Record);
});
