//! Accounts for people and as JSON. A password hash is never shown.

use std::io::{self, Write as _};

use packetboat_accounts::{AccountName, Cost, Database, InformationFor, Record};
use packetboat_proto::time::Timestamp;
use serde_json::{Value, json};

use super::{Result, failed, not_written};
use crate::exit::Exit;

/// How answers are given.
pub(super) struct Show {
    pub json: bool,
}

impl Show {
    /// That something was done to an account, with what was made up for it.
    pub(super) fn done(&self, done: &str, name: &AccountName, made_up: Value) -> io::Result<Exit> {
        let mut out = io::stdout().lock();
        if self.json {
            let mut object =
                json!({"event": "result", "command": "user", "name": name.as_str(), "done": done});
            if let (Some(object), Value::Object(made_up)) = (object.as_object_mut(), made_up) {
                object.extend(made_up);
            }
            writeln!(out, "{object}")?;
        } else {
            writeln!(out, "{name}: {done}")?;
            for (what, text) in made_up.as_object().into_iter().flatten() {
                writeln!(out, "  {what}: {}", text.as_str().unwrap_or_default())?;
            }
        }
        Ok(Exit::Ok)
    }

    /// What a new hash costs.
    pub(super) fn cost(&self, cost: &Cost) -> io::Result<Exit> {
        let mut out = io::stdout().lock();
        if self.json {
            let object = json!({"event": "result", "command": "user", "cost": cost.to_string()});
            writeln!(out, "{object}")?;
        } else {
            writeln!(out, "{cost}")?;
        }
        Ok(Exit::Ok)
    }

    /// All accounts, a line for each.
    pub(super) fn list(&self, database: &Database) -> Result<Exit> {
        let mut out = io::BufWriter::new(io::stdout().lock());
        let shown = database.for_each(|record| match self.json {
            true => writeln!(out, "{}", object(record)),
            false => writeln!(out, "{}", line(record)),
        });
        shown.map_err(failed)?.and_then(|()| out.flush()).map_err(not_written)?;
        Ok(Exit::Ok)
    }

    /// One account, in full.
    pub(super) fn account(&self, record: &Record) -> io::Result<Exit> {
        let mut out = io::stdout().lock();
        if self.json {
            writeln!(out, "{}", object(record))?;
            return Ok(Exit::Ok);
        }
        let terms = &record.terms;
        let or = |text: Option<String>, none: &str| text.unwrap_or_else(|| none.to_owned());
        let networks: Vec<_> = terms.networks.iter().map(ToString::to_string).collect();
        let networks = (!networks.is_empty()).then(|| networks.join(", "));
        let root = terms.root.as_ref().map(|root| root.as_str().to_owned());
        let sessions = terms.sessions.map(|count| count.to_string());
        for (what, text) in [
            ("name", record.name.to_string()),
            ("locked", if terms.locked { "yes" } else { "no" }.to_owned()),
            ("rights", record.rights.to_string()),
            ("root", or(root, "what the server serves")),
            ("last day", or(terms.expires.map(last_day), "never ends")),
            ("sessions", or(sessions, "any number")),
            ("networks", or(networks, "any")),
            ("ACCT", or(acct(record).map(|when| format!("to {when}")), "not wanted")),
            ("password", format!("kept as {}", record.password.kind())),
        ] {
            writeln!(out, "{what:<9} {text}")?;
        }
        Ok(Exit::Ok)
    }
}

fn line(record: &Record) -> String {
    let terms = &record.terms;
    let mut line = format!("{:<16} {}", record.name, record.rights);
    if let Some(root) = &terms.root {
        line += &format!("  {}", root.as_str());
    }
    if let Some(expires) = terms.expires {
        line += &format!("  until {}", last_day(expires));
    }
    if terms.locked {
        line += "  locked";
    }
    line
}

fn object(record: &Record) -> Value {
    let terms = &record.terms;
    let networks: Vec<_> = terms.networks.iter().map(ToString::to_string).collect();
    json!({
        "event": "account",
        "command": "user",
        "name": record.name.as_str(),
        "rights": record.rights.to_string(),
        "root": terms.root.as_ref().map(|root| root.as_str()),
        "last_day": terms.expires.map(last_day),
        "locked": terms.locked,
        "sessions": terms.sessions,
        "networks": networks,
        "acct": acct(record),
        "hash": record.password.kind(),
    })
}

fn acct(record: &Record) -> Option<&'static str> {
    record.information.as_ref().map(|(_, wanted_for)| match wanted_for {
        InformationFor::Login => "login",
        InformationFor::Storing => "store",
    })
}

/// The last day of which some is before the end.
fn last_day(expires: i64) -> String {
    let day = Timestamp(expires.saturating_sub(1)).calendar();
    format!("{:04}-{:02}-{:02}", day.year, day.month, day.day)
}
