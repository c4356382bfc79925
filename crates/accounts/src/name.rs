//! [`AccountName`]: the name of an account in the database. A name can become a component of a
//! path, and appears in files whose fields are separated by colons, so this is the one place that
//! checks it.

use std::fmt;

use packetboat_proto::anonymous::is_anonymous;

/// The longest name, in bytes: short enough for a component of a path.
const LONGEST: usize = 128;

/// The name of an account: text without `/`, `:` and control characters, not `.` or `..`, and not a
/// name of anonymous FTP.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountName(String);

/// Why a text cannot be the name of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameError(&'static str);

impl AccountName {
    /// Checks the name of a new account.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        if text.contains(is_unseen) {
            return Err(NameError(
                "it contains an invisible character or one that changes the \
                writing direction",
            ));
        }
        Self::stored(text)
    }

    /// Checks the name of an account that may exist already. Old versions imported the byte order
    /// mark at the beginning of a file as a part of a name; such accounts must remain visible and
    /// removable.
    pub fn stored(text: &str) -> Result<Self, NameError> {
        let bad = |character: char| character.is_control() || matches!(character, '/' | ':' | '\\');
        let fault = match text {
            "" => "it is empty",
            "." | ".." => "it is a relative path",
            _ if text.len() > LONGEST => "it is longer than 128 bytes",
            _ if text.contains(bad) => {
                "it contains a slash, a colon, a backslash or a control character"
            }
            _ if text.trim() != text => "it begins or ends with a space",
            _ if text.starts_with('-') => "it looks like an option",
            _ if is_anonymous(text.as_bytes()) => {
                "it is a name of anonymous FTP, which has no password"
            }
            _ => return Ok(Self(text.to_owned())),
        };
        Err(NameError(fault))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A byte order mark, or a character that controls the writing direction. With these, different
/// names can look the same.
fn is_unseen(character: char) -> bool {
    matches!(
        character,
        '\u{feff}' | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    )
}

/// Parses a name from the command line, which may be that of an existing account.
impl std::str::FromStr for AccountName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::stored(text)
    }
}

impl fmt::Display for AccountName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "this cannot be the name of an account: {}; choose another", self.0)
    }
}

impl std::error::Error for NameError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_lead_somewhere_or_confuse_are_refused() {
        for good in ["anna", "anna.b", "Änne", "a b", "..anna", "user@example.org"] {
            assert_eq!(AccountName::parse(good).as_ref().map(AccountName::as_str), Ok(good));
        }
        let long = "x".repeat(129);
        let bad = [
            "",
            ".",
            "..",
            "a/b",
            "/",
            "a\\b",
            "a:b",
            "a\nb",
            "a\0",
            "\u{feff}anna",
            "anna\u{202e}",
            " a",
            "a ",
            "-r",
            "FTP",
            "Anonymous",
        ];
        for bad in bad.into_iter().chain([long.as_str()]) {
            assert!(AccountName::parse(bad).is_err(), "{bad:?}");
        }
    }
}
