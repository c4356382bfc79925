//! The tree that an account sees where it is not the site's: a root of its own, folders in it, and the quota that is laid
//! over it.

use std::sync::Arc;

use packetboat_accounts::{Account, Holder, Refusal, Root, RootPlace, Source};
use packetboat_codes::Fault;
use packetboat_store::{Folders, LocalStorage, QuotaStorage, Storage, VirtualPath};

use crate::config::Site;
use crate::ledger::Ledger;
use crate::server::Shared;

/// Why an account with a quota cannot come in.
const NO_DATABASE: &str = "it has a quota, and what it stores is counted in a database, of which there is none; \
                           name one with accounts.database";

/// What an account sees.
#[derive(Default)]
pub(crate) struct OwnTree {
    /// Nothing where it is the site's.
    pub(crate) storage: Option<Arc<dyn Storage>>,
    /// What it has stored, where it has a quota.
    pub(crate) ledger: Option<Arc<Ledger>>,
    /// What the log should tell.
    pub(crate) remarks: Vec<String>,
}

impl OwnTree {
    /// The account's own root, and its folders in it. Without its root an account is not let in; a folder that is not to be
    /// had costs that folder, and a remark. May block.
    pub(crate) fn open(
        account: &Account,
        site: &Site,
        source: Source,
        shared: &Shared,
    ) -> Result<Self, Refusal> {
        let terms = account.terms();
        let mut root = terms.root.as_ref().map(|root| open(root, account, shared)).transpose()?;
        let site_root = &site.storage;
        let ledger = ledger(account, site, source, shared, root.as_ref().unwrap_or(site_root))?;
        if let Some(ledger) = &ledger {
            // The folders in it are others' too, and are not counted.
            let counted = Arc::clone(root.as_ref().unwrap_or(site_root));
            root = Some(Arc::new(QuotaStorage::new(counted, Arc::clone(&ledger.meter))));
        }
        let mut remarks: Vec<String> = shown_database(account, site).into_iter().collect();
        if terms.folders.is_empty() {
            return Ok(Self { storage: root, ledger, remarks });
        }
        let base = root.unwrap_or_else(|| Arc::clone(site_root));
        let (storage, absent) = with_folders(base, account, shared)?;
        remarks.extend(absent);
        Ok(Self { storage: Some(storage), ledger, remarks })
    }
}

/// That the account sees the database, and with it the hashes and second factors of all. What the settings serve was looked at
/// before the start; whose root this is, or which hook gave it, is known only here, and somebody may have meant it.
fn shown_database(account: &Account, site: &Site) -> Option<String> {
    let file = site.accounts.database()?.path().canonicalize().ok()?;
    let terms = account.terms();
    let roots = terms.root.iter().chain(terms.folders.iter().map(|(_, folder)| folder));
    let mut places = roots.filter_map(|root| root.place(account.name()));
    let shown = places.find_map(|RootPlace { base, inside }| {
        let place = base.join(inside).canonicalize().ok()?;
        file.starts_with(&place).then_some(place)
    })?;
    Some(format!(
        "it can get at the database {}, which lies beneath its folder {}; keep the database elsewhere",
        file.display(),
        shown.display()
    ))
}

/// A tree with the account's folders in it, and what to tell of those that are not to be had.
fn with_folders(
    base: Arc<dyn Storage>,
    account: &Account,
    shared: &Shared,
) -> Result<(Arc<dyn Storage>, Vec<String>), Refusal> {
    let terms = account.terms();
    let (mut folders, mut absent) = (Vec::with_capacity(terms.folders.len()), Vec::new());
    let mut remarks = Vec::new();
    for (name, folder) in &terms.folders {
        match open(folder, account, shared) {
            Ok(storage) => folders.push((name.clone().into_bytes(), storage)),
            Err(Refusal::Folder(why)) => {
                remarks.push(format!("it goes without its folder {name}: {why}"));
                absent.push(name.clone().into_bytes());
            }
            Err(refusal) => return Err(refusal),
        }
    }
    let tree = Folders::with_absent(base, folders, absent);
    let tree = tree.map_err(|error| {
        Refusal::Unavailable(format!("its folders cannot have the names they have: {error}"))
    })?;
    Ok((Arc::new(tree), remarks))
}

/// What an account with a quota has stored; it is what lies in this storage. One that has none any more is not
/// counted, so its count is forgotten. The accounts of PAM and of a hook have their counts in the database, too.
fn ledger(
    account: &Account,
    site: &Site,
    source: Source,
    shared: &Shared,
    root: &Arc<dyn Storage>,
) -> Result<Option<Arc<Ledger>>, Refusal> {
    let limits = &account.terms().limits;
    let database = site.accounts.database().filter(|_| source != Source::Memory);
    let Some(database) = database else {
        return match limits.has_quota() {
            true => Err(Refusal::Unavailable(NO_DATABASE.to_owned())),
            false => Ok(None),
        };
    };
    let name = std::str::from_utf8(account.name()).map_err(|_| Refusal::UnknownUser)?;
    let holder = Holder::new(source, name);
    if limits.has_quota() {
        return Ok(Some(shared.ledgers.enter(database, &holder, limits, root)));
    }
    let forgotten = database.forget_count(&holder);
    forgotten.map_err(|error| Refusal::Unavailable(error.to_string()))?;
    Ok(None)
}

/// Opens a folder of this machine.
fn open(root: &Root, account: &Account, shared: &Shared) -> Result<Arc<dyn Storage>, Refusal> {
    let Some(RootPlace { base, inside }) = root.place(account.name()) else {
        let root = root.as_str();
        let why = format!("the name cannot be a part of a path, and its folder is {root}");
        return Err(Refusal::Folder(why));
    };
    let whole = if inside.is_empty() { base.clone() } else { base.join(&inside) };
    let whole = whole.display();
    let opened = VirtualPath::root()
        .join(inside.as_bytes())
        .and_then(|inside| LocalStorage::open_beneath(&base, &inside));
    let storage = opened.map_err(|error| match why_not(error.fault()) {
        Some(why) => Refusal::Folder(format!("the folder {whole} {why}")),
        None => Refusal::Unavailable(format!("the folder {whole} cannot be opened: {error}")),
    })?;
    // To open a folder is not to read it, so Landlock lets that through.
    match shared.reach.get().and_then(|reach| reach(&base)) {
        Some(why) => Err(Refusal::Folder(why)),
        None => Ok(Arc::new(storage)),
    }
}

/// Why a folder is not to be had until somebody does something; nothing where that may pass.
fn why_not(fault: Fault) -> Option<&'static str> {
    Some(match fault {
        Fault::NotFound => "is not there; make it, the server makes none",
        Fault::NotADirectory => "is a file; name a folder",
        Fault::PermissionDenied => {
            "may not be entered by the server's user; give that user the right, or name another"
        }
        Fault::OutsideRoot | Fault::LinkLoop => {
            "is reached by a link that leads away from where %u stands; put a folder in its place"
        }
        _ => return None,
    })
}
