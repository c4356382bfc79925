//! Handlers of the verbs that set up a data connection: PORT, PASV, EPRT, EPSV, LPRT and LPSV (RFC
//! 959 §4.1.2, RFC 2428, RFC 1639).

use std::net::{IpAddr, SocketAddr};

use super::action::{Action, Passive};
use super::session::{Session, Work};
use super::texts;
use crate::address::{self, AddressError};
use crate::command::Command;
use crate::verbs::Verb;

/// Where the data connection comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DataSetup {
    /// None has been set up.
    #[default]
    None,
    /// The client connects to the port that was announced.
    Passive,
    /// The server connects to this address.
    Active(SocketAddr),
    /// The connection of the previous transfer is still open, since the data itself marked the end
    /// of the file (RFC 959 §3.3).
    Kept,
}

pub(super) fn handle(session: &mut Session, command: &Command) {
    match command.verb() {
        Verb::Epsv => epsv(session, command),
        verb if session.parameters.extended_only => {
            session.answer(command, 503, texts::EPSV_ALL_GIVEN.with(&[&verb.name()]));
        }
        Verb::Port => {
            let address = address::parse_host_port(command.argument()).map(SocketAddr::V4);
            active(session, command, address);
        }
        Verb::Eprt => active(session, command, address::parse_extended(command.argument())),
        Verb::Lprt => active(session, command, address::parse_long(command.argument())),
        Verb::Lpsv => passive(session, command, Passive::Long),
        _ => pasv(session, command),
    }
}

fn active(session: &mut Session, command: &Command, address: Result<SocketAddr, AddressError>) {
    let name = command.verb().name();
    let address = match address {
        Ok(address) => SocketAddr::new(address.ip().to_canonical(), address.port()),
        // RFC 1639 §3 has its own code, 521, for what is 522 in RFC 2428 §2.
        Err(AddressError::UnknownProtocol) if command.verb() == Verb::Lprt => {
            return session.answer(command, 521, &texts::FAMILY_UNKNOWN);
        }
        Err(AddressError::UnknownProtocol) => {
            return session.answer(command, 522, &texts::PROTOCOL_UNKNOWN);
        }
        Err(AddressError::Malformed) => {
            let usage = command.verb().row().usage();
            return session.answer(command, 501, texts::ADDRESS_SYNTAX.with(&[&usage]));
        }
    };
    // RFC 2577 §3: no bounce to another host or to a port below 1024.
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
    passive(session, command, Passive::Address);
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
    passive(session, command, Passive::Extended);
}

fn passive(session: &mut Session, command: &Command, passive: Passive) {
    session.parameters.data = DataSetup::None;
    session.ask(command, Action::ListenPassive(passive));
}

/// The driver listens: 227 (RFC 959 §4.1.2), 228 (RFC 1639 §4) or 229 (RFC 2428 §3).
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
        (Verb::Lpsv, ip) => {
            let address = address::format_long(SocketAddr::new(ip, port));
            session.reply(Some(verb), &argument, 228, texts::LONG_PASSIVE.with(&[&address]));
        }
        _ => session.reply(Some(verb), &argument, 229, texts::EXTENDED_PASSIVE.with(&[&port])),
    }
}
