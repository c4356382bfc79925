//! Finds replies and socket errors in a session log as FTP clients and servers print it: with
//! arrows, labels and times before the code, and replies of one or several lines.

use packetboat_codes::{Platform, ReplyCode, SocketCode, Told, by_number, consequence_in_text};

use super::commands::is_sent;
use super::data_port::DataPort;
use super::forms::{self, Columns};
use super::query::number;
use super::sanitize::clean;
use super::{errors, programs};

/// The most lines of a reply that are kept. The rest is skipped.
const MOST_LINES: usize = 200;

/// Something in a log that can be explained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Find {
    /// A reply: its code and its text, line by line.
    Reply(ReplyCode, Vec<String>),
    /// A socket error: its code and the line it was in.
    Socket(SocketCode, String),
    /// A failure that a program reports in its own way, and the line it was in.
    Told(&'static Told, String),
    /// A line that only says that something above it has failed.
    Consequence(&'static Told, String),
    /// A line that reports an error in unknown words.
    NotUnderstood(String),
}

/// Scans a log line by line.
#[derive(Default)]
pub(super) struct Scanner {
    /// A multi-line reply that has not ended yet.
    open: Option<Open>,
    /// The columns, if the log names them.
    columns: Columns,
    /// The data port of the last reply that named one.
    data_port: DataPort,
    /// Whether the last line was from a server's log, with many sessions.
    of_server: bool,
}

/// A multi-line reply whose end has not come yet.
struct Open {
    code: ReplyCode,
    prefix: String,
    gap: usize,
    lines: Vec<String>,
}

impl Open {
    fn keep(&mut self, line: &str) {
        if self.lines.len() < MOST_LINES {
            self.lines.push(line.to_owned());
        }
    }
}

impl Scanner {
    /// Reads a line, and returns the finds that it completes.
    pub(super) fn line(&mut self, line: &str) -> Vec<Find> {
        self.of_server = false;
        let found = self.found(&clean(line.trim_end()));
        found.into_iter().map(|find| self.data_port.joined(find)).collect()
    }

    fn found(&mut self, line: &str) -> Vec<Find> {
        let mut found = Vec::new();
        if let Some(mut open) = self.open.take() {
            if let Some(text) = last_line(line, &open) {
                open.keep(text);
                return vec![Find::Reply(open.code, open.lines)];
            }
            if !is_sent(line) && !ends_early(line, &open) {
                let text = middle_line(line, &open).to_owned();
                open.keep(&text);
                self.open = Some(open);
                return found;
            }
            // A command or an error inside a reply means that the log lacks the end of the reply.
            found.push(Find::Reply(open.code, open.lines));
        }
        if self.columns.are_named_in(line) {
            return found;
        }
        let of_columns = self.columns.find_in(line).map(|find| (find, true));
        if let Some((find, of_server)) = of_columns.or_else(|| forms::find_in(line)) {
            self.of_server = of_server;
            found.push(find);
            return found;
        }
        match reply_in(line) {
            Some(Hit { code, more: true, text, prefix, gap }) => {
                let (prefix, lines) = (prefix.to_owned(), vec![text.to_owned()]);
                self.open = Some(Open { code, prefix, gap, lines });
            }
            Some(hit) => found.push(Find::Reply(hit.code, vec![hit.text.to_owned()])),
            None => found.extend(error_in(line)),
        }
        found
    }

    /// Whether the last line was from a server's log, where each session has the same successes.
    pub(super) fn is_of_server(&self) -> bool {
        self.of_server
    }

    /// The reply that was still open when the log ended.
    pub(super) fn end(&mut self) -> Option<Find> {
        let open = self.open.take()?;
        Some(Find::Reply(open.code, open.lines))
    }
}

/// A reply in a line.
struct Hit<'a> {
    code: ReplyCode,
    /// Whether more lines follow.
    more: bool,
    text: &'a str,
    /// What comes before the code, without trailing blanks.
    prefix: &'a str,
    /// The number of blanks before the code.
    gap: usize,
}

/// Finds the reply in a line, after whatever a client prints before it.
fn reply_in(line: &str) -> Option<Hit<'_>> {
    let mut from = 0;
    let mut clutter = true;
    let mut numbers_only = true;
    loop {
        let gap = line[from..].len() - line[from..].trim_start().len();
        let rest = &line[from + gap..];
        if rest.is_empty() {
            return None;
        }
        if clutter && let Some((code, more, text)) = code_at(rest) {
            // At the very start of a line, a number may be anything, such as curl's progress meter.
            let bare = from == 0 && code.row().is_none();
            if !bare || text.starts_with(char::is_alphabetic) {
                return Some(Hit { code, more, text, prefix: &line[..from], gap });
            }
        }
        let token = rest.split_whitespace().next()?;
        numbers_only &= !token.contains(char::is_alphabetic);
        clutter = is_mark(token) || (numbers_only && (is_time(token) || is_session(token)));
        from += gap + token.len();
    }
}

/// A reply code at the start of the text: three digits, the first from 1 to 6, followed by a space,
/// a hyphen or the end (RFC 959 §4.2).
pub(super) fn code_at(text: &str) -> Option<(ReplyCode, bool, &str)> {
    let digits = text.get(..3).filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()))?;
    let code = ReplyCode::new(digits.parse().ok()?)?;
    let rest = &text[3..];
    let known_class = (100..700).contains(&code.number());
    match rest.bytes().next() {
        _ if !known_class => None,
        None => Some((code, false, "")),
        Some(b' ') => Some((code, false, &rest[1..])),
        Some(b'-') => Some((code, true, &rest[1..])),
        Some(_) => None,
    }
}

/// Whether a reply may follow this token: an arrow to the left (`<---`, `<`) or a label
/// (`Response:`, `user>`, `[R]`).
fn is_mark(token: &str) -> bool {
    if token.contains(char::is_alphanumeric) {
        token.ends_with([':', '>', ']', ')'])
    } else {
        token.contains(['<', '|'])
    }
}

/// Whether the token is a time of day. A reply may follow it unless there was a word before, as in
/// `ls -l`.
fn is_time(token: &str) -> bool {
    token.contains(':') && token.bytes().all(|b| b.is_ascii_digit() || b":.,".contains(&b))
}

/// The parts of a line before and after the session number. Before it are date and time, which are
/// our own, and whatever journals, containers and syslog put in front:
/// `Nov 24 02:41:59 host packetboat[77]:`.
pub(super) fn at_session(line: &str) -> Option<(&str, &str)> {
    const MOST_BEFORE: usize = 8;
    let mut from = 0;
    for token in line.split(' ').take(MOST_BEFORE + 1) {
        let behind = from + token.len();
        if is_session(token) {
            return Some((&line[..from], line[behind..].strip_prefix(' ').unwrap_or_default()));
        }
        from = behind + 1;
    }
    None
}

/// Whether the token is a session number, as `packetboat serve` writes it: `#12`.
fn is_session(token: &str) -> bool {
    let digits = token.strip_prefix('#').unwrap_or_default();
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

/// The text of the line that ends the reply: it has the same code, then a space, and no more blanks
/// in front than the first line. Middle lines that begin with a number are padded (RFC 959 §4.2).
fn last_line<'a>(line: &'a str, open: &Open) -> Option<&'a str> {
    let hit = reply_in(line)?;
    (hit.code == open.code && !hit.more && hit.gap <= open.gap).then_some(hit.text)
}

/// Whether a line shows that the end of the reply will not come: an error without the arrow or
/// label of the reply, such as `Error:` where the first line had `Response:`.
fn ends_early(line: &str, open: &Open) -> bool {
    let Some(mark) = open.prefix.split_whitespace().rfind(|token| is_mark(token)) else {
        return false;
    };
    let is_of_reply = line.split_whitespace().any(|token| token == mark);
    !is_of_reply && (forms::find_in(line).is_some() || error_in(line).is_some())
}

/// The text of a line inside a reply, without what the client prints before it and without a
/// repeated code.
fn middle_line<'a>(line: &'a str, open: &Open) -> &'a str {
    match reply_in(line) {
        Some(hit) if hit.code == open.code && hit.more => hit.text,
        _ => line.strip_prefix(&open.prefix).unwrap_or(line).trim(),
    }
}

/// An error that is not a reply: a socket error, or one that a program reports in its own way.
fn error_in(line: &str) -> Option<Find> {
    if is_sent(line) {
        return None;
    }
    let socket = |code| Find::Socket(code, line.to_owned());
    programs::in_line(line)
        .or_else(|| socket_in(line).map(socket))
        .or_else(|| Some(programs::find(number_told_in(line)?, line, line)))
        .or_else(|| Some(Find::Consequence(consequence_in_text(line)?, line.trim().to_owned())))
        .or_else(|| errors::is_told_in(line).then(|| Find::NotUnderstood(line.trim().to_owned())))
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
}

/// A socket error in a line: a name such as ECONNREFUSED, an errno, a system's words for it, or a
/// Winsock number if the line mentions an error or is nothing but the number.
fn socket_in(line: &str) -> Option<SocketCode> {
    let named = words(line).filter(|word| {
        let known_start = word.starts_with("WSA") || word.starts_with('E');
        known_start && word.len() > 4 && !word.bytes().any(|b| b.is_ascii_lowercase())
    });
    let of_name = |word| packetboat_codes::by_name(word).map(|entry| entry.number()).next();
    if let Some(number) = named.filter_map(of_name).next() {
        return Some(SocketCode::new(number));
    }
    if let Some(code) = errno_in(line).or_else(|| SocketCode::in_text(line)) {
        return Some(code);
    }
    let alone = line.trim().bytes().all(|byte| byte.is_ascii_digit());
    let numbers = words(line).filter(|_| alone || speaks_of_errors(line));
    let known = |number: &u16| *number >= 10000 && by_number(*number).is_some();
    numbers.filter_map(number).find(known).map(SocketCode::new)
}

/// A connection error after `errno`, by its number on Linux: `[Errno 111]`, `errno: 110`. File
/// errors are left out because they may just as well be about local files.
pub(super) fn errno_in(line: &str) -> Option<SocketCode> {
    let at = line.to_ascii_lowercase().find("errno")?;
    let number = words(&line[at..]).skip(1).find(|word| !word.is_empty())?.parse().ok()?;
    let code = SocketCode::from_os_error(Platform::Linux, number)?;
    (10050..=10065).contains(&code.number()).then_some(code)
}

/// A program's own number, if the line mentions an error.
fn number_told_in(line: &str) -> Option<&'static Told> {
    let large = |word: &&str| word.len() >= "0x80090325".len();
    programs::number_in(words(line).filter(|word| large(word) || speaks_of_errors(line)))
}

fn speaks_of_errors(line: &str) -> bool {
    let lower = line.to_ascii_lowercase();
    ["error", "errno", "fail", "socket", "winsock"].iter().any(|word| lower.contains(word))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Everything found in a log.
    pub(in super::super) fn scan(log: &str) -> Vec<Find> {
        let mut scanner = Scanner::default();
        let mut found: Vec<Find> = log.lines().flat_map(|line| scanner.line(line)).collect();
        found.extend(scanner.end());
        found
    }

    fn reply(code: u16, lines: &[&str]) -> Find {
        Find::Reply(ReplyCode::known(code), lines.iter().map(|line| (*line).to_owned()).collect())
    }

    #[test]
    fn a_reply_is_found_behind_what_clients_print() {
        for line in [
            "550 No such file",
            "10:00:01.250 550 No such file",
            "<--- 550 No such file",
            "< 550 No such file\r",
            "Response:\t550 No such file",
            "10:00:01 Response: 550 No such file",
            "2026-11-24 02:41:59 12345 1 Antwort: 550 No such file",
            "[02:41:59] [R] 550 No such file",
            "(000001) 24.11.2026 2:41:59 - anna (192.0.2.1)> 550 No such file",
            "\u{1b}[31m<--- 550 No such file\u{1b}[0m",
            "2026-11-24 02:41:59 #12 550 No such file",
            "Nov 24 02:41:59 host proftpd[77]: 550 No such file",
        ] {
            assert_eq!(scan(line), [reply(550, &["No such file"])], "{line}");
        }
    }

    #[test]
    fn other_lines_are_left_alone() {
        for line in [
            "",
            "---> RETR 550",
            "-rw-r--r--   1 ftp  ftp  550 May  1 10:00 226",
            "drwxr-xr-x   2 ftp  ftp  550 Mai  1 10:00 226 files",
            "100  1234  100  1234    0     0  51416      0 --:--:--",
            "100     3  100     3    0     0    279      0 --:--:-- --:--:-- --:--:--   300",
            "---> 550",
            "5500 files",
            "2026-11-24 nothing",
            "ftp://host/550",
            "5\u{e9}0 x",
            "Retry in 421 seconds",
        ] {
            assert_eq!(scan(line), [], "{line}");
        }
    }

    #[test]
    fn a_reply_of_several_lines_is_one() {
        let plain = "211-Features:\n MDTM\n SIZE\n 211 is not the end\n211 End\n226 Done";
        let features = ["Features:", "MDTM", "SIZE", "211 is not the end", "End"];
        assert_eq!(scan(plain)[1], reply(226, &["Done"]));
        let with_arrows = "<--- 211-Features:\n<---  MDTM\n<---  SIZE\n<--- 211 End";
        assert_eq!(scan(with_arrows), [reply(211, &["Features:", "MDTM", "SIZE", "End"])]);
        let repeated = "230-Hello\n230-Quota: 5 MB\n230 Welcome";
        assert_eq!(scan(repeated), [reply(230, &["Hello", "Quota: 5 MB", "Welcome"])]);
        let Find::Reply(_, lines) = &scan(plain)[0] else { panic!("a reply") };
        assert_eq!(lines[..3], features[..3]);
    }

    #[test]
    fn a_reply_without_its_end_does_not_swallow_the_log() {
        let log = "<--- 211-Features:\n---> PWD\n<--- 257 \"/\"";
        assert_eq!(scan(log), [reply(211, &["Features:"]), reply(257, &["\"/\""])]);
        assert_eq!(scan("230-Hello"), [reply(230, &["Hello"])]);
    }

    /// The error that cut a greeting short used to be taken for a line of it.
    #[test]
    fn an_error_behind_a_reply_without_its_end_is_found() {
        for (first, error, code) in [
            ("Response:\t220-Welcome", "Error:\tConnection timed out after 20 seconds", 10060),
            ("10:00:01 Response: 220-Welcome", "10:00:21 Error: Connection reset by peer", 10054),
            ("< 220-Welcome", "* Recv failure: Connection reset by peer", 10054),
        ] {
            let found = scan(&format!("{first}\n{error}"));
            let [greeting, Find::Socket(socket, _)] = &*found else { panic!("{found:?}") };
            assert_eq!((greeting, socket.number()), (&reply(220, &["Welcome"]), code), "{error}");
        }
        // After the arrow, or if there is none, the words are the server's.
        let told = "< 230-Error: a disk has failed\n< Connection refused by the moon\n< 230 Hello";
        let lines = ["Error: a disk has failed", "Connection refused by the moon", "Hello"];
        assert_eq!(scan(told), [reply(230, &lines)]);
        assert_eq!(scan(&told.replace("< ", "")), [reply(230, &lines)]);
    }

    #[test]
    fn socket_errors_are_found_by_name_and_by_number() {
        let code = |line: &str| match scan(line).as_slice() {
            [Find::Socket(code, _)] => Some(code.number()),
            _ => None,
        };
        let filezilla = "Error: Connection attempt failed with \"ECONNREFUSED - refused\".";
        assert_eq!(code(filezilla), Some(10061));
        assert_eq!(code("Socket Error # 10060"), Some(10060));
        assert_eq!(code("WSAECONNRESET"), Some(10054));
        assert_eq!(code("* connect to ::1 port 21 failed: Connection refused"), Some(10061));
        assert_eq!(code("10060 bytes received"), None);
        assert_eq!(code("EXIT STATUS"), None);
    }
}
