//! What the user that this process runs as may not do with a file or folder, and whose it is: the system says no more than
//! "permission denied", often for a folder that nobody had in mind. It is asked, and nothing is opened or made.

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

/// What SQLite makes beside a database. What another user has left of it is in the way.
const BESIDE: [&str; 2] = ["-wal", "-shm"];

/// The name of a folder for this program.
const OWN: &str = "packetboat";

/// What is not allowed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Act {
    Enter,
    Read,
    Write,
    /// To make files in a folder.
    Fill,
}

/// Something that the system refuses this user.
pub(crate) struct Refused {
    path: PathBuf,
    act: Act,
    /// Whose it is, if it may be looked at.
    owner: Option<u32>,
    /// Not for want of rights: nobody may write there.
    read_only: bool,
    /// A folder that seems to be for this alone, so that it may be given away.
    is_own: bool,
}

impl Refused {
    /// Why a file cannot be written or, if it is not there, made.
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

    /// Why no files can be made in a folder.
    pub(crate) fn fill(folder: &Path) -> Option<Self> {
        let is_own = is_for(folder, None);
        Some(Self { is_own, ..refused(folder, Act::Fill)? })
    }

    /// Why no files can be made beside a file, or that file itself.
    fn fill_beside(file: &Path) -> Option<Self> {
        let folder = folder_of(file);
        let is_own = is_for(folder, file.file_name());
        Some(Self { is_own, ..refused(folder, Act::Fill)? })
    }

    /// Why a folder cannot be used or, if it is not there, be made with all those above it.
    pub(crate) fn keep(folder: &Path) -> Option<Self> {
        let there = nearest(folder);
        let is_own = if there == folder { is_for(there, None) } else { is_named_so(there) };
        Some(Self { is_own, ..refused(there, Act::Fill)? })
    }

    /// Why nobody gets to a folder that somebody else is to make.
    pub(crate) fn reach(folder: &Path) -> Option<Self> {
        refused(nearest(folder), Act::Enter)
    }
}

/// Whether a folder is there for this program alone, as far as can be seen: it has its name, or there is nothing in it but the file
/// with what goes by its name. One near the root, such as `/srv`, may be empty and is for more.
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

/// A folder, or of those above it the first that is there.
fn nearest(folder: &Path) -> &Path {
    let is_missing =
        |path: &&Path| matches!(path.metadata(), Err(error) if error.kind() == ErrorKind::NotFound);
    let mut there = folder.ancestors().filter(|path| !path.as_os_str().is_empty());
    there.find(|path| !is_missing(path)).unwrap_or(Path::new("."))
}

pub(crate) fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// What is no matter of rights, such as a file that is not there, is told by who opens it.
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
    // The outermost folder that is closed is the reason for all that lies in it.
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
    /// What to do about it.
    fn way_out(&self, user: &str) -> String {
        let path = word(&self.path.to_string_lossy());
        if self.read_only {
            return "name another place".to_owned();
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
                    "name a place that the user {user} gets to, or let that user enter the folder"
                )
            }
            (false, Act::Fill) if !self.is_own => {
                // Others keep their things in it, and would lose them to this user.
                let new = word(&self.path.join(OWN).to_string_lossy());
                format!(
                    "name a place in a folder of the user {user}'s own, such as one made by `install -d -o {} {new}`",
                    word(user)
                )
            }
            (_, Act::Fill) => {
                format!(
                    "name a place in a folder of the user {user}'s own, or give it this one: `{gives}`"
                )
            }
            (true, _) => format!("give that user the right: `{gives}`"),
            (false, _) => format!("give it to the user {user}: `{gives}`"),
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let user = user_name(geteuid().as_raw());
        let path = self.path.display();
        match (self.read_only, self.owner) {
            (true, _) => write!(f, "{path} is on a file system that is read-only")?,
            (false, Some(owner)) => {
                let may_not = match self.act {
                    Act::Enter => "enter it",
                    Act::Read => "read it",
                    Act::Write => "write to it",
                    Act::Fill => "make files in it",
                };
                write!(
                    f,
                    "{path} belongs to {}, and the user {user} may not {may_not}",
                    user_name(owner)
                )?;
            }
            (false, None) => write!(f, "the user {user} may not get to {path}")?,
        }
        write!(f, "; {}", self.way_out(&user))
    }
}

/// Why this user cannot use a database: neither the file, nor what SQLite makes beside it.
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
        let why = if refused.act == Act::Fill { "SQLite makes files beside it, and " } else { "" };
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

/// A failure of the database in words; where the system has refused something, with what and whose it is.
pub(crate) fn failure_of_database(error: &DatabaseError) -> String {
    let refused = error.refused().and_then(of_database);
    refused.unwrap_or_else(|| error.to_string())
}

/// Looks at a database that is there, or at the place where one is to be made.
pub(crate) fn check_database(path: &Path) -> Result<(), String> {
    if path.exists() {
        Database::check(path).map_err(|error| failure_of_database(&error))?;
    }
    of_database(path).map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// To give `/var/log` away for one log gives all logs away.
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
