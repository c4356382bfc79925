//! Codes that the catalogue says a server sends and that ours has no situation for, each with its reason. A
//! code leaves this list when it gets a scenario; the test fails on one that is in both.

/// A code and why it has no scenario.
pub const NOT_YET: &[(u16, &str)] = &[];
