//! The values that one account or group has of its own, and what those of an account and its groups amount to.

use std::collections::BTreeMap;
use std::fmt;

use super::{Combine, Effective, TERMS, TermRow, find};
use crate::AccountName;

/// The values that an account or a group has of its own, by the keys of [`TERMS`]. Each is one that its row
/// understands. What is not there is left to the groups, or to what the server does for everybody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Own(BTreeMap<&'static str, Vec<String>>);

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The account itself.
    Own,
    /// One of its groups.
    Group(AccountName),
    /// Nobody has one: what holds for everybody.
    Default,
}

/// What is settled for one row: lines, and whose they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The row's key.
    pub key: &'static str,
    /// Each line of the value, and where it comes from.
    pub lines: Vec<(String, Source)>,
}

impl Own {
    /// Gives it a value of its own: one line, or several where the row takes many.
    pub fn set(&mut self, key: &str, lines: &[String]) -> Result<(), String> {
        let row = find(key).ok_or_else(|| format!("there is no setting {key:?} of accounts"))?;
        let kept = row.read(lines).map_err(|why| format!("{key}: {why}"))?;
        self.0.insert(row.key, kept);
        Ok(())
    }

    /// The same with one line.
    pub fn with(mut self, key: &str, line: &str) -> Result<Self, String> {
        self.set(key, &[line.to_owned()])?;
        Ok(self)
    }

    /// Takes its own value away: what its groups say counts from now on.
    pub fn unset(&mut self, key: &str) {
        self.0.remove(key);
    }

    /// Its own value, line by line.
    pub fn get(&self, key: &str) -> Option<&[String]> {
        self.0.get(key).map(Vec::as_slice)
    }

    /// All its own values, by their keys.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &[String])> {
        self.0.iter().map(|(key, lines)| (*key, lines.as_slice()))
    }

    /// Whether what is stored has to be counted, groups aside.
    pub fn has_quota(&self) -> bool {
        settle(self, &[]).is_ok_and(|(effective, _)| effective.terms.limits.has_quota())
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What an account's own values and those of its groups, in their order, amount to, and whose each one is.
pub fn settle(
    own: &Own,
    groups: &[(AccountName, Own)],
) -> Result<(Effective, Vec<Settled>), String> {
    let mut effective = Effective::default();
    let mut settled = Vec::with_capacity(TERMS.len());
    for row in TERMS {
        let lines = lines(row, own, groups);
        if !lines.is_empty() {
            let texts: Vec<String> = lines.iter().map(|(text, _)| text.clone()).collect();
            (row.apply)(&mut effective, &texts).map_err(|why| format!("{}: {why}", row.key))?;
        }
        let lines =
            if lines.is_empty() { vec![(row.default.to_owned(), Source::Default)] } else { lines };
        settled.push(Settled { key: row.key, lines });
    }
    Ok((effective, settled))
}

/// The lines that count for a row; none if nobody has a value.
fn lines(row: &TermRow, own: &Own, groups: &[(AccountName, Own)]) -> Vec<(String, Source)> {
    let groups = groups.iter().map(|(name, own)| (own, Source::Group(name.clone())));
    let mut values =
        std::iter::once((own, Source::Own)).chain(groups).filter_map(|(own, source)| {
            let lines = own.get(row.key)?;
            Some(lines.iter().map(|line| (line.clone(), source.clone())).collect::<Vec<_>>())
        });
    if row.combine != Combine::Joined {
        return values.next().unwrap_or_default();
    }
    let mut joined: Vec<(String, Source)> = Vec::new();
    for (line, source) in values.flatten() {
        let is_none = line == row.default;
        if !is_none && !joined.iter().any(|(known, _)| subject(known) == subject(&line)) {
            joined.push((line, source));
        }
    }
    joined
}

/// What a line of a joined list is about.
fn subject(line: &str) -> &str {
    // The rights of a path have no `=`, the path may; of a folder it is the other way round.
    let split = if line.starts_with('/') { line.rsplit_once('=') } else { line.split_once('=') };
    split.map_or(line, |(subject, _)| subject)
}

/// For people.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own => f.write_str("its own"),
            Self::Group(name) => write!(f, "group {name}"),
            Self::Default => f.write_str("default"),
        }
    }
}
