//! Files open for reading.

use std::ops::Range;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};

use packetboat_codes::Fault;
use rustix::fs::{FileType, Mode, OFlags, SeekFrom, Stat, fstat, openat, seek};
use rustix::io::{Errno, pread, retry_on_intr};

use super::metadata;
use super::tree::Place;
use crate::{ReadFile, Result};

/// For every file: a link at the end is not followed, a FIFO does not block, a terminal does not become ours.
pub(super) const CAREFULLY: OFlags =
    OFlags::NOFOLLOW.union(OFlags::NONBLOCK).union(OFlags::NOCTTY).union(OFlags::CLOEXEC);

/// A regular file open for reading.
#[derive(Debug)]
pub(super) struct LocalRead {
    file: OwnedFd,
    len: u64,
}

impl LocalRead {
    /// Opens the file of a place. A link there gives [`Fault::LinkLoop`].
    pub(super) fn open(place: &Place) -> Result<Self> {
        let file =
            openat(&place.directory, &place.name, OFlags::RDONLY | CAREFULLY, Mode::empty())?;
        let stat = fstat(&file)?;
        require_regular(&stat)?;
        Ok(Self { file, len: metadata::len(&stat) })
    }

    /// A file that is open already.
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

    fn next_data(&self, offset: u64) -> Result<Option<Range<u64>>> {
        let find = |from| match seek(&self.file, from) {
            Ok(at) => Ok(Some(at)),
            // Nothing but a hole follows.
            Err(Errno::NXIO) => Ok(None),
            Err(error) => Err(error),
        };
        let Some(start) = find(SeekFrom::Data(offset))? else { return Ok(None) };
        let end = find(SeekFrom::Hole(start))?.unwrap_or(self.len);
        // The file may have grown since it was opened.
        Ok((start < self.len).then(|| start..end.min(self.len)))
    }

    #[cfg(target_os = "linux")]
    fn read_now(&self, offset: u64, buffer: &mut [u8]) -> Option<Result<usize>> {
        super::now::read(self.file.as_fd(), offset, buffer)
    }

    fn as_fd(&self) -> Option<BorrowedFd<'_>> {
        Some(self.file.as_fd())
    }
}

/// Refuses what is not a regular file.
pub(super) fn require_regular(stat: &Stat) -> Result<()> {
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => Ok(()),
        FileType::Directory => Err(Fault::IsADirectory.into()),
        FileType::Symlink => Err(Fault::LinkLoop.into()),
        _ => Err(Fault::NotARegularFile.into()),
    }
}
