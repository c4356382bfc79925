//! Contract: creating, removing and renaming, and changing the attributes of a file.

use packetboat_codes::Fault;
use packetboat_store::{
    Existing, Group, Kind, Progress, Storage, Time, Times, VirtualPath, WriteMode,
};

use crate::tools::{break_off, fault, get, names, open, path, put};

pub(crate) fn directories_are_made_and_removed(storage: &dyn Storage) {
    storage.make_directory(&path("d")).expect("created");
    storage.make_directory(&path("d/e")).expect("created");
    put(storage, "f", b"");
    assert_eq!(fault(storage.make_directory(&path("d"))), Fault::AlreadyExists);
    assert_eq!(fault(storage.make_directory(&path("f"))), Fault::AlreadyExists);
    assert_eq!(fault(storage.make_directory(&path("x/y"))), Fault::ParentNotFound);
    assert_eq!(fault(storage.make_directory(&path("f/y"))), Fault::NotADirectory);
    assert_eq!(fault(storage.remove_directory(&path("d"))), Fault::DirectoryNotEmpty);
    assert_eq!(fault(storage.remove_directory(&path("f"))), Fault::NotADirectory);
    assert_eq!(fault(storage.remove_directory(&path("x"))), Fault::NotFound);
    storage.remove_directory(&path("d/e")).expect("removed");
    storage.remove_directory(&path("d")).expect("removed");
    assert_eq!(names(storage, "/"), ["f"]);
}

pub(crate) fn files_are_removed(storage: &dyn Storage) {
    storage.make_directory(&path("d")).expect("created");
    put(storage, "d/f", b"x");
    assert_eq!(fault(storage.remove_file(&path("d"))), Fault::IsADirectory);
    assert_eq!(fault(storage.remove_file(&path("x"))), Fault::NotFound);
    assert_eq!(fault(storage.remove_file(&path("x/y"))), Fault::NotFound);
    let open = storage.open_read(&path("d/f")).expect("opened");
    storage.remove_file(&path("d/f")).expect("removed");
    assert_eq!(fault(storage.remove_file(&path("d/f"))), Fault::NotFound);
    // A reader that has the file open can go on reading.
    assert_eq!(open.read_at(0, &mut [0; 4]).expect("read"), 1);
}

pub(crate) fn renames_move_and_replace(storage: &dyn Storage) {
    storage.make_directory(&path("d")).expect("created");
    put(storage, "d/f", b"moved");
    put(storage, "old", b"old");
    storage.rename(&path("d/f"), &path("new"), Existing::Replace).expect("renamed");
    storage.rename(&path("new"), &path("old"), Existing::Replace).expect("replaced");
    storage
        .rename(&path("old"), &path("old"), Existing::Replace)
        .expect("renaming to the same name does nothing");
    storage.rename(&path("d"), &path("e"), Existing::Replace).expect("a directory moves");
    assert_eq!(names(storage, "/"), ["e", "old"]);
    assert_eq!(get(storage, "old"), b"moved");
}

/// If only files may be replaced, no directory is removed, whatever takes its name.
pub(crate) fn renames_over_files_leave_directories(storage: &dyn Storage) {
    for name in ["d", "empty"] {
        storage.make_directory(&path(name)).expect("created");
    }
    put(storage, "f", b"new");
    put(storage, "old", b"old");
    let rename = |from, to| storage.rename(&path(from), &path(to), Existing::ReplaceFile);
    assert_eq!(fault(rename("d", "empty")), Fault::AlreadyExists);
    assert_eq!(fault(rename("f", "empty")), Fault::AlreadyExists);
    assert_eq!(fault(rename("d", "f")), Fault::AlreadyExists);
    rename("f", "old").expect("replaced");
    rename("d", "moved").expect("nothing has the name");
    assert_eq!(names(storage, "/"), ["empty", "moved", "old"]);
    assert_eq!(get(storage, "old"), b"new");
}

pub(crate) fn renames_have_their_faults(storage: &dyn Storage) {
    storage.make_directory(&path("d")).expect("created");
    storage.make_directory(&path("full")).expect("created");
    put(storage, "full/f", b"x");
    put(storage, "f", b"x");
    let rename = |from, to| fault(storage.rename(&path(from), &path(to), Existing::Replace));
    assert_eq!(rename("x", "y"), Fault::NotFound);
    assert_eq!(rename("f", "x/y"), Fault::ParentNotFound);
    assert_eq!(rename("f", "d"), Fault::AlreadyExists);
    assert_eq!(rename("d", "f"), Fault::AlreadyExists);
    assert_eq!(rename("d", "full"), Fault::DirectoryNotEmpty);
    assert_eq!(rename("d", "d/inside"), Fault::IntoItself);
    assert_eq!(rename("f", ".f.part-packetboat"), Fault::NameReserved);
    assert_eq!(names(storage, "/"), ["d", "f", "full"]);
}

pub(crate) fn the_root_stays(storage: &dyn Storage) {
    let root = VirtualPath::root();
    put(storage, "f", b"x");
    assert_eq!(fault(storage.remove_directory(&root)), Fault::Root);
    assert_eq!(fault(storage.remove_file(&root)), Fault::IsADirectory);
    assert_eq!(fault(storage.make_directory(&root)), Fault::AlreadyExists);
    assert_eq!(fault(storage.rename(&root, &path("x"), Existing::Replace)), Fault::Root);
    assert_eq!(fault(storage.rename(&path("f"), &root, Existing::Replace)), Fault::Root);
    let before = storage.stat(&root).expect("it exists");
    if storage.capabilities().set_mode {
        assert_eq!(fault(storage.set_mode(&root, 0)), Fault::Root);
    }
    if storage.capabilities().set_group {
        assert_eq!(fault(storage.set_group(&root, &Group::Number(0))), Fault::Root);
    }
    assert_eq!(storage.stat(&root).expect("it exists").mode, before.mode);
    assert_eq!(names(storage, "/"), ["f"]);
}

pub(crate) fn times_are_set(storage: &dyn Storage) {
    put(storage, "f", b"x");
    let time = Time { seconds: 1_000_000_000, nanoseconds: 7 };
    let times = Times { modified: Some(time), ..Times::default() };
    let set = storage.set_times(&path("f"), &times);
    if !storage.capabilities().set_times {
        return assert_eq!(fault(set), Fault::Unsupported);
    }
    set.expect("set");
    assert_eq!(storage.stat(&path("f")).expect("it exists").modified, 1_000_000_000);
    assert_eq!(fault(storage.set_times(&path("x"), &times)), Fault::NotFound);
    // Setting only the other time leaves this one unchanged.
    let accessed = Times { accessed: Some(Time::default()), ..Times::default() };
    storage.set_times(&path("f"), &accessed).expect("set");
    assert_eq!(storage.stat(&path("f")).expect("it exists").modified, 1_000_000_000);
    let created = storage.set_times(&path("f"), &Times { created: Some(time), ..accessed });
    match storage.capabilities().set_created {
        true => created.expect("set"),
        false => assert_eq!(fault(created), Fault::Unsupported),
    }
}

pub(crate) fn modes_are_set(storage: &dyn Storage) {
    put(storage, "f", b"x");
    let set = storage.set_mode(&path("f"), 0o600);
    if !storage.capabilities().set_mode {
        return assert_eq!(fault(set), Fault::Unsupported);
    }
    set.expect("set");
    assert_eq!(storage.stat(&path("f")).expect("it exists").mode, 0o600);
    // Permissions can be given back to a file that nobody may read.
    storage.set_mode(&path("f"), 0).expect("set");
    storage.set_mode(&path("f"), 0o640).expect("set");
    assert_eq!(storage.stat(&path("f")).expect("it exists").mode, 0o640);
    // A file that replaces another one gets its permissions.
    put(storage, "f", b"new");
    assert_eq!(storage.stat(&path("f")).expect("it exists").mode, 0o640);
    assert_eq!(fault(storage.set_mode(&path("x"), 0o600)), Fault::NotFound);
}

pub(crate) fn free_space_is_told_of_any_path(storage: &dyn Storage) {
    put(storage, "f", b"x");
    for name in ["/", "f", "not-yet"] {
        assert_ne!(storage.free_space(&path(name)).expect("known"), Some(0), "{name}");
    }
}

pub(crate) fn groups_are_set(storage: &dyn Storage) {
    put(storage, "f", b"x");
    let own = storage.stat(&path("f")).expect("it exists").gid;
    let set = storage.set_group(&path("f"), &Group::Number(own));
    if !storage.capabilities().set_group {
        return assert_eq!(fault(set), Fault::Unsupported);
    }
    set.expect("its own group can be set by anyone");
    assert_eq!(storage.stat(&path("f")).expect("it exists").gid, own);
    for nobody in [Group::Name(b"no such group".to_vec()), Group::Number(u32::MAX)] {
        assert_eq!(fault(storage.set_group(&path("f"), &nobody)), Fault::NoSuchGroup);
    }
    assert_eq!(fault(storage.set_group(&path("x"), &Group::Number(own))), Fault::NotFound);
}

pub(crate) fn renames_can_be_told_to_keep_what_is_there(storage: &dyn Storage) {
    storage.make_directory(&path("d")).expect("created");
    put(storage, "f", b"moved");
    put(storage, "g", b"kept");
    for to in ["g", "d"] {
        let renamed = storage.rename(&path("f"), &path(to), Existing::Keep);
        assert_eq!(fault(renamed), Fault::AlreadyExists);
    }
    storage.rename(&path("f"), &path("d/h"), Existing::Keep).expect("renamed");
    storage.rename(&path("d"), &path("e"), Existing::Keep).expect("a directory moves");
    assert_eq!((names(storage, "/"), names(storage, "e")), (strings(["e", "g"]), strings(["h"])));
    assert_eq!(get(storage, "g"), b"kept");
}

fn strings<const N: usize>(words: [&str; N]) -> Vec<String> {
    words.map(str::to_owned).to_vec()
}

pub(crate) fn links_are_made_to_what_is_there(storage: &dyn Storage) {
    storage.make_directory(&path("a")).expect("created");
    storage.make_directory(&path("a/b")).expect("created");
    put(storage, "a/f", b"far");
    let made = storage.make_link(&path("a/f"), &path("a/b/l"));
    if !storage.capabilities().links {
        return assert_eq!(fault(made), Fault::Unsupported);
    }
    made.expect("linked");
    assert_eq!(storage.stat_link(&path("a/b/l")).expect("a link").kind, Kind::Symlink);
    assert_eq!(get(storage, "a/b/l"), b"far");
    // Through a link, the directory has a second path. The new link must be correct relative to the
    // real one.
    storage.make_link(&path("a/b"), &path("short")).expect("linked");
    storage.make_link(&path("a/f"), &path("short/m")).expect("linked");
    assert_eq!(get(storage, "a/b/m"), b"far");
    storage.make_link(&path("/"), &path("a/b/up")).expect("linked");
    assert_eq!(get(storage, "a/b/up/a/f"), b"far");
    let link = |target, link| fault(storage.make_link(&path(target), &path(link)));
    assert_eq!(link("none", "l"), Fault::NotFound);
    assert_eq!(link("a/f", "a/b"), Fault::AlreadyExists);
    assert_eq!(link("a/f", "none/l"), Fault::ParentNotFound);
    assert_eq!(link("a/f", ".l.part-packetboat"), Fault::NameReserved);
}

pub(crate) fn trees_are_measured_and_removed(storage: &dyn Storage) {
    for directory in ["t", "t/a", "t/a/b", "t/empty"] {
        storage.make_directory(&path(directory)).expect("created");
    }
    put(storage, "t/one", b"1");
    put(storage, "t/a/b/seven", b"1234567");
    put(storage, "beside", b"stays");
    break_off(open(storage, "t/a/broken", WriteMode::Create), b"part");
    let progress = Progress::default();
    assert_eq!(storage.tree_len(&path("t"), &progress).expect("measured"), 8);
    assert_eq!(progress.done(), 5);
    assert_eq!(fault(storage.tree_len(&path("beside"), &progress)), Fault::NotADirectory);
    assert_eq!(fault(storage.remove_tree(&path("beside"), &progress)), Fault::NotADirectory);
    assert_eq!(fault(storage.remove_tree(&path("none"), &progress)), Fault::NotFound);
    assert_eq!(fault(storage.remove_tree(&path("/"), &progress)), Fault::Root);
    let progress = Progress::default();
    storage.remove_tree(&path("t"), &progress).expect("removed");
    assert_eq!(progress.done(), 7);
    assert_eq!(names(storage, "/"), ["beside"]);
}

/// An upload that began a moment ago may have no part yet; one that received more data has.
pub(crate) fn an_upload_under_way_outlives_the_removal_of_its_tree(storage: &dyn Storage) {
    for directory in ["t", "t/a"] {
        storage.make_directory(&path(directory)).expect("created");
    }
    let mut file = open(storage, "t/a/f", WriteMode::Create);
    let progress = Progress::default();
    for piece in ["one ", "two ", "three"] {
        file.write(piece.as_bytes()).expect("written");
        let error = storage.remove_tree(&path("t"), &progress).expect_err("it is written to");
        assert_eq!(error.fault(), Fault::Busy, "{piece}");
        // The error names the file once it has a part, and the directory before that.
        assert!(
            ["/t/a", "/t/a/f"].contains(&&*error.path().expect("named").to_string()),
            "{error}"
        );
    }
    let error = storage.remove_tree(&path("t"), &progress).expect_err("it is written to");
    assert_eq!(error.path(), Some(&path("t/a/f")));
    file.commit().expect("committed");
    assert_eq!(get(storage, "t/a/f"), b"one two three");
    storage.remove_tree(&path("t"), &progress).expect("removed");
    assert!(names(storage, "/").is_empty());
}

pub(crate) fn work_on_trees_stops_when_told(storage: &dyn Storage) {
    storage.make_directory(&path("t")).expect("created");
    for name in 0..10 {
        put(storage, &format!("t/{name}"), b"x");
    }
    let progress = Progress::default();
    progress.stop();
    assert_eq!(fault(storage.tree_len(&path("t"), &progress)), Fault::Stopped);
    assert_eq!(fault(storage.remove_tree(&path("t"), &progress)), Fault::Stopped);
    // It stops at its next step, and keeps the rest.
    assert!(names(storage, "t").len() >= 9);
    let stopped = storage.copy(&path("t/9"), &path("copy"), Existing::Replace, &progress);
    assert_eq!(stopped.err().map(|e| e.fault()), Some(Fault::Stopped));
    assert_eq!(names(storage, "/"), ["t"]);
    assert_eq!(storage.part_len(&path("copy")).expect("looked up"), None);
}

pub(crate) fn very_deep_trees_are_removed(storage: &dyn Storage) {
    let mut deep = VirtualPath::root();
    for _ in 0..300 {
        deep = deep.join(b"d").expect("a path");
        storage.make_directory(&deep).expect("created");
    }
    let progress = Progress::default();
    assert_eq!(fault(storage.tree_len(&path("d"), &progress)), Fault::TooDeep);
    storage.remove_tree(&path("d"), &progress).expect("removed");
    assert!(names(storage, "/").is_empty());
}
