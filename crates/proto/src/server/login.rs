//! USER, PASS, ACCT and QUIT (RFC 959 §4.1.1).

use super::action::{AccountNeed, Action, LoginRefusal, Secret};
use super::config::Goodbye;
use super::session::Session;
use super::texts::{self, Text};
use crate::command::Command;
use crate::url::is_anonymous;
use crate::verbs::Verb;

/// How far the login is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Login {
    /// No USER yet.
    New,
    /// USER came, PASS is awaited.
    UserGiven { user: Vec<u8> },
    /// The password was right, ACCT is awaited.
    AccountWanted { user: Vec<u8> },
    /// Logged in. Storing may still want ACCT.
    LoggedIn { user: Vec<u8>, account_to_store: bool },
}

impl Login {
    /// Whether ACCT has to come before anything is stored.
    pub(super) fn wants_account_to_store(&self) -> bool {
        matches!(self, Self::LoggedIn { account_to_store: true, .. })
    }
}

pub(super) fn handle(session: &mut Session, command: &Command) {
    match command.verb() {
        Verb::User => user(session, command),
        Verb::Pass => pass(session, command),
        Verb::Acct => acct(session, command),
        _ => quit(session, command),
    }
}

fn user(session: &mut Session, command: &Command) {
    if let Some(user) = session.user() {
        let user = user.to_vec();
        return session.answer(command, 503, texts::ALREADY_LOGGED_IN_AS.with(&[&user]));
    }
    if session.lacks_tls() {
        return session.answer(command, 530, &texts::TLS_BEFORE_LOGIN);
    }
    let user = command.argument();
    session.login = Login::UserGiven { user: user.to_vec() };
    if is_anonymous(user) {
        session.answer(command, 331, &texts::ANONYMOUS_PASSWORD);
    } else {
        // The same for a user who does not exist (RFC 2577 §7).
        session.answer(command, 331, texts::PASSWORD_WANTED.with(&[&user]));
    }
}

fn pass(session: &mut Session, command: &Command) {
    match &session.login {
        // RFC 959 §5.4, 202: a password more than this user needs.
        Login::LoggedIn { user, .. } if is_anonymous(user) => {
            let user = user.clone();
            session.answer(command, 202, texts::NO_PASSWORD_NEEDED.with(&[&user]));
        }
        Login::LoggedIn { .. } => session.answer(command, 503, &texts::ALREADY_LOGGED_IN),
        Login::New | Login::AccountWanted { .. } => {
            session.answer(command, 503, &texts::USER_FIRST);
        }
        Login::UserGiven { user } => {
            let user = user.clone();
            let password = Secret(command.argument().to_vec());
            session.ask(command, Action::Authenticate { user, password });
        }
    }
}

/// RFC 959 §4.1.1: part of the login after 332, or given later, before something is stored.
fn acct(session: &mut Session, command: &Command) {
    match &session.login {
        Login::AccountWanted { .. } | Login::LoggedIn { account_to_store: true, .. } => {
            let information = Secret(command.argument().to_vec());
            session.ask(command, Action::CheckAccount(information));
        }
        Login::LoggedIn { user, .. } => {
            let user = user.clone();
            session.answer(command, 202, texts::ACCOUNT_NOT_NEEDED.with(&[&user]));
        }
        Login::New | Login::UserGiven { .. } => {
            session.answer(command, 503, &texts::ACCOUNT_TOO_EARLY);
        }
    }
}

/// The password was checked.
pub(super) fn authenticated(session: &mut Session, result: Result<AccountNeed, LoginRefusal>) {
    let Some((verb, argument)) = session.finish_work() else { return };
    let previous = std::mem::replace(&mut session.login, Login::New);
    let Login::UserGiven { user } = previous else {
        session.login = previous;
        return;
    };
    let verb = Some(verb);
    match result {
        Ok(AccountNeed::Login) => {
            session.login = Login::AccountWanted { user };
            session.reply(verb, &argument, 332, &texts::ACCOUNT_WANTED);
        }
        Ok(need) => {
            let account_to_store = need == AccountNeed::Storing;
            session.login = Login::LoggedIn { user: user.clone(), account_to_store };
            session.reply(verb, &argument, 230, texts::LOGGED_IN.with(&[&user]));
        }
        Err(LoginRefusal::TooManySessions { most }) => {
            session.close_with(Goodbye::AccountFull { most });
        }
        Err(LoginRefusal::WrongPassword) => {
            refused(session, verb, &argument, &texts::WRONG_PASSWORD);
        }
        Err(LoginRefusal::TlsNeeded) => {
            refused(session, verb, &argument, &texts::ACCOUNT_NEEDS_TLS);
        }
        Err(LoginRefusal::Unavailable) => {
            refused(session, verb, &argument, &texts::LOGIN_UNAVAILABLE);
        }
    }
}

/// The account information was checked. A wrong one counts as a wrong password does.
pub(super) fn account_checked(session: &mut Session, right: bool) {
    let Some((verb, argument)) = session.finish_work() else { return };
    let verb = Some(verb);
    let previous = std::mem::replace(&mut session.login, Login::New);
    match previous {
        Login::AccountWanted { user } if right => {
            session.login = Login::LoggedIn { user: user.clone(), account_to_store: false };
            session.reply(verb, &argument, 230, texts::LOGGED_IN.with(&[&user]));
        }
        Login::AccountWanted { .. } => {
            refused(session, verb, &argument, &texts::ACCOUNT_WRONG_LOGIN);
        }
        Login::LoggedIn { user, .. } if right => {
            session.login = Login::LoggedIn { user: user.clone(), account_to_store: false };
            session.reply(verb, &argument, 230, texts::ACCOUNT_ACCEPTED.with(&[&user]));
        }
        Login::LoggedIn { .. } => {
            session.login = previous;
            refused(session, verb, &argument, &texts::ACCOUNT_WRONG_STORE);
        }
        Login::New | Login::UserGiven { .. } => session.login = previous,
    }
}

/// 530, or the end of a session in which it was said too often (RFC 2577 §5).
fn refused(session: &mut Session, verb: Option<Verb>, argument: &str, why: &'static Text) {
    session.refused += 1;
    if session.refused >= session.config.login_attempts {
        session.close_with(Goodbye::LoginAttempts);
    } else {
        session.reply(verb, argument, 530, why);
    }
}

fn quit(session: &mut Session, command: &Command) {
    session.answer(command, 221, &texts::GOODBYE);
    session.quit = true;
    session.close();
}
