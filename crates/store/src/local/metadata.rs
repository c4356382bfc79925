//! Converts the system's `stat` to the storage's [`Metadata`].

use rustix::fs::{FileType, Stat};

use crate::{Kind, Metadata};

/// Converts a `stat`. The widths of its fields differ between systems.
#[allow(clippy::unnecessary_cast, clippy::useless_conversion)]
pub(super) fn from_stat(stat: &Stat) -> Metadata {
    Metadata {
        kind: match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => Kind::File,
            FileType::Directory => Kind::Directory,
            FileType::Symlink => Kind::Symlink,
            _ => Kind::Other,
        },
        len: len(stat),
        modified: stat.st_mtime as i64,
        modified_nanos: stat.st_mtime_nsec as u32,
        mode: u32::from(stat.st_mode) & 0o7777,
        uid: stat.st_uid,
        gid: stat.st_gid,
        links: stat.st_nlink as u64,
        unique: identity(stat),
    }
}

/// The length. No file system has negative ones.
pub(super) fn len(stat: &Stat) -> u64 {
    u64::try_from(stat.st_size).unwrap_or(0)
}

/// Identifies a file independently of its names.
#[allow(clippy::unnecessary_cast)]
pub(super) fn identity(stat: &Stat) -> (u64, u64) {
    (stat.st_dev as u64, stat.st_ino as u64)
}
