//! USER, PASS and QUIT (RFC 959 §4.1.1).

use super::action::{Action, LoginRefusal, Secret};
use super::session::{Goodbye, Session};
use super::texts::{self, Text};
use crate::command::Command;
use crate::verbs::Verb;

/// How far the login is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Login {
    /// No USER yet.
    New { refused: u32 },
    /// USER came, PASS is awaited.
    UserGiven { user: Vec<u8>, refused: u32 },
    /// Logged in.
    LoggedIn { user: Vec<u8> },
}

pub(super) fn handle(session: &mut Session, command: &Command) {
    match command.verb() {
        Verb::User => user(session, command),
        Verb::Pass => pass(session, command),
        _ => quit(session, command),
    }
}

fn user(session: &mut Session, command: &Command) {
    let refused = match &session.login {
        Login::LoggedIn { user } => {
            let user = user.clone();
            return session.answer(command, 503, texts::ALREADY_LOGGED_IN_AS.with(&[&user]));
        }
        Login::New { refused } | Login::UserGiven { refused, .. } => *refused,
    };
    let user = command.argument();
    session.login = Login::UserGiven { user: user.to_vec(), refused };
    if is_anonymous(user) {
        session.answer(command, 331, &texts::ANONYMOUS_PASSWORD);
    } else {
        // The same for a user who does not exist (RFC 2577 §7).
        session.answer(command, 331, texts::PASSWORD_WANTED.with(&[&user]));
    }
}

fn pass(session: &mut Session, command: &Command) {
    match &session.login {
        Login::LoggedIn { .. } => session.answer(command, 503, &texts::ALREADY_LOGGED_IN),
        Login::New { .. } => session.answer(command, 503, &texts::USER_FIRST),
        Login::UserGiven { user, .. } => {
            let user = user.clone();
            let password = Secret(command.argument().to_vec());
            session.ask(command, Action::Authenticate { user, password });
        }
    }
}

/// The password was checked.
pub(super) fn authenticated(session: &mut Session, result: Result<(), LoginRefusal>) {
    let Some((verb, argument)) = session.finish_work() else { return };
    let previous = std::mem::replace(&mut session.login, Login::New { refused: 0 });
    let Login::UserGiven { user, refused } = previous else {
        session.login = previous;
        return;
    };
    let verb = Some(verb);
    match result {
        Ok(()) => {
            session.login = Login::LoggedIn { user: user.clone() };
            session.reply(verb, &argument, 230, texts::LOGGED_IN.with(&[&user]));
        }
        Err(refusal) => {
            let refused = refused + 1;
            session.login = Login::New { refused };
            if refused >= session.config.login_attempts {
                return session.close_with(Goodbye::LoginAttempts);
            }
            session.reply(verb, &argument, 530, refusal_text(refusal));
        }
    }
}

fn refusal_text(refusal: LoginRefusal) -> &'static Text {
    match refusal {
        LoginRefusal::WrongPassword => &texts::WRONG_PASSWORD,
        LoginRefusal::Unavailable => &texts::LOGIN_UNAVAILABLE,
    }
}

fn quit(session: &mut Session, command: &Command) {
    session.answer(command, 221, &texts::GOODBYE);
    session.close();
}

/// The names that anonymous FTP goes by (RFC 1635).
pub(super) fn is_anonymous(user: &[u8]) -> bool {
    user.eq_ignore_ascii_case(b"anonymous") || user.eq_ignore_ascii_case(b"ftp")
}
