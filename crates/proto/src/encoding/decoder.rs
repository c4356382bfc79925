//! [`Decoder`]: turns the bytes of the wire into those of a file.

use super::mode::{ModeDecoder, Step};
use super::page::PageDecoder;
use super::record::{Mark, RecordDecoder};
use super::text::TextDecoder;
use super::{
    DecodeError, FileStructure, Format, Marker, RepresentationType, Settings, TransmissionMode,
    Unsupported,
};

/// Turns the bytes of the data connection into those of a file.
#[derive(Debug)]
pub struct Decoder {
    format: Format,
    mode: ModeDecoder,
    structure: Structure,
    text: TextDecoder,
    /// At most two bytes of the file that wait for space in the output: a CR and the end of a record.
    held: Vec<u8>,
    /// An event that waits until the held bytes have been written.
    event: Option<DecodeEvent>,
    /// TYPE A: a marker after a CR. The next byte decides its position in the file.
    parting: Option<Marker>,
    /// An end that came next; it is handled after the marker.
    then: Option<Then>,
    /// Whether the end mark of the structure has been seen.
    structure_ended: bool,
    ended: bool,
}

/// An end that is waiting to be handled.
#[derive(Clone, Copy, Debug)]
enum Then {
    EndRecord,
    EndFile,
}

#[derive(Debug)]
enum Structure {
    File,
    Record(RecordDecoder),
    Page(PageDecoder),
}

impl Structure {
    /// Appends at most `room` bytes and stops after a mark. Returns how much of the data was consumed.
    fn decode(
        &mut self,
        data: &[u8],
        text: &mut TextDecoder,
        out: &mut Vec<u8>,
        room: usize,
    ) -> Result<(usize, Option<Mark>), DecodeError> {
        match self {
            Self::File => Ok((text.decode(data, out, room), None)),
            Self::Record(records) => records.decode(data, text, out, room),
            Self::Page(pages) => pages.decode(data, out, room),
        }
    }
}

/// The result of one call of [`Decoder::decode`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The number of bytes of the input consumed.
    pub consumed: usize,
    /// The event after the bytes that were written.
    pub event: Option<DecodeEvent>,
}

/// An event in the data, in addition to the bytes of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DecodeEvent {
    /// MODE B and C: the sender's name for this position (RFC 959 §3.5).
    Marker(Marker),
    /// The file is complete. Input after this belongs to the next file in MODE B and C, and is an
    /// error in other modes.
    EndOfFile,
    /// STRU P: the next bytes go to this offset of the file, which is never before the end of what
    /// has been written.
    SkipTo(u64),
    /// MODE B and C: the sender suspects errors in the data that follows (RFC 959 §3.4.2).
    Suspect,
}

impl Decoder {
    /// A decoder for one file.
    ///
    /// # Errors
    ///
    /// TYPE and STRU cannot be combined.
    pub fn new(format: Format, settings: &Settings) -> Result<Self, Unsupported> {
        format.check()?;
        let strict = format.representation == RepresentationType::Image;
        Ok(Self {
            format,
            mode: ModeDecoder::new(format),
            structure: match format.structure {
                FileStructure::File => Structure::File,
                FileStructure::Record => {
                    Structure::Record(RecordDecoder::new(!format.keeps_connection(), strict))
                }
                FileStructure::Page => Structure::Page(PageDecoder::default()),
            },
            text: TextDecoder::new(format.representation, settings),
            held: Vec::new(),
            event: None,
            parting: None,
            then: None,
            structure_ended: false,
            ended: false,
        })
    }

    /// Decodes some input. Appends at most `limit` bytes to `out`, and stops after an event.
    ///
    /// Call it again with the rest of the input. Call it again even without input as long as there
    /// was an event or `limit` bytes were written, since compressed data may yield more.
    ///
    /// # Errors
    ///
    /// The data does not match the format. The decoder cannot be used any further.
    pub fn decode(
        &mut self,
        input: &[u8],
        out: &mut Vec<u8>,
        limit: usize,
    ) -> Result<Decoded, DecodeError> {
        let full = out.len().saturating_add(limit.max(1));
        let mut consumed = 0;
        loop {
            let held = self.held.len().min(full - out.len());
            out.extend(self.held.drain(..held));
            if out.len() == full {
                return Ok(Decoded { consumed, event: None });
            }
            if let Some(event) = self.event.take() {
                if let Some(then) = self.then.take() {
                    self.end(then)?;
                }
                return Ok(Decoded { consumed, event: Some(event) });
            }
            if self.ended {
                let foreign = consumed < input.len() && !self.format.keeps_connection();
                return match foreign {
                    true => Err(DecodeError::AfterEnd),
                    false => Ok(Decoded { consumed, event: None }),
                };
            }
            let (used, step) = self.mode.next(&input[consumed..])?;
            consumed += used;
            match step {
                Step::More => return Ok(Decoded { consumed, event: None }),
                Step::Data(_) if self.structure_ended => return Err(DecodeError::AfterEnd),
                Step::Data(data) if self.parting.is_some() => {
                    let next = data[0];
                    self.place_marker(Some(next));
                }
                Step::Data(data) => {
                    let room = full - out.len();
                    let (taken, mark) = self.structure.decode(data, &mut self.text, out, room)?;
                    consumed += self.mode.advance(taken);
                    self.mark(mark);
                }
                Step::EndOfRecord => self.end(Then::EndRecord)?,
                Step::EndOfFile => self.end(Then::EndFile)?,
                // Several markers after one CR mean the same position, so the last one is enough.
                Step::Marker(marker) if self.text.holds() => self.parting = Some(marker),
                Step::Marker(marker) => self.event = Some(DecodeEvent::Marker(marker)),
                Step::Suspect => self.event = Some(DecodeEvent::Suspect),
            }
        }
    }

    /// Call this when the connection has ended. Appends the bytes held back, at most two. After
    /// [`DecodeEvent::EndOfFile`], it changes nothing.
    ///
    /// # Errors
    ///
    /// The end mark of the format is missing, so the file was cut off.
    pub fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), DecodeError> {
        if !self.ended {
            if !self.mode.may_end() {
                return Err(DecodeError::Truncated);
            }
            self.end_mode()?;
            self.event = None;
        }
        out.append(&mut self.held);
        Ok(())
    }

    fn mark(&mut self, mark: Option<Mark>) {
        match mark {
            None => {}
            Some(Mark::SkipTo(offset)) => self.event = Some(DecodeEvent::SkipTo(offset)),
            Some(Mark::EndOfRecord) => self.end_record(),
            Some(Mark::EndOfRecordAndFile) => {
                self.end_record();
                self.end_structure();
            }
            Some(Mark::EndOfFile) => self.end_structure(),
        }
    }

    /// Decides the position of a marker after a CR. A sender that resumes at a marker sends what
    /// follows it, to a decoder that has not seen the CR. So the CR belongs before the marker,
    /// unless it is the first half of a line ending, which the LF alone makes as well. Nobody can
    /// resume between CR and NUL, so such a marker is dropped.
    fn place_marker(&mut self, next: Option<u8>) {
        let marker = self.parting.take().map(DecodeEvent::Marker);
        match next {
            Some(0) => {}
            Some(b'\n') => self.event = marker,
            _ => {
                self.text.flush(&mut self.held);
                self.event = marker;
            }
        }
    }

    /// Handles an end in the mode, after any marker that waits for its position.
    fn end(&mut self, then: Then) -> Result<(), DecodeError> {
        let ends_text =
            matches!(then, Then::EndFile) || self.format.structure == FileStructure::Record;
        if self.parting.is_some() && ends_text {
            self.place_marker(None);
            self.then = Some(then);
            return Ok(());
        }
        match then {
            Then::EndRecord => self.end_record(),
            Then::EndFile => self.end_mode()?,
        }
        Ok(())
    }

    /// Ends a record, which is a line. Unless STRU is R, an end of record means nothing.
    fn end_record(&mut self) {
        if self.format.structure == FileStructure::Record {
            self.text.flush(&mut self.held);
            self.held.push(b'\n');
        }
    }

    /// Handles the end mark of the structure. In MODE S it ends the file; other modes have their
    /// own end mark after it.
    fn end_structure(&mut self) {
        self.structure_ended = true;
        if self.format.mode == TransmissionMode::Stream {
            self.end_file();
        }
    }

    /// Handles the end mark of the mode, or the end of the connection in its place.
    fn end_mode(&mut self) -> Result<(), DecodeError> {
        let marks_end = match &self.structure {
            Structure::File => false,
            Structure::Record(_) => !self.format.keeps_connection(),
            Structure::Page(_) => true,
        };
        if marks_end && !self.structure_ended {
            return Err(DecodeError::Truncated);
        }
        self.end_file();
        Ok(())
    }

    fn end_file(&mut self) {
        self.text.flush(&mut self.held);
        self.event = Some(DecodeEvent::EndOfFile);
        self.ended = true;
    }
}
