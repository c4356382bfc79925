//! Groups of accounts, which supply values to accounts that have none of their own.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::rows::{self, Owner};
use super::{Database, DatabaseError, Result};
use crate::terms::{Effective, Settled, settle};
use crate::{AccountName, GroupRecord, Own, Record};

/// The most members that a refusal to remove a group names.
const MOST_NAMED: usize = 5;

impl Database {
    /// Adds a group.
    pub fn add_group(&self, group: &GroupRecord) -> Result<()> {
        self.change(|connection| {
            let sql = "INSERT INTO groups (name) VALUES (?1) ON CONFLICT (name) DO NOTHING";
            let name = group.name.as_str();
            if connection.execute(sql, [name])? == 0 {
                return Err(DatabaseError::GroupExists(group.name.clone()));
            }
            rows::write_own(connection, Owner::Group, name, &group.own)
        })
    }

    /// Changes a group.
    pub fn edit_group<E>(
        &self,
        name: &AccountName,
        edit: impl FnOnce(&mut GroupRecord) -> std::result::Result<(), E>,
    ) -> Result<std::result::Result<GroupRecord, E>> {
        self.change(|connection| {
            let mut group = find(connection, name)?;
            if let Err(error) = edit(&mut group) {
                return Ok(Err(error));
            }
            rows::write_own(connection, Owner::Group, name.as_str(), &group.own)?;
            Ok(Ok(group))
        })
    }

    /// Removes groups: all of them, or none if one does not exist or has members. Silently removing
    /// accounts from a group could give them more rights than they had.
    pub fn remove_groups(&self, names: &[AccountName]) -> Result<()> {
        self.change(|connection| {
            for name in names {
                find(connection, name)?;
                let members = members(connection, name)?;
                if !members.is_empty() {
                    return Err(DatabaseError::GroupInUse(name.clone(), named(&members)));
                }
                connection.execute("DELETE FROM groups WHERE name = ?1", [name.as_str()])?;
            }
            Ok(())
        })
    }

    /// The group with this name.
    pub fn find_group(&self, name: &AccountName) -> Result<GroupRecord> {
        self.with(|connection| find(connection, name))
    }

    /// Every group, sorted by name.
    pub fn groups(&self) -> Result<Vec<GroupRecord>> {
        self.with(|connection| {
            let mut statement = connection.prepare("SELECT name FROM groups ORDER BY name")?;
            let names = statement.query_map([], |row| row.get::<_, String>(0))?;
            names.map(|name| find(connection, &parse(&name?)?)).collect()
        })
    }

    /// The members of a group, sorted by name.
    pub fn members(&self, group: &AccountName) -> Result<Vec<AccountName>> {
        self.with(|connection| members(connection, group))
    }

    /// The values that apply to an account, from its own and its groups', and where each comes
    /// from.
    pub fn settled(&self, record: &Record) -> Result<(Effective, Vec<Settled>)> {
        self.with(|connection| settled(connection, record))
    }
}

/// The values that apply to an account, from its own and its groups'.
pub(super) fn settled(
    connection: &Connection,
    record: &Record,
) -> Result<(Effective, Vec<Settled>)> {
    let group = |name: &AccountName| Ok((name.clone(), find(connection, name)?.own));
    let groups: Vec<(AccountName, Own)> = record.groups.iter().map(group).collect::<Result<_>>()?;
    settle(&record.own, &groups).map_err(|why| {
        DatabaseError::Row(format!("the account {:?} cannot be used: {why}", record.name.as_str()))
    })
}

/// The groups of an account, in order of precedence.
pub(super) fn of(connection: &Connection, account: &str) -> Result<Vec<AccountName>> {
    let sql = "SELECT in_group FROM members WHERE account = ?1 ORDER BY place";
    let mut statement = connection.prepare(sql)?;
    let names = statement.query_map([account], |row| row.get::<_, String>(0))?;
    names.map(|name| parse(&name?)).collect()
}

/// Whether a group with this name exists.
pub(super) fn exists(connection: &Connection, name: &str) -> Result<bool> {
    let sql = "SELECT 1 FROM groups WHERE name = ?1";
    Ok(connection.query_row(sql, [name], |_| Ok(())).optional()?.is_some())
}

fn find(connection: &Connection, name: &AccountName) -> Result<GroupRecord> {
    if !exists(connection, name.as_str())? {
        return Err(DatabaseError::GroupMissing(name.clone()));
    }
    let own = rows::own(connection, Owner::Group, name.as_str())?;
    Ok(GroupRecord { name: name.clone(), own })
}

fn members(connection: &Connection, group: &AccountName) -> Result<Vec<AccountName>> {
    let sql = "SELECT account FROM members WHERE in_group = ?1 ORDER BY account";
    let mut statement = connection.prepare(sql)?;
    let names = statement.query_map(params![group.as_str()], |row| row.get::<_, String>(0))?;
    names.map(|name| parse(&name?)).collect()
}

fn parse(name: &str) -> Result<AccountName> {
    AccountName::stored(name).map_err(|error| DatabaseError::Row(format!("{name:?}: {error}")))
}

/// The first few names, for a message.
fn named(names: &[AccountName]) -> String {
    let first: Vec<&str> = names.iter().take(MOST_NAMED).map(AccountName::as_str).collect();
    match names.len().checked_sub(MOST_NAMED) {
        Some(more @ 1..) => format!("{} and {more} more", first.join(", ")),
        _ => first.join(", "),
    }
}
