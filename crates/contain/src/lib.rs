//! Restricts the process to what it needs, so that a vulnerability in it is worth little: it
//! becomes a user other than root without capabilities ([`Identity`]), can access only the folders
//! it serves ([`Reach`], with Landlock), and cannot make system calls that it never needs
//! ([`Calls`], with seccomp).
//!
//! The restrictions apply to the calling thread and the threads it starts later. They must
//! therefore be applied before there are other threads; this is checked.

#![forbid(unsafe_code)]

mod calls;
mod identity;
mod reach;

use std::fmt;
use std::io;

pub use calls::Calls;
pub use identity::{Identity, give_up_capabilities, user_name};
pub use reach::{Access, Reach};

/// Whether a restriction is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Switch {
    /// No.
    Off,
    /// Yes, if the system supports it.
    #[default]
    On,
    /// Yes; if the system does not support it, the server does not start.
    Required,
}

impl Switch {
    /// Its keyword in the configuration.
    pub fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::On => "on",
            Self::Required => "required",
        }
    }

    /// The switch with this keyword.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Off, Self::On, Self::Required].into_iter().find(|switch| switch.word() == word)
    }

    /// The outcome of applying a restriction: in force, or not and why.
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

/// The outcome of a restriction, or the reason why the server must not start.
pub type Settled = Result<Limit, ContainError>;

/// Whether a restriction is in force, and a description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Whether it is in force.
    pub in_force: bool,
    /// What it does, or why it is not in force.
    pub text: String,
}

/// Why a restriction cannot be applied, and what to do.
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

/// Checks that this is the only thread: other threads would keep the rights that this one gives up.
fn check_alone() -> Result<(), ContainError> {
    let threads = match std::fs::read_dir("/proc/self/task") {
        Ok(threads) => threads.count(),
        // This cannot be checked without /proc, nor under the restrictions inherited at an upgrade,
        // which name the /proc/self of the previous process. The program is written so that there
        // are no other threads.
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
    Err(ContainError::new(format!(
        "{threads} threads are running already, which would not be \
        restricted"
    )))
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
