//! TYPE E (RFC 959 §3.1.1.2): [`CodePage`]s between the bytes of a file, read as ISO 8859-1, and
//! EBCDIC. Each code page maps each of the 256 bytes to its own EBCDIC byte, so every file survives
//! a round trip. UTF-8 text survives it, too, but beyond ASCII it is not readable on the mainframe.
//!
//! The line ending on the wire is NL, 0x15. The vendors' tables pair NL with 0x85 and LF (0x25)
//! with 0x0A. Here the two are swapped, as on z/OS UNIX: NL is the line ending of the file, 0x0A,
//! and LF is 0x85.

use std::fmt;
use std::str::FromStr;

use super::ebcdic_pages::{IBM_037, ROWS, Row};

/// NL, the line ending on the wire.
pub(super) const NEW_LINE: u8 = 0x15;
const LINE_FEED: u8 = 0x25;
/// The filler of MODE C.
pub(super) const SPACE: u8 = 0x40;

/// An EBCDIC code page. The default is IBM-1047, as on z/OS UNIX.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodePage(u16);

impl CodePage {
    /// The code page with this IBM number, if it is supported.
    pub fn new(number: u16) -> Option<Self> {
        Self::all().find(|page| page.0 == number)
    }

    /// Every supported code page.
    pub fn all() -> impl Iterator<Item = Self> {
        ROWS.iter().flat_map(|row| row.numbers).map(|&number| Self(number))
    }

    /// IBM's number of the code page.
    pub fn number(&self) -> u16 {
        self.0
    }

    /// The byte of the file for each byte of the wire.
    pub(super) fn to_file(self) -> [u8; 256] {
        let mut table = IBM_037;
        for &(ebcdic, latin) in self.differences() {
            table[usize::from(ebcdic)] = latin;
        }
        // RFC 959 §3.1.1.2: NL ends a line.
        table.swap(NEW_LINE.into(), LINE_FEED.into());
        table
    }

    /// The byte of the wire for each byte of the file.
    pub(super) fn to_wire(self) -> [u8; 256] {
        let mut table = [0; 256];
        for (ebcdic, latin) in (0..=u8::MAX).zip(self.to_file()) {
            table[usize::from(latin)] = ebcdic;
        }
        table
    }

    fn differences(self) -> &'static [(u8, u8)] {
        let own = |row: &&Row| row.numbers.contains(&self.0);
        ROWS.iter().find(own).map_or(&[], |row| row.differences)
    }
}

impl Default for CodePage {
    fn default() -> Self {
        Self(1047)
    }
}

impl fmt::Display for CodePage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IBM-{:03}", self.0)
    }
}

impl FromStr for CodePage {
    type Err = UnknownCodePage;

    /// Accepts `1047`, `IBM-1047`, `IBM1047` and `CP1047`, case-insensitive.
    fn from_str(name: &str) -> Result<Self, UnknownCodePage> {
        let lower = name.to_ascii_lowercase();
        let number = ["ibm-", "ibm", "cp"].iter().find_map(|prefix| lower.strip_prefix(prefix));
        let number = crate::address::parse_number(number.unwrap_or(&lower).as_bytes());
        number.and_then(Self::new).ok_or_else(|| UnknownCodePage(name.to_owned()))
    }
}

/// The name of an unsupported code page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownCodePage(String);

impl fmt::Display for UnknownCodePage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is no EBCDIC code page known here; use one of ", self.0.escape_debug())?;
        for (index, page) in CodePage::all().enumerate() {
            write!(f, "{}{page}", if index == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

impl std::error::Error for UnknownCodePage {}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reference data from another, maintained implementation.
    const REFERENCE: &str = include_str!("../../tests/data/ebcdic.tsv");

    /// The ISO 8859-1 byte that stands for a character in files.
    fn latin(scalar: u32) -> u8 {
        match scalar {
            0x20ac => 0xa4,
            // The overline of IBM-285 is the macron of ISO 8859-1.
            0x203e => 0xaf,
            other => u8::try_from(other).expect("ISO 8859-1"),
        }
    }

    #[test]
    fn every_code_page_is_as_the_reference_has_it() {
        let mut seen = 0;
        for line in REFERENCE.lines().filter(|line| !line.starts_with('#')) {
            let (number, scalars) = line.split_once('\t').expect("two fields");
            let page = CodePage::from_str(number).expect("a code page");
            let mut expected: Vec<u8> = scalars
                .split(' ')
                .map(|scalar| latin(u32::from_str_radix(scalar, 16).expect("hexadecimal")))
                .collect();
            assert_eq!((expected[0x15], expected[0x25]), (0x85, 0x0a));
            expected.swap(0x15, 0x25);
            assert_eq!(page.to_file().as_slice(), expected, "{page}");
            seen += 1;
        }
        assert_eq!(seen, CodePage::all().count());
    }

    #[test]
    fn every_code_page_gives_each_byte_a_byte_of_its_own() {
        for page in CodePage::all() {
            let (to_file, to_wire) = (page.to_file(), page.to_wire());
            for byte in 0..=u8::MAX {
                assert_eq!(to_file[usize::from(to_wire[usize::from(byte)])], byte, "{page}");
            }
        }
    }

    #[test]
    fn names_of_code_pages() {
        for name in ["1047", "IBM-1047", "ibm1047", "cp1047"] {
            assert_eq!(name.parse(), Ok(CodePage::default()));
        }
        assert_eq!("037".parse::<CodePage>().expect("known").to_string(), "IBM-037");
        assert_eq!(CodePage::new(437), None);
        let error = "latin1".parse::<CodePage>().expect_err("unknown");
        assert!(error.to_string().starts_with("latin1 is no EBCDIC code page"), "{error}");
    }
}
