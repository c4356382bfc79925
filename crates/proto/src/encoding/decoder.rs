//! From the wire to the file.

use super::{AsciiDecoder, DecodeError, Format, Marker, RepresentationType, Settings, Unsupported};

/// Turns the bytes of the data connection into those of a file.
#[derive(Debug)]
pub struct Decoder {
    format: Format,
    ascii: AsciiDecoder,
}

/// What one call of [`Decoder::decode`] did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// So many bytes of the input are done with.
    pub consumed: usize,
    /// What came behind the bytes that were written.
    pub event: Option<DecodeEvent>,
}

/// What stands in the data besides bytes of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DecodeEvent {
    /// MODE B and C: the sender's name for this place (RFC 959 §3.5).
    Marker(Marker),
    /// The file is whole. Input behind it belongs to the next file in MODE B and C, and is an error in
    /// other modes.
    EndOfFile,
    /// STRU P: the next bytes go to this offset of the file. It never lies before what was written.
    SkipTo(u64),
    /// MODE B and C: the sender suspects errors in the data that follows (RFC 959 §3.4.2).
    Suspect,
}

impl Decoder {
    /// A decoder for one file.
    ///
    /// # Errors
    ///
    /// The combination of TYPE and STRU makes no sense.
    pub fn new(format: Format, _settings: &Settings) -> Result<Self, Unsupported> {
        format.check()?;
        Ok(Self { format, ascii: AsciiDecoder::default() })
    }

    /// Decodes some input. It appends at most `limit` bytes to `out`, and stops behind an event.
    ///
    /// Call it again with the rest of the input; and again, even with none, as long as there was an event
    /// or `limit` bytes were written: what is compressed may hold more.
    ///
    /// # Errors
    ///
    /// The data is not what the format says. The decoder is of no more use then.
    pub fn decode(
        &mut self,
        input: &[u8],
        out: &mut Vec<u8>,
        limit: usize,
    ) -> Result<Decoded, DecodeError> {
        let input = &input[..input.len().min(limit)];
        match self.format.representation {
            RepresentationType::Ascii => self.ascii.decode(input, out),
            _ => out.extend_from_slice(input),
        }
        Ok(Decoded { consumed: input.len(), event: None })
    }

    /// The connection ended: appends what was held back, at most two bytes. After
    /// [`DecodeEvent::EndOfFile`] it changes nothing.
    ///
    /// # Errors
    ///
    /// The end mark of the format is missing: the file was cut off.
    pub fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), DecodeError> {
        self.ascii.finish(out);
        Ok(())
    }
}
