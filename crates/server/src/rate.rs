//! Limits on bandwidth. A [`Bucket`] hands out time: a transfer takes the next stretch of time, as
//! long as its bytes take at the rate, and may move them when the stretch begins. All transfers
//! that share a limit queue up and take short stretches in turn, so that each gets its share.
//! Waiting transfers wait as tasks.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use packetboat_accounts::Account;
use tokio::time::{Instant, sleep_until};

use crate::handle::Handle;
use crate::lane::Direction;

/// The longest stretch. Unused time is not kept longer than this either.
const STRETCH: Duration = Duration::from_millis(100);
/// The fewest bytes in a stretch, so that it is worth its cost.
const LEAST: u64 = 64;
/// The most bytes in a stretch.
const MOST: u64 = 4 << 20;

/// A limit in bytes per second for all transfers that share it.
#[derive(Debug)]
pub(crate) struct Bucket {
    rate: AtomicU64,
    /// The number of transfers that share it.
    users: AtomicUsize,
    /// When the next stretch begins.
    next: Mutex<Option<Instant>>,
}

impl Bucket {
    /// A limit of this many bytes per second.
    pub(crate) fn new(rate: u64) -> Self {
        Self { rate: AtomicU64::new(rate), users: AtomicUsize::new(0), next: Mutex::new(None) }
    }

    /// Changes the rate from now on.
    pub(crate) fn set(&self, rate: u64) {
        self.rate.store(rate, Ordering::Relaxed);
    }

    fn rate(&self) -> u64 {
        self.rate.load(Ordering::Relaxed).max(1)
    }

    /// How many bytes one of the transfers should take at a time.
    fn share(&self) -> u64 {
        let users = self.users.load(Ordering::Relaxed).max(1) as u64;
        bytes_in(STRETCH, self.rate()) / users
    }

    /// Takes the next stretch, and returns when it begins.
    fn take(&self, bytes: u64, now: Instant) -> Instant {
        let mut next = self.lock();
        let earliest = now.checked_sub(STRETCH).unwrap_or(now);
        let start = next.map_or(now, |next| next.max(earliest));
        *next = Some(start + time_for(bytes, self.rate()));
        start
    }

    /// Gives back bytes that were not moved.
    fn give_back(&self, bytes: u64) {
        if let Some(next) = &mut *self.lock() {
            *next = next.checked_sub(time_for(bytes, self.rate())).unwrap_or(*next);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Instant>> {
        // The value is written in one step.
        self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn time_for(bytes: u64, rate: u64) -> Duration {
    let nanos = u128::from(bytes) * 1_000_000_000 / u128::from(rate);
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX / 4))
}

fn bytes_in(time: Duration, rate: u64) -> u64 {
    let bytes = u128::from(rate) * time.as_nanos() / 1_000_000_000;
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

/// The limits in one direction: of the session, its account and the server, if there are any.
pub(crate) type Buckets = Vec<Arc<Bucket>>;

/// The limits that apply to the transfers of a session.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rates {
    /// From the client.
    pub up: Buckets,
    /// To the client.
    pub down: Buckets,
    /// Keeps the limits of the account shared as long as one session has them.
    account: Option<Arc<Both>>,
}

impl Rates {
    fn add(&mut self, limits: RatePair, both: &Both) {
        for (limit, bucket, buckets) in
            [(limits.up, &both.up, &mut self.up), (limits.down, &both.down, &mut self.down)]
        {
            if let Some(limit) = limit {
                bucket.set(limit);
                buckets.push(Arc::clone(bucket));
            }
        }
    }

    /// The throttle of a transfer; `None` if no limit applies.
    pub(crate) fn throttle(&self, direction: Direction) -> Option<Throttle> {
        let buckets = match direction {
            Direction::Receive => &self.up,
            Direction::Send => &self.down,
        };
        (!buckets.is_empty()).then(|| Throttle::new(buckets.clone()))
    }
}

/// The limits of a server, its accounts and each session; `None` means no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RateConfig {
    /// For all sessions together.
    pub server: RatePair,
    /// For all sessions of one account together, if the account has no limit of its own.
    pub account: RatePair,
    /// For one session.
    pub session: RatePair,
}

/// Bytes per second, in each direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RatePair {
    /// From the clients.
    pub up: Option<u64>,
    /// To the clients.
    pub down: Option<u64>,
}

/// The limits that several sessions share.
#[derive(Debug, Default)]
pub(crate) struct SharedRates {
    server: Both,
    accounts: Mutex<HashMap<Key, Weak<Both>>>,
}

/// The file of accounts, and the account's name.
type Key = (Option<PathBuf>, Vec<u8>);

/// A limit in each direction, as set by the latest login.
#[derive(Debug)]
struct Both {
    up: Arc<Bucket>,
    down: Arc<Bucket>,
}

impl Default for Both {
    fn default() -> Self {
        let bucket = || Arc::new(Bucket::new(u64::MAX));
        Self { up: bucket(), down: bucket() }
    }
}

impl SharedRates {
    /// The limits for a session of this account that begins now.
    pub(crate) fn of(&self, config: &RateConfig, realm: Option<&Path>, account: &Account) -> Rates {
        let limits = &account.terms().limits;
        let own = RatePair {
            up: limits.rate_up.or(config.account.up),
            down: limits.rate_down.or(config.account.down),
        };
        let mut rates = Rates::default();
        rates.add(config.session, &Both::default());
        if own != RatePair::default() {
            let shared = self.account(realm, account.name());
            rates.add(own, &shared);
            rates.account = Some(shared);
        }
        rates.add(config.server, &self.server);
        rates
    }

    fn account(&self, realm: Option<&Path>, name: &[u8]) -> Arc<Both> {
        let key = (realm.map(Path::to_owned), name.to_vec());
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = accounts.get(&key).and_then(Weak::upgrade) {
            return known;
        }
        accounts.retain(|_, both| both.strong_count() > 0);
        let both = Arc::new(Both::default());
        accounts.insert(key, Arc::downgrade(&both));
        both
    }
}

/// Holds back one transfer.
#[derive(Debug)]
pub(crate) struct Throttle {
    buckets: Buckets,
    /// Bytes that were taken and have not been moved yet.
    left: u64,
}

impl Throttle {
    fn new(buckets: Buckets) -> Self {
        for bucket in &buckets {
            bucket.users.fetch_add(1, Ordering::Relaxed);
        }
        Self { buckets, left: 0 }
    }

    /// Waits until bytes may be moved, and returns how many. `None` if the transfer was stopped in
    /// the meantime.
    pub(crate) async fn wait(&mut self, handle: &Handle) -> Option<u64> {
        if self.left == 0 {
            let share = self.buckets.iter().map(|bucket| bucket.share()).min();
            let bytes = share.unwrap_or(MOST).clamp(LEAST, MOST);
            let now = Instant::now();
            let starts = self.buckets.iter().map(|bucket| bucket.take(bytes, now));
            let start = starts.max().unwrap_or(now);
            self.left = bytes;
            if start > now {
                tokio::select! {
                    biased;
                    () = handle.aborted() => return None,
                    () = sleep_until(start) => {}
                }
            }
        }
        Some(self.left)
    }

    /// Records that this many bytes were moved.
    pub(crate) fn moved(&mut self, bytes: u64) {
        self.left = self.left.saturating_sub(bytes);
    }
}

impl Drop for Throttle {
    fn drop(&mut self) {
        for bucket in &self.buckets {
            bucket.give_back(self.left);
            bucket.users.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Moves this many bytes as fast as the limits allow. Returns how long that took.
    fn transfer(rates: Rates, bytes: u64) -> impl Future<Output = Duration> {
        // The transfer counts as a user from now on.
        let throttle = rates.throttle(Direction::Send).expect("a limit");
        moves(throttle, bytes)
    }

    async fn moves(mut throttle: Throttle, mut bytes: u64) -> Duration {
        let (handle, started) = (Handle::default(), Instant::now());
        while bytes > 0 {
            let may = throttle.wait(&handle).await.expect("nobody stops it");
            let moved = may.min(bytes);
            throttle.moved(moved);
            bytes -= moved;
        }
        started.elapsed()
    }

    fn down(buckets: &[&Arc<Bucket>]) -> Rates {
        let down = buckets.iter().map(|bucket| Arc::clone(bucket)).collect();
        Rates { down, ..Rates::default() }
    }

    fn bucket(rate: u64) -> Arc<Bucket> {
        Arc::new(Bucket::new(rate))
    }

    #[track_caller]
    fn about(time: Duration, seconds: f64) {
        let off = (time.as_secs_f64() - seconds).abs();
        assert!(off <= 0.1 + seconds * 0.05, "{time:?} instead of {seconds} s");
    }

    #[tokio::test(start_paused = true)]
    async fn a_transfer_takes_as_long_as_its_rate_says() {
        for rate in [500, 10_000, 2 << 20, 1 << 30] {
            about(transfer(down(&[&bucket(rate)]), rate * 4).await, 4.0);
        }
        // The slowest of several limits counts.
        let (session, server) = (bucket(1 << 20), bucket(10 << 20));
        about(transfer(down(&[&session, &server]), 3 << 20).await, 3.0);
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_share_a_limit_get_the_same() {
        let account = bucket(1 << 20);
        let all = [0; 4].map(|_| transfer(down(&[&account]), 1 << 20));
        for end in tokio::task::JoinSet::from_iter(all).join_all().await {
            about(end, 4.0);
        }
        // A transfer with a lower limit of its own leaves the rest to the others.
        let (slow, account) = (bucket(1 << 18), bucket(1 << 20));
        let (one, other) = tokio::join!(
            transfer(down(&[&slow, &account]), 1 << 20),
            transfer(down(&[&account]), 3 << 20),
        );
        about(one, 4.0);
        about(other, 4.0);
    }

    #[tokio::test(start_paused = true)]
    async fn time_that_nobody_took_is_not_saved_up() {
        let limit = bucket(1 << 20);
        about(transfer(down(&[&limit]), 1 << 20).await, 1.0);
        tokio::time::sleep(Duration::from_secs(60)).await;
        about(transfer(down(&[&limit]), 2 << 20).await, 2.0);
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_not_moved_is_given_back() {
        let (limit, handle) = (bucket(10_000), Handle::default());
        for _ in 0..100 {
            let mut throttle = down(&[&limit]).throttle(Direction::Send).expect("a limit");
            throttle.wait(&handle).await.expect("nobody stops it");
        }
        about(transfer(down(&[&limit]), 10_000).await, 1.0);
        assert!(down(&[&limit]).throttle(Direction::Receive).is_none());
        // A transfer that is stopped while it waits gives its time back.
        let mut throttle = down(&[&limit]).throttle(Direction::Send).expect("a limit");
        throttle.wait(&handle).await.expect("nobody stops it");
        throttle.moved(u64::MAX);
        handle.abort();
        while throttle.wait(&handle).await.is_some() {
            throttle.moved(u64::MAX);
        }
        drop(throttle);
        about(transfer(down(&[&limit]), 20_000).await, 2.0);
    }
}
