//! Contract: copies, holes, and cleaning up parts.

use packetboat_codes::Fault;
use packetboat_store::{Existing, Progress, Storage, WriteMode};

use crate::tools::{break_off, fault, finish, get, names, open, path, put};

pub(crate) fn copies_are_whole_files(storage: &dyn Storage) {
    storage.make_directory(&path("d")).expect("created");
    let data: Vec<u8> = (0..300_000_u32).map(|n| (n / 7) as u8).collect();
    put(storage, "f", &data);
    put(storage, "old", b"old");
    let progress = Progress::default();
    let copied = storage.copy(&path("f"), &path("d/g"), Existing::Keep, &progress);
    let copied = copied.expect("copied");
    assert_eq!((copied.path, copied.len, progress.done()), (path("d/g"), 300_000, 300_000));
    assert!(get(storage, "d/g") == data);
    let copy = |from, to, existing| {
        storage.copy(&path(from), &path(to), existing, &Progress::default()).map(drop)
    };
    assert_eq!(fault(copy("f", "old", Existing::Keep)), Fault::AlreadyExists);
    assert_eq!(get(storage, "old"), b"old");
    copy("f", "old", Existing::Replace).expect("replaced");
    copy("f", "f", Existing::Replace).expect("onto itself");
    assert!(get(storage, "old") == data && get(storage, "f") == data);
    assert_eq!(fault(copy("none", "x", Existing::Keep)), Fault::NotFound);
    assert_eq!(fault(copy("d", "x", Existing::Keep)), Fault::IsADirectory);
    assert_eq!(fault(copy("f", "d", Existing::Replace)), Fault::IsADirectory);
    assert_eq!(fault(copy("f", "none/x", Existing::Keep)), Fault::ParentNotFound);
    assert_eq!(fault(copy("f", ".x.part-packetboat", Existing::Keep)), Fault::NameReserved);
    assert_eq!(names(storage, "/"), ["d", "f", "old"]);
}

pub(crate) fn a_copy_of_a_private_file_is_private(storage: &dyn Storage) {
    put(storage, "f", b"secret");
    break_off(open(storage, "copy", WriteMode::Create), b"an earlier one");
    if storage.capabilities().set_mode {
        storage.set_mode(&path("f"), 0o600).expect("set");
        let progress = Progress::default();
        storage.copy(&path("f"), &path("copy"), Existing::Keep, &progress).expect("copied");
        assert_eq!(storage.stat(&path("copy")).expect("it exists").mode & 0o177, 0);
    }
}

pub(crate) fn holes_read_as_zeros_and_stay_in_copies(storage: &dyn Storage) {
    const FAR: u64 = 40 << 20;
    let mut file = open(storage, "f", WriteMode::Create);
    file.write(b"start").expect("written");
    file.skip_to(FAR).expect("skipped");
    assert_eq!(fault(file.skip_to(FAR - 1)), Fault::BadOffset);
    file.write(b"far").expect("written");
    file.sync().expect("it is on the disk");
    file.skip_to(2 * FAR).expect("skipped");
    assert_eq!((file.position(), file.commit().expect("committed").len), (2 * FAR, 2 * FAR));
    storage.copy(&path("f"), &path("g"), Existing::Keep, &Progress::default()).expect("copied");
    for name in ["f", "g"] {
        let file = storage.open_read(&path(name)).expect("opened");
        assert_eq!(file.len(), 2 * FAR);
        let mut bytes = [7; 8];
        assert_eq!(file.read_at(FAR - 4, &mut bytes).expect("read"), 8);
        assert_eq!(&bytes, b"\0\0\0\0far\0");
        // Whatever the ranges are, they contain the data that was written.
        let (mut offset, mut seen) = (0, Vec::new());
        while let Some(range) = file.next_data(offset).expect("looked up") {
            assert!(range.start >= offset && range.end > range.start && range.end <= 2 * FAR);
            offset = range.end;
            seen.push(range);
        }
        for written in [0..5, FAR..FAR + 3] {
            let holds = seen.iter().any(|r| r.start <= written.start && r.end >= written.end);
            assert!(holds, "{name}: {written:?} in {seen:?}");
        }
        assert_eq!(file.next_data(2 * FAR).expect("looked up"), None);
    }
}

pub(crate) fn new_files_replace_nothing(storage: &dyn Storage) {
    put(storage, "f", b"old");
    assert_eq!(fault(storage.open_write(&path("f"), WriteMode::New)), Fault::AlreadyExists);
    finish(open(storage, "g", WriteMode::New), b"new");
    assert_eq!(get(storage, "g"), b"new");
    // The name was taken while the file was written: the data is kept beside it.
    let mut late = open(storage, "h", WriteMode::New);
    late.write(b"late").expect("written");
    storage.rename(&path("f"), &path("h"), Existing::Keep).expect("renamed");
    assert_eq!(fault(late.commit()), Fault::AlreadyExists);
    assert_eq!(get(storage, "h"), b"old");
}

pub(crate) fn what_is_discarded_was_never_there(storage: &dyn Storage) {
    put(storage, "f", b"old");
    for mode in [WriteMode::Create, WriteMode::Append, WriteMode::Unique] {
        let mut file = open(storage, "f", mode);
        file.write(b"something else").expect("written");
        file.discard().expect("undone");
        assert_eq!(get(storage, "f"), b"old", "{mode:?}");
    }
    let mut file = open(storage, "new", WriteMode::New);
    file.write(b"x").expect("written");
    file.discard().expect("undone");
    assert_eq!(storage.part_len(&path("new")).expect("looked up"), None);
    assert_eq!(names(storage, "/"), ["f"]);
}

pub(crate) fn parts_are_not_listed(storage: &dyn Storage) {
    storage.make_directory(&path("d")).expect("created");
    put(storage, "d/f", b"x");
    break_off(open(storage, "d/broken", WriteMode::Create), b"part");
    let running = open(storage, "d/running", WriteMode::Create);
    assert_eq!(names(storage, "d"), ["f"]);
    drop(running);
}

pub(crate) fn deleting_a_name_that_only_a_part_has_deletes_the_part(storage: &dyn Storage) {
    if break_off(open(storage, "f", WriteMode::Create), b"part") == 0 {
        return assert!(!storage.capabilities().resume);
    }
    let running = storage.open_write(&path("f"), WriteMode::Append).expect("opened");
    assert_eq!(fault(storage.remove_file(&path("f"))), Fault::Busy);
    drop(running);
    storage.remove_file(&path("f")).expect("the part is removed");
    assert_eq!(storage.part_len(&path("f")).expect("looked up"), None);
    assert_eq!(fault(storage.remove_file(&path("f"))), Fault::NotFound);
}

pub(crate) fn parts_do_not_keep_a_directory_from_being_removed(storage: &dyn Storage) {
    storage.make_directory(&path("d")).expect("created");
    break_off(open(storage, "d/broken", WriteMode::Create), b"part");
    put(storage, "d/f", b"x");
    assert_eq!(fault(storage.remove_directory(&path("d"))), Fault::DirectoryNotEmpty);
    storage.remove_file(&path("d/f")).expect("removed");
    let running = open(storage, "d/broken", WriteMode::Append);
    if running.position() > 0 {
        assert_eq!(fault(storage.remove_directory(&path("d"))), Fault::Busy);
    }
    drop(running);
    storage.remove_directory(&path("d")).expect("removed");
    assert!(names(storage, "/").is_empty());
}
