//! [`POLICY`]: what the client does by itself on each reply, in rows by code and verb. The session,
//! the retries and `packetboat code` read these rows. A code without a row is handled by its first
//! digit (RFC 1123 §4.1.2.11).

use packetboat_codes::{Class, ReplyCode};

use crate::verbs::Verb;

/// The client's reaction to a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reaction {
    /// Reads on: another reply follows.
    ReadOn,
    /// Waits as long as the reply announces.
    WaitOut,
    /// Continues with the next step.
    GoOn,
    /// Sends the second command of the pair.
    Continue,
    /// Sends the account, then the command once more.
    SendAccount,
    /// Repeats the command after a pause.
    Repeat,
    /// Connects and logs in again after a pause, then repeats the command.
    Reconnect,
    /// Sets up the data connection another way, then repeats the command.
    OtherWay,
    /// Uses other commands instead, or does without.
    OtherCommand,
    /// Transfers the file from its start instead of resuming it.
    FromStart,
    /// Asks the server whether the file or directory exists, to find out the reason.
    TellApart,
    /// Stops and explains.
    Stop,
}

impl Reaction {
    /// Whether the client repeats the operation by itself.
    pub fn repeats(self) -> bool {
        matches!(self, Self::Repeat | Self::Reconnect | Self::OtherWay)
    }

    /// The word for this reaction in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::ReadOn => "read-on",
            Self::WaitOut => "wait-out",
            Self::GoOn => "go-on",
            Self::Continue => "continue",
            Self::SendAccount => "send-account",
            Self::Repeat => "repeat",
            Self::Reconnect => "reconnect",
            Self::OtherWay => "other-way",
            Self::OtherCommand => "other-command",
            Self::FromStart => "from-start",
            Self::TellApart => "tell-apart",
            Self::Stop => "stop",
        }
    }
}

/// One row: what the client does on a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PolicyRow {
    /// The code; 0 if only the first digit decides.
    pub code: u16,
    /// The verbs that the row applies to; empty for every verb that no other row of the code names.
    pub verbs: &'static [Verb],
    /// What the client does.
    pub reaction: Reaction,
    /// The first pause before a repetition, as a multiple of the client's usual pause.
    pub patience: u32,
    /// The reaction in words, with the client as the subject.
    pub does: &'static str,
}

const fn row(
    code: u16,
    verbs: &'static [Verb],
    reaction: Reaction,
    patience: u32,
    does: &'static str,
) -> PolicyRow {
    PolicyRow { code, verbs, reaction, patience, does }
}

use Reaction::{
    Continue, FromStart, GoOn, OtherCommand, OtherWay, ReadOn, Reconnect, Repeat, SendAccount,
    Stop, TellApart, WaitOut,
};

/// The verbs that store, which may be answered 532 (RFC 959 §5.4).
const STORING: &[Verb] = &[Verb::Stor, Verb::Stou, Verb::Appe, Verb::Rnto];
/// The verbs that prepare a data connection.
const DATA_WAYS: &[Verb] = &[Verb::Epsv, Verb::Pasv, Verb::Eprt, Verb::Port];
/// The verbs that other commands can replace, or that only ask for additional information.
const REPLACEABLE: &[Verb] = &[
    Verb::Feat,
    Verb::Opts,
    Verb::Size,
    Verb::Mdtm,
    Verb::Mlst,
    Verb::Mlsd,
    Verb::Mkd,
    Verb::Rmd,
    Verb::Pwd,
    Verb::Cwd,
    Verb::Cdup,
    Verb::Hash,
    Verb::Mfmt,
];
/// The verbs that may follow a restart position.
const RESUMED: &[Verb] = &[Verb::Retr, Verb::Stor, Verb::Appe];
/// The verbs on a path that has to exist.
const NAMING: &[Verb] = &[
    Verb::Retr,
    Verb::Dele,
    Verb::Rmd,
    Verb::Cwd,
    Verb::Rnfr,
    Verb::List,
    Verb::Nlst,
    Verb::Mlsd,
    Verb::Hash,
];
/// The verbs that create something.
const MAKING: &[Verb] = &[Verb::Stor, Verb::Appe, Verb::Mkd, Verb::Rnto];

/// The rows, ordered by code; within a code, the rows that name verbs come first.
pub static POLICY: &[PolicyRow] = &[
    row(
        110,
        &[],
        ReadOn,
        0,
        "keeps the pair of markers, so that a broken upload can resume there.",
    ),
    row(
        120,
        &[],
        WaitOut,
        0,
        "shows how many minutes are announced and waits for 220, at most an hour or as long as \
         --timeout allows; --retry 120=0 gives up immediately.",
    ),
    row(125, &[], ReadOn, 0, "starts the transfer, as after 150."),
    row(150, &[], ReadOn, 0, "starts the transfer."),
    row(202, &[], GoOn, 0, "continues as after a success."),
    row(331, &[], Continue, 0, "sends the password with PASS."),
    row(
        332,
        &[],
        SendAccount,
        0,
        "sends ACCT with the account from --account, PACKETBOAT_ACCOUNT, ~/.netrc or a \
         prompt on the terminal.",
    ),
    row(336, &[], Continue, 0, "sends the password with PASS."),
    row(350, &[], Continue, 0, "sends the second command of the pair."),
    row(
        421,
        &[Verb::Pass],
        Stop,
        0,
        "stops: some servers answer a wrong password this way, and another attempt could lock the account.",
    ),
    row(
        421,
        &[],
        Reconnect,
        2,
        "connects and logs in again after a pause, and continues where it was.",
    ),
    row(
        425,
        &[],
        OtherWay,
        1,
        "sets up the data connection another way: EPSV, then PASV, then EPRT or PORT; when none is \
         left, it tries again after a pause.",
    ),
    row(426, &[], Repeat, 1, "transfers again after a pause, from where the transfer broke off."),
    row(450, &[], Repeat, 2, "sends the command again after a pause."),
    row(451, &[], Repeat, 1, "tries again after a pause; a transfer resumes where it broke off."),
    row(452, &[], Repeat, 5, "sends the command again after a long pause."),
    row(500, DATA_WAYS, OtherWay, 0, "sets up the data connection another way."),
    row(
        500,
        REPLACEABLE,
        OtherCommand,
        0,
        "tries an older or another command for the same purpose, or does without.",
    ),
    row(501, DATA_WAYS, OtherWay, 0, "sets up the data connection another way."),
    row(
        501,
        &[Verb::Mlsd],
        TellApart,
        0,
        "treats the name as a file and lists it alone, or else finds out by MLST or a listing of its directory whether \
         it is missing.",
    ),
    row(501, RESUMED, FromStart, 0, "transfers the file from its start instead of resuming it."),
    row(502, DATA_WAYS, OtherWay, 0, "sets up the data connection another way."),
    row(
        502,
        REPLACEABLE,
        OtherCommand,
        0,
        "tries an older or another command for the same purpose, or does without.",
    ),
    row(504, DATA_WAYS, OtherWay, 0, "sets up the data connection another way."),
    row(522, DATA_WAYS, OtherWay, 0, "sets up the data connection another way."),
    row(
        532,
        STORING,
        SendAccount,
        0,
        "sends ACCT with the account from --account, PACKETBOAT_ACCOUNT or ~/.netrc, and then \
         the command once more.",
    ),
    row(
        550,
        NAMING,
        TellApart,
        0,
        "does not repeat the command, but finds out whether the path is missing or forbidden: from the words \
         of the reply, or else by MLST or a listing of its directory; the exit code says which.",
    ),
    row(
        550,
        MAKING,
        TellApart,
        0,
        "does not repeat the command, but finds out by MLST or a listing whether the name already exists or its \
         directory is missing; the exit code says which.",
    ),
    row(
        553,
        MAKING,
        TellApart,
        0,
        "does not repeat the command, but finds out by MLST or a listing whether the name already exists or its \
         directory is missing; the exit code says which.",
    ),
    row(554, RESUMED, FromStart, 0, "transfers the file from its start instead of resuming it."),
    row(555, RESUMED, FromStart, 0, "transfers the file from its start instead of resuming it."),
];

/// What the client does on a code without a row, by its first digit.
static BY_CLASS: [PolicyRow; 6] = [
    row(0, &[], ReadOn, 0, "reads on: another reply follows."),
    row(0, &[], GoOn, 0, "continues."),
    row(0, &[], Stop, 0, "stops: it has no second command for this."),
    row(0, &[], Repeat, 1, "tries again after a pause."),
    row(0, &[], Stop, 0, "does not repeat the command; it stops and explains."),
    row(0, &[], Stop, 0, "stops: it does not understand this reply."),
];

/// What the client does on a code after a verb; `None` for the greeting.
pub fn policy(code: ReplyCode, verb: Option<Verb>) -> &'static PolicyRow {
    let of_code = || POLICY.iter().filter(|row| row.code == code.number());
    let named = of_code().find(|row| verb.is_some_and(|verb| row.verbs.contains(&verb)));
    let any = of_code().find(|row| row.verbs.is_empty());
    named.or(any).unwrap_or_else(|| by_class(code))
}

/// Every row that applies to a code: the rows that name verbs first, the row for all other verbs last.
pub fn policies(code: ReplyCode) -> Vec<&'static PolicyRow> {
    let mut rows: Vec<_> = POLICY.iter().filter(|row| row.code == code.number()).collect();
    if !rows.iter().any(|row| row.verbs.is_empty()) {
        rows.push(by_class(code));
    }
    rows
}

fn by_class(code: ReplyCode) -> &'static PolicyRow {
    &BY_CLASS[match code.class() {
        Class::Preliminary => 0,
        Class::Completion => 1,
        Class::Intermediate => 2,
        // The catalogue has unofficial codes after which a repetition would do harm.
        Class::TransientNegative if code.is_retried() => 3,
        Class::TransientNegative | Class::PermanentNegative => 4,
        Class::Protected | Class::Unknown => 5,
    }]
}

#[cfg(test)]
mod tests {
    use super::*;
    use packetboat_codes::CODES;

    fn reaction(code: u16, verb: Option<Verb>) -> Reaction {
        policy(ReplyCode::known(code), verb).reaction
    }

    #[test]
    fn code_and_verb_decide() {
        for (code, verb, expected) in [
            (120, None, WaitOut),
            (421, Some(Verb::Retr), Reconnect),
            (421, None, Reconnect),
            (421, Some(Verb::Pass), Stop),
            (425, Some(Verb::Retr), OtherWay),
            (452, Some(Verb::Stor), Repeat),
            (502, Some(Verb::Epsv), OtherWay),
            (502, Some(Verb::Mkd), OtherCommand),
            (502, Some(Verb::Dele), Stop),
            (532, Some(Verb::Stor), SendAccount),
            (532, Some(Verb::Cwd), Stop),
            (501, Some(Verb::Mlsd), TellApart),
            (550, Some(Verb::Retr), TellApart),
            (553, Some(Verb::Stor), TellApart),
            (553, Some(Verb::Hash), Stop),
            (499, Some(Verb::Retr), Repeat),
            (430, Some(Verb::User), Stop),
            (599, Some(Verb::Retr), Stop),
            (299, Some(Verb::Retr), GoOn),
        ] {
            assert_eq!(reaction(code, verb), expected, "{code} {verb:?}");
        }
    }

    #[test]
    fn rows_stand_in_order_and_in_the_catalogue() {
        assert!(POLICY.is_sorted_by_key(|row| (row.code, row.verbs.is_empty())));
        for row in POLICY {
            let known = ReplyCode::known(row.code).row();
            assert!(known.is_some(), "{} is not in the catalogue", row.code);
            assert!(row.does.ends_with('.'), "{}", row.code);
            // Only one row of a code names a verb.
            for other in POLICY.iter().filter(|other| other.code == row.code) {
                let shared = row.verbs.iter().any(|verb| other.verbs.contains(verb));
                assert!(std::ptr::eq(row, other) || !shared, "{}", row.code);
            }
        }
    }

    /// The catalogue says whether the client repeats a command, and the rows say how.
    #[test]
    fn the_catalogue_and_the_rows_agree() {
        for row in CODES {
            let repeats = policy(row.code, None).reaction.repeats();
            assert_eq!(row.client_retries, repeats, "{}", row.code);
        }
    }

    #[test]
    fn every_code_has_a_last_row_for_any_verb() {
        for row in CODES {
            let rows = policies(row.code);
            assert!(rows.last().is_some_and(|row| row.verbs.is_empty()), "{}", row.code);
        }
    }
}
