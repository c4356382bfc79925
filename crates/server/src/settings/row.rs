//! A row of the table: everything known about one setting, and how its text gets into the settings.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::spelling;

/// One setting. `T` is what the setting is part of: [`super::Settings`], or one entry of
/// `[[listen]]`, `[[host]]` or `[[mount]]`.
pub struct Row<T: 'static> {
    /// Its name: `section.setting`, or the bare setting in an entry.
    pub key: &'static str,
    /// The values it takes, and where they go.
    pub shape: Shape<T>,
    /// The default, as it would be written. `None`: the setting is unset by default.
    pub default: Option<&'static str>,
    /// What the setting does, in sentences.
    pub doc: &'static str,
    /// When a change takes effect.
    pub when: When,
    /// The option of `packetboat serve` that sets it.
    pub flag: Option<Flag>,
    /// Whether an entry of an array must have it.
    pub required: bool,
}

/// When a change of the configuration file takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// After the reload, for new sessions.
    NewSessions,
    /// At the reload, for open sessions as well.
    AtOnce,
    /// Only after the server restarts.
    Restart,
}

impl When {
    /// The value in tables and JSON.
    pub fn words(self) -> &'static str {
        match self {
            Self::NewSessions => "new sessions",
            Self::AtOnce => "at once",
            Self::Restart => "restart",
        }
    }

    /// A sentence for people.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::NewSessions => "A change applies to new sessions.",
            Self::AtOnce => "A change applies at once, to open sessions as well.",
            Self::Restart => "A change needs a restart.",
        }
    }
}

/// An option of the command line.
#[derive(Clone, Copy, Debug)]
pub struct Flag {
    /// Its name without the dashes.
    pub name: &'static str,
    /// The value that the option stands for, if it takes none.
    pub means: Option<&'static str>,
}

/// Reads text into the settings.
pub type Read<T> = fn(&mut T, &str) -> Result<(), String>;

/// The kind of a value, and the function that stores it.
pub enum Shape<T: 'static> {
    /// True or false.
    Flag(fn(&mut T, bool)),
    /// A whole number.
    Count(RangeInclusive<u64>, fn(&mut T, u64)),
    /// A number of bytes.
    Size(RangeInclusive<u64>, fn(&mut T, u64)),
    /// Bytes per second.
    Rate(RangeInclusive<u64>, fn(&mut T, u64)),
    /// A length of time.
    Time(RangeInclusive<Duration>, fn(&mut T, Duration)),
    /// One word out of several.
    Choice(&'static [Word<T>]),
    /// A file or folder. In a configuration file, a relative path starts at the folder of that
    /// file.
    Path(fn(&mut T, PathBuf)),
    /// Text of a given form.
    Text(Form, Read<T>),
    /// Several texts of a given form, each read separately.
    List(Form, Read<T>),
}

/// One word of a choice.
pub struct Word<T: 'static> {
    /// As it is written.
    pub word: &'static str,
    /// What it means.
    pub doc: &'static str,
    /// Chooses it.
    pub put: fn(&mut T),
}

/// A form of text.
#[derive(Clone, Copy, Debug)]
pub struct Form {
    /// What the text is, with its article: `a host name`.
    pub what: &'static str,
    /// Its placeholder on the command line.
    pub place: &'static str,
    /// A valid example.
    pub example: &'static str,
}

impl<T> Row<T> {
    /// A row without default and option, whose changes apply to new sessions.
    pub const fn new(key: &'static str, shape: Shape<T>, doc: &'static str) -> Self {
        let when = When::NewSessions;
        Self { key, shape, default: None, doc, when, flag: None, required: false }
    }

    /// Sets the default, as it would be written on the command line.
    pub const fn default(mut self, text: &'static str) -> Self {
        self.default = Some(text);
        self
    }

    /// Sets when a change takes effect.
    pub const fn when(mut self, when: When) -> Self {
        self.when = when;
        self
    }

    /// Adds an option that takes the value.
    pub const fn flag(mut self, name: &'static str) -> Self {
        self.flag = Some(Flag { name, means: None });
        self
    }

    /// Adds an option without a value, and the value that it stands for.
    pub const fn switch(mut self, name: &'static str, means: &'static str) -> Self {
        self.flag = Some(Flag { name, means: Some(means) });
        self
    }

    /// Makes the setting mandatory.
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }
}

impl<T> Shape<T> {
    /// Reads the text of a value, or of one item of a list, into the settings. Relative paths start
    /// at `base`.
    pub fn read(&self, into: &mut T, text: &str, base: &Path) -> Result<(), String> {
        match self {
            Self::Flag(put) => {
                put(into, text.parse().map_err(|_| "give true or false".to_owned())?);
            }
            Self::Count(range, put) => put(into, within(range, text.parse().ok(), self)?),
            Self::Size(range, put) => put(into, within(range, spelling::size(text), self)?),
            Self::Rate(_, _) if spelling::size(text).is_some() => {
                let way_out = self.way_out();
                return Err(format!(
                    "/s is missing: {text}/s is a rate, {text} is a size; {way_out}"
                ));
            }
            Self::Rate(range, put) => put(into, within(range, spelling::rate(text), self)?),
            Self::Time(range, put) => put(into, within(range, spelling::time(text), self)?),
            Self::Choice(words) => {
                let word = words.iter().find(|word| word.word == text);
                (word.ok_or_else(|| self.way_out())?.put)(into);
            }
            Self::Path(_) if text.is_empty() => return Err(self.way_out()),
            Self::Path(put) => put(into, base.join(text)),
            Self::Text(_, read) | Self::List(_, read) => read(into, text)?,
        }
        Ok(())
    }

    /// The values allowed, in words that follow "give".
    pub fn allowed(&self) -> String {
        match self {
            Self::Flag(_) => "true or false".to_owned(),
            Self::Count(range, _) => numbers("a number", range, |number| number.to_string()),
            Self::Size(range, _) => {
                let text = numbers("a size", range, spelling::show_size);
                format!("{text}, in bytes or such as 10MiB")
            }
            Self::Rate(range, _) => {
                let text = numbers("a rate", range, |rate| spelling::show_size(rate) + "/s");
                format!("{text}, such as 2MiB/s")
            }
            Self::Time(range, _) => {
                let (from, to) = (range.start(), range.end());
                let (from, to) = (spelling::show_time(*from), spelling::show_time(*to));
                format!("a length of time from {from} to {to}, such as {}", times(range).1)
            }
            Self::Choice(words) => {
                let words: Vec<&str> = words.iter().map(|word| word.word).collect();
                match words.as_slice() {
                    [first @ .., last] if !first.is_empty() => {
                        format!("{} or {last}", first.join(", "))
                    }
                    _ => words.join(", "),
                }
            }
            Self::Path(_) => "the path of a file or folder".to_owned(),
            Self::Text(form, _) => format!("{}, such as {}", form.what, form.example),
            Self::List(form, _) => {
                format!("a list, each item {}, such as {}", form.what, form.example)
            }
        }
    }

    /// The words of a choice, and what each means.
    pub fn words(&self) -> Vec<(&'static str, &'static str)> {
        match self {
            Self::Choice(words) => words.iter().map(|word| (word.word, word.doc)).collect(),
            _ => Vec::new(),
        }
    }

    /// The kind of value in a word or two.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Flag(_) => "true or false",
            Self::Count(..) => "number",
            Self::Size(..) => "size",
            Self::Rate(..) => "rate",
            Self::Time(..) => "time",
            Self::Choice(_) => "choice",
            Self::Path(_) => "path",
            Self::Text(..) => "text",
            Self::List(..) => "list",
        }
    }

    /// The placeholder of its value on the command line.
    pub fn place(&self) -> &'static str {
        match self {
            Self::Flag(_) => "true|false",
            Self::Count(..) => "COUNT",
            Self::Size(..) => "BYTES",
            Self::Rate(..) => "BYTES/s",
            Self::Time(..) => "TIME",
            Self::Choice(_) => "WHICH",
            Self::Path(_) => "PATH",
            Self::Text(form, _) | Self::List(form, _) => form.place,
        }
    }

    /// An example in TOML, for a setting without a default.
    pub fn example(&self) -> String {
        match self {
            Self::Flag(_) => "true".to_owned(),
            Self::Count(range, _) => range.start().to_string(),
            Self::Size(..) => "\"1GiB\"".to_owned(),
            Self::Rate(..) => "\"2MiB/s\"".to_owned(),
            Self::Time(range, _) => spelling::quoted(times(range).0),
            Self::Choice(words) => spelling::quoted(words.first().map_or("", |word| word.word)),
            Self::Path(_) => "\"/path\"".to_owned(),
            Self::Text(form, _) => spelling::quoted(form.example),
            Self::List(form, _) => format!("[{}]", spelling::quoted(form.example)),
        }
    }

    /// Writes a value in TOML.
    pub fn in_toml(&self, text: &str) -> String {
        match self {
            Self::Flag(_) | Self::Count(..) => text.to_owned(),
            Self::List(..) if text.is_empty() => "[]".to_owned(),
            Self::List(..) => format!("[{}]", spelling::quoted(text)),
            _ => spelling::quoted(text),
        }
    }

    fn way_out(&self) -> String {
        format!("give {}", self.allowed())
    }
}

/// An example of a time that is in range, and a list of examples.
fn times(range: &RangeInclusive<Duration>) -> (&'static str, &'static str) {
    let minutes = Duration::from_secs(300);
    match (range.contains(&minutes), *range.end() < minutes) {
        (true, _) => ("5m", "90s, 5m or 1h"),
        (false, true) => ("5s", "5s, 30s or 1m"),
        (false, false) => ("7d", "12h, 7d or 30d"),
    }
}

fn within<V: PartialOrd, T>(
    range: &RangeInclusive<V>,
    value: Option<V>,
    shape: &Shape<T>,
) -> Result<V, String> {
    value.filter(|value| range.contains(value)).ok_or_else(|| shape.way_out())
}

fn numbers(what: &str, range: &RangeInclusive<u64>, show: fn(u64) -> String) -> String {
    match (*range.start(), *range.end()) {
        (0, u64::MAX) => what.to_owned(),
        (from, u64::MAX) => format!("{what} of at least {}", show(from)),
        (from, to) => format!("{what} from {} to {}", show(from), show(to)),
    }
}
