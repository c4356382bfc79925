//! Prints catalogue entries for people: wrapped to the width of the terminal, coloured by class.

use std::io::{self, IsTerminal, Write};
use std::ops::RangeInclusive;

use anstyle::{AnsiColor, Color, Style};
use packetboat_codes::{
    Class, Entry, KnownText, Platform, Repeat, ReplyCode, Says, SocketRow, Told, by_number,
    errno_number, known_text,
};
use packetboat_proto::client::{PolicyRow, policies};
use packetboat_proto::verbs::VerbRow;

use super::client_settings::ClientSettings;
use crate::exit::ExitRow;
use crate::layout::{readable, wrap};

/// The properties of the output.
#[derive(Clone, Copy, Debug)]
pub(super) struct Screen {
    pub(super) colour: bool,
    pub(super) width: usize,
}

impl Screen {
    /// Standard output: with colours if it is a terminal that supports them, 80 columns if it is
    /// not a terminal.
    pub(super) fn of_stdout() -> Self {
        let stdout = io::stdout();
        let choice = anstream::AutoStream::choice(&stdout);
        let terminal = stdout.is_terminal();
        let size = terminal_size::terminal_size().filter(|_| terminal);
        let columns = size.map_or(80, |(width, _)| usize::from(width.0));
        Self { colour: choice != anstream::ColorChoice::Never, width: readable(columns) }
    }
}

/// Prints entries.
pub(super) struct Page<'a> {
    out: &'a mut dyn Write,
    screen: Screen,
}

impl<'a> Page<'a> {
    pub(super) fn new(out: &'a mut dyn Write, screen: Screen) -> Self {
        Self { out, screen }
    }

    /// Prints everything known about an entry.
    pub(super) fn entry(&mut self, entry: Entry, yours: &ClientSettings) -> io::Result<()> {
        self.heading(entry)?;
        self.field("means", entry.meaning())?;
        self.field(if matches!(entry, Entry::Reply(_)) { "sent" } else { "met" }, entry.when())?;
        self.field("do", entry.advice())?;
        self.field("again", again(entry))?;
        for line in reactions(entry) {
            self.field("client", &line)?;
        }
        if let Entry::Reply(row) = entry {
            for line in yours.lines(row) {
                self.field("yours", &line)?;
            }
        }
        if let Some(notes) = entry.notes() {
            self.field("note", notes)?;
        }
        if let Some((name, number)) = errno_here(entry) {
            self.field("errno", &format!("{name} is {number} on this system."))?;
        }
        self.field("source", entry.source())
    }

    /// Prints a remark before verbs.
    pub(super) fn remark(&mut self, text: &str) -> io::Result<()> {
        for line in text.lines().flat_map(|line| wrap(line, self.screen.width)) {
            writeln!(self.out, "{line}")?;
        }
        self.gap()
    }

    /// Prints a remark after an entry.
    pub(super) fn aside(&mut self, text: &str) -> io::Result<()> {
        self.gap()?;
        wrap(text, self.screen.width).iter().try_for_each(|line| writeln!(self.out, "{line}"))
    }

    /// Prints a verb, as the heading of its replies.
    pub(super) fn verb(&mut self, row: &VerbRow) -> io::Result<()> {
        self.styled(Style::new().bold(), row.name)?;
        writeln!(self.out, ", {}", row.source)?;
        self.field("does", row.help)
    }

    /// Prints one line per entry, optionally under a heading for each class.
    pub(super) fn table(&mut self, entries: &[Entry], headings: bool) -> io::Result<()> {
        let mut last = None;
        for entry in entries {
            let group = group(*entry);
            if headings && last != Some(group) {
                if last.is_some() {
                    writeln!(self.out)?;
                }
                self.styled(Style::new().bold(), group)?;
                writeln!(self.out)?;
            }
            last = Some(group);
            self.row(*entry)?;
        }
        writeln!(self.out, "\n`packetboat code NUMBER` shows the details of a code.")
    }

    fn row(&mut self, entry: Entry) -> io::Result<()> {
        self.styled(style(entry), &format!("{:>5}", entry.number()))?;
        match entry {
            Entry::Reply(row) => {
                write!(self.out, "  {}", row.name)?;
                if let Some(remark) = row.status.remark() {
                    self.styled(Style::new().dimmed(), &format!(" ({remark})"))?;
                }
                writeln!(self.out)
            }
            Entry::Socket(row) => writeln!(self.out, "  {:<27} {}", row.name, row.phrase),
        }
    }

    /// Prints a reply from a log: its line, how often it came, and a short explanation.
    pub(super) fn reply(&mut self, code: ReplyCode, seen: Seen<'_>) -> io::Result<()> {
        self.styled(class_style(code.class()), &code.to_string())?;
        let name = code.row().map_or("not in the catalogue", |row| row.name);
        writeln!(self.out, " {name}{}", times(seen.count))?;
        self.quoted(seen.lines)?;
        let entry = code.row().map(Entry::Reply);
        if seen.explained {
            return Ok(());
        }
        if let Some(known) = known_text(code.number(), &seen.lines.join("\n")) {
            return self.known(known, entry);
        }
        match entry {
            None => self.field("means", by_first_digit(code.class())),
            Some(entry) => self.short(entry),
        }
    }

    /// Prints the meaning of a server's own words, which is more specific than that of the code.
    fn known(&mut self, known: &KnownText, entry: Option<Entry>) -> io::Result<()> {
        self.field("from", known.server)?;
        self.field("means", known.meaning)?;
        self.field("do", known.advice)?;
        let Some(entry) = entry else { return Ok(()) };
        let repeat = known.repeat(entry.repeat());
        let changed = repeat != entry.repeat();
        self.field("again", if changed { repeated(repeat) } else { again(entry) })
    }

    /// Prints a socket error from a log.
    pub(super) fn socket(&mut self, entry: Entry, seen: Seen<'_>) -> io::Result<()> {
        self.styled(style(entry), &entry.number().to_string())?;
        writeln!(self.out, " {}{}", title(entry), times(seen.count))?;
        self.quoted(seen.lines)?;
        if seen.explained { Ok(()) } else { self.short(entry) }
    }

    /// Prints a failure from a log that a program reports in its own way.
    pub(super) fn told(&mut self, row: &Told, seen: Seen<'_>) -> io::Result<()> {
        self.told_heading(row, seen.count)?;
        self.quoted(seen.lines)?;
        if seen.explained { Ok(()) } else { self.says(row) }
    }

    /// Prints such a failure in full, with the code that it stands for.
    pub(super) fn told_in_full(&mut self, row: &Told, yours: &ClientSettings) -> io::Result<()> {
        match row.says {
            Says::This { .. } => {
                self.told_heading(row, 1)?;
                self.says(row)
            }
            Says::Code(number) => {
                writeln!(self.out, "{}: {number} in the catalogue.", told_title(row))?;
                by_number(number).map_or(Ok(()), |entry| self.entry(entry, yours))
            }
        }
    }

    /// Prints an exit code of our own.
    pub(super) fn exit(&mut self, row: &ExitRow) -> io::Result<()> {
        let style = if row.number == 0 { AnsiColor::Green } else { AnsiColor::Red };
        self.styled(coloured(style), &format!("packetboat exit {}", row.number))?;
        writeln!(self.out, " {}", row.name)?;
        self.field("means", row.text)?;
        self.field("see", "`packetboat --help` lists all exit codes of packetboat; other programs have their own.")
    }

    fn told_heading(&mut self, row: &Told, count: usize) -> io::Result<()> {
        self.styled(told_style(row), &told_title(row))?;
        writeln!(self.out, "{}", times(count))
    }

    fn says(&mut self, row: &Told) -> io::Result<()> {
        let Says::This { meaning, advice, repeat } = row.says else { return Ok(()) };
        self.field("means", meaning)?;
        self.field("do", advice)?;
        self.field("again", repeated(repeat))
    }

    fn short(&mut self, entry: Entry) -> io::Result<()> {
        self.field("means", entry.meaning())?;
        self.field("do", entry.advice())?;
        if entry.repeat() == Repeat::NotNeeded {
            return Ok(());
        }
        self.field("again", again(entry))?;
        entry.notes().map_or(Ok(()), |notes| self.field("note", notes))
    }

    pub(super) fn quoted(&mut self, lines: &[String]) -> io::Result<()> {
        for line in lines.iter().filter(|line| !line.is_empty()) {
            write!(self.out, "  ")?;
            self.styled(Style::new().dimmed(), &format!("| {line}"))?;
            writeln!(self.out)?;
        }
        Ok(())
    }

    /// Prints an empty line between two entries.
    pub(super) fn gap(&mut self) -> io::Result<()> {
        writeln!(self.out)
    }

    fn heading(&mut self, entry: Entry) -> io::Result<()> {
        self.styled(style(entry), &entry.number().to_string())?;
        write!(self.out, " ")?;
        self.styled(Style::new().bold(), &title(entry))?;
        if let Entry::Reply(row) = entry {
            write!(self.out, ", {}", class_name(row.code.class()))?;
            if let Some(remark) = row.status.remark() {
                write!(self.out, "; {remark}")?;
            }
        }
        writeln!(self.out)
    }

    fn field(&mut self, label: &str, text: &str) -> io::Result<()> {
        const INDENT: usize = 10;
        write!(self.out, "  ")?;
        self.styled(Style::new().dimmed(), &format!("{label:<8}"))?;
        for (number, line) in wrap(text, self.screen.width - INDENT).iter().enumerate() {
            let indent = if number == 0 { 0 } else { INDENT };
            writeln!(self.out, "{:indent$}{line}", "")?;
        }
        Ok(())
    }

    fn styled(&mut self, style: Style, text: &str) -> io::Result<()> {
        if self.screen.colour {
            write!(self.out, "{style}{text}{style:#}")
        } else {
            write!(self.out, "{text}")
        }
    }
}

/// A find in a log, and how many times it came in a row.
#[derive(Clone, Copy)]
pub(super) struct Seen<'a> {
    /// The lines in the log.
    pub(super) lines: &'a [String],
    pub(super) count: usize,
    /// Whether the same code was explained further up.
    pub(super) explained: bool,
}

/// What the first digit of a reply code means, for codes that are not in the catalogue (RFC 959
/// §4.2).
pub(super) fn by_first_digit(class: Class) -> &'static str {
    match class {
        Class::Preliminary => "The command has been started; another reply follows.",
        Class::Completion => "The command has been completed.",
        Class::Intermediate => "The command is accepted so far; the server expects another one.",
        Class::TransientNegative => "The command failed; repeating it later may succeed.",
        Class::PermanentNegative => "The command failed; repeating it will fail again.",
        Class::Protected => "A protected reply, which contains another one.",
        Class::Unknown => "No class of replies begins with this digit.",
    }
}

fn again(entry: Entry) -> &'static str {
    match entry {
        Entry::Reply(row) if row.client_retries => {
            "the same command may succeed later; packetboat repeats it automatically."
        }
        _ => repeated(entry.repeat()),
    }
}

fn repeated(repeat: Repeat) -> &'static str {
    match repeat {
        Repeat::NotNeeded => "not needed; nothing has failed.",
        Repeat::CanHelp => "trying again may help.",
        Repeat::Useless => "no use unless something is changed first.",
        Repeat::Depends => "depends on the reply inside.",
    }
}

/// The title of a program's failure: `curl 35 CURLE_SSL_CONNECT_ERROR, TLS not set up`.
pub(super) fn told_title(row: &Told) -> String {
    let number = row.shown_number().map(|number| format!(" {number}"));
    let name = if row.name.is_empty() { String::new() } else { format!(" {}", row.name) };
    let behind = if number.is_none() && name.is_empty() { ": " } else { ", " };
    format!("{}{}{name}{behind}{}", row.program, number.unwrap_or_default(), row.phrase)
}

fn told_style(row: &Told) -> Style {
    match row.says {
        Says::This { repeat: Repeat::CanHelp, .. } => coloured(AnsiColor::Yellow),
        _ => coloured(AnsiColor::Red),
    }
}

/// What our own client does on a reply, one sentence for each group of verbs.
fn reactions(entry: Entry) -> Vec<String> {
    let row = match entry {
        Entry::Reply(row) => row,
        Entry::Socket(row) => return reconnects(row).into_iter().collect(),
    };
    let several = |row: &PolicyRow| -> String {
        let names: Vec<_> = row.verbs.iter().map(|verb| verb.name()).collect();
        names.join(", ")
    };
    let rows = policies(row.code);
    let line = |row: &&PolicyRow| match row.verbs {
        [] if rows.len() == 1 => format!("packetboat {}", row.does),
        [] => format!("after any other verb, packetboat {}", row.does),
        _ => format!("after {}, packetboat {}", several(row), row.does),
    };
    rows.iter().map(line).collect()
}

/// What our own client does after a failed connection, where trying again may help.
fn reconnects(row: &SocketRow) -> Option<String> {
    /// The errors of connections, and the one for look-ups that may succeed later.
    const OF_CONNECTIONS: (RangeInclusive<u16>, u16) = (10050..=10065, 11002);
    let number = row.code.number();
    let (connections, look_up) = OF_CONNECTIONS;
    let met = connections.contains(&number) || number == look_up;
    (met && row.repeat == Repeat::CanHelp).then(|| {
        format!(
            "packetboat reconnects automatically (--retries) if it was connected before; it repeats a failing first \
             connection only if asked to, as with --retry {number}=5/2."
        )
    })
}

/// The title of an entry: `WSAECONNREFUSED (ECONNREFUSED), Connection refused`.
fn title(entry: Entry) -> String {
    let Entry::Socket(row) = entry else { return entry.phrase().to_owned() };
    let names: Vec<_> = entry.names().skip(2).collect();
    if names.is_empty() {
        format!("{}, {}", row.name, row.phrase)
    } else {
        format!("{} ({}), {}", row.name, names.join(", "), row.phrase)
    }
}

/// The name and number of a socket error on this system, where its numbers differ from Winsock's.
pub(super) fn errno_here(entry: Entry) -> Option<(&'static str, i32)> {
    let Entry::Socket(row) = entry else { return None };
    let platform = Platform::current();
    if platform == Platform::Windows {
        return None;
    }
    row.errno.iter().find_map(|name| errno_number(platform, name).map(|number| (*name, number)))
}

fn times(count: usize) -> String {
    if count > 1 { format!(", {count} times") } else { String::new() }
}

fn class_name(class: Class) -> &'static str {
    match class {
        Class::Preliminary => "in progress",
        Class::Completion => "success",
        Class::Intermediate => "next command awaited",
        Class::TransientNegative => "temporary failure",
        Class::PermanentNegative => "permanent failure",
        Class::Protected => "protected",
        Class::Unknown => "no class",
    }
}

fn group(entry: Entry) -> &'static str {
    match entry {
        Entry::Reply(row) => match row.code.class() {
            Class::Preliminary => "1yz: started, another reply follows",
            Class::Completion => "2yz: done",
            Class::Intermediate => "3yz: accepted, the next command is awaited",
            Class::TransientNegative => "4yz: not done, may succeed later",
            Class::PermanentNegative => "5yz: not done, will fail again",
            Class::Protected | Class::Unknown => "6yz: protected replies",
        },
        Entry::Socket(row) => match row.code.number() {
            ..10000 => "Socket errors shared with Win32",
            10000..11000 => "Socket errors (Winsock)",
            11005..=11031 => "Bandwidth reservation, never met with FTP",
            11032.. => "Looking up names under protection (DNSSEC, IPsec)",
            _ => "Looking up names",
        },
    }
}

fn style(entry: Entry) -> Style {
    match (entry, entry.repeat()) {
        (Entry::Reply(row), _) => class_style(row.code.class()),
        (_, Repeat::NotNeeded) => coloured(AnsiColor::Green),
        (_, Repeat::CanHelp) => coloured(AnsiColor::Yellow),
        (_, Repeat::Useless | Repeat::Depends) => coloured(AnsiColor::Red),
    }
}

fn class_style(class: Class) -> Style {
    coloured(match class {
        Class::Preliminary => AnsiColor::Cyan,
        Class::Completion => AnsiColor::Green,
        Class::Intermediate => AnsiColor::Blue,
        Class::TransientNegative => AnsiColor::Yellow,
        Class::PermanentNegative => AnsiColor::Red,
        Class::Protected => AnsiColor::Magenta,
        Class::Unknown => return Style::new().bold(),
    })
}

fn coloured(colour: AnsiColor) -> Style {
    Style::new().bold().fg_color(Some(Color::Ansi(colour)))
}
