//! [`DataTls`]: a data connection under TLS. [`Guard`] negotiates on the async side; records are
//! then processed in the steps of the lane.

use std::io::{self, IoSlice, Read as _, Write};
use std::net::TcpStream as StdStream;
use std::ops::Range;
use std::os::fd::{AsFd as _, BorrowedFd};
use std::sync::Arc;
use std::time::Duration;

use packetboat_accounts::Fingerprint;
use packetboat_proto::server::{ConnectionLost, TransferCause, Unprotected};
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendAncillaryBuffer, recv, send, sendmsg};
use rustls::{HandshakeKind, ProtocolVersion, ServerConnection};
use tokio::io::Interest;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

use super::TlsConfig;
use super::tickets::Tickets;
use crate::lane::{Direction, PumpError};
use crate::wire::SEND_NOW;

/// How much is read from the socket at a time.
const INPUT: usize = 128 << 10;
/// How much may be waiting for room in the socket.
const OUTPUT: usize = 256 << 10;

/// What a data connection under PROT P must satisfy.
pub(crate) struct Guard {
    pub(super) config: TlsConfig,
    /// The tickets of the control connection.
    pub(super) tickets: Arc<Tickets>,
    /// How long the handshake may take.
    pub(super) timeout: Duration,
    /// The certificate that the client presented on the control connection.
    pub(super) shown: Option<Fingerprint>,
}

impl Guard {
    /// Negotiates TLS on a data connection. The FTP server is the TLS server, whichever side has
    /// connected (RFC 4217 §7).
    pub(crate) async fn secure(
        &self,
        socket: StdStream,
        direction: Direction,
    ) -> Result<(StdStream, Box<DataTls>), TransferCause> {
        let waited = self.timeout;
        let end = Instant::now() + waited;
        let socket = TcpStream::from_std(socket).map_err(|error| failed(&error))?;
        let began = timeout_at(end, socket.readable()).await;
        // A client that sends nothing does not know that it should protect data; one that falls
        // silent later was lost.
        let silent = |_| TransferCause::Unprotected(Unprotected::NoHandshake { waited });
        let stalled = |_| TransferCause::ConnectionLost(ConnectionLost::Stalled { waited });
        began.map_err(silent)?.map_err(|error| failed(&error))?;
        let negotiated = timeout_at(end, self.negotiate(&socket, direction)).await;
        let tls = negotiated.map_err(stalled)?.map_err(|error| failed(&error))?;
        self.check(&tls).map_err(TransferCause::Unprotected)?;
        Ok((socket.into_std().map_err(|error| failed(&error))?, tls))
    }

    /// Checks that the peer is the client of the control connection.
    fn check(&self, tls: &DataTls) -> Result<(), Unprotected> {
        // Only the client of this control connection has a ticket that is accepted here. Anybody
        // may have connected to the port.
        let resumed = tls.connection.handshake_kind() == Some(HandshakeKind::Resumed);
        if self.config.require_resumption && !resumed {
            return Err(Unprotected::NotResumed);
        }
        // Only the client that presented the certificate can present it again.
        let shown = || self.config.shown_by(&tls.connection).map(|shown| shown.fingerprint);
        if self.shown.is_some() && self.shown != shown() {
            return Err(Unprotected::OtherCertificate);
        }
        Ok(())
    }

    async fn negotiate(
        &self,
        socket: &TcpStream,
        direction: Direction,
    ) -> io::Result<Box<DataTls>> {
        let mut connection = self.config.data(self.tickets.for_data()).map_err(io::Error::other)?;
        connection.set_buffer_limit(Some(OUTPUT));
        let mut tls = Box::new(DataTls::new(connection));
        loop {
            // Under TLS 1.3, a ticket follows the handshake. By then, a client may have sent a
            // short file and closed. If it never reads the ticket, its system discards the rest of
            // the file. So the ticket of an upload is only sent at the end.
            let waits = direction == Direction::Receive
                && tls.connection.protocol_version() == Some(ProtocolVersion::TLSv1_3);
            if waits && !tls.connection.is_handshaking() {
                return Ok(tls);
            }
            let flushed = tls.flush(socket.as_fd())?;
            if !tls.connection.is_handshaking() {
                // Anything not flushed yet is sent with the data.
                return Ok(tls);
            }
            if flushed && !tls.unread.is_empty() {
                tls.take_in(socket.as_fd())?;
                continue;
            }
            let interest = if flushed { Interest::READABLE } else { Interest::WRITABLE };
            socket.ready(interest).await?;
            let step = || match tls.take_in(socket.as_fd())? {
                Taken::Some => Ok(()),
                Taken::Nothing => Err(io::ErrorKind::WouldBlock.into()),
                Taken::End => Err(io::ErrorKind::UnexpectedEof.into()),
            };
            if flushed {
                match socket.try_io(interest, step) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    result => result?,
                }
            }
        }
    }
}

/// RFC 4217 §10.2: 522 if TLS refuses the connection. If the connection broke before TLS could say
/// anything, the connection failed, and the transfer may be repeated (426).
fn failed(error: &io::Error) -> TransferCause {
    let refused = error.get_ref().is_some_and(|inner| inner.is::<rustls::Error>());
    let error = packetboat_tls::io_words(error);
    match refused {
        true => TransferCause::Unprotected(Unprotected::Handshake { error }),
        false => TransferCause::ConnectionLost(ConnectionLost::InHandshake { error }),
    }
}

/// The TLS state of a data connection.
pub(crate) struct DataTls {
    connection: ServerConnection,
    /// Records read from the socket. rustls reads 4 KiB at a time, each with a system call.
    input: Vec<u8>,
    unread: Range<usize>,
    said_end: bool,
}

/// The result of reading from the socket.
enum Taken {
    Some,
    Nothing,
    End,
}

/// The result of receiving.
pub(crate) enum Received {
    /// This many bytes.
    Bytes(usize),
    /// Nothing for now.
    Nothing,
    /// The client has said that there is no more.
    End,
}

impl DataTls {
    fn new(connection: ServerConnection) -> Self {
        Self { connection, input: Vec::new(), unread: 0..0, said_end: false }
    }

    /// Whether there is something to receive that the socket no longer holds: bytes, the end that
    /// follows them, or an error in them.
    pub(crate) fn holds_more(&mut self) -> bool {
        !self.unread.is_empty()
            || self.connection.process_new_packets().map_or(true, |state| {
                state.plaintext_bytes_to_read() > 0 || state.peer_has_closed()
            })
    }

    /// Takes as many bytes to send as there is room for. `None` if the socket must become writable
    /// first.
    pub(crate) fn send(
        &mut self,
        socket: BorrowedFd<'_>,
        bytes: &[u8],
    ) -> Result<Option<usize>, PumpError> {
        if !self.flush(socket).map_err(PumpError::Socket)? {
            return Ok(None);
        }
        let count = self.connection.writer().write(bytes).map_err(PumpError::Socket)?;
        self.flush(socket).map_err(PumpError::Socket)?;
        Ok(Some(count))
    }

    /// Receives what is available.
    pub(crate) fn receive(
        &mut self,
        socket: BorrowedFd<'_>,
        into: &mut [u8],
    ) -> Result<Received, PumpError> {
        loop {
            match self.connection.reader().read(into) {
                Ok(0) => {
                    // The client may wait for our close_notify before it closes.
                    self.say_end();
                    let _ = self.flush(socket);
                    return Ok(Received::End);
                }
                Ok(count) => return Ok(Received::Bytes(count)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    return Err(PumpError::CutOff);
                }
                Err(error) => return Err(PumpError::Socket(error)),
            }
            match self.take_in(socket).map_err(PumpError::Socket)? {
                Taken::Some => {}
                Taken::Nothing => return Ok(Received::Nothing),
                Taken::End => return Err(PumpError::CutOff),
            }
        }
    }

    /// Reads records from the socket and decrypts the next ones.
    fn take_in(&mut self, socket: BorrowedFd<'_>) -> io::Result<Taken> {
        if self.unread.is_empty() {
            self.input.resize(INPUT, 0);
            let count = loop {
                match recv(socket, &mut self.input[..], RecvFlags::DONTWAIT) {
                    Ok((_, count)) => break count,
                    Err(Errno::AGAIN) => return Ok(Taken::Nothing),
                    Err(Errno::INTR) => {}
                    Err(error) => return Err(error.into()),
                }
            };
            if count == 0 {
                return Ok(Taken::End);
            }
            self.unread = 0..count;
        }
        self.unread.start += self.connection.read_tls(&mut &self.input[self.unread.clone()])?;
        if let Err(error) = self.connection.process_new_packets() {
            // The alert tells the client why; the client may already be gone.
            let _ = self.flush(socket);
            return Err(io::Error::other(error));
        }
        Ok(Taken::Some)
    }

    /// Sends close_notify: there is no more data.
    pub(crate) fn say_end(&mut self) {
        if !std::mem::replace(&mut self.said_end, true) {
            self.connection.send_close_notify();
        }
    }

    /// Sends what the socket takes. Returns true when everything is sent.
    pub(crate) fn flush(&mut self, socket: BorrowedFd<'_>) -> io::Result<bool> {
        while self.connection.wants_write() {
            match self.connection.write_tls(&mut Socket(socket)) {
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    /// Discards what still arrives. Returns true once the client has closed, or sends more than it
    /// has reason to.
    pub(crate) fn drain(&mut self, socket: BorrowedFd<'_>) -> bool {
        let mut rest = [0_u8; 4096];
        for _ in 0..16 {
            match self.receive(socket, &mut rest) {
                Ok(Received::Bytes(_)) => {}
                Ok(Received::Nothing) => return false,
                Ok(Received::End) | Err(_) => return true,
            }
        }
        true
    }
}

/// The socket as a writer for rustls: takes as much as fits now.
struct Socket<'a>(BorrowedFd<'a>);

impl Write for Socket<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(send(self.0, bytes, SEND_NOW)?)
    }

    fn write_vectored(&mut self, bytes: &[IoSlice<'_>]) -> io::Result<usize> {
        Ok(sendmsg(self.0, bytes, &mut SendAncillaryBuffer::default(), SEND_NOW)?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixStream;

    use rustls::pki_types::pem::PemObject as _;
    use rustls::pki_types::{CertificateDer, ServerName};
    use rustls::{ClientConfig, ClientConnection, RootCertStore};

    use super::super::{Certificate, ClientCertificates, self_signed};
    use super::*;

    /// The server's side of TLS, and a client that trusts it.
    fn pair() -> (DataTls, ClientConnection) {
        let made = self_signed(&["localhost".into()]).expect("a certificate");
        let pem = made.certificate.as_bytes();
        let certificate = Certificate::from_pem(pem, made.key.as_bytes()).expect("what was made");
        let config = TlsConfig::new(certificate, false, &ClientCertificates::Off).expect("TLS");
        let tickets = Tickets::of_control(&config.keys, [0; 16]).for_data();
        let server = DataTls::new(config.data(tickets).expect("a server"));
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(pem).expect("PEM")).expect("a certificate");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let client = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from("localhost").expect("a name");
        (server, ClientConnection::new(Arc::new(client), name).expect("a client"))
    }

    /// An upload whose last bytes and end arrive together, and whose bytes exactly fill the buffer:
    /// the end must not be waited for on the socket, which has nothing more.
    #[test]
    fn an_end_that_came_with_the_last_bytes_is_not_waited_for() {
        let (mut server, mut client) = pair();
        let (near, mut far) = UnixStream::pair().expect("sockets");
        while client.is_handshaking() || server.connection.is_handshaking() {
            while client.wants_write() {
                client.write_tls(&mut far).expect("room");
            }
            while server.connection.is_handshaking()
                && matches!(server.take_in(near.as_fd()), Ok(Taken::Some))
            {}
            assert!(server.flush(near.as_fd()).expect("room"));
            if client.is_handshaking() {
                client.read_tls(&mut far).expect("an answer");
                client.process_new_packets().expect("a negotiation");
            }
        }
        client.writer().write_all(&[7; 1000]).expect("room");
        client.send_close_notify();
        while client.wants_write() {
            client.write_tls(&mut far).expect("room");
        }
        let mut buffer = [0; 1000];
        assert!(matches!(server.receive(near.as_fd(), &mut buffer), Ok(Received::Bytes(1000))));
        assert!(server.holds_more(), "the end is here");
        assert!(matches!(server.receive(near.as_fd(), &mut buffer), Ok(Received::End)));
    }
}
