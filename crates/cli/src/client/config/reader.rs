//! From the text of a configuration file to its settings; each mistake with its line.

use std::ops::Range;

use packetboat_proto::text::visible;
use packetboat_server::settings::closest;
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

/// The text, to find the line of a place in it.
pub(super) struct Place<'a>(&'a str);

const SECTIONS: [&str; 3] = ["client", "host", "retry"];

/// Reads a file.
pub(super) fn parse(text: &str) -> Result<Config, Mistake> {
    let place = Place(text);
    let whole = DeTable::parse(text).map_err(|error| {
        place.mistake(error.span().unwrap_or_default(), error.message().to_owned())
    })?;
    let mut config = Config::default();
    for (name, value) in whole.get_ref() {
        let key = name.get_ref().as_ref();
        if !SECTIONS.contains(&key) {
            let near = nearest(key, &SECTIONS);
            let text = format!("there is no section {}{near}", visible(key.as_bytes()));
            return Err(place.mistake(
                name.span(),
                format!("{text} The sections: [client], [host.\"NAME\"] and [retry]"),
            ));
        }
        let section = table(&place, value, key)?;
        match key {
            "client" => config.client = defaults(&place, section, "client")?,
            "host" => {
                for (host, value) in section {
                    let text = "a host's settings stand in a section of its own, such as [host.\"ftp.example.org\"]";
                    let Some(section) = value.get_ref().as_table() else {
                        return Err(place.mistake(host.span(), text.to_owned()));
                    };
                    let host = host.get_ref().to_string();
                    let found = defaults(&place, section, &format!("host.{host}"))?;
                    config.hosts.push((host, found));
                }
            }
            _ => retry(&place, section, &mut config)?,
        }
    }
    Ok(config)
}

fn retry(place: &Place<'_>, section: &DeTable<'_>, config: &mut Config) -> Result<(), Mistake> {
    let keys: Vec<_> = RETRY.iter().map(|row| row.key).chain([RULES]).collect();
    place.known(section, "retry", &keys)?;
    fill(place, section, "retry", RETRY, &mut config.retry)?;
    let Some(rules) = section.get(RULES) else { return Ok(()) };
    let Some(list) = rules.get_ref().as_array() else {
        let takes = "a list of rules such as [{ code = 450, times = 10, pause = \"5s\" }]";
        return Err(place.wrong(rules, "retry.rules", takes));
    };
    for value in list {
        config.retry.rules.push(rule(value, place)?);
    }
    Ok(())
}

fn defaults(place: &Place<'_>, section: &DeTable<'_>, name: &str) -> Result<Defaults, Mistake> {
    let keys: Vec<_> = CLIENT.iter().map(|row| row.key).collect();
    place.known(section, name, &keys)?;
    let mut defaults = Defaults::default();
    fill(place, section, name, CLIENT, &mut defaults)?;
    Ok(defaults)
}

fn fill<T>(
    place: &Place<'_>,
    section: &DeTable<'_>,
    name: &str,
    rows: &[Row<T>],
    settings: &mut T,
) -> Result<(), Mistake> {
    for row in rows {
        let Some(value) = section.get(row.key) else { continue };
        if !(row.set)(settings, value.get_ref()) {
            return Err(place.wrong(value, &format!("{name}.{}", row.key), row.takes));
        }
    }
    Ok(())
}

fn table<'a, 'i>(
    place: &Place<'_>,
    value: &'a Spanned<DeValue<'i>>,
    name: &str,
) -> Result<&'a DeTable<'i>, Mistake> {
    let text = format!("{name} is a section: write [{name}] and its settings below");
    value.get_ref().as_table().ok_or_else(|| place.mistake(value.span(), text))
}

impl Place<'_> {
    /// The line, counted from 1, that something begins on.
    pub(super) fn line(&self, span: Range<usize>) -> usize {
        let before = self.0.get(..span.start).unwrap_or(self.0);
        before.bytes().filter(|&byte| byte == b'\n').count() + 1
    }

    /// A mistake there.
    pub(super) fn mistake(&self, span: Range<usize>, text: String) -> Mistake {
        Mistake { line: self.line(span), text }
    }

    /// A value that is not allowed there.
    pub(super) fn wrong(&self, value: &Spanned<DeValue<'_>>, key: &str, takes: &str) -> Mistake {
        let shown = visible(self.0.get(value.span()).unwrap_or_default().as_bytes());
        self.mistake(value.span(), format!("{key}: {shown} is not allowed: {takes}"))
    }

    /// Fails at the first key that is none of these.
    pub(super) fn known(
        &self,
        section: &DeTable<'_>,
        name: &str,
        keys: &[&str],
    ) -> Result<(), Mistake> {
        let unknown = section.keys().find(|key| !keys.contains(&key.get_ref().as_ref()));
        let Some(unknown) = unknown else { return Ok(()) };
        let key = unknown.get_ref().as_ref();
        let (near, keys) = (nearest(key, keys), keys.join(", "));
        let key = visible(key.as_bytes());
        let dotted =
            if name.contains(' ') { format!("{key} in {name}") } else { format!("{name}.{key}") };
        let text = format!("there is no setting {dotted}{near} The settings there: {keys}");
        Err(self.mistake(unknown.span(), text))
    }
}

/// What was perhaps meant.
fn nearest(key: &str, keys: &[&str]) -> String {
    match closest(key, keys.iter().copied()) {
        Some(best) => format!("; did you mean {best}?"),
        None => ".".to_owned(),
    }
}
