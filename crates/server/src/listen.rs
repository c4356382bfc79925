//! [`Listeners`]: the listening sockets, bound here or inherited from the process that started the
//! server.

use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;

use socket2::{Domain, Protocol, Socket, Type};

use crate::worker::{self, Listener};

/// How many connections may wait to be accepted.
const BACKLOG: i32 = 1024;

/// The listening sockets of a server, distributed among its workers.
pub struct Listeners {
    pub(crate) workers: Vec<Vec<Listener>>,
    pub(crate) addresses: Vec<SocketAddr>,
    pub(crate) addresses_tls: Vec<SocketAddr>,
    /// The addresses that the configuration asked for.
    pub(crate) bound: Vec<Bound>,
}

/// A configured address that the server listens on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bound {
    /// The address as configured; port 0 asks for any port.
    pub wanted: SocketAddr,
    /// Whether clients begin with TLS there.
    pub tls: bool,
    /// The actual address.
    pub address: SocketAddr,
}

impl Bound {
    /// Finds the listener that took a connection to this address: the one for exactly this address,
    /// or else the one for all addresses of its family.
    pub(crate) fn find(bound: &[Self], end: SocketAddr) -> Option<&Self> {
        let all = |bound: &&Self| {
            let ip = bound.address.ip();
            ip.is_unspecified()
                && ip.is_ipv4() == end.is_ipv4()
                && bound.address.port() == end.port()
        };
        // Compares IP and port only: the scope of an IPv6 address is not always known.
        let very =
            |bound: &&Self| (bound.address.ip(), bound.address.port()) == (end.ip(), end.port());
        bound.iter().find(very).or_else(|| bound.iter().find(all))
    }
}

/// A listening socket that was opened by another process.
#[derive(Debug)]
pub struct Inherited {
    /// The socket.
    pub socket: OwnedFd,
    /// Whether clients begin with TLS there.
    pub tls: bool,
    /// Whether to listen on it even if the configuration does not name its address.
    pub always: bool,
}

/// Why a server cannot listen.
#[derive(Debug)]
pub struct ServerError {
    /// The address that it should listen on.
    pub address: SocketAddr,
    /// The error of the operating system.
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

impl Inherited {
    /// The address that it listens on.
    pub fn address(&self) -> io::Result<SocketAddr> {
        let listener: TcpListener = self.socket.try_clone()?.into();
        listener.local_addr()
    }

    /// Whether it matches this configured address; port 0 matches any port.
    fn is(&self, wanted: SocketAddr, tls: bool) -> bool {
        let same = |found: SocketAddr| {
            found.ip() == wanted.ip() && [0, found.port()].contains(&wanted.port())
        };
        self.tls == tls && self.address().is_ok_and(same)
    }
}

impl Listeners {
    /// Takes the inherited sockets, and binds the configured addresses that they do not cover. An
    /// inherited socket that matches no address is closed, unless it is marked `always`.
    pub fn open(
        listen: &[SocketAddr],
        listen_tls: &[SocketAddr],
        inherited: Vec<Inherited>,
    ) -> Result<Self, ServerError> {
        let all = [listen, listen_tls].concat();
        Self::open_among(&all, listen, listen_tls, inherited)
    }

    /// The same for some of the configured addresses; `all` are the addresses that there will be in
    /// the end.
    pub(crate) fn open_among(
        all: &[SocketAddr],
        listen: &[SocketAddr],
        listen_tls: &[SocketAddr],
        mut inherited: Vec<Inherited>,
    ) -> Result<Self, ServerError> {
        let mut listeners = Self {
            workers: (0..worker::count()).map(|_| Vec::new()).collect(),
            addresses: Vec::new(),
            addresses_tls: Vec::new(),
            bound: Vec::new(),
        };
        let clear = listen.iter().map(|&wanted| (wanted, false));
        for (wanted, tls) in clear.chain(listen_tls.iter().map(|&wanted| (wanted, true))) {
            let fitting: Vec<_> =
                inherited.extract_if(.., |socket| socket.is(wanted, tls)).collect();
            let opened = match fitting.is_empty() {
                true => listeners.bind(wanted, takes_both(wanted, all), tls),
                false => fitting.into_iter().try_fold(wanted, |_, socket| listeners.take(socket)),
            };
            let address = opened.map_err(|error| ServerError { address: wanted, error })?;
            listeners.bound.push(Bound { wanted, tls, address });
        }
        for socket in inherited.into_iter().filter(|socket| socket.always) {
            let address = socket.address().unwrap_or_else(|_| SocketAddr::from(([0; 4], 0)));
            listeners.take(socket).map_err(|error| ServerError { address, error })?;
        }
        Ok(listeners)
    }

    fn bind(&mut self, wanted: SocketAddr, both: bool, tls: bool) -> io::Result<SocketAddr> {
        let address = free_address(wanted, both)?;
        for worker in &mut self.workers {
            worker.push(Listener { socket: listen(address, both)?, tls, always: false });
        }
        self.listens_on(address, tls);
        Ok(address)
    }

    /// Gives the socket to a worker: the kernel queues clients on it whether or not anybody accepts
    /// them.
    fn take(&mut self, inherited: Inherited) -> io::Result<SocketAddr> {
        let address = inherited.address()?;
        let Inherited { socket, tls, always } = inherited;
        let socket = TcpListener::from(socket);
        socket.set_nonblocking(true)?;
        if let Some(worker) = self.workers.iter_mut().min_by_key(|worker| worker.len()) {
            worker.push(Listener { socket, tls, always });
        }
        self.listens_on(address, tls);
        Ok(address)
    }

    fn listens_on(&mut self, address: SocketAddr, tls: bool) {
        let addresses = if tls { &mut self.addresses_tls } else { &mut self.addresses };
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
}

/// Whether IPv4 clients reach this address too: on `[::]`, unless an IPv4 address has the same
/// port.
fn takes_both(wanted: SocketAddr, all: &[SocketAddr]) -> bool {
    let is_all = wanted.is_ipv6() && wanted.ip().is_unspecified();
    is_all && !all.iter().any(|other| other.is_ipv4() && other.port() == wanted.port())
}

/// The address with the port that the system chooses, after checking that no other program has it.
/// The workers share the port among their own sockets, and would otherwise share it with a second
/// server of the same user too.
fn free_address(address: SocketAddr, both: bool) -> io::Result<SocketAddr> {
    let probe = socket(address, both)?;
    probe.bind(&address.into())?;
    probe.local_addr()?.as_socket().ok_or_else(|| io::ErrorKind::AddrNotAvailable.into())
}

/// A listener that shares its port with those of the other workers. The kernel gives each client to
/// one worker, and wakes only that one.
fn listen(address: SocketAddr, both: bool) -> io::Result<TcpListener> {
    let socket = socket(address, both)?;
    socket.set_reuse_port(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

fn socket(address: SocketAddr, both: bool) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_nonblocking(true)?;
    socket.set_reuse_address(true)?;
    if address.is_ipv6() {
        // Set explicitly, since the default depends on the system.
        socket.set_only_v6(!both)?;
    }
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inherited(tls: bool, always: bool) -> (Inherited, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        (Inherited { socket: listener.into(), tls, always }, address)
    }

    #[test]
    fn what_was_handed_over_is_not_bound_again() {
        let (socket, address) = inherited(false, false);
        let listeners = Listeners::open(&[address], &[], vec![socket]).expect("listeners");
        assert_eq!(listeners.addresses, [address]);
        assert_eq!(listeners.workers.iter().map(Vec::len).sum::<usize>(), 1);
    }

    #[test]
    fn what_is_not_configured_is_closed_unless_it_is_to_be_kept() {
        let (dropped, _) = inherited(false, false);
        let (kept, address) = inherited(true, true);
        let listeners = Listeners::open(&[], &[], vec![dropped, kept]).expect("listeners");
        assert_eq!((listeners.addresses, listeners.addresses_tls), (vec![], vec![address]));
    }

    #[test]
    fn all_addresses_of_ipv6_are_those_of_ipv4_too_unless_one_of_those_has_the_port() {
        let at = |text: &str| text.parse::<SocketAddr>().expect("an address");
        let both = |wanted: &str, all: &[&str]| {
            takes_both(at(wanted), &all.iter().map(|other| at(other)).collect::<Vec<_>>())
        };
        assert!(both("[::]:21", &["[::]:21", "0.0.0.0:990", "[::1]:21"]));
        assert!(!both("[::]:21", &["[::]:21", "0.0.0.0:21"]));
        assert!(!both("[::]:21", &["127.0.0.1:21", "[::]:21"]));
        assert!(!both("[::1]:21", &["[::1]:21"]) && !both("0.0.0.0:21", &["0.0.0.0:21"]));
    }

    #[test]
    fn both_families_are_listened_on_side_by_side_or_by_one_socket() {
        let v4 = TcpListener::bind("0.0.0.0:0").expect("a port");
        let v4_address = v4.local_addr().expect("an address");
        let v6_address = SocketAddr::from((std::net::Ipv6Addr::UNSPECIFIED, v4_address.port()));
        if TcpListener::bind("[::1]:0").is_err() {
            return packetboat_skip::skip("ipv6", "this machine has no IPv6");
        }
        let socket = Inherited { socket: v4.into(), tls: false, always: false };
        let beside = Listeners::open(&[v4_address, v6_address], &[], vec![socket]);
        assert_eq!(beside.expect("listeners").addresses, [v4_address, v6_address]);
        let one = Listeners::open(&["[::]:0".parse().expect("an address")], &[], Vec::new());
        let one = one.expect("listeners");
        std::net::TcpStream::connect(("127.0.0.1", one.addresses[0].port())).expect("by IPv4");
        std::net::TcpStream::connect(("::1", one.addresses[0].port())).expect("by IPv6");
    }

    #[test]
    fn a_connection_belongs_to_the_listener_that_fits_best() {
        let bound = |text: &str| {
            let address = text.parse().expect("an address");
            Bound { wanted: address, tls: false, address }
        };
        let all = [bound("0.0.0.0:21"), bound("127.0.0.1:21"), bound("[::]:21")];
        let found = |end: &str| {
            Bound::find(&all, end.parse().expect("an end")).map(|bound| bound.address.to_string())
        };
        assert_eq!(found("127.0.0.1:21").as_deref(), Some("127.0.0.1:21"));
        assert_eq!(found("127.0.0.2:21").as_deref(), Some("0.0.0.0:21"));
        assert_eq!(found("[::1]:21").as_deref(), Some("[::]:21"));
        assert_eq!(found("127.0.0.1:22"), None);
    }

    #[test]
    fn a_socket_for_tls_is_none_in_clear() {
        let (socket, address) = inherited(true, false);
        let error = Listeners::open(&[address], &[], vec![socket]).err().expect("an error");
        assert_eq!(error.error.kind(), io::ErrorKind::AddrInUse);
    }
}
