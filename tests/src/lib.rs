//! End-to-end tests: the real program against real clients. What the tests share stands here: the program
//! and how it is started, a dialogue by hand, and other people's tools.

#![forbid(unsafe_code)]

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
pub mod program;
pub mod scenarios;
pub mod server;
pub mod successor;
pub mod tls;
pub mod wine;

pub use canned::Canned;
pub use dialogue::{Dialogue, Reply};
pub use peer::{Run, peer};
pub use server::{Server, Setup};

use std::time::{Duration, Instant};

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

/// Says in the output of the tests, captured or not, that one did not run; on CI that is a failure.
///
/// # Panics
/// If the environment variable CI is `true`.
pub fn skip(why: &str) {
    say_skipped(why);
    assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "CI must not skip: {why}");
}

/// As [`skip`], for what CI may lack.
pub fn say_skipped(why: &str) {
    use std::io::Write as _;
    // By hand, since what `println!` prints is hidden when a test passes. Nobody may be there to read it.
    let _ = writeln!(std::io::stderr(), "skipped: {why}");
}
