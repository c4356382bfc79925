//! Codes that the catalogue says a server sends and that ours has no situation for, each with its reason. A
//! code leaves this list when it gets a scenario; the test fails on one that is in both.

/// A code and why it has no scenario.
pub const NOT_YET: &[(u16, &str)] = &[
    (232, "TLS is not built yet: no client shows a certificate"),
    (234, "TLS is not built yet"),
    (431, "TLS is not built yet: no certificate can be missing"),
    (533, "TLS is not built yet: no command needs protection"),
    (534, "TLS is not built yet: no protection can be refused"),
    (535, "TLS is not built yet: no handshake can fail"),
    (536, "TLS is not built yet: PROT is unknown"),
];
