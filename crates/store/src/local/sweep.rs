//! Removing old parts from a whole tree. As in all work on trees, each directory is opened in the one that holds it, links
//! not followed, and a part goes only while it is locked, by the name under which it was locked.

use std::ffi::CStr;
use std::os::fd::OwnedFd;

use packetboat_codes::Fault;
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, Stat, fstat, statat, unlinkat};
use rustix::io::Errno;

use super::read::require_regular;
use super::walk::{self, DEEPEST_COUNTED, Names};
use super::{metadata, part};
use crate::{Error, Progress, Result, Sweep, Time, VirtualPath};

/// Removes the parts that nobody has written to since `before`. The directories on the way are kept open in a list of its
/// own, so that a deep tree needs no deep stack.
pub(super) fn remove_old_parts(
    top: OwnedFd,
    before: Time,
    sweep: &mut dyn Sweep,
    progress: &Progress,
) -> Result<()> {
    let mut names = Names::new(&VirtualPath::root());
    if !sweep.enters(metadata::identity(&fstat(&top)?)) {
        return Ok(());
    }
    let mut open_ones = vec![(Dir::read_from(&top)?, top)];
    while let Some((entries, directory)) = open_ones.last_mut() {
        let entry = match entries.next() {
            Some(Ok(entry)) => entry,
            ended => {
                if let Some(Err(error)) = ended {
                    sweep.failed(names.name(error.into()));
                }
                open_ones.pop();
                names.pop();
                continue;
            }
        };
        let name = entry.file_name();
        if matches!(name.to_bytes(), b"." | b"..") {
            continue;
        }
        progress.advance(1)?;
        let is_part = part::is_name(name.to_bytes());
        // Of other files the kernel says mostly without a look at them that they are none to go into.
        if !is_part && !matches!(entry.file_type(), FileType::Directory | FileType::Unknown) {
            continue;
        }
        // A part is told by the name of its file.
        names.push(part::file_of(name.to_bytes()).unwrap_or(name.to_bytes()));
        match enter(directory, name, names.depth(), sweep) {
            Ok(Some(inner)) => {
                open_ones.push(inner);
                continue;
            }
            Ok(None) if is_part => match remove_if_old(directory, name, before) {
                Ok(None) => {}
                Ok(Some(stat)) => {
                    let modified = metadata::from_stat(&stat).modified;
                    sweep.removed(&names.path(), metadata::len(&stat), modified);
                }
                Err(error) => sweep.failed(names.name(error)),
            },
            Ok(None) => {}
            Err(error) => sweep.failed(names.name(error)),
        }
        names.pop();
    }
    Ok(())
}

/// A directory to go into, being read; nothing if it is none.
fn enter(
    directory: &OwnedFd,
    name: &CStr,
    depth: usize,
    sweep: &mut dyn Sweep,
) -> Result<Option<(Dir, OwnedFd)>> {
    let stat = match statat(directory, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => stat,
        // Gone since the kernel named it.
        Err(Errno::NOENT) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    if FileType::from_raw_mode(stat.st_mode) != FileType::Directory {
        return Ok(None);
    }
    if depth >= DEEPEST_COUNTED {
        return Err(Fault::TooDeep.into());
    }
    let inner = match walk::open(directory, name.to_bytes()) {
        Ok(inner) => inner,
        Err(error) if is_gone(&error) => return Ok(None),
        Err(error) => return Err(error),
    };
    if !sweep.enters(metadata::identity(&fstat(&inner)?)) {
        return Ok(None);
    }
    Ok(Some((Dir::read_from(&inner)?, inner)))
}

fn is_gone(error: &Error) -> bool {
    matches!(error.fault(), Fault::NotFound | Fault::NotADirectory)
}

/// Removes a part, if it is old and no upload goes on in it; what it was.
fn remove_if_old(directory: &OwnedFd, name: &CStr, before: Time) -> Result<Option<Stat>> {
    let place = walk::place_in(directory, name.to_bytes())?;
    let is_old = |stat: &Stat| {
        let found = metadata::from_stat(stat);
        let modified = Time { seconds: found.modified, nanoseconds: found.modified_nanos };
        require_regular(stat).is_ok() && modified < before
    };
    // Only what has to go is opened.
    if !place.look()?.is_some_and(|stat| is_old(&stat)) {
        return Ok(None);
    }
    let locked = match part::open_locked(&place, &place.name, OFlags::empty(), Mode::empty()) {
        Ok(locked) => locked,
        Err(error) if error.fault() == Fault::Busy => return Ok(None),
        Err(error) => return Err(error),
    };
    // Locked it does not change any more.
    let Some(locked) = locked.filter(|locked| is_old(&locked.stat)) else { return Ok(None) };
    unlinkat(directory, name, AtFlags::empty())?;
    Ok(Some(locked.stat))
}
