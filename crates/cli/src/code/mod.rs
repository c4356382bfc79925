//! `packetboat code`: the catalogue for people and scripts, by number, name, class or words, and
//! explanations for a session log.

mod clean;
mod errno;
mod forms;
mod json;
mod log;
mod page;
mod query;
#[cfg(test)]
mod tests;
mod yours;

use std::collections::HashSet;
use std::ffi::OsString;
use std::io::{self, BufRead, IsTerminal, Write};

use clap::Args;
use packetboat_codes::{Entry, all, nearest};

use clean::clean;
use log::{Find, Scanner, read_line};
use page::{Page, Screen, Seen};
use query::Answer;
use yours::Yours;

/// Exit code when everything asked for was found.
const FOUND: u8 = 0;
/// Exit code when something asked for is not in the catalogue.
const NOT_FOUND: u8 = 1;
/// Exit code when nothing was asked for.
const MISUSED: u8 = 2;

/// Up to this many entries are told in full; more make a table.
const MOST_IN_FULL: usize = 3;

/// How many near matches are offered for something unknown.
const NEAR: usize = 5;

/// Explain FTP reply codes and socket errors.
///
/// Without an argument it lists every code, or explains the replies of a log that comes from standard input: a
/// client's session, or a server's log.
#[derive(Args, Clone, Debug)]
pub(crate) struct CodeArgs {
    /// Number (550, 10061, errno 28, os error 111), name (WSAECONNREFUSED, ENOSPC, EAI_AGAIN), class (4xx, 110xx),
    /// words (quota, timed out) or a reply line ("550 No such file"). An errno is told as Linux and macOS have it.
    #[arg(value_name = "CODE")]
    pub(crate) what: Vec<OsString>,

    /// Print one JSON object per line for each code.
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) config: crate::client::config::ConfigArgs,
}

/// Answers on `out`, complains on standard error, and gives the exit code.
pub(crate) fn run(args: CodeArgs, out: &mut dyn Write) -> io::Result<u8> {
    let screen = Screen::of_stdout();
    let stdin = io::stdin();
    let piped = args.what.is_empty() && brings_a_log(&stdin);
    let mut log = piped.then(|| stdin.lock());
    let log = log.as_mut().map(|log| log as &mut dyn BufRead);
    // A reply may be pasted in any encoding.
    let what: Vec<_> = args.what.iter().map(|one| one.to_string_lossy().into_owned()).collect();
    let err = &mut io::stderr();
    // A file that cannot be read is no reason to keep silent on a code.
    let config = args.config.read().unwrap_or_else(|error| {
        let _ = writeln!(err, "packetboat code: {error}");
        Default::default()
    });
    let yours = Yours::new(config);
    if io::stdout().is_terminal() {
        return Desk { out, err, screen, json: args.json, yours }.answer(&what, log);
    }
    // A long log to a file or pipe need not be written line by line.
    let mut out = io::BufWriter::new(out);
    let exit = Desk { out: &mut out, err, screen, json: args.json, yours }.answer(&what, log)?;
    out.flush()?;
    Ok(exit)
}

/// Whether a log may come: from a file, a pipe or a socket. A terminal and `/dev/null`, which scripts run by cron and
/// the like have, bring none.
fn brings_a_log(stdin: &io::Stdin) -> bool {
    match rustix::fs::fstat(stdin) {
        Ok(stat) => {
            let kind = rustix::fs::FileType::from_raw_mode(stat.st_mode);
            kind != rustix::fs::FileType::CharacterDevice
        }
        // What is wrong with it shows when it is read.
        Err(_) => !stdin.is_terminal(),
    }
}

/// Where questions are answered: both outputs and how to write on them.
struct Desk<'a> {
    out: &'a mut dyn Write,
    err: &'a mut dyn Write,
    screen: Screen,
    json: bool,
    yours: Yours,
}

impl Desk<'_> {
    fn answer(&mut self, what: &[String], log: Option<&mut dyn BufRead>) -> io::Result<u8> {
        let what = &*errno::joined(what);
        if !what.is_empty() && what.iter().all(|one| one.trim().is_empty()) {
            let text = "the question is empty: give a number, a name, a class or words; without any, \
                every code is listed";
            self.complain("usage", text, &[])?;
            return Ok(MISUSED);
        }
        match (what.is_empty(), log) {
            (true, Some(log)) => self.explain_log(log),
            (true, None) => self.list_all(),
            (false, _) => match query::answer(what) {
                Answer::Entries(entries) if entries.len() > MOST_IN_FULL => self.list(&entries),
                Answer::Entries(entries) => {
                    self.remark(what)?;
                    self.show(&entries, &[])
                }
                Answer::Words(named, others) => self.show_words(&named, &others),
                Answer::Log(text) => {
                    if let Some(remark) = query::taken_as_reply(what).filter(|_| !self.json) {
                        writeln!(self.out, "{remark}\n")?;
                    }
                    self.explain_log(&mut text.as_bytes())
                }
                Answer::Partly(entries, unknown) => {
                    self.remark(what)?;
                    self.show(&entries, &[])?;
                    self.unknown(&unknown)
                }
                Answer::Unknown(unknown) => self.unknown(&unknown),
            },
        }
    }

    /// Says how a number of another system was read, where people look.
    fn remark(&mut self, what: &[String]) -> io::Result<()> {
        for remark in query::remarks(what).iter().filter(|_| !self.json) {
            writeln!(self.out, "{remark}")?;
        }
        Ok(())
    }

    fn list_all(&mut self) -> io::Result<u8> {
        self.list(&all().collect::<Vec<_>>())
    }

    /// A table under headings.
    fn list(&mut self, entries: &[Entry]) -> io::Result<u8> {
        if self.json {
            return self.objects(entries);
        }
        Page::new(self.out, self.screen).table(entries, true)?;
        Ok(FOUND)
    }

    /// What goes by the words in full, else few hits in full, else a table, best first.
    fn show_words(&mut self, named: &[Entry], others: &[Entry]) -> io::Result<u8> {
        if !named.is_empty() || others.len() <= MOST_IN_FULL {
            let (full, also) = if named.is_empty() { (others, named) } else { (named, others) };
            return self.show(full, also);
        }
        if self.json {
            return self.objects(others);
        }
        Page::new(self.out, self.screen).table(others, false)?;
        Ok(FOUND)
    }

    /// These in full, the others by name.
    fn show(&mut self, entries: &[Entry], also: &[Entry]) -> io::Result<u8> {
        if self.json {
            return self.objects(&[entries, also].concat());
        }
        let mut page = Page::new(self.out, self.screen);
        for (number, entry) in entries.iter().enumerate() {
            if number > 0 {
                page.gap()?;
            }
            page.entry(*entry, &self.yours)?;
        }
        if !also.is_empty() {
            page.gap()?;
            page.table(also, false)?;
        }
        Ok(FOUND)
    }

    fn objects(&mut self, entries: &[Entry]) -> io::Result<u8> {
        for entry in entries {
            writeln!(self.out, "{}", json::entry(*entry, &self.yours))?;
        }
        Ok(FOUND)
    }

    /// Explains each reply as it comes, the same one in a row once, the same code in full once.
    fn explain_log(&mut self, input: &mut dyn BufRead) -> io::Result<u8> {
        let mut scanner = Scanner::default();
        let mut told = Told::default();
        let mut empty = true;
        while let Some(line) = read_line(input)? {
            empty &= line.trim().is_empty();
            for find in scanner.line(&line) {
                self.tell(&mut told, Some(find))?;
            }
        }
        let last = scanner.end();
        self.tell(&mut told, last)?;
        self.tell(&mut told, None)?;
        if empty {
            let text = "nothing came from standard input: send a log to it, or name a code, as in \
                `packetboat code 550`; `packetboat code 4xx` lists a class, `packetboat code < /dev/null` every code";
            self.complain("unknown", text, &[])?;
            return Ok(NOT_FOUND);
        }
        if told.any {
            return Ok(FOUND);
        }
        self.complain("unknown", "no reply and no socket error found in the input", &[])?;
        Ok(NOT_FOUND)
    }

    /// Holds a find back until another one follows, so that it can be counted.
    fn tell(&mut self, told: &mut Told, find: Option<Find>) -> io::Result<()> {
        if find.is_some() && find == told.waiting {
            told.count += 1;
            return Ok(());
        }
        let Some(before) = std::mem::replace(&mut told.waiting, find) else {
            told.count = 1;
            return Ok(());
        };
        let count = std::mem::replace(&mut told.count, 1);
        if !self.json && told.any {
            writeln!(self.out)?;
        }
        told.any = true;
        self.write_find(&before, count, &mut told.explained)
    }

    fn write_find(&mut self, find: &Find, count: usize, told: &mut HashSet<u16>) -> io::Result<()> {
        match find {
            Find::Reply(code, lines) if self.json => {
                writeln!(self.out, "{}", json::reply(*code, lines, count, &self.yours))
            }
            Find::Reply(code, lines) => {
                let explained = !told.insert(code.number());
                let seen = Seen { lines, count, explained };
                Page::new(self.out, self.screen).reply(*code, seen)
            }
            Find::Socket(code, line) => {
                let Some(entry) = code.row().map(Entry::Socket) else { return Ok(()) };
                if self.json {
                    let object = json::seen(json::entry(entry, &self.yours), line.trim(), count);
                    return writeln!(self.out, "{object}");
                }
                let explained = !told.insert(code.number());
                let lines = &[line.trim().to_owned()];
                let seen = Seen { lines, count, explained };
                Page::new(self.out, self.screen).socket(entry, seen)
            }
        }
    }

    /// Says what is not there, what it may be after all, and what is near it.
    fn unknown(&mut self, unknown: &[String]) -> io::Result<u8> {
        for text in unknown {
            let aside = query::is_below_all(text);
            let near: Vec<_> = nearest(text).take(if aside { 0 } else { NEAR }).collect();
            let mut message = format!("`{}` is not in the catalogue.", clean(text));
            for hint in query::hints(text) {
                message += " ";
                message += &hint;
            }
            if near.is_empty() && !aside {
                message += " Nothing is near it; `packetboat code` lists everything.";
            }
            self.complain("unknown", &message, &near)?;
        }
        Ok(NOT_FOUND)
    }

    /// Says what is wrong, as all of the program does: a line on standard error, or an object.
    fn complain(&mut self, failure: &str, message: &str, near: &[Entry]) -> io::Result<()> {
        if self.json {
            let near: Vec<_> = near.iter().map(|entry| entry.number()).collect();
            let object = serde_json::json!({
                "event": "error", "command": "code", "failure": failure, "message": message,
                "nearest": near, "retryable": false,
            });
            return writeln!(self.out, "{object}");
        }
        writeln!(self.err, "packetboat code: {message}")?;
        if !near.is_empty() {
            writeln!(self.err, "  Nearest:")?;
        }
        near.iter().try_for_each(|entry| writeln!(self.err, "  {}", query::one_line(*entry)))
    }
}

/// How far the explanation of a log has come.
#[derive(Default)]
struct Told {
    waiting: Option<Find>,
    count: usize,
    any: bool,
    explained: HashSet<u16>,
}
