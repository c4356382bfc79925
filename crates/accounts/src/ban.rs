//! Bans: who is kept out before any login, and until when.

use crate::Network;

/// One ban.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ban {
    /// Who is kept out.
    pub network: Network,
    /// Since when, in seconds since 1970.
    pub since: i64,
    /// Until when; without it, until it is lifted.
    pub until: Option<i64>,
    /// The how manieth in a row it is, which makes it longer; 0 for one that an administrator set.
    pub strikes: u32,
    /// Why, for people.
    pub reason: String,
}

impl Ban {
    /// Whether it keeps anybody out at this time.
    pub fn is_active(&self, now: i64) -> bool {
        self.until.is_none_or(|until| until > now)
    }
}
