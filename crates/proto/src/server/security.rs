//! TLS on the control connection and on data connections: handlers of AUTH, PBSZ, PROT and CCC, and
//! of the verbs of RFC 2228 that TLS does not use (RFC 2228, RFC 4217). The TLS library itself is
//! in the driver.

use std::time::Duration;

use super::action::Action;
use super::config::Goodbye;
use super::data_connection::DataSetup;
use super::login::Login;
use super::parameters::Parameters;
use super::session::{Extra, Session};
use super::texts::{self, Language, Say, Sentence, Text};
use crate::address;
use crate::command::Command;
use crate::verbs::Verb;

/// Whether a server offers or requires TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tls {
    /// TLS is switched off.
    Off,
    /// TLS is switched off at the address that the client connected to.
    OffHere,
    /// TLS cannot be offered, because there is no certificate.
    #[default]
    NoCertificate,
    /// Clients may use TLS.
    Offered,
    /// Logins and data transfers require TLS.
    Required,
}

/// How a data connection is protected (RFC 2228 §3, PROT).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Protection {
    /// PROT C: not at all.
    #[default]
    Clear,
    /// PROT P: by TLS.
    Private,
}

/// How the control connection is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Control {
    #[default]
    Clear,
    /// Since AUTH TLS.
    Explicit,
    /// From the first byte on.
    Implicit,
    /// In the clear since CCC. The login was under TLS, and data connections still follow PROT.
    Cleared,
}

/// Why TLS was not established on a control connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TlsFailure {
    /// The client sent something other than TLS.
    NotTls,
    /// The client sent nothing.
    Silent {
        /// How long the server waited.
        waited: Duration,
    },
    /// The negotiation failed or took too long. The client knows, since it spoke TLS.
    Broken,
}

/// The TLS that the logged-in account requires, beyond what the server requires.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TlsDemands {
    /// The control connection, for the whole session.
    pub control: bool,
    /// Data connections.
    pub data: bool,
}

/// The protection of one session.
#[derive(Debug, Default)]
pub(super) struct Security {
    control: Control,
    /// Whether PBSZ was given.
    buffer_size: bool,
    pub data: Protection,
    /// The host that the client named while TLS was negotiated.
    server_name: Option<String>,
    /// Whether the client has shown a certificate.
    pub certificate: bool,
}

impl Security {
    /// For a connection that starts with TLS. Data connections are private by default, too.
    fn implicit(server_name: Option<String>) -> Self {
        let data = Protection::Private;
        Self {
            control: Control::Implicit,
            buffer_size: true,
            data,
            server_name,
            certificate: false,
        }
    }

    /// Whether the control connection is under TLS.
    pub(super) fn is_on(&self) -> bool {
        matches!(self.control, Control::Explicit | Control::Implicit)
    }

    /// The host that TLS was negotiated for, if it is not this one. RFC 7151 §3.2.2: HOST may not
    /// name another host.
    pub(super) fn contradicts(&self, host: &str) -> Option<&String> {
        self.server_name.as_ref().filter(|name| !name.eq_ignore_ascii_case(host))
    }
}

impl Session {
    /// The same session on a connection that starts with TLS.
    #[must_use]
    pub fn over_tls(mut self) -> Self {
        self.security = Security::implicit(None);
        self
    }

    /// Whether the control connection is under TLS.
    pub fn is_protected(&self) -> bool {
        self.security.is_on()
    }

    /// Whether the server requires TLS and the control connection is in the clear.
    pub(super) fn lacks_tls(&self) -> bool {
        self.config.tls == Tls::Required && !self.security.is_on()
    }

    /// The reply text if data connections are less protected than the server or the account
    /// requires. The text says which of the two requires it.
    pub(super) fn lacks_private_data(&self) -> Option<&'static Text> {
        let demanded = match (self.config.tls, self.demands.data) {
            (Tls::Required, _) => Some(&texts::PROT_P_FIRST),
            (_, true) => Some(&texts::ACCOUNT_PROT_P_FIRST),
            _ => None,
        };
        demanded.filter(|_| self.security.data == Protection::Clear)
    }

    /// Whether a verb is available here, for FEAT (RFC 4217 §6).
    pub(super) fn offers(&self, verb: Verb) -> bool {
        let tls = matches!(self.config.tls, Tls::Offered | Tls::Required);
        match verb {
            Verb::Auth | Verb::Pbsz | Verb::Prot => tls,
            Verb::Ccc => {
                tls && self.config.clear_control && self.security.control != Control::Implicit
            }
            _ => true,
        }
    }

    /// RFC 4217 §13: REIN ends the protection that AUTH started, or what CCC left of it, after the
    /// reply to REIN. A connection that started with TLS stays under TLS.
    pub(super) fn end_protection(&mut self) {
        match self.security.control {
            Control::Clear => {}
            Control::Explicit | Control::Cleared => {
                self.security = Security::default();
                self.act(Action::EndTls);
            }
            Control::Implicit => {
                let certificate = self.security.certificate;
                let fresh = Security::implicit(self.security.server_name.take());
                self.security = Security { certificate, ..fresh };
            }
        }
    }
}

pub(super) fn handle(session: &mut Session, command: &Command) {
    match command.verb() {
        Verb::Auth => auth(session, command),
        Verb::Pbsz => pbsz(session, command),
        Verb::Prot => prot(session, command),
        Verb::Ccc => ccc(session, command),
        verb if !session.security.is_on() => {
            session.answer(command, 503, texts::AUTH_FIRST.with(&[&verb.name()]));
        }
        Verb::Adat => session.answer(command, 503, &texts::ADAT_NOT_NEEDED),
        verb => session.answer(command, 537, texts::NO_WRAPPED_COMMANDS.with(&[&verb.name()])),
    }
}

/// RFC 4217 §4.
fn auth(session: &mut Session, command: &Command) {
    let mechanism = command.argument().trim_ascii();
    // The drafts before RFC 4217 had AUTH SSL.
    let known = [b"TLS".as_slice(), b"TLS-C", b"SSL"];
    if session.security.is_on() {
        return session.answer(command, 503, &texts::ALREADY_PROTECTED);
    }
    if !known.iter().any(|name| mechanism.eq_ignore_ascii_case(name)) {
        let name = mechanism.to_vec();
        return session.answer(command, 504, texts::MECHANISM_UNKNOWN.with(&[&name]));
    }
    match session.config.tls {
        Tls::Off => return session.answer(command, 534, &texts::TLS_OFF),
        Tls::OffHere => {
            let address = session.local.to_string().into_bytes();
            return session.answer(command, 534, texts::TLS_OFF_HERE.with(&[&address]));
        }
        Tls::NoCertificate => return session.answer(command, 431, &texts::NO_CERTIFICATE),
        Tls::Offered | Tls::Required => {}
    }
    // Input after AUTH was sent in the clear, perhaps by an attacker in between. It must not count
    // as sent by the client under TLS.
    if session.has_unread_input() {
        return session.close_with(Goodbye::ClearBehindAuth);
    }
    session.answer(command, 234, &texts::TLS_STARTS);
    // RFC 4217 §4.2: earlier commands no longer count. HOST and LANG stay: HOST chooses what the
    // client wants to protect (RFC 7151 §3.2.2), and LANG only the language.
    session.login = Login::New;
    session.parameters = Parameters::default();
    session.extra = Extra::default();
    session.act(Action::DropData);
    session.ask(command, Action::StartTls);
}

/// The control connection is under TLS from now on.
pub(super) fn started(session: &mut Session, server_name: Option<String>, certificate: bool) {
    match session.security.control {
        Control::Implicit => session.security.server_name = server_name,
        Control::Clear | Control::Explicit | Control::Cleared => {
            session.finish_work();
            session.security =
                Security { control: Control::Explicit, server_name, ..Security::default() };
        }
    }
    session.security.certificate = certificate;
}

/// RFC 4217 §10.1: 421 in the clear if the client can read it; in the middle of a negotiation it
/// would be noise.
pub(super) fn failed(session: &mut Session, failure: &TlsFailure) {
    let implicit = session.security.control == Control::Implicit;
    session.finish_work();
    // A pending greeting was meant for a client under TLS.
    session.output.clear();
    match failure {
        TlsFailure::NotTls if !implicit => session.close_with(Goodbye::NotTls),
        TlsFailure::Silent { waited } if !implicit => {
            session.close_with(Goodbye::TlsTime { waited: *waited });
        }
        TlsFailure::NotTls | TlsFailure::Silent { .. } | TlsFailure::Broken => session.close(),
    }
}

/// RFC 2228 §3, RFC 4217 §5: the control connection continues in the clear, for firewalls and NAT
/// that have to read PORT and the replies to PASV. This also helps anyone who listens in or injects
/// commands, so the administrator has to allow it; credentials stay under TLS.
fn ccc(session: &mut Session, command: &Command) {
    let logged_in = session.is_logged_in() && !session.login.wants_account_to_store();
    let (code, why) = match session.security.control {
        Control::Clear | Control::Cleared => (533, &texts::CCC_WITHOUT_TLS),
        _ if !session.config.clear_control => (534, &texts::CCC_REFUSED),
        Control::Implicit => (534, &texts::CCC_IMPLICIT),
        Control::Explicit if !logged_in => (534, &texts::CCC_BEFORE_LOGIN),
        Control::Explicit if session.demands.control => (534, &texts::ACCOUNT_CCC_REFUSED),
        Control::Explicit => {
            session.answer(command, 200, &texts::CONTROL_CLEARED);
            return session.ask(command, Action::ClearControl);
        }
    };
    session.answer(command, code, why);
}

/// TLS has ended on the control connection after CCC. The PROT setting stays, and cannot be changed
/// without another AUTH.
pub(super) fn cleared(session: &mut Session) {
    session.finish_work();
    session.security.control = Control::Cleared;
}

/// RFC 4217 §8: there is no buffer, so the size is 0; a larger number is answered with `PBSZ=0`.
fn pbsz(session: &mut Session, command: &Command) {
    if !session.security.is_on() {
        return session.answer(command, 503, texts::AUTH_FIRST.with(&[&"PBSZ"]));
    }
    if address::parse_number::<u32>(command.argument().trim_ascii()).is_none() {
        return session.answer(command, 501, &texts::PBSZ_SYNTAX);
    }
    session.security.buffer_size = true;
    session.answer(command, 200, Sentence::Verbatim(b"PBSZ=0"));
}

/// RFC 4217 §9.
fn prot(session: &mut Session, command: &Command) {
    if !session.security.is_on() {
        return session.answer(command, 503, texts::AUTH_FIRST.with(&[&"PROT"]));
    }
    if !session.security.buffer_size {
        return session.answer(command, 503, &texts::PBSZ_FIRST);
    }
    let level = match command.argument().trim_ascii() {
        b"P" | b"p" => Protection::Private,
        b"C" | b"c" if session.config.tls == Tls::Required => {
            return session.answer(command, 534, &texts::PROT_C_REFUSED);
        }
        b"C" | b"c" if session.demands.data && session.is_logged_in() => {
            return session.answer(command, 534, &texts::ACCOUNT_PROT_C_REFUSED);
        }
        b"C" | b"c" => Protection::Clear,
        letter @ (b"S" | b"s" | b"E" | b"e") => {
            let letter = letter.to_ascii_uppercase();
            return session.answer(command, 536, texts::PROT_NOT_WITH_TLS.with(&[&letter]));
        }
        _ => return session.answer(command, 504, &texts::PROT_UNKNOWN),
    };
    if session.security.data != level && session.parameters.data == DataSetup::Kept {
        // The data connection that is still open has the other protection level.
        session.parameters.data = DataSetup::None;
        session.act(Action::DropData);
    }
    session.security.data = level;
    match level {
        Protection::Private => session.answer(command, 200, &texts::DATA_PRIVATE),
        Protection::Clear => session.answer(command, 200, &texts::DATA_CLEAR),
    }
}

/// The line in the reply to STAT.
impl Say for Security {
    fn say(&self, language: Language, out: &mut Vec<u8>) {
        let text = match (self.is_on(), self.data) {
            (false, Protection::Clear) => &texts::PROTECTED_NOT,
            (false, Protection::Private) => &texts::PROTECTED_DATA,
            (true, Protection::Clear) => &texts::PROTECTED_CONTROL,
            (true, Protection::Private) => &texts::PROTECTED_BOTH,
        };
        text.say(language, out);
    }
}

/// Why a data connection lacks the TLS it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unprotected {
    /// The negotiation failed.
    Handshake {
        /// The error of the TLS library.
        error: String,
    },
    /// The client did not negotiate in time.
    NoHandshake {
        /// How long the server waited.
        waited: Duration,
    },
    /// The client did not resume the TLS session of its control connection.
    NotResumed,
    /// The client did not show the certificate that it showed on its control connection.
    OtherCertificate,
}

impl Unprotected {
    /// The final reply code of the transfer. RFC 4217 §10.2: 522 if TLS was not established; RFC
    /// 2228 §5.1: 535 if it was, but with someone else's certificate. A connection that broke
    /// during the negotiation is 426, not one of these.
    pub(super) fn code(&self) -> u16 {
        match self {
            Self::Handshake { .. } | Self::NoHandshake { .. } | Self::NotResumed => 522,
            Self::OtherCertificate => 535,
        }
    }
}

impl Say for Unprotected {
    fn say(&self, language: Language, out: &mut Vec<u8>) {
        match self {
            Self::Handshake { error } => texts::DATA_TLS_FAILED.with(&[error]).say(language, out),
            Self::NoHandshake { waited } => {
                texts::DATA_TLS_MISSING.with(&[&waited.as_secs_f32()]).say(language, out);
            }
            Self::NotResumed => texts::DATA_TLS_NOT_RESUMED.say(language, out),
            Self::OtherCertificate => texts::DATA_TLS_OTHER_CERTIFICATE.say(language, out),
        }
    }
}
