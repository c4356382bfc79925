//! The states of a session, how to reach each of them, and how to send a line there.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::version::TLS13;

use super::{Line, Whose};
use crate::dialogue::patient;
use crate::tls::{self, TlsServer};
use crate::{Dialogue, PASSWORD, Reply, Server, Setup, USER};

/// The server that a state needs.
#[derive(Clone, Copy, Debug)]
pub enum On {
    /// Without options.
    Plain,
    /// Asks for ACCT at login.
    AccountToLogIn,
    /// Asks for ACCT before storing.
    AccountToStore,
    /// With a certificate.
    WithTls,
    /// With a certificate, and accepting CCC.
    WithCcc,
}

/// One server of each kind.
pub struct Servers {
    plain: Server,
    to_log_in: Server,
    to_store: Server,
    with_tls: TlsServer,
    with_ccc: TlsServer,
}

impl Servers {
    /// Starts them.
    pub fn start() -> Self {
        let with = |when| {
            let wrapper = vec!["env".to_owned(), format!("PACKETBOAT_ACCOUNT={ACCOUNT}")];
            Server::with(Setup { arguments: vec!["--acct", when], wrapper, ..Setup::default() })
        };
        Self {
            plain: Server::start(),
            to_log_in: with("login"),
            to_store: with("store"),
            with_tls: TlsServer::with(&[]),
            with_ccc: TlsServer::with(&["--set", "tls.ccc=allow"]),
        }
    }

    pub(super) fn get(&self, on: On) -> &Server {
        match on {
            On::Plain => &self.plain,
            On::AccountToLogIn => &self.to_log_in,
            On::AccountToStore => &self.to_store,
            On::WithTls => &self.with_tls.server,
            On::WithCcc => &self.with_ccc.server,
        }
    }
}

/// The account that ACCT must name on the servers that ask for it.
pub(super) const ACCOUNT: &str = "account";

/// Creates the content of the folder that every cell starts with.
pub(super) fn furnish(server: &Server) {
    for name in server.names() {
        let path = server.path(&name);
        let removed = if path.is_dir() {
            std::fs::remove_dir_all(&path)
        } else {
            std::fs::remove_file(&path)
        };
        removed.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
    server.write("f", "0123456789");
    std::fs::create_dir(server.path("d")).expect("a directory");
}

/// A state that a session can be in.
pub struct State {
    /// Its name, which is the heading of its column.
    pub name: &'static str,
    /// Its description, in one line.
    pub what: &'static str,
    /// The server it needs.
    pub on: On,
    /// Brings a session into this state.
    pub reach: fn(&Server) -> Session,
}

const fn state(
    name: &'static str,
    what: &'static str,
    on: On,
    reach: fn(&Server) -> Session,
) -> State {
    State { name, what, on, reach }
}

/// All states.
pub const STATES: &[State] = &[
    state("new", "connected, nothing sent", On::Plain, new),
    state("user", "USER sent, PASS expected", On::Plain, user),
    state("acct", "PASS accepted, ACCT expected", On::AccountToLogIn, account),
    state("in", "logged in, no data connection agreed", On::Plain, logged_in),
    state("passive", "logged in, EPSV answered", On::Plain, passive),
    state("rest", "as passive, and REST 3 accepted", On::Plain, restart),
    state("rename", "logged in, RNFR f accepted", On::Plain, rename),
    state("all", "logged in, EPSV ALL accepted", On::Plain, all),
    state("store", "as passive, ACCT needed to store", On::AccountToStore, passive),
    state("reader", "as passive, by an account that may only read", On::Plain, reader),
    state("tls", "as passive, under TLS with PROT P", On::WithTls, protected),
    state(
        "ccc",
        "as tls, and CCC accepted: commands in clear text, data under TLS",
        On::WithCcc,
        cleared,
    ),
    state("transfer", "an upload is running, then ends", On::Plain, transfer),
];

/// A session in some state.
pub struct Session {
    dialogue: Dialogue,
    /// The port that a transfer will use.
    data: Option<SocketAddr>,
    /// The data connection of the running upload.
    running: Option<TcpStream>,
    /// The TLS configuration for data connections.
    tls: Option<Arc<ClientConfig>>,
}

/// After these replies the session ends, or continues under TLS.
const ENDS_THE_DIALOGUE: [u16; 3] = [221, 234, 421];

/// The file of the running upload, which identifies its replies.
const UPLOAD: &str = "upload";

fn new(server: &Server) -> Session {
    Session { dialogue: server.connect(), data: None, running: None, tls: None }
}

fn user(server: &Server) -> Session {
    let mut session = new(server);
    session.dialogue.expect(format!("USER {USER}"), 331);
    session
}

fn account(server: &Server) -> Session {
    let mut session = user(server);
    session.dialogue.expect(format!("PASS {PASSWORD}"), 332);
    session
}

fn logged_in(server: &Server) -> Session {
    let mut session = new(server);
    session.dialogue.login(USER, PASSWORD);
    session.dialogue.expect("TYPE I", 200);
    session
}

fn passive(server: &Server) -> Session {
    with_data(logged_in(server))
}

fn with_data(mut session: Session) -> Session {
    session.data = Some(session.dialogue.epsv_address());
    session
}

fn restart(server: &Server) -> Session {
    let mut session = passive(server);
    session.dialogue.expect("REST 3", 350);
    session
}

fn rename(server: &Server) -> Session {
    let mut session = logged_in(server);
    session.dialogue.expect("RNFR f", 350);
    session
}

fn all(server: &Server) -> Session {
    let mut session = logged_in(server);
    session.dialogue.expect("EPSV ALL", 200);
    session
}

fn reader(server: &Server) -> Session {
    let mut session = new(server);
    session.dialogue.login("anonymous", "me@example.org");
    session.dialogue.expect("TYPE I", 200);
    with_data(session)
}

fn protected(server: &Server) -> Session {
    with_data(under_tls(server))
}

fn cleared(server: &Server) -> Session {
    let mut session = under_tls(server);
    session.dialogue.expect("CCC", 200);
    session.dialogue = session.dialogue.over_clear("NOOP");
    session.dialogue.reply().code(200);
    with_data(session)
}

fn under_tls(server: &Server) -> Session {
    let config = tls::config(&[&TLS13]);
    let mut dialogue = server.connect();
    dialogue.expect("AUTH TLS", 234);
    let mut dialogue = dialogue.over_tls(&config);
    dialogue.login(USER, PASSWORD);
    for line in ["TYPE I", "PBSZ 0", "PROT P"] {
        dialogue.expect(line, 200);
    }
    Session { dialogue, data: None, running: None, tls: Some(config) }
}

fn transfer(server: &Server) -> Session {
    let mut session = logged_in(server);
    let mut data = session.dialogue.epsv();
    session.dialogue.expect(format!("STOR {UPLOAD}"), 150);
    data.write_all(b"begun").expect("data");
    session.running = Some(data);
    session
}

impl Session {
    /// Sends the line and returns all replies to it and to the running upload. Then checks that the
    /// session is in order: there are no surplus replies, and the next command is answered.
    pub(super) fn answers(mut self, line: &Line) -> Vec<(Whose, Reply)> {
        self.dialogue.send(&line.text);
        let mut replies = Vec::new();
        match self.running.take() {
            None => self.take(Whose::Line, &mut replies),
            Some(running) if line.is_answered_at_once() => {
                self.take(Whose::Line, &mut replies);
                drop(running);
                self.take(Whose::Transfer, &mut replies);
            }
            Some(running) => {
                // ABOR ends the upload; any other line waits for its end.
                let kept = (line.text == "ABOR").then_some(running);
                self.take(Whose::Transfer, &mut replies);
                self.take(Whose::Line, &mut replies);
                drop(kept);
            }
        }
        let last = replies.last().map(|(_, reply)| reply.code);
        // RFC 4217 §13: REIN ends TLS after its reply.
        let in_clear = self.dialogue.is_private() && line.text == "REIN";
        if !in_clear && !last.is_some_and(|code| ENDS_THE_DIALOGUE.contains(&code)) {
            let next = self.dialogue.ask("NOOP");
            assert_eq!(next.code, 200, "NOOP after {:?}: {}", line.text, next.text());
        }
        replies
    }

    /// Reads replies up to a final one, and moves data if there is a transfer.
    fn take(&mut self, whose: Whose, replies: &mut Vec<(Whose, Reply)>) {
        loop {
            let reply = self.dialogue.reply();
            let of_transfer = reply.code >= 200 && reply.text().contains(&format!("/{UPLOAD}\""));
            assert_eq!(of_transfer, whose == Whose::Transfer, "{} {}", reply.code, reply.text());
            let preliminary = reply.code < 200;
            replies.push((whose, reply));
            if !preliminary {
                return;
            }
            self.move_data();
        }
    }

    /// Sends a little and reads everything; the transfer needs one of the two.
    fn move_data(&mut self) {
        let Some(address) = self.data.take() else { return };
        let mut data = patient(TcpStream::connect(address).expect("the passive port"));
        // A server that sends may have closed already.
        if let Some(config) = &self.tls {
            let mut data = tls::over(data, config);
            let _ = data.write_all(b"abc");
            data.conn.send_close_notify();
            let _ = data.flush();
            let _ = data.read_to_end(&mut Vec::new());
        } else {
            let _ = data.write_all(b"abc");
            let _ = data.shutdown(std::net::Shutdown::Write);
            let _ = data.read_to_end(&mut Vec::new());
        }
    }
}
