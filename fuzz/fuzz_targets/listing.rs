//! Listings as servers send them. A name that is considered safe must not lead to another
//! directory.

#![no_main]

use libfuzzer_sys::fuzz_target;
use packetboat_proto::listing_parse::{parse_facts, parse_list_line};
use packetboat_proto::time::Timestamp;

fuzz_target!(|data: &[u8]| {
    for line in data.split(|&byte| byte == b'\n') {
        // 2026-01-01, from which the year of lines without one is derived.
        for entry in [parse_facts(line), parse_list_line(line, Timestamp(1_767_225_600))] {
            if let Some(name) = entry.as_ref().and_then(|entry| entry.safe_name()) {
                assert!(!name.is_empty() && name != b"." && name != b"..");
                assert!(!name.contains(&b'/') && !name.contains(&0));
            }
        }
    }
});
