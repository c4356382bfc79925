//! [`NamePattern`]: which names an account may use for files and directories. Patterns ignore case;
//! a pattern that ends in a slash applies to directories only.

use std::fmt;

use crate::glob;

/// The longest pattern, in bytes.
const LONGEST: usize = 255;

/// A pattern for names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamePattern {
    text: String,
    /// In lower case, without the slash.
    pattern: Vec<char>,
    directories_alone: bool,
}

/// Why a name is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NameRefusal {
    /// It matches this refused pattern.
    Refused(String),
    /// It matches none of these allowed patterns.
    NotAllowed(String),
}

impl NamePattern {
    /// Reads a pattern such as `*.exe`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let bare = text.strip_suffix('/').unwrap_or(text);
        if bare.is_empty()
            || bare.contains('/')
            || bare.contains(char::is_control)
            || text.len() > LONGEST
        {
            return Err(format!(
                "{text:?} is not a name pattern; give one such as *.exe, or */ for directories"
            ));
        }
        let directories_alone = bare.len() < text.len();
        let pattern = bare.to_lowercase().chars().collect();
        Ok(Self { text: text.to_owned(), pattern, directories_alone })
    }

    fn matches(&self, name: &[char], is_directory: bool) -> bool {
        let fits = is_directory || !self.directories_alone;
        fits && glob::matches(&self.pattern, name, '*', '?')
    }
}

/// Whether a name may be used: it must match no refused pattern and, if there are allowed patterns,
/// one of those.
pub(crate) fn check(
    allowed: &[NamePattern],
    refused: &[NamePattern],
    name: &[u8],
    is_directory: bool,
) -> Result<(), NameRefusal> {
    if allowed.is_empty() && refused.is_empty() {
        return Ok(());
    }
    let name: Vec<char> = String::from_utf8_lossy(name).to_lowercase().chars().collect();
    if let Some(pattern) = refused.iter().find(|pattern| pattern.matches(&name, is_directory)) {
        return Err(NameRefusal::Refused(pattern.text.clone()));
    }
    if allowed.is_empty() || allowed.iter().any(|pattern| pattern.matches(&name, is_directory)) {
        return Ok(());
    }
    let texts: Vec<&str> = allowed.iter().map(|pattern| pattern.text.as_str()).collect();
    Err(NameRefusal::NotAllowed(texts.join(", ")))
}

/// In the form that [`NamePattern::parse`] reads.
impl fmt::Display for NamePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns(texts: &[&str]) -> Vec<NamePattern> {
        texts.iter().map(|text| NamePattern::parse(text).expect("a pattern")).collect()
    }

    #[test]
    fn refusals_win_and_case_is_no_way_around() {
        let refused = patterns(&["*.exe", "Ärger*", "cache/"]);
        let check = |name: &str, directory| super::check(&[], &refused, name.as_bytes(), directory);
        for name in ["a.exe", "A.EXE", ".exe", ".hidden.Exe", "ÄRGER", "ärger.txt"] {
            assert!(check(name, false).is_err(), "{name}");
        }
        assert_eq!(check("a.EXE", false), Err(NameRefusal::Refused("*.exe".to_owned())));
        assert!(check("a.exe.txt", false).is_ok());
        assert!(check("cache", false).is_ok() && check("Cache", true).is_err());
        assert!(super::check(&[], &refused, b"a\xFF.exe", false).is_err());
    }

    #[test]
    fn where_some_are_allowed_no_others_are() {
        let allowed = patterns(&["*.pdf", "*/"]);
        let check = |name: &str, directory| super::check(&allowed, &[], name.as_bytes(), directory);
        assert!(check("a.PDF", false).is_ok() && check("new", true).is_ok());
        assert_eq!(check("new", false), Err(NameRefusal::NotAllowed("*.pdf, */".to_owned())));
    }

    #[test]
    fn what_is_no_pattern() {
        for bad in ["", "/", "a/b", "a\nb", "a//"] {
            assert!(NamePattern::parse(bad).is_err(), "{bad:?}");
        }
    }
}
