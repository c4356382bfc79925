//! The start of a session, and its restart by REIN and HOST: the greeting, waiting with 120, and
//! virtual hosts (RFC 959 §4.1.1 and §5.4, RFC 7151).

use std::time::Duration;

use super::action::{Action, HostAnswer, Wait, WaitReason};
use super::login::Login;
use super::parameters::Parameters;
use super::session::{Extra, Session, Work};
use super::texts::{self, Language, Say, Sentence};
use crate::command::Command;
use crate::host::HostName;
use crate::time::Instant;
use crate::verbs::Verb;

const VERSION: &str = env!("CARGO_PKG_VERSION");

pub(super) fn handle(session: &mut Session, command: &Command) {
    match command.verb() {
        // A running transfer has finished by now: REIN does not stop it (RFC 959 §4.1.1).
        Verb::Rein => {
            // A client that has not logged in gains no time by REIN.
            session.starts_anew = session.is_logged_in();
            session.reset();
            session.ask(command, Action::Reinitialize);
        }
        _ => host(session, command),
    }
}

/// The server is ready: 220, as the greeting or as the reply to REIN.
pub(super) fn ready(session: &mut Session, now: Instant) {
    if std::mem::take(&mut session.starts_anew) {
        session.started = now;
    }
    match std::mem::replace(&mut session.work, Work::Nothing) {
        Work::Greeting => greet(session, None, ""),
        Work::Asked { verb: Verb::Rein, argument } => {
            greet(session, Some(Verb::Rein), &argument);
            session.end_protection();
        }
        other => session.work = other,
    }
}

/// The server is not ready: 120, and 220 later on the same connection (RFC 959 §5.4).
pub(super) fn wait(session: &mut Session, wait: &Wait) {
    let verb = match &session.work {
        Work::Greeting => None,
        Work::Asked { verb: Verb::Rein, .. } => Some(Verb::Rein),
        _ => return,
    };
    session.starts_anew = true;
    session.reply(verb, "", 120, Sentence::Composed(wait));
}

/// 220 of the main site.
pub(super) fn greet(session: &mut Session, verb: Option<Verb>, argument: &str) {
    let config = std::sync::Arc::clone(&session.config);
    match &config.greeting {
        Some(own) => session.reply(verb, argument, 220, Sentence::Verbatim(own.as_bytes())),
        None => session.reply(verb, argument, 220, texts::READY.with(&[&VERSION])),
    }
}

impl Session {
    /// Resets the session to its initial state, except for the count of refused logins: a restart
    /// must not allow more password attempts (RFC 2577 §5).
    fn reset(&mut self) {
        self.login = Login::New;
        self.parameters = Parameters::default();
        self.rename_from = None;
        self.extra = Extra::default();
        self.language = self.config.language;
    }
}

/// RFC 7151 §3: only before the login, as often as the client likes.
fn host(session: &mut Session, command: &Command) {
    if session.is_logged_in() {
        return session.answer(command, 503, &texts::HOST_AFTER_LOGIN);
    }
    match HostName::parse(command.argument()) {
        Some(name) => {
            let told = name.to_string();
            if let Some(other) = session.security.contradicts(&told).cloned() {
                // The name in TLS may be unknown here, since clients send it unasked; a login works
                // with any name.
                return session.answer(command, 504, texts::HOST_NOT_OF_TLS.with(&[&told, &other]));
            }
            session.ask(command, Action::ChooseHost(name));
        }
        None => session.answer(command, 501, &texts::HOST_SYNTAX),
    }
}

/// The driver's answer about the host. An unknown host changes nothing.
pub(super) fn host_answered(session: &mut Session, answer: &HostAnswer) {
    let Some((verb, argument)) = session.finish_work() else { return };
    let verb = Some(verb);
    if let HostAnswer::Chosen { .. } = answer {
        session.reset();
    }
    match answer {
        HostAnswer::Chosen { greeting: Some(own), .. } => {
            session.reply(verb, &argument, 220, Sentence::Verbatim(own.as_bytes()));
        }
        HostAnswer::Chosen { name, greeting: None } => {
            let name = name.to_string();
            session.reply(verb, &argument, 220, texts::HOST_READY.with(&[&VERSION, &name]));
        }
        HostAnswer::Unknown(name) => {
            let name = name.to_string();
            session.reply(verb, &argument, 504, texts::HOST_UNKNOWN.with(&[&name]));
        }
    }
}

impl Say for Wait {
    fn say(&self, language: Language, out: &mut Vec<u8>) {
        let time = Minutes(self.time);
        match self.reason {
            WaitReason::Starting => texts::WAIT_STARTING.with(&[&time]).say(language, out),
            WaitReason::Maintenance => texts::WAIT_MAINTENANCE.with(&[&time]).say(language, out),
            WaitReason::Full { place } => {
                texts::WAIT_QUEUE.with(&[&place, &time]).say(language, out);
            }
        }
    }
}

/// A waiting time, rounded up to minutes.
struct Minutes(Duration);

impl Say for Minutes {
    fn say(&self, language: Language, out: &mut Vec<u8>) {
        let seconds = self.0.as_secs() + u64::from(self.0.subsec_nanos() > 0);
        match seconds.div_ceil(60) {
            0 | 1 if seconds < 60 => texts::LESS_THAN_A_MINUTE.say(language, out),
            0 | 1 => texts::ONE_MINUTE.say(language, out),
            minutes => texts::MINUTES.with(&[&minutes]).say(language, out),
        }
    }
}
