//! What can be wrong: with a combination of TYPE, STRU and MODE, and with data that arrives.

use std::fmt;

use super::Marker;

/// A combination that makes no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsupported {
    /// STRU P with the type of this letter.
    TextInPages(char),
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TextInPages(letter) => write!(
                f,
                "STRU P does not go with TYPE {letter}: a page's place is counted in bytes of the \
                 file, which text has not on the wire; use TYPE I"
            ),
        }
    }
}

impl std::error::Error for Unsupported {}

/// Why data was refused. Each is the sender's fault; the same data is refused again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// The data ended before its end mark.
    Truncated,
    /// Bytes came behind the end of the file.
    AfterEnd,
    /// A header, of a block or a page, that cannot be.
    BadHeader(BadHeader),
    /// STRU R in MODE S: the byte 255 before this one.
    BadEscape(u8),
    /// STRU P: a page of a type that RFC 959 does not have. It asks for reply 551.
    UnknownPageType(u8),
    /// STRU P: this page comes behind one that it should have come before, or in its place.
    PageOrder(u64),
    /// STRU P: pages come behind this one, which is not full.
    ShortPage(u64),
    /// A restart marker is longer than [`Marker::LONGEST`].
    MarkerTooLong,
    /// A restart marker is empty, or has other than printable characters.
    BadMarker,
    /// STRU R: a record in TYPE I holds a LF.
    LineFeedInRecord,
    /// MODE Z: this is no zlib stream.
    Deflate,
}

/// What is wrong with a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadHeader {
    /// MODE B and C: this descriptor has bits without a meaning.
    Descriptor(u8),
    /// STRU P: a page header of this length does not go with its type.
    PageHeaderLength(u8),
    /// STRU P: more data than a page holds.
    PageLength(u64),
    /// STRU P: the page lies beyond any file.
    PageIndex(u64),
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Truncated => "the data ended before the mark of its end; send it again",
            Self::AfterEnd => "data came behind the end of the file; check MODE and STRU",
            Self::BadMarker => "a restart marker is not printable; send characters 33 to 126",
            Self::LineFeedInRecord => {
                "a record holds a line feed, which would split it; use STRU F"
            }
            Self::Deflate => "the data is no sound zlib stream; send it again, or use MODE S",
            Self::BadHeader(header) => return header.fmt(f),
            Self::BadEscape(code) => {
                return write!(
                    f,
                    "byte 255 was followed by {code}, where STRU R knows 1, 2, 3 and 255; check STRU"
                );
            }
            Self::UnknownPageType(kind) => {
                return write!(f, "a page has type {kind}, and STRU P knows 0 to 3; use STRU F");
            }
            Self::PageOrder(index) => {
                return write!(
                    f,
                    "page {index} is out of order; send pages in order, or use STRU F"
                );
            }
            Self::ShortPage(index) => {
                return write!(
                    f,
                    "page {index} is neither full nor the last; send full pages (255 bytes, and 4096 \
                     from page 256 on), or use STRU F"
                );
            }
            Self::MarkerTooLong => {
                let longest = Marker::LONGEST;
                return write!(
                    f,
                    "a restart marker is too long; send at most {longest} characters"
                );
            }
        };
        f.write_str(text)
    }
}

impl fmt::Display for BadHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Descriptor(bits) => {
                write!(f, "descriptor {bits} has bits without a meaning; check MODE")
            }
            Self::PageHeaderLength(length) => {
                write!(f, "a page header of {length} bytes does not go with its type; check STRU")
            }
            Self::PageLength(length) => {
                write!(f, "a page has {length} bytes, more than pages hold here; use STRU F")
            }
            Self::PageIndex(index) => write!(f, "page {index} lies beyond any file; check STRU"),
        }
    }
}

impl std::error::Error for DecodeError {}
