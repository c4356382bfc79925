//! Whether small changes may be made on a thread that must not wait. To make, write and rename a file of some
//! KiB touches nothing but memory on a file system of this machine, as long as its journal keeps up; no call of
//! the kernel promises that, so it is watched. A change that took long sends the next ones to where waiting
//! is allowed: after a short wait for five times as long, after a long one, which others beside it feel, for fifty times.
//! A thread that serves nobody else holds nobody up; only what would keep new clients waiting counts there.

use std::cell::Cell;
#[cfg(unix)]
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

#[cfg(unix)]
use rustix::fs::fstatfs;

/// A change that takes no longer than this did not wait, or it was the processor that it waited for.
const LONG: Duration = Duration::from_millis(10);
/// A journal that writes itself out holds changes up for about so long, several times a second under many of them.
const SHORT: Duration = Duration::from_millis(50);
/// How many times as long as a short wait nothing is tried again. To go by another thread costs more than such a wait.
const REST: u32 = 5;
/// The same after a longer one: the disk takes no more than a fiftieth of the thread.
const LONG_REST: u32 = 50;
/// A wait that is felt even where nobody is served beside it: a client may come at any time.
const FELT: Duration = Duration::from_millis(250);
/// The numbers by which file systems that keep their files on this machine's disks, or in its memory, are known
/// (statfs(2)): ext2 to ext4, XFS, Btrfs, tmpfs, F2FS, bcachefs, ZFS.
#[cfg(unix)]
const LOCAL: [u32; 7] =
    [0x0000_EF53, 0x5846_5342, 0x9123_683E, 0x0102_1994, 0xF2F5_2010, 0xCA45_1A4E, 0x2FC1_2FC1];

thread_local! {
    /// Whether this thread serves nobody beside the one that waits.
    static ALONE: Cell<bool> = const { Cell::new(false) };
}

/// Tells how many clients wait while this thread does. Until then it is taken to hold others up.
pub fn serves(clients: usize) {
    ALONE.set(clients <= 1);
}

/// What is known of how fast a file system changes.
#[derive(Debug)]
pub(crate) struct Calm {
    epoch: Instant,
    /// Milliseconds after the epoch before which nothing is tried that others would wait for.
    rests_until: AtomicU64,
    /// The same for what nobody else would wait for.
    rests_for_all_until: AtomicU64,
}

impl Calm {
    /// Of which nothing bad is known.
    pub(crate) fn new() -> Self {
        let never = || AtomicU64::new(0);
        Self { epoch: Instant::now(), rests_until: never(), rests_for_all_until: never() }
    }

    /// For the file system of a directory, if it is one of those that keep up as a rule.
    #[cfg(unix)]
    pub(crate) fn of(directory: impl AsFd) -> Option<Self> {
        is_local(directory).then(Self::new)
    }

    /// Whether a change may be tried.
    pub(crate) fn is_calm(&self) -> bool {
        let until = if ALONE.get() { &self.rests_for_all_until } else { &self.rests_until };
        self.now() >= until.load(Ordering::Relaxed)
    }

    /// Makes a change and takes note of how long that takes.
    pub(crate) fn watch<T>(&self, change: impl FnOnce() -> T) -> T {
        let started = Instant::now();
        let result = change();
        self.took(started.elapsed());
        result
    }

    /// A change took so long.
    pub(crate) fn took(&self, time: Duration) {
        if time > LONG {
            let rest = if time > SHORT { LONG_REST } else { REST };
            let rest = u64::try_from((time * rest).as_millis()).unwrap_or(u64::MAX);
            let until = self.now().saturating_add(rest);
            self.rests_until.fetch_max(until, Ordering::Relaxed);
            if time > FELT {
                self.rests_for_all_until.fetch_max(until, Ordering::Relaxed);
            }
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.epoch.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// Whether a directory is on a file system of this machine.
#[cfg(unix)]
pub(crate) fn is_local(directory: impl AsFd) -> bool {
    // The width and the sign of the number differ from system to system; it has 32 bits.
    fstatfs(directory).is_ok_and(|found| LOCAL.contains(&(found.f_type as u32)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_that_took_long_is_followed_by_a_rest() {
        let calm = Calm::new();
        calm.took(LONG);
        assert!(calm.is_calm());
        let rest_after = |time| {
            let calm = Calm::new();
            calm.took(time);
            calm.rests_until.into_inner()
        };
        let short = SHORT.as_millis() as u64;
        // By then the clock may have gone on.
        assert!(rest_after(SHORT) >= short * 5);
        assert!(rest_after(SHORT + LONG) >= short * 50);
        calm.took(Duration::from_secs(3600));
        assert!(!calm.is_calm());
        // A shorter one that ends later does not end the rest.
        calm.took(LONG * 2);
        assert!(calm.rests_until.load(Ordering::Relaxed) >= 50 * 3_600_000);
    }

    #[test]
    fn who_serves_one_client_rests_only_after_what_others_would_feel() {
        let calm = Calm::new();
        calm.took(FELT);
        assert!(!calm.is_calm(), "others may wait for an unknown thread");
        serves(1);
        assert!(calm.is_calm());
        serves(2);
        assert!(!calm.is_calm());
        calm.took(FELT + LONG);
        serves(1);
        assert!(!calm.is_calm());
        let another = std::thread::spawn(|| ALONE.get());
        assert!(!another.join().expect("no panic"), "each thread for itself");
    }

    #[test]
    fn what_lies_elsewhere_is_never_calm() {
        let proc = std::fs::File::open("/proc").expect("it is there");
        assert!(Calm::of(proc).is_none());
    }
}
