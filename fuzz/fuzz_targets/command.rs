//! Splitting input into lines and commands. The lines must not depend on how the bytes are split
//! into reads, and no argument may contain CR, LF or NUL.

#![no_main]

use libfuzzer_sys::fuzz_target;
use packetboat_proto::command::Command;
use packetboat_proto::line::{Line, LineReader};
use packetboat_proto::verbs::Verb;

/// A low limit, so that the fuzzer reaches it.
const LIMIT: usize = 256;

fuzz_target!(|data: &[u8]| {
    let Some((&size, data)) = data.split_first() else { return };
    let whole = lines(data, data.len().max(1));
    let pieces = lines(data, usize::from(size).max(1));
    assert_eq!(whole, pieces);
    for line in whole.iter().flatten() {
        assert!(line.len() <= LIMIT);
        if let Ok(command) = Command::parse(&Line::Complete(line.clone())) {
            assert!(!command.argument().iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)));
            // The log escapes control characters itself, but passwords must not reach it at all.
            let is_secret = command.verb() == Verb::Pass;
            assert!(!is_secret || command.loggable_argument() == "****");
        }
    }
});

/// The lines found when the bytes arrive in pieces of `size`; `None` stands for a line that was too
/// long.
fn lines(data: &[u8], size: usize) -> Vec<Option<Vec<u8>>> {
    let mut reader = LineReader::new(LIMIT);
    let mut lines = Vec::new();
    for piece in data.chunks(size) {
        reader.push(piece);
        while let Some(line) = reader.next_line() {
            lines.push(match line {
                Line::Complete(line) => Some(line),
                Line::TooLong => None,
            });
        }
        reader.take_refusals();
    }
    lines
}
