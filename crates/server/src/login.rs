//! Logins: PASS and ACCT are checked here. A password hash is slow on purpose and wants memory, so it is
//! checked on the blocking pool, a few at once. A refusal is answered at one time after PASS, whatever it was
//! that refused (RFC 2577 §5, §7).

use std::sync::Arc;
use std::time::Duration;

use packetboat_accounts::{
    Account, Attempt, Backend as _, Database, Refusal, Root, RootPlace, TlsNeed,
};
use packetboat_proto::server::{AccountNeed, Event as Report, LoginRefusal, Secret};
use packetboat_proto::url::is_anonymous;
use packetboat_store::{Folders, LocalStorage, QuotaStorage, Storage, Usage, VirtualPath};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::beginning;
use crate::config::Site;
use crate::connection::{Connection, Finished};
use crate::event::EventKind;
use crate::files::now;
use crate::ledger::Ledgers;
use crate::server::Shared;

/// Who waits longer than this for a check is told to come back later.
const PATIENCE: Duration = Duration::from_secs(20);

/// Lets so many passwords be checked at once as there are processors, lest logins take the machine's memory
/// and every blocking thread.
#[derive(Debug)]
pub(crate) struct Checks(Semaphore);

impl Default for Checks {
    fn default() -> Self {
        Self(Semaphore::new(std::thread::available_parallelism().map_or(1, usize::from)))
    }
}

impl Checks {
    /// Does slow work when its turn has come; nothing if that does not come, or the work panicked.
    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        // The semaphore is never closed.
        let _permit = timeout(PATIENCE, self.0.acquire()).await.ok()?.ok()?;
        spawn_blocking(work).await.ok()
    }
}

/// A login that went well.
pub(crate) struct LoggedIn {
    account: Arc<Account>,
    /// The account's own root, if it has one.
    storage: Option<Arc<dyn Storage>>,
    /// What it has stored, where it has a quota.
    counted: Option<Counted>,
    /// What the log should tell.
    remark: Option<String>,
}

/// Where the count of an account stands.
struct Counted {
    database: Arc<Database>,
    /// How much is stored, where that is known without counting.
    known: Option<Usage>,
}

/// A login that did not, and who tried.
pub(crate) struct NotLoggedIn {
    user: Vec<u8>,
    refusal: Refusal,
}

impl NotLoggedIn {
    /// Whether it says that what the client gave is wrong.
    fn counts(&self) -> bool {
        !matches!(self.refusal, Refusal::Unavailable(_))
    }
}

impl Connection {
    /// PASS.
    pub(crate) fn authenticate(&mut self, user: Vec<u8>, password: Secret) {
        if !self.may_try() {
            return;
        }
        if let Some(account) = is_anonymous(&user).then(|| self.site.accounts.anonymous()).flatten()
        {
            let guest = LoggedIn { account, storage: None, counted: None, remark: None };
            return self.finish(Finished::Authenticated(Ok(guest)));
        }
        let (hold_back, welcome) = (self.hold_back(), self.welcome());
        let from = self.peer.ip().to_canonical();
        let site = Arc::clone(&self.site);
        let may_block = site.accounts.may_block(&user);
        let name = user.clone();
        let shared = Arc::clone(&self.shared);
        let check = move || {
            if !welcome() {
                return Err(Refusal::Unavailable("its address was banned meanwhile".into()));
            }
            let at = now().0;
            let attempt = Attempt { user: &user, password: password.expose(), from, at };
            log_in(&site, &attempt, &shared)
        };
        let refused = |refusal| NotLoggedIn { user: name, refusal };
        if !may_block {
            return match check() {
                Ok(login) => self.finish(Finished::Authenticated(Ok(login))),
                Err(refusal) => {
                    let refused = refused(refusal);
                    self.start(async move {
                        hold_back.refusal(refused.counts()).await;
                        Finished::Authenticated(Err(refused))
                    });
                }
            };
        }
        let shared = Arc::clone(&self.shared);
        self.start(async move {
            let late = || Refusal::Unavailable("too many logins are being checked".into());
            let checked = shared.checks.run(check).await.unwrap_or_else(|| Err(late()));
            let checked = checked.map_err(refused);
            if let Err(refused) = &checked {
                hold_back.refusal(refused.counts()).await;
            }
            Finished::Authenticated(checked)
        });
    }

    /// The password was checked: what becomes of the session, and what it is told.
    pub(crate) fn authenticated(&mut self, checked: Result<LoggedIn, NotLoggedIn>) -> Report {
        let result = match checked {
            Ok(login) => self.let_in(login),
            Err(NotLoggedIn { user, refusal }) => {
                self.remark_on_login(&user, format!("refused: {refusal}"));
                Err(match refusal {
                    Refusal::Unavailable(_) => LoginRefusal::Unavailable,
                    _ => LoginRefusal::WrongPassword,
                })
            }
        };
        if result.is_err() {
            self.account = None;
        }
        Report::Authenticated(result)
    }

    fn let_in(&mut self, login: LoggedIn) -> Result<AccountNeed, LoginRefusal> {
        let LoggedIn { account, storage, counted, remark } = login;
        if account.terms().tls != TlsNeed::None && !self.is_protected() {
            let remark = "refused: it may be used under TLS only".to_owned();
            self.remark_on_login(account.name(), remark);
            return Err(LoginRefusal::TlsNeeded);
        }
        let most = account.terms().sessions;
        if !self.shared.who.enter_as(self.number, account.name(), most) {
            let most = most.unwrap_or_default();
            self.remark_on_login(
                account.name(),
                format!("refused: it has {most} sessions already"),
            );
            return Err(LoginRefusal::TooManySessions { most });
        }
        if let Some(remark) = remark {
            self.remark_on_login(account.name(), remark);
        }
        self.own_root = storage.is_some();
        let storage = storage.unwrap_or_else(|| Arc::clone(&self.site.storage));
        self.storage = self.limit(&account, counted, storage);
        self.directory = VirtualPath::root();
        let need = beginning::account_need(&account);
        self.emit(EventKind::LoggedIn {
            user: String::from_utf8_lossy(account.name()).into_owned(),
            peer: self.peer.ip().to_canonical(),
        });
        self.demand(&account);
        self.account = Some(account);
        Ok(need)
    }

    /// Puts what the account may store, and how fast it may move it, between the session and the storage.
    fn limit(
        &mut self,
        account: &Account,
        counted: Option<Counted>,
        storage: Arc<dyn Storage>,
    ) -> Arc<dyn Storage> {
        self.rates = self.shared.rates.of(&self.live.config.rates, account);
        self.ledger = None;
        let name = std::str::from_utf8(account.name()).ok();
        let Some((Counted { database, known }, name)) = counted.zip(name) else { return storage };
        let limits = &account.terms().limits;
        let ledger = self.shared.ledgers.enter(&database, name, limits, &storage);
        match known {
            Some(used) => ledger.meter.remember(used),
            None => {
                let ledger = Arc::clone(&ledger);
                // If it fails, whoever changes something next tries again, and is told.
                drop(spawn_blocking(move || ledger.know()));
            }
        }
        let storage = QuotaStorage::new(storage, Arc::clone(&ledger.meter));
        self.ledger = Some(ledger);
        Arc::new(storage)
    }

    /// What the account demands of the session beyond what the server does.
    pub(crate) fn demand(&mut self, account: &Account) {
        let private = account.terms().tls == TlsNeed::All;
        self.report(Report::DataDemanded { private });
    }

    /// The account information was checked. Where it was wanted to log in and is wrong, nobody is logged in.
    pub(crate) fn account_checked(&mut self, right: bool) -> Report {
        let need = self.account.as_deref().map(beginning::account_need);
        if !right && need == Some(AccountNeed::Login) {
            self.account = None;
            self.shared.who.is(self.number, None);
        }
        Report::AccountChecked(right)
    }

    fn remark_on_login(&self, user: &[u8], remark: String) {
        let user = String::from_utf8_lossy(user).into_owned();
        self.shared.emit(self.number, EventKind::Login { user, remark });
    }

    /// ACCT.
    pub(crate) fn check_account(&mut self, information: Secret) {
        let hold_back = self.hold_back();
        let Some(account) = self.account.clone() else {
            return self.report(Report::AccountChecked(false));
        };
        let is_slow = account.is_slow();
        let check = move || account.has_information(information.expose());
        if !is_slow && check() {
            return self.report(Report::AccountChecked(true));
        }
        let shared = Arc::clone(&self.shared);
        self.start(async move {
            let right = is_slow && shared.checks.run(check).await.unwrap_or(false);
            if !right {
                hold_back.refusal(true).await;
            }
            Finished::AccountChecked(right)
        });
    }
}

/// Checks the password and opens the account's root. May block.
fn log_in(site: &Site, attempt: &Attempt<'_>, shared: &Shared) -> Result<LoggedIn, Refusal> {
    let entered = site.accounts.authenticate(attempt)?;
    let storage = own_tree(&entered.account, site, shared)?;
    let counted = counted(site, &shared.ledgers, &entered.account)?;
    Ok(LoggedIn { account: entered.account, storage, counted, remark: entered.remark })
}

/// Where the count of an account with a quota stands. One that has none any more is not counted, so its count is
/// forgotten.
fn counted(site: &Site, ledgers: &Ledgers, account: &Account) -> Result<Option<Counted>, Refusal> {
    let Some(database) = site.accounts.database_of(account.name()) else { return Ok(None) };
    let Ok(name) = std::str::from_utf8(account.name()) else { return Ok(None) };
    if account.terms().limits.has_quota() {
        let known = ledgers.known(database, name);
        return Ok(Some(Counted { database: Arc::clone(database), known }));
    }
    let forgotten = database.forget_count(name);
    forgotten.map_err(|error| Refusal::Unavailable(error.to_string()))?;
    Ok(None)
}

/// The tree that the account sees, if it is not the site's: its own root, and its folders in it.
fn own_tree(
    account: &Account,
    site: &Site,
    shared: &Shared,
) -> Result<Option<Arc<dyn Storage>>, Refusal> {
    let terms = account.terms();
    let root = terms.root.as_ref().map(|root| open(root, account, shared)).transpose()?;
    if terms.folders.is_empty() {
        return Ok(root);
    }
    let base = root.unwrap_or_else(|| Arc::clone(&site.storage));
    let mut folders = Vec::with_capacity(terms.folders.len());
    for (name, folder) in &terms.folders {
        folders.push((name.clone().into_bytes(), open(folder, account, shared)?));
    }
    let tree = Folders::new(base, folders);
    let tree = tree.map_err(|error| {
        Refusal::Unavailable(format!("its folders cannot have the names they have: {error}"))
    })?;
    Ok(Some(Arc::new(tree)))
}

/// Opens a folder of this machine.
fn open(root: &Root, account: &Account, shared: &Shared) -> Result<Arc<dyn Storage>, Refusal> {
    let failed = |why: &dyn std::fmt::Display| {
        Refusal::Unavailable(format!("the folder {} cannot be opened: {why}", root.as_str()))
    };
    let place = root.place(account.name());
    let RootPlace { base, inside } =
        place.ok_or_else(|| failed(&"the name cannot be a part of a path"))?;
    let inside = VirtualPath::root().join(inside.as_bytes()).map_err(|error| failed(&error))?;
    let storage = LocalStorage::open_beneath(&base, &inside).map_err(|error| {
        match shared.reach.get().and_then(|reach| reach(&base)) {
            Some(why) => failed(&format!("{error}; {why}")),
            None => failed(&error),
        }
    })?;
    Ok(Arc::new(storage))
}
