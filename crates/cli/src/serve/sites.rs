//! What is served: the folder, the mounts of `--mount`, the virtual hosts of `--host`, and the accounts of
//! all of them.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::ValueEnum;
use packetboat_accounts::{Account, Accounts, Database, InformationFor, Rights, Secret};
use packetboat_codes::Fault;
use packetboat_proto::host::HostName;
use packetboat_proto::url::is_anonymous;
use packetboat_server::{Site, Sites};
use packetboat_store::{LocalStorage, Storage};

use super::password::{self, Password};
use super::{Ended, ServeArgs};
use crate::exit::Exit;

/// A name and the folder behind it.
pub(super) type Named<N> = (N, PathBuf);

/// What the account of `--user` has to name its account information for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Acct {
    /// To log in.
    Login,
    /// To store.
    Store,
}

/// The accounts that the program has to tell about.
#[derive(Default)]
pub(super) struct Secrets {
    pub password: Option<Password>,
    pub account: Option<Password>,
    /// The database, and how many accounts it holds.
    pub database: Option<(PathBuf, i64)>,
}

/// Opens every folder and makes the accounts.
pub(super) fn open(args: &ServeArgs) -> Result<(Sites, Secrets), Ended> {
    let storage = folder(&args.folder)?;
    let (mut accounts, mut secrets) = accounts(args).map_err(|message| (Exit::Usage, message))?;
    if let Some(path) = &args.database {
        let opened = Database::open(path).and_then(|database| Ok((database.count()?, database)));
        let (count, database) = opened.map_err(|error| (Exit::LOCAL_FILE, error.to_string()))?;
        secrets.database = Some((path.clone(), count));
        accounts.set_database(database);
    }
    let mut main = Site::new(storage, accounts.clone());
    for (name, path) in &args.mount {
        if main.mounts.insert(name.clone().into_bytes(), folder(path)?).is_some() {
            return Err((Exit::Usage, format!("--mount {name} is given twice; drop one")));
        }
    }
    let mut sites = Sites::new(main);
    for (name, path) in &args.host {
        let site = Site::new(folder(path)?, accounts.clone());
        if sites.hosts.insert(name.clone(), Arc::new(site)).is_some() {
            return Err((Exit::Usage, format!("--host {name} is given twice; drop one")));
        }
    }
    Ok((sites, secrets))
}

fn folder(path: &Path) -> Result<Arc<dyn Storage>, Ended> {
    let storage = LocalStorage::open(path).map_err(|error| {
        let why = match error.fault() {
            Fault::NotFound => {
                "there is no such folder; make it, or name one that exists".to_owned()
            }
            Fault::NotADirectory => "it is not a folder; name one".to_owned(),
            _ => format!("{error}; name a folder that may be read"),
        };
        (Exit::LOCAL_FILE, format!("cannot serve {}: {why}", path.display()))
    })?;
    check_readable(path).map_err(|error| {
        let way_out = "give this user the rights to read and enter it, or name another folder";
        (Exit::LOCAL_FILE, format!("cannot serve {}: {error}; {way_out}", path.display()))
    })?;
    Ok(Arc::new(storage))
}

/// A folder can be opened without the right to list it or to reach what is in it; every session would
/// then meet nothing but 550.
fn check_readable(folder: &Path) -> io::Result<()> {
    let mut entries = std::fs::read_dir(folder)?;
    entries.next().transpose()?;
    std::fs::metadata(folder.join(".")).map(drop)
}

/// The accounts, and the secrets of the one that `--user` adds.
fn accounts(args: &ServeArgs) -> Result<(Accounts, Secrets), String> {
    let mut accounts = Accounts::default();
    let mut secrets = Secrets::default();
    if !args.no_anonymous {
        accounts.add(Account::anonymous());
    }
    let Some(name) = &args.user else { return Ok((accounts, secrets)) };
    if name.is_empty() || is_anonymous(name.as_bytes()) {
        return Err(format!("--user {name:?} cannot have a password; choose another name"));
    }
    let keep = |password: &Password| {
        Secret::new(password.text.as_bytes()).map_err(|error| error.to_string())
    };
    let password = password::find(name)?;
    let rights = if args.write { Rights::ALL } else { Rights::READ_ONLY };
    let mut account = Account::new(name.as_str(), keep(&password)?, rights);
    secrets.password = Some(password);
    if let Some(wanted_for) = args.acct {
        let information = password::find_account(name)?;
        let wanted_for = match wanted_for {
            Acct::Login => InformationFor::Login,
            Acct::Store => InformationFor::Storing,
        };
        account = account.with_information(keep(&information)?, wanted_for);
        secrets.account = Some(information);
    }
    accounts.add(account);
    Ok((accounts, secrets))
}

pub(super) fn parse_mount(text: &str) -> Result<Named<String>, String> {
    let (name, folder) = split(text)?;
    if name.contains('/') {
        return Err("a name to mount has no slash; give it as NAME=FOLDER".into());
    }
    Ok((name.to_owned(), folder))
}

pub(super) fn parse_host(text: &str) -> Result<Named<HostName>, String> {
    let (name, folder) = split(text)?;
    let name = HostName::parse(name.as_bytes()).ok_or(
        "give a host name such as ftp.example.com, or an address (IPv6 in brackets), and no port",
    )?;
    Ok((name, folder))
}

fn split(text: &str) -> Result<(&str, PathBuf), String> {
    match text.split_once('=') {
        Some((name, folder)) if !name.is_empty() && !folder.is_empty() => {
            Ok((name, PathBuf::from(folder)))
        }
        _ => Err("give a name and a folder, as NAME=FOLDER".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_their_folders() {
        assert_eq!(parse_mount("a=/b=c"), Ok(("a".into(), "/b=c".into())));
        assert_eq!(parse_host("[::1]=x").map(|(host, _)| host.to_string()), Ok("[::1]".into()));
        for bad in ["", "a", "=b", "a=", "a/b=c"] {
            assert!(parse_mount(bad).is_err(), "{bad}");
        }
        for bad in ["a:21=b", "::1=b", "two words=b"] {
            assert!(parse_host(bad).is_err(), "{bad}");
        }
    }
}
