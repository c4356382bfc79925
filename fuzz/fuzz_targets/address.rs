//! Addresses in PORT, PASV and EPRT: an accepted address can be formatted and parsed again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use packetboat_proto::address::{
    format_extended, format_host_port, parse_extended, parse_host_port,
};

fuzz_target!(|data: &[u8]| {
    if let Ok(address) = parse_host_port(data) {
        assert_eq!(parse_host_port(format_host_port(address).as_bytes()).ok(), Some(address));
    }
    if let Ok(address) = parse_extended(data) {
        assert_eq!(parse_extended(format_extended(address).as_bytes()).ok(), Some(address));
    }
});
