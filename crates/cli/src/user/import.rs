//! `packetboat user import`: a file of another program, line by line. What can be taken over is added in one
//! transaction; the rest is named.

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
use super::{Result, failed, missing, read_or_not, remark};
use crate::exit::Exit;

/// A longer line is of no such file.
const LONGEST_LINE: u64 = 64 << 10;
/// More accounts at once are a mistake.
const MOST: usize = 1_000_000;

/// What becomes of an account of the file whose name is in the database.
#[derive(Args, Clone, Copy, Debug)]
pub(super) struct KnownArgs {
    /// Leave accounts that are there already as they are, and do not mind.
    #[arg(long)]
    skip: bool,
    /// Give accounts that are there already what the file and the options say; their ACCT, codes and certificates stay.
    #[arg(long, conflicts_with = "skip")]
    replace: bool,
}

/// What is taken over, and how.
pub(super) struct Import<'a> {
    pub file: &'a Path,
    pub form: Form,
    pub known: KnownArgs,
    pub groups: &'a GroupsArg,
    pub terms: &'a TermArgs,
}

/// Adds the accounts of a file.
pub(super) fn run(database: &Database, import: &Import<'_>, show: &Show) -> Result<Exit> {
    let Import { file, form, known, groups, terms } = *import;
    let cannot = |error: io::Error| {
        (
            Exit::LOCAL_FILE,
            format!("cannot read {}: {error}; name a file that can be", file.display()),
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
                format!("{name} is there already; --replace changes it, --skip leaves it as it is"),
            ));
        }
    }
    if read_only && !show.json {
        read_or_not(show.line(READ_ONLY))?;
    }
    tell_passed_over(file, passed_over, show)
}

/// What the lines of such files do not say, so that nobody wonders at a refused upload.
const READ_ONLY: &str = "read-only accounts list and read, and store nothing; `packetboat user set NAME --rights all` lets \
    one of them, `import --replace --rights all` all of them";

/// Says that an account was taken over, with what it may do and what to mind; tells whether that is to read alone.
fn told(database: &Database, show: &Show, done: &str, record: &Record) -> Result<bool> {
    let (effective, _) = database.settled(record).map_err(failed)?;
    let mut further = json!({"rights": effective.rights.to_string()});
    let shown = match whole_machine(record) {
        None => missing::exposed(database, record)?,
        whole => whole,
    };
    let warnings = [shown, missing::folders(database, record)?];
    let warnings: Vec<String> = warnings.into_iter().flatten().collect();
    if !warnings.is_empty() {
        further["warning"] = warnings.join("; ").into();
    }
    read_or_not(show.done(done, &record.name, further))?;
    Ok(effective.rights == Rights::READ_ONLY)
}

/// A home of `/` is harmless to a server that keeps nobody in his home, and gives all of the machine to one that does.
fn whole_machine(record: &Record) -> Option<String> {
    let name = &record.name;
    let is_whole = record.own.get("root").is_some_and(|root| root == ["/"]);
    is_whole.then(|| {
        format!(
            "its root is / as the home in the file, which shows it the whole machine; give it a folder with \
             `packetboat user set {name} --root FOLDER`"
        )
    })
}

/// Names the lines that were not taken over.
fn tell_passed_over(
    file: &Path,
    mut passed_over: Vec<(usize, String)>,
    show: &Show,
) -> Result<Exit> {
    passed_over.sort();
    for (number, why) in &passed_over {
        let text = format!("line {number} of {} is passed over: {why}", file.display());
        match show.json {
            true => crate::client::failure_as_json(Some("user"), Exit::Partial, &text),
            false => remark(&text),
        }
    }
    Ok(if passed_over.is_empty() { Exit::Ok } else { Exit::Partial })
}

/// What the options say, where the line does not say otherwise.
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

/// What the file says of an account that is there.
fn replace(old: &mut Record, new: &Record) {
    let new = new.clone();
    (old.password, old.locked, old.groups, old.own) =
        (new.password, new.locked, new.groups, new.own);
}

/// The accounts of a file: those that are new, those that are there already, and the lines that name one once more.
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
            let why = format!("{} stands in line {before} already", record.name);
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

/// The accounts with their lines, and the lines that hold none and why.
type Lines = (Vec<(usize, Record)>, Vec<(usize, String)>);

fn read(mut input: impl BufRead, form: Form) -> io::Result<Lines> {
    let (mut records, mut passed_over) = (Vec::new(), Vec::new());
    // Of the system or of ProFTPD: a line with a hash says which.
    let (mut undecided, mut is_proftpd) = (Vec::new(), false);
    for number in 1_usize.. {
        let mut line = Vec::new();
        let count = (&mut input).take(LONGEST_LINE).read_until(b'\n', &mut line)?;
        if count == 0 {
            break;
        }
        let held = records.len() + undecided.len();
        if count as u64 == LONGEST_LINE || held == MOST {
            return Err(io::Error::other("it is too large for a file of accounts"));
        }
        let Ok(line) = std::str::from_utf8(&line) else {
            passed_over.push((number, "it is not UTF-8".to_owned()));
            continue;
        };
        // Editors of Windows put a mark before the first line, which is no part of a name.
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
