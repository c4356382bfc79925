//! Codes that the catalogue says a server sends, but for which there is no scenario, each with the
//! reason. Remove a code from this list when you add a scenario for it; a test fails if a code is
//! in both.

/// A code, and why it has no scenario.
pub const NOT_YET: &[(u16, &str)] = &[];
