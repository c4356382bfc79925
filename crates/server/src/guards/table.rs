//! [`Table`]: what is remembered about each client: its sessions, its rates and its refused logins.
//! The table is bounded; when it is full, the clients that were quiet for longest are forgotten.

use std::collections::HashMap;
use std::time::Duration;

use packetboat_accounts::Network;

use super::config::Rate;

/// Time since a fixed point.
pub(super) type Moment = Duration;

/// How many clients are remembered, at about 120 bytes each.
const MOST: usize = 65_536;

/// All remembered clients.
pub(super) struct Table {
    clients: HashMap<Network, Client>,
    most: usize,
}

/// What is remembered about one client.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Client {
    pub sessions: u32,
    pub connections: Bucket,
    pub logins: Bucket,
    /// Refused logins since `failed_since`.
    failures: u32,
    failed_since: Moment,
    /// After this, nothing remembered about the client counts any more.
    counts_until: Moment,
    touched: Moment,
}

/// How much of a rate is used, as the moment at which all of it will be free again.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bucket(Moment);

impl Default for Table {
    fn default() -> Self {
        Self::holding(MOST)
    }
}

impl Table {
    pub(super) fn holding(most: usize) -> Self {
        Self { clients: HashMap::new(), most }
    }

    /// What is remembered about a client, possibly nothing.
    pub(super) fn client(&mut self, network: Network, now: Moment) -> &mut Client {
        if self.clients.len() >= self.most && !self.clients.contains_key(&network) {
            self.make_room(now);
        }
        let client = self.clients.entry(network).or_default();
        client.touched = now;
        client
    }

    /// Records that a session of the client has ended.
    pub(super) fn leave(&mut self, network: &Network) {
        if let Some(client) = self.clients.get_mut(network) {
            client.sessions = client.sessions.saturating_sub(1);
            if client.sessions == 0 && client.counts_until == Moment::ZERO {
                self.clients.remove(network);
            }
        }
    }

    /// Forgets the refused logins of a client.
    pub(super) fn forgive(&mut self, network: &Network) {
        if let Some(client) = self.clients.get_mut(network) {
            client.failures = 0;
        }
    }

    /// Forgets clients about whom nothing counts any more. If that is not enough, forgets a quarter
    /// of the table, the quietest first, so that the work per client stays small however many come.
    /// Clients with sessions stay; the limit on sessions bounds them.
    fn make_room(&mut self, now: Moment) {
        self.clients.retain(|_, client| client.sessions > 0 || client.counts_until > now);
        let target = self.most - self.most / 4;
        if self.clients.len() <= target {
            return;
        }
        let mut quiet: Vec<(Moment, Network)> = self
            .clients
            .iter()
            .filter(|(_, client)| client.sessions == 0)
            .map(|(network, client)| (client.touched, *network))
            .collect();
        quiet.sort_unstable();
        for (_, network) in quiet.iter().take(self.clients.len() - target) {
            self.clients.remove(network);
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.clients.len()
    }
}

impl Client {
    /// Counts one more connection or login. If that is too many, returns how long to wait.
    pub(super) fn count(
        &mut self,
        which: fn(&mut Self) -> &mut Bucket,
        rate: Rate,
        now: Moment,
    ) -> Result<(), Duration> {
        let counted = which(self).take(rate, now);
        let until = which(self).0;
        self.counts_until = self.counts_until.max(until);
        counted
    }

    /// Counts one more refused login. Returns how many there were within that time.
    pub(super) fn fail(&mut self, within: Duration, now: Moment) -> u32 {
        if self.failures == 0 || now.saturating_sub(self.failed_since) >= within {
            (self.failures, self.failed_since) = (0, now);
        }
        self.failures = self.failures.saturating_add(1);
        self.counts_until = self.counts_until.max(self.failed_since.saturating_add(within));
        self.failures
    }

    /// Records that the failures have led to a ban, and do not count towards another.
    pub(super) fn punished(&mut self) {
        self.failures = 0;
    }
}

impl Bucket {
    fn take(&mut self, rate: Rate, now: Moment) -> Result<(), Duration> {
        let interval = rate.per / rate.count.max(1);
        let empty_at = self.0.max(now);
        let burst = rate.per.saturating_sub(interval);
        let ahead = empty_at.saturating_sub(now);
        match ahead.checked_sub(burst) {
            Some(wait) if !wait.is_zero() => Err(wait),
            _ => {
                self.0 = empty_at.saturating_add(interval);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(number: u32) -> Network {
        Network::of(std::net::Ipv4Addr::from_bits(number).into(), 32)
    }

    fn at(seconds: u64) -> Moment {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_rate_allows_a_burst_and_then_one_at_a_time() {
        let rate = Rate { count: 3, per: at(30) };
        let mut client = Client::default();
        let mut count = |seconds| client.count(|client| &mut client.logins, rate, at(seconds));
        for _ in 0..3 {
            assert_eq!(count(100), Ok(()));
        }
        assert_eq!(count(100), Err(at(10)));
        assert_eq!(count(109), Err(at(1)));
        assert_eq!(count(110), Ok(()));
        assert_eq!(count(110), Err(at(10)));
        assert_eq!(count(1000), Ok(()));
    }

    #[test]
    fn failures_count_within_their_time() {
        let mut client = Client::default();
        let mut fail = |seconds| client.fail(at(600), at(seconds));
        assert_eq!([fail(0), fail(10), fail(599), fail(600), fail(601)], [1, 2, 3, 1, 2]);
    }

    #[test]
    fn an_attacker_with_many_addresses_fills_no_memory() {
        let mut table = Table::holding(1000);
        table.client(network(7), at(0)).sessions = 1;
        for number in 0..100_000 {
            let now = Duration::from_millis(u64::from(number));
            table.client(network(1_000_000 + number), now).fail(at(600), now);
            assert!(table.len() <= 1000);
        }
        assert_eq!(
            table.client(network(7), at(100)).sessions,
            1,
            "a client with sessions is not forgotten"
        );
        let last = table.client(network(1_099_999), at(100));
        assert_eq!(last.fail(at(600), at(100)), 2, "the newest is remembered");
    }

    #[test]
    fn what_counts_no_more_makes_room_first() {
        let mut table = Table::holding(4);
        for number in 0..3 {
            table.client(network(number), at(0)).fail(at(10), at(0));
        }
        table.client(network(3), at(1)).fail(at(600), at(1));
        table.client(network(4), at(20));
        assert_eq!(table.len(), 2);
    }

    #[test]
    fn a_client_of_whom_nothing_counts_is_forgotten_with_its_last_session() {
        let mut table = Table::holding(10);
        table.client(network(1), at(0)).sessions = 2;
        table.leave(&network(1));
        assert_eq!(table.len(), 1);
        table.leave(&network(1));
        assert_eq!(table.len(), 0);
    }
}
