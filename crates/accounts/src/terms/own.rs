//! [`Own`], the values of one account or group, and settling the values of an account and its
//! groups.

use std::collections::BTreeMap;
use std::fmt;

use super::{Combine, Effective, TERMS, TermRow, find};
use crate::AccountName;

/// The own values of an account or a group, by the keys of [`TERMS`]. Every value has been accepted
/// by its row. For a missing key the groups' values apply, or the server's default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Own(BTreeMap<&'static str, Vec<String>>);

/// The origin of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The account's own value.
    Own,
    /// The value of one of its groups.
    Group(AccountName),
    /// The default, because neither the account nor a group has a value.
    Default,
}

/// The settled value of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The key of the row.
    pub key: &'static str,
    /// Each line of the value, with its origin.
    pub lines: Vec<(String, Source)>,
}

impl Own {
    /// Sets a value: one line, or several if the row accepts a list.
    pub fn set(&mut self, key: &str, lines: &[String]) -> Result<(), String> {
        let row = find(key).ok_or_else(|| format!("accounts have no setting {key:?}"))?;
        let kept = row.read(lines).map_err(|why| format!("{key}: {why}"))?;
        self.0.insert(row.key, kept);
        Ok(())
    }

    /// The same values with one more, of a single line.
    pub fn with(mut self, key: &str, line: &str) -> Result<Self, String> {
        self.set(key, &[line.to_owned()])?;
        Ok(self)
    }

    /// Removes a value, so that the groups' values apply.
    pub fn unset(&mut self, key: &str) {
        self.0.remove(key);
    }

    /// The lines of a value.
    pub fn get(&self, key: &str) -> Option<&[String]> {
        self.0.get(key).map(Vec::as_slice)
    }

    /// All values with their keys.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &[String])> {
        self.0.iter().map(|(key, lines)| (*key, lines.as_slice()))
    }

    /// Whether stored files must be counted because of these values, not considering the groups.
    pub fn has_quota(&self) -> bool {
        settle(self, &[]).is_ok_and(|(effective, _)| effective.terms.limits.has_quota())
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Settles the values of an account and its groups, in the groups' order, and says where each value
/// comes from.
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

/// The lines that apply for a row; empty if neither the account nor a group has a value.
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

/// The part of a line that identifies it in a joined list.
fn subject(line: &str) -> &str {
    // In a path rule only the path may contain further `=`; in a folder line only the folder may.
    let split = if line.starts_with('/') { line.rsplit_once('=') } else { line.split_once('=') };
    split.map_or(line, |(subject, _)| subject)
}

/// The origin, for people.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own => f.write_str("its own"),
            Self::Group(name) => write!(f, "group {name}"),
            Self::Default => f.write_str("default"),
        }
    }
}
