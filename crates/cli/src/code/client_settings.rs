//! How the client's settings file changes the answers: how often a command is repeated after a
//! code.

use std::time::Duration;

use packetboat_client::Retry;
use packetboat_codes::CodeRow;
use packetboat_proto::client::{PolicyRow, policies};
use packetboat_proto::verbs::Verb;
use serde_json::{Value, json};

use crate::client::config::{Config, FileRule};

/// The settings file, and the retries that result from it.
#[derive(Default)]
pub(super) struct ClientSettings {
    config: Config,
    retry: Retry,
}

impl ClientSettings {
    pub(super) fn new(config: Config) -> Self {
        let mut retry = Retry::default();
        config.retry.apply(&mut retry);
        Self { config, retry }
    }

    fn rules(&self, code: &CodeRow) -> impl Iterator<Item = &FileRule> {
        let number = code.code.number();
        self.config.retry.rules.iter().filter(move |own| own.rule.is_about(number))
    }

    /// How often an operation is repeated in the case of a row.
    pub(super) fn times(&self, row: &PolicyRow) -> u32 {
        if row.reaction.repeats() { self.retry.retries } else { 0 }
    }

    /// The first pause before a repetition.
    pub(super) fn first_pause(&self, row: &PolicyRow) -> Option<Duration> {
        row.reaction.repeats().then(|| self.retry.first_pause * row.patience)
    }

    /// What the file changes for a code, as sentences.
    pub(super) fn lines(&self, code: &CodeRow) -> Vec<String> {
        let Some(path) = &self.config.path else { return Vec::new() };
        let path = path.display();
        let told = |own: &FileRule| {
            let (rule, line) = (&own.rule, own.line);
            let pause = rule.first_pause.map(|pause| format!(", the first pause {pause:?}"));
            let times = times(rule.retries, &pause.unwrap_or_default());
            format!("{}{times} ({path}, line {line}).", after(rule.verbs()))
        };
        let mut lines: Vec<_> = self.rules(code).map(told).collect();
        let usual = Retry::default();
        let changed = (self.retry.retries, self.retry.first_pause, self.retry.longest_pause)
            != (usual.retries, usual.first_pause, usual.longest_pause);
        let decided = self.rules(code).any(|own| own.rule.verbs().is_empty());
        if changed && !decided && policies(code.code).iter().any(|row| row.reaction.repeats()) {
            let Retry { first_pause, longest_pause, .. } = &self.retry;
            let pauses = format!(", with pauses growing from {first_pause:?} to {longest_pause:?}");
            let else_ = if lines.is_empty() { "" } else { "otherwise " };
            lines.push(format!("{else_}{} ({path}).", times(self.retry.retries, &pauses)));
        }
        lines
    }

    /// The rules for a code, as JSON.
    pub(super) fn json(&self, code: &CodeRow) -> Vec<Value> {
        let told = |own: &FileRule| {
            json!({
                "file": self.config.path.as_ref().map(|path| path.to_string_lossy()),
                "line": own.line,
                "verbs": own.rule.verbs().iter().map(|verb| verb.name()).collect::<Vec<_>>(),
                "retries": own.rule.retries,
                "first_pause_seconds": own.rule.first_pause.map(|pause| pause.as_secs_f64()),
            })
        };
        self.rules(code).map(told).collect()
    }
}

fn after(verbs: &[Verb]) -> String {
    match verbs {
        [] => String::new(),
        _ => format!(
            "after {} ",
            verbs.iter().map(|verb| verb.name()).collect::<Vec<_>>().join(", ")
        ),
    }
}

fn times(count: u32, pauses: &str) -> String {
    match count {
        0 => "never repeated".to_owned(),
        1 => format!("repeated once{pauses}"),
        _ => format!("repeated {count} times{pauses}"),
    }
}
