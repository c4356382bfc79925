//! What TYPE, STRU and MODE say, and what is agreed on outside of them: code page, level, markers.

use super::{CodePage, Unsupported, page};

/// TYPE: how bytes stand on the data connection (RFC 959 §3.1.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum RepresentationType {
    /// A: text with CRLF line ends. The default of the RFC.
    #[default]
    Ascii,
    /// E: text in EBCDIC, with NL line ends.
    Ebcdic,
    /// I and L 8: bytes as they are.
    Image,
}

/// The second letter of TYPE A and E: what moves a printer's paper (RFC 959 §3.1.1.5). A file is kept as
/// it is under each of them, since nothing is printed here (RFC 1123 §4.1.2.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum FormatControl {
    /// N: the file is not for a printer. The default of the RFC.
    #[default]
    NonPrint,
    /// T: control characters in the text move the paper.
    Telnet,
    /// C: the first character of each line does, as with ASA and FORTRAN.
    Carriage,
}

/// STRU: what a file is made of (RFC 959 §3.1.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum FileStructure {
    /// F: bytes. The default of the RFC.
    #[default]
    File,
    /// R: records. A record is a line here: its bytes, and a LF behind them.
    Record,
    /// P: pages with a number, of which some may be missing.
    Page,
}

/// MODE: how the data is wrapped for the connection (RFC 959 §3.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum TransmissionMode {
    /// S: as it is. The default of the RFC.
    #[default]
    Stream,
    /// B: in blocks with a header.
    Block,
    /// C: in blocks, with runs of one byte shortened.
    Compressed,
    /// Z: as one zlib stream (draft-preston-ftpext-deflate).
    Deflate,
}

/// All of TYPE, STRU and MODE. The default is what RFC 959 §5.1 asks for: A N, F, S.
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

    /// Whether the end of the file stands in the data, so that the connection can serve the next file
    /// (RFC 959 §3.2): MODE B and C.
    pub fn keeps_connection(&self) -> bool {
        matches!(self.mode, TransmissionMode::Block | TransmissionMode::Compressed)
    }

    /// Whether sending can begin at this offset of the file: in STRU P, only where a page does. Text is
    /// begun at offsets that a marker named.
    pub fn can_start_at(&self, offset: u64) -> bool {
        self.structure != FileStructure::Page || page::is_start(offset)
    }

    /// Pages are found by an offset into the file, and text has none on the wire.
    pub(super) fn check(&self) -> Result<(), Unsupported> {
        match (self.structure, self.representation) {
            (FileStructure::Page, RepresentationType::Ascii) => Err(Unsupported::TextInPages('A')),
            (FileStructure::Page, RepresentationType::Ebcdic) => Err(Unsupported::TextInPages('E')),
            _ => Ok(()),
        }
    }
}

/// What sender and receiver know besides the [`Format`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The EBCDIC of TYPE E.
    pub code_page: CodePage,
    /// How hard MODE Z tries: 0 to 9, where more is counted as 9.
    pub deflate_level: u32,
    /// After how many bytes of the file the encoder writes a restart marker, in MODE B and C. 0 is never.
    pub marker_interval: Option<u64>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { code_page: CodePage::default(), deflate_level: 6, marker_interval: None }
    }
}
