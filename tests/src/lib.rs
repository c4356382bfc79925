//! End-to-end tests: the real program against real clients. What the tests share stands here: the program
//! and how it is started, a dialogue by hand, and other people's tools.

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

/// A path that a variable names: a relative one is meant from the project's folder, where cargo is called. Tests run in
/// another one.
pub fn from_root(path: impl AsRef<Path>) -> PathBuf {
    Path::new(ROOT).join(path)
}

/// How long anything may take before a test gives up. No test waits for it unless something is broken.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// The account of every server: its name.
pub const USER: &str = "alice";
/// And its password, which guards nothing but a loopback port.
pub const PASSWORD: &str = "correct horse";

/// Asks again and again until there is an answer.
///
/// # Panics
/// If there is none for [`PATIENCE`].
pub fn wait_for<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Waits for the next connection; what it is asked for afterwards may take as long.
///
/// # Panics
/// If none comes for [`PATIENCE`]: a client that has failed never does.
#[track_caller]
pub fn accept(listener: &TcpListener) -> TcpStream {
    listener.set_nonblocking(true).expect("a socket");
    let stream = wait_for("a connection", || match listener.accept() {
        Ok((stream, _)) => Some(stream),
        Err(error) if error.kind() == ErrorKind::WouldBlock => None,
        Err(error) => panic!("no connection can be taken: {error}"),
    });
    stream.set_nonblocking(false).expect("a socket");
    dialogue::patient(stream)
}

/// So many bytes, of all values, that repeat nowhere near a block size; the same each time.
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

/// Why this kernel has no Landlock, if it has none.
pub fn without_landlock() -> Option<String> {
    use landlock::{
        ABI, Access as _, AccessFs, CompatLevel, Compatible as _, Ruleset, RulesetAttr as _,
    };
    // Nothing is in force before a thread asks for it.
    let ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(ABI::V1))
        .and_then(Ruleset::create);
    ruleset.err().map(|error| format!("this kernel has no Landlock: {error}"))
}

/// Whether this machine has Landlock; if not, that a test was passed over is said.
///
/// # Panics
/// As [`skip`].
pub fn has_landlock() -> bool {
    let missing = without_landlock();
    missing.iter().for_each(|why| skip("landlock", why));
    missing.is_none()
}

/// The same for the rights of root, which `what` takes.
///
/// # Panics
/// As [`skip`].
pub fn has_root(what: &str) -> bool {
    let is_root = rustix::process::geteuid().is_root();
    if !is_root {
        skip("root", &format!("only root can {what}"));
    }
    is_root
}

/// The same for addresses of IPv6.
///
/// # Panics
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
    fn a_relative_path_is_meant_from_the_folder_of_the_project() {
        assert!(from_root("tests/Cargo.toml").is_file() && from_root("xtask/Cargo.toml").is_file());
        assert_eq!(from_root("/dev/null"), Path::new("/dev/null"));
    }
}
