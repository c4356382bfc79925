//! The settings as text: the values in force with their origins, and a configuration file of all
//! defaults.

use std::fmt::Write as _;

use super::problem::Origin;
use super::reader::Given;
use super::row::{Row, Shape};
use super::spelling::quoted;
use super::{Rows, SECTIONS, Section};

/// One setting with the value in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InForce {
    /// Its name.
    pub key: String,
    /// Its value in TOML, if it has one.
    pub value: Option<String>,
    /// Where it was given.
    pub origin: Origin,
}

impl InForce {
    pub(super) fn of<T>(row: &Row<T>, given: Option<&Given>) -> Self {
        let (value, origin) = match given {
            None => (row.default.map(|text| row.shape.in_toml(text)), Origin::Default),
            Some(given) => {
                (Some(written(&row.shape, given)), given.origin.clone().unwrap_or(Origin::Default))
            }
        };
        Self { key: row.key.to_owned(), value, origin }
    }
}

fn written<T>(shape: &Shape<T>, given: &Given) -> String {
    match shape {
        Shape::List(..) => {
            let items: Vec<String> = given.texts.iter().map(|(text, _)| quoted(text)).collect();
            format!("[{}]", items.join(", "))
        }
        Shape::Path(_) => {
            let path = given.texts.first().map(|(text, _)| given.base.join(text));
            quoted(&path.unwrap_or_default().to_string_lossy())
        }
        shape => given.texts.first().map(|(text, _)| shape.in_toml(text)).unwrap_or_default(),
    }
}

/// A configuration file that sets every setting to its default, for `packetboat config defaults`.
pub fn defaults() -> String {
    let mut text = String::from(
        "# The settings of Packetboat, each at its default. A line behind a single # has no default; remove\n\
         # the # to set it. Times are written like 90s, 5m or 1h, sizes like 64KiB or 10MiB, rates like 2MiB/s.\n\
         # Relative paths start at the folder of this file.\n",
    );
    for section in SECTIONS {
        let _ = writeln!(text);
        comment(&mut text, section.doc);
        match section.rows {
            Rows::Once(rows) => {
                let _ = writeln!(text, "[{}]", section.name);
                for row in rows {
                    setting(&mut text, row, bare(section, row.key), row.default.is_none());
                }
            }
            Rows::Listen(rows) => array(&mut text, section.name, rows),
            Rows::Host(rows) => array(&mut text, section.name, rows),
            Rows::Mount(rows) => array(&mut text, section.name, rows),
        }
    }
    text
}

fn array<T>(text: &mut String, name: &str, rows: &[Row<T>]) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "#[[{name}]]");
    for row in rows {
        setting(text, row, row.key, true);
    }
}

fn setting<T>(text: &mut String, row: &Row<T>, name: &str, out: bool) {
    let _ = writeln!(text);
    comment(text, row.doc);
    comment(
        text,
        &format!("Allowed: {}. {}", row.shape.allowed().trim_end_matches('.'), row.when.sentence()),
    );
    let value = row.default.map_or_else(|| row.shape.example(), |value| row.shape.in_toml(value));
    let mark = if out { "#" } else { "" };
    let _ = writeln!(text, "{mark}{name} = {value}");
}

/// The setting's name without the name of its section.
fn bare<'a>(section: &Section, key: &'a str) -> &'a str {
    key.strip_prefix(section.name).and_then(|rest| rest.strip_prefix('.')).unwrap_or(key)
}

/// Writes text as comment lines.
fn comment(text: &mut String, words: &str) {
    const WIDTH: usize = 100;
    let mut line = String::from("#");
    for word in words.split_whitespace() {
        if line.len() + word.len() >= WIDTH {
            let _ = writeln!(text, "{line}");
            line = String::from("#");
        }
        line.push(' ');
        line.push_str(word);
    }
    let _ = writeln!(text, "{line}");
}
