//! [`Origin`]: where a setting was given. [`Problem`]: what is wrong with one.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use packetboat_closest::closest;

use super::{SECTIONS, rows};

/// Where a value was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nowhere; the default of the table applies.
    Default,
    /// In a file, on this line, counted from 1.
    File(Arc<PathBuf>, usize),
    /// By the option of this name.
    Flag(String),
    /// By `--set`.
    Set,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(file, line) => write!(f, "{}:{line}", file.display()),
            Self::Flag(name) => f.write_str(name),
            Self::Set => f.write_str("--set"),
        }
    }
}

/// Something that is wrong with a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where the setting was given.
    pub origin: Origin,
    /// The setting's name; empty for the file as a whole.
    pub key: String,
    /// What is wrong, and what is allowed.
    pub text: String,
    /// What has to change to solve the problem.
    pub blame: Blame,
}

/// The cause of a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// The setting itself.
    Setting,
    /// A file or folder that the setting names; the setting itself is valid.
    Files,
    /// Something temporary: the network, a name service, another program. Trying again may help.
    Moment,
}

impl Problem {
    /// A problem with the setting itself.
    pub fn new(origin: Origin, key: impl Into<String>, text: impl Into<String>) -> Self {
        Self { origin, key: key.into(), text: text.into(), blame: Blame::Setting }
    }

    /// The same problem, blamed on the file that the setting names.
    pub fn of_files(self) -> Self {
        Self { blame: Blame::Files, ..self }
    }

    /// The same problem, marked as temporary.
    pub fn of_the_moment(self) -> Self {
        Self { blame: Blame::Moment, ..self }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origin {
            // A default has no place where anybody wrote it.
            Origin::Default => {}
            // The option was given under this name, so the key adds nothing.
            Origin::Flag(name) => return write!(f, "{name}: {}", self.text),
            origin => write!(f, "{origin}: ")?,
        }
        match self.key.as_str() {
            "" => f.write_str(&self.text),
            key => write!(f, "{key}: {}", self.text),
        }
    }
}

/// Settings whose values are unknown, because what was given for them could not be read. Their
/// fields hold defaults that nobody asked for.
#[derive(Clone, Debug, Default)]
pub struct Unread(Vec<String>);

impl Unread {
    /// The settings that these problems are about.
    pub fn of(problems: &[Problem]) -> Self {
        Self(problems.iter().map(|problem| problem.key.clone()).collect())
    }

    /// Whether a setting, or an entry of this array, may be among them.
    pub fn hides(&self, key: &str) -> bool {
        self.0.iter().any(|unread| may_be_meant(unread, key))
    }
}

/// Whether a key that was reported may have been meant for a setting.
fn may_be_meant(unread: &str, key: &str) -> bool {
    if rows().any(|row| row.key == unread) {
        return unread == key;
    }
    let section = unread.split(['.', '[']).next().unwrap_or_default();
    match closest(section, SECTIONS.iter().map(|known| known.name)) {
        // Any entry of the array, or any setting of the section that has no setting of that name.
        Some(section) => key.split('.').next() == Some(section),
        None => true,
    }
}

/// Sorts problems in the order in which the settings were given.
pub fn sort(problems: &mut [Problem]) {
    problems.sort_by_key(|problem| match &problem.origin {
        Origin::File(_, line) => (0, *line),
        Origin::Flag(_) => (1, 0),
        Origin::Set => (2, 0),
        Origin::Default => (3, 0),
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_hides_what_it_may_stand_for() {
        let hides = |unread: &str, key: &str| {
            Unread::of(&[Problem::new(Origin::Set, unread, "")]).hides(key)
        };
        assert!(hides("tls.key", "tls.key") && !hides("tls.key", "tls.certificate"));
        assert!(hides("tls.kee", "tls.key") && !hides("tls.kee", "limits.queue"));
        assert!(hides("listen[2].tls", "listen") && !hides("listen[2].tls", "host"));
        assert!(hides("tsl", "tls.key") && !hides("tsl.key", "host"));
        for anything in ["", "colour", "colour.key"] {
            assert!(hides(anything, "tls.key") && hides(anything, "host"), "{anything:?}");
        }
        assert!(!Unread::default().hides("tls.key"));
    }
}
