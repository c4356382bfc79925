//! Reads and writes accounts as rows. Rows are parsed as strictly as user input: an account that is
//! not understood lets nobody in.

use rusqlite::{Connection, OptionalExtension as _, Row, named_params, params};

use super::{DatabaseError, Result};
use crate::{AccountName, Cost, InformationFor, Own, PasswordHash, Record};

const COLUMNS: &str = "name, password, locked, information, information_for";

/// The owner of a set of values: an account or a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    Account,
    Group,
}

impl Owner {
    fn word(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Group => "group",
        }
    }
}

/// The cost of new password hashes.
pub(super) fn cost(connection: &Connection) -> Result<Cost> {
    let sql = "SELECT value FROM settings WHERE name = 'argon2'";
    let text = connection.query_row(sql, [], |row| row.get::<_, String>(0)).optional()?;
    text.map_or_else(|| Ok(Cost::default()), |text| Cost::parse(&text).map_err(DatabaseError::Row))
}

/// The account with this name.
pub(super) fn find(connection: &Connection, name: &str) -> Result<Option<Record>> {
    let sql = format!("SELECT {COLUMNS} FROM accounts WHERE name = ?1");
    let raw = connection.query_row(&sql, [name], raw).optional()?;
    raw.map(|raw| read(connection, raw)).transpose()
}

/// Calls `each` for every account, sorted by name.
pub(super) fn for_each<E>(
    connection: &Connection,
    show: &mut dyn FnMut(&Record) -> std::result::Result<(), E>,
) -> Result<std::result::Result<(), E>> {
    let mut statement =
        connection.prepare(&format!("SELECT {COLUMNS} FROM accounts ORDER BY name"))?;
    for raw in statement.query_map([], raw)? {
        if let Err(error) = show(&read(connection, raw?)?) {
            return Ok(Err(error));
        }
    }
    Ok(Ok(()))
}

/// Adds an account; false if one with that name exists.
pub(super) fn insert(connection: &Connection, record: &Record) -> Result<bool> {
    let sql = format!(
        "INSERT INTO accounts ({COLUMNS}) VALUES (:name, :password, :locked, :information,
         :information_for) ON CONFLICT (name) DO NOTHING"
    );
    if write(connection, &sql, record)? == 0 {
        return Ok(false);
    }
    write_rest(connection, record)?;
    Ok(true)
}

/// Writes everything of an account except its name.
pub(super) fn update(connection: &Connection, record: &Record) -> Result<()> {
    let sql = "UPDATE accounts SET password = :password, locked = :locked,
               information = :information, information_for = :information_for WHERE name = :name";
    write(connection, sql, record)?;
    write_rest(connection, record)
}

fn write(connection: &Connection, sql: &str, record: &Record) -> Result<usize> {
    let (information, information_for) = match &record.information {
        Some((hash, InformationFor::Login)) => (Some(hash.expose()), Some("login")),
        Some((hash, InformationFor::Storing)) => (Some(hash.expose()), Some("store")),
        None => (None, None),
    };
    Ok(connection.execute(
        sql,
        named_params! {
            ":name": record.name.as_str(),
            ":password": record.password.expose(),
            ":locked": record.locked,
            ":information": information,
            ":information_for": information_for,
        },
    )?)
}

/// Writes what is in other tables than that of the accounts.
fn write_rest(connection: &Connection, record: &Record) -> Result<()> {
    let name = record.name.as_str();
    write_own(connection, Owner::Account, name, &record.own)?;
    connection.execute("DELETE FROM members WHERE account = ?1", [name])?;
    for (place, group) in record.groups.iter().enumerate() {
        if !super::groups::exists(connection, group.as_str())? {
            return Err(DatabaseError::GroupMissing(group.clone()));
        }
        // A group named twice keeps its first place.
        let sql = "INSERT INTO members (account, place, in_group) VALUES (?1, ?2, ?3)
                   ON CONFLICT (account, in_group) DO NOTHING";
        let place = i64::try_from(place).unwrap_or(i64::MAX);
        connection.execute(sql, params![name, place, group.as_str()])?;
    }
    Ok(())
}

/// The own values of an account or a group.
pub(super) fn own(connection: &Connection, owner: Owner, name: &str) -> Result<Own> {
    let mut own = Own::default();
    let sql = "SELECT key, value FROM terms WHERE owner_kind = ?1 AND owner = ?2";
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([owner.word(), name], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
    })?;
    for row in rows {
        let (key, value) = row?;
        let lines: Vec<String> = value.split('\n').map(str::to_owned).collect();
        own.set(&key, &lines).map_err(|why| {
            let kind = owner.word();
            DatabaseError::Row(format!("the {kind} {name:?} cannot be used: {why}"))
        })?;
    }
    Ok(own)
}

/// Replaces the own values of an account or a group.
pub(super) fn write_own(
    connection: &Connection,
    owner: Owner,
    name: &str,
    own: &Own,
) -> Result<()> {
    let sql = "DELETE FROM terms WHERE owner_kind = ?1 AND owner = ?2";
    connection.execute(sql, [owner.word(), name])?;
    for (key, lines) in own.iter() {
        let sql = "INSERT INTO terms (owner_kind, owner, key, value) VALUES (?1, ?2, ?3, ?4)";
        connection.execute(sql, [owner.word(), name, key, &lines.join("\n")])?;
    }
    Ok(())
}

/// A row as SQLite returns it.
struct Raw {
    name: String,
    password: String,
    locked: bool,
    information: Option<String>,
    information_for: Option<String>,
}

fn raw(row: &Row<'_>) -> rusqlite::Result<Raw> {
    Ok(Raw {
        name: row.get(0)?,
        password: row.get(1)?,
        locked: row.get(2)?,
        information: row.get(3)?,
        information_for: row.get(4)?,
    })
}

fn read(connection: &Connection, raw: Raw) -> Result<Record> {
    let wrong = |why: &dyn std::fmt::Display| {
        DatabaseError::Row(format!("the account {:?} cannot be used: {why}", raw.name))
    };
    let hash = |text: &str| PasswordHash::parse(text).map_err(|error| wrong(&error));
    let information = match (&raw.information, raw.information_for.as_deref()) {
        (None, None) => None,
        (Some(text), Some("login")) => Some((hash(text)?, InformationFor::Login)),
        (Some(text), Some("store")) => Some((hash(text)?, InformationFor::Storing)),
        _ => return Err(wrong(&"it does not say what its account information is needed for")),
    };
    Ok(Record {
        name: AccountName::stored(&raw.name).map_err(|error| wrong(&error))?,
        password: hash(&raw.password)?,
        locked: raw.locked,
        groups: super::groups::of(connection, &raw.name)?,
        own: own(connection, Owner::Account, &raw.name)?,
        information,
    })
}
