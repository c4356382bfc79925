//! The encoding of files on the data connection: TYPE, STRU and MODE (RFC 959 §3). An [`Encoder`]
//! turns the bytes of a file into those of the wire, and a [`Decoder`] turns them back. There are
//! three layers: the type changes characters and line endings, the structure marks records or
//! pages, and the mode wraps the result for the connection. Input may be cut into pieces anywhere;
//! memory does not grow with the file.

mod ascii;
mod block;
mod compressed;
mod decoder;
mod deflate;
mod ebcdic;
mod ebcdic_pages;
mod encoder;
mod error;
mod format;
mod marker;
mod mode;
mod page;
mod record;
mod text;

pub use ascii::{AsciiDecoder, AsciiEncoder};
pub use decoder::{DecodeEvent, Decoded, Decoder};
pub use ebcdic::{CodePage, UnknownCodePage};
pub use encoder::Encoder;
pub use error::{BadHeader, DecodeError, Unsupported};
pub use format::{
    FileStructure, Format, FormatControl, RepresentationType, Settings, TransmissionMode,
};
pub use marker::Marker;
