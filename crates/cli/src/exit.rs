//! The exit codes of the program, in one table. The help and the README are generated from it.

use std::process::ExitCode;

use packetboat_client::{Error, Failure};

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Everything was done.
    Ok,
    /// The entry asked for is unknown.
    Unknown,
    /// The command line is wrong.
    Usage,
    /// An operation of the client failed, or one of the server for a comparable reason.
    Failed(Failure),
    /// Some of several files failed.
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
    /// Its name, which JSON output uses too.
    pub(crate) name: &'static str,
    /// What it means.
    pub(crate) text: &'static str,
}

const fn row(exit: Exit, number: u8, name: &'static str, text: &'static str) -> ExitRow {
    ExitRow { exit, number, name, text }
}

/// Every exit code, in numerical order.
pub(crate) static EXITS: &[ExitRow] = &[
    row(Exit::Ok, 0, "ok", "Everything you asked for was done."),
    row(
        Exit::Unknown,
        1,
        "unknown",
        "`packetboat code` or `packetboat user` found no such code or account.",
    ),
    row(
        Exit::Usage,
        2,
        "usage",
        "The command line, an address in it, or a server setting is wrong.",
    ),
    row(
        Exit::Failed(Failure::Connection),
        3,
        "connection",
        "The connection failed or was lost; `serve` cannot listen, or resolve a name.",
    ),
    row(Exit::Failed(Failure::Login), 4, "login", "The server does not let this user log in."),
    row(
        Exit::Failed(Failure::NotFound),
        5,
        "not-found",
        "The file or directory does not exist on the server.",
    ),
    row(
        Exit::Failed(Failure::Permission),
        6,
        "permission",
        "The server does not allow this user to do it.",
    ),
    row(
        Exit::Failed(Failure::Transient),
        7,
        "transient",
        "The server cannot do it now, but may later.",
    ),
    row(
        Exit::Failed(Failure::LocalFile),
        8,
        "local-file",
        "A local file could not be read or written.",
    ),
    row(
        Exit::Failed(Failure::Protocol),
        9,
        "protocol",
        "The server sent something that is not FTP, or a reply that does not fit.",
    ),
    row(
        Exit::Failed(Failure::Refused),
        10,
        "refused",
        "The server refused for another reason, which its reply gives.",
    ),
    row(
        Exit::Partial,
        11,
        "partial",
        "Some of several files failed or were skipped; the others are done.",
    ),
    row(
        Exit::Failed(Failure::Different),
        12,
        "different",
        "`--verify` found that both ends differ, or `-c` found another file to resume.",
    ),
    row(
        Exit::Failed(Failure::Tls),
        13,
        "tls",
        "TLS could not be set up, or the server could not prove its identity.",
    ),
    row(
        Exit::Failed(Failure::Unchecked),
        14,
        "unchecked",
        "`--verify` could not compare: the file is already gone, or cannot be read.",
    ),
    row(
        Exit::Interrupted,
        130,
        "interrupted",
        "Stopped by Ctrl-C or SIGTERM; unfinished downloads keep their parts for `-c`.",
    ),
];

impl Exit {
    /// A local file could not be used.
    pub(crate) const LOCAL_FILE: Self = Self::Failed(Failure::LocalFile);
    /// The network failed.
    #[cfg(unix)]
    pub(crate) const CONNECTION: Self = Self::Failed(Failure::Connection);

    /// The row of this outcome.
    pub(crate) fn row(self) -> &'static ExitRow {
        // Fall back to the last row if one is missing, so that a failure never looks like success.
        // A test checks that no row is missing.
        EXITS.iter().find(|row| row.exit == self).unwrap_or(&EXITS[EXITS.len() - 1])
    }

    /// The table as text, for the help.
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
