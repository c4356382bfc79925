//! Operations on whole trees stay inside them: links in a tree are not followed, wherever they lead
//! and whoever creates them meanwhile.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use packetboat_codes::Fault;
use packetboat_store::{
    Existing, LocalStorage, Progress, Storage, VirtualPath, WriteFile, WriteMode,
};
use tempfile::TempDir;

/// A root with a tree to be removed, and beside it a directory that must not be reached.
struct House {
    home: TempDir,
    storage: LocalStorage,
}

impl House {
    fn new() -> Self {
        let home = tempfile::tempdir().expect("a directory for the test");
        for directory in ["root", "root/t", "root/other", "outside", "outside/d"] {
            fs::create_dir(home.path().join(directory)).expect("created");
        }
        for file in ["outside/canary", "outside/d/canary", "root/other/canary"] {
            fs::write(home.path().join(file), "alive").expect("written");
        }
        let storage = LocalStorage::open(&home.path().join("root")).expect("opens");
        Self { home, storage }
    }

    fn tree(&self) -> PathBuf {
        self.home.path().join("root/t")
    }

    #[track_caller]
    fn assert_untouched(&self) {
        for file in ["outside/canary", "outside/d/canary", "root/other/canary"] {
            let file = self.home.path().join(file);
            assert_eq!(fs::read(&file).expect("it exists"), b"alive");
        }
        let outside = fs::read_dir(self.home.path().join("outside")).expect("listed");
        assert_eq!(outside.count(), 2);
        let deeper = fs::read_dir(self.home.path().join("outside/d")).expect("listed");
        assert_eq!(deeper.count(), 1);
    }
}

fn path(bytes: &str) -> VirtualPath {
    VirtualPath::root().join(bytes.as_bytes()).expect("a path")
}

fn fault<T>(result: packetboat_store::Result<T>) -> Option<Fault> {
    result.err().map(|error| error.fault())
}

#[test]
fn links_in_a_tree_are_removed_and_not_followed() {
    let house = House::new();
    fs::create_dir(house.tree().join("d")).expect("created");
    for (target, name) in [
        ("../../outside", "out"),
        ("../../outside/canary", "file"),
        ("/", "slash"),
        ("../other", "beside"),
        ("..", "up"),
        ("nowhere", "dangling"),
        ("../../../outside/d", "d/deep"),
    ] {
        symlink(target, house.tree().join(name)).expect("linked");
    }
    let progress = Progress::default();
    assert_eq!(house.storage.tree_len(&path("t"), &progress).expect("measured"), 0);
    house.storage.remove_tree(&path("t"), &progress).expect("removed");
    assert!(!house.tree().exists());
    house.assert_untouched();
}

#[test]
fn a_link_to_a_tree_is_no_tree() {
    let house = House::new();
    symlink("other", house.home.path().join("root/inside")).expect("linked");
    symlink("../outside", house.home.path().join("root/out")).expect("linked");
    for name in ["inside", "out"] {
        let removed = house.storage.remove_tree(&path(name), &Progress::default());
        assert_eq!(fault(removed), Some(Fault::NotADirectory));
    }
    let measured = house.storage.tree_len(&path("out"), &Progress::default());
    assert_eq!(fault(measured), Some(Fault::OutsideRoot));
    house.assert_untouched();
}

#[test]
fn no_link_is_made_that_leads_outside() {
    let house = House::new();
    symlink("../../outside", house.tree().join("out")).expect("linked");
    symlink("out", house.tree().join("twice")).expect("linked");
    for target in ["t/out", "t/twice", "t/out/canary", "t/twice/d"] {
        let made = house.storage.make_link(&path(target), &path("l"));
        assert_eq!(fault(made), Some(Fault::OutsideRoot), "{target}");
    }
    assert_eq!(
        fault(house.storage.make_link(&path("other"), &path("t/out/l"))),
        Some(Fault::OutsideRoot)
    );
    house.storage.make_link(&path("other"), &path("t/l")).expect("linked");
    let says = fs::read_link(house.tree().join("l")).expect("a link");
    assert_eq!(says, PathBuf::from("../other"));
    house.assert_untouched();
}

#[test]
fn a_failure_in_a_tree_names_the_entry() {
    let house = House::new();
    fs::create_dir_all(house.tree().join("a/b")).expect("created");
    let progress = Progress::default();
    progress.stop();
    let error = house.storage.remove_tree(&path("t"), &progress).expect_err("stopped");
    assert_eq!((error.fault(), error.path()), (Fault::Stopped, None));
    let mut deep = house.tree();
    for _ in 0..140 {
        deep.push("d");
        fs::create_dir(&deep).expect("created");
    }
    let error = house.storage.tree_len(&path("t"), &Progress::default()).expect_err("too deep");
    assert_eq!(error.fault(), Fault::TooDeep);
    let named = error.path().map(ToString::to_string).unwrap_or_default();
    assert!(named.starts_with("/t/d/d/") && named.len() > 250, "{named}");
}

/// Stops the other thread, even if an assertion fails in this one.
struct StopAtEnd<'a>(&'a AtomicBool);

impl Drop for StopAtEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Another program keeps swapping directories of the tree for links that lead out of it.
#[cfg(target_os = "linux")]
#[test]
fn a_directory_swapped_for_a_link_while_its_tree_is_removed() {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    let house = House::new();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let _stop = StopAtEnd(&stop);
        scope.spawn(|| {
            let link = house.home.path().join("link");
            while !stop.load(Ordering::Relaxed) {
                // Some of these names may be missing; then the next round tries again.
                let _ = symlink("../../outside/d", &link);
                let _ =
                    renameat_with(CWD, &link, CWD, house.tree().join("d"), RenameFlags::EXCHANGE);
                let _ = fs::remove_dir_all(&link).or_else(|_| fs::remove_file(&link));
            }
        });
        for _ in 0..1_000 {
            let _ = house.storage.make_directory(&path("t"));
            let _ = house.storage.make_directory(&path("t/d"));
            let written = house.storage.open_write(&path("t/d/f"), WriteMode::Create);
            let _ = written.and_then(WriteFile::commit);
            let _ = house.storage.tree_len(&path("t"), &Progress::default());
            let _ = house.storage.rename(&path("t/d"), &path("t/e"), Existing::Keep);
            let _ = house.storage.remove_tree(&path("t"), &Progress::default());
        }
    });
    house.assert_untouched();
}
