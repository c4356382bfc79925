//! Data connections: [`Opener`] listens for one or connects, and makes sure that it is the
//! client's.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use packetboat_proto::server::{DataSetup, NotOpened};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::TcpSocket;

use crate::pool::Lease;
use crate::proxy::ProxyConfig;

/// A client connects once. Strangers that connect before the transfer wait in the same queue: if it
/// were short, a few of them would keep the client out.
const BACKLOG: i32 = 128;

/// A port that belongs to one session.
pub(crate) struct OwnPort {
    listener: TcpListener,
    address: SocketAddr,
}

impl OwnPort {
    /// Opens any free port, on the address that the client already uses.
    pub(crate) fn open(local: SocketAddr) -> io::Result<Self> {
        let listener = bind(at_port(local, 0), BACKLOG)?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address })
    }

    /// Closes connections that nobody accepted. Returns false if there is no end of them.
    pub(crate) fn drain(&self) -> io::Result<bool> {
        drain(&self.listener)
    }
}

/// Where the client's data connection is expected.
pub(crate) enum Listening {
    /// On a port of this session.
    Own(Arc<OwnPort>),
    /// On a port shared with other sessions.
    Pooled(Lease),
}

impl Listening {
    pub(crate) fn address(&self) -> SocketAddr {
        match self {
            Self::Own(own) => own.address,
            Self::Pooled(lease) => lease.address(),
        }
    }
}

/// Closes connections that nobody accepted: they do not come from the client of the next transfer.
/// Returns false if there is no end of them.
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

/// The same address with another port. A link-local IPv6 address is only valid with the interface
/// it is on, its scope (RFC 4007 §6), which is kept.
pub(crate) fn at_port(mut address: SocketAddr, port: u16) -> SocketAddr {
    address.set_port(port);
    address
}

/// An address given by the client, with the scope of the interface that the client uses: EPRT
/// cannot express a scope.
fn on_link(mut address: SocketAddr, local: SocketAddr) -> SocketAddr {
    if let (SocketAddr::V6(address), SocketAddr::V6(local)) = (&mut address, local)
        && address.ip().is_unicast_link_local()
        && address.scope_id() == 0
    {
        address.set_scope_id(local.scope_id());
    }
    address
}

pub(crate) fn bind(address: SocketAddr, backlog: i32) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_nonblocking(true)?;
    // Connections of earlier transfers in TIME_WAIT must not block the port.
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    // The last, small segment of a file must not wait for an acknowledgement. Accepted connections
    // inherit this.
    socket.set_tcp_nodelay(true)?;
    socket.listen(backlog)?;
    Ok(socket.into())
}

pub(crate) fn random() -> io::Result<u32> {
    getrandom::u32().map_err(|error| io::Error::other(error.to_string()))
}

/// Whether the client has left its side of a data connection open.
pub(crate) fn is_open(stream: &TcpStream) -> bool {
    let mut byte = [0_u8; 1];
    match stream.peek(&mut byte) {
        Ok(count) => count > 0,
        Err(error) => is_passing(&error),
    }
}

/// What is needed to establish the data connection of a transfer.
pub(crate) struct Opener {
    pub setup: DataSetup,
    pub listening: Option<Listening>,
    /// The connection of the previous transfer, if it stayed open.
    pub kept: Option<TcpStream>,
    /// The client's address on the control connection.
    pub peer: IpAddr,
    /// The server's address on the control connection.
    pub local: SocketAddr,
    /// Which proxies data connections may come through.
    pub proxy: Arc<ProxyConfig>,
    pub timeout: Duration,
}

impl Opener {
    /// Opens the data connection. Connections from elsewhere are closed (RFC 2577 §4) and reported
    /// to `stranger`, with anything else that is wrong with them.
    pub(crate) async fn open(
        mut self,
        mut stranger: impl FnMut(SocketAddr, Option<String>),
    ) -> Result<TcpStream, NotOpened> {
        let opening = async {
            match (self.setup, &self.listening) {
                (DataSetup::Active(address), _) => connect(self.local, address).await,
                (DataSetup::Passive, Some(Listening::Own(own))) => {
                    accept(&own.listener, self.peer, &self.proxy, &mut stranger).await
                }
                (DataSetup::Passive, Some(Listening::Pooled(lease))) => Ok(lease.accept().await),
                (DataSetup::Kept, _) => {
                    self.kept.take().filter(is_open).ok_or(NotOpened::KeptClosed)
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

/// Accepts the client's connection. Most clients have connected by the time they send the command,
/// so the runtime only watches the listener if this client has not. A crowd of strangers waits its
/// turn like any task.
async fn accept(
    listener: &TcpListener,
    peer: IpAddr,
    proxy: &ProxyConfig,
    stranger: &mut impl FnMut(SocketAddr, Option<String>),
) -> Result<TcpStream, NotOpened> {
    let mut arrival = accept_now(listener);
    let mut watched = None;
    loop {
        match arrival {
            Ok((stream, from)) => match whose(stream, from, proxy).await {
                Ok((stream, client)) if client.ip().to_canonical() == peer => return Ok(stream),
                Ok((other, client)) => {
                    drop(other);
                    stranger(client, None);
                }
                Err(error) => stranger(from, Some(error)),
            },
            // Nobody yet, or a client that gave up before it was accepted and may try again.
            Err(error) if is_passing(&error) => {}
            Err(error) => return Err(NotOpened::NotAccepted { error: error.to_string() }),
        }
        arrival = accept_watched(listener, &mut watched).await;
    }
}

/// The client of a connection that may come through a proxy.
async fn whose(
    stream: TcpStream,
    from: SocketAddr,
    proxy: &ProxyConfig,
) -> Result<(TcpStream, SocketAddr), String> {
    if !proxy.trusts(from.ip()) {
        return Ok((stream, from));
    }
    let text = |error: io::Error| error.to_string();
    let stream = tokio::net::TcpStream::from_std(stream).map_err(text)?;
    let client = proxy.client_of(&stream, from).await?;
    Ok((stream.into_std().map_err(text)?, client))
}

/// Uses accept4(2), which saves further system calls.
#[cfg(target_os = "linux")]
fn accept_now(listener: &TcpListener) -> io::Result<(TcpStream, SocketAddr)> {
    use rustix::net::{SocketFlags, acceptfrom_with};

    let (socket, from) = acceptfrom_with(listener, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK)?;
    let from = from.ok_or(io::ErrorKind::InvalidData)?.try_into()?;
    Ok((socket.into(), from))
}

#[cfg(not(target_os = "linux"))]
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

pub(crate) fn is_passing(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, Interrupted, WouldBlock};
    matches!(error.kind(), WouldBlock | ConnectionAborted | Interrupted)
}

/// Connects from the port below the control connection's if that is available (RFC 1123 §4.1.2.12),
/// otherwise from any other.
async fn connect(local: SocketAddr, to: SocketAddr) -> Result<TcpStream, NotOpened> {
    let to = on_link(to, local);
    let from = at_port(local, local.port().saturating_sub(1));
    match connect_from(from, to).await {
        Err(error) if is_about_our_port(&error) => connect_from(at_port(local, 0), to).await,
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
    let from = match to.is_ipv4() {
        true => SocketAddr::new(from.ip().to_canonical(), from.port()),
        false => from,
    };
    // A client behind a proxy may use the other address family.
    if from.is_ipv4() == to.is_ipv4() {
        socket.bind(from)?;
    }
    socket.set_nodelay(true)?;
    socket.connect(to).await?.into_std()
}
