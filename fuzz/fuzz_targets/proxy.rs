//! PROXY headers: no input makes the reader panic, ask for bytes it already has, or ask for more
//! than it may.

#![no_main]

use libfuzzer_sys::fuzz_target;
use packetboat_proto::proxy::{LONGEST, Reading, read};

fuzz_target!(|data: &[u8]| {
    let mut taken = 0;
    while let Ok(Reading::Needs(needs)) = read(&data[..taken]) {
        assert!(needs > taken && needs <= LONGEST);
        if needs > data.len() {
            return;
        }
        taken = needs;
    }
});
