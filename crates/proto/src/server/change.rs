//! Handlers of the verbs that set facts of a file or work on directory trees or several files:
//! MFMT, MFCT, MFF, COMB, AVBL, DSIZ and RMDA (draft-somers-ftp-mfxx-03,
//! draft-peterson-streamlined-ftp-command-extensions-10).

use super::action::{Action, Request};
use super::files::bad_pathname;
use super::session::Session;
use super::task::{SetFacts, Task};
use super::texts::{self, Sentence};
use super::words;
use crate::address::parse_number;
use crate::command::Command;
use crate::pathname::Pathname;
use crate::time::Timestamp;
use crate::verbs::Verb;

pub(super) fn handle(session: &mut Session, command: &Command) {
    match command.verb() {
        Verb::Mfmt | Verb::Mfct => set_time(session, command),
        Verb::Mff => set_facts(session, command),
        Verb::Comb => comb(session, command),
        Verb::Avbl => {
            let path = command.pathname().ok();
            session.ask(command, Action::Perform(Request::FreeSpace(path)));
        }
        Verb::Dsiz => {
            let path = command.pathname().ok();
            session.ask_task(command, Action::Work(Task::TreeSize(path)));
        }
        _ => match command.pathname() {
            Ok(path) => session.ask_task(command, Action::Work(Task::RemoveTree(path))),
            Err(error) => bad_pathname(session, command, error),
        },
    }
}

/// draft-somers-ftp-mfxx-03 §3, §4: a time as in RFC 3659 §2.3; an impossible date is answered 501.
fn set_time(session: &mut Session, command: &Command) {
    let (time, path) = words::first(command.argument());
    match (Timestamp::parse(time), Pathname::new(path)) {
        (Some(time), Ok(path)) => {
            let facts = match command.verb() {
                Verb::Mfct => SetFacts { created: Some(time), ..SetFacts::default() },
                _ => SetFacts { modified: Some(time), ..SetFacts::default() },
            };
            session.ask(command, Action::Perform(Request::SetFacts { path, facts }));
        }
        _ => session.answer(command, 501, texts::TIME_SYNTAX.with(&[&command.verb().name()])),
    }
}

/// draft-somers-ftp-mfxx-03 §5: one or more `fact=value;`, a space, and the pathname.
fn set_facts(session: &mut Session, command: &Command) {
    let (list, path) = words::first(command.argument());
    let facts = match parse_facts(list) {
        Ok(facts) => facts,
        Err(Some(unknown)) => {
            return session.answer(command, 504, texts::FACT_UNKNOWN.with(&[&unknown]));
        }
        Err(None) => return session.answer(command, 501, &texts::FACTS_SYNTAX),
    };
    match Pathname::new(path) {
        Ok(path) => session.ask(command, Action::Perform(Request::SetFacts { path, facts })),
        Err(_) => session.answer(command, 501, &texts::FACTS_SYNTAX),
    }
}

/// Reads the facts. The error is the name of an unknown fact, or `None` if the list is malformed.
fn parse_facts(list: &[u8]) -> Result<SetFacts, Option<Vec<u8>>> {
    let mut facts = SetFacts::default();
    let list = list.strip_suffix(b";").ok_or(None)?;
    for fact in list.split(|&byte| byte == b';') {
        let equals = fact.iter().position(|&byte| byte == b'=').ok_or(None)?;
        let (name, value) = (&fact[..equals], &fact[equals + 1..]);
        match name.to_ascii_lowercase().as_slice() {
            b"modify" => facts.modified = Some(Timestamp::parse(value).ok_or(None)?),
            b"unix.mode" => facts.mode = Some(parse_mode(value).ok_or(None)?),
            b"unix.group" if !value.is_empty() => facts.group = Some(value.to_vec()),
            b"unix.group" | b"" => return Err(None),
            _ => return Err(Some(name.to_vec())),
        }
    }
    Ok(facts)
}

/// Permission bits in octal. A remote user may not set setuid, setgid or sticky.
pub(super) fn parse_mode(text: &[u8]) -> Option<u32> {
    let octal = (1..=4).contains(&text.len()) && text.iter().all(|b| (b'0'..=b'7').contains(b));
    let mode = text.iter().fold(0_u32, |value, digit| value * 8 + u32::from(digit & 7));
    (octal && mode <= 0o777).then_some(mode)
}

/// `COMB "target" "part" ...`. A name given twice would be deleted before it is joined again, so it
/// is refused.
fn comb(session: &mut Session, command: &Command) {
    let mut words = words::all(command.argument(), b' ').unwrap_or_default();
    let mut seen = std::collections::BTreeSet::new();
    if words.len() < 2 || !words.iter().all(|word| seen.insert(word)) {
        return session.answer(command, 501, &texts::COMB_SYNTAX);
    }
    let parts: Result<Vec<_>, _> = words.split_off(1).into_iter().map(Pathname::new).collect();
    match (words.pop().map(Pathname::new), parts) {
        (Some(Ok(target)), Ok(parts)) => {
            session.ask_task(command, Action::Work(Task::Combine { target, parts }));
        }
        _ => session.answer(command, 501, &texts::COMB_SYNTAX),
    }
}

/// The facts are set: 213 with the values that the file has now, and the pathname as it was sent.
pub(super) fn facts_set(
    session: &mut Session,
    verb: Verb,
    argument: &str,
    path: &Pathname,
    facts: &SetFacts,
) {
    let mut text = Vec::new();
    let mut push = |name: &str, value: &[u8]| {
        text.extend_from_slice(name.as_bytes());
        text.push(b'=');
        text.extend_from_slice(value);
        text.push(b';');
    };
    if let Some(time) = facts.modified {
        push("Modify", time.to_string().as_bytes());
    }
    if let Some(time) = facts.created {
        push("Create", time.to_string().as_bytes());
    }
    if let Some(group) = &facts.group {
        push("UNIX.group", group);
    }
    if let Some(mode) = facts.mode {
        push("UNIX.mode", format!("{mode:04o}").as_bytes());
    }
    text.push(b' ');
    text.extend_from_slice(path.as_bytes());
    session.reply(Some(verb), argument, 213, Sentence::Verbatim(&text));
}

/// Whether a text can be a group: a number, or a name.
pub(super) fn is_group(text: &[u8]) -> bool {
    let digits = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    if digits { parse_number::<u32>(text).is_some() } else { !text.is_empty() }
}
