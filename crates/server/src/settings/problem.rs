//! Where a setting is from, and what is wrong with one.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use packetboat_closest::closest;

use super::{SECTIONS, rows};

/// Where a value was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nowhere: the table's default.
    Default,
    /// In a file, on a line counted from 1.
    File(Arc<PathBuf>, usize),
    /// By an option of this name.
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

/// What is wrong with the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where it was given.
    pub origin: Origin,
    /// The setting's name; empty where it is the file as a whole.
    pub key: String,
    /// What is wrong, and what is allowed.
    pub text: String,
    /// What has to become another for it to go away.
    pub blame: Blame,
}

/// What a problem comes of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// The setting itself.
    Setting,
    /// A file or folder that it names; the setting is right.
    Files,
    /// The moment: the network, a name service, another program. Trying again may help.
    Moment,
}

impl Problem {
    /// Something wrong with a setting itself.
    pub fn new(origin: Origin, key: impl Into<String>, text: impl Into<String>) -> Self {
        Self { origin, key: key.into(), text: text.into(), blame: Blame::Setting }
    }

    /// Something wrong with what it names.
    pub fn of_files(self) -> Self {
        Self { blame: Blame::Files, ..self }
    }

    /// Something that may be over in a moment.
    pub fn of_the_moment(self) -> Self {
        Self { blame: Blame::Moment, ..self }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origin {
            // Nobody wrote it anywhere.
            Origin::Default => {}
            // The option is the name under which it was given.
            Origin::Flag(name) => return write!(f, "{name}: {}", self.text),
            origin => write!(f, "{origin}: ")?,
        }
        match self.key.as_str() {
            "" => f.write_str(&self.text),
            key => write!(f, "{key}: {}", self.text),
        }
    }
}

/// The settings of which nothing is known, since what was given for them could not be read: whoever looks finds their
/// defaults, which nobody meant.
#[derive(Clone, Debug, Default)]
pub struct Unread(Vec<String>);

impl Unread {
    /// Those that reading had these problems with.
    pub fn of(problems: &[Problem]) -> Self {
        Self(problems.iter().map(|problem| problem.key.clone()).collect())
    }

    /// Whether a setting, or an entry of this array, may be one of them.
    pub fn hides(&self, key: &str) -> bool {
        self.0.iter().any(|unread| may_be_meant(unread, key))
    }
}

/// Whether a name with which something was wrong may stand for a setting.
fn may_be_meant(unread: &str, key: &str) -> bool {
    if rows().any(|row| row.key == unread) {
        return unread == key;
    }
    let section = unread.split(['.', '[']).next().unwrap_or_default();
    match closest(section, SECTIONS.iter().map(|known| known.name)) {
        // Any entry of an array, and any setting of a section in which there is none of that name.
        Some(section) => key.split('.').next() == Some(section),
        None => true,
    }
}

/// Puts problems in the order in which their settings stand.
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
