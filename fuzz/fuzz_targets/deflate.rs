//! MODE Z: a zlib stream of any type, with and without record structure, and garbage instead of it.

#![no_main]

mod common;

use libfuzzer_sys::fuzz_target;
use packetboat_proto::encoding::TransmissionMode;

fuzz_target!(|data: &[u8]| {
    common::read(data, |format| format.mode = TransmissionMode::Deflate);
});
