//! Refusals by the operating system: a full disk and missing permissions. Both need a set-up that
//! not every machine allows; where it is impossible, the test is skipped and says so.

#![cfg(target_os = "linux")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use packetboat_codes::Fault;
use packetboat_skip::skip;
use packetboat_store::{
    Detail, Error, Existing, LocalStorage, Progress, Storage, VirtualPath, WriteMode,
};

/// Tells the unprivileged child process where its files are.
const ROOT_VARIABLE: &str = "PACKETBOAT_TEST_UNPRIVILEGED_ROOT";
/// The number of a user who owns nothing.
const NOBODY: u32 = 65534;

fn path(bytes: &str) -> VirtualPath {
    VirtualPath::root().join(bytes.as_bytes()).expect("a path")
}

fn fault<T>(result: Result<T, Error>) -> Option<Fault> {
    result.err().map(|error| error.fault())
}

/// A small file system of its own, unmounted at the end of the test.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: &Path) -> Option<Self> {
        let options = ["-t", "tmpfs", "-o", "size=64k", "packetboat-test"];
        let status = Command::new("mount").args(options).arg(at).output().ok()?.status;
        status.success().then(|| Self(at.to_owned()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg(&self.0).status();
        // A second panic would abort all tests and hide the first one.
        assert!(
            std::thread::panicking() || unmounted.is_ok_and(|status| status.success()),
            "umount {}",
            self.0.display()
        );
    }
}

#[test]
fn a_full_disk_is_told_and_the_upload_kept() {
    let directory = tempfile::tempdir().expect("a directory for the test");
    let Some(_disk) = SmallDisk::mount(directory.path()) else {
        return skip("mount", "mounting a small tmpfs is not permitted here");
    };
    let storage = LocalStorage::open(directory.path()).expect("the root can be opened");
    let free = storage.free_space(&VirtualPath::root()).expect("known");
    assert!(free.is_some_and(|free| free > 0 && free <= 64 << 10));
    let mut file = storage.open_write(&path("f"), WriteMode::Create).expect("opened");
    let piece = vec![b'x'; 40 << 10];
    file.write(&piece).expect("the first piece fits");
    assert_eq!(fault(file.write(&piece)), Some(Fault::NoSpace));
    let position = file.position();
    assert!(position >= 40 << 10);
    assert_eq!(file.keep_part().expect("kept").len, position);
    assert_eq!(storage.part_len(&path("f")).expect("looked up"), Some(position));
    storage.remove_file(&path(".f.part-packetboat")).expect("removed");
}

#[test]
fn missing_permission_is_told() {
    let directory = tempfile::tempdir().expect("a directory for the test");
    let root = directory.path();
    prepare(root);
    if !rustix::process::geteuid().is_root() {
        return refusals(root);
    }
    // Nothing is refused to root, so run the same test as another user.
    rustix::fs::chown(root, Some(rustix::fs::Uid::from_raw(NOBODY)), None).expect("it is given");
    // Other users may have no access to the build directory.
    let folder = tempfile::tempdir().expect("a directory for the test");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("set");
    let program = folder.path().join("refusals");
    let this = std::env::current_exe().expect("the path of this program");
    // Copy with another process: a program started here meanwhile would inherit the copy, open for
    // writing.
    let copied = Command::new("cp").arg(this).arg(&program).status();
    assert!(copied.is_ok_and(|status| status.success()), "a copy");
    let child = Command::new(program)
        .args(["--exact", "refused_as_nobody", "--ignored", "--nocapture"])
        .env(ROOT_VARIABLE, root)
        .uid(NOBODY)
        .output();
    match child {
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success() && said.contains("1 passed"), "{said}");
        }
        Err(error) => skip("root", &format!("the test cannot run as another user: {error}")),
    }
}

#[test]
#[ignore = "started by missing_permission_is_told"]
fn refused_as_nobody() {
    let root = std::env::var_os(ROOT_VARIABLE).expect("set by missing_permission_is_told");
    refusals(Path::new(&root));
}

/// Creates a directory and files that their owner, unless root, cannot use.
fn prepare(root: &Path) {
    fs::set_permissions(root, fs::Permissions::from_mode(0o755)).expect("set");
    for (name, mode) in [("closed", 0o000), ("no-writing", 0o555), ("no-reading", 0o333)] {
        let directory = root.join(name);
        fs::create_dir(&directory).expect("created");
        fs::write(directory.join("f"), "data").expect("written");
        fs::set_permissions(&directory, fs::Permissions::from_mode(mode)).expect("set");
    }
    for (name, mode) in [("unreadable", 0o200), ("protected", 0o444)] {
        fs::write(root.join(name), "data").expect("written");
        let mode = fs::Permissions::from_mode(mode);
        fs::set_permissions(root.join(name), mode).expect("set");
    }
}

fn refusals(root: &Path) {
    let storage = LocalStorage::open(root).expect("the root can be opened");
    let denied = Some(Fault::PermissionDenied);
    // A count names the directory that it cannot look into.
    let counted = storage.usage(&VirtualPath::root(), &Progress::default()).expect_err("closed");
    let named = counted.path().map(|path| path.to_string()).unwrap_or_default();
    assert!(["/closed", "/no-reading"].contains(&&*named), "{named}: {counted}");
    assert_eq!(fault(storage.open_read(&path("unreadable"))), denied);
    assert_eq!(fault(storage.stat(&path("closed/f"))), denied);
    assert_eq!(fault(storage.list(&path("closed"), Detail::Full)), denied);
    assert_eq!(fault(storage.list(&path("no-reading"), Detail::Full)), denied);
    assert_eq!(fault(storage.remove_file(&path("no-writing/f"))), denied);
    assert_eq!(fault(storage.make_directory(&path("no-writing/d"))), denied);
    assert_eq!(fault(storage.rename(&path("no-writing/f"), &path("f"), Existing::Replace)), denied);
    // A rename would replace a write-protected file, but an upload must not.
    for mode in [WriteMode::Create, WriteMode::Append, WriteMode::Resume { offset: 1 }] {
        assert_eq!(fault(storage.open_write(&path("protected"), mode)), denied);
        assert!(storage.open_write(&path("no-writing/new"), mode).is_err());
    }
    // Search permission is enough to reach files in a directory that cannot be read.
    assert_eq!(storage.open_read(&path("no-reading/f")).expect("opened").len(), 4);
}
