//! [`Claim`]: exclusive use of the part into which a download writes. Without it, two downloads of
//! one file would write into the same part, and the first to finish would rename what the other has
//! just truncated. On Linux a small new file needs no part: it has no name until it is complete
//! ([`Claim::unnamed`]).

use std::fs::{File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom};
#[cfg(target_os = "linux")]
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::error::Error;
use crate::local;

/// How often to reopen a part that was renamed in the meantime. The limit is for file systems that
/// report a new inode number each time, on which the loop would never end.
const TRIES: usize = 8;

const DISPLACED: &str = "it was removed or replaced during the download, so the file could not be put in its place; find out \
                         what else uses that name, and fetch the file again";
const LINK: &str = "it is a symbolic link, and unfinished downloads are never written through a link, since it may lead \
                    anywhere; remove it, or choose another name with -o";
const NO_FILE: &str = "it is not a regular file, and the unfinished download has to be kept under that name; remove it, or \
                       choose another name with -o";

/// Exclusive use of a part among all clients of this program, until the claim is dropped or the
/// process ends. Dropping it removes an empty part, in which there is nothing to resume.
#[derive(Debug)]
pub(crate) struct Claim {
    part: PathBuf,
    file: File,
    name: Mutex<Name>,
    /// Whether this claim has begun to write the file. From then on everything in it is known to
    /// belong together.
    is_begun: AtomicBool,
}

/// Which name the file of a claim has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Name {
    /// None yet.
    None,
    /// The name of the part.
    Part,
    /// The final name.
    Whole,
}

impl Claim {
    /// Claims an existing part; `None` if there is none.
    pub(crate) fn of_existing(part: &Path) -> Result<Option<Self>, Error> {
        match part.symlink_metadata() {
            Ok(_) => Self::new(part).map(Some),
            Err(_) => Ok(None),
        }
    }

    /// Claims a part, creating it if necessary.
    pub(crate) fn new(part: &Path) -> Result<Self, Error> {
        let mut tries = 0;
        loop {
            let file = open_alone(part)?;
            let claim = Self {
                part: part.to_owned(),
                file,
                name: Mutex::new(Name::Part),
                is_begun: AtomicBool::new(false),
            };
            // Another client may have renamed it to its final name since it was opened.
            tries += 1;
            if claim.is_at_its_place() || tries == TRIES {
                return Ok(claim);
            }
        }
    }

    /// Creates a file without a name instead of a part, or a part where unnamed files are not supported.
    #[cfg(target_os = "linux")]
    pub(crate) fn unnamed(part: &Path) -> Result<Self, Error> {
        let folder = match part.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.as_os_str().as_bytes(),
            _ => b".",
        };
        let permissions = rustix::fs::Mode::from_raw_mode(0o666);
        let made = packetboat_unnamed::make(rustix::fs::CWD, folder, permissions);
        match made.map_err(|error| Error::local(part, error.into()))? {
            Some(file) => {
                let (part, name) = (part.to_owned(), Mutex::new(Name::None));
                Ok(Self { part, file: file.into(), name, is_begun: AtomicBool::new(true) })
            }
            None => Self::new(part),
        }
    }

    #[cfg(not(target_os = "linux"))]
    pub(crate) fn unnamed(part: &Path) -> Result<Self, Error> {
        Self::new(part)
    }

    /// The path of the part.
    pub(crate) fn part(&self) -> &Path {
        &self.part
    }

    /// Fails if the part has fewer than `bytes` bytes, because another download has truncated it
    /// before it was claimed.
    pub(crate) fn holds(&self, bytes: u64) -> Result<(), Error> {
        let found = self.file.metadata().map_err(|error| Error::local(&self.part, error))?;
        if found.len() < bytes { Err(taken(&self.part)) } else { Ok(()) }
    }

    /// Whether this claim has written to the file, or accepted its content as the beginning of what
    /// it wrote. Before that the content is whatever an earlier run left.
    pub(crate) fn is_begun(&self) -> bool {
        self.is_begun.load(Ordering::Relaxed)
    }

    /// Whether the name of the part no longer belongs to the claimed file.
    pub(crate) fn is_displaced(&self) -> bool {
        *self.name() == Name::Part && !self.is_at_its_place()
    }

    /// Opens the claimed file for writing at an offset and cuts off the rest, whatever has its name
    /// by now. A new file is not truncated: ext4 takes that for the replacement of a file and
    /// writes it out on close, which makes small files many times slower.
    pub(crate) fn open_at(&self, offset: u64) -> io::Result<File> {
        let mut file = self.file.try_clone()?;
        if file.metadata()?.len() != offset {
            file.set_len(offset)?;
        }
        file.seek(SeekFrom::Start(offset))?;
        self.is_begun.store(true, Ordering::Relaxed);
        Ok(file)
    }
}

impl Claim {
    /// The file, if it has no name.
    pub(crate) fn nameless(&self) -> Option<&File> {
        (*self.name() == Name::None).then_some(&self.file)
    }

    /// Gives an unnamed file the name of the part, so that it outlives this process.
    pub(crate) fn take_part_name(&self) -> Result<(), Error> {
        let mut name = self.name();
        if *name == Name::None {
            self.link_part()?;
            *name = Name::Part;
        }
        Ok(())
    }

    /// Turns an unnamed file into a part, unless it is empty.
    pub(crate) fn keep(&self) -> Result<(), Error> {
        let failed = |error| Error::local(&self.part, error);
        if self.nameless().is_some() && self.file.metadata().map_err(failed)?.len() > 0 {
            self.take_part_name()?;
        }
        Ok(())
    }

    /// Gives the file its final name in one step. Fails if something else has taken the name of the
    /// part.
    pub(crate) fn complete(&self, path: &Path) -> Result<(), Error> {
        if self.nameless().is_some() {
            if self.link_whole(path)? {
                *self.name() = Name::Whole;
                return Ok(());
            }
            self.take_part_name()?;
        }
        if self.is_displaced() {
            return Err(Error::mismatch(&self.part, DISPLACED));
        }
        local::complete(&self.part, path)?;
        *self.name() = Name::Whole;
        Ok(())
    }

    fn name(&self) -> MutexGuard<'_, Name> {
        // The value is a single word and never half updated, so a poisoned lock is harmless.
        self.name.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(unix)]
impl Claim {
    /// Sets the permissions of the file.
    pub(crate) fn set_mode(&self, mode: u32) -> Result<(), Error> {
        use std::os::unix::fs::PermissionsExt as _;
        let permissions = std::fs::Permissions::from_mode(local::harmless(mode));
        self.file.set_permissions(permissions).map_err(|error| Error::local(&self.part, error))
    }

    fn is_at_its_place(&self) -> bool {
        match (self.file.metadata(), self.part.symlink_metadata()) {
            (Ok(own), Ok(there)) => local::place(&own) == local::place(&there),
            _ => false,
        }
    }
}

#[cfg(target_os = "linux")]
impl Claim {
    /// Links the file to the name of the part. It is locked first, before another client can find it.
    fn link_part(&self) -> Result<(), Error> {
        // Some file systems do not support locks.
        let _ = self.file.try_lock();
        let name = self.part.as_os_str().as_bytes();
        match packetboat_unnamed::link(&self.file, rustix::fs::CWD, name) {
            Err(rustix::io::Errno::EXIST) => Err(taken(&self.part)),
            linked => linked.map_err(|error| Error::local(&self.part, error.into())),
        }
    }

    /// Links the file to its final name; returns false if that name is taken.
    fn link_whole(&self, path: &Path) -> Result<bool, Error> {
        let name = path.as_os_str().as_bytes();
        match packetboat_unnamed::link(&self.file, rustix::fs::CWD, name) {
            Ok(()) => packetboat_unnamed::announce(rustix::fs::CWD, name),
            Err(rustix::io::Errno::EXIST) => return Ok(false),
            Err(error) => return Err(Error::local(path, error.into())),
        }
        Ok(true)
    }
}

#[cfg(windows)]
impl Claim {
    /// This system has no Unix permissions.
    pub(crate) fn set_mode(&self, _mode: u32) -> Result<(), Error> {
        Ok(())
    }

    /// Only this program renames a part, and it claims the part first.
    fn is_at_its_place(&self) -> bool {
        true
    }
}

/// These systems have no unnamed files, so neither function is reached.
#[cfg(not(target_os = "linux"))]
impl Claim {
    fn link_part(&self) -> Result<(), Error> {
        Ok(())
    }

    fn link_whole(&self, _path: &Path) -> Result<bool, Error> {
        Ok(false)
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let name = *self.name();
        match name {
            Name::Whole => {}
            // If this fails, the data is lost; a later run starts over.
            Name::None => drop(self.keep()),
            Name::Part => {
                let is_empty = self.file.metadata().is_ok_and(|found| found.len() == 0);
                if is_empty && self.is_at_its_place() {
                    // An empty part that stays does no harm.
                    let _ = std::fs::remove_file(&self.part);
                }
            }
        }
    }
}

/// Opens or creates a part and locks it. The lock keeps out programs that ask for it.
#[cfg(unix)]
fn open_alone(part: &Path) -> Result<File, Error> {
    use std::fs::TryLockError;
    use std::os::unix::fs::OpenOptionsExt as _;

    use rustix::fs::OFlags;

    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    // Other users may be able to write in the folder and guess the name: do not follow a link, and
    // do not block on a FIFO.
    options.custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed());
    let opened = options.open(part);
    refuse_all_but_files(part, opened.as_ref().ok())?;
    let file = opened.map_err(|error| Error::local(part, error))?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(taken(part)),
        // Locked, or on a file system without locks.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(file),
    }
}

/// Opens or creates a part and keeps other writers out.
#[cfg(windows)]
fn open_alone(part: &Path) -> Result<File, Error> {
    use std::os::windows::fs::OpenOptionsExt as _;

    /// What others may still do with the file (CreateFileW): read it, rename it or delete it.
    const FILE_SHARE_READ: u32 = 1;
    const FILE_SHARE_DELETE: u32 = 4;
    const ERROR_SHARING_VIOLATION: i32 = 32;

    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    options.share_mode(FILE_SHARE_READ | FILE_SHARE_DELETE);
    refuse_all_but_files(part, None)?;
    options.open(part).map_err(|error| match error.raw_os_error() {
        Some(ERROR_SHARING_VIOLATION) => taken(part),
        _ => Error::local(part, error),
    })
}

/// Fails if the path is anything but a regular file.
fn refuse_all_but_files(part: &Path, opened: Option<&File>) -> Result<(), Error> {
    let found = match opened {
        Some(file) => file.metadata(),
        None => part.symlink_metadata(),
    };
    match found {
        Ok(found) if found.is_symlink() => Err(Error::mismatch(part, LINK)),
        Ok(found) if !found.is_file() => Err(Error::mismatch(part, NO_FILE)),
        // If this fails, opening fails too, and its error says why.
        _ => Ok(()),
    }
}

fn taken(part: &Path) -> Error {
    Error::mismatch(
        part,
        "another download is writing it; wait for it to finish, or choose another name with -o",
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
        // The next download claims a new file under the same name.
        let next = Claim::new(&part).expect("free");
        drop(claim);
        assert!(part.exists() && whole.exists());
        drop(next);
    }

    /// A file that replaced the part belongs to somebody else.
    #[test]
    fn what_has_taken_the_place_of_a_part_gets_no_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let (part, whole) = (folder.path().join("f.pbpart"), folder.path().join("f"));
        let claim = Claim::new(&part).expect("free");
        fs::write(folder.path().join("other"), "other").expect("written");
        fs::rename(folder.path().join("other"), &part).expect("in its place");
        assert!(claim.is_displaced());
        drop(claim.open_at(0).expect("the file that is claimed"));
        let error = claim.complete(&whole).expect_err("another file");
        assert!(error.to_string().contains("removed or replaced"), "{error}");
        drop(claim);
        assert!(!whole.exists());
        assert_eq!(fs::read(&part).expect("untouched"), b"other");
        let claim = Claim::new(&part).expect("free");
        fs::remove_file(&part).expect("gone");
        claim.complete(&whole).expect_err("nothing is there");
    }

    #[test]
    fn a_part_is_no_link_and_no_pipe() {
        let folder = tempfile::tempdir().expect("a folder");
        let (part, precious) = (folder.path().join("f.pbpart"), folder.path().join("precious"));
        fs::write(&precious, "mine").expect("written");
        for target in ["precious", "nothing"] {
            std::os::unix::fs::symlink(target, &part).expect("a link");
            for claim in [Claim::new(&part).map(Some), Claim::of_existing(&part)] {
                let error = claim.expect_err("a link").to_string();
                assert!(error.contains("it is a symbolic link"), "{error}");
            }
            fs::remove_file(&part).expect("the link");
        }
        assert_eq!(fs::read(&precious).expect("there"), b"mine");
        assert!(!folder.path().join("nothing").exists());
        let made = std::process::Command::new("mkfifo").arg(&part).status().expect("mkfifo");
        assert!(made.success());
        let error = Claim::new(&part).expect_err("a pipe").to_string();
        assert!(error.contains("it is not a regular file"), "{error}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_without_a_name_is_whole_or_kept_as_the_part() {
        use std::io::Write as _;

        let folder = tempfile::tempdir().expect("a folder");
        let (part, whole) = (folder.path().join("f.pbpart"), folder.path().join("f"));
        let names = || fs::read_dir(folder.path()).expect("a folder").count();
        let claim = Claim::unnamed(&part).expect("made");
        // Some file systems have no unnamed files, and a part is used from the start.
        let Some(mut file) = claim.nameless() else { return };
        drop(Claim::unnamed(&part).expect("empty, so nothing is kept"));
        assert_eq!(names(), 0);
        file.write_all(b"content").expect("written");
        claim.complete(&whole).expect("whole");
        drop(claim);
        assert_eq!((fs::read(&whole).expect("there"), names()), (b"content".to_vec(), 1));

        let claim = Claim::unnamed(&part).expect("made");
        claim.nameless().expect("no name").write_all(b"newer").expect("written");
        claim.complete(&whole).expect("it replaces");
        drop(claim);
        assert_eq!((fs::read(&whole).expect("there"), names()), (b"newer".to_vec(), 1));

        let claim = Claim::unnamed(&part).expect("made");
        claim.nameless().expect("no name").write_all(b"begi").expect("written");
        drop(claim);
        assert_eq!(fs::read(&part).expect("kept"), b"begi");
        assert!(Claim::of_existing(&part).expect("free").is_some());

        let other = Claim::unnamed(&part).expect("made");
        other.nameless().expect("no name").write_all(b"other").expect("written");
        let error = other.take_part_name().expect_err("there is a part");
        assert!(error.to_string().contains("another download is writing it"), "{error}");
        drop(other);
        assert_eq!(fs::read(&part).expect("untouched"), b"begi");
    }
}
