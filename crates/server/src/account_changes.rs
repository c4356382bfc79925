//! Passes changes to accounts on to open sessions. Once a second, the server checks the file of
//! accounts, which takes two system calls. If the file was written to, the server reads its
//! revision, and if the revision has changed, every session looks its account up again. The new
//! terms apply from then on; an account that may no longer be used has its sessions closed.

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

/// How often the file of accounts is checked.
const INTERVAL: Duration = Duration::from_secs(1);

/// The result of looking up an account again; `None` if it is gone.
pub(crate) type Looked = Result<Option<Found>, String>;

/// An account as it is now.
pub(crate) struct Found {
    account: Arc<Account>,
    /// Its tree with a quota, if it has a quota now and had none before.
    counted: Result<Option<OwnTree>, String>,
}

/// What is known about a file of accounts.
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
                // A file that cannot be checked now is checked again later.
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

/// The state of the file now. It is only read if something was written to it.
fn look(database: &Database, before: Option<Known>) -> Option<Known> {
    let mark = database.mark().ok()?;
    match before.filter(|before| before.mark == mark) {
        Some(same) => Some(same),
        None => Some(Known { mark, revision: database.revision().ok()? }),
    }
}

/// What a session knows about a change to its account. It belongs to the login: a new login starts
/// without it.
#[derive(Default)]
pub(crate) struct Renewal {
    /// The lookup that is running.
    pub(crate) lookup: Option<Job>,
    /// Whether the log was told that the lookup fails.
    is_told: bool,
    /// The tree with the new quota, until the session stores nothing uncounted any more and can
    /// switch to it.
    counted: Option<OwnTree>,
}

impl Connection {
    /// Looks the session's account up again, if it may have changed.
    pub(crate) fn look_again(&mut self) {
        self.look_up_after(Duration::ZERO);
    }

    fn look_up_after(&mut self, delay: Duration) {
        let Some(account) = &self.account else { return };
        let Some(database) = self.site.accounts.database_of(account.name()) else { return };
        // Other accounts are not in the database, which may still have one of the same name.
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

    /// Takes the account as it is now, or learns that it is gone. If the lookup failed, it is
    /// repeated until it succeeds: a session must not keep rights that were taken away.
    pub(crate) fn looked_again(&mut self, found: Looked) {
        let Some(before) = self.account.clone() else { return };
        let failed = match found {
            Err(error) => Some(format!(
                "the session keeps its old terms for now, since the account cannot be looked up again: {error}"
            )),
            Ok(None) => {
                self.session_ends(Goodbye::AccountRemoved);
                None
            }
            // Another user has logged in in the meantime.
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
            let remark = format!("{failed}; the server retries every second");
            self.remark_on_login(before.name(), remark);
        }
        self.look_up_after(INTERVAL);
    }

    /// Whether this client may use the account now; if not, how to end the session.
    pub(crate) fn standing(&self, account: &Account) -> Result<(), Goodbye> {
        let stands = account.terms().stand(self.peer.ip(), now().0);
        stands.map_err(|refusal| match refusal {
            Refusal::Locked => Goodbye::AccountLocked,
            Refusal::Expired => Goodbye::AccountExpired,
            Refusal::Network(_) => Goodbye::AccountElsewhere,
            Refusal::Hours => Goodbye::AccountHours,
            // No other refusal depends on the state of the account.
            _ => Goodbye::AccountRemoved,
        })
    }

    /// Applies the account's new terms. Its root and folders stay as they were opened, unless it
    /// has a quota for the first time. Returns a remark about what cannot be applied yet.
    fn renew(&mut self, Found { account, counted }: Found) -> Option<String> {
        self.demand(&account);
        let own_rates = |of: &Account| (of.terms().limits.rate_up, of.terms().limits.rate_down);
        // New limits start with a burst, and this may be called every second.
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
            Err(error) => Some(format!(
                "the new terms of the account apply, but its quota cannot be enforced yet: {error}"
            )),
        }
    }

    /// Switches to the tree with the quota, once no uncounted work is running.
    pub(crate) fn come_under_quota(&mut self) {
        let is_idle = !self.has_job() && self.prepared.is_none();
        let Some(tree) = self.renewal.counted.take_if(|_| is_idle) else { return };
        for remark in tree.remarks {
            let Some(account) = &self.account else { return };
            self.remark_on_login(account.name(), remark);
        }
        // What SMNT has mounted is not counted, and so is not available to an account with a quota.
        if !self.own_root && !Arc::ptr_eq(&self.storage, &self.site.storage) {
            self.directory = VirtualPath::root();
        }
        self.own_root = tree.storage.is_some();
        self.storage = tree.storage.unwrap_or_else(|| Arc::clone(&self.site.storage));
        self.ledger = tree.ledger;
        if let Some(ledger) = self.ledger.clone() {
            // Another session may have started to count while this one stored uncounted.
            ledger.meter.doubt();
            // If this fails, the next change tries again, and its client is told.
            drop(spawn_blocking(move || ledger.know()));
        }
    }

    /// Applies the TLS requirements of the account, which go beyond the server's.
    pub(crate) fn demand(&mut self, account: &Account) {
        let need = account.terms().tls;
        let (control, data) = (need != TlsNeed::None, need == TlsNeed::All);
        self.report(Report::TlsDemanded(TlsDemands { control, data }));
    }
}
