//! Groups failures in a tree that have the same cause. The first few of each kind are reported in
//! full and the others counted, so that the output stays readable. With `--json` every file has its
//! own line.

use packetboat_client::{Cause, Error, TreeReport};

use super::advice;
use super::report;
use crate::exit::Exit;

/// How many failures of one kind are reported.
const FIRST: u64 = 3;

/// What happened to the files of a tree, by kind, in order of first appearance.
#[derive(Default)]
pub(super) struct FailureGroups(Vec<Row>);

struct Row {
    kind: Kind,
    told: u64,
    /// How many more there were.
    more: u64,
}

/// Failures of one kind would be reported in the same words for any file.
#[derive(PartialEq)]
struct Kind {
    /// What happened to the file.
    outcome: String,
    /// The code, or what the system says.
    why: String,
    /// The advice, which tells causes with the same code apart.
    advice: String,
}

impl FailureGroups {
    /// Counts a failure, and returns whether to report it. A failure that every further file would
    /// meet is reported once.
    pub(super) fn tells_failure(&mut self, error: &Error) -> bool {
        let advice = report::advice_on(error).unwrap_or_default();
        let outcome = match error.cause() {
            Cause::Unchecked => "arrived but could not be compared either",
            _ => "failed in the same way",
        };
        let kind = Kind { outcome: outcome.to_owned(), why: why(error), advice };
        self.tells(kind, if error.is_out_of_room() { 1 } else { FIRST })
    }

    /// Counts a file that was stored without its time or permissions, and returns whether to report
    /// it.
    pub(super) fn tells_not_kept(&mut self, what: &str, error: Option<&Error>) -> bool {
        let why = error.map_or_else(|| "the server has no command for it".to_owned(), why);
        let outcome = format!("were stored without their {what}");
        self.tells(Kind { outcome, why, advice: String::new() }, FIRST)
    }

    fn tells(&mut self, kind: Kind, at_most: u64) -> bool {
        match self.0.iter_mut().find(|row| row.kind == kind) {
            Some(row) if row.told < at_most => row.told += 1,
            Some(row) => {
                row.more += 1;
                return false;
            }
            None => self.0.push(Row { kind, told: 1, more: 0 }),
        }
        true
    }

    /// One sentence for each kind with unreported files, after which counting starts over.
    pub(super) fn rest(&mut self) -> Vec<String> {
        let rows = std::mem::take(&mut self.0).into_iter().filter(|row| row.more > 0);
        let line = |Row { kind: Kind { outcome, why, .. }, more, .. }: Row| {
            format!("… and {more} more {outcome}: {why}; --json lists them all.")
        };
        rows.map(line).collect()
    }
}

/// The reason in few words, without the file's name.
fn why(error: &Error) -> String {
    let name = || Exit::from(error).row().name.to_owned();
    match (error.cause(), error.reply(), error.verb(), error.socket_code()) {
        (Cause::Local(error), ..) => advice::local_reason(error),
        // Numbers in the text would be those of a single file.
        (Cause::Mismatch(what), ..) if !what.contains(|letter: char| letter.is_ascii_digit()) => {
            what.split(';').next().unwrap_or_default().to_owned()
        }
        (Cause::Refused | Cause::Unchecked | Cause::Socket(_), Some(reply), Some(verb), _) => {
            format!("{} to {}", reply.code(), verb.name())
        }
        (Cause::Refused, Some(reply), None, _) => reply.code().to_string(),
        (_, _, _, Some(socket)) => socket.to_string(),
        _ => name(),
    }
}

/// A sentence about what was not tried, if a tree ended early.
pub(super) fn not_tried(report: &TreeReport, command: &str) -> Option<String> {
    let files = counted(report.untried_files, "file", "files");
    let directories = counted(report.untried_directories, "directory", "directories");
    let what = match (files, directories) {
        (None, None) => return None,
        (Some(one), None) | (None, Some(one)) => one,
        (Some(files), Some(directories)) => format!("{files} and {directories}"),
    };
    let were = match report.untried_files + report.untried_directories {
        1 => "was not tried because it",
        _ => "were not tried because they",
    };
    // `mirror` compares anyway.
    let option = if command == "mirror" { "" } else { " with -c" };
    Some(format!(
        "{what} {were} would fail in the same way; once that is fixed, the same command{option} continues"
    ))
}

fn counted(count: u64, one: &str, many: &str) -> Option<String> {
    match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        _ => Some(format!("{count} {many}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(why: &str) -> Kind {
        let outcome = "failed in the same way".to_owned();
        Kind { outcome, why: why.to_owned(), advice: String::new() }
    }

    #[test]
    fn the_first_few_of_each_kind_are_told_and_the_others_counted() {
        let mut alike = FailureGroups::default();
        let told = |alike: &mut FailureGroups, why: &str, at_most| {
            (0..10).filter(|_| alike.tells(kind(why), at_most)).count()
        };
        assert_eq!((told(&mut alike, "550 to STOR", 3), told(&mut alike, "552", 1)), (3, 1));
        assert!(alike.tells(kind("530"), 3));
        assert_eq!(
            alike.rest(),
            [
                "… and 7 more failed in the same way: 550 to STOR; --json lists them all.",
                "… and 9 more failed in the same way: 552; --json lists them all.",
            ]
        );
        assert!(alike.rest().is_empty());
        assert!(alike.tells(kind("552"), 1));
    }

    #[test]
    fn what_was_not_tried_is_counted() {
        let said = |untried_files, untried_directories| {
            let report = TreeReport { untried_files, untried_directories, ..Default::default() };
            not_tried(&report, "put")
        };
        assert_eq!(said(0, 0), None);
        for (files, directories, words) in [
            (1, 0, "1 file was not tried because it would "),
            (0, 2, "2 directories were not tried because they would "),
            (4210, 1, "4210 files and 1 directory were not tried because they would "),
        ] {
            let text = said(files, directories).expect("a sentence");
            assert!(text.starts_with(words) && text.ends_with("with -c continues"), "{text}");
        }
    }
}
