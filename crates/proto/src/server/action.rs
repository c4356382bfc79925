//! What the session asks of its driver, and what the driver tells it. The driver never chooses a reply
//! code: it says what happened, the session says it to the client.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use packetboat_codes::{Fault, ReplyCode};

use super::parameters::{DataSetup, RepresentationType};
use crate::listing::{FactSet, ListForm};
use crate::pathname::Pathname;
use crate::time::Timestamp;
use crate::verbs::Verb;

/// A password on its way to the accounts. It has no text form.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub(super) Vec<u8>);

impl Secret {
    /// The bytes, for the check alone.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(****)")
    }
}

/// What the driver has to do next. Actions are carried out in order.
#[derive(Debug, PartialEq, Eq)]
pub enum Action {
    /// Check the password; answer with [`Event::Authenticated`].
    Authenticate {
        /// The name given by USER.
        user: Vec<u8>,
        /// The password given by PASS.
        password: Secret,
    },
    /// Listen for a data connection; answer with [`Event::PassiveListening`] or [`Event::Failed`].
    /// An earlier listener is closed first.
    ListenPassive(Passive),
    /// Close the passive listener or an unused data connection, if there is one.
    DropData,
    /// Do something with files; answer with [`Event::Done`] or [`Event::Failed`].
    Perform(Request),
    /// Find and open what a transfer needs; answer with [`Event::TransferReady`] or
    /// [`Event::Failed`].
    PrepareTransfer(TransferRequest),
    /// Set up the data connection and move the data; answer with [`Event::TransferEnded`].
    RunTransfer(DataSetup),
    /// Stop the running transfer; [`Event::TransferEnded`] still follows.
    AbortTransfer,
    /// Say how far the running transfer is, with [`Event::Progress`], at once.
    ReportProgress,
    /// Something for the log.
    Note(Note),
    /// Send what is still to be sent, then close the control connection.
    Close,
}

/// Which kind of passive port is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passive {
    /// PASV: the reply names an IPv4 address.
    Address,
    /// EPSV: the reply names a port on the address the client already uses.
    Extended,
}

/// Work on files that is answered on the control connection alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// CWD.
    ChangeDirectory(Pathname),
    /// CDUP.
    ChangeToParent,
    /// PWD.
    PrintDirectory,
    /// MKD.
    MakeDirectory(Pathname),
    /// RMD.
    RemoveDirectory(Pathname),
    /// DELE.
    DeleteFile(Pathname),
    /// RNFR: may this be renamed?
    CheckRename(Pathname),
    /// RNTO.
    Rename {
        /// The pathname given by RNFR.
        from: Pathname,
        /// The pathname given by RNTO.
        to: Pathname,
    },
    /// SIZE in a type in which bytes are sent as they are.
    Size(Pathname),
    /// MDTM.
    Modified(Pathname),
    /// MLST.
    Facts {
        /// The file or directory; without one, the working directory.
        path: Option<Pathname>,
        /// The facts that OPTS MLST chose.
        facts: FactSet,
    },
    /// STAT with a pathname.
    Status(Pathname),
    /// ALLO: is there room for so many bytes?
    Allocate(u64),
    /// SITE CHMOD.
    ChangeMode {
        /// Permission bits.
        mode: u32,
        /// The file or directory.
        path: Pathname,
    },
}

/// A transfer that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransferRequest {
    /// RETR from an offset.
    Retrieve {
        /// The file.
        path: Pathname,
        /// Where to start, from REST.
        offset: u64,
        /// TYPE at the time.
        representation: RepresentationType,
    },
    /// STOR from an offset.
    Store {
        /// The file.
        path: Pathname,
        /// Where to start, from REST; zero replaces the file.
        offset: u64,
        /// TYPE at the time.
        representation: RepresentationType,
    },
    /// APPE.
    Append {
        /// The file.
        path: Pathname,
        /// TYPE at the time.
        representation: RepresentationType,
    },
    /// STOU, with the hint that many clients send (RFC 959 knows none).
    StoreUnique {
        /// What the new name should start with.
        hint: Option<Pathname>,
        /// TYPE at the time.
        representation: RepresentationType,
    },
    /// LIST, NLST or MLSD; without a pathname, of the working directory.
    List {
        /// The directory or file.
        path: Option<Pathname>,
        /// The form of the lines.
        form: ListForm,
    },
}

/// What the driver reports.
#[derive(Debug)]
pub enum Event {
    /// The password was checked.
    Authenticated(Result<(), LoginRefusal>),
    /// The driver listens; this address is to be told to the client.
    PassiveListening(SocketAddr),
    /// A request was carried out.
    Done(Outcome),
    /// A request, or the preparation of a transfer or of a passive port, failed.
    Failed(Failure),
    /// A transfer may start.
    TransferReady(TransferStart),
    /// How many bytes the running transfer has moved.
    Progress(u64),
    /// A transfer is over.
    TransferEnded(Result<TransferSummary, TransferFailure>),
}

/// Why a login is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginRefusal {
    /// User or password is wrong; which of them is not told.
    WrongPassword,
    /// The accounts cannot be asked now.
    Unavailable,
}

/// What a request gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The request is done; this is the full path it worked on.
    Path(Vec<u8>),
    /// SIZE.
    Size(u64),
    /// MDTM.
    Modified(Timestamp),
    /// MLST: the line of facts and pathname.
    Facts(Vec<u8>),
    /// STAT with a pathname: lines as LIST has them.
    Status {
        /// The full path.
        path: Vec<u8>,
        /// What was found there.
        of: StatusOf,
        /// Lines as LIST sends them.
        lines: Vec<Vec<u8>>,
        /// Whether there were more entries than the reply may hold.
        cut: bool,
    },
    /// ALLO: there is room.
    Room,
}

/// What STAT with a pathname found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusOf {
    /// A file: 213.
    File,
    /// A directory: 212.
    Directory,
}

/// Why a request failed, and on what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The kind of failure; it decides the code.
    pub fault: Fault,
    /// The full path it is about; empty if it is about none.
    pub path: Vec<u8>,
    /// A number the way out needs: the length that a restart may not exceed.
    pub length: Option<u64>,
}

/// A transfer that is ready to start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferStart {
    /// The full path.
    pub path: Vec<u8>,
    /// How many bytes will come, where that is known.
    pub size: Option<u64>,
}

/// A transfer that went well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferSummary {
    /// The full path.
    pub path: Vec<u8>,
    /// Bytes moved over the data connection.
    pub bytes: u64,
}

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
    /// The data connection broke.
    ConnectionLost(ConnectionLost),
    /// ABOR, QUIT or the end of the session stopped it.
    Aborted,
    /// The storage failed.
    Storage(Fault),
}

/// Why a data connection did not come up. An `error` is the operating system's, in its own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotOpened {
    /// Neither side said where it should come from.
    NoneAgreed,
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
    /// No byte moved for so long.
    Stalled {
        /// The time.
        waited: Duration,
    },
}

/// A line for the log: what was asked and what was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The verb, if the line held one.
    pub verb: Option<Verb>,
    /// The argument as a person may see it.
    pub argument: String,
    /// The code of the reply.
    pub code: ReplyCode,
    /// The text of the reply, where it tells of a failure.
    pub failure: Option<String>,
}
