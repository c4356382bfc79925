//! The job that every client gets: transfer files with awkward names and sizes in both directions.

use std::path::Path;

use crate::noise;
use crate::server::Server;

/// Names that a client must quote, escape or encode in some way.
pub const NAMES: [&str; 6] = [
    "plain.bin",
    "empty",
    "with some spaces.txt",
    "\u{fc}ml\u{e4}ut.txt",
    "\"quoted\" & 'more'.txt",
    "large.bin",
];

/// The content of the file with this name.
pub fn content(name: &str) -> Vec<u8> {
    noise(match name {
        "empty" => 0,
        "large.bin" => 3_000_000,
        name => 1000 + name.len(),
    })
}

/// Puts the files into a folder, and some of them into a subfolder.
pub fn fill(folder: &Path) {
    std::fs::create_dir_all(folder.join("inner")).expect("a folder");
    for name in NAMES {
        std::fs::write(folder.join(name), content(name)).expect("a file");
    }
    for name in &NAMES[..3] {
        std::fs::write(folder.join("inner").join(name), content(name)).expect("a file");
    }
}

/// Checks that the files exist with the right content.
///
/// # Panics
///
/// If not.
pub fn check_files(folder: &Path) {
    for name in NAMES {
        check(&folder.join(name), &content(name));
    }
}

/// The same as [`check_files`], including the subfolder.
///
/// # Panics
///
/// If not.
pub fn check_tree(folder: &Path) {
    check_files(folder);
    for name in &NAMES[..3] {
        check(&folder.join("inner").join(name), &content(name));
    }
}

/// Checks the content of a file.
///
/// # Panics
///
/// If it is different.
pub fn check(path: &Path, content: &[u8]) {
    let shown = path.display();
    let found = std::fs::read(path).unwrap_or_else(|error| panic!("{shown}: {error}"));
    assert_eq!(found.len(), content.len(), "{shown}");
    assert!(found == content, "{shown} has the right length but the wrong bytes");
}

/// A server with the files in `down`, an empty `up`, and the first megabyte of the large file in
/// `up/part`.
pub fn server() -> Server {
    let server = Server::start();
    fill(&server.path("down"));
    std::fs::create_dir(server.path("up")).expect("a folder");
    server.write("up/part", &content("large.bin")[..1_000_000]);
    server.write("victim", "to be renamed and deleted");
    server
}

/// Checks in the log that the large file was resumed instead of sent again.
///
/// # Panics
///
/// If it was sent again.
pub fn check_resumed(server: &Server, verb: &str) {
    let of_verb = |line: &&str| line.contains(&format!(" 226 {verb} "));
    crate::wait_for(&format!("a {verb} of 2000000 bytes"), || {
        let log = server.log();
        log.lines().filter(of_verb).any(|line| line.contains(" 2000000 bytes ")).then_some(())
    });
}

/// A name as it is written in a URL.
pub fn encoded(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    name.bytes()
        .map(|byte| if plain(byte) { char::from(byte).into() } else { format!("%{byte:02X}") })
        .collect()
}
