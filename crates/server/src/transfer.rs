//! Runs transfers: establishes the data connection, runs the pump on the lane, and reports the end.

use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::task::Poll;

use packetboat_codes::Fault;
use packetboat_proto::encoding::{FileStructure, Format, RepresentationType};
use packetboat_proto::server::{
    ConnectionLost, TransferCause, TransferFailure, TransferStart, TransferSummary,
};
use packetboat_store::{VirtualPath, WriteFile};
use tokio::task::spawn_blocking;

use crate::data::{self, Opener};
use crate::handle::Handle;
use crate::lane::{Direction, Lane, Pump, PumpError};
use crate::markers::Markers;
use crate::pump::{DecodedPump, EncodedPump, ListPump, ReceivePump, SendFilePump};
use crate::rate::Rates;
use crate::tls::Guard;
use crate::wire::DataConnection;

/// A transfer whose file is open and whose pump is ready.
pub(crate) struct Prepared {
    /// Stops the transfer.
    pub handle: Arc<Handle>,
    /// The restart markers of an upload, if it may have any.
    pub markers: Option<Arc<Markers>>,
    /// Whether the account may delete the part that a broken upload leaves.
    pub may_delete: bool,
    path: Vec<u8>,
    work: Work,
    format: Format,
}

/// The pump that moves the data.
pub(crate) enum Work {
    Send(Box<SendFilePump>),
    SendEncoded(Box<EncodedPump>),
    Receive(Box<ReceivePump>),
    ReceiveDecoded(Box<DecodedPump>),
    List(Box<ListPump>),
}

/// The result of a transfer for the session machine, and the data connection if the next transfer
/// reuses it.
pub(crate) type Ended = (Result<TransferSummary, TransferFailure>, Option<TcpStream>);

/// What a running transfer shares with its session.
pub(crate) struct Running {
    pub lane: Arc<Lane>,
    pub handle: Arc<Handle>,
    /// What the data connection must satisfy, if it is to be under TLS.
    pub guard: Option<Guard>,
    /// Limits on bandwidth.
    pub rates: Rates,
}

impl Prepared {
    /// Creates a transfer that is ready, and the data for its first reply.
    pub(crate) fn new(
        path: &VirtualPath,
        handle: Arc<Handle>,
        work: Work,
        format: Format,
        size: Option<u64>,
    ) -> (Self, TransferStart) {
        let path = path.as_bytes().to_vec();
        let start = TransferStart { path: path.clone(), size };
        (Self { handle, markers: None, may_delete: true, path, work, format }, start)
    }

    /// Establishes the data connection and moves the data.
    pub(crate) async fn run(
        self,
        opener: Opener,
        running: Running,
        stranger: impl FnMut(SocketAddr, Option<String>),
    ) -> Ended {
        let Self { path, work, format, may_delete, .. } = self;
        let direction = work.direction();
        if direction == Direction::Receive {
            // Most clients wait for 150 before they send, so it is sent first, and the rest is done
            // in the meantime.
            let_replies_leave().await;
        }
        let open = async {
            let socket = opener.open(stranger).await.map_err(TransferCause::NotOpened)?;
            match &running.guard {
                None => Ok((socket, None)),
                Some(guard) => {
                    guard.secure(socket, direction).await.map(|(socket, tls)| (socket, Some(tls)))
                }
            }
        };
        let opened = tokio::select! {
            biased;
            () = running.handle.aborted() => Err(TransferCause::Aborted),
            opened = open => opened,
        };
        // RFC 959 §3.3: in MODE B and C, the end of a file is not the end of the connection. TLS
        // has its own end for each file, so a connection under TLS closes.
        let opened = opened.and_then(|(socket, tls)| {
            let keeps = tls.is_none() && format.keeps_connection();
            let second = keeps.then(|| socket.try_clone()).transpose();
            let second = second.map_err(|error| cause(&PumpError::Socket(error)))?;
            Ok((DataConnection::new(socket, tls), second))
        });
        let (connection, second) = match opened {
            Ok(sockets) => sockets,
            Err(cause) => {
                let kept = can_tell_kept(format, work.give_up().await);
                return (Err(TransferFailure { cause, path, bytes: 0, kept }), None);
            }
        };
        let result = work.run(&running, connection, may_delete).await;
        let bytes = running.handle.moved();
        match result {
            Ok(()) => {
                let second = second.filter(data::is_open);
                let connection_kept = second.is_some();
                (Ok(TransferSummary { path, bytes, connection_kept }), second)
            }
            Err((error, kept)) => {
                let (cause, kept) = (cause(&error), can_tell_kept(format, kept));
                (Err(TransferFailure { cause, path, bytes, kept }), None)
            }
        }
    }
}

/// Yields once, so that the session can send pending replies before it continues the job.
async fn let_replies_leave() {
    let mut waited = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut waited, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// The length of a part is only a valid restart position if the bytes on the wire are those of the
/// file.
fn can_tell_kept(format: Format, kept: Option<u64>) -> Option<u64> {
    let as_they_are = format.representation == RepresentationType::Image
        && format.structure == FileStructure::File;
    kept.filter(|_| as_they_are)
}

impl Work {
    fn direction(&self) -> Direction {
        match self {
            Self::Send(_) | Self::SendEncoded(_) | Self::List(_) => Direction::Send,
            Self::Receive(_) | Self::ReceiveDecoded(_) => Direction::Receive,
        }
    }

    async fn run(
        self,
        running: &Running,
        connection: DataConnection,
        may_delete: bool,
    ) -> Result<(), Broken> {
        match self {
            Self::Send(pump) => send(running, connection, pump).await,
            Self::SendEncoded(pump) => send(running, connection, pump).await,
            Self::List(pump) => send(running, connection, pump).await,
            Self::Receive(pump) => receive(running, connection, pump, may_delete).await,
            Self::ReceiveDecoded(pump) => receive(running, connection, pump, may_delete).await,
        }
    }

    /// Ends a transfer that never had a data connection. The storage removes an empty part.
    async fn give_up(self) -> Option<u64> {
        match self {
            Self::Receive(pump) => keep(*pump).await,
            Self::ReceiveDecoded(pump) => keep(*pump).await,
            Self::Send(_) | Self::SendEncoded(_) | Self::List(_) => None,
        }
    }
}

/// A pump that writes a file.
trait Upload: Pump {
    /// The file, if it was not committed.
    fn into_file(self) -> Option<Box<dyn WriteFile>>;
}

impl Upload for ReceivePump {
    fn into_file(self) -> Option<Box<dyn WriteFile>> {
        Self::into_file(self)
    }
}

impl Upload for DecodedPump {
    fn into_file(self) -> Option<Box<dyn WriteFile>> {
        Self::into_file(self)
    }
}

type Broken = (PumpError, Option<u64>);

async fn send<P: Pump>(
    running: &Running,
    connection: DataConnection,
    pump: Box<P>,
) -> Result<(), Broken> {
    // The end of the data is the end of the connection, unless it is kept: the socket closes when
    // its last owner drops it.
    let throttle = running.rates.throttle(Direction::Send);
    let (_, result) = running.lane.run(connection, pump, &running.handle, throttle).await;
    result.map_err(|error| (error, None))
}

async fn receive<P: Upload>(
    running: &Running,
    connection: DataConnection,
    pump: Box<P>,
    may_delete: bool,
) -> Result<(), Broken> {
    let throttle = running.rates.throttle(Direction::Receive);
    let (pump, result) = running.lane.run(connection, pump, &running.handle, throttle).await;
    match result {
        Ok(()) => Ok(()),
        // A part that fills a disk, or a quota that is or may be full, is not left to an account
        // that could never delete it.
        Err(error) if !may_delete && is_out_of_room(&error) => {
            give_up(*pump).await;
            Err((error, None))
        }
        Err(error) => Err((error, keep(*pump).await)),
    }
}

fn is_out_of_room(error: &PumpError) -> bool {
    use Fault::{NoSpace, QuotaExceeded, QuotaInDoubt};
    let PumpError::Storage(error) = error else { return false };
    matches!(error.fault(), NoSpace | QuotaExceeded | QuotaInDoubt)
}

/// Keeps what has arrived as a part, and returns its length.
async fn keep<P: Upload>(pump: P) -> Option<u64> {
    let kept = spawn_blocking(move || pump.into_file()?.keep_part().ok()).await;
    joined(kept).await.map(|kept| kept.len).filter(|len| *len > 0)
}

/// Discards what has arrived. The reason why the upload ended is reported; if discarding fails, the
/// quota is counted again.
async fn give_up<P: Upload>(pump: P) {
    joined(spawn_blocking(move || pump.into_file().map(WriteFile::give_up)).await).await;
}

/// The value of a blocking task. A panic is passed on; when the runtime shuts down, this never
/// completes.
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
        PumpError::CutOff => TransferCause::ConnectionLost(ConnectionLost::CutOff),
        PumpError::Early(announced) => {
            TransferCause::ConnectionLost(ConnectionLost::Early { announced: *announced })
        }
        PumpError::Data(error) => TransferCause::Data(*error),
        PumpError::Suspect => TransferCause::Suspect,
        PumpError::MarkersUnread => TransferCause::ConnectionLost(ConnectionLost::MarkersUnread),
        PumpError::Storage(error) => TransferCause::Storage(error.fault()),
        PumpError::Aborted => TransferCause::Aborted,
    }
}
