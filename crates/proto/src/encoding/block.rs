//! MODE B (RFC 959 §3.4.2): blocks of at most 65535 bytes, each preceded by a descriptor and a
//! length of two bytes, most significant first.

use super::mode::{Descriptor, Next, Step, keep_marker};
use super::{DecodeError, Marker};

const LARGEST: usize = 65535;

/// Appends blocks of data.
pub(super) fn data(bytes: &[u8], out: &mut Vec<u8>) {
    for piece in bytes.chunks(LARGEST) {
        block(0, piece, out);
    }
}

/// Appends blocks of data, the last of which ends a record, even if it is empty.
pub(super) fn record(mut bytes: &[u8], out: &mut Vec<u8>) {
    if bytes.len() > LARGEST {
        let (head, tail) = bytes.split_at(bytes.len() - LARGEST);
        data(head, out);
        bytes = tail;
    }
    block(Descriptor::END_OF_RECORD, bytes, out);
}

pub(super) fn marker(marker: &Marker, out: &mut Vec<u8>) {
    block(Descriptor::MARKER, marker.as_bytes(), out);
}

pub(super) fn end_of_file(out: &mut Vec<u8>) {
    block(Descriptor::END_OF_FILE, b"", out);
}

/// Appends one block. Callers never pass more than the largest block: a marker has at most 255 bytes.
fn block(descriptor: u8, bytes: &[u8], out: &mut Vec<u8>) {
    debug_assert!(bytes.len() <= LARGEST);
    let [.., high, low] = bytes.len().to_be_bytes();
    out.reserve(bytes.len() + 3);
    out.extend_from_slice(&[descriptor, high, low]);
    out.extend_from_slice(bytes);
}

/// From blocks to data.
#[derive(Debug, Default)]
pub(super) struct BlockDecoder {
    header: [u8; 3],
    /// Number of bytes of the header received.
    filled: usize,
    /// Number of bytes of the block still to come.
    left: usize,
    descriptor: Descriptor,
    marker: Vec<u8>,
}

impl BlockDecoder {
    pub(super) fn next<'a>(&mut self, input: &'a [u8]) -> Next<'a> {
        let mut used = 0;
        loop {
            if self.filled < self.header.len() {
                used += self.read_header(&input[used..])?;
                if self.filled < self.header.len() {
                    return Ok((used, Step::More));
                }
            }
            if self.descriptor.take(Descriptor::SUSPECT) {
                return Ok((used, Step::Suspect));
            }
            if self.left > 0 {
                let rest = &input[used..];
                let bytes = &rest[..rest.len().min(self.left)];
                if bytes.is_empty() {
                    return Ok((used, Step::More));
                }
                if !self.descriptor.has(Descriptor::MARKER) {
                    return Ok((used, Step::Data(bytes)));
                }
                keep_marker(&mut self.marker, bytes)?;
                used += self.advance(bytes.len());
                continue;
            }
            if let Some(step) = self.descriptor.at_end(&mut self.marker)? {
                return Ok((used, step));
            }
            self.filled = 0;
        }
    }

    pub(super) fn advance(&mut self, taken: usize) -> usize {
        self.left -= taken;
        taken
    }

    fn read_header(&mut self, input: &[u8]) -> Result<usize, DecodeError> {
        let count = input.len().min(self.header.len() - self.filled);
        self.header[self.filled..self.filled + count].copy_from_slice(&input[..count]);
        self.filled += count;
        if self.filled == self.header.len() {
            let [descriptor, high, low] = self.header;
            self.descriptor.add(descriptor)?;
            self.left = u16::from_be_bytes([high, low]).into();
        }
        Ok(count)
    }
}
