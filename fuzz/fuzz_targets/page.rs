//! STRU P: page headers and pages, and garbage instead of them.

#![no_main]

mod common;

use libfuzzer_sys::fuzz_target;
use packetboat_proto::encoding::{FileStructure, RepresentationType};

fuzz_target!(|data: &[u8]| {
    common::read(data, |format| {
        format.representation = RepresentationType::Image;
        format.structure = FileStructure::Page;
    });
});
