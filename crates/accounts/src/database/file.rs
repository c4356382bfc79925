//! The file itself: how it is made, opened and brought up to date.

use std::ffi::OsStr;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, fchown};
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use super::{DatabaseError, Result};

/// How long one process waits for another.
const PATIENCE: Duration = Duration::from_secs(10);
/// "PktB": the file is ours.
const APPLICATION: i32 = 0x506B_7442;

/// What brings the file from each version to the next. A row is never changed, only added.
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
// Groups; the terms of accounts and groups, a row for each value (`crate::terms::TERMS` has the keys); and a number
// that grows with every change that open sessions have to learn of. A table of another part that they have to
// learn of, too, gets triggers as these.
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
// Who is kept out. It belongs to no account.
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
// What the owner's app shows beside the name of the account.
"
    ALTER TABLE second_factors ADD COLUMN issuer TEXT NOT NULL DEFAULT 'Packetboat';
",
// Counts, also of accounts that stand nowhere else in the file (`crate::Holder`).
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

/// Makes the file if need be, and brings it up to date.
pub(super) fn prepare(path: &Path) -> Result<()> {
    make(path)?;
    let failed = |error| DatabaseError::Failed(path.to_owned(), error);
    let mut connection = connect(path)?;
    let version = version(&connection, path)?;
    if version == MIGRATIONS.len() {
        return Ok(());
    }
    use_write_ahead_log(&connection).map_err(failed)?;
    let change = connection.transaction_with_behavior(TransactionBehavior::Immediate);
    let change = change.map_err(failed)?;
    // Another process may have been faster: what holds is what stands there now.
    let version = self::version(&change, path)?;
    for migration in &MIGRATIONS[version..] {
        change.execute_batch(migration).map_err(failed)?;
    }
    let last = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    change.pragma_update(None, "user_version", last).map_err(failed)?;
    change.pragma_update(None, "application_id", APPLICATION).map_err(failed)?;
    change.commit().map_err(failed)
}

/// Makes an empty file one of an older form.
#[cfg(test)]
pub(super) fn prepare_as(connection: &Connection, version: usize) -> rusqlite::Result<()> {
    MIGRATIONS[..version].iter().try_for_each(|sql| connection.execute_batch(sql))?;
    connection.pragma_update(None, "user_version", i64::try_from(version).unwrap_or(i64::MAX))?;
    connection.pragma_update(None, "application_id", APPLICATION)
}

/// Opens a file that is there.
pub(super) fn connect(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || {
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(PATIENCE)?;
        // What was said to be done is on the disk.
        connection.pragma_update(None, "synchronous", "FULL")?;
        // What belongs to an account goes with it.
        connection.pragma_update(None, "foreign_keys", true)?;
        Ok(connection)
    };
    open().map_err(|error| DatabaseError::Failed(path.to_owned(), error))
}

/// Looks whether the file is one of ours, and leaves all as it is: an immutable file is read without the log
/// and the locks that SQLite would make beside it. What stands in a log yet does not change whose file it is.
pub(super) fn check(path: &Path) -> Result<()> {
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
    let connection = Connection::open_with_flags(OsStr::from_bytes(&address), flags)
        .map_err(|error| DatabaseError::Failed(path.to_owned(), error))?;
    version(&connection, path).map(drop)
}

/// An empty file, for its owner alone; SQLite gives its own files beside it the same permissions and, as root, the same owner.
/// What root makes in the folder of another user is that user's: a server that runs as them is to write it.
fn make(path: &Path) -> Result<()> {
    let not_made = |error| DatabaseError::NotMade(path.to_owned(), error);
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(not_made)?;
    }
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(not_made(error)),
        Ok(file) => give_to_owner_of_folder(&file, path).map_err(not_made),
    }
}

fn give_to_owner_of_folder(file: &File, path: &Path) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new(".")).metadata()?;
    if file.metadata()?.uid() != 0 || folder.uid() == 0 {
        return Ok(());
    }
    fchown(file, Some(folder.uid()), Some(folder.gid()))
}

/// How many migrations the file has seen.
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
        return Err(foreign("belongs to another program; name another file with --database"));
    }
    let version = usize::try_from(number("user_version").map_err(failed)?).unwrap_or(usize::MAX);
    if version > MIGRATIONS.len() {
        return Err(foreign("was written by a newer Packetboat; use that one, or another file"));
    }
    Ok(version)
}

/// Readers and a writer do not wait for each other. Where two processes make the file at once, SQLite does
/// not wait for this by itself.
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
