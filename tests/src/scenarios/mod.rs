//! Every reply code in the situation it is meant for. Each [`Scenario`] of this table brings a real
//! server into that situation over TCP, and returns its reply. A code without a scenario has the
//! reason in [`NOT_YET`] or in its row of the catalogue.

mod completion;
mod intermediate;
mod not_yet;
mod permanent;
mod preliminary;
mod quota;
mod security;
mod transient;

pub use not_yet::NOT_YET;

use std::io::Read as _;
use std::net::TcpStream;

use crate::faults::Missing;
use crate::{Dialogue, Reply, Server, Setup};

/// The server's reply, or why this machine cannot produce the situation.
pub type Answer = Result<Reply, Missing>;

/// A code in one situation.
pub struct Scenario {
    /// The code that the server must answer.
    pub code: u16,
    /// A short name, unique among the scenarios of the code.
    pub name: &'static str,
    /// What happens, in one line.
    pub happens: &'static str,
    /// Words that the reply must contain: one that names the thing, and one that names the reason
    /// or the outcome.
    pub says: [&'static str; 2],
    /// Creates the situation.
    pub how: fn() -> Answer,
}

const fn row(
    code: u16,
    name: &'static str,
    happens: &'static str,
    says: [&'static str; 2],
    how: fn() -> Answer,
) -> Scenario {
    Scenario { code, name, happens, says, how }
}

/// All scenarios, those about TLS last.
pub fn all() -> impl Iterator<Item = &'static Scenario> {
    [
        preliminary::ROWS,
        completion::ROWS,
        intermediate::ROWS,
        transient::ROWS,
        permanent::ROWS,
        quota::ROWS,
        security::ROWS,
    ]
    .into_iter()
    .flatten()
}

/// The reply to the last of some commands in a logged-in session. The folder contains the file `f`
/// (ten bytes) and the directory `d`.
fn ask(lines: &[&str]) -> Answer {
    let server = furnished();
    last(&mut server.login(), lines)
}

/// Like [`ask`], before login.
fn ask_before_login(lines: &[&str]) -> Answer {
    let server = furnished();
    last(&mut server.connect(), lines)
}

/// Like [`ask`], after EPSV, for commands that need a data connection.
fn ask_with_data(lines: &[&str]) -> Answer {
    let server = furnished();
    let mut d = server.login();
    d.epsv_address();
    last(&mut d, lines)
}

/// The reply to the last of some commands.
fn last(d: &mut Dialogue, lines: &[&str]) -> Answer {
    let replies = lines.iter().map(|line| d.ask(line));
    Ok(replies.last().expect("a command"))
}

/// A server with the folder's usual content.
fn furnished() -> Server {
    let server = Server::start();
    server.write("f", "0123456789");
    std::fs::create_dir(server.path("d")).expect("a directory");
    server
}

/// A server with these arguments.
fn with(arguments: &[&'static str]) -> Server {
    Server::with(Setup { arguments: arguments.to_vec(), ..Setup::default() })
}

/// A server that asks for ACCT, at login or before storing.
fn wants_account(when: &'static str) -> Server {
    let wrapper = vec!["env".to_owned(), "PACKETBOAT_ACCOUNT=cost centre 7".to_owned()];
    Server::with(Setup { arguments: vec!["--acct", when], wrapper, ..Setup::default() })
}

/// A block of MODE B: descriptor, length, data (RFC 959 §3.4.2).
fn block(descriptor: u8, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).expect("a short block").to_be_bytes();
    [&[descriptor, length[0], length[1]], data].concat()
}

/// A session whose data connection stays open after a download in MODE B (RFC 959 §3.3).
fn kept_open() -> (Server, Dialogue, TcpStream) {
    let server = furnished();
    let mut d = server.login();
    d.expect("MODE B", 200);
    let mut data = d.epsv();
    d.expect("RETR f", 150);
    // A single block, marked as the end of the file.
    data.read_exact(&mut [0; 13]).expect("the file");
    d.reply().code(250);
    (server, d, data)
}
