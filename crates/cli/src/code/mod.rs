//! `packetboat code`: looks up the catalogue by number, name, class or words, and explains the
//! replies and errors in a session log. The catalogue itself is in `packetboat-codes`; the modules
//! here parse questions and logs, and print answers.

mod client_settings;
mod commands;
mod data_port;
mod errno;
mod errors;
mod exit_codes;
mod explain;
mod forms;
mod json;
mod lines;
mod log;
mod page;
mod programs;
mod query;
mod sanitize;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_of_logs;
mod verbs;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::{self, BufRead, IsTerminal, Write};

use clap::Args;
use packetboat_codes::{Entry, Told, all, by_number, nearest};

use crate::exit::ExitRow;
use client_settings::ClientSettings;
use page::{Page, Screen};
use query::Answer;
use sanitize::clean;
use verbs::Verbs;

/// The exit code if everything was found.
const FOUND: u8 = 0;
/// The exit code if something is not in the catalogue.
const NOT_FOUND: u8 = 1;
/// The exit code if the question was empty.
const MISUSED: u8 = 2;

/// Up to this many entries are shown in full; more are shown as a table.
const MOST_IN_FULL: usize = 3;

/// How many near matches are suggested for something unknown.
const NEAR: usize = 5;

/// Explain FTP reply codes and socket errors.
///
/// Without an argument it lists every code, or explains the replies and errors in a log on standard
/// input: a client's session, or a server's log.
#[derive(Args, Clone, Debug)]
pub(crate) struct CodeArgs {
    /// A number (550, 10061, errno 28, os error 111), name (WSAECONNREFUSED, ENOSPC, EAI_AGAIN),
    /// class (4xx, 110xx) or words (quota, timed out); a verb (STOR) or client command (put), for
    /// its replies; another program's number (curl 35, GnuTLS -15, WinINet 12029), an exit code of
    /// packetboat (exit 11), or a line of a log ("550 No such file"). For an errno, its meanings on
    /// Linux and macOS are shown.
    #[arg(value_name = "CODE", allow_negative_numbers = true)]
    pub(crate) what: Vec<OsString>,

    /// Print one JSON object per line for each code.
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) config: crate::client::config::ConfigArgs,
}

/// Prints answers to `out` and complaints to standard error, and returns the exit code.
pub(crate) fn run(args: CodeArgs, out: &mut dyn Write) -> io::Result<u8> {
    let screen = Screen::of_stdout();
    let stdin = io::stdin();
    let piped = args.what.is_empty() && brings_a_log(&stdin);
    let mut log = piped.then(|| stdin.lock());
    let log = log.as_mut().map(|log| log as &mut dyn BufRead);
    // A pasted reply may be in any encoding.
    let what: Vec<_> = args.what.iter().map(|one| one.to_string_lossy().into_owned()).collect();
    let err = &mut io::stderr();
    // An unreadable settings file is no reason not to explain a code.
    let config = args.config.read().unwrap_or_else(|error| {
        let _ = writeln!(err, "packetboat code: {error}");
        Default::default()
    });
    let yours = ClientSettings::new(config);
    if io::stdout().is_terminal() {
        return Desk { out, err, screen, json: args.json, yours }.answer(&what, log);
    }
    // Output to a file or pipe need not be written line by line.
    let mut out = io::BufWriter::new(out);
    let exit = Desk { out: &mut out, err, screen, json: args.json, yours }.answer(&what, log)?;
    out.flush()?;
    Ok(exit)
}

/// Whether standard input may contain a log: it has to be a file, a pipe or a socket. A terminal
/// does not, and neither does `/dev/null`, which scripts run by cron have.
#[cfg(unix)]
fn brings_a_log(stdin: &io::Stdin) -> bool {
    match rustix::fs::fstat(stdin) {
        Ok(stat) => {
            let kind = rustix::fs::FileType::from_raw_mode(stat.st_mode);
            kind != rustix::fs::FileType::CharacterDevice
        }
        // What is wrong with standard input shows when it is read.
        Err(_) => !stdin.is_terminal(),
    }
}

/// Whether standard input may contain a log: it must not be a terminal.
#[cfg(not(unix))]
fn brings_a_log(stdin: &io::Stdin) -> bool {
    !stdin.is_terminal()
}

/// Answers questions: holds both outputs and how to write to them.
struct Desk<'a> {
    out: &'a mut dyn Write,
    err: &'a mut dyn Write,
    screen: Screen,
    json: bool,
    yours: ClientSettings,
}

impl Desk<'_> {
    fn answer(&mut self, what: &[String], log: Option<&mut dyn BufRead>) -> io::Result<u8> {
        let what = &*errno::joined(what);
        if !what.is_empty() && what.iter().all(|one| one.trim().is_empty()) {
            let text = "the question is empty; give a number, a name, a class or words, or run `packetboat code` without \
                arguments to list every code";
            self.complain("usage", text, &[])?;
            return Ok(MISUSED);
        }
        match (what.is_empty(), log) {
            (true, Some(log)) => self.explain_input(log),
            (true, None) => self.list_all(),
            (false, _) => {
                let (exits, what) = exit_codes::apart(what);
                let (rest, told) = query::told_apart(&what);
                let found = if rest.is_empty() { FOUND } else { self.answer_with_codes(&rest)? };
                self.show_told(&told, !rest.is_empty())?;
                self.show_exits(&exits, !what.is_empty())?;
                Ok(found)
            }
        }
    }

    /// Prints exit codes of our own, alone or after something else.
    fn show_exits(&mut self, exits: &[&'static ExitRow], behind: bool) -> io::Result<()> {
        for (at, row) in exits.iter().enumerate() {
            if self.json {
                writeln!(self.out, "{}", crate::json::line(&json::exit(row)))?;
                continue;
            }
            let mut page = Page::new(self.out, self.screen);
            if behind || at > 0 {
                page.gap()?;
            }
            page.exit(row)?;
        }
        Ok(())
    }

    fn answer_with_codes(&mut self, what: &[String]) -> io::Result<u8> {
        match query::answer(what) {
            Answer::Entries(entries) if entries.len() > MOST_IN_FULL => self.list(&entries),
            Answer::Entries(entries) => {
                self.remark(what)?;
                self.show(&entries, &[])?;
                let asides = if self.json { Vec::new() } else { query::asides(what) };
                let mut page = Page::new(self.out, self.screen);
                asides.iter().try_for_each(|aside| page.aside(aside))?;
                Ok(FOUND)
            }
            Answer::Words(named, others) => self.show_words(&named, &others),
            Answer::Log(text) => {
                if let Some(remark) = query::taken_as_reply(what).filter(|_| !self.json) {
                    writeln!(self.out, "{remark}\n")?;
                }
                self.explain_text(&text)
            }
            Answer::Partly(entries, unknown) => {
                self.remark(what)?;
                self.show(&entries, &[])?;
                self.unknown(&unknown)
            }
            Answer::Verbs(verbs) => self.show_verbs(&verbs),
            Answer::Unknown(unknown) => self.unknown(&unknown),
        }
    }

    /// Prints failures of programs, alone or after codes.
    fn show_told(&mut self, told: &[&'static Told], behind: bool) -> io::Result<()> {
        for (at, row) in told.iter().enumerate() {
            if self.json {
                writeln!(self.out, "{}", crate::json::line(&json::told(row, &self.yours)))?;
                continue;
            }
            let mut page = Page::new(self.out, self.screen);
            if behind || at > 0 {
                page.gap()?;
            }
            page.told_in_full(row, &self.yours)?;
        }
        Ok(())
    }

    /// Says how a number from another system was read.
    fn remark(&mut self, what: &[String]) -> io::Result<()> {
        for remark in query::remarks(what).iter().filter(|_| !self.json) {
            writeln!(self.out, "{remark}")?;
        }
        Ok(())
    }

    fn list_all(&mut self) -> io::Result<u8> {
        self.list(&all().collect::<Vec<_>>())
    }

    /// Prints a table under headings.
    fn list(&mut self, entries: &[Entry]) -> io::Result<u8> {
        if self.json {
            return self.objects(entries);
        }
        Page::new(self.out, self.screen).table(entries, true)?;
        Ok(FOUND)
    }

    /// Prints what verbs do, and the replies they may get.
    fn show_verbs(&mut self, Verbs { rows, remark }: &Verbs) -> io::Result<u8> {
        let replies = rows.iter().flat_map(|row| row.replies.iter());
        // 421 may answer anything (RFC 959 §4.2).
        let numbers: BTreeSet<u16> = replies.map(|code| code.number()).chain([421]).collect();
        let entries: Vec<_> = numbers.into_iter().filter_map(by_number).collect();
        if self.json {
            return self.objects(&entries);
        }
        let mut page = Page::new(self.out, self.screen);
        if let Some(remark) = remark {
            page.remark(remark)?;
        }
        for row in rows {
            page.verb(row)?;
        }
        page.gap()?;
        page.table(&entries, true)?;
        Ok(FOUND)
    }

    /// Prints entries with these names in full; without any, a few hits in full or many as a table,
    /// best first.
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

    /// Prints the entries in full, and `also` as a table.
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
            writeln!(self.out, "{}", crate::json::line(&json::entry(*entry, &self.yours)))?;
        }
        Ok(FOUND)
    }

    /// Reports what is not in the catalogue, what it may be instead, and what is near it.
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
                message += " No entry is similar; `packetboat code` lists everything.";
            }
            self.complain("unknown", &message, &near)?;
        }
        Ok(NOT_FOUND)
    }

    /// Reports a problem as the whole program does: a line on standard error, or an object.
    fn complain(&mut self, failure: &str, message: &str, near: &[Entry]) -> io::Result<()> {
        if self.json {
            let near: Vec<_> = near.iter().map(|entry| entry.number()).collect();
            let object = serde_json::json!({
                "event": "error", "command": "code", "failure": failure, "message": message,
                "nearest": near, "retryable": false,
            });
            return writeln!(self.out, "{}", crate::json::line(&object));
        }
        writeln!(self.err, "packetboat code: {message}")?;
        if !near.is_empty() {
            writeln!(self.err, "  Nearest:")?;
        }
        near.iter().try_for_each(|entry| writeln!(self.err, "  {}", query::one_line(*entry)))
    }
}
