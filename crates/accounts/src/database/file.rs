//! The database file: creating, opening and migrating it.

use std::ffi::OsStr;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, fchown};
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use super::mark::Mark;
use super::{DatabaseError, Result};

/// How long a process waits for another one's lock.
const PATIENCE: Duration = Duration::from_secs(10);
/// "PktB": marks the file as Packetboat's.
const APPLICATION: i32 = 0x506B_7442;

/// The migrations from each version to the next. Rows are only added, never changed.
static MIGRATIONS: &[&str] = &["
    CREATE TABLE accounts (
        name TEXT PRIMARY KEY NOT NULL,
        password TEXT NOT NULL,
        rights TEXT NOT NULL,
        root TEXT,
        expires INTEGER,
        locked INTEGER NOT NULL DEFAULT 0,
        sessions INTEGER,
        networks TEXT,
        information TEXT,
        information_for TEXT,
        CHECK ((information IS NULL) = (information_for IS NULL))
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE settings (name TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
", "
    CREATE TABLE usage (
        account TEXT PRIMARY KEY NOT NULL REFERENCES accounts (name) ON DELETE CASCADE,
        bytes INTEGER NOT NULL,
        files INTEGER NOT NULL,
        epoch INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE usage_open (
        account TEXT NOT NULL REFERENCES accounts (name) ON DELETE CASCADE,
        run TEXT NOT NULL,
        PRIMARY KEY (account, run)
    ) STRICT, WITHOUT ROWID;
",
// Groups; the terms of accounts and groups, one row per value (`crate::terms::TERMS` has the keys);
// and a revision number that grows with every change that open sessions must notice. Any other
// table that they must notice needs triggers like these.
"
    CREATE TABLE groups (name TEXT PRIMARY KEY NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE members (
        account TEXT NOT NULL REFERENCES accounts (name) ON DELETE CASCADE,
        place INTEGER NOT NULL,
        in_group TEXT NOT NULL REFERENCES groups (name),
        PRIMARY KEY (account, place),
        UNIQUE (account, in_group)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX members_of ON members (in_group);
    CREATE TABLE terms (
        owner_kind TEXT NOT NULL CHECK (owner_kind IN ('account', 'group')),
        owner TEXT NOT NULL,
        key TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (owner_kind, owner, key)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO terms SELECT 'account', name, 'rights', rights FROM accounts;
    INSERT INTO terms SELECT 'account', name, 'root', root FROM accounts WHERE root IS NOT NULL;
    INSERT INTO terms SELECT 'account', name, 'expires', date(expires - 1, 'unixepoch')
        FROM accounts WHERE expires IS NOT NULL;
    INSERT INTO terms SELECT 'account', name, 'sessions', sessions FROM accounts WHERE sessions IS NOT NULL;
    INSERT INTO terms SELECT 'account', name, 'network', replace(networks, ' ', char(10))
        FROM accounts WHERE networks IS NOT NULL;
    ALTER TABLE accounts DROP COLUMN rights;
    ALTER TABLE accounts DROP COLUMN root;
    ALTER TABLE accounts DROP COLUMN expires;
    ALTER TABLE accounts DROP COLUMN sessions;
    ALTER TABLE accounts DROP COLUMN networks;
    CREATE TABLE revision (number INTEGER NOT NULL) STRICT;
    INSERT INTO revision VALUES (1);
    CREATE TRIGGER account_removed AFTER DELETE ON accounts BEGIN
        DELETE FROM terms WHERE owner_kind = 'account' AND owner = old.name;
        UPDATE revision SET number = number + 1;
    END;
    CREATE TRIGGER account_changed AFTER UPDATE OF name, locked, information, information_for ON accounts BEGIN
        UPDATE revision SET number = number + 1;
    END;
    CREATE TRIGGER account_added AFTER INSERT ON accounts BEGIN
        UPDATE revision SET number = number + 1;
    END;
    CREATE TRIGGER group_removed AFTER DELETE ON groups BEGIN
        DELETE FROM terms WHERE owner_kind = 'group' AND owner = old.name;
    END;
    CREATE TRIGGER member_added AFTER INSERT ON members BEGIN
        UPDATE revision SET number = number + 1;
    END;
    CREATE TRIGGER member_removed AFTER DELETE ON members BEGIN
        UPDATE revision SET number = number + 1;
    END;
    CREATE TRIGGER term_added AFTER INSERT ON terms BEGIN
        UPDATE revision SET number = number + 1;
    END;
    CREATE TRIGGER term_changed AFTER UPDATE ON terms BEGIN
        UPDATE revision SET number = number + 1;
    END;
    CREATE TRIGGER term_removed AFTER DELETE ON terms BEGIN
        UPDATE revision SET number = number + 1;
    END;
",
// Bans. They belong to no account.
"
    CREATE TABLE bans (
        network TEXT PRIMARY KEY NOT NULL,
        since INTEGER NOT NULL,
        until INTEGER,
        strikes INTEGER NOT NULL,
        reason TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
",
"
    CREATE TABLE second_factors (
        account TEXT PRIMARY KEY NOT NULL REFERENCES accounts (name) ON DELETE CASCADE,
        secret TEXT NOT NULL,
        wanted_for TEXT NOT NULL,
        append INTEGER NOT NULL DEFAULT 0,
        last_step INTEGER NOT NULL DEFAULT 0,
        wrong INTEGER NOT NULL DEFAULT 0,
        wrong_at INTEGER NOT NULL DEFAULT 0
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE certificate_rules (
        account TEXT PRIMARY KEY NOT NULL REFERENCES accounts (name) ON DELETE CASCADE,
        usage TEXT NOT NULL,
        by_name INTEGER NOT NULL DEFAULT 0
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE certificates (
        account TEXT NOT NULL REFERENCES accounts (name) ON DELETE CASCADE,
        fingerprint TEXT NOT NULL,
        PRIMARY KEY (account, fingerprint)
    ) STRICT, WITHOUT ROWID;
",
// What the owner's app shows next to the account's name.
"
    ALTER TABLE second_factors ADD COLUMN issuer TEXT NOT NULL DEFAULT 'Packetboat';
",
// Storage counts, also of accounts that are nowhere else in the file (`crate::Holder`).
"
    CREATE TABLE new_usage (
        account TEXT PRIMARY KEY NOT NULL,
        bytes INTEGER NOT NULL,
        files INTEGER NOT NULL,
        epoch INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    INSERT INTO new_usage SELECT account, bytes, files, epoch FROM usage;
    DROP TABLE usage;
    ALTER TABLE new_usage RENAME TO usage;
    CREATE TABLE new_usage_open (
        account TEXT NOT NULL,
        run TEXT NOT NULL,
        PRIMARY KEY (account, run)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO new_usage_open SELECT account, run FROM usage_open;
    DROP TABLE usage_open;
    ALTER TABLE new_usage_open RENAME TO usage_open;
    CREATE TRIGGER count_removed AFTER DELETE ON accounts BEGIN
        DELETE FROM usage WHERE account = old.name;
        DELETE FROM usage_open WHERE account = old.name;
    END;
"];

/// Creates the file if there is none, and migrates it to the current version.
pub(super) fn prepare(path: &Path) -> Result<()> {
    make(path)?;
    let failed = |error| DatabaseError::Failed(path.to_owned(), error);
    let mut connection =
        match connect(path).and_then(|connection| Ok((version(&connection, path)?, connection))) {
            Ok((version, _)) if version == MIGRATIONS.len() => return Ok(()),
            Ok((_, connection)) => connection,
            Err(error) if error.is_disk_full() => {
                let there = read_immutable(path, |connection| version(connection, path));
                return there.filter(|there| *there == MIGRATIONS.len()).map(drop).ok_or(error);
            }
            Err(error) => return Err(error),
        };
    use_write_ahead_log(&connection).map_err(failed)?;
    bring_up_to_date(&mut connection, path)
}

fn bring_up_to_date(connection: &mut Connection, path: &Path) -> Result<()> {
    let failed = |error| DatabaseError::Failed(path.to_owned(), error);
    let change = connection.transaction_with_behavior(TransactionBehavior::Immediate);
    let change = change.map_err(failed)?;
    // Another process may have migrated it in the meantime, so the version is read again.
    let version = version(&change, path)?;
    for migration in &MIGRATIONS[version..] {
        change.execute_batch(migration).map_err(failed)?;
    }
    let last = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    change.pragma_update(None, "user_version", last).map_err(failed)?;
    change.pragma_update(None, "application_id", APPLICATION).map_err(failed)?;
    change.commit().map_err(failed)
}

/// Turns an empty file into a database of an older version.
#[cfg(test)]
pub(super) fn prepare_as(connection: &Connection, version: usize) -> rusqlite::Result<()> {
    MIGRATIONS[..version].iter().try_for_each(|sql| connection.execute_batch(sql))?;
    connection.pragma_update(None, "user_version", i64::try_from(version).unwrap_or(i64::MAX))?;
    connection.pragma_update(None, "application_id", APPLICATION)
}

/// Opens an existing file.
pub(super) fn connect(path: &Path) -> Result<Connection> {
    refuse_empty(path)?;
    open(path)
}

/// SQLite accepts an empty file as a new database. Packetboat's databases appear with all their
/// tables, so something else has emptied the file, and continuing would silently lose every
/// account.
fn refuse_empty(path: &Path) -> Result<()> {
    match path.metadata() {
        Ok(found) if found.is_file() && found.len() == 0 => Err(DatabaseError::Foreign(
            path.to_owned(),
            "is empty, so something has truncated it; restore it from a backup, or remove it to \
                start again without accounts",
        )),
        // If the file cannot be inspected, opening it reports the error.
        _ => Ok(()),
    }
}

fn open(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || {
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(PATIENCE)?;
        // A committed change must be on the disk.
        connection.pragma_update(None, "synchronous", "FULL")?;
        // Removing an account also removes the rows that belong to it.
        connection.pragma_update(None, "foreign_keys", true)?;
        Ok(connection)
    };
    open().map_err(|error| DatabaseError::Failed(path.to_owned(), error))
}

/// Checks that the file is one of Packetboat's, without changing anything: SQLite reads an
/// immutable file without creating log and lock files next to it. Changes still in the log cannot
/// alter that.
pub(super) fn check(path: &Path) -> Result<()> {
    refuse_empty(path)?;
    version(&open_immutable(path)?, path).map(drop)
}

/// What `work` reads from a file that cannot be opened normally because the disk has no room for
/// SQLite's files next to it; `None` if changes are still in the log, or something was written in
/// the meantime.
pub(super) fn read_immutable<T>(
    path: &Path,
    work: impl FnOnce(&Connection) -> Result<T>,
) -> Option<T> {
    refuse_empty(path).ok()?;
    let before = Mark::of(path).ok().filter(Mark::is_all_in_the_file)?;
    let found = work(&open_immutable(path).ok()?).ok()?;
    (Mark::of(path).ok()? == before).then_some(found)
}

fn open_immutable(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let not_made = |error| DatabaseError::NotMade(path.to_owned(), error);
    let mut address = b"file://".to_vec();
    for &byte in std::path::absolute(path).map_err(not_made)?.as_os_str().as_bytes() {
        match byte {
            b'%' | b'?' | b'#' => address.extend(format!("%{byte:02X}").into_bytes()),
            _ => address.push(byte),
        }
    }
    address.extend(b"?immutable=1");
    Connection::open_with_flags(OsStr::from_bytes(&address), flags)
        .map_err(|error| DatabaseError::Failed(path.to_owned(), error))
}

/// Creates the file, accessible to its owner only; SQLite gives its own files next to it the same
/// permissions and, as root, the same owner. If root creates it in another user's folder, it
/// belongs to that user, because a server that runs as that user must write it. It gets its name
/// only when it is complete, so that a crash cannot leave an empty file.
fn make(path: &Path) -> Result<()> {
    if path.symlink_metadata().is_ok() {
        return Ok(());
    }
    let not_made = |error| DatabaseError::NotMade(path.to_owned(), error);
    let folder = folder_of(path);
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(not_made)?;
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(|error| not_made(error.into()))?;
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{:016x}.new", u64::from_ne_bytes(random)));
    let new = folder.join(name);
    let made = fill(&new, folder, path).and_then(|()| take_name(&new, path).map_err(not_made));
    // After a hard link the file has two names; after a failure the temporary file is useless.
    match fs::remove_file(&new) {
        Err(error) if error.kind() != ErrorKind::NotFound => made.and(Err(not_made(error))),
        _ => made,
    }
}

/// Creates a complete database at `new`, without any files next to it, which will become the one at
/// `path`.
fn fill(new: &Path, folder: &Path, path: &Path) -> Result<()> {
    let not_made = |error| DatabaseError::NotMade(path.to_owned(), error);
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(new);
    give_to_owner_of_folder(&file.map_err(not_made)?, folder).map_err(not_made)?;
    let failed = |error| DatabaseError::Failed(path.to_owned(), error);
    // The write-ahead log is switched on last, so that everything so far is in the file itself.
    let mut connection = open(new)?;
    bring_up_to_date(&mut connection, path)?;
    use_write_ahead_log(&connection).map_err(failed)?;
    connection.close().map_err(|(_, error)| failed(error))
}

/// Gives the file its name, unless another process has created one in the meantime, which is just
/// as good.
fn take_name(new: &Path, path: &Path) -> io::Result<()> {
    let named = match fs::hard_link(new, path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(()),
        // Not every file system has hard links.
        Err(_) => rename_to_new(new, path),
        Ok(()) => Ok(()),
    };
    match named {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        // The name must survive a power failure.
        Ok(()) => File::open(folder_of(path))?.sync_all(),
        failed => failed,
    }
}

#[cfg(any(target_os = "linux", target_vendor = "apple"))]
fn rename_to_new(new: &Path, path: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, new, CWD, path, RenameFlags::NOREPLACE)?)
}

#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
fn rename_to_new(_new: &Path, _path: &Path) -> io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The folder of a database, if its disk has no room for SQLite's files next to it.
pub(super) fn disk_is_full(path: &Path) -> Option<&Path> {
    /// SQLite's own files next to a database are at least this large.
    const LEAST: u64 = 64 << 10;
    use rustix::fs::{Mode, OFlags, fstatvfs, open};
    let folder = folder_of(path);
    // Opened with O_PATH, which needs no read permission.
    #[cfg(target_os = "linux")]
    let flags = OFlags::PATH;
    #[cfg(not(target_os = "linux"))]
    let flags = OFlags::RDONLY;
    let opened = open(folder, flags | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()).ok()?;
    let space = fstatvfs(&opened).ok()?;
    let no_room = space.f_bavail.saturating_mul(space.f_frsize) < LEAST;
    let no_files = space.f_files > 0 && space.f_favail == 0;
    (no_room || no_files).then_some(folder)
}

fn give_to_owner_of_folder(file: &File, folder: &Path) -> io::Result<()> {
    let folder = folder.metadata()?;
    if file.metadata()?.uid() != 0 || folder.uid() == 0 {
        return Ok(());
    }
    fchown(file, Some(folder.uid()), Some(folder.gid()))
}

/// The number of migrations that the file has had.
fn version(connection: &Connection, path: &Path) -> Result<usize> {
    let failed = |error| DatabaseError::Failed(path.to_owned(), error);
    let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let application = number("application_id").map_err(failed)?;
    let tables =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0));
    let tables = tables.map_err(failed)?;
    let ours = application == i64::from(APPLICATION) || (application, tables) == (0, 0);
    let foreign = |why| DatabaseError::Foreign(path.to_owned(), why);
    if !ours {
        return Err(foreign("belongs to another program; choose another file with --database"));
    }
    let version = usize::try_from(number("user_version").map_err(failed)?).unwrap_or(usize::MAX);
    if version > MIGRATIONS.len() {
        return Err(foreign(
            "was written by a newer Packetboat; use that version, or choose another \
            file",
        ));
    }
    Ok(version)
}

/// With a write-ahead log, readers and a writer do not wait for each other. When two processes
/// create the file at the same time, SQLite does not wait for the lock here by itself.
fn use_write_ahead_log(connection: &Connection) -> rusqlite::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let set = connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()));
        match set {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
                if Instant::now() > deadline {
                    return Err(error);
                }
                std::thread::sleep(Duration::from_millis(5));
            }
            other => return other,
        }
    }
}
