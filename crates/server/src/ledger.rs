//! [`Ledgers`]: what accounts with a quota have stored. All sessions of an account share one count
//! in memory, and threads of their own write the counts to the database of accounts. Before the
//! first change, the database gets a mark for this run of the server, which is removed once
//! everything is written and nothing has changed for a while. After a crash, the mark is still
//! there, and the account is counted again at its next login, or before its next change. Only the
//! first change waits for the disk.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use packetboat_accounts::{
    Database, DatabaseError, Holder, Limits, OpenedCount, Run, Stored, Tally,
};
use packetboat_codes::Fault;
use packetboat_proto::server::Quota;
use packetboat_store::{Allowance, Book, Error, Measured, Meter, Result, Storage, Usage};

use crate::event::{Event, EventKind, Sink};
use crate::setback::Setback;

/// How often counts are written to the database.
const INTERVAL: Duration = Duration::from_secs(1);
/// After this many intervals without a change, the mark is removed.
const LINGER: u32 = 30;

/// The counts that are changing, or in use by a session.
pub(crate) struct Ledgers {
    run: Run,
    by_account: Mutex<HashMap<Key, Arc<Ledger>>>,
    workers: Mutex<HashMap<&'static str, Worker>>,
    sink: Arc<Sink>,
}

/// The database's path and the account.
type Key = (PathBuf, Holder);

type Work = fn(&Ledgers);

/// What is done at every interval, each on a thread of its own: counting many files may take long,
/// and the counts of other accounts are written in the meantime.
const WORK: [(&str, Work); 2] = [
    ("counts", |ledgers| ledgers.write(false)),
    ("recounts", |ledgers| ledgers.recount(Instant::now())),
];

/// A thread, and what stops it.
struct Worker {
    stop: SyncSender<()>,
    thread: JoinHandle<()>,
}

/// The count of one account.
pub(crate) struct Ledger {
    pub(crate) meter: Arc<Meter>,
    entry: Arc<Entry>,
    /// The storage that is counted, according to the latest login.
    storage: Mutex<Arc<dyn Storage>>,
    seen: Mutex<Seen>,
}

/// How many changes there were at the last check, and for how many intervals that number has not
/// changed.
#[derive(Default)]
struct Seen {
    changes: u64,
    since: u32,
}

/// The account's place in the database.
struct Entry {
    database: Arc<Database>,
    holder: Holder,
    run: Run,
    state: Mutex<EntryState>,
}

#[derive(Default)]
struct EntryState {
    /// The epoch of the count from disk that the count in memory is based on.
    epoch: i64,
    /// What the database contains, whichever session of this run wrote it; `None` if unknown.
    written: Option<Usage>,
    /// The failures since the last successful count of the disk.
    setback: Setback,
}

impl Ledgers {
    pub(crate) fn new(sink: Arc<Sink>) -> Self {
        Self { run: Run::new(), by_account: Mutex::default(), workers: Mutex::default(), sink }
    }

    /// Returns the ledger of an account that logs in, and sets its quota. It is kept while somebody
    /// holds it. Blocks.
    pub(crate) fn enter(
        self: &Arc<Self>,
        database: &Arc<Database>,
        holder: &Holder,
        limits: &Limits,
        storage: &Arc<dyn Storage>,
    ) -> Arc<Ledger> {
        self.start();
        let key = (database.path().to_owned(), holder.clone());
        let mut ledgers = lock(&self.by_account);
        let ledger = ledgers.entry(key).or_insert_with(|| {
            Arc::new(Ledger::new(
                Arc::clone(database),
                holder,
                self.run.clone(),
                Arc::clone(storage),
            ))
        });
        ledger.meter.allow(Allowance { bytes: limits.quota_bytes, files: limits.quota_files });
        *lock(&ledger.storage) = Arc::clone(storage);
        let ledger = Arc::clone(ledger);
        drop(ledgers);
        // If the database cannot be read now, it is read again before the first change.
        let known = database.reliable_count(holder, &self.run).ok().flatten();
        if let Some(stored) = known {
            ledger.meter.remember(usage(stored));
        }
        ledger
    }

    /// Writes all counts, and removes the marks. Blocks, but does not count: a doubtful count keeps
    /// its mark, and is counted at the next login.
    pub(crate) fn close(&self) {
        let workers = std::mem::take(&mut *lock(&self.workers));
        for ledger in lock(&self.by_account).values() {
            ledger.meter.stop_counting();
        }
        let threads: Vec<JoinHandle<()>> = workers
            .into_values()
            .map(|Worker { stop, thread }| {
                // The thread stops when its channel is closed.
                drop(stop);
                thread
            })
            .collect();
        for thread in threads {
            let _ = thread.join();
        }
        self.write(true);
    }

    fn start(self: &Arc<Self>) {
        let mut workers = lock(&self.workers);
        for (name, work) in WORK {
            if workers.contains_key(name) {
                continue;
            }
            let (stop, stopped) = sync_channel(0);
            let ledgers = Arc::downgrade(self);
            let run = move || {
                while stopped.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
                    let Some(ledgers) = Weak::upgrade(&ledgers) else { return };
                    work(&ledgers);
                }
            };
            let thread = std::thread::Builder::new().name(name.into()).spawn(run);
            // If no thread can be started now, the next login tries again. Until then the marks
            // stay.
            if let Ok(thread) = thread {
                workers.insert(name, Worker { stop, thread });
            }
        }
    }

    /// Counts doubtful accounts again. A count that fails is repeated less and less often, and before
    /// the next change.
    fn recount(&self, now: Instant) {
        let ledgers: Vec<Arc<Ledger>> = lock(&self.by_account).values().cloned().collect();
        for ledger in ledgers.iter().filter(|ledger| ledger.wants_count(now)) {
            if let Some(text) = ledger.count_again(now) {
                let kind = EventKind::Server { step: "count", text };
                (self.sink)(&Event { session: 0, kind });
            }
        }
    }

    /// Writes the counts that have changed, in one transaction per database. For the others, learns
    /// whether another process has counted them.
    fn write(&self, last: bool) {
        let ledgers: Vec<(Key, Arc<Ledger>)> =
            lock(&self.by_account).iter().map(|(k, l)| (k.clone(), Arc::clone(l))).collect();
        let mut due: HashMap<&Path, Vec<Due>> = HashMap::new();
        let mut idle: HashMap<&Path, Vec<&Arc<Ledger>>> = HashMap::new();
        for ((database, _), ledger) in &ledgers {
            match ledger.tally(last) {
                Some(tally) => due.entry(database).or_default().push((ledger, tally)),
                None => idle.entry(database).or_default().push(ledger),
            }
        }
        for mut due in due.into_values() {
            write_down(&mut due, &self.run);
        }
        for idle in idle.into_values() {
            learn(&idle, &self.run);
        }
        drop(ledgers);
        lock(&self.by_account)
            .retain(|_, ledger| Arc::strong_count(ledger) > 1 || !ledger.meter.is_closed());
    }
}

/// A count to write, and the lock that keeps the account's book from being opened in the meantime.
type Due<'a> = (&'a Arc<Ledger>, (Tally, MutexGuard<'a, EntryState>));

fn write_down(due: &mut [Due<'_>], run: &Run) {
    let Some((ledger, _)) = due.first() else { return };
    let tallies: Vec<Tally> = due.iter().map(|(_, (tally, _))| tally.clone()).collect();
    let written = ledger.entry.database.write_counts(&tallies, run);
    for (place, (ledger, (tally, state))) in due.iter_mut().enumerate() {
        match written.as_ref().map(|written| written.get(place).copied().unwrap_or_default()) {
            Ok(true) => state.written = (!tally.closes).then_some(usage(tally.stored)),
            // Another process has counted in the meantime, and cannot know about changes in
            // progress.
            Ok(false) => ledger.distrust(state),
            // The mark is still there: at worst, the account is counted again.
            Err(_) if tally.closes => ledger.distrust(state),
            Err(_) => state.written = None,
        }
    }
}

/// Learns counts that another process may have made, for accounts without changes here.
fn learn(idle: &[&Arc<Ledger>], run: &Run) {
    let Some(first) = idle.first() else { return };
    let holders: Vec<Holder> = idle.iter().map(|ledger| ledger.entry.holder.clone()).collect();
    // If the database cannot be read now, it is read again at the next interval, and before the
    // next change.
    let Ok(counts) = first.entry.database.counts(&holders, run) else { return };
    for (ledger, count) in idle.iter().zip(counts) {
        if let Some(count) = count {
            ledger.learn(&count);
        }
    }
}

impl Ledger {
    fn new(database: Arc<Database>, holder: &Holder, run: Run, storage: Arc<dyn Storage>) -> Self {
        let entry =
            Arc::new(Entry { database, holder: holder.clone(), run, state: Mutex::default() });
        let meter = Arc::new(Meter::new(Box::new(Kept(Arc::clone(&entry)))));
        Self { meter, entry, storage: Mutex::new(storage), seen: Mutex::default() }
    }

    /// Whether the amount stored is known.
    pub(crate) fn is_known(&self) -> bool {
        self.meter.measured().used.is_some()
    }

    /// Counts again if the count is not reliable. Blocks.
    pub(crate) fn know(&self) -> Result<()> {
        let storage = Arc::clone(&lock(&self.storage));
        self.meter.know(&*storage).map(drop)
    }

    /// Whether it is time to count again.
    fn wants_count(&self, now: Instant) -> bool {
        self.meter.wants_count() && lock(&self.entry.state).setback.is_over(now)
    }

    /// Counts again. Returns the text for the log if that is the first failure in a row.
    fn count_again(&self, now: Instant) -> Option<String> {
        let began = Instant::now();
        // A stop of the server is no failure.
        let error = self.know().err().filter(|error| error.fault() != Fault::Stopped)?;
        let is_first = lock(&self.entry.state).setback.fail(now, began.elapsed());
        is_first.then(|| {
            format!(
                "cannot count what the account {} has stored: {error}; check the permissions and the disk. The count is \
                 repeated less and less often, and before each change by the account",
                self.entry.holder
            )
        })
    }

    /// What is stored, and what the account may store.
    pub(crate) fn quota(&self) -> Quota {
        let Measured { used, allowed } = self.meter.measured();
        Quota {
            bytes: used.map(|used| used.bytes),
            bytes_allowed: allowed.bytes,
            files: used.map(|used| used.files),
            files_allowed: allowed.files,
        }
    }

    /// What to write now, if anything.
    fn tally(&self, last: bool) -> Option<(Tally, MutexGuard<'_, EntryState>)> {
        let state = lock(&self.entry.state);
        let mut seen = lock(&self.seen);
        let changes = self.meter.changes();
        let idle = seen.changes == changes;
        seen.since = if idle { seen.since.saturating_add(1) } else { 0 };
        seen.changes = changes;
        let closed = if last || seen.since >= LINGER { self.meter.close() } else { None };
        let used = closed.or_else(|| self.meter.open_count())?;
        if closed.is_none() && state.written == Some(used) {
            return None;
        }
        let tally = Tally {
            holder: self.entry.holder.clone(),
            stored: Stored { bytes: used.bytes, files: used.files },
            epoch: state.epoch,
            closes: closed.is_some(),
        };
        Some((tally, state))
    }

    /// Compares the count in the database with the one in memory.
    fn learn(&self, count: &OpenedCount) {
        let mut state = lock(&self.entry.state);
        if state.epoch == count.epoch {
            return;
        }
        if !self.meter.is_closed() {
            // The other process cannot know what has changed here.
            self.distrust(&mut state);
        } else if let Some(stored) = count.stored
            && self.meter.learn(usage(stored))
        {
            state.epoch = count.epoch;
        }
    }

    fn distrust(&self, state: &mut EntryState) {
        self.meter.doubt();
        state.written = None;
        *lock(&self.seen) = Seen::default();
    }
}

/// The account's entry in the database, as the book of a meter.
struct Kept(Arc<Entry>);

impl Book for Kept {
    fn open(&self) -> Result<Option<Usage>> {
        let mut state = lock(&self.0.state);
        let OpenedCount { stored, epoch } =
            self.0.database.open_count(&self.0.holder, &self.0.run).map_err(failed)?;
        (state.epoch, state.written) = (epoch, stored.map(usage));
        Ok(state.written)
    }

    fn counted(&self, used: Usage) -> Result<()> {
        let mut state = lock(&self.0.state);
        let stored = Stored { bytes: used.bytes, files: used.files };
        // The count may return to its previous value, which then has to be written again.
        state.written = None;
        state.epoch =
            self.0.database.counted(&self.0.holder, stored, &self.0.run).map_err(failed)?;
        state.written = Some(used);
        state.setback = Setback::default();
        Ok(())
    }
}

/// Converts a count of the database to that of a meter.
fn usage(Stored { bytes, files }: Stored) -> Usage {
    Usage { bytes, files }
}

/// The database cannot be read: nothing that has to be counted can be changed now.
fn failed(error: DatabaseError) -> Error {
    Error::from(std::io::Error::other(error.to_string()))
}

/// A panic leaves each of these values consistent, since every change is one step.
fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use packetboat_accounts::{AccountName, PasswordHash, Record};
    use packetboat_store::LocalStorage;

    use super::*;

    /// The ledgers of one run of the server, with that of an account whose root contains one file
    /// of 700 bytes.
    fn counted(folder: &Path) -> (Ledgers, Arc<Ledger>, Arc<Database>) {
        let root = folder.join("root");
        std::fs::create_dir(&root).expect("a folder");
        std::fs::write(root.join("a"), [1; 700]).expect("a file");
        let database = Database::open(&folder.join("accounts.db")).expect("a database");
        let name = AccountName::parse("anna").expect("a name");
        let hash = PasswordHash::parse("$1$abcdefgh$y6iHhJNbuC0xpbk0w9pm80").expect("a hash");
        database.add([&Record::new(name.clone(), hash)]).expect("an account");
        let (holder, database) = (Holder::from(&name), Arc::new(database));
        let storage: Arc<dyn Storage> = Arc::new(LocalStorage::open(&root).expect("a root"));
        let ledgers = Ledgers::new(Arc::new(|_: &Event| ()));
        let ledger = Ledger::new(Arc::clone(&database), &holder, ledgers.run.clone(), storage);
        let ledger = Arc::new(ledger);
        ledger.know().expect("a count");
        let key = (database.path().to_owned(), holder);
        lock(&ledgers.by_account).insert(key, Arc::clone(&ledger));
        (ledgers, ledger, database)
    }

    /// An upload is counted halfway: the book then contains what had arrived by that time, and with
    /// the rest the count equals what was written before. It has to be written again all the same.
    #[test]
    fn a_count_that_comes_back_to_what_it_was_is_written_down_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let (ledgers, ledger, database) = counted(folder.path());
        let written = || {
            if let Some(due) = ledger.tally(false) {
                write_down(&mut [(&ledger, due)], &ledgers.run);
            }
            let count = database.stored(&ledger.entry.holder);
            let count = count.expect("the database").expect("a count");
            (count.stored.bytes, count.stored.files)
        };
        assert_eq!(written(), (700, 1));
        assert!(ledger.tally(false).is_none(), "nothing has changed");
        Kept(Arc::clone(&ledger.entry)).counted(Usage { bytes: 350, files: 1 }).expect("a book");
        assert_eq!(ledger.quota().bytes, Some(700), "what is in memory counts");
        assert_eq!(written(), (700, 1));
    }

    /// Recounts used to run with the entries of other accounts locked, so that their counts were
    /// not written in the meantime, and the end of the server waited for that.
    #[test]
    fn it_is_counted_anew_before_any_place_is_locked_and_not_at_the_end() {
        let folder = tempfile::tempdir().expect("a folder");
        let (ledgers, ledger, database) = counted(folder.path());
        let grow = |name: &str| {
            std::fs::write(folder.path().join("root").join(name), [1; 100]).expect("a file");
            ledger.meter.doubt();
        };
        grow("b");
        drop(ledger.tally(false));
        assert!(ledger.meter.wants_count(), "finding what to write takes no walk");
        ledgers.write(false);
        assert!(ledger.meter.wants_count(), "writing takes no walk");
        ledgers.recount(Instant::now());
        assert_eq!((ledger.meter.wants_count(), ledger.quota().bytes), (false, Some(800)));
        grow("c");
        ledgers.close();
        assert!(ledger.meter.wants_count());
        // A running count fails in the same way.
        let stopped = ledger.know().map_err(|error| error.fault());
        assert_eq!((stopped, ledger.meter.wants_count()), (Err(Fault::Stopped), true));
        // The mark that is left makes another run count at the next login.
        let reliable = database.reliable_count(&ledger.entry.holder, &Run::new());
        assert_eq!(reliable.expect("the database"), None);
    }

    /// A book in which nothing can be written, and how often somebody has tried.
    struct Full(Arc<AtomicUsize>);

    impl Book for Full {
        fn open(&self) -> Result<Option<Usage>> {
            Ok(Some(Usage::default()))
        }

        fn counted(&self, _usage: Usage) -> Result<()> {
            self.0.fetch_add(1, Ordering::Relaxed);
            Err(Fault::NoSpace.into())
        }
    }

    /// The whole tree was walked every second for ever, and no log said so.
    #[test]
    fn a_count_that_fails_is_told_once_and_not_repeated_at_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let (mut ledgers, ledger, database) = counted(folder.path());
        let told = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&told);
        ledgers.sink = Arc::new(move |event: &Event| lock(&heard).push(event.kind.clone()));
        let (tried, holder) = (Arc::new(AtomicUsize::new(0)), ledger.entry.holder.clone());
        let storage = Arc::clone(&lock(&ledger.storage));
        let mut failing = Ledger::new(Arc::clone(&database), &holder, ledgers.run.clone(), storage);
        failing.meter = Arc::new(Meter::new(Box::new(Full(Arc::clone(&tried)))));
        failing.know().expect("what stands in the book");
        failing.meter.doubt();
        lock(&ledgers.by_account).insert((database.path().to_owned(), holder), Arc::new(failing));
        let now = Instant::now();
        ledgers.recount(now);
        ledgers.recount(now);
        assert_eq!(tried.load(Ordering::Relaxed), 1);
        // Longer than twenty times what it took.
        ledgers.recount(now + Duration::from_secs(86_400));
        assert_eq!(tried.load(Ordering::Relaxed), 2);
        let told = lock(&told);
        let [EventKind::Server { step: "count", text }] = &told[..] else { panic!("{told:?}") };
        assert!(text.starts_with("cannot count what the account anna has stored: "), "{text}");
    }
}
