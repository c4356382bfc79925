//! [`Pool`]: the passive ports of a configured range, shared by all sessions. One port serves as
//! many sessions as come from different addresses, since a data connection is identified by its
//! port and its client's address. A session holds a [`Lease`] on such a pair, and no two sessions
//! hold the same pair. The listener for a local address and port opens with its first lease and
//! closes shortly after the last one. A thread of the pool accepts connections and hands them over.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::data;
use crate::event::{Event, EventKind, Sink};
use crate::processors;
use crate::proxy::ProxyConfig;

/// How many connections may wait to be accepted, for many clients.
const BACKLOG: i32 = 1024;
/// How long a listener stays open after its last lease, since most clients soon want the next one.
const LINGER: Duration = Duration::from_secs(2);
/// How long a listener pauses after the process ran out of descriptors.
const REST: Duration = Duration::from_millis(100);

/// The shared ports. Memory is bounded by the number of sessions and the size of the range.
pub(crate) struct Pool {
    inner: Arc<Inner>,
    /// Created with the first lease.
    runtime: OnceLock<Runtime>,
}

struct Inner {
    ports: Mutex<HashMap<SocketAddr, Port>>,
    sink: Arc<Sink>,
}

/// One port of one local address.
struct Port {
    /// The sessions that wait, by the address of their client.
    waiting: HashMap<IpAddr, Waiting>,
    /// Notified when the last session has gone.
    idle: Arc<Notify>,
    /// Which proxies are trusted, according to the newest lease.
    proxy: Arc<ProxyConfig>,
}

struct Waiting {
    session: u64,
    arrived: Arc<Arrived>,
}

/// Where the client's connection is delivered.
#[derive(Default)]
struct Arrived {
    stream: Mutex<Option<TcpStream>>,
    notify: Notify,
}

/// A session's request for a port.
pub(crate) struct Wanted {
    /// The local address of its control connection; the port does not matter.
    pub local: SocketAddr,
    /// The address of the client.
    pub client: IpAddr,
    pub session: u64,
    pub first: u16,
    pub last: u16,
    pub proxy: Arc<ProxyConfig>,
}

/// A port that waits for one client's connection, given back when dropped.
pub(crate) struct Lease {
    inner: Arc<Inner>,
    at: SocketAddr,
    client: IpAddr,
    arrived: Arc<Arrived>,
}

impl Pool {
    pub(crate) fn new(sink: Arc<Sink>) -> Self {
        let inner = Arc::new(Inner { ports: Mutex::default(), sink });
        Self { inner, runtime: OnceLock::new() }
    }

    /// Leases a random port of the range (RFC 2577 §8) that waits for no other connection of this
    /// client.
    pub(crate) fn lease(&self, wanted: &Wanted) -> io::Result<Lease> {
        let runtime = self.runtime()?;
        let mut ports = self.inner.lock();
        let is_free = |ports: &HashMap<SocketAddr, Port>, port: u16| {
            let port = ports.get(&data::at_port(wanted.local, port));
            port.is_none_or(|port| !port.waiting.contains_key(&wanted.client))
        };
        // Most clients hold no port, and get the first guess.
        let count = u32::from(wanted.last - wanted.first) + 1;
        let guess = wanted.first + below(count)?;
        if is_free(&ports, guess)
            && let Ok(lease) = self.take(&mut ports, runtime, wanted, guess)
        {
            return Ok(lease);
        }
        let mut free: Vec<u16> =
            (wanted.first..=wanted.last).filter(|&port| is_free(&ports, port)).collect();
        while !free.is_empty() {
            // There are at most 65,536.
            let port = free.swap_remove(usize::from(below(free.len() as u32)?));
            match self.take(&mut ports, runtime, wanted, port) {
                // Another program is listening there.
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
                result => return result,
            }
        }
        Err(io::ErrorKind::AddrInUse.into())
    }

    fn take(
        &self,
        ports: &mut HashMap<SocketAddr, Port>,
        runtime: &Runtime,
        wanted: &Wanted,
        port: u16,
    ) -> io::Result<Lease> {
        let at = data::at_port(wanted.local, port);
        let port = match ports.entry(at) {
            Entry::Occupied(there) => there.into_mut(),
            Entry::Vacant(vacant) => {
                let listener = data::bind(at, BACKLOG)?;
                let listener = {
                    let _inside = runtime.enter();
                    TcpListener::from_std(listener)?
                };
                let idle = Arc::new(Notify::new());
                runtime.spawn(serve(Arc::clone(&self.inner), at, listener, Arc::clone(&idle)));
                let proxy = Arc::clone(&wanted.proxy);
                vacant.insert(Port { waiting: HashMap::new(), idle, proxy })
            }
        };
        port.proxy = Arc::clone(&wanted.proxy);
        let arrived = Arc::new(Arrived::default());
        let waiting = Waiting { session: wanted.session, arrived: Arc::clone(&arrived) };
        port.waiting.insert(wanted.client, waiting);
        Ok(Lease { inner: Arc::clone(&self.inner), at, client: wanted.client, arrived })
    }

    fn runtime(&self) -> io::Result<&Runtime> {
        if let Some(runtime) = self.runtime.get() {
            return Ok(runtime);
        }
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("passive")
            .on_thread_start(processors::roam)
            .enable_all()
            .build()?;
        // If two sessions come first at the same time, one of the two runtimes is discarded.
        if let Err(surplus) = self.runtime.set(runtime) {
            surplus.shutdown_background();
        }
        self.runtime.get().ok_or_else(|| io::ErrorKind::Other.into())
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        // This may run where blocking is not allowed.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, HashMap<SocketAddr, Port>> {
        // A panic elsewhere leaves the map consistent, since each change is one call.
        self.ports.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Delivers a connection to the session that waits for it. Any other connection is closed (RFC
    /// 2577 §4).
    fn hand_over(&self, at: SocketAddr, stream: TcpStream, client: SocketAddr) {
        let session = {
            let ports = self.lock();
            let Some(port) = ports.get(&at) else { return };
            match port.waiting.get(&client.ip().to_canonical()) {
                Some(waiting) => return waiting.arrived.put(stream),
                // If a single session waits, the stranger was after that one.
                None if port.waiting.len() == 1 => port.waiting.values().next().map(|w| w.session),
                None => None,
            }
        };
        self.emit(session, EventKind::StrangerRefused { stranger: client });
        drop(stream);
    }

    fn emit(&self, session: Option<u64>, kind: EventKind) {
        (self.sink)(&Event { session: session.unwrap_or_default(), kind });
    }

    fn proxy(&self, at: SocketAddr) -> Option<Arc<ProxyConfig>> {
        self.lock().get(&at).map(|port| Arc::clone(&port.proxy))
    }

    /// Closes the listener if nobody waits there. This happens under the lock, so that a port that
    /// is not in the map can be opened again.
    fn close_if_idle(&self, at: SocketAddr, listener: TcpListener) -> Option<TcpListener> {
        let mut ports = self.lock();
        if ports.get(&at).is_some_and(|port| !port.waiting.is_empty()) {
            return Some(listener);
        }
        drop(listener);
        ports.remove(&at);
        None
    }
}

impl Arrived {
    /// The client's first connection counts, unless the client has already closed it.
    fn put(&self, stream: TcpStream) {
        let mut place = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
        if place.as_ref().is_none_or(|first| !data::is_open(first)) {
            *place = Some(stream);
            self.notify.notify_one();
        }
    }

    fn take(&self) -> Option<TcpStream> {
        self.stream.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Lease {
    /// The address that the client is to connect to.
    pub(crate) fn address(&self) -> SocketAddr {
        self.at
    }

    /// Waits for the client's connection.
    pub(crate) async fn accept(&self) -> TcpStream {
        loop {
            if let Some(stream) = self.arrived.take() {
                return stream;
            }
            self.arrived.notify.notified().await;
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut ports = self.inner.lock();
        if let Some(port) = ports.get_mut(&self.at) {
            port.waiting.remove(&self.client);
            if port.waiting.is_empty() {
                port.idle.notify_one();
            }
        }
    }
}

/// Accepts connections on one port as long as a session waits there, and a little longer.
async fn serve(inner: Arc<Inner>, at: SocketAddr, mut listener: TcpListener, idle: Arc<Notify>) {
    let mut until = None;
    loop {
        let over = async {
            match until {
                Some(until) => tokio::time::sleep_until(until).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, from)) => arrive(&inner, at, stream, from),
                Err(error) if data::is_passing(&error) => {}
                Err(_) => tokio::time::sleep(REST).await,
            },
            () = idle.notified() => until = Some(Instant::now() + LINGER),
            () = over => {
                until = None;
                match inner.close_if_idle(at, listener) {
                    Some(still_wanted) => listener = still_wanted,
                    None => return,
                }
            }
        }
    }
}

/// A connection from anybody. A proxy first sends a header; others are accepted in the meantime.
fn arrive(inner: &Arc<Inner>, at: SocketAddr, stream: tokio::net::TcpStream, from: SocketAddr) {
    let Some(proxy) = inner.proxy(at) else { return };
    if !proxy.trusts(from.ip()) {
        // A socket that cannot be taken from the runtime is closed; its client tries again or gives
        // up.
        if let Ok(stream) = stream.into_std() {
            inner.hand_over(at, stream, from);
        }
        return;
    }
    let inner = Arc::clone(inner);
    tokio::spawn(async move {
        match proxy.client_of(&stream, from).await {
            Ok(client) => {
                if let Ok(stream) = stream.into_std() {
                    inner.hand_over(at, stream, client);
                }
            }
            Err(error) => inner.emit(None, EventKind::ProxyRefused { peer: from, error }),
        }
    });
}

/// A random number below `count`, which is from 1 to 65,536.
fn below(count: u32) -> io::Result<u16> {
    // The bias of the remainder is negligible for so small a number.
    Ok((data::random()? % count) as u16)
}

#[cfg(test)]
mod tests;
