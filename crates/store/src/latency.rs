//! Decides whether small changes may be made on a thread that must not wait. On a local file
//! system, creating, writing and renaming a file of a few KiB only touches memory as long as the
//! journal keeps up. No system call guarantees that, so [`Latency`] measures it. After a change that
//! took long, the following changes go to threads that may wait: for five times as long after a
//! short wait, and for fifty times as long after a long one, which other clients of the same thread
//! would notice. A thread that serves only one client holds nobody else up, so it backs off only
//! after waits that would also delay new clients.

use std::cell::Cell;
#[cfg(unix)]
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

#[cfg(unix)]
use rustix::fs::fstatfs;

/// A change that takes no longer than this did not wait, or waited only for the processor.
const LONG: Duration = Duration::from_millis(10);
/// A journal that is being written out holds changes up for about this long, several times a second
/// under heavy load.
const SHORT: Duration = Duration::from_millis(50);
/// After a short wait, nothing is tried for this many times its length. Handing work to another
/// thread costs more than such a wait.
const REST: u32 = 5;
/// The same factor after a longer wait: the disk takes at most a fiftieth of the thread's time.
const LONG_REST: u32 = 50;
/// A wait that matters even on a thread with only one client, since another client may connect at
/// any time.
const FELT: Duration = Duration::from_millis(250);
/// The magic numbers (statfs(2)) of file systems that keep their files on local disks or in memory:
/// ext2 to ext4, XFS, Btrfs, tmpfs, F2FS, bcachefs, ZFS.
#[cfg(unix)]
const LOCAL: [u32; 7] =
    [0x0000_EF53, 0x5846_5342, 0x9123_683E, 0x0102_1994, 0xF2F5_2010, 0xCA45_1A4E, 0x2FC1_2FC1];

thread_local! {
    /// Whether this thread serves no client but the one that is waiting.
    static ALONE: Cell<bool> = const { Cell::new(false) };
}

/// Sets how many clients wait while this thread does. Before the first call, the thread is assumed
/// to hold others up.
pub fn serves(clients: usize) {
    ALONE.set(clients <= 1);
}

/// How fast changes to a file system have been.
#[derive(Debug)]
pub(crate) struct Latency {
    epoch: Instant,
    /// Milliseconds after the epoch before which a thread with several clients tries nothing.
    rests_until: AtomicU64,
    /// The same for a thread that serves only one client.
    rests_for_all_until: AtomicU64,
}

impl Latency {
    /// Starts without any record of slow changes.
    pub(crate) fn new() -> Self {
        let never = || AtomicU64::new(0);
        Self { epoch: Instant::now(), rests_until: never(), rests_for_all_until: never() }
    }

    /// For the file system of a directory, if it is one that usually keeps up.
    #[cfg(unix)]
    pub(crate) fn of(directory: impl AsFd) -> Option<Self> {
        is_local(directory).then(Self::new)
    }

    /// Whether a change may be tried.
    pub(crate) fn is_calm(&self) -> bool {
        let until = if ALONE.get() { &self.rests_for_all_until } else { &self.rests_until };
        self.now() >= until.load(Ordering::Relaxed)
    }

    /// Makes a change and records how long it took.
    pub(crate) fn watch<T>(&self, change: impl FnOnce() -> T) -> T {
        let started = Instant::now();
        let result = change();
        self.took(started.elapsed());
        result
    }

    /// Records that a change took this long.
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

/// Whether a directory is on a local file system.
#[cfg(unix)]
pub(crate) fn is_local(directory: impl AsFd) -> bool {
    // The width and sign of this number differ between systems; its value has 32 bits.
    fstatfs(directory).is_ok_and(|found| LOCAL.contains(&(found.f_type as u32)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_that_took_long_is_followed_by_a_rest() {
        let calm = Latency::new();
        calm.took(LONG);
        assert!(calm.is_calm());
        let rest_after = |time| {
            let calm = Latency::new();
            calm.took(time);
            calm.rests_until.into_inner()
        };
        let short = SHORT.as_millis() as u64;
        // The clock may have advanced since.
        assert!(rest_after(SHORT) >= short * 5);
        assert!(rest_after(SHORT + LONG) >= short * 50);
        calm.took(Duration::from_secs(3600));
        assert!(!calm.is_calm());
        // A shorter change that ends later does not end the rest.
        calm.took(LONG * 2);
        assert!(calm.rests_until.load(Ordering::Relaxed) >= 50 * 3_600_000);
    }

    #[test]
    fn a_thread_with_one_client_rests_only_after_long_waits() {
        let calm = Latency::new();
        calm.took(FELT);
        assert!(
            !calm.is_calm(),
            "other clients may be waiting for a thread that never called `serves`"
        );
        serves(1);
        assert!(calm.is_calm());
        serves(2);
        assert!(!calm.is_calm());
        calm.took(FELT + LONG);
        serves(1);
        assert!(!calm.is_calm());
        let another = std::thread::spawn(|| ALONE.get());
        assert!(!another.join().expect("no panic"), "the setting is per thread");
    }

    #[test]
    fn file_systems_that_are_not_local_are_never_calm() {
        let proc = std::fs::File::open("/proc").expect("/proc can be opened");
        assert!(Latency::of(proc).is_none());
    }
}
