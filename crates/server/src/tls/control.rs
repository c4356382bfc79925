//! [`Control`]: the control connection, in clear text or under TLS.

use std::io::{self, IoSlice, Read, Write};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConnection;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};

use packetboat_accounts::ClientCertificate;

use super::tickets::{Name, Tickets};
use super::{Guard, TlsConfig};

/// The type of the first TLS record from a client (RFC 8446 §5.1).
const HANDSHAKE: u8 = 22;
/// How long a client may take to end TLS after the reply to CCC, before the server does. Some
/// clients (lftp) mistake an end that arrives with the reply for the end of the connection; others
/// (curl, unless told otherwise) wait for it.
const CLIENT_FIRST: Duration = Duration::from_secs(1);
/// The types of all TLS records: change_cipher_spec, alert, handshake, application_data. No command
/// begins with one of these bytes.
const RECORDS: RangeInclusive<u8> = 20..=23;

/// The control connection.
pub(crate) struct Control {
    stream: Arc<TcpStream>,
    tls: Option<Box<ServerConnection>>,
    /// What data connections must satisfy. It remains after CCC has ended TLS on the control
    /// connection.
    bond: Option<Box<Bond>>,
    patience: Patience,
}

/// How long a client may take for some things.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// To read its replies.
    pub reply: Duration,
    /// To negotiate TLS, or to end it.
    pub handshake: Duration,
}

/// What ties data connections under TLS to the control connection.
struct Bond {
    /// The tickets that the client may resume data connections with.
    tickets: Arc<Tickets>,
    /// The certificate that the client presented.
    certificate: Option<Arc<ClientCertificate>>,
}

/// Why TLS was not negotiated.
pub(crate) enum HandshakeError {
    /// The client sent something other than TLS.
    NotTls,
    /// The client sent nothing in time.
    Silent,
    /// The handshake failed.
    Failed(io::Error),
}

impl From<io::Error> for HandshakeError {
    fn from(error: io::Error) -> Self {
        Self::Failed(error)
    }
}

/// The result of a handshake.
pub(crate) struct Negotiated {
    pub server_name: Option<String>,
    /// Such as `TLSv1_3`.
    pub version: String,
}

impl Control {
    pub(crate) fn new(stream: TcpStream, patience: Patience) -> Self {
        Self { stream: Arc::new(stream), tls: None, bond: None, patience }
    }

    /// The underlying socket, to check whether the client is still there.
    pub(crate) fn stream(&self) -> &Arc<TcpStream> {
        &self.stream
    }

    /// What a data connection under TLS must satisfy.
    pub(crate) fn guard(&self, config: &TlsConfig, timeout: Duration) -> Option<Guard> {
        let bond = self.bond.as_ref()?;
        let shown = bond.certificate.as_ref().map(|certificate| certificate.fingerprint);
        Some(Guard { config: config.clone(), tickets: Arc::clone(&bond.tickets), timeout, shown })
    }

    /// Whether the control connection is under TLS.
    pub(crate) fn is_secured(&self) -> bool {
        self.tls.is_some()
    }

    /// The certificate that the client presented, as long as TLS lasts.
    pub(crate) fn certificate(&self) -> Option<Arc<ClientCertificate>> {
        self.bond.as_ref().filter(|_| self.is_secured())?.certificate.clone()
    }

    /// Completes when there may be something to read.
    pub(crate) async fn readable(&self) -> io::Result<()> {
        self.stream.readable().await
    }

    /// Passes on what has arrived. Returns false at the end of the connection.
    pub(crate) fn read(&mut self, mut take: impl FnMut(&[u8])) -> io::Result<bool> {
        // The buffer is on the stack: an idle session holds none.
        let mut buffer = [0_u8; 4096];
        let count = match self.stream.try_read(&mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(true),
            count => count?,
        };
        let Some(tls) = &mut self.tls else {
            take(&buffer[..count]);
            return Ok(count > 0);
        };
        let mut unread = &buffer[..count];
        let mut plain = [0_u8; 4096];
        let mut open = count > 0;
        while !unread.is_empty() {
            if tls.read_tls(&mut unread)? == 0 {
                // Nothing is accepted after the client has ended TLS.
                return Ok(false);
            }
            if let Err(error) = tls.process_new_packets() {
                // The alert tells the client why; the client may already be gone.
                let _ = tls.write_tls(&mut Socket(&self.stream));
                return Err(io::Error::other(error));
            }
            loop {
                match tls.reader().read(&mut plain) {
                    Ok(0) => {
                        open = false;
                        break;
                    }
                    Ok(count) => take(&plain[..count]),
                    Err(_) => break,
                }
            }
        }
        Ok(open)
    }

    /// Sends all bytes, or gives up on a client that does not read.
    pub(crate) async fn send(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        let Some(tls) = &mut self.tls else {
            return send_clear(&self.stream, bytes, self.patience.reply).await;
        };
        loop {
            if !bytes.is_empty() {
                let count = tls.writer().write(bytes)?;
                bytes = &bytes[count..];
            }
            send_records(&self.stream, tls, self.patience.reply).await?;
            if bytes.is_empty() {
                return Ok(());
            }
        }
    }

    /// Negotiates TLS.
    pub(crate) async fn begin(&mut self, config: &TlsConfig) -> Result<Negotiated, HandshakeError> {
        let end = Instant::now() + self.patience.handshake;
        let mut first = [0_u8; 1];
        let Ok(peeked) = timeout_at(end, self.stream.peek(&mut first)).await else {
            return Err(HandshakeError::Silent);
        };
        if peeked? > 0 && first != [HANDSHAKE] {
            return Err(HandshakeError::NotTls);
        }
        match timeout_at(end, self.negotiate(config)).await {
            Ok(result) => result,
            Err(late) => Err(HandshakeError::Failed(late.into())),
        }
    }

    async fn negotiate(&mut self, config: &TlsConfig) -> Result<Negotiated, HandshakeError> {
        let tickets = Arc::new(Tickets::of_control(&config.keys, random_name()?));
        let mut connection = config.control(&tickets).map_err(io::Error::other)?;
        while connection.is_handshaking() {
            receive_record(&self.stream, &mut connection).await?;
            send_records(&self.stream, &mut connection, self.patience.reply).await?;
        }
        let negotiated = Negotiated {
            server_name: connection.server_name().map(str::to_owned),
            version: connection
                .protocol_version()
                .and_then(|version| version.as_str().map(str::to_owned))
                .unwrap_or_default(),
        };
        let certificate = config.shown_by(&connection).map(Arc::new);
        self.tls = Some(Box::new(connection));
        self.bond = Some(Box::new(Bond { tickets, certificate }));
        Ok(negotiated)
    }

    /// Ends TLS and leaves the connection open.
    pub(crate) async fn end(&mut self) -> io::Result<()> {
        self.bond = None;
        // Whatever still arrives under TLS was sent after REIN, and is ignored.
        self.end_with(Duration::ZERO, |_| true).await
    }

    /// Ends TLS as well, but passes on what still arrives under TLS, until `take` wants no more.
    /// Data connections must still satisfy the same conditions.
    pub(crate) async fn clear(&mut self, take: impl FnMut(&[u8]) -> bool) -> io::Result<()> {
        self.end_with(CLIENT_FIRST, take).await
    }

    /// Sends close_notify, unless the client sends its own within `client_first`, and waits for the
    /// client's.
    async fn end_with(
        &mut self,
        client_first: Duration,
        mut take: impl FnMut(&[u8]) -> bool,
    ) -> io::Result<()> {
        let Some(mut tls) = self.tls.take() else { return Ok(()) };
        tls.send_close_notify();
        let closing = async {
            if !client_first.is_zero() {
                match timeout(client_first, self.is_at_record()).await {
                    // The client already continues in clear text, and would read our close_notify
                    // as a reply.
                    Ok(Ok(false)) => return Ok(()),
                    Ok(Err(error)) => return Err(error),
                    Ok(Ok(true)) | Err(_) => {}
                }
            }
            send_records(&self.stream, &mut tls, self.patience.reply).await?;
            // The client may have ended TLS in what the session has already read.
            let mut closed = tls.process_new_packets().map_err(io::Error::other)?.peer_has_closed();
            while !closed {
                // Some clients (curl, unless told otherwise) do not answer close_notify, and
                // continue in clear text immediately.
                if !self.is_at_record().await? {
                    break;
                }
                closed = receive_record(&self.stream, &mut tls).await?;
                let mut plain = [0_u8; 4096];
                while let Ok(count) = tls.reader().read(&mut plain)
                    && count > 0
                {
                    if !take(&plain[..count]) {
                        return Err(io::Error::other(
                            "too many commands arrived before the end of TLS",
                        ));
                    }
                }
            }
            Ok(())
        };
        timeout(self.patience.handshake, closing).await?
    }

    /// Whether a TLS record comes next, rather than clear text.
    async fn is_at_record(&self) -> io::Result<bool> {
        let mut first = [0_u8; 1];
        match self.stream.peek(&mut first).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(RECORDS.contains(&first[0])),
        }
    }

    /// Sends close_notify at the end of the session, to show that nothing was cut off. Errors do
    /// not matter, since the client may be gone.
    pub(crate) fn close(&mut self) {
        if let Some(tls) = &mut self.tls {
            tls.send_close_notify();
            let _ = tls.write_tls(&mut Socket(&self.stream));
        }
    }
}

/// Reads exactly one record from the socket, so that anything after the last record stays there.
/// Returns true if the client has ended TLS with it.
async fn receive_record(stream: &TcpStream, connection: &mut ServerConnection) -> io::Result<bool> {
    let mut record = vec![0_u8; 5];
    read_exact(stream, &mut record).await?;
    let length = usize::from(u16::from_be_bytes([record[3], record[4]]));
    record.resize(5 + length, 0);
    read_exact(stream, &mut record[5..]).await?;
    let mut unread = record.as_slice();
    let mut closed = false;
    while !unread.is_empty() {
        if connection.read_tls(&mut unread)? == 0 {
            // The client had already ended TLS.
            return Ok(true);
        }
        match connection.process_new_packets() {
            Ok(state) => closed = state.peer_has_closed(),
            Err(error) => {
                // The alert tells the client why; the client may already be gone.
                let _ = connection.write_tls(&mut Socket(stream));
                return Err(io::Error::other(error));
            }
        }
    }
    Ok(closed)
}

async fn read_exact(stream: &TcpStream, mut into: &mut [u8]) -> io::Result<()> {
    while !into.is_empty() {
        stream.readable().await?;
        match stream.try_read(into) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => into = &mut into[count..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

async fn send_records(
    stream: &TcpStream,
    connection: &mut ServerConnection,
    patience: Duration,
) -> io::Result<()> {
    while connection.wants_write() {
        match connection.write_tls(&mut Socket(stream)) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                timeout(patience, stream.writable()).await??;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

async fn send_clear(stream: &TcpStream, mut bytes: &[u8], patience: Duration) -> io::Result<()> {
    while !bytes.is_empty() {
        match stream.try_write(bytes) {
            Ok(count) => bytes = &bytes[count..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                timeout(patience, stream.writable()).await??;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The socket as a writer for rustls: takes as much as fits now.
struct Socket<'a>(&'a TcpStream);

impl Write for Socket<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.try_write(bytes)
    }

    fn write_vectored(&mut self, bytes: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.try_write_vectored(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn random_name() -> io::Result<Name> {
    let mut name = Name::default();
    getrandom::fill(&mut name).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(name)
}
