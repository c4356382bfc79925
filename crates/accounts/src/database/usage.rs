//! How much accounts have stored. A server counts in memory and saves the count from time to time.
//! Before the first change it sets a mark for its run next to the saved count, and removes the mark
//! once everything is saved. A mark of a run that has ended therefore means that the saved count is
//! unreliable and the files must be recounted. Every recount from the disk begins a new epoch,
//! which tells a server that another process has recounted.

use std::path::PathBuf;

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Database, Result};
use crate::{AccountName, Source};

/// The account whose files are counted: for an account of the database its name; for one of another
/// source the source's keyword, a colon and the name. Names in the database contain no colon, so
/// the two cannot collide.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Holder(String);

/// How much an account has stored, according to the database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    /// Bytes.
    pub bytes: u64,
    /// Files, directories and links.
    pub files: u64,
}

/// The saved count of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredCount {
    /// How much.
    pub stored: Stored,
    /// Whether a server is changing it now, or was when it crashed.
    pub in_use: bool,
}

/// One run of a server, which identifies its marks: the process ID and a random number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run(String);

/// An account's count at the start of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenedCount {
    /// The count; `None` if the files must be recounted.
    pub stored: Option<Stored>,
    /// Which count from the disk it goes back to.
    pub epoch: i64,
}

/// A count to be saved.
#[derive(Clone, Debug)]
pub struct Tally {
    /// The account.
    pub holder: Holder,
    /// How much.
    pub stored: Stored,
    /// Which count from the disk it goes back to.
    pub epoch: i64,
    /// Whether no change is in progress, so that the mark is removed.
    pub closes: bool,
}

impl Holder {
    /// The account with this name from this source.
    pub fn new(source: Source, name: &str) -> Self {
        match source.is_elsewhere() {
            true => Self(format!("{}:{name}", source.word())),
            false => Self(name.to_owned()),
        }
    }

    /// Parses the name of another source's account, such as `hook:anna`.
    pub fn parse_elsewhere(text: &str) -> Option<Self> {
        let (word, name) = text.split_once(':')?;
        let source = Source::parse(word).filter(|source| source.is_elsewhere())?;
        (!name.is_empty()).then(|| Self::new(source, name))
    }
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&AccountName> for Holder {
    fn from(name: &AccountName) -> Self {
        Self::new(Source::Database, name.as_str())
    }
}

impl Run {
    /// A new run of this process.
    pub fn new() -> Self {
        let random = getrandom::u64().unwrap_or_default();
        Self(format!("{}-{random:016x}", std::process::id()))
    }

    /// Whether a process with that ID is running on this machine.
    fn may_live(run: &str) -> bool {
        let process = run.split('-').next().unwrap_or_default();
        let path: PathBuf = ["/proc", process].iter().collect();
        !process.is_empty() && path.exists()
    }
}

impl Default for Run {
    fn default() -> Self {
        Self::new()
    }
}

impl Database {
    /// How much an account has stored; `None` if it was never counted.
    pub fn stored(&self, holder: &Holder) -> Result<Option<StoredCount>> {
        self.with(|connection| {
            let Some((stored, _)) = find(connection, holder)? else { return Ok(None) };
            let sql = "SELECT count(*) FROM usage_open WHERE account = ?1";
            let marks: i64 = connection.query_row(sql, [&holder.0], |row| row.get(0))?;
            Ok(Some(StoredCount { stored, in_use: marks > 0 }))
        })
    }

    /// How much an account has stored, if this run can rely on the count.
    pub fn reliable_count(&self, holder: &Holder, run: &Run) -> Result<Option<Stored>> {
        self.with(|connection| match find(connection, holder)? {
            Some((stored, _)) if !is_doubtful(connection, holder, run)? => Ok(Some(stored)),
            _ => Ok(None),
        })
    }

    /// The current count and epoch of each account; `None` for one that was never counted.
    pub fn counts(&self, holders: &[Holder], run: &Run) -> Result<Vec<Option<OpenedCount>>> {
        self.with(|connection| {
            let sql = "SELECT bytes, files, epoch, EXISTS (SELECT 1 FROM usage_open AS other
                       WHERE other.account = usage.account AND other.run <> ?2)
                       FROM usage WHERE account = ?1";
            let mut statement = connection.prepare(sql)?;
            let mut count = |holder: &Holder| {
                let read = |row: &rusqlite::Row<'_>| {
                    let doubtful: bool = row.get(3)?;
                    let stored = stored(row)?;
                    Ok(OpenedCount { stored: (!doubtful).then_some(stored), epoch: row.get(2)? })
                };
                statement.query_row(params![holder.0, run.0], read).optional()
            };
            Ok(holders.iter().map(&mut count).collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Deletes a count that would be wrong later: of an account without a quota, which nobody
    /// counts any more, or of one whose files were changed outside the server. False if there was
    /// none.
    pub fn forget_count(&self, holder: &Holder) -> Result<bool> {
        if self.stored(holder)?.is_none() {
            return Ok(false);
        }
        self.change(|connection| {
            Ok(connection.execute("DELETE FROM usage WHERE account = ?1", [&holder.0])? == 1)
        })
    }

    /// The counted accounts of other sources.
    pub fn counted_elsewhere(&self) -> Result<Vec<Holder>> {
        self.with(|connection| {
            let sql = "SELECT account FROM usage WHERE instr(account, ':') ORDER BY account";
            let mut statement = connection.prepare(sql)?;
            let found = statement.query_map([], |row| row.get(0).map(Holder))?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Sets the mark before a change. It is on the disk before the first change happens.
    pub fn open_count(&self, holder: &Holder, run: &Run) -> Result<OpenedCount> {
        self.change(|connection| {
            mark(connection, holder, run)?;
            Ok(match find(connection, holder)? {
                Some((stored, epoch)) => {
                    let doubtful = is_doubtful(connection, holder, run)?;
                    OpenedCount { stored: (!doubtful).then_some(stored), epoch }
                }
                None => OpenedCount { stored: None, epoch: 0 },
            })
        })
    }

    /// Saves a recount by this run. The marks of other runs are removed, and they notice the new
    /// epoch, which is returned.
    pub fn counted(&self, holder: &Holder, stored: Stored, run: &Run) -> Result<i64> {
        self.change(|connection| {
            let sql = "DELETE FROM usage_open WHERE account = ?1 AND run <> ?2";
            connection.execute(sql, params![holder.0, run.0])?;
            set(connection, holder, stored)
        })
    }

    /// Saves a recount by a process that changes no files. Servers notice it; only the marks of
    /// servers that no longer run are removed.
    pub fn recounted(&self, holder: &Holder, stored: Stored) -> Result<StoredCount> {
        self.change(|connection| {
            let sql = "SELECT run FROM usage_open WHERE account = ?1";
            let mut statement = connection.prepare(sql)?;
            let runs = statement.query_map([&holder.0], |row| row.get::<_, String>(0))?;
            let runs = runs.collect::<rusqlite::Result<Vec<_>>>()?;
            let (live, dead): (Vec<_>, Vec<_>) =
                runs.into_iter().partition(|run| Run::may_live(run));
            for run in &dead {
                let sql = "DELETE FROM usage_open WHERE account = ?1 AND run = ?2";
                connection.execute(sql, params![holder.0, run])?;
            }
            set(connection, holder, stored)?;
            Ok(StoredCount { stored, in_use: !live.is_empty() })
        })
    }

    /// Saves counts. False for each count of an older epoch, because another process has recounted
    /// since. This is not synced to disk: if the machine stops now, either the marks or the new
    /// counts remain.
    pub fn write_counts(&self, tallies: &[Tally], run: &Run) -> Result<Vec<bool>> {
        let mut connection = super::file::connect(&self.path)?;
        let written = (|| -> rusqlite::Result<Vec<bool>> {
            connection.pragma_update(None, "synchronous", "NORMAL")?;
            let change = connection.transaction()?;
            let written = tallies.iter().map(|tally| write(&change, tally, run)).collect();
            change.commit()?;
            written
        })();
        written.map_err(|error| self.failed(error))
    }
}

fn write(connection: &Connection, tally: &Tally, run: &Run) -> rusqlite::Result<bool> {
    let Stored { bytes, files } = tally.stored;
    let sql = "UPDATE usage SET bytes = ?1, files = ?2 WHERE account = ?3 AND epoch = ?4";
    let values = params![number(bytes), number(files), tally.holder.0, tally.epoch];
    let fits = connection.execute(sql, values)? == 1;
    if fits && tally.closes {
        let sql = "DELETE FROM usage_open WHERE account = ?1 AND run = ?2";
        connection.execute(sql, params![tally.holder.0, run.0])?;
    } else {
        mark(connection, &tally.holder, run)?;
    }
    Ok(fits)
}

/// Sets a mark, unless the account was removed in the meantime.
fn mark(connection: &Connection, holder: &Holder, run: &Run) -> rusqlite::Result<()> {
    let sql = "INSERT OR IGNORE INTO usage_open (account, run)
               SELECT ?1, ?2 WHERE instr(?1, ':') OR EXISTS (SELECT 1 FROM accounts WHERE name = ?1)";
    connection.execute(sql, params![holder.0, run.0]).map(drop)
}

/// Whether other runs have left marks.
fn is_doubtful(connection: &Connection, holder: &Holder, run: &Run) -> rusqlite::Result<bool> {
    let sql = "SELECT count(*) FROM usage_open WHERE account = ?1 AND run <> ?2";
    connection
        .query_row(sql, params![holder.0, run.0], |row| row.get(0))
        .map(|marks: i64| marks > 0)
}

/// Saves a recount and returns its epoch. The first epoch is random, so that the epoch of a deleted
/// count does not occur again.
fn set(connection: &Connection, holder: &Holder, stored: Stored) -> Result<i64> {
    let sql = "INSERT INTO usage (account, bytes, files, epoch)
               SELECT ?1, ?2, ?3, random() >> 2
               WHERE instr(?1, ':') OR EXISTS (SELECT 1 FROM accounts WHERE name = ?1)
               ON CONFLICT (account) DO UPDATE SET bytes = excluded.bytes, files = excluded.files,
               epoch = epoch + 1 RETURNING epoch";
    let values = params![holder.0, number(stored.bytes), number(stored.files)];
    let epoch = connection.query_row(sql, values, |row| row.get(0)).optional()?;
    Ok(epoch.unwrap_or_default())
}

fn find(connection: &Connection, holder: &Holder) -> rusqlite::Result<Option<(Stored, i64)>> {
    let sql = "SELECT bytes, files, epoch FROM usage WHERE account = ?1";
    let read = |row: &rusqlite::Row<'_>| Ok((stored(row)?, row.get(2)?));
    connection.query_row(sql, [&holder.0], read).optional()
}

/// Reads a row that begins with bytes and files.
fn stored(row: &rusqlite::Row<'_>) -> rusqlite::Result<Stored> {
    let number = |column| row.get(column).map(|number: i64| u64::try_from(number).unwrap_or(0));
    Ok(Stored { bytes: number(0)?, files: number(1)? })
}

fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
