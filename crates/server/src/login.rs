//! Logins: checks PASS, ACCT and client certificates. Password hashes are slow on purpose and need
//! memory, so they are checked on the blocking pool, a few at a time. A refusal is answered at the
//! same time after PASS, whatever the reason (RFC 2577 §5, §7).

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use packetboat_accounts::{
    Account, Attempt, Backend as _, ClientCertificate, Entered, InformationFor, Refusal, Secured,
    Source, TlsNeed,
};
use packetboat_proto::anonymous::is_anonymous;
use packetboat_proto::server::{AccountNeed, Event as Report, LoginRefusal, Secret};
use packetboat_store::VirtualPath;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::account_changes::Renewal;
use crate::config::Site;
use crate::connection::{Connection, Finished};
use crate::event::EventKind;
use crate::files::now;
use crate::ledger::Ledger;
use crate::own_tree::OwnTree;
use crate::server::Shared;
use crate::session_start;

/// A client that waits longer than this for a check is told to come back later.
const PATIENCE: Duration = Duration::from_secs(20);

/// Limits the number of passwords checked at the same time to the number of processors, so that
/// logins do not take all memory and every blocking thread. Logins that PAM or the hook decide have
/// places of their own: those may be slow, and nobody whose password is known here should wait for
/// them.
#[derive(Debug)]
pub(crate) struct Checks {
    here: Semaphore,
    elsewhere: Semaphore,
}

impl Checks {
    /// Creates the places; `elsewhere` is the number of places for PAM and the hook.
    pub(crate) fn new(elsewhere: usize) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self { here: Semaphore::new(processors), elsewhere: Semaphore::new(elsewhere.max(1)) }
    }

    /// Does slow work when its turn comes. Returns `None` if it does not come in time, or the work
    /// panicked.
    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        turn(&self.here, work).await
    }

    async fn run_elsewhere<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        turn(&self.elsewhere, work).await
    }
}

async fn turn<T: Send + 'static>(
    places: &Semaphore,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    // The semaphore is never closed.
    let _permit = timeout(PATIENCE, places.acquire()).await.ok()?.ok()?;
    spawn_blocking(work).await.ok()
}

/// An attempt to log in.
struct Trial {
    user: Vec<u8>,
    /// `None` while the certificate may suffice.
    password: Option<Secret>,
    from: IpAddr,
    is_secured: bool,
    certificate: Option<Arc<ClientCertificate>>,
}

impl Trial {
    fn attempt(&self) -> Attempt<'_> {
        let certificate = self.certificate.as_deref();
        Attempt {
            user: &self.user,
            password: self.password.as_ref().map_or(&[], Secret::expose),
            from: self.from,
            at: now().0,
            secured: self.is_secured.then_some(Secured { certificate }),
        }
    }
}

/// A successful login.
pub(crate) struct LoggedIn {
    account: Arc<Account>,
    /// What proved the user's identity, in a word.
    by: &'static str,
    tree: OwnTree,
}

/// A failed login.
pub(crate) struct NotLoggedIn {
    user: Vec<u8>,
    refusal: Refusal,
}

impl NotLoggedIn {
    /// Whether it counts as a refusal: the client gave something wrong.
    fn counts(&self) -> bool {
        counts(&self.refusal)
    }
}

fn counts(refusal: &Refusal) -> bool {
    !matches!(refusal, Refusal::Unavailable(_) | Refusal::Folder(_))
}

impl Connection {
    /// PASS.
    pub(crate) fn authenticate(&mut self, user: Vec<u8>, password: Secret) {
        if !self.may_try() {
            return;
        }
        if let Some(account) = is_anonymous(&user).then(|| self.site.accounts.anonymous()).flatten()
        {
            let guest = LoggedIn { account, by: "anonymous", tree: OwnTree::default() };
            return self.finish(Finished::Authenticated(Ok(guest)));
        }
        let (hold_back, welcome) = (self.hold_back(), self.welcome());
        let may_block = self.site.accounts.may_block(&user);
        let trial = Arc::new(self.trial(user, Some(password)));
        let refused = {
            let trial = Arc::clone(&trial);
            move |refusal| NotLoggedIn { user: trial.user.clone(), refusal }
        };
        let site = Arc::clone(&self.site);
        if !may_block {
            return match log_in(&site, Source::Memory, &trial, &self.shared) {
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
            let checked = ask_each(&shared, &site, &trial, welcome).await.map_err(refused);
            if let Err(refused) = &checked {
                hold_back.refusal(refused.counts()).await;
            }
            Finished::Authenticated(checked)
        });
    }

    /// USER from a client that presented a certificate.
    pub(crate) fn identify(&mut self, user: Vec<u8>) {
        if !(self.welcome())() {
            return self.end_if_banned();
        }
        let hold_back = self.hold_back();
        let trial = Arc::new(self.trial(user.clone(), None));
        let (site, shared) = (Arc::clone(&self.site), Arc::clone(&self.shared));
        let known = Arc::clone(&shared);
        self.start(async move {
            let work = move || {
                let Some(entered) = site.accounts.identify(&trial.attempt())? else {
                    return Ok(None);
                };
                // Only the database knows accounts by certificate.
                let login = entered_with_root(&site, Source::Database, entered, &known)?;
                Ok(Some(LoggedIn { by: "certificate", ..login }))
            };
            let found = shared.checks.run(work).await.unwrap_or_else(|| Err(late()));
            if let Err(refusal) = &found {
                hold_back.refusal(counts(refusal)).await;
            }
            Finished::Identified(found.map_err(|refusal| NotLoggedIn { user, refusal }))
        });
    }

    fn trial(&self, user: Vec<u8>, password: Option<Secret>) -> Trial {
        Trial {
            user,
            password,
            from: self.peer.ip().to_canonical(),
            is_secured: self.control.is_secured(),
            certificate: self.control.certificate(),
        }
    }

    /// The certificate was checked: reports the result.
    pub(crate) fn identified(&mut self, found: Result<Option<LoggedIn>, NotLoggedIn>) -> Report {
        Report::Identified(match found {
            Ok(None) => Ok(None),
            Ok(Some(login)) => self.let_in(login).map(Some),
            Err(not) => Err(self.keep_out(&not)),
        })
    }

    /// The password was checked: updates the session and reports the result.
    pub(crate) fn authenticated(&mut self, checked: Result<LoggedIn, NotLoggedIn>) -> Report {
        let result = match checked {
            Ok(login) => self.let_in(login),
            Err(not) => Err(self.keep_out(&not)),
        };
        if result.is_err() {
            self.account = None;
        }
        Report::Authenticated(result)
    }

    /// Logs the reason, and returns no more than the client may know.
    fn keep_out(&self, not: &NotLoggedIn) -> LoginRefusal {
        self.remark_on_login(&not.user, format!("refused: {}", not.refusal));
        match not.refusal {
            Refusal::Unavailable(_) => LoginRefusal::Unavailable,
            Refusal::Folder(_) => LoginRefusal::NoFolder,
            _ => LoginRefusal::WrongPassword,
        }
    }

    fn let_in(&mut self, login: LoggedIn) -> Result<AccountNeed, LoginRefusal> {
        let LoggedIn { account, by, tree: OwnTree { storage, ledger, remarks } } = login;
        if account.terms().tls != TlsNeed::None && !self.is_protected() {
            let remark = "refused: the account requires TLS".to_owned();
            self.remark_on_login(account.name(), remark);
            return Err(LoginRefusal::TlsNeeded);
        }
        let most = account.terms().sessions;
        if !self.shared.who.enter_as(self.number, account.name(), self.site.realm(), most) {
            let most = most.unwrap_or_default();
            self.remark_on_login(
                account.name(),
                format!("refused: the account already has {most} sessions"),
            );
            return Err(LoginRefusal::TooManySessions { most });
        }
        for remark in remarks {
            self.remark_on_login(account.name(), remark);
        }
        self.proved_by = by;
        self.own_root = storage.is_some();
        self.storage = storage.unwrap_or_else(|| Arc::clone(&self.site.storage));
        self.limit(&account, ledger);
        self.directory = VirtualPath::root();
        let need = session_start::account_need(&account);
        self.demand(&account);
        let is_complete = account.information_for() != Some(InformationFor::Login);
        self.renewal = Renewal::default();
        if self.account.replace(account).is_some() {
            // Changes that this login may have missed were looked up for the previous account.
            self.look_again();
        }
        if is_complete {
            self.tell_login();
        }
        Ok(need)
    }

    /// Applies the account's quota and rates.
    fn limit(&mut self, account: &Account, ledger: Option<Arc<Ledger>>) {
        self.rates = self.shared.rates.of(&self.live.config.rates, self.site.realm(), account);
        if let Some(ledger) = ledger.clone().filter(|ledger| !ledger.is_known()) {
            // If this fails, the next change tries again, and its client is told.
            drop(spawn_blocking(move || ledger.know()));
        }
        self.ledger = ledger;
    }

    /// The account information was checked. If the login requires it and it is wrong, the user is
    /// not logged in.
    pub(crate) fn account_checked(&mut self, checked: Result<(), Refusal>) -> Report {
        let account = self.account.clone();
        let to_log_in = account
            .as_ref()
            .is_some_and(|account| account.information_for() == Some(InformationFor::Login));
        let Err(refusal) = checked else {
            if to_log_in {
                self.tell_login();
            }
            return Report::AccountChecked(Ok(()));
        };
        let user = account.as_ref().map(|account| account.name().to_vec()).unwrap_or_default();
        let told = self.keep_out(&NotLoggedIn { user, refusal });
        if to_log_in {
            self.account = None;
            self.shared.who.is(self.number, None);
        }
        Report::AccountChecked(Err(told))
    }

    /// Logs that the login is complete.
    fn tell_login(&self) {
        let Some(account) = &self.account else { return };
        self.emit(EventKind::LoggedIn {
            user: String::from_utf8_lossy(account.name()).into_owned(),
            peer: self.peer.ip().to_canonical(),
            host: self.site.name.clone(),
            by: self.proved_by,
            tls: self.is_protected(),
        });
    }

    pub(crate) fn remark_on_login(&self, user: &[u8], remark: String) {
        let user = String::from_utf8_lossy(user).into_owned();
        self.shared.emit(
            self.number,
            EventKind::Login { user, peer: self.peer.ip().to_canonical(), remark },
        );
    }

    /// ACCT.
    pub(crate) fn check_account(&mut self, information: Secret) {
        let hold_back = self.hold_back();
        let Some(account) = self.account.clone() else {
            return self.report(Report::AccountChecked(Err(LoginRefusal::WrongPassword)));
        };
        let is_slow = account.is_slow();
        let check = move || account.check_information(information.expose(), now().0);
        let mut checked = Err(late());
        let mut check = Some(check);
        if !is_slow && let Some(check) = check.take() {
            checked = check();
            if checked.is_ok() {
                return self.report(Report::AccountChecked(Ok(())));
            }
        }
        let shared = Arc::clone(&self.shared);
        self.start(async move {
            if let Some(check) = check {
                checked = shared.checks.run(check).await.unwrap_or(checked);
            }
            if let Err(refusal) = &checked {
                hold_back.refusal(counts(refusal)).await;
            }
            Finished::AccountChecked(checked)
        });
    }
}

/// Asks the sources of accounts in order until one knows the user. Slow sources have places of
/// their own.
async fn ask_each(
    shared: &Arc<Shared>,
    site: &Arc<Site>,
    trial: &Arc<Trial>,
    welcome: impl Fn() -> bool + Clone + Send + 'static,
) -> Result<LoggedIn, Refusal> {
    for source in site.accounts.sources(&trial.user) {
        let (site, trial, known) = (Arc::clone(site), Arc::clone(trial), Arc::clone(shared));
        let welcome = welcome.clone();
        let work = move || match welcome() {
            true => log_in(&site, source, &trial, &known),
            false => {
                Err(Refusal::Unavailable("the client's address was banned in the meantime".into()))
            }
        };
        let checked = match source.is_elsewhere() {
            true => shared.checks.run_elsewhere(work).await,
            false => shared.checks.run(work).await,
        };
        match checked.unwrap_or_else(|| Err(late())) {
            Err(Refusal::UnknownUser) => {}
            checked => return checked,
        }
    }
    Err(Refusal::UnknownUser)
}

fn late() -> Refusal {
    Refusal::Unavailable("too many logins are being checked".into())
}

/// Checks the password, and opens the account's root. May block.
fn log_in(
    site: &Site,
    source: Source,
    trial: &Trial,
    shared: &Shared,
) -> Result<LoggedIn, Refusal> {
    entered_with_root(site, source, site.accounts.ask(source, &trial.attempt())?, shared)
}

fn entered_with_root(
    site: &Site,
    source: Source,
    entered: Entered,
    shared: &Shared,
) -> Result<LoggedIn, Refusal> {
    let Entered { account, remark } = entered;
    let mut tree = OwnTree::open(&account, site, source, shared)?;
    tree.remarks.splice(..0, remark);
    let by = proof_of(source);
    Ok(LoggedIn { account, by, tree })
}

/// Which source confirmed the password.
fn proof_of(source: Source) -> &'static str {
    match source {
        Source::Memory | Source::Database => "password",
        Source::Pam => "PAM",
        Source::Hook => "hook",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn as_many_passwords_are_checked_at_once_as_there_are_processors_and_who_waits_too_long_is_told()
     {
        let checks = Checks::new(2);
        let processors = std::thread::available_parallelism().expect("a number").get();
        let all = u32::try_from(processors).expect("a number");
        for (places, count) in [(&checks.here, all), (&checks.elsewhere, 2)] {
            assert_eq!(places.available_permits(), usize::try_from(count).expect("a number"));
            let held = places.acquire_many(count).await.expect("it is never closed");
            let begun = tokio::time::Instant::now();
            let waits = turn(places, || panic!("its turn has not come"));
            let waits: Option<()> = waits.await;
            assert_eq!((waits, begun.elapsed()), (None, PATIENCE));
            drop(held);
            assert_eq!(turn(places, || 7).await, Some(7));
        }
        // The password was not wrong, so this does not count towards a ban.
        assert!(!counts(&late()) && late().to_string().contains("too many logins"));
    }
}
