//! `packetboat user import`: a file of another program, line by line. What can be taken over is added in one
//! transaction; the rest is named.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::Path;

use packetboat_accounts::import::{Format, read_line};
use packetboat_accounts::{Database, Record};
use serde_json::json;

use super::show::Show;
use super::terms::{GroupsArg, TermArgs};
use super::{Result, failed, not_written};
use crate::exit::Exit;

/// A longer line is of no such file.
const LONGEST_LINE: u64 = 64 << 10;
/// More accounts at once are a mistake.
const MOST: usize = 1_000_000;

/// Adds the accounts of a file.
pub(super) fn run(
    database: &Database,
    file: &Path,
    format: Option<Format>,
    groups: &GroupsArg,
    terms: &TermArgs,
    show: &Show,
) -> Result<Exit> {
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
    let (mut records, passed_over) = read(input, format).map_err(cannot)?;
    for record in &mut records {
        complete(record, groups, terms).map_err(|why| (Exit::Usage, why))?;
    }
    database.add(&records).map_err(failed)?;
    for record in &records {
        show.done("imported", &record.name, json!({})).map_err(not_written)?;
    }
    for (number, why) in &passed_over {
        let text = format!("line {number} of {} is passed over: {why}", file.display());
        match show.json {
            true => crate::client::failure_as_json(Some("user"), Exit::Partial, &text),
            false => eprintln!("packetboat user: {text}"),
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

/// The accounts, and the lines that hold none and why.
type Lines = (Vec<Record>, Vec<(usize, String)>);

fn read(mut input: impl BufRead, format: Option<Format>) -> io::Result<Lines> {
    let (mut records, mut passed_over) = (Vec::new(), Vec::new());
    for number in 1_usize.. {
        let mut line = Vec::new();
        let count = (&mut input).take(LONGEST_LINE).read_until(b'\n', &mut line)?;
        if count == 0 {
            break;
        }
        if count as u64 == LONGEST_LINE || records.len() == MOST {
            return Err(io::Error::other("it is too large for a file of accounts"));
        }
        let record = match std::str::from_utf8(&line) {
            Ok(line) => read_line(format, line),
            Err(_) => Err("it is not UTF-8".to_owned()),
        };
        match record {
            Ok(record) => records.extend(record),
            Err(why) => passed_over.push((number, why)),
        }
    }
    Ok((records, passed_over))
}
