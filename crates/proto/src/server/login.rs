//! Handlers of USER, PASS, ACCT and QUIT, and the [`Login`] state of a session (RFC 959 §4.1.1).

use super::action::{AccountNeed, Action, LoginRefusal, Secret};
use super::config::Goodbye;
use super::session::Session;
use super::texts::{self, Text};
use crate::anonymous::is_anonymous;
use crate::command::Command;
use crate::verbs::Verb;

/// The state of the login.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Login {
    /// No USER yet.
    New,
    /// USER has been given; PASS is next.
    UserGiven { user: Vec<u8> },
    /// The password was right, or the certificate was enough; ACCT is next.
    AccountWanted { user: Vec<u8>, proof: Proof },
    /// Logged in. Storing may still require ACCT.
    LoggedIn { user: Vec<u8>, to_store: Option<Proof>, by_certificate: bool },
}

/// What ACCT has to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// Account information.
    Information,
    /// A one-time code.
    Code,
}

impl Login {
    /// Whether ACCT is required before anything is stored.
    pub(super) fn wants_account_to_store(&self) -> bool {
        self.proof_to_store().is_some()
    }

    /// What ACCT has to give before anything is stored.
    pub(super) fn proof_to_store(&self) -> Option<Proof> {
        match self {
            Self::LoggedIn { to_store, .. } => *to_store,
            _ => None,
        }
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
    } else if session.security.certificate {
        let user = user.to_vec();
        session.ask(command, Action::Identify { user });
    } else {
        // A user who does not exist gets the same reply (RFC 2577 §7).
        session.answer(command, 331, texts::PASSWORD_WANTED.with(&[&user]));
    }
}

/// The driver has reported whether the client's certificate lets the user in (RFC 2228 §5.1, 232).
/// If it does not, the user can still log in with a password.
pub(super) fn identified(session: &mut Session, result: Result<Option<AccountNeed>, LoginRefusal>) {
    let Some((verb, argument)) = session.finish_work() else { return };
    let Login::UserGiven { user } = &session.login else { return };
    let (verb, user) = (Some(verb), user.clone());
    match result {
        Ok(None) => session.reply(verb, &argument, 331, texts::PASSWORD_WANTED.with(&[&user])),
        Ok(Some(need)) => match need.to_log_in() {
            Some(proof) => {
                session.login = Login::AccountWanted { user, proof };
                session.reply(verb, &argument, 332, wanted(proof));
            }
            None => {
                let to_store = need.to_store();
                let name = user.clone();
                session.login = Login::LoggedIn { user, to_store, by_certificate: true };
                session.reply(verb, &argument, 232, texts::LOGGED_IN_BY_CERTIFICATE.with(&[&name]));
            }
        },
        Err(refusal) => {
            session.login = Login::New;
            not_let_in(session, verb, &argument, refusal, &texts::CERTIFICATE_REFUSED);
        }
    }
}

fn pass(session: &mut Session, command: &Command) {
    match &session.login {
        // RFC 959 §5.4, 202: this user needs no password.
        Login::LoggedIn { user, by_certificate, .. } if *by_certificate || is_anonymous(user) => {
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

/// RFC 959 §4.1.1: ACCT completes a login after 332, or comes later, before something is stored.
fn acct(session: &mut Session, command: &Command) {
    match &session.login {
        Login::AccountWanted { .. } | Login::LoggedIn { to_store: Some(_), .. } => {
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
        Ok(need) => match need.to_log_in() {
            Some(proof) => {
                session.login = Login::AccountWanted { user, proof };
                session.reply(verb, &argument, 332, wanted(proof));
            }
            None => {
                let to_store = need.to_store();
                session.login =
                    Login::LoggedIn { user: user.clone(), to_store, by_certificate: false };
                session.reply(verb, &argument, 230, texts::LOGGED_IN.with(&[&user]));
            }
        },
        Err(refusal) => not_let_in(session, verb, &argument, refusal, &texts::WRONG_PASSWORD),
    }
}

fn wanted(proof: Proof) -> &'static Text {
    match proof {
        Proof::Information => &texts::ACCOUNT_WANTED,
        Proof::Code => &texts::CODE_WANTED,
    }
}

/// The account information was checked. If it is wrong, that counts like a wrong password.
pub(super) fn account_checked(session: &mut Session, result: Result<(), LoginRefusal>) {
    let Some((verb, argument)) = session.finish_work() else { return };
    let verb = Some(verb);
    let previous = std::mem::replace(&mut session.login, Login::New);
    match (previous, result) {
        (Login::AccountWanted { user, .. }, Ok(())) => {
            session.login =
                Login::LoggedIn { user: user.clone(), to_store: None, by_certificate: false };
            session.reply(verb, &argument, 230, texts::LOGGED_IN.with(&[&user]));
        }
        (Login::AccountWanted { proof, .. }, Err(refusal)) => {
            let why = match proof {
                Proof::Information => &texts::ACCOUNT_WRONG_LOGIN,
                Proof::Code => &texts::CODE_WRONG_LOGIN,
            };
            not_let_in(session, verb, &argument, refusal, why);
        }
        (Login::LoggedIn { user, by_certificate, .. }, Ok(())) => {
            let name = user.clone();
            session.login = Login::LoggedIn { user, to_store: None, by_certificate };
            session.reply(verb, &argument, 230, texts::ACCOUNT_ACCEPTED.with(&[&name]));
        }
        (previous @ Login::LoggedIn { .. }, Err(refusal)) => {
            let why = match previous.proof_to_store() {
                Some(Proof::Code) => &texts::CODE_WRONG_STORE,
                _ => &texts::ACCOUNT_WRONG_STORE,
            };
            session.login = previous;
            not_let_in(session, verb, &argument, refusal, why);
        }
        (previous @ (Login::New | Login::UserGiven { .. }), _) => session.login = previous,
    }
}

/// Replies to a refused login. `wrong` is the text for a wrong password, certificate, account or code.
fn not_let_in(
    session: &mut Session,
    verb: Option<Verb>,
    argument: &str,
    refusal: LoginRefusal,
    wrong: &'static Text,
) {
    match refusal {
        LoginRefusal::WrongPassword => refused(session, verb, argument, wrong),
        LoginRefusal::TlsNeeded => refused(session, verb, argument, &texts::ACCOUNT_NEEDS_TLS),
        LoginRefusal::NoFolder => refused(session, verb, argument, &texts::ACCOUNT_FOLDER_MISSING),
        LoginRefusal::Unavailable => session.close_with(Goodbye::LoginUnavailable),
        LoginRefusal::TooManySessions { most } => session.close_with(Goodbye::AccountFull { most }),
    }
}

/// Answers 530, or closes the session after too many refusals (RFC 2577 §5).
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
