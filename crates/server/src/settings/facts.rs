//! What the table says about each setting, as plain data for the reference, man pages and
//! `packetboat config`.

use super::row::{Row, When};
use super::{Rows, SECTIONS};

/// What the table says about one setting.
#[derive(Clone, Debug)]
pub struct Fact {
    /// The section's name.
    pub section: &'static str,
    /// Its name. For a setting in an array, with the array's name: `listen[].address`.
    pub key: String,
    /// The kind of value.
    pub kind: &'static str,
    /// The values allowed, in words.
    pub allowed: String,
    /// The words of a choice, and what each means.
    pub words: Vec<(&'static str, &'static str)>,
    /// The default in TOML.
    pub default: Option<String>,
    /// What the setting does.
    pub doc: &'static str,
    /// When a change takes effect.
    pub when: When,
    /// The option of `packetboat serve` that sets it.
    pub flag: Option<&'static str>,
    /// Whether an entry of its array must have it.
    pub required: bool,
}

/// Every setting, in the order of the table.
pub fn facts() -> Vec<Fact> {
    let of_section = |section: &super::Section| match section.rows {
        Rows::Once(rows) => rows.iter().map(|row| fact(section.name, "", row)).collect::<Vec<_>>(),
        Rows::Listen(rows) => entries(section.name, rows),
        Rows::Host(rows) => entries(section.name, rows),
        Rows::Mount(rows) => entries(section.name, rows),
    };
    SECTIONS.iter().flat_map(of_section).collect()
}

fn entries<T>(section: &'static str, rows: &[Row<T>]) -> Vec<Fact> {
    let prefix = format!("{section}[].");
    rows.iter().map(|row| fact(section, &prefix, row)).collect()
}

fn fact<T>(section: &'static str, prefix: &str, row: &Row<T>) -> Fact {
    Fact {
        section,
        key: format!("{prefix}{}", row.key),
        kind: row.shape.kind(),
        allowed: row.shape.allowed(),
        words: row.shape.words(),
        default: row.default.map(|text| row.shape.in_toml(text)),
        doc: row.doc,
        when: row.when,
        flag: row.flag.map(|flag| flag.name),
        required: row.required,
    }
}
