//! Checks the count against the disk: after every change, the meter reports what a walk through the
//! tree finds.

mod taken_away;

use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::time::{Duration, Instant};

use packetboat_codes::Fault;

use super::write::QuotaWrite;
use super::{Allowance, Book, Meter, QuotaStorage};
use crate::{
    Committed, Existing, Kept, LocalStorage, Opened, Progress, Result, Storage, Usage, VirtualPath,
    WriteFile, WriteMode,
};

/// A book that remembers how often the disk was counted.
#[derive(Default)]
struct Memory {
    stands: Mutex<Option<Usage>>,
    counts: Mutex<u32>,
}

#[derive(Clone, Default)]
struct Shared(Arc<Memory>);

impl Book for Shared {
    fn open(&self) -> Result<Option<Usage>> {
        Ok(*self.0.stands.lock().expect("not poisoned"))
    }

    fn counted(&self, usage: Usage) -> Result<()> {
        *self.0.counts.lock().expect("not poisoned") += 1;
        *self.0.stands.lock().expect("not poisoned") = Some(usage);
        Ok(())
    }
}

/// A clock that tests advance, and that moves by a fixed step each time it is read.
#[derive(Clone)]
struct Clock(Arc<Mutex<(Instant, Duration)>>);

impl Default for Clock {
    fn default() -> Self {
        Self(Arc::new(Mutex::new((Instant::now(), Duration::ZERO))))
    }
}

impl Clock {
    fn now(&self) -> Instant {
        let mut told = self.0.lock().expect("not poisoned");
        let (now, step) = *told;
        told.0 = now + step;
        now
    }

    fn pass(&self, time: Duration) {
        self.0.lock().expect("not poisoned").0 += time;
    }

    fn set_step(&self, step: Duration) {
        self.0.lock().expect("not poisoned").1 = step;
    }
}

struct Bench {
    clock: Clock,
    book: Shared,
    meter: Arc<Meter>,
    storage: QuotaStorage,
    plain: LocalStorage,
    _folder: tempfile::TempDir,
}

fn bench(bytes: u64, files: u64) -> Bench {
    let folder = tempfile::tempdir().expect("a folder");
    let plain = LocalStorage::open(folder.path()).expect("the root can be opened");
    let book = Shared::default();
    let clock = Clock::default();
    let now = clock.clone();
    let meter = Arc::new(Meter::with_clock(Box::new(book.clone()), Box::new(move || now.now())));
    meter.allow(Allowance { bytes: Some(bytes), files: Some(files) });
    let storage = QuotaStorage::new(Arc::new(plain.clone()), Arc::clone(&meter));
    Bench { clock, book, meter, storage, plain, _folder: folder }
}

fn path(name: impl AsRef<Path>) -> VirtualPath {
    VirtualPath::root().join(name.as_ref().as_os_str().as_encoded_bytes()).expect("a path")
}

fn fault<T>(result: Result<T>) -> Fault {
    result.err().expect("it fails").fault()
}

impl Bench {
    fn open(&self, name: &str, mode: WriteMode) -> Box<dyn WriteFile> {
        self.storage.open_write(&path(name), mode).expect("opened")
    }

    fn put(&self, name: &str, length: usize) -> Result<()> {
        let mut file = self.storage.open_write(&path(name), WriteMode::Create)?;
        file.write(&vec![7; length])?;
        file.commit().map(drop)
    }

    fn used(&self) -> (u64, u64) {
        let used = self.meter.know(&self.plain).expect("known").used.expect("known");
        (used.bytes, used.files)
    }

    /// Checks the count against these numbers and against the disk, and that the disk was counted
    /// only once so far.
    #[track_caller]
    fn check(&self, bytes: u64, files: u64) {
        let disk = self.plain.usage(&VirtualPath::root(), &Progress::default()).expect("a walk");
        assert_eq!(self.used(), (disk.bytes, disk.files), "left: the meter, right: the disk");
        assert_eq!(self.used(), (bytes, files));
        assert_eq!(*self.book.0.counts.lock().expect("not poisoned"), 1);
    }
}

#[test]
fn every_change_is_counted() {
    let b = bench(1_000, 100);
    b.put("a", 100).expect("room");
    b.check(100, 1);
    b.put("a", 30).expect("room");
    b.check(30, 1);
    b.storage.make_directory(&path("d")).expect("room");
    b.storage.make_link(&path("a"), &path("l")).expect("room");
    b.check(30, 3);
    b.put("d/b", 50).expect("room");
    b.storage.rename(&path("d/b"), &path("a"), Existing::Replace).expect("renamed");
    b.check(50, 3);
    b.storage.copy(&path("a"), &path("d/c"), Existing::Keep, &Progress::default()).expect("room");
    b.check(100, 4);
    let mut file = b.open("a", WriteMode::Append);
    file.write(&[1; 25]).expect("room");
    file.commit().expect("committed");
    b.check(125, 4);
    let mut file = b.open("a", WriteMode::Resume { offset: 10 });
    file.write(&[1; 5]).expect("room");
    file.commit().expect("committed");
    b.check(65, 4);
    let mut file = b.open("u", WriteMode::Unique);
    file.write(&[1; 5]).expect("room");
    file.commit().expect("committed");
    b.check(70, 5);
    b.storage.remove_file(&path("l")).expect("removed");
    b.check(70, 4);
    b.storage.remove_tree(&path("d"), &Progress::default()).expect("removed");
    b.check(20, 2);
    assert_eq!(fault(b.storage.make_directory(&path("a"))), Fault::AlreadyExists);
    assert_eq!(fault(b.storage.make_link(&path("none"), &path("x"))), Fault::NotFound);
    assert_eq!(fault(b.storage.remove_file(&path("none"))), Fault::NotFound);
    b.check(20, 2);
}

#[test]
fn parts_count_as_what_they_have_on_the_disk() {
    let b = bench(1_000, 100);
    let mut file = b.open("f", WriteMode::Create);
    file.write(&[1; 70]).expect("room");
    assert_eq!(file.keep_part().expect("kept").len, 70);
    b.check(70, 1);
    let mut file = b.open("f", WriteMode::Resume { offset: 40 });
    b.check(40, 1);
    file.write(&[1; 20]).expect("room");
    drop(file);
    b.check(60, 1);
    let mut file = b.open("f", WriteMode::Append);
    file.write(&[1; 20]).expect("room");
    file.commit().expect("committed");
    b.check(80, 1);
    drop(b.open("f", WriteMode::Create));
    b.check(80, 1);
    let mut file = b.open("d", WriteMode::Create);
    file.write(&[1; 9]).expect("room");
    file.discard().expect("removed");
    b.check(80, 1);
    let mut file = b.open("g", WriteMode::Create);
    file.write(&[1; 9]).expect("room");
    drop(file);
    b.check(89, 2);
    b.storage.remove_file(&path("g")).expect("the part is removed");
    b.check(80, 1);
    b.storage.make_directory(&path("dir")).expect("room");
    let mut file = b.open("dir/g", WriteMode::Create);
    file.write(&[1; 9]).expect("room");
    drop(file);
    b.check(89, 3);
    b.storage.remove_directory(&path("dir")).expect("removed with the part");
    b.check(80, 1);
}

#[test]
fn nothing_beyond_the_quota_is_stored() {
    let b = bench(100, 3);
    let mut file = b.open("f", WriteMode::Create);
    file.write(&[1; 60]).expect("room");
    assert_eq!(file.reserve(100).expect("some"), 40);
    assert_eq!(fault(file.write(&[1; 60])), Fault::QuotaExceeded);
    assert_eq!(file.keep_part().expect("kept").len, 100);
    b.check(100, 1);
    // The quota is full: nothing that needs room may begin.
    for mode in [WriteMode::Append, WriteMode::Resume { offset: 100 }] {
        assert_eq!(fault(b.storage.open_write(&path("f"), mode)), Fault::QuotaExceeded);
    }
    assert_eq!(fault(b.storage.open_write(&path("g"), WriteMode::New)), Fault::QuotaExceeded);
    assert_eq!(b.storage.free_space(&path("/")).expect("told"), Some(0));
    b.check(100, 1);
    b.storage.remove_file(&path("f")).expect("the part is removed");
    b.put("f", 50).expect("room");
    assert_eq!(
        fault(
            b.storage
                .copy(&path("f"), &path("h"), Existing::Keep, &Progress::default())
                .and(b.storage.copy(&path("f"), &path("i"), Existing::Keep, &Progress::default()))
        ),
        Fault::QuotaExceeded
    );
    b.check(100, 2);
    b.storage.make_directory(&path("d")).expect("room");
    assert_eq!(fault(b.storage.make_directory(&path("e"))), Fault::QuotaExceeded);
    assert_eq!(fault(b.storage.make_link(&path("f"), &path("e"))), Fault::QuotaExceeded);
    b.check(100, 3);
}

#[test]
fn what_is_replaced_makes_room_for_what_replaces_it() {
    let b = bench(100, 2);
    b.put("x", 60).expect("room");
    b.put("y", 40).expect("room");
    b.put("x", 60).expect("the old file's room");
    b.put("x", 50).expect("the old file's room");
    b.check(90, 2);
    assert_eq!(fault(b.put("x", 61)), Fault::QuotaExceeded);
    // The upload was cut off, and its part does not fit beside the old file.
    b.check(90, 2);
    // Two uploads at the same time, each in the room of the file it replaces.
    let (mut x, mut y) = (b.open("x", WriteMode::Create), b.open("y", WriteMode::Create));
    x.write(&[1; 50]).expect("its room");
    y.write(&[1; 40]).expect("its room");
    assert_eq!(b.meter.left(), Some(10));
    drop(x);
    y.commit().expect("committed");
    b.check(90, 2);
    // An upload has no right to the room of a file that was removed while it ran.
    let mut x = b.open("x", WriteMode::Create);
    b.storage.remove_file(&path("x")).expect("removed");
    b.put("z", 60).expect("room");
    x.write(&[1; 50]).expect("as if the old file still existed");
    assert_eq!(fault(x.commit()), Fault::QuotaExceeded);
    b.check(100, 2);
}

#[test]
fn many_sessions_share_one_count() {
    let b = bench(1_000_000, 50);
    std::thread::scope(|scope| {
        for session in 0..8 {
            let b = &b;
            scope.spawn(move || {
                for round in 0..30 {
                    let name = format!("f{}", (session * round) % 7);
                    let other = format!("f{}", (session + round) % 5);
                    // Each of these may run into another thread's change.
                    let _ = b.put(&name, 1_000 * round);
                    let _ = b.storage.rename(&path(&name), &path(&other), Existing::Replace);
                    let _ = b.storage.remove_file(&path(&name));
                    let _ = b.storage.make_directory(&path(format!("d{}", round % 3)));
                    let _ = b.storage.remove_directory(&path(format!("d{}", round % 3)));
                }
            });
        }
    });
    let disk = b.plain.usage(&VirtualPath::root(), &Progress::default()).expect("a walk");
    assert_eq!(b.used(), (disk.bytes, disk.files));
}

#[test]
fn sessions_together_store_no_byte_too_much() {
    let b = bench(50_000, 1_000);
    std::thread::scope(|scope| {
        for session in 0..8 {
            let b = &b;
            scope.spawn(move || {
                for round in 0..20 {
                    let _ = b.put(&format!("f{session}.{round}"), 1_234);
                    let used = b.meter.measured().used.unwrap_or_default();
                    assert!(used.bytes <= 50_000);
                }
            });
        }
    });
    let disk = b.plain.usage(&VirtualPath::root(), &Progress::default()).expect("a walk");
    assert_eq!(disk.bytes, 50_000, "the quota was used completely");
    assert_eq!(b.used().0, 50_000);
}

#[test]
fn a_doubt_is_settled_by_counting_once_nothing_changes() {
    let b = bench(1_000, 100);
    b.put("a", 100).expect("room");
    b.plain.remove_file(&path("a")).expect("removed without the meter's knowledge");
    let file = b.open("b", WriteMode::Create);
    b.meter.doubt();
    b.storage.make_directory(&path("d")).expect("the change does not wait for the upload");
    assert!(!b.meter.wants_count() && b.meter.close().is_none());
    drop(file);
    assert!(b.meter.wants_count() && b.meter.close().is_none());
    assert_eq!(b.used(), (0, 1));
    assert_eq!(b.meter.close(), Some(Usage { bytes: 0, files: 1 }));
    assert!(b.meter.open_count().is_none() && b.meter.measured().used.is_some());
    assert_eq!(*b.book.0.counts.lock().expect("not poisoned"), 2);
    // Closed and opened again, the meter asks the book.
    *b.book.0.stands.lock().expect("not poisoned") = Some(Usage { bytes: 5, files: 6 });
    assert_eq!(b.used(), (5, 6));
}

/// A meter whose clock runs `work` at the moment when a walk of the disk begins.
fn counts_with(work: impl Fn(&Meter) + Send + Sync + 'static) -> (Arc<Meter>, Shared) {
    let (book, place) = (Shared::default(), Arc::new(OnceLock::<Weak<Meter>>::new()));
    let found = Arc::clone(&place);
    let clock = move || {
        if let Some(meter) = found.get().and_then(Weak::upgrade) {
            work(&meter);
        }
        Instant::now()
    };
    let meter = Arc::new(Meter::with_clock(Box::new(book.clone()), Box::new(clock)));
    place.set(Arc::downgrade(&meter)).expect("once");
    (meter, book)
}

/// A doubt may concern something that the walk has passed already. Such a doubt used to be lost
/// when the walk ended.
#[test]
fn a_doubt_that_comes_while_it_is_counted_outlasts_the_count() {
    let b = bench(1_000, 100);
    b.plain.make_directory(&path("d")).expect("a directory");
    let doubts = Mutex::new(1);
    let (meter, book) = counts_with(move |meter| {
        let mut doubts = doubts.lock().expect("not poisoned");
        if *doubts > 0 {
            *doubts -= 1;
            meter.doubt();
        }
    });
    meter.know(&b.plain).expect("known");
    assert_eq!(*book.0.counts.lock().expect("not poisoned"), 2);
    assert!(!meter.wants_count());
}

#[test]
fn a_count_that_is_stopped_leaves_the_doubt() {
    let b = bench(1_000, 100);
    b.plain.make_directory(&path("d")).expect("a directory");
    let (meter, book) = counts_with(Meter::stop_counting);
    meter.remember(Usage { bytes: 7, files: 7 });
    meter.doubt();
    assert_eq!(fault(meter.know(&b.plain)), Fault::Stopped);
    assert_eq!(*book.0.counts.lock().expect("not poisoned"), 0);
    // Nobody waits for the meter any more, and the count in the book is not trusted.
    *book.0.stands.lock().expect("not poisoned") = Some(Usage { bytes: 5, files: 6 });
    assert_eq!(fault(meter.know(&b.plain)), Fault::Stopped);
}

/// A file whose storage claims that it can, or cannot, be stored on a thread that must not wait.
struct Says(bool, Box<dyn WriteFile>);

impl WriteFile for Says {
    fn path(&self) -> &VirtualPath {
        self.1.path()
    }
    fn position(&self) -> u64 {
        self.1.position()
    }
    fn opened(&self) -> Opened {
        self.1.opened()
    }
    fn replaces(&self) -> Result<Option<u64>> {
        self.1.replaces()
    }
    fn write(&mut self, data: &[u8]) -> Result<()> {
        self.1.write(data)
    }
    fn skip_to(&mut self, offset: u64) -> Result<()> {
        self.1.skip_to(offset)
    }
    fn sync(&mut self) -> Result<()> {
        self.1.sync()
    }
    fn found(&self) -> Result<Usage> {
        self.1.found()
    }
    fn stores_now(&self) -> bool {
        self.0
    }
    #[cfg(unix)]
    fn as_fd(&self) -> Option<std::os::fd::BorrowedFd<'_>> {
        self.1.as_fd()
    }
    fn advance(&mut self, count: u64) {
        self.1.advance(count);
    }
    fn commit(self: Box<Self>) -> Result<Committed> {
        self.1.commit()
    }
    fn keep_part(self: Box<Self>) -> Result<Kept> {
        self.1.keep_part()
    }
    fn discard(self: Box<Self>) -> Result<Kept> {
        self.1.discard()
    }
    fn give_up(self: Box<Self>) -> Result<Kept> {
        self.1.give_up()
    }
}

/// A file that its storage can store without waiting can be stored so within a quota, too, and is
/// counted. Exceptions: another session holds the lock of names, somebody had to wait long for that
/// lock, or the file might not fit, so that the disk would have to be counted.
#[test]
fn a_small_upload_within_a_quota_is_stored_where_its_storage_does_not_wait() {
    let b = bench(100_000, 100);
    let disk = Arc::new(b.plain.clone()) as Arc<dyn Storage>;
    b.put("a", 300).expect("room");
    let open = |says| {
        let change = b.meter.enter(&b.plain, true).expect("it is counted");
        let file = b.plain.open_write(&path("a"), WriteMode::Create).expect("opened");
        QuotaWrite::new(Box::new(Says(says, file)), &disk, &b.meter, change).expect("room")
    };
    let file = open(false);
    assert!(!file.stores_now(), "the storage might have to wait");
    drop(file);
    let mut file = open(true);
    assert!(file.stores_now());
    let names = b.meter.names(true).expect("nobody holds the lock");
    assert!(!file.stores_now(), "another session holds the lock of names");
    drop(names);
    assert!(file.stores_now());
    file.write(&[1; 40]).expect("room");
    Box::new(file).commit().expect("committed");
    b.check(40, 1);
    let file = open(true);
    b.meter.allow(Allowance { bytes: Some(16_000), files: Some(100) });
    assert!(!file.stores_now(), "the file might not fit");
    b.meter.allow(Allowance { bytes: Some(17_000), files: Some(100) });
    assert!(file.stores_now());
    b.meter.calm.took(Duration::from_secs(600));
    assert!(!file.stores_now(), "someone waited long for the lock of names");
}
