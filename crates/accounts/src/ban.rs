//! [`Ban`]: a network that is refused before any login.

use crate::Network;

/// A ban.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ban {
    /// The banned addresses.
    pub network: Network,
    /// The start, in seconds since 1970.
    pub since: i64,
    /// The end, in seconds since 1970; `None` if the ban lasts until it is lifted.
    pub until: Option<i64>,
    /// The number of this ban in a row of bans, which become longer; 0 for a ban set by an
    /// administrator.
    pub strikes: u32,
    /// The reason, for people.
    pub reason: String,
}

impl Ban {
    /// Whether the ban is in force at this time.
    pub fn is_active(&self, now: i64) -> bool {
        self.until.is_none_or(|until| until > now)
    }
}
