//! What is wrong with the folders of an account: those that are not there, without which it may not log in and nobody but the
//! log would say so, and those that show it the database.

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

/// Whoever reads the database has all hashes and second factors, and who writes it gives himself any right.
pub(super) fn exposed(database: &Database, record: &Record) -> Result<Option<String>> {
    let (effective, _) = database.settled(record).map_err(failed)?;
    let terms = &effective.terms;
    let folders = terms.folders.iter().map(|(_, folder)| folder);
    let file = database.path().canonicalize();
    let shows = |path: &PathBuf| {
        file.as_ref().is_ok_and(|file| path.canonicalize().is_ok_and(|path| file.starts_with(path)))
    };
    let mut places = terms.root.iter().chain(folders).filter_map(|root| place(root, &record.name));
    Ok(places.find(shows).map(|path| {
        let (file, path) = (database.path().display(), path.display());
        format!(
            "{file} lies beneath {path}, which shows it the accounts of all; keep the database elsewhere, or give it \
             another folder"
        )
    }))
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
