//! Accounts that last, in an SQLite file. Each use opens the file anew, so that what another process changes,
//! or puts in its place, holds from the next login on. A change is one transaction in a write-ahead log that
//! is forced to the disk: a crash leaves it done or not done, and no other account is touched.

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

/// A file of accounts.
#[derive(Clone, Debug)]
pub struct Database {
    path: PathBuf,
}

/// Why the database did not do what was asked.
#[derive(Debug)]
pub enum DatabaseError {
    /// Its folder or file could not be made.
    NotMade(PathBuf, std::io::Error),
    /// It is not there, and nothing is to make it.
    NotThere(PathBuf),
    /// SQLite failed.
    Failed(PathBuf, rusqlite::Error),
    /// It is a file of another program, or of a newer version of this one.
    Foreign(PathBuf, &'static str),
    /// A row holds what this version does not understand.
    Row(String),
    /// There is an account of that name.
    Exists(AccountName),
    /// There is no account of that name.
    Missing(AccountName),
    /// There is a group of that name.
    GroupExists(AccountName),
    /// There is no group of that name.
    GroupMissing(AccountName),
    /// The group has members, which are named.
    GroupInUse(AccountName, String),
    /// The account would have to give two things by ACCT.
    TwoProofs(AccountName),
    /// A password could not be hashed.
    Hash(HashError),
}

type Result<T> = std::result::Result<T, DatabaseError>;

impl Database {
    /// Opens the file; where there is none, it is made, for its owner alone. An older form is brought up to
    /// date.
    pub fn open(path: &Path) -> Result<Self> {
        file::prepare(path)?;
        Ok(Self { path: path.to_owned() })
    }

    /// Opens a file that has to be there, as [`Self::open`] does otherwise.
    pub fn open_existing(path: &Path) -> Result<Self> {
        match path.try_exists() {
            Ok(false) => Err(DatabaseError::NotThere(path.to_owned())),
            // What cannot be looked at is told as what cannot be opened.
            _ => Self::open(path),
        }
    }

    /// Whether a file that is there can be opened, without a change to it or to what lies beside it.
    pub fn check(path: &Path) -> Result<()> {
        file::check(path)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What a new password hash costs.
    pub fn cost(&self) -> Result<Cost> {
        self.with(rows::cost)
    }

    /// Sets what a new password hash costs. Those that are there follow when their owners log in.
    pub fn set_cost(&self, cost: &Cost) -> Result<()> {
        self.with(|connection| {
            let sql = "INSERT INTO settings (name, value) VALUES ('argon2', ?1)
                       ON CONFLICT (name) DO UPDATE SET value = excluded.value";
            connection.execute(sql, [cost.to_string()]).map_err(|error| self.failed(error))?;
            Ok(())
        })
    }

    /// Adds accounts: all of them, or, if one cannot be, none.
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

    /// A number that grows with every change that open sessions have to learn of. It holds for the file that
    /// is there now.
    pub fn revision(&self) -> Result<i64> {
        self.with(|connection| {
            let sql = "SELECT number FROM revision";
            Ok(connection.query_row(sql, [], |row| row.get(0))?)
        })
    }

    /// What changes when something is written to the file, or another is put in its place. It takes no more than
    /// to ask the file system.
    pub fn mark(&self) -> std::io::Result<Mark> {
        Mark::of(&self.path)
    }

    /// The account of this name as it is now, without a login.
    pub fn account(&self, name: &[u8]) -> Result<Option<Account>> {
        let (_, found) = self.look_up(name)?;
        Ok(found.map(|found| self.account_of(&found)))
    }

    /// Removes accounts: all of them, or, if one is not there, none.
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

    /// An account.
    pub fn find(&self, name: &AccountName) -> Result<Record> {
        let found = self.with(|connection| rows::find(connection, name.as_str()))?;
        found.ok_or_else(|| DatabaseError::Missing(name.clone()))
    }

    /// Shows each account, in the order of their names, as long as it is wanted.
    pub fn for_each<E>(
        &self,
        mut show: impl FnMut(&Record) -> std::result::Result<(), E>,
    ) -> Result<std::result::Result<(), E>> {
        self.with(|connection| rows::for_each(connection, &mut show))
    }

    /// How many accounts there are.
    pub fn count(&self) -> Result<i64> {
        self.with(|connection| {
            let count = connection.query_row("SELECT count(*) FROM accounts", [], |row| row.get(0));
            count.map_err(|error| self.failed(error))
        })
    }

    /// Puts a new hash of the same password in the place of one that is there still.
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
            // Whoever may make room on a full disk has to be let in.
            Err(error) if error.is_want_of_room() => {
                file::read_as_it_lies(&self.path, &mut work).ok_or(error)
            }
            done => done,
        };
        done.map_err(|error| error.at(&self.path))
    }

    /// One transaction, kept if all goes well.
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

/// What a login needs to know.
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

    /// The account that logs in.
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

    /// The password and a code behind it in one, where the account allows that; the password alone comes back.
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
        // Only now is the password known: the moment to keep it in a better way.
        let remark = match found.record.password.is_current(&cost) {
            true => None,
            false => self.rehash(&found.record, password, &cost).err(),
        };
        let remark = remark.map(|error| format!("the password could not be hashed anew: {error}"));
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
    /// The file, where the system may have refused it or its folder to this user.
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

    /// The same error, of this file.
    fn at(self, path: &Path) -> Self {
        match self {
            Self::Failed(unknown, error) if unknown.as_os_str().is_empty() => {
                Self::Failed(path.to_owned(), error)
            }
            other => other,
        }
    }
}

/// Rows do not know which file they are in.
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
                    "{} cannot be made: {error}; name another file with --database",
                    path.display()
                )
            }
            Self::NotThere(path) => write!(
                f,
                "there is no database {}; `packetboat user add` makes it, or name another file with --database",
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
                    "there is an account {name} already; choose another name, or change it with `user set`"
                )
            }
            Self::Missing(name) => {
                write!(
                    f,
                    "there is no account {name}; `packetboat user list` shows those there are"
                )
            }
            Self::GroupExists(name) => write!(
                f,
                "there is a group {name} already; choose another name, or change it with `group set`"
            ),
            Self::GroupMissing(name) => {
                write!(f, "there is no group {name}; `packetboat group list` shows those there are")
            }
            Self::GroupInUse(name, members) => write!(
                f,
                "the group {name} has members: {members}; take it from them with `user set --group` first"
            ),
            Self::TwoProofs(name) => {
                write!(
                    f,
                    "ACCT can carry one thing: {name} has either account information or one-time codes; take \
                     one away with `user set {name} --acct none` or `user totp {name} off`"
                )
            }
            Self::Hash(error) => error.fmt(f),
        }
    }
}

impl DatabaseError {
    /// Whether it is for a full disk that the file cannot be opened, or nothing written to it.
    fn is_want_of_room(&self) -> bool {
        matches!(self, Self::Failed(path, error) if full_folder(path, error).is_some())
    }
}

/// The folder of the file, where SQLite has failed because its disk is full.
fn full_folder<'a>(path: &'a Path, error: &rusqlite::Error) -> Option<&'a Path> {
    use rusqlite::ErrorCode;
    let of_disk = [ErrorCode::SystemIoFailure, ErrorCode::CannotOpen, ErrorCode::DiskFull];
    let is_of_disk = error.sqlite_error_code().is_some_and(|code| of_disk.contains(&code));
    is_of_disk.then(|| file::disk_is_full(path)).flatten()
}

/// What SQLite's commonest failures mean to people.
fn failure_text(path: &Path, error: &rusqlite::Error) -> String {
    use rusqlite::ErrorCode;
    if let Some(folder) = full_folder(path, error) {
        let folder = folder.display();
        return format!(
            "{error}: the disk that {folder} is on is full; make room there and try again"
        );
    }
    let way_out = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "another program has held it for too long; try again"
        }
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::ReadOnly) => {
            "it is not there, or it or its folder may not be written; check the path and who owns both"
        }
        Some(ErrorCode::NotADatabase) => "it is no database; name another file with --database",
        Some(ErrorCode::DatabaseCorrupt) => "it is damaged; put a copy of it back",
        Some(ErrorCode::DiskFull) => "the disk is full; make room and try again",
        _ => return error.to_string(),
    };
    format!("{error}: {way_out}")
}

impl std::error::Error for DatabaseError {}
