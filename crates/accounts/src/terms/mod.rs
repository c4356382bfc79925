//! On which terms an account may be used. Each term is a row of [`TERMS`]: its key stands in the database, in
//! `packetboat user show` and as the option `--KEY` of `user` and `group`. An account and each of its groups may
//! have a value of their own for it; which one counts is decided here, in one place for all of them.

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

/// On which terms an account may be used, once it is settled whose values count. Without any, always and from
/// everywhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// Its own root folder; without one, it sees what the site serves.
    pub root: Option<Root>,
    /// From this time on it may not log in, in seconds since 1970.
    pub expires: Option<i64>,
    /// Whether it may not log in at present.
    pub locked: bool,
    /// Sessions that it may have at once.
    pub sessions: Option<u32>,
    /// Where it may log in from; everywhere, if there are none.
    pub networks: Vec<Network>,
    /// Where it may not log in from, whatever `networks` says.
    pub refused_networks: Vec<Network>,
    /// What it may store, and how fast it may move it.
    pub limits: Limits,
    /// When it may be used; always, if there are none.
    pub hours: Windows,
    /// When nothing may be changed.
    pub read_only: Windows,
    /// What may be done in parts of its tree.
    pub paths: PathRules,
    /// Folders of this machine that it sees in its root, by their names there.
    pub folders: Vec<(String, Root)>,
    /// Names it may give; any, if there are none.
    pub allowed_names: Vec<NamePattern>,
    /// Names it may not give.
    pub refused_names: Vec<NamePattern>,
    /// What has to be under TLS.
    pub tls: TlsNeed,
}

/// What has to be under TLS for an account, whatever the server demands of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TlsNeed {
    /// Nothing.
    #[default]
    None,
    /// The control connection.
    Login,
    /// Data connections, too.
    All,
}

/// What the values of an account and its groups amount to. A row of [`TERMS`] writes its value in here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effective {
    /// What the account may do.
    pub rights: Rights,
    /// On which terms.
    pub terms: Terms,
}

/// What holds where nobody says anything.
impl Default for Effective {
    fn default() -> Self {
        Self { rights: Rights::READ_ONLY, terms: Terms::default() }
    }
}

impl Terms {
    /// Whether they let this login in, its password aside.
    pub(crate) fn admit(&self, attempt: &Attempt<'_>) -> Result<(), Refusal> {
        self.stand(attempt.from, attempt.at)
    }

    /// Whether they let a client from this address be logged in at this time.
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
