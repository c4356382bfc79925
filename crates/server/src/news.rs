//! Changes to accounts reach the sessions that are open. Once a second the file of accounts is looked at, which
//! takes two calls of the system; where it was written to, its revision is read, and where that has grown, every
//! session looks its account up again. What it may do counts from then on; an account that may not be used any more
//! ends its sessions.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use packetboat_accounts::{Account, Database, Mark, Refusal, Source, TlsNeed};
use packetboat_proto::server::{Event as Report, Goodbye, TlsDemands};
use packetboat_store::{Allowance, VirtualPath};
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use crate::connection::{Connection, Finished, Job};
use crate::files::now;
use crate::own_tree::OwnTree;
use crate::server::Shared;

/// So often the file is looked at.
const INTERVAL: Duration = Duration::from_secs(1);

/// What was found when an account was looked up again; nothing if it is gone.
pub(crate) type Looked = Result<Option<Found>, String>;

/// An account as it is now.
pub(crate) struct Found {
    account: Arc<Account>,
    /// Its tree, counted, where it has a quota now and had none.
    counted: Result<Option<OwnTree>, String>,
}

/// What is known of a file of accounts.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Known {
    mark: Mark,
    revision: i64,
}

impl Shared {
    /// Watches the files of accounts for as long as the server runs.
    pub(crate) async fn watch_accounts(&self) {
        let mut known: HashMap<PathBuf, Known> = HashMap::new();
        loop {
            let sites = &self.live.now().sites;
            let sites = std::iter::once(&sites.main).chain(sites.hosts.values());
            let databases: HashMap<PathBuf, Arc<Database>> = sites
                .filter_map(|site| site.accounts.database())
                .map(|database| (database.path().to_owned(), Arc::clone(database)))
                .collect();
            for (path, database) in databases {
                let before = known.get(&path).copied();
                let looked = spawn_blocking(move || look(&database, before)).await;
                // A file that cannot be looked at now is looked at again.
                let Ok(Some(after)) = looked else { continue };
                let is_news = before.is_some_and(|before| {
                    before.revision != after.revision || !before.mark.is_same_file(&after.mark)
                });
                known.insert(path, after);
                if is_news {
                    self.news.send_modify(|count| *count += 1);
                }
            }
            sleep(INTERVAL).await;
        }
    }
}

/// What the file is now. It is read only where something was written to it.
fn look(database: &Database, before: Option<Known>) -> Option<Known> {
    let mark = database.mark().ok()?;
    match before.filter(|before| before.mark == mark) {
        Some(same) => Some(same),
        None => Some(Known { mark, revision: database.revision().ok()? }),
    }
}

/// What a session knows of a change to its account. It belongs to the login: whoever logs in anew begins without.
#[derive(Default)]
pub(crate) struct Renewal {
    /// The account is being looked up again.
    pub(crate) lookup: Option<Job>,
    /// The log has been told that it cannot be.
    is_told: bool,
    /// The tree in which what the account stores is counted from now on, until nothing is stored uncounted any more.
    counted: Option<OwnTree>,
}

impl Connection {
    /// Looks the session's account up again, if it is one that may have changed.
    pub(crate) fn look_again(&mut self) {
        self.look_up_after(Duration::ZERO);
    }

    fn look_up_after(&mut self, delay: Duration) {
        let Some(account) = &self.account else { return };
        let Some(database) = self.site.accounts.database_of(account.name()) else { return };
        // Others have no account there, if perhaps one of the same name.
        if !account.is_stored() {
            return;
        }
        let (database, name) = (Arc::clone(database), account.name().to_vec());
        let (site, shared) = (Arc::clone(&self.site), Arc::clone(&self.shared));
        let is_counted = self.ledger.is_some() || self.renewal.counted.is_some();
        let look = move || {
            let account = database.account(&name).map_err(|error| error.to_string())?;
            let found = account.map(|account| {
                let quota_is_new = account.terms().limits.has_quota() && !is_counted;
                let counted = quota_is_new
                    .then(|| OwnTree::open(&account, &site, Source::Database, &shared))
                    .transpose()
                    .map_err(|refusal| refusal.to_string());
                Found { account: Arc::new(account), counted }
            });
            Ok(found)
        };
        self.renewal.lookup = Some(Box::pin(async move {
            sleep(delay).await;
            Finished::LookedAgain(spawn_blocking(look).await.unwrap_or(Ok(None)))
        }));
    }

    /// The account as it is now, or that it is gone. What cannot be known now is asked again until it can: a session must
    /// not keep rights that were taken away.
    pub(crate) fn looked_again(&mut self, found: Looked) {
        let Some(before) = self.account.clone() else { return };
        let failed = match found {
            Err(error) => Some(format!(
                "stays as it was for now: the account cannot be looked up again: {error}"
            )),
            Ok(None) => {
                self.session_ends(Goodbye::AccountRemoved);
                None
            }
            // Another user has logged in meanwhile.
            Ok(Some(found)) if found.account.name() != before.name() => None,
            Ok(Some(found)) => match self.standing(&found.account) {
                Err(goodbye) => {
                    self.session_ends(goodbye);
                    None
                }
                Ok(()) => self.renew(found),
            },
        };
        let Some(failed) = failed else {
            self.renewal.is_told = false;
            return;
        };
        if !std::mem::replace(&mut self.renewal.is_told, true) {
            let remark = format!("{failed}; it is tried every second");
            self.remark_on_login(before.name(), remark);
        }
        self.look_up_after(INTERVAL);
    }

    /// Whether the account may be used by this client now; if not, how the session is ended.
    pub(crate) fn standing(&self, account: &Account) -> Result<(), Goodbye> {
        let stands = account.terms().stand(self.peer.ip(), now().0);
        stands.map_err(|refusal| match refusal {
            Refusal::Locked => Goodbye::AccountLocked,
            Refusal::Expired => Goodbye::AccountExpired,
            Refusal::Network(_) => Goodbye::AccountElsewhere,
            Refusal::Hours => Goodbye::AccountHours,
            // No other refusal has to do with how an account stands.
            _ => Goodbye::AccountRemoved,
        })
    }

    /// What the account is now counts from now on. Its root and its folders stay as they were opened, unless it has a quota
    /// for the first time. What of it cannot be had yet.
    fn renew(&mut self, Found { account, counted }: Found) -> Option<String> {
        self.demand(&account);
        let own_rates = |of: &Account| (of.terms().limits.rate_up, of.terms().limits.rate_down);
        // New ones begin with a burst, and this may come every second.
        if self.account.as_deref().map(own_rates) != Some(own_rates(&account)) {
            let rates = &self.live.config.rates;
            self.rates = self.shared.rates.of(rates, self.site.realm(), &account);
        }
        let pending = self.renewal.counted.as_ref().and_then(|tree| tree.ledger.as_ref());
        if let Some(ledger) = self.ledger.as_ref().or(pending) {
            let limits = &account.terms().limits;
            let (bytes, files) = (limits.quota_bytes, limits.quota_files);
            ledger.meter.allow(Allowance { bytes, files });
        }
        self.account = Some(account);
        match counted {
            Ok(counted) => {
                self.renewal.counted = counted.or(self.renewal.counted.take());
                self.come_under_quota();
                None
            }
            Err(error) => {
                Some(format!("counts as it is now, but its quota cannot be kept yet: {error}"))
            }
        }
    }

    /// From now on what is stored is counted, once nothing is under way that is not.
    pub(crate) fn come_under_quota(&mut self) {
        let is_idle = !self.has_job() && self.prepared.is_none();
        let Some(tree) = self.renewal.counted.take_if(|_| is_idle) else { return };
        for remark in tree.remarks {
            let Some(account) = &self.account else { return };
            self.remark_on_login(account.name(), remark);
        }
        // What SMNT has put in the place of the site's storage is not counted, and so not for an account with a quota.
        if !self.own_root && !Arc::ptr_eq(&self.storage, &self.site.storage) {
            self.directory = VirtualPath::root();
        }
        self.own_root = tree.storage.is_some();
        self.storage = tree.storage.unwrap_or_else(|| Arc::clone(&self.site.storage));
        self.ledger = tree.ledger;
        if let Some(ledger) = self.ledger.clone() {
            // Another session may have begun to count while this one stored without.
            ledger.meter.doubt();
            // If it fails, whoever changes something next tries again, and is told.
            drop(spawn_blocking(move || ledger.know()));
        }
    }

    /// What the account demands of the session beyond what the server does.
    pub(crate) fn demand(&mut self, account: &Account) {
        let need = account.terms().tls;
        let (control, data) = (need != TlsNeed::None, need == TlsNeed::All);
        self.report(Report::TlsDemanded(TlsDemands { control, data }));
    }
}
