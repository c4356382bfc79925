//! What an interruption leaves that a later run can go on from, and what is told of that.

use std::sync::{Mutex, PoisonError};

use packetboat_client::{Direction, Event, kept_by};

/// What was begun last.
#[derive(Debug, Default)]
pub(crate) struct Begun(Mutex<Option<Kind>>);

impl Begun {
    /// Takes note of what begins, and of what the server says that it has kept of an upload.
    pub(super) fn watch(&self, event: &Event<'_>) {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Started { direction: Direction::Get, .. } => *last = Some(Kind::Get),
            Event::Started { direction: Direction::Put, .. } => *last = Some(Kind::Put),
            Event::Reply(_, reply) if *last == Some(Kind::Put) && kept_by(reply).is_some() => {
                *last = Some(Kind::PutKept);
            }
            _ => {}
        }
    }

    /// What is told of an interruption of a command that -c goes on with, or that of a whole tree.
    pub(crate) fn interrupted(&self, can_resume: bool, tree: bool) -> String {
        let last = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        told(last.filter(|_| can_resume), tree)
    }
}

/// What had begun when the user stopped it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A download.
    Get,
    /// An upload of which the server says what it has kept.
    PutKept,
    /// An upload of which it does not.
    Put,
}

/// What is told of an interruption. What a server that replaces a file has kept need not be under its name, so -c is
/// promised only where the server has said that it goes on.
fn told(begun: Option<Kind>, tree: bool) -> String {
    let Some(begun) = begun else { return "Interrupted.".to_owned() };
    let what = match begun {
        Kind::Get => "What has arrived is kept: the same command with -c goes on from there.",
        Kind::PutKept => {
            "The server has kept what has arrived: the same command with -c goes on from there."
        }
        Kind::Put => {
            "The server does not say what it has kept: `packetboat stat` shows what has the name now. If that is the \
             beginning of this file, the same command with -c goes on behind it; without -c all of it is sent again."
        }
    };
    let others = match tree {
        true => " Older files are replaced by `packetboat mirror`; -c leaves them as they are.",
        false => "",
    };
    format!("Interrupted. {what}{others}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_upload_dash_c_is_promised_only_where_the_server_has_kept_it() {
        let promised = |begun| told(Some(begun), false).contains("-c goes on from there");
        assert_eq!([Kind::Get, Kind::PutKept, Kind::Put].map(promised), [true, true, false]);
        assert!(told(Some(Kind::Put), false).contains("without -c all of it is sent"));
        assert!(told(Some(Kind::Put), true).contains("packetboat mirror"));
        assert_eq!(told(None, true), "Interrupted.");
    }
}
