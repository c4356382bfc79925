//! Folders that an account is to see and that are not there: it could not log in, and nobody but the log would say so.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

use packetboat_accounts::{AccountName, Database, Record, Root, RootPlace};

use super::{Result, failed};

/// What to say of those of an account; nothing if all are there, or may not be looked at from here.
pub(super) fn folders(database: &Database, record: &Record) -> Result<Option<String>> {
    let (effective, _) = database.settled(record).map_err(failed)?;
    let terms = &effective.terms;
    let roots = terms.root.iter().chain(terms.folders.iter().map(|(_, folder)| folder));
    let places = roots.filter_map(|root| place(root, &record.name));
    let missing: Vec<String> = places
        .filter(|path| matches!(path.try_exists(), Ok(false)))
        .map(|path| path.display().to_string())
        .collect();
    Ok((!missing.is_empty()).then(|| {
        let names = missing.join(", ");
        format!("it cannot log in before these folders are there: {names}; make them, for the user that serves")
    }))
}

fn place(root: &Root, name: &AccountName) -> Option<PathBuf> {
    let RootPlace { base, inside } = root.place(name.as_str().as_bytes())?;
    Some(base.join(OsStr::from_bytes(inside.as_bytes())))
}
