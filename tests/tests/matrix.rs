//! Every verb in every state of a session: each reply must be allowed by the verb's row and by RFC
//! 959 §5.4, and the whole table must match the one that was last reviewed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use packetboat_codes::ReplyCode;
use packetboat_proto::verbs::{DEVIATIONS, Verb};
use packetboat_tests::matrix::{Cell, Line, STATES, Servers, Whose, cell, has_its_place, lines};

/// How many lines to test in parallel, each with its own servers.
const AT_ONCE: usize = 3;

/// The environment variable that makes the test write the table.
const UPDATE: &str = "UPDATE_SNAPSHOTS";

#[test]
fn every_verb_in_every_state() {
    let lines = lines();
    let rows = answers(&lines);
    let mut wrong = Vec::new();
    for (line, cells) in lines.iter().zip(&rows) {
        for (state, cell) in STATES.iter().zip(cells) {
            let at = format!("{:?} in state {}", line.text, state.name);
            wrong.extend(faults(line, cell).into_iter().map(|why| format!("{at}: {why}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    compare(&table(&lines, &rows));
}

/// The replies to every line in every state.
fn answers(lines: &[Line]) -> Vec<Vec<Cell>> {
    let next = AtomicUsize::new(0);
    let work = || {
        let servers = Servers::start();
        let mut rows = BTreeMap::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(line) = lines.get(number) else { return rows };
            let cells: Vec<Cell> = STATES.iter().map(|state| cell(&servers, state, line)).collect();
            rows.insert(number, cells);
        }
    };
    let rows: BTreeMap<usize, Vec<Cell>> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a worker")).collect()
    });
    rows.into_values().collect()
}

/// Replies that the verb may not send, and refusals that give no reason.
fn faults(line: &Line, cell: &Cell) -> Vec<String> {
    let mut wrong = Vec::new();
    // The upload was under way before the line was sent.
    let (mut line_under_way, upload_under_way) = (false, true);
    for (whose, reply) in &cell.replies {
        let verb = match whose {
            Whose::Line => line.verb,
            Whose::Transfer => Some(Verb::Stor),
        };
        let code = ReplyCode::known(reply.code);
        let under_way = match whose {
            Whose::Line => std::mem::replace(&mut line_under_way, code.is_preliminary()),
            Whose::Transfer => upload_under_way,
        };
        if !verb.map_or(reply.code == 500, |verb| has_its_place(verb, code, under_way)) {
            wrong
                .push(format!("{code} is not in the verb's row (transfer under way: {under_way})"));
        }
        if verb.and_then(of_rfc_959).is_some_and(|codes| !codes.contains(&reply.code)) {
            wrong.push(format!("{code} is neither in RFC 959 §5.4 nor a documented deviation"));
        }
        // A refusal is at least a sentence: the thing, the reason and what to do.
        if reply.code >= 400 && (!reply.text().ends_with('.') || !reply.text().contains(' ')) {
            wrong.push(format!("{code} gives no reason: {:?}", reply.text()));
        }
    }
    wrong
}

/// The codes of RFC 959 §5.4 with our deviations, or `None` for a verb that it does not list.
fn of_rfc_959(verb: Verb) -> Option<BTreeSet<u16>> {
    let table = include_str!("../../crates/proto/tests/data/rfc959-5.4.tsv");
    let row = table.lines().find_map(|line| line.strip_prefix(verb.name())?.strip_prefix('\t'))?;
    let codes = row.split(['\t', ',']).filter(|code| !code.is_empty());
    let mut codes: BTreeSet<u16> = codes.map(|code| code.parse().expect("a code")).collect();
    for deviation in DEVIATIONS.iter().filter(|deviation| deviation.verbs.contains(&verb)) {
        codes.extend(deviation.added);
        codes.retain(|code| !deviation.dropped.contains(code));
    }
    // RFC 959 §4.2.
    codes.insert(421);
    Some(codes)
}

/// The table as text: a row for each line, a column for each state.
fn table(lines: &[Line], rows: &[Vec<Cell>]) -> String {
    let mut text = String::from(
        "The server's replies to every verb in every state of a session. Written by the test\n\
         tests/tests/matrix.rs when UPDATE_SNAPSHOTS=1 is set. The folder contains the file f (ten bytes) and\n\
         the empty directory d. Codes in parentheses are those of the upload that was running.\n\n",
    );
    for state in STATES {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{:<10}{}", state.name, state.what);
    }
    text.push('\n');
    let shown: Vec<Vec<String>> =
        rows.iter().map(|cells| cells.iter().map(Cell::codes).collect()).collect();
    let width = |column: usize, least: usize| {
        shown.iter().map(|cells| cells[column].len()).max().unwrap_or(0).max(least) + 2
    };
    let widths: Vec<usize> =
        STATES.iter().enumerate().map(|(column, state)| width(column, state.name.len())).collect();
    let first = lines.iter().map(|line| line.text.chars().count()).max().unwrap_or(0) + 2;
    let mut push = |head: &str, cells: &[String]| {
        let mut row = format!("{head:<first$}");
        for (cell, width) in cells.iter().zip(&widths) {
            let _ = write!(row, "{cell:<width$}");
        }
        text.push_str(row.trim_end());
        text.push('\n');
    };
    push("line", &STATES.iter().map(|state| state.name.to_owned()).collect::<Vec<_>>());
    for (line, cells) in lines.iter().zip(&shown) {
        push(if line.text.is_empty() { "(empty)" } else { &line.text }, cells);
    }
    text
}

/// Compares the table with the stored one.
#[track_caller]
fn compare(new: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/matrix.txt");
    if std::env::var_os(UPDATE).is_some_and(|value| value == "1") {
        std::fs::write(&path, new).expect("the table can be written");
        return;
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    let (old, new): (Vec<&str>, Vec<&str>) = (kept.lines().collect(), new.lines().collect());
    let gone = old.iter().filter(|line| !new.contains(line)).map(|line| format!("- {line}"));
    let come = new.iter().filter(|line| !old.contains(line)).map(|line| format!("+ {line}"));
    let changed: Vec<String> = gone.chain(come).collect();
    assert!(
        old == new,
        "the server's replies differ from tests/data/matrix.txt (- kept, + now):\n{}\n\
         If the change is intended, run the test with {UPDATE}=1, then `cargo xtask docs`.",
        changed.join("\n")
    );
}
