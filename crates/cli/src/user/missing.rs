//! Folders that an account is to see and that are not there: without its root it cannot log in, and nobody but the
//! log would say so.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use packetboat_accounts::{AccountName, Database, Record, Root, RootPlace};

use super::{Result, failed};

/// What to say of those of an account; nothing if all are there, or may not be looked at from here.
pub(super) fn folders(database: &Database, record: &Record) -> Result<Option<String>> {
    let (effective, _) = database.settled(record).map_err(failed)?;
    let terms = &effective.terms;
    let missing = |root: &Root| place(root, &record.name).filter(|path| is_missing(path));
    let root = terms
        .root
        .as_ref()
        .and_then(missing)
        .map(|path| format!("it cannot log in before its root {} is there", path.display()));
    let folders: Vec<String> = terms
        .folders
        .iter()
        .filter_map(|(_, folder)| missing(folder))
        .map(|path| path.display().to_string())
        .collect();
    let folders = (!folders.is_empty())
        .then(|| format!("it does not get {} before they are there", folders.join(", ")));
    let lacks: Vec<String> = root.into_iter().chain(folders).collect();
    let way_out = "make what is missing, for the user that serves";
    Ok((!lacks.is_empty()).then(|| format!("{}; {way_out}", lacks.join("; "))))
}

fn is_missing(path: &Path) -> bool {
    matches!(path.try_exists(), Ok(false))
}

fn place(root: &Root, name: &AccountName) -> Option<PathBuf> {
    let RootPlace { base, inside } = root.place(name.as_str().as_bytes())?;
    let inside = inside.as_bytes();
    // Joining nothing would leave a slash at the end.
    Some(if inside.is_empty() { base } else { base.join(OsStr::from_bytes(inside)) })
}
