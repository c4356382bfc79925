//! Data connections: listening for one, opening one, and making sure it is the client's.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use packetboat_proto::server::{DataSetup, NotOpened};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::TcpSocket;

use crate::config::PassivePorts;

/// A client connects once; a few strangers may stand in between.
const BACKLOG: i32 = 8;

/// Listens on a port of the range, on the address that the client already uses.
pub(crate) fn listen(ip: IpAddr, ports: PassivePorts) -> io::Result<TcpListener> {
    match ports {
        PassivePorts::Any => bind(SocketAddr::new(ip, 0)),
        PassivePorts::Range { first, last } => {
            let count = u32::from(last - first) + 1;
            let start = random()? % count;
            let mut error = None;
            for step in 0..count {
                // Below `count`, so within the range of ports.
                let port = first + ((start + step) % count) as u16;
                match bind(SocketAddr::new(ip, port)) {
                    Ok(listener) => return Ok(listener),
                    Err(taken) if taken.kind() == io::ErrorKind::AddrInUse => error = Some(taken),
                    Err(other) => return Err(other),
                }
            }
            Err(error.unwrap_or_else(|| io::ErrorKind::AddrInUse.into()))
        }
    }
}

/// Closes connections that nobody took: whoever made them is not the client of the next transfer. False
/// if there is no end of them.
pub(crate) fn drain(listener: &TcpListener) -> io::Result<bool> {
    for _ in 0..=BACKLOG {
        match listener.accept() {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(true),
            Err(error) if is_passing(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(false)
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_nonblocking(true)?;
    // Connections of earlier transfers that linger in TIME_WAIT do not keep the port.
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    // The last, small segment of a file must not wait for an acknowledgement. Connections inherit it.
    socket.set_tcp_nodelay(true)?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

fn random() -> io::Result<u32> {
    getrandom::u32().map_err(|error| io::Error::other(error.to_string()))
}

/// What is needed to bring up the data connection of one transfer.
pub(crate) struct Opener {
    pub setup: DataSetup,
    pub listener: Option<Arc<TcpListener>>,
    /// The client's address on the control connection.
    pub peer: IpAddr,
    /// The server's address on the control connection.
    pub local: SocketAddr,
    pub timeout: Duration,
}

impl Opener {
    /// Opens the data connection. `stranger` is told of every connection from elsewhere, which is closed (RFC 2577 §4).
    pub(crate) async fn open(
        self,
        mut stranger: impl FnMut(SocketAddr),
    ) -> Result<TcpStream, NotOpened> {
        let opening = async {
            match (self.setup, &self.listener) {
                (DataSetup::Active(address), _) => connect(self.local, address).await,
                (DataSetup::Passive, Some(listener)) => {
                    accept(listener, self.peer, &mut stranger).await
                }
                _ => Err(NotOpened::NoneAgreed),
            }
        };
        match tokio::time::timeout(self.timeout, opening).await {
            Ok(result) => result,
            Err(_) => Err(self.timed_out()),
        }
    }

    fn timed_out(&self) -> NotOpened {
        let waited = self.timeout;
        match self.setup {
            DataSetup::Active(address) => NotOpened::NoAnswer { address, waited },
            _ => NotOpened::NobodyCame { waited },
        }
    }
}

/// The client's connection. Most clients have connected by the time they send the command: the listener is
/// watched by the runtime only if this one has not. A crowd of strangers waits its turn like any task.
async fn accept(
    listener: &TcpListener,
    peer: IpAddr,
    stranger: &mut impl FnMut(SocketAddr),
) -> Result<TcpStream, NotOpened> {
    let mut arrival = accept_now(listener);
    let mut watched = None;
    loop {
        match arrival {
            Ok((stream, from)) if from.ip().to_canonical() == peer => return Ok(stream),
            Ok((other, from)) => {
                drop(other);
                stranger(from);
            }
            // Nobody yet, or a client that gave up before we took it; it may come again.
            Err(error) if is_passing(&error) => {}
            Err(error) => return Err(NotOpened::NotAccepted { error: error.to_string() }),
        }
        arrival = accept_watched(listener, &mut watched).await;
    }
}

fn accept_now(listener: &TcpListener) -> io::Result<(TcpStream, SocketAddr)> {
    let (stream, from) = listener.accept()?;
    stream.set_nonblocking(true)?;
    Ok((stream, from))
}

async fn accept_watched(
    listener: &TcpListener,
    watched: &mut Option<tokio::net::TcpListener>,
) -> io::Result<(TcpStream, SocketAddr)> {
    let watched = match watched {
        Some(watched) => watched,
        None => watched.insert(tokio::net::TcpListener::from_std(listener.try_clone()?)?),
    };
    let (stream, from) = watched.accept().await?;
    Ok((stream.into_std()?, from))
}

fn is_passing(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, Interrupted, WouldBlock};
    matches!(error.kind(), WouldBlock | ConnectionAborted | Interrupted)
}

/// Connects from the port below the control connection's if that is to be had (RFC 1123 §4.1.2.12),
/// from any other if not.
async fn connect(local: SocketAddr, to: SocketAddr) -> Result<TcpStream, NotOpened> {
    let from = SocketAddr::new(local.ip(), local.port().saturating_sub(1));
    match connect_from(from, to).await {
        Err(error) if is_about_our_port(&error) => {
            connect_from(SocketAddr::new(local.ip(), 0), to).await
        }
        result => result,
    }
    .map_err(|error| match error.kind() {
        io::ErrorKind::ConnectionRefused => NotOpened::Refused(to),
        _ => NotOpened::Unreachable { address: to, error: error.to_string() },
    })
}

fn is_about_our_port(error: &io::Error) -> bool {
    use io::ErrorKind::{AddrInUse, AddrNotAvailable, PermissionDenied};
    matches!(error.kind(), AddrInUse | AddrNotAvailable | PermissionDenied)
}

async fn connect_from(from: SocketAddr, to: SocketAddr) -> io::Result<TcpStream> {
    let socket = if to.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    if from.port() > 0 || from.ip().is_ipv4() == to.is_ipv4() {
        let ip = if to.is_ipv4() { from.ip().to_canonical() } else { from.ip() };
        socket.bind(SocketAddr::new(ip, from.port()))?;
    }
    socket.set_nodelay(true)?;
    socket.connect(to).await?.into_std()
}
