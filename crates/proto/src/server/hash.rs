//! Handlers of HASH and RANG, and of the older verbs for hashes: XCRC and similar, MD5 and MMD5
//! (draft-bryan-ftpext-hash-03, draft-bryan-ftp-range-09, draft-twine-ftpmd5-00). The driver
//! computes the hashes.

use std::fmt::Write as _;

use super::action::Action;
use super::files::bad_pathname;
use super::session::Session;
use super::task::{Algorithm, ByteRange, Hashed, Task};
use super::texts::{self, Sentence};
use super::words;
use crate::address::parse_number;
use crate::command::{Command, printable};
use crate::pathname::Pathname;
use crate::verbs::Verb;

/// The most files that one MMD5 may name, since its reply is one line.
const MOST_FILES: usize = 64;

pub(super) fn handle(session: &mut Session, command: &Command) {
    match command.verb() {
        Verb::Rang => rang(session, command),
        Verb::Hash => hash(session, command),
        Verb::Mmd5 => mmd5(session, command),
        Verb::Md5 => one(session, command, Algorithm::Md5),
        Verb::Xcrc => one(session, command, Algorithm::Crc32),
        Verb::Xmd5 => one(session, command, Algorithm::Md5),
        Verb::Xsha1 => one(session, command, Algorithm::Sha1),
        Verb::Xsha256 => one(session, command, Algorithm::Sha256),
        _ => one(session, command, Algorithm::Sha512),
    }
}

/// draft-bryan-ftpext-hash-03 §3: the FEAT line, with a star after the function that HASH would use.
pub(super) fn feature(session: &Session) -> String {
    let chosen = session.extra.algorithm;
    let names = Algorithm::ALL.map(|algorithm| {
        let star = if algorithm == chosen { "*" } else { "" };
        format!("{}{star}", algorithm.name())
    });
    format!("HASH {}", names.join(";"))
}

/// draft-bryan-ftpext-hash-03 §4: OPTS HASH shows or chooses the function.
pub(super) fn options(session: &mut Session, command: &Command, options: &[u8]) {
    let algorithm = match options.trim_ascii() {
        b"" => Some(session.extra.algorithm),
        name => Algorithm::parse(name),
    };
    match algorithm {
        Some(algorithm) => {
            session.extra.algorithm = algorithm;
            session.answer(command, 200, Sentence::Verbatim(algorithm.name().as_bytes()));
        }
        None => {
            let names = Algorithm::ALL.map(Algorithm::name).join(", ");
            session.answer(command, 501, texts::HASH_UNKNOWN.with(&[&printable(options), &names]));
        }
    }
}

/// draft-bryan-ftp-range-09: first and last byte; RANG 1 0 cancels the range.
fn rang(session: &mut Session, command: &Command) {
    session.extra.range = None;
    if !session.parameters.format.is_verbatim() {
        return session.answer(command, 551, texts::NEEDS_IMAGE.with(&[&"RANG"]));
    }
    let (first, last) = words::first(command.argument());
    match (parse_number::<u64>(first), parse_number::<u64>(last)) {
        (Some(1), Some(0)) => {
            session.parameters.restart = 0;
            session.answer(command, 350, &texts::RANG_DROPPED);
        }
        (Some(start), Some(last)) if start <= last && last < u64::MAX => {
            session.parameters.restart = 0;
            session.extra.range = Some(ByteRange { start, end: Some(last + 1) });
            session.answer(command, 350, texts::RANG_SET.with(&[&start, &last]));
        }
        _ => session.answer(command, 501, &texts::RANG_SYNTAX),
    }
}

fn hash(session: &mut Session, command: &Command) {
    let range = session.extra.range.take().unwrap_or_default();
    if !session.parameters.format.is_verbatim() {
        return session.answer(command, 551, texts::NEEDS_IMAGE.with(&[&"HASH"]));
    }
    match command.pathname() {
        Ok(path) => ask(session, command, vec![path], session.extra.algorithm, range),
        Err(error) => bad_pathname(session, command, error),
    }
}

/// Hashes one file. A range may follow a quoted pathname; without quotes, the whole argument is the
/// pathname, which may end in numbers.
fn one(session: &mut Session, command: &Command, algorithm: Algorithm) {
    let argument = command.argument();
    let (path, range) = match words::quoted(argument) {
        Some((path, rest)) => (path, range(rest)),
        None => (argument.to_vec(), (!argument.starts_with(b"\"")).then(ByteRange::default)),
    };
    match (Pathname::new(path), range) {
        (Ok(path), Some(range)) if command.verb() != Verb::Md5 || range == ByteRange::default() => {
            ask(session, command, vec![path], algorithm, range);
        }
        _ => {
            let usage = command.verb().row().usage();
            session.answer(command, 501, texts::HASH_SYNTAX.with(&[&usage]));
        }
    }
}

/// Up to two offsets: the start, and the end, which is exclusive.
fn range(text: &[u8]) -> Option<ByteRange> {
    let words: Vec<&[u8]> = text.split(|&byte| byte == b' ').filter(|w| !w.is_empty()).collect();
    match words[..] {
        [] => Some(ByteRange::default()),
        [start] => Some(ByteRange { start: parse_number(start)?, end: None }),
        [start, end] => {
            let (start, end) = (parse_number(start)?, parse_number(end)?);
            (start <= end).then_some(ByteRange { start, end: Some(end) })
        }
        _ => None,
    }
}

fn mmd5(session: &mut Session, command: &Command) {
    let paths = words::all(command.argument(), b',').unwrap_or_default();
    let paths: Result<Vec<_>, _> = paths.into_iter().map(Pathname::new).collect();
    match paths {
        Ok(paths) if (1..=MOST_FILES).contains(&paths.len()) => {
            ask(session, command, paths, Algorithm::Md5, ByteRange::default());
        }
        _ => session.answer(command, 501, texts::MMD5_SYNTAX.with(&[&MOST_FILES])),
    }
}

fn ask(
    session: &mut Session,
    command: &Command,
    paths: Vec<Pathname>,
    algorithm: Algorithm,
    range: ByteRange,
) {
    session.ask_task(command, Action::Work(Task::Hash { paths, algorithm, range }));
}

/// The driver has computed the hashes: send the reply.
pub(super) fn done(session: &mut Session, verb: Verb, argument: &str, hashes: &[Hashed]) {
    let (code, text) = match verb {
        Verb::Hash => (213, in_one_line(hashes, |hash| hash_line(session.extra.algorithm, hash))),
        Verb::Mmd5 if hashes.len() > 1 => (252, in_one_line(hashes, path_and_value)),
        Verb::Md5 | Verb::Mmd5 => (251, in_one_line(hashes, path_and_value)),
        _ => (250, in_one_line(hashes, |hash| hex(&hash.digest).to_ascii_uppercase().into_bytes())),
    };
    session.reply(Some(verb), argument, code, Sentence::Verbatim(&text));
}

fn in_one_line(hashes: &[Hashed], line: impl Fn(&Hashed) -> Vec<u8>) -> Vec<u8> {
    hashes.iter().map(line).collect::<Vec<_>>().join(b", ".as_slice())
}

/// draft-bryan-ftpext-hash-03 §3: function, first and last byte, value, pathname. For an empty
/// range, the last byte is shown as the first.
fn hash_line(algorithm: Algorithm, hash: &Hashed) -> Vec<u8> {
    let last = hash.end.saturating_sub(1).max(hash.start);
    let head = format!("{} {}-{last} {} ", algorithm.name(), hash.start, hex(&hash.digest));
    [head.as_bytes(), hash.path.as_bytes()].concat()
}

fn path_and_value(hash: &Hashed) -> Vec<u8> {
    [hash.path.as_bytes(), b" ", hex(&hash.digest).as_bytes()].concat()
}

fn hex(digest: &[u8]) -> String {
    digest.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
