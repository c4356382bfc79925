//! Parses the text of a settings file, and reports each mistake with its line.

use std::ops::Range;

use packetboat_closest::closest;
use packetboat_proto::text::visible;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::rows::{CLIENT, RETRY, RULES, Row, rule};
use super::{Config, Defaults};

/// What is wrong, and where.
#[derive(Debug)]
pub(super) struct Mistake {
    pub(super) line: usize,
    pub(super) text: String,
}

/// The text of the file, for finding line numbers.
pub(super) struct Place<'a>(&'a str);

const SECTIONS: [&str; 3] = ["client", "host", "retry"];

/// Parses a file, or returns all its mistakes in the order of the lines.
pub(super) fn parse(text: &str) -> Result<Config, Vec<Mistake>> {
    let place = Place(text);
    let whole = DeTable::parse(text).map_err(|error| {
        vec![place.mistake(error.span().unwrap_or_default(), error.message().to_owned())]
    })?;
    let mut config = Config::default();
    let mut mistakes = Vec::new();
    for (name, value) in whole.get_ref() {
        let key = name.get_ref().as_ref();
        if !SECTIONS.contains(&key) {
            let near = nearest(key, &SECTIONS);
            let text = format!("there is no section {}{near}", visible(key.as_bytes()));
            mistakes.push(place.mistake(
                name.span(),
                format!("{text} The sections: [client], [host.\"NAME\"] and [retry]"),
            ));
            continue;
        }
        match (table(&place, value, key), key) {
            (Err(mistake), _) => mistakes.push(mistake),
            (Ok(section), "client") => {
                config.client = defaults(&place, section, "client", &mut mistakes);
            }
            (Ok(section), "host") => hosts(&place, section, &mut config, &mut mistakes),
            (Ok(section), _) => retry(&place, section, &mut config, &mut mistakes),
        }
    }
    mistakes.sort_by_key(|mistake| mistake.line);
    if mistakes.is_empty() { Ok(config) } else { Err(mistakes) }
}

fn hosts(
    place: &Place<'_>,
    section: &DeTable<'_>,
    config: &mut Config,
    mistakes: &mut Vec<Mistake>,
) {
    for (host, value) in section {
        let Some(section) = value.get_ref().as_table() else {
            let text = "a host's settings belong in a section of their own, such as [host.\"ftp.example.org\"]";
            mistakes.push(place.mistake(host.span(), text.to_owned()));
            continue;
        };
        let host = host.get_ref().to_string();
        let found = defaults(place, section, &format!("host.{host}"), mistakes);
        config.hosts.push((host, found));
    }
}

fn retry(
    place: &Place<'_>,
    section: &DeTable<'_>,
    config: &mut Config,
    mistakes: &mut Vec<Mistake>,
) {
    let keys: Vec<_> = RETRY.iter().map(|row| row.key).chain([RULES]).collect();
    mistakes.extend(place.unknown(section, "retry", &keys));
    fill(place, section, "retry", RETRY, &mut config.retry, mistakes);
    let Some(rules) = section.get(RULES) else { return };
    let Some(list) = rules.get_ref().as_array() else {
        let takes = "a list of rules such as [{ code = 450, times = 10, pause = \"5s\" }]";
        return mistakes.push(place.wrong(rules, "retry.rules", takes));
    };
    for value in list {
        match rule(value, place) {
            Ok(rule) => config.retry.rules.push(rule),
            Err(mistake) => mistakes.push(mistake),
        }
    }
}

fn defaults(
    place: &Place<'_>,
    section: &DeTable<'_>,
    name: &str,
    mistakes: &mut Vec<Mistake>,
) -> Defaults {
    let keys: Vec<_> = CLIENT.iter().map(|row| row.key).collect();
    mistakes.extend(place.unknown(section, name, &keys));
    let mut defaults = Defaults::default();
    fill(place, section, name, CLIENT, &mut defaults, mistakes);
    defaults
}

fn fill<T>(
    place: &Place<'_>,
    section: &DeTable<'_>,
    name: &str,
    rows: &[Row<T>],
    settings: &mut T,
    mistakes: &mut Vec<Mistake>,
) {
    for row in rows {
        let Some(value) = section.get(row.key) else { continue };
        if !(row.set)(settings, value.get_ref()) {
            mistakes.push(place.wrong(value, &format!("{name}.{}", row.key), row.takes));
        }
    }
}

fn table<'a, 'i>(
    place: &Place<'_>,
    value: &'a Spanned<DeValue<'i>>,
    name: &str,
) -> Result<&'a DeTable<'i>, Mistake> {
    let text = format!("{name} is a section: write [{name}], and its settings below");
    value.get_ref().as_table().ok_or_else(|| place.mistake(value.span(), text))
}

impl Place<'_> {
    /// The line, counted from 1, on which a span begins.
    pub(super) fn line(&self, span: Range<usize>) -> usize {
        let before = self.0.get(..span.start).unwrap_or(self.0);
        before.bytes().filter(|&byte| byte == b'\n').count() + 1
    }

    /// A mistake at a span.
    pub(super) fn mistake(&self, span: Range<usize>, text: String) -> Mistake {
        Mistake { line: self.line(span), text }
    }

    /// The mistake for a value that is not allowed.
    pub(super) fn wrong(&self, value: &Spanned<DeValue<'_>>, key: &str, takes: &str) -> Mistake {
        let shown = visible(self.0.get(value.span()).unwrap_or_default().as_bytes());
        self.mistake(value.span(), format!("{key}: {shown} is not allowed: {takes}"))
    }

    /// Fails at the first key that is not in the list.
    pub(super) fn known(
        &self,
        section: &DeTable<'_>,
        name: &str,
        keys: &[&str],
    ) -> Result<(), Mistake> {
        self.unknown(section, name, keys).into_iter().next().map_or(Ok(()), Err)
    }

    /// The keys that are not in the list.
    fn unknown(&self, section: &DeTable<'_>, name: &str, keys: &[&str]) -> Vec<Mistake> {
        let unknown = section.keys().filter(|key| !keys.contains(&key.get_ref().as_ref()));
        let mistake = |unknown: &Spanned<std::borrow::Cow<'_, str>>| {
            let key = unknown.get_ref().as_ref();
            let (near, keys) = (nearest(key, keys), keys.join(", "));
            let key = visible(key.as_bytes());
            let dotted = match name.contains(' ') {
                true => format!("{key} in {name}"),
                false => format!("{name}.{key}"),
            };
            let text = format!("there is no setting {dotted}{near} The settings there: {keys}");
            self.mistake(unknown.span(), text)
        };
        unknown.map(mistake).collect()
    }
}

/// A suggestion for a misspelled key.
fn nearest(key: &str, keys: &[&str]) -> String {
    match closest(key, keys.iter().copied()) {
        Some(best) => format!("; did you mean {best}?"),
        None => ".".to_owned(),
    }
}
