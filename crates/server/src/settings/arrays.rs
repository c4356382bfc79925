//! Reads the arrays of tables: `[[listen]]`, `[[host]]` and `[[mount]]`.

use std::path::Path;

use super::document::Table;
use super::problem::{Origin, Problem};
use super::reader::{Given, apply, texts};
use super::row::Row;
use super::show::InForce;
use super::{Host, Listener, Mount, Rows, SHORT, Section, Settings};
use packetboat_closest::closest;

/// The arrays as far as they have been read.
#[derive(Clone, Debug, Default)]
pub(super) struct Arrays {
    listen: Vec<Listener>,
    hosts: Vec<Host>,
    mounts: Vec<Mount>,
    /// What was given, for `packetboat config show`.
    shown: Vec<InForce>,
    /// Options of the command line that stand for entries: index in [`SHORT`], value and origin.
    short: Vec<(usize, String, Origin)>,
}

impl Arrays {
    /// Takes an array from the configuration file.
    pub(super) fn read(
        &mut self,
        rows: &Rows,
        tables: Vec<Table>,
        at: &dyn Fn(usize) -> Origin,
        base: &Path,
        problems: &mut Vec<Problem>,
    ) {
        let shown = &mut self.shown;
        let mut around = Around { at, base, problems, shown };
        match rows {
            Rows::Listen(rows) => {
                self.listen =
                    around.entries("listen", rows, tables, |one, at| one.origin = Some(at));
            }
            Rows::Host(rows) => {
                self.hosts = around.entries("host", rows, tables, |one, at| one.origin = Some(at));
            }
            Rows::Mount(rows) => {
                self.mounts =
                    around.entries("mount", rows, tables, |one, at| one.origin = Some(at));
            }
            Rows::Once(_) => {
                for table in tables {
                    let text = "this section cannot be repeated: write its name in single brackets";
                    around.problems.push(Problem::new(at(table.line), "", text));
                }
            }
        }
    }

    /// Takes an option that stands for entries. It replaces the array of the file.
    pub(super) fn shorten(&mut self, row: &Row<Settings>, texts: Vec<String>, origin: Origin) {
        match row.key {
            "listen" => self.listen.clear(),
            "host" => self.hosts.clear(),
            _ => self.mounts.clear(),
        }
        let prefix = format!("{}[", row.key);
        let is_flag = |setting: &InForce| matches!(setting.origin, Origin::Flag(_));
        self.shown.retain(|setting| !setting.key.starts_with(&prefix) || is_flag(setting));
        let Some(number) = SHORT.iter().position(|short| std::ptr::eq(short, row)) else { return };
        for text in texts {
            self.shown.push(InForce {
                key: format!("{}[]", row.key),
                value: Some(super::spelling::quoted(&text)),
                origin: origin.clone(),
            });
            self.short.push((number, text, origin.clone()));
        }
    }

    /// Puts everything into the settings.
    pub(super) fn finish(self, settings: &mut Settings, problems: &mut Vec<Problem>) {
        settings.listen = self.listen;
        settings.hosts = self.hosts;
        settings.mounts = self.mounts;
        settings.in_force.extend(self.shown);
        for (number, text, origin) in self.short {
            let row = &SHORT[number];
            if let Err(what) = row.shape.read(settings, &text, Path::new("")) {
                problems.push(Problem::new(origin.clone(), row.key, format!("{text:?}: {what}")));
            }
            let place = match row.key {
                "listen" => settings.listen.last_mut().map(|one| &mut one.origin),
                "host" => settings.hosts.last_mut().map(|one| &mut one.origin),
                _ => settings.mounts.last_mut().map(|one| &mut one.origin),
            };
            if let Some(place) = place {
                *place = Some(origin);
            }
        }
    }
}

/// The context in which entries are read.
struct Around<'a> {
    at: &'a dyn Fn(usize) -> Origin,
    base: &'a Path,
    problems: &'a mut Vec<Problem>,
    shown: &'a mut Vec<InForce>,
}

impl Around<'_> {
    fn entries<T: Default>(
        &mut self,
        name: &str,
        rows: &'static [Row<T>],
        tables: Vec<Table>,
        place: fn(&mut T, Origin),
    ) -> Vec<T> {
        let prefix = format!("{name}[");
        self.shown.retain(|setting| !setting.key.starts_with(&prefix));
        let numbered = tables.into_iter().enumerate();
        numbered
            .map(|(number, table)| {
                let mut one = self.entry(&format!("{name}[{}]", number + 1), rows, &table);
                place(&mut one, (self.at)(table.line));
                one
            })
            .collect()
    }

    fn entry<T: Default>(&mut self, name: &str, rows: &'static [Row<T>], table: &Table) -> T {
        let mut one = T::default();
        for entry in &table.entries {
            if rows.iter().all(|row| row.key != entry.key) {
                let names: Vec<&'static str> = rows.iter().map(|row| row.key).collect();
                let text = match closest(&entry.key, names.iter().copied()) {
                    Some(close) => format!("there is no such setting; did you mean {close}?"),
                    None => format!(
                        "there is no such setting; the settings here are {}",
                        names.join(", ")
                    ),
                };
                self.wrong((self.at)(entry.line), format!("{name}.{}", entry.key), text);
            }
        }
        for row in rows {
            self.setting(name, row, table, &mut one);
        }
        one
    }

    fn setting<T>(&mut self, name: &str, row: &'static Row<T>, table: &Table, into: &mut T) {
        let key = format!("{name}.{}", row.key);
        let entry = table.entries.iter().find(|entry| entry.key == row.key);
        let given = entry.map(|entry| {
            let origin = (self.at)(entry.line);
            let texts = texts(&row.shape, entry.value.clone(), self.at, &origin);
            (origin, texts)
        });
        let given = match given {
            None if row.required => {
                let text = format!("this setting is required; give {}", row.shape.allowed());
                return self.wrong((self.at)(table.line), key, text);
            }
            None => None,
            Some((origin, Err(text))) => return self.wrong(origin, key, text),
            Some((origin, Ok(texts))) => {
                Some(Given { texts, origin: Some(origin), base: self.base.to_owned() })
            }
        };
        if row.required && given.as_ref().is_some_and(|given| given.texts.is_empty()) {
            let text = format!("this list is empty; give {}", row.shape.allowed());
            return self.wrong((self.at)(table.line), key, text);
        }
        for (origin, text) in apply(row, given.as_ref(), into) {
            self.wrong(origin, key.clone(), text);
        }
        self.shown.push(InForce { key, ..InForce::of(row, given.as_ref()) });
    }

    fn wrong(&mut self, origin: Origin, key: String, text: String) {
        self.problems.push(Problem::new(origin, key, text));
    }
}

/// A section written as an array that is none, or the other way round.
pub(super) fn misplaced(section: &Section, origin: Origin) -> Problem {
    let name = section.name;
    let text = match section.rows {
        Rows::Once(_) => {
            format!("this section cannot be repeated: write [{name}], in single brackets")
        }
        _ => format!("this section can be repeated: write [[{name}]], in double brackets"),
    };
    Problem::new(origin, name, text)
}
