//! Other people's clients: used if they are installed, and run with a home folder of their own.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::program::{Output, run_with_input};
use crate::skip;

/// A client, ready to run in an empty folder that is also its home.
pub struct Run {
    name: &'static str,
    home: TempDir,
}

/// Looks for the client of this name. If it is not installed, reports the test as skipped.
///
/// # Panics
///
/// If it is missing on CI.
pub fn peer(name: &'static str) -> Option<Run> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    if std::env::split_paths(&path).any(|folder| folder.join(name).exists()) {
        return Some(Run { name, home: tempfile::tempdir().expect("a folder") });
    }
    skip(name, &format!("{name} is not installed"));
    None
}

impl Run {
    /// The folder it runs in.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Creates a file in that folder.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.home().join(name), content).expect("a file");
    }

    /// Reads a file in that folder.
    pub fn read(&self, name: &str) -> Vec<u8> {
        let path = self.home().join(name);
        std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Runs the client.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.run_with_input(arguments, "")
    }

    /// Runs the client with this standard input.
    pub fn run_with_input(&self, arguments: &[&str], input: &str) -> Output {
        self.run_as(self.name, arguments, input)
    }

    /// Runs another program that comes with the client.
    pub fn run_as(&self, name: &str, arguments: &[&str], input: &str) -> Output {
        let mut command = Command::new(name);
        command.args(arguments).current_dir(self.home()).env("HOME", self.home());
        command.env("LC_ALL", "C.UTF-8").env("LFTP_HOME", self.home()).env_remove("ftp_proxy");
        for name in ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "RCLONE_CONFIG"] {
            command.env_remove(name);
        }
        run_with_input(&mut command, input.as_bytes())
    }
}
