//! [`ReplyReader`]: reads replies from the bytes of the control connection, as tolerantly as RFC
//! 1123 §4.1.2.11 asks of a client: any chunking, bare LF, Telnet sequences, missing text, overlong
//! lines. Memory stays bounded whatever a server sends, and anything that is not a reply is a
//! [`ReplyError`].

use std::collections::VecDeque;
use std::fmt;

use packetboat_codes::ReplyCode;

use crate::reply::Reply;
use crate::telnet::{Telling, Telnet};

/// A line keeps this many bytes; the rest of the line is dropped, and the kept start still counts
/// as the line.
pub const LINE_LIMIT: usize = 8 * 1024;
/// A reply with more lines than this is an error.
pub const REPLY_LINES: usize = 10_000;
/// A reply with more bytes of text than this is an error.
pub const REPLY_BYTES: usize = 1024 * 1024;

/// Why bytes from a server are not a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReplyError {
    /// A line that should start a reply does not start with three digits. Holds the start of that line.
    NotAReply(String),
    /// A reply of several lines has more than [`REPLY_LINES`] lines or [`REPLY_BYTES`] bytes.
    TooLong(ReplyCode),
    /// A line has more than [`REPLY_BYTES`] bytes and still no end.
    EndlessLine,
}

impl fmt::Display for ReplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAReply(line) => {
                write!(f, "the peer does not speak FTP: it sent {line:?} instead of a reply")
            }
            Self::TooLong(code) => write!(
                f,
                "the reply {code} has more than {REPLY_LINES} lines or {REPLY_BYTES} bytes"
            ),
            Self::EndlessLine => write!(
                f,
                "a line of the reply does not end: more than {REPLY_BYTES} bytes of it have arrived"
            ),
        }
    }
}

impl std::error::Error for ReplyError {}

/// Splits bytes into replies.
#[derive(Debug, Default)]
pub struct ReplyReader {
    telnet: Telnet,
    line: Vec<u8>,
    /// The number of bytes of the current line beyond the limit.
    line_cut: usize,
    lines_cut: usize,
    open: Option<OpenReply>,
    ready: VecDeque<Reply>,
    error: Option<ReplyError>,
}

/// A reply of several lines whose last line has not arrived yet.
#[derive(Debug)]
struct OpenReply {
    code: ReplyCode,
    lines: Vec<Vec<u8>>,
    bytes: usize,
}

impl ReplyReader {
    /// A reader at the start of a connection.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes bytes as they arrive, in pieces of any size. After an error, further bytes are ignored.
    pub fn push(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            if self.error.is_some() {
                return;
            }
            // A user process must not take part in negotiation (RFC 1123 §4.1.2.12).
            if let Telling::Data(byte) = self.telnet.take(byte) {
                self.push_data(byte);
            }
        }
    }

    /// The next complete reply. After an error, every call returns that error once the replies
    /// before it are read.
    pub fn next_reply(&mut self) -> Option<Result<Reply, ReplyError>> {
        match self.ready.pop_front() {
            Some(reply) => Some(Ok(reply)),
            None => self.error.clone().map(Err),
        }
    }

    /// The number of lines that were cut at [`LINE_LIMIT`].
    pub fn lines_cut(&self) -> usize {
        self.lines_cut
    }

    /// The part of an incomplete reply that has arrived, for the message when a server closes the
    /// connection in the middle of a reply.
    pub fn unfinished(&self) -> Option<Reply> {
        if let Some(open) = &self.open {
            return Some(Reply::multiline(open.code, open.lines.iter().cloned()));
        }
        let (code, rest) = split_code(&self.line)?;
        Some(Reply::new(code, rest.get(1..).unwrap_or_default()))
    }

    /// Whether everything that has arrived has been returned as replies.
    pub fn is_at_rest(&self) -> bool {
        let nothing_of_a_line = self.line.is_empty() && self.line_cut == 0;
        let nothing_of_a_reply = self.open.is_none() && self.ready.is_empty();
        nothing_of_a_line && nothing_of_a_reply && !self.telnet.is_mid_sequence()
    }

    fn push_data(&mut self, byte: u8) {
        if byte == b'\n' {
            let mut line = std::mem::take(&mut self.line);
            self.lines_cut += usize::from(std::mem::take(&mut self.line_cut) > 0);
            // Telnet writes a lone CR as CR NUL (RFC 854); some servers end lines that way.
            while matches!(line.last(), Some(b'\r' | 0)) {
                line.pop();
            }
            self.push_line(line);
        } else if self.line.len() < LINE_LIMIT {
            self.line.push(byte);
        } else if byte != b'\r' {
            self.line_cut += 1;
            if self.line_cut > REPLY_BYTES {
                self.error = Some(ReplyError::EndlessLine);
            }
        }
    }

    fn push_line(&mut self, line: Vec<u8>) {
        match self.open.take() {
            Some(open) => self.continue_reply(open, &line),
            None => self.begin_reply(&line),
        }
    }

    fn begin_reply(&mut self, line: &[u8]) {
        // Empty lines between replies are a common server bug and mean nothing.
        if line.is_empty() {
            return;
        }
        match split_code(line) {
            Some((code, [b'-', text @ ..])) => {
                let lines = vec![text.to_vec()];
                self.open = Some(OpenReply { code, lines, bytes: text.len() });
            }
            Some((code, [])) => self.ready.push_back(Reply::new(code, "")),
            Some((code, [b' ', text @ ..])) => self.ready.push_back(Reply::new(code, text)),
            _ => self.error = Some(ReplyError::NotAReply(excerpt(line))),
        }
    }

    /// RFC 959 §4.2: the reply ends with the line that has the same code and a space. Many servers
    /// mark the lines in between with the same code and a hyphen.
    fn continue_reply(&mut self, mut open: OpenReply, line: &[u8]) {
        let (text, last) = match split_code(line) {
            Some((code, [])) if code == open.code => (&line[3..], true),
            Some((code, [b' ', text @ ..])) if code == open.code => (text, true),
            Some((code, [b'-', text @ ..])) if code == open.code => (text, false),
            _ => (line, false),
        };
        open.bytes += text.len();
        open.lines.push(text.to_vec());
        if last {
            self.ready.push_back(Reply::multiline(open.code, open.lines));
        } else if open.lines.len() > REPLY_LINES || open.bytes > REPLY_BYTES {
            self.error = Some(ReplyError::TooLong(open.code));
        } else {
            self.open = Some(open);
        }
    }
}

/// The code at the start of a line, and the rest of the line.
fn split_code(line: &[u8]) -> Option<(ReplyCode, &[u8])> {
    let (digits, rest) = line.split_at_checked(3)?;
    let number: u16 = crate::address::parse_number(digits)?;
    Some((ReplyCode::new(number)?, rest))
}

/// At most 60 characters of a line, for a message.
fn excerpt(line: &[u8]) -> String {
    String::from_utf8_lossy(&line[..line.len().min(240)]).chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(bytes: &[u8]) -> Vec<Result<Reply, ReplyError>> {
        let mut reader = ReplyReader::new();
        reader.push(bytes);
        let mut replies = Vec::new();
        while let Some(reply) = reader.next_reply() {
            let failed = reply.is_err();
            replies.push(reply);
            if failed {
                break;
            }
        }
        replies
    }

    fn one(number: u16, text: &str) -> Result<Reply, ReplyError> {
        Ok(Reply::new(ReplyCode::new(number).expect("a code"), text))
    }

    fn several(number: u16, lines: &[&str]) -> Result<Reply, ReplyError> {
        Ok(Reply::multiline(ReplyCode::new(number).expect("a code"), lines.iter().copied()))
    }

    /// RFC 959 §4.2: the example of a reply with lines that start with digits.
    #[test]
    fn lines_inside_may_begin_with_digits() {
        let wire = b"123-First line\r\nSecond line\r\n  234 A line beginning with numbers\r\n\
                     124 not the end\r\n123 The last line\r\n";
        let lines = [
            "First line",
            "Second line",
            "  234 A line beginning with numbers",
            "124 not the end",
            "The last line",
        ];
        assert_eq!(read(wire), [several(123, &lines)]);
    }

    #[test]
    fn what_servers_really_send_is_tolerated() {
        assert_eq!(read(b"220 hi\n331\n"), [one(220, "hi"), one(331, "")]);
        assert_eq!(read(b"\r\n200 ok\r\n"), [one(200, "ok")]);
        assert_eq!(
            read(b"230-a\r\n230-b\r\n230\r\n200 x\r\n"),
            [several(230, &["a", "b", ""]), one(200, "x")]
        );
        assert_eq!(read(b"799 odd\r\n042 low\r\n"), [one(799, "odd"), one(42, "low")]);
    }

    #[test]
    fn telnet_sequences_are_taken_out() {
        let wire = b"2\xff\xfd\x0120 a\xff\xffb\xff\xfa\x18\x01\xff\xff\xff\xf0c\xff\xf1\r\n";
        let reply = read(wire).remove(0).expect("a reply");
        assert_eq!(reply.lines(), [b"a\xffbc".to_vec()]);
    }

    #[test]
    fn what_is_no_reply_is_an_error_that_stays() {
        for wire in ["SSH-2.0-OpenSSH_9.2\r\n", "22 short\r\n", "2200 long\r\n", "\x16\x03\x01\n"] {
            let result = read(wire.as_bytes());
            assert!(matches!(&result[..], [Err(ReplyError::NotAReply(_))]), "{wire:?}");
        }
        let mut reader = ReplyReader::new();
        reader.push(b"220 hi\r\nnoise\r\n200 late\r\n");
        assert_eq!(reader.next_reply(), Some(one(220, "hi")));
        let error = Some(Err(ReplyError::NotAReply("noise".to_owned())));
        assert_eq!((reader.next_reply(), reader.next_reply()), (error.clone(), error));
    }

    #[test]
    fn long_lines_are_cut_and_the_reply_survives() {
        let mut wire = b"220-".to_vec();
        wire.extend(std::iter::repeat_n(b'x', 3 * LINE_LIMIT));
        wire.extend_from_slice(b"\r\n220 end\r\n331 next\r\n");
        let mut reader = ReplyReader::new();
        reader.push(&wire);
        let reply = reader.next_reply().expect("a reply").expect("no error");
        assert_eq!(
            (reply.lines()[0].len(), reply.lines()[1].as_slice()),
            (LINE_LIMIT - 4, &b"end"[..])
        );
        assert_eq!(reader.lines_cut(), 1);
        assert_eq!(reader.next_reply(), Some(one(331, "next")));
    }

    #[test]
    fn an_endless_reply_is_an_error() {
        let code = ReplyCode::known(211);
        let mut reader = ReplyReader::new();
        reader.push(b"211-start\r\n");
        for _ in 0..=REPLY_LINES {
            reader.push(b"x\r\n");
        }
        assert_eq!(reader.next_reply(), Some(Err(ReplyError::TooLong(code))));
        let mut reader = ReplyReader::new();
        reader.push(b"211-start\r\n");
        let line = [b"y".repeat(LINE_LIMIT), b"\n".to_vec()].concat();
        for _ in 0..=REPLY_BYTES / LINE_LIMIT {
            reader.push(&line);
        }
        assert_eq!(reader.next_reply(), Some(Err(ReplyError::TooLong(code))));
    }

    #[test]
    fn a_line_without_an_end_is_an_error() {
        let mut reader = ReplyReader::new();
        reader.push(b"200 ");
        for _ in 0..REPLY_BYTES / LINE_LIMIT {
            reader.push(&b"x".repeat(LINE_LIMIT));
            assert_eq!(reader.next_reply(), None);
        }
        reader.push(&b"x".repeat(LINE_LIMIT));
        assert_eq!(reader.next_reply(), Some(Err(ReplyError::EndlessLine)));
        assert!(reader.line.len() <= LINE_LIMIT);
    }

    #[test]
    fn the_start_of_a_reply_can_be_shown_when_the_server_closes() {
        for (wire, code, text) in
            [("421-a\r\nb\r\n42", 421, "a\nb"), ("550 no su", 550, "no su"), ("550", 550, "")]
        {
            let mut reader = ReplyReader::new();
            reader.push(wire.as_bytes());
            let reply = reader.unfinished().expect("a start");
            assert_eq!((reply.code().number(), reply.text().as_str()), (code, text));
        }
        assert_eq!(ReplyReader::new().unfinished(), None);
    }

    fn line() -> impl Strategy<Value = Vec<u8>> {
        // RFC 959 §4.2 puts a space before a line that starts with three digits, and it stays there
        // when read back. No line contains NUL, CR or LF.
        proptest::collection::vec(any::<u8>(), 0..40).prop_map(|mut line| {
            line.retain(|byte| !matches!(byte, 0 | b'\r' | b'\n'));
            if line.len() >= 3 && line[..3].iter().all(u8::is_ascii_digit) {
                line[0] = b'x';
            }
            line
        })
    }

    proptest! {
        #[test]
        fn replies_survive_a_round_trip_in_any_pieces(
            replies in proptest::collection::vec((0_u16..1000, proptest::collection::vec(line(), 1..5)), 1..4),
            cut in 1_usize..20,
        ) {
            let replies: Vec<Reply> = replies
                .into_iter()
                .map(|(number, lines)| Reply::multiline(ReplyCode::new(number).expect("a code"), lines))
                .collect();
            let mut wire = Vec::new();
            for reply in &replies {
                reply.encode(&mut wire);
            }
            let mut reader = ReplyReader::new();
            let mut back = Vec::new();
            for piece in wire.chunks(cut) {
                reader.push(piece);
                while let Some(reply) = reader.next_reply() {
                    back.push(reply.expect("no error"));
                }
            }
            prop_assert_eq!(back, replies);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes);
        }
    }
}
