//! Takes over descriptors that the parent process has left open for this one, by number. This crate
//! and `packetboat-pam` are the only ones with `unsafe`: the language cannot know that a number is
//! an open descriptor that nothing else owns.

use std::io;
use std::os::fd::{BorrowedFd, FromRawFd as _, OwnedFd, RawFd};
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::io::{FdFlags, fcntl_getfd, fcntl_setfd};

/// After standard input, output and error.
const FIRST: RawFd = 3;

static TAKEN: AtomicBool = AtomicBool::new(false);

/// Takes this many descriptors, starting with 3, like `sd_listen_fds(3)`. Programs that this one
/// starts do not inherit them. Call it only once in the life of a process, before it opens anything
/// that stays open.
///
/// # Errors If it was called before, or a descriptor is not open.
pub fn take(count: usize) -> io::Result<Vec<OwnedFd>> {
    if count == 0 {
        return Ok(Vec::new());
    }
    if TAKEN.swap(true, Ordering::SeqCst) {
        return Err(io::Error::other("descriptors can be taken over only once"));
    }
    let count = RawFd::try_from(count).map_err(io::Error::other)?;
    let end = FIRST.checked_add(count).ok_or(io::ErrorKind::InvalidInput)?;
    for number in FIRST..end {
        check(number)?;
    }
    Ok((FIRST..end).map(own).collect())
}

/// Checks that a descriptor is open, and marks it close-on-exec.
fn check(number: RawFd) -> io::Result<()> {
    // SAFETY: the number is borrowed for two system calls, which fail with EBADF if it is not open.
    // The caller promises that nothing closes it in the meantime, as in `own`.
    #[allow(unsafe_code)]
    let descriptor = unsafe { BorrowedFd::borrow_raw(number) };
    let failed =
        |error: rustix::io::Errno| io::Error::other(format!("descriptor {number}: {error}"));
    let flags = fcntl_getfd(descriptor).map_err(failed)?;
    fcntl_setfd(descriptor, flags | FdFlags::CLOEXEC).map_err(failed)
}

fn own(number: RawFd) -> OwnedFd {
    // SAFETY: `check` found it open. The parent process opened it and left it to this process under
    // this number by agreement, so nothing in this process owns it, and `take` hands it out only
    // once.
    #[allow(unsafe_code)]
    unsafe {
        OwnedFd::from_raw_fd(number)
    }
}
