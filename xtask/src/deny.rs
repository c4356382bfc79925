//! Checks the dependencies against deny.toml if cargo-deny is installed. Known vulnerabilities are
//! left out: their list comes over the network and changes independently of this tree.

use std::path::Path;

use crate::steps::{self, Outcome};

/// Why the check cannot run here, if so.
pub(crate) fn is_missing(root: &Path) -> Option<String> {
    let found = steps::cargo_output(root, &["deny", "--version"]);
    found.err().map(|_| "cargo-deny is not installed (cargo install --locked cargo-deny)".into())
}

/// Checks licences, versions and sources of all dependencies. Duplicate versions are allowed and
/// not reported.
pub(crate) fn check(root: &Path) -> Outcome {
    let arguments = ["deny", "--log-level", "error", "check", "licenses", "bans", "sources"];
    steps::cargo(root, &arguments, &[])
}
