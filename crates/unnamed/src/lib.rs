//! Files without a name until they are complete (`O_TMPFILE`, Linux), for server and client: a
//! small file gets its name in one step, and changes its directory once instead of three times.
//! Other systems do not support them. The crate knows nothing about FTP.

#![forbid(unsafe_code)]
#![cfg(target_os = "linux")]

use std::os::fd::{AsFd, AsRawFd as _, OwnedFd};
use std::sync::OnceLock;

use rustix::fs::{AtFlags, CWD, Mode, OFlags, linkat, openat};
use rustix::io::{Errno, Result};

/// Creates an unnamed file, open for writing, on the file system of a directory whose path is
/// relative to `at`. `None` if the file system or the kernel does not support it, or if this
/// process could not give it a name later.
pub fn make(at: impl AsFd, directory: &[u8], permissions: Mode) -> Result<Option<OwnedFd>> {
    let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
    let file = match openat(&at, directory, flags, permissions) {
        Ok(file) => file,
        // The file system does not support it, or an old kernel misread the flags as those for a
        // directory.
        Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::INVAL) => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(way(&file, &at, directory).map(|_| file))
}

/// Gives the file a name. Fails with `EXIST` if the name is taken.
pub fn link(file: &impl AsFd, at: impl AsFd, name: &[u8]) -> Result<()> {
    link_by(way(file, &at, b".").ok_or(Errno::NOSYS)?, file, at, name)
}

/// Programs that watch a directory (inotify(7)) wait for a file to be closed after writing or moved
/// there; linking is neither. Opening the file by its name and closing it announces it like any
/// other file. Nothing depends on this.
pub fn announce(at: impl AsFd, name: &[u8]) {
    let carefully = OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let _ = openat(at, name, OFlags::WRONLY | carefully, Mode::empty());
}

/// How to refer to an unnamed file when linking it.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// By its descriptor: needs Linux 6.10 or a capability.
    Descriptor,
    /// By the descriptor's entry in /proc.
    Proc,
}

/// The way that works in this process, if any. It is determined once, with a file in any directory.
fn way(file: &impl AsFd, at: impl AsFd, directory: &[u8]) -> Option<Way> {
    static WAY: OnceLock<Option<Way>> = OnceLock::new();
    *WAY.get_or_init(|| {
        // The directory's own name is always taken, but the kernel checks that only after it has
        // found the file.
        let taken = [directory, b"/."].concat();
        let works = |&way: &Way| link_by(way, file, &at, &taken) == Err(Errno::EXIST);
        [Way::Descriptor, Way::Proc].into_iter().find(works)
    })
}

fn link_by(way: Way, file: &impl AsFd, at: impl AsFd, name: &[u8]) -> Result<()> {
    match way {
        Way::Descriptor => linkat(file, "", at, name, AtFlags::EMPTY_PATH),
        Way::Proc => {
            let shown = format!("/proc/self/fd/{}", file.as_fd().as_raw_fd());
            linkat(CWD, shown, at, name, AtFlags::SYMLINK_FOLLOW)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStrExt as _;

    use rustix::fs::fstat;
    use rustix::io::write;

    use super::*;

    #[test]
    fn a_file_takes_a_name_once_it_is_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let directory = folder.path().as_os_str().as_bytes();
        let made = make(CWD, directory, Mode::from_raw_mode(0o600)).expect("made");
        // A folder on a file system without unnamed files cannot show more.
        let Some(file) = made else { return };
        assert_eq!(write(&file, b"whole").expect("written"), 5);
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0);
        let name = folder.path().join("name");
        link(&file, CWD, name.as_os_str().as_bytes()).expect("named");
        assert_eq!(std::fs::read(&name).expect("there"), b"whole");
        let again = link(&file, CWD, name.as_os_str().as_bytes());
        assert_eq!(again, Err(Errno::EXIST));
        announce(CWD, name.as_os_str().as_bytes());
        assert_eq!(fstat(&file).expect("open").st_nlink, 1);
    }

    #[test]
    fn what_proc_shows_does_as_well() {
        let folder = tempfile::tempdir().expect("a folder");
        let directory = folder.path().as_os_str().as_bytes();
        let made = make(CWD, directory, Mode::from_raw_mode(0o600)).expect("made");
        let Some(file) = made else { return };
        let name = folder.path().join("name");
        link_by(Way::Proc, &file, CWD, name.as_os_str().as_bytes()).expect("named");
        assert!(name.exists());
    }

    #[test]
    fn a_directory_that_is_not_there_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let gone = folder.path().join("gone");
        let made = make(CWD, gone.as_os_str().as_bytes(), Mode::from_raw_mode(0o600));
        assert_eq!(made.err(), Some(Errno::NOENT));
    }
}
