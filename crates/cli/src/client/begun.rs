//! What an interruption leaves that a later run can go on from, and what is told of that.

use std::sync::{Mutex, PoisonError};

use packetboat_client::{Direction, Event, kept_by};

/// What was begun last.
#[derive(Debug, Default)]
pub(crate) struct Begun(Mutex<Last>);

#[derive(Debug, Default)]
struct Last {
    kind: Option<Kind>,
    /// How many transfers are under way.
    running: usize,
    /// Whether anything has moved since the first of them began.
    has_moved: bool,
}

impl Begun {
    /// Takes note of what begins and ends, and of what the server says that it has kept of an upload.
    pub(super) fn watch(&self, event: &Event<'_>) {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Started { direction, .. } => {
                last.has_moved &= last.running > 0;
                last.running += 1;
                last.kind = Some(match direction {
                    Direction::Get => Kind::Get,
                    Direction::Put => Kind::Put,
                });
            }
            Event::Progress { .. } => last.has_moved = true,
            Event::Ended { .. } => {
                last.running = last.running.saturating_sub(1);
                // There is nothing to go on with.
                if last.running == 0 {
                    last.kind = None;
                }
            }
            Event::Reply(_, reply) if last.kind == Some(Kind::Put) && kept_by(reply).is_some() => {
                last.kind = Some(Kind::PutKept);
            }
            _ => {}
        }
    }

    /// What is told of an interruption of a command that -c goes on with, or that of a whole tree.
    pub(crate) fn interrupted(&self, can_resume: bool, tree: bool) -> String {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let has_left = |kind: &Kind| *kind != Kind::Get || last.has_moved;
        told(last.kind.filter(has_left).filter(|_| can_resume), tree)
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
    use packetboat_client::TransferId;

    use super::*;

    #[test]
    fn nothing_is_promised_of_what_has_brought_nothing_or_is_done() {
        let (begun, id) = (Begun::default(), TransferId(1));
        let promises = || begun.interrupted(true, false).contains("-c goes on");
        begun.watch(&Event::Started {
            id,
            direction: Direction::Get,
            remote: b"f",
            size: None,
            offset: 0,
        });
        assert!(!promises());
        begun.watch(&Event::Progress { id, bytes: 1 });
        assert!(promises());
        begun.watch(&Event::Ended { id });
        assert!(!promises());
    }

    #[test]
    fn of_an_upload_dash_c_is_promised_only_where_the_server_has_kept_it() {
        let promised = |begun| told(Some(begun), false).contains("-c goes on from there");
        assert_eq!([Kind::Get, Kind::PutKept, Kind::Put].map(promised), [true, true, false]);
        assert!(told(Some(Kind::Put), false).contains("without -c all of it is sent"));
        assert!(told(Some(Kind::Put), true).contains("packetboat mirror"));
        assert_eq!(told(None, true), "Interrupted.");
    }
}
