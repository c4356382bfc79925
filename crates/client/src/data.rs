//! Opens data connections: [`Ways`] chooses between EPSV, PASV, EPRT and PORT, and tries the next
//! one if one fails (RFC 959 §3.3, RFC 1123 §4.1.2.5 and 6, RFC 2428). The one that works is kept
//! for the session.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use packetboat_codes::Class;
use packetboat_proto::address::{format_extended, format_host_port};
use packetboat_proto::client::{Request, parse_extended_passive, parse_passive};
use packetboat_proto::reply::Reply;
use packetboat_proto::verbs::Verb;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::{Instant, timeout, timeout_at};

use crate::completeness::stores;
use crate::control::Control;
use crate::error::{Error, Phase};
use crate::options::Options;
use crate::wire::{AsSocket, DataStream, break_if_dropped};

/// One way to make a data connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// EPSV: the server listens and names a port.
    ExtendedPassive,
    /// PASV: the same for IPv4.
    Passive,
    /// EPRT: the server connects to the client.
    ExtendedActive,
    /// PORT: the same for IPv4.
    Active,
}

/// The ways still to be tried in a session; the first is in use.
#[derive(Debug)]
pub(crate) struct Ways {
    left: Vec<Way>,
    /// Whether the first way has carried data in this session.
    proven: bool,
    trust_pasv_address: bool,
    connect_timeout: Duration,
}

/// How long to wait for a data connection after the server has already reported the transfer complete.
const ON_ITS_WAY: Duration = Duration::from_secs(5);

/// A transfer that has begun.
pub(crate) struct Opened {
    pub(crate) stream: DataStream,
    /// The final reply, if the server has sent it already or left out the preliminary one (RFC 1123
    /// §4.1.4.4).
    pub(crate) done: Option<Reply>,
}

/// How one attempt failed.
enum Failed {
    /// This way of connecting does not work here; another one may.
    Way(Error),
    /// The transfer itself was refused, or the session was lost.
    Transfer(Error),
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Transfer(error)
    }
}

impl Ways {
    pub(crate) fn new(options: &Options, peer: IpAddr) -> Self {
        let left = match (options.active, peer.is_ipv4()) {
            (true, true) => vec![Way::ExtendedActive, Way::Active],
            (true, false) => vec![Way::ExtendedActive],
            (false, true) => {
                vec![Way::ExtendedPassive, Way::Passive, Way::ExtendedActive, Way::Active]
            }
            (false, false) => vec![Way::ExtendedPassive, Way::ExtendedActive],
        };
        Self {
            left,
            proven: false,
            trust_pasv_address: options.trust_pasv_address,
            connect_timeout: options.connect_timeout,
        }
    }

    /// Drops the way in use, because its connection could not be made. Returns whether another way
    /// is left.
    pub(crate) fn give_up_current(&mut self) -> bool {
        if self.left.len() < 2 {
            return false;
        }
        self.left.remove(0);
        self.proven = false;
        true
    }

    /// Begins a transfer over the connection in `kept`, or over a new one. `prelude` is sent just
    /// before the transfer command and must be answered with 3yz (RFC 959 §4.1.3 on REST).
    pub(crate) async fn open(
        &mut self,
        control: &mut Control,
        kept: Option<TcpStream>,
        prelude: Option<&Request>,
        transfer: &Request,
    ) -> Result<Opened, Error> {
        if let Some(stream) = kept {
            match open_kept(control, stream, prelude, transfer).await {
                Ok(opened) => return Ok(opened),
                Err(Failed::Transfer(error)) => return Err(error.during(transfer)),
                // The server has closed it in the meantime.
                Err(Failed::Way(_)) => {}
            }
        }
        // The first way is the most likely to work, so its failure is the one to report.
        let mut first = None;
        loop {
            // The list is never empty: `give_up_current` keeps the last.
            let result = match self.left[0] {
                Way::ExtendedPassive | Way::Passive => {
                    self.open_passive(control, prelude, transfer).await
                }
                Way::ExtendedActive | Way::Active => {
                    self.open_active(control, prelude, transfer).await
                }
            };
            match result {
                Ok(opened) => {
                    self.proven = true;
                    return Ok(opened);
                }
                Err(Failed::Transfer(error)) => {
                    // If the server refused a way and then closed the session, the refusal says more.
                    let said = first.filter(|_| error.is_lost());
                    return Err(said.unwrap_or(error).during(transfer));
                }
                Err(Failed::Way(error)) => {
                    let error = first.take().unwrap_or(error);
                    if !control.is_usable() || !self.give_up_current() {
                        return Err(error);
                    }
                    first = Some(error);
                }
            }
        }
    }

    async fn open_passive(
        &mut self,
        control: &mut Control,
        prelude: Option<&Request>,
        transfer: &Request,
    ) -> Result<Opened, Failed> {
        let address = self.passive_address(control).await?;
        if let Some(prelude) = prelude {
            expect_intermediate(control, prelude).await?;
        }
        if self.proven {
            // This way is known to work, so the command is sent while the connection is being made.
            // That saves one round trip for each file.
            control.submit(Phase::Transfer, transfer).await?;
            let stream = connect_data(address, self.connect_timeout, transfer).await?;
            return begin(control, stream).await;
        }
        let stream = match connect_data(address, self.connect_timeout, transfer).await {
            Ok(stream) => stream,
            Err(error) => return Err(Failed::Way(error)),
        };
        control.submit(Phase::Transfer, transfer).await?;
        begin(control, stream).await
    }

    /// Where the server listens: at the address of the control connection, unless the one in 227 is
    /// trusted.
    async fn passive_address(&self, control: &mut Control) -> Result<SocketAddr, Failed> {
        let extended = self.left[0] == Way::ExtendedPassive;
        let request = Request::bare(if extended { Verb::Epsv } else { Verb::Pasv });
        let reply = control.exchange(Phase::DataConnection, &request).await?;
        let parsed = match reply.code().number() {
            229 => parse_extended_passive(&reply).map(|port| with_port(control.peer(), port)),
            227 => parse_passive(&reply).map(|address| match self.trust_pasv_address {
                true => SocketAddr::V4(address),
                false => with_port(control.peer(), address.port()),
            }),
            _ => return Err(refused_way(control, &request, reply)),
        };
        parsed.ok_or_else(|| {
            let what = format!(
                "the reply to {request} contains no address: {} {}",
                reply.code(),
                reply.text()
            );
            let error = Error::protocol(Phase::DataConnection, what);
            Failed::Way(error.during(&request).with_reply(reply).at(control.peer_name()))
        })
    }

    async fn open_active(
        &mut self,
        control: &mut Control,
        prelude: Option<&Request>,
        transfer: &Request,
    ) -> Result<Opened, Failed> {
        let failed = |error| Failed::Way(Error::socket(Phase::DataConnection, error));
        let listener = TcpListener::bind(with_port(control.local(), 0)).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let request = match (self.left[0], address) {
            (Way::Active, SocketAddr::V4(address)) => {
                Request::with_text(Verb::Port, format_host_port(address))
            }
            _ => Request::with_text(Verb::Eprt, format_extended(address)),
        };
        let reply = control.exchange(Phase::DataConnection, &request).await?;
        if reply.code().class() != Class::Completion {
            return Err(refused_way(control, &request, reply));
        }
        if let Some(prelude) = prelude {
            expect_intermediate(control, prelude).await?;
        }
        control.submit(Phase::Transfer, transfer).await?;
        self.await_server(control, &listener, transfer).await
    }

    /// Waits for the server's data connection and its first reply, which may arrive in either order.
    async fn await_server(
        &self,
        control: &mut Control,
        listener: &TcpListener,
        transfer: &Request,
    ) -> Result<Opened, Failed> {
        let mut stream: Option<TcpStream> = None;
        let (mut begun, mut done) = (false, None);
        let mut stranger = None;
        let mut patience = Instant::now() + self.connect_timeout;
        loop {
            if let Some(stream) = stream.take_if(|_| begun) {
                return Ok(Opened { stream: stream.into(), done });
            }
            tokio::select! {
                // A pending connection was made before any reply that has arrived since, so it is
                // accepted first.
                biased;
                accepted = timeout_at(patience, listener.accept()), if stream.is_none() => {
                    let (candidate, from) = match accepted {
                        Ok(Ok(accepted)) => accepted,
                        Ok(Err(error)) => {
                            return Err(Failed::Transfer(Error::socket(Phase::DataConnection, error)));
                        }
                        Err(_) => {
                            let error = Error::timed_out(Phase::DataConnection, self.connect_timeout);
                            let error = told_of_stranger(error, stranger, control.peer().ip());
                            return Err(Failed::Transfer(error.at(control.peer_name())));
                        }
                    };
                    // Only the server may deliver the data; connections from other addresses are closed.
                    if from.ip() == control.peer().ip() {
                        break_if_upload(&candidate, transfer);
                        stream = Some(candidate);
                    } else {
                        stranger = Some(from.ip());
                    }
                }
                // Also after 150: a server that cannot connect sends 425, or closes the session.
                reply = control.reply(Phase::Transfer), if done.is_none() => {
                    let reply = reply?;
                    if reply.code().is_preliminary() {
                        begun = true;
                        patience = Instant::now() + self.connect_timeout;
                    } else if reply.code().class() == Class::Completion {
                        // A short file may be complete before its connection is accepted.
                        (begun, done) = (true, Some(reply));
                        patience = patience.min(Instant::now() + ON_ITS_WAY);
                    } else {
                        return Err(refused_transfer(control, reply));
                    }
                }
            }
        }
    }
}

/// The same address with another port. It keeps the zone, without which a link-local address
/// (`fe80::1%eth0`) is useless (RFC 4007 §6).
fn with_port(mut address: SocketAddr, port: u16) -> SocketAddr {
    address.set_port(port);
    address
}

/// Adds a hint about a refused connection from another address, if the server's own did not arrive.
fn told_of_stranger(error: Error, stranger: Option<IpAddr>, server: IpAddr) -> Error {
    match stranger {
        None => error,
        Some(stranger) => error.with_hint(format!(
            "a data connection from {stranger} was refused, since the server's address is {server}: the server, or \
             something in between, connects from another address. Without --active the client makes the connection."
        )),
    }
}

/// Makes the connection of an upload reset if this process dies before the upload has ended.
fn break_if_upload(socket: &impl AsSocket, transfer: &Request) {
    if stores(transfer.verb()) {
        break_if_dropped(socket, true);
    }
}

/// Begins a transfer over a connection that is still open: in MODE B and C one connection can serve
/// several transfers, and the server replies 125 (RFC 959 §3.2).
async fn open_kept(
    control: &mut Control,
    stream: TcpStream,
    prelude: Option<&Request>,
    transfer: &Request,
) -> Result<Opened, Failed> {
    if let Some(prelude) = prelude {
        expect_intermediate(control, prelude).await?;
    }
    control.submit(Phase::Transfer, transfer).await?;
    begin(control, stream).await
}

/// Waits for the first reply to a transfer command whose data connection is open.
async fn begin(control: &mut Control, stream: TcpStream) -> Result<Opened, Failed> {
    let reply = control.reply(Phase::Transfer).await?;
    match reply.code().class() {
        Class::Preliminary => Ok(Opened { stream: stream.into(), done: None }),
        Class::Completion => Ok(Opened { stream: stream.into(), done: Some(reply) }),
        _ => Err(refused_transfer(control, reply)),
    }
}

async fn connect_data(
    address: SocketAddr,
    limit: Duration,
    transfer: &Request,
) -> Result<TcpStream, Error> {
    let failed = |error| Error::socket(Phase::DataConnection, error);
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    };
    let socket = socket.map_err(failed)?;
    break_if_upload(&socket, transfer);
    let error = match timeout(limit, socket.connect(address)).await {
        Ok(Ok(stream)) => return Ok(stream),
        Ok(Err(error)) => failed(error),
        Err(_) => Error::timed_out(Phase::DataConnection, limit),
    };
    Err(error.at(address.to_string()))
}

async fn expect_intermediate(control: &mut Control, request: &Request) -> Result<(), Error> {
    let reply = control.exchange(Phase::Command, request).await?;
    match reply.code().class() {
        Class::Intermediate => Ok(()),
        _ => Err(Error::refused(Phase::Command, request, reply).at(control.peer_name())),
    }
}

/// A refusal of EPSV, PASV, EPRT or PORT. After 421 and 530 no other way helps; after any other
/// code one may.
fn refused_way(control: &Control, request: &Request, reply: Reply) -> Failed {
    let ends = matches!(reply.code().number(), 421 | 530);
    let error = Error::refused(Phase::DataConnection, request, reply).at(control.peer_name());
    if ends { Failed::Transfer(error) } else { Failed::Way(error) }
}

/// A refusal of the transfer command. 425 concerns the data connection (RFC 959 §5.4), so another
/// way may work.
fn refused_transfer(control: &Control, reply: Reply) -> Failed {
    if reply.code().number() == 425 {
        let error = Error::refused_unasked(Phase::DataConnection, reply);
        return Failed::Way(error.at(control.peer_name()));
    }
    Failed::Transfer(Error::refused_unasked(Phase::Transfer, reply).at(control.peer_name()))
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv6Addr, SocketAddrV6};

    use super::*;

    #[test]
    fn another_port_of_an_address_is_on_the_same_interface() {
        let here = SocketAddrV6::new(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1), 21, 0, 7);
        let there = SocketAddrV6::new(*here.ip(), 4021, 0, 7);
        assert_eq!(with_port(here.into(), 4021), there.into());
    }
}
