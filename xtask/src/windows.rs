//! What the client for Windows takes to be looked at and run on this machine.

use std::env;
use std::path::Path;
use std::process::Command;

use crate::steps::{self, Outcome};

/// As Rust calls it.
const TARGET: &str = "x86_64-pc-windows-gnu";
/// What links programs for it.
const LINKER: &str = "x86_64-w64-mingw32-gcc";
/// Where Wine is, which runs them.
const WINE: &[&str] = &["wine", "wine64", "/usr/lib/wine/wine64"];

/// What it takes to build the program and is not there.
pub(crate) fn missing_to_build() -> Option<String> {
    if !is_there(LINKER) {
        return Some(format!("{LINKER} is not installed"));
    }
    let asked =
        Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]).output();
    let has_target =
        asked.is_ok_and(|said| Path::new(String::from_utf8_lossy(&said.stdout).trim()).is_dir());
    (!has_target).then(|| format!("`rustup target add {TARGET}` was not done"))
}

/// The same to run it.
pub(crate) fn missing_to_run() -> Option<String> {
    let wine = WINE.iter().any(|name| is_there(name));
    missing_to_build().or_else(|| (!wine).then(|| "Wine is not installed".to_owned()))
}

/// Clippy on what is built there, with every warning an error.
pub(crate) fn lint(root: &Path) -> Outcome {
    let arguments =
        ["clippy", "--package", "packetboat", "--target", TARGET, "--", "-D", "warnings"];
    steps::cargo(root, &arguments, &[])
}

fn is_there(name: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(name).is_file())
}
