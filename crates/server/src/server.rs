//! The listeners, and what all sessions share.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use packetboat_accounts::Accounts;
use packetboat_proto::server::{Goodbye, SessionConfig};
use packetboat_proto::time::Instant;
use packetboat_store::Storage;
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::config::ServerConfig;
use crate::connection::Connection;
use crate::event::{Event, EventKind, Sink};
use crate::lane::Lane;
use crate::worker::{self, Seat};

/// Connections that wait to be accepted.
const BACKLOG: i32 = 1024;

/// A server that listens and has not begun to serve.
pub struct Server {
    /// For each worker, its listeners.
    listeners: Vec<Vec<std::net::TcpListener>>,
    addresses: Vec<SocketAddr>,
    shared: Arc<Shared>,
}

/// What all sessions share.
pub(crate) struct Shared {
    pub config: ServerConfig,
    pub session: Arc<SessionConfig>,
    pub storage: Arc<dyn Storage>,
    pub accounts: Accounts,
    pub lane: Arc<Lane>,
    pub shutdown: watch::Sender<bool>,
    sink: Box<Sink>,
    epoch: tokio::time::Instant,
    sessions: AtomicUsize,
    numbers: AtomicU64,
}

/// Why a server cannot start.
#[derive(Debug)]
pub struct ServerError {
    /// Where it was to listen.
    pub address: SocketAddr,
    /// What the operating system says.
    pub error: io::Error,
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot listen on {}: {}", self.address, self.error)
    }
}

impl std::error::Error for ServerError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

impl Server {
    /// Binds every address of the configuration.
    pub fn bind(
        config: ServerConfig,
        storage: Arc<dyn Storage>,
        accounts: Accounts,
        sink: Box<Sink>,
    ) -> Result<Self, ServerError> {
        let mut listeners: Vec<_> = (0..worker::count()).map(|_| Vec::new()).collect();
        let mut addresses = Vec::new();
        for &wanted in &config.listen {
            let fail = |error| ServerError { address: wanted, error };
            let address = free_address(wanted).map_err(fail)?;
            for worker in &mut listeners {
                worker.push(listen(address).map_err(fail)?);
            }
            addresses.push(address);
        }
        let shared = Shared {
            session: Arc::new(config.session.clone()),
            lane: Arc::new(Lane::new(config.stall_timeout)),
            storage,
            accounts,
            shutdown: watch::Sender::new(false),
            sink,
            epoch: tokio::time::Instant::now(),
            sessions: AtomicUsize::new(0),
            numbers: AtomicU64::new(0),
            config,
        };
        Ok(Self { listeners, addresses, shared: Arc::new(shared) })
    }

    /// The addresses it listens on, with the ports the system chose.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Serves until `stop` completes; then sessions are ended with 421 and awaited for the grace time.
    pub async fn run(self, stop: impl Future<Output = ()>) -> io::Result<()> {
        let workers = worker::start(self.listeners, &self.shared)?;
        stop.await;
        // Every worker and session sees it, or has gone already.
        self.shared.shutdown.send_replace(true);
        for ended in workers {
            // A worker that panicked has ended too.
            let _ = ended.await;
        }
        Ok(())
    }
}

impl Shared {
    /// The session machine's time.
    pub(crate) fn now(&self) -> Instant {
        Instant(self.epoch.elapsed())
    }

    /// The session machine's time as tokio's timers know it.
    pub(crate) fn tokio_instant(&self, instant: Instant) -> tokio::time::Instant {
        self.epoch + instant.0
    }

    pub(crate) fn emit(&self, session: u64, kind: EventKind) {
        (self.sink)(&Event { session, kind });
    }

    /// Starts a session on this worker, where it holds the seat until it ends.
    pub(crate) fn start_session(
        self: &Arc<Self>,
        stream: TcpStream,
        peer: SocketAddr,
        seat: Seat,
        sessions: &mut JoinSet<()>,
    ) {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed) + 1;
        let place = Place::take(self);
        let refused = (place.held > self.config.sessions).then_some(Goodbye::Full);
        let connection = prepare_control(&stream)
            .and_then(|()| Connection::new(Arc::clone(self), number, stream, peer, refused));
        // A client that is gone already has nothing to be told.
        if let Ok(connection) = connection {
            sessions.spawn(async move {
                connection.run().await;
                drop((place, seat));
            });
        }
    }
}

/// One of the sessions the server may hold.
struct Place {
    shared: Arc<Shared>,
    held: usize,
}

impl Place {
    fn take(shared: &Arc<Shared>) -> Self {
        let held = shared.sessions.fetch_add(1, Ordering::Relaxed) + 1;
        Self { shared: Arc::clone(shared), held }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.shared.sessions.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The address with the port the system chooses, if it is not another program's. The workers' own
/// sockets share the port, and would share it with a second server of this user too.
fn free_address(address: SocketAddr) -> io::Result<SocketAddr> {
    let probe = socket(address)?;
    probe.bind(&address.into())?;
    probe.local_addr()?.as_socket().ok_or_else(|| io::ErrorKind::AddrNotAvailable.into())
}

/// A listener that shares its port with those of the other workers: the kernel gives each client to one
/// of them, and wakes that one alone.
fn listen(address: SocketAddr) -> io::Result<std::net::TcpListener> {
    let socket = socket(address)?;
    socket.set_reuse_port(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

fn socket(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_nonblocking(true)?;
    socket.set_reuse_address(true)?;
    if address.is_ipv6() {
        // [::] and 0.0.0.0 are listened on side by side.
        socket.set_only_v6(true)?;
    }
    Ok(socket)
}

/// Replies must not wait for acknowledgements; the urgent byte of a Telnet Synch must stay in its place
/// in the stream (RFC 959 §4.1.3, ABOR); a peer that vanished must be noticed some time.
fn prepare_control(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let socket = SockRef::from(stream);
    socket.set_out_of_band_inline(true)?;
    socket.set_keepalive(true)
}
