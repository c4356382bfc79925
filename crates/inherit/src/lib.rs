//! Takes over descriptors that whoever started this process has left open for it, by their numbers. Here is
//! `unsafe`, as in `packetboat-pam` and nowhere else: that a number is an open descriptor and nobody else's cannot be known
//! from within the language.

use std::io;
use std::os::fd::{BorrowedFd, FromRawFd as _, OwnedFd, RawFd};
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::io::{FdFlags, fcntl_getfd, fcntl_setfd};

/// Standard input, output and error come before.
const FIRST: RawFd = 3;

static TAKEN: AtomicBool = AtomicBool::new(false);

/// The descriptors from 3 on, so many of them, as `sd_listen_fds(3)` has it. They are not passed on to programs
/// that this one starts. Can be called once in the life of a process, before it opens anything that stays open.
///
/// # Errors
/// If it was called before, or one of them is not open.
pub fn take(count: usize) -> io::Result<Vec<OwnedFd>> {
    if count == 0 {
        return Ok(Vec::new());
    }
    if TAKEN.swap(true, Ordering::SeqCst) {
        return Err(io::Error::other("descriptors are taken over once only"));
    }
    let count = RawFd::try_from(count).map_err(io::Error::other)?;
    let end = FIRST.checked_add(count).ok_or(io::ErrorKind::InvalidInput)?;
    for number in FIRST..end {
        check(number)?;
    }
    Ok((FIRST..end).map(own).collect())
}

/// Whether it is open; it is marked to be closed when another program is started.
fn check(number: RawFd) -> io::Result<()> {
    // SAFETY: the number is borrowed for two system calls, which fail with EBADF if it is not open. That
    // nobody closes it meanwhile is what the caller promises, as in `own`.
    #[allow(unsafe_code)]
    let descriptor = unsafe { BorrowedFd::borrow_raw(number) };
    let failed =
        |error: rustix::io::Errno| io::Error::other(format!("descriptor {number}: {error}"));
    let flags = fcntl_getfd(descriptor).map_err(failed)?;
    fcntl_setfd(descriptor, flags | FdFlags::CLOEXEC).map_err(failed)
}

fn own(number: RawFd) -> OwnedFd {
    // SAFETY: `check` found it open. It was opened by whoever started this process and left to it under this
    // very number by agreement, so nothing in this process owns it; and `take` gives it out once only.
    #[allow(unsafe_code)]
    unsafe {
        OwnedFd::from_raw_fd(number)
    }
}
