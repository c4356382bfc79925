//! [`OwnTree`]: the tree that an account sees if it differs from the site's. It consists of a root
//! of its own, folders mounted in it, and a quota on top.

use std::sync::Arc;

use packetboat_accounts::{Account, Holder, Refusal, Root, RootPlace, Source};
use packetboat_codes::Fault;
use packetboat_store::{Folders, LocalStorage, QuotaStorage, Storage, VirtualPath};

use crate::config::Site;
use crate::ledger::Ledger;
use crate::server::Shared;

/// Why an account with a quota cannot log in.
const NO_DATABASE: &str = "the account has a quota, but there is no database to count in what it \
     stores; name one with accounts.database";

/// The tree that an account sees.
#[derive(Default)]
pub(crate) struct OwnTree {
    /// `None` if the account sees the site's storage.
    pub(crate) storage: Option<Arc<dyn Storage>>,
    /// What the account has stored, if it has a quota.
    pub(crate) ledger: Option<Arc<Ledger>>,
    /// Remarks for the log.
    pub(crate) remarks: Vec<String>,
}

impl OwnTree {
    /// Opens the account's own root, and its folders in it. Without its root, an account may not
    /// log in; a folder that cannot be opened is left out, with a remark. May block.
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
            // The folders mounted in it are shared with others, and are not counted.
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

/// A warning if the account can see the database, and with it everybody's password hashes and
/// second factors. What the settings serve is checked before the start. An account's root, or the
/// root that a hook gives, is only known here, and may be intended, so this is no more than a
/// remark.
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
        "the account can read the database {}, which lies inside its folder {}; move the database elsewhere",
        file.display(),
        shown.display()
    ))
}

/// A tree with the account's folders in it, and remarks about folders that cannot be opened.
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
                remarks.push(format!("logged in without its folder {name}: {why}"));
                absent.push(name.clone().into_bytes());
            }
            Err(refusal) => return Err(refusal),
        }
    }
    let tree = Folders::with_absent(base, folders, absent);
    let tree = tree.map_err(|error| {
        Refusal::Unavailable(format!("the names of its folders cannot be used: {error}"))
    })?;
    Ok((Arc::new(tree), remarks))
}

/// The ledger of an account with a quota, which counts what lies in `root`. The count of an account
/// without a quota is forgotten. Accounts of PAM and of a hook also have their counts in the
/// database.
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

/// Opens a folder on this machine.
fn open(root: &Root, account: &Account, shared: &Shared) -> Result<Arc<dyn Storage>, Refusal> {
    let Some(RootPlace { base, inside }) = root.place(account.name()) else {
        let root = root.as_str();
        let why = format!("the account's name cannot be part of a path, and its folder is {root}");
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
    // Landlock allows opening a folder that it does not allow reading, so this is checked
    // separately.
    match shared.reach.get().and_then(|reach| reach(&base)) {
        Some(why) => Err(Refusal::Folder(why)),
        None => Ok(Arc::new(storage)),
    }
}

/// Why a folder cannot be used until somebody acts; `None` for errors that may be temporary.
fn why_not(fault: Fault) -> Option<&'static str> {
    Some(match fault {
        Fault::NotFound => "does not exist; create it, the server does not do so",
        Fault::NotADirectory => "is not a folder; name a folder",
        Fault::PermissionDenied => {
            "cannot be entered by the server's user; give that user permission, or name another folder"
        }
        Fault::OutsideRoot | Fault::LinkLoop => {
            "is reached through a link that leads out of the place where %u stands; replace the link with a folder"
        }
        _ => return None,
    })
}
