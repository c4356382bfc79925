//! [`Database`]: permanent accounts in an SQLite file. Every use opens the file again, so that
//! changes by another process, or a replaced file, apply from the next login on. A change is one
//! transaction in a write-ahead log that is synced to disk: after a crash it is either done or not
//! done, and other accounts are unaffected.

mod bans;
mod file;
mod groups;
mod mark;
mod proofs;
mod rows;
#[cfg(test)]
mod tests;
mod usage;

pub use mark::Mark;
pub use usage::{Holder, OpenedCount, Run, Stored, StoredCount, Tally};

use std::fmt;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, TransactionBehavior, params};

use self::proofs::Codes;
use crate::totp::DIGITS;
use crate::{
    Account, AccountName, Attempt, Backend, CertificateRule, CodeCheck as _, Cost, Effective,
    Entered, HashError, PasswordHash, Record, Refusal, SecondFactor,
};

/// A database of accounts.
#[derive(Clone, Debug)]
pub struct Database {
    path: PathBuf,
}

/// Why an operation on the database failed.
#[derive(Debug)]
pub enum DatabaseError {
    /// Its folder or file could not be created.
    NotMade(PathBuf, std::io::Error),
    /// It does not exist, and must not be created.
    NotThere(PathBuf),
    /// SQLite failed.
    Failed(PathBuf, rusqlite::Error),
    /// The file belongs to another program or to a newer version of Packetboat.
    Foreign(PathBuf, &'static str),
    /// A row contains something that this version does not understand.
    Row(String),
    /// An account with that name exists already.
    Exists(AccountName),
    /// No account has that name.
    Missing(AccountName),
    /// A group with that name exists already.
    GroupExists(AccountName),
    /// No group has that name.
    GroupMissing(AccountName),
    /// The group has members, which the message names.
    GroupInUse(AccountName, String),
    /// The account would have to supply two things with ACCT.
    TwoProofs(AccountName),
    /// A password could not be hashed.
    Hash(HashError),
}

type Result<T> = std::result::Result<T, DatabaseError>;

impl Database {
    /// Opens the file, creating it for its owner only if there is none, and migrating an older
    /// version.
    pub fn open(path: &Path) -> Result<Self> {
        file::prepare(path)?;
        Ok(Self { path: path.to_owned() })
    }

    /// Like [`Self::open`], but fails if the file does not exist.
    pub fn open_existing(path: &Path) -> Result<Self> {
        match path.try_exists() {
            Ok(false) => Err(DatabaseError::NotThere(path.to_owned())),
            // If the file cannot be inspected, opening it reports the error.
            _ => Self::open(path),
        }
    }

    /// Checks that an existing file can be opened, without changing it or anything next to it.
    pub fn check(path: &Path) -> Result<()> {
        file::check(path)
    }

    /// The path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The cost of new password hashes.
    pub fn cost(&self) -> Result<Cost> {
        self.with(rows::cost)
    }

    /// Sets the cost of new password hashes. Existing ones are renewed when their owners log in.
    pub fn set_cost(&self, cost: &Cost) -> Result<()> {
        self.with(|connection| {
            let sql = "INSERT INTO settings (name, value) VALUES ('argon2', ?1)
                       ON CONFLICT (name) DO UPDATE SET value = excluded.value";
            connection.execute(sql, [cost.to_string()]).map_err(|error| self.failed(error))?;
            Ok(())
        })
    }

    /// Adds accounts: all of them, or none if one cannot be added.
    pub fn add<'a>(&self, records: impl IntoIterator<Item = &'a Record>) -> Result<()> {
        self.change(|connection| {
            for record in records {
                if !rows::insert(connection, record)? {
                    return Err(DatabaseError::Exists(record.name.clone()));
                }
            }
            Ok(())
        })
    }

    /// Changes an account.
    pub fn edit(&self, name: &AccountName, edit: impl FnOnce(&mut Record)) -> Result<Record> {
        self.change(|connection| {
            let mut record = rows::find(connection, name.as_str())?
                .ok_or_else(|| DatabaseError::Missing(name.clone()))?;
            edit(&mut record);
            if record.information.is_some()
                && proofs::second_factor(connection, name.as_str())?.is_some()
            {
                return Err(DatabaseError::TwoProofs(name.clone()));
            }
            rows::update(connection, &record)?;
            Ok(record)
        })
    }

    /// A number that grows with every change that open sessions must notice. It is only meaningful
    /// for the file that is there now.
    pub fn revision(&self) -> Result<i64> {
        self.with(|connection| {
            let sql = "SELECT number FROM revision";
            Ok(connection.query_row(sql, [], |row| row.get(0))?)
        })
    }

    /// A value that changes when something is written to the file or it is replaced. Costs only a
    /// query to the file system.
    pub fn mark(&self) -> std::io::Result<Mark> {
        Mark::of(&self.path)
    }

    /// The account with this name as it is now, without a login.
    pub fn account(&self, name: &[u8]) -> Result<Option<Account>> {
        let (_, found) = self.look_up(name)?;
        Ok(found.map(|found| self.account_of(&found)))
    }

    /// Removes accounts: all of them, or none if one does not exist.
    pub fn remove(&self, names: &[AccountName]) -> Result<()> {
        self.change(|connection| {
            for name in names {
                let sql = "DELETE FROM accounts WHERE name = ?1";
                match connection.execute(sql, [name.as_str()]) {
                    Ok(0) => return Err(DatabaseError::Missing(name.clone())),
                    Ok(_) => {}
                    Err(error) => return Err(self.failed(error)),
                }
            }
            Ok(())
        })
    }

    /// The account with this name.
    pub fn find(&self, name: &AccountName) -> Result<Record> {
        let found = self.with(|connection| rows::find(connection, name.as_str()))?;
        found.ok_or_else(|| DatabaseError::Missing(name.clone()))
    }

    /// Calls `each` for every account, sorted by name, as long as it asks for more.
    pub fn for_each<E>(
        &self,
        mut show: impl FnMut(&Record) -> std::result::Result<(), E>,
    ) -> Result<std::result::Result<(), E>> {
        self.with(|connection| rows::for_each(connection, &mut show))
    }

    /// The number of accounts.
    pub fn count(&self) -> Result<i64> {
        self.with(|connection| {
            let count = connection.query_row("SELECT count(*) FROM accounts", [], |row| row.get(0));
            count.map_err(|error| self.failed(error))
        })
    }

    /// Replaces an account's hash with a new one of the same password, unless it has changed in the
    /// meantime.
    fn rehash(&self, record: &Record, password: &[u8], cost: &Cost) -> Result<()> {
        let hash = PasswordHash::new(password, cost).map_err(DatabaseError::Hash)?;
        self.with(|connection| {
            let sql = "UPDATE accounts SET password = ?1 WHERE name = ?2 AND password = ?3";
            let values = params![hash.expose(), record.name.as_str(), record.password.expose()];
            connection.execute(sql, values).map_err(|error| self.failed(error))?;
            Ok(())
        })
    }

    fn with<T>(&self, mut work: impl FnMut(&Connection) -> Result<T>) -> Result<T> {
        let done = file::connect(&self.path).and_then(|connection| work(&connection));
        let done = match done {
            // Users who can free space on a full disk must be able to log in.
            Err(error) if error.is_disk_full() => {
                file::read_immutable(&self.path, &mut work).ok_or(error)
            }
            done => done,
        };
        done.map_err(|error| error.at(&self.path))
    }

    /// Runs `work` in a transaction, committed if it succeeds.
    fn change<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let mut connection = file::connect(&self.path)?;
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(|error| self.failed(error))?;
        let done = work(&transaction).map_err(|error| error.at(&self.path))?;
        transaction.commit().map_err(|error| self.failed(error))?;
        Ok(done)
    }

    fn failed(&self, error: rusqlite::Error) -> DatabaseError {
        DatabaseError::Failed(self.path.clone(), error)
    }
}

/// Everything that a login needs to know about an account.
struct Found {
    record: Record,
    effective: Effective,
    factor: Option<SecondFactor>,
    certificates: CertificateRule,
}

impl Database {
    fn look_up(&self, user: &[u8]) -> Result<(Cost, Option<Found>)> {
        let user = std::str::from_utf8(user).ok();
        self.with(|connection| {
            let cost = rows::cost(connection)?;
            let record = user.map(|user| rows::find(connection, user)).transpose()?.flatten();
            let Some(record) = record else { return Ok((cost, None)) };
            let name = record.name.as_str();
            let (effective, _) = groups::settled(connection, &record)?;
            let factor = proofs::second_factor(connection, name)?;
            let certificates = proofs::certificates(connection, name)?;
            if factor.is_some() && record.information.is_some() {
                return Err(DatabaseError::TwoProofs(record.name));
            }
            Ok((cost, Some(Found { record, effective, factor, certificates })))
        })
    }

    /// The account for a login.
    fn account_of(&self, found: &Found) -> Account {
        let account = found.record.clone().into_account(found.effective.clone());
        let account = account.with_certificates(found.certificates.clone());
        match &found.factor {
            None => account,
            Some(factor) => account.with_codes(Box::new(self.codes(found)), factor.wanted_for),
        }
    }

    fn codes(&self, found: &Found) -> Codes {
        Codes { database: self.clone(), name: found.record.name.to_string() }
    }

    /// Checks a password with a code appended to it, if the account allows that, and returns the
    /// password without the code.
    fn admit_with_code<'a>(
        &self,
        found: &Found,
        account: &Account,
        attempt: &Attempt<'a>,
    ) -> std::result::Result<&'a [u8], Refusal> {
        let at = attempt.password.len().saturating_sub(DIGITS);
        let (password, code) = attempt.password.split_at(at);
        let append = found.factor.as_ref().is_some_and(|factor| factor.append);
        if !append || code.len() < DIGITS || !code.iter().all(u8::is_ascii_digit) {
            return Err(Refusal::WrongPassword);
        }
        account.admit(&Attempt { password, ..*attempt })?;
        self.codes(found).check(code, attempt.at)?;
        Ok(password)
    }
}

impl Backend for Database {
    fn authenticate(&self, attempt: &Attempt<'_>) -> std::result::Result<Entered, Refusal> {
        let unavailable = |error: DatabaseError| Refusal::Unavailable(error.to_string());
        let (cost, found) = self.look_up(attempt.user).map_err(unavailable)?;
        let Some(found) = found else {
            let worked = cost.work_for_nothing(attempt.password);
            worked.map_err(|error| unavailable(DatabaseError::Hash(error)))?;
            return Err(Refusal::UnknownUser);
        };
        let mut account = self.account_of(&found);
        let mut password = attempt.password;
        match account.admit(attempt) {
            Err(Refusal::WrongPassword) => {
                password = self.admit_with_code(&found, &account, attempt)?;
                account = account.proven();
            }
            admitted => admitted?,
        }
        // Only now is the password known, so this is the moment to renew its hash.
        let remark = match found.record.password.is_current(&cost) {
            true => None,
            false => self.rehash(&found.record, password, &cost).err(),
        };
        let remark = remark.map(|error| format!("the password hash could not be renewed: {error}"));
        Ok(Entered { account: account.into(), remark })
    }

    fn identify(&self, attempt: &Attempt<'_>) -> std::result::Result<Option<Entered>, Refusal> {
        let found = self.look_up(attempt.user);
        let (_, found) = found.map_err(|error| Refusal::Unavailable(error.to_string()))?;
        let Some(found) = found else { return Ok(None) };
        let account = self.account_of(&found);
        match account.admit_by_certificate(attempt) {
            None => Ok(None),
            Some(admitted) => {
                admitted?;
                Ok(Some(Entered { account: account.into(), remark: None }))
            }
        }
    }
}

impl DatabaseError {
    /// The file, if the system may have denied this user access to it or its folder.
    pub fn refused(&self) -> Option<&Path> {
        use rusqlite::ErrorCode;
        match self {
            Self::NotMade(path, error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
                Some(path)
            }
            Self::Failed(path, error) => {
                let refusals =
                    [ErrorCode::CannotOpen, ErrorCode::PermissionDenied, ErrorCode::ReadOnly];
                refusals.iter().any(|code| error.sqlite_error_code() == Some(*code)).then_some(path)
            }
            _ => None,
        }
    }

    /// The same error, with the file's path.
    fn at(self, path: &Path) -> Self {
        match self {
            Self::Failed(unknown, error) if unknown.as_os_str().is_empty() => {
                Self::Failed(path.to_owned(), error)
            }
            other => other,
        }
    }
}

/// Errors of rows do not name their file yet.
impl From<rusqlite::Error> for DatabaseError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(PathBuf::new(), error)
    }
}

impl fmt::Display for DatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotMade(path, error) => {
                write!(
                    f,
                    "{} cannot be created: {error}; choose another file with --database",
                    path.display()
                )
            }
            Self::NotThere(path) => write!(
                f,
                "there is no database {}; create it with `packetboat user add`, or choose another \
                    file with --database",
                path.display()
            ),
            Self::Failed(path, error) => {
                write!(f, "{}: {}", path.display(), failure_text(path, error))
            }
            Self::Foreign(path, why) => write!(f, "{} {why}", path.display()),
            Self::Row(why) => f.write_str(why),
            Self::Exists(name) => {
                write!(
                    f,
                    "there is already an account {name}; choose another name, or change it with \
                        `user set`"
                )
            }
            Self::Missing(name) => {
                write!(f, "there is no account {name}; `packetboat user list` lists the accounts")
            }
            Self::GroupExists(name) => write!(
                f,
                "there is already a group {name}; choose another name, or change it with `group \
                    set`"
            ),
            Self::GroupMissing(name) => {
                write!(f, "there is no group {name}; `packetboat group list` lists the groups")
            }
            Self::GroupInUse(name, members) => write!(
                f,
                "the group {name} has members: {members}; remove them from it with `user set \
                    --group` first"
            ),
            Self::TwoProofs(name) => {
                write!(
                    f,
                    "ACCT can carry only one thing: {name} can have either account information or \
                        one-time codes; remove one with `user set {name} --acct none` or `user \
                        totp {name} off`"
                )
            }
            Self::Hash(error) => error.fmt(f),
        }
    }
}

impl DatabaseError {
    /// Whether opening or writing the file failed because its disk is full.
    fn is_disk_full(&self) -> bool {
        matches!(self, Self::Failed(path, error) if full_folder(path, error).is_some())
    }
}

/// The folder of the file, if SQLite failed because its disk is full.
fn full_folder<'a>(path: &'a Path, error: &rusqlite::Error) -> Option<&'a Path> {
    use rusqlite::ErrorCode;
    let of_disk = [ErrorCode::SystemIoFailure, ErrorCode::CannotOpen, ErrorCode::DiskFull];
    let is_of_disk = error.sqlite_error_code().is_some_and(|code| of_disk.contains(&code));
    is_of_disk.then(|| file::disk_is_full(path)).flatten()
}

/// Describes SQLite's most common failures for people.
fn failure_text(path: &Path, error: &rusqlite::Error) -> String {
    use rusqlite::ErrorCode;
    if let Some(folder) = full_folder(path, error) {
        let folder = folder.display();
        return format!("{error}: the disk with {folder} is full; free some space and try again");
    }
    let hint = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "another program has locked it for too long; try again"
        }
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::ReadOnly) => {
            "it does not exist, or it or its folder is not writable; check the path and the owner \
                of both"
        }
        Some(ErrorCode::NotADatabase) => {
            "it is not a database; choose another file with --database"
        }
        Some(ErrorCode::DatabaseCorrupt) => "it is damaged; restore it from a backup",
        Some(ErrorCode::DiskFull) => "the disk is full; free some space and try again",
        _ => return error.to_string(),
    };
    format!("{error}: {hint}")
}

impl std::error::Error for DatabaseError {}
