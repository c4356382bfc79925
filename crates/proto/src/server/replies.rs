//! How a [`Session`] sends replies: in the session's language to the client, and in English to the log.

use std::time::Duration;

use packetboat_codes::{Class, ReplyCode};

use super::action::{Action, Note};
use super::config::Goodbye;
use super::session::Session;
use super::texts::{self, Language, Sentence};
use crate::command::Command;
use crate::reply::Reply;
use crate::time::Timestamp;
use crate::verbs::Verb;

impl Session {
    /// Answers a command with one line.
    pub(super) fn answer<'a>(
        &mut self,
        command: &Command,
        code: u16,
        sentence: impl Into<Sentence<'a>>,
    ) {
        let argument = self.loggable(command);
        self.reply(Some(command.verb()), &argument, code, sentence);
    }

    /// Answers a command with several lines.
    pub(super) fn answer_lines(&mut self, command: &Command, reply: &Reply) {
        let argument = self.loggable(command);
        self.reply_lines(Some(command.verb()), &argument, reply);
    }

    /// Sends a reply of one line and notes it for the log, in English whatever the client's language is.
    pub(super) fn reply<'a>(
        &mut self,
        verb: Option<Verb>,
        argument: &str,
        code: u16,
        sentence: impl Into<Sentence<'a>>,
    ) {
        let code = ReplyCode::known(code);
        let sentence = sentence.into();
        let reply = Reply::new(code, sentence.render(self.language));
        self.send(verb, &reply);
        if self.config.notes {
            let failed =
                matches!(code.class(), Class::TransientNegative | Class::PermanentNegative);
            let failure = failed.then(|| match self.language {
                Language::En => reply.text(),
                _ => Reply::new(code, sentence.render(Language::En)).text(),
            });
            self.note(verb, argument, code, failure);
        }
    }

    /// Sends a reply of several lines and notes it. Failures never have more than one line.
    pub(super) fn reply_lines(&mut self, verb: Option<Verb>, argument: &str, reply: &Reply) {
        self.send(verb, reply);
        self.note(verb, argument, reply.code(), None);
    }

    /// Sends a reply, and checks in debug builds that the code is in the row of the verb.
    fn send(&mut self, verb: Option<Verb>, reply: &Reply) {
        let code = reply.code();
        debug_assert!(
            verb.is_none_or(|verb| verb.row().replies.allows(code)),
            "{code} is not in the row of {verb:?}"
        );
        reply.encode(&mut self.output);
    }

    fn note(
        &mut self,
        verb: Option<Verb>,
        argument: &str,
        code: ReplyCode,
        failure: Option<String>,
    ) {
        if self.config.notes && !code.is_preliminary() {
            let argument = argument.to_owned();
            self.actions.push_back(Action::Note(Note { verb, argument, code, failure }));
        }
    }

    /// One line in the session's language, for a reply of several lines.
    pub(super) fn line<'a>(&self, sentence: impl Into<Sentence<'a>>) -> Vec<u8> {
        sentence.into().render(self.language)
    }

    /// Sends 421 with the reason why the session is closed, and what to do.
    pub(super) fn say_goodbye(&mut self, reason: Goodbye) {
        match reason {
            Goodbye::Idle => {
                let seconds = self.config.idle_timeout.as_secs_f32();
                self.reply(None, "", 421, texts::IDLE.with(&[&seconds]));
            }
            Goodbye::LoginTime => {
                let seconds = self.config.login_timeout.as_secs_f32();
                self.reply(None, "", 421, texts::LOGIN_TIME_OVER.with(&[&seconds]));
            }
            Goodbye::LoginAttempts => {
                let attempts = self.config.login_attempts;
                self.reply(None, "", 421, texts::LOGIN_ATTEMPTS_OVER.with(&[&attempts]));
            }
            Goodbye::LineTime => {
                let seconds = self.config.line_timeout.as_secs_f32();
                self.reply(None, "", 421, texts::LINE_TIME_OVER.with(&[&seconds]));
            }
            Goodbye::SpeaksHttp => self.reply(None, "", 421, &texts::SPEAKS_HTTP),
            Goodbye::UntrustedProxy => {
                let peer = self.peer;
                self.reply(None, "", 421, texts::UNTRUSTED_PROXY.with(&[&peer]));
            }
            Goodbye::BeginsWithTls => self.reply(None, "", 421, &texts::BEGINS_WITH_TLS),
            Goodbye::LoginUnavailable => self.reply(None, "", 421, &texts::LOGIN_UNAVAILABLE),
            Goodbye::ClearBehindAuth => self.reply(None, "", 421, &texts::CLEAR_BEHIND_AUTH),
            Goodbye::NotTls => self.reply(None, "", 421, &texts::NOT_TLS),
            Goodbye::TlsTime { waited } => {
                let seconds = waited.as_secs_f32();
                self.reply(None, "", 421, texts::TLS_TIME_OVER.with(&[&seconds]));
            }
            Goodbye::Shutdown => self.reply(None, "", 421, &texts::SHUTDOWN),
            Goodbye::AccountLocked => self.reply(None, "", 421, &texts::ACCOUNT_LOCKED),
            Goodbye::AccountRemoved => self.reply(None, "", 421, &texts::ACCOUNT_REMOVED),
            Goodbye::AccountExpired => self.reply(None, "", 421, &texts::ACCOUNT_EXPIRED),
            Goodbye::AccountElsewhere => self.reply(None, "", 421, &texts::ACCOUNT_ELSEWHERE),
            Goodbye::AccountHours => self.reply(None, "", 421, &texts::ACCOUNT_HOURS),
            Goodbye::Full => self.reply(None, "", 421, &texts::FULL),
            Goodbye::NoDescriptors => self.reply(None, "", 421, &texts::NO_DESCRIPTORS),
            Goodbye::AddressFull { most } => {
                self.reply(None, "", 421, texts::ADDRESS_FULL.with(&[&most]));
            }
            Goodbye::TooManyConnections { wait } => {
                self.reply(None, "", 421, texts::CONNECTS_TOO_OFTEN.with(&[&whole_seconds(wait)]));
            }
            Goodbye::TooManyLogins { wait } => {
                self.reply(None, "", 421, texts::LOGS_IN_TOO_OFTEN.with(&[&whole_seconds(wait)]));
            }
            Goodbye::Banned { until: None } => self.reply(None, "", 421, &texts::BANNED),
            Goodbye::Banned { until: Some(until) } => {
                let until = Timestamp(until).utc();
                self.reply(None, "", 421, texts::BANNED_UNTIL.with(&[&until]));
            }
            Goodbye::AccountFull { most } => {
                self.reply(None, "", 421, texts::ACCOUNT_FULL.with(&[&most]));
            }
        }
    }
}

/// A waiting time in seconds, rounded up.
fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}
