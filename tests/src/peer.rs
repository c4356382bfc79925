//! Other people's clients: found if they are installed, run with a home of their own.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::program::{Output, run_with_input};
use crate::skip;

/// A client of other people, ready to run in an empty folder that is its home.
pub struct Run {
    name: &'static str,
    home: TempDir,
}

/// The client of this name, or nothing where it is not installed, which is then said.
///
/// # Panics
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

    /// Puts a file there.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.home().join(name), content).expect("a file");
    }

    /// What a file there holds.
    pub fn read(&self, name: &str) -> Vec<u8> {
        let path = self.home().join(name);
        std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Runs it.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.run_with_input(arguments, "")
    }

    /// Runs it with something to read.
    pub fn run_with_input(&self, arguments: &[&str], input: &str) -> Output {
        self.run_as(self.name, arguments, input)
    }

    /// Runs a program that comes with it.
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
