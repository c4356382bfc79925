//! What the next transfer will be like: TYPE, STRU, MODE, REST, and where its data connection comes
//! from: PORT, PASV, EPRT, EPSV (RFC 959 §4.1.2, RFC 2428, RFC 3659 §5).

use std::net::{IpAddr, SocketAddr};

use super::action::{Action, Passive};
use super::session::{Session, Work};
use crate::address::{self, AddressError};
use crate::command::Command;
use crate::listing::FactSet;
use crate::reply::Reply;
use crate::verbs::Verb;
use packetboat_codes::ReplyCode;

/// TYPE: how bytes stand on the data connection (RFC 959 §3.1.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RepresentationType {
    /// A N: text with CRLF line ends. The default of the RFC.
    #[default]
    Ascii,
    /// I and L 8: bytes as they are.
    Image,
}

/// Where the data connection comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DataSetup {
    /// Nothing was agreed on.
    #[default]
    None,
    /// The client connects to the port that was announced.
    Passive,
    /// The server connects to this address.
    Active(SocketAddr),
}

/// The transfer parameters of a session.
#[derive(Debug, Default)]
pub(super) struct Parameters {
    pub representation: RepresentationType,
    pub data: DataSetup,
    /// EPSV ALL was given: nothing but EPSV is accepted from then on (RFC 2428 §4).
    pub extended_only: bool,
    pub restart: u64,
    pub facts: FactSet,
}

pub(super) fn handle(session: &mut Session, command: &Command) {
    match command.verb() {
        Verb::Type => representation_type(session, command),
        Verb::Stru => letter(session, command, b'F', "File structure is F (file)."),
        Verb::Mode => letter(session, command, b'S', "Transmission mode is S (stream)."),
        Verb::Rest => rest(session, command),
        Verb::Epsv => epsv(session, command),
        verb if session.parameters.extended_only => {
            let text = format!("{} is out after EPSV ALL; use EPSV.", verb.name());
            session.answer_plain(command, 503, text);
        }
        Verb::Port => {
            let address = address::parse_host_port(command.argument()).map(SocketAddr::V4);
            active(session, command, address);
        }
        Verb::Eprt => active(session, command, address::parse_extended(command.argument())),
        _ => pasv(session, command),
    }
}

/// RFC 959 §3.1.1; RFC 1123 §4.1.2.1: TYPE L 8 is TYPE I.
fn representation_type(session: &mut Session, command: &Command) {
    let argument = command.argument().to_ascii_uppercase();
    let words: Vec<&[u8]> =
        argument.split(|&byte| byte == b' ').filter(|w| !w.is_empty()).collect();
    let (representation, text) = match words[..] {
        [b"A"] | [b"A", b"N"] => (RepresentationType::Ascii, "Type is A N (text, CRLF line ends)."),
        [b"I"] => (RepresentationType::Image, "Type is I (bytes as they are)."),
        [b"L", b"8"] | [b"L8"] => (RepresentationType::Image, "Type is L 8 (bytes as they are)."),
        [b"A", b"T" | b"C"] | [b"E"] | [b"E", b"N" | b"T" | b"C"] => {
            return session.answer_plain(
                command,
                504,
                "That type is not built here; use A, I or L 8.",
            );
        }
        [b"L", size] if address::parse_number::<u32>(size).is_some() => {
            return session.answer_plain(
                command,
                504,
                "Bytes here have 8 bits; use TYPE L 8 or TYPE I.",
            );
        }
        _ => {
            return session.answer_plain(
                command,
                501,
                "TYPE takes A, A N, I or L 8; send one of these.",
            );
        }
    };
    session.parameters.representation = representation;
    session.answer_plain(command, 200, text);
}

/// STRU and MODE: one letter of three, of which one is built.
fn letter(session: &mut Session, command: &Command, built: u8, done: &str) {
    let known: &[u8] = if command.verb() == Verb::Stru { b"FRP" } else { b"SBCZ" };
    let name = command.verb().name();
    match command.argument().to_ascii_uppercase()[..] {
        [letter] if letter == built => session.answer_plain(command, 200, done),
        [letter] if known.contains(&letter) => {
            let (letter, built) = (char::from(letter), char::from(built));
            let text = format!("{name} {letter} is not built here; use {name} {built}.");
            session.answer_plain(command, 504, text);
        }
        _ => {
            let text = format!("{name} takes one letter; send {name} {}.", char::from(built));
            session.answer_plain(command, 501, text);
        }
    }
}

/// RFC 3659 §5: only the form is checked here; whether the file reaches that far shows at the transfer.
fn rest(session: &mut Session, command: &Command) {
    let Some(offset) = address::parse_number(command.argument()) else {
        let text = "REST takes a byte offset; send decimal digits such as REST 1024.";
        return session.answer_plain(command, 501, text);
    };
    session.parameters.restart = offset;
    let text = format!("The next transfer starts at byte {offset}; send RETR, STOR or APPE.");
    session.answer_plain(command, 350, text);
}

fn active(session: &mut Session, command: &Command, address: Result<SocketAddr, AddressError>) {
    let name = command.verb().name();
    let address = match address {
        Ok(address) => SocketAddr::new(address.ip().to_canonical(), address.port()),
        Err(AddressError::UnknownProtocol) => {
            return session.answer_plain(
                command,
                522,
                "Network protocol not supported, use (1,2).",
            );
        }
        Err(AddressError::Malformed) => {
            let text = format!("The address is malformed; send {}.", command.verb().row().usage());
            return session.answer_plain(command, 501, text);
        }
    };
    // RFC 2577 §3: no bounce to another host, nor to a port below 1024.
    if address.ip() != session.peer {
        let text =
            format!("{} is not your address; name {} or use EPSV.", address.ip(), session.peer);
        return session.answer_plain(command, 504, text);
    }
    if address.port() < 1024 {
        let text = format!("Port {} is below 1024; name a higher one or use EPSV.", address.port());
        return session.answer_plain(command, 504, text);
    }
    session.act(Action::DropData);
    session.parameters.data = DataSetup::Active(address);
    session.answer_plain(command, 200, format!("{name} accepted; data goes to {address}."));
}

fn pasv(session: &mut Session, command: &Command) {
    if session.local.is_ipv6() {
        let text = "PASV cannot name an IPv6 address, use EPSV (2).";
        return session.answer_plain(command, 522, text);
    }
    session.parameters.data = DataSetup::None;
    session.ask(command, Action::ListenPassive(Passive::Address));
}

fn epsv(session: &mut Session, command: &Command) {
    let family = if session.local.is_ipv4() { 1 } else { 2 };
    match command.argument() {
        b"" => {}
        all if all.eq_ignore_ascii_case(b"ALL") => {
            session.parameters.extended_only = true;
            let text = "From now on only EPSV sets up data connections.";
            return session.answer_plain(command, 200, text);
        }
        number => match address::parse_number::<u16>(number) {
            Some(wanted) if wanted == family => {}
            Some(_) => {
                let text = format!("Network protocol not supported here, use ({family}).");
                return session.answer_plain(command, 522, text);
            }
            None => return session.answer_plain(command, 501, "EPSV takes 1, 2, ALL or nothing."),
        },
    }
    session.parameters.data = DataSetup::None;
    session.ask(command, Action::ListenPassive(Passive::Extended));
}

/// The driver listens: 227 (RFC 959 §4.1.2) or 229 (RFC 2428 §3).
pub(super) fn listening(session: &mut Session, address: SocketAddr) {
    debug_assert!(matches!(session.work, Work::Asked { .. }));
    let Some((verb, argument)) = session.finish_work() else { return };
    session.parameters.data = DataSetup::Passive;
    let reply = match (verb, address.ip().to_canonical()) {
        (Verb::Pasv, IpAddr::V4(ip)) => {
            let address = std::net::SocketAddrV4::new(ip, address.port());
            let text = format!("Entering Passive Mode ({}).", address::format_host_port(address));
            Reply::new(ReplyCode::known(227), text)
        }
        (Verb::Pasv, IpAddr::V6(_)) => {
            session.parameters.data = DataSetup::None;
            session.act(Action::DropData);
            let text = "PASV cannot name the server's IPv6 address, use EPSV (2).";
            Reply::new(ReplyCode::known(522), text)
        }
        _ => {
            let text = format!("Entering Extended Passive Mode (|||{}|)", address.port());
            Reply::new(ReplyCode::known(229), text)
        }
    };
    session.reply_plain(Some(verb), &argument, reply);
}
