//! [`GuardConfig`]: the limits for each address, and how bans grow.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use packetboat_accounts::Network;

/// Limits for each address, and bans.
#[derive(Clone, Debug)]
pub struct GuardConfig {
    /// Addresses that are neither limited nor banned. The same goes for trusted proxies.
    pub trusted: Vec<Network>,
    /// How many leading bits of an IPv6 address make one client: whoever has one address usually
    /// has its whole network.
    pub prefix: u8,
    /// How many sessions one address may have open at the same time.
    pub sessions: Option<u32>,
    /// How many connections one address may make.
    pub connections: Option<Rate>,
    /// How many logins one address may try, successful or not.
    pub logins: Option<Rate>,
    /// How many refused logins get an address banned; `None`: no bans.
    pub failures: Option<u32>,
    /// The time within which refused logins are counted together.
    pub within: Duration,
    /// How long the first ban lasts; each further one lasts twice as long.
    pub first_ban: Duration,
    /// The longest a ban lasts, and how long after its end it still lengthens the next one.
    pub longest_ban: Duration,
    /// The longest time for which a refusal is held back; the delay starts at
    /// [`ServerConfig::login_delay`] and doubles.
    ///
    /// [`ServerConfig::login_delay`]: crate::ServerConfig::login_delay
    pub longest_delay: Duration,
}

/// A number of events in some time. After a burst of that number, one more is allowed each time the
/// corresponding fraction of the time has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many.
    pub count: u32,
    /// In what time.
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

    /// The network that counts as one client.
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
