//! [`Bans`]: the bans in force, in memory, because every connection is checked against them.

use std::collections::HashMap;
use std::net::IpAddr;

use packetboat_accounts::{Ban, Network};

use super::config::GuardConfig;

/// The most bans in memory; beyond that, those that end first are dropped.
const MOST: usize = 100_000;

/// Bans by network.
#[derive(Default)]
pub(super) struct Bans {
    held: HashMap<Network, Held>,
    /// The prefix lengths in use, by address family; a lookup tries each of them.
    lengths: Vec<(bool, u8)>,
}

/// What other processes have changed in the database.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Changed {
    /// Bans that were added.
    pub new: Vec<Ban>,
    /// Networks whose bans were lifted.
    pub free: Vec<Network>,
}

struct Held {
    ban: Ban,
    /// Whether the ban is in the database, or there is no database.
    stored: bool,
}

impl Bans {
    /// Until when an address is banned, if it is. Of several bans, the longest counts.
    pub(super) fn until(&self, address: IpAddr, now: i64) -> Option<Option<i64>> {
        let address = address.to_canonical();
        let active = |(is_v4, bits): &(bool, u8)| {
            let network = (*is_v4 == address.is_ipv4()).then(|| Network::of(address, *bits))?;
            let held = self.held.get(&network)?;
            held.ban.is_active(now).then_some(held.ban.until)
        };
        self.lengths.iter().filter_map(active).max_by_key(|until| until.unwrap_or(i64::MAX))
    }

    /// Bans a client for its failures. Each ban is longer, until the client has been quiet for a
    /// long time.
    pub(super) fn punish(
        &mut self,
        client: Network,
        config: &GuardConfig,
        failures: u32,
        now: i64,
    ) -> Ban {
        let longest = seconds(config.longest_ban);
        let before = self.held.get(&client).map(|held| &held.ban);
        let counts =
            before.filter(|ban| ban.until.is_none_or(|until| until.saturating_add(longest) > now));
        let strikes = counts.map_or(0, |ban| ban.strikes).saturating_add(1);
        let doubled = 1_i64.checked_shl(strikes - 1).filter(|factor| *factor > 0);
        let time = doubled.and_then(|factor| seconds(config.first_ban).checked_mul(factor));
        let time = time.unwrap_or(longest).min(longest);
        let reason = format!("{failures} refused logins");
        let ban = Ban {
            network: client,
            since: now,
            until: Some(now.saturating_add(time)),
            strikes,
            reason,
        };
        self.hold(ban.clone(), false);
        self.bound(now);
        ban
    }

    /// The bans that have to be written to the database.
    pub(super) fn unstored(&self) -> Vec<Ban> {
        let unstored = self.held.values().filter(|held| !held.stored);
        unstored.map(|held| held.ban.clone()).collect()
    }

    /// Records that a ban was written, or need not be.
    pub(super) fn stored(&mut self, ban: &Ban) {
        if let Some(held) = self.held.get_mut(&ban.network).filter(|held| held.ban == *ban) {
            held.stored = true;
        }
    }

    /// Takes over the bans of the database. Returns what others have changed.
    pub(super) fn replace(&mut self, bans: Vec<Ban>, now: i64) -> Changed {
        let before = std::mem::take(&mut self.held);
        self.lengths.clear();
        let is_new = |ban: &&Ban| {
            let held = before.get(&ban.network);
            ban.is_active(now) && held.is_none_or(|held| held.ban != **ban)
        };
        let new = bans.iter().filter(is_new).cloned().collect();
        for ban in bans {
            self.hold(ban, true);
        }
        let mut free = Vec::new();
        for (network, held) in before {
            if !held.stored {
                self.hold(held.ban, false);
            } else if held.ban.is_active(now) && !self.held.contains_key(&network) {
                free.push(network);
            }
        }
        self.bound(now);
        Changed { new, free }
    }

    fn hold(&mut self, ban: Ban, stored: bool) {
        let length = (ban.network.is_ipv4(), ban.network.bits());
        if !self.lengths.contains(&length) {
            self.lengths.push(length);
        }
        self.held.insert(ban.network, Held { ban, stored });
    }

    /// Drops surplus bans, a quarter at a time, so that the work for each ban stays small.
    fn bound(&mut self, now: i64) {
        if self.held.len() <= MOST {
            return;
        }
        let mut by_end: Vec<(i64, Network)> = self
            .held
            .values()
            .map(|held| (held.ban.until.unwrap_or(i64::MAX), held.ban.network))
            .collect();
        by_end.sort_unstable();
        let over = by_end.iter().take_while(|(until, _)| *until <= now).count();
        for (_, network) in by_end.iter().take(over.max(MOST / 4)) {
            self.held.remove(network);
        }
    }
}

/// Whole seconds, the unit in which bans are counted.
fn seconds(time: std::time::Duration) -> i64 {
    i64::try_from(time.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn config() -> GuardConfig {
        GuardConfig {
            first_ban: Duration::from_secs(300),
            longest_ban: Duration::from_secs(1000),
            ..GuardConfig::default()
        }
    }

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn each_ban_is_longer_until_the_client_was_quiet_for_long() {
        let mut bans = Bans::default();
        let client = Network::of(address("192.0.2.7"), 32);
        let mut punish = |now| {
            let ban = bans.punish(client, &config(), 5, now);
            (ban.strikes, ban.until.expect("an end") - now)
        };
        assert_eq!(punish(0), (1, 300));
        assert_eq!(punish(400), (2, 600));
        assert_eq!(punish(1100), (3, 1000));
        assert_eq!(punish(2200), (4, 1000));
        // The last ban ended at 3200.
        assert_eq!(punish(4199), (5, 1000));
        assert_eq!(punish(6199), (1, 300));
        assert_eq!(bans.until(address("192.0.2.7"), 6498), Some(Some(6499)));
        assert_eq!(bans.until(address("192.0.2.7"), 6499), None);
        assert_eq!(bans.until(address("192.0.2.8"), 6498), None);
    }

    #[test]
    fn networks_of_every_length_keep_out() {
        let mut bans = Bans::default();
        let ban = |network: &str, until| Ban {
            network: Network::parse(network).expect("a network"),
            since: 0,
            until,
            strikes: 0,
            reason: String::new(),
        };
        let changed = bans.replace(
            vec![
                ban("192.0.2.0/24", Some(50)),
                ban("192.0.2.7", None),
                ban("2001:db8::/32", Some(9)),
            ],
            0,
        );
        assert_eq!((changed.new.len(), changed.free), (3, vec![]));
        assert_eq!(bans.until(address("192.0.2.9"), 1), Some(Some(50)));
        assert_eq!(bans.until(address("192.0.2.7"), 1), Some(None), "the longest counts");
        assert_eq!(bans.until(address("::ffff:192.0.2.9"), 1), Some(Some(50)));
        assert_eq!(bans.until(address("2001:db8:7::1"), 1), Some(Some(9)));
        assert_eq!(bans.until(address("2001:db9::1"), 1), None);
    }

    #[test]
    fn a_ban_that_is_not_written_yet_survives_what_others_wrote() {
        let mut bans = Bans::default();
        let own = bans.punish(Network::of(address("192.0.2.7"), 32), &config(), 5, 0);
        assert_eq!(bans.replace(Vec::new(), 1), Changed::default());
        assert!(bans.until(address("192.0.2.7"), 1).is_some());
        assert_eq!(bans.unstored().as_slice(), std::slice::from_ref(&own));
        bans.stored(&own);
        assert_eq!(bans.unstored(), []);
        // What the server has written itself is not a change by others.
        assert_eq!(bans.replace(vec![own.clone()], 2), Changed::default());
        // Somebody has lifted it.
        assert_eq!(bans.replace(Vec::new(), 2).free, [own.network]);
        assert_eq!(bans.until(address("192.0.2.7"), 2), None);
    }

    #[test]
    fn bans_are_bounded() {
        let mut bans = Bans::default();
        for number in 0..150_000_u32 {
            let client = Network::of(std::net::Ipv4Addr::from_bits(number).into(), 32);
            bans.punish(client, &config(), 5, i64::from(number) / 10);
        }
        assert!(bans.held.len() <= MOST);
        assert!(bans.until(std::net::Ipv4Addr::from_bits(149_999).into(), 15_000).is_some());
    }
}
