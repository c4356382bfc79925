//! Behaviour that only files on this machine show: links, FIFOs, descriptors, and other programs
//! that use the same files.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;

use packetboat_codes::Fault;
use packetboat_store::{
    Detail, Error, Existing, Kind, LocalStorage, Storage, VirtualPath, WriteFile, WriteMode,
};
use tempfile::TempDir;

fn fresh() -> (TempDir, LocalStorage) {
    let root = tempfile::tempdir().expect("a directory for the test");
    let storage = LocalStorage::open(root.path()).expect("the root can be opened");
    (root, storage)
}

fn path(bytes: &str) -> VirtualPath {
    VirtualPath::root().join(bytes.as_bytes()).expect("a path")
}

fn fault<T>(result: Result<T, Error>) -> Option<Fault> {
    result.err().map(|error| error.fault())
}

fn create(storage: &LocalStorage, name: &str) -> Box<dyn WriteFile> {
    storage.open_write(&path(name), WriteMode::Create).expect("opened")
}

#[test]
fn a_root_within_a_tree_is_found_beneath_it() {
    let (root, _) = fresh();
    fs::create_dir_all(root.path().join("homes/anna")).expect("created");
    fs::write(root.path().join("homes/anna/f"), "anna's").expect("written");
    let open = |inside| LocalStorage::open_beneath(&root.path().join("homes"), &path(inside));
    let anna = open("anna").expect("the root can be opened");
    assert_eq!(anna.stat(&path("f")).expect("it exists").len, 6);
    assert_eq!(fault(open("bert")), Some(Fault::NotFound));
    assert_eq!(fault(open("anna/f")), Some(Fault::NotADirectory));
    // A link cannot be used to choose another root.
    symlink(root.path(), root.path().join("homes/absolute")).expect("a link");
    symlink("..", root.path().join("homes/above")).expect("a link");
    assert_eq!(fault(open("absolute")), Some(Fault::OutsideRoot));
    assert_eq!(fault(open("above")), Some(Fault::OutsideRoot));
    assert_eq!(
        open("").expect("the root can be opened").stat(&path("anna")).expect("it exists").kind,
        Kind::Directory
    );
}

#[test]
fn a_root_that_is_no_directory_is_refused() {
    let (root, _) = fresh();
    fs::write(root.path().join("f"), "").expect("written");
    assert_eq!(fault(LocalStorage::open(&root.path().join("f"))), Some(Fault::NotADirectory));
    assert_eq!(fault(LocalStorage::open(&root.path().join("x"))), Some(Fault::NotFound));
}

#[test]
fn links_that_stay_inside_are_followed() {
    let (root, storage) = fresh();
    fs::create_dir_all(root.path().join("a/b")).expect("created");
    fs::write(root.path().join("a/f"), "data").expect("written");
    symlink("a/b", root.path().join("to-b")).expect("linked");
    symlink("../f", root.path().join("a/b/up")).expect("linked");
    symlink("to-b/up", root.path().join("far")).expect("linked");
    symlink("to-b/..", root.path().join("to-a")).expect("linked");
    for name in ["a/b/up", "to-b/up", "far", "to-a/f"] {
        assert_eq!(storage.open_read(&path(name)).expect("opened").len(), 4, "{name}");
        assert_eq!(storage.stat(&path(name)).expect("it exists").kind, Kind::File, "{name}");
    }
    assert_eq!(storage.stat(&path("to-a")).expect("it exists").kind, Kind::Directory);
    assert_eq!(storage.stat_link(&path("far")).expect("it exists").kind, Kind::Symlink);
    assert!(storage.list(&path("to-b"), Detail::Names).expect("listed").next().is_ok());
    assert_eq!(fault(storage.remove_directory(&path("to-b"))), Some(Fault::NotADirectory));
    assert_eq!(fault(storage.make_directory(&path("far"))), Some(Fault::AlreadyExists));
    storage.set_mode(&path("far"), 0o600).expect("set");
    let mode = fs::metadata(root.path().join("a/f")).expect("it exists").mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn an_upload_through_a_link_replaces_what_it_points_to() {
    let (root, storage) = fresh();
    fs::create_dir(root.path().join("d")).expect("created");
    fs::write(root.path().join("d/f"), "old").expect("written");
    symlink("d/f", root.path().join("link")).expect("linked");
    symlink("d/new", root.path().join("dangling")).expect("linked");
    for name in ["link", "dangling"] {
        let mut file = create(&storage, name);
        file.write(b"through").expect("written");
        assert_eq!(file.commit().expect("committed").path, path(name));
        assert!(root.path().join(name).is_symlink());
    }
    for name in ["d/f", "d/new"] {
        assert_eq!(fs::read(root.path().join(name)).expect("read"), b"through");
    }
    assert_eq!(fs::read_dir(root.path().join("d")).expect("listed").count(), 2);
}

#[test]
fn listings_show_links_and_where_they_point() {
    let (root, storage) = fresh();
    let long = "t/".repeat(1_000);
    for (target, name) in [("nowhere", "a"), (long.as_str(), "b")] {
        symlink(target, root.path().join(name)).expect("linked");
    }
    let mut listing = storage.list(&VirtualPath::root(), Detail::Full).expect("listed");
    let mut seen = Vec::new();
    while let Some(entry) = listing.next().expect("the next entry") {
        assert_eq!(entry.metadata.map(|m| m.kind), Some(Kind::Symlink));
        seen.push((entry.name.to_vec(), entry.target.expect("a target").to_vec()));
    }
    seen.sort();
    let expected =
        [(b"a".to_vec(), b"nowhere".to_vec()), (b"b".to_vec(), long.clone().into_bytes())];
    assert_eq!(seen, expected);
}

#[test]
fn fifos_and_sockets_are_refused_without_waiting() {
    let (root, storage) = fresh();
    make_fifo(&root.path().join("fifo"));
    make_fifo(&root.path().join(".f.part-packetboat"));
    let _socket =
        std::os::unix::net::UnixListener::bind(root.path().join("socket")).expect("binds");
    for name in ["fifo", "socket"] {
        assert_eq!(storage.stat(&path(name)).expect("it exists").kind, Kind::Other);
        assert_eq!(fault(storage.open_read(&path(name))), Some(Fault::NotARegularFile));
        assert_eq!(fault(storage.set_mode(&path(name), 0o600)), Some(Fault::NotARegularFile));
        for mode in [WriteMode::Create, WriteMode::Append, WriteMode::Resume { offset: 1 }] {
            assert_eq!(fault(storage.open_write(&path(name), mode)), Some(Fault::NotARegularFile));
        }
    }
    // A FIFO in the place of a part.
    assert_eq!(storage.part_len(&path("f")).expect("looked up"), None);
    assert_eq!(
        fault(storage.open_write(&path("f"), WriteMode::Create)),
        Some(Fault::NotARegularFile)
    );
}

fn make_fifo(path: &Path) {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    mknodat(CWD, path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).expect("created");
}

#[test]
fn the_kernel_can_write_and_read_through_the_descriptors() {
    let (_root, storage) = fresh();
    let mut file = create(&storage, "f");
    file.write(b"one, ").expect("written");
    let count = rustix::io::write(file.as_fd().expect("a descriptor"), b"two, ").expect("written");
    file.advance(count as u64);
    file.write(b"three").expect("written");
    assert_eq!((file.position(), file.keep_part().expect("kept").len), (15, 15));
    let mut file =
        storage.open_write(&path("f"), WriteMode::Resume { offset: 10 }).expect("opened");
    let count = rustix::io::write(file.as_fd().expect("a descriptor"), b"3").expect("written");
    file.advance(count as u64);
    assert_eq!(file.commit().expect("committed").len, 11);
    let file = storage.open_read(&path("f")).expect("opened");
    let mut data = [0; 32];
    let fd = file.as_fd().expect("a descriptor");
    let count = rustix::io::pread(fd, &mut data, 0).expect("read");
    assert_eq!(&data[..count], b"one, two, 3");
}

#[test]
fn another_program_that_holds_the_lock_is_respected() {
    let (root, storage) = fresh();
    fs::write(root.path().join("f"), "data").expect("written");
    fs::write(root.path().join(".g.part-packetboat"), "half").expect("written");
    for name in ["f", ".g.part-packetboat"] {
        let held = fs::File::open(root.path().join(name)).expect("opened");
        rustix::fs::flock(&held, rustix::fs::FlockOperation::LockExclusive).expect("it locks");
        std::mem::forget(held);
    }
    let append = |name| storage.open_write(&path(name), WriteMode::Append);
    assert_eq!(fault(append("f")), Some(Fault::Busy));
    assert_eq!(fault(append("g")), Some(Fault::Busy));
    assert_eq!(fault(storage.open_write(&path("g"), WriteMode::Create)), Some(Fault::Busy));
    // A file that is only being read or appended to can be replaced; its readers keep the old
    // version.
    assert_eq!(fault(storage.open_write(&path("f"), WriteMode::Create)), None);
    assert_eq!(fs::read(root.path().join(".g.part-packetboat")).expect("read"), b"half");
}

#[test]
fn a_file_taken_away_from_its_writer_is_told() {
    let (root, storage) = fresh();
    let mut file = create(&storage, "f");
    file.write(b"lost").expect("written");
    fs::remove_file(root.path().join(".f.part-packetboat")).expect("removed");
    fs::write(root.path().join(".f.part-packetboat"), "not ours").expect("written");
    assert_eq!(fault(file.commit()), Some(Fault::Changed));
    assert_eq!(fs::read(root.path().join(".f.part-packetboat")).expect("read"), b"not ours");
    assert!(!root.path().join("f").exists());

    fs::write(root.path().join("g"), "old").expect("written");
    let file = storage.open_write(&path("g"), WriteMode::Append).expect("opened");
    create(&storage, "g").commit().expect("committed");
    assert_eq!(fault(file.commit()), Some(Fault::Changed));
}

/// DELE of a part by its own name used to take no lock, and removed the file under a running
/// upload.
#[test]
fn a_part_that_is_being_written_is_not_deleted_by_its_own_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let storage = LocalStorage::open(folder.path()).expect("the folder");
    let upload = storage.open_write(&path("f"), WriteMode::Create).expect("an upload");
    let part = path(".f.part-packetboat");
    assert_eq!(fault(storage.remove_file(&part)), Some(Fault::Busy));
    drop(upload);
    std::fs::write(folder.path().join(".f.part-packetboat"), "left").expect("a part");
    storage.remove_file(&part).expect("nobody writes it");
    std::fs::create_dir(folder.path().join(".d.part-packetboat")).expect("a directory");
    let directory = storage.remove_file(&path(".d.part-packetboat"));
    assert_eq!(fault(directory), Some(Fault::IsADirectory));
    assert_eq!(fault(storage.remove_file(&part)), Some(Fault::NotFound));
}

/// RNFR and RNTO of a part used to take no lock either: half a file got its final name and kept
/// growing there.
#[test]
fn a_part_that_is_being_written_is_not_renamed_by_its_own_name() {
    let (root, storage) = fresh();
    let part = path(".f.part-packetboat");
    for written in [0, 1 << 20] {
        let mut upload = create(&storage, "f");
        upload.write(&vec![7; written]).expect("written");
        for existing in [Existing::Replace, Existing::ReplaceFile, Existing::Keep] {
            let renamed = storage.rename(&part, &path("g"), existing);
            assert_eq!(fault(renamed), Some(Fault::Busy), "{written} {existing:?}");
        }
        upload.commit().expect("committed");
        assert_eq!(fs::read(root.path().join("f")).expect("read").len(), written);
        assert!(!root.path().join("g").exists());
    }
    fs::write(root.path().join(".f.part-packetboat"), "left").expect("a part");
    storage.rename(&part, &path("g"), Existing::Keep).expect("nobody writes it");
    assert_eq!(fs::read(root.path().join("g")).expect("read"), b"left");
}

#[test]
fn the_part_of_a_private_file_is_private() {
    let (root, storage) = fresh();
    fs::write(root.path().join("f"), "secret").expect("written");
    for mode in [0o600, 0o755] {
        let permissions = fs::Permissions::from_mode(mode);
        fs::set_permissions(root.path().join("f"), permissions).expect("set");
        let mut file = create(&storage, "f");
        file.write(b"new").expect("written");
        let part = fs::metadata(root.path().join(".f.part-packetboat")).expect("it exists");
        assert_eq!(part.mode() & 0o777 & !mode, 0);
        file.commit().expect("committed");
        let mode_after = fs::metadata(root.path().join("f")).expect("it exists").mode();
        assert_eq!(mode_after & 0o777, mode);
    }
}

#[test]
fn writers_and_readers_at_one_name_see_whole_files() {
    let (_root, storage) = fresh();
    let storage = &storage;
    std::thread::scope(|scope| {
        for letter in [b'a', b'b'] {
            scope.spawn(move || (0..300).for_each(|_| replace(storage, letter)));
        }
        scope.spawn(|| (0..600).for_each(|_| look(storage)));
    });
    look(storage);
    let mut listing = storage.list(&VirtualPath::root(), Detail::Names).expect("listed");
    assert_eq!(
        listing.next().expect("the next entry").map(|e| e.name.to_vec()),
        Some(b"f".to_vec())
    );
    assert!(listing.next().expect("the next entry").is_none(), "no part is left");
}

/// Replaces the file by one made of a single letter, written in pieces.
fn replace(storage: &LocalStorage, letter: u8) {
    match storage.open_write(&path("f"), WriteMode::Create) {
        Ok(mut file) => {
            for _ in 0..8 {
                file.write(&[letter; 512]).expect("written");
            }
            file.commit().expect("committed");
        }
        Err(error) => assert_eq!(error.fault(), Fault::Busy, "{error}"),
    }
}

fn look(storage: &LocalStorage) {
    match storage.open_read(&path("f")) {
        Ok(file) => {
            let mut data = [0; 8192];
            assert_eq!(file.read_at(0, &mut data).expect("read"), 4096);
            assert!(data[..4096].iter().all(|&letter| letter == data[0]));
        }
        Err(error) => assert_eq!(error.fault(), Fault::NotFound, "{error}"),
    }
}

/// Only names that fit into one batch are sorted; larger directories are listed in the disk's
/// order.
#[test]
fn listings_of_small_directories_are_sorted() {
    let keep = tempfile::tempdir().expect("a directory for the test");
    let storage = LocalStorage::open(keep.path()).expect("the root can be opened");
    let mut expected: Vec<Vec<u8>> =
        (0..200).map(|n| format!("{}", n * 7919 % 200).into()).collect();
    for name in &expected {
        std::fs::write(keep.path().join(std::str::from_utf8(name).expect("digits")), b"")
            .expect("a file");
    }
    expected.sort();
    for detail in [Detail::Names, Detail::Full] {
        let mut listing = storage.list(&VirtualPath::root(), detail).expect("listed");
        let mut names = Vec::new();
        while let Some(entry) = listing.next().expect("an entry") {
            names.push(entry.name.to_vec());
        }
        assert_eq!(names, expected, "{detail:?}");
    }
}
