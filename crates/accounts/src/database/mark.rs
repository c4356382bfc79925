//! Whether a file of accounts was written to, told without opening it.

use std::fs::metadata;
use std::io::{ErrorKind, Result};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// What changes when something is written to the file, or another is put in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Device and inode.
    file: (u64, u64),
    main: Written,
    /// What was written and is not in the file yet. An empty one comes and goes with each reader.
    ahead: Option<Written>,
}

/// Length and time of the last change, in seconds and nanoseconds.
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

    /// Whether nothing waits in the log.
    pub(super) fn is_all_in_the_file(&self) -> bool {
        self.ahead.is_none()
    }

    /// Whether it is still the same file, whatever was written to it.
    pub fn is_same_file(&self, other: &Self) -> bool {
        self.file == other.file
    }
}
