//! `packetboat user`: manages the accounts in the database. Each larger subcommand has a file of
//! its own here; what an account may have, and the database itself, are in `packetboat-accounts`.

mod args;
mod cert;
mod folder_warnings;
mod holder;
mod import;
mod recount;
mod secret;
mod show;
mod terms;
mod totp;

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use packetboat_accounts::import::Form;
use packetboat_accounts::{
    AccountName, Database, DatabaseError, Holder, InformationFor, PasswordHash, Record,
};
use serde_json::json;

use self::args::{AcctArg, AcctArgs, UserCommand};
use self::holder::CountHolder;
use self::secret::Found;
use self::show::Proofs;
pub(crate) use self::show::Show;
use self::terms::GroupsArg;
pub(crate) use self::terms::TermArgs;
use crate::exit::Exit;
use crate::permission_denied::failure_of_database;

pub(crate) use self::args::UserArgs;

/// The exit code of a failure and the message for it.
pub(crate) type Failed = (Exit, String);
pub(crate) type Result<T> = std::result::Result<T, Failed>;

/// Runs a subcommand.
pub(crate) fn run(args: UserArgs) -> ExitCode {
    let show = Show { json: args.json, command: "user" };
    let result = carry_out(args, &show);
    end(&show, result)
}

/// Reports a failure, if there was one, and returns the exit code.
pub(crate) fn end(show: &Show, result: Result<Exit>) -> ExitCode {
    match result {
        Ok(exit) | Err((exit @ Exit::Ok, _)) => exit.into(),
        Err((exit, message)) if show.json => {
            crate::client::failure_as_json(Some(show.command), exit, &message);
            exit.into()
        }
        Err((exit, message)) => {
            use io::Write as _;
            // Nothing can be reported if standard error is closed.
            let _ = writeln!(io::stderr(), "packetboat {}: {message}", show.command);
            exit.into()
        }
    }
}

fn carry_out(args: UserArgs, show: &Show) -> Result<Exit> {
    let database = open(args.database, args.command.absent())?;
    match args.command {
        UserCommand::Add { name, password, groups, terms, acct } => {
            let new = Change { groups, terms, acct };
            add(&database, name, password.generate, &new, show)
        }
        UserCommand::Passwd { name, password } => passwd(&database, &name, password.generate, show),
        UserCommand::Set { name, groups, terms, acct } => {
            set(&database, &name, &Change { groups, terms, acct }, show)
        }
        UserCommand::List => show.list(&database),
        UserCommand::Show { name: CountHolder::Elsewhere(holder) } => {
            holder::show(&database, &holder, show)
        }
        UserCommand::Show { name: CountHolder::Here(name) } => {
            let record = database.find(&name).map_err(failed)?;
            let (effective, settled) = database.settled(&record).map_err(failed)?;
            let count = database.stored(&Holder::from(&name)).map_err(failed)?;
            let factor = database.second_factor(&name).map_err(failed)?;
            let certificates = database.certificates(&name).map_err(failed)?;
            let proofs = Proofs { factor, certificates };
            show.account(&record, &effective, &settled, count, &proofs).map_err(not_written)
        }
        UserCommand::Rm { names } => {
            database.remove(&names).map_err(failed)?;
            for name in &names {
                read_or_not(show.done("removed", name, json!({})))?;
            }
            Ok(Exit::Ok)
        }
        UserCommand::Lock { name } => lock(&database, &name, true, show),
        UserCommand::Unlock { name } => lock(&database, &name, false, show),
        UserCommand::Import { file, format, times_are_utc, known, groups, terms } => {
            let form = Form { format: format.map(Into::into), times_are_utc };
            import::run(
                &database,
                &import::Import { file: &file, form, known, groups: &groups, terms: &terms },
                show,
            )
        }
        UserCommand::Recount(args) => recount::run(&database, &args, show),
        UserCommand::Totp(args) => totp::run(&database, &args, show),
        UserCommand::Cert(args) => cert::run(&database, &args, show),
        UserCommand::Cost { cost } => {
            if let Some(cost) = cost {
                database.set_cost(&cost).map_err(failed)?;
            }
            show.cost(&database.cost().map_err(failed)?).map_err(not_written)
        }
    }
}

/// The changes to make to an account.
struct Change {
    groups: GroupsArg,
    terms: TermArgs,
    acct: AcctArgs,
}

impl Change {
    fn is_empty(&self) -> bool {
        self.groups.groups().is_none() && self.terms.is_empty() && self.acct.acct.is_none()
    }

    /// Applies everything but the account information.
    fn apply(&self, record: &mut Record) -> Result<()> {
        if let Some(groups) = self.groups.groups() {
            record.groups = groups;
        }
        self.terms.apply(&mut record.own).map_err(|why| (Exit::Usage, why))
    }
}

fn add(
    database: &Database,
    name: AccountName,
    generate: bool,
    new: &Change,
    show: &Show,
) -> Result<Exit> {
    // Check before asking, so that nobody types a password in vain.
    if database.find(&name).is_ok() {
        return Err(failed(DatabaseError::Exists(name)));
    }
    let password = secret::password(&name, generate)?;
    let mut record = Record::new(name, hash(database, &password)?);
    new.apply(&mut record)?;
    let information = information(database, &record.name, &new.acct)?;
    if let Some((_, kept)) = &information {
        record.information.clone_from(kept);
    }
    database.add([&record]).map_err(failed)?;
    let told = Told { password: Some(&password), information: information.as_ref() };
    tell(database, show, "added", &record, &told)
}

fn passwd(database: &Database, name: &AccountName, generate: bool, show: &Show) -> Result<Exit> {
    database.find(name).map_err(failed)?;
    let password = secret::password(name, generate)?;
    let hash = hash(database, &password)?;
    let record = database.edit(name, |record| record.password = hash).map_err(failed)?;
    let told = Told { password: Some(&password), information: None };
    tell(database, show, "has a new password", &record, &told)
}

fn set(database: &Database, name: &AccountName, change: &Change, show: &Show) -> Result<Exit> {
    if change.is_empty() {
        return Err(nothing_to_change());
    }
    // Reject invalid changes before asking for anything.
    change.apply(&mut database.find(name).map_err(failed)?)?;
    let information = information(database, name, &change.acct)?;
    let mut applied = Ok(());
    let edit = |record: &mut Record| {
        applied = change.apply(record);
        if let Some((_, kept)) = &information {
            record.information.clone_from(kept);
        }
    };
    let record = database.edit(name, edit).map_err(failed)?;
    applied?;
    let told = Told { password: None, information: information.as_ref() };
    tell(database, show, "changed", &record, &told)
}

pub(crate) fn nothing_to_change() -> Failed {
    (Exit::Usage, "nothing to change; give at least one option, such as --rights all".to_owned())
}

fn lock(database: &Database, name: &AccountName, locked: bool, show: &Show) -> Result<Exit> {
    database.edit(name, |record| record.locked = locked).map_err(failed)?;
    show.done(if locked { "locked" } else { "unlocked" }, name, json!({})).map_err(not_written)
}

/// The account information: the secret and where it came from, and the hash to store. `None` leaves
/// the stored one alone.
type Information = (Option<Found>, Option<(PasswordHash, InformationFor)>);

fn information(
    database: &Database,
    name: &AccountName,
    acct: &AcctArgs,
) -> Result<Option<Information>> {
    let wanted_for = match acct.acct {
        None => return Ok(None),
        Some(AcctArg::None) => return Ok(Some((None, None))),
        Some(AcctArg::Login) => InformationFor::Login,
        Some(AcctArg::Store) => InformationFor::Storing,
    };
    let found = secret::account_information(name)?;
    let kept = (hash(database, &found)?, wanted_for);
    Ok(Some((Some(found), Some(kept))))
}

fn hash(database: &Database, secret: &Found) -> Result<PasswordHash> {
    let cost = database.cost().map_err(failed)?;
    let hash = PasswordHash::new(secret.text.as_bytes(), &cost);
    hash.map_err(|error| failed(DatabaseError::Hash(error)))
}

/// Secrets that may have been generated, and are then printed once.
struct Told<'a> {
    password: Option<&'a Found>,
    information: Option<&'a Information>,
}

/// Reports what was done, with generated secrets and warnings about the account's folders.
fn tell(
    database: &Database,
    show: &Show,
    done: &str,
    record: &Record,
    told: &Told<'_>,
) -> Result<Exit> {
    let mut further = json!({});
    let generated = |found: Option<&Found>| {
        found.filter(|found| found.generated).map(|found| found.text.clone())
    };
    if let Some(password) = generated(told.password) {
        further["password"] = password.into();
    }
    if let Some(information) = generated(told.information.and_then(|(found, _)| found.as_ref())) {
        further["account"] = information.into();
    }
    let warnings =
        [folder_warnings::folders(database, record)?, folder_warnings::exposed(database, record)?];
    let warnings: Vec<String> = warnings.into_iter().flatten().collect();
    if !warnings.is_empty() {
        further["warning"] = warnings.join("; ").into();
    }
    let made_up = generated(told.password).is_some() || further.get("account").is_some();
    let written = show.done(done, &record.name, further);
    written.map_err(if made_up { lost } else { not_written })
}

pub(crate) fn failed(error: DatabaseError) -> Failed {
    let exit = match &error {
        DatabaseError::Missing(_) | DatabaseError::GroupMissing(_) => Exit::Unknown,
        DatabaseError::Exists(_)
        | DatabaseError::TwoProofs(_)
        | DatabaseError::GroupExists(_)
        | DatabaseError::GroupInUse(..) => Exit::Usage,
        _ => Exit::LOCAL_FILE,
    };
    (exit, failure_of_database(&error))
}

/// Turns a write error into a failure. A reader that closed the pipe early, such as `head`, is not
/// one.
pub(crate) fn not_written(error: io::Error) -> Failed {
    match error.kind() {
        io::ErrorKind::BrokenPipe => (Exit::Ok, String::new()),
        _ => lost(error),
    }
}

/// Like [`not_written`], for output that must not get lost, such as a generated secret.
fn lost(error: io::Error) -> Failed {
    (Exit::LOCAL_FILE, format!("cannot write to standard output: {error}"))
}

/// For one step of several: a closed pipe must not keep the remaining steps from being done.
pub(crate) fn read_or_not<T>(written: io::Result<T>) -> Result<()> {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(lost(error)),
        _ => Ok(()),
    }
}

/// Prints a remark on standard error that does not affect the rest. Nothing can be reported if
/// standard error is closed.
pub(crate) fn remark(text: &str) {
    use io::Write as _;
    let _ = writeln!(io::stderr(), "packetboat user: {text}");
}

/// What to do if the database does not exist.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Absent {
    /// Create it: the subcommand adds something to it.
    Made,
    /// Refuse: there is nothing to show or to change, and the path may be misspelled.
    Refused,
}

/// Opens the database. The folder of the default path is created if needed; the folder of a given
/// path has to exist.
pub(crate) fn open(path: Option<PathBuf>, absent: Absent) -> Result<Database> {
    let usual = default_path();
    let path = match (path, &usual) {
        (Some(path), _) => path,
        (None, Ok(usual)) => usual.clone(),
        (None, Err(why)) => return Err((Exit::Usage, why.clone())),
    };
    if absent == Absent::Refused {
        return Database::open_existing(&path).map_err(failed);
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let missing = folder.filter(|folder| matches!(folder.try_exists(), Ok(false)));
    match missing {
        Some(folder) if usual.as_ref() != Ok(&path) => {
            let (path, folder) = (path.display(), folder.display());
            let why = format!(
                "cannot create {path}: the folder {folder} does not exist; create it, or choose another file with --database"
            );
            Err((Exit::LOCAL_FILE, why))
        }
        _ => Database::open(&path).map_err(failed),
    }
}

/// The path of the database if none is given.
fn default_path() -> std::result::Result<PathBuf, String> {
    const FILE: &str = "packetboat/accounts.db";
    let variable =
        |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    if rustix::process::geteuid().is_root() {
        return Ok(PathBuf::from("/var/lib").join(FILE));
    }
    let state = variable("XDG_STATE_HOME").or_else(|| Some(variable("HOME")?.join(".local/state")));
    let state =
        state.ok_or("neither XDG_STATE_HOME nor HOME says where accounts are kept; give the file with --database")?;
    Ok(state.join(FILE))
}
