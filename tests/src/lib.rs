//! End-to-end tests: the real program against real clients. This library contains what the tests
//! share: starting the program, speaking FTP by hand, and running other people's tools.

#![forbid(unsafe_code)]

pub mod again;
pub mod breaker;
pub mod canned;
pub mod certificates;
pub mod cutter;
pub mod dialogue;
pub mod fake;
pub mod faults;
pub mod job;
pub mod keeper;
pub mod matrix;
pub mod others;
pub mod pebble;
pub mod peer;
pub mod ports;
pub mod program;
pub mod retrying;
pub mod scenarios;
pub mod server;
pub mod successor;
pub mod tls;
pub mod wine;

pub use canned::Canned;
pub use dialogue::{Dialogue, Reply};
pub use packetboat_skip::{say_skipped, skip};
pub use peer::{Run, peer};
pub use server::{Server, Setup};

use std::io::ErrorKind;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The project's folder.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// Resolves a path from an environment variable. Relative paths start at the project's folder,
/// where cargo is called; tests run in another folder.
pub fn from_root(path: impl AsRef<Path>) -> PathBuf {
    Path::new(ROOT).join(path)
}

/// How long anything may take before a test gives up. A test waits this long only if something is
/// broken.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// The user name of every server's account.
pub const USER: &str = "alice";
/// Its password, which protects nothing but a loopback port.
pub const PASSWORD: &str = "correct horse";

/// Calls `ask` repeatedly until it returns something.
///
/// # Panics
///
/// If nothing was returned for [`PATIENCE`].
pub fn wait_for<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < deadline, "timed out waiting for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Accepts the next connection, and sets the same timeout for reading from it.
///
/// # Panics
///
/// If no client connects within [`PATIENCE`]; a client that has failed never will.
#[track_caller]
pub fn accept(listener: &TcpListener) -> TcpStream {
    listener.set_nonblocking(true).expect("a socket");
    let stream = wait_for("a connection", || match listener.accept() {
        Ok((stream, _)) => Some(stream),
        Err(error) if error.kind() == ErrorKind::WouldBlock => None,
        Err(error) => panic!("cannot accept a connection: {error}"),
    });
    stream.set_nonblocking(false).expect("a socket");
    dialogue::patient(stream)
}

/// This many bytes of all values, without repetition near any block size, and the same on each
/// call.
pub fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64 ^ length as u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        bytes.extend_from_slice(&next());
    }
    bytes.truncate(length);
    bytes
}

/// The reason why this kernel has no Landlock, if so.
pub fn without_landlock() -> Option<String> {
    use landlock::{AccessFs, CompatLevel, Compatible as _, Ruleset, RulesetAttr as _};
    // The server uses none of Landlock's first version, which forbids every move between folders.
    // Creating a ruleset restricts nothing.
    let ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::Refer)
        .and_then(Ruleset::create);
    ruleset.err().map(|error| format!("this kernel has no Landlock: {error}"))
}

/// Whether this machine has Landlock. If not, reports the test as skipped.
///
/// # Panics
///
/// As [`skip`].
pub fn has_landlock() -> bool {
    let missing = without_landlock();
    missing.iter().for_each(|why| skip("landlock", why));
    missing.is_none()
}

/// Whether the tests run as root. If not, reports the test as skipped; `what` is the action that
/// needs root.
///
/// # Panics
///
/// As [`skip`].
pub fn has_root(what: &str) -> bool {
    let is_root = rustix::process::geteuid().is_root();
    if !is_root {
        skip("root", &format!("only root can {what}"));
    }
    is_root
}

/// Whether this machine has IPv6. If not, reports the test as skipped.
///
/// # Panics
///
/// As [`skip`].
pub fn has_ipv6() -> bool {
    let is_there = TcpListener::bind("[::1]:0").is_ok();
    if !is_there {
        skip("ipv6", "this machine has no IPv6");
    }
    is_there
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_paths_start_at_the_project_folder() {
        assert!(from_root("tests/Cargo.toml").is_file() && from_root("xtask/Cargo.toml").is_file());
        assert_eq!(from_root("/dev/null"), Path::new("/dev/null"));
    }
}
