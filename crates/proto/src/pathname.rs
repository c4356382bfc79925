//! A pathname as it travels in a command: bytes that cannot end the line or break the Telnet layer.

use std::fmt;

/// The argument of a command that names a file: at least one byte, none of them NUL, CR or LF.
/// What it means is up to the server that receives it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Pathname(Vec<u8>);

/// Why bytes cannot be a pathname.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathnameError {
    /// There are no bytes.
    Empty,
    /// NUL, CR or LF stands in it. RFC 2640 §3.1 asks to stuff CR; that breaks the Telnet end of line,
    /// so it is refused here (see the Internet-Draft on the UTF-8 option).
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
            Self::LineBreak => "the pathname holds NUL, CR or LF, which FTP cannot carry",
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
