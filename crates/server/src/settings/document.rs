//! Flattens a TOML document into a list of what it sets, each with its line number.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

/// One key that a document sets.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Its name, prefixed with the names of the tables around it.
    pub key: String,
    /// Its line, counted from 1.
    pub line: usize,
    pub value: Value,
}

#[derive(Clone, Debug)]
pub(super) enum Value {
    One(Scalar),
    /// An array, each item with its line.
    Many(Vec<(Scalar, usize)>),
    /// An array of tables.
    Tables(Vec<Table>),
    /// A table. Its contents follow as entries of their own.
    Heading,
}

/// One table of an array of tables.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub line: usize,
    pub entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
pub(super) enum Scalar {
    Flag(bool),
    /// A whole number in decimal.
    Number(String),
    Text(String),
    /// A value that no setting takes, such as a date.
    Other(&'static str),
    /// From the command line, where every value is text.
    Bare(String),
}

/// A syntax error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mistake {
    pub line: usize,
    pub text: String,
    /// The only error is that the key or section was there before.
    pub again: bool,
}

/// Reads a document. If there are syntax errors, returns what could be read, and every error with
/// its line.
pub(super) fn parse(text: &str) -> (Vec<Entry>, Vec<Mistake>) {
    let lines = Lines(text);
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut entries = Vec::new();
    lines.flatten(table.get_ref(), "", &mut entries);
    entries.sort_by_key(|entry| entry.line);
    let mistake = |error: toml::de::Error| {
        let at = error.span().map_or(0, |span| span.start);
        let text = format!("this is not valid TOML: {}", error.message());
        Mistake { line: lines.at(at), text, again: error.message() == "duplicate key" }
    };
    (entries, errors.into_iter().map(mistake).collect())
}

/// The lines of a document as written, to describe its errors.
pub(super) struct Written<'a>(Vec<&'a str>);

impl<'a> Written<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self(text.lines().map(str::trim).collect())
    }

    /// The nearest heading at or above a line, and its line number.
    fn heading(&self, line: usize) -> Option<(usize, &'a str)> {
        let lines = self.0.iter().enumerate().take(line);
        lines.rev().find(|(_, text)| text.starts_with('[')).map(|(at, text)| (at + 1, *text))
    }

    /// Whether a syntax error spoilt what was read from a line. Below a broken heading, everything
    /// is spoilt; a mere duplicate spoils nothing.
    pub(super) fn is_spoilt(&self, line: usize, by: &Mistake) -> bool {
        let beneath = line > by.line && self.heading(line).is_some_and(|(at, _)| at == by.line);
        !by.again && (line == by.line || beneath)
    }

    /// The line of the first heading of a section.
    pub(super) fn first_heading(&self, name: &str) -> Option<usize> {
        let is_it = |text: &&str| text.starts_with('[') && section(text) == name;
        self.0.iter().position(is_it).map(|at| at + 1)
    }

    /// The full name of the setting on a line, or the name of the section if the line is a heading.
    pub(super) fn key(&self, line: usize) -> Option<String> {
        let text = self.0.get(line.checked_sub(1)?)?;
        let section = self.heading(line).map_or("", |(_, text)| section(text));
        if text.starts_with('[') {
            return Some(section.to_owned());
        }
        let (name, _) = text.split_once('=')?;
        let parts = [section, name].map(str::trim);
        Some(parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("."))
    }
}

/// The name in a heading, which a comment may follow.
fn section(heading: &str) -> &str {
    heading.trim_start_matches('[').split(']').next().unwrap_or_default().trim()
}

struct Lines<'a>(&'a str);

impl Lines<'_> {
    fn at(&self, offset: usize) -> usize {
        let before = self.0.as_bytes().get(..offset).unwrap_or(self.0.as_bytes());
        before.iter().filter(|byte| **byte == b'\n').count() + 1
    }

    fn of(&self, span: Range<usize>) -> usize {
        self.at(span.start)
    }

    fn flatten(&self, table: &DeTable<'_>, prefix: &str, into: &mut Vec<Entry>) {
        for (name, value) in table {
            let key = format!("{prefix}{}", name.get_ref());
            let line = self.of(name.span());
            match value.get_ref() {
                DeValue::Table(inner) => {
                    into.push(Entry { key: key.clone(), line, value: Value::Heading });
                    self.flatten(inner, &format!("{key}."), into);
                }
                DeValue::Array(items)
                    if !items.is_empty() && items.iter().all(|item| item.get_ref().is_table()) =>
                {
                    let mut tables = Vec::new();
                    for item in items {
                        let mut entries = Vec::new();
                        if let DeValue::Table(inner) = item.get_ref() {
                            self.flatten(inner, "", &mut entries);
                        }
                        entries.sort_by_key(|entry| entry.line);
                        tables.push(Table { line: self.of(item.span()), entries });
                    }
                    into.push(Entry { key, line, value: Value::Tables(tables) });
                }
                DeValue::Array(items) => {
                    let item = |item: &toml::Spanned<DeValue<'_>>| {
                        (scalar(item.get_ref()), self.of(item.span()))
                    };
                    let value = Value::Many(items.iter().map(item).collect());
                    into.push(Entry { key, line, value });
                }
                other => {
                    let value = Value::One(scalar(other));
                    into.push(Entry { key, line, value });
                }
            }
        }
    }
}

fn scalar(value: &DeValue<'_>) -> Scalar {
    match value {
        DeValue::String(text) => Scalar::Text(text.to_string()),
        DeValue::Boolean(flag) => Scalar::Flag(*flag),
        DeValue::Integer(number) => {
            let read = i128::from_str_radix(number.as_str(), number.radix());
            Scalar::Number(read.map_or_else(|_| number.to_string(), |number| number.to_string()))
        }
        DeValue::Float(_) => Scalar::Other("a number with a fraction"),
        DeValue::Datetime(_) => Scalar::Other("a date"),
        DeValue::Array(_) => Scalar::Other("an array"),
        DeValue::Table(_) => Scalar::Other("a table"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_has_its_line() {
        let (entries, errors) = parse(
            "[a]\nx = 1\n\n[a.b]\ny = \"t\"\n\n[[list]]\nz = true\n\n[[list]]\nz = [\n  \"u\",\n  2.5]\n",
        );
        assert_eq!(errors, []);
        let shown: Vec<String> = entries
            .iter()
            .map(|entry| format!("{} {} {:?}", entry.line, entry.key, entry.value))
            .collect();
        assert_eq!(shown[0], "1 a Heading");
        assert_eq!(shown[1], "2 a.x One(Number(\"1\"))");
        assert_eq!(shown[3], "5 a.b.y One(Text(\"t\"))");
        let Value::Tables(tables) = &entries[4].value else { panic!("{shown:?}") };
        assert_eq!((tables[0].line, tables[1].line), (7, 10));
        let Value::Many(items) = &tables[1].entries[0].value else { panic!("{tables:?}") };
        assert_eq!((items[0].1, items[1].1), (12, 13));
    }

    #[test]
    fn every_mistake_is_told_with_its_line() {
        let (_, errors) = parse("a = \nb = 1\nc = 'open\nb = 2\n");
        let told: Vec<_> = errors.iter().map(|mistake| (mistake.line, mistake.again)).collect();
        assert_eq!(told, [(1, false), (3, false), (4, true)], "{errors:?}");
    }
}
