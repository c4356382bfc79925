//! Sets times, permission bits and groups. Where the kernel has no call that leaves links alone,
//! the file is opened first and then changed through its descriptor, so a link that was put in its
//! place meanwhile is not followed.

use packetboat_codes::Fault;
use rustix::fs::{
    AtFlags, Gid, Mode, OFlags, Timespec, Timestamps, UTIME_OMIT, chownat, fchmod, openat,
    utimensat,
};

use super::tree::Place;
use crate::{Group, Result, Time, Times};

/// The groups of this machine. Groups of a directory service can only be given by number.
const GROUPS: &str = "/etc/group";

/// Sets the given times. None of the supported systems can set the creation time.
pub(super) fn set_times(place: &Place, times: &Times) -> Result<()> {
    if times.created.is_some() {
        return Err(Fault::Unsupported.into());
    }
    let times = Timestamps {
        last_access: timespec(times.accessed),
        last_modification: timespec(times.modified),
    };
    Ok(utimensat(&place.directory, &place.name, &times, AtFlags::SYMLINK_NOFOLLOW)?)
}

fn timespec(time: Option<Time>) -> Timespec {
    match time {
        Some(time) => Timespec { tv_sec: time.seconds, tv_nsec: time.nanoseconds.into() },
        None => Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT },
    }
}

/// Sets the group.
pub(super) fn set_group(place: &Place, group: &Group) -> Result<()> {
    let number = match group {
        Group::Number(number) => *number,
        Group::Name(name) => {
            group_number(&std::fs::read(GROUPS)?, name).ok_or(Fault::NoSuchGroup)?
        }
    };
    // In `chown`, the highest number means "leave unchanged"; no group has it.
    if number == u32::MAX {
        return Err(Fault::NoSuchGroup.into());
    }
    let group = Some(Gid::from_raw(number));
    Ok(chownat(&place.directory, &place.name, None, group, AtFlags::SYMLINK_NOFOLLOW)?)
}

/// Finds the number of a group in a file of lines `name:password:number:members`.
fn group_number(groups: &[u8], name: &[u8]) -> Option<u32> {
    groups.split(|&byte| byte == b'\n').find_map(|line| {
        let mut fields = line.split(|&byte| byte == b':');
        let number = (fields.next() == Some(name)).then(|| fields.nth(1))??;
        std::str::from_utf8(number).ok()?.parse().ok()
    })
}

/// Sets permission bits.
pub(super) fn set_mode(place: &Place, mode: Mode) -> Result<()> {
    const NO_FOLLOW: OFlags =
        OFlags::NOFOLLOW.union(OFlags::NONBLOCK).union(OFlags::NOCTTY).union(OFlags::CLOEXEC);
    #[cfg(target_os = "linux")]
    if set_mode_by_proc(place, mode)? {
        return Ok(());
    }
    let file = openat(&place.directory, &place.name, OFlags::RDONLY | NO_FOLLOW, Mode::empty())?;
    Ok(fchmod(file, mode)?)
}

/// Sets the bits without needing read permission, so that a file without any permissions can get
/// some again. Such a descriptor does not work with fchmod, but its name in /proc stands for
/// exactly this file. Returns false if /proc is not mounted.
#[cfg(target_os = "linux")]
fn set_mode_by_proc(place: &Place, mode: Mode) -> Result<bool> {
    use std::os::fd::AsRawFd as _;

    use rustix::fs::{CWD, FileType, chmodat, fstat};
    use rustix::io::Errno;

    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = openat(&place.directory, &place.name, flags, Mode::empty())?;
    if FileType::from_raw_mode(fstat(&file)?.st_mode) == FileType::Symlink {
        return Err(Fault::Changed.into());
    }
    let name = format!("/proc/self/fd/{}", file.as_raw_fd());
    match chmodat(CWD, name, mode, AtFlags::empty()) {
        Err(Errno::NOENT | Errno::NOTDIR) => Ok(false),
        other => Ok(other.map(|()| true)?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_found_by_their_whole_name() {
        let groups = b"root:x:0:\nbroken\nusers:x:100:a,b\nuser:x:7:\nodd:x:y:\n";
        assert_eq!(group_number(groups, b"users"), Some(100));
        assert_eq!(group_number(groups, b"user"), Some(7));
        for name in [b"use".as_slice(), b"broken", b"odd", b"", b"x"] {
            assert_eq!(group_number(groups, name), None);
        }
    }
}
