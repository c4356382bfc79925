//! What the table says of each setting, for references and programs.

use super::row::{Row, When};
use super::{Rows, SECTIONS};

/// What the table says of one setting.
#[derive(Clone, Debug)]
pub struct Fact {
    /// The section's name.
    pub section: &'static str,
    /// Its name; of those in an array, with the array's: `listen[].address`.
    pub key: String,
    /// The kind of value.
    pub kind: &'static str,
    /// What can stand there.
    pub allowed: String,
    /// The words to choose from, and what they mean.
    pub words: Vec<(&'static str, &'static str)>,
    /// The default as it stands in TOML.
    pub default: Option<String>,
    /// What it does.
    pub doc: &'static str,
    /// From when a change counts.
    pub when: When,
    /// The option of `packetboat serve` that sets it.
    pub flag: Option<&'static str>,
    /// Whether an entry of an array has to have it.
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
