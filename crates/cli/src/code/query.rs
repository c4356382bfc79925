//! What the arguments of `packetboat code` ask for.

use std::path::Path;

use packetboat_codes::{
    Entry, FileError, Pattern, Platform, ReplyCode, SocketCode, by_name, by_number, by_pattern,
    errno_name, errno_number, file_error_by_name, file_error_by_number, gai_without_code,
    known_text_of_any, other_errno_name, search,
};

use super::clean::clean;
use super::log::Scanner;
use super::page::by_first_digit;

/// What was found for the arguments.
pub(super) enum Answer {
    /// These entries.
    Entries(Vec<Entry>),
    /// The entries that go by these words, and others in which they occur, best first.
    Words(Vec<Entry>, Vec<Entry>),
    /// The arguments are a pasted reply, to be explained like a log.
    Log(String),
    /// Nothing for these.
    Unknown(Vec<String>),
}

/// Each argument by itself if all of them are codes, names or classes; else all together as a name,
/// as a pasted reply, or as words.
pub(super) fn answer(what: &[String]) -> Answer {
    let each: Vec<Vec<Entry>> = what.iter().map(|one| single(one)).collect();
    let one_phrase = matches!(what, [one] if one.contains(' '));
    if each.iter().all(|found| !found.is_empty()) && !one_phrase {
        return Answer::Entries(without_repetition(each.concat()));
    }
    // A number is not looked for in texts: there it stands for something else.
    let plain = |text: &String| is_number(text) || (what.len() == 1 && is_file(text));
    let missing =
        || what.iter().zip(&each).filter(|(_, found)| found.is_empty()).map(|(one, _)| one);
    if !one_phrase && missing().all(plain) {
        return Answer::Unknown(missing().cloned().collect());
    }
    let joined = what.join(" ");
    if gai_without_code(&joined).is_some() {
        return Answer::Unknown(vec![joined]);
    }
    let named: Vec<_> = by_name(&joined).collect();
    if named.is_empty()
        && let Some(log) = as_log(&joined)
    {
        return Answer::Log(log);
    }
    let others: Vec<_> = search(&joined).filter(|entry| !named.contains(entry)).collect();
    if !named.is_empty() || !others.is_empty() {
        return Answer::Words(named, others);
    }
    if let Some(known) = known_text_of_any(&joined) {
        return Answer::Log(format!("{} {joined}", known.code()));
    }
    // Where some were found, say only what was not; else what was typed may be one phrase.
    let missing: Vec<String> = missing().cloned().collect();
    if missing.len() == what.len() {
        return Answer::Unknown(vec![joined]);
    }
    Answer::Unknown(missing)
}

/// A code, a name or a class.
fn single(text: &str) -> Vec<Entry> {
    if let Some(number) = number(text) {
        let by_errno = || on_linux(text).and_then(|(_, code)| by_number(code.number()));
        let found = by_number(number).or_else(by_errno);
        return found.map_or_else(|| replies_to(text), |entry| vec![entry]);
    }
    let found: Vec<_> = match Pattern::parse(text) {
        Some(pattern) => by_pattern(pattern).collect(),
        None => by_name(text).collect(),
    };
    if found.is_empty() { replies_to(text) } else { found }
}

/// An error of a file system, by name or number, where it is nothing else.
fn of_files(text: &str) -> Option<&'static FileError> {
    match number(text) {
        Some(number) => file_error_by_number(number).filter(|_| by_number(number).is_none()),
        None => file_error_by_name(text),
    }
}

/// The replies that a server tells an error of its file system with.
fn replies_to(text: &str) -> Vec<Entry> {
    let codes = of_files(text).map_or(&[][..], |error| error.replies);
    codes.iter().filter_map(|code| by_number(*code)).collect()
}

/// A number that the catalogue has only as an errno of Linux, by far the commonest in logs: its errno
/// name and its socket code.
fn on_linux(text: &str) -> Option<(&'static str, SocketCode)> {
    let number = number(text).filter(|number| by_number(*number).is_none())?;
    let name = errno_name(Platform::Linux, number.into())?;
    Some((name, SocketCode::from_os_error(Platform::Linux, number.into())?))
}

/// Says of each number that is none of the catalogue's why it is explained all the same.
pub(super) fn remarks(what: &[String]) -> Vec<String> {
    let of_files = |text: &String| {
        let FileError { name, number, phrase, replies, .. } = of_files(text)?;
        let replies: Vec<_> = replies.iter().map(u16::to_string).collect();
        let replies = replies.join(" or ");
        Some(format!("{name} (errno {number}): {phrase}. An FTP server tells it with {replies}."))
    };
    let remark = |text: &String| {
        if let Some(remark) = of_files(text) {
            return Some(remark);
        }
        if let Some(remark) = here(text) {
            return Some(remark);
        }
        let (name, code) = on_linux(text)?;
        Some(format!(
            "{} is errno {name} on Linux, in the catalogue {}.",
            clean(text),
            code.number()
        ))
    };
    what.iter().filter_map(remark).collect()
}

/// A name of errno has another number on this system than the catalogue goes by; people look for theirs.
fn here(text: &str) -> Option<String> {
    if number(text).is_some()
        || !text.bytes().next().is_some_and(|first| first.eq_ignore_ascii_case(&b'e'))
    {
        return None;
    }
    let Entry::Socket(row) = by_name(text).next()? else { return None };
    let name = row.errno.iter().find(|name| name.eq_ignore_ascii_case(text))?;
    let number = errno_number(Platform::current(), name)?;
    let remark =
        format!("{name} is errno {number} on this system; Windows has {} for it.", row.code);
    (Platform::current() != Platform::Windows).then_some(remark)
}

/// A decimal number, or a hexadecimal one as Windows shows it: `0x274D`, or `0x8007274D`, which is an
/// HRESULT around the same.
fn number(text: &str) -> Option<u16> {
    let hexadecimal = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let Some(digits) = hexadecimal else { return text.parse().ok() };
    let number = u32::from_str_radix(digits, 16).ok()?;
    let code = if number >> 16 == 0x8007 { number & 0xffff } else { number };
    u16::try_from(code).ok()
}

/// Whether it is a number, of whatever size.
fn is_number(text: &str) -> bool {
    number(text).is_some() || (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether a file of that name is there, which was meant to be read.
fn is_file(text: &str) -> bool {
    Path::new(text).is_file()
}

/// The text, if it holds a reply or a socket error besides words of its own.
fn as_log(text: &str) -> Option<String> {
    // A number alone is no reply: it is a code that is not in the catalogue.
    if text.trim().bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let mut scanner = Scanner::default();
    let found = text.lines().any(|line| !scanner.line(line).is_empty());
    (found || scanner.end().is_some()).then(|| text.to_owned())
}

fn without_repetition(entries: Vec<Entry>) -> Vec<Entry> {
    let mut kept: Vec<Entry> = Vec::with_capacity(entries.len());
    for entry in entries {
        if !kept.contains(&entry) {
            kept.push(entry);
        }
    }
    kept
}

/// What an unknown text may be after all.
pub(super) fn hints(text: &str) -> Vec<String> {
    let mut hints = Vec::new();
    if let Some(reason) = gai_without_code(text) {
        hints.push(format!("It has no number of its own: {reason}."));
    }
    if is_file(text) {
        let text = clean(text);
        hints.push(format!("A file has that name; to explain a log: packetboat code < {text}"));
    }
    let Some(number) = number(text) else { return hints };
    if number == 0 {
        hints.push("0 says that there was no error.".to_owned());
    }
    if let Some(code) = ReplyCode::new(number).filter(|code| code.number() >= 100) {
        hints.push(format!("As a reply, by its first digit: {}", by_first_digit(code.class())));
    }
    let platform = Platform::current();
    let errno = errno_name(platform, i32::from(number));
    let code = SocketCode::from_os_error(platform, i32::from(number));
    if let (Some(errno), Some(code)) = (errno, code) {
        hints.push(format!("As an errno of this system it is {errno}, see {code}."));
    } else if let Some(name) = other_errno_name(platform, i32::from(number)) {
        let words = std::io::Error::from_raw_os_error(i32::from(number)).to_string();
        let words = words.split(" (os error").next().unwrap_or_default();
        hints.push(format!(
            "As an errno of this system it is {name}: {words}. It is none of a connection's."
        ));
    }
    hints
}

/// An entry on one line.
pub(super) fn one_line(entry: Entry) -> String {
    match entry {
        Entry::Reply(row) => format!("{:>5}  {}", row.code.number(), row.name),
        Entry::Socket(row) => format!("{:>5}  {}, {}", row.code.number(), row.name, row.phrase),
    }
}
