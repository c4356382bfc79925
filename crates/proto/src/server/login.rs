//! USER, PASS and QUIT (RFC 959 §4.1.1).

use super::action::{Action, LoginRefusal, Secret};
use super::session::{Goodbye, Session};
use crate::command::Command;
use crate::reply::Reply;
use crate::url;
use crate::verbs::Verb;
use packetboat_codes::ReplyCode;

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
            let text = format!(
                "{} is logged in already; connect again to be another user.",
                String::from_utf8_lossy(user)
            );
            return session.answer(command, 503, text);
        }
        Login::New { refused } | Login::UserGiven { refused, .. } => *refused,
    };
    let user = command.argument().to_vec();
    let text = if url::is_anonymous(&user) {
        String::from("Anonymous login; send your e-mail address as the password.")
    } else {
        // The same for a user who does not exist (RFC 2577 §7).
        format!("Send the password of {} with PASS.", String::from_utf8_lossy(&user))
    };
    session.login = Login::UserGiven { user, refused };
    session.answer(command, 331, text);
}

fn pass(session: &mut Session, command: &Command) {
    match &session.login {
        Login::LoggedIn { .. } => session.answer(command, 503, "You are logged in already; go on."),
        Login::New { .. } => session.answer(command, 503, "No user is named; send USER first."),
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
    let (code, text) = match result {
        Ok(()) => {
            let name = String::from_utf8_lossy(&user).into_owned();
            session.login = Login::LoggedIn { user };
            (230, format!("{name} is logged in."))
        }
        Err(refusal) => {
            let refused = refused + 1;
            session.login = Login::New { refused };
            if refused >= session.config.login_attempts {
                return session.close_with(Goodbye::LoginAttempts);
            }
            (530, refusal_text(refusal).to_owned())
        }
    };
    session.reply(Some(verb), &argument, Reply::new(ReplyCode::known(code), text));
}

fn refusal_text(refusal: LoginRefusal) -> &'static str {
    match refusal {
        LoginRefusal::WrongPassword => {
            "User or password is wrong; send USER and PASS again with the right ones."
        }
        LoginRefusal::Unavailable => {
            "Logins cannot be checked right now; try again later, or tell the administrator."
        }
    }
}

fn quit(session: &mut Session, command: &Command) {
    session.answer(command, 221, "Goodbye.");
    session.quit = true;
    session.close();
}
