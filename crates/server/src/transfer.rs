//! Transfers: what is opened before 150, and what runs after it.

use std::net::SocketAddr;
use std::sync::Arc;

use packetboat_accounts::Right;
use packetboat_codes::Fault;
use packetboat_proto::listing::{ListForm, ListWriter};
use packetboat_proto::pathname::Pathname;
use packetboat_proto::pattern;
use packetboat_proto::server::{
    ConnectionLost, Failure, RepresentationType, TransferCause, TransferFailure, TransferRequest,
    TransferStart, TransferSummary,
};
use packetboat_store::{Detail, Kind, Metadata, VirtualPath, WriteMode};
use tokio::net::TcpStream;
use tokio::task::spawn_blocking;

use crate::data::Opener;
use crate::files::{View, at, now};
use crate::lane::{Handle, Lane, Pump, PumpError};
use crate::pump::{ListPump, ListSource, ReceivePump, SendFilePump, SendTextPump};

/// What a transfer needs, opened and ready to move.
pub(crate) struct Prepared {
    path: Vec<u8>,
    work: Work,
}

enum Work {
    Send(Box<SendFilePump>),
    SendText(Box<SendTextPump>),
    Receive(Box<ReceivePump>),
    List(Box<ListPump>),
}

/// The end of a transfer, for the session machine.
pub(crate) type Ended = Result<TransferSummary, TransferFailure>;

impl View {
    /// Opens what the transfer needs. Blocks on the disk.
    pub(crate) fn prepare(
        &self,
        request: &TransferRequest,
        control: &Arc<TcpStream>,
    ) -> Result<(Prepared, TransferStart), Failure> {
        match request {
            TransferRequest::Retrieve { path, offset, representation } => {
                self.prepare_retrieve(path, *offset, *representation)
            }
            TransferRequest::Store { path, offset, representation } => {
                let mode = match offset {
                    0 => WriteMode::Create,
                    &offset => WriteMode::Resume { offset },
                };
                self.prepare_store(Some(path), mode, *representation, control)
            }
            TransferRequest::Append { path, representation } => {
                self.prepare_store(Some(path), WriteMode::Append, *representation, control)
            }
            TransferRequest::StoreUnique { hint, representation } => {
                self.prepare_store(hint.as_ref(), WriteMode::Unique, *representation, control)
            }
            TransferRequest::List { path, form } => self.prepare_list(path.as_ref(), *form),
        }
    }

    fn prepare_retrieve(
        &self,
        path: &Pathname,
        offset: u64,
        representation: RepresentationType,
    ) -> Result<(Prepared, TransferStart), Failure> {
        let path = self.resolve(Some(path))?;
        self.require(Right::Read, &path)?;
        let file = self.storage.open_read(&path).map_err(|error| at(&error, &path))?;
        let len = file.len();
        if offset > len {
            let path = path.as_bytes().to_vec();
            return Err(Failure { fault: Fault::BadOffset, path, length: Some(len) });
        }
        let (work, size) = match representation {
            RepresentationType::Image => {
                (Work::Send(Box::new(SendFilePump::new(file, offset))), Some(len - offset))
            }
            // How many bytes the line ends will add is not known.
            RepresentationType::Ascii => (Work::SendText(Box::new(SendTextPump::new(file))), None),
        };
        Ok(prepared(&path, work, size))
    }

    fn prepare_store(
        &self,
        path: Option<&Pathname>,
        mode: WriteMode,
        representation: RepresentationType,
        control: &Arc<TcpStream>,
    ) -> Result<(Prepared, TransferStart), Failure> {
        let path = self.resolve(path)?;
        self.require(Right::Write, &path)?;
        let file = self.storage.open_write(&path, mode).map_err(|error| at(&error, &path))?;
        let final_path = file.path().clone();
        let text = representation == RepresentationType::Ascii;
        let work = Work::Receive(Box::new(ReceivePump::new(file, text, Arc::clone(control))));
        Ok(prepared(&final_path, work, None))
    }

    fn prepare_list(
        &self,
        argument: Option<&Pathname>,
        form: ListForm,
    ) -> Result<(Prepared, TransferStart), Failure> {
        let path = self.resolve(argument)?;
        self.require(Right::Read, &path)?;
        let given = argument.map_or(b"".as_slice(), |argument| argument.as_bytes());
        let facts = matches!(form, ListForm::Facts(_));
        let (source, prefix) = match self.storage.stat(&path) {
            Ok(metadata) if metadata.kind == Kind::Directory => {
                (self.directory_source(&path, form, None)?, directory_prefix(given, form))
            }
            Ok(_) if facts => return Err(at(&Fault::NotADirectory.into(), &path)),
            Ok(metadata) => (file_source(given, metadata), Vec::new()),
            // RFC 3659 §7.1: MLSD takes names as they are, without patterns.
            Err(error) => match split_pattern(&path).filter(|_| !facts) {
                Some((directory, pattern)) if error.fault() == Fault::NotFound => (
                    self.directory_source(&directory, form, Some(pattern))?,
                    pattern_prefix(given, form),
                ),
                _ => return Err(at(&error, &path)),
            },
        };
        let writer = ListWriter::new(form, now());
        let pump = ListPump::new(source, writer, self.is_writable(), prefix);
        Ok(prepared(&path, Work::List(Box::new(pump)), None))
    }

    fn directory_source(
        &self,
        path: &VirtualPath,
        form: ListForm,
        pattern: Option<Vec<u8>>,
    ) -> Result<ListSource, Failure> {
        let detail = if form == ListForm::Names { Detail::Names } else { Detail::Full };
        let listing = self.storage.list(path, detail).map_err(|error| at(&error, path))?;
        Ok(ListSource::Directory { listing, pattern })
    }
}

fn file_source(given: &[u8], metadata: Metadata) -> ListSource {
    ListSource::File { name: given.to_vec(), metadata }
}

/// RFC 1123 §4.1.2.7: a name in NLST's answer can be used in a command as it is, so the directory that
/// was asked for stands before it.
fn directory_prefix(given: &[u8], form: ListForm) -> Vec<u8> {
    match given {
        _ if form != ListForm::Names => Vec::new(),
        b"" | b"." => Vec::new(),
        [.., b'/'] => given.to_vec(),
        _ => [given, b"/"].concat(),
    }
}

fn pattern_prefix(given: &[u8], form: ListForm) -> Vec<u8> {
    let directory = given.iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1);
    if form == ListForm::Names { given[..directory].to_vec() } else { Vec::new() }
}

/// The directory and the pattern, if the last part of the path is one.
fn split_pattern(path: &VirtualPath) -> Option<(VirtualPath, Vec<u8>)> {
    let name = path.file_name().filter(|name| pattern::is_pattern(name))?;
    Some((path.parent()?, name.to_vec()))
}

fn prepared(path: &VirtualPath, work: Work, size: Option<u64>) -> (Prepared, TransferStart) {
    let path = path.as_bytes().to_vec();
    (Prepared { path: path.clone(), work }, TransferStart { path, size })
}

/// What a running transfer shares with its session.
pub(crate) struct Running {
    pub lane: Arc<Lane>,
    pub handle: Arc<Handle>,
}

impl Prepared {
    /// Brings up the data connection and moves the data.
    pub(crate) async fn run(
        self,
        opener: Opener,
        running: Running,
        stranger: impl FnMut(SocketAddr),
    ) -> Ended {
        let Self { path, work } = self;
        let opened = tokio::select! {
            biased;
            () = running.handle.aborted() => Err(TransferCause::Aborted),
            opened = opener.open(stranger) => opened.map_err(TransferCause::NotOpened),
        };
        let socket = match opened {
            Ok(socket) => socket,
            Err(cause) => {
                let kept = work.give_up().await;
                return Err(TransferFailure { cause, path, bytes: 0, kept });
            }
        };
        let result = match work {
            Work::Send(pump) => send(&running, socket, pump).await,
            Work::SendText(pump) => send(&running, socket, pump).await,
            Work::List(pump) => send(&running, socket, pump).await,
            Work::Receive(pump) => receive(&running, socket, pump).await,
        };
        let bytes = running.handle.moved();
        match result {
            Ok(()) => Ok(TransferSummary { path, bytes }),
            Err((error, kept)) => {
                let cause = cause(&error);
                Err(TransferFailure { cause, path, bytes, kept })
            }
        }
    }
}

impl Work {
    /// Ends a transfer that never had a data connection. An empty part is removed by the storage.
    async fn give_up(self) -> Option<u64> {
        match self {
            Self::Receive(pump) => keep(*pump).await,
            _ => None,
        }
    }
}

type Broken = (PumpError, Option<u64>);

async fn send<P: Pump>(
    running: &Running,
    socket: std::net::TcpStream,
    pump: Box<P>,
) -> Result<(), Broken> {
    // The end of the data is the end of the connection: the socket is closed when it is dropped.
    let (_, result) = running.lane.run(socket, pump, &running.handle).await;
    result.map_err(|error| (error, None))
}

async fn receive(
    running: &Running,
    socket: std::net::TcpStream,
    pump: Box<ReceivePump>,
) -> Result<(), Broken> {
    let (pump, result) = running.lane.run(socket, pump, &running.handle).await;
    match result {
        Ok(()) => Ok(()),
        Err(error) => Err((error, keep(*pump).await)),
    }
}

/// Keeps what has arrived for resuming, and tells how much that is.
async fn keep(pump: ReceivePump) -> Option<u64> {
    let kept = spawn_blocking(move || pump.into_file()?.keep_part().ok()).await;
    joined(kept).await.map(|kept| kept.len).filter(|len| *len > 0)
}

/// The value of a blocking task. Its panic is passed on; at the runtime's end there is nobody to tell.
pub(crate) async fn joined<T>(result: Result<T, tokio::task::JoinError>) -> T {
    match result.map_err(|error| error.try_into_panic()) {
        Ok(value) => value,
        Err(Ok(panic)) => std::panic::resume_unwind(panic),
        Err(Err(_cancelled)) => std::future::pending().await,
    }
}

fn cause(error: &PumpError) -> TransferCause {
    match error {
        PumpError::Socket(error) => {
            TransferCause::ConnectionLost(ConnectionLost::Broken { error: error.to_string() })
        }
        PumpError::Stalled(waited) => {
            TransferCause::ConnectionLost(ConnectionLost::Stalled { waited: *waited })
        }
        PumpError::Storage(error) => TransferCause::Storage(error.fault()),
        PumpError::Aborted => TransferCause::Aborted,
    }
}
