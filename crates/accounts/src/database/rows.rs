//! Accounts as rows. What a row holds is read as strictly as what a person types: an account that is not
//! understood lets nobody in.

use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

use super::{DatabaseError, Result};
use crate::{
    AccountName, Cost, InformationFor, Network, PasswordHash, Record, Rights, Root, Terms,
};

const COLUMNS: &str = "name, password, rights, root, expires, locked, sessions, networks, information, information_for";

/// What a new password hash costs.
pub(super) fn cost(connection: &Connection) -> Result<Cost> {
    let sql = "SELECT value FROM settings WHERE name = 'argon2'";
    let text = connection.query_row(sql, [], |row| row.get::<_, String>(0)).optional()?;
    text.map_or_else(|| Ok(Cost::default()), |text| Cost::parse(&text).map_err(DatabaseError::Row))
}

/// An account.
pub(super) fn find(connection: &Connection, name: &str) -> Result<Option<Record>> {
    let sql = format!("SELECT {COLUMNS} FROM accounts WHERE name = ?1");
    let raw = connection.query_row(&sql, [name], raw).optional()?;
    raw.map(read).transpose()
}

/// Shows each account, in the order of their names.
pub(super) fn for_each<E>(
    connection: &Connection,
    show: &mut dyn FnMut(&Record) -> std::result::Result<(), E>,
) -> Result<std::result::Result<(), E>> {
    let mut statement =
        connection.prepare(&format!("SELECT {COLUMNS} FROM accounts ORDER BY name"))?;
    for raw in statement.query_map([], raw)? {
        if let Err(error) = show(&read(raw?)?) {
            return Ok(Err(error));
        }
    }
    Ok(Ok(()))
}

/// Adds an account; false if there is one of that name.
pub(super) fn insert(connection: &Connection, record: &Record) -> Result<bool> {
    let sql = format!(
        "INSERT INTO accounts ({COLUMNS}) VALUES (:name, :password, :rights, :root, :expires, :locked,
         :sessions, :networks, :information, :information_for) ON CONFLICT (name) DO NOTHING"
    );
    Ok(write(connection, &sql, record)? == 1)
}

/// Writes all of an account but its name.
pub(super) fn update(connection: &Connection, record: &Record) -> Result<()> {
    let sql = "UPDATE accounts SET password = :password, rights = :rights, root = :root,
               expires = :expires, locked = :locked, sessions = :sessions, networks = :networks,
               information = :information, information_for = :information_for WHERE name = :name";
    write(connection, sql, record).map(drop)
}

fn write(connection: &Connection, sql: &str, record: &Record) -> Result<usize> {
    let terms = &record.terms;
    let networks: Vec<String> = terms.networks.iter().map(ToString::to_string).collect();
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
            ":rights": record.rights.to_string(),
            ":root": terms.root.as_ref().map(Root::as_str),
            ":expires": terms.expires,
            ":locked": terms.locked,
            ":sessions": terms.sessions,
            ":networks": (!networks.is_empty()).then(|| networks.join(" ")),
            ":information": information,
            ":information_for": information_for,
        },
    )?)
}

/// A row as SQLite has it.
struct Raw {
    name: String,
    password: String,
    rights: String,
    root: Option<String>,
    expires: Option<i64>,
    locked: bool,
    sessions: Option<u32>,
    networks: Option<String>,
    information: Option<String>,
    information_for: Option<String>,
}

fn raw(row: &Row<'_>) -> rusqlite::Result<Raw> {
    Ok(Raw {
        name: row.get(0)?,
        password: row.get(1)?,
        rights: row.get(2)?,
        root: row.get(3)?,
        expires: row.get(4)?,
        locked: row.get(5)?,
        sessions: row.get(6)?,
        networks: row.get(7)?,
        information: row.get(8)?,
        information_for: row.get(9)?,
    })
}

fn read(raw: Raw) -> Result<Record> {
    let wrong = |why: &dyn std::fmt::Display| {
        DatabaseError::Row(format!("the account {:?} cannot be used: {why}", raw.name))
    };
    let hash = |text: &str| PasswordHash::parse(text).map_err(|error| wrong(&error));
    let information = match (&raw.information, raw.information_for.as_deref()) {
        (None, None) => None,
        (Some(text), Some("login")) => Some((hash(text)?, InformationFor::Login)),
        (Some(text), Some("store")) => Some((hash(text)?, InformationFor::Storing)),
        _ => return Err(wrong(&"it is not known what its account information is for")),
    };
    let networks = raw.networks.as_deref().unwrap_or_default().split(' ');
    let networks = networks.filter(|text| !text.is_empty()).map(Network::parse);
    Ok(Record {
        name: AccountName::parse(&raw.name).map_err(|error| wrong(&error))?,
        password: hash(&raw.password)?,
        rights: Rights::parse(&raw.rights).map_err(|error| wrong(&error))?,
        terms: Terms {
            root: raw
                .root
                .as_deref()
                .map(Root::parse)
                .transpose()
                .map_err(|error| wrong(&error))?,
            expires: raw.expires,
            locked: raw.locked,
            sessions: raw.sessions,
            networks: networks
                .collect::<std::result::Result<_, _>>()
                .map_err(|error| wrong(&error))?,
        },
        information,
    })
}
