//! Running the client when it retries: with pauses so short that no test has to wait for them.

use std::path::Path;

use tempfile::TempDir;

use crate::program::{Output, client, run};

/// Creates an empty folder.
///
/// # Panics
///
/// If that fails.
pub fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

/// Runs the client in a folder, with short pauses between retries.
///
/// # Panics
///
/// If it cannot be run.
pub fn client_in(folder: &Path, words: &[&str]) -> Output {
    let settings = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(settings.path(), "[retry]\nfirst-pause = \"10ms\"\n").expect("settings");
    let mut command = client(words);
    command.arg("--config").arg(settings.path());
    run(command.current_dir(folder).env("HOME", folder))
}

/// Creates a folder that contains a file `f`.
///
/// # Panics
///
/// If that fails.
pub fn home_with(content: &[u8]) -> TempDir {
    let home = folder();
    std::fs::write(home.path().join("f"), content).expect("a file");
    home
}
