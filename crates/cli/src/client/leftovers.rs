//! What an interruption leaves behind for a later run to continue from, and the message about it.

use std::sync::{Mutex, PoisonError};

use packetboat_client::{Direction, Event, kept_by};

/// What was started last.
#[derive(Debug, Default)]
pub(crate) struct InterruptedWork(Mutex<Last>);

#[derive(Debug, Default)]
struct Last {
    kind: Option<Kind>,
    /// The number of transfers in progress.
    running: usize,
    /// Whether anything has moved since the first of them started.
    has_moved: bool,
}

impl InterruptedWork {
    /// Records starts and ends, and whether the server says what it has kept of an upload.
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
                // There is nothing left to continue.
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

    /// The message after an interruption. `can_resume` says whether -c can continue the command,
    /// `tree` whether it transfers a whole tree.
    pub(crate) fn interrupted(&self, can_resume: bool, tree: bool) -> String {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let has_left = |kind: &Kind| *kind != Kind::Get || last.has_moved;
        told(last.kind.filter(has_left).filter(|_| can_resume), tree)
    }
}

/// What was in progress when the user interrupted it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A download.
    Get,
    /// An upload for which the server says what it has kept.
    PutKept,
    /// An upload for which the server does not say so.
    Put,
}

/// The message after an interruption. A server that replaces a file may keep the upload under
/// another name, so -c is only promised if the server has announced how to continue.
fn told(begun: Option<Kind>, tree: bool) -> String {
    let Some(begun) = begun else { return "Interrupted.".to_owned() };
    let what = match begun {
        Kind::Get => {
            "What has arrived is kept: run the same command with -c to continue from there."
        }
        Kind::PutKept => {
            "The server has kept what has arrived: run the same command with -c to continue from there."
        }
        Kind::Put => {
            "The server does not say what it has kept: `packetboat stat` shows what is there under this name. If that is the \
             beginning of this file, the same command with -c continues after it; without -c the whole file is sent again."
        }
    };
    let others = match tree {
        true => " `packetboat mirror` replaces older files; -c leaves them as they are.",
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
        let (begun, id) = (InterruptedWork::default(), TransferId(1));
        let promises = || begun.interrupted(true, false).contains("-c to continue");
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
        let promised = |begun| told(Some(begun), false).contains("-c to continue from there");
        assert_eq!([Kind::Get, Kind::PutKept, Kind::Put].map(promised), [true, true, false]);
        assert!(told(Some(Kind::Put), false).contains("without -c the whole file is sent"));
        assert!(told(Some(Kind::Put), true).contains("packetboat mirror"));
        assert_eq!(told(None, true), "Interrupted.");
    }
}
