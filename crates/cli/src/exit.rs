//! The exit codes of the program, in one table from which help and documents are made.

use std::process::ExitCode;

use packetboat_client::{Error, Failure};

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All done.
    Ok,
    /// What was looked up is unknown.
    Unknown,
    /// The command line is wrong.
    Usage,
    /// An operation of the client failed, or of the server for the same kind of reason.
    Failed(Failure),
    /// Some of several failed.
    Partial,
    /// Ctrl-C or SIGTERM.
    Interrupted,
}

/// One row of the table.
pub(crate) struct ExitRow {
    /// The outcome.
    pub(crate) exit: Exit,
    /// The number the shell sees.
    pub(crate) number: u8,
    /// One word for it.
    pub(crate) name: &'static str,
    /// What it tells.
    pub(crate) text: &'static str,
}

const fn row(exit: Exit, number: u8, name: &'static str, text: &'static str) -> ExitRow {
    ExitRow { exit, number, name, text }
}

/// Every exit code, in the order of its number.
pub(crate) static EXITS: &[ExitRow] = &[
    row(Exit::Ok, 0, "ok", "Everything asked for was done."),
    row(
        Exit::Unknown,
        1,
        "unknown",
        "`packetboat code` or `packetboat user` does not know what it was asked for.",
    ),
    row(
        Exit::Usage,
        2,
        "usage",
        "The command line, an address in it, or a setting of the server is wrong.",
    ),
    row(
        Exit::Failed(Failure::Connection),
        3,
        "connection",
        "The server was not reached, or was lost; `serve` cannot listen, or find a name.",
    ),
    row(Exit::Failed(Failure::Login), 4, "login", "The server does not let this user in."),
    row(
        Exit::Failed(Failure::NotFound),
        5,
        "not-found",
        "There is no such file or directory on the server.",
    ),
    row(
        Exit::Failed(Failure::Permission),
        6,
        "permission",
        "The server does not allow it to this user.",
    ),
    row(
        Exit::Failed(Failure::Transient),
        7,
        "transient",
        "The server cannot do it now; later it may.",
    ),
    row(
        Exit::Failed(Failure::LocalFile),
        8,
        "local-file",
        "A file of this machine could not be read or written.",
    ),
    row(
        Exit::Failed(Failure::Protocol),
        9,
        "protocol",
        "The server sent what is not FTP or does not fit.",
    ),
    row(
        Exit::Failed(Failure::Refused),
        10,
        "refused",
        "The server refused for another reason; its reply says which.",
    ),
    row(
        Exit::Partial,
        11,
        "partial",
        "Some of several files failed or were passed over, the others are done.",
    ),
    row(
        Exit::Failed(Failure::Different),
        12,
        "different",
        "`--verify` found that the two ends differ, or `-c` nothing to go on from.",
    ),
    row(
        Exit::Failed(Failure::Tls),
        13,
        "tls",
        "TLS did not come about, or the server is not who it should be.",
    ),
    row(
        Exit::Failed(Failure::Unchecked),
        14,
        "unchecked",
        "`--verify` could not compare: the file is gone already, or may not be read.",
    ),
    row(
        Exit::Interrupted,
        130,
        "interrupted",
        "Stopped by Ctrl-C or SIGTERM; downloads keep their parts for `-c`.",
    ),
];

impl Exit {
    /// A file of this machine failed.
    pub(crate) const LOCAL_FILE: Self = Self::Failed(Failure::LocalFile);
    /// The network failed.
    #[cfg(unix)]
    pub(crate) const CONNECTION: Self = Self::Failed(Failure::Connection);

    /// The row of this outcome.
    pub(crate) fn row(self) -> &'static ExitRow {
        // The last row stands in for one that is missing, so that a failure never passes for success; a
        // test sees that none is.
        EXITS.iter().find(|row| row.exit == self).unwrap_or(&EXITS[EXITS.len() - 1])
    }

    /// The table as text, for help and documents.
    pub(crate) fn table() -> String {
        let line = |row: &ExitRow| format!("{:>4}  {:<12} {}\n", row.number, row.name, row.text);
        std::iter::once("Exit codes:\n".to_owned()).chain(EXITS.iter().map(line)).collect()
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.row().number)
    }
}

impl From<&Error> for Exit {
    fn from(error: &Error) -> Self {
        Self::Failed(error.failure())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outcome_has_a_row_and_numbers_rise() {
        assert!(EXITS.windows(2).all(|pair| pair[0].number < pair[1].number));
        for row in EXITS {
            assert_eq!(row.exit.row().number, row.number);
        }
        let others = [Exit::Ok, Exit::Unknown, Exit::Usage, Exit::Partial, Exit::Interrupted];
        for exit in others.into_iter().chain(Failure::ALL.map(Exit::Failed)) {
            assert_eq!(exit.row().exit, exit);
        }
        assert_eq!(Exit::table().lines().count(), EXITS.len() + 1);
    }
}
