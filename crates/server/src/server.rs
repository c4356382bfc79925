//! [`Server`], and the state that all sessions share ([`Shared`]).

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use packetboat_proto::proxy::Proxied;
use packetboat_proto::server::{Action, Goodbye, Session};
use packetboat_proto::time::Instant;
use socket2::SockRef;
use tokio::net::TcpStream;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::admission::{Places, Readiness};
use crate::config::{ServerConfig, Sites};
use crate::connection::{Addresses, Connection};
use crate::event::{Event, EventKind, Sink};
use crate::files::now;
use crate::guards::{self, Guards};
use crate::lane::Lane;
use crate::ledger::Ledgers;
use crate::life::{self, Order, Phase};
use crate::listen::{Bound, Listeners, ServerError};
use crate::login::Checks;
use crate::pool::Pool;
use crate::proxy::ProxyConfig;
use crate::rate::SharedRates;
use crate::reload::Handle;
use crate::snapshot::{Cell, Snapshot};
use crate::spare_descriptor::Told;
use crate::task::Tasks;
use crate::who::Who;
use crate::wire::SEND_NOW;
use crate::worker::{self, Desk, Seat};

/// A server that listens, but does not serve yet.
pub struct Server {
    listeners: Listeners,
    shared: Arc<Shared>,
}

/// Explains why this process cannot reach a path that it has given up access to (Landlock).
pub type Reach = dyn Fn(&Path) -> Option<String> + Send + Sync;

/// The state that all sessions share.
pub(crate) struct Shared {
    /// The settings and sites, which a reload replaces.
    pub live: Cell,
    pub readiness: Readiness,
    pub places: Arc<Places>,
    pub tasks: Tasks,
    pub checks: Checks,
    /// What accounts with a quota have stored.
    pub ledgers: Arc<Ledgers>,
    pub rates: SharedRates,
    pub who: Arc<Who>,
    /// Grows with every change to accounts, so that sessions look theirs up again.
    pub news: watch::Sender<u64>,
    pub phase: watch::Sender<Phase>,
    /// Workers that still accept clients.
    pub accepting: watch::Sender<usize>,
    /// Explains why the process cannot reach a path, if it gave up access.
    pub reach: OnceLock<Box<Reach>>,
    /// How to reach each worker, once they run.
    pub desks: OnceLock<Arc<[Desk]>>,
    /// The configured addresses that the server listens on.
    pub bound: Mutex<Vec<Bound>>,
    pub pool: Pool,
    pub guards: Arc<Guards>,
    sink: Arc<Sink>,
    /// When the log was last told that no descriptors are left.
    pub short: Told,
    epoch: tokio::time::Instant,
    numbers: AtomicU64,
}

impl Server {
    /// Binds every address of the configuration.
    pub fn bind(
        config: ServerConfig,
        sites: impl Into<Sites>,
        sink: Box<Sink>,
    ) -> Result<Self, ServerError> {
        let listeners = Listeners::open(&config.listen, &config.listen_tls, Vec::new())?;
        Ok(Self::new(listeners, config, sites, sink))
    }

    /// A server on sockets that already listen.
    pub fn new(
        listeners: Listeners,
        config: ServerConfig,
        sites: impl Into<Sites>,
        sink: Box<Sink>,
    ) -> Self {
        let sink: Arc<Sink> = sink.into();
        let shared = Shared {
            pool: Pool::new(Arc::clone(&sink)),
            guards: Arc::new(Guards::new(config.bans.clone())),
            tasks: Tasks::default(),
            ledgers: Arc::new(Ledgers::new(Arc::clone(&sink))),
            rates: SharedRates::default(),
            checks: Checks::new(config.logins_elsewhere),
            who: Arc::default(),
            readiness: Readiness::new(),
            places: Arc::new(Places::new(config.sessions, config.queue)),
            news: watch::Sender::new(0),
            phase: watch::Sender::new(Phase::Serving),
            accepting: watch::Sender::new(0),
            reach: OnceLock::new(),
            desks: OnceLock::new(),
            bound: Mutex::new(listeners.bound.clone()),
            sink,
            short: Told::default(),
            epoch: tokio::time::Instant::now(),
            numbers: AtomicU64::new(0),
            live: {
                let lane = Lane::new(config.stall_timeout);
                Cell::new(Snapshot::new(config, sites.into(), &lane))
            },
        };
        let first = shared.guards.make_alike(&shared.live.now().config.guards, now().0);
        if let Err(error) = first {
            shared.emit(0, guards::not_kept(&error.to_string()));
        }
        Self { listeners, shared: Arc::new(shared) }
    }

    /// The addresses for clients that begin in clear text, with the ports that the system chose.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.listeners.addresses
    }

    /// The addresses for clients that begin with TLS.
    pub fn addresses_tls(&self) -> &[SocketAddr] {
        &self.listeners.addresses_tls
    }

    /// The switch that makes clients wait: while something they need is still starting, or during
    /// maintenance. A server is ready unless this says otherwise.
    pub fn readiness(&self) -> Readiness {
        self.shared.readiness.clone()
    }

    /// Sets the explanation that the log gives for folders that the process cannot reach. Only the
    /// first call counts.
    pub fn explain_reach(&self, reach: Box<Reach>) {
        // A second explanation would be the same.
        let _ = self.shared.reach.set(reach);
    }

    /// A server without listeners that serves this folder, for tests of the shared state.
    #[cfg(test)]
    pub(crate) fn nowhere(folder: &Path) -> (Self, Arc<Shared>) {
        let storage = packetboat_store::LocalStorage::open(folder).expect("a storage");
        let site = crate::Site::new(Arc::new(storage), packetboat_accounts::Accounts::default());
        let server = Self::bind(ServerConfig::default(), site, Box::new(|_| ())).expect("a server");
        let shared = Arc::clone(&server.shared);
        (server, shared)
    }

    /// A handle to change the server while it runs.
    pub fn handle(&self) -> Handle {
        Handle::new(&self.shared)
    }

    /// Serves until an order to stop or leave has been carried out.
    pub async fn run(self, orders: UnboundedReceiver<Order>) -> io::Result<()> {
        let workers = worker::start(self.listeners.workers, &self.shared)?;
        let ended = async {
            for ended in workers {
                // A worker that panicked has ended as well.
                let _ = ended.await;
            }
        };
        let shared = &self.shared;
        tokio::select! {
            () = life::lead(shared, orders, ended) => {}
            () = shared.keep_bans() => {}
            () = shared.watch_accounts() => {}
            () = shared.sweep_parts() => {}
        }
        let ledgers = Arc::clone(&self.shared.ledgers);
        // A count that cannot be written keeps its mark, and the next start counts again.
        let _ = tokio::task::spawn_blocking(move || ledgers.close()).await;
        Ok(())
    }
}

impl Shared {
    /// The session machine's time.
    pub(crate) fn now(&self) -> Instant {
        Instant(self.epoch.elapsed())
    }

    /// Converts the session machine's time to the time of tokio's timers.
    pub(crate) fn tokio_instant(&self, instant: Instant) -> tokio::time::Instant {
        self.epoch + instant.0
    }

    /// The time by both clocks, for the guards.
    pub(crate) fn guard_now(&self) -> guards::Now {
        guards::Now { moment: self.epoch.elapsed(), unix: now().0 }
    }

    /// Keeps the bans in the database, if there is one, for as long as the server runs.
    async fn keep_bans(&self) {
        let config = || self.live.now().config.guards.clone();
        self.guards.keep(config, || now().0, |event| self.emit(0, event)).await;
    }

    /// The sink for events, for work that outlives a borrow.
    pub(crate) fn sink(&self) -> Arc<Sink> {
        Arc::clone(&self.sink)
    }

    pub(crate) fn emit(&self, session: u64, kind: EventKind) {
        (self.sink)(&Event { session, kind });
    }

    /// Starts a session on this worker. The session holds the seat until it ends.
    pub(crate) fn start_session(
        self: &Arc<Self>,
        stream: TcpStream,
        peer: SocketAddr,
        begins_with_tls: bool,
        seat: Seat,
        sessions: &mut JoinSet<()>,
    ) {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed) + 1;
        let bound = prepare_control(&stream).and_then(|()| stream.local_addr());
        // A client that is already gone needs no answer.
        let Ok(bound) = bound else { return };
        let live = self.live.now();
        if live.config.proxy.trusts(peer.ip()) {
            let shared = Arc::clone(self);
            sessions.spawn(async move {
                let proxy = &live.config.proxy;
                if let Some(addresses) =
                    shared.meet_client(number, &stream, peer, bound, proxy).await
                    && let Some(connection) =
                        shared.begin(number, stream, addresses, begins_with_tls)
                {
                    connection.run().await;
                }
                drop(seat);
            });
            return;
        }
        let addresses = Addresses { peer, local: bound, bound };
        if let Some(connection) = self.begin(number, stream, addresses, begins_with_tls) {
            sessions.spawn(async move {
                connection.run().await;
                drop(seat);
            });
        }
    }

    /// The addresses of a client that connected through a proxy, from the PROXY header.
    async fn meet_client(
        &self,
        number: u64,
        stream: &TcpStream,
        from: SocketAddr,
        bound: SocketAddr,
        proxy: &ProxyConfig,
    ) -> Option<Addresses> {
        match proxy.read(stream).await {
            Ok(Proxied::Own) => Some(Addresses { peer: from, local: bound, bound }),
            Ok(Proxied::Client { source, destination }) => {
                self.emit(number, EventKind::Proxied { proxy: from });
                Some(Addresses { peer: source, local: destination, bound })
            }
            Err(error) => {
                self.emit(number, EventKind::ProxyRefused { peer: from, error });
                None
            }
        }
    }

    /// Begins a session with a client whose address is known.
    fn begin(
        self: &Arc<Self>,
        number: u64,
        stream: TcpStream,
        addresses: Addresses,
        begins_with_tls: bool,
    ) -> Option<Connection> {
        let live = self.live.now();
        let address = addresses.peer.ip();
        // Connections of the proxy itself (health checks) belong to no client.
        let entered = match live.config.proxy.trusts(address) {
            true => Ok(None),
            false => self.guards.enter(&live.config.guards, address, self.guard_now()),
        };
        let counted = match entered {
            Ok(counted) => counted,
            Err(goodbye) => {
                self.turn_away(number, &stream, addresses, begins_with_tls, goodbye);
                return None;
            }
        };
        let (shared, admission) = (Arc::clone(self), self.places.ask());
        Some(Connection::new(
            shared,
            number,
            stream,
            addresses,
            begins_with_tls,
            admission,
            counted,
        ))
    }

    /// Turns away a client for whom no descriptor is left except that of its connection.
    pub(crate) fn turn_away_for_want(&self, stream: &TcpStream, peer: SocketAddr, tls: bool) {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed) + 1;
        let Ok(local) = stream.local_addr() else { return };
        let addresses = Addresses { peer, local, bound: local };
        self.turn_away(number, stream, addresses, tls, Goodbye::NoDescriptors);
    }

    /// Tells the client why it gets no session, and closes the connection: with a single write, and
    /// without TLS, which would cost more than it is worth. A client that begins with TLS is told
    /// nothing.
    fn turn_away(
        &self,
        number: u64,
        stream: &TcpStream,
        addresses: Addresses,
        begins_with_tls: bool,
        goodbye: Goodbye,
    ) {
        let Addresses { peer, local, .. } = addresses;
        let config = Arc::clone(&self.live.now().session);
        let mut session = Session::refused(config, local, peer, goodbye, self.now());
        if !begins_with_tls {
            // A new connection has room for the reply; a client that is gone needs none.
            let _ = rustix::net::send(stream, &session.take_output(), SEND_NOW);
        }
        let note = std::iter::from_fn(|| session.poll_action()).find_map(|action| match action {
            Action::Note(note) => note.failure,
            _ => None,
        });
        self.emit(number, EventKind::TurnedAway { peer, local, why: note.unwrap_or_default() });
    }
}

/// Replies must not wait for acknowledgements. The urgent byte of a Telnet Synch must stay in its
/// place in the stream (RFC 959 §4.1.3, ABOR). A peer that vanished must be noticed eventually.
fn prepare_control(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let socket = SockRef::from(stream);
    socket.set_out_of_band_inline(true)?;
    socket.set_keepalive(true)
}
