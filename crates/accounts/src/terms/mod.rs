//! [`Terms`]: the terms under which an account may be used. Each term is a row of [`TERMS`], whose
//! key appears in the database, in `packetboat user show` and as the option `--KEY` of `user` and
//! `group`. An account and each of its groups can have a value of their own; this module decides
//! which one applies, in one place for all terms.

mod limits;
mod own;
mod table;
#[cfg(test)]
mod tests;

pub use limits::Limits;
pub use own::{Own, Settled, Source, settle};
pub use table::{Combine, TERMS, TermRow, find};

use std::net::IpAddr;

use crate::{Attempt, NamePattern, Network, PathRules, Refusal, Rights, Root, Windows};

/// The terms that apply to an account, settled from its own values and its groups'. The default is
/// no restriction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// Its own root folder; `None` for the folder that the server shows to everyone.
    pub root: Option<Root>,
    /// The time of its expiry, in seconds since 1970.
    pub expires: Option<i64>,
    /// Whether it is locked, and so may not log in.
    pub locked: bool,
    /// The most sessions that it may have at the same time.
    pub sessions: Option<u32>,
    /// The networks it may log in from; any if empty.
    pub networks: Vec<Network>,
    /// The networks it may not log in from, whatever `networks` says.
    pub refused_networks: Vec<Network>,
    /// How much it may store, and how fast it may transfer.
    pub limits: Limits,
    /// The times when it may be used; always if empty.
    pub hours: Windows,
    /// The times when it may change nothing.
    pub read_only: Windows,
    /// The rights for parts of its tree.
    pub paths: PathRules,
    /// Folders of this machine that it sees in its root, with their names there.
    pub folders: Vec<(String, Root)>,
    /// Patterns of the names it may use; any name if empty.
    pub allowed_names: Vec<NamePattern>,
    /// Patterns of the names it may not use.
    pub refused_names: Vec<NamePattern>,
    /// Which connections must use TLS.
    pub tls: TlsNeed,
}

/// Which connections of an account must use TLS, whatever the server requires for everyone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TlsNeed {
    /// Nothing.
    #[default]
    None,
    /// Only the control connection.
    Login,
    /// Data connections too.
    All,
}

/// The rights and terms that apply to an account. A row of [`TERMS`] writes its value here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effective {
    /// The rights.
    pub rights: Rights,
    /// The terms.
    pub terms: Terms,
}

/// The defaults, without any values.
impl Default for Effective {
    fn default() -> Self {
        Self { rights: Rights::READ_ONLY, terms: Terms::default() }
    }
}

impl Terms {
    /// Whether the terms allow this login, apart from its password.
    pub(crate) fn admit(&self, attempt: &Attempt<'_>) -> Result<(), Refusal> {
        self.stand(attempt.from, attempt.at)
    }

    /// Whether the terms allow a client from this address to be logged in at this time.
    pub fn stand(&self, from: IpAddr, at: i64) -> Result<(), Refusal> {
        if self.locked {
            return Err(Refusal::Locked);
        }
        if self.expires.is_some_and(|expires| at >= expires) {
            return Err(Refusal::Expired);
        }
        let within = |networks: &[Network]| networks.iter().any(|network| network.contains(from));
        let known = self.networks.is_empty() || within(&self.networks);
        if !known || within(&self.refused_networks) {
            return Err(Refusal::Network(from.to_canonical()));
        }
        if !self.hours.is_empty() && !self.hours.contain(at) {
            return Err(Refusal::Hours);
        }
        Ok(())
    }
}
