//! Handlers of the verbs that work on files and directories without a data connection (RFC 959
//! §4.1.3, RFC 3659), and the replies to what the driver did for them.

use super::action::{Action, MountAnswer, Outcome, Request, StatusOf};
use super::session::Session;
use super::texts::{self, Quoted, Sentence};
use super::{change, hash, info, quota, site, transfer};
use crate::address::parse_number;
use crate::command::Command;
use crate::encoding::{FileStructure, RepresentationType};
use crate::pathname::{Pathname, PathnameError};
use crate::reply::Reply;
use crate::verbs::Verb;
use packetboat_codes::ReplyCode;

pub(super) fn handle(session: &mut Session, command: &Command) {
    match command.verb() {
        Verb::Cdup => session.ask(command, Action::Perform(Request::ChangeToParent)),
        Verb::Pwd => session.ask(command, Action::Perform(Request::PrintDirectory)),
        Verb::Allo => allo(session, command),
        Verb::Mlst if command.argument().is_empty() => {
            let facts = session.parameters.facts;
            session.ask(command, Action::Perform(Request::Facts { path: None, facts }));
        }
        Verb::Size if !sends_its_length(session) => {
            // RFC 3659 §4: the size must be exact, and here it depends on every line ending in the file.
            let parameters = &session.parameters;
            let (kind, structure) = (parameters.type_name(), parameters.structure_name());
            session.answer(command, 550, texts::SIZE_NOT_KNOWN.with(&[&kind, &structure]));
        }
        _ => with_pathname(session, command),
    }
}

/// Whether RETR sends exactly as many bytes as the file has. Headers and compression of MODE do not
/// count: clients use SIZE to learn the length of the file.
fn sends_its_length(session: &Session) -> bool {
    let format = session.parameters.format;
    format.representation == RepresentationType::Image && format.structure == FileStructure::File
}

fn with_pathname(session: &mut Session, command: &Command) {
    let path = match command.verb() {
        // STAT with a name is LIST on the control connection, and clients send options of `ls` with
        // it, too.
        Verb::Stat => transfer::list_path(command).map_or_else(|| Pathname::new("."), Ok),
        _ => command.pathname(),
    };
    let path = match path {
        Ok(path) => path,
        Err(error) => return bad_pathname(session, command, error),
    };
    let request = match command.verb() {
        Verb::Smnt => return session.ask(command, Action::Mount(path)),
        Verb::Cwd => Request::ChangeDirectory(path),
        Verb::Mkd => Request::MakeDirectory(path),
        Verb::Rmd => Request::RemoveDirectory(path),
        Verb::Dele => Request::DeleteFile(path),
        Verb::Size => Request::Size(path),
        Verb::Mdtm => Request::Modified(path),
        Verb::Mlst => Request::Facts { path: Some(path), facts: session.parameters.facts },
        Verb::Stat => Request::Status(path),
        Verb::Rnfr => {
            session.rename_from = Some(path.clone());
            Request::CheckRename(path)
        }
        Verb::Rnto => match session.rename_from.take() {
            Some(from) => Request::Rename { from, to: path },
            None => {
                return session.answer(command, 503, &texts::RNFR_FIRST);
            }
        },
        // A row is marked as built but has no handler: answer 502 rather than panic.
        verb => {
            return session.answer(command, 502, texts::NO_HANDLER.with(&[&verb.name()]));
        }
    };
    session.ask(command, Action::Perform(request));
}

/// Answers 501 to an argument that is not a pathname.
pub(super) fn bad_pathname(session: &mut Session, command: &Command, error: PathnameError) {
    let text = match error {
        PathnameError::Empty => &texts::PATHNAME_EMPTY,
        PathnameError::LineBreak => &texts::PATHNAME_LINE_BREAK,
    };
    session.answer(command, 501, text.with(&[&command.verb().row().usage()]));
}

/// `ALLO n` or `ALLO n R m` (RFC 959 §4.1.3). The record size is ignored, since files here are
/// sequences of bytes.
fn allo(session: &mut Session, command: &Command) {
    let words: Vec<&[u8]> = command.argument().split(|&byte| byte == b' ').collect();
    let bytes = match words[..] {
        [bytes] => parse_number(bytes),
        [bytes, b"R" | b"r", record] => parse_number::<u64>(record).and(parse_number(bytes)),
        _ => None,
    };
    match bytes {
        Some(bytes) => session.ask(command, Action::Perform(Request::Allocate(bytes))),
        None => session.answer(command, 501, &texts::ALLO_SYNTAX),
    }
}

/// The driver has carried out the request: send the reply.
pub(super) fn done(session: &mut Session, outcome: Outcome) {
    let Some((verb, argument)) = session.finish_work() else { return };
    let (verb_of, argument) = (Some(verb), argument.as_str());
    match outcome {
        Outcome::Path(path) if verb == Verb::Site => site::done(session, argument, &path),
        Outcome::Path(path) => path_reply(session, verb, argument, &path),
        Outcome::Size(size) => {
            let digits = size.to_string();
            session.reply(verb_of, argument, 213, Sentence::Verbatim(digits.as_bytes()));
        }
        Outcome::Modified(time) => {
            let digits = time.to_string();
            session.reply(verb_of, argument, 213, Sentence::Verbatim(digits.as_bytes()));
        }
        Outcome::Facts(line) => {
            // RFC 3659 §7.2: exactly one space before the facts.
            let facts = [b" ", line.as_slice()].concat();
            let lines = [session.line(&texts::FACTS_HEAD), facts, session.line(&texts::FACTS_END)];
            let reply = Reply::multiline(ReplyCode::known(250), lines);
            session.reply_lines(verb_of, argument, &reply);
        }
        Outcome::Status { path, of, lines, cut } => {
            let reply = status_reply(session, &path, of, lines, cut);
            session.reply_lines(verb_of, argument, &reply);
        }
        Outcome::FactsSet { full, .. } if verb == Verb::Site => {
            site::done(session, argument, &full)
        }
        Outcome::FactsSet { path, facts, .. } => {
            change::facts_set(session, verb, argument, &path, &facts);
        }
        Outcome::Hashed(hashes) => hash::done(session, verb, argument, &hashes),
        Outcome::Quota(told) if verb == Verb::Stat => info::with_quota(session, told),
        Outcome::Quota(told) => quota::told(session, argument, told),
        Outcome::Sessions(sessions) => site::who(session, argument, &sessions),
        Outcome::Room(_) => session.reply(verb_of, argument, 200, &texts::ROOM),
    }
}

fn path_reply(session: &mut Session, verb: Verb, argument: &str, path: &[u8]) {
    let (code, text) = match verb {
        Verb::Pwd => (257, &texts::WORKING_DIRECTORY),
        Verb::Mkd => (257, &texts::DIRECTORY_MADE),
        Verb::Cwd | Verb::Cdup => (250, &texts::DIRECTORY_CHANGED),
        Verb::Rmd => (250, &texts::DIRECTORY_REMOVED),
        Verb::Dele => (250, &texts::FILE_DELETED),
        Verb::Rnfr => (350, &texts::MAY_BE_RENAMED),
        Verb::Rnto => (250, &texts::RENAMED),
        Verb::Rmda => (250, &texts::TREE_REMOVED),
        Verb::Comb => (250, &texts::COMBINED),
        _ => (200, &texts::CHANGED),
    };
    session.reply(Some(verb), argument, code, text.with(&[&Quoted(path)]));
}

/// RFC 959 §4.1.1, SMNT: 202 if there is nothing to mount, since the command then changes nothing.
pub(super) fn mounted(session: &mut Session, answer: MountAnswer) {
    let Some((verb, argument)) = session.finish_work() else { return };
    let verb = Some(verb);
    match answer {
        MountAnswer::Mounted(name) => {
            session.reply(verb, &argument, 250, texts::MOUNTED.with(&[&Quoted(&name)]));
        }
        MountAnswer::Unknown(name) => {
            session.reply(verb, &argument, 550, texts::NO_SUCH_MOUNT.with(&[&Quoted(&name)]));
        }
        MountAnswer::NothingToMount => session.reply(verb, &argument, 202, &texts::NO_MOUNTS),
    }
}

/// 212 for a directory, 213 for a file, as RFC 959 §4.2.2 names them. Some servers send 211 for both.
fn status_reply(
    session: &Session,
    path: &[u8],
    of: StatusOf,
    mut lines: Vec<Vec<u8>>,
    cut: bool,
) -> Reply {
    let (code, head) = match of {
        StatusOf::Directory => (212, &texts::CONTENTS_OF),
        StatusOf::File => (213, &texts::STATUS_OF),
    };
    for line in &mut lines {
        line.insert(0, b' ');
    }
    lines.insert(0, session.line(head.with(&[&Quoted(path)])));
    lines.push(session.line(if cut { &texts::STATUS_CUT } else { &texts::STATUS_END }));
    Reply::multiline(ReplyCode::known(code), lines)
}
