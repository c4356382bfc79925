//! The verb table, [`VERBS`]: one row for every FTP command. The parser, HELP, FEAT, the 502, 503
//! and 530 checks, the documentation and the check of every reply are derived from it. All facts
//! about a verb are here and nowhere else; what a verb does is in its handler.

mod deviations;
mod facts;
mod site;
mod table;

pub use deviations::{DEVIATIONS, Deviation};
pub use facts::senders;
pub use site::{SITE_VERBS, SiteRow, SiteVerb};
pub use table::{VERBS, Verb};

use packetboat_codes::ReplyCode;

/// The feature that names the part in which a broken upload is kept while an older file has its
/// name. SIZE and HASH accept the name of the part, so a client can find out how much is there and
/// whether it is its own, before it resumes with REST and STOR.
pub const PART_FEATURE: &str = "X-PART";

/// The feature that accepts `OPTS STOR LENGTH n`: the least number of bytes of the next upload. In
/// MODE S without TLS, the end of the data connection is the end of the file (RFC 959 §3.4.1),
/// whoever caused it; with a length, an early end is detected as an error.
pub const LENGTH_FEATURE: &str = "X-LENGTH";

/// One verb: what it takes, when it is allowed, and what it may answer.
#[derive(Debug)]
pub struct VerbRow {
    /// The verb this row describes.
    pub verb: Verb,
    /// The name on the wire, in uppercase.
    pub name: &'static str,
    /// Other names for the verb (RFC 1123 §4.1.3.1).
    pub aliases: &'static [&'static str],
    /// Where it is defined.
    pub source: &'static str,
    /// What the verb takes as its argument.
    pub argument: Argument,
    /// When the session accepts the verb.
    pub allowed: Allowed,
    /// What happens when the verb arrives while a transfer runs.
    pub during_transfer: DuringTransfer,
    /// Whether this server implements the verb; otherwise the reply is 502.
    pub built: bool,
    /// The FEAT line of the verb, if it is a feature beyond RFC 959 (RFC 2389 §3.2).
    pub feature: Option<&'static str>,
    /// Every reply that the verb may send.
    pub replies: Replies,
    /// One line for a person, shown by HELP.
    pub help: &'static str,
}

/// What a verb takes as its argument. The text is the form that HELP shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument {
    /// No argument is allowed.
    Nothing,
    /// An argument is allowed.
    Optional(&'static str),
    /// An argument is required.
    Required(&'static str),
}

/// The states of the session in which a verb is accepted; otherwise it is answered 530.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// Before and after login.
    Always,
    /// After login only.
    LoggedIn,
}

/// What happens to a verb that arrives while a transfer runs (RFC 959 §4.1.3, RFC 1123 §4.1.3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DuringTransfer {
    /// It is answered immediately.
    Answered,
    /// It ends the transfer, then it is answered.
    Aborts,
    /// It waits in order until the last reply to the transfer has been sent.
    Waits,
}

/// The replies a verb may send, as RFC 959 §5.4 groups them.
#[derive(Debug)]
pub struct Replies {
    /// 1yz: the command is under way.
    pub preliminary: &'static [u16],
    /// Final replies after a preliminary one.
    pub completion: &'static [u16],
    /// 2yz without a preliminary reply.
    pub success: &'static [u16],
    /// 3yz: another command has to follow.
    pub intermediate: &'static [u16],
    /// 4yz and 5yz without a preliminary reply.
    pub failure: &'static [u16],
}

impl Replies {
    /// Every code of the row.
    pub fn iter(&self) -> impl Iterator<Item = ReplyCode> {
        [self.preliminary, self.completion, self.success, self.intermediate, self.failure]
            .into_iter()
            .flatten()
            .map(|&number| ReplyCode::known(number))
    }

    /// Whether the verb may send this code. 421 may answer anything (RFC 959 §4.2).
    pub fn allows(&self, code: ReplyCode) -> bool {
        code.number() == 421 || self.iter().any(|allowed| allowed == code)
    }
}

impl Verb {
    /// The verb with this name or alias, case-insensitive.
    pub fn parse(name: &[u8]) -> Option<Self> {
        // The longest name has seven letters; anything longer is not a verb.
        let mut upper = [0_u8; 8];
        let upper = upper.get_mut(..name.len())?;
        upper.copy_from_slice(name);
        upper.make_ascii_uppercase();
        VERBS
            .iter()
            .find(|row| {
                row.name.as_bytes() == upper
                    || row.aliases.iter().any(|alias| alias.as_bytes() == upper)
            })
            .map(|row| row.verb)
    }

    /// The row of this verb.
    pub fn row(self) -> &'static VerbRow {
        // The enum and the table are generated from the same rows, in the same order.
        &VERBS[self as usize]
    }

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        self.row().name
    }
}

impl VerbRow {
    /// How to write the command, as HELP and messages show it: `RETR pathname`.
    pub fn usage(&self) -> String {
        match self.argument {
            Argument::Nothing => self.name.to_owned(),
            Argument::Optional(shape) => format!("{} [{shape}]", self.name),
            Argument::Required(shape) => format!("{} {shape}", self.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn rows_stand_in_the_order_of_the_enumeration() {
        for (index, row) in VERBS.iter().enumerate() {
            assert_eq!(row.verb as usize, index, "{}", row.name);
        }
    }

    #[test]
    fn names_are_unique_and_found_in_any_case() {
        let mut seen = BTreeSet::new();
        for row in VERBS {
            for name in std::iter::once(&row.name).chain(row.aliases) {
                assert!(seen.insert(*name), "{name} stands twice");
                assert_eq!(Verb::parse(name.to_ascii_lowercase().as_bytes()), Some(row.verb));
            }
        }
        assert_eq!(Verb::parse(b"NOSUCHVERB"), None);
        assert_eq!(Verb::parse(b""), None);
    }

    #[test]
    fn every_code_of_a_row_is_in_its_right_group() {
        for row in VERBS {
            let group = |codes: &[u16], classes: &[u16]| {
                for code in codes {
                    assert!(classes.contains(&(code / 100)), "{} {code}", row.name);
                }
            };
            group(row.replies.preliminary, &[1]);
            group(row.replies.completion, &[2, 4, 5]);
            group(row.replies.success, &[2]);
            group(row.replies.intermediate, &[3]);
            group(row.replies.failure, &[4, 5]);
            assert!(!row.help.is_empty() && row.help.ends_with('.'), "{}", row.name);
        }
    }

    /// RFC 959 §5.4 is the contract. Where a row differs, `DEVIATIONS` names the code and the reason.
    #[test]
    fn rows_equal_rfc_959_but_for_named_deviations() {
        let table = include_str!("../../tests/data/rfc959-5.4.tsv");
        let mut checked = 0;
        for line in table.lines().skip(1).filter(|line| !line.starts_with('(')) {
            let mut cells = line.split('\t');
            let name = cells.next().expect("a verb");
            let mut expected: BTreeSet<u16> = cells
                .flat_map(|cell| cell.split(','))
                .filter(|code| !code.is_empty())
                .map(|code| code.parse().expect("a number"))
                .collect();
            let verb = Verb::parse(name.as_bytes()).unwrap_or_else(|| panic!("no row for {name}"));
            for deviation in DEVIATIONS.iter().filter(|deviation| deviation.verbs.contains(&verb)) {
                for code in deviation.added {
                    assert!(expected.insert(*code), "{name} {code} is in the RFC already");
                }
                for code in deviation.dropped {
                    assert!(expected.remove(code), "{name} {code} is not in the RFC");
                }
            }
            let actual: BTreeSet<u16> = verb.row().replies.iter().map(ReplyCode::number).collect();
            assert_eq!(actual, expected, "{name}");
            checked += 1;
        }
        assert_eq!(checked, 33);
    }
}
