//! Whose a part is while it is written: two downloads of one file would write into the same part, and the one that
//! ends first would give its name to what the other has just emptied.

use std::path::{Path, PathBuf};

use crate::error::Error;

/// How often a part is opened anew that has got its name meanwhile. A file system that numbers a file anew each time it is
/// asked would never come to an end.
#[cfg(unix)]
const TRIES: usize = 8;

/// A part that nobody else of this program writes, until this is dropped or its process ends. A part that is empty
/// then goes: there is nothing in it to go on from.
#[derive(Debug)]
pub(crate) struct Claim {
    part: PathBuf,
    #[cfg(unix)]
    file: std::fs::File,
}

impl Claim {
    /// Claims a part that is there; nothing if there is none.
    pub(crate) fn of_existing(part: &Path) -> Result<Option<Self>, Error> {
        match part.symlink_metadata() {
            Ok(_) => Self::new(part).map(Some),
            Err(_) => Ok(None),
        }
    }

    /// Claims a part that may still have to be made.
    #[cfg(unix)]
    pub(crate) fn new(part: &Path) -> Result<Self, Error> {
        use std::fs::TryLockError;

        let failed = |error| Error::local(part, error);
        let mut tries = 0;
        loop {
            let mut options = std::fs::OpenOptions::new();
            options.write(true).create(true).truncate(false);
            let file = options.open(part).map_err(failed)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(taken(part)),
                // A file system that knows no locks.
                Err(TryLockError::Error(_)) => {}
            }
            let claim = Self { part: part.to_owned(), file };
            // Whoever had it may have given it its name meanwhile.
            tries += 1;
            if claim.is_at_its_place() || tries == TRIES {
                return Ok(claim);
            }
        }
    }

    /// Locks of other systems would keep out this program's own writing, so there is none.
    #[cfg(not(unix))]
    pub(crate) fn new(part: &Path) -> Result<Self, Error> {
        Ok(Self { part: part.to_owned() })
    }

    /// Fails where the part has fewer bytes than there were before it was claimed.
    pub(crate) fn holds(&self, bytes: u64) -> Result<(), Error> {
        let length = crate::local::length(&self.part)?.unwrap_or(0);
        if length < bytes { Err(taken(&self.part)) } else { Ok(()) }
    }

    #[cfg(unix)]
    fn is_at_its_place(&self) -> bool {
        use std::os::unix::fs::MetadataExt as _;

        let place = |found: std::fs::Metadata| (found.dev(), found.ino());
        match (self.file.metadata(), std::fs::metadata(&self.part)) {
            (Ok(own), Ok(there)) => place(own) == place(there),
            _ => false,
        }
    }
}

#[cfg(unix)]
impl Drop for Claim {
    fn drop(&mut self) {
        let is_empty = self.file.metadata().is_ok_and(|found| found.len() == 0);
        if is_empty && self.is_at_its_place() {
            // One that stays does no harm.
            let _ = std::fs::remove_file(&self.part);
        }
    }
}

fn taken(part: &Path) -> Error {
    Error::mismatch(
        part,
        "another download is writing it; wait for its end, or give this one another name with -o",
    )
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_part_is_written_by_one_at_a_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let part = folder.path().join("f.pbpart");
        assert!(Claim::of_existing(&part).expect("nothing").is_none());
        let claim = Claim::new(&part).expect("free");
        let error = Claim::new(&part).expect_err("taken");
        assert!(error.to_string().contains("another download is writing it"), "{error}");
        drop(claim);
        assert!(!part.exists(), "an empty part is left");
        let claim = Claim::new(&part).expect("free again");
        fs::write(&part, "content").expect("written");
        claim.holds(7).expect("all of it");
        assert!(claim.holds(8).is_err());
        drop(claim);
        assert!(Claim::of_existing(&part).expect("free").is_some());
        assert_eq!(fs::read(&part).expect("kept"), b"content");
    }

    #[test]
    fn a_part_that_got_its_name_is_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let (part, whole) = (folder.path().join("f.pbpart"), folder.path().join("f"));
        let claim = Claim::new(&part).expect("free");
        fs::rename(&part, &whole).expect("renamed");
        // The next download's, which is not the same file.
        let next = Claim::new(&part).expect("free");
        drop(claim);
        assert!(part.exists() && whole.exists());
        drop(next);
    }
}
