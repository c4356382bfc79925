//! A cache for the names in large directories, kept from one listing to the next. Reading ten
//! thousand names takes the kernel milliseconds, most of them for sorting the entries; checking for
//! changes takes one call.
//!
//! Every change of a name updates the directory's mtime and ctime, and nobody can set the ctime to
//! a chosen value. Two changes may happen within one tick of the clock. Names are therefore kept
//! only if both times were already some time ago when reading began, so that any later change
//! yields different times. Only local file systems are trusted to work this way.

use std::collections::VecDeque;
use std::os::fd::AsFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::fs::{Stat, fstat};

use super::metadata;
use crate::latency::is_local;

/// How long a directory must have been unchanged: a bit more than the coarsest tick of a file
/// system's clock.
const SETTLED: Duration = Duration::from_secs(2);
/// For directories with fewer bytes of names than this, reading is as fast as a lookup in the
/// cache.
const SMALLEST: usize = 16 << 10;
/// The memory limits for the names of one directory and for those of all directories.
const LARGEST: usize = 4 << 20;
const MOST: usize = 16 << 20;

/// All names of a directory, each followed by a NUL.
pub(super) type Names = Arc<Vec<u8>>;

/// The state of a directory when its names were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct State {
    directory: (u64, u64),
    modified: (i64, i64),
    changed: (i64, i64),
}

impl State {
    /// The current state of a directory. `None` on file systems where it would not reveal every
    /// change.
    pub(super) fn of(directory: impl AsFd) -> Option<Self> {
        let stat = fstat(&directory).ok()?;
        is_local(directory).then(|| Self::from_stat(&stat))
    }

    /// The widths of these fields differ between systems.
    #[allow(clippy::unnecessary_cast)]
    fn from_stat(stat: &Stat) -> Self {
        Self {
            directory: metadata::identity(stat),
            modified: (stat.st_mtime as i64, stat.st_mtime_nsec as i64),
            changed: (stat.st_ctime as i64, stat.st_ctime_nsec as i64),
        }
    }

    /// Whether any change from now on would show.
    fn is_settled(&self, now: SystemTime) -> bool {
        let Ok(now) = now.duration_since(UNIX_EPOCH) else { return false };
        let latest = self.modified.0.max(self.changed.0);
        // A time in the future means that somebody has set the clock.
        u64::try_from(latest).is_ok_and(|latest| latest + SETTLED.as_secs() < now.as_secs())
    }
}

/// Collects names as they are read, to keep them once they are complete.
pub(super) struct Gathering {
    before: State,
    names: Vec<u8>,
}

impl Gathering {
    /// Starts before the first name is read.
    pub(super) fn begin(before: State) -> Option<Self> {
        before.is_settled(SystemTime::now()).then(|| Self { before, names: Vec::new() })
    }

    /// Adds names. Returns false if there are too many to keep.
    pub(super) fn add(&mut self, names: &[u8]) -> bool {
        self.names.extend_from_slice(names);
        self.names.len() <= LARGEST
    }

    /// Keeps the names, all of which have been read, unless the directory has changed meanwhile.
    pub(super) fn keep(mut self, directory: impl AsFd) {
        let after = fstat(directory).map(|stat| State::from_stat(&stat));
        if self.names.len() >= SMALLEST && after.is_ok_and(|after| after == self.before) {
            self.names.shrink_to_fit();
            KEPT.lock().put(self.before, Arc::new(self.names));
        }
    }
}

/// The names of a directory, if they are known and still valid.
pub(super) fn known(state: &State) -> Option<Names> {
    KEPT.lock().get(state)
}

/// One cache for the whole process, since the storages of all accounts use the same directories.
static KEPT: Kept = Kept(Mutex::new(Shelf { each: VecDeque::new(), bytes: 0 }));

struct Kept(Mutex<Shelf>);

impl Kept {
    /// No thread leaves the shelf half-changed, so a panic elsewhere does no harm.
    fn lock(&self) -> MutexGuard<'_, Shelf> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The kept directories, the most recently used one last.
struct Shelf {
    each: VecDeque<(State, Names)>,
    bytes: usize,
}

impl Shelf {
    fn get(&mut self, state: &State) -> Option<Names> {
        let place = self.each.iter().position(|(kept, _)| kept.directory == state.directory)?;
        let (kept, names) = self.each.remove(place)?;
        if kept != *state {
            self.bytes -= names.len();
            return None;
        }
        self.each.push_back((kept, Arc::clone(&names)));
        Some(names)
    }

    fn put(&mut self, state: State, names: Names) {
        self.each.retain(|(kept, names)| {
            let other = kept.directory != state.directory;
            self.bytes -= if other { 0 } else { names.len() };
            other
        });
        self.bytes += names.len();
        self.each.push_back((state, names));
        while self.bytes > MOST {
            let Some((_, names)) = self.each.pop_front() else { break };
            self.bytes -= names.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Detail, LocalStorage, Storage as _, VirtualPath};

    fn listed(storage: &LocalStorage) -> Vec<Vec<u8>> {
        let mut listing = storage.list(&VirtualPath::root(), Detail::Names).expect("listed");
        let mut names = Vec::new();
        while let Some(entry) = listing.next().expect("the next entry") {
            names.push(entry.name.to_vec());
        }
        names.sort();
        names
    }

    #[test]
    fn cached_names_reflect_every_change() {
        let root = tempfile::tempdir().expect("a folder");
        let directory = std::fs::File::open(root.path()).expect("the folder");
        if !is_local(&directory) {
            return;
        }
        let storage = LocalStorage::open(root.path()).expect("the root");
        let file = |number: usize| root.path().join(format!("{number:06}"));
        (0..6_000).for_each(|number| std::fs::write(file(number), "").expect("a file"));
        let kept = || State::of(&directory).as_ref().and_then(known);
        let settled = || {
            while Gathering::begin(State::of(&directory).expect("a state")).is_none() {
                std::thread::sleep(Duration::from_millis(20));
            }
            let first = listed(&storage);
            assert!(kept().is_some());
            assert_eq!(listed(&storage), first);
            first
        };
        assert_eq!(settled().len(), 6_000);
        std::fs::write(file(7_000), "").expect("a file");
        assert!(kept().is_none());
        assert_eq!(listed(&storage).len(), 6_001);
        assert_eq!(settled().len(), 6_001);
        std::fs::rename(file(7_000), file(8_000)).expect("another name");
        std::fs::remove_file(file(0)).expect("removed");
        let names = listed(&storage);
        assert_eq!(
            (names[0].as_slice(), names[5_999].as_slice()),
            (&b"000001"[..], &b"008000"[..])
        );
    }

    fn state(number: u64, second: i64) -> State {
        State { directory: (1, number), modified: (second, 0), changed: (second, 0) }
    }

    #[test]
    fn a_directory_that_changed_just_now_is_not_kept() {
        let now = UNIX_EPOCH + Duration::from_secs(1_000);
        assert!(state(1, 997).is_settled(now));
        assert!(!state(1, 998).is_settled(now));
        assert!(!state(1, 2_000).is_settled(now));
        assert!(!State { changed: (999, 0), ..state(1, 5) }.is_settled(now));
    }

    #[test]
    fn stale_names_are_dropped_and_the_oldest_evicted() {
        let mut shelf = Shelf { each: VecDeque::new(), bytes: 0 };
        shelf.put(state(1, 5), Arc::new(b"a\0".to_vec()));
        assert_eq!(shelf.get(&state(1, 5)).as_deref(), Some(&b"a\0".to_vec()));
        assert_eq!(shelf.get(&state(1, 6)), None);
        assert_eq!((shelf.get(&state(1, 5)), shelf.bytes), (None, 0));
        for number in 0..6 {
            shelf.put(state(number, 5), Arc::new(vec![0; LARGEST]));
        }
        assert_eq!((shelf.each.len(), shelf.bytes), (MOST / LARGEST, MOST));
        assert!(shelf.get(&state(1, 5)).is_none() && shelf.get(&state(2, 5)).is_some());
        shelf.put(state(2, 6), Arc::new(vec![0; 8]));
        assert_eq!(shelf.bytes, MOST - LARGEST + 8);
    }
}
