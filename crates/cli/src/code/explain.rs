//! Explains a log. Finds are shown in order; repetitions in a row are shown once, with their count.
//! Each cause is explained in full once, then shown by its line a few times, and the rest is
//! counted at the end. Successes in a server's log, which are the same for each session, are only
//! counted.

use std::io::{self, BufRead};

use packetboat_codes::{Entry, known_text};

use super::lines::Lines;
use super::log::{Find, Scanner};
use super::page::{Page, Seen, told_title};
use super::{Desk, FOUND, NOT_FOUND, json};
use crate::exit::Exit;

/// How many finds of one cause are shown. The rest is counted.
const MOST_SHOWN: usize = 5;

/// How many of the lines that were not understood are shown.
const MOST_NOT_UNDERSTOOD: usize = 3;

/// A longer line is not a question.
const LONGEST_QUESTION: usize = 100;

/// What identifies a cause: a code with the server's words if they are known, or a program's
/// failure.
type Cause = (u16, &'static str);

/// The state of explaining a log.
#[derive(Default)]
struct Progress {
    waiting: Option<Find>,
    count: usize,
    any: bool,
    groups: Vec<Group>,
    not_understood: usize,
    examples: Vec<String>,
    /// Successes in a server's log: one find for each code, and how often it came.
    well: Vec<(Find, usize)>,
    /// The first line that only says that something else has failed. It is shown if there is
    /// nothing else.
    consequence: Option<Find>,
}

/// The finds with one cause.
struct Group {
    cause: Cause,
    title: String,
    shown: usize,
    more: usize,
}

impl Progress {
    fn group(&mut self, find: &Find) -> &mut Group {
        let cause = cause(find);
        let at = self.groups.iter().position(|group| group.cause == cause);
        let at = at.unwrap_or_else(|| {
            self.groups.push(Group { cause, title: title(find), shown: 0, more: 0 });
            self.groups.len() - 1
        });
        &mut self.groups[at]
    }

    fn went_well(&mut self, find: Find) {
        let same = self.well.iter_mut().find(|(known, _)| cause(known) == cause(&find));
        match same {
            Some((_, count)) => *count += 1,
            None => self.well.push((find, 1)),
        }
    }

    fn not_understood(&mut self, line: String) {
        self.not_understood += 1;
        if self.examples.len() < MOST_NOT_UNDERSTOOD {
            self.examples.push(line);
        }
    }
}

fn cause(find: &Find) -> Cause {
    match find {
        Find::Reply(code, lines) => {
            let known = known_text(code.number(), &lines.join("\n"));
            (code.number(), known.map_or("", |known| known.words))
        }
        Find::Socket(code, _) => (code.number(), ""),
        Find::Told(row, _) | Find::Consequence(row, _) => (0, row.phrase),
        Find::NotUnderstood(_) => (0, ""),
    }
}

/// Whether a find is a reply that needs no action.
fn is_well(find: &Find) -> bool {
    matches!(find, Find::Reply(code, _) if code.number() < 400)
}

/// The short title of a find, for the counts at the end.
fn title(find: &Find) -> String {
    match find {
        Find::Reply(code, _) => {
            format!("{code} {}", code.row().map_or("not in the catalogue", |row| row.name))
        }
        Find::Socket(code, _) => {
            format!("{} {}", code.number(), code.row().map_or("", |row| row.phrase))
        }
        Find::Told(row, _) | Find::Consequence(row, _) => told_title(row),
        Find::NotUnderstood(line) => line.clone(),
    }
}

impl Desk<'_> {
    /// Answers what came from standard input: a log, or a question on one line.
    pub(super) fn explain_input(&mut self, input: &mut dyn BufRead) -> io::Result<u8> {
        let (mut lines, mut text, mut broken) = (None, Vec::new(), None);
        let mut input = Some(input);
        let mut next = || -> io::Result<Option<String>> {
            if let Some(input) = input.take() {
                lines = Some(Lines::new(input)?);
            }
            lines.as_mut().map_or(Ok(None), Lines::next)
        };
        let told = self.explain(|| {
            // Lines before an error are explained anyway.
            let line = next().unwrap_or_else(|error| {
                broken = Some(error);
                None
            });
            if let Some(line) = line.as_deref().map(str::trim).filter(|line| !line.is_empty()) {
                // Two lines are enough to see that this is not a question.
                text.extend((text.len() < 2).then(|| line.to_owned()));
            }
            line
        })?;
        if let Some(error) = broken {
            return self.unreadable(&error);
        }
        match &*text {
            _ if told.any => Ok(FOUND),
            [] => {
                let text = "standard input was empty; send it a log, or give a code, as in \
                    `packetboat code 550`. `packetboat code 4xx` lists a class, `packetboat code < /dev/null` every code";
                self.complain("unknown", text, &[])?;
                Ok(NOT_FOUND)
            }
            [question] if question.len() <= LONGEST_QUESTION => {
                self.answer(std::slice::from_ref(question), None)
            }
            _ => {
                self.nothing_found(&told)?;
                Ok(NOT_FOUND)
            }
        }
    }

    /// Explains a reply that was pasted as an argument.
    pub(super) fn explain_text(&mut self, text: &str) -> io::Result<u8> {
        let mut lines = text.lines();
        self.explain(|| lines.next().map(str::to_owned))?;
        Ok(FOUND)
    }

    fn explain(&mut self, mut next: impl FnMut() -> Option<String>) -> io::Result<Progress> {
        let mut scanner = Scanner::default();
        let mut told = Progress::default();
        while let Some(line) = next() {
            for find in scanner.line(&line) {
                match scanner.is_of_server() && is_well(&find) {
                    true => told.went_well(find),
                    false => self.tell(&mut told, Some(find))?,
                }
            }
        }
        let last = scanner.end();
        self.tell(&mut told, last)?;
        self.tell(&mut told, None)?;
        let alone = told.consequence.take().filter(|_| !told.any && told.not_understood == 0);
        if let Some(find) = alone {
            self.write_find(&find, 1, &mut told)?;
        }
        self.tell_well(&mut told)?;
        if told.any {
            self.tell_rest(&told)?;
        }
        Ok(told)
    }

    /// Holds a find back until the next one, so that repetitions can be counted.
    fn tell(&mut self, told: &mut Progress, find: Option<Find>) -> io::Result<()> {
        if let Some(Find::NotUnderstood(line)) = find {
            told.not_understood(line);
            return Ok(());
        }
        if let Some(Find::Consequence(..)) = find {
            told.consequence = told.consequence.take().or(find);
            return Ok(());
        }
        if find.is_some() && find == told.waiting {
            told.count += 1;
            return Ok(());
        }
        let count = std::mem::replace(&mut told.count, 1);
        let Some(before) = std::mem::replace(&mut told.waiting, find) else { return Ok(()) };
        self.write_find(&before, count, told)
    }

    fn write_find(&mut self, find: &Find, count: usize, told: &mut Progress) -> io::Result<()> {
        let first = !std::mem::replace(&mut told.any, true);
        if self.json {
            let object = json::find(find, count, &self.yours);
            return object
                .map_or(Ok(()), |object| writeln!(self.out, "{}", crate::json::line(&object)));
        }
        let group = told.group(find);
        if group.shown == MOST_SHOWN {
            group.more += count;
            return Ok(());
        }
        let explained = group.shown > 0;
        group.shown += 1;
        let mut page = Page::new(self.out, self.screen);
        if !first {
            page.gap()?;
        }
        let seen = |lines| Seen { lines, count, explained };
        match find {
            Find::Reply(code, lines) => page.reply(*code, seen(lines)),
            Find::Socket(code, line) => match code.row() {
                Some(row) => page.socket(Entry::Socket(row), seen(std::slice::from_ref(line))),
                None => Ok(()),
            },
            Find::Told(row, line) | Find::Consequence(row, line) => {
                page.told(row, seen(std::slice::from_ref(line)))
            }
            Find::NotUnderstood(_) => Ok(()),
        }
    }

    /// Prints successes: a line for each code, or the explanation if there is only one code and
    /// nothing else.
    fn tell_well(&mut self, told: &mut Progress) -> io::Result<()> {
        let well = std::mem::take(&mut told.well);
        if self.json || (well.len() == 1 && !told.any) {
            return well.iter().try_for_each(|(find, count)| self.write_find(find, *count, told));
        }
        if well.is_empty() {
            return Ok(());
        }
        let gap = if std::mem::replace(&mut told.any, true) { "\n" } else { "" };
        writeln!(self.out, "{gap}What went well:")?;
        well.iter().try_for_each(|(find, count)| match count {
            1 => writeln!(self.out, "  {}, once", title(find)),
            count => writeln!(self.out, "  {}, {count} times", title(find)),
        })
    }

    /// Prints what was not shown: further finds of explained causes, and lines that were not
    /// understood.
    fn tell_rest(&mut self, told: &Progress) -> io::Result<()> {
        if self.json {
            return match told.not_understood {
                0 => Ok(()),
                count => {
                    let object = json::not_understood(&told.examples, count);
                    writeln!(self.out, "{}", crate::json::line(&object))
                }
            };
        }
        let more: Vec<_> = told.groups.iter().filter(|group| group.more > 0).collect();
        if !more.is_empty() {
            writeln!(self.out, "\nFurther occurrences of the above:")?;
        }
        for Group { title, more, .. } in more {
            writeln!(self.out, "  {title}, {more} more")?;
        }
        if told.not_understood > 0 {
            writeln!(self.out, "\n{}:", not_understood(told.not_understood))?;
        }
        Page::new(self.out, self.screen).quoted(&told.examples)
    }

    fn unreadable(&mut self, error: &io::Error) -> io::Result<u8> {
        let text = format!(
            "cannot read the log: {error}; redirect a file to it, as in `packetboat code < server.log`"
        );
        let exit = Exit::LOCAL_FILE.row();
        self.complain(exit.name, &text, &[])?;
        Ok(exit.number)
    }

    fn nothing_found(&mut self, told: &Progress) -> io::Result<()> {
        let mut text = "found no reply and no socket error in the input".to_owned();
        if let Some(first) = told.examples.first() {
            text += &format!("; {}, the first: {first}", not_understood(told.not_understood));
        }
        self.complain("unknown", &text, &[])
    }
}

fn not_understood(count: usize) -> String {
    match count {
        1 => "1 line reports an error but was not understood".to_owned(),
        _ => format!("{count} lines report an error but were not understood"),
    }
}
