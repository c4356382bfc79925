//! TYPE A: converts text between the local line ending (LF) and the one on the wire (CRLF), RFC 959
//! §3.1.1.1. Input may be cut into pieces anywhere; memory does not exceed one piece.

use memchr::{memchr, memchr_iter};

/// From the file to the wire: LF becomes CRLF. An LF that already follows a CR stays unchanged, so
/// that a file with CRLF line endings keeps them.
#[derive(Debug, Default)]
pub struct AsciiEncoder {
    after_cr: bool,
}

impl AsciiEncoder {
    /// Appends the piece in its form for the wire.
    pub fn encode(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        let mut start = 0;
        for position in memchr_iter(b'\n', piece) {
            let after_cr = match position.checked_sub(1) {
                Some(before) => piece[before] == b'\r',
                None => self.after_cr,
            };
            if !after_cr {
                out.extend_from_slice(&piece[start..position]);
                out.push(b'\r');
                start = position;
            }
        }
        out.extend_from_slice(&piece[start..]);
        if let Some(last) = piece.last() {
            self.after_cr = *last == b'\r';
        }
    }
}

/// From the wire to the file: CRLF becomes LF, CR NUL becomes CR, and any other CR stays.
#[derive(Debug, Default)]
pub struct AsciiDecoder {
    held_cr: bool,
}

impl AsciiDecoder {
    /// Appends the piece in its local form. A CR at the very end is held until the next piece.
    pub fn decode(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        self.decode_some(piece, out, usize::MAX);
    }

    /// Appends at most `room` bytes. Returns how much of the piece was consumed.
    pub(super) fn decode_some(&mut self, piece: &[u8], out: &mut Vec<u8>, room: usize) -> usize {
        let full = out.len().saturating_add(room);
        out.reserve(piece.len().min(room));
        let mut done = 0;
        while done < piece.len() && out.len() < full {
            let rest = &piece[done..];
            if std::mem::take(&mut self.held_cr) {
                let (byte, used) = after_cr(rest[0]);
                out.push(byte);
                done += used;
                continue;
            }
            let fitting = &rest[..rest.len().min(full - out.len())];
            let plain = memchr(b'\r', fitting).unwrap_or(fitting.len());
            out.extend_from_slice(&fitting[..plain]);
            done += plain;
            if plain < fitting.len() {
                self.held_cr = true;
                done += 1;
            }
        }
        done
    }

    /// Whether a CR is being held back.
    pub(super) fn holds(&self) -> bool {
        self.held_cr
    }

    /// Appends a CR that is still held back at the end of the data.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        if std::mem::take(&mut self.held_cr) {
            out.push(b'\r');
        }
    }
}

/// The byte that a CR and the next byte stand for, and how many bytes of `next` that consumes (1 or 0).
fn after_cr(next: u8) -> (u8, usize) {
    match next {
        b'\n' => (b'\n', 1),
        0 => (b'\r', 1),
        _ => (b'\r', 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn encode(pieces: &[&[u8]]) -> Vec<u8> {
        let (mut encoder, mut out) = (AsciiEncoder::default(), Vec::new());
        pieces.iter().for_each(|piece| encoder.encode(piece, &mut out));
        out
    }

    fn decode(pieces: &[&[u8]]) -> Vec<u8> {
        let (mut decoder, mut out) = (AsciiDecoder::default(), Vec::new());
        pieces.iter().for_each(|piece| decoder.decode(piece, &mut out));
        decoder.finish(&mut out);
        out
    }

    #[test]
    fn line_ends_are_turned_both_ways() {
        assert_eq!(encode(&[b"a\nb\r", b"\n\n", b"\n"]), b"a\r\nb\r\n\r\n\r\n");
        assert_eq!(decode(&[b"a\r\nb\r", b"\n\rc\r\0d\r"]), b"a\nb\n\rc\rd\r");
    }

    proptest! {
        #[test]
        fn text_without_cr_survives_in_any_pieces(
            text in proptest::collection::vec(prop_oneof![Just(b'\n'), 32_u8..], 0..200),
            cut in 1_usize..9,
        ) {
            let pieces: Vec<&[u8]> = text.chunks(cut).collect();
            let wire = encode(&pieces);
            let pieces: Vec<&[u8]> = wire.chunks(cut).collect();
            prop_assert_eq!(decode(&pieces), text);
        }

        #[test]
        fn cutting_never_changes_the_result(
            bytes in proptest::collection::vec(prop_oneof![Just(b'\r'), Just(b'\n'), Just(0), any::<u8>()], 0..100),
            cut in 1_usize..9,
        ) {
            let pieces: Vec<&[u8]> = bytes.chunks(cut).collect();
            prop_assert_eq!(encode(&pieces), encode(&[&bytes]));
            prop_assert_eq!(decode(&pieces), decode(&[&bytes]));
        }
    }
}
