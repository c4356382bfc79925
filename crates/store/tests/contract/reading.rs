//! Contract: describing, listing and reading.

use std::collections::BTreeMap;

use packetboat_codes::Fault;
use packetboat_store::{Detail, Kind, Storage, VirtualPath};

use crate::tools::{fault, get, names, path, put};

pub(crate) fn an_empty_storage_has_an_empty_root(storage: &dyn Storage) {
    let root = VirtualPath::root();
    assert_eq!(storage.stat(&root).expect("it exists").kind, Kind::Directory);
    assert_eq!(storage.stat_link(&root).expect("it exists").kind, Kind::Directory);
    assert!(names(storage, "/").is_empty());
    assert_eq!(fault(storage.stat(&path("x"))), Fault::NotFound);
    assert_eq!(fault(storage.stat(&path("x/y"))), Fault::NotFound);
    assert_eq!(storage.part_len(&path("x")).expect("looked up"), None);
}

pub(crate) fn files_are_read_at_any_offset(storage: &dyn Storage) {
    put(storage, "f", b"0123456789");
    let file = storage.open_read(&path("f")).expect("opened");
    assert_eq!((file.len(), file.is_empty()), (10, false));
    let mut buffer = [0; 4];
    assert_eq!(file.read_at(3, &mut buffer).expect("read"), 4);
    assert_eq!(&buffer, b"3456");
    assert_eq!(file.read_at(8, &mut buffer).expect("read"), 2);
    assert_eq!(file.read_at(10, &mut buffer).expect("read"), 0);
    assert_eq!(file.read_at(1 << 40, &mut buffer).expect("read"), 0);
}

pub(crate) fn what_is_not_a_file_is_not_opened(storage: &dyn Storage) {
    storage.make_directory(&path("d")).expect("created");
    put(storage, "f", b"data");
    for name in ["/", "d"] {
        assert_eq!(fault(storage.open_read(&path(name))), Fault::IsADirectory, "{name}");
    }
    assert_eq!(fault(storage.open_read(&path("x"))), Fault::NotFound);
    assert_eq!(fault(storage.open_read(&path("f/x"))), Fault::NotADirectory);
    assert_eq!(fault(storage.list(&path("f"), Detail::Full)), Fault::NotADirectory);
    assert_eq!(fault(storage.list(&path("x"), Detail::Full)), Fault::NotFound);
}

pub(crate) fn listings_tell_each_entry_once(storage: &dyn Storage) {
    storage.make_directory(&path("d")).expect("created");
    storage.make_directory(&path("d/sub")).expect("created");
    put(storage, "d/one", b"1");
    put(storage, "d/seven", b"1234567");
    assert_eq!(names(storage, "d"), ["one", "seven", "sub"]);

    let mut listing = storage.list(&path("d"), Detail::Full).expect("listed");
    let mut seen = BTreeMap::new();
    while let Some(entry) = listing.next().expect("the next entry") {
        let metadata = *entry.metadata.expect("all details were asked for");
        assert!(entry.target.is_none());
        assert!(seen.insert(entry.name.to_vec(), metadata).is_none());
    }
    assert!(listing.next().expect("the listing stays at its end").is_none());
    assert_eq!(seen[b"one".as_slice()].len, 1);
    assert_eq!(seen[b"seven".as_slice()].len, 7);
    assert_eq!(seen[b"seven".as_slice()].kind, Kind::File);
    assert_eq!(seen[b"sub".as_slice()].kind, Kind::Directory);
    let looked_up = storage.stat(&path("d/seven")).expect("it exists");
    assert_eq!(seen[b"seven".as_slice()], looked_up);
    assert_ne!(seen[b"one".as_slice()].unique, looked_up.unique);
}

pub(crate) fn listings_stream_through_many_entries(storage: &dyn Storage) {
    // More than one batch for any backend: long names fill it early.
    let expected: Vec<String> = (0..2_000).map(|n| format!("{n:0>120}")).collect();
    for name in &expected {
        put(storage, name, b"");
    }
    assert_eq!(names(storage, "/"), expected);
    let mut listing = storage.list(&VirtualPath::root(), Detail::Full).expect("listed");
    let mut count = 0;
    while let Some(entry) = listing.next().expect("the next entry") {
        assert_eq!(entry.metadata.map(|metadata| metadata.kind), Some(Kind::File));
        count += 1;
    }
    assert_eq!(count, expected.len());
}

pub(crate) fn names_of_any_bytes_survive(storage: &dyn Storage) {
    for name in [b"with space".as_slice(), b"\xff\xfe", b" ", b"-rf", b"...", b"\x1b[2J", b"a\\b"] {
        let path = path(name);
        let mode = packetboat_store::WriteMode::Create;
        let file = storage.open_write(&path, mode).expect("opened");
        crate::tools::finish(file, name);
        let mut listing = storage.list(&VirtualPath::root(), Detail::Names).expect("listed");
        assert_eq!(
            listing.next().expect("the next entry").map(|e| e.name.to_vec()),
            Some(name.into())
        );
        assert!(listing.next().expect("the next entry").is_none());
        storage.remove_file(&path).expect("removed");
    }
    put(storage, "f", b"x");
    assert_eq!(get(storage, "./f"), b"x");
}
