//! Changes to accounts reach the sessions that are open. Once a second the file of accounts is looked at, which
//! takes two calls of the system; where it was written to, its revision is read, and where that has grown, every
//! session looks its account up again. What it may do counts from then on; an account that may not be used any more
//! ends its sessions.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use packetboat_accounts::{Account, Database, DatabaseError, Mark, Refusal, TlsNeed};
use packetboat_proto::server::{Event as Report, Goodbye, TlsDemands};
use packetboat_store::Allowance;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use crate::connection::{Connection, Finished};
use crate::files::now;
use crate::server::Shared;

/// So often the file is looked at.
const INTERVAL: Duration = Duration::from_secs(1);

/// What was found when an account was looked up again; nothing if it is gone.
pub(crate) type Found = Result<Option<Arc<Account>>, DatabaseError>;

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

impl Connection {
    /// Looks the session's account up again, if it is one that may have changed.
    pub(crate) fn look_again(&mut self) {
        let Some(account) = &self.account else { return };
        let Some(database) = self.site.accounts.database_of(account.name()) else { return };
        // Others have no account there, if perhaps one of the same name.
        if !account.is_stored() {
            return;
        }
        let (database, name) = (Arc::clone(database), account.name().to_vec());
        self.lookup = Some(Box::pin(async move {
            let found = spawn_blocking(move || database.account(&name)).await;
            Finished::LookedAgain(found.unwrap_or(Ok(None)).map(|found| found.map(Arc::new)))
        }));
    }

    /// The account as it is now, or that it is gone.
    pub(crate) fn looked_again(&mut self, found: Found) {
        // REIN may have come meanwhile, and another login.
        let Some(before) = self.account.clone() else { return };
        match found {
            Err(error) => self.remark_on_login(
                before.name(),
                format!("stays as it was: the account cannot be looked up again: {error}"),
            ),
            Ok(None) => self.session_ends(Goodbye::AccountRemoved),
            Ok(Some(account)) if account.name() != before.name() => {}
            Ok(Some(account)) => match self.standing(&account) {
                Err(goodbye) => self.session_ends(goodbye),
                Ok(()) => self.renew(account),
            },
        }
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

    /// What the account is now counts from now on. Its root and its folders stay as they were opened.
    fn renew(&mut self, account: Arc<Account>) {
        self.demand(&account);
        self.rates = self.shared.rates.of(&self.live.config.rates, self.site.realm(), &account);
        if let Some(ledger) = &self.ledger {
            let limits = &account.terms().limits;
            let (bytes, files) = (limits.quota_bytes, limits.quota_files);
            ledger.meter.allow(Allowance { bytes, files });
        }
        self.account = Some(account);
    }

    /// What the account demands of the session beyond what the server does.
    pub(crate) fn demand(&mut self, account: &Account) {
        let need = account.terms().tls;
        let (control, data) = (need != TlsNeed::None, need == TlsNeed::All);
        self.report(Report::TlsDemanded(TlsDemands { control, data }));
    }
}
