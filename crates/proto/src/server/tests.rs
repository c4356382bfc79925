//! Tests of the session machine with a fake clock: what is allowed when, the order of replies, the
//! timers.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use packetboat_codes::Fault;

use super::*;
use crate::time::Instant;

/// A session, with the test as its driver.
pub(super) struct Bench {
    pub(super) session: Session,
    now: Instant,
}

impl Bench {
    pub(super) fn new() -> Self {
        Self::with(SessionConfig { login_attempts: 3, ..SessionConfig::default() })
    }

    pub(super) fn with(config: SessionConfig) -> Self {
        let local: SocketAddr = "192.0.2.1:21".parse().expect("an address");
        let peer: SocketAddr = "192.0.2.9:40000".parse().expect("an address");
        let now = Instant::default();
        let mut bench = Self { session: Session::new(Arc::new(config), local, peer, now), now };
        assert_eq!(
            bench.said(),
            concat!("220 Packetboat ", env!("CARGO_PKG_VERSION"), " is ready.\r\n")
        );
        bench
    }

    /// The same on a connection that starts with TLS.
    pub(super) fn over_tls(self) -> Self {
        Self { session: self.session.over_tls(), ..self }
    }

    /// A client that was told to wait.
    pub(super) fn waiting(wait: &Wait) -> Self {
        let config = Arc::new(SessionConfig::default());
        let local: SocketAddr = "192.0.2.1:21".parse().expect("an address");
        let peer: SocketAddr = "192.0.2.9:40000".parse().expect("an address");
        let now = Instant::default();
        Self { session: Session::waiting(config, local, peer, wait, now), now }
    }

    pub(super) fn logged_in() -> Self {
        let mut bench = Self::new();
        bench.send("USER alice\r\nPASS pw\r\n");
        bench.report(Event::Authenticated(Ok(AccountNeed::None)));
        bench.send("TYPE I\r\n");
        bench.said();
        bench.actions();
        bench
    }

    pub(super) fn with_data() -> Self {
        let mut bench = Self::logged_in();
        bench.send("EPSV\r\n");
        bench.report(Event::PassiveListening("192.0.2.1:50000".parse().expect("an address")));
        bench.said();
        bench.actions();
        bench
    }

    /// A session with a running RETR.
    pub(super) fn transferring() -> Self {
        let mut bench = Self::with_data();
        bench.send("RETR f\r\n");
        bench.report(Event::TransferReady(start()));
        assert_eq!(bench.codes(), "150");
        bench.actions();
        bench
    }

    pub(super) fn send(&mut self, text: &str) {
        self.session.handle_bytes(text.as_bytes(), self.now);
    }

    /// The output so far has been sent.
    pub(super) fn sent(&mut self) {
        self.session.handle_sent(self.now);
    }

    pub(super) fn report(&mut self, event: Event) {
        self.session.handle_event(event, self.now);
    }

    pub(super) fn said(&mut self) -> String {
        String::from_utf8(self.session.take_output()).expect("UTF-8")
    }

    /// The codes of all replies since the last call.
    pub(super) fn codes(&mut self) -> String {
        let said = self.said();
        let finals = said.lines().filter(|line| line.as_bytes().get(3) == Some(&b' '));
        finals.map(|line| &line[..3]).collect::<Vec<_>>().join(" ")
    }

    /// The actions since the last call, without notes for the log.
    pub(super) fn actions(&mut self) -> Vec<Action> {
        std::iter::from_fn(|| self.session.poll_action())
            .filter(|action| !matches!(action, Action::Note(_)))
            .collect()
    }

    pub(super) fn pass(&mut self, seconds: u64) {
        self.now = self.now.after(Duration::from_secs(seconds));
        self.session.handle_timeout(self.now);
    }
}

pub(super) fn start() -> TransferStart {
    TransferStart { path: b"/f".to_vec(), size: Some(10) }
}

pub(super) fn summary() -> TransferSummary {
    TransferSummary { path: b"/f".to_vec(), bytes: 10, connection_kept: false }
}

pub(super) fn stopped(cause: TransferCause) -> TransferFailure {
    TransferFailure { cause, path: b"/f".to_vec(), bytes: 4, kept: None }
}

#[test]
fn a_login_and_its_refusals() {
    let mut bench = Bench::new();
    bench.send("PWD\r\nPASS x\r\nUSER alice\r\nPASS wrong\r\n");
    assert_eq!(bench.codes(), "530 503 331");
    let asked = bench.actions();
    assert!(matches!(&asked[..], [Action::Authenticate { user, password }]
        if user == b"alice" && password.expose() == b"wrong"));
    bench.report(Event::Authenticated(Err(LoginRefusal::WrongPassword)));
    bench.send("PASS pw\r\nUSER alice\r\nPASS pw\r\n");
    assert_eq!(bench.codes(), "530 503 331");
    bench.report(Event::Authenticated(Ok(AccountNeed::None)));
    assert_eq!(bench.said(), "230 alice is logged in.\r\n");
    assert_eq!(bench.session.user(), Some(b"alice".as_slice()));
    bench.send("USER bob\r\n");
    assert_eq!(bench.codes(), "503");
}

/// RFC 2577 §5.
#[test]
fn too_many_wrong_passwords_close_the_session() {
    let mut bench = Bench::new();
    for _ in 0..3 {
        bench.send("USER alice\r\nPASS wrong\r\n");
        bench.report(Event::Authenticated(Err(LoginRefusal::WrongPassword)));
    }
    assert_eq!(bench.codes(), "331 530 331 530 331 421");
    assert_eq!(bench.actions().last(), Some(&Action::Close));
}

#[test]
fn a_verb_that_is_known_and_not_built_is_502_and_an_unknown_one_500() {
    let mut bench = Bench::logged_in();
    bench.send("THMB JPG 1 1 f\r\nXYZZY\r\n\r\nPWD now\r\nRETR\r\n");
    assert_eq!(bench.codes(), "502 500 500 501 501");
    // 501 would make the client look for another argument.
    bench.send("LOCK now\r\nTHMB\r\n");
    assert_eq!(bench.codes(), "502 502");
}

#[test]
fn pipelined_commands_wait_for_the_driver_and_keep_their_order() {
    let mut bench = Bench::logged_in();
    bench.send("CWD a\r\nPWD\r\nNOOP\r\n");
    assert_eq!(bench.codes(), "");
    assert_eq!(bench.actions().len(), 1);
    bench.report(Event::Done(Outcome::Path(b"/a".to_vec())));
    assert_eq!(bench.codes(), "250");
    bench.report(Event::Done(Outcome::Path(b"/a \"q\"".to_vec())));
    assert_eq!(
        bench.said(),
        "257 \"/a \"\"q\"\"\" is the working directory.\r\n200 The session is alive.\r\n"
    );
}

#[test]
fn a_transfer_needs_a_data_connection() {
    let mut bench = Bench::logged_in();
    bench.send("RETR f\r\n");
    assert_eq!(bench.codes(), "425");
    assert_eq!(bench.actions(), []);
}

#[test]
fn a_transfer_from_150_to_226() {
    let mut bench = Bench::with_data();
    bench.send("REST 5\r\nRETR f\r\n");
    assert_eq!(bench.codes(), "350");
    let asked = bench.actions();
    assert!(matches!(
        &asked[..],
        [Action::PrepareTransfer(TransferRequest::Retrieve { offset: 5, .. })]
    ));
    bench.report(Event::TransferReady(start()));
    assert_eq!(bench.said(), "150 \"/f\" (10 bytes) follows.\r\n");
    assert_eq!(bench.actions(), [Action::RunTransfer(DataSetup::Passive, Protection::Clear)]);
    bench.report(Event::TransferEnded(Ok(summary())));
    assert_eq!(bench.said(), "226 \"/f\" sent, 10 bytes.\r\n");
    // Both REST and the data connection applied to this transfer only.
    bench.send("RETR f\r\n");
    assert_eq!(bench.codes(), "425");
}

/// RFC 959 §4.1.3: STAT is answered immediately, ABOR ends the transfer, and other commands wait
/// for their turn.
#[test]
fn commands_during_a_transfer() {
    let mut bench = Bench::transferring();
    bench.send("NOOP\r\nSTAT\r\nPWD\r\nNOOP\r\nABOR\r\n");
    assert_eq!(bench.codes(), "200");
    assert_eq!(bench.actions(), [Action::ReportProgress, Action::AbortTransfer]);
    bench.report(Event::Progress(4));
    assert!(bench.said().contains(" RETR f is running, 4 bytes so far.\r\n"));
    bench.report(Event::TransferEnded(Err(stopped(TransferCause::Aborted))));
    assert_eq!(bench.codes(), "426");
    assert_eq!(bench.actions(), [Action::Perform(Request::PrintDirectory)]);
    bench.report(Event::Done(Outcome::Path(b"/".to_vec())));
    assert_eq!(bench.codes(), "257 200 226");
}

#[test]
fn abor_that_comes_too_late_finds_the_transfer_done() {
    let mut bench = Bench::transferring();
    bench.send("ABOR\r\n");
    bench.report(Event::TransferEnded(Ok(summary())));
    assert_eq!(bench.codes(), "226 226");
    bench.send("ABOR\r\n");
    assert_eq!(bench.codes(), "226");
}

#[test]
fn abor_before_the_data_connection_is_up_stops_the_transfer_too() {
    let mut bench = Bench::with_data();
    bench.send("RETR f\r\nABOR\r\n");
    assert_eq!(bench.actions().len(), 1);
    bench.report(Event::TransferReady(start()));
    assert_eq!(
        bench.actions(),
        [Action::RunTransfer(DataSetup::Passive, Protection::Clear), Action::AbortTransfer]
    );
}

#[test]
fn quit_waits_for_the_transfer() {
    let mut bench = Bench::transferring();
    bench.send("QUIT\r\n");
    assert_eq!(bench.codes(), "");
    bench.report(Event::TransferEnded(Ok(summary())));
    assert_eq!(bench.codes(), "226 221");
    assert_eq!(bench.actions(), [Action::Close]);
    assert!(!bench.session.wants_input());
}

#[test]
fn failures_of_transfers_have_their_codes() {
    for (cause, code) in [
        (TransferCause::NotOpened(NotOpened::NoneAgreed), "425"),
        (TransferCause::ConnectionLost(ConnectionLost::Broken { error: "how".into() }), "426"),
        (TransferCause::Storage(Fault::Io), "451"),
    ] {
        let mut bench = Bench::transferring();
        bench.report(Event::TransferEnded(Err(stopped(cause))));
        assert_eq!(bench.codes(), code);
    }
    let mut bench = Bench::with_data();
    bench.send("RETR f\r\n");
    let failure =
        Failure { fault: Fault::NotFound, path: b"/f".to_vec(), length: None, detail: None };
    bench.report(Event::Failed(failure));
    assert_eq!(bench.codes(), "550");
}

/// RFC 1123 §4.1.3.2: the timer never runs during a transfer.
#[test]
fn the_idle_timer_rests_during_a_transfer() {
    let mut bench = Bench::transferring();
    assert_eq!(bench.session.deadline(), None);
    bench.pass(100_000);
    assert_eq!(bench.codes(), "");
    bench.report(Event::TransferEnded(Ok(summary())));
    assert_eq!(bench.codes(), "226");
    bench.pass(299);
    assert_eq!(bench.codes(), "");
    bench.pass(1);
    assert_eq!(bench.said(), "421 No command for 300 seconds; connect again to continue.\r\n");
    assert_eq!(bench.actions(), [Action::Close]);
}

#[test]
fn half_a_line_does_not_put_off_the_idle_timer() {
    let mut bench = Bench::logged_in();
    bench.pass(200);
    bench.send("NO");
    bench.pass(100);
    assert_eq!(bench.codes(), "421");
}

#[test]
fn a_session_without_login_is_closed_sooner() {
    let mut bench = Bench::new();
    bench.pass(40);
    bench.send("NOOP\r\n");
    bench.pass(20);
    assert_eq!(bench.codes(), "200 421");
}

#[test]
fn a_shutdown_stops_the_transfer_and_says_421() {
    let mut bench = Bench::transferring();
    bench.session.handle_goodbye(Goodbye::Shutdown);
    assert_eq!(bench.actions(), [Action::AbortTransfer]);
    bench.report(Event::TransferEnded(Err(stopped(TransferCause::Aborted))));
    let said = bench.said();
    assert!(said.contains(" bytes, because the server is shutting down"), "{said}");
    assert!(said.starts_with("426 ") && said.contains("\n421 "), "{said}");
    assert_eq!(bench.actions(), [Action::Close]);
}

/// Clients that show only the reply to the transfer used to say nothing about the cause.
#[test]
fn a_transfer_of_an_account_that_is_locked_says_so() {
    let of = |goodbye| {
        let mut bench = Bench::transferring();
        bench.session.handle_goodbye(goodbye);
        bench.report(Event::TransferEnded(Err(stopped(TransferCause::Aborted))));
        bench.said()
    };
    assert!(
        of(Goodbye::AccountLocked)
            .contains(" bytes, because the administrator has locked your account")
    );
    assert!(of(Goodbye::AccountExpired).contains(" bytes, because your account may no longer"));
}

#[test]
fn a_transfer_may_end_before_a_goodbye_that_waits_for_it() {
    let mut bench = Bench::transferring();
    bench.session.handle_goodbye_at_rest(Goodbye::Shutdown);
    bench.send("NOOP\r\nPWD\r\n");
    assert_eq!((bench.codes().as_str(), bench.actions().len()), ("200", 0));
    bench.report(Event::TransferEnded(Ok(summary())));
    assert_eq!(bench.codes(), "226 421");
    assert_eq!(bench.actions(), [Action::Close]);
}

#[test]
fn a_goodbye_that_waits_can_be_followed_by_one_that_does_not() {
    let mut bench = Bench::transferring();
    bench.session.handle_goodbye_at_rest(Goodbye::Shutdown);
    bench.session.handle_goodbye(Goodbye::Shutdown);
    assert_eq!(bench.actions(), [Action::AbortTransfer]);
    bench.report(Event::TransferEnded(Err(stopped(TransferCause::Aborted))));
    assert_eq!(bench.codes(), "426 421");
}

#[test]
fn what_the_client_stops_is_not_laid_to_a_goodbye() {
    let aborted = |bench: &mut Bench| {
        bench.report(Event::TransferEnded(Err(stopped(TransferCause::Aborted))));
        let said = bench.said();
        assert!(said.starts_with("426 ") && said.contains("\n421 "), "{said}");
        assert!(!said.contains(" bytes, since"), "{said}");
    };
    let mut bench = Bench::transferring();
    bench.session.handle_goodbye_at_rest(Goodbye::Shutdown);
    bench.send("ABOR\r\n");
    aborted(&mut bench);
    let mut bench = Bench::transferring();
    bench.send("ABOR\r\n");
    bench.session.handle_goodbye(Goodbye::Shutdown);
    aborted(&mut bench);
}

#[test]
fn a_command_is_answered_before_a_goodbye_that_waits_for_it() {
    let mut bench = Bench::logged_in();
    bench.session.handle_goodbye_at_rest(Goodbye::Shutdown);
    assert_eq!(bench.codes(), "421");
    let mut bench = Bench::logged_in();
    bench.send("DELE a\r\nPWD\r\n");
    bench.session.handle_goodbye_at_rest(Goodbye::Shutdown);
    assert_eq!(bench.codes(), "");
    bench.report(Event::Done(Outcome::Path(b"/a".to_vec())));
    assert_eq!(bench.codes(), "250 421");
}

/// RFC 2577 §3; RFC 2428 §3 and §4.
#[test]
fn ways_to_a_data_connection_that_are_refused() {
    let mut bench = Bench::logged_in();
    bench.send("PORT 192,0,2,9,0,80\r\nPORT 192,0,2,10,200,1\r\nPORT 1,2,3\r\nEPRT |3|x|1|\r\n");
    assert_eq!(bench.codes(), "504 504 501 522");
    bench.send("EPSV 2\r\nEPSV x\r\nPORT 192,0,2,9,200,1\r\nEPRT |1|192.0.2.9|5000|\r\n");
    assert_eq!(bench.codes(), "522 501 200 200");
    bench.send("LPRT 4,4,192,0,2,9,2,200,1\r\nLPRT 5,1,1,2,200,1\r\nLPRT 4\r\nLPRT 4,4,192,0,2,8,2,200,1\r\n");
    assert_eq!(bench.codes(), "200 521 501 504");
    bench.send("EPSV ALL\r\nPASV\r\nPORT 192,0,2,9,200,1\r\nEPRT |1|192.0.2.9|5000|\r\nLPSV\r\n");
    assert_eq!(bench.codes(), "200 503 503 503 503");
}

#[test]
fn rename_needs_both_halves_in_order() {
    let mut bench = Bench::logged_in();
    bench.send("RNTO b\r\nRNFR a\r\n");
    assert_eq!(bench.codes(), "503");
    bench.report(Event::Done(Outcome::Path(b"/a".to_vec())));
    bench.send("NOOP\r\nRNTO b\r\n");
    assert_eq!(bench.codes(), "350 200 503");
}

#[test]
fn feat_lists_features_behind_one_space() {
    let mut bench = Bench::logged_in();
    bench.send("OPTS MLST size;type;\r\nFEAT\r\n");
    let said = bench.said();
    assert!(said.starts_with("200 MLST OPTS type;size;\r\n211-"), "{said}");
    assert!(said.contains("\r\n MLST type*;size*;modify;perm;unique;UNIX.mode;\r\n"), "{said}");
    assert!(said.contains("\r\n UTF8\r\n X-LENGTH\r\n"), "{said}");
    assert!(said.contains("\r\n REST STREAM\r\n") && said.ends_with("\r\n211 End\r\n"), "{said}");
    assert!(!said.contains("X-PART"), "{said}");
    let config = SessionConfig { part_names: Some(".*.part"), ..SessionConfig::default() };
    let mut bench = Bench::with(config);
    bench.send("FEAT\r\n");
    assert!(bench.said().contains("\r\n X-PART .*.part\r\n"));
}

#[test]
fn notes_never_hold_a_password() {
    let mut bench = Bench::new();
    bench.send("USER alice\r\nPASS s3cret\r\n");
    bench.report(Event::Authenticated(Ok(AccountNeed::None)));
    let notes: Vec<_> = std::iter::from_fn(|| bench.session.poll_action())
        .filter(|action| matches!(action, Action::Note(_)))
        .map(|note| format!("{note:?}"))
        .collect();
    assert_eq!(notes.len(), 3);
    assert!(notes.iter().all(|note| !note.contains("s3cret")), "{notes:?}");
}

#[test]
fn a_flood_without_reading_is_held_back() {
    let mut bench = Bench::transferring();
    for _ in 0..100 {
        if bench.session.wants_input() {
            bench.send("PWD\r\n");
        }
    }
    assert!(!bench.session.wants_input());
}
