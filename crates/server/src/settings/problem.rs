//! Where a setting is from, and what is wrong with one.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

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
    /// Whether the setting is right in itself, but a file or folder that it names is not.
    pub of_files: bool,
}

impl Problem {
    /// Something wrong with a setting itself.
    pub fn new(origin: Origin, key: impl Into<String>, text: impl Into<String>) -> Self {
        Self { origin, key: key.into(), text: text.into(), of_files: false }
    }

    /// Something wrong with what it names.
    pub fn of_files(mut self) -> Self {
        self.of_files = true;
        self
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

/// Puts problems in the order in which their settings stand.
pub fn sort(problems: &mut [Problem]) {
    problems.sort_by_key(|problem| match &problem.origin {
        Origin::File(_, line) => (0, *line),
        Origin::Flag(_) => (1, 0),
        Origin::Set => (2, 0),
        Origin::Default => (3, 0),
    });
}
