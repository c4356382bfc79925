//! Handler of SITE, the commands specific to this server (RFC 959 §4.1.3), modelled on wu-ftpd and
//! ProFTPD.

use super::action::{Action, Request};
use super::change::{is_group, parse_mode};
use super::session::Session;
use super::task::{Sessions, SetFacts, Task};
use super::texts::{self, Quoted, Say, Sentence};
use super::words;
use crate::command::{Command, printable};
use crate::pathname::Pathname;
use crate::reply::Reply;
use crate::time::Timestamp;
use crate::verbs::{SITE_VERBS, SiteRow, SiteVerb, Verb};
use packetboat_codes::ReplyCode;

pub(super) fn handle(session: &mut Session, command: &Command) {
    let (name, rest) = words::first(command.argument());
    let Some(row) = SiteVerb::parse(name) else {
        return unknown(session, command, name);
    };
    // CPFR counts only for a CPTO right after it, as RNFR does for RNTO.
    let copy_from = session.extra.copy_from.take();
    let request = match row.verb {
        SiteVerb::Help => return help(session, command, rest.trim_ascii()),
        SiteVerb::Who => Some(Request::Who),
        SiteVerb::Quota => Some(Request::Quota),
        SiteVerb::Chmod => chmod(rest),
        SiteVerb::Chgrp => chgrp(rest),
        SiteVerb::Utime => utime(rest),
        SiteVerb::Symlink => symlink(rest),
        SiteVerb::Mkdir => Pathname::new(rest).ok().map(Request::MakeDirectory),
        SiteVerb::Rmdir => Pathname::new(rest).ok().map(Request::RemoveDirectory),
        SiteVerb::Cpfr => cpfr(session, rest),
        SiteVerb::Cpto if session.login.wants_account_to_store() => {
            return session.answer_account_first(command, "SITE CPTO");
        }
        SiteVerb::Cpto => return cpto(session, command, row, copy_from, rest),
    };
    match request {
        Some(request) => {
            session.extra.site = Some(row.verb);
            session.ask(command, Action::Perform(request));
        }
        None => bad_argument(session, command, row),
    }
}

fn bad_argument(session: &mut Session, command: &Command, row: &SiteRow) {
    session.answer(command, 501, texts::SITE_SYNTAX.with(&[&row.name, &row.argument]));
}

fn unknown(session: &mut Session, command: &Command, name: &[u8]) {
    session.answer(command, 504, texts::SITE_UNKNOWN.with(&[&printable(name)]));
}

/// SITE HELP and HELP SITE: lists all SITE commands, or explains one.
pub(super) fn help(session: &mut Session, command: &Command, name: &[u8]) {
    if !name.is_empty() {
        return match SiteVerb::parse(name) {
            Some(row) => {
                let line = help_line(session, row);
                session.answer(command, 214, Sentence::Verbatim(&line));
            }
            None => unknown(session, command, name),
        };
    }
    let lines = SITE_VERBS.iter().map(|row| [b" ", help_line(session, row).as_slice()].concat());
    let lines = std::iter::once(session.line(&texts::SITE_VERBS_HEAD))
        .chain(lines)
        .chain([session.line(&texts::HELP_END)]);
    let reply = Reply::multiline(ReplyCode::known(214), lines);
    session.answer_lines(command, &reply);
}

fn help_line(session: &Session, row: &SiteRow) -> Vec<u8> {
    let usage = format!("SITE {} {}", row.name, row.argument);
    session.line(texts::SITE_HELP_LINE.with(&[&usage.trim_end(), &texts::HelpLine(row.help)]))
}

/// `SITE CHMOD 644 path`.
fn chmod(rest: &[u8]) -> Option<Request> {
    let (mode, path) = words::first(rest);
    Some(Request::ChangeMode { mode: parse_mode(mode)?, path: Pathname::new(path).ok()? })
}

/// `SITE CHGRP group path`, with the group by name or number.
fn chgrp(rest: &[u8]) -> Option<Request> {
    let (group, path) = words::first(rest);
    let facts = SetFacts { group: Some(group.to_vec()), ..SetFacts::default() };
    is_group(group).then_some(Request::SetFacts { path: Pathname::new(path).ok()?, facts })
}

/// `SITE UTIME YYYYMMDDhhmm[ss] path`, or the form of other clients: `SITE UTIME path`, followed by
/// the times of access, modification and change, and `UTC`. The time of change is ignored, since
/// only the system sets it.
fn utime(rest: &[u8]) -> Option<Request> {
    let (time, path) = words::first(rest);
    if let Some(time) = short_time(time) {
        let facts = SetFacts { modified: Some(time), accessed: Some(time), ..SetFacts::default() };
        return Some(Request::SetFacts { path: Pathname::new(path).ok()?, facts });
    }
    let mut words = rest.rsplitn(5, |&byte| byte == b' ');
    words.next().filter(|zone| zone.eq_ignore_ascii_case(b"UTC"))?;
    let mut time = || words.next().and_then(Timestamp::parse);
    let (_changed, modified, accessed) = (time()?, time()?, time()?);
    let path = Pathname::new(words.next()?).ok()?;
    let (modified, accessed) = (Some(modified), Some(accessed));
    Some(Request::SetFacts { path, facts: SetFacts { modified, accessed, ..SetFacts::default() } })
}

/// A time with or without seconds.
fn short_time(text: &[u8]) -> Option<Timestamp> {
    match text.len() {
        12 => Timestamp::parse(&[text, b"00"].concat()),
        _ => Timestamp::parse(text),
    }
}

/// `SITE SYMLINK target link`; names that contain spaces are quoted.
fn symlink(rest: &[u8]) -> Option<Request> {
    match &words::all(rest, b' ')?[..] {
        [target, link] => Some(Request::MakeLink {
            target: Pathname::new(target.as_slice()).ok()?,
            link: Pathname::new(link.as_slice()).ok()?,
        }),
        _ => None,
    }
}

fn cpfr(session: &mut Session, rest: &[u8]) -> Option<Request> {
    let path = Pathname::new(rest).ok()?;
    session.extra.copy_from = Some(path.clone());
    Some(Request::CheckCopy(path))
}

fn cpto(
    session: &mut Session,
    command: &Command,
    row: &SiteRow,
    from: Option<Pathname>,
    rest: &[u8],
) {
    let Some(from) = from else {
        return session.answer(command, 503, &texts::CPFR_FIRST);
    };
    match Pathname::new(rest) {
        Ok(to) => {
            session.extra.site = Some(row.verb);
            session.ask_task(command, Action::Work(Task::Copy { from, to }));
        }
        Err(_) => bad_argument(session, command, row),
    }
}

/// The SITE command is done; `path` is the path it worked on.
pub(super) fn done(session: &mut Session, argument: &str, path: &[u8]) {
    let (code, text) = match session.extra.site.take() {
        Some(SiteVerb::Cpfr) => (350, &texts::MAY_BE_COPIED),
        Some(SiteVerb::Cpto) => (250, &texts::COPIED),
        Some(SiteVerb::Mkdir) => (200, &texts::DIRECTORY_MADE),
        Some(SiteVerb::Rmdir) => (200, &texts::DIRECTORY_REMOVED),
        Some(SiteVerb::Symlink) => (200, &texts::LINK_MADE),
        _ => (200, &texts::CHANGED),
    };
    session.reply(Some(Verb::Site), argument, code, text.with(&[&Quoted(path)]));
}

/// SITE WHO: how many sessions there are and, if the account may know, whose they are.
pub(super) fn who(session: &mut Session, argument: &str, sessions: &Sessions) {
    session.extra.site = None;
    let parts: [&dyn Say; 1] = [&sessions.count];
    let count = texts::SESSIONS.with(&parts);
    let Some(users) = &sessions.users else {
        return session.reply(Some(Verb::Site), argument, 211, count);
    };
    let nobody = session.line(&texts::NO_USER);
    let lines = users.iter().map(|one| {
        let user = one.user.as_ref().unwrap_or(&nobody);
        let address = one.address.to_string();
        [b" ", user.as_slice(), b" (", address.as_bytes(), b")"].concat()
    });
    let lines = std::iter::once(session.line(count)).chain(lines);
    let lines: Vec<_> = lines.chain([session.line(&texts::STATUS_END)]).collect();
    session.reply_lines(
        Some(Verb::Site),
        argument,
        &Reply::multiline(ReplyCode::known(211), lines),
    );
}
