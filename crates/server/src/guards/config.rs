//! What is guarded against, and how strictly.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use packetboat_accounts::Network;

/// Limits for each address, and bans.
#[derive(Clone, Debug)]
pub struct GuardConfig {
    /// Addresses that are neither limited nor banned. Those of trusted proxies are so, too.
    pub trusted: Vec<Network>,
    /// So many bits of an IPv6 address make one client: who has one address mostly has its whole network.
    pub prefix: u8,
    /// Sessions at once from one address.
    pub sessions: Option<u32>,
    /// Connections from one address.
    pub connections: Option<Rate>,
    /// Logins tried from one address, whether they go well or not.
    pub logins: Option<Rate>,
    /// So many refused logins from one address ban it; without it, none does.
    pub failures: Option<u32>,
    /// The time within which they count.
    pub within: Duration,
    /// How long the first ban lasts; each further one twice as long.
    pub first_ban: Duration,
    /// How long a ban lasts at most, and how long one that is over makes the next one longer.
    pub longest_ban: Duration,
    /// How long a refusal is held back at most; it begins with [`ServerConfig::login_delay`] and doubles.
    ///
    /// [`ServerConfig::login_delay`]: crate::ServerConfig::login_delay
    pub longest_delay: Duration,
}

/// So many in some time. After a burst of them, one more may come each time that a part has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many.
    pub count: u32,
    /// In which time.
    pub per: Duration,
}

impl Default for GuardConfig {
    fn default() -> Self {
        Self {
            trusted: vec![
                Network::of(Ipv4Addr::LOCALHOST.into(), 8),
                Network::of(Ipv6Addr::LOCALHOST.into(), 128),
            ],
            prefix: 64,
            sessions: Some(100),
            connections: None,
            logins: None,
            failures: Some(5),
            within: Duration::from_secs(600),
            first_ban: Duration::from_secs(300),
            longest_ban: Duration::from_secs(86_400),
            longest_delay: Duration::from_secs(10),
        }
    }
}

impl GuardConfig {
    /// Whether an address is neither limited nor banned.
    pub(super) fn trusts(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|network| network.contains(address))
    }

    /// What counts as one client.
    pub(super) fn client(&self, address: IpAddr) -> Network {
        match address.to_canonical() {
            v4 @ IpAddr::V4(_) => Network::of(v4, 32),
            v6 @ IpAddr::V6(_) => Network::of(v6, self.prefix),
        }
    }
}

impl Rate {
    /// Reads `30/1m`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let bad = || "give a number and a time, such as 30/1m".to_owned();
        let (count, per) = text.split_once('/').ok_or_else(bad)?;
        let count = count.parse().ok().filter(|count| *count > 0).ok_or_else(bad)?;
        let per = crate::settings::spelling::parse_time(per).map_err(|_| bad())?;
        Ok(Self { count, per })
    }
}
