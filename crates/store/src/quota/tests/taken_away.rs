//! Files removed by other programs: the meter does not refuse anything on the basis of an old
//! count.

use super::*;

const SECOND: Duration = Duration::from_secs(1);

impl Bench {
    /// Removes a file without the meter's knowledge.
    fn take_away(&self, name: &str) {
        self.plain.remove_file(&path(name)).expect("it was there");
    }

    /// Opens a file without waiting, which gives a new file no name at first, or in the normal way
    /// if that is impossible.
    fn open_now(&self, name: &str, mode: WriteMode) -> Box<dyn WriteFile> {
        let opened = self.storage.now().and_then(|now| now.open_write(&path(name), mode).ok());
        opened.unwrap_or_else(|| self.open(name, mode))
    }

    fn counts(&self) -> u32 {
        *self.book.0.counts.lock().expect("not poisoned")
    }

    #[track_caller]
    fn agrees(&self, bytes: u64, files: u64) {
        let disk = self.plain.usage(&VirtualPath::root(), &Progress::default()).expect("a walk");
        assert_eq!(self.used(), (disk.bytes, disk.files), "left: the meter, right: the disk");
        assert_eq!(self.used(), (bytes, files));
    }
}

/// A hot folder: another program takes away whatever arrives, so the account never holds more than
/// one file.
#[test]
fn uploads_that_are_taken_away_never_fill_the_quota() {
    let b = bench(1_000, 5);
    for round in 0..100 {
        let name = format!("f{round}");
        b.put(&name, 300).expect("room, since all earlier files are gone");
        b.take_away(&name);
        b.clock.pass(SECOND / 2);
    }
    assert!(b.counts() < 50, "the disk is not counted for every file");
}

/// The upload reaches the limit when its first bytes are written already. This covers a part, a
/// file without a name and a finished file.
#[test]
fn an_upload_that_meets_the_limit_is_counted_with_what_it_has_written() {
    for (gone, before, mode) in [
        (15_000, 0, WriteMode::Create),
        (18_000, 0, WriteMode::Create),
        (15_000, 30, WriteMode::Append),
    ] {
        let b = bench(20_000, 100);
        b.put("kept", 100).expect("room");
        b.put("gone", gone).expect("room");
        if before > 0 {
            b.put("f", before).expect("room");
        }
        b.take_away("gone");
        b.clock.pass(SECOND);
        let mut file = b.open_now("f", mode);
        for _ in 0..4 {
            file.write(&[1; 4_900]).expect("room, since the other file is gone");
        }
        assert_eq!(b.meter.left(), Some(300 - before as u64));
        assert_eq!(b.counts(), 2);
        // That was all the room there is: no other file has been removed.
        b.clock.pass(SECOND);
        assert_eq!(fault(file.write(&[1; 301])), Fault::QuotaExceeded);
        assert_eq!(file.keep_part().expect("kept").len, 19_900);
        b.agrees(20_000, 2);
        assert_eq!(b.counts(), 3);
    }
}

/// A hole is written completely or not at all. It used to take as much as an old count left room
/// for, and was then refused for good without a new count of the disk.
#[test]
fn a_hole_that_meets_the_limit_is_counted_before_it_is_refused() {
    let b = bench(20_000, 100);
    b.put("gone", 15_000).expect("room");
    b.take_away("gone");
    b.clock.pass(SECOND);
    let mut file = b.open("f", WriteMode::Create);
    file.write(&[1; 100]).expect("room");
    file.skip_to(18_000).expect("room, since the other file is gone");
    file.write(&[1; 100]).expect("room");
    b.clock.pass(SECOND);
    assert_eq!(fault(file.skip_to(20_001)), Fault::QuotaExceeded, "the disk was counted just now");
    file.skip_to(20_000).expect("room");
    file.commit().expect("it takes its place");
    b.agrees(20_000, 1);
}

#[test]
fn the_disk_is_counted_before_anything_is_refused() {
    let small = |b: &Bench| b.put("x", 1);
    let directory = |b: &Bench| b.storage.make_directory(&path("x"));
    let link = |b: &Bench| b.storage.make_link(&path("kept"), &path("x"));
    let copy = |b: &Bench| {
        let (from, to) = (path("kept"), path("x"));
        b.storage.copy(&from, &to, Existing::Keep, &Progress::default()).map(drop)
    };
    let unique =
        |b: &Bench| b.storage.open_write(&path("x"), WriteMode::Unique)?.commit().map(drop);
    for change in [&small as &dyn Fn(&Bench) -> Result<()>, &directory, &link, &copy, &unique] {
        let b = bench(100, 2);
        b.put("kept", 10).expect("room");
        b.put("gone", 90).expect("room");
        assert_eq!(fault(change(&b)), Fault::QuotaExceeded, "the disk was counted just now");
        b.take_away("gone");
        assert_eq!(fault(change(&b)), Fault::QuotaExceeded, "the disk is not counted each time");
        b.clock.pass(SECOND);
        change(&b).expect("room, since the other file is gone");
        assert_eq!(b.counts(), 2);
    }
}

/// Where somebody removes files, an upload refused between two counts is told to try again.
#[test]
fn no_refusal_is_final_between_counts_where_files_are_taken_away() {
    let b = bench(100, 9);
    b.put("gone", 100).expect("room");
    b.take_away("gone");
    assert_eq!(fault(b.put("f", 90)), Fault::QuotaExceeded, "the removal is not known yet");
    b.clock.pass(SECOND);
    b.put("f", 90).expect("room, since the other file is gone");
    assert_eq!((fault(b.put("g", 20)), b.counts()), (Fault::QuotaInDoubt, 2));
    // Nothing was removed since, so now the refusal is final.
    b.clock.pass(SECOND);
    assert_eq!((fault(b.put("g", 20)), b.counts()), (Fault::QuotaExceeded, 3));
    assert_eq!((fault(b.put("g", 20)), b.counts()), (Fault::QuotaExceeded, 3));
}

/// The longer a count takes, the less often it is repeated.
#[test]
fn refusals_take_up_a_twentieth_of_a_thread_at_most() {
    let b = bench(100, 2);
    // The clock is read at the beginning and at the end of a count.
    b.clock.set_step(SECOND * 10);
    b.put("f", 100).expect("room");
    b.clock.set_step(Duration::ZERO);
    for seconds in [0, 100, 80] {
        b.clock.pass(SECOND * seconds);
        assert_eq!(fault(b.put("g", 1)), Fault::QuotaExceeded);
        assert_eq!(b.counts(), 1);
    }
    b.clock.pass(SECOND * 10);
    assert_eq!(fault(b.put("g", 1)), Fault::QuotaExceeded);
    assert_eq!(b.counts(), 2, "200 seconds have passed");
}

/// A walk may or may not see a change that is under way, so whatever is refused meanwhile is told
/// to try again.
#[test]
fn what_is_refused_beside_another_change_is_in_doubt() {
    let b = bench(100, 3);
    b.put("gone", 90).expect("room");
    b.take_away("gone");
    b.clock.pass(SECOND);
    let mut other = b.open("other", WriteMode::Create);
    other.write(&[1; 5]).expect("room");
    let mut file = b.open("f", WriteMode::Create);
    assert_eq!(file.reserve(5).expect("room"), 5);
    file.write(&[1; 5]).expect("room");
    assert_eq!(fault(file.write(&[1; 5])), Fault::QuotaInDoubt);
    assert_eq!(fault(b.storage.open_write(&path("g"), WriteMode::Create)), Fault::QuotaInDoubt);
    assert_eq!((file.keep_part().expect("kept").len, b.counts()), (5, 1));
    assert!(!b.meter.wants_count(), "the other change is still under way");
    // The other upload is alone now when it reaches the limit.
    other.write(&[1; 20]).expect("room, since the other file is gone");
    assert_eq!(b.counts(), 2);
    other.commit().expect("committed");
    b.agrees(30, 2);
}

/// Where waiting is not allowed, the disk is not counted and no change begins.
#[test]
fn a_count_that_must_wait_is_left_to_a_thread_that_may() {
    let b = bench(100, 1);
    b.storage.make_directory(&path("gone")).expect("room");
    let Some(now) = b.storage.now() else { return };
    b.plain.remove_directory(&path("gone")).expect("it was there");
    b.clock.pass(SECOND);
    let stored = now.open_write(&path("f"), WriteMode::Create);
    assert_eq!((fault(stored), b.counts()), (Fault::WouldWait, 1));
    b.put("f", 10).expect("room, since the other file is gone");
    b.agrees(10, 1);
}

/// The file that an upload replaces is removed meanwhile, so its bytes are no longer available.
#[test]
fn a_replaced_file_that_is_taken_away_leaves_its_room() {
    let b = bench(100, 2);
    b.put("f", 90).expect("room");
    b.clock.pass(SECOND);
    let mut file = b.open("f", WriteMode::Create);
    file.write(&[1; 50]).expect("its room");
    b.take_away("f");
    file.write(&[1; 30]).expect("its room");
    file.commit().expect("it fits, now that the other file is gone");
    b.agrees(80, 1);
    assert_eq!(b.counts(), 2);
}

#[test]
fn what_is_given_up_leaves_nothing_of_earlier_uploads() {
    let b = bench(100, 5);
    let mut file = b.open("f", WriteMode::Create);
    file.write(&[1; 40]).expect("room");
    assert_eq!(file.keep_part().expect("kept").len, 40);
    let mut file = b.open("f", WriteMode::Resume { offset: 40 });
    file.write(&[1; 10]).expect("room");
    assert_eq!(file.give_up().expect("removed").len, 0);
    b.check(0, 0);
    // In a finished file, only the new data is removed again.
    b.put("f", 30).expect("room");
    let mut file = b.open("f", WriteMode::Append);
    file.write(&[1; 10]).expect("room");
    assert_eq!(file.give_up().expect("removed").len, 30);
    b.check(30, 1);
}
