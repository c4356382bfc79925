//! TYPE E: each byte of the file maps to exactly one on the wire, with and without record
//! structure.

#![no_main]

mod common;

use libfuzzer_sys::fuzz_target;
use packetboat_proto::encoding::RepresentationType;

fuzz_target!(|data: &[u8]| {
    common::read(data, |format| format.representation = RepresentationType::Ebcdic);
});
