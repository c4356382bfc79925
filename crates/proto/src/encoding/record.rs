//! STRU R (RFC 959 §3.1.2.2): here a record is a line, its bytes followed by an LF, in every type.
//! The last line of a file may lack its LF; on the wire that is an end of file without an end of
//! record. In MODE B and C the descriptor marks both ends; in MODE S, and in the data of MODE Z,
//! they are escaped with byte 255 (§3.4.1).

use memchr::{memchr, memchr_iter, memchr2_iter};

use super::DecodeError;
use super::text::TextDecoder;

const ESCAPE: u8 = 0xff;
const RECORD: u8 = 1;
const FILE: u8 = 2;
const RECORD_AND_FILE: u8 = 3;
/// The escaped end of the file.
pub(super) const END_OF_FILE: [u8; 2] = [ESCAPE, FILE];

/// Appends lines as records with escapes.
pub(super) fn escape(lines: &[u8], line_end: u8, out: &mut Vec<u8>) {
    let mut start = 0;
    for position in memchr2_iter(ESCAPE, line_end, lines) {
        out.extend_from_slice(&lines[start..position]);
        let code = if lines[position] == ESCAPE { ESCAPE } else { RECORD };
        out.extend_from_slice(&[ESCAPE, code]);
        start = position + 1;
    }
    out.extend_from_slice(&lines[start..]);
}

/// Calls `line` for each line without its ending, and whether the line has an ending.
pub(super) fn each(lines: &[u8], line_end: u8, mut line: impl FnMut(&[u8], bool)) {
    let mut start = 0;
    for position in memchr_iter(line_end, lines) {
        line(&lines[start..position], true);
        start = position + 1;
    }
    if start < lines.len() {
        line(&lines[start..], false);
    }
}

/// A mark in the data of a structure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    EndOfRecord,
    EndOfFile,
    EndOfRecordAndFile,
    /// STRU P: the next bytes go to this offset.
    SkipTo(u64),
}

/// From escaped records to data and marks.
#[derive(Debug)]
pub(super) struct RecordDecoder {
    /// Whether byte 255 starts an escape.
    escaped: bool,
    after_escape: bool,
    /// Whether an LF within a record is refused. In text it is an ordinary line ending; in TYPE I
    /// it would split the record in two.
    strict: bool,
}

impl RecordDecoder {
    pub(super) fn new(escaped: bool, strict: bool) -> Self {
        Self { escaped, after_escape: false, strict }
    }

    /// Appends at most `room` bytes and stops after a mark. Returns how much of the data was consumed.
    pub(super) fn decode(
        &mut self,
        data: &[u8],
        text: &mut TextDecoder,
        out: &mut Vec<u8>,
        room: usize,
    ) -> Result<(usize, Option<Mark>), DecodeError> {
        if !self.escaped {
            return Ok((self.content(data, text, out, room)?, None));
        }
        if !self.after_escape {
            // Examine no more than may be written now, plus an escape after it.
            let near = &data[..data.len().min(room.saturating_add(1))];
            let plain = memchr(ESCAPE, near).unwrap_or(near.len());
            let used = self.content(&data[..plain], text, out, room)?;
            self.after_escape = used == plain && plain < near.len();
            return Ok((used + usize::from(self.after_escape), None));
        }
        let mark = match data.first() {
            None => return Ok((0, None)),
            Some(&ESCAPE) => {
                let used = self.content(&[ESCAPE], text, out, room)?;
                self.after_escape = used == 0;
                return Ok((used, None));
            }
            Some(&RECORD) => Mark::EndOfRecord,
            Some(&FILE) => Mark::EndOfFile,
            Some(&RECORD_AND_FILE) => Mark::EndOfRecordAndFile,
            Some(&other) => return Err(DecodeError::BadEscape(other)),
        };
        self.after_escape = false;
        Ok((1, Some(mark)))
    }

    fn content(
        &self,
        bytes: &[u8],
        text: &mut TextDecoder,
        out: &mut Vec<u8>,
        room: usize,
    ) -> Result<usize, DecodeError> {
        let used = text.decode(bytes, out, room);
        match self.strict && memchr(b'\n', &bytes[..used]).is_some() {
            true => Err(DecodeError::LineFeedInRecord),
            false => Ok(used),
        }
    }
}
