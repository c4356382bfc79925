//! Facts that the documentation derives from the verb table: which verbs send a code, how a row
//! deviates from RFC 959, and words for the values of the columns.

use packetboat_codes::ReplyCode;

use super::{Allowed, DEVIATIONS, Deviation, DuringTransfer, Replies, VERBS, VerbRow};

/// The verbs that may send a code, in the order of the table. Any verb may be answered 421.
pub fn senders(code: ReplyCode) -> impl Iterator<Item = &'static VerbRow> {
    VERBS.iter().filter(move |row| row.replies.iter().any(|sent| sent == code))
}

impl VerbRow {
    /// The deviations of the row from RFC 959 §5.4, with reasons.
    pub fn deviations(&self) -> impl Iterator<Item = &'static Deviation> {
        let verb = self.verb;
        DEVIATIONS.iter().filter(move |deviation| deviation.verbs.contains(&verb))
    }
}

impl Replies {
    /// The groups of replies, each with a heading; empty groups are left out.
    pub fn groups(&self) -> impl Iterator<Item = (&'static str, &'static [u16])> {
        [
            ("under way, another reply follows", self.preliminary),
            ("final, after a reply under way", self.completion),
            ("done", self.success),
            ("accepted, another command must follow", self.intermediate),
            ("refused or failed", self.failure),
        ]
        .into_iter()
        .filter(|(_, codes)| !codes.is_empty())
    }
}

impl Allowed {
    /// The state in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Always => "before and after login",
            Self::LoggedIn => "after login",
        }
    }
}

impl DuringTransfer {
    /// The behaviour in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Answered => "is answered immediately",
            Self::Aborts => "ends the transfer, then is answered",
            Self::Waits => "waits for the end of the transfer",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verbs::Verb;

    #[test]
    fn senders_of_a_code() {
        let names = |code| senders(ReplyCode::known(code)).map(|row| row.name).collect::<Vec<_>>();
        assert_eq!(names(215), ["SYST"]);
        assert_eq!(names(257), ["MKD", "PWD"]);
        assert!(names(119).is_empty());
    }

    #[test]
    fn deviations_and_groups_of_a_row() {
        let row = Verb::Cdup.row();
        assert!(row.deviations().any(|deviation| deviation.reason.contains("erratum 4869")));
        let headings: Vec<_> = row.replies.groups().map(|(heading, _)| heading).collect();
        assert_eq!(headings, ["done", "refused or failed"]);
    }
}
