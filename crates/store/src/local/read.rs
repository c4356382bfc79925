//! [`LocalRead`]: a file of the local storage, open for reading.

use std::ops::Range;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};

use packetboat_codes::Fault;
use rustix::fs::{FileType, Mode, OFlags, RawMode, SeekFrom, Stat, fstat, openat, seek};
use rustix::io::{Errno, pread, retry_on_intr};

use super::metadata;
use super::tree::Place;
use crate::{ReadFile, Result};

/// Flags for every open: do not follow a link at the end, do not block on a FIFO, do not make a
/// terminal our controlling terminal.
pub(super) const CAREFULLY: OFlags =
    OFlags::NOFOLLOW.union(OFlags::NONBLOCK).union(OFlags::NOCTTY).union(OFlags::CLOEXEC);

/// A regular file open for reading.
#[derive(Debug)]
pub(super) struct LocalRead {
    file: OwnedFd,
    len: u64,
}

impl LocalRead {
    /// Opens the file at a place. A link there gives [`Fault::LinkLoop`].
    pub(super) fn open(place: &Place) -> Result<Self> {
        Self::open_named(place, &place.name)
    }

    /// Opens another file in the directory of a place.
    pub(super) fn open_named(place: &Place, name: &[u8]) -> Result<Self> {
        let file = openat(&place.directory, name, OFlags::RDONLY | CAREFULLY, Mode::empty())?;
        let stat = fstat(&file)?;
        require_regular(&stat)?;
        Ok(Self { file, len: metadata::len(&stat) })
    }

    /// The permission bits without setuid, setgid and sticky.
    pub(super) fn permissions(&self) -> Result<Mode> {
        Ok(Mode::from_raw_mode(fstat(&self.file)?.st_mode as RawMode & 0o777))
    }

    /// Wraps a file that is already open.
    #[cfg(target_os = "linux")]
    pub(super) fn of(file: OwnedFd, len: u64) -> Self {
        Self { file, len }
    }
}

impl ReadFile for LocalRead {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        Ok(retry_on_intr(|| pread(&self.file, &mut *buffer, offset))?)
    }

    #[cfg(target_os = "linux")]
    fn read_now(&self, offset: u64, buffer: &mut [u8]) -> Option<Result<usize>> {
        super::now::read(self.file.as_fd(), offset, buffer)
    }

    fn next_data(&self, offset: u64) -> Result<Option<Range<u64>>> {
        if offset >= self.len {
            return Ok(None);
        }
        let start = match seek(&self.file, SeekFrom::Data(offset)) {
            Ok(start) => start,
            // Only a hole is left, or the file was truncated.
            Err(Errno::NXIO) => return Ok(None),
            // The file system does not support holes.
            Err(Errno::INVAL | Errno::OPNOTSUPP) => return Ok(Some(offset..self.len)),
            Err(error) => return Err(error.into()),
        };
        let end = seek(&self.file, SeekFrom::Hole(start))?.min(self.len);
        Ok((start < end).then_some(start..end))
    }

    fn as_fd(&self) -> Option<BorrowedFd<'_>> {
        Some(self.file.as_fd())
    }
}

/// Refuses anything but a regular file.
pub(super) fn require_regular(stat: &Stat) -> Result<()> {
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => Ok(()),
        FileType::Directory => Err(Fault::IsADirectory.into()),
        FileType::Symlink => Err(Fault::LinkLoop.into()),
        _ => Err(Fault::NotARegularFile.into()),
    }
}
