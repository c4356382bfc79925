//! TYPE E: each byte has its own in the file, with and without records.

#![no_main]

mod common;

use libfuzzer_sys::fuzz_target;
use packetboat_proto::encoding::RepresentationType;

fuzz_target!(|data: &[u8]| {
    common::read(data, |format| format.representation = RepresentationType::Ebcdic);
});
