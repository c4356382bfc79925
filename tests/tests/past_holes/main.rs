//! The classes of vulnerabilities that FTP servers have had, each tried against the real program
//! over TCP. If other tests already cover a class, only the missing cases are here.
//! `docs/guide/security-tests.md` lists all of them.

mod elsewhere;
mod floods;
mod paths;
mod races;
mod rights;
mod wires;
mod words;

use std::path::{Path, PathBuf};
use std::process::Command;

use packetboat_tests::keeper::{KEPT_PASSWORD as PASSWORD, Keeper};
use packetboat_tests::program::{Output, run_with_input};
use packetboat_tests::{Dialogue, Server, Setup};

/// The content of files outside the served folder, which nobody may ever read.
const SECRET: &str = "TOP-SECRET";

/// A database of accounts, and a folder for everything beside the served one.
struct Ground {
    keeper: Keeper,
}

impl Ground {
    fn new() -> Self {
        Self { keeper: Keeper::new() }
    }

    fn beside(&self, name: &str) -> PathBuf {
        self.keeper.path(name)
    }

    /// A path in the folder, as text for a command line.
    fn text(&self, name: &str) -> String {
        self.beside(name).display().to_string()
    }

    fn command(&self, words: &[&str]) -> Command {
        self.keeper.program(words)
    }

    fn run(&self, words: &[&str]) -> Output {
        self.keeper.run(words)
    }

    /// Adds an account with [`PASSWORD`], if that is allowed.
    fn add(&self, words: &[&str]) -> Output {
        let words = [&["user", "add"], words].concat();
        run_with_input(&mut self.command(&words), PASSWORD.as_bytes())
    }

    /// The names of all accounts, one per line.
    fn names(&self) -> String {
        self.run(&["user", "list", "--json"]).ok().stdout
    }

    fn serve(&self, setup: Setup) -> Server {
        let mut setup = setup;
        setup.arguments.extend(self.keeper.arguments());
        Server::with(setup)
    }
}

/// A session of an account in the database, in TYPE I.
fn login(server: &Server, name: &str) -> Dialogue {
    let mut dialogue = server.connect();
    dialogue.login(name, PASSWORD);
    dialogue.expect("TYPE I", 200);
    dialogue
}

/// Creates a folder with a file that contains [`SECRET`], which nobody may reach.
fn trap(folder: &Path) {
    std::fs::create_dir_all(folder.join("sub")).expect("a folder");
    for name in ["secret", "sub/secret"] {
        std::fs::write(folder.join(name), SECRET).expect("a file");
    }
}

/// Checks that the folder is as [`trap`] left it.
#[track_caller]
fn check_trap(folder: &Path) {
    let names = |path: &Path| {
        let entries = std::fs::read_dir(path).expect("the trap");
        let mut names: Vec<_> = entries.map(|entry| entry.expect("an entry").file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(names(folder), ["secret", "sub"]);
    assert_eq!(names(&folder.join("sub")), ["secret"]);
    for name in ["secret", "sub/secret"] {
        assert_eq!(std::fs::read(folder.join(name)).expect("the file"), SECRET.as_bytes());
    }
}
