//! A failure told to a person, or as JSON: the reply as sent or the socket code, what it means, and what
//! to do, read off the catalogue.

use std::fmt::Write as _;

use packetboat_client::{Cause, Error, Finding};
use packetboat_codes::Class;
use packetboat_proto::client::{Reaction, policy};
use packetboat_proto::server::Return;
use packetboat_proto::text::visible;
use serde_json::{Value, json};

use crate::exit::Exit;

/// One sentence: what failed.
pub(crate) fn headline(error: &Error) -> String {
    let text = match error.cause() {
        Cause::Refused if error.reply_number() == Some(120) => {
            "the server is not ready yet, and asks to wait longer than --timeout or --retry allow"
                .to_owned()
        }
        Cause::Refused => match (error.command(), error.reply()) {
            (Some(command), _) => format!("the server refused {}", visible(command.as_bytes())),
            (None, _) => format!("the server refused (phase: {})", error.phase()),
        },
        // What the server says of a transfer that broke says more than how its connection broke.
        Cause::Socket(_) if has_refused(error) => match error.command() {
            Some(command) => format!("the server broke off {}", visible(command.as_bytes())),
            None => "the server broke off the transfer".to_owned(),
        },
        Cause::Socket(io) => visible(packetboat_tls::io_words(io).as_bytes()),
        Cause::TimedOut(after) => format!("nothing came for {} s", after.as_secs_f32()),
        Cause::Closed => "the server closed the connection".to_owned(),
        Cause::Tls(what)
        | Cause::Protocol(what)
        | Cause::Mismatch(what)
        | Cause::NoMatch(what)
        | Cause::Different(what) => visible(what.as_bytes()),
        Cause::Truncated { expected, received } => {
            format!("the transfer ended at {received} of {expected} bytes")
        }
        Cause::UnsafeName(name) => format!(
            "the server names it {:?}, which could lead out of the target directory, so it was not made",
            visible(name.as_bytes())
        ),
        Cause::Local(io) => io.to_string(),
        Cause::IllegalName(error) => error.to_string(),
    };
    match error.path() {
        Some(path) => format!("{}: {text}", visible(path.as_os_str().as_encoded_bytes())),
        None => text,
    }
}

/// Whether the server said no, however it went.
fn has_refused(error: &Error) -> bool {
    error.reply().is_some_and(|reply| {
        matches!(reply.code().class(), Class::TransientNegative | Class::PermanentNegative)
    })
}

/// What failed, and the code and words that say why, on one line.
pub(crate) fn reason(error: &Error) -> String {
    let mut out = headline(error);
    // Writing to a string cannot fail.
    if let Some(reply) = error.reply() {
        let words = reply.text();
        let words: Vec<_> = words.lines().map(|line| visible(line.as_bytes())).collect();
        let _ = write!(out, ": {} {}", reply.code(), words.join(" "));
    } else if let Some(socket) = error.socket_code() {
        let _ = write!(out, ": {socket}");
    }
    out
}

/// Everything a person wants to know, on several lines.
pub(crate) fn text(command: &str, subject: &str, error: &Error) -> String {
    let mut out = format!("packetboat {command}: {subject}: {}", headline(error));
    // Writing to a string cannot fail.
    if let Some(socket) = error.socket_code() {
        let _ = write!(out, "\n  {socket}, phase: {}", error.phase());
        if let Some(peer) = error.peer() {
            let _ = write!(out, ", peer: {peer}");
        }
    }
    if let Some(reply) = error.reply() {
        let style = super::show::class_style(reply.code().class());
        for line in reply.lines() {
            let _ = write!(out, "\n  {style}{}{style:#} {}", reply.code(), visible(line));
        }
    }
    if let Some(finding) = error.finding() {
        let _ = write!(out, "\n  Asked, the server shows: {}", finding.text());
    }
    if let Some((meaning, advice)) = explanations(error) {
        let _ = write!(out, "\n  Meaning: {meaning}\n  What to do: {advice}");
    }
    if let Some(hint) = hint(error) {
        let _ = write!(out, "\n  Here: {hint}");
    }
    out
}

/// The option of this program that helps.
fn hint(error: &Error) -> Option<String> {
    if let Some(hint) = error.hint() {
        return Some(hint.to_owned());
    }
    if let Some(returns) = error.returns() {
        let later = "later than --retries and --retry try again";
        return Some(match returns {
            Return::WhenLifted => {
                "waiting does not help; the administrator has to lift the ban.".into()
            }
            Return::At(time) => format!("the ban ends at {}, {later}.", time.utc()),
            Return::After(wait) => format!("come again in {} s, {later}.", wait.as_secs()),
        });
    }
    let reaction = policy(error.reply()?.code(), error.verb()).reaction;
    match reaction {
        Reaction::SendAccount => Some(
            "give the account with --account NAME, in PACKETBOAT_ACCOUNT, or as `account` in ~/.netrc."
                .to_owned(),
        ),
        Reaction::WaitOut => Some("a larger --timeout makes the client wait.".to_owned()),
        _ => None,
    }
}

/// What the catalogue says of the socket code, or else of the reply.
fn explanations(error: &Error) -> Option<(&'static str, &'static str)> {
    let reply = error.reply().and_then(|reply| reply.code().row());
    let socket = error.socket_code().and_then(|code| code.row());
    match (reply, socket) {
        (Some(row), _) => Some(match error.verb() {
            Some(verb) => row.after(verb.name()),
            None => (row.meaning, row.advice),
        }),
        (None, Some(row)) => Some((row.meaning, row.advice)),
        (None, None) => None,
    }
}

/// The same for a program.
pub(crate) fn json(command: &str, subject: &str, error: &Error) -> Value {
    let reply = error.reply();
    let explained = explanations(error);
    json!({
        "event": "error",
        "command": command,
        "subject": subject,
        "message": headline(error),
        "failure": Exit::from(error).row().name,
        "phase": error.phase().name(),
        "request": error.command(),
        "code": reply.map(|reply| reply.code().number()),
        "class": reply.map(|reply| reply.code().class().word()),
        "text": reply.map(|reply| reply.text()),
        "retryable": error.is_retryable(),
        "socket": error.socket_code().map(|code| json!({
            "number": code.number(),
            "name": code.row().map(|row| row.name),
            "errno": code.row().and_then(|row| row.errno.first()),
        })),
        "peer": error.peer(),
        "path": error.path().map(|path| path.to_string_lossy()),
        "meaning": explained.map(|(meaning, _)| meaning),
        "advice": explained.map(|(_, advice)| advice),
        "finding": error.finding().map(Finding::word),
        "hint": hint(error),
    })
}
