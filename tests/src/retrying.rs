//! The client where it repeats what has failed: with pauses for which no test has to wait.

use std::path::Path;

use tempfile::TempDir;

use crate::program::{Output, client, run};

/// An empty folder.
///
/// # Panics
/// If there is none to be had.
pub fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

/// Runs the client in a folder, with short pauses before what it repeats.
///
/// # Panics
/// If it cannot be run.
pub fn client_in(folder: &Path, words: &[&str]) -> Output {
    let settings = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(settings.path(), "[retry]\nfirst-pause = \"10ms\"\n").expect("settings");
    let mut command = client(words);
    command.arg("--config").arg(settings.path());
    run(command.current_dir(folder).env("HOME", folder))
}

/// A folder that holds a file `f`.
///
/// # Panics
/// If there is none to be had.
pub fn home_with(content: &[u8]) -> TempDir {
    let home = folder();
    std::fs::write(home.path().join("f"), content).expect("a file");
    home
}
