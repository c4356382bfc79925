//! What the session asks of its driver, and what the driver tells it. The driver never chooses a reply
//! code: it says what happened, the session says it to the client.

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
    /// Serve this host from now on, to nobody yet; answer with [`Event::HostAnswered`].
    ChooseHost(HostName),
    /// Put another storage in place of the current one, or the first one back for `/`; answer with
    /// [`Event::Mounted`].
    Mount(Pathname),
    /// Send what is still to be sent, forget the login and the directory, and begin TLS on the control
    /// connection; answer with [`Event::TlsStarted`] or [`Event::TlsFailed`].
    StartTls,
    /// Send what is still to be sent under TLS, then end TLS on the control connection, and forget it.
    EndTls,
    /// The same, but data connections go on under TLS where PROT says so; answer with [`Event::ControlCleared`].
    ClearControl,
    /// Listen for a data connection; answer with [`Event::PassiveListening`] or [`Event::Failed`].
    /// An earlier listener is closed first.
    ListenPassive(Passive),
    /// Close the passive listener or an unused data connection, if there is one.
    DropData,
    /// Do something with files; answer with [`Event::Done`] or [`Event::Failed`].
    Perform(Request),
    /// Do work that may take long; answer with [`Event::Done`] or [`Event::Failed`].
    Work(Task),
    /// Find and open what a transfer needs; answer with [`Event::TransferReady`] or
    /// [`Event::Failed`].
    PrepareTransfer(TransferRequest),
    /// Set up the data connection and move the data; answer with [`Event::TransferEnded`].
    RunTransfer(DataSetup, Protection),
    /// Stop the running transfer or task; the event of its end still follows.
    AbortTransfer,
    /// Say how far the running transfer or task is, with [`Event::Progress`], at once.
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
    /// LPSV: the reply names an address of either kind.
    Long,
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
    /// MFMT, MFCT, MFF, SITE UTIME, SITE CHGRP; answer with [`Outcome::FactsSet`].
    SetFacts {
        /// The file or directory.
        path: Pathname,
        /// What to set.
        facts: SetFacts,
    },
    /// AVBL; without a pathname, for the working directory.
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

/// A transfer that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransferRequest {
    /// RETR from an offset.
    Retrieve {
        /// The file.
        path: Pathname,
        /// Where to start, from REST.
        offset: u64,
        /// Where to end, from RANG; without it, at the end of the file.
        end: Option<u64>,
        /// How it stands on the data connection.
        coding: Coding,
    },
    /// STOR from an offset.
    Store {
        /// The file.
        path: Pathname,
        /// Where to start, from REST; zero replaces the file.
        offset: u64,
        /// How it stands on the data connection.
        coding: Coding,
    },
    /// APPE.
    Append {
        /// The file.
        path: Pathname,
        /// How it stands on the data connection.
        coding: Coding,
    },
    /// STOU, with the hint that many clients send (RFC 959 knows none).
    StoreUnique {
        /// What the new name should start with.
        hint: Option<Pathname>,
        /// How it stands on the data connection.
        coding: Coding,
    },
    /// LIST, NLST or MLSD; without a pathname, of the working directory.
    List {
        /// The directory or file.
        path: Option<Pathname>,
        /// The form of the lines.
        form: ListForm,
        /// How they stand on the data connection.
        coding: Coding,
    },
}

/// TYPE, STRU and MODE as they are when a transfer starts, and the level of MODE Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coding {
    /// TYPE, STRU and MODE.
    pub format: Format,
    /// How hard MODE Z tries, 0 to 9.
    pub deflate_level: u32,
    /// How many bytes the client has said to come at least. Where nothing else marks the end of a file, an end before
    /// that is none.
    pub at_least: Option<u64>,
}

/// What the driver reports.
#[derive(Debug)]
pub enum Event {
    /// TLS was negotiated on the control connection.
    TlsStarted {
        /// The host that the client named (SNI).
        server_name: Option<String>,
        /// Whether the client has shown a certificate that it was let in with.
        certificate: bool,
    },
    /// TLS was not negotiated on the control connection.
    TlsFailed(TlsFailure),
    /// TLS has ended on the control connection, and what came under it was handed over.
    ControlCleared,
    /// The server is ready for this client.
    Ready,
    /// The server is not ready for this client; [`Event::Ready`] will follow.
    NotReady(Wait),
    /// The password was checked.
    Authenticated(Result<AccountNeed, LoginRefusal>),
    /// What the account that has just logged in, or that was looked at again, demands beyond what the server
    /// does.
    TlsDemanded(TlsDemands),
    /// Whether the client's certificate lets the user in; nothing if it does not, or is not enough.
    Identified(Result<Option<AccountNeed>, LoginRefusal>),
    /// The account information was checked.
    AccountChecked(Result<(), LoginRefusal>),
    /// The host was looked for.
    HostAnswered(HostAnswer),
    /// The storage was changed, or not.
    Mounted(MountAnswer),
    /// The driver listens; this address is to be told to the client.
    PassiveListening(SocketAddr),
    /// A request was carried out.
    Done(Outcome),
    /// A request, or the preparation of a transfer or of a passive port, failed.
    Failed(Failure),
    /// What the account has stored of what it may, and whether it may delete: for the replies that follow.
    RoomIs(Room),
    /// A transfer may start.
    TransferReady(TransferStart),
    /// How many bytes the running transfer has moved, or how much of the task is done.
    Progress(u64),
    /// What lies before a restart marker is on stable storage (RFC 1123 §4.1.3.4).
    MarkerStored {
        /// The client's name for the place.
        marker: Marker,
        /// The offset in the file.
        offset: u64,
    },
    /// A transfer is over.
    TransferEnded(Result<TransferSummary, TransferFailure>),
}

/// Whether an account wants to be named by ACCT too (RFC 959 §4.1.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AccountNeed {
    /// It does not.
    #[default]
    None,
    /// The login is complete only with it: 332.
    Login,
    /// Storing is allowed only with it: 532.
    Storing,
    /// As [`AccountNeed::Login`], and what is wanted is a one-time code.
    CodeToLogIn,
    /// As [`AccountNeed::Storing`], and what is wanted is a one-time code.
    CodeToStore,
}

impl AccountNeed {
    /// What is wanted to log in.
    pub(super) fn to_log_in(self) -> Option<Proof> {
        match self {
            Self::Login => Some(Proof::Information),
            Self::CodeToLogIn => Some(Proof::Code),
            Self::None | Self::Storing | Self::CodeToStore => None,
        }
    }

    /// What is wanted to store.
    pub(super) fn to_store(self) -> Option<Proof> {
        match self {
            Self::Storing => Some(Proof::Information),
            Self::CodeToStore => Some(Proof::Code),
            Self::None | Self::Login | Self::CodeToLogIn => None,
        }
    }
}

/// What became of [`Action::ChooseHost`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostAnswer {
    /// The host is served from now on.
    Chosen {
        /// Its name.
        name: HostName,
        /// Its own greeting, if it has one.
        greeting: Option<String>,
    },
    /// There is no such host; the one before stays.
    Unknown(HostName),
}

/// What became of [`Action::Mount`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MountAnswer {
    /// The storage of that name is in place, its root the working directory.
    Mounted(Vec<u8>),
    /// There is none of that name.
    Unknown(Vec<u8>),
    /// The server has nothing to mount at all.
    NothingToMount,
}

/// For how long a client has to wait, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// Why.
    pub reason: WaitReason,
    /// For how long, as far as can be foretold.
    pub time: Duration,
}

/// Why a client has to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitReason {
    /// The server has not finished its start.
    Starting,
    /// The server is not to be used for some time.
    Maintenance,
    /// The server holds as many sessions as it may; this client is in line.
    Full {
        /// Its place in the line, counted from 1.
        place: u64,
    },
}

/// Why a login is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginRefusal {
    /// User or password is wrong; which of them is not told. Or what ACCT gave, or who showed a certificate
    /// may not come in now.
    WrongPassword,
    /// The accounts cannot be asked now.
    Unavailable,
    /// The account has as many sessions as it may have at once.
    TooManySessions {
        /// How many that are.
        most: u32,
    },
    /// User and password are right, and the account may be used under TLS alone.
    TlsNeeded,
    /// They are right, and the folder that the account is to see is not to be had.
    NoFolder,
}

/// What a request gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The request is done; this is the full path it worked on.
    Path(Vec<u8>),
    /// SIZE, DSIZ, AVBL.
    Size(u64),
    /// Facts were set; these are as the file has them now.
    FactsSet {
        /// The pathname as it was sent.
        path: Pathname,
        /// The full path.
        full: Vec<u8>,
        /// Those that were asked for.
        facts: SetFacts,
    },
    /// The hashes, in the order of the files.
    Hashed(Vec<Hashed>),
    /// SITE QUOTA; nothing where there is none.
    Quota(Option<Quota>),
    /// SITE WHO.
    Sessions(Sessions),
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
    /// ALLO: there is room for so many bytes.
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

/// Why a request failed, and on what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The kind of failure; it decides the code.
    pub fault: Fault,
    /// The full path it is about; empty if it is about none.
    pub path: Vec<u8>,
    /// A number the way out needs: the length that a restart may not exceed, or how many bytes are free.
    pub length: Option<u64>,
    /// What else the reason needs: the pattern that a name comes under, or a time.
    pub detail: Option<String>,
}

impl Failure {
    /// A failure that needs no more to be told.
    pub fn new(fault: Fault, path: impl Into<Vec<u8>>) -> Self {
        Self { fault, path: path.into(), length: None, detail: None }
    }
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
    /// Whether the data connection is open for the next transfer.
    pub connection_kept: bool,
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
