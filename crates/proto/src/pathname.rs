//! [`Pathname`]: a pathname as a command carries it, in bytes that can neither end the line nor
//! break the Telnet layer.

use std::fmt;

/// The argument of a command that names a file: at least one byte, none of them NUL, CR or LF. The
/// server that receives the pathname decides what it means.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Pathname(Vec<u8>);

/// Why bytes cannot be a pathname.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathnameError {
    /// There are no bytes.
    Empty,
    /// The bytes contain NUL, CR or LF. RFC 2640 §3.1 asks senders to stuff CR, but that breaks the
    /// Telnet end of line, so CR is refused here (see the Internet-Draft on the UTF-8 option).
    LineBreak,
}

impl Pathname {
    /// Takes the bytes as a pathname.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Result<Self, PathnameError> {
        let bytes = bytes.into();
        if bytes.is_empty() {
            return Err(PathnameError::Empty);
        }
        if bytes.iter().any(|byte| matches!(byte, 0 | b'\r' | b'\n')) {
            return Err(PathnameError::LineBreak);
        }
        Ok(Self(bytes))
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for PathnameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "the pathname is empty",
            Self::LineBreak => "the pathname contains NUL, CR or LF, which FTP cannot carry",
        })
    }
}

impl std::error::Error for PathnameError {}

impl fmt::Display for Pathname {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.0))
    }
}

impl fmt::Debug for Pathname {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pathname({:?})", String::from_utf8_lossy(&self.0))
    }
}
