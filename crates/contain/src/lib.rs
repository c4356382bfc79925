//! Limits what this process may do to what it needs, so that a hole in it is worth little: it becomes another
//! user than root and keeps no capability ([`Identity`]), reaches only the folders it serves ([`Reach`], by
//! Landlock), and is refused the system calls that it never makes ([`Calls`], by seccomp).
//!
//! All of it holds for the thread that asks for it and those it starts later. So it has to be asked for before
//! there are others; that there are none is checked.

#![forbid(unsafe_code)]

mod calls;
mod identity;
mod reach;

use std::fmt;
use std::io;

pub use calls::Calls;
pub use identity::{Identity, give_up_capabilities, user_name};
pub use reach::{Access, Reach};

/// Whether a limit is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Switch {
    /// No.
    Off,
    /// Yes, where the system can do it.
    #[default]
    On,
    /// Yes; without it the server does not start.
    Required,
}

impl Switch {
    /// Its word in the configuration.
    pub fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::On => "on",
            Self::Required => "required",
        }
    }

    /// The switch of a word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Off, Self::On, Self::Required].into_iter().find(|switch| switch.word() == word)
    }

    /// What becomes of a limit: in force, or not and for which reason.
    fn settle(self, limit: impl FnOnce() -> Result<String, ContainError>) -> Settled {
        if self == Self::Off {
            return Ok(Limit { in_force: false, text: "off, as configured".into() });
        }
        match limit() {
            Ok(text) => Ok(Limit { in_force: true, text }),
            Err(error) if self == Self::Required => Err(error),
            Err(error) => Ok(Limit { in_force: false, text: format!("off: {error}") }),
        }
    }
}

/// A limit that is settled, or the reason why the server must not start.
pub type Settled = Result<Limit, ContainError>;

/// Whether a limit is in force, and what there is to say of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Whether it holds.
    pub in_force: bool,
    /// What it does, or why it is off.
    pub text: String,
}

/// Why a limit cannot be put in force, and the way out.
#[derive(Debug)]
pub struct ContainError(String);

impl ContainError {
    fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for ContainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ContainError {}

/// That this is the only thread: others would keep what this one gives up.
fn check_alone() -> Result<(), ContainError> {
    let threads = match std::fs::read_dir("/proc/self/task") {
        Ok(threads) => threads.count(),
        // Without /proc it cannot be told, nor under the limits that a process inherits at an upgrade: those name
        // the /proc/self of the one before. The program is written so that it is alone.
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied
            ) =>
        {
            1
        }
        Err(error) => {
            return Err(ContainError::new(format!("the threads cannot be counted: {error}")));
        }
    };
    if threads == 1 {
        return Ok(());
    }
    Err(ContainError::new(format!("{threads} threads run already, which would not be limited")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_that_cannot_be_had_is_an_error_only_where_it_is_required() {
        let fails = || Err(ContainError::new("no such kernel"));
        assert_eq!(Switch::On.settle(fails).expect("a limit").text, "off: no such kernel");
        assert!(Switch::Required.settle(fails).is_err());
        assert!(!Switch::Off.settle(fails).expect("a limit").in_force);
    }

    #[test]
    fn words_lead_back_to_their_switch() {
        for switch in [Switch::Off, Switch::On, Switch::Required] {
            assert_eq!(Switch::parse(switch.word()), Some(switch));
        }
        assert_eq!(Switch::parse("yes"), None);
    }
}
