//! What the server offers: the served folder, mounts and virtual hosts, with their storage and
//! accounts.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use packetboat_accounts::{Account, Accounts, Database, InformationFor, Rights, Secret};
use packetboat_codes::Fault;
use packetboat_server::settings::{Host, InformationWanted, Origin, Problem, Settings};
use packetboat_server::{Site, Sites};
use packetboat_store::{LocalStorage, Storage};

use super::password::{self, Password};
use super::{Ended, external_logins, state};
use crate::exit::Exit;
use crate::permission_denied::{
    check_database as check_rights, failure_of_database, folder_of, of_database,
};

/// The password and account information of the account in `accounts.user`, found once and kept
/// across reloads.
#[derive(Default)]
pub(super) struct Secrets {
    pub password: Option<Password>,
    pub account: Option<Password>,
}

impl Secrets {
    /// Finds the secrets, or asks for them.
    pub(super) fn find(settings: &Settings) -> Result<Self, Ended> {
        let mut secrets = Self::default();
        if let Some(name) = &settings.accounts.user {
            let usage = |message| (Exit::Usage, message);
            secrets.password = Some(password::find(name).map_err(usage)?);
            if settings.accounts.user_information.is_some() {
                secrets.account = Some(password::find_account(name).map_err(usage)?);
            }
        }
        Ok(secrets)
    }
}

impl Secrets {
    /// Secrets that were generated or typed, which a server taking over cannot find by itself.
    pub(super) fn to_hand_over(&self) -> Vec<(&'static str, String)> {
        let variables = [(password::PASSWORD, &self.password), (password::ACCOUNT, &self.account)];
        let found =
            variables.into_iter().filter_map(|(name, secret)| Some((name, secret.as_ref()?)));
        found.map(|(name, secret)| (name, secret.text.clone())).collect()
    }
}

/// Checks every folder and database without creating anything.
pub(super) fn check(settings: &Settings) -> Vec<Problem> {
    // A missing root is fine here: `serve` then requires it on the command line.
    let root = settings.root.as_deref().map(folder).and_then(Result::err);
    let root = root.map(|text| settings.problem("server.root", text).of_files());
    let database = settings.accounts.database.as_deref();
    let database = database.and_then(|path| check_database(path, settings).err());
    let database = database.map(|text| settings.problem("accounts.database", text).of_files());
    let of_server: Vec<Problem> = root.into_iter().chain(database).collect();
    [of_server, check_hosts(settings), check_mounts(settings), external_logins::check(settings)]
        .concat()
}

fn check_hosts(settings: &Settings) -> Vec<Problem> {
    let (mut names, mut problems) = (HashSet::new(), Vec::new());
    for host in &settings.hosts {
        let wrong = |key: &str, text: String| problem(&host.origin, key, text);
        for name in host.names.iter().filter(|name| !names.insert(*name)) {
            problems.push(wrong("host.names", format!("{name} is given twice; remove one")));
        }
        if let Some(Err(text)) = host.root.as_deref().map(folder) {
            problems.push(wrong("host.root", text).of_files());
        }
        let database = host.database.as_deref();
        if let Some(text) = database.and_then(|path| check_database(path, settings).err()) {
            problems.push(wrong("host.database", text).of_files());
        }
    }
    problems
}

fn check_mounts(settings: &Settings) -> Vec<Problem> {
    let (mut names, mut problems) = (HashSet::new(), Vec::new());
    for mount in &settings.mounts {
        for name in mount.name.iter().filter(|name| !names.insert(*name)) {
            let text = format!("{name} is given twice; remove one");
            problems.push(problem(&mount.origin, "mount.name", text));
        }
        if let Some(Err(text)) = mount.root.as_deref().map(folder) {
            problems.push(problem(&mount.origin, "mount.root", text).of_files());
        }
    }
    problems
}

fn problem(origin: &Option<Origin>, key: &str, text: String) -> Problem {
    Problem::new(origin.clone().unwrap_or(Origin::Default), key, text)
}

/// An existing database has to be usable by this user. For one that is to be created, the folder
/// has to exist.
fn check_database(path: &Path, settings: &Settings) -> Result<(), String> {
    if state::is_for_heir(settings) && of_database(path).is_some() {
        return Ok(());
    }
    let parent = folder_of(path);
    match std::fs::metadata(path) {
        Ok(found) if found.is_file() => check_rights(path),
        Ok(_) => Err(format!("{} is not a file; choose an accounts database", path.display())),
        Err(error) if error.kind() == io::ErrorKind::NotFound && parent.is_dir() => {
            check_rights(path)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(format!(
            "cannot create {}: the folder {} does not exist; create it, or choose another file",
            path.display(),
            parent.display()
        )),
        Err(error) => Err(of_database(path).unwrap_or_else(|| {
            format!("cannot open {}: {error}; choose another file", path.display())
        })),
    }
}

/// A database, and the number of accounts in it.
type Counted = Option<(PathBuf, i64)>;

/// Opens every folder and sets up the accounts.
pub(super) fn open(
    settings: &Settings,
    secrets: &Secrets,
) -> Result<(Sites, Counted), Vec<Problem>> {
    let mut problems = Vec::new();
    let folders = Folders::open(settings, &mut problems);
    let served = served_accounts(settings, secrets, &mut problems);
    match (folders, served) {
        (Some(folders), Some(served)) if problems.is_empty() => {
            Ok((sites(settings, folders, served.accounts, served.of_hosts), served.counted))
        }
        _ => Err(problems),
    }
}

/// The storage of every served folder.
struct Folders {
    root: Arc<dyn Storage>,
    /// In the order of the settings, as are the hosts.
    mounts: Vec<Arc<dyn Storage>>,
    hosts: Vec<Arc<dyn Storage>>,
}

impl Folders {
    /// Opens the folders. Returns `None` if one cannot be opened, and adds the reason to the
    /// problems.
    fn open(settings: &Settings, problems: &mut Vec<Problem>) -> Option<Self> {
        let mut must = |path: &Option<PathBuf>, key: &str| {
            let opened = match path {
                Some(path) => folder(path),
                None => {
                    Err("give the folder to serve: FOLDER on the command line, or server.root"
                        .into())
                }
            };
            let wrong = opened.map_err(|text| {
                let problem = settings.problem(key, text);
                problems.push(if path.is_some() { problem.of_files() } else { problem });
            });
            wrong.ok()
        };
        let root = must(&settings.root, "server.root");
        let mounts: Vec<_> =
            settings.mounts.iter().map(|mount| must(&mount.root, "mount.root")).collect();
        let hosts: Vec<_> =
            settings.hosts.iter().map(|host| must(&host.root, "host.root")).collect();
        // Only now, so that each of them has been checked.
        let (mounts, hosts): (Option<_>, Option<_>) =
            (mounts.into_iter().collect(), hosts.into_iter().collect());
        Some(Self { root: root?, mounts: mounts?, hosts: hosts? })
    }
}

/// The accounts that may log in.
struct Served {
    accounts: Accounts,
    /// The accounts of each host, in the order of the settings.
    of_hosts: Vec<Accounts>,
    counted: Counted,
}

/// Opens databases and other sources of logins. Returns `None` on failure, and adds the reason to
/// the problems.
fn served_accounts(
    settings: &Settings,
    secrets: &Secrets,
    problems: &mut Vec<Problem>,
) -> Option<Served> {
    let mut accounts = accounts(settings, secrets)
        .map_err(|text| problems.push(settings.problem("accounts.user", text)))
        .ok()?;
    let mut counted = None;
    if let Some(path) = &settings.accounts.database {
        let opened = Database::open(path).and_then(|database| Ok((database.count()?, database)));
        match opened {
            Ok((count, database)) => {
                counted = Some((path.clone(), count));
                accounts.set_database(database);
            }
            Err(error) => {
                let text = failure_of_database(&error);
                problems.push(settings.problem("accounts.database", text).of_files());
            }
        }
    }
    problems.extend(external_logins::add(settings, &mut accounts).err());
    let mut of_hosts = Vec::new();
    for host in &settings.hosts {
        match accounts_of(host, settings, &accounts) {
            Ok(accounts) => of_hosts.push(accounts),
            Err(problem) => problems.push(problem),
        }
    }
    Some(Served { accounts, of_hosts, counted })
}

/// The sites, with everything open.
fn sites(
    settings: &Settings,
    folders: Folders,
    accounts: Accounts,
    of_hosts: Vec<Accounts>,
) -> Sites {
    let mut main = Site::new(folders.root, accounts);
    main.greeting.clone_from(&settings.greeting);
    for (mount, storage) in settings.mounts.iter().zip(folders.mounts) {
        let name = mount.name.clone().unwrap_or_default();
        main.mounts.insert(name.into_bytes(), storage);
    }
    let mut sites = Sites::new(main);
    let hosts = folders.hosts.into_iter().zip(of_hosts);
    for (host, (storage, accounts)) in settings.hosts.iter().zip(hosts) {
        let mut site = Site::new(storage, accounts);
        site.greeting.clone_from(&host.greeting);
        site.name = host.names.first().map(ToString::to_string);
        let site = Arc::new(site);
        sites.hosts.extend(host.names.iter().map(|name| (name.clone(), Arc::clone(&site))));
    }
    sites
}

/// The accounts of a host: those of the server, or only those of its own database.
fn accounts_of(host: &Host, settings: &Settings, main: &Accounts) -> Result<Accounts, Problem> {
    let mut accounts = match &host.database {
        None => main.clone(),
        Some(path) => {
            let database = Database::open(path).map_err(|error| {
                let origin = host.origin.clone().unwrap_or(Origin::Default);
                Problem::new(origin, "host.database", failure_of_database(&error)).of_files()
            })?;
            let mut accounts = Accounts::default();
            accounts.set_database(database);
            accounts
        }
    };
    if !host.anonymous.unwrap_or(settings.accounts.anonymous) {
        return Ok(accounts.without_anonymous());
    }
    accounts.add(Account::anonymous());
    Ok(accounts)
}

fn folder(path: &Path) -> Result<Arc<dyn Storage>, String> {
    let storage = LocalStorage::open(path).map_err(|error| {
        let why = match error.fault() {
            Fault::NotFound => "the folder does not exist; create it, or choose another".to_owned(),
            Fault::NotADirectory => "it is not a folder; choose a folder".to_owned(),
            _ => format!("{error}; choose a readable folder"),
        };
        format!("cannot serve {}: {why}", path.display())
    })?;
    check_readable(path).map_err(|error| {
        let way_out = "allow this user to read and enter it, or choose another folder";
        format!("cannot serve {}: {error}; {way_out}", path.display())
    })?;
    Ok(Arc::new(storage))
}

/// Opening a folder needs neither the right to list it nor the right to reach its files. Without
/// these rights, every session would get nothing but 550.
fn check_readable(folder: &Path) -> io::Result<()> {
    let mut entries = std::fs::read_dir(folder)?;
    entries.next().transpose()?;
    std::fs::metadata(folder.join(".")).map(drop)
}

/// The accounts that the settings themselves define.
fn accounts(settings: &Settings, secrets: &Secrets) -> Result<Accounts, String> {
    let mut accounts = Accounts::default();
    if settings.accounts.anonymous {
        accounts.add(Account::anonymous());
    }
    let (Some(name), Some(password)) = (&settings.accounts.user, &secrets.password) else {
        return Ok(accounts);
    };
    let keep = |password: &Password| {
        Secret::new(password.text.as_bytes()).map_err(|error| error.to_string())
    };
    let rights = if settings.accounts.user_writes { Rights::ALL } else { Rights::READ_ONLY };
    let mut account = Account::new(name.as_str(), keep(password)?, rights);
    if let (Some(wanted), Some(information)) =
        (settings.accounts.user_information, &secrets.account)
    {
        let wanted_for = match wanted {
            InformationWanted::Login => InformationFor::Login,
            InformationWanted::Store => InformationFor::Storing,
        };
        account = account.with_information(keep(information)?, wanted_for);
    }
    accounts.add(account);
    Ok(accounts)
}
