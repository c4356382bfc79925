//! What we depend on, held against deny.toml, where cargo-deny is installed. Known holes are left out: the list of them
//! comes over the network, and changes while nothing here does.

use std::path::Path;

use crate::steps::{self, Outcome};

/// Why it cannot be looked at here.
pub(crate) fn is_missing(root: &Path) -> Option<String> {
    let found = steps::cargo_output(root, &["deny", "--version"]);
    found.err().map(|_| "cargo-deny is not installed (cargo install --locked cargo-deny)".into())
}

/// Licences, versions and sources of all dependencies. That a version is there twice is no stop, and not told.
pub(crate) fn check(root: &Path) -> Outcome {
    let arguments = ["deny", "--log-level", "error", "check", "licenses", "bans", "sources"];
    steps::cargo(root, &arguments, &[])
}
