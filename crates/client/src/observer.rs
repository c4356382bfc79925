//! [`Observer`] and its [`Event`]s: the dialogue with the server, progress and retries, for whoever
//! displays them.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use packetboat_proto::client::Request;
use packetboat_proto::reply::Reply;

use crate::error::Error;

/// Identifies a control connection within this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(pub u64);

/// Identifies a transfer within this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransferId(pub u64);

/// The direction of a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the server.
    Get,
    /// To the server.
    Put,
}

/// How a mirror removes one difference between two trees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// Fetch the file.
    Get,
    /// Send the file.
    Put,
    /// Delete the local entry.
    DeleteLocal,
    /// Delete the entry on the server.
    DeleteRemote,
}

impl Plan {
    /// The word used in JSON.
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
    /// A control connection was made.
    Connected(SessionId, SocketAddr),
    /// A command was sent. Its text form masks passwords.
    Command(SessionId, &'a Request),
    /// A reply arrived.
    Reply(SessionId, &'a Reply),
    /// The transfer of a file begins.
    Started {
        /// The transfer.
        id: TransferId,
        /// Its direction.
        direction: Direction,
        /// The path on the server.
        remote: &'a [u8],
        /// The length of the file, if known.
        size: Option<u64>,
        /// How many bytes of it were already there.
        offset: u64,
    },
    /// More bytes of a file have moved.
    Progress {
        /// The transfer.
        id: TransferId,
        /// How many bytes since the last event.
        bytes: u64,
    },
    /// The sender marked the data that follows as possibly damaged (RFC 959 §3.4.2).
    Suspect {
        /// The transfer.
        id: TransferId,
    },
    /// The transfer of a file is over, whether it succeeded or not.
    Ended {
        /// The transfer.
        id: TransferId,
    },
    /// The server is not ready yet, and the client waits.
    Waiting {
        /// The server's reply (120).
        reply: &'a Reply,
        /// How long the server asks to wait; zero if it does not say.
        delay: Duration,
    },
    /// An operation will be repeated after a pause.
    Retrying {
        /// Why.
        error: &'a Error,
        /// The path on the server, if the operation has one.
        path: Option<&'a [u8]>,
        /// Which repetition this is, counted from 1.
        attempt: u32,
        /// The maximum number of repetitions.
        of: u32,
        /// The pause before it.
        pause: Duration,
    },
    /// The time or the permissions of an uploaded file could not be preserved.
    NotKept {
        /// Its path on the server.
        path: &'a [u8],
        /// What could not be preserved.
        what: &'static str,
        /// The server's refusal; `None` if it has no command for this.
        error: Option<&'a Error>,
    },
    /// The server accepts fewer sessions than requested for a tree; the accepted ones continue.
    /// Sent once for each tree.
    FewerSessions {
        /// Why the additional session failed.
        error: &'a Error,
    },
    /// A listing is incomplete, so some entries of the directory are unknown.
    LeftOut {
        /// The directory.
        path: &'a [u8],
        /// How many lines could not be parsed.
        lines: u64,
        /// The first of those lines.
        first: &'a [u8],
        /// The reply with which the server said that the listing is truncated.
        cut_short: Option<&'a Reply>,
    },
    /// An entry of a tree is skipped.
    Skipped {
        /// Its path on the server, or its local path when sending.
        path: &'a [u8],
        /// Why.
        reason: &'static str,
    },
    /// An entry of a tree was not tried, because the transfer ended early: it would have failed for
    /// the same reason.
    NotTried {
        /// Its path on the server.
        path: &'a [u8],
        /// Whether it is a directory. Its contents are unknown or not counted.
        is_directory: bool,
    },
    /// What an earlier run left of a file cannot be used, so the file is fetched from the start.
    NotResumed {
        /// The part.
        part: &'a Path,
        /// Why.
        reason: &'static str,
    },
    /// A transfer is resumed without proof that the existing bytes are the beginning of the file,
    /// because the server reports no hash.
    Uncompared {
        /// The local file.
        path: &'a Path,
        /// How many bytes were already there.
        length: u64,
    },
    /// A difference between two trees was found, and will be removed unless the mirror only shows
    /// what it would do.
    Planned {
        /// How.
        plan: Plan,
        /// The path on the server, or the local path for [`Plan::DeleteLocal`].
        path: &'a [u8],
    },
    /// An entry of a tree was deleted, or would be.
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
        /// The number of bytes moved, or the error.
        result: Result<u64, &'a Error>,
    },
}

/// Receives events, possibly from several sessions and threads at the same time. It must not block
/// for long.
pub trait Observer: Send + Sync {
    /// Handles one event.
    fn event(&self, event: Event<'_>);
}

/// An observer that ignores all events.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {
    fn event(&self, _: Event<'_>) {}
}
