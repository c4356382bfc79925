//! Quotas and bandwidth limits through the real program: how every verb counts, what is refused and
//! when, and counts that are correct after a crash.

mod counted;
mod rates;
mod taken_away;
mod written_down;

use std::collections::BTreeSet;
use std::io::{ErrorKind, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use packetboat_tests::keeper::{KEPT_PASSWORD as PASSWORD, Keeper};
use packetboat_tests::program::Output;
use packetboat_tests::{Dialogue, Reply, Server, Setup, wait_for};
use serde_json::Value;

/// A database, and the root folders of its accounts beside it.
struct House {
    keeper: Keeper,
}

impl House {
    fn new() -> Self {
        Self { keeper: Keeper::new() }
    }

    fn root(&self, name: &str) -> PathBuf {
        self.keeper.path(name)
    }

    fn user(&self, words: &[&str]) -> Output {
        self.keeper.user(words)
    }

    /// Adds an account that may do everything in a folder of its own.
    fn add(&self, name: &str, words: &[&str]) {
        self.add_with_rights(name, "all", words);
    }

    /// The same with these rights.
    fn add_with_rights(&self, name: &str, rights: &str, words: &[&str]) {
        std::fs::create_dir(self.root(name)).expect("a root");
        let root = self.root(name).display().to_string();
        self.keeper.add(&[&[name, "--rights", rights, "--root", &root], words].concat());
    }

    fn serve(&self, further: &[&'static str]) -> Server {
        let arguments = [self.keeper.arguments().as_slice(), further].concat();
        Server::with(Setup { arguments, ..Setup::default() })
    }

    fn show(&self, name: &str) -> Value {
        self.keeper.json(&["show", name])
    }

    /// The usage stored in the database, once no server is changing it.
    fn stored(&self, name: &str) -> (u64, u64) {
        let stored = &self.show(name)["stored"];
        let number = |key: &str| stored[key].as_u64().unwrap_or_else(|| panic!("{stored}"));
        (number("bytes"), number("files"))
    }
}

fn login(server: &Server, name: &str) -> Dialogue {
    let mut dialogue = server.connect();
    dialogue.login(name, PASSWORD);
    dialogue.expect("TYPE I", 200);
    dialogue
}

/// The usage on the disk: bytes and files.
fn disk(folder: &Path) -> (u64, u64) {
    let mut seen = BTreeSet::new();
    let bytes = bytes_below(folder, &mut seen);
    (bytes, u64::try_from(seen.len()).expect("a number of files"))
}

/// The bytes of all files not seen before. Uploads may end meanwhile: a name that has disappeared
/// when it is looked up is a file that was renamed, and a file met again under its new name is the
/// same file.
fn bytes_below(folder: &Path, seen: &mut BTreeSet<u64>) -> u64 {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let found = match std::fs::symlink_metadata(&path) {
            Ok(found) => found,
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => panic!("{}: {error}", path.display()),
        };
        if !seen.insert(found.ino()) {
            continue;
        }
        if found.is_file() {
            bytes += found.len();
        } else if found.is_dir() {
            bytes += bytes_below(&path, seen);
        }
    }
    bytes
}

/// The usage that SITE QUOTA reports: bytes and files.
#[track_caller]
fn quota(d: &mut Dialogue) -> (u64, u64) {
    let text = d.expect("SITE QUOTA", 211).text();
    // Each half starts with the usage; the limit follows if there is one.
    let number = |half: &str| half.split(' ').find_map(|word| word.parse().ok());
    let halves = text.split_once(" and ");
    let numbers = halves.and_then(|(bytes, files)| Some((number(bytes)?, number(files)?)));
    numbers.unwrap_or_else(|| panic!("{text}"))
}

/// Sends as much as the server accepts, and returns the last reply.
#[track_caller]
fn store(d: &mut Dialogue, line: &str, content: &[u8]) -> Reply {
    let mut data = d.epsv();
    d.expect(line, 150);
    // The server may close the connection at any byte.
    let _ = data.write_all(content);
    drop(data);
    d.reply()
}

/// Sends some data and disappears.
#[track_caller]
fn break_off(d: &mut Dialogue, line: &str, content: &[u8]) {
    let mut data: TcpStream = d.epsv();
    d.expect(line, 150);
    data.write_all(content).expect("the server reads");
    let arrived = format!("{} bytes so far", content.len());
    wait_for(&arrived, || d.expect("STAT", 211).text().contains(&arrived).then_some(()));
    d.expect("ABOR", 426);
    d.reply().code(226);
}
