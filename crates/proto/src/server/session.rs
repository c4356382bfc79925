//! [`Session`]: the state of a session, its inputs and outputs, and its timers. [`turns`] decides
//! which command is taken when; the handlers of the verbs are in the sibling modules.

mod turns;

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use super::action::{Action, Event, Wait};
use super::answer::{self, Failed, Stage};
use super::config::{Goodbye, SessionConfig};
use super::login::Login;
use super::parameters::Parameters;
use super::quota::Room;
use super::security::{self, Security, TlsDemands};
use super::task::{Algorithm, ByteRange};
use super::texts::{Language, Sentence};
use super::{data_connection, files, info, login, start, transfer};
use crate::command::{Command, CommandError};
use crate::line::LineReader;
use crate::pathname::Pathname;
use crate::time::Instant;
use crate::verbs::{SiteVerb, Verb};

/// At most this many command lines may wait; then no more bytes are read from the client.
const LINES_WAITING: usize = 64;
/// The first byte from a TLS client: a record of type "handshake" (RFC 8446 §5.1). No command
/// starts with it.
const TLS_HANDSHAKE: u8 = 22;

/// One client's session.
#[derive(Debug)]
pub struct Session {
    pub(super) config: Arc<SessionConfig>,
    pub(super) peer: IpAddr,
    pub(super) local: SocketAddr,
    pub(super) login: Login,
    /// The number of passwords and accounts refused so far.
    pub(super) refused: u32,
    pub(super) security: Security,
    pub(super) demands: TlsDemands,
    pub(super) parameters: Parameters,
    pub(super) rename_from: Option<Pathname>,
    pub(super) work: Work,
    pub(super) extra: Extra,
    /// The language of replies, chosen by LANG.
    pub(super) language: Language,
    lines: LineReader,
    /// Commands that wait for the end of a transfer or other work.
    pub(super) held: VecDeque<Result<Command, CommandError>>,
    pub(super) output: Vec<u8>,
    pub(super) actions: VecDeque<Action>,
    /// Since when the session has been without a login.
    pub(super) started: Instant,
    /// The time for the login starts again with the next greeting.
    pub(super) starts_anew: bool,
    active: Instant,
    /// When the first byte of the current, incomplete line arrived.
    line_begun: Option<Instant>,
    /// Whether the client has sent anything.
    heard: bool,
    pub(super) goodbye: Option<Goodbye>,
    /// The goodbye that stopped the current work, unless the client had stopped it before.
    pub(super) stopped_by: Option<Goodbye>,
    /// The client closed its side without QUIT.
    pub(super) hung_up: bool,
    /// The client sent QUIT.
    pub(super) quit: bool,
    closed: bool,
}

/// What the session is waiting for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Work {
    /// Nothing: the next command may be taken.
    Nothing,
    /// The driver's word that the client may be greeted.
    Greeting,
    /// The driver's report on a command.
    Asked { verb: Verb, argument: String },
    /// The driver's report on work that may take long.
    Task { verb: Verb, argument: String, aborted: bool },
    /// The end of a transfer that is being prepared or running.
    Transfer { verb: Verb, argument: String, running: bool, aborted: bool },
}

/// The state that verbs beyond RFC 959 keep from one command to the next.
#[derive(Debug, Default)]
pub(super) struct Extra {
    /// The function of HASH, chosen by OPTS HASH.
    pub algorithm: Algorithm,
    /// The range given by RANG, for the next transfer or hash.
    pub range: Option<ByteRange>,
    /// The pathname given by SITE CPFR.
    pub copy_from: Option<Pathname>,
    /// The SITE command that the driver was asked for.
    pub site: Option<SiteVerb>,
    /// The account's quota and usage, and whether it may delete, as last reported by the driver.
    pub room: Room,
    /// The verbs that wait for the progress of a task.
    pub told: VecDeque<Verb>,
}

impl Session {
    /// A new session, which greets its client with 220.
    pub fn new(
        config: Arc<SessionConfig>,
        local: SocketAddr,
        peer: SocketAddr,
        now: Instant,
    ) -> Self {
        let mut session = Self::silent(config, local, peer, now);
        start::greet(&mut session, None, "");
        session
    }

    /// A session whose client has to wait: the client gets 120, and 220 after [`Event::Ready`].
    /// Commands that it sends in between wait, too.
    pub fn waiting(
        config: Arc<SessionConfig>,
        local: SocketAddr,
        peer: SocketAddr,
        wait: &Wait,
        now: Instant,
    ) -> Self {
        let mut session = Self::silent(config, local, peer, now);
        session.work = Work::Greeting;
        start::wait(&mut session, wait);
        session
    }

    /// A session that is refused with 421.
    pub fn refused(
        config: Arc<SessionConfig>,
        local: SocketAddr,
        peer: SocketAddr,
        reason: Goodbye,
        now: Instant,
    ) -> Self {
        let mut session = Self::silent(config, local, peer, now);
        session.close_with(reason);
        session
    }

    fn silent(
        config: Arc<SessionConfig>,
        local: SocketAddr,
        peer: SocketAddr,
        now: Instant,
    ) -> Self {
        Self {
            lines: LineReader::new(config.line_limit),
            language: config.language,
            config,
            peer: peer.ip().to_canonical(),
            local: SocketAddr::new(local.ip().to_canonical(), local.port()),
            login: Login::New,
            refused: 0,
            security: Security::default(),
            demands: TlsDemands::default(),
            parameters: Parameters::default(),
            rename_from: None,
            work: Work::Nothing,
            extra: Extra::default(),
            held: VecDeque::new(),
            output: Vec::new(),
            actions: VecDeque::new(),
            started: now,
            starts_anew: true,
            active: now,
            line_begun: None,
            heard: false,
            goodbye: None,
            stopped_by: None,
            hung_up: false,
            quit: false,
            closed: false,
        }
    }

    /// Takes bytes from the control connection.
    pub fn handle_bytes(&mut self, bytes: &[u8], now: Instant) {
        let first = !std::mem::replace(&mut self.heard, true);
        if first && bytes.first() == Some(&TLS_HANDSHAKE) && !self.security.is_on() {
            return self.close_with(Goodbye::BeginsWithTls);
        }
        self.lines.push(bytes);
        self.time_line(bytes, now);
        let refusals = self.lines.take_refusals();
        self.output.extend_from_slice(&refusals);
        self.advance(now);
    }

    /// The output so far has been sent: further commands may be taken.
    pub fn handle_sent(&mut self, now: Instant) {
        self.advance(now);
    }

    /// Whether commands are waiting for the output so far to be sent.
    pub fn is_held_back(&self) -> bool {
        let may_go_on = self.work == Work::Nothing && !self.held.is_empty()
            || !matches!(self.work, Work::Asked { .. } | Work::Greeting)
                && self.lines.waiting() > 0;
        !self.closed && may_go_on
    }

    /// Records when the current, incomplete line started.
    fn time_line(&mut self, bytes: &[u8], now: Instant) {
        if !self.lines.is_mid_line() {
            self.line_begun = None;
        } else if self.line_begun.is_none() || bytes.contains(&b'\n') {
            self.line_begun = Some(now);
        }
    }

    /// The client has closed its side. Commands already received are still carried out. Without a
    /// QUIT among them the close is unexpected, and RFC 959 §4.1.1 treats it like ABOR: work that
    /// could run for hours is stopped.
    pub fn handle_end_of_input(&mut self) {
        while let Some(line) = self.lines.next_line() {
            self.held.push_back(Command::parse(&line));
        }
        self.hung_up = !self.holds(Verb::Quit);
        if self.hung_up && matches!(self.work, Work::Task { .. }) {
            transfer::abort(self);
        }
    }

    /// Takes an event from the driver.
    pub fn handle_event(&mut self, event: Event, now: Instant) {
        self.active = now;
        match event {
            Event::Authenticated(result) => login::authenticated(self, result),
            Event::TlsDemanded(demands) => self.demands = demands,
            Event::Identified(result) => login::identified(self, result),
            Event::AccountChecked(result) => login::account_checked(self, result),
            Event::TlsStarted { server_name, certificate } => {
                security::started(self, server_name, certificate);
            }
            Event::TlsFailed(failure) => security::failed(self, &failure),
            Event::ControlCleared => security::cleared(self),
            Event::Ready => start::ready(self, now),
            Event::NotReady(wait) => start::wait(self, &wait),
            Event::HostAnswered(answer) => start::host_answered(self, &answer),
            Event::Mounted(answer) => files::mounted(self, answer),
            Event::PassiveListening(address) => data_connection::listening(self, address),
            Event::Done(outcome) => {
                files::done(self, outcome);
                self.close_if_due();
            }
            Event::Failed(failure) => {
                if let Some((verb, argument)) = self.finish_work() {
                    // RFC 959 §4.1.3: RNTO must follow an accepted RNFR.
                    self.rename_from = None;
                    (self.extra.copy_from, self.extra.site) = (None, None);
                    let code = answer::failure_code(verb, Stage::Before, failure.fault).number();
                    let room = self.extra.room;
                    let failed = Failed { verb, failure: &failure, room };
                    self.reply(Some(verb), &argument, code, Sentence::Composed(&failed));
                    self.close_if_due();
                }
            }
            Event::TransferReady(start) => transfer::ready(self, &start),
            Event::MarkerStored { marker, offset } => {
                transfer::marker_stored(self, &marker, offset);
            }
            Event::RoomIs(room) => self.extra.room = room,
            Event::Progress(bytes) => info::progress(self, bytes),
            Event::TransferEnded(result) => transfer::ended(self, result),
        }
        self.advance(now);
    }

    /// Handles an expired timer; call it at or after [`Session::deadline`].
    pub fn handle_timeout(&mut self, now: Instant) {
        if let Some((deadline, reason)) = self.timer()
            && now >= deadline
        {
            self.close_with(reason);
        }
    }

    /// Ends the session for a reason of the server: stops a running transfer or task and sends its
    /// reply, then sends 421.
    pub fn handle_goodbye(&mut self, reason: Goodbye) {
        if let Work::Transfer { running: true, aborted, .. } | Work::Task { aborted, .. } =
            &mut self.work
        {
            self.goodbye = Some(reason);
            if !std::mem::replace(aborted, true) {
                self.stopped_by = Some(reason);
                self.actions.push_back(Action::AbortTransfer);
            }
        } else {
            self.close_with(reason);
        }
    }

    /// Ends the session for a reason of the server, but lets running work finish and sends its
    /// reply before 421. If nothing is running, sends 421 immediately.
    pub fn handle_goodbye_at_rest(&mut self, reason: Goodbye) {
        if self.work == Work::Nothing || self.is_waiting() {
            self.close_with(reason);
        } else {
            self.goodbye = Some(reason);
        }
    }

    /// The next action for the driver.
    pub fn poll_action(&mut self) -> Option<Action> {
        let action = self.actions.pop_front();
        if self.actions.is_empty() {
            // An idle session keeps no buffers.
            self.actions = VecDeque::new();
        }
        action
    }

    /// Bytes for the client since the last call. Send them before you carry out any further action.
    pub fn take_output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.output)
    }

    /// When to call [`Session::handle_timeout`], unless something else happens first.
    pub fn deadline(&self) -> Option<Instant> {
        self.timer().map(|(deadline, _)| deadline)
    }

    /// Whether more bytes may be read from the client. A client that sends without reading replies
    /// has to wait.
    pub fn wants_input(&self) -> bool {
        !self.closed && self.lines.waiting() + self.held.len() < LINES_WAITING
    }

    /// Whether the client was told to wait and has not been greeted yet.
    pub fn is_waiting(&self) -> bool {
        matches!(self.work, Work::Greeting | Work::Asked { verb: Verb::Rein, .. })
    }

    /// The name of the user who is logged in.
    pub fn user(&self) -> Option<&[u8]> {
        match &self.login {
            Login::LoggedIn { user, .. } => Some(user),
            _ => None,
        }
    }

    /// Whether the client has ended the session with QUIT.
    pub fn has_quit(&self) -> bool {
        self.quit
    }

    /// The timer never runs while the session waits for the driver (RFC 1123 §4.1.3.2).
    fn timer(&self) -> Option<(Instant, Goodbye)> {
        if self.closed || self.work != Work::Nothing {
            return None;
        }
        let idle = Some((self.active.after(self.config.idle_timeout), Goodbye::Idle));
        let login = (self.started.after(self.config.login_timeout), Goodbye::LoginTime);
        let login = (!self.is_logged_in()).then_some(login);
        let line = self.line_begun;
        let line = line.map(|begun| (begun.after(self.config.line_timeout), Goodbye::LineTime));
        // If two timers have expired, the earlier deadline is the reason given.
        [idle, login, line].into_iter().flatten().min_by_key(|(deadline, _)| *deadline)
    }

    /// Whether any input has not been handled yet.
    pub(super) fn has_unread_input(&self) -> bool {
        !self.held.is_empty() || self.lines.waiting() > 0 || self.lines.is_mid_line()
    }

    pub(super) fn is_logged_in(&self) -> bool {
        matches!(self.login, Login::LoggedIn { .. })
    }

    /// The argument for the log; empty if there is no log.
    pub(super) fn loggable(&self, command: &Command) -> String {
        if self.config.notes { command.loggable_argument() } else { String::new() }
    }

    /// Closes the session if [`Session::handle_goodbye`] asked for it; called after the reply to
    /// running work.
    pub(super) fn close_if_due(&mut self) {
        if let Some(reason) = self.goodbye {
            self.close_with(reason);
        }
    }

    /// Has the driver send the pending output and close the connection.
    pub(super) fn close(&mut self) {
        self.closed = true;
        self.actions.push_back(Action::Close);
    }

    pub(super) fn close_with(&mut self, reason: Goodbye) {
        if !self.closed {
            self.say_goodbye(reason);
            self.close();
        }
    }
}
