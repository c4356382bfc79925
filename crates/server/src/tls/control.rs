//! The control connection, in clear or under TLS.

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

/// The first byte of everything a client may begin TLS with (RFC 8446 §5.1).
const HANDSHAKE: u8 = 22;
/// How long a client may take after the reply to CCC to end TLS before the server does. Some (lftp) take an end that comes
/// with the reply for the end of the connection, others (curl, unless told otherwise) wait for it.
const CLIENT_FIRST: Duration = Duration::from_secs(1);
/// The first bytes of all records: change_cipher_spec, alert, handshake, application_data. No command begins so.
const RECORDS: RangeInclusive<u8> = 20..=23;

/// The control connection.
pub(crate) struct Control {
    stream: Arc<TcpStream>,
    tls: Option<Box<ServerConnection>>,
    /// What data connections have to fulfil. CCC leaves it, when TLS has ended here.
    bond: Option<Box<Bond>>,
    patience: Patience,
}

/// How long a client may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// Without reading its replies.
    pub reply: Duration,
    /// To negotiate TLS, or to end it.
    pub handshake: Duration,
}

/// What data connections under TLS have in common with the control connection.
struct Bond {
    /// What the client may resume on data connections.
    tickets: Arc<Tickets>,
    /// The certificate that the client has shown.
    certificate: Option<Arc<ClientCertificate>>,
}

/// Why TLS was not negotiated.
pub(crate) enum HandshakeError {
    /// What the client sent is something else.
    NotTls,
    /// The client sent nothing in time.
    Silent,
    /// It failed.
    Failed(io::Error),
}

impl From<io::Error> for HandshakeError {
    fn from(error: io::Error) -> Self {
        Self::Failed(error)
    }
}

/// What was negotiated.
pub(crate) struct Negotiated {
    pub server_name: Option<String>,
    /// Such as `TLSv1_3`.
    pub version: String,
}

impl Control {
    pub(crate) fn new(stream: TcpStream, patience: Patience) -> Self {
        Self { stream: Arc::new(stream), tls: None, bond: None, patience }
    }

    /// The socket beneath, to ask whether the client lives.
    pub(crate) fn stream(&self) -> &Arc<TcpStream> {
        &self.stream
    }

    /// What a data connection under TLS has to fulfil.
    pub(crate) fn guard(&self, config: &TlsConfig, timeout: Duration) -> Option<Guard> {
        let bond = self.bond.as_ref()?;
        let shown = bond.certificate.as_ref().map(|certificate| certificate.fingerprint);
        Some(Guard { config: config.clone(), tickets: Arc::clone(&bond.tickets), timeout, shown })
    }

    /// Whether it is under TLS.
    pub(crate) fn is_secured(&self) -> bool {
        self.tls.is_some()
    }

    /// The certificate that the client has shown under TLS, as long as that lasts.
    pub(crate) fn certificate(&self) -> Option<Arc<ClientCertificate>> {
        self.bond.as_ref().filter(|_| self.is_secured())?.certificate.clone()
    }

    /// Completes when there may be something to read.
    pub(crate) async fn readable(&self) -> io::Result<()> {
        self.stream.readable().await
    }

    /// Hands over what has arrived; false at the end of the connection.
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
                // Behind the client's end of TLS nothing is taken any more.
                return Ok(false);
            }
            if let Err(error) = tls.process_new_packets() {
                // The alert tells the client why; it may be gone already.
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

    /// Sends all the bytes, or gives up on a client that does not read.
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
        // What still came under TLS came before the end of it, and after REIN: it counts no more.
        self.end_with(Duration::ZERO, |_| true).await
    }

    /// The same, but what still comes under TLS is handed over, until no more may come; and data connections have
    /// to fulfil what they had to.
    pub(crate) async fn clear(&mut self, take: impl FnMut(&[u8]) -> bool) -> io::Result<()> {
        self.end_with(CLIENT_FIRST, take).await
    }

    /// Says that TLS ends, if the client has not said so before that time is over, and waits for the client to say so.
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
                    // It is in clear by now, and would take our end of TLS for a reply.
                    Ok(Ok(false)) => return Ok(()),
                    Ok(Err(error)) => return Err(error),
                    Ok(Ok(true)) | Err(_) => {}
                }
            }
            send_records(&self.stream, &mut tls, self.patience.reply).await?;
            // It may have ended TLS with what the session has read already.
            let mut closed = tls.process_new_packets().map_err(io::Error::other)?.peer_has_closed();
            while !closed {
                // Some clients (curl, unless told otherwise) answer no close_notify, and go on in clear at once.
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
                            "too many commands came before the end of TLS",
                        ));
                    }
                }
            }
            Ok(())
        };
        timeout(self.patience.handshake, closing).await?
    }

    /// Whether a record comes next, and nothing in clear.
    async fn is_at_record(&self) -> io::Result<bool> {
        let mut first = [0_u8; 1];
        match self.stream.peek(&mut first).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(RECORDS.contains(&first[0])),
        }
    }

    /// Says at the end of the session that nothing was cut off. A client that is gone does not mind.
    pub(crate) fn close(&mut self) {
        if let Some(tls) = &mut self.tls {
            tls.send_close_notify();
            let _ = tls.write_tls(&mut Socket(&self.stream));
        }
    }
}

/// Takes exactly one record from the socket, so that whatever stands behind the last one stays there. True if
/// the client has ended TLS with it.
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
            // It had ended TLS before.
            return Ok(true);
        }
        match connection.process_new_packets() {
            Ok(state) => closed = state.peer_has_closed(),
            Err(error) => {
                // The alert tells the client why; it may be gone already.
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

/// The socket as rustls writes to it: as much as it takes now.
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
