//! Prints accounts and groups, for people and as JSON. Password hashes are never shown.

use std::fmt::Display;
use std::io::{self, Write as _};

use packetboat_accounts::terms::{Settled, Source, TERMS};
use packetboat_accounts::{
    AccountName, CertificateRule, Cost, Database, Effective, GroupRecord, Holder, InformationFor,
    Limits, Own, Record, SecondFactor, Stored, StoredCount, size,
};
use serde_json::{Value, json};

use super::{Result, cert, failed, holder, not_written, totp};
use crate::exit::Exit;

/// How results are printed.
pub(crate) struct Show {
    pub json: bool,
    /// The subcommand that prints, for JSON and error messages.
    pub command: &'static str,
}

/// What an account proves its identity with besides its password.
pub(super) struct Proofs {
    pub factor: Option<SecondFactor>,
    pub certificates: CertificateRule,
}

impl Show {
    /// Reports that something was done to an account, with any generated secrets.
    pub(crate) fn done(&self, done: &str, name: impl Display, made_up: Value) -> io::Result<Exit> {
        let mut out = io::stdout().lock();
        if self.json {
            let mut object = json!({"event": "result", "command": self.command, "name": name.to_string(), "done": done});
            if let (Some(object), Value::Object(made_up)) = (object.as_object_mut(), made_up) {
                object.extend(made_up);
            }
            writeln!(out, "{}", crate::json::line(&object))?;
        } else {
            writeln!(out, "{name}: {done}")?;
            for (what, text) in made_up.as_object().into_iter().flatten() {
                writeln!(out, "  {what}: {}", text.as_str().unwrap_or_default())?;
            }
        }
        Ok(Exit::Ok)
    }

    /// Prints a line for people.
    pub(super) fn line(&self, text: &str) -> io::Result<()> {
        writeln!(io::stdout().lock(), "{text}")
    }

    /// The cost of a new hash.
    pub(super) fn cost(&self, cost: &Cost) -> io::Result<Exit> {
        let mut out = io::stdout().lock();
        if self.json {
            let object = json!({"event": "result", "command": "user", "cost": cost.to_string()});
            writeln!(out, "{}", crate::json::line(&object))?;
        } else {
            writeln!(out, "{cost}")?;
        }
        Ok(Exit::Ok)
    }

    /// All accounts, a line for each, followed by the accounts of PAM and hooks that have a count
    /// here.
    pub(super) fn list(&self, database: &Database) -> Result<Exit> {
        let mut out = io::BufWriter::new(io::stdout().lock());
        let mut records = Vec::new();
        let listed = database.for_each(|record| {
            records.push(record.clone());
            Ok::<(), io::Error>(())
        });
        listed.map_err(failed)?.map_err(not_written)?;
        let mut table = Vec::new();
        for record in &records {
            let (effective, settled) = database.settled(record).map_err(failed)?;
            let count = match effective.terms.limits.has_quota() {
                true => database.stored(&Holder::from(&record.name)).map_err(failed)?,
                false => None,
            };
            match self.json {
                true => writeln!(out, "{}", crate::json::line(&object(record, &settled, count)))
                    .map_err(not_written)?,
                false => table.push(cells(record, &effective, &settled, count)),
            }
        }
        for holder in database.counted_elsewhere().map_err(failed)? {
            let Some(count) = database.stored(&holder).map_err(failed)? else { continue };
            match self.json {
                true => writeln!(out, "{}", crate::json::line(&holder::object(&holder, count)))
                    .map_err(not_written)?,
                false => table.push(holder::cells(&holder, count)),
            }
        }
        write_columns(&mut out, &table).map_err(not_written)?;
        out.flush().map_err(not_written)?;
        Ok(Exit::Ok)
    }

    /// One account, in full.
    pub(super) fn account(
        &self,
        record: &Record,
        effective: &Effective,
        settled: &[Settled],
        count: Option<StoredCount>,
        proofs: &Proofs,
    ) -> io::Result<Exit> {
        let mut out = io::stdout().lock();
        if self.json {
            let mut object = object(record, settled, count);
            object["totp"] = proofs.factor.as_ref().map_or(Value::Null, totp::object);
            object["certificates"] = cert::object(&proofs.certificates);
            writeln!(out, "{}", crate::json::line(&object))?;
            return Ok(Exit::Ok);
        }
        let groups: Vec<&str> = record.groups.iter().map(AccountName::as_str).collect();
        let groups = if groups.is_empty() { "none".to_owned() } else { groups.join(", ") };
        let acct =
            acct(record).map_or_else(|| "not wanted".to_owned(), |when| format!("to {when}"));
        let factor = proofs.factor.as_ref();
        let factor = factor.map_or_else(|| "no second factor".to_owned(), totp::words);
        let mut table = vec![
            ("name", record.name.to_string()),
            ("locked", if record.locked { "yes" } else { "no" }.to_owned()),
            ("groups", groups),
            ("ACCT", acct),
            ("TOTP", factor),
            ("certificates", cert::words(&proofs.certificates)),
            ("password", format!("kept as {}", record.password.kind())),
        ];
        for Settled { key, lines } in settled {
            for (text, source) in lines {
                table.push((key, format!("{text} ({source})")));
            }
        }
        table.push(("stored", in_full(count, &effective.terms.limits)));
        write_table(&mut out, &table)?;
        Ok(Exit::Ok)
    }

    /// One group, with its members.
    pub(crate) fn group(&self, group: &GroupRecord, members: &[AccountName]) -> io::Result<Exit> {
        let mut out = io::stdout().lock();
        let members: Vec<&str> = members.iter().map(AccountName::as_str).collect();
        if self.json {
            writeln!(out, "{}", crate::json::line(&group_object(group, &members)))?;
            return Ok(Exit::Ok);
        }
        let none = || "none".to_owned();
        let members = if members.is_empty() { none() } else { members.join(", ") };
        let mut table = vec![("name", group.name.to_string()), ("members", members)];
        for (key, lines) in group.own.iter() {
            table.extend(lines.iter().map(|line| (key, line.clone())));
        }
        write_table(&mut out, &table)?;
        Ok(Exit::Ok)
    }

    /// All groups, a line for each.
    pub(crate) fn groups(&self, groups: &[(GroupRecord, Vec<AccountName>)]) -> io::Result<()> {
        let mut out = io::BufWriter::new(io::stdout().lock());
        let mut table = Vec::new();
        for (group, members) in groups {
            if self.json {
                let members: Vec<&str> = members.iter().map(AccountName::as_str).collect();
                writeln!(out, "{}", crate::json::line(&group_object(group, &members)))?;
                continue;
            }
            let noun = if members.len() == 1 { "member" } else { "members" };
            let rights = group.own.get("rights").map(|lines| lines.join(",")).unwrap_or_default();
            let count = format!("{} {noun}", members.len());
            table.push([group.name.to_string(), count, rights]);
        }
        write_columns(&mut out, &table)?;
        out.flush()
    }
}

/// A table with columns as wide as their content, without trailing spaces.
fn write_columns(out: &mut impl io::Write, table: &[[String; 3]]) -> io::Result<()> {
    let width = |column: usize| {
        let cells = table.iter().map(|cells| cells[column].chars().count());
        cells.max().unwrap_or_default()
    };
    let (first, second) = (width(0), width(1));
    table.iter().try_for_each(|[name, what, rest]| {
        let line = format!("{name:<first$}  {what:<second$}  {rest}");
        writeln!(out, "{}", line.trim_end())
    })
}

/// A table of names and values, a line for each.
fn write_table(out: &mut impl io::Write, table: &[(&str, String)]) -> io::Result<()> {
    let width = table.iter().map(|(what, _)| what.len()).max().unwrap_or_default();
    table.iter().try_for_each(|(what, text)| writeln!(out, "{what:<width$} {text}"))
}

/// Said of a count that a server has in use.
pub(super) const COUNTED_ON: &str = "; a server keeps this count in memory and saves it every second; if none is running \
    now, the next login counts again";

/// The stored amount and the quota, to the byte.
fn in_full(count: Option<StoredCount>, limits: &Limits) -> String {
    if !limits.has_quota() {
        return "not counted because the account has no quota".to_owned();
    }
    let Some(StoredCount { stored, in_use }) = count else {
        return "not counted yet; the next login counts".to_owned();
    };
    let now = if in_use { COUNTED_ON } else { "" };
    amounts(&stored, limits.quota_bytes, limits.quota_files) + now
}

/// The stored amount, with the quota where there is one.
pub(super) fn amounts(stored: &Stored, bytes: Option<u64>, files: Option<u64>) -> String {
    let bytes = amount(stored.bytes, bytes, "byte");
    format!("{bytes}, {}", amount(stored.files, files, "file"))
}

/// `1 file`, `3 files`, `1 of 5 files`.
pub(super) fn amount(stored: u64, limit: Option<u64>, noun: &str) -> String {
    let of = limit.map(|limit| format!(" of {limit}")).unwrap_or_default();
    let plural = if limit.unwrap_or(stored) == 1 { "" } else { "s" };
    format!("{stored}{of} {noun}{plural}")
}

/// The stored amount as JSON.
pub(super) fn stored(count: Option<StoredCount>) -> Value {
    count.map_or(Value::Null, |StoredCount { stored, in_use }| {
        json!({"bytes": stored.bytes, "files": stored.files, "in_use": in_use})
    })
}

/// The cells of an account's line: name, rights, and the rest.
fn cells(
    record: &Record,
    effective: &Effective,
    settled: &[Settled],
    count: Option<StoredCount>,
) -> [String; 3] {
    let mut rest = Vec::new();
    // Accounts without a root get a placeholder, because programs count columns.
    rest.push(effective.terms.root.as_ref().map_or("-", |root| root.as_str()).to_owned());
    if let Some(day) = last_day(settled) {
        rest.push(format!("until {day}"));
    }
    let limits = &effective.terms.limits;
    if let (Some(StoredCount { stored, .. }), Some(limit)) = (count, limits.quota_bytes) {
        rest.push(format!("{} of {}", size::show_rounded(stored.bytes), size::show(limit)));
    }
    if count.is_none() && limits.has_quota() {
        rest.push("not counted yet".to_owned());
    }
    if let (Some(StoredCount { stored, .. }), Some(limit)) = (count, limits.quota_files) {
        rest.push(amount(stored.files, Some(limit), "file"));
    }
    if effective.terms.locked || record.locked {
        rest.push("locked".to_owned());
    }
    [record.name.to_string(), effective.rights.to_string(), rest.join("  ")]
}

/// The JSON object of an account. Its rights and limits are all under `terms`, under the names of
/// the options.
fn object(record: &Record, settled: &[Settled], count: Option<StoredCount>) -> Value {
    let groups: Vec<_> = record.groups.iter().map(AccountName::as_str).collect();
    let settled_objects = settled.iter().map(|settled| (settled.key.to_owned(), value(settled)));
    json!({
        "event": "account",
        "command": "user",
        "name": record.name.as_str(),
        "locked": record.locked,
        "groups": groups,
        "terms": settled_objects.collect::<serde_json::Map<_, _>>(),
        "stored": stored(count),
        "acct": acct(record),
        "hash": record.password.kind(),
    })
}

/// The lines of a value, each with its source.
fn value(settled: &Settled) -> Value {
    let line = |(text, source): &(String, Source)| json!({"value": text, "from": from(source)});
    settled.lines.iter().map(line).collect()
}

fn from(source: &Source) -> Value {
    match source {
        Source::Own => json!({"own": true}),
        Source::Group(name) => json!({"group": name.as_str()}),
        Source::Default => json!({"default": true}),
    }
}

fn group_object(group: &GroupRecord, members: &[&str]) -> Value {
    json!({
        "event": "group",
        "command": "group",
        "name": group.name.as_str(),
        "members": members,
        "terms": own_object(&group.own),
    })
}

fn own_object(own: &Own) -> Value {
    let value = |key: &str, lines: &[String]| match TERMS.iter().find(|row| row.key == key) {
        Some(row) if row.takes_many() => json!(lines),
        _ => json!(lines.first()),
    };
    own.iter()
        .map(|(key, lines)| (key.to_owned(), value(key, lines)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn acct(record: &Record) -> Option<&'static str> {
    record.information.as_ref().map(|(_, wanted_for)| match wanted_for {
        InformationFor::Login => "login",
        InformationFor::Storing => "store",
    })
}

/// The last day on which the account may log in, if there is one.
fn last_day(settled: &[Settled]) -> Option<&str> {
    let found = settled.iter().find(|settled| settled.key == "expires")?;
    let (day, _) = found.lines.first()?;
    (day != "never").then_some(day.as_str())
}
