//! How transfers fail, as the driver reports it.

use std::net::SocketAddr;
use std::time::Duration;

use packetboat_codes::Fault;

use super::security::Unprotected;
use crate::encoding::DecodeError;

/// A transfer that did not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferFailure {
    /// What happened.
    pub cause: TransferCause,
    /// The full path.
    pub path: Vec<u8>,
    /// Bytes moved before it happened.
    pub bytes: u64,
    /// For a store: the length of the part that is kept for resuming.
    pub kept: Option<u64>,
}

/// How a transfer failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransferCause {
    /// The data connection never came up.
    NotOpened(NotOpened),
    /// The data connection came up, but not under TLS as it should.
    Unprotected(Unprotected),
    /// The data connection broke.
    ConnectionLost(ConnectionLost),
    /// ABOR, QUIT or the end of the session stopped it.
    Aborted,
    /// The storage failed.
    Storage(Fault),
    /// What arrived is not what TYPE, STRU and MODE say.
    Data(DecodeError),
    /// The client marked data that it takes for damaged (RFC 959 §3.4.2).
    Suspect,
}

/// Why a data connection did not come up. An `error` is the operating system's, in its own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotOpened {
    /// Neither side said where it should come from.
    NoneAgreed,
    /// The data connection kept from the transfer before is gone.
    KeptClosed,
    /// Nobody listens at the address that the client named.
    Refused(SocketAddr),
    /// The address that the client named cannot be reached.
    Unreachable {
        /// The address.
        address: SocketAddr,
        /// What the operating system says.
        error: String,
    },
    /// The address that the client named did not answer.
    NoAnswer {
        /// The address.
        address: SocketAddr,
        /// For how long it was tried.
        waited: Duration,
    },
    /// The client did not connect to the passive port.
    NobodyCame {
        /// How long the server waited.
        waited: Duration,
    },
    /// The client's connection could not be accepted.
    NotAccepted {
        /// What the operating system says.
        error: String,
    },
}

/// How a data connection broke.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConnectionLost {
    /// It failed.
    Broken {
        /// What the operating system says.
        error: String,
    },
    /// It failed before TLS was negotiated on it.
    InHandshake {
        /// What the operating system says, or that it was closed.
        error: String,
    },
    /// No byte moved for so long.
    Stalled {
        /// The time.
        waited: Duration,
    },
    /// It was closed without the end that TLS has for it, so what is missing cannot be told.
    CutOff,
    /// It was closed before all had come that the client had announced.
    Early {
        /// So many bytes, at least.
        announced: u64,
    },
    /// The client sends restart markers and does not read the replies to them.
    MarkersUnread,
}
