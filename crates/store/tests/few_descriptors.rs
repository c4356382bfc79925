//! A tree that is nested deeper than the process has descriptors. It has a test process of its own,
//! because the limit applies to the whole process.

#![cfg(all(target_os = "linux", target_pointer_width = "64"))]

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use packetboat_store::{
    Error, LocalStorage, Progress, Storage as _, Sweep, Time, Usage, VirtualPath,
};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

const DEPTH: u64 = 400;
const DESCRIPTORS: u64 = 128;

#[derive(Default)]
struct Removed(u64);

impl Sweep for Removed {
    fn enters(&mut self, _: (u64, u64)) -> bool {
        true
    }

    fn removed(&mut self, _: &VirtualPath, _: u64, _: i64) {
        self.0 += 1;
    }

    fn failed(&mut self, error: Error) {
        panic!("{error}");
    }
}

/// Each directory on the way used to be held open twice, so deep trees used up the descriptors of
/// all sessions.
#[test]
fn a_tree_deeper_than_there_are_descriptors_is_counted_and_swept() {
    let root = tempfile::tempdir().expect("a folder");
    let mut level = root.path().to_owned();
    for _ in 0..DEPTH {
        fs::write(level.join("f"), "1234567").expect("a file");
        fs::write(level.join(".g.part-packetboat"), "left").expect("a part");
        level.push("d");
        fs::create_dir(&level).expect("a directory");
    }
    let storage = LocalStorage::open(root.path()).expect("a storage");
    let before = getrlimit(Resource::Nofile);
    let few = Rlimit { current: Some(DESCRIPTORS), ..before };
    setrlimit(Resource::Nofile, few).expect("fewer");
    let progress = Progress::default();
    let usage = storage.usage(&VirtualPath::root(), &progress);
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    let soon = Time { seconds: seconds.cast_signed() + 60, nanoseconds: 0 };
    let mut removed = Removed::default();
    let swept = storage.remove_old_parts(soon, &mut removed, &progress);
    // Removing the tree needs descriptors, too.
    setrlimit(Resource::Nofile, before).expect("as before");
    assert_eq!(usage.expect("a count"), Usage { bytes: DEPTH * 11, files: DEPTH * 3 });
    swept.expect("swept");
    assert_eq!(removed.0, DEPTH);
}
