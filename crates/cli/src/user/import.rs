//! `packetboat user import`: imports the account file of another program. All usable lines are
//! added in one transaction; the others are reported. The parsers of the formats are in
//! `packetboat-accounts`.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::Path;

use clap::Args;
use packetboat_accounts::import::{Form, Format, is_like_passwd, read_line};
use packetboat_accounts::{Database, DatabaseError, Record, Rights};
use serde_json::json;

use super::show::Show;
use super::terms::{GroupsArg, TermArgs};
use super::{Result, failed, folder_warnings, read_or_not, remark};
use crate::exit::Exit;

/// A longer line cannot be from an account file.
const LONGEST_LINE: u64 = 64 << 10;
/// A file with more accounts is a mistake.
const MOST: usize = 1_000_000;

/// What to do with accounts that already exist in the database.
#[derive(Args, Clone, Copy, Debug)]
pub(super) struct KnownArgs {
    /// Leave existing accounts as they are, without reporting them.
    #[arg(long)]
    skip: bool,
    /// Replace existing accounts with what the file and the options say. Their ACCT, second factors
    /// and certificates stay.
    #[arg(long, conflicts_with = "skip")]
    replace: bool,
}

/// What to import, and how.
pub(super) struct Import<'a> {
    pub file: &'a Path,
    pub form: Form,
    pub known: KnownArgs,
    pub groups: &'a GroupsArg,
    pub terms: &'a TermArgs,
}

/// Imports the accounts of a file.
pub(super) fn run(database: &Database, import: &Import<'_>, show: &Show) -> Result<Exit> {
    let Import { file, form, known, groups, terms } = *import;
    let cannot = |error: io::Error| {
        (
            Exit::LOCAL_FILE,
            format!("cannot read {}: {error}; choose a readable file", file.display()),
        )
    };
    let input: Box<dyn BufRead> = match file.as_os_str() == "-" {
        true => Box::new(io::stdin().lock()),
        false => Box::new(BufReader::new(File::open(file).map_err(cannot)?)),
    };
    let (mut lines, mut passed_over) = read(input, form).map_err(cannot)?;
    for (_, record) in &mut lines {
        complete(record, groups, terms).map_err(|why| (Exit::Usage, why))?;
    }
    let Sorted { new, there, twice } = sort(database, lines)?;
    database.add(new.iter().map(|(_, record)| record)).map_err(failed)?;
    let mut read_only = false;
    for (_, record) in &new {
        read_only |= told(database, show, "imported", record)?;
    }
    passed_over.extend(twice);
    for (number, record) in there {
        if known.replace {
            let edit = |old: &mut Record| replace(old, &record);
            let record = database.edit(&record.name, edit).map_err(failed)?;
            read_only |= told(database, show, "replaced", &record)?;
        } else if !known.skip {
            let name = &record.name;
            passed_over.push((
                number,
                format!("{name} already exists; use --replace to change it, or --skip to leave it as it is"),
            ));
        }
    }
    if read_only && !show.json {
        read_or_not(show.line(READ_ONLY))?;
    }
    tell_passed_over(file, passed_over, show)
}

/// Such files do not contain rights; this note prevents surprise at a refused upload.
const READ_ONLY: &str = "read-only accounts can list and read, but not store; `packetboat user set NAME --rights all` gives \
    one of them full rights, `import --replace --rights all` all of them";

/// Reports an imported account with its rights and warnings, and returns whether it is read-only.
fn told(database: &Database, show: &Show, done: &str, record: &Record) -> Result<bool> {
    let (effective, _) = database.settled(record).map_err(failed)?;
    let mut further = json!({"rights": effective.rights.to_string()});
    let shown = match whole_machine(record) {
        None => folder_warnings::exposed(database, record)?,
        whole => whole,
    };
    let warnings = [shown, folder_warnings::folders(database, record)?];
    let warnings: Vec<String> = warnings.into_iter().flatten().collect();
    if !warnings.is_empty() {
        further["warning"] = warnings.join("; ").into();
    }
    read_or_not(show.done(done, &record.name, further))?;
    Ok(effective.rights == Rights::READ_ONLY)
}

/// Warns about a home of `/`. It is harmless to a server that does not use homes as roots, but with
/// this one it exposes the whole machine.
fn whole_machine(record: &Record) -> Option<String> {
    let name = &record.name;
    let is_whole = record.own.get("root").is_some_and(|root| root == ["/"]);
    is_whole.then(|| {
        format!(
            "its root is /, the home in the file, which exposes the whole machine; set a folder with \
             `packetboat user set {name} --root FOLDER`"
        )
    })
}

/// Reports the lines that were not imported.
fn tell_passed_over(
    file: &Path,
    mut passed_over: Vec<(usize, String)>,
    show: &Show,
) -> Result<Exit> {
    passed_over.sort();
    for (number, why) in &passed_over {
        let text = format!("line {number} of {} was skipped: {why}", file.display());
        match show.json {
            true => crate::client::failure_as_json(Some("user"), Exit::Partial, &text),
            false => remark(&text),
        }
    }
    Ok(if passed_over.is_empty() { Exit::Ok } else { Exit::Partial })
}

/// Applies the options, except where the line itself has a value.
fn complete(
    record: &mut Record,
    groups: &GroupsArg,
    terms: &TermArgs,
) -> std::result::Result<(), String> {
    record.groups = groups.groups().unwrap_or_default();
    let said = std::mem::take(&mut record.own);
    terms.apply(&mut record.own)?;
    said.iter().try_for_each(|(key, lines)| record.own.set(key, lines))
}

/// Replaces what an import may change in an existing account.
fn replace(old: &mut Record, new: &Record) {
    let new = new.clone();
    (old.password, old.locked, old.groups, old.own) =
        (new.password, new.locked, new.groups, new.own);
}

/// The accounts of a file: new ones, existing ones, and lines that repeat an account.
struct Sorted {
    new: Vec<(usize, Record)>,
    there: Vec<(usize, Record)>,
    twice: Vec<(usize, String)>,
}

fn sort(database: &Database, lines: Vec<(usize, Record)>) -> Result<Sorted> {
    let mut sorted = Sorted { new: Vec::new(), there: Vec::new(), twice: Vec::new() };
    let mut first = HashMap::new();
    for (number, record) in lines {
        if let Some(before) = first.get(&record.name) {
            let why = format!("{} is already in line {before}", record.name);
            sorted.twice.push((number, why));
            continue;
        }
        first.insert(record.name.clone(), number);
        match database.find(&record.name) {
            Ok(_) => sorted.there.push((number, record)),
            Err(DatabaseError::Missing(_)) => sorted.new.push((number, record)),
            Err(error) => return Err(failed(error)),
        }
    }
    Ok(sorted)
}

/// The accounts with their line numbers, and the unusable lines with the reason.
type Lines = (Vec<(usize, Record)>, Vec<(usize, String)>);

fn read(mut input: impl BufRead, form: Form) -> io::Result<Lines> {
    let (mut records, mut passed_over) = (Vec::new(), Vec::new());
    // Lines that may be of passwd or of ProFTPD. A line with a hash decides which.
    let (mut undecided, mut is_proftpd) = (Vec::new(), false);
    for number in 1_usize.. {
        let mut line = Vec::new();
        let count = (&mut input).take(LONGEST_LINE).read_until(b'\n', &mut line)?;
        if count == 0 {
            break;
        }
        let held = records.len() + undecided.len();
        if count as u64 == LONGEST_LINE || held == MOST {
            return Err(io::Error::other("it is too large for an account file"));
        }
        let Ok(line) = std::str::from_utf8(&line) else {
            passed_over.push((number, "it is not valid UTF-8".to_owned()));
            continue;
        };
        // Windows editors put a byte order mark before the first line.
        let line = if number == 1 { line.trim_start_matches('\u{feff}') } else { line };
        let open = form.format.is_none() && is_like_passwd(line);
        match read_line(form, line) {
            Ok(record) => {
                is_proftpd |= open && record.is_some();
                records.extend(record.map(|record| (number, record)));
            }
            Err(_) if open => undecided.push((number, line.to_owned())),
            Err(why) => passed_over.push((number, why)),
        }
    }
    let format = if is_proftpd { Some(Format::ProFtpd) } else { form.format };
    for (number, line) in undecided {
        let why = read_line(Form { format, ..form }, &line).err();
        passed_over.extend(why.map(|why| (number, why)));
    }
    Ok((records, passed_over))
}
