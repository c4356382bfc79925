//! Copying files within the storage. Where possible the kernel copies the bytes, and file systems
//! that can share blocks (Btrfs, XFS) move none at all. Holes stay holes.

use packetboat_codes::Fault;

use crate::{Progress, ReadFile, Result, WriteFile};

/// How much one step copies; a copy can be stopped between two steps.
const STEP: u64 = 8 << 20;
/// The buffer size where the kernel does not copy.
const BUFFER: usize = 256 << 10;

/// Copies a whole file into another, keeping its holes, and reports the progress.
pub(crate) fn move_bytes(
    from: &dyn ReadFile,
    to: &mut dyn WriteFile,
    progress: &Progress,
) -> Result<()> {
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
fn step(from: &dyn ReadFile, to: &mut dyn WriteFile, offset: u64, left: u64) -> Result<u64> {
    let allowed = to.reserve(left.min(STEP))?;
    if let Some(count) = in_the_kernel(from, to, offset, allowed)? {
        to.advance(count);
        return Ok(count);
    }
    let mut buffer = vec![0; BUFFER.min(usize::try_from(allowed).unwrap_or(BUFFER))];
    match from.read_at(offset, &mut buffer)? {
        // Another program truncated the file.
        0 => Err(Fault::Changed.into()),
        count => {
            to.write(&buffer[..count])?;
            Ok(count as u64)
        }
    }
}

/// Lets the kernel copy. `None` if it cannot.
#[cfg(target_os = "linux")]
fn in_the_kernel(
    from: &dyn ReadFile,
    to: &dyn WriteFile,
    mut offset: u64,
    count: u64,
) -> Result<Option<u64>> {
    use rustix::io::Errno;
    let (Some(from), Some(to)) = (from.as_fd(), to.as_fd()) else { return Ok(None) };
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    match rustix::fs::copy_file_range(from, Some(&mut offset), to, None, count) {
        // Either there are no bytes, or this kernel and these file systems cannot copy them.
        // Reading will tell which.
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
    _from: &dyn ReadFile,
    _to: &dyn WriteFile,
    _offset: u64,
    _count: u64,
) -> Result<Option<u64>> {
    Ok(None)
}
