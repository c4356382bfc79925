//! The listening sockets: bound here, or handed over by whoever started the server.

use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;

use socket2::{Domain, Protocol, Socket, Type};

use crate::worker::{self, Listener};

/// Connections that wait to be accepted.
const BACKLOG: i32 = 1024;

/// The sockets of a server, shared out among its workers.
pub struct Listeners {
    pub(crate) workers: Vec<Vec<Listener>>,
    pub(crate) addresses: Vec<SocketAddr>,
    pub(crate) addresses_tls: Vec<SocketAddr>,
    /// What the configuration asked for.
    pub(crate) bound: Vec<Bound>,
}

/// An address of the configuration that is listened on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bound {
    /// As it was asked for; port 0 asks for any.
    pub wanted: SocketAddr,
    /// Clients begin with TLS there.
    pub tls: bool,
    /// Where it is.
    pub address: SocketAddr,
}

impl Bound {
    /// The one that took a connection with this end: that of the very address, or else of all of its kind.
    pub(crate) fn find(bound: &[Self], end: SocketAddr) -> Option<&Self> {
        let all = |bound: &&Self| {
            let ip = bound.address.ip();
            ip.is_unspecified()
                && ip.is_ipv4() == end.is_ipv4()
                && bound.address.port() == end.port()
        };
        // The scope of an address of IPv6 is not always given.
        let very =
            |bound: &&Self| (bound.address.ip(), bound.address.port()) == (end.ip(), end.port());
        bound.iter().find(very).or_else(|| bound.iter().find(all))
    }
}

/// A listening socket that another process opened.
#[derive(Debug)]
pub struct Inherited {
    /// The socket.
    pub socket: OwnedFd,
    /// Clients begin with TLS there.
    pub tls: bool,
    /// It is listened on even if the configuration names no such address.
    pub always: bool,
}

/// Why a server cannot listen.
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

impl Inherited {
    /// Where it listens.
    pub fn address(&self) -> io::Result<SocketAddr> {
        let listener: TcpListener = self.socket.try_clone()?.into();
        listener.local_addr()
    }

    /// Whether it is what this address of the configuration asks for; port 0 asks for any.
    fn is(&self, wanted: SocketAddr, tls: bool) -> bool {
        let same = |found: SocketAddr| {
            found.ip() == wanted.ip() && [0, found.port()].contains(&wanted.port())
        };
        self.tls == tls && self.address().is_ok_and(same)
    }
}

impl Listeners {
    /// Takes what was handed over, and binds what the configuration names beyond that. A socket handed over
    /// that fits no address is closed, unless it is to be kept always.
    pub fn open(
        listen: &[SocketAddr],
        listen_tls: &[SocketAddr],
        inherited: Vec<Inherited>,
    ) -> Result<Self, ServerError> {
        let all = [listen, listen_tls].concat();
        Self::open_among(&all, listen, listen_tls, inherited)
    }

    /// The same for some of the addresses of the configuration; `all` are those that there will be.
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

    /// Every socket goes to a worker, for the kernel gives it clients whether somebody looks or not.
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

/// Whether clients of IPv4 come to this address too: to [::], unless an address of IPv4 has its port.
fn takes_both(wanted: SocketAddr, all: &[SocketAddr]) -> bool {
    let is_all = wanted.is_ipv6() && wanted.ip().is_unspecified();
    is_all && !all.iter().any(|other| other.is_ipv4() && other.port() == wanted.port())
}

/// The address with the port the system chooses, if it is not another program's. The workers' own
/// sockets share the port, and would share it with a second server of this user too.
fn free_address(address: SocketAddr, both: bool) -> io::Result<SocketAddr> {
    let probe = socket(address, both)?;
    probe.bind(&address.into())?;
    probe.local_addr()?.as_socket().ok_or_else(|| io::ErrorKind::AddrNotAvailable.into())
}

/// A listener that shares its port with those of the other workers: the kernel gives each client to one
/// of them, and wakes that one alone.
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
        // Whatever the system does where nothing is said.
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
