//! Warnings about an account's folders: those that do not exist, which keep the account from
//! logging in with nothing but a log line to show for it, and those that contain the accounts
//! database.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use packetboat_accounts::{AccountName, Database, Record, Root, RootPlace};

use super::{Result, failed};

/// A warning about missing folders. `None` if all exist, or if this user cannot tell.
pub(super) fn folders(database: &Database, record: &Record) -> Result<Option<String>> {
    let (effective, _) = database.settled(record).map_err(failed)?;
    let terms = &effective.terms;
    let missing = |root: &Root| place(root, &record.name).filter(|path| is_missing(path));
    let root =
        terms.root.as_ref().and_then(missing).map(|path| {
            format!("the account cannot log in until its root {} exists", path.display())
        });
    let folders: Vec<String> = terms
        .folders
        .iter()
        .filter_map(|(_, folder)| missing(folder))
        .map(|path| path.display().to_string())
        .collect();
    let folders = (!folders.is_empty()).then(|| {
        format!("the account does not see these folders until they exist: {}", folders.join(", "))
    });
    let lacks: Vec<String> = root.into_iter().chain(folders).collect();
    let way_out = "create what is missing so that the user running the server can use it";
    Ok((!lacks.is_empty()).then(|| format!("{}; {way_out}", lacks.join("; "))))
}

/// A warning if the account can see the database. Whoever can read the file has all hashes and
/// second factors, and whoever can write it can grant themselves any right.
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
            "{file} lies beneath {path}, so this account can reach the data of all accounts; keep the database elsewhere, or \
             give the account another folder"
        )
    }))
}

fn is_missing(path: &Path) -> bool {
    matches!(path.try_exists(), Ok(false))
}

fn place(root: &Root, name: &AccountName) -> Option<PathBuf> {
    let RootPlace { base, inside } = root.place(name.as_str().as_bytes())?;
    let inside = inside.as_bytes();
    // Joining an empty path would leave a slash at the end.
    Some(if inside.is_empty() { base } else { base.join(OsStr::from_bytes(inside)) })
}
