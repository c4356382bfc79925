//! Verbs that work on files and directories and are answered on the control connection alone
//! (RFC 959 §4.1.3, RFC 3659): the driver does the work, the reply is made here.

use super::action::{Action, Outcome, Request, StatusOf};
use super::answer::quoted;
use super::parameters::RepresentationType;
use super::session::Session;
use crate::address::parse_number;
use crate::command::Command;
use crate::pathname::Pathname;
use crate::reply::Reply;
use crate::verbs::{SITE_VERBS, SiteVerb, Verb};
use packetboat_codes::ReplyCode;

pub(super) fn handle(session: &mut Session, command: &Command) {
    match command.verb() {
        Verb::Cdup => session.ask(command, Action::Perform(Request::ChangeToParent)),
        Verb::Pwd => session.ask(command, Action::Perform(Request::PrintDirectory)),
        Verb::Allo => allo(session, command),
        Verb::Site => site(session, command),
        Verb::Mlst if command.argument().is_empty() => {
            let facts = session.parameters.facts;
            session.ask(command, Action::Perform(Request::Facts { path: None, facts }));
        }
        Verb::Size if session.parameters.representation == RepresentationType::Ascii => {
            // RFC 3659 §4: the size must be exact, and depends on every line end in the file.
            let text =
                "The size in TYPE A is not known without sending the file; send TYPE I first.";
            session.answer_plain(command, 550, text);
        }
        _ => with_pathname(session, command),
    }
}

fn with_pathname(session: &mut Session, command: &Command) {
    let path = match command.pathname() {
        Ok(path) => path,
        Err(error) => {
            let text = format!("{error}; send {}.", command.verb().row().usage());
            return session.answer_plain(command, 501, text);
        }
    };
    let request = match command.verb() {
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
                return session.answer_plain(
                    command,
                    503,
                    "Nothing to rename is named; send RNFR first.",
                );
            }
        },
        // A row marked as built without a handler: said to the client rather than crashed on.
        verb => {
            return session.answer_plain(command, 502, format!("{} has no handler.", verb.name()));
        }
    };
    session.ask(command, Action::Perform(request));
}

/// `ALLO n` or `ALLO n R m` (RFC 959 §4.1.3). Record sizes mean nothing to files of bytes.
fn allo(session: &mut Session, command: &Command) {
    let words: Vec<&[u8]> = command.argument().split(|&byte| byte == b' ').collect();
    let bytes = match words[..] {
        [bytes] => parse_number(bytes),
        [bytes, b"R" | b"r", record] => parse_number::<u64>(record).and(parse_number(bytes)),
        _ => None,
    };
    match bytes {
        Some(bytes) => session.ask(command, Action::Perform(Request::Allocate(bytes))),
        None => session.answer_plain(
            command,
            501,
            "ALLO takes a number of bytes, such as ALLO 1048576.",
        ),
    }
}

fn site(session: &mut Session, command: &Command) {
    let argument = command.argument();
    let (name, rest) = match argument.iter().position(|&byte| byte == b' ') {
        Some(space) => (&argument[..space], &argument[space + 1..]),
        None => (argument, &argument[argument.len()..]),
    };
    match SiteVerb::parse(name).map(|row| row.verb) {
        Some(SiteVerb::Help) => {
            let lines = SITE_VERBS.iter().map(|row| {
                format!(" SITE {} {}: {}", row.name, row.argument, row.help).replace(" :", ":")
            });
            let lines = std::iter::once(String::from("SITE commands of this server:"))
                .chain(lines)
                .chain([String::from("End of help.")]);
            session.answer_lines_of(command, Reply::multiline(ReplyCode::known(214), lines));
        }
        Some(SiteVerb::Chmod) => chmod(session, command, rest),
        None => {
            let text = "That SITE command is not known here; SITE HELP lists those that are.";
            session.answer_plain(command, 504, text);
        }
    }
}

/// `SITE CHMOD 644 path`, as wu-ftpd has it.
fn chmod(session: &mut Session, command: &Command, rest: &[u8]) {
    let space = rest.iter().position(|&byte| byte == b' ').unwrap_or(rest.len());
    let (mode, path) = (&rest[..space], rest.get(space + 1..).unwrap_or_default());
    let octal =
        !mode.is_empty() && mode.len() <= 4 && mode.iter().all(|b| (b'0'..=b'7').contains(b));
    // Setuid, setgid and sticky are not for a remote user to set.
    let mode = mode.iter().fold(0_u32, |value, digit| value * 8 + u32::from(digit & 7));
    match Pathname::new(path) {
        Ok(path) if octal && mode <= 0o777 => {
            session.ask(command, Action::Perform(Request::ChangeMode { mode, path }));
        }
        _ => session.answer_plain(
            command,
            501,
            "Send SITE CHMOD with an octal mode up to 777 and a pathname.",
        ),
    }
}

/// The driver did what was asked.
pub(super) fn done(session: &mut Session, outcome: Outcome) {
    let Some((verb, argument)) = session.finish_work() else { return };
    let reply = match outcome {
        Outcome::Path(path) => path_reply(verb, &path),
        Outcome::Size(size) => Reply::new(ReplyCode::known(213), size.to_string()),
        Outcome::Modified(time) => Reply::new(ReplyCode::known(213), time.to_string()),
        Outcome::Facts(line) => {
            // RFC 3659 §7.2: exactly one space before the facts.
            let lines =
                [b"Facts follow".to_vec(), [b" ", line.as_slice()].concat(), b"End".to_vec()];
            Reply::multiline(ReplyCode::known(250), lines)
        }
        Outcome::Status { path, of, lines, cut } => status_reply(&path, of, lines, cut),
        Outcome::Room => Reply::new(ReplyCode::known(200), "There is room for that; go on."),
    };
    session.reply_plain(Some(verb), &argument, reply);
}

fn path_reply(verb: Verb, path: &[u8]) -> Reply {
    let (code, tail) = match verb {
        Verb::Pwd => (257, " is the working directory."),
        Verb::Mkd => (257, " is made."),
        Verb::Cwd | Verb::Cdup => (250, " is the working directory now."),
        Verb::Rmd => (250, " is removed."),
        Verb::Dele => (250, " is deleted."),
        Verb::Rnfr => (350, " can be renamed; send RNTO with its new name."),
        Verb::Rnto => (250, " is the new name."),
        _ => (200, " is changed."),
    };
    Reply::new(ReplyCode::known(code), [&quoted(path), tail.as_bytes()].concat())
}

/// 212 for a directory, 213 for a file (RFC 959 §4.2.2 by name; some servers send 211 for both).
fn status_reply(path: &[u8], of: StatusOf, mut lines: Vec<Vec<u8>>, cut: bool) -> Reply {
    let (code, head) = match of {
        StatusOf::Directory => (212, "Contents of "),
        StatusOf::File => (213, "Status of "),
    };
    for line in &mut lines {
        line.insert(0, b' ');
    }
    lines.insert(0, [head.as_bytes(), &quoted(path), b":"].concat());
    lines.push(if cut {
        b"There is more; LIST sends all of it.".to_vec()
    } else {
        b"End of status.".to_vec()
    });
    Reply::multiline(ReplyCode::known(code), lines)
}
