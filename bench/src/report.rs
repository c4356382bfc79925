//! The output of a run: a table for each line, a summary of the targets, and the same as JSON.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::context::Sizes;
use crate::lines::Line;
use crate::verdict::{self, Entry, Judgement, Role, figure};

/// A measured line.
pub(crate) struct Outcome {
    pub(crate) line: &'static Line,
    pub(crate) entries: Vec<Entry>,
}

/// The text around the numbers.
const TEMPLATE: &str = include_str!("../RESULTS.template.md");

/// The complete RESULTS.md.
pub(crate) fn document(machine: &str, run: &str, sizes: &Sizes, outcomes: &[Outcome]) -> String {
    let tables: String = outcomes.iter().map(|outcome| table(sizes, outcome)).collect();
    TEMPLATE
        .replace("{{machine}}", machine.trim_end())
        .replace("{{run}}", run.trim_end())
        .replace("{{summary}}", summary(sizes, outcomes).trim_end())
        .replace("{{tables}}", tables.trim_end())
}

/// The table of targets, one row each.
pub(crate) fn summary(sizes: &Sizes, outcomes: &[Outcome]) -> String {
    let mut text = String::from(
        "| load | Packetboat | best peer | Packetboat ÷ best peer | target | measured | met |\n\
         |--|--|--|--|--|--|--|\n",
    );
    for Outcome { line, entries } in outcomes {
        let ours = verdict::packetboat(entries).and_then(Entry::value);
        let best = verdict::best_peer(line.better, entries);
        let best_text = best.map_or("-".into(), |best| {
            format!("{} ({})", with_unit(best.value(), line.unit), best.title)
        });
        let ratio = verdict::ratio(ours, best.and_then(Entry::value));
        for judgement in verdict::judge(line, sizes, entries) {
            let Judgement { target, measured, met } = judgement;
            push(
                &mut text,
                &[
                    &(line.title)(sizes),
                    &with_unit(ours, line.unit),
                    &best_text,
                    &ratio.map_or("-".into(), figure),
                    &target,
                    &measured,
                    met.words(),
                ],
            );
        }
    }
    text
}

/// The table of a line, with one row for each server or client.
pub(crate) fn table(sizes: &Sizes, Outcome { line, entries }: &Outcome) -> String {
    let mut text = format!("### {}\n\n", (line.title)(sizes));
    let who = if line.id.starts_with("client-") { "client" } else { "server" };
    let cpu =
        if line.cpu_unit.is_empty() { "CPU".into() } else { format!("CPU, {}", line.cpu_unit) };
    push(&mut text, &[who, line.unit, "least to most", &cpu, "Packetboat ÷ it", "also"]);
    push(&mut text, &["--"; 6]);
    let ours = verdict::packetboat(entries).and_then(Entry::value);
    for entry in entries {
        let range = entry
            .range()
            .map_or("-".into(), |(least, most)| format!("{} to {}", figure(least), figure(most)));
        let ratio = verdict::ratio(ours, entry.value()).filter(|_| entry.role != Role::Packetboat);
        push(
            &mut text,
            &[
                &entry.title,
                &number(entry.value()),
                &range,
                &number(entry.cpu()),
                &number(ratio),
                &notes(entry),
            ],
        );
    }
    for judgement in verdict::judge(line, sizes, entries) {
        let met = judgement.met.words();
        let _ = write!(text, "\nTarget: {}. ", judgement.target);
        let _ = writeln!(text, "Measured: {}. Met: {met}.", judgement.measured);
    }
    text.push('\n');
    text
}

pub(crate) fn as_json(machine: &str, run: &str, sizes: &Sizes, outcomes: &[Outcome]) -> Value {
    let lines: Vec<Value> = outcomes.iter().map(|outcome| line_as_json(sizes, outcome)).collect();
    json!({ "machine": machine, "run": run, "lines": lines })
}

fn line_as_json(sizes: &Sizes, Outcome { line, entries }: &Outcome) -> Value {
    let entry = |entry: &Entry| {
        let sample = |sample: &crate::load::Sample| {
            let notes: serde_json::Map<String, Value> =
                sample.notes.iter().map(|&(name, value)| (name.into(), json!(value))).collect();
            json!({ "value": sample.value, "cpu": sample.cpu, "notes": notes })
        };
        json!({
            "name": entry.title,
            "value": entry.value(),
            "cpu": entry.cpu(),
            "samples": entry.samples.iter().map(sample).collect::<Vec<_>>(),
            "failure": entry.failure,
        })
    };
    let target = |judgement: Judgement| json!({ "target": judgement.target, "measured": judgement.measured, "met": judgement.met.words() });
    json!({
        "id": line.id,
        "title": (line.title)(sizes),
        "unit": line.unit,
        "cpu_unit": line.cpu_unit,
        "entries": entries.iter().map(entry).collect::<Vec<_>>(),
        "targets": verdict::judge(line, sizes, entries).into_iter().map(target).collect::<Vec<_>>(),
    })
}

fn notes(entry: &Entry) -> String {
    if let Some(failure) = &entry.failure {
        return format!("failed: {failure}");
    }
    let Some(first) = entry.samples.first() else { return String::new() };
    let note = |&(name, _): &(&'static str, f64)| format!("{} {name}", number(entry.note(name)));
    first.notes.iter().map(note).collect::<Vec<_>>().join(", ")
}

fn push(text: &mut String, cells: &[&str]) {
    text.push('|');
    for cell in cells {
        text.push(' ');
        // Error texts from servers may contain anything.
        text.push_str(&cell.replace('|', "\\|").replace('\n', " "));
        text.push_str(" |");
    }
    text.push('\n');
}

fn number(value: Option<f64>) -> String {
    value.map_or("-".into(), figure)
}

fn with_unit(value: Option<f64>, unit: &str) -> String {
    value.map_or("-".into(), |value| format!("{} {unit}", figure(value)))
}
