//! `packetboat user recount`: counts from the disk what accounts have stored.

use std::path::PathBuf;

use clap::Args;
use packetboat_accounts::{AccountName, Database, Holder, RootPlace, Stored};
use packetboat_store::{LocalStorage, Progress, Storage as _, VirtualPath};
use serde_json::json;

use super::holder::{self, CountHolder};
use super::show::{Show, amounts, stored};
use super::{Result, failed, read_or_not, remark};
use crate::exit::Exit;

/// The arguments of `packetboat user recount`.
#[derive(Args)]
pub(super) struct RecountArgs {
    /// The accounts. For accounts of PAM and of a hook, give pam:NAME and hook:NAME; the server
    /// recounts those.
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    names: Vec<CountHolder>,

    /// Count all accounts that have a quota.
    #[arg(long)]
    all: bool,

    /// The folder that the server serves, for accounts without a root folder of their own.
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

/// Counts each account, and reports those that cannot be counted.
pub(super) fn run(database: &Database, args: &RecountArgs, show: &Show) -> Result<Exit> {
    let names = if args.all { with_quota(database)? } else { args.names.clone() };
    let mut exit = Exit::Ok;
    for name in &names {
        let counted = match name {
            CountHolder::Here(name) => recount(database, name, args.folder.as_ref(), show),
            CountHolder::Elsewhere(holder) => holder::recount(database, holder, show),
        };
        match counted {
            Ok(()) => {}
            Err(failure) if !args.all => return Err(failure),
            Err((_, why)) => {
                exit = Exit::Partial;
                match show.json {
                    true => crate::client::failure_as_json(Some("user"), exit, &why),
                    false => remark(&why),
                }
            }
        }
    }
    Ok(exit)
}

fn with_quota(database: &Database) -> Result<Vec<CountHolder>> {
    let mut records = Vec::new();
    let listed = database.for_each(|record| {
        records.push(record.clone());
        Ok::<(), std::convert::Infallible>(())
    });
    listed.map_err(failed)?.unwrap_or_else(|never| match never {});
    let mut names = Vec::new();
    for record in records {
        if database.settled(&record).map_err(failed)?.0.terms.limits.has_quota() {
            names.push(CountHolder::Here(record.name));
        }
    }
    let elsewhere = database.counted_elsewhere().map_err(failed)?;
    names.extend(elsewhere.into_iter().map(CountHolder::Elsewhere));
    Ok(names)
}

fn recount(
    database: &Database,
    name: &AccountName,
    folder: Option<&PathBuf>,
    show: &Show,
) -> Result<()> {
    let storage = storage(database, name, folder)?;
    let usage = storage.usage(&VirtualPath::root(), &Progress::default()).map_err(|error| {
        (
            Exit::LOCAL_FILE,
            format!("cannot count the files of {name}: {error}; check their permissions"),
        )
    })?;
    let counted = Stored { bytes: usage.bytes, files: usage.files };
    let count = database.recounted(&Holder::from(name), counted).map_err(failed)?;
    let done = match count.in_use {
        // The server notices that the count was replaced.
        true => "counted; a server that is changing the count right now will count again",
        false => "counted",
    };
    let told = match show.json {
        true => stored(Some(count)),
        false => json!({"stored": amounts(&counted, None, None)}),
    };
    read_or_not(show.done(done, name, told))?;
    Ok(())
}

/// The folder that the account sees as its root.
fn storage(
    database: &Database,
    name: &AccountName,
    folder: Option<&PathBuf>,
) -> Result<LocalStorage> {
    let record = database.find(name).map_err(failed)?;
    let (effective, _) = database.settled(&record).map_err(failed)?;
    let opened = match (&effective.terms.root, folder) {
        (Some(root), _) => {
            root.place(name.as_str().as_bytes()).map(|RootPlace { base, inside }| {
                let inside = VirtualPath::root().join(inside.as_bytes());
                inside.and_then(|inside| LocalStorage::open_beneath(&base, &inside))
            })
        }
        (None, Some(folder)) => Some(LocalStorage::open(folder)),
        (None, None) => {
            let way_out = "give the folder that the server serves with --folder, or set a root with `user set --root`";
            return Err((Exit::Usage, format!("{name} has no root folder of its own; {way_out}")));
        }
    };
    let cannot = |why: &dyn std::fmt::Display| {
        (
            Exit::LOCAL_FILE,
            format!("cannot open the root folder of {name}: {why}; create it, or choose another"),
        )
    };
    match opened {
        Some(opened) => opened.map_err(|error| cannot(&error)),
        None => Err(cannot(&"the account name cannot be part of a path")),
    }
}
