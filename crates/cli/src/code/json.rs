//! The catalogue as JSON lines, one object per code.
//!
//! Every object has `kind` (`"reply"` or `"socket"`), `code` (number), `name`, `meaning`, `when`,
//! `advice`, `repeat` (`"not-needed"`, `"can-help"`, `"useless"`, `"depends"`), `notes` (text or
//! null) and `source`. A reply has `class` (`"preliminary"`, `"completion"`, `"intermediate"`,
//! `"transient-negative"`, `"permanent-negative"`, `"protected"`, `"unknown"`), `status`
//! (`"current"`, `"security-exchange"`, `"gateway"`, `"draft"`, `"historic"`, `"vendor"`),
//! `client_retries` (true or false) and `client`, a list of what our own client does: `verbs` (names;
//! empty for any other verb), `reaction` (one word), `does` (a sentence without its subject), `retries`
//! and `first_pause_seconds` (null if nothing is repeated), and `yours`, the rules of the settings
//! file for the code: `file`, `line`, `verbs`, `retries` and `first_pause_seconds`. A socket code
//! has `phrase`, `errno` and `eai` (lists of names, may be empty), and `errno_number` (this
//! system's number, or null).
//!
//! Objects from a log also have `text` (the text in the log, lines joined by
//! `\n`) and `count` (how many times in a row). A reply from a log has `known`: if the words are
//! those of a server in wide use, an object with its name as `server`, and their meaning there, the
//! advice and whether repeating can help as `meaning`, `advice` and `repeat`; otherwise null. A
//! reply code that is not in the catalogue has only `kind`, `code`, `class`, `client_retries`,
//! `text` and `count`.
//!
//! A failure that a program reports in its own way has `kind` `"program"`, `program`, `code` (the
//! program's own number, or null), `name` (empty if it has none), `phrase`, `meaning`, `advice` and
//! `repeat`; if it stands for a code of the catalogue, the object is that of the code. If lines of
//! a log report errors but were not understood, the last object has `kind` `"not-understood"`,
//! `count` (how many) and `text` (the first few). An exit code of our own has `kind` `"exit"`,
//! `program` (`"packetboat"`), `code`, `name` and `meaning`.

use packetboat_codes::{Entry, ReplyCode, Says, Told, by_number, known_text};
use packetboat_proto::client::{PolicyRow, policies};
use serde_json::{Value, json};

use super::client_settings::ClientSettings;
use super::log::Find;
use super::page::errno_here;
use crate::exit::ExitRow;

/// The object of an entry.
pub(super) fn entry(entry: Entry, yours: &ClientSettings) -> Value {
    let mut object = json!({
        "code": entry.number(),
        "meaning": entry.meaning(),
        "when": entry.when(),
        "advice": entry.advice(),
        "repeat": entry.repeat().word(),
        "notes": entry.notes(),
        "source": entry.source(),
    });
    let more = match entry {
        Entry::Reply(row) => json!({
            "kind": "reply",
            "name": row.name,
            "class": row.code.class().word(),
            "status": row.status.word(),
            "client_retries": row.client_retries,
            "client": policies(row.code).into_iter().map(|row| reaction(row, yours)).collect::<Vec<_>>(),
            "yours": yours.json(row),
        }),
        Entry::Socket(row) => json!({
            "kind": "socket",
            "name": row.name,
            "phrase": row.phrase,
            "errno": row.errno,
            "errno_number": errno_here(entry).map(|(_, number)| number),
            "eai": row.code.gai_names().collect::<Vec<_>>(),
        }),
    };
    extend(&mut object, more);
    object
}

/// Whole seconds as an integer.
fn seconds(pause: std::time::Duration) -> Value {
    if pause.subsec_nanos() == 0 { pause.as_secs().into() } else { pause.as_secs_f64().into() }
}

/// What our own client does on a code.
fn reaction(row: &PolicyRow, yours: &ClientSettings) -> Value {
    json!({
        "verbs": row.verbs.iter().map(|verb| verb.name()).collect::<Vec<_>>(),
        "reaction": row.reaction.word(),
        "does": row.does,
        "retries": yours.times(row),
        "first_pause_seconds": yours.first_pause(row).map(seconds),
    })
}

/// The object of a failure that a program reports in its own way.
pub(super) fn told(row: &Told, yours: &ClientSettings) -> Value {
    match row.says {
        Says::Code(number) => by_number(number).map_or(Value::Null, |code| entry(code, yours)),
        Says::This { meaning, advice, repeat } => json!({
            "kind": "program",
            "program": row.program,
            "code": row.number,
            "name": row.name,
            "phrase": row.phrase,
            "meaning": meaning,
            "advice": advice,
            "repeat": repeat.word(),
        }),
    }
}

/// The object of an exit code of our own.
pub(super) fn exit(row: &ExitRow) -> Value {
    json!({
        "kind": "exit",
        "program": "packetboat",
        "code": row.number,
        "name": row.name,
        "meaning": row.text,
    })
}

/// The object of a find; `None` if it has no row.
pub(super) fn find(find: &Find, count: usize, yours: &ClientSettings) -> Option<Value> {
    match find {
        Find::Reply(code, lines) => Some(reply(*code, lines, count, yours)),
        Find::Socket(code, line) => {
            Some(seen(entry(Entry::Socket(code.row()?), yours), line.trim(), count))
        }
        Find::Told(row, line) | Find::Consequence(row, line) => {
            Some(seen(told(row, yours), line, count))
        }
        Find::NotUnderstood(_) => None,
    }
}

/// The object of the lines that were not understood.
pub(super) fn not_understood(first: &[String], count: usize) -> Value {
    json!({ "kind": "not-understood", "count": count, "text": first.join("\n") })
}

/// The object of a reply from a log.
fn reply(code: ReplyCode, lines: &[String], count: usize, yours: &ClientSettings) -> Value {
    let text = lines.join("\n");
    let mut object = match code.row() {
        Some(row) => entry(Entry::Reply(row), yours),
        None => json!({
            "kind": "reply",
            "code": code.number(),
            "class": code.class().word(),
            "client_retries": code.is_retried(),
        }),
    };
    let known = known_text(code.number(), &text).map(|known| {
        let repeat = code.row().map(|row| known.repeat(row.repeat).word());
        let (server, meaning, advice) = (known.server, known.meaning, known.advice);
        json!({ "server": server, "meaning": meaning, "advice": advice, "repeat": repeat })
    });
    extend(&mut object, json!({ "known": known }));
    seen(object, &text, count)
}

/// Adds the fields of objects from a log.
fn seen(mut object: Value, text: &str, count: usize) -> Value {
    extend(&mut object, json!({ "text": text, "count": count }));
    object
}

fn extend(object: &mut Value, more: Value) {
    if let (Value::Object(object), Value::Object(more)) = (object, more) {
        object.extend(more);
    }
}
