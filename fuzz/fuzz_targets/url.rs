//! URLs: an accepted URL has a host, and its path contains nothing that could end a command.

#![no_main]

use libfuzzer_sys::fuzz_target;
use packetboat_proto::url::FtpUrl;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(url) = FtpUrl::parse(text) else { return };
    assert!(!url.host().is_empty());
    let parts = [Some(url.path()), url.user(), url.password()];
    let ends_a_line = |byte: &u8| matches!(byte, b'\r' | b'\n' | 0);
    assert!(!parts.into_iter().flatten().flatten().any(ends_a_line));
    // The displayed form hides the password and is safe to print anywhere.
    assert!(!url.to_string().chars().any(char::is_control));
});
