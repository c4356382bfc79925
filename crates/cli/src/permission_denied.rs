//! Explains a "permission denied": which file or folder is closed to the user this process runs as,
//! who owns it, and which command opens it. Often the culprit is a parent folder. Nothing is opened
//! or created here; the checks use access(2).

use std::ffi::OsStr;
use std::fmt;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use packetboat_accounts::{Database, DatabaseError};
use packetboat_contain::user_name;
use rustix::fs::{Access, access};
use rustix::io::Errno;
use rustix::process::geteuid;

use crate::shell::word;

/// Files that SQLite creates beside a database. Leftovers of another user get in the way.
const BESIDE: [&str; 2] = ["-wal", "-shm"];

/// The usual name of a folder that belongs to this program alone.
const OWN: &str = "packetboat";

/// What the user may not do.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Act {
    Enter,
    Read,
    Write,
    /// Create files in a folder.
    Fill,
}

/// A file or folder that the system denies to this user.
pub(crate) struct Refused {
    path: PathBuf,
    act: Act,
    /// The owner's id, if the metadata can be read.
    owner: Option<u32>,
    /// The file system is read-only, so rights do not matter.
    read_only: bool,
    /// Whether the folder seems to belong to this program alone, so that `chown` is safe advice.
    is_own: bool,
}

impl Refused {
    /// Why a file cannot be written or, if it does not exist, created.
    pub(crate) fn write(file: &Path) -> Option<Self> {
        match file.metadata() {
            Err(error) if error.kind() == ErrorKind::NotFound => Self::fill_beside(file),
            _ => refused(file, Act::Write),
        }
    }

    /// Why a file cannot be read.
    pub(crate) fn read(file: &Path) -> Option<Self> {
        refused(file, Act::Read)
    }

    /// Why no files can be created in a folder.
    pub(crate) fn fill(folder: &Path) -> Option<Self> {
        let is_own = is_for(folder, None);
        Some(Self { is_own, ..refused(folder, Act::Fill)? })
    }

    /// Why no files can be created beside a file, or the file itself.
    fn fill_beside(file: &Path) -> Option<Self> {
        let folder = folder_of(file);
        let is_own = is_for(folder, file.file_name());
        Some(Self { is_own, ..refused(folder, Act::Fill)? })
    }

    /// Why a folder cannot be used or, if it does not exist, created along with its parents.
    pub(crate) fn keep(folder: &Path) -> Option<Self> {
        let there = nearest(folder);
        let is_own = if there == folder { is_for(there, None) } else { is_named_so(there) };
        Some(Self { is_own, ..refused(there, Act::Fill)? })
    }

    /// Why a folder that another program is to create is out of reach.
    pub(crate) fn reach(folder: &Path) -> Option<Self> {
        refused(nearest(folder), Act::Enter)
    }
}

/// Whether a folder seems to be there for this program alone: it is called `packetboat`, or it
/// holds nothing but the file and its companions. A folder near the root, such as `/srv`, is shared
/// even if it is empty.
fn is_for(folder: &Path, file: Option<&OsStr>) -> bool {
    let is_deep = std::path::absolute(folder).is_ok_and(|whole| whole.components().count() > 3);
    let is_of_file = |name: &OsStr| {
        file.is_some_and(|file| name.as_encoded_bytes().starts_with(file.as_encoded_bytes()))
    };
    let holds_no_more = || {
        let mut entries = folder.read_dir().ok()?;
        Some(entries.all(|entry| entry.is_ok_and(|entry| is_of_file(&entry.file_name()))))
    };
    is_named_so(folder) || is_deep && holds_no_more().unwrap_or_default()
}

fn is_named_so(folder: &Path) -> bool {
    folder.file_name().is_some_and(|name| name == OWN)
}

/// The folder, or its nearest parent that exists.
fn nearest(folder: &Path) -> &Path {
    let is_missing =
        |path: &&Path| matches!(path.metadata(), Err(error) if error.kind() == ErrorKind::NotFound);
    let mut there = folder.ancestors().filter(|path| !path.as_os_str().is_empty());
    there.find(|path| !is_missing(path)).unwrap_or(Path::new("."))
}

pub(crate) fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Finds the refusal, if there is one. Other failures, such as a missing file, are reported by
/// whoever opens the file.
fn refused(path: &Path, act: Act) -> Option<Refused> {
    let wanted = match act {
        Act::Enter => Access::EXEC_OK,
        Act::Read => Access::READ_OK,
        Act::Write => Access::WRITE_OK,
        Act::Fill => Access::WRITE_OK | Access::EXEC_OK,
    };
    let error = access(path, wanted).err()?;
    if error == Errno::ROFS {
        return Some(Refused {
            path: path.to_owned(),
            act,
            owner: None,
            read_only: true,
            is_own: false,
        });
    }
    if error != Errno::ACCESS && error != Errno::PERM {
        return None;
    }
    // The outermost closed folder is the reason for everything inside it.
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let above: Vec<&Path> = whole.ancestors().skip(1).collect();
    let is_closed = |folder: &&&Path| access(**folder, Access::EXEC_OK) == Err(Errno::ACCESS);
    let (path, act) = match above.iter().rev().find(is_closed) {
        Some(folder) => (folder.to_path_buf(), Act::Enter),
        None => (path.to_owned(), act),
    };
    let owner = path.metadata().ok().map(|found| found.uid());
    Some(Refused { path, act, owner, read_only: false, is_own: false })
}

impl Refused {
    /// What to do about the refusal.
    fn way_out(&self, user: &str) -> String {
        let path = word(&self.path.to_string_lossy());
        if self.read_only {
            return "choose another place".to_owned();
        }
        let own = self.owner == Some(geteuid().as_raw());
        let gives = match (own, self.act) {
            (true, Act::Enter) => format!("chmod u+x {path}"),
            (true, Act::Read) => format!("chmod u+r {path}"),
            (true, Act::Write) => format!("chmod u+w {path}"),
            (true, Act::Fill) => format!("chmod u+wx {path}"),
            (false, _) => format!("chown {} {path}", word(user)),
        };
        match (own, self.act) {
            (false, Act::Enter) => {
                format!(
                    "choose a place that the user {user} can reach, or let that user enter the folder"
                )
            }
            (false, Act::Fill) if !self.is_own => {
                // Others keep their files in it, and would lose access.
                let new = word(&self.path.join(OWN).to_string_lossy());
                format!(
                    "choose a folder that belongs to the user {user}, such as one made by `install -d -o {} {new}`",
                    word(user)
                )
            }
            (_, Act::Fill) => {
                format!(
                    "choose a folder that belongs to the user {user}, or hand over this one: `{gives}`"
                )
            }
            (true, _) => format!("add the missing permission: `{gives}`"),
            (false, _) => format!("hand it over to the user {user}: `{gives}`"),
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let user = user_name(geteuid().as_raw());
        let path = self.path.display();
        match (self.read_only, self.owner) {
            (true, _) => write!(f, "{path} is on a read-only file system")?,
            (false, Some(owner)) => {
                let may_not = match self.act {
                    Act::Enter => "enter it",
                    Act::Read => "read it",
                    Act::Write => "write to it",
                    Act::Fill => "create files in it",
                };
                write!(
                    f,
                    "{path} belongs to {}, and the user {user} may not {may_not}",
                    user_name(owner)
                )?;
            }
            (false, None) => write!(f, "the user {user} cannot reach {path}")?,
        }
        write!(f, "; {}", self.way_out(&user))
    }
}

/// Why this user cannot use a database: because of the file itself or of those that SQLite creates
/// beside it.
pub(crate) fn of_database(path: &Path) -> Option<String> {
    let told = |why: &str, refused: Refused| {
        Some(format!("the database {} cannot be used: {why}{refused}", path.display()))
    };
    if path.exists()
        && let Some(refused) = Refused::read(path).or_else(|| Refused::write(path))
    {
        return told("", refused);
    }
    if let Some(refused) = Refused::fill_beside(path) {
        let why =
            if refused.act == Act::Fill { "SQLite creates files beside it, and " } else { "" };
        return told(why, refused);
    }
    let beside = BESIDE.map(|end| {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        PathBuf::from(name)
    });
    let left = beside.iter().filter(|file| file.exists()).find_map(|file| Refused::write(file));
    left.and_then(|refused| told("", refused))
}

/// A database failure in words. If the system refused access, the message says to what, and who
/// owns it.
pub(crate) fn failure_of_database(error: &DatabaseError) -> String {
    let refused = error.refused().and_then(of_database);
    refused.unwrap_or_else(|| error.to_string())
}

/// Checks an existing database, or the place where one will be created.
pub(crate) fn check_database(path: &Path) -> Result<(), String> {
    if path.exists() {
        Database::check(path).map_err(|error| failure_of_database(&error))?;
    }
    of_database(path).map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Advice to chown `/var/log` for the sake of one log would take it from all other programs.
    #[test]
    fn a_folder_that_others_use_is_not_given_away() {
        let keeps = tempfile::tempdir().expect("a folder");
        let make = |name: &str| {
            let folder = keeps.path().join("var").join(name);
            std::fs::create_dir_all(&folder).expect("a folder");
            folder
        };
        let (shared, empty, own) = (make("log"), make("accounts"), make("packetboat"));
        for folder in [&shared, &own] {
            std::fs::write(folder.join("syslog"), "").expect("a file");
        }
        std::fs::write(empty.join("a.db-wal"), "").expect("a file");
        let told = |folder: &Path, file: Option<&str>| {
            let is_own = is_for(folder, file.map(OsStr::new));
            let path = folder.to_owned();
            Refused { path, act: Act::Fill, owner: Some(u32::MAX), read_only: false, is_own }
                .way_out("ftp")
        };
        for (folder, file, way_out) in [
            (
                &shared,
                Some("p.log"),
                format!("`install -d -o ftp {}/packetboat`", shared.display()),
            ),
            (&empty, Some("a.db"), format!("`chown ftp {}`", empty.display())),
            (&own, Some("p.log"), format!("`chown ftp {}`", own.display())),
            (&empty, None, format!("`install -d -o ftp {}/packetboat`", empty.display())),
        ] {
            let told = told(folder, file);
            assert!(told.ends_with(&way_out), "{way_out} is not the end of {told}");
        }
        assert!(!is_for(Path::new("/"), None) && !is_for(Path::new("/srv"), None));
    }
}
