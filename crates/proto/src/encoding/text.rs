//! The type layer: converts characters and line endings (RFC 959 §3.1.1).

use super::{AsciiDecoder, AsciiEncoder, RepresentationType, Settings, ebcdic};

/// From the file to the wire.
#[derive(Debug)]
pub(super) enum TextEncoder {
    Image,
    Ascii(AsciiEncoder),
    Ebcdic(Box<[u8; 256]>),
}

impl TextEncoder {
    pub(super) fn new(representation: RepresentationType, settings: &Settings) -> Self {
        match representation {
            RepresentationType::Image => Self::Image,
            RepresentationType::Ascii => Self::Ascii(AsciiEncoder::default()),
            RepresentationType::Ebcdic => Self::Ebcdic(Box::new(settings.code_page.to_wire())),
        }
    }

    /// Appends the piece with the characters and line endings of the wire.
    pub(super) fn encode(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        match self {
            Self::Image => out.extend_from_slice(piece),
            Self::Ascii(encoder) => encoder.encode(piece, out),
            Self::Ebcdic(table) => translate(table, piece, out),
        }
    }

    /// For STRU R: the piece with its characters converted, and the byte that ends its lines.
    /// Overwrites the buffer.
    pub(super) fn lines<'a>(&self, piece: &'a [u8], buffer: &'a mut Vec<u8>) -> (&'a [u8], u8) {
        match self {
            Self::Image | Self::Ascii(_) => (piece, b'\n'),
            Self::Ebcdic(table) => {
                buffer.clear();
                translate(table, piece, buffer);
                (buffer, ebcdic::NEW_LINE)
            }
        }
    }

    /// RFC 959 §3.4.3: the filler of MODE C is a space for text and zero for other types.
    pub(super) fn filler(representation: RepresentationType) -> u8 {
        match representation {
            RepresentationType::Image => 0,
            RepresentationType::Ascii => b' ',
            RepresentationType::Ebcdic => ebcdic::SPACE,
        }
    }
}

/// From the wire to the file.
#[derive(Debug)]
pub(super) enum TextDecoder {
    Image,
    Ascii(AsciiDecoder),
    Ebcdic(Box<[u8; 256]>),
}

impl TextDecoder {
    pub(super) fn new(representation: RepresentationType, settings: &Settings) -> Self {
        match representation {
            RepresentationType::Image => Self::Image,
            RepresentationType::Ascii => Self::Ascii(AsciiDecoder::default()),
            RepresentationType::Ebcdic => Self::Ebcdic(Box::new(settings.code_page.to_file())),
        }
    }

    /// Appends at most `room` bytes. Returns how much of the piece was consumed.
    pub(super) fn decode(&mut self, piece: &[u8], out: &mut Vec<u8>, room: usize) -> usize {
        let fitting = &piece[..piece.len().min(room)];
        match self {
            Self::Image => out.extend_from_slice(fitting),
            Self::Ascii(decoder) => return decoder.decode_some(piece, out, room),
            Self::Ebcdic(table) => translate(table, fitting, out),
        }
        fitting.len()
    }

    /// Whether a CR is held back until the next byte decides what it means.
    pub(super) fn holds(&self) -> bool {
        matches!(self, Self::Ascii(decoder) if decoder.holds())
    }

    /// Appends the byte held back at the end of a record or of the file.
    pub(super) fn flush(&mut self, out: &mut Vec<u8>) {
        if let Self::Ascii(decoder) = self {
            decoder.finish(out);
        }
    }
}

fn translate(table: &[u8; 256], piece: &[u8], out: &mut Vec<u8>) {
    out.extend(piece.iter().map(|&byte| table[usize::from(byte)]));
}
