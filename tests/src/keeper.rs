//! [`Keeper`]: an accounts database, and the commands that manage it.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::program::{Output, packetboat, run, run_with_input};
use crate::{Server, Setup};

/// The password of accounts created with [`Keeper::add`].
pub const KEPT_PASSWORD: &str = "battery staple";

/// An accounts database in a temporary folder.
pub struct Keeper {
    folder: TempDir,
}

impl Keeper {
    /// Creates an empty database with cheap password hashes.
    #[expect(clippy::new_without_default, reason = "it makes a folder and runs a program")]
    pub fn new() -> Self {
        let keeper = Self { folder: tempfile::tempdir().expect("a folder") };
        std::fs::create_dir(keeper.path("state")).expect("a folder");
        keeper.user(&["cost", "m=8,t=1,p=1"]).ok();
        keeper
    }

    /// A path in its folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The path of the database.
    pub fn database(&self) -> PathBuf {
        self.path("state/accounts.db")
    }

    /// The command `packetboat` with these arguments, for this database.
    pub fn program(&self, words: &[&str]) -> Command {
        let mut command = Command::new(packetboat());
        command.args(words).env("PACKETBOAT_DATABASE", self.database());
        command
    }

    /// Runs `packetboat` with these arguments.
    pub fn run(&self, words: &[&str]) -> Output {
        run(&mut self.program(words))
    }

    /// The command `packetboat user` with these arguments.
    pub fn command(&self, words: &[&str]) -> Command {
        self.program(&[&["user"], words].concat())
    }

    /// Runs `packetboat user`.
    pub fn user(&self, words: &[&str]) -> Output {
        run(&mut self.command(words))
    }

    /// Runs `packetboat user` and parses its JSON output.
    ///
    /// # Panics
    ///
    /// If the output is not JSON.
    pub fn json(&self, words: &[&str]) -> Value {
        let output = run(self.command(words).arg("--json")).ok();
        serde_json::from_str(&output.stdout).expect("JSON")
    }

    /// Adds an account with [`KEPT_PASSWORD`].
    pub fn add(&self, words: &[&str]) {
        run_with_input(self.command(&["add"]).args(words), KEPT_PASSWORD.as_bytes()).ok();
    }

    /// The options that make a server use this database.
    pub fn arguments(&self) -> Vec<&'static str> {
        vec!["--database", leak(self.database().display().to_string())]
    }

    /// Starts a server with these accounts.
    pub fn serve(&self) -> Server {
        Server::with(Setup { arguments: self.arguments(), ..Setup::default() })
    }
}

/// Leaks a string, because server arguments must be `'static`.
pub fn leak(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}
