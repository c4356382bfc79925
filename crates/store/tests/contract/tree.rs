//! Making, removing, renaming, and changing what is known of a file.

use packetboat_codes::Fault;
use packetboat_store::{Storage, VirtualPath};

use crate::tools::{fault, get, names, path, put};

pub(crate) fn directories_are_made_and_removed(storage: &dyn Storage) {
    storage.make_directory(&path("d")).expect("it is made");
    storage.make_directory(&path("d/e")).expect("it is made");
    put(storage, "f", b"");
    assert_eq!(fault(storage.make_directory(&path("d"))), Fault::AlreadyExists);
    assert_eq!(fault(storage.make_directory(&path("f"))), Fault::AlreadyExists);
    assert_eq!(fault(storage.make_directory(&path("x/y"))), Fault::ParentNotFound);
    assert_eq!(fault(storage.make_directory(&path("f/y"))), Fault::NotADirectory);
    assert_eq!(fault(storage.remove_directory(&path("d"))), Fault::DirectoryNotEmpty);
    assert_eq!(fault(storage.remove_directory(&path("f"))), Fault::NotADirectory);
    assert_eq!(fault(storage.remove_directory(&path("x"))), Fault::NotFound);
    storage.remove_directory(&path("d/e")).expect("it is removed");
    storage.remove_directory(&path("d")).expect("it is removed");
    assert_eq!(names(storage, "/"), ["f"]);
}

pub(crate) fn files_are_removed(storage: &dyn Storage) {
    storage.make_directory(&path("d")).expect("it is made");
    put(storage, "d/f", b"x");
    assert_eq!(fault(storage.remove_file(&path("d"))), Fault::IsADirectory);
    assert_eq!(fault(storage.remove_file(&path("x"))), Fault::NotFound);
    assert_eq!(fault(storage.remove_file(&path("x/y"))), Fault::NotFound);
    let open = storage.open_read(&path("d/f")).expect("it opens");
    storage.remove_file(&path("d/f")).expect("it is removed");
    assert_eq!(fault(storage.remove_file(&path("d/f"))), Fault::NotFound);
    // Whoever is reading it reads on.
    assert_eq!(open.read_at(0, &mut [0; 4]).expect("it reads"), 1);
}

pub(crate) fn renames_move_and_replace(storage: &dyn Storage) {
    storage.make_directory(&path("d")).expect("it is made");
    put(storage, "d/f", b"moved");
    put(storage, "old", b"old");
    storage.rename(&path("d/f"), &path("new")).expect("it moves");
    storage.rename(&path("new"), &path("old")).expect("it replaces");
    storage.rename(&path("old"), &path("old")).expect("to itself is nothing to do");
    storage.rename(&path("d"), &path("e")).expect("a directory moves");
    assert_eq!(names(storage, "/"), ["e", "old"]);
    assert_eq!(get(storage, "old"), b"moved");
}

pub(crate) fn renames_have_their_faults(storage: &dyn Storage) {
    storage.make_directory(&path("d")).expect("it is made");
    storage.make_directory(&path("full")).expect("it is made");
    put(storage, "full/f", b"x");
    put(storage, "f", b"x");
    let rename = |from, to| fault(storage.rename(&path(from), &path(to)));
    assert_eq!(rename("x", "y"), Fault::NotFound);
    assert_eq!(rename("f", "x/y"), Fault::ParentNotFound);
    assert_eq!(rename("f", "d"), Fault::AlreadyExists);
    assert_eq!(rename("d", "f"), Fault::AlreadyExists);
    assert_eq!(rename("d", "full"), Fault::DirectoryNotEmpty);
    assert_eq!(rename("d", "d/inside"), Fault::NameNotAllowed);
    assert_eq!(rename("f", ".f.part-packetboat"), Fault::NameNotAllowed);
    assert_eq!(names(storage, "/"), ["d", "f", "full"]);
}

pub(crate) fn the_root_stays(storage: &dyn Storage) {
    let root = VirtualPath::root();
    put(storage, "f", b"x");
    assert_eq!(fault(storage.remove_directory(&root)), Fault::PermissionDenied);
    assert_eq!(fault(storage.remove_file(&root)), Fault::IsADirectory);
    assert_eq!(fault(storage.make_directory(&root)), Fault::AlreadyExists);
    assert_eq!(fault(storage.rename(&root, &path("x"))), Fault::PermissionDenied);
    assert_eq!(fault(storage.rename(&path("f"), &root)), Fault::PermissionDenied);
    assert_eq!(names(storage, "/"), ["f"]);
}

pub(crate) fn times_are_set(storage: &dyn Storage) {
    put(storage, "f", b"x");
    let set = storage.set_modified(&path("f"), 1_000_000_000, 0);
    if !storage.capabilities().set_modified {
        return assert_eq!(fault(set), Fault::Unsupported);
    }
    set.expect("it is set");
    assert_eq!(storage.stat(&path("f")).expect("it is there").modified, 1_000_000_000);
    assert_eq!(fault(storage.set_modified(&path("x"), 0, 0)), Fault::NotFound);
}

pub(crate) fn modes_are_set(storage: &dyn Storage) {
    put(storage, "f", b"x");
    let set = storage.set_mode(&path("f"), 0o600);
    if !storage.capabilities().set_mode {
        return assert_eq!(fault(set), Fault::Unsupported);
    }
    set.expect("it is set");
    assert_eq!(storage.stat(&path("f")).expect("it is there").mode, 0o600);
    // A file that nobody may read can be given permissions again.
    storage.set_mode(&path("f"), 0).expect("it is set");
    storage.set_mode(&path("f"), 0o640).expect("it is set");
    assert_eq!(storage.stat(&path("f")).expect("it is there").mode, 0o640);
    // A file that replaces another takes over its permissions.
    put(storage, "f", b"new");
    assert_eq!(storage.stat(&path("f")).expect("it is there").mode, 0o640);
    assert_eq!(fault(storage.set_mode(&path("x"), 0o600)), Fault::NotFound);
}

pub(crate) fn free_space_is_told_of_any_path(storage: &dyn Storage) {
    put(storage, "f", b"x");
    for name in ["/", "f", "not-yet"] {
        assert_ne!(storage.free_space(&path(name)).expect("it is known"), Some(0), "{name}");
    }
}
