//! [`LocalWrite`]: a file of the local storage, open for writing. An upload goes to a part, which
//! is then renamed to the target's name; the kernel does that atomically. A small new file may have
//! no name until it is complete, and get it by a link, which is atomic as well. Only appending to
//! or resuming in a finished file changes that file itself. Data is not forced to the disk unless
//! asked for: after a power cut the file system decides what is there, as with other servers.

use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::sync::Arc;

use packetboat_codes::Fault;
// Apple's systems have no call that syncs only the content, and their fsync leaves data in the
// drive's cache.
#[cfg(target_vendor = "apple")]
use rustix::fs::fcntl_fullfsync as force_to_disk;
#[cfg(not(target_vendor = "apple"))]
use rustix::fs::fdatasync as force_to_disk;
use rustix::fs::{
    AtFlags, Mode, RawMode, SeekFrom, Stat, fchmod, fstat, ftruncate, linkat, renameat, seek,
    unlinkat,
};
#[cfg(target_os = "linux")]
use rustix::fs::{FlockOperation, flock};
#[cfg(any(target_os = "linux", target_vendor = "apple"))]
use rustix::io::Errno;
use rustix::io::{retry_on_intr, write};

#[cfg(target_os = "linux")]
use super::claim::Claim;
use super::metadata;
use super::part::{self, Locked};
use super::tree::{Directory, Place};
use crate::latency::Latency;
use crate::{Committed, Error, Kept, Opened, Result, SMALL_FILE, Usage, VirtualPath, WriteFile};

/// From this length on, a file has a name, so that it survives the end of this process.
const NAMED: usize = SMALL_FILE;

/// How a file gets its final name.
#[derive(Debug)]
pub(super) enum Finish {
    /// The file has no name. It gets the target's name, or that of a part if it cannot be completed
    /// at once.
    #[cfg(target_os = "linux")]
    Link { claim: Claim, replaces: bool },
    /// The part is renamed over the target and, if it replaces a file, takes that file's
    /// permissions.
    Replace { part: Vec<u8>, mode: Option<Mode> },
    /// The part is renamed to the target, which must not exist, not even by then.
    Name { part: Vec<u8> },
    /// The data is already in the target. `cut` removes what follows the data.
    InPlace { cut: bool },
}

impl Finish {
    /// The name that the data has until it gets the target's.
    fn part(&self) -> Option<&[u8]> {
        match self {
            Self::Replace { part, .. } | Self::Name { part } => Some(part),
            _ => None,
        }
    }

    fn is_in_place(&self) -> bool {
        matches!(self, Self::InPlace { .. })
    }

    fn is_unnamed(&self) -> bool {
        self.part().is_none() && !self.is_in_place()
    }
}

/// A file open for writing, and locked.
#[derive(Debug)]
pub(super) struct LocalWrite {
    path: VirtualPath,
    place: Place,
    file: OwnedFd,
    /// The file's `stat` when it was locked.
    opened: Stat,
    /// Whether opening the file created it.
    made: bool,
    start: u64,
    position: u64,
    /// Whether the file may end in a hole, which does not extend the file by itself.
    skipped: bool,
    finish: Finish,
    finished: bool,
    /// Set if the file may be written and committed on a thread that must not wait.
    calm: Option<Arc<Latency>>,
}

impl LocalWrite {
    /// A file that is written from the start.
    pub(super) fn new(path: VirtualPath, place: Place, locked: Locked, finish: Finish) -> Self {
        let Locked { file, stat: opened, made } = locked;
        let (start, position) = (0, 0);
        let (skipped, finished, calm) = (false, false, None);
        Self { path, place, file, opened, made, start, position, skipped, finish, finished, calm }
    }

    /// Makes the file record how long its changes take.
    #[cfg(target_os = "linux")]
    pub(super) fn watched(mut self, calm: Arc<Latency>) -> Self {
        self.calm = Some(calm);
        self
    }

    /// Sets where the data goes. With `cut`, the file's content from there on is dropped.
    pub(super) fn starting_at(mut self, offset: u64, cut: bool) -> Result<Self> {
        if cut {
            ftruncate(&self.file, offset)?;
        }
        if offset > 0 {
            seek(&self.file, SeekFrom::Start(offset))?;
        }
        (self.start, self.position) = (offset, offset);
        Ok(self)
    }

    fn take_place(&mut self) -> Result<()> {
        if self.skipped && metadata::len(&fstat(&self.file)?) < self.position {
            ftruncate(&self.file, self.position)?;
        }
        if self.finish.is_unnamed() && self.link()? {
            return Ok(());
        }
        let name = self.finish.part().unwrap_or(&self.place.name);
        // Someone who ignores our locks has removed or replaced the file.
        if !part::is_named(&self.place, name, &self.opened)? {
            return Err(Fault::Changed.into());
        }
        let (directory, target) = (&self.place.directory, &self.place.name);
        match &self.finish {
            Finish::Replace { part, mode } => {
                self.take_mode(*mode)?;
                renameat(directory, part, directory, target)?;
            }
            Finish::Name { part } => rename_to_new(&self.place, part)?,
            Finish::InPlace { cut } => self.cut_off(*cut)?,
            #[cfg(target_os = "linux")]
            Finish::Link { .. } => return Err(Fault::Changed.into()),
        }
        Ok(())
    }

    /// Links the file to the target's name. Returns false if the target's name is taken and the
    /// file now has its part's name.
    #[cfg(target_os = "linux")]
    fn link(&mut self) -> Result<bool> {
        match packetboat_unnamed::link(&self.file, &self.place.directory, &self.place.name) {
            Ok(()) => {
                packetboat_unnamed::announce(&self.place.directory, &self.place.name);
                return Ok(true);
            }
            Err(Errno::EXIST) => {}
            // The directory was removed meanwhile.
            Err(Errno::NOENT) => return Err(Fault::Changed.into()),
            Err(error) => return Err(error.into()),
        }
        self.take_part_name()?;
        Ok(false)
    }

    #[cfg(not(target_os = "linux"))]
    fn link(&mut self) -> Result<bool> {
        Ok(false)
    }

    /// Gives an unnamed file the name of its part, where others find it locked.
    #[cfg(target_os = "linux")]
    fn take_part_name(&mut self) -> Result<()> {
        let Finish::Link { claim, replaces } = &self.finish else { return Ok(()) };
        let (part, replaces) = (claim.part().to_vec(), *replaces);
        retry_on_intr(|| flock(&self.file, FlockOperation::NonBlockingLockExclusive))?;
        match packetboat_unnamed::link(&self.file, &self.place.directory, &part) {
            // The part belongs to someone who knows nothing of claims and may be writing to it, so
            // this upload gives way.
            Err(Errno::EXIST) => return Err(Fault::Busy.into()),
            Err(Errno::NOENT) => return Err(Fault::Changed.into()),
            linked => linked?,
        }
        self.finish = match replaces {
            true => Finish::Replace { part, mode: None },
            false => Finish::Name { part },
        };
        Ok(())
    }

    #[cfg(not(target_os = "linux"))]
    fn take_part_name(&mut self) -> Result<()> {
        Ok(())
    }

    fn write_all(&mut self, mut data: &[u8]) -> Result<()> {
        // Data that arrives in several pieces, or in a large one, is kept from now on, whatever
        // happens.
        if self.finish.is_unnamed() && (self.position > 0 || data.len() >= NAMED) {
            self.take_part_name()?;
        }
        while !data.is_empty() {
            let count = retry_on_intr(|| write(&self.file, data))?;
            if count == 0 {
                return Err(Fault::Io.into());
            }
            self.position += count as u64;
            data = &data[count..];
        }
        Ok(())
    }

    fn take_mode(&self, mode: Option<Mode>) -> Result<()> {
        match mode {
            Some(mode) if self.opened.st_mode as RawMode & 0o777 != mode.as_raw_mode() => {
                Ok(fchmod(&self.file, mode)?)
            }
            _ => Ok(()),
        }
    }

    fn cut_off(&self, cut: bool) -> Result<()> {
        if cut && metadata::len(&fstat(&self.file)?) > self.position {
            ftruncate(&self.file, self.position)?;
        }
        Ok(())
    }

    /// Removes what lies after `end` or, in a finished file, what was appended. Overwritten data
    /// cannot be restored.
    fn undo(&mut self, end: u64) -> Result<Kept> {
        self.finished = true;
        match self.finish {
            Finish::InPlace { cut: true } => {}
            Finish::InPlace { cut: false } => ftruncate(&self.file, self.start)?,
            _ => ftruncate(&self.file, end)?,
        }
        self.keep()
    }

    /// Keeps the data there is, and tells how much. An empty part is useless and is removed.
    fn keep(&mut self) -> Result<Kept> {
        if let Finish::InPlace { cut } = self.finish {
            // Without a single new byte, the file stays as it was.
            self.cut_off(cut && self.position > self.start)?;
        }
        let len = metadata::len(&fstat(&self.file)?);
        if self.finish.is_unnamed() && len > 0 {
            self.take_part_name()?;
        }
        if let Some(part) = self.finish.part() {
            // The part was removed together with its directory.
            if !part::is_named(&self.place, part, &self.opened)? {
                return Ok(Kept { len: 0 });
            }
            if len == 0 {
                unlinkat(&self.place.directory, part, AtFlags::empty())?;
            }
        }
        Ok(Kept { len })
    }
}

impl WriteFile for LocalWrite {
    fn path(&self) -> &VirtualPath {
        &self.path
    }

    fn position(&self) -> u64 {
        self.position
    }

    fn opened(&self) -> Opened {
        let before = metadata::len(&self.opened);
        let in_place = self.finish.is_in_place();
        Opened {
            before: (!self.made).then_some(before),
            len: if in_place { before } else { self.start },
            in_place,
        }
    }

    fn replaces(&self) -> Result<Option<u64>> {
        if self.finish.is_in_place() {
            return Ok(None);
        }
        match self.place.stat() {
            Ok(stat) => Ok(Some(metadata::len(&stat))),
            Err(error) if error.fault() == Fault::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn write(&mut self, data: &[u8]) -> Result<()> {
        match self.calm.clone() {
            Some(calm) => calm.watch(|| self.write_all(data)),
            None => self.write_all(data),
        }
    }

    fn skip_to(&mut self, offset: u64) -> Result<()> {
        if offset < self.position {
            return Err(Error::bad_offset(self.position));
        }
        if offset > self.position {
            self.skipped = true;
            // Data from an earlier upload would show through the hole.
            ftruncate(&self.file, self.position)?;
            ftruncate(&self.file, offset)?;
            self.position = seek(&self.file, SeekFrom::Start(offset))?;
        }
        Ok(())
    }

    fn sync(&mut self) -> Result<()> {
        // Only a file with a name can be found after a power cut.
        if self.finish.is_unnamed() {
            self.take_part_name()?;
        }
        Ok(retry_on_intr(|| force_to_disk(&self.file))?)
    }

    fn found(&self) -> Result<Usage> {
        let stat = fstat(&self.file)?;
        let named = stat.st_nlink > 0;
        Ok(if named { Usage { bytes: metadata::len(&stat), files: 1 } } else { Usage::default() })
    }

    fn stores_now(&self) -> bool {
        self.calm.as_ref().is_some_and(|calm| calm.is_calm())
    }

    fn as_fd(&self) -> Option<BorrowedFd<'_>> {
        // Data written through the descriptor would never give the file a name, however much there
        // is.
        (!self.finish.is_unnamed()).then(|| self.file.as_fd())
    }

    fn advance(&mut self, count: u64) {
        self.position += count;
    }

    fn commit(mut self: Box<Self>) -> Result<Committed> {
        // If this fails, dropping the file keeps the part.
        match self.calm.clone() {
            Some(calm) => calm.watch(|| self.take_place())?,
            None => self.take_place()?,
        }
        self.finished = true;
        Ok(Committed { path: self.path.clone(), len: self.position })
    }

    fn keep_part(mut self: Box<Self>) -> Result<Kept> {
        self.finished = true;
        self.keep()
    }

    fn discard(mut self: Box<Self>) -> Result<Kept> {
        let start = self.start;
        self.undo(start)
    }

    fn give_up(mut self: Box<Self>) -> Result<Kept> {
        self.undo(0)
    }
}

impl Drop for LocalWrite {
    fn drop(&mut self) {
        if !self.finished {
            // There is nobody left to report an error to. If the cleanup fails, a part stays
            // behind.
            let _ = self.keep();
        }
    }
}

/// Renames the part to the target unless that exists by now.
fn rename_to_new(place: &Place, part: &[u8]) -> Result<()> {
    let (directory, target) = (&place.directory, &place.name);
    if rename_unless_there(directory, part, directory, target)? {
        return Ok(());
    }
    linkat(directory, part, directory, target, AtFlags::empty())?;
    Ok(unlinkat(directory, part, AtFlags::empty())?)
}

/// Renames to a free name. Returns false if the file system cannot do that in one step.
#[cfg(any(target_os = "linux", target_vendor = "apple"))]
pub(super) fn rename_unless_there(
    from: &Directory,
    name: &[u8],
    to: &Directory,
    new_name: &[u8],
) -> Result<bool> {
    use rustix::fs::{RenameFlags, renameat_with};

    match renameat_with(from, name, to, new_name, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(true),
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Other systems have no such call.
#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
pub(super) fn rename_unless_there(
    _: &Directory,
    _: &[u8],
    _: &Directory,
    _: &[u8],
) -> Result<bool> {
    Ok(false)
}
