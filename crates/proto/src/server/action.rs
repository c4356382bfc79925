//! The interface between a session and its driver: the [`Action`]s that the session asks for, and
//! the [`Event`]s that the driver reports. The driver never chooses a reply code: it reports what
//! happened, and the session tells the client.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use packetboat_codes::{Fault, ReplyCode};

use super::data_connection::DataSetup;
use super::failure::TransferFailure;
use super::login::Proof;
use super::quota::{Quota, Room};
use super::security::{Protection, TlsDemands, TlsFailure};
use super::task::{Hashed, Sessions, SetFacts, Task};
use crate::encoding::{Format, Marker};
use crate::host::HostName;
use crate::listing::{FactSet, ListForm};
use crate::pathname::Pathname;
use crate::time::Timestamp;
use crate::verbs::Verb;

/// A password on its way to the account check. Its `Debug` form hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub(super) Vec<u8>);

impl Secret {
    /// The bytes; use them only for the check.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(****)")
    }
}

/// What the driver has to do next. The driver carries out actions in order.
#[derive(Debug, PartialEq, Eq)]
pub enum Action {
    /// Check the password; answer with [`Event::Authenticated`].
    Authenticate {
        /// The name given by USER.
        user: Vec<u8>,
        /// The password given by PASS.
        password: Secret,
    },
    /// Find out whether the client's certificate lets this user in; answer with [`Event::Identified`].
    Identify {
        /// The name given by USER.
        user: Vec<u8>,
    },
    /// Check the account information given by ACCT for the user who was authenticated last; answer with
    /// [`Event::AccountChecked`].
    CheckAccount(Secret),
    /// Forget the login, the host, the mount and the data connection; answer with [`Event::Ready`], or
    /// with [`Event::NotReady`] and later [`Event::Ready`].
    Reinitialize,
    /// Serve this host from now on; nobody is logged in yet. Answer with [`Event::HostAnswered`].
    ChooseHost(HostName),
    /// Replace the current storage with another one, or for `/` with the original one; answer with
    /// [`Event::Mounted`].
    Mount(Pathname),
    /// Send the pending output, forget the login and the directory, and start TLS on the control
    /// connection; answer with [`Event::TlsStarted`] or [`Event::TlsFailed`].
    StartTls,
    /// Send the pending output under TLS, then end TLS on the control connection and discard its state.
    EndTls,
    /// As [`EndTls`](Self::EndTls), but data connections still use TLS if PROT says so; answer with
    /// [`Event::ControlCleared`].
    ClearControl,
    /// Close any earlier listener, then listen for a data connection; answer with
    /// [`Event::PassiveListening`] or [`Event::Failed`].
    ListenPassive(Passive),
    /// Close the passive listener or the unused data connection, if there is one.
    DropData,
    /// Carry out a request on files; answer with [`Event::Done`] or [`Event::Failed`].
    Perform(Request),
    /// Carry out work that may take long; answer with [`Event::Done`] or [`Event::Failed`].
    Work(Task),
    /// Find and open the file or directory of a transfer; answer with [`Event::TransferReady`] or
    /// [`Event::Failed`].
    PrepareTransfer(TransferRequest),
    /// Set up the data connection and move the data; answer with [`Event::TransferEnded`].
    RunTransfer(DataSetup, Protection),
    /// Stop the running transfer or task; the event that reports its end still follows.
    AbortTransfer,
    /// Report the progress of the running transfer or task with [`Event::Progress`], without delay.
    ReportProgress,
    /// Write this to the log.
    Note(Note),
    /// Send the pending output, then close the control connection.
    Close,
}

/// The kind of passive port that the client asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passive {
    /// PASV: the reply names an IPv4 address.
    Address,
    /// LPSV: the reply names an IPv4 or IPv6 address.
    Long,
    /// EPSV: the reply names a port on the address the client already uses.
    Extended,
}

/// A request on files that needs no data connection.
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
    /// SIZE, where the type sends bytes unchanged.
    Size(Pathname),
    /// MDTM.
    Modified(Pathname),
    /// MLST.
    Facts {
        /// The file or directory; if absent, the working directory.
        path: Option<Pathname>,
        /// The facts that OPTS MLST chose.
        facts: FactSet,
    },
    /// STAT with a pathname.
    Status(Pathname),
    /// ALLO: is there space for this many bytes?
    Allocate(u64),
    /// MFMT, MFCT, MFF, SITE UTIME, SITE CHGRP; answer with [`Outcome::FactsSet`].
    SetFacts {
        /// The file or directory.
        path: Pathname,
        /// What to set.
        facts: SetFacts,
    },
    /// AVBL; if there is no pathname, for the working directory.
    FreeSpace(Option<Pathname>),
    /// SITE SYMLINK.
    MakeLink {
        /// What the link is to point to.
        target: Pathname,
        /// The link.
        link: Pathname,
    },
    /// SITE CPFR: may this be copied?
    CheckCopy(Pathname),
    /// SITE QUOTA.
    Quota,
    /// SITE WHO.
    Who,
    /// SITE CHMOD.
    ChangeMode {
        /// Permission bits.
        mode: u32,
        /// The file or directory.
        path: Pathname,
    },
}

/// A transfer that the client asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransferRequest {
    /// RETR from an offset.
    Retrieve {
        /// The file.
        path: Pathname,
        /// Where to start, from REST.
        offset: u64,
        /// Where to end, from RANG; if absent, at the end of the file.
        end: Option<u64>,
        /// How the file is encoded on the data connection.
        coding: Coding,
    },
    /// STOR from an offset.
    Store {
        /// The file.
        path: Pathname,
        /// Where to start, from REST; zero replaces the file.
        offset: u64,
        /// How the file is encoded on the data connection.
        coding: Coding,
    },
    /// APPE.
    Append {
        /// The file.
        path: Pathname,
        /// How the file is encoded on the data connection.
        coding: Coding,
    },
    /// STOU, with the name hint that many clients send although RFC 959 has none.
    StoreUnique {
        /// What the new name should start with.
        hint: Option<Pathname>,
        /// How the file is encoded on the data connection.
        coding: Coding,
    },
    /// LIST, NLST or MLSD; if there is no pathname, of the working directory.
    List {
        /// The directory or file.
        path: Option<Pathname>,
        /// The form of the lines.
        form: ListForm,
        /// How the lines are encoded on the data connection.
        coding: Coding,
    },
}

/// TYPE, STRU and MODE as they are when a transfer starts, and the level of MODE Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coding {
    /// TYPE, STRU and MODE.
    pub format: Format,
    /// The compression level of MODE Z, 0 to 9.
    pub deflate_level: u32,
    /// The least number of bytes that the client announced. If nothing else marks the end of a
    /// file, an earlier end of the data does not count as the end of the file.
    pub at_least: Option<u64>,
}

/// What the driver reports.
#[derive(Debug)]
pub enum Event {
    /// TLS was negotiated on the control connection.
    TlsStarted {
        /// The host that the client named (SNI).
        server_name: Option<String>,
        /// Whether the client has shown a certificate that the server accepts.
        certificate: bool,
    },
    /// TLS was not negotiated on the control connection.
    TlsFailed(TlsFailure),
    /// TLS has ended on the control connection, and all bytes received under it were handed over.
    ControlCleared,
    /// The server is ready for this client.
    Ready,
    /// The server is not ready for this client; [`Event::Ready`] will follow.
    NotReady(Wait),
    /// The password was checked.
    Authenticated(Result<AccountNeed, LoginRefusal>),
    /// The TLS that an account demands beyond the server's own demands. Sent after a login and
    /// whenever the account is checked again.
    TlsDemanded(TlsDemands),
    /// Whether the client's certificate lets the user in; `None` if it does not, or is not enough
    /// on its own.
    Identified(Result<Option<AccountNeed>, LoginRefusal>),
    /// The account information was checked.
    AccountChecked(Result<(), LoginRefusal>),
    /// The result of looking up the host.
    HostAnswered(HostAnswer),
    /// The result of changing the storage.
    Mounted(MountAnswer),
    /// The driver listens; the client is to be told this address.
    PassiveListening(SocketAddr),
    /// A request or task was carried out.
    Done(Outcome),
    /// A request, or the preparation of a transfer or of a passive port, failed.
    Failed(Failure),
    /// The account's quota and usage, and whether it may delete; for the replies that follow.
    RoomIs(Room),
    /// A transfer may start.
    TransferReady(TransferStart),
    /// The number of bytes that the running transfer has moved, or how much of the task is done.
    Progress(u64),
    /// All data before a restart marker is on stable storage (RFC 1123 §4.1.3.4).
    MarkerStored {
        /// The client's name for this position.
        marker: Marker,
        /// The offset in the file.
        offset: u64,
    },
    /// A transfer is over.
    TransferEnded(Result<TransferSummary, TransferFailure>),
}

/// Whether an account also requires ACCT (RFC 959 §4.1.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AccountNeed {
    /// ACCT is not required.
    #[default]
    None,
    /// The login is complete only after ACCT: 332.
    Login,
    /// Storing is allowed only after ACCT: 532.
    Storing,
    /// As [`AccountNeed::Login`], and ACCT has to give a one-time code.
    CodeToLogIn,
    /// As [`AccountNeed::Storing`], and ACCT has to give a one-time code.
    CodeToStore,
}

impl AccountNeed {
    /// What ACCT has to give for the login.
    pub(super) fn to_log_in(self) -> Option<Proof> {
        match self {
            Self::Login => Some(Proof::Information),
            Self::CodeToLogIn => Some(Proof::Code),
            Self::None | Self::Storing | Self::CodeToStore => None,
        }
    }

    /// What ACCT has to give before storing.
    pub(super) fn to_store(self) -> Option<Proof> {
        match self {
            Self::Storing => Some(Proof::Information),
            Self::CodeToStore => Some(Proof::Code),
            Self::None | Self::Login | Self::CodeToLogIn => None,
        }
    }
}

/// The result of [`Action::ChooseHost`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostAnswer {
    /// The host is served from now on.
    Chosen {
        /// Its name.
        name: HostName,
        /// Its own greeting, if it has one.
        greeting: Option<String>,
    },
    /// There is no such host; the previous one stays.
    Unknown(HostName),
}

/// The result of [`Action::Mount`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MountAnswer {
    /// The storage of that name is mounted; its root is the working directory.
    Mounted(Vec<u8>),
    /// There is no storage of that name.
    Unknown(Vec<u8>),
    /// The server has nothing to mount at all.
    NothingToMount,
}

/// How long a client has to wait, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// Why.
    pub reason: WaitReason,
    /// The estimated time.
    pub time: Duration,
}

/// Why a client has to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitReason {
    /// The server has not finished its start.
    Starting,
    /// The server is under maintenance.
    Maintenance,
    /// The server has reached its session limit; this client is in the queue.
    Full {
        /// The client's place in the queue, counted from 1.
        place: u64,
    },
}

/// Why a login was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginRefusal {
    /// User or password is wrong; the reply does not say which. Also: the argument of ACCT is
    /// wrong, or the owner of a certificate may not log in now.
    WrongPassword,
    /// The accounts cannot be checked right now.
    Unavailable,
    /// The account has reached its session limit.
    TooManySessions {
        /// The limit.
        most: u32,
    },
    /// User and password are right, but the account requires TLS.
    TlsNeeded,
    /// User and password are right, but the folder of the account cannot be opened.
    NoFolder,
}

/// The result of a request or task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The request is done; holds the full path it worked on.
    Path(Vec<u8>),
    /// SIZE, DSIZ, AVBL.
    Size(u64),
    /// Facts were set. Holds their values as the file has them now.
    FactsSet {
        /// The pathname as it was sent.
        path: Pathname,
        /// The full path.
        full: Vec<u8>,
        /// The facts that the client asked to set.
        facts: SetFacts,
    },
    /// The hashes, in the order of the files.
    Hashed(Vec<Hashed>),
    /// SITE QUOTA; `None` if there is no quota.
    Quota(Option<Quota>),
    /// SITE WHO.
    Sessions(Sessions),
    /// MDTM.
    Modified(Timestamp),
    /// MLST: the line of facts and pathname.
    Facts(Vec<u8>),
    /// STAT with a pathname.
    Status {
        /// The full path.
        path: Vec<u8>,
        /// What was found there.
        of: StatusOf,
        /// Lines in the form of LIST.
        lines: Vec<Vec<u8>>,
        /// Whether there were more entries than the reply may hold.
        cut: bool,
    },
    /// ALLO: there is space for this many bytes.
    Room(u64),
}

/// What STAT with a pathname found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusOf {
    /// A file: 213.
    File,
    /// A directory: 212.
    Directory,
}

/// Why a request failed, and on which path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The kind of failure, which decides the reply code.
    pub fault: Fault,
    /// The full path that the failure is about; empty if there is none.
    pub path: Vec<u8>,
    /// A number for the reply: the length that a restart may not exceed, or the number of free bytes.
    pub length: Option<u64>,
    /// Another detail for the reply: the pattern that a name matched, the right that is missing, or
    /// a time.
    pub detail: Option<String>,
}

impl Failure {
    /// A failure without length and detail.
    pub fn new(fault: Fault, path: impl Into<Vec<u8>>) -> Self {
        Self { fault, path: path.into(), length: None, detail: None }
    }
}

/// A transfer that is ready to start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferStart {
    /// The full path.
    pub path: Vec<u8>,
    /// The number of bytes to come, if known.
    pub size: Option<u64>,
}

/// A successful transfer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferSummary {
    /// The full path.
    pub path: Vec<u8>,
    /// Number of bytes moved over the data connection.
    pub bytes: u64,
    /// Whether the data connection stays open for the next transfer.
    pub connection_kept: bool,
}

/// A line for the log: a command and its reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The verb, if the line contained one.
    pub verb: Option<Verb>,
    /// The argument, safe to show.
    pub argument: String,
    /// The code of the reply.
    pub code: ReplyCode,
    /// The text of the reply, if it reports a failure.
    pub failure: Option<String>,
}
