//! The errors of encoding: [`Unsupported`] for a combination of TYPE, STRU and MODE, and
//! [`DecodeError`] for received data.

use std::fmt;

use super::Marker;

/// A combination of TYPE, STRU and MODE that does not work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsupported {
    /// STRU P with the TYPE of this letter.
    TextInPages(char),
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TextInPages(letter) => write!(
                f,
                "STRU P cannot be combined with TYPE {letter}: the position of a page is counted in bytes \
                 of the file, and text has other positions on the wire; use TYPE I"
            ),
        }
    }
}

impl std::error::Error for Unsupported {}

/// Why data was refused. Each error is the sender's fault; the same data would be refused again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// The data ended before its end mark.
    Truncated,
    /// Bytes followed the end of the file.
    AfterEnd,
    /// The header of a block or a page is invalid.
    BadHeader(BadHeader),
    /// STRU R in MODE S: byte 255 is followed by this byte, which is not a known escape.
    BadEscape(u8),
    /// STRU P: a page of a type that RFC 959 does not define; RFC 959 prescribes reply 551 for it.
    UnknownPageType(u8),
    /// STRU P: this page comes after a page with the same or a higher index.
    PageOrder(u64),
    /// STRU P: this page is not full, but other pages follow it.
    ShortPage(u64),
    /// A restart marker is longer than [`Marker::LONGEST`].
    MarkerTooLong,
    /// A restart marker is empty or contains characters that are not printable.
    BadMarker,
    /// STRU R: a record in TYPE I contains an LF.
    LineFeedInRecord,
    /// MODE Z: the data is not a zlib stream.
    Deflate,
}

/// Why a header is invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadHeader {
    /// MODE B and C: this descriptor has undefined bits set.
    Descriptor(u8),
    /// STRU P: a page header of this length does not match its type.
    PageHeaderLength(u8),
    /// STRU P: more data than a page holds.
    PageLength(u64),
    /// STRU P: the page lies past the end of any possible file.
    PageIndex(u64),
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Truncated => "the data ended before its end-of-file mark; send it again",
            Self::AfterEnd => "data followed the end of the file; check MODE and STRU",
            Self::BadMarker => "a restart marker is not printable; send characters 33 to 126",
            Self::LineFeedInRecord => {
                "a record contains a line feed, which would split it; use STRU F"
            }
            Self::Deflate => "the data is not a valid zlib stream; send it again, or use MODE S",
            Self::BadHeader(header) => return header.fmt(f),
            Self::BadEscape(code) => {
                return write!(
                    f,
                    "byte 255 is followed by {code}, but STRU R defines only 1, 2, 3 and 255; check STRU"
                );
            }
            Self::UnknownPageType(kind) => {
                return write!(
                    f,
                    "a page has type {kind}, but STRU P defines only 0 to 3; use STRU F"
                );
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
                    "page {index} is neither full nor the last; send full pages (255 bytes, or 4096 \
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
                write!(f, "descriptor {bits} has undefined bits set; check MODE")
            }
            Self::PageHeaderLength(length) => {
                write!(f, "a page header of {length} bytes does not match its type; check STRU")
            }
            Self::PageLength(length) => {
                write!(f, "a page has {length} bytes, more than a page may hold; use STRU F")
            }
            Self::PageIndex(index) => {
                write!(f, "page {index} lies past the end of any file; check STRU")
            }
        }
    }
}

impl std::error::Error for DecodeError {}
