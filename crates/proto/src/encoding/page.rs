//! STRU P (RFC 959 §3.1.2.3): a file as numbered pages, without the pages that lie in a hole.
//!
//! A page has a header of at least four bytes: the length of the header, the index of the page, the
//! length of the data, and the type. An index of one byte would limit a file to 65280 bytes, so
//! there are pages of two sizes:
//!
//! | index | first byte in the file | size | header |
//! |--|--|--|--|
//! | 0 to 255 | index * 255 | 255 | 4 bytes, as in the RFC |
//! | from 256 on | 65280 + (index - 256) * 4096 | 4096 | 12 bytes |
//!
//! The eight optional bytes of the longer header carry the high-order bytes of the index (six) and
//! of the length (two), most significant first; the lowest byte of each is in its usual place. The
//! RFC requires a header of exactly four bytes for simple pages: files of up to 65280 bytes follow
//! it, and larger files could not be sent at all.
//!
//! Pages come in ascending order. Only the last may be short: a short page in the middle would mean
//! that the sender uses another page size, and its bytes would end up in the wrong places. Where a
//! hole starts or ends inside a page, zeros are sent. Types: 0 ends the file, 1 is data, 2
//! describes the file (ignored, since nothing here uses it), 3 is data with one byte of access
//! control, which does not apply here.

use super::DecodeError;
use super::error::BadHeader;
use super::record::Mark;

const SMALL: u64 = 255;
const LARGE: u64 = 4096;
/// Index and first byte of the first large page.
const LARGE_INDEX: u64 = 256;
const LARGE_START: u64 = LARGE_INDEX * SMALL;
/// No file is longer than this.
const LARGEST_FILE: u64 = i64::MAX as u64;

const PLAIN_HEADER: u8 = 4;
const ACCESS_HEADER: u8 = 5;
const LONG_HEADER: u8 = 12;

const LAST: u8 = 0;
const SIMPLE: u8 = 1;
const DESCRIPTOR: u8 = 2;
const ACCESS_CONTROLLED: u8 = 3;

/// Whether a page starts at this offset of the file.
pub(super) fn is_start(offset: u64) -> bool {
    start(index(offset)) == Some(offset)
}

/// The first page start at or after this offset.
pub(super) fn next_start(offset: u64) -> u64 {
    if is_start(offset) { offset } else { start(index(offset) + 1).unwrap_or(u64::MAX) }
}

fn index(offset: u64) -> u64 {
    match offset.checked_sub(LARGE_START) {
        None => offset / SMALL,
        Some(beyond) => LARGE_INDEX + beyond / LARGE,
    }
}

/// The offset at which a page starts, if a file can have that offset.
fn start(index: u64) -> Option<u64> {
    let start = match index.checked_sub(LARGE_INDEX) {
        None => index * SMALL,
        Some(beyond) => beyond.checked_mul(LARGE)?.checked_add(LARGE_START)?,
    };
    (start <= LARGEST_FILE).then_some(start)
}

fn size(index: u64) -> u64 {
    if index < LARGE_INDEX { SMALL } else { LARGE }
}

/// From a file to pages.
#[derive(Debug, Default)]
pub(super) struct PageEncoder {
    /// Where in the file the next byte belongs.
    position: u64,
    /// The bytes so far of the page that contains the position.
    page: Vec<u8>,
    /// Whether the file has a hole up to the position, which is then the start of a page.
    in_hole: bool,
}

impl PageEncoder {
    /// An encoder for the rest of a file from this offset, which should be the start of a page. If
    /// it is inside a page, zeros replace the bytes before it.
    pub(super) fn starting_at(offset: u64) -> Self {
        let start = start(index(offset)).unwrap_or(0);
        let page = vec![0; offset.saturating_sub(start).min(LARGE) as usize];
        Self { position: offset, page, in_hole: false }
    }

    pub(super) fn encode(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) {
        while !bytes.is_empty() {
            let index = index(self.position);
            let missing = size(index) as usize - self.page.len();
            let (now, rest) = bytes.split_at(missing.min(bytes.len()));
            self.page.extend_from_slice(now);
            self.position += now.len() as u64;
            self.in_hole = false;
            if now.len() == missing {
                self.write_page(index, out);
            }
            bytes = rest;
        }
    }

    /// Skips a hole up to this offset. An offset that has been passed already changes nothing.
    pub(super) fn skip_to(&mut self, offset: u64, out: &mut Vec<u8>) {
        if !self.page.is_empty() {
            self.fill(next_start(self.position).min(offset), out);
        }
        let page = start(index(offset)).unwrap_or(self.position);
        if page > self.position {
            self.position = page;
            self.in_hole = true;
        }
        self.fill(offset, out);
    }

    pub(super) fn finish(&mut self, out: &mut Vec<u8>) {
        if self.in_hole {
            // The file ends with the hole: send the last page of the hole to mark the end.
            let index = index(self.position - 1);
            self.page.resize(size(index) as usize, 0);
            self.write_page(index, out);
        } else if !self.page.is_empty() {
            self.write_page(index(self.position), out);
        }
        out.extend_from_slice(&[PLAIN_HEADER, 0, 0, LAST]);
    }

    /// Appends zeros up to an offset in this page.
    fn fill(&mut self, offset: u64, out: &mut Vec<u8>) {
        let zeros = [0; LARGE as usize];
        let missing = offset.saturating_sub(self.position).min(LARGE) as usize;
        self.encode(&zeros[..missing], out);
    }

    fn write_page(&mut self, index: u64, out: &mut Vec<u8>) {
        let [i7, index_high @ .., index_low] = index.to_be_bytes();
        let [.., length_high, length_middle, length_low] = self.page.len().to_be_bytes();
        debug_assert_eq!(i7, 0);
        if index < LARGE_INDEX {
            out.extend_from_slice(&[PLAIN_HEADER, index_low, length_low, SIMPLE]);
        } else {
            out.extend_from_slice(&[LONG_HEADER, index_low, length_low, SIMPLE]);
            out.extend_from_slice(&index_high);
            out.extend_from_slice(&[length_high, length_middle]);
        }
        out.append(&mut self.page);
        self.in_hole = false;
    }
}

/// From pages to a file.
#[derive(Debug, Default)]
pub(super) struct PageDecoder {
    header: [u8; LONG_HEADER as usize],
    /// Number of bytes of the header received.
    filled: usize,
    /// Number of bytes of the page still to come.
    left: u64,
    /// Whether those bytes describe the file instead of being part of it.
    describes: bool,
    /// Where in the file the next byte belongs.
    position: u64,
    previous: Option<Previous>,
}

/// The previous page.
#[derive(Debug)]
struct Previous {
    index: u64,
    full: bool,
}

impl PageDecoder {
    /// Appends at most `room` bytes and stops after a mark. Returns how much of the data was consumed.
    pub(super) fn decode(
        &mut self,
        data: &[u8],
        out: &mut Vec<u8>,
        room: usize,
    ) -> Result<(usize, Option<Mark>), DecodeError> {
        if self.left > 0 {
            return Ok((self.content(data, out, room), None));
        }
        for (position, &byte) in data.iter().enumerate() {
            self.header[self.filled] = byte;
            self.filled += 1;
            let length = self.header[0];
            if !matches!(length, PLAIN_HEADER | ACCESS_HEADER | LONG_HEADER) {
                return Err(bad_length(length));
            }
            if self.filled == usize::from(length) {
                self.filled = 0;
                return Ok((position + 1, self.begin_page()?));
            }
        }
        Ok((data.len(), None))
    }

    fn content(&mut self, data: &[u8], out: &mut Vec<u8>, room: usize) -> usize {
        let mut count = data.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        if !self.describes {
            count = count.min(room);
            out.extend_from_slice(&data[..count]);
            self.position += count as u64;
        }
        self.left -= count as u64;
        count
    }

    /// Takes a complete header.
    fn begin_page(&mut self) -> Result<Option<Mark>, DecodeError> {
        let header = Header::parse(&self.header);
        let expected = match header.kind {
            LAST => header.header_length == PLAIN_HEADER && header.length == 0,
            SIMPLE | DESCRIPTOR => header.header_length != ACCESS_HEADER,
            ACCESS_CONTROLLED => header.header_length == ACCESS_HEADER,
            other => return Err(DecodeError::UnknownPageType(other)),
        };
        if !expected {
            return Err(bad_length(header.header_length));
        }
        if header.kind == LAST {
            return Ok(Some(Mark::EndOfFile));
        }
        self.left = header.length;
        self.describes = header.kind == DESCRIPTOR;
        if self.describes { Ok(None) } else { self.place(&header) }
    }

    /// Checks the order of the pages, and finds the position of the page.
    fn place(&mut self, header: &Header) -> Result<Option<Mark>, DecodeError> {
        let Header { index, length, .. } = *header;
        let size = size(index);
        if length > size {
            return Err(DecodeError::BadHeader(BadHeader::PageLength(length)));
        }
        match self.previous {
            Some(Previous { index: before, .. }) if index <= before => {
                return Err(DecodeError::PageOrder(index));
            }
            Some(Previous { index: before, full: false }) => {
                return Err(DecodeError::ShortPage(before));
            }
            _ => {}
        }
        // The next page must have a position, too, so that no sum of position and length overflows.
        let (Some(start), Some(_)) = (start(index), start(index + 1)) else {
            return Err(DecodeError::BadHeader(BadHeader::PageIndex(index)));
        };
        self.previous = Some(Previous { index, full: length == size });
        let moved = start != self.position;
        self.position = start;
        Ok(moved.then_some(Mark::SkipTo(start)))
    }
}

/// The header of a page.
struct Header {
    header_length: u8,
    /// At most 56 bits.
    index: u64,
    length: u64,
    kind: u8,
}

impl Header {
    fn parse(bytes: &[u8; LONG_HEADER as usize]) -> Self {
        let [header_length, index, length, kind, i6, i5, i4, i3, i2, i1, l2, l1] = *bytes;
        let long = header_length == LONG_HEADER;
        let high = |value: u64| if long { value } else { 0 };
        Self {
            header_length,
            index: high(u64::from_be_bytes([0, i6, i5, i4, i3, i2, i1, 0])) | u64::from(index),
            length: high(u64::from_be_bytes([0, 0, 0, 0, 0, l2, l1, 0])) | u64::from(length),
            kind,
        }
    }
}

fn bad_length(length: u8) -> DecodeError {
    DecodeError::BadHeader(BadHeader::PageHeaderLength(length))
}
