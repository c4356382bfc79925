//! A folder of this machine. The kernel resolves every path beneath the folder (`beneath.rs`); changes
//! are made by the open parent directory and a single name, so no other session or process can put a
//! link in between. What is written appears whole (`write.rs`).

mod beneath;
mod list;
mod write;

use std::io;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::path::Path;

use packetboat_codes::Fault;
use rustix::fs::{
    AtFlags, FileType, Mode, OFlags, Stat, Timespec, Timestamps, fstat, fstatvfs, futimens,
    mkdirat, renameat, statat, unlinkat,
};
use rustix::io::Errno;

use self::beneath::Root;
use self::list::LocalListing;
use crate::error::Error;
use crate::path::VirtualPath;
use crate::storage::{
    Capabilities, Detail, Kind, Listing, Metadata, ReadFile, Storage, WriteFile, WriteMode,
};

/// A folder of this machine as a storage.
#[derive(Debug)]
pub struct LocalStorage {
    root: Root,
}

impl LocalStorage {
    /// Opens the folder. It may be moved or renamed later: this storage goes with it.
    pub fn open(folder: &Path) -> io::Result<Self> {
        Ok(Self { root: Root::open(folder)? })
    }

    /// The open parent directory and the last part of a path. The root has neither.
    fn parent<'a>(&self, path: &'a VirtualPath) -> Result<(OwnedFd, &'a [u8]), Error> {
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(Fault::PermissionDenied.into());
        };
        let parent = self.root.open_directory(&parent).map_err(|error| match error.fault() {
            Fault::NotFound | Fault::NotADirectory => Error::from(Fault::ParentNotFound),
            _ => error,
        })?;
        Ok((parent, name))
    }

    /// As [`Self::parent`], for names that must exist: without the parent, the name is not there.
    fn existing<'a>(&self, path: &'a VirtualPath) -> Result<(OwnedFd, &'a [u8]), Error> {
        self.parent(path).map_err(|error| match error.fault() {
            Fault::ParentNotFound => Fault::NotFound.into(),
            _ => error,
        })
    }
}

impl Storage for LocalStorage {
    fn capabilities(&self) -> Capabilities {
        Capabilities { resume: true, modes: true }
    }

    fn stat(&self, path: &VirtualPath) -> Result<Metadata, Error> {
        let file = self.root.open_path(path)?;
        Ok(metadata(&fstat(&file)?))
    }

    fn stat_link(&self, path: &VirtualPath) -> Result<Metadata, Error> {
        if path.is_root() {
            return self.stat(path);
        }
        let (parent, name) = self.existing(path)?;
        Ok(metadata(&statat(&parent, name, AtFlags::SYMLINK_NOFOLLOW)?))
    }

    fn list(&self, path: &VirtualPath, detail: Detail) -> Result<Box<dyn Listing>, Error> {
        let directory = self.root.open_listing(path)?;
        Ok(Box::new(LocalListing::new(directory, detail)))
    }

    fn open_read(&self, path: &VirtualPath) -> Result<Box<dyn ReadFile>, Error> {
        let file = self.root.open_file(path)?;
        let stat = fstat(&file)?;
        require_regular(&stat)?;
        Ok(Box::new(LocalFile { file, len: length(&stat) }))
    }

    fn open_write(&self, path: &VirtualPath, mode: WriteMode) -> Result<Box<dyn WriteFile>, Error> {
        write::open(self, path, mode)
    }

    fn part_len(&self, path: &VirtualPath) -> Result<Option<u64>, Error> {
        let (parent, name) = self.existing(path)?;
        match statat(&parent, write::part_name(name).as_slice(), AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) if kind(&stat) == Kind::File => Ok(Some(length(&stat))),
            Ok(_) | Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn rename(&self, from: &VirtualPath, to: &VirtualPath) -> Result<(), Error> {
        let (from_parent, from_name) = self.existing(from)?;
        let (to_parent, to_name) = self.parent(to)?;
        renameat(&from_parent, from_name, &to_parent, to_name).map_err(|error| match error {
            Errno::XDEV => Fault::CrossDevice.into(),
            // A directory cannot become its own child.
            Errno::INVAL => Fault::NameNotAllowed.into(),
            error => Error::from(error),
        })
    }

    fn remove_file(&self, path: &VirtualPath) -> Result<(), Error> {
        let (parent, name) = self.existing(path)?;
        Ok(unlinkat(&parent, name, AtFlags::empty())?)
    }

    fn make_directory(&self, path: &VirtualPath) -> Result<(), Error> {
        if path.is_root() {
            return Err(Fault::AlreadyExists.into());
        }
        let (parent, name) = self.parent(path)?;
        Ok(mkdirat(&parent, name, Mode::from_raw_mode(0o777))?)
    }

    fn remove_directory(&self, path: &VirtualPath) -> Result<(), Error> {
        let (parent, name) = self.existing(path)?;
        Ok(unlinkat(&parent, name, AtFlags::REMOVEDIR)?)
    }

    fn set_mode(&self, path: &VirtualPath, mode: u32) -> Result<(), Error> {
        let file = self.root.open_any(path)?;
        Ok(rustix::fs::fchmod(&file, Mode::from_raw_mode(mode & 0o7777))?)
    }

    fn set_modified(&self, path: &VirtualPath, seconds: i64) -> Result<(), Error> {
        let file = self.root.open_any(path)?;
        let time = Timespec { tv_sec: seconds, tv_nsec: 0 };
        Ok(futimens(&file, &Timestamps { last_access: time, last_modification: time })?)
    }

    fn free_space(&self, _path: &VirtualPath) -> Result<Option<u64>, Error> {
        let space = fstatvfs(self.root.as_fd())?;
        Ok(Some(space.f_bavail.saturating_mul(space.f_frsize)))
    }
}

/// A file open for reading.
struct LocalFile {
    file: OwnedFd,
    len: u64,
}

impl ReadFile for LocalFile {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<usize, Error> {
        loop {
            match rustix::io::pread(&self.file, &mut *into, offset) {
                Err(Errno::INTR) => {}
                result => return Ok(result?),
            }
        }
    }

    fn as_fd(&self) -> Option<BorrowedFd<'_>> {
        Some(self.file.as_fd())
    }
}

fn require_regular(stat: &Stat) -> Result<(), Error> {
    match kind(stat) {
        Kind::File => Ok(()),
        Kind::Directory => Err(Fault::IsADirectory.into()),
        Kind::Symlink => Err(Fault::LinkLoop.into()),
        Kind::Other => Err(Fault::NotARegularFile.into()),
    }
}

fn kind(stat: &Stat) -> Kind {
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => Kind::File,
        FileType::Directory => Kind::Directory,
        FileType::Symlink => Kind::Symlink,
        _ => Kind::Other,
    }
}

fn length(stat: &Stat) -> u64 {
    // No file has a negative length.
    u64::try_from(stat.st_size).unwrap_or(0)
}

#[allow(clippy::unnecessary_cast, clippy::useless_conversion)] // Widths differ between systems.
fn metadata(stat: &Stat) -> Metadata {
    Metadata {
        kind: kind(stat),
        len: length(stat),
        modified: stat.st_mtime as i64,
        modified_nanos: stat.st_mtime_nsec as u32,
        mode: stat.st_mode as u32 & 0o7777,
        uid: stat.st_uid,
        gid: stat.st_gid,
        links: stat.st_nlink as u64,
        unique: (stat.st_dev as u64, stat.st_ino as u64),
    }
}

/// What every descriptor of ours is opened with: a FIFO or a device must not block, become our terminal,
/// or be inherited.
const SAFE: OFlags = OFlags::CLOEXEC.union(OFlags::NOCTTY).union(OFlags::NONBLOCK);
