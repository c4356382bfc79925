//! Decides which file an upload writes to (a part beside the target, or the target itself) and
//! opens it.

use packetboat_codes::Fault;
use rustix::fs::{
    Access, AtFlags, FileType, Mode, OFlags, RawMode, Stat, accessat, fchmod, unlinkat,
};
#[cfg(target_os = "linux")]
use rustix::fs::{fstat, statat};
#[cfg(target_os = "linux")]
use rustix::io::Errno;

#[cfg(target_os = "linux")]
use super::claim::Claim;
use super::metadata;
use super::part::{self, Locked};
use super::read::require_regular;
use super::tree::{Place, Tree};
use super::write::{Finish, LocalWrite};
use crate::{Error, Result, VirtualPath, WriteMode};

/// How many names are tried before giving up on a unique one. Random names do not collide by
/// accident.
const MOST_NAMES: usize = 16;
/// How a unique name starts if the client gave none.
const UNIQUE_STEM: &str = "upload";
/// Permissions of a new file, before the process's umask is applied.
pub(super) const NEW_FILE: Mode = Mode::from_raw_mode(0o666);

/// Opens a file in the given mode. A new file gets at most these permissions.
pub(super) fn open(
    tree: &Tree,
    path: &VirtualPath,
    mode: WriteMode,
    permissions: Mode,
) -> Result<LocalWrite> {
    let found = tree.place_followed(path);
    let (place, stat) =
        found.map_err(|error| error.seen_as(Fault::NotFound, Fault::ParentNotFound))?;
    if mode == WriteMode::Unique {
        return open_unique(tree, path, place, stat);
    }
    open_at(path, place, stat, mode, permissions)
}

/// Like [`open`], for a place whose `stat` is known and which is not a link.
pub(super) fn open_at(
    path: &VirtualPath,
    place: Place,
    stat: Option<Stat>,
    mode: WriteMode,
    permissions: Mode,
) -> Result<LocalWrite> {
    if let Some(stat) = &stat {
        require_regular(stat)?;
    }
    let upload = Upload { path: path.clone(), place, replaced: stat, permissions };
    part::refuse_name(&upload.place.name)?;
    match mode {
        WriteMode::New | WriteMode::ResumeNew { .. } if upload.replaced.is_some() => {
            Err(Fault::AlreadyExists.into())
        }
        WriteMode::ResumeNew { offset } if offset > 0 => upload.resume_new(offset),
        WriteMode::ResumeNew { .. } => upload.make(|part| Finish::Name { part }),
        WriteMode::New => upload.make(|part| Finish::Name { part }),
        WriteMode::Append => upload.append(),
        WriteMode::Resume { offset } if offset > 0 => upload.resume(offset),
        _ => upload.create(),
    }
}

/// Opens a new file that has no name until it is complete. Hands the place back if the file system
/// does not support this, or if there is a part that has to be dealt with.
#[cfg(target_os = "linux")]
pub(super) fn open_unnamed(
    path: &VirtualPath,
    place: Place,
    mode: WriteMode,
) -> Result<std::result::Result<LocalWrite, Place>> {
    part::refuse_name(&place.name)?;
    let part = part::name(&place.name);
    let Some(claim) = Claim::take(&place, &part)? else {
        return Err(Fault::Busy.into());
    };
    // Claim first: a part that appears after the claim was made by someone who does not know of
    // claims.
    if !matches!(statat(&place.directory, &part, AtFlags::SYMLINK_NOFOLLOW), Err(Errno::NOENT)) {
        return Ok(Err(place));
    }
    let Some(file) = packetboat_unnamed::make(&place.directory, b".", NEW_FILE)? else {
        return Ok(Err(place));
    };
    let locked = Locked { stat: fstat(&file)?, file, made: true };
    let finish = Finish::Link { claim, replaces: mode == WriteMode::Create };
    Ok(Ok(LocalWrite::new(path.clone(), place, locked, finish)))
}

/// An upload whose place is known.
struct Upload {
    path: VirtualPath,
    place: Place,
    /// The existing file of that name.
    replaced: Option<Stat>,
    /// The most permissions that a new file may get.
    permissions: Mode,
}

impl Upload {
    fn create(self) -> Result<LocalWrite> {
        self.may_replace()?;
        let mode = self.replaced.as_ref().map(permissions);
        self.make(|part| Finish::Replace { part, mode })
    }

    /// Starts a part from scratch.
    fn make(self, finish: impl FnOnce(Vec<u8>) -> Finish) -> Result<LocalWrite> {
        // While a part grows, it must be as private as the file that it will replace.
        let most = self.replaced.as_ref().map_or(self.permissions, permissions) & NEW_FILE;
        let name = part::name(&self.place.name);
        // With CREATE, there always is a file.
        let Some(locked) = part::open_locked(&self.place, &name, OFlags::CREATE, most)? else {
            return Err(Fault::Changed.into());
        };
        // A part left by an interrupted upload may have wider permissions than allowed.
        let stat = locked.stat;
        if !most.contains(permissions(&stat)) {
            fchmod(&locked.file, most & permissions(&stat))?;
        }
        let write = LocalWrite::new(self.path, self.place, locked, finish(name));
        write.starting_at(0, metadata::len(&stat) > 0)
    }

    fn append(self) -> Result<LocalWrite> {
        if self.replaced.is_some() {
            return match self.open_target()? {
                Some(locked) => self.in_place(locked, None),
                None => Err(Fault::Changed.into()),
            };
        }
        match self.open_part()? {
            Some((name, locked)) => {
                let end = metadata::len(&locked.stat);
                self.onto_part(name, locked, end)
            }
            None => self.create(),
        }
    }

    fn resume(self, offset: u64) -> Result<LocalWrite> {
        if let Some((name, locked)) = self.open_part()? {
            require_offset(offset, metadata::len(&locked.stat))?;
            self.may_replace()?;
            return self.onto_part(name, locked, offset);
        }
        match self.open_target()? {
            Some(locked) => {
                require_offset(offset, metadata::len(&locked.stat))?;
                self.in_place(locked, Some(offset))
            }
            None => Err(Error::bad_offset(0)),
        }
    }

    fn resume_new(self, offset: u64) -> Result<LocalWrite> {
        let Some((name, locked)) = self.open_part()? else {
            return Err(Error::bad_offset(0));
        };
        require_offset(offset, metadata::len(&locked.stat))?;
        self.onto(locked, offset, Finish::Name { part: name })
    }

    /// Opens the part that an earlier upload left.
    fn open_part(&self) -> Result<Option<(Vec<u8>, Locked)>> {
        let name = part::name(&self.place.name);
        let part = part::open_locked(&self.place, &name, OFlags::empty(), Mode::empty())?;
        Ok(part.map(|locked| (name, locked)))
    }

    fn open_target(&self) -> Result<Option<Locked>> {
        part::open_locked(&self.place, &self.place.name, OFlags::empty(), Mode::empty())
    }

    /// Continues in a part at an offset. The rest of the part is dropped immediately: otherwise a
    /// crash could leave the beginning of one upload followed by the end of another.
    fn onto_part(self, name: Vec<u8>, locked: Locked, offset: u64) -> Result<LocalWrite> {
        let mode = self.replaced.as_ref().map(permissions);
        self.onto(locked, offset, Finish::Replace { part: name, mode })
    }

    fn onto(self, locked: Locked, offset: u64, finish: Finish) -> Result<LocalWrite> {
        let cut = metadata::len(&locked.stat) > offset;
        LocalWrite::new(self.path, self.place, locked, finish).starting_at(offset, cut)
    }

    /// Continues in the target: at an offset, cutting off the rest at the end, or by appending.
    fn in_place(self, locked: Locked, offset: Option<u64>) -> Result<LocalWrite> {
        let finish = Finish::InPlace { cut: offset.is_some() };
        let start = offset.unwrap_or(metadata::len(&locked.stat));
        LocalWrite::new(self.path, self.place, locked, finish).starting_at(start, false)
    }

    /// A rename does not check the permissions of the file it replaces, so check here that it is
    /// writable.
    fn may_replace(&self) -> Result<()> {
        if self.replaced.is_some() {
            let (directory, name) = (&self.place.directory, &self.place.name);
            accessat(directory, name, Access::WRITE_OK, AtFlags::empty())?;
        }
        Ok(())
    }
}

/// RFC 959 §4.1.3, STOU: opens a file whose name is not taken, in the directory named or beside the
/// file named.
fn open_unique(
    tree: &Tree,
    path: &VirtualPath,
    place: Place,
    stat: Option<Stat>,
) -> Result<LocalWrite> {
    let is_directory =
        stat.is_some_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Directory);
    let (directory, stem) = match (path.file_name(), path.parent()) {
        (Some(name), Some(parent)) if !is_directory => (parent, name),
        _ => (path.clone(), b"".as_slice()),
    };
    drop(place);
    part::refuse_name(stem)?;
    for attempt in 0..MOST_NAMES {
        let name = match (stem, attempt) {
            (b"", _) => format!("{UNIQUE_STEM}.{}", random_letters()?).into_bytes(),
            (_, 0) => stem.to_vec(),
            // A name near the length limit loses its end to the letters.
            _ => {
                let letters = random_letters()?;
                let kept = stem.len().min(255 - 1 - letters.len());
                [&stem[..kept], b".", letters.as_bytes()].concat()
            }
        };
        let path = directory.join(&name)?;
        let place = tree.place(&path)?;
        if let Some(write) = try_unique(path, place)? {
            return Ok(write);
        }
    }
    Err(Fault::AlreadyExists.into())
}

/// Opens a part for a name, or returns `None` if a file or another upload has the name.
fn try_unique(path: VirtualPath, place: Place) -> Result<Option<LocalWrite>> {
    let name = part::name(&place.name);
    let flags = OFlags::CREATE | OFlags::EXCL;
    let locked = match part::open_locked(&place, &name, flags, NEW_FILE) {
        Ok(Some(opened)) => opened,
        Ok(None) => return Ok(None),
        Err(error) if matches!(error.fault(), Fault::AlreadyExists | Fault::Busy) => {
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    if place.exists()? {
        unlinkat(&place.directory, &name, AtFlags::empty())?;
        return Ok(None);
    }
    let finish = Finish::Name { part: name };
    Ok(Some(LocalWrite::new(path, place, locked, finish)))
}

fn require_offset(offset: u64, len: u64) -> Result<()> {
    if offset > len { Err(Error::bad_offset(len)) } else { Ok(()) }
}

/// The permission bits without setuid, setgid and sticky.
fn permissions(stat: &Stat) -> Mode {
    Mode::from_raw_mode(stat.st_mode as RawMode & 0o777)
}

/// Random letters and digits that remain distinct on file systems that ignore case.
pub(super) fn random_letters() -> Result<String> {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let random = getrandom::u64().map_err(|_| Error::from(Fault::OutOfResources))?;
    let letter = |place: u32| char::from(LETTERS[(random >> (5 * place)) as usize % 32]);
    Ok((0..10).map(letter).collect())
}
