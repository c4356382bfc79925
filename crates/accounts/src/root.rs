//! [`Root`]: the folder that an account sees as its root, as a path on this machine or a pattern in
//! which `%u` stands for the account's name.

use std::fmt;
use std::path::PathBuf;

use crate::AccountName;

/// An absolute path or pattern. `%u` stands for the account's name, `%%` for `%`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root(String);

/// Why a text is not a root folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootError(&'static str);

/// The place of a root folder: `base` comes from the administrator alone, `inside` depends on the
/// account's name. The path `inside` must be resolved without leaving `base`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootPlace {
    /// The folder that does not depend on the account's name.
    pub base: PathBuf,
    /// The path beneath `base`; empty if `base` is the root itself.
    pub inside: String,
}

impl Root {
    /// Reads a path or a pattern.
    pub fn parse(text: &str) -> Result<Self, RootError> {
        let names = || text.split('/');
        let after_name = names().skip_while(|name| !name.contains("%u"));
        let fault = if !text.starts_with('/') {
            "it does not begin with a slash"
        } else if text.contains(char::is_control) {
            "it contains a control character"
        } else if text.replace("%%", "").replace("%u", "").contains('%') {
            "it contains % without a following u"
        } else if after_name.clone().any(|name| name == "..") {
            "it contains .. after %u"
        } else {
            return Ok(Self(text.to_owned()));
        };
        Err(RootError(fault))
    }

    /// The pattern as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The place of an account's root; `None` if the name cannot be an account's name.
    pub fn place(&self, name: &[u8]) -> Option<RootPlace> {
        let name =
            std::str::from_utf8(name).ok().and_then(|name| AccountName::stored(name).ok())?;
        let mut base = PathBuf::from("/");
        let mut inside = Vec::new();
        for part in self.0.split('/').filter(|part| !part.is_empty()) {
            if inside.is_empty() && !has_name(part) {
                base.push(part.replace("%%", "%"));
            } else {
                inside.push(filled(part, name.as_str()));
            }
        }
        Some(RootPlace { base, inside: inside.join("/") })
    }
}

fn has_name(part: &str) -> bool {
    part.replace("%%", "").contains("%u")
}

fn filled(part: &str, name: &str) -> String {
    let literal: Vec<String> = part.split("%%").map(|piece| piece.replace("%u", name)).collect();
    literal.join("%")
}

impl fmt::Display for RootError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "this is not a valid root folder: {}; give an absolute path such as /srv/ftp/%u",
            self.0
        )
    }
}

impl std::error::Error for RootError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(pattern: &str, name: &str) -> Option<(String, String)> {
        let place = Root::parse(pattern).expect("a pattern").place(name.as_bytes())?;
        Some((place.base.display().to_string(), place.inside))
    }

    fn pair(base: &str, inside: &str) -> Option<(String, String)> {
        Some((base.into(), inside.into()))
    }

    #[test]
    fn what_the_name_decides_lies_beneath_what_it_does_not() {
        assert_eq!(place("/srv/ftp", "anna"), pair("/srv/ftp", ""));
        assert_eq!(place("/srv/ftp/%u", "anna"), pair("/srv/ftp", "anna"));
        assert_eq!(place("/srv//home-%u/in/", "anna"), pair("/srv", "home-anna/in"));
        assert_eq!(place("/a%%/b%%u/%u%%", "x"), pair("/a%/b%u", "x%"));
        assert_eq!(place("/", "anna"), pair("/", ""));
        // The name is inserted literally: a % in it has no special meaning.
        assert_eq!(place("/s/%u", "%u%%"), pair("/s", "%u%%"));
    }

    #[test]
    fn no_name_climbs_out() {
        for name in ["..", ".", "", "../x", "a/b", "a\0"] {
            assert_eq!(place("/srv/ftp/%u", name), None, "{name:?}");
        }
        assert_eq!(Root::parse("/s/%u").expect("a pattern").place(b"\xFF"), None);
        for bad in ["", "srv/%u", "/srv/%u/..", "/srv/%u/../x", "/srv/%d", "/srv/%", "/a\nb"] {
            assert!(Root::parse(bad).is_err(), "{bad}");
        }
        assert!(Root::parse("/srv/../x/%u").is_ok());
    }
}
