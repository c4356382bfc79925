//! Reports a failure, as text or as JSON: the reply as sent or the socket code, what it means and
//! what to do. The explanations come from the catalogue in `packetboat-codes` and from `advice`.

use std::fmt::Write as _;

use packetboat_client::{Anew, Cause, Error, Finding, Lack, Phase, Unconfirmed, Unknown};
use packetboat_codes::{Class, Fault, KnownText, PACKETBOAT, known_text};
use packetboat_proto::client::{Reaction, policy};
use packetboat_proto::reply::Reply;
use packetboat_proto::server::{Return, fault_in, room_in};
use packetboat_proto::text::visible;
use packetboat_proto::verbs::Verb;
use serde_json::{Value, json};

use super::advice;
use crate::exit::Exit;
use crate::layout::labelled;

/// One sentence about what failed.
pub(crate) fn headline(error: &Error) -> String {
    let what = match error.is_of_data() && error.path().is_none() && !has_refused(error) {
        true => format!("data connection: {}", what_failed(error)),
        false => what_failed(error),
    };
    let text = without_confirmation(error, what);
    let text = match error.begins_anew() {
        Some(Anew::Written(1)) => format!("{text} after 1 byte had been written"),
        Some(Anew::Written(bytes)) => format!("{text} after {bytes} bytes had been written"),
        Some(Anew::Read | Anew::Form) | None => text,
    };
    match error.path() {
        Some(path) => format!("{}: {text}", visible(path.as_os_str().as_encoded_bytes())),
        None => text,
    }
}

/// The cause alone.
fn what_failed(error: &Error) -> String {
    match error.cause() {
        Cause::Refused if error.reply_number() == Some(120) => {
            "the server is not ready yet, and asks for a longer wait than --timeout or --retry allow"
                .to_owned()
        }
        Cause::Refused => refusal(error),
        Cause::Unchecked => {
            let command = error.command().unwrap_or("it");
            let command = visible(command.as_bytes());
            format!("the file has arrived but could not be compared: the server refused {command}")
        }
        // What the server says about a broken transfer tells more than how its connection broke.
        Cause::Socket(_) if has_refused(error) => broken_off(error),
        Cause::Socket(io) if error.phase() == Phase::Tls => format!(
            "the connection broke while TLS was being negotiated: {}",
            visible(advice::socket_reason(io).as_bytes())
        ),
        Cause::Socket(io) => visible(advice::socket_reason(io).as_bytes()),
        Cause::TimedOut(after) => format!("nothing arrived for {} s", after.as_secs_f32()),
        Cause::Closed => "the server closed the connection".to_owned(),
        Cause::Tls(what)
        | Cause::Protocol(what)
        | Cause::Mismatch(what)
        | Cause::NoMatch(what)
        | Cause::Different(what) => visible(what.as_bytes()),
        Cause::Truncated { expected, received } => {
            format!("the transfer ended at {received} of {expected} bytes")
        }
        Cause::Shortened { sent, stored } => {
            format!("the server has stored only {stored} of the {sent} bytes that were sent")
        }
        Cause::Changed => "the file has changed on the server in the meantime".to_owned(),
        Cause::ListingCut(what) => (*what).to_owned(),
        Cause::Unlisted => "it is on the server although the listing of its directory did not show it, so it was not \
                            deleted here"
            .to_owned(),
        Cause::UnsafeName(name) => format!(
            "the server names it {:?}, which could lead out of the target directory, so it was skipped",
            visible(name.as_bytes())
        ),
        Cause::Local(io) => advice::local_reason(io),
        Cause::IllegalName(error) => error.to_string(),
    }
}

/// The sentence if the reply that would have settled the outcome is missing.
fn without_confirmation(error: &Error, text: String) -> String {
    match (error.leaves_unknown(), error.unconfirmed()) {
        (Some(Unknown::Stored), _) => format!("everything was sent, but no reply arrived: {text}"),
        (Some(Unknown::Renamed), _) => format!("no reply to RNTO arrived: {text}"),
        (None, Some(Unconfirmed::AllCame)) => {
            format!(
                "all {} bytes arrived, but not the reply that confirms it: {text}",
                error.moved()
            )
        }
        (None, Some(Unconfirmed::Ended)) => {
            format!(
                "the data ended after {} bytes, but the confirming reply is missing: {text}",
                error.moved()
            )
        }
        (None, None) => text,
    }
}

/// A transfer that the server ended. How much of an upload has arrived is not known here.
fn broken_off(error: &Error) -> String {
    let command = error.command();
    let command =
        command.map_or_else(|| "the transfer".to_owned(), |command| visible(command.as_bytes()));
    match (error.moved(), error.verb().is_some_and(is_upload)) {
        (0, _) | (_, true) => format!("the server aborted {command}"),
        (bytes, false) => format!("the server aborted {command} after {bytes} bytes"),
    }
}

/// A refusal. If the transfer was already in progress, the server aborted it rather than refusing
/// to start.
fn refusal(error: &Error) -> String {
    let Some(command) = error.command().map(|command| visible(command.as_bytes())) else {
        return format!("the server refused (phase: {})", error.phase());
    };
    let broke = error.phase() == Phase::Transfer && error.reply_number() == Some(426);
    match error.moved() {
        0 if broke => format!("the server aborted {command}"),
        0 => format!("the server refused {command}"),
        bytes if error.verb().is_some_and(is_upload) => {
            format!("the server refused {command} after {bytes} bytes had been sent")
        }
        bytes => format!("the server aborted {command} after {bytes} bytes"),
    }
}

fn is_upload(verb: Verb) -> bool {
    matches!(verb, Verb::Stor | Verb::Appe | Verb::Stou)
}

/// Whether the server sent a negative reply.
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

/// The full report on several lines, wrapped to `width` if given.
pub(crate) fn text(command: &str, subject: &str, error: &Error, width: Option<usize>) -> String {
    // Local failures have nothing to do with the address.
    let subject = match error.path() {
        Some(_) if error.phase() == Phase::LocalFile => String::new(),
        _ => format!("{subject}: "),
    };
    let mut out = format!("packetboat {command}: {subject}{}", headline(error));
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
    // The name of a part comes from the server.
    let mut say = |label: &str, text: &str| {
        out += &labelled(label, &visible(text.as_bytes()), width);
    };
    if let Some(finding) = error.finding() {
        say("The server shows", finding.text());
    }
    if let Some(told) = explanation(error) {
        match (told.meaning, told.server) {
            (Some(meaning), Some(server)) => say(&format!("Meaning ({server})"), meaning),
            // The reply or the server's answer above already says so.
            (Some(_), None) if error.settled().is_some() && !is_unchecked(error) => {}
            (Some(meaning), None) => say("Meaning", meaning),
            (None, _) => {}
        }
        say("What to do", told.advice);
    }
    if let Some(hint) = hint(error) {
        say("Here", &hint);
    }
    out
}

/// The option of this program that helps.
fn hint(error: &Error) -> Option<String> {
    // A TLS failure has its hint as the advice.
    if let Some(hint) = error.hint().filter(|_| !is_tls(error)) {
        return Some(hint.to_owned());
    }
    if error.lacks() == Some(Lack::User) && std::env::var_os("PACKETBOAT_PASSWORD").is_some() {
        return Some("PACKETBOAT_PASSWORD is set, but is only used with a user name.".to_owned());
    }
    if let Some(returns) = error.returns() {
        let later = "later than --retries and --retry allow";
        return Some(match returns {
            Return::WhenLifted => {
                "waiting does not help: the administrator has to lift the ban.".into()
            }
            Return::At(time) => format!("the ban ends at {}, {later}.", time.utc()),
            Return::After(wait) => format!("try again in {} s, {later}.", wait.as_secs()),
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

/// Whether an upload is refused because a Packetboat server is writing the file for someone else.
fn is_being_written(error: &Error, reply: &Reply) -> bool {
    let stores = matches!(error.verb(), Some(Verb::Stor | Verb::Appe));
    stores && fault_in(&reply.text()) == Some(Fault::Busy)
}

fn is_unchecked(error: &Error) -> bool {
    matches!(error.cause(), Cause::Unchecked)
}

fn is_tls(error: &Error) -> bool {
    matches!(error.cause(), Cause::Tls(_))
}

/// What a failure means, and what helps.
struct Explanation<'a> {
    meaning: Option<&'static str>,
    advice: &'a str,
    /// The known server whose words were recognized.
    server: Option<&'static str>,
}

impl<'a> Explanation<'a> {
    fn of((meaning, advice): (&'static str, &'a str)) -> Self {
        Self { meaning: Some(meaning), advice, server: None }
    }

    /// Only the advice, where the lines above already say what the failure means.
    fn advice(advice: &'a str) -> Self {
        Self { meaning: None, advice, server: None }
    }

    fn of_finding(finding: Finding, error: &Error) -> Self {
        let is_ours = error.reply().is_some_and(|reply| fault_in(&reply.text()).is_some());
        let advice = match finding {
            Finding::Name if is_ours => advice::NAME_OF_OURS,
            _ => advice::found(finding, error.verb()),
        };
        Self::of((finding.text(), advice))
    }
}

/// What is known about a failure. A transfer that cannot be continued needs other advice.
fn explanation(error: &Error) -> Option<Explanation<'_>> {
    let told = meaning_and_advice(error)?;
    Some(match error.begins_anew() {
        Some(why) => Explanation { advice: advice::anew(why), ..told },
        None => told,
    })
}

/// The most specific explanation: what was found out, what the reply says, or else what the
/// catalogue says about the socket error.
fn meaning_and_advice(error: &Error) -> Option<Explanation<'_>> {
    if let Cause::Local(io) = error.cause() {
        return Some(Explanation::advice(advice::local(io)));
    }
    if is_unchecked(error) {
        return Some(Explanation::of(advice::unchecked(error.settled())));
    }
    if let Some(lack) = error.lacks() {
        return Some(Explanation::of(advice::lack(lack)));
    }
    if let Some(finding) = error.finding() {
        return Some(Explanation::of_finding(finding, error));
    }
    // The code of the reply is about something else, such as 530 for AUTH.
    if is_tls(error) {
        return error.hint().map(Explanation::advice);
    }
    if let Some(told) = advice::unknown(error) {
        return Some(Explanation::of(told));
    }
    let replied = error.reply().and_then(|reply| of_reply(error, reply));
    let stopped = || advice::stopped(error).map(Explanation::of);
    replied.or_else(stopped).or_else(|| {
        let row = error.socket_code()?.row()?;
        Some(Explanation::of((row.meaning, row.advice)))
    })
}

/// The explanation for a reply: from the words of a known server, from those that any server uses,
/// or from the catalogue.
fn of_reply(error: &Error, reply: &Reply) -> Option<Explanation<'static>> {
    let text = reply.text();
    // The words of a Packetboat server contain the advice already.
    let known = known_text(reply.code().number(), &text);
    if let Some(known) = known.filter(|known| known.server != PACKETBOAT) {
        let KnownText { meaning, advice, server, .. } = *known;
        return Some(Explanation { meaning: Some(meaning), advice, server: Some(server) });
    }
    if let Some(room) = room_in(&text) {
        return Some(Explanation::of(advice::room(room)));
    }
    if is_being_written(error, reply) {
        return Some(Explanation::of(advice::BUSY));
    }
    if let Some(finding) = error.settled() {
        return Some(Explanation::of_finding(finding, error));
    }
    if let Some(told) = advice::refused_where_no_file_is_meant(error) {
        return Some(Explanation::of(told));
    }
    let row = reply.code().row()?;
    Some(Explanation::of(match error.verb() {
        Some(verb) => row.after(verb.name()),
        None => (row.meaning, row.advice),
    }))
}

/// The advice for a failure.
pub(crate) fn advice_on(error: &Error) -> Option<String> {
    explanation(error).map(|told| told.advice.to_owned())
}

/// The report as JSON.
pub(crate) fn json(command: &str, subject: &str, error: &Error) -> Value {
    let reply = error.reply();
    let explained = explanation(error);
    let explained = explained.as_ref();
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
        "meaning": explained.and_then(|told| told.meaning),
        "advice": explained.map(|told| told.advice),
        "server": explained.and_then(|told| told.server),
        "finding": error.finding().map(Finding::word),
        "hint": hint(error),
    })
}
