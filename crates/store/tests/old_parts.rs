//! Removing old parts from a tree removes nothing else.

use std::collections::HashSet;
use std::fs::File;
use std::os::unix::fs::{MetadataExt as _, symlink};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use packetboat_codes::Fault;
use packetboat_store::{
    Error, LocalStorage, Progress, Storage as _, Sweep, Time, VirtualPath, WriteMode,
};
use tempfile::TempDir;

const DAY: Duration = Duration::from_secs(86_400);

#[derive(Default)]
struct Told {
    removed: Vec<(String, u64)>,
    failed: Vec<String>,
    closed: HashSet<(u64, u64)>,
}

impl Sweep for Told {
    fn enters(&mut self, directory: (u64, u64)) -> bool {
        !self.closed.contains(&directory)
    }

    fn removed(&mut self, path: &VirtualPath, len: u64, modified: i64) {
        assert!(modified > 0);
        self.removed.push((String::from_utf8_lossy(path.as_bytes()).into_owned(), len));
    }

    fn failed(&mut self, error: Error) {
        self.failed.push(error.to_string());
    }
}

/// Creates a file that was last written to this many days ago.
fn file(folder: &Path, name: &str, days: u32) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    std::fs::write(&path, "left").expect("written");
    let file = File::options().write(true).open(&path).expect("opened");
    file.set_modified(SystemTime::now() - DAY * days).expect("set");
}

fn sweep(folder: &TempDir, told: &mut Told) {
    let storage = LocalStorage::open(folder.path()).expect("a storage");
    let before = SystemTime::now() - DAY * 7;
    let seconds = before.duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    let before = Time { seconds: seconds.try_into().expect("a time"), nanoseconds: 0 };
    storage.remove_old_parts(before, told, &Progress::default()).expect("swept");
    told.removed.sort();
}

#[test]
fn only_old_parts_are_removed() {
    let (folder, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for (name, days) in [
        (".a.part-packetboat", 8),
        ("d/e/.b c.part-packetboat", 30),
        (".young.part-packetboat", 6),
        ("old", 30),
        (".hidden", 30),
        ("x.part-packetboat", 30),
        (".part-packetboat", 30),
        (".dir.part-packetboat/old", 30),
    ] {
        file(folder.path(), name, days);
    }
    file(outside.path(), ".far.part-packetboat", 30);
    symlink(outside.path(), folder.path().join("link")).unwrap();
    symlink(outside.path().join(".far.part-packetboat"), folder.path().join(".l.part-packetboat"))
        .unwrap();
    let mut told = Told::default();
    sweep(&folder, &mut told);
    assert_eq!(told.removed, [("/a".to_owned(), 4), ("/d/e/b c".to_owned(), 4)]);
    assert_eq!(told.failed, [""; 0]);
    for name in [
        ".young.part-packetboat",
        "old",
        ".hidden",
        "x.part-packetboat",
        ".part-packetboat",
        ".dir.part-packetboat/old",
        "link",
    ] {
        assert!(folder.path().join(name).exists(), "{name}");
    }
    assert!(folder.path().join(".l.part-packetboat").is_symlink());
    assert!(outside.path().join(".far.part-packetboat").exists());
    let mut again = Told::default();
    sweep(&folder, &mut again);
    assert_eq!(again.removed, []);
}

#[test]
fn a_part_that_is_being_written_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    file(folder.path(), ".f.part-packetboat", 30);
    let storage = LocalStorage::open(folder.path()).unwrap();
    let path = VirtualPath::root().join(b"f").unwrap();
    let mut upload = storage.open_write(&path, WriteMode::Resume { offset: 4 }).unwrap();
    // The part is as old as before: only the lock protects it.
    file(folder.path(), ".f.part-packetboat", 30);
    let mut told = Told::default();
    sweep(&folder, &mut told);
    assert_eq!((told.removed, told.failed), (vec![], vec![]));
    upload.write(b" and right").unwrap();
    upload.commit().unwrap();
    assert_eq!(std::fs::read(folder.path().join("f")).unwrap(), b"left and right");
}

#[test]
fn a_directory_that_the_caller_declines_is_not_entered() {
    let folder = tempfile::tempdir().unwrap();
    file(folder.path(), "d/.f.part-packetboat", 30);
    let found = std::fs::metadata(folder.path().join("d")).unwrap();
    let mut told = Told { closed: HashSet::from([(found.dev(), found.ino())]), ..Told::default() };
    sweep(&folder, &mut told);
    assert_eq!(told.removed, []);
    told.closed.clear();
    sweep(&folder, &mut told);
    assert_eq!(told.removed.len(), 1);
}

#[test]
fn it_ends_where_it_is_told_to() {
    let folder = tempfile::tempdir().unwrap();
    file(folder.path(), ".f.part-packetboat", 30);
    let storage = LocalStorage::open(folder.path()).unwrap();
    let progress = Progress::default();
    progress.stop();
    let now = Time { seconds: i64::MAX, nanoseconds: 0 };
    let ended = storage.remove_old_parts(now, &mut Told::default(), &progress);
    assert_eq!(ended.expect_err("stopped").fault(), Fault::Stopped);
    assert!(folder.path().join(".f.part-packetboat").exists());
}
