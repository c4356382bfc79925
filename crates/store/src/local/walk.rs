//! Removes and measures whole trees. Every directory is opened relative to its parent, without
//! following links, and all operations name only the last component of a path. So whatever another
//! session moves or links meanwhile, only entries of that directory are touched. A part that an
//! upload is writing to stays, and so do the directories that contain it: the removal stops there.

use std::ffi::CString;
use std::os::fd::{AsFd, OwnedFd};

use packetboat_codes::Fault;
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, openat, renameat, statat, unlinkat};
use rustix::io::Errno;

use super::descent::Descent;
use super::metadata;
use super::open_write::random_letters;
use super::part;
use super::tree::Place;
use crate::{Error, Progress, Result, Usage, VirtualPath};

/// The deepest nesting of directories that are open at the same time.
const DEEPEST: usize = 128;
/// Directories deeper than this are moved up before they are removed, so that no tree is too deep.
const DEEP: usize = 32;
/// The depth limit for walks that no client waits for: deeper than any path can name.
pub(super) const DEEPEST_COUNTED: usize = 2_100;
/// How often a directory is reread because entries appeared while it was emptied, either created by
/// others or moved up from below.
const MOST_PASSES: usize = 1_000;

/// Removes a directory and everything in it.
pub(super) fn remove(place: &Place, path: &VirtualPath, progress: &Progress) -> Result<()> {
    let top = open(&place.directory, &place.name)?;
    empty(&top, None, &mut Names::new(path), progress)?;
    remove_directory(&place.directory, &place.name, path)?;
    progress.free(0);
    progress.advance(1)
}

/// Empties a directory. `top` is the directory whose removal was requested.
fn empty(
    directory: &OwnedFd,
    top: Option<&OwnedFd>,
    names: &mut Names,
    progress: &Progress,
) -> Result<()> {
    #[cfg(target_os = "linux")]
    super::claim::refuse_claimed_in(&place_in(directory, b".")?)?;
    for _ in 0..MOST_PASSES {
        let mut found = false;
        let mut entries = Dir::read_from(directory)?;
        while let Some(entry) = entries.next().transpose()? {
            let name = entry.file_name();
            if matches!(name.to_bytes(), b"." | b"..") {
                continue;
            }
            found = true;
            // Clients know a part by the name of its file.
            names.push(part::file_of(name.to_bytes()).unwrap_or(name.to_bytes()));
            let removed = remove_entry(directory, top.unwrap_or(directory), name, names, progress);
            removed.map_err(|error| names.name(error))?;
            progress.advance(1)?;
            names.pop();
        }
        if !found {
            return Ok(());
        }
    }
    Err(Fault::DirectoryNotEmpty.into())
}

fn remove_entry(
    directory: &OwnedFd,
    top: &OwnedFd,
    name: &std::ffi::CStr,
    names: &mut Names,
    progress: &Progress,
) -> Result<()> {
    let bytes = if progress.measures() { file_len(directory, name)? } else { 0 };
    let _locked = match part::is_name(name.to_bytes()) {
        true => part::lock_if_part(&place_in(directory, name.to_bytes())?)?,
        false => None,
    };
    match unlinkat(directory, name, AtFlags::empty()) {
        Ok(()) => {
            progress.free(bytes);
            return Ok(());
        }
        Err(Errno::NOENT) => return Ok(()),
        // For a directory, Linux returns EISDIR and POSIX EPERM. EPERM may also be a refusal.
        Err(Errno::ISDIR) => {}
        Err(Errno::PERM) if is_directory(directory, name)? => {}
        Err(error) => return Err(error.into()),
    }
    if names.depth() > DEEP {
        let up = CString::new(format!(".{}", random_letters()?)).unwrap_or_default();
        // The pass over the top directory, which is emptied as well, will find it there.
        return Ok(renameat(directory, name, top, &up)?);
    }
    let inner = open(directory, name.to_bytes())?;
    empty(&inner, Some(top), names, progress)?;
    match unlinkat(directory, name, AtFlags::REMOVEDIR) {
        Ok(()) => {
            progress.free(0);
            Ok(())
        }
        Err(Errno::NOENT) => Ok(()),
        Err(Errno::EXIST) => Err(Fault::DirectoryNotEmpty.into()),
        Err(error) => Err(error.into()),
    }
}

/// A place in a directory that stays open.
pub(super) fn place_in(directory: &impl AsFd, name: &[u8]) -> Result<Place> {
    let directory = directory.as_fd().try_clone_to_owned()?;
    Ok(Place { name: name.to_vec(), ..Place::in_directory(directory) })
}

fn remove_directory(directory: &impl AsFd, name: &[u8], path: &VirtualPath) -> Result<()> {
    match unlinkat(directory, name, AtFlags::REMOVEDIR) {
        Err(Errno::EXIST) => Err(Error::from(Fault::DirectoryNotEmpty).of(path.clone())),
        other => Ok(other?),
    }
}

/// The total size of the files in a tree.
pub(super) fn len(top: OwnedFd, path: &VirtualPath, progress: &Progress) -> Result<u64> {
    measure(&top, &mut Names::new(path), progress)
}

fn measure(directory: &OwnedFd, names: &mut Names, progress: &Progress) -> Result<u64> {
    let mut sum = 0_u64;
    let mut entries = Dir::read_from(directory)?;
    while let Some(entry) = entries.next().transpose()? {
        let name = entry.file_name();
        if matches!(name.to_bytes(), b"." | b"..") || part::is_name(name.to_bytes()) {
            continue;
        }
        progress.advance(1)?;
        names.push(name.to_bytes());
        let len = measure_entry(directory, name, names, progress);
        sum = sum.saturating_add(len.map_err(|error| names.name(error))?);
        names.pop();
    }
    Ok(sum)
}

fn measure_entry(
    directory: &OwnedFd,
    name: &std::ffi::CStr,
    names: &mut Names,
    progress: &Progress,
) -> Result<u64> {
    let stat = match statat(directory, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => stat,
        // It was removed after the kernel returned its name.
        Err(Errno::NOENT) => return Ok(0),
        Err(error) => return Err(error.into()),
    };
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => Ok(metadata::len(&stat)),
        FileType::Directory if names.depth() >= DEEPEST => Err(Fault::TooDeep.into()),
        FileType::Directory => match open(directory, name.to_bytes()) {
            Ok(inner) => measure(&inner, names, progress),
            Err(error) if is_gone(&error) => Ok(0),
            Err(error) => Err(error),
        },
        _ => Ok(0),
    }
}

/// Bytes and entries of a tree, parts included. An error names the directory that it is about.
pub(super) fn usage(top: OwnedFd, path: &VirtualPath, progress: &Progress) -> Result<Usage> {
    let mut names = Names::new(path);
    count(top, &mut names, progress).map_err(|error| names.name(error))
}

fn count(top: OwnedFd, names: &mut Names, progress: &Progress) -> Result<Usage> {
    let mut sum = Usage::default();
    let mut descent = Descent::new(top)?;
    loop {
        let Some(entry) = descent.next()? else {
            match descent.leave()? {
                true => names.pop(),
                false => return Ok(sum),
            }
            continue;
        };
        let name = entry.file_name();
        progress.advance(1)?;
        let stat = match statat(descent.directory()?, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => stat,
            // It was removed after the kernel returned its name.
            Err(Errno::NOENT) => continue,
            Err(error) => return Err(error.into()),
        };
        sum.files += 1;
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => sum.bytes = sum.bytes.saturating_add(metadata::len(&stat)),
            FileType::Directory => {
                names.push(name.to_bytes());
                match open(&descent.directory()?, name.to_bytes()) {
                    Ok(_) if descent.depth() >= DEEPEST_COUNTED => {
                        return Err(Fault::TooDeep.into());
                    }
                    Ok(inner) => descent.enter(inner)?,
                    Err(error) if is_gone(&error) => names.pop(),
                    Err(error) => return Err(error),
                }
            }
            _ => {}
        }
    }
}

/// Whether a directory was removed or replaced after the kernel returned its name.
fn is_gone(error: &Error) -> bool {
    matches!(error.fault(), Fault::NotFound | Fault::NotADirectory)
}

/// The length of a file, or 0 for anything else.
fn file_len(directory: &OwnedFd, name: &std::ffi::CStr) -> Result<u64> {
    match statat(directory, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) if FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile => {
            Ok(metadata::len(&stat))
        }
        Ok(_) | Err(Errno::NOENT) => Ok(0),
        Err(error) => Err(error.into()),
    }
}

/// Opens a subdirectory by name. A link counts as no directory.
pub(super) fn open(directory: &impl AsFd, name: &[u8]) -> Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    match openat(directory, name, flags, Mode::empty()) {
        // The error of some systems for a link.
        Err(Errno::LOOP) => Err(Fault::NotADirectory.into()),
        other => Ok(other?),
    }
}

fn is_directory(directory: &OwnedFd, name: &std::ffi::CStr) -> Result<bool> {
    let stat = statat(directory, name, AtFlags::SYMLINK_NOFOLLOW)?;
    Ok(FileType::from_raw_mode(stat.st_mode) == FileType::Directory)
}

/// The names on the way to the current entry, so that errors can name it.
pub(super) struct Names {
    top: VirtualPath,
    below: Vec<Vec<u8>>,
}

impl Names {
    pub(super) fn new(top: &VirtualPath) -> Self {
        Self { top: top.clone(), below: Vec::new() }
    }

    pub(super) fn push(&mut self, name: &[u8]) {
        self.below.push(name.to_vec());
    }

    pub(super) fn pop(&mut self) {
        self.below.pop();
    }

    pub(super) fn depth(&self) -> usize {
        self.below.len()
    }

    /// Shortens the path to this many names below the top.
    pub(super) fn back_to(&mut self, depth: usize) {
        self.below.truncate(depth);
    }

    /// Attributes an error to the current entry, unless it already names a deeper one.
    pub(super) fn name(&self, error: Error) -> Error {
        if error.path().is_some() || error.fault() == Fault::Stopped {
            return error;
        }
        error.of(self.path())
    }

    /// The path of the current entry, or the top if a name on the way cannot be part of a path.
    pub(super) fn path(&self) -> VirtualPath {
        let path = self.below.iter().try_fold(self.top.clone(), |path, name| path.join(name));
        path.unwrap_or_else(|_| self.top.clone())
    }
}
