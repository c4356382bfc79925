//! [`TransferFailure`]: how a transfer failed, as the driver reports it. The words for it are in
//! `answer`.

use std::net::SocketAddr;
use std::time::Duration;

use packetboat_codes::Fault;

use super::security::Unprotected;
use crate::encoding::DecodeError;

/// A failed transfer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferFailure {
    /// What happened.
    pub cause: TransferCause,
    /// The full path.
    pub path: Vec<u8>,
    /// Number of bytes moved before the failure.
    pub bytes: u64,
    /// For an upload: the length of the part that is kept for resuming.
    pub kept: Option<u64>,
}

/// How a transfer failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransferCause {
    /// The data connection never came up.
    NotOpened(NotOpened),
    /// The data connection came up, but without the TLS it needs.
    Unprotected(Unprotected),
    /// The data connection broke.
    ConnectionLost(ConnectionLost),
    /// ABOR, QUIT or the end of the session stopped it.
    Aborted,
    /// The storage failed.
    Storage(Fault),
    /// The data does not match TYPE, STRU and MODE.
    Data(DecodeError),
    /// The client marked data as damaged (RFC 959 §3.4.2).
    Suspect,
}

/// Why a data connection did not come up. An `error` is the text of the operating system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotOpened {
    /// The client set up no data connection.
    NoneAgreed,
    /// The data connection kept from the previous transfer has been closed.
    KeptClosed,
    /// Nothing listens at the address that the client named.
    Refused(SocketAddr),
    /// The address that the client named cannot be reached.
    Unreachable {
        /// The address.
        address: SocketAddr,
        /// The error of the operating system.
        error: String,
    },
    /// The address that the client named did not answer.
    NoAnswer {
        /// The address.
        address: SocketAddr,
        /// How long the server tried.
        waited: Duration,
    },
    /// The client did not connect to the passive port.
    NobodyCame {
        /// How long the server waited.
        waited: Duration,
    },
    /// The client's connection could not be accepted.
    NotAccepted {
        /// The error of the operating system.
        error: String,
    },
}

/// How a data connection broke.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConnectionLost {
    /// The connection failed.
    Broken {
        /// The error of the operating system.
        error: String,
    },
    /// The connection failed before TLS was negotiated on it.
    InHandshake {
        /// The error of the operating system, or a text that the connection was closed.
        error: String,
    },
    /// No data moved for too long.
    Stalled {
        /// How long the server waited.
        waited: Duration,
    },
    /// The connection was closed without the TLS message that ends it, so the file may be cut off.
    CutOff,
    /// The connection was closed before all the bytes that the client announced had arrived.
    Early {
        /// The least number of bytes announced.
        announced: u64,
    },
    /// The client sends restart markers but does not read the replies to them.
    MarkersUnread,
}
