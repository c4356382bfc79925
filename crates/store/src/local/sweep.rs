//! Removes old parts from a whole tree. As in all work on trees, each directory is opened relative
//! to its parent, without following links. A part is removed only while it is locked, by the name
//! under which it was locked.

use std::ffi::CStr;
use std::os::fd::{BorrowedFd, OwnedFd};

use packetboat_codes::Fault;
use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat, fstat, statat, unlinkat};
use rustix::io::Errno;

use super::descent::Descent;
use super::read::require_regular;
use super::walk::{self, DEEPEST_COUNTED, Names};
use super::{metadata, part};
use crate::{Error, Progress, Result, Sweep, Time, VirtualPath};

/// Removes the parts that nobody has written to since `before`.
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
    let mut descent = Descent::new(top)?;
    loop {
        let entry = match descent.next() {
            Ok(Some(entry)) => entry,
            ended => {
                if let Err(error) = ended {
                    sweep.failed(names.name(error));
                }
                match descent.leave() {
                    Ok(true) => {}
                    Ok(false) => return Ok(()),
                    Err(error) => sweep.failed(names.name(error)),
                }
                names.back_to(descent.depth().saturating_sub(1));
                continue;
            }
        };
        let name = entry.file_name();
        progress.advance(1)?;
        let is_part = part::is_name(name.to_bytes());
        // For most other files, the kernel already reports a type that rules out a directory.
        if !is_part && !matches!(entry.file_type(), FileType::Directory | FileType::Unknown) {
            continue;
        }
        // Reports name a part by its file.
        names.push(part::file_of(name.to_bytes()).unwrap_or(name.to_bytes()));
        let directory = descent.directory()?;
        match enter(directory, name, names.depth(), sweep) {
            Ok(Some(inner)) => {
                descent.enter(inner)?;
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
}

/// Opens a directory to descend into, or returns `None` if it is none.
fn enter(
    directory: BorrowedFd<'_>,
    name: &CStr,
    depth: usize,
    sweep: &mut dyn Sweep,
) -> Result<Option<OwnedFd>> {
    let stat = match statat(directory, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => stat,
        // It was removed after the kernel returned its name.
        Err(Errno::NOENT) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    if FileType::from_raw_mode(stat.st_mode) != FileType::Directory {
        return Ok(None);
    }
    if depth >= DEEPEST_COUNTED {
        return Err(Fault::TooDeep.into());
    }
    let inner = match walk::open(&directory, name.to_bytes()) {
        Ok(inner) => inner,
        Err(error) if is_gone(&error) => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(sweep.enters(metadata::identity(&fstat(&inner)?)).then_some(inner))
}

fn is_gone(error: &Error) -> bool {
    matches!(error.fault(), Fault::NotFound | Fault::NotADirectory)
}

/// Removes a part if it is old and no upload is writing to it, and returns its `stat`.
fn remove_if_old(directory: BorrowedFd<'_>, name: &CStr, before: Time) -> Result<Option<Stat>> {
    let place = walk::place_in(&directory, name.to_bytes())?;
    let is_old = |stat: &Stat| {
        let found = metadata::from_stat(stat);
        let modified = Time { seconds: found.modified, nanoseconds: found.modified_nanos };
        require_regular(stat).is_ok() && modified < before
    };
    // Open only parts that are to be removed.
    if !place.look()?.is_some_and(|stat| is_old(&stat)) {
        return Ok(None);
    }
    let locked = match part::open_locked(&place, &place.name, OFlags::empty(), Mode::empty()) {
        Ok(locked) => locked,
        Err(error) if error.fault() == Fault::Busy => return Ok(None),
        Err(error) => return Err(error),
    };
    // Once locked, the part no longer changes.
    let Some(locked) = locked.filter(|locked| is_old(&locked.stat)) else { return Ok(None) };
    unlinkat(directory, name, AtFlags::empty())?;
    Ok(Some(locked.stat))
}
