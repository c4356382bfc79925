//! [`Mark`]: detects changes of the database file without opening it.

use std::fs::metadata;
use std::io::{ErrorKind, Result};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// A value that changes when something is written to the file or it is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Device and inode.
    file: (u64, u64),
    main: Written,
    /// The write-ahead log, with changes that are not in the file yet. An empty log, which comes
    /// and goes with every reader, does not count.
    ahead: Option<Written>,
}

/// Length, and time of the last change in seconds and nanoseconds.
type Written = (u64, i64, i64);

impl Mark {
    pub(super) fn of(path: &Path) -> Result<Self> {
        let main = metadata(path)?;
        let mut ahead = path.as_os_str().to_owned();
        ahead.push("-wal");
        let ahead = match metadata(ahead) {
            Ok(found) => Some(found).filter(|found| found.len() > 0),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let written = |of: &std::fs::Metadata| (of.len(), of.mtime(), of.mtime_nsec());
        let file = (main.dev(), main.ino());
        Ok(Self { file, main: written(&main), ahead: ahead.as_ref().map(written) })
    }

    /// Whether the write-ahead log is empty.
    pub(super) fn is_all_in_the_file(&self) -> bool {
        self.ahead.is_none()
    }

    /// Whether it is still the same file, regardless of changes to its content.
    pub fn is_same_file(&self, other: &Self) -> bool {
        self.file == other.file
    }
}
