//! Parses the arguments of `packetboat code` into a question and looks up the answer.

use std::path::Path;

use packetboat_codes::{
    Entry, KnownText, Pattern, Platform, ReplyCode, SocketCode, Told, all, by_name, by_number,
    by_pattern, errno_name, errno_number, file_error_by_name, gai_value_without_code,
    gai_without_code, known_text_of_any, other_errno_name, search,
};

use super::errno;
use super::log::{Find, Scanner};
use super::page::by_first_digit;
use super::programs;
use super::sanitize::clean;
use super::verbs::{self, Verbs};

/// The answer to the arguments.
pub(super) enum Answer {
    /// These entries.
    Entries(Vec<Entry>),
    /// The entries with these words as their name, and others in which they occur, best first.
    Words(Vec<Entry>, Vec<Entry>),
    /// The arguments are a pasted reply, to explain like a log.
    Log(String),
    /// Verbs, whose replies are to be listed.
    Verbs(Verbs),
    /// These entries, and the arguments for which there are none.
    Partly(Vec<Entry>, Vec<String>),
    /// There is nothing for these.
    Unknown(Vec<String>),
}

/// Separates questions about the failures of programs from those for the catalogue. A negative
/// number may be both.
pub(super) fn told_apart(what: &[String]) -> (Vec<String>, Vec<&'static Told>) {
    let (mut rest, mut failures) = (Vec::new(), Vec::new());
    for text in what {
        let told = programs::asked(text);
        failures.extend(told.filter(|row| !failures.contains(row)));
        if told.is_none() || !single(text).is_empty() {
            rest.push(text.clone());
        }
    }
    // Together with other words it is just a word: `sftp port`.
    let words = |text: &String| single(text).is_empty();
    if !rest.is_empty() && rest.iter().all(words) {
        (what.to_vec(), Vec::new())
    } else {
        (rest, failures)
    }
}

/// Answers each argument by itself if all of them are codes, names or classes, or the first two are
/// numbers. Otherwise takes all together as a name, a pasted reply, or words.
pub(super) fn answer(what: &[String]) -> Answer {
    let each: Vec<Vec<Entry>> = what.iter().map(|one| single(one)).collect();
    let joined = what.join(" ");
    if let Some(answer) = each_by_itself(what, &each).or_else(|| together(&joined)) {
        return answer;
    }
    // If no part was found, what was typed may be one phrase.
    if each.iter().all(Vec::is_empty) {
        return Answer::Unknown(vec![joined]);
    }
    partly(what, &each)
}

/// The answer if each argument is a question.
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
    // The code of a reply is followed by words, so two numbers at the start are two questions.
    let asked = |at: usize| {
        let is_code = |text: &String| is_code(text) && !each[at].is_empty();
        what.get(at).is_some_and(is_code)
    };
    if asked(0) && asked(1) {
        return Some(partly(what, each));
    }
    // Numbers are not searched for in texts, where they stand for something else.
    let plain = |text: &String| is_number(text) || (what.len() == 1 && is_file(text));
    let missing =
        || what.iter().zip(each).filter(|(_, found)| found.is_empty()).map(|(one, _)| one);
    (!one_phrase && missing().all(plain)).then(|| Answer::Unknown(missing().cloned().collect()))
}

/// The answer if all arguments form one question: a name, a reply, a sentence of a server, a verb
/// with its argument, or words.
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
    // A whole sentence of a server says more than the codes that happen to contain its words.
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

/// Answers what is known, and lists the arguments that are not.
fn partly(what: &[String], each: &[Vec<Entry>]) -> Answer {
    let missing = what.iter().zip(each).filter(|(_, found)| found.is_empty());
    let missing = missing.map(|(one, _)| one.clone()).collect();
    Answer::Partly(without_repetition(each.concat()), missing)
}

/// Whether the text stands for codes by number: a code, a class, or an errno.
fn is_code(text: &str) -> bool {
    is_number(text) || errno::number(text).is_some() || Pattern::parse(text).is_some()
}

/// The entries for a code, a name or a class.
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

/// A number marked as an errno, or one that is nothing else in the catalogue.
fn errno_of(text: &str) -> Option<u16> {
    let otherwise = |number: &u16| by_number(*number).is_none();
    errno::number(text).or_else(|| number(text).filter(otherwise)).or_else(|| turned(text))
}

/// A negated errno, as the kernel and some libraries return it, if the number is not a look-up
/// result.
fn turned(text: &str) -> Option<u16> {
    if look_up_of(text).is_some() {
        return None;
    }
    negative(text)?.checked_neg()?.try_into().ok()
}

fn negative(text: &str) -> Option<i32> {
    text.trim().parse().ok().filter(|value| *value < 0)
}

/// The code for a negative number, read as a result of getaddrinfo on Linux.
fn look_up_of(text: &str) -> Option<SocketCode> {
    SocketCode::from_gai(Platform::Linux, negative(text)?)
}

/// What a negative number means as a look-up result without a number in the catalogue.
fn look_up_without_code(text: &str) -> Option<String> {
    let (name, reason) = gai_value_without_code(negative(text)?)?;
    Some(format!("As the result of a look-up (getaddrinfo) on Linux, {text} is {name}: {reason}."))
}

/// For each number that is not from the catalogue, says why it can be explained anyway.
pub(super) fn remarks(what: &[String]) -> Vec<String> {
    let of_look_up = |text: &str| {
        let code = look_up_of(text)?.number();
        Some(format!(
            "{text} is a result of a look-up (getaddrinfo) on Linux, {code} in the catalogue."
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

/// For bare numbers in the catalogue, says what they mean as an errno, since programs print those
/// too.
pub(super) fn asides(what: &[String]) -> Vec<String> {
    let bare = what.iter().filter(|text| errno_of(text).is_none());
    bare.filter_map(|text| text.parse().ok()).flat_map(errno::besides).collect()
}

/// Notes that the arguments were read as a reply line, if a code in its text could have been
/// another question.
pub(super) fn taken_as_reply(what: &[String]) -> Option<&'static str> {
    let is_question = |text: &String| is_code(text) && !single(text).is_empty();
    what.iter()
        .skip(1)
        .any(is_question)
        .then_some("Read as one reply line. To have each code explained, give only the codes.")
}

/// For an errno name whose number on this system differs from the catalogue's, gives that number,
/// since people look for theirs.
fn here(text: &str) -> Option<String> {
    if number(text).is_some()
        || !text.bytes().next().is_some_and(|first| first.eq_ignore_ascii_case(&b'e'))
    {
        return None;
    }
    let Entry::Socket(row) = by_name(text).next()? else { return None };
    let name = row.errno.iter().find(|name| name.eq_ignore_ascii_case(text))?;
    let number = errno_number(Platform::current(), name)?;
    let remark = format!("{name} is errno {number} on this system; Windows uses {}.", row.code);
    (Platform::current() != Platform::Windows).then_some(remark)
}

/// A decimal number, or a hexadecimal one as Windows shows it: `0x274D`, or `0x8007274D`, which is
/// the HRESULT for the same number.
pub(super) fn number(text: &str) -> Option<u16> {
    let hexadecimal = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let Some(digits) = hexadecimal else { return text.parse().ok() };
    let number = u32::from_str_radix(digits, 16).ok()?;
    let code = if number >> 16 == 0x8007 { number & 0xffff } else { number };
    u16::try_from(code).ok()
}

/// Whether the text is a number, of any size and sign.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    number(text).is_some()
        || (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether the number is zero or negative, so that no code is near it.
pub(super) fn is_below_all(text: &str) -> bool {
    errno::number(text).or_else(|| number(text)) == Some(0) || negative(text).is_some()
}

/// A sentence with the ranges of numbers in the catalogue.
fn ranges() -> String {
    let between = |from: u16, to: u16| {
        let numbers = || all().map(Entry::number).filter(|number| (from..to).contains(number));
        let (least, most) = (numbers().min().unwrap_or(from), numbers().max().unwrap_or(to));
        format!("{least} to {most}")
    };
    // Below 100 and above the replies there are a few Windows numbers.
    let (replies, protected) = (between(100, 600), between(600, 700));
    format!("Replies are {replies} and {protected}, socket errors {}.", between(10_000, u16::MAX))
}

/// Whether there is a file with this name, which was probably meant as a log.
fn is_file(text: &str) -> bool {
    Path::new(text).is_file()
}

/// The text, if it contains a reply or a socket error among other words.
fn as_log(text: &str) -> Option<String> {
    // A number alone is not a reply but a code that is not in the catalogue.
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

/// What an unknown text may be instead.
pub(super) fn hints(text: &str) -> Vec<String> {
    let mut hints = Vec::new();
    if let Some(reason) = gai_without_code(text) {
        hints.push(format!("It has no number of its own: {reason}."));
    }
    if is_file(text) {
        let text = clean(text);
        hints.push(format!(
            "There is a file with that name; to explain it as a log, use packetboat code < {text}"
        ));
    }
    hints.extend(look_up_without_code(text));
    let said = errno::number(text).or_else(|| turned(text));
    let number = said.or_else(|| number(text));
    if number == Some(0) {
        hints.push(format!("There is no code 0; it means that there was no error. {}", ranges()));
    }
    let before = hints.len();
    if let Some(number) = number {
        hints.extend(of_number(number, said.is_some()));
    }
    if negative(text).is_some() && hints.len() == before {
        hints.push(format!(
            "The only negative numbers are results of a look-up (getaddrinfo) on Linux, -1 to -12, negated errno \
             numbers, and numbers of GnuTLS; this is none of them. {}",
            ranges()
        ));
    }
    hints
}

/// What a number that is not in the catalogue may be. `said` means that it was given as an errno.
fn of_number(number: u16, said: bool) -> Vec<String> {
    let mut hints = Vec::new();
    let reply = ReplyCode::new(number).filter(|code| code.number() >= 100 && !said);
    if let Some(code) = reply {
        hints.push(format!("As a reply, its first digit means: {}", by_first_digit(code.class())));
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
            "As an errno of this system it is {name}: {words}. It is not a connection error."
        ));
    }
    hints
}

/// An entry as one line.
pub(super) fn one_line(entry: Entry) -> String {
    match entry {
        Entry::Reply(row) => format!("{:>5}  {}", row.code.number(), row.name),
        Entry::Socket(row) => format!("{:>5}  {}, {}", row.code.number(), row.name, row.phrase),
    }
}
