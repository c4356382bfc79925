//! What the arguments of `packetboat code` ask for.

use std::path::Path;

use packetboat_codes::{
    Entry, KnownText, Pattern, Platform, ReplyCode, SocketCode, Told, all, by_name, by_number,
    by_pattern, errno_name, errno_number, file_error_by_name, gai_value_without_code,
    gai_without_code, known_text_of_any, other_errno_name, search,
};

use super::clean::clean;
use super::errno;
use super::log::{Find, Scanner};
use super::page::by_first_digit;
use super::told;
use super::verbs::{self, Verbs};

/// What was found for the arguments.
pub(super) enum Answer {
    /// These entries.
    Entries(Vec<Entry>),
    /// The entries that go by these words, and others in which they occur, best first.
    Words(Vec<Entry>, Vec<Entry>),
    /// The arguments are a pasted reply, to be explained like a log.
    Log(String),
    /// Verbs, whose replies are wanted.
    Verbs(Verbs),
    /// These entries, and nothing for the others.
    Partly(Vec<Entry>, Vec<String>),
    /// Nothing for these.
    Unknown(Vec<String>),
}

/// What asks for the catalogue, and the failures of programs that are asked for by themselves. A negative number may be
/// both.
pub(super) fn told_apart(what: &[String]) -> (Vec<String>, Vec<&'static Told>) {
    let (mut rest, mut failures) = (Vec::new(), Vec::new());
    for text in what {
        let told = told::asked(text);
        failures.extend(told.filter(|row| !failures.contains(row)));
        if told.is_none() || !single(text).is_empty() {
            rest.push(text.clone());
        }
    }
    // Among words it is a word: `sftp port`.
    let words = |text: &String| single(text).is_empty();
    if !rest.is_empty() && rest.iter().all(words) {
        (what.to_vec(), Vec::new())
    } else {
        (rest, failures)
    }
}

/// Each argument by itself if all of them are codes, names or classes, or the first two are numbers; else all
/// together as a name, as a pasted reply, or as words.
pub(super) fn answer(what: &[String]) -> Answer {
    let each: Vec<Vec<Entry>> = what.iter().map(|one| single(one)).collect();
    let joined = what.join(" ");
    if let Some(answer) = each_by_itself(what, &each).or_else(|| together(&joined)) {
        return answer;
    }
    // What was typed may be one phrase, if nothing of it was found.
    if each.iter().all(Vec::is_empty) {
        return Answer::Unknown(vec![joined]);
    }
    partly(what, &each)
}

/// The answer where each argument is a question.
fn each_by_itself(what: &[String], each: &[Vec<Entry>]) -> Option<Answer> {
    if each.iter().all(Vec::is_empty)
        && let Some(verbs) = verbs::asked(what)
    {
        return Some(Answer::Verbs(verbs));
    }
    let one_phrase = matches!(what, [one] if one.contains(' ') && errno::number(one).is_none());
    if each.iter().all(|found| !found.is_empty()) && !one_phrase {
        return Some(Answer::Entries(without_repetition(each.concat())));
    }
    // Behind the code of a reply there are words; two numbers at the beginning are two questions.
    let asked = |at: usize| {
        let is_code = |text: &String| is_code(text) && !each[at].is_empty();
        what.get(at).is_some_and(is_code)
    };
    if asked(0) && asked(1) {
        return Some(partly(what, each));
    }
    // A number is not looked for in texts: there it stands for something else.
    let plain = |text: &String| is_number(text) || (what.len() == 1 && is_file(text));
    let missing =
        || what.iter().zip(each).filter(|(_, found)| found.is_empty()).map(|(one, _)| one);
    (!one_phrase && missing().all(plain)).then(|| Answer::Unknown(missing().cloned().collect()))
}

/// The answer where all of it is one question: a name, a reply, a sentence of a server, a verb with its argument or words.
fn together(joined: &str) -> Option<Answer> {
    if gai_without_code(joined).is_some() {
        return Some(Answer::Unknown(vec![joined.to_owned()]));
    }
    let mut named: Vec<_> = by_name(joined).collect();
    if named.is_empty() {
        named.extend(SocketCode::of_text(joined).and_then(SocketCode::row).map(Entry::Socket));
    }
    if named.is_empty()
        && let Some(log) = as_log(joined)
    {
        return Some(Answer::Log(log));
    }
    let known = known_text_of_any(joined);
    let as_reply = |known: &KnownText| Answer::Log(format!("{} {joined}", known.code()));
    // A whole sentence of a server says more than the codes in whose texts its words occur.
    let sentence = known.filter(|known| known.words.split(' ').count() > 3);
    if let Some(known) = sentence.filter(|_| named.is_empty()) {
        return Some(as_reply(known));
    }
    if named.is_empty()
        && let Some(verbs) = verbs::with_argument(joined)
    {
        return Some(Answer::Verbs(verbs));
    }
    let others: Vec<_> = search(joined).filter(|entry| !named.contains(entry)).collect();
    if !named.is_empty() || !others.is_empty() {
        return Some(Answer::Words(named, others));
    }
    known.map(as_reply)
}

/// Tells of each argument by itself what is known, and which of them are not.
fn partly(what: &[String], each: &[Vec<Entry>]) -> Answer {
    let missing = what.iter().zip(each).filter(|(_, found)| found.is_empty());
    let missing = missing.map(|(one, _)| one.clone()).collect();
    Answer::Partly(without_repetition(each.concat()), missing)
}

/// Whether it stands for codes by a number: one, a class, or an errno.
fn is_code(text: &str) -> bool {
    is_number(text) || errno::number(text).is_some() || Pattern::parse(text).is_some()
}

/// A code, a name or a class.
fn single(text: &str) -> Vec<Entry> {
    if let Some(code) = look_up_of(text) {
        return by_number(code.number()).into_iter().collect();
    }
    if let Some(number) = errno_of(text) {
        return errno::entries(number);
    }
    if let Some(number) = number(text) {
        return by_number(number).into_iter().collect();
    }
    if let Some(pattern) = Pattern::parse(text) {
        return by_pattern(pattern).collect();
    }
    let found: Vec<_> = by_name(text).collect();
    match file_error_by_name(text).filter(|_| found.is_empty()) {
        Some(error) => error.replies.iter().filter_map(|code| by_number(*code)).collect(),
        None => found,
    }
}

/// A number that is said to be one of errno, or is in the catalogue as nothing else.
fn errno_of(text: &str) -> Option<u16> {
    let otherwise = |number: &u16| by_number(*number).is_none();
    errno::number(text).or_else(|| number(text).filter(otherwise)).or_else(|| turned(text))
}

/// An errno behind a minus, as the kernel and some libraries give it, where the number is not one of a look-up.
fn turned(text: &str) -> Option<u16> {
    if look_up_of(text).is_some() {
        return None;
    }
    negative(text)?.checked_neg()?.try_into().ok()
}

fn negative(text: &str) -> Option<i32> {
    text.trim().parse().ok().filter(|value| *value < 0)
}

/// What a negative number stands for, as getaddrinfo of Linux gives it.
fn look_up_of(text: &str) -> Option<SocketCode> {
    SocketCode::from_gai(Platform::Linux, negative(text)?)
}

/// What a negative number says of a look-up that has no number in the catalogue.
fn look_up_without_code(text: &str) -> Option<String> {
    let (name, reason) = gai_value_without_code(negative(text)?)?;
    Some(format!("As the result of a look-up (getaddrinfo) on Linux {text} is {name}: {reason}."))
}

/// Says of each number that is none of the catalogue's why it is explained all the same.
pub(super) fn remarks(what: &[String]) -> Vec<String> {
    let of_look_up = |text: &str| {
        let code = look_up_of(text)?.number();
        Some(format!(
            "{text} is what a look-up (getaddrinfo) gives on Linux, in the catalogue {code}."
        ))
    };
    let remark = |text: &String| -> Vec<String> {
        match errno_of(text) {
            Some(number) if !errno::entries(number).is_empty() => {
                look_up_without_code(text).into_iter().chain(errno::remarks(number)).collect()
            }
            _ => file_error_by_name(text)
                .map(errno::of_file)
                .or_else(|| of_look_up(text))
                .or_else(|| here(text))
                .into_iter()
                .collect(),
        }
    };
    what.iter().flat_map(remark).collect()
}

/// Says of bare numbers of the catalogue, as programs print an errno too, what they are as one.
pub(super) fn asides(what: &[String]) -> Vec<String> {
    let bare = what.iter().filter(|text| errno_of(text).is_none());
    bare.filter_map(|text| text.parse().ok()).flat_map(errno::besides).collect()
}

/// Says that a reply line was taken for one, where another question was possible: a code stands in its text.
pub(super) fn taken_as_reply(what: &[String]) -> Option<&'static str> {
    let is_question = |text: &String| is_code(text) && !single(text).is_empty();
    what.iter().skip(1).any(is_question).then_some(
        "Taken as one line of a reply; to have each code explained, give the codes alone.",
    )
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
pub(super) fn number(text: &str) -> Option<u16> {
    let hexadecimal = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let Some(digits) = hexadecimal else { return text.parse().ok() };
    let number = u32::from_str_radix(digits, 16).ok()?;
    let code = if number >> 16 == 0x8007 { number & 0xffff } else { number };
    u16::try_from(code).ok()
}

/// Whether it is a number, of whatever size and sign.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    number(text).is_some()
        || (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether it is a number that no code lies near: nothing, or less than that.
pub(super) fn is_below_all(text: &str) -> bool {
    errno::number(text).or_else(|| number(text)) == Some(0) || negative(text).is_some()
}

/// From where to where the numbers of the catalogue go.
fn ranges() -> String {
    let between = |from: u16, to: u16| {
        let numbers = || all().map(Entry::number).filter(|number| (from..to).contains(number));
        let (least, most) = (numbers().min().unwrap_or(from), numbers().max().unwrap_or(to));
        format!("{least} to {most}")
    };
    // Below 100 and above the replies there are some of Windows' own.
    let (replies, protected) = (between(100, 600), between(600, 700));
    format!("Replies are {replies} and {protected}, socket errors {}.", between(10_000, u16::MAX))
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
    let is_known = |find: &Find| !matches!(find, Find::NotUnderstood(_));
    let found = text.lines().any(|line| scanner.line(line).iter().any(is_known));
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
    hints.extend(look_up_without_code(text));
    let said = errno::number(text).or_else(|| turned(text));
    let number = said.or_else(|| number(text));
    if number == Some(0) {
        hints.push(format!("There is no code 0: it says that there was no error. {}", ranges()));
    }
    let before = hints.len();
    if let Some(number) = number {
        hints.extend(of_number(number, said.is_some()));
    }
    if negative(text).is_some() && hints.len() == before {
        hints.push(format!(
            "Below 0 are only the results of a look-up (getaddrinfo) on Linux, -1 to -12, numbers of errno behind \
             a minus, and those of GnuTLS; it is none of these. {}",
            ranges()
        ));
    }
    hints
}

/// What a number may be that is not in the catalogue; `said`: one of errno.
fn of_number(number: u16, said: bool) -> Vec<String> {
    let mut hints = Vec::new();
    let reply = ReplyCode::new(number).filter(|code| code.number() >= 100 && !said);
    if let Some(code) = reply {
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
