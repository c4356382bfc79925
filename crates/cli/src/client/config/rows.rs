//! The settings of the client's settings file: each one's name, what it takes, and which field it
//! sets.

use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum as _;
use packetboat_client::RetryRule;
use packetboat_proto::verbs::Verb;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::reader::{Mistake, Place};
use super::{Defaults, FileRule, RetryDefaults};
use crate::client::tls::Whether;

/// One setting.
pub(super) struct Row<T> {
    /// The name.
    pub(super) key: &'static str,
    /// What it takes, as messages say it.
    pub(super) takes: &'static str,
    /// An example value, as it appears in a file.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "a test checks every example against its row")
    )]
    pub(super) example: &'static str,
    /// Stores a value; returns false if it is not allowed.
    pub(super) set: fn(&mut T, &DeValue<'_>) -> bool,
}

macro_rules! row {
    ($key:literal, $takes:expr, $example:literal, $field:ident, $read:expr) => {
        Row {
            key: $key,
            takes: $takes,
            example: $example,
            set: |settings, value| {
                settings.$field = $read(value);
                settings.$field.is_some()
            },
        }
    };
}

const NAME: &str = "a quoted string";
const YES_NO: &str = "true or false";
const TIME: &str = "seconds, or a string such as \"500ms\", \"30s\" or \"5m\"";

/// The settings of `[client]` and of `[host.NAME]`.
pub(super) static CLIENT: &[Row<Defaults>] = &[
    row!("user", NAME, "\"anna\"", user, text),
    row!("virtual-host", NAME, "\"www.example.org\"", virtual_host, text),
    row!("mount", NAME, "\"archive\"", mount, text),
    row!("tls", "off, try or require, in quotes", "\"try\"", tls, whether),
    row!("ca", "the path of a PEM file, in quotes", "\"/etc/ssl/ours.pem\"", ca, path),
    row!("active", YES_NO, "false", active, boolean),
    row!("trust-pasv-address", YES_NO, "false", trust_pasv_address, boolean),
    row!("timeout", TIME, "\"2m\"", timeout, time),
    row!("jobs", "a number from 1 to 64", "8", jobs, jobs),
    row!("verify", YES_NO, "true", verify, boolean),
    row!("preserve", YES_NO, "true", preserve, boolean),
    row!("times", YES_NO, "false", times, boolean),
];

/// The settings of `[retry]`, except the rules.
pub(super) static RETRY: &[Row<RetryDefaults>] = &[
    row!("times", "a number of times, 0 for never", "5", times, count),
    row!("first-pause", TIME, "\"500ms\"", first_pause, time),
    row!("longest-pause", TIME, "\"5m\"", longest_pause, time),
];

/// The key of the rules in `[retry]`.
pub(super) const RULES: &str = "rules";
/// The keys of a rule.
const RULE: [&str; 4] = ["code", "verbs", "times", "pause"];

fn text(value: &DeValue<'_>) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

fn path(value: &DeValue<'_>) -> Option<PathBuf> {
    text(value).map(PathBuf::from)
}

fn boolean(value: &DeValue<'_>) -> Option<bool> {
    value.as_bool()
}

fn whether(value: &DeValue<'_>) -> Option<Whether> {
    Whether::from_str(value.as_str()?, false).ok()
}

fn count(value: &DeValue<'_>) -> Option<u32> {
    let number = value.as_integer()?;
    u32::from_str_radix(number.as_str(), number.radix()).ok()
}

fn jobs(value: &DeValue<'_>) -> Option<u16> {
    count(value).and_then(|jobs| u16::try_from(jobs).ok()).filter(|jobs| (1..=64).contains(jobs))
}

fn time(value: &DeValue<'_>) -> Option<Duration> {
    let seconds = count(value).map(|seconds| seconds.to_string());
    let text = seconds.or_else(|| value.as_str().map(str::to_owned))?;
    crate::duration::parse(&text).ok()
}

/// Parses `{ code = 450, verbs = ["STOR"], times = 10, pause = "5s" }`.
pub(super) fn rule(value: &Spanned<DeValue<'_>>, place: &Place<'_>) -> Result<FileRule, Mistake> {
    let takes = "a rule such as { code = 450, times = 10, pause = \"5s\" }";
    let Some(table) = value.get_ref().as_table() else {
        return Err(place.mistake(value.span(), format!("retry.rules takes {takes}")));
    };
    place.known(table, "a rule", &RULE)?;
    let missing = |key| {
        let text = format!("retry.rules: {key} is missing; write {takes}");
        move || place.mistake(value.span(), text)
    };
    let code = table.get("code").ok_or_else(missing("code"))?;
    let times = table.get("times").ok_or_else(missing("times"))?;
    let wrong = |value: &Spanned<DeValue<'_>>, key: &str, takes: &str| {
        place.wrong(value, &format!("a rule's {key}"), takes)
    };
    let codes = match count(code.get_ref()) {
        Some(number) => number.to_string(),
        None => text(code.get_ref()).unwrap_or_default(),
    };
    let pause = table.get("pause");
    let first_pause = match pause {
        None => None,
        Some(pause) => Some(time(pause.get_ref()).ok_or_else(|| wrong(pause, "pause", TIME))?),
    };
    let takes = "a number of times, 0 for never";
    let retries = count(times.get_ref()).ok_or_else(|| wrong(times, "times", takes))?;
    let takes = "a code such as 450 or \"ECONNREFUSED\", as `packetboat code` shows it, or a class such as \"4xx\"";
    let rule =
        RetryRule::new(&codes, retries, first_pause).map_err(|_| wrong(code, "code", takes))?;
    Ok(FileRule { rule: rule.after(verbs(table, place)?), line: place.line(value.span()) })
}

fn verbs(table: &DeTable<'_>, place: &Place<'_>) -> Result<Vec<Verb>, Mistake> {
    let Some(value) = table.get("verbs") else { return Ok(Vec::new()) };
    let takes = "a list of verbs such as [\"STOR\", \"APPE\"]";
    let Some(list) = value.get_ref().as_array() else {
        return Err(place.wrong(value, "a rule's verbs", takes));
    };
    let verb = |name: &Spanned<DeValue<'_>>| {
        let Some(text) = name.get_ref().as_str() else {
            return Err(place.wrong(name, "a rule's verbs", takes));
        };
        let unknown =
            || place.mistake(name.span(), format!("a rule's verbs: {text} is not a verb"));
        Verb::parse(text.as_bytes()).ok_or_else(unknown)
    };
    list.iter().map(verb).collect()
}
