//! The mode layer: how data, ends of records, markers and the end of the file are written on the
//! connection (RFC 959 §3.4). If a mode has no sign for one of these, the layer above writes it
//! into the data.

use super::block::{self, BlockDecoder};
use super::compressed::{self, CompressedDecoder};
use super::deflate::{DeflateDecoder, DeflateEncoder};
use super::error::BadHeader;
use super::text::TextEncoder;
use super::{DecodeError, Format, Marker, Settings, TransmissionMode, record};

/// The next item out of the mode.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step<'a> {
    /// More input is needed.
    More,
    /// At least one byte. Call `advance` with the number of bytes you took.
    Data(&'a [u8]),
    EndOfRecord,
    EndOfFile,
    Marker(Marker),
    Suspect,
}

/// The number of bytes of the input consumed, and the resulting step.
pub(super) type Next<'a> = Result<(usize, Step<'a>), DecodeError>;

/// Reads from the connection.
#[derive(Debug)]
pub(super) enum ModeDecoder {
    Stream,
    Block(BlockDecoder),
    Compressed(Box<CompressedDecoder>),
    Deflate(DeflateDecoder),
}

impl ModeDecoder {
    pub(super) fn new(format: Format) -> Self {
        let filler = TextEncoder::filler(format.representation);
        match format.mode {
            TransmissionMode::Stream => Self::Stream,
            TransmissionMode::Block => Self::Block(BlockDecoder::default()),
            TransmissionMode::Compressed => {
                Self::Compressed(Box::new(CompressedDecoder::new(filler)))
            }
            TransmissionMode::Deflate => Self::Deflate(DeflateDecoder::new()),
        }
    }

    pub(super) fn next<'a>(&'a mut self, input: &'a [u8]) -> Next<'a> {
        match self {
            Self::Stream if input.is_empty() => Ok((0, Step::More)),
            Self::Stream => Ok((0, Step::Data(input))),
            Self::Block(decoder) => decoder.next(input),
            Self::Compressed(decoder) => decoder.next(input),
            Self::Deflate(decoder) => decoder.next(input),
        }
    }

    /// Call this after you took bytes of the last [`Step::Data`]. Returns how many bytes of the
    /// input that consumes.
    pub(super) fn advance(&mut self, taken: usize) -> usize {
        match self {
            Self::Stream => taken,
            Self::Block(decoder) => decoder.advance(taken),
            Self::Compressed(decoder) => decoder.advance(taken),
            Self::Deflate(decoder) => decoder.advance(taken),
        }
    }

    /// Whether the end of the connection may be the end of the file here.
    pub(super) fn may_end(&self) -> bool {
        match self {
            Self::Stream => true,
            Self::Compressed(decoder) => decoder.may_end(),
            Self::Block(_) | Self::Deflate(_) => false,
        }
    }
}

/// RFC 959 §3.4.2: what a descriptor says about the data that follows it. Each bit is cleared once
/// it has been handled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Descriptor(u8);

impl Descriptor {
    pub(super) const END_OF_RECORD: u8 = 128;
    pub(super) const END_OF_FILE: u8 = 64;
    pub(super) const SUSPECT: u8 = 32;
    pub(super) const MARKER: u8 = 16;
    const KNOWN: u8 = Self::END_OF_RECORD | Self::END_OF_FILE | Self::SUSPECT | Self::MARKER;

    /// Adds the bits of a descriptor.
    pub(super) fn add(&mut self, bits: u8) -> Result<(), DecodeError> {
        if bits & !Self::KNOWN != 0 {
            return Err(DecodeError::BadHeader(BadHeader::Descriptor(bits)));
        }
        self.0 |= bits;
        Ok(())
    }

    pub(super) fn has(self, bit: u8) -> bool {
        self.0 & bit != 0
    }

    /// Returns whether the bit is set, and clears it.
    pub(super) fn take(&mut self, bit: u8) -> bool {
        let there = self.has(bit);
        self.0 &= !bit;
        there
    }

    /// What the end of a block means, one step at a time.
    pub(super) fn at_end(
        &mut self,
        marker: &mut Vec<u8>,
    ) -> Result<Option<Step<'static>>, DecodeError> {
        if self.take(Self::MARKER) {
            let text = Marker::new(marker).ok_or(DecodeError::BadMarker)?;
            marker.clear();
            return Ok(Some(Step::Marker(text)));
        }
        if self.take(Self::END_OF_RECORD) {
            return Ok(Some(Step::EndOfRecord));
        }
        Ok(self.take(Self::END_OF_FILE).then_some(Step::EndOfFile))
    }
}

/// Adds bytes to a marker, up to the length limit.
pub(super) fn keep_marker(marker: &mut Vec<u8>, bytes: &[u8]) -> Result<(), DecodeError> {
    if marker.len() + bytes.len() > Marker::LONGEST {
        return Err(DecodeError::MarkerTooLong);
    }
    marker.extend_from_slice(bytes);
    Ok(())
}

/// Writes to the connection.
#[derive(Debug)]
pub(super) enum ModeEncoder {
    Stream,
    Block,
    Compressed { filler: u8 },
    Deflate { encoder: Box<DeflateEncoder>, escaped: Vec<u8> },
}

impl ModeEncoder {
    pub(super) fn new(format: Format, settings: &Settings) -> Self {
        match format.mode {
            TransmissionMode::Stream => Self::Stream,
            TransmissionMode::Block => Self::Block,
            TransmissionMode::Compressed => {
                Self::Compressed { filler: TextEncoder::filler(format.representation) }
            }
            TransmissionMode::Deflate => Self::Deflate {
                encoder: Box::new(DeflateEncoder::new(settings.deflate_level)),
                escaped: Vec::new(),
            },
        }
    }

    pub(super) fn data(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        match self {
            Self::Stream => out.extend_from_slice(bytes),
            Self::Block => block::data(bytes, out),
            Self::Compressed { filler } => {
                compressed::data(bytes, *filler, out);
            }
            Self::Deflate { encoder, .. } => encoder.data(bytes, out),
        }
    }

    /// STRU R: appends lines, each ending with this byte, as records.
    pub(super) fn records(&mut self, lines: &[u8], line_end: u8, out: &mut Vec<u8>) {
        match self {
            Self::Stream => record::escape(lines, line_end, out),
            Self::Block => record::each(lines, line_end, |line, ends| {
                if ends { block::record(line, out) } else { block::data(line, out) }
            }),
            Self::Compressed { filler } => record::each(lines, line_end, |line, ends| {
                if ends {
                    compressed::record(line, *filler, out);
                } else {
                    compressed::data(line, *filler, out);
                }
            }),
            Self::Deflate { encoder, escaped } => {
                escaped.clear();
                record::escape(lines, line_end, escaped);
                encoder.data(escaped, out);
            }
        }
    }

    /// Appends a restart marker, in the modes that have markers.
    pub(super) fn marker(&mut self, marker: &Marker, out: &mut Vec<u8>) {
        match self {
            Self::Block => block::marker(marker, out),
            Self::Compressed { .. } => compressed::marker(marker, out),
            Self::Stream | Self::Deflate { .. } => {}
        }
    }

    /// Appends the end of the file. In STRU R, modes without their own sign for it write it into
    /// the data.
    pub(super) fn finish(&mut self, records: bool, out: &mut Vec<u8>) {
        match self {
            Self::Stream if records => out.extend_from_slice(&record::END_OF_FILE),
            Self::Stream => {}
            Self::Block => block::end_of_file(out),
            Self::Compressed { .. } => compressed::end_of_file(out),
            Self::Deflate { encoder, .. } => {
                if records {
                    encoder.data(&record::END_OF_FILE, out);
                }
                encoder.finish(out);
            }
        }
    }
}
