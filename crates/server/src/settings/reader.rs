//! [`Reader`] puts the settings together: defaults of the table, then the configuration file, then
//! the options of the command line and `--set`, each overriding the one before. It reports every
//! error, not only the first.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::arrays::{self, Arrays};
use super::document::{self, Entry, Mistake, Scalar, Table, Value};
use super::problem::{self, Origin, Problem};
use super::row::{Row, Shape, When};
use super::show::InForce;
use super::{Rows, SECTIONS, Settings, base_of, rows};
use packetboat_closest::closest;

/// The setting that FOLDER on the command line stands for.
const ROOT: &str = "server.root";

/// Collects what was given until everything can be read.
#[derive(Clone, Debug, Default)]
pub struct Reader {
    given: BTreeMap<&'static str, Given>,
    arrays: Arrays,
    /// FOLDER of the command line, which need not be valid UTF-8.
    folder: Option<PathBuf>,
    problems: Vec<Problem>,
}

/// The text of one setting, or the texts of a list's items.
#[derive(Clone, Debug, Default)]
pub(super) struct Given {
    pub texts: Vec<(String, Origin)>,
    /// Where the setting as a whole was given: an empty list has no items with an origin.
    pub origin: Option<Origin>,
    /// Where relative paths start.
    pub base: PathBuf,
}

impl Reader {
    /// A reader with nothing but the defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the text of a configuration file.
    pub fn file(&mut self, path: &Path, text: &str) {
        let name = Arc::new(path.to_owned());
        let at = |line| Origin::File(Arc::clone(&name), line);
        let (entries, mistakes) = document::parse(text);
        // What was read from a line with an error is not what its author meant.
        let lines = document::Written::new(text);
        let is_sound = |entry: &Entry| mistakes.iter().all(|by| !lines.is_spoilt(entry.line, by));
        let first = |key: &str| entries.iter().find(|entry| entry.key == key).map(|it| it.line);
        let misplaced: Vec<(usize, &str)> = headings_of_arrays(&entries).collect();
        let problem = |mistake: &Mistake| {
            let key = lines.key(mistake.line).unwrap_or_default();
            let row = rows().find(|row| row.key == key);
            let (key, text) = match (row, mistake.again) {
                // The heading itself is reported separately.
                (_, true) if misplaced.contains(&(mistake.line, key.as_str())) => return None,
                (_, true) => {
                    let text = match lines.first_heading(&key).filter(|at| *at < mistake.line) {
                        Some(at) => began(at),
                        None => is_set(first(&key)),
                    };
                    (key, text)
                }
                (Some(row), false) => (key, format!("{}; {}", mistake.text, give(&row.shape))),
                (None, false) => (String::new(), mistake.text.clone()),
            };
            Some(Problem::new(at(mistake.line), key, text))
        };
        self.problems.extend(mistakes.iter().filter_map(problem));
        let entries: Vec<Entry> = entries.into_iter().filter(is_sound).collect();
        self.entries(entries, &at, &base_of(path));
    }

    /// Takes the values of an option of the command line.
    pub fn flag(&mut self, row: &'static Row<Settings>, texts: Vec<String>) {
        let name = row.flag.map_or(row.key, |flag| flag.name);
        let origin = Origin::Flag(format!("--{name}"));
        if super::SHORT.iter().any(|short| std::ptr::eq(short, row)) {
            return self.arrays.shorten(row, texts, origin);
        }
        let texts = texts.into_iter().map(|text| (text, origin.clone())).collect();
        let given = Given { texts, origin: Some(origin), base: PathBuf::new() };
        self.given.insert(row.key, given);
    }

    /// Takes FOLDER of the command line.
    pub fn folder(&mut self, path: &Path) {
        let origin = Origin::Flag("FOLDER".to_owned());
        self.folder = Some(path.to_owned());
        let texts = vec![(path.to_string_lossy().into_owned(), origin.clone())];
        self.given.insert(ROOT, Given { texts, origin: Some(origin), base: PathBuf::new() });
    }

    /// Takes `KEY=VALUE`. The value may be TOML, as in the file, or bare text.
    pub fn set(&mut self, assignment: &str) {
        let Some((key, value)) = assignment.split_once('=') else {
            let text = format!("{assignment:?} has no `=`; give --set KEY=VALUE");
            return self.problems.push(Problem::new(Origin::Set, "", text));
        };
        let (key, value) = (key.trim(), value.trim());
        let as_in_file = || {
            let (entries, mistakes) = document::parse(&format!("{key} = {value}"));
            mistakes.is_empty().then_some(entries)
        };
        let bare = || {
            let value = Value::One(Scalar::Bare(value.to_owned()));
            vec![Entry { key: key.to_owned(), line: 1, value }]
        };
        let is_written = value.starts_with(['[', '"', '\'']);
        let entries = is_written.then(as_in_file).flatten().unwrap_or_else(bare);
        let named: Vec<Entry> =
            entries.into_iter().filter(|entry| !matches!(entry.value, Value::Heading)).collect();
        self.entries(named, &|_| Origin::Set, Path::new(""));
    }

    fn entries(&mut self, entries: Vec<Entry>, at: &dyn Fn(usize) -> Origin, base: &Path) {
        let headings = wrong_headings(&entries);
        let single = as_tables(&entries);
        for entry in entries.into_iter().chain(single) {
            // What is below a heading that is reported as wrong is not reported again.
            let (section, _) = entry.key.split_once('.').unwrap_or_default();
            if headings.iter().any(|heading| heading == section) {
                continue;
            }
            let origin = at(entry.line);
            let section = SECTIONS.iter().find(|section| section.name == entry.key);
            let row = rows().find(|row| row.key == entry.key);
            match (section, row, entry.value) {
                (Some(section), None, Value::Tables(tables)) => {
                    self.arrays.read(&section.rows, tables, at, base, &mut self.problems);
                }
                (Some(section), None, value) => {
                    let is_table = matches!(section.rows, Rows::Once(_));
                    let heading = matches!(value, Value::Heading);
                    if is_table != heading {
                        self.problems.push(arrays::misplaced(section, origin));
                    }
                }
                (None, Some(row), value) => match texts(&row.shape, value, at, &origin) {
                    Ok(texts) => {
                        if row.key == ROOT {
                            // It was given after FOLDER, and overrides it.
                            self.folder = None;
                        }
                        let base = base.to_owned();
                        self.given.insert(row.key, Given { texts, origin: Some(origin), base });
                    }
                    Err(text) => self.problems.push(Problem::new(origin, row.key, text)),
                },
                // Its contents are checked separately.
                (None, None, Value::Heading) if has_settings(&entry.key) => {}
                (_, _, Value::Heading) => self.problems.push(unknown_section(origin, entry.key)),
                (_, _, _) => self.problems.push(unknown(origin, entry.key)),
            }
        }
    }

    /// Returns all settings, or everything that is wrong.
    pub fn finish(self) -> Result<Settings, Vec<Problem>> {
        let (settings, problems) = self.read();
        if problems.is_empty() { Ok(settings) } else { Err(problems) }
    }

    /// Returns the settings as far as they could be read, and everything that is wrong.
    pub fn read(self) -> (Settings, Vec<Problem>) {
        let Self { given, arrays, folder, mut problems } = self;
        let mut settings = Settings::default();
        for row in rows() {
            let found = given.get(row.key);
            for problem in apply(row, found, &mut settings) {
                problems.push(Problem::new(problem.0, row.key, problem.1));
            }
            settings.in_force.push(InForce::of(row, found));
        }
        if folder.is_some() {
            settings.root = folder;
        }
        arrays.finish(&mut settings, &mut problems);
        problem::sort(&mut problems);
        (settings, problems)
    }

    /// Like [`Self::finish`], for a reload: settings that need a restart keep the value they have
    /// in `running`. Returns the names of those that would have changed as well.
    pub fn finish_beside(
        self,
        running: &Reader,
    ) -> Result<(Settings, Vec<&'static str>), Vec<Problem>> {
        let mut kept = self.clone();
        self.finish()?;
        let mut waits = Vec::new();
        for row in rows().filter(|row| row.when == When::Restart) {
            let text = |reader: &Reader| {
                let given = reader.given.get(row.key);
                let texts = given.map(|given| given.texts.iter().map(|(text, _)| text.clone()));
                texts.map(Iterator::collect::<Vec<String>>)
            };
            if text(&kept) != text(running) {
                waits.push(row.key);
            }
            match running.given.get(row.key) {
                Some(given) => drop(kept.given.insert(row.key, given.clone())),
                None => drop(kept.given.remove(row.key)),
            }
        }
        kept.finish().map(|settings| (settings, waits))
    }
}

/// Puts what was given, or the default, into the settings. Returns what is wrong with it.
pub(super) fn apply<T>(row: &Row<T>, given: Option<&Given>, into: &mut T) -> Vec<(Origin, String)> {
    let mut wrong = Vec::new();
    match given {
        Some(given) => {
            for (text, origin) in &given.texts {
                if let Err(what) = row.shape.read(into, text, &given.base) {
                    let told = super::spelling::quoted(text);
                    wrong.push((origin.clone(), format!("{told} is not valid; {what}")));
                }
            }
        }
        None => {
            if let Some(Err(what)) =
                row.default.map(|text| row.shape.read(into, text, Path::new("")))
            {
                wrong.push((Origin::Default, what));
            }
        }
    }
    wrong
}

/// The texts of a value, if the value is of the right type.
pub(super) fn texts<T>(
    shape: &Shape<T>,
    value: Value,
    at: &dyn Fn(usize) -> Origin,
    origin: &Origin,
) -> Result<Vec<(String, Origin)>, String> {
    match (shape, value) {
        (Shape::List(..), Value::Many(items)) => {
            let item = |(scalar, line)| text(shape, scalar).map(|text| (text, at(line)));
            items.into_iter().map(item).collect()
        }
        (Shape::List(..), Value::One(Scalar::Bare(text))) => Ok(vec![(text, origin.clone())]),
        (Shape::List(..), Value::One(_)) => {
            Err(format!("a list is expected, in brackets; give {}", shape.allowed()))
        }
        (_, Value::One(scalar)) => Ok(vec![(text(shape, scalar)?, origin.clone())]),
        (_, Value::Many(_)) => {
            Err(format!("a single value is expected, not a list; {}", give(shape)))
        }
        (_, Value::Tables(_) | Value::Heading) => {
            Err(format!("a value is expected, not a table; {}", give(shape)))
        }
    }
}

fn text<T>(shape: &Shape<T>, scalar: Scalar) -> Result<String, String> {
    use Shape::{Count, Flag, Rate, Size, Time};
    match (shape, scalar) {
        (_, Scalar::Bare(text)) => Ok(text),
        (Flag(_), Scalar::Flag(flag)) => Ok(flag.to_string()),
        (Count(..) | Size(..), Scalar::Number(number)) => Ok(number),
        (Flag(_) | Count(..), Scalar::Text(text)) => {
            Err(format!("\"{text}\" is text; {}, without quotes", give(shape)))
        }
        (Time(..) | Rate(..), Scalar::Number(number)) => {
            let unit = if matches!(shape, Time(..)) { "s" } else { "B/s" };
            Err(format!("{number} has no unit; {}: \"{number}{unit}\"", give(shape)))
        }
        (_, Scalar::Text(text)) => Ok(text),
        (_, Scalar::Flag(flag)) => Err(format!("{flag} is of the wrong type; {}", give(shape))),
        (_, Scalar::Number(number)) => {
            Err(format!("{number} is of the wrong type; {}, in quotes", give(shape)))
        }
        (_, Scalar::Other(what)) => Err(format!("{what} is of the wrong type; {}", give(shape))),
    }
}

fn give<T>(shape: &Shape<T>) -> String {
    format!("give {}", shape.allowed())
}

/// The message for a heading that is repeated.
fn began(line: usize) -> String {
    format!(
        "this section already began on line {line}; move these settings there, and remove this heading"
    )
}

/// The message for a setting that is repeated.
fn is_set(line: Option<usize>) -> String {
    match line {
        Some(line) => format!("already set on line {line}; remove one of the two"),
        None => "set twice; remove one of the two".to_owned(),
    }
}

/// Headings of sections that do not exist, or that are written as a table and are arrays.
fn wrong_headings(entries: &[Entry]) -> Vec<String> {
    let headings = entries.iter().filter(|entry| matches!(entry.value, Value::Heading));
    let is_table = |name: &str| {
        let section = SECTIONS.iter().find(|section| section.name == name);
        section.is_some_and(|section| matches!(section.rows, Rows::Once(_)))
    };
    let wrong = headings.filter(|entry| !is_table(&entry.key) && !has_settings(&entry.key));
    wrong.map(|entry| entry.key.clone()).collect()
}

/// Arrays that are written as a single table, with the line of the heading.
fn headings_of_arrays(entries: &[Entry]) -> impl Iterator<Item = (usize, &str)> {
    let headings = entries.iter().filter(|entry| matches!(entry.value, Value::Heading));
    let is_array = |entry: &&Entry| {
        let section = SECTIONS.iter().find(|section| section.name == entry.key);
        section.is_some_and(|section| !matches!(section.rows, Rows::Once(_)))
    };
    headings.filter(is_array).map(|entry| (entry.line, entry.key.as_str()))
}

/// The contents below those headings, as arrays of one table each, so that they are checked all the
/// same.
fn as_tables(entries: &[Entry]) -> Vec<Entry> {
    let table = |(line, heading): (usize, &str)| {
        let inner = |entry: &Entry| {
            let key = entry.key.strip_prefix(heading)?.strip_prefix('.')?.to_owned();
            Some(Entry { key, ..entry.clone() })
        };
        let table = Table { line, entries: entries.iter().filter_map(inner).collect() };
        Entry { key: heading.to_owned(), line, value: Value::Tables(vec![table]) }
    };
    headings_of_arrays(entries).map(table).collect()
}

/// Whether the table has settings below this heading.
fn has_settings(heading: &str) -> bool {
    let beneath = |key: &str| key.strip_prefix(heading).is_some_and(|rest| rest.starts_with('.'));
    rows().any(|row| beneath(row.key))
}

fn unknown_section(origin: Origin, key: String) -> Problem {
    let names: Vec<&str> = SECTIONS.iter().map(|section| section.name).collect();
    let text = match closest(&key, names.iter().copied()) {
        Some(name) => format!("there is no such section; did you mean {name}?"),
        None => format!("there is no such section; the sections are {}", names.join(", ")),
    };
    Problem::new(origin, key, text)
}

fn unknown(origin: Origin, key: String) -> Problem {
    let by_flag = rows().find(|row| {
        let last = key.rsplit('.').next().unwrap_or_default().replace('_', "-");
        row.flag.is_some_and(|flag| flag.means.is_none() && flag.name == last)
    });
    let names = || rows().map(|row| row.key).chain(SECTIONS.iter().map(|section| section.name));
    let text = match by_flag.map(|row| row.key).or_else(|| closest(&key, names())) {
        Some(name) => format!("there is no such setting; did you mean {name}?"),
        None => {
            "there is no such setting; `packetboat config defaults` lists all settings".to_owned()
        }
    };
    Problem::new(origin, key, text)
}
