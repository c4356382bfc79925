//! What accounts have stored. A server counts in memory and writes the count down now and then; before the first
//! change it puts a mark beside it, for its run, and takes the mark away once all is written. A mark of a run that
//! is over therefore says that the count is not to be relied on: whoever needs it counts anew. Each count from the
//! disk begins a new epoch, by which a server learns that somebody else has counted.

use std::path::PathBuf;

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Database, Result};
use crate::{AccountName, Source};

/// Whose files are counted. An account of the database stands here by its name; one of somebody else by the word for
/// him, a colon and its name. No name of the database has a colon, so the two never meet.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Holder(String);

/// What an account has stored, as it stands in the database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    /// Bytes.
    pub bytes: u64,
    /// Files, directories and links.
    pub files: u64,
}

/// What is known of what an account has stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredCount {
    /// How much.
    pub stored: Stored,
    /// Whether a server changes it just now, or did when it crashed.
    pub in_use: bool,
}

/// One run of a server, under which it marks what it changes: the process and a random number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run(String);

/// What an account's count is at the start of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenedCount {
    /// The count; nothing where it has to be made.
    pub stored: Option<Stored>,
    /// Which count from the disk it goes back to.
    pub epoch: i64,
}

/// A count to be written down.
#[derive(Clone, Debug)]
pub struct Tally {
    /// Whose it is.
    pub holder: Holder,
    /// How much.
    pub stored: Stored,
    /// Which count from the disk it goes back to.
    pub epoch: i64,
    /// No change is under way: the mark goes.
    pub closes: bool,
}

impl Holder {
    /// The account of this name that a source knows.
    pub fn new(source: Source, name: &str) -> Self {
        match source.is_elsewhere() {
            true => Self(format!("{}:{name}", source.word())),
            false => Self(name.to_owned()),
        }
    }

    /// An account of somebody else, as `hook:anna`.
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
    /// This process, from now on.
    pub fn new() -> Self {
        let random = getrandom::u64().unwrap_or_default();
        Self(format!("{}-{random:016x}", std::process::id()))
    }

    /// Whether a process of that number lives on this machine.
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
    /// What an account has stored; nothing if it was never counted.
    pub fn stored(&self, holder: &Holder) -> Result<Option<StoredCount>> {
        self.with(|connection| {
            let Some((stored, _)) = find(connection, holder)? else { return Ok(None) };
            let sql = "SELECT count(*) FROM usage_open WHERE account = ?1";
            let marks: i64 = connection.query_row(sql, [&holder.0], |row| row.get(0))?;
            Ok(Some(StoredCount { stored, in_use: marks > 0 }))
        })
    }

    /// What an account has stored, if this run may rely on the count.
    pub fn reliable_count(&self, holder: &Holder, run: &Run) -> Result<Option<Stored>> {
        self.with(|connection| match find(connection, holder)? {
            Some((stored, _)) if !is_doubtful(connection, holder, run)? => Ok(Some(stored)),
            _ => Ok(None),
        })
    }

    /// The counts of accounts as they stand now, and the epoch of each; nothing for one that was never counted.
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

    /// No count stays that would be taken for right later: of an account that has no quota any more, since nobody
    /// counts, or of one whose files were changed past the server. False where there was none.
    pub fn forget_count(&self, holder: &Holder) -> Result<bool> {
        if self.stored(holder)?.is_none() {
            return Ok(false);
        }
        self.change(|connection| {
            Ok(connection.execute("DELETE FROM usage WHERE account = ?1", [&holder.0])? == 1)
        })
    }

    /// The accounts of others that were counted.
    pub fn counted_elsewhere(&self) -> Result<Vec<Holder>> {
        self.with(|connection| {
            let sql = "SELECT account FROM usage WHERE instr(account, ':') ORDER BY account";
            let mut statement = connection.prepare(sql)?;
            let found = statement.query_map([], |row| row.get(0).map(Holder))?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Changes are about to come. The mark is on the disk before the first of them.
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

    /// An account's files were counted, for this run; the marks of others go, and they learn of it. The new epoch.
    pub fn counted(&self, holder: &Holder, stored: Stored, run: &Run) -> Result<i64> {
        self.change(|connection| {
            let sql = "DELETE FROM usage_open WHERE account = ?1 AND run <> ?2";
            connection.execute(sql, params![holder.0, run.0])?;
            set(connection, holder, stored)
        })
    }

    /// An account's files were counted by somebody who changes nothing. Servers learn of it; only marks of servers
    /// that are no more go.
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

    /// Writes counts down. False for each that goes back to an older epoch: somebody else has counted since. Nothing
    /// is forced to the disk: if the machine stops now, the marks are still there, or the counts.
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

/// An account that was removed meanwhile needs no mark.
fn mark(connection: &Connection, holder: &Holder, run: &Run) -> rusqlite::Result<()> {
    let sql = "INSERT OR IGNORE INTO usage_open (account, run)
               SELECT ?1, ?2 WHERE instr(?1, ':') OR EXISTS (SELECT 1 FROM accounts WHERE name = ?1)";
    connection.execute(sql, params![holder.0, run.0]).map(drop)
}

/// Whether others than this run have left marks.
fn is_doubtful(connection: &Connection, holder: &Holder, run: &Run) -> rusqlite::Result<bool> {
    let sql = "SELECT count(*) FROM usage_open WHERE account = ?1 AND run <> ?2";
    connection
        .query_row(sql, params![holder.0, run.0], |row| row.get(0))
        .map(|marks: i64| marks > 0)
}

/// An epoch is no small number, so that one of a count that was forgotten does not come again.
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

/// What a row that begins with bytes and files has stored.
fn stored(row: &rusqlite::Row<'_>) -> rusqlite::Result<Stored> {
    let number = |column| row.get(column).map(|number: i64| u64::try_from(number).unwrap_or(0));
    Ok(Stored { bytes: number(0)?, files: number(1)? })
}

fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
