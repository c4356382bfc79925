//! The listeners, and what all sessions share.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use packetboat_proto::time::Instant;
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::admission::{Places, Readiness};
use crate::config::{ServerConfig, Sites};
use crate::connection::Connection;
use crate::event::{Event, EventKind, Sink};
use crate::lane::Lane;
use crate::live::{Cell, Live};
use crate::login::Checks;
use crate::reload::Handle;
use crate::task::Tasks;
use crate::who::Who;
use crate::worker::{self, Listener, Seat};

/// Connections that wait to be accepted.
const BACKLOG: i32 = 1024;

/// A server that listens and has not begun to serve.
pub struct Server {
    /// For each worker, its listeners.
    listeners: Vec<Vec<Listener>>,
    addresses: Vec<SocketAddr>,
    addresses_tls: Vec<SocketAddr>,
    shared: Arc<Shared>,
}

/// What all sessions share.
pub(crate) struct Shared {
    /// What a reload replaces.
    pub live: Cell,
    pub readiness: Readiness,
    pub places: Arc<Places>,
    pub tasks: Tasks,
    pub checks: Checks,
    pub who: Who,
    pub shutdown: watch::Sender<bool>,
    sink: Box<Sink>,
    epoch: tokio::time::Instant,
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
        sites: impl Into<Sites>,
        sink: Box<Sink>,
    ) -> Result<Self, ServerError> {
        let mut listeners: Vec<_> = (0..worker::count()).map(|_| Vec::new()).collect();
        let (mut addresses, mut addresses_tls) = (Vec::new(), Vec::new());
        let clear = config.listen.iter().map(|&wanted| (wanted, false));
        for (wanted, tls) in clear.chain(config.listen_tls.iter().map(|&wanted| (wanted, true))) {
            let fail = |error| ServerError { address: wanted, error };
            let address = free_address(wanted).map_err(fail)?;
            for worker in &mut listeners {
                worker.push(Listener { socket: listen(address).map_err(fail)?, tls });
            }
            if tls { &mut addresses_tls } else { &mut addresses }.push(address);
        }
        let shared = Shared {
            tasks: Tasks::default(),
            checks: Checks::default(),
            who: Who::default(),
            readiness: Readiness::new(),
            places: Arc::new(Places::new(config.sessions, config.queue)),
            shutdown: watch::Sender::new(false),
            sink,
            epoch: tokio::time::Instant::now(),
            numbers: AtomicU64::new(0),
            live: {
                let lane = Lane::new(config.stall_timeout);
                Cell::new(Live::new(config, sites.into(), &lane))
            },
        };
        Ok(Self { listeners, addresses, addresses_tls, shared: Arc::new(shared) })
    }

    /// The addresses it listens on for clients that begin in clear, with the ports the system chose.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// The same, for clients that begin with TLS.
    pub fn addresses_tls(&self) -> &[SocketAddr] {
        &self.addresses_tls
    }

    /// With it clients can be told to wait: while what they need is still starting, and in times of
    /// maintenance. A server is ready unless it is said otherwise.
    pub fn readiness(&self) -> Readiness {
        self.shared.readiness.clone()
    }

    /// With it the server can be changed while it runs.
    pub fn handle(&self) -> Handle {
        Handle::new(&self.shared)
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
        begins_with_tls: bool,
        seat: Seat,
        sessions: &mut JoinSet<()>,
    ) {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed) + 1;
        let admission = self.places.ask();
        let connection = prepare_control(&stream).and_then(|()| {
            let shared = Arc::clone(self);
            Connection::new(shared, number, stream, peer, begins_with_tls, admission)
        });
        // A client that is gone already has nothing to be told.
        if let Ok(connection) = connection {
            sessions.spawn(async move {
                connection.run().await;
                drop(seat);
            });
        }
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
