//! How a file stands on the data connection: TYPE, STRU and MODE (RFC 959 §3). An [`Encoder`] turns the
//! bytes of a file into those of the wire, a [`Decoder`] turns them back. Three layers lie on each other: the
//! type changes characters and line ends, the structure marks records or pages, the mode wraps it all for
//! the connection. Pieces may be cut anywhere; memory does not grow with a file.

mod ascii;
mod decoder;
mod ebcdic;
mod encoder;
mod error;
mod format;
mod marker;
mod page;

pub use ascii::{AsciiDecoder, AsciiEncoder};
pub use decoder::{DecodeEvent, Decoded, Decoder};
pub use ebcdic::{CodePage, UnknownCodePage};
pub use encoder::Encoder;
pub use error::{BadHeader, DecodeError, Unsupported};
pub use format::{
    FileStructure, Format, FormatControl, RepresentationType, Settings, TransmissionMode,
};
pub use marker::Marker;
