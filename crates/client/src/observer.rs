//! What happens inside an operation, for those who show it: the dialogue, progress, repetitions.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use packetboat_proto::client::Request;
use packetboat_proto::reply::Reply;

use crate::error::Error;

/// Names one control connection of this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(pub u64);

/// Names one transfer of this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransferId(pub u64);

/// Which way a file goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the server.
    Get,
    /// To the server.
    Put,
}

/// How a difference between two trees is mended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// The file is fetched.
    Get,
    /// The file is sent.
    Put,
    /// It is deleted from this machine.
    DeleteLocal,
    /// It is deleted from the server.
    DeleteRemote,
}

impl Plan {
    /// One word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Put => "put",
            Self::DeleteLocal => "delete-local",
            Self::DeleteRemote => "delete-remote",
        }
    }
}

/// One thing that happened.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// An address is being tried.
    Connecting(SocketAddr),
    /// A control connection is made.
    Connected(SessionId, SocketAddr),
    /// A command was sent. Shown as text it masks a password.
    Command(SessionId, &'a Request),
    /// A reply came.
    Reply(SessionId, &'a Reply),
    /// A file's transfer begins.
    Started {
        /// The transfer.
        id: TransferId,
        /// Which way.
        direction: Direction,
        /// The path on the server.
        remote: &'a [u8],
        /// The file's length, if known.
        size: Option<u64>,
        /// How much of it was there already.
        offset: u64,
    },
    /// More bytes of a file have moved.
    Progress {
        /// The transfer.
        id: TransferId,
        /// How many since the last event.
        bytes: u64,
    },
    /// The sender marked what follows as possibly damaged (RFC 959 §3.4.2).
    Suspect {
        /// The transfer.
        id: TransferId,
    },
    /// A file's transfer is over, well or not.
    Ended {
        /// The transfer.
        id: TransferId,
    },
    /// The server is not ready yet and is waited for.
    Waiting {
        /// What it said: 120.
        reply: &'a Reply,
        /// How long it asks to wait; zero where it does not say.
        delay: Duration,
    },
    /// An operation will be repeated after a pause.
    Retrying {
        /// Why.
        error: &'a Error,
        /// The path on the server that it is about; none where it is about no path.
        path: Option<&'a [u8]>,
        /// Which repetition this is, counted from 1.
        attempt: u32,
        /// How many there will be at most.
        of: u32,
        /// How long it waits.
        pause: Duration,
    },
    /// An uploaded file did not keep its time or its permissions.
    NotKept {
        /// Its path on the server.
        path: &'a [u8],
        /// What was lost.
        what: &'static str,
        /// The server's refusal; none where it offers no way.
        error: Option<&'a Error>,
    },
    /// The server does not take as many sessions as a tree was to be moved over; those it takes go on.
    /// Told once for each tree.
    FewerSessions {
        /// What came of the session too many.
        error: &'a Error,
    },
    /// Something of a listing is left out, so what it stands for is not seen.
    LeftOut {
        /// The directory.
        path: &'a [u8],
        /// How many lines are in no form that is known.
        lines: u64,
        /// The first of them.
        first: &'a [u8],
        /// What the server said, where it sent less than there is.
        cut_short: Option<&'a Reply>,
    },
    /// An entry of a tree is passed over.
    Skipped {
        /// Its path on the server, or of this machine when sending.
        path: &'a [u8],
        /// Why.
        reason: &'static str,
    },
    /// Something of a tree was not begun, since the tree ended before: no other file would have fared better.
    NotTried {
        /// Its path on the server.
        path: &'a [u8],
        /// Whether it is a directory; what is in it is not known or not counted.
        is_directory: bool,
    },
    /// What an earlier run left of a file cannot be used; the file is fetched from its start.
    NotResumed {
        /// The part.
        part: &'a Path,
        /// Why.
        reason: &'static str,
    },
    /// A transfer goes on behind what was there, and no hash has shown that this is the file's beginning: the server tells
    /// none.
    Uncompared {
        /// The file of this machine.
        path: &'a Path,
        /// How many bytes were there.
        length: u64,
    },
    /// A difference between two trees was found, and will be mended unless it is only shown.
    Planned {
        /// How.
        plan: Plan,
        /// The path: on the server, but for what is deleted from this machine.
        path: &'a [u8],
    },
    /// Something of a tree was deleted, or would be.
    Removed {
        /// Its path on the server.
        path: &'a [u8],
        /// Whether it was a directory.
        is_directory: bool,
    },
    /// One file of a tree is done.
    FileDone {
        /// Its path on the server.
        remote: &'a [u8],
        /// How it went: the bytes moved, or why not.
        result: Result<u64, &'a Error>,
    },
}

/// Receives events, from several sessions and threads at once. It must not block for long.
pub trait Observer: Send + Sync {
    /// Something happened.
    fn event(&self, event: Event<'_>);
}

/// An observer that looks away.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {
    fn event(&self, _: Event<'_>) {}
}
