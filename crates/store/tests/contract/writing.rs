//! Contract: uploads that are complete, interrupted, resumed, appended or unique.

use packetboat_codes::Fault;
use packetboat_store::WriteMode::{Append, Create, Resume, ResumeNew, Unique};
use packetboat_store::{Existing, Storage, VirtualPath};

use crate::tools::{break_off, fault, finish, get, names, open, path, put};

pub(crate) fn a_file_appears_when_it_is_committed(storage: &dyn Storage) {
    let mut file = open(storage, "f", Create);
    assert_eq!(file.path(), &path("f"));
    file.write(b"two ").expect("written");
    file.write(b"pieces").expect("written");
    assert_eq!(file.position(), 10);
    assert_eq!(fault(storage.stat(&path("f"))), Fault::NotFound);
    let committed = file.commit().expect("committed");
    assert_eq!((committed.path, committed.len), (path("f"), 10));
    assert_eq!(get(storage, "f"), b"two pieces");
    assert_eq!(names(storage, "/"), ["f"]);
}

pub(crate) fn readers_of_a_replaced_file_keep_the_old_one(storage: &dyn Storage) {
    put(storage, "f", b"the old one");
    let old = storage.open_read(&path("f")).expect("opened");
    let mut new = open(storage, "f", Create);
    new.write(b"new").expect("written");
    assert_eq!(get(storage, "f"), b"the old one");
    new.commit().expect("committed");
    let mut buffer = [0; 16];
    assert_eq!(old.read_at(0, &mut buffer).expect("read"), 11);
    assert_eq!(&buffer[..11], b"the old one");
    assert_eq!(get(storage, "f"), b"new");
}

pub(crate) fn an_empty_file_is_a_file(storage: &dyn Storage) {
    put(storage, "f", b"");
    assert_eq!(storage.stat(&path("f")).expect("it exists").len, 0);
}

pub(crate) fn creation_has_its_faults(storage: &dyn Storage) {
    storage.make_directory(&path("d")).expect("created");
    put(storage, "f", b"x");
    for mode in [Create, Append, Resume { offset: 1 }] {
        let open = |name| fault(storage.open_write(&path(name), mode));
        assert_eq!(open("/"), Fault::IsADirectory);
        assert_eq!(open("d"), Fault::IsADirectory);
        assert_eq!(open("x/y"), Fault::ParentNotFound);
        assert_eq!(open("f/y"), Fault::NotADirectory);
    }
    assert_eq!(fault(storage.open_write(&path("x/y"), Unique)), Fault::ParentNotFound);
    assert_eq!(names(storage, "/"), ["d", "f"]);
}

pub(crate) fn a_broken_upload_is_resumed_where_no_file_may_be_replaced(storage: &dyn Storage) {
    let resume = |offset| storage.open_write(&path("f"), ResumeNew { offset });
    assert_eq!(fault(resume(4)), Fault::BadOffset);
    assert_eq!(break_off(open(storage, "f", ResumeNew { offset: 0 }), b"two "), 4);
    assert_eq!(fault(resume(5)), Fault::BadOffset);
    finish(resume(4).expect("opened"), b"pieces");
    assert_eq!(get(storage, "f"), b"two pieces");
    assert_eq!(fault(resume(0)), Fault::AlreadyExists);
    assert_eq!(fault(resume(10)), Fault::AlreadyExists);
    // A file of that name that appears meanwhile is kept.
    break_off(open(storage, "g", Create), b"old ");
    let mut late = open(storage, "g", ResumeNew { offset: 4 });
    late.write(b"new").expect("written");
    storage.rename(&path("f"), &path("g"), Existing::Keep).expect("renamed");
    assert_eq!(fault(late.commit()), Fault::AlreadyExists);
    assert_eq!(get(storage, "g"), b"two pieces");
}

pub(crate) fn one_writer_at_a_time(storage: &dyn Storage) {
    let first = open(storage, "f", Create);
    assert_eq!(fault(storage.open_write(&path("f"), Create)), Fault::Busy);
    let other = open(storage, "g", Create);
    assert_eq!(finish(first, b"first"), 5);
    assert_eq!(finish(open(storage, "f", Create), b"second"), 6);
    finish(other, b"");
    if storage.capabilities().append {
        let first = open(storage, "f", Append);
        assert_eq!(fault(storage.open_write(&path("f"), Append)), Fault::Busy);
        assert_eq!(finish(first, b" time"), 11);
        assert_eq!(get(storage, "f"), b"second time");
    }
}

pub(crate) fn a_broken_upload_is_kept_and_resumed(storage: &dyn Storage) {
    if !storage.capabilities().resume {
        let resumed = storage.open_write(&path("f"), Resume { offset: 1 });
        return assert_eq!(fault(resumed), Fault::Unsupported);
    }
    assert_eq!(break_off(open(storage, "f", Create), b"0123456789"), 10);
    assert_eq!(fault(storage.stat(&path("f"))), Fault::NotFound);
    assert_eq!(storage.part_len(&path("f")).expect("looked up"), Some(10));
    // An offset before the end: the data after it is sent again.
    let file = open(storage, "f", Resume { offset: 8 });
    assert_eq!(file.position(), 8);
    assert_eq!(finish(file, b"abc"), 11);
    assert_eq!(get(storage, "f"), b"01234567abc");
    assert_eq!(names(storage, "/"), ["f"]);
    assert_eq!(storage.part_len(&path("f")).expect("looked up"), None);
    // Resuming the part of an existing file replaces that file as a whole.
    assert_eq!(break_off(open(storage, "f", Create), b"new"), 3);
    assert_eq!(get(storage, "f"), b"01234567abc");
    finish(open(storage, "f", Resume { offset: 3 }), b"er");
    assert_eq!(get(storage, "f"), b"newer");
}

pub(crate) fn an_upload_dropped_is_kept_too(storage: &dyn Storage) {
    if !storage.capabilities().resume {
        return;
    }
    let mut file = open(storage, "f", Create);
    file.write(b"half").expect("written");
    drop(file);
    assert_eq!(storage.part_len(&path("f")).expect("looked up"), Some(4));
    let part = storage.open_part(&path("f")).expect("looked up").expect("a part");
    let mut bytes = [0; 5];
    assert_eq!((part.len(), part.read_at(0, &mut bytes).expect("read")), (4, 4));
    assert_eq!(bytes, *b"half\0");
    // If the file exists and there is no part, the file itself is continued.
    finish(open(storage, "g", Create), b"whole");
    assert!(storage.open_part(&path("g")).expect("looked up").is_none());
}

pub(crate) fn an_empty_part_is_not_kept(storage: &dyn Storage) {
    assert_eq!(break_off(open(storage, "f", Create), b""), 0);
    drop(open(storage, "f", Create));
    assert!(names(storage, "/").is_empty());
    assert_eq!(storage.part_len(&path("f")).expect("looked up"), None);
}

pub(crate) fn a_fresh_upload_starts_anew(storage: &dyn Storage) {
    break_off(open(storage, "f", Create), b"a long beginning");
    finish(open(storage, "f", Create), b"short");
    assert_eq!(get(storage, "f"), b"short");
    break_off(open(storage, "g", Create), b"a long beginning");
    finish(open(storage, "g", Resume { offset: 0 }), b"short");
    assert_eq!(get(storage, "g"), b"short");
    assert_eq!(names(storage, "/"), ["f", "g"]);
}

pub(crate) fn offsets_past_the_end_are_told_the_length(storage: &dyn Storage) {
    if !storage.capabilities().resume {
        return;
    }
    let length_at_9 = |name| {
        let opened = storage.open_write(&path(name), Resume { offset: 9 });
        let error = opened.err().expect("9 is too much");
        assert_eq!(error.fault(), Fault::BadOffset);
        error.length()
    };
    assert_eq!(length_at_9("f"), Some(0));
    break_off(open(storage, "f", Create), b"part");
    assert_eq!(length_at_9("f"), Some(4));
    assert_eq!(storage.part_len(&path("f")).expect("looked up"), Some(4));
    put(storage, "g", b"whole");
    assert_eq!(length_at_9("g"), Some(5));
    assert_eq!(get(storage, "g"), b"whole");
}

pub(crate) fn a_finished_file_is_resumed_in_place(storage: &dyn Storage) {
    if !storage.capabilities().resume {
        return;
    }
    put(storage, "f", b"0123456789");
    let mut file = open(storage, "f", Resume { offset: 4 });
    file.write(b"ab").expect("written");
    assert_eq!(fault(storage.open_write(&path("f"), Resume { offset: 4 })), Fault::Busy);
    assert_eq!(file.commit().expect("committed").len, 6);
    assert_eq!(get(storage, "f"), b"0123ab");
    // After an interruption the file ends with the last byte received, so its length is the offset
    // to resume at.
    assert_eq!(break_off(open(storage, "f", Resume { offset: 1 }), b"xy"), 3);
    assert_eq!(get(storage, "f"), b"0xy");
    assert_eq!(names(storage, "/"), ["f"]);
}

pub(crate) fn a_resumption_without_data_changes_nothing(storage: &dyn Storage) {
    if !storage.capabilities().resume {
        return;
    }
    put(storage, "f", b"0123456789");
    assert_eq!(break_off(open(storage, "f", Resume { offset: 4 }), b""), 10);
    drop(open(storage, "f", Resume { offset: 4 }));
    assert_eq!(get(storage, "f"), b"0123456789");
}

pub(crate) fn data_are_appended(storage: &dyn Storage) {
    if !storage.capabilities().append {
        return assert_eq!(fault(storage.open_write(&path("f"), Append)), Fault::Unsupported);
    }
    assert_eq!(finish(open(storage, "f", Append), b"one"), 3);
    let file = open(storage, "f", Append);
    assert_eq!(file.position(), 3);
    assert_eq!(finish(file, b" two"), 7);
    assert_eq!(break_off(open(storage, "f", Append), b" three"), 13);
    assert_eq!(get(storage, "f"), b"one two three");
    assert_eq!(names(storage, "/"), ["f"]);
}

pub(crate) fn an_appended_upload_goes_on_in_its_part(storage: &dyn Storage) {
    if !storage.capabilities().append || !storage.capabilities().resume {
        return;
    }
    break_off(open(storage, "f", Create), b"begun");
    assert_eq!(break_off(open(storage, "f", Append), b", going on"), 15);
    assert_eq!(fault(storage.stat(&path("f"))), Fault::NotFound);
    finish(open(storage, "f", Append), b", done");
    assert_eq!(get(storage, "f"), b"begun, going on, done");
}

pub(crate) fn unique_names_are_new(storage: &dyn Storage) {
    let first = open(storage, "f", Unique);
    let second = open(storage, "f", Unique);
    assert_eq!(first.path(), &path("f"));
    let second_path = second.path().clone();
    assert!(second_path.as_bytes().starts_with(b"/f."), "{second_path}");
    finish(first, b"first");
    finish(second, b"second");
    finish(open(storage, "f", Unique), b"third");
    assert_eq!(get(storage, "f"), b"first");
    assert_eq!(names(storage, "/").len(), 3);

    // STOU without a name: the file is created in the given directory.
    storage.make_directory(&path("d")).expect("created");
    let file = open(storage, "d", Unique);
    assert_eq!(file.path().parent(), Some(path("d")));
    finish(file, b"x");
    let file = storage.open_write(&VirtualPath::root(), Unique).expect("opened");
    assert_eq!(file.path().parent(), Some(VirtualPath::root()));
    assert_eq!(break_off(file, b""), 0);
    assert_eq!((names(storage, "d").len(), names(storage, "/").len()), (1, 4));

    let longest = "n".repeat(255);
    put(storage, &longest, b"");
    assert_ne!(open(storage, &longest, Unique).path(), &path(&longest));
}

pub(crate) fn a_unique_name_taken_meanwhile_is_not_replaced(storage: &dyn Storage) {
    put(storage, "other", b"mine");
    let mut file = open(storage, "f", Unique);
    file.write(b"late").expect("written");
    storage.rename(&path("other"), &path("f"), Existing::Replace).expect("it is renamed");
    assert_eq!(fault(file.commit()), Fault::AlreadyExists);
    assert_eq!(get(storage, "f"), b"mine");
}

pub(crate) fn names_of_parts_are_reserved(storage: &dyn Storage) {
    for mode in [Create, Append, Unique] {
        let opened = storage.open_write(&path(".f.part-packetboat"), mode);
        assert_eq!(fault(opened), Fault::NameReserved);
    }
}

pub(crate) fn the_longest_name_works(storage: &dyn Storage) {
    for length in [237, 238, 255] {
        let name = "n".repeat(length);
        break_off(open(storage, &name, Create), b"begun");
        finish(open(storage, &name, Append), b", done");
        assert_eq!(get(storage, &name), b"begun, done");
        storage.remove_file(&path(&name)).expect("removed");
    }
    assert!(names(storage, "/").is_empty());
}

pub(crate) fn holes_read_as_zeros(storage: &dyn Storage) {
    let mut file = open(storage, "f", Create);
    file.write(b"start").expect("written");
    file.skip_to(1 << 20).expect("skipped");
    assert_eq!(fault(file.skip_to(9)), Fault::BadOffset);
    file.write(b"middle").expect("written");
    file.sync().expect("it reaches the disk");
    file.skip_to(2 << 20).expect("it skips to the end");
    assert_eq!(file.commit().expect("committed").len, 2 << 20);

    let bytes = get(storage, "f");
    assert_eq!(bytes.len(), 2 << 20);
    assert_eq!((&bytes[..5], &bytes[1 << 20..][..6]), (&b"start"[..], &b"middle"[..]));
    assert_eq!(bytes.iter().filter(|byte| **byte != 0).count(), 11);

    // A storage may report more data than was written around it, but must not miss any.
    let file = storage.open_read(&path("f")).expect("opened");
    let (mut offset, mut found) = (0, Vec::new());
    while let Some(data) = file.next_data(offset).expect("it tells") {
        assert!(data.start >= offset && data.end > data.start && data.end <= 2 << 20, "{data:?}");
        offset = data.end;
        found.push(data);
    }
    for at in [0, 4, 1 << 20, (1 << 20) + 5] {
        assert!(found.iter().any(|data| data.contains(&at)), "{at} of {found:?}");
    }
}
