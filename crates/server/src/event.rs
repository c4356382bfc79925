//! [`Event`]: everything that happens in the server, as one typed stream. The logs are written from
//! it.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use packetboat_accounts::{Ban, Network};
use packetboat_codes::ReplyCode;
use packetboat_proto::verbs::Verb;

use crate::deed::Deed;

/// Something that happened in a session, or in the server as a whole.
#[derive(Clone, Debug)]
pub struct Event {
    /// The session's number, counted from 1 since the server started; 0 for events of the server as
    /// a whole.
    pub session: u64,
    /// What happened.
    pub kind: EventKind,
}

/// What can happen.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum EventKind {
    /// A client connected.
    Opened {
        /// The client's address.
        peer: SocketAddr,
        /// The address that the client connected to.
        local: SocketAddr,
    },
    /// A command was answered, or a reply was sent without a command.
    Replied {
        /// The verb, if the line held one.
        verb: Option<Verb>,
        /// The argument, with passwords hidden.
        argument: String,
        /// The code of the final reply.
        code: ReplyCode,
        /// The text of the reply, if it reports a failure.
        failure: Option<String>,
        /// The time from the command to its reply.
        duration: Duration,
        /// Bytes moved over the data connection, for commands that use one.
        bytes: Option<u64>,
    },
    /// A command changed or transferred files, or failed to.
    Deed(Box<Deed>),
    /// A user has logged in.
    LoggedIn {
        /// The name of the account.
        user: String,
        /// The client's address.
        peer: IpAddr,
        /// The virtual host that the account belongs to; `None` for the main site.
        host: Option<String>,
        /// What proved the user's identity, in a word.
        by: &'static str,
        /// Whether the control connection is under TLS.
        tls: bool,
    },
    /// What the administrator should know about a login and the client should not: why it was
    /// refused, or what went wrong although it succeeded.
    Login {
        /// The name that USER gave.
        user: String,
        /// The client's address.
        peer: IpAddr,
        /// The remark.
        remark: String,
    },
    /// The control connection is under TLS.
    Secured {
        /// The version, such as `TLSv1_3`.
        version: String,
    },
    /// TLS could not be negotiated, or ended, on the control connection.
    NotSecured {
        /// Why not.
        error: String,
    },
    /// A data connection did not come from the client's host and was closed.
    StrangerRefused {
        /// The client's address.
        stranger: SocketAddr,
    },
    /// Something happened to the server itself, such as a reload or a stop.
    Server {
        /// A word or two for programs.
        step: &'static str,
        /// The rest of a sentence that starts with "the server".
        text: String,
    },
    /// The part of an unfinished upload was removed, because nobody had written to it for a long
    /// time.
    PartRemoved {
        /// The tree that contained it, in words: `the root of anna`.
        tree: String,
        /// The path of the upload within that tree.
        path: Vec<u8>,
        /// Its size in bytes.
        bytes: u64,
        /// When it was last written to, in seconds since 1970.
        modified: i64,
    },
    /// A client was turned away without a session.
    TurnedAway {
        /// The client's address.
        peer: SocketAddr,
        /// The address that the client connected to.
        local: SocketAddr,
        /// Why, in a sentence.
        why: String,
    },
    /// A client was banned: by the guards, or by another process through the database.
    Banned {
        /// The ban, with its end and its reason.
        ban: Ban,
    },
    /// A ban was lifted before its end.
    BanLifted {
        /// The network that was banned.
        network: Network,
    },
    /// The client connected through a proxy.
    Proxied {
        /// The proxy's address.
        proxy: SocketAddr,
    },
    /// A connection from the address of a trusted proxy did not begin with a valid PROXY header,
    /// and was closed.
    ProxyRefused {
        /// The client's address.
        peer: SocketAddr,
        /// What was wrong.
        error: String,
    },
    /// The session ended.
    Closed {
        /// Why.
        cause: CloseCause,
        /// How long the session lasted.
        duration: Duration,
        /// The user who was logged in.
        user: Option<String>,
        /// The client's address.
        peer: IpAddr,
    },
}

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseCause {
    /// The client asked for it with QUIT.
    Quit,
    /// The server closed it, after 421.
    Server,
    /// The client closed its side.
    Client,
    /// The connection broke.
    Broken,
}

/// Takes events. It must not block: sessions call it.
pub type Sink = dyn Fn(&Event) + Send + Sync;
