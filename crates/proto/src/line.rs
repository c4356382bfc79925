//! [`LineReader`]: splits the bytes of the control connection into command lines. It removes Telnet
//! sequences (RFC 854, RFC 1123 §4.1.2.12) and limits the line length, so memory stays bounded
//! whatever a peer sends.

use std::collections::VecDeque;

use crate::telnet::{DO, DONT, IAC, Telling, Telnet, WILL, WONT};

/// One line as received, without its line ending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// A complete line within the limit.
    Complete(Vec<u8>),
    /// The line was longer than the limit; its bytes were dropped.
    TooLong,
}

/// Splits bytes into lines. A line ends with CRLF or a bare LF; CR NUL is a CR (RFC 854).
#[derive(Debug)]
pub struct LineReader {
    limit: usize,
    line: Vec<u8>,
    overflowed: bool,
    telnet: Telnet,
    lines: VecDeque<Line>,
    /// Answers to Telnet negotiation, not yet sent.
    refusals: Vec<u8>,
}

impl LineReader {
    /// A reader for lines of at most `limit` bytes.
    pub fn new(limit: usize) -> Self {
        Self {
            limit,
            line: Vec::new(),
            overflowed: false,
            telnet: Telnet::default(),
            lines: VecDeque::new(),
            refusals: Vec::new(),
        }
    }

    /// Takes bytes as they arrive, in pieces of any size.
    pub fn push(&mut self, bytes: &[u8]) {
        // Most pieces are exactly one line.
        self.line.reserve(bytes.len().min(self.limit.saturating_sub(self.line.len())));
        for &byte in bytes {
            self.push_byte(byte);
        }
    }

    /// The next complete line.
    pub fn next_line(&mut self) -> Option<Line> {
        let line = self.lines.pop_front();
        if self.lines.is_empty() {
            // An idle session keeps no buffer.
            self.lines = VecDeque::new();
        }
        line
    }

    /// The number of complete lines waiting.
    pub fn waiting(&self) -> usize {
        self.lines.len()
    }

    /// Whether part of a line has arrived.
    pub fn is_mid_line(&self) -> bool {
        !self.line.is_empty() || self.overflowed || self.telnet.is_mid_sequence()
    }

    /// Answers to Telnet negotiation since the last call: every option is refused.
    pub fn take_refusals(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.refusals)
    }

    fn push_byte(&mut self, byte: u8) {
        match self.telnet.take(byte) {
            Telling::Data(byte) => self.push_data(byte),
            Telling::Negotiation(verb, option) => self.refuse(verb, option),
            Telling::Nothing => {}
        }
    }

    /// RFC 1123 §4.1.2.12: a server must accept Telnet negotiation and refuse the options: WILL
    /// with DONT, DO with WONT.
    fn refuse(&mut self, verb: u8, option: u8) {
        // A flood of negotiation cannot grow this beyond the size of one line.
        if self.refusals.len() >= self.limit {
            return;
        }
        match verb {
            WILL => self.refusals.extend_from_slice(&[IAC, DONT, option]),
            DO => self.refusals.extend_from_slice(&[IAC, WONT, option]),
            _ => {}
        }
    }

    fn push_data(&mut self, byte: u8) {
        if byte == b'\n' {
            if self.line.last() == Some(&b'\r') {
                self.line.pop();
            }
            let line = std::mem::take(&mut self.line);
            let overflowed = std::mem::take(&mut self.overflowed);
            self.lines.push_back(if overflowed { Line::TooLong } else { Line::Complete(line) });
        } else if byte == 0 && self.line.last() == Some(&b'\r') {
            // CR NUL: the CR stays in the line, and no command accepts a CR.
        } else if self.line.len() > self.limit {
            // The line may hold one byte more than the limit: the CR of its line ending.
            self.overflowed = true;
        } else {
            self.line.push(byte);
            if self.line.len() > self.limit && byte != b'\r' {
                self.overflowed = true;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(reader: &mut LineReader, bytes: &[u8]) -> Vec<Line> {
        reader.push(bytes);
        std::iter::from_fn(|| reader.next_line()).collect()
    }

    fn complete(text: &[u8]) -> Line {
        Line::Complete(text.to_vec())
    }

    #[test]
    fn crlf_and_bare_lf_end_a_line() {
        let mut reader = LineReader::new(100);
        assert_eq!(read(&mut reader, b"NOOP\r\nPWD\nQU"), [complete(b"NOOP"), complete(b"PWD")]);
        assert!(reader.is_mid_line());
        assert_eq!(read(&mut reader, b"IT\r\n"), [complete(b"QUIT")]);
        assert!(!reader.is_mid_line());
    }

    #[test]
    fn a_line_of_exactly_the_limit_fits_and_one_more_byte_does_not() {
        let mut reader = LineReader::new(4);
        assert_eq!(read(&mut reader, b"1234\r\n"), [complete(b"1234")]);
        assert_eq!(read(&mut reader, b"12345\r\nNOOP\r\n"), [Line::TooLong, complete(b"NOOP")]);
        assert_eq!(read(&mut reader, &[b'x'; 10_000]), []);
        assert!(reader.line.capacity() < 64, "an endless line must not be kept");
        assert_eq!(read(&mut reader, b"\n"), [Line::TooLong]);
    }

    /// RFC 854, RFC 959 §4.1.3 (ABOR): IAC IP, then IAC DM as urgent data, then the command.
    #[test]
    fn the_synch_before_abor_is_taken_out() {
        let mut reader = LineReader::new(100);
        assert_eq!(read(&mut reader, b"\xFF\xF4\xFF\xF2ABOR\r\n"), [complete(b"ABOR")]);
    }

    #[test]
    fn options_are_refused_and_a_doubled_iac_is_a_byte() {
        let mut reader = LineReader::new(100);
        assert_eq!(
            read(&mut reader, b"\xFF\xFD\x01CWD \xFF\xFF\xFF\xFB\x03\xFF\xFA\x18\x01\xFF\xF0\r\n"),
            [complete(b"CWD \xFF")]
        );
        assert_eq!(reader.take_refusals(), b"\xFF\xFC\x01\xFF\xFE\x03");
    }

    proptest! {
        #[test]
        fn pieces_of_any_size_give_the_same_lines(
            bytes in proptest::collection::vec(any::<u8>(), 0..400),
            cut in 1_usize..20,
        ) {
            let mut whole = LineReader::new(50);
            let expected = read(&mut whole, &bytes);
            let mut pieces = LineReader::new(50);
            for piece in bytes.chunks(cut) {
                pieces.push(piece);
            }
            let actual: Vec<_> = std::iter::from_fn(|| pieces.next_line()).collect();
            prop_assert_eq!(actual, expected);
        }
    }
}
