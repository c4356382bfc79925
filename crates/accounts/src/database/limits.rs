//! What an account may store and how fast it may move it: rows of their own, so that an account without limits
//! has none.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Database, DatabaseError, Result, rows};
use crate::AccountName;

/// A limit, as an account has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Limit {
    /// That of its group, or of the server; without one, none.
    #[default]
    Inherited,
    /// None, whatever its group has.
    Unlimited,
    /// This.
    To(u64),
}

impl Limit {
    /// The limit that holds, where `other` is what is inherited.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        if self == Self::Inherited { other } else { self }
    }

    /// The number; nothing where there is no limit.
    pub fn get(self) -> Option<u64> {
        match self {
            Self::To(limit) => Some(limit),
            Self::Inherited | Self::Unlimited => None,
        }
    }

    /// As it is stored: nothing, -1, or the number.
    fn to_sql(self) -> Option<i64> {
        match self {
            Self::Inherited => None,
            Self::Unlimited => Some(-1),
            Self::To(limit) => Some(i64::try_from(limit).unwrap_or(i64::MAX)),
        }
    }

    fn from_sql(stored: Option<i64>) -> Self {
        let read = |number| u64::try_from(number).map_or(Self::Unlimited, Self::To);
        stored.map_or(Self::Inherited, read)
    }
}

/// What an account may store, and how fast it may move it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Bytes that it may store.
    pub quota_bytes: Limit,
    /// Files, directories and links that it may store.
    pub quota_files: Limit,
    /// Bytes in a second from its clients, all its sessions together.
    pub rate_up: Limit,
    /// Bytes in a second to its clients, all its sessions together.
    pub rate_down: Limit,
}

impl Limits {
    /// The limits that hold, where `other` are what is inherited.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            quota_bytes: self.quota_bytes.or(other.quota_bytes),
            quota_files: self.quota_files.or(other.quota_files),
            rate_up: self.rate_up.or(other.rate_up),
            rate_down: self.rate_down.or(other.rate_down),
        }
    }

    /// Whether what is stored has to be counted.
    pub fn has_quota(&self) -> bool {
        self.quota_bytes.get().is_some() || self.quota_files.get().is_some()
    }
}

impl Database {
    /// An account's own limits.
    pub fn limits(&self, name: &str) -> Result<Limits> {
        self.with(|connection| find(connection, name))
    }

    /// Changes an account's limits.
    pub fn edit_limits(
        &self,
        name: &AccountName,
        edit: impl FnOnce(&mut Limits),
    ) -> Result<Limits> {
        self.change(|connection| {
            if rows::find(connection, name.as_str())?.is_none() {
                return Err(DatabaseError::Missing(name.clone()));
            }
            let mut limits = find(connection, name.as_str())?;
            edit(&mut limits);
            let sql = "INSERT OR REPLACE INTO limits
                       (account, quota_bytes, quota_files, rate_up, rate_down)
                       VALUES (?1, ?2, ?3, ?4, ?5)";
            let values = params![
                name.as_str(),
                limits.quota_bytes.to_sql(),
                limits.quota_files.to_sql(),
                limits.rate_up.to_sql(),
                limits.rate_down.to_sql(),
            ];
            connection.execute(sql, values)?;
            Ok(limits)
        })
    }
}

fn find(connection: &Connection, name: &str) -> Result<Limits> {
    let sql = "SELECT quota_bytes, quota_files, rate_up, rate_down FROM limits WHERE account = ?1";
    let read = |row: &rusqlite::Row<'_>| {
        let limit = |column| row.get(column).map(Limit::from_sql);
        Ok(Limits {
            quota_bytes: limit(0)?,
            quota_files: limit(1)?,
            rate_up: limit(2)?,
            rate_down: limit(3)?,
        })
    };
    Ok(connection.query_row(sql, [name], read).optional()?.unwrap_or_default())
}
