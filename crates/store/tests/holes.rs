//! Nothing outside the root is reached: not by `..`, not through links, and not by swapping a
//! directory for a link while another session is using it.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use packetboat_codes::Fault;
use packetboat_store::{
    Detail, Error, Existing, Group, Kind, LocalStorage, Progress, Storage, Time, Times,
    VirtualPath, WriteMode,
};
use tempfile::TempDir;

/// A root, and beside it a directory that must not be reached.
struct House {
    home: TempDir,
    storage: LocalStorage,
}

impl House {
    fn new() -> Self {
        let home = tempfile::tempdir().expect("a directory for the test");
        fs::create_dir(home.path().join("root")).expect("created");
        fs::create_dir(home.path().join("outside")).expect("created");
        let house =
            Self { storage: LocalStorage::open(&home.path().join("root")).expect("opens"), home };
        fs::write(house.outside().join("canary"), "alive").expect("written");
        fs::write(house.root().join("free"), "").expect("written");
        house
    }

    fn root(&self) -> PathBuf {
        self.home.path().join("root")
    }

    fn outside(&self) -> PathBuf {
        self.home.path().join("outside")
    }

    fn link(&self, target: impl AsRef<std::path::Path>, name: &str) {
        symlink(target, self.root().join(name)).expect("linked");
    }

    /// Checks that the directory outside still holds its one file, unchanged.
    #[track_caller]
    fn assert_untouched(&self) {
        let names: Vec<_> = fs::read_dir(self.outside())
            .expect("listed")
            .map(|entry| entry.expect("an entry").file_name())
            .collect();
        assert_eq!(names, ["canary"]);
        let canary = self.outside().join("canary");
        assert_eq!(fs::read(&canary).expect("read"), b"alive");
        let metadata = fs::metadata(&canary).expect("it exists");
        assert_eq!(metadata.permissions().mode() & 0o777, 0o640);
        assert_eq!(metadata.modified().expect("a time"), std::time::UNIX_EPOCH);
    }

    fn seal(&self) {
        let canary = self.outside().join("canary");
        fs::set_permissions(&canary, fs::Permissions::from_mode(0o640)).expect("set");
        let file = fs::File::options().write(true).open(canary).expect("opened");
        file.set_modified(std::time::UNIX_EPOCH).expect("set");
    }
}

/// Stops the other thread, even if an assertion fails in this one.
struct StopAtEnd<'a>(&'a AtomicBool);

impl Drop for StopAtEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn path(bytes: &str) -> VirtualPath {
    VirtualPath::root().join(bytes.as_bytes()).expect("a path")
}

fn modified(seconds: i64) -> Times {
    Times { modified: Some(Time { seconds, nanoseconds: 0 }), ..Times::default() }
}

/// Tries every operation on a name, both reading and changing.
fn try_everything(storage: &dyn Storage, name: &str) -> Vec<Result<(), Error>> {
    let name = &path(name);
    let write = |mode| {
        let mut file = storage.open_write(name, mode)?;
        file.write(b"reached")?;
        file.commit().map(drop)
    };
    vec![
        storage.stat(name).map(drop),
        storage.open_read(name).map(drop),
        write(WriteMode::Create),
        write(WriteMode::Append),
        write(WriteMode::Resume { offset: 1 }),
        storage.part_len(name).map(drop),
        storage.open_part(name).map(drop),
        storage.set_mode(name, 0o777),
        storage.set_times(name, &modified(1)),
        storage.set_group(name, &Group::Number(1)),
        storage.copy(name, &path("copy"), Existing::Replace, &Progress::default()).map(drop),
        storage.copy(&path("free"), name, Existing::Replace, &Progress::default()).map(drop),
        storage.make_link(name, &path("link")),
    ]
}

/// Tries the operations that change the name itself, not what a link points to.
fn try_names(storage: &dyn Storage, name: &str) -> Vec<Result<(), Error>> {
    let (name, free) = (&path(name), &path("free"));
    vec![
        storage.make_directory(name),
        storage.rename(name, free, Existing::Replace),
        storage.rename(free, name, Existing::Replace),
        storage.rename(free, name, Existing::Keep),
        storage.make_link(free, name),
        storage.remove_tree(name, &Progress::default()),
        storage.remove_file(name),
        storage.remove_directory(name),
        storage.stat_link(name).map(drop),
    ]
}

#[test]
fn dots_and_slashes_stay_inside() {
    let house = House::new();
    house.seal();
    for name in ["../outside/canary", "/../../outside/canary", "a/../../outside/canary"] {
        for result in try_everything(&house.storage, name) {
            let fault = result.err().map(|e| e.fault());
            assert!(matches!(fault, Some(Fault::NotFound | Fault::ParentNotFound)), "{fault:?}");
        }
    }
    let absolute = house.outside().join("canary");
    let absolute = absolute.to_str().expect("text");
    assert_eq!(
        house.storage.open_read(&path(absolute)).err().map(|e| e.fault()),
        Some(Fault::NotFound)
    );
    house.assert_untouched();
}

#[test]
fn links_that_leave_the_root_lead_nowhere() {
    let house = House::new();
    house.seal();
    house.link(house.outside(), "absolute");
    house.link("../outside", "relative");
    house.link("..", "up");
    house.link("/", "slash");
    house.link("relative", "twice");
    fs::create_dir(house.root().join("d")).expect("created");
    house.link("../../outside", "d/deep");
    // An absolute link leads outside even if it comes back: the root has no absolute name here.
    house.link(house.root().join("d"), "back");

    let beneath = [
        "absolute/canary",
        "relative/canary",
        "up/outside/canary",
        "twice/canary",
        "d/deep/canary",
    ];
    let new = ["absolute/new", "relative/new", "up/new", "slash/new", "back/new"];
    for name in beneath.into_iter().chain(new) {
        let all = try_everything(&house.storage, name).into_iter();
        for result in all.chain(try_names(&house.storage, name)) {
            assert_eq!(result.err().map(|e| e.fault()), Some(Fault::OutsideRoot), "{name}");
        }
    }
    for name in ["absolute", "relative", "up", "slash", "twice", "d/deep", "back"] {
        let name = path(name);
        let listed = house.storage.list(&name, Detail::Full).err();
        assert_eq!(listed.map(|e| e.fault()), Some(Fault::OutsideRoot), "{name}");
        let seen = house.storage.stat(&name).err();
        assert_eq!(seen.map(|e| e.fault()), Some(Fault::OutsideRoot), "{name}");
        let unique = house.storage.open_write(&name, WriteMode::Unique).err();
        assert_eq!(unique.map(|e| e.fault()), Some(Fault::OutsideRoot), "{name}");
        assert_eq!(house.storage.stat_link(&name).expect("a link").kind, Kind::Symlink, "{name}");
    }
    house.assert_untouched();
}

#[test]
fn links_to_files_outside_are_not_followed() {
    let house = House::new();
    house.seal();
    house.link(house.outside().join("canary"), "absolute");
    house.link("../outside/canary", "relative");
    house.link("../outside/new", "dangling");
    for name in ["absolute", "relative", "dangling"] {
        for result in try_everything(&house.storage, name) {
            assert_eq!(result.err().map(|e| e.fault()), Some(Fault::OutsideRoot), "{name}");
        }
    }
    // The links themselves belong to the session.
    house.storage.rename(&path("absolute"), &path("moved"), Existing::Keep).expect("renamed");
    house.storage.remove_file(&path("moved")).expect("removed");
    house.assert_untouched();
}

#[test]
fn links_that_run_in_circles_are_told() {
    let house = House::new();
    house.link("b", "a");
    house.link("a", "b");
    house.link("self", "self");
    house.link("self/x", "longer");
    for name in ["a", "self", "longer", "a/x"] {
        for result in try_everything(&house.storage, name) {
            assert_eq!(result.err().map(|e| e.fault()), Some(Fault::LinkLoop), "{name}");
        }
        let listed = house.storage.list(&path(name), Detail::Names).err();
        assert_eq!(listed.map(|e| e.fault()), Some(Fault::LinkLoop), "{name}");
    }
}

#[test]
fn a_directory_swapped_for_a_link_opens_no_way_out() {
    let house = House::new();
    house.seal();
    fs::create_dir(house.root().join("d")).expect("created");
    house.link("../outside", "l");
    fs::write(house.root().join("f"), "inside").expect("written");
    house.link("../outside/canary", "m");

    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let _stop = StopAtEnd(&stop);
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                swap(&house, "d", "l");
                swap(&house, "f", "m");
            }
        });
        for _ in 0..500 {
            go_through(&house.storage);
        }
    });
    house.assert_untouched();
}

#[test]
fn a_file_swapped_for_a_link_is_not_reached_through_it() {
    let house = House::new();
    house.seal();
    fs::write(house.root().join("f"), "inside").expect("written");
    house.link("../outside/canary", "m");

    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let _stop = StopAtEnd(&stop);
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                swap(&house, "f", "m");
            }
        });
        for _ in 0..5_000 {
            let tried = [
                house.storage.set_mode(&path("f"), 0o600),
                house.storage.set_times(&path("f"), &modified(1)),
                house.storage.set_group(&path("f"), &Group::Number(1)),
                house.storage.open_write(&path("f"), WriteMode::Append).map(drop),
            ];
            for error in tried.into_iter().filter_map(Result::err) {
                let known = [
                    Fault::OutsideRoot,
                    Fault::Changed,
                    Fault::LinkLoop,
                    Fault::Busy,
                    Fault::NotFound,
                ];
                assert!(known.contains(&error.fault()), "{error}");
            }
        }
    });
    house.assert_untouched();
}

/// The operations of one session while another swaps names. Each may fail, but none may reach
/// outside.
fn go_through(storage: &dyn Storage) {
    let mut results = try_everything(storage, "d/new");
    results.extend(try_everything(storage, "d/canary"));
    results.extend(try_everything(storage, "f"));
    results.push(storage.make_directory(&path("d/made")));
    results.push(storage.rename(&path("d/new"), &path("d/canary"), Existing::Replace));
    results.push(storage.make_link(&path("d/canary"), &path("d/link")));
    results.push(storage.tree_len(&path("d"), &Progress::default()).map(drop));
    results.push(storage.remove_file(&path("d/canary")));
    results.push(storage.remove_directory(&path("d/made")));
    for error in results.into_iter().filter_map(Result::err) {
        assert_ne!(error.fault(), Fault::Io, "{error}");
    }
    for name in ["f", "d/canary"] {
        if let Ok(file) = storage.open_read(&path(name)) {
            let mut data = [0; 5];
            file.read_at(0, &mut data).expect("read");
            assert_ne!(&data, b"alive");
        }
    }
}

#[cfg(target_os = "linux")]
fn swap(house: &House, one: &str, other: &str) {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    let (one, other) = (house.root().join(one), house.root().join(other));
    // The session under test also renames and replaces, so a name may be missing; then nothing is
    // swapped.
    let _ = renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE);
}

#[cfg(not(target_os = "linux"))]
fn swap(house: &House, one: &str, other: &str) {
    let (one, other) = (house.root().join(one), house.root().join(other));
    let between = house.root().join("between");
    let _ = fs::rename(&one, &between);
    let _ = fs::rename(&other, &one);
    let _ = fs::rename(&between, &other);
}
