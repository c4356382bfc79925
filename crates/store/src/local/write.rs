//! Writing files so that readers see the old one or the new one, never half of it.
//!
//! A new file is written as a part beside its place, `.NAME.part-packetboat`, and renamed over the old
//! one when it is whole. A broken upload leaves its part, from which it can be resumed. Where there is no
//! part, resuming and appending write into the file itself. Parts and files are locked while they are
//! written: a second writer, of this server or another, is told that the file is busy.

use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};

use packetboat_codes::Fault;
use rustix::fs::{
    AtFlags, FlockOperation, Mode, OFlags, RenameFlags, SeekFrom, Stat, flock, fstat, ftruncate,
    openat, readlinkat, renameat, renameat_with, seek, statat, unlinkat,
};
use rustix::io::Errno;

use super::{Kind, LocalStorage, SAFE, kind, length, require_regular};
use crate::error::Error;
use crate::path::VirtualPath;
use crate::storage::{Committed, Kept, Storage, WriteFile, WriteMode};

/// Links from link to link that are followed at most.
const LINKS: usize = 16;
/// How often a part that vanished between opening and locking is made anew.
const ATTEMPTS: usize = 64;
/// Names that STOU tries.
const UNIQUE_NAMES: usize = 10_000;
/// The longest name that can carry the part's affixes.
const NAME_LIMIT: usize = 255;

/// Opens a file for writing.
pub(super) fn open(
    storage: &LocalStorage,
    path: &VirtualPath,
    mode: WriteMode,
) -> Result<Box<dyn WriteFile>, Error> {
    if mode == WriteMode::Unique {
        return open_unique(storage, path);
    }
    let place = Place::find(storage, path)?;
    let target = place.target()?;
    if let Some(stat) = &target {
        require_regular(stat)?;
    }
    let file = match mode {
        WriteMode::Create | WriteMode::Unique => place.create(target.as_ref())?,
        WriteMode::Append if target.is_some() => place.in_place(None)?,
        WriteMode::Append => place.create_or_continue()?,
        WriteMode::Resume { offset } => place.resume(offset, target.as_ref())?,
    };
    Ok(Box::new(file))
}

/// The name that a part of `name` has.
pub(super) fn part_name(name: &[u8]) -> Vec<u8> {
    const AFFIXES: usize = ".".len() + SUFFIX.len();
    const SUFFIX: &[u8] = b".part-packetboat";
    if name.len() + AFFIXES <= NAME_LIMIT {
        return [b".", name, SUFFIX].concat();
    }
    // Two long names may only share a part if all of this is the same; the lock keeps them apart then.
    let hash = name.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let start = &name[..NAME_LIMIT - AFFIXES - 17];
    [b".", start, format!("~{hash:016x}").as_bytes(), SUFFIX].concat()
}

/// Where a file is to be: its directory, open, and its name there.
struct Place {
    directory: OwnedFd,
    name: Vec<u8>,
    path: VirtualPath,
}

/// What becomes of the written bytes.
#[derive(Debug, PartialEq, Eq)]
enum Fate {
    /// The part takes the file's place.
    Replace { mode: Option<u32> },
    /// The part gets a name that nobody else may have taken meanwhile.
    Appear,
    /// They are in the file already; what is behind them is cut off or left.
    InPlace { cut: bool },
}

impl Place {
    /// Follows symbolic links of the last part, so that a link stays one and its file is replaced.
    fn find(storage: &LocalStorage, path: &VirtualPath) -> Result<Self, Error> {
        let mut path = path.clone();
        for _ in 0..LINKS {
            if path.is_root() {
                return Err(Fault::IsADirectory.into());
            }
            let (directory, name) = storage.parent(&path)?;
            match readlinkat(&directory, name, Vec::new()) {
                Ok(target) if target.as_bytes().starts_with(b"/") => {
                    return Err(Fault::OutsideRoot.into());
                }
                Ok(target) => {
                    let parent = path.parent().unwrap_or_else(VirtualPath::root);
                    path = parent.join(target.as_bytes())?;
                }
                // No link, or nothing yet.
                Err(Errno::INVAL | Errno::NOENT) => {
                    let name = name.to_vec();
                    return Ok(Self { directory, name, path });
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(Fault::LinkLoop.into())
    }

    /// The file that is there.
    fn target(&self) -> Result<Option<Stat>, Error> {
        match statat(&self.directory, self.name.as_slice(), AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(stat)),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// A new part, empty.
    fn create(self, target: Option<&Stat>) -> Result<LocalWrite, Error> {
        let (part, file, stat) = self.lock_part()?;
        if length(&stat) > 0 {
            ftruncate(&file, 0)?;
        }
        let mode = target.map(|target| target.st_mode & 0o777);
        Ok(self.write(file, Some(part), 0, Fate::Replace { mode }))
    }

    /// APPE without a file: the part goes on where it broke off, if there is one.
    fn create_or_continue(self) -> Result<LocalWrite, Error> {
        let (part, file, stat) = self.lock_part()?;
        let position = length(&stat);
        seek(&file, SeekFrom::Start(position))?;
        Ok(self.write(file, Some(part), position, Fate::Replace { mode: None }))
    }

    fn resume(self, offset: u64, target: Option<&Stat>) -> Result<LocalWrite, Error> {
        let part = part_name(&self.name);
        let kept = match statat(&self.directory, part.as_slice(), AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) if kind(&stat) == Kind::File => length(&stat),
            Ok(_) => 0,
            Err(Errno::NOENT) => 0,
            Err(error) => return Err(error.into()),
        };
        if kept < offset {
            return match target {
                Some(target) if length(target) >= offset => self.in_place(Some(offset)),
                Some(target) => Err(Error::bad_offset(kept.max(length(target)))),
                None => Err(Error::bad_offset(kept)),
            };
        }
        let (part, file, _) = self.lock_part()?;
        ftruncate(&file, offset)?;
        seek(&file, SeekFrom::Start(offset))?;
        let mode = target.map(|target| target.st_mode & 0o777);
        Ok(self.write(file, Some(part), offset, Fate::Replace { mode }))
    }

    /// Into the file itself: from an offset, or at its end.
    fn in_place(self, offset: Option<u64>) -> Result<LocalWrite, Error> {
        let flags = OFlags::WRONLY | OFlags::NOFOLLOW | SAFE;
        let file = openat(&self.directory, self.name.as_slice(), flags, Mode::empty())?;
        require_regular(&fstat(&file)?)?;
        lock(&file)?;
        let len = length(&fstat(&file)?);
        let position = offset.unwrap_or(len);
        if position > len {
            return Err(Error::bad_offset(len));
        }
        seek(&file, SeekFrom::Start(position))?;
        Ok(self.write(file, None, position, Fate::InPlace { cut: offset.is_some() }))
    }

    /// The part, open and locked. Another session may have renamed or removed it in between.
    fn lock_part(&self) -> Result<(Vec<u8>, OwnedFd, Stat), Error> {
        let part = part_name(&self.name);
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | SAFE;
        for _ in 0..ATTEMPTS {
            let mode = Mode::from_raw_mode(0o666);
            let file = openat(&self.directory, part.as_slice(), flags, mode)?;
            lock(&file)?;
            let ours = fstat(&file)?;
            require_regular(&ours)?;
            match statat(&self.directory, part.as_slice(), AtFlags::SYMLINK_NOFOLLOW) {
                Ok(named) if (named.st_dev, named.st_ino) == (ours.st_dev, ours.st_ino) => {
                    return Ok((part, file, ours));
                }
                Ok(_) | Err(Errno::NOENT) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Fault::Busy.into())
    }

    fn write(self, file: OwnedFd, part: Option<Vec<u8>>, position: u64, fate: Fate) -> LocalWrite {
        let Self { directory, name, path } = self;
        LocalWrite { directory, name, path, part, file, position, fate, settled: false }
    }
}

fn lock(file: &OwnedFd) -> Result<(), Error> {
    Ok(flock(file, FlockOperation::NonBlockingLockExclusive)?)
}

/// STOU: the hint itself if nobody has that name, else the hint with a number.
fn open_unique(storage: &LocalStorage, hint: &VirtualPath) -> Result<Box<dyn WriteFile>, Error> {
    let is_directory = hint.is_root()
        || matches!(storage.stat_link(hint), Ok(found) if found.kind == Kind::Directory);
    let stem = if is_directory { hint.join(b"upload")? } else { hint.clone() };
    for number in 0..UNIQUE_NAMES {
        let path = match number {
            0 => stem.clone(),
            _ => with_number(&stem, number)?,
        };
        let (directory, name) = storage.parent(&path)?;
        let name = name.to_vec();
        let place = Place { directory, name, path };
        if place.target()?.is_some() {
            continue;
        }
        match place.lock_part() {
            // A part that is being written, or was left by a broken upload, is somebody else's.
            Ok((_, _, stat)) if length(&stat) > 0 => {}
            Err(error) if error.fault() == Fault::Busy => {}
            Ok((part, file, _)) => {
                return Ok(Box::new(place.write(file, Some(part), 0, Fate::Appear)));
            }
            Err(error) => return Err(error),
        }
    }
    Err(Fault::AlreadyExists.into())
}

fn with_number(stem: &VirtualPath, number: usize) -> Result<VirtualPath, Error> {
    let name = stem.file_name().unwrap_or(b"upload");
    let parent = stem.parent().unwrap_or_else(VirtualPath::root);
    parent.join(&[name, format!(".{number}").as_bytes()].concat())
}

/// A file being written.
struct LocalWrite {
    directory: OwnedFd,
    name: Vec<u8>,
    path: VirtualPath,
    part: Option<Vec<u8>>,
    file: OwnedFd,
    position: u64,
    fate: Fate,
    /// It was committed or kept; dropping it does nothing more.
    settled: bool,
}

impl LocalWrite {
    fn publish(&self) -> Result<(), Error> {
        match (&self.fate, &self.part) {
            (Fate::Replace { mode }, Some(part)) => {
                if let Some(mode) = mode {
                    rustix::fs::fchmod(&self.file, Mode::from_raw_mode(*mode))?;
                }
                Ok(renameat(
                    &self.directory,
                    part.as_slice(),
                    &self.directory,
                    self.name.as_slice(),
                )?)
            }
            (Fate::Appear, Some(part)) => self.appear(part),
            (Fate::InPlace { cut: true }, _) => Ok(ftruncate(&self.file, self.position)?),
            _ => Ok(()),
        }
    }

    /// Takes the name unless somebody has it by now.
    fn appear(&self, part: &[u8]) -> Result<(), Error> {
        let (directory, name) = (&self.directory, self.name.as_slice());
        match renameat_with(directory, part, directory, name, RenameFlags::NOREPLACE) {
            // A file system without that flag: a hard link never replaces either.
            Err(Errno::INVAL | Errno::NOSYS) => {
                rustix::fs::linkat(directory, part, directory, name, AtFlags::empty())?;
                Ok(unlinkat(directory, part, AtFlags::empty())?)
            }
            result => Ok(result?),
        }
    }

    /// Leaves the part for resuming; an empty one would only be litter.
    fn settle_part(&mut self) -> Result<Kept, Error> {
        self.settled = true;
        if let Some(part) = &self.part
            && self.position == 0
        {
            unlinkat(&self.directory, part.as_slice(), AtFlags::empty())?;
        }
        Ok(Kept { len: self.position })
    }
}

impl WriteFile for LocalWrite {
    fn path(&self) -> &VirtualPath {
        &self.path
    }

    fn position(&self) -> u64 {
        self.position
    }

    fn write(&mut self, mut bytes: &[u8]) -> Result<(), Error> {
        while !bytes.is_empty() {
            match rustix::io::write(&self.file, bytes) {
                Ok(count) => {
                    self.position += count as u64;
                    bytes = &bytes[count..];
                }
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn as_fd(&self) -> Option<BorrowedFd<'_>> {
        Some(self.file.as_fd())
    }

    fn advance(&mut self, count: u64) {
        self.position += count;
    }

    fn commit(mut self: Box<Self>) -> Result<Committed, Error> {
        self.publish()?;
        self.settled = true;
        Ok(Committed { path: self.path.clone(), len: self.position })
    }

    fn keep_part(mut self: Box<Self>) -> Result<Kept, Error> {
        self.settle_part()
    }
}

impl Drop for LocalWrite {
    fn drop(&mut self) {
        if !self.settled {
            // Nobody is left to be told; the part stays, which is what is wanted.
            let _ = self.settle_part();
        }
    }
}
