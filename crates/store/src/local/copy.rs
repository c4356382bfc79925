//! Copies on the storage itself. The kernel moves the bytes, and on file systems that can share them (Btrfs,
//! XFS) moves none; holes stay holes.

use std::os::fd::{AsFd as _, BorrowedFd};

use packetboat_codes::Fault;
use rustix::fs::Mode;

use super::open_write;
use super::read::LocalRead;
use super::tree::Tree;
use super::write::LocalWrite;
use crate::{Committed, Existing, Progress, ReadFile, Result, VirtualPath, WriteFile, WriteMode};

/// What one step copies: between two steps it can be stopped.
const STEP: u64 = 8 << 20;
/// The buffer where the kernel does not copy.
const BUFFER: usize = 256 << 10;

/// Copies a file. The copy is as private as what it was copied from.
pub(super) fn copy(
    tree: &Tree,
    from: &LocalRead,
    to: &VirtualPath,
    existing: Existing,
    progress: &Progress,
) -> Result<Committed> {
    let mode = match existing {
        Existing::Replace => WriteMode::Create,
        Existing::Keep => WriteMode::New,
    };
    let mut file = Box::new(open_write::open(tree, to, mode, from.permissions()? | Mode::WUSR)?);
    match move_bytes(from, &mut file, progress) {
        Ok(()) => file.commit(),
        Err(error) => {
            // The first error is the one to tell; what could not be tidied up stays as a part.
            let _ = file.discard();
            Err(error)
        }
    }
}

fn move_bytes(from: &LocalRead, to: &mut LocalWrite, progress: &Progress) -> Result<()> {
    let mut offset = 0;
    while let Some(range) = from.next_data(offset)? {
        to.skip_to(range.start)?;
        progress.advance(range.start - offset)?;
        offset = range.start;
        while offset < range.end {
            let count = step(from, to, offset, range.end - offset)?;
            offset += count;
            progress.advance(count)?;
        }
    }
    let end = from.len().max(offset);
    to.skip_to(end)?;
    progress.advance(end - offset)
}

/// Copies some bytes, at least one.
fn step(from: &LocalRead, to: &mut LocalWrite, offset: u64, left: u64) -> Result<u64> {
    if let Some(count) = in_the_kernel(from.as_fd(), to.as_fd(), offset, left.min(STEP))? {
        to.advance(count);
        return Ok(count);
    }
    let mut buffer = vec![0; BUFFER.min(usize::try_from(left).unwrap_or(BUFFER))];
    match from.read_at(offset, &mut buffer)? {
        // Cut short by another program.
        0 => Err(Fault::Changed.into()),
        count => {
            to.write(&buffer[..count])?;
            Ok(count as u64)
        }
    }
}

/// Has the kernel copy; nothing where it does not.
#[cfg(target_os = "linux")]
fn in_the_kernel(
    from: Option<BorrowedFd<'_>>,
    to: Option<BorrowedFd<'_>>,
    mut offset: u64,
    count: u64,
) -> Result<Option<u64>> {
    use rustix::io::Errno;
    let (Some(from), Some(to)) = (from, to) else { return Ok(None) };
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    match rustix::fs::copy_file_range(from.as_fd(), Some(&mut offset), to.as_fd(), None, count) {
        // No bytes, or none that this kernel and these file systems copy: reading tells which.
        Ok(0)
        | Err(
            Errno::INTR
            | Errno::XDEV
            | Errno::INVAL
            | Errno::NOSYS
            | Errno::OPNOTSUPP
            | Errno::PERM,
        ) => Ok(None),
        Ok(count) => Ok(Some(count as u64)),
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(target_os = "linux"))]
fn in_the_kernel(
    _from: Option<BorrowedFd<'_>>,
    _to: Option<BorrowedFd<'_>>,
    _offset: u64,
    _count: u64,
) -> Result<Option<u64>> {
    Ok(None)
}
