//! [`Connection`]: one session. It holds the session's state, carries out the actions of the
//! session machine, and reports their results.

mod turns;

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use packetboat_accounts::{Account, Refusal, Right};
use packetboat_codes::Class;
use packetboat_proto::server::{
    Action, Event as Report, Failure, Goodbye, Note, Outcome, Room, Session,
};
use packetboat_proto::time::Instant;
use packetboat_store::{Storage, VirtualPath};
use tokio::net::TcpStream;

use crate::account_changes::Renewal;
use crate::admission::{Admission, Place};
use crate::config::Site;
use crate::data::Listening;
use crate::deed::Intended;
use crate::event::{CloseCause, EventKind};
use crate::guards::Counted;
use crate::handle::Handle;
use crate::ledger::Ledger;
use crate::login::{LoggedIn, NotLoggedIn};
use crate::markers::Markers;
use crate::rate::Rates;
use crate::server::Shared;
use crate::session_start::Standing;
use crate::snapshot::Snapshot;
use crate::task;
use crate::tls::{Control, Patience};
use crate::transfer::Prepared;

/// One client's connection.
pub(crate) struct Connection {
    pub(crate) shared: Arc<Shared>,
    /// The settings in force when the session began.
    pub(crate) live: Arc<Snapshot>,
    pub(crate) number: u64,
    pub(crate) control: Control,
    /// The address that the client connected to; an address of the proxy if it came through one.
    pub(crate) local: SocketAddr,
    /// Our own end of the connection.
    pub(crate) bound: SocketAddr,
    /// The client's address, even if it came through a proxy.
    pub(crate) peer: SocketAddr,
    pub(crate) session: Session,
    /// The session's place. A session that is turned away, or waits in line, has none.
    pub(crate) place: Option<Place>,
    /// Counts the session for its address.
    _counted: Option<Counted>,
    /// The site that HOST chose, or the main one.
    pub(crate) site: Arc<Site>,
    /// The site without HOST: the main one, or that of the name under which TLS began.
    pub(crate) home: Arc<Site>,
    /// The site's storage, or what SMNT has mounted.
    pub(crate) storage: Arc<dyn Storage>,
    /// Whether the storage is the account's own root.
    pub(crate) own_root: bool,
    pub(crate) account: Option<Arc<Account>>,
    /// What proved the user's identity, in a word.
    pub(crate) proved_by: &'static str,
    /// What the account has stored, if it has a quota.
    pub(crate) ledger: Option<Arc<Ledger>>,
    pub(crate) rates: Rates,
    /// What the last ALLO announced, for the store that follows.
    pub(crate) announced: Option<u64>,
    pub(crate) directory: VirtualPath,
    /// The passive port. A port chosen by the system is kept for the session's next transfers,
    /// because finding one is costly; a port of a configured range is returned after each transfer.
    pub(crate) listening: Option<Listening>,
    /// The data connection of the previous transfer, if the end of that was marked in the data (RFC
    /// 959 §3.3).
    pub(crate) kept: Option<std::net::TcpStream>,
    pub(crate) prepared: Option<Prepared>,
    /// Restart markers of the running upload, to be answered with 110.
    pub(crate) markers: Option<Arc<Markers>>,
    pub(crate) transfer: Option<Arc<Handle>>,
    pub(crate) task: Option<Arc<task::Running>>,
    /// What the running command does to files.
    pub(crate) deed: Option<Intended>,
    job: Option<Job>,
    pub(crate) renewal: Renewal,
    /// Whether the client has closed its side. What it sent before is still carried out.
    input_ended: bool,
    /// Whether the connection began with TLS and that failed, so that no reply reaches the client.
    unheard: bool,
    /// When the session began; `None` once its end was logged.
    opened_at: Option<Instant>,
    pub(crate) command_at: Instant,
    /// When the command of the deed or transfer arrived. Others may have arrived since.
    pub(crate) deed_at: Instant,
}

/// A server that stops immediately drops its sessions: the logs still get their deed and their end.
impl Drop for Connection {
    fn drop(&mut self) {
        if self.opened_at.is_some() {
            self.deed_dropped();
            self.tell_end(CloseCause::Server);
        }
    }
}

/// The addresses of a connection.
#[derive(Clone, Copy)]
pub(crate) struct Addresses {
    pub peer: SocketAddr,
    pub local: SocketAddr,
    pub bound: SocketAddr,
}

/// Running work. Its result is passed to [`Connection::finish`].
pub(crate) type Job = Pin<Box<dyn Future<Output = Finished> + Send>>;

pub(crate) enum Finished {
    Admitted(Option<Place>),
    AccountChecked(Result<(), Refusal>),
    Identified(Result<Option<LoggedIn>, NotLoggedIn>),
    Authenticated(Result<LoggedIn, NotLoggedIn>),
    LookedAgain(crate::account_changes::Looked),
    Performed(crate::files::Done),
    Transferred(crate::transfer::Ended),
    Prepared(Result<(Prepared, packetboat_proto::server::TransferStart), Failure>),
}

impl Connection {
    pub(crate) fn new(
        shared: Arc<Shared>,
        number: u64,
        stream: TcpStream,
        addresses: Addresses,
        begins_with_tls: bool,
        admission: Admission,
        counted: Option<Counted>,
    ) -> Self {
        let live = shared.live.now();
        let standing = Standing::of(admission, &shared.readiness);
        let config = Arc::clone(live.session_at(addresses.bound, &shared.bound));
        let session = standing.session(config, addresses, shared.now());
        let session = if begins_with_tls { session.over_tls() } else { session };
        let patience =
            Patience { reply: live.config.reply_timeout, handshake: live.config.handshake_timeout };
        let control = Control::new(stream, patience);
        let Standing { place, turn, .. } = standing;
        let mut connection =
            Self::fresh(shared, live, (number, addresses), control, session, (place, counted));
        if connection.session.is_waiting() {
            connection.await_turn(turn);
        }
        connection
    }

    /// A session in which nothing has happened yet.
    fn fresh(
        shared: Arc<Shared>,
        live: Arc<Snapshot>,
        (number, Addresses { peer, local, bound }): (u64, Addresses),
        control: Control,
        session: Session,
        (place, counted): (Option<Place>, Option<Counted>),
    ) -> Self {
        let now = shared.now();
        Self {
            number,
            control,
            local,
            bound,
            peer,
            session,
            place,
            _counted: counted,
            site: Arc::clone(&live.sites.main),
            home: Arc::clone(&live.sites.main),
            storage: Arc::clone(&live.sites.main.storage),
            shared,
            live,
            own_root: false,
            account: None,
            proved_by: "",
            ledger: None,
            rates: Rates::default(),
            announced: None,
            directory: VirtualPath::root(),
            listening: None,
            kept: None,
            prepared: None,
            markers: None,
            transfer: None,
            task: None,
            deed: None,
            job: None,
            renewal: Renewal::default(),
            input_ended: false,
            unheard: false,
            opened_at: None,
            command_at: now,
            deed_at: now,
        }
    }

    /// Serves the client until either side closes.
    pub(crate) async fn run(mut self) {
        self.emit(EventKind::Opened { peer: self.peer, local: self.local });
        let entered = self.shared.who.enter(self.number, self.peer.ip().to_canonical());
        self.opened_at = Some(self.shared.now());
        if self.session.is_protected() {
            self.unheard = !self.negotiate_tls().await;
            // This TLS lasts as long as the connection, and so does the name.
            self.home = Arc::clone(&self.site);
        }
        let cause = self.serve().await;
        self.stop_work();
        // A place in the line is given up immediately.
        if let Some(job) = self.job.take().filter(|_| !self.session.is_waiting()) {
            // Wait for the job: a part is kept and a storage call finishes even though the client
            // is gone.
            let finished = job.await;
            self.deed_ended(&finished);
        }
        self.tell_deed(None);
        drop(entered);
        self.tell_end(cause);
    }

    /// Logs the end of the session, once, if it has begun.
    fn tell_end(&mut self, cause: CloseCause) {
        let Some(opened) = self.opened_at.take() else { return };
        let user = self.session.user().map(|user| String::from_utf8_lossy(user).into_owned());
        let duration = self.shared.now().since(opened);
        let peer = self.peer.ip().to_canonical();
        self.emit(EventKind::Closed { cause, duration, user, peer });
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Authenticate { user, password } => self.authenticate(user, password),
            Action::Identify { user } => self.identify(user),
            Action::CheckAccount(information) => self.check_account(information),
            Action::Reinitialize => self.reinitialize(),
            Action::ChooseHost(name) => self.choose_host(name),
            Action::Mount(name) => self.mount(&name),
            Action::ListenPassive(passive) => self.listen(passive),
            Action::DropData => {
                self.listening = None;
                self.kept = None;
            }
            Action::Perform(request) => self.perform(request),
            Action::PrepareTransfer(request) => self.prepare(request),
            Action::RunTransfer(setup, protection) => self.run_transfer(setup, protection),
            Action::Work(task) => self.work(task),
            Action::AbortTransfer => self.stop_work(),
            Action::ReportProgress => {
                let done = match (&self.task, &self.transfer) {
                    (Some(task), _) => task.done(),
                    (None, Some(transfer)) => transfer.moved(),
                    (None, None) => 0,
                };
                self.tell_room();
                self.report(Report::Progress(done));
            }
            Action::Note(note) => self.note(note),
            // `settle` handles these.
            Action::StartTls | Action::EndTls | Action::ClearControl | Action::Close => {}
        }
    }

    pub(crate) fn start(&mut self, job: impl Future<Output = Finished> + Send + 'static) {
        debug_assert!(self.job.is_none(), "the session machine asks for one thing at a time");
        self.job = Some(Box::pin(job));
    }

    pub(crate) fn report(&mut self, report: Report) {
        let now = self.shared.now();
        self.session.handle_event(report, now);
    }

    /// Ends the session for reasons of the server.
    pub(crate) fn end(&mut self, goodbye: Goodbye) {
        self.session.handle_goodbye(goodbye);
    }

    pub(crate) fn finish(&mut self, finished: Finished) {
        let refused = matches!(
            finished,
            Finished::Authenticated(Err(_))
                | Finished::AccountChecked(Err(_))
                | Finished::Identified(Err(_))
        );
        self.deed_ended(&finished);
        let report = match finished {
            Finished::Admitted(place) => {
                self.place = place;
                Report::Ready
            }
            Finished::AccountChecked(result) => self.account_checked(result),
            Finished::Identified(found) => self.identified(found),
            Finished::Transferred((result, kept)) => {
                self.report_markers();
                self.markers = None;
                self.kept = kept;
                Report::TransferEnded(result)
            }
            Finished::Authenticated(checked) => self.authenticated(checked),
            Finished::LookedAgain(found) => return self.looked_again(found),
            Finished::Performed((result, directory)) => {
                self.task = None;
                if let Some(directory) = directory {
                    self.directory = directory;
                }
                if let Ok(Outcome::Room(bytes)) = result {
                    self.announced = Some(bytes);
                }
                result.map_or_else(Report::Failed, Report::Done)
            }
            Finished::Prepared(Ok((prepared, start))) => {
                self.prepared = Some(prepared);
                Report::TransferReady(start)
            }
            Finished::Prepared(Err(failure)) => Report::Failed(failure),
        };
        self.tell_room();
        self.report(report);
        self.come_under_quota();
        if refused {
            self.end_if_banned();
        }
    }

    /// Whether work is running.
    pub(crate) fn has_job(&self) -> bool {
        self.job.is_some()
    }

    /// Passes on how much is stored, since the next replies may have to state it.
    fn tell_room(&mut self) {
        let Some(account) = &self.account else { return };
        let may_delete = account.require(Right::Delete).is_ok();
        let quota = self.ledger.as_ref().map(|ledger| ledger.quota());
        self.report(Report::RoomIs(Room { quota, may_delete }));
    }

    fn note(&mut self, note: Note) {
        let bytes = self.transfer.as_ref().filter(|_| self.job.is_none()).map(|t| t.moved());
        if bytes.is_some() {
            self.transfer = None;
        }
        let Note { verb, argument, code, failure } = note;
        if self.unheard && code.class() == Class::Completion {
            // The greeting of a client whose TLS handshake failed.
            return;
        }
        // While a job runs, this is the reply to another command, such as NOOP.
        let ends_deed = self.job.is_none() && self.deed.is_some();
        // A listing is not a deed, but also takes time.
        let since = if ends_deed || bytes.is_some() { self.deed_at } else { self.command_at };
        let duration = self.shared.now().since(since);
        let deed_reply = ends_deed.then(|| (code, failure.clone()));
        self.emit(EventKind::Replied { verb, argument, code, failure, duration, bytes });
        if deed_reply.is_some() {
            self.tell_deed(deed_reply);
        }
    }

    /// Ends the session for reasons of the server.
    pub(crate) fn session_ends(&mut self, reason: Goodbye) {
        self.session.handle_goodbye(reason);
    }

    /// Whether the control connection is under TLS.
    pub(crate) fn is_protected(&self) -> bool {
        self.session.is_protected()
    }

    pub(crate) fn emit(&self, kind: EventKind) {
        self.shared.emit(self.number, kind);
    }
}
