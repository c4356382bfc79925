//! [`LocalNow`]: a view of the same tree that answers from what the kernel has in memory and never
//! waits for a disk, for use on threads that must not wait. Anything that is not in memory, and
//! every change except a new upload (see [`Latency`](crate::latency)), fails with [`Fault::WouldWait`]
//! and does nothing.

use std::os::fd::{BorrowedFd, OwnedFd};
use std::sync::Arc;

use packetboat_codes::Fault;
use rustix::fs::{FileType, Mode, OFlags, RawMode, ResolveFlags, fstat, fstatfs, openat2};
use rustix::io::{Errno, ReadWriteFlags, pread, preadv2, retry_on_intr};

use super::read::LocalRead;
use super::tree::{Place, Tree};
use super::{metadata, open_write};
use crate::latency::Latency;
use crate::{
    Capabilities, Detail, Existing, Group, Kind, Listing, Metadata, Progress, ReadFile, Result,
    Storage, Times, Usage, VirtualPath, WriteFile, WriteMode,
};

/// A tree that never waits.
#[derive(Debug)]
pub(super) struct LocalNow {
    tree: Tree,
    /// Whether uploads may be made here, and when.
    calm: Option<Arc<Latency>>,
}

impl LocalNow {
    /// Creates the view if this kernel can look names up without waiting (Linux 5.12).
    pub(super) fn new(tree: &Tree) -> Option<Self> {
        let calm = Latency::of(tree.root_fd()).map(Arc::new);
        let now = Self { tree: tree.clone(), calm };
        match now.open(&VirtualPath::root(), OFlags::PATH) {
            Ok(_) => Some(now),
            Err(_) => None,
        }
    }

    fn open(&self, path: &VirtualPath, flags: OFlags) -> Result<OwnedFd> {
        self.open_with(path, flags, ResolveFlags::empty())
    }

    fn open_with(
        &self,
        path: &VirtualPath,
        flags: OFlags,
        resolve: ResolveFlags,
    ) -> Result<OwnedFd> {
        let relative = match path.as_bytes().strip_prefix(b"/") {
            None | Some(b"") => b".",
            Some(relative) => relative,
        };
        let resolve =
            resolve | ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS | ResolveFlags::CACHED;
        let flags = flags | OFlags::CLOEXEC;
        match openat2(self.tree.root_fd(), relative, flags, Mode::empty(), resolve) {
            Ok(file) => Ok(file),
            // Either it is not in memory, or it is refused. The tree that may wait will find the
            // right fault.
            Err(_) => would_wait(),
        }
    }

    /// The place of a file in a directory that is in memory, on the file system whose speed is
    /// measured.
    fn place(&self, path: &VirtualPath) -> Result<Place> {
        match (path.parent(), path.file_name()) {
            (Some(parent), Some(name)) if !parent.is_root() => {
                let flags = OFlags::PATH | OFlags::DIRECTORY;
                let directory = self.open_with(&parent, flags, ResolveFlags::NO_XDEV)?;
                Ok(Place { name: name.to_vec(), ..Place::in_directory(directory) })
            }
            // There is no directory to look up.
            _ => self.tree.place(path),
        }
    }
}

/// The answer to everything that might have to wait.
fn would_wait<T>() -> Result<T> {
    Err(Fault::WouldWait.into())
}

fn is_link(stat: &rustix::fs::Stat) -> bool {
    FileType::from_raw_mode(stat.st_mode as RawMode) == FileType::Symlink
}

fn is_tmpfs(file: BorrowedFd<'_>) -> bool {
    const TMPFS_MAGIC: u32 = 0x0102_1994;
    // The width and sign of this number differ between systems; its value has 32 bits.
    fstatfs(file).is_ok_and(|found| found.f_type as u32 == TMPFS_MAGIC)
}

/// Reads from the page cache. `None` if the cache does not hold the first byte.
pub(super) fn read(file: BorrowedFd<'_>, offset: u64, into: &mut [u8]) -> Option<Result<usize>> {
    let mut buffers = [std::io::IoSliceMut::new(into)];
    match preadv2(file, &mut buffers, offset, ReadWriteFlags::NOWAIT) {
        Ok(count) => Some(Ok(count)),
        // tmpfs does not support this flag, but all its files are in memory.
        Err(Errno::OPNOTSUPP) if is_tmpfs(file) => {
            Some(retry_on_intr(|| pread(file, &mut *into, offset)).map_err(Into::into))
        }
        Err(Errno::AGAIN | Errno::OPNOTSUPP | Errno::NOSYS | Errno::INTR) => None,
        Err(error) => Some(Err(error.into())),
    }
}

impl Storage for LocalNow {
    fn capabilities(&self) -> Capabilities {
        Capabilities::default()
    }

    fn stat(&self, path: &VirtualPath) -> Result<Metadata> {
        Ok(metadata::from_stat(&fstat(self.open(path, OFlags::PATH)?)?))
    }

    fn stat_link(&self, path: &VirtualPath) -> Result<Metadata> {
        Ok(metadata::from_stat(&fstat(self.open(path, OFlags::PATH | OFlags::NOFOLLOW)?)?))
    }

    fn open_read(&self, path: &VirtualPath) -> Result<Box<dyn ReadFile>> {
        let flags = OFlags::RDONLY | OFlags::NOCTTY | OFlags::NONBLOCK;
        let file = self.open(path, flags)?;
        let found = metadata::from_stat(&fstat(&file)?);
        match found.kind {
            Kind::File => Ok(Box::new(LocalRead::of(file, found.len))),
            _ => would_wait(),
        }
    }

    fn list(&self, _path: &VirtualPath, _detail: Detail) -> Result<Box<dyn Listing>> {
        would_wait()
    }

    /// Opens only uploads that write the whole file. Finding existing data to resume might mean
    /// waiting.
    fn open_write(&self, path: &VirtualPath, mode: WriteMode) -> Result<Box<dyn WriteFile>> {
        let is_new = matches!(mode, WriteMode::Create | WriteMode::New);
        let calm = self.calm.as_ref().filter(|calm| is_new && calm.is_calm());
        let Some(calm) = calm else { return would_wait() };
        let opened = calm.watch(|| {
            let place = self.place(path)?;
            let found = place.look()?;
            // Links are followed step by step, which this view does not do.
            if found.is_some_and(|found| is_link(&found)) {
                return would_wait();
            }
            let place = match found {
                Some(_) => place,
                None => match open_write::open_unnamed(path, place, mode)? {
                    Ok(file) => return Ok(file),
                    Err(place) => place,
                },
            };
            open_write::open_at(path, place, found, mode, open_write::NEW_FILE)
        });
        match opened {
            Ok(file) => Ok(Box::new(file.watched(Arc::clone(calm)))),
            // Only the tree that may wait can tell which fault this is, if any.
            Err(_) => would_wait(),
        }
    }

    fn part_len(&self, _path: &VirtualPath) -> Result<Option<u64>> {
        would_wait()
    }

    fn open_part(&self, _path: &VirtualPath) -> Result<Option<Box<dyn ReadFile>>> {
        would_wait()
    }

    fn rename(&self, _from: &VirtualPath, _to: &VirtualPath, _existing: Existing) -> Result<()> {
        would_wait()
    }

    fn open_copy(
        &self,
        _from: &VirtualPath,
        _to: &VirtualPath,
        _existing: Existing,
    ) -> Result<(Box<dyn ReadFile>, Box<dyn WriteFile>)> {
        would_wait()
    }

    fn make_link(&self, _target: &VirtualPath, _link: &VirtualPath) -> Result<()> {
        would_wait()
    }

    fn remove_file(&self, _path: &VirtualPath) -> Result<()> {
        would_wait()
    }

    fn make_directory(&self, _path: &VirtualPath) -> Result<()> {
        would_wait()
    }

    fn parts(&self, _path: &VirtualPath) -> Result<Vec<Vec<u8>>> {
        would_wait()
    }

    fn remove_directory(&self, _path: &VirtualPath) -> Result<()> {
        would_wait()
    }

    fn remove_tree(&self, _path: &VirtualPath, _progress: &Progress) -> Result<()> {
        would_wait()
    }

    fn tree_len(&self, _path: &VirtualPath, _progress: &Progress) -> Result<u64> {
        would_wait()
    }

    fn usage(&self, _path: &VirtualPath, _progress: &Progress) -> Result<Usage> {
        would_wait()
    }

    fn set_times(&self, _path: &VirtualPath, _times: &Times) -> Result<()> {
        would_wait()
    }

    fn set_group(&self, _path: &VirtualPath, _group: &Group) -> Result<()> {
        would_wait()
    }

    fn set_mode(&self, _path: &VirtualPath, _mode: u32) -> Result<()> {
        would_wait()
    }

    fn free_space(&self, _path: &VirtualPath) -> Result<Option<u64>> {
        would_wait()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn tree(root: &Path) -> LocalNow {
        LocalNow::new(&Tree::open(root).expect("the root")).expect("look-ups in memory")
    }

    #[test]
    fn answers_equal_those_of_the_waiting_tree_or_are_would_wait() {
        let outside = tempfile::tempdir().expect("a folder");
        std::fs::write(outside.path().join("secret"), "x").expect("a file");
        let inside = tempfile::tempdir().expect("a folder");
        std::fs::write(inside.path().join("plain"), "content").expect("a file");
        std::os::unix::fs::symlink(outside.path(), inside.path().join("far")).expect("a link");
        let now = tree(inside.path());
        let path = |text: &str| VirtualPath::root().join(text.as_bytes()).expect("a path");
        // A file just written is in memory, unless the machine is short of it.
        match now.open_read(&path("plain")) {
            Ok(file) => {
                let mut buffer = [0; 16];
                assert_eq!(file.len(), 7);
                if let Some(count) = file.read_now(0, &mut buffer) {
                    assert_eq!(&buffer[..count.expect("readable")], b"content");
                }
            }
            Err(error) => assert_eq!(error.fault(), Fault::WouldWait),
        }
        for never in ["far/secret", "none", "far"] {
            assert_eq!(
                now.open_read(&path(never)).err().map(|e| e.fault()),
                Some(Fault::WouldWait)
            );
        }
        assert_eq!(now.remove_file(&path("plain")).expect_err("refused").fault(), Fault::WouldWait);
        assert!(inside.path().join("plain").exists());
    }
}
