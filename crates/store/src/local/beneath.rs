//! Opening what a path names, never outside the root: by openat2 with RESOLVE_BENEATH where the kernel
//! has it, by cap-std's walk elsewhere. Symbolic links that stay inside are followed.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions, OpenOptionsExt as _};
use rustix::fs::{Mode, OFlags};

use super::SAFE;
use crate::error::Error;
use crate::path::VirtualPath;

/// The open root folder.
#[derive(Debug)]
pub(super) struct Root(Dir);

impl Root {
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        Dir::open_ambient_dir(folder, ambient_authority()).map(Self)
    }

    pub(super) fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }

    /// A directory, to name things in.
    pub(super) fn open_directory(&self, path: &VirtualPath) -> Result<OwnedFd, Error> {
        self.open_with(path, path_only() | OFlags::DIRECTORY)
    }

    /// A directory, to read its entries.
    pub(super) fn open_listing(&self, path: &VirtualPath) -> Result<OwnedFd, Error> {
        self.open_with(path, OFlags::RDONLY | OFlags::DIRECTORY)
    }

    /// Anything, to ask what it is. Needs no right to read it.
    pub(super) fn open_path(&self, path: &VirtualPath) -> Result<OwnedFd, Error> {
        self.open_with(path, path_only())
    }

    /// Anything, to change what is known of it.
    pub(super) fn open_any(&self, path: &VirtualPath) -> Result<OwnedFd, Error> {
        self.open_with(path, OFlags::RDONLY)
    }

    /// A file, to read it.
    pub(super) fn open_file(&self, path: &VirtualPath) -> Result<OwnedFd, Error> {
        self.open_with(path, OFlags::RDONLY)
    }

    #[cfg(target_os = "linux")]
    fn open_with(&self, path: &VirtualPath, flags: OFlags) -> Result<OwnedFd, Error> {
        use rustix::fs::{ResolveFlags, openat2};
        use rustix::io::Errno;

        // A rename elsewhere in the tree makes the kernel say "again" (openat2(2)).
        const ATTEMPTS: usize = 64;
        // openat2 takes no flag beside O_PATH that has no meaning there.
        let safe = if flags.contains(OFlags::PATH) { OFlags::CLOEXEC } else { SAFE };
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
        for _ in 0..ATTEMPTS {
            match openat2(&self.0, path.relative(), flags | safe, Mode::empty(), resolve) {
                Err(Errno::AGAIN | Errno::INTR) => {}
                // Before Linux 5.6, or forbidden by a sandbox.
                Err(Errno::NOSYS) => return self.walk(path, flags),
                result => return Ok(result?),
            }
        }
        Err(packetboat_codes::Fault::Changed.into())
    }

    #[cfg(not(target_os = "linux"))]
    fn open_with(&self, path: &VirtualPath, flags: OFlags) -> Result<OwnedFd, Error> {
        self.walk(path, flags)
    }

    /// cap-std opens part after part and checks each link.
    fn walk(&self, path: &VirtualPath, flags: OFlags) -> Result<OwnedFd, Error> {
        use std::os::unix::ffi::OsStrExt as _;

        let mut options = OpenOptions::new();
        // The bits of the system's flags are what this call takes.
        options.read(true).custom_flags((flags | SAFE).bits() as i32);
        let path = Path::new(std::ffi::OsStr::from_bytes(path.relative()));
        Ok(self.0.open_with(path, &options)?.into())
    }
}

/// A descriptor that names something without opening it, where the system has that.
fn path_only() -> OFlags {
    #[cfg(target_os = "linux")]
    return OFlags::PATH;
    #[cfg(not(target_os = "linux"))]
    return OFlags::RDONLY;
}

#[cfg(test)]
mod tests {
    use super::*;
    use packetboat_codes::Fault;

    /// The walk is what other systems use; it must keep to the root as well.
    #[test]
    fn the_walk_stays_beneath_too() {
        let outside = tempfile::tempdir().expect("a folder");
        std::fs::write(outside.path().join("secret"), "x").expect("a file");
        let inside = tempfile::tempdir().expect("a folder");
        std::fs::write(inside.path().join("plain"), "x").expect("a file");
        std::os::unix::fs::symlink("plain", inside.path().join("near")).expect("a link");
        std::os::unix::fs::symlink(outside.path(), inside.path().join("far")).expect("a link");
        let root = Root::open(inside.path()).expect("the root");
        let path = |text: &str| VirtualPath::root().join(text.as_bytes()).expect("a path");
        for open in [Root::walk, Root::open_with] {
            assert!(open(&root, &path("near"), OFlags::RDONLY).is_ok());
            let error = open(&root, &path("far/secret"), OFlags::RDONLY).expect_err("outside");
            assert_eq!(error.fault(), Fault::OutsideRoot);
            let error = open(&root, &path("none"), OFlags::RDONLY).expect_err("missing");
            assert_eq!(error.fault(), Fault::NotFound);
        }
    }
}
