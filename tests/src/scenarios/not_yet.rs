//! Codes that the catalogue says a server sends and that ours has no situation for, each with its reason. A
//! code leaves this list when it gets a scenario; the test fails on one that is in both.

/// A code and why it has no scenario.
pub const NOT_YET: &[(u16, &str)] = &[
    (232, "client certificates are not asked for"),
    (
        535,
        "TLS has no ADAT and no wrapped commands; a data handshake that fails is 522 (RFC 4217 §10.2)",
    ),
];
