//! What happens in the server, as one typed stream: logs, and later metrics, are read off it.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use packetboat_accounts::{Ban, Network};
use packetboat_codes::ReplyCode;
use packetboat_proto::verbs::Verb;

use crate::deed::Deed;

/// Something that happened in a session.
#[derive(Clone, Debug)]
pub struct Event {
    /// The session's number, counted from 1 since the server started; 0 for what concerns them all.
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
        /// Where from.
        peer: SocketAddr,
        /// To which address.
        local: SocketAddr,
    },
    /// A command was answered, or a reply was sent without one.
    Replied {
        /// The verb, if the line held one.
        verb: Option<Verb>,
        /// The argument, with passwords hidden.
        argument: String,
        /// The code of the final reply.
        code: ReplyCode,
        /// The text of a reply that tells of a failure.
        failure: Option<String>,
        /// From the command to its reply.
        duration: Duration,
        /// Bytes moved over a data connection, for commands that use one.
        bytes: Option<u64>,
    },
    /// A command has done something to files, or could not.
    Deed(Box<Deed>),
    /// Somebody is logged in.
    LoggedIn {
        /// The name of the account.
        user: String,
        /// Where from.
        peer: IpAddr,
        /// The virtual host whose account it is; none for the main site.
        host: Option<String>,
        /// What proved who it is, in a word.
        by: &'static str,
        /// Whether the control connection is under TLS.
        tls: bool,
    },
    /// What the administrator should know of a login and the client should not: why it was refused, or what
    /// did not go well by the way.
    Login {
        /// The name that USER gave.
        user: String,
        /// Where from.
        peer: IpAddr,
        /// What there is to tell.
        remark: String,
    },
    /// The control connection is under TLS.
    Secured {
        /// The version, such as `TLSv1_3`.
        version: String,
    },
    /// TLS was not negotiated on the control connection.
    NotSecured {
        /// Why not.
        error: String,
    },
    /// A data connection came from another host than the client's and was closed.
    StrangerRefused {
        /// Where from.
        stranger: SocketAddr,
    },
    /// The server itself came to another step of its life.
    Server {
        /// One word or two for it, for programs.
        step: &'static str,
        /// The rest of a sentence that begins with "the server".
        text: String,
    },
    /// What a broken upload had left was removed, since nobody had written to it for long.
    PartRemoved {
        /// The tree that it lay in, in words: `the root of anna`.
        tree: String,
        /// The path of the upload in that tree.
        path: Vec<u8>,
        /// How many bytes it held.
        bytes: u64,
        /// When it was last written to, in seconds since 1970.
        modified: i64,
    },
    /// A client was turned away before it had a session.
    TurnedAway {
        /// Where from.
        peer: SocketAddr,
        /// To which address.
        local: SocketAddr,
        /// Why, in a sentence.
        why: String,
    },
    /// A client was banned: by the guards, or by somebody who wrote it into the database.
    Banned {
        /// For how long, and why.
        ban: Ban,
    },
    /// A ban was lifted before its end.
    BanLifted {
        /// Whose it was.
        network: Network,
    },
    /// The client came through a proxy.
    Proxied {
        /// The proxy's address.
        proxy: SocketAddr,
    },
    /// A connection from a trusted proxy, or from whoever has its address, did not begin as it has to, and was
    /// closed.
    ProxyRefused {
        /// Where from.
        peer: SocketAddr,
        /// What was wrong.
        error: String,
    },
    /// The session is over.
    Closed {
        /// Why.
        cause: CloseCause,
        /// How long it was.
        duration: Duration,
        /// Who was logged in.
        user: Option<String>,
        /// Where from.
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
