//! Transfers that run: the data connection comes up, the pump runs on the lane, the end is reported.

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

/// What a transfer needs, opened and ready to move.
pub(crate) struct Prepared {
    /// Stops it.
    pub handle: Arc<Handle>,
    /// The restart markers of an upload that may have some.
    pub markers: Option<Arc<Markers>>,
    /// Whether the account may delete what an upload leaves if it breaks.
    pub may_delete: bool,
    path: Vec<u8>,
    work: Work,
    format: Format,
}

/// What moves the data.
pub(crate) enum Work {
    Send(Box<SendFilePump>),
    SendEncoded(Box<EncodedPump>),
    Receive(Box<ReceivePump>),
    ReceiveDecoded(Box<DecodedPump>),
    List(Box<ListPump>),
}

/// The end of a transfer, for the session machine; and the data connection, if it serves the next one.
pub(crate) type Ended = (Result<TransferSummary, TransferFailure>, Option<TcpStream>);

/// What a running transfer shares with its session.
pub(crate) struct Running {
    pub lane: Arc<Lane>,
    pub handle: Arc<Handle>,
    /// What the data connection has to fulfil, where it is to be under TLS.
    pub guard: Option<Guard>,
    /// Limits on bandwidth.
    pub rates: Rates,
}

impl Prepared {
    /// Ready to move; what is to be said of it.
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

    /// Brings up the data connection and moves the data.
    pub(crate) async fn run(
        self,
        opener: Opener,
        running: Running,
        stranger: impl FnMut(SocketAddr, Option<String>),
    ) -> Ended {
        let Self { path, work, format, may_delete, .. } = self;
        let direction = work.direction();
        if direction == Direction::Receive {
            // Most clients wait for 150 before they send: it leaves first, and the rest is done meanwhile.
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
        // RFC 959 §3.3: in MODE B and C the end of a file is not that of the connection. TLS has an end of
        // its own for each, so that one closes.
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

/// Waits once. A session carries out a job, sends what there is to say, and carries it on.
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

/// The length of a part says where to go on only where bytes on the wire are those of the file.
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

    /// Ends a transfer that never had a data connection. An empty part is removed by the storage.
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
    // The end of the data is the end of the connection, but where it is kept: the socket is closed when
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
        // What fills a disk, or a quota that is full or may be, is not left with somebody who could never take it away.
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

/// Keeps what has arrived for resuming, and tells how much that is.
async fn keep<P: Upload>(pump: P) -> Option<u64> {
    let kept = spawn_blocking(move || pump.into_file()?.keep_part().ok()).await;
    joined(kept).await.map(|kept| kept.len).filter(|len| *len > 0)
}

/// Keeps nothing of what has arrived. Why the upload ended is what there is to tell: what could not be undone is
/// counted anew.
async fn give_up<P: Upload>(pump: P) {
    joined(spawn_blocking(move || pump.into_file().map(WriteFile::give_up)).await).await;
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
