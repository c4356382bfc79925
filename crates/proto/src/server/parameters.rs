//! What the next transfer will be like: TYPE, STRU, MODE, REST, and where its data connection comes
//! from: PORT, PASV, EPRT, EPSV (RFC 959 §4.1.2, RFC 2428, RFC 3659 §5).

use std::net::{IpAddr, SocketAddr};

use super::action::{Action, Passive};
use super::session::{Session, Work};
use super::texts::{self, Text};
use crate::address::{self, AddressError};
use crate::command::Command;
use crate::listing::FactSet;
use crate::verbs::Verb;

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
        Verb::Stru => letter(session, command, b'F', &texts::STRU_FILE),
        Verb::Mode => letter(session, command, b'S', &texts::MODE_STREAM),
        Verb::Rest => rest(session, command),
        Verb::Epsv => epsv(session, command),
        verb if session.parameters.extended_only => {
            session.answer(command, 503, texts::EPSV_ALL_GIVEN.with(&[&verb.name()]));
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
        [b"A"] | [b"A", b"N"] => (RepresentationType::Ascii, &texts::TYPE_ASCII),
        [b"I"] => (RepresentationType::Image, &texts::TYPE_IMAGE),
        [b"L", b"8"] | [b"L8"] => (RepresentationType::Image, &texts::TYPE_LOCAL),
        [b"A", b"T" | b"C"] | [b"E"] | [b"E", b"N" | b"T" | b"C"] => {
            return session.answer(command, 504, &texts::TYPE_NOT_BUILT);
        }
        [b"L", size] if address::parse_number::<u32>(size).is_some() => {
            return session.answer(command, 504, &texts::TYPE_BYTE_SIZE);
        }
        _ => {
            return session.answer(command, 501, &texts::TYPE_SYNTAX);
        }
    };
    session.parameters.representation = representation;
    session.answer(command, 200, text);
}

/// STRU and MODE: one letter of three, of which one is built.
fn letter(session: &mut Session, command: &Command, built: u8, done: &'static Text) {
    let known: &[u8] = if command.verb() == Verb::Stru { b"FRP" } else { b"SBCZ" };
    let name = command.verb().name();
    match command.argument().to_ascii_uppercase()[..] {
        [letter] if letter == built => session.answer(command, 200, done),
        [letter] if known.contains(&letter) => {
            let (letter, built) = (char::from(letter), char::from(built));
            session.answer(command, 504, texts::LETTER_NOT_BUILT.with(&[&name, &letter, &built]));
        }
        _ => {
            let built = char::from(built);
            session.answer(command, 501, texts::LETTER_SYNTAX.with(&[&name, &built]));
        }
    }
}

/// RFC 3659 §5: only the form is checked here; whether the file reaches that far shows at the transfer.
fn rest(session: &mut Session, command: &Command) {
    let Some(offset): Option<u64> = address::parse_number(command.argument()) else {
        return session.answer(command, 501, &texts::REST_SYNTAX);
    };
    session.parameters.restart = offset;
    session.answer(command, 350, texts::REST_SET.with(&[&offset]));
}

fn active(session: &mut Session, command: &Command, address: Result<SocketAddr, AddressError>) {
    let name = command.verb().name();
    let address = match address {
        Ok(address) => SocketAddr::new(address.ip().to_canonical(), address.port()),
        Err(AddressError::UnknownProtocol) => {
            return session.answer(command, 522, &texts::PROTOCOL_UNKNOWN);
        }
        Err(AddressError::Malformed) => {
            let usage = command.verb().row().usage();
            return session.answer(command, 501, texts::ADDRESS_SYNTAX.with(&[&usage]));
        }
    };
    // RFC 2577 §3: no bounce to another host, nor to a port below 1024.
    let (ip, port, peer) = (address.ip(), address.port(), session.peer);
    if ip != peer {
        return session.answer(command, 504, texts::ADDRESS_OF_ANOTHER.with(&[&ip, &peer]));
    }
    if port < 1024 {
        return session.answer(command, 504, texts::PORT_TOO_LOW.with(&[&port]));
    }
    session.act(Action::DropData);
    session.parameters.data = DataSetup::Active(address);
    session.answer(command, 200, texts::ADDRESS_ACCEPTED.with(&[&name, &address]));
}

fn pasv(session: &mut Session, command: &Command) {
    if session.local.is_ipv6() {
        return session.answer(command, 522, &texts::PASV_IPV6);
    }
    session.parameters.data = DataSetup::None;
    session.ask(command, Action::ListenPassive(Passive::Address));
}

fn epsv(session: &mut Session, command: &Command) {
    let family: u16 = if session.local.is_ipv4() { 1 } else { 2 };
    match command.argument() {
        b"" => {}
        all if all.eq_ignore_ascii_case(b"ALL") => {
            session.parameters.extended_only = true;
            return session.answer(command, 200, &texts::EPSV_ALL_SET);
        }
        number => match address::parse_number::<u16>(number) {
            Some(wanted) if wanted == family => {}
            Some(_) => {
                return session.answer(command, 522, texts::PROTOCOL_ELSEWHERE.with(&[&family]));
            }
            None => return session.answer(command, 501, &texts::EPSV_SYNTAX),
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
    let port = address.port();
    match (verb, address.ip().to_canonical()) {
        (Verb::Pasv, IpAddr::V4(ip)) => {
            let address = address::format_host_port(std::net::SocketAddrV4::new(ip, port));
            session.reply(Some(verb), &argument, 227, texts::PASSIVE.with(&[&address]));
        }
        (Verb::Pasv, IpAddr::V6(_)) => {
            session.parameters.data = DataSetup::None;
            session.act(Action::DropData);
            session.reply(Some(verb), &argument, 522, &texts::PASV_IPV6_SERVER);
        }
        _ => session.reply(Some(verb), &argument, 229, texts::EXTENDED_PASSIVE.with(&[&port])),
    }
}
