//! [`Format`]: the values of TYPE, STRU and MODE; and [`Settings`], which both sides agree on by
//! other means: code page, compression level, marker interval.

use super::{CodePage, Unsupported, page};

/// TYPE: how bytes are represented on the data connection (RFC 959 §3.1.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum RepresentationType {
    /// A: text with CRLF line endings. The default of the RFC.
    #[default]
    Ascii,
    /// E: text in EBCDIC, with NL line endings.
    Ebcdic,
    /// I and L 8: bytes unchanged.
    Image,
}

/// The second letter of TYPE A and E: how a printer moves its paper (RFC 959 §3.1.1.5). The file
/// stays unchanged whatever the letter is, since nothing is printed here (RFC 1123 §4.1.2.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum FormatControl {
    /// N: the file is not for a printer. The default of the RFC.
    #[default]
    NonPrint,
    /// T: control characters in the text move the paper.
    Telnet,
    /// C: the first character of each line moves the paper, as with ASA and FORTRAN.
    Carriage,
}

/// STRU: what a file is made of (RFC 959 §3.1.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum FileStructure {
    /// F: bytes. The default of the RFC.
    #[default]
    File,
    /// R: records. Here a record is a line: its bytes, followed by an LF.
    Record,
    /// P: numbered pages, some of which may be missing.
    Page,
}

/// MODE: how the data is wrapped for the connection (RFC 959 §3.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum TransmissionMode {
    /// S: unchanged. The default of the RFC.
    #[default]
    Stream,
    /// B: in blocks with a header.
    Block,
    /// C: in blocks, with runs of one byte shortened.
    Compressed,
    /// Z: as one zlib stream (draft-preston-ftpext-deflate).
    Deflate,
}

/// All of TYPE, STRU and MODE. The default is the one of RFC 959 §5.1: A N, F, S.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Format {
    /// TYPE, its first letter.
    pub representation: RepresentationType,
    /// TYPE, its second letter.
    pub control: FormatControl,
    /// STRU.
    pub structure: FileStructure,
    /// MODE.
    pub mode: TransmissionMode,
}

impl Format {
    /// Whether the wire carries the file's bytes and nothing else: TYPE I, STRU F, MODE S.
    pub fn is_verbatim(&self) -> bool {
        self.representation == RepresentationType::Image
            && self.structure == FileStructure::File
            && self.mode == TransmissionMode::Stream
    }

    /// Whether the data itself marks the end of the file, so that the connection can carry the next
    /// file (RFC 959 §3.2): MODE B and C.
    pub fn keeps_connection(&self) -> bool {
        matches!(self.mode, TransmissionMode::Block | TransmissionMode::Compressed)
    }

    /// Whether the data has an end mark, so that a truncated file can be told from a complete one.
    /// In MODE S only records and pages have one (RFC 959 §3.4.1).
    pub fn marks_end(&self) -> bool {
        self.mode != TransmissionMode::Stream || self.structure != FileStructure::File
    }

    /// Whether sending can start at this offset of the file: in STRU P, only where a page starts.
    /// Text starts at offsets that a marker named.
    pub fn can_start_at(&self, offset: u64) -> bool {
        self.structure != FileStructure::Page || page::is_start(offset)
    }

    /// Whether TYPE and STRU can be combined: all can, except text in pages.
    pub fn is_sound(&self) -> bool {
        self.check().is_ok()
    }

    /// Fails for text in pages: pages are located by an offset in the file, and text on the wire
    /// has other offsets.
    pub(super) fn check(&self) -> Result<(), Unsupported> {
        match (self.structure, self.representation) {
            (FileStructure::Page, RepresentationType::Ascii) => Err(Unsupported::TextInPages('A')),
            (FileStructure::Page, RepresentationType::Ebcdic) => Err(Unsupported::TextInPages('E')),
            _ => Ok(()),
        }
    }
}

/// What sender and receiver have to agree on in addition to the [`Format`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The EBCDIC code page of TYPE E.
    pub code_page: CodePage,
    /// The compression level of MODE Z, 0 to 9; a higher number counts as 9.
    pub deflate_level: u32,
    /// The number of bytes of the file after which the encoder writes a restart marker, in MODE B
    /// and C. 0 means never.
    pub marker_interval: Option<u64>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { code_page: CodePage::default(), deflate_level: 6, marker_interval: None }
    }
}
