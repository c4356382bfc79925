//! The connections of the load: plain or under TLS, each with a time limit, and each able to
//! vanish.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use packetboat_codes::ReplyCode;
use packetboat_proto::verbs::Verb;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use socket2::{Domain, SockRef, Socket, Type};

use crate::Result;
use crate::server::{PASSWORD, USER};

/// A server that is silent for longer than this has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// The server's addresses, and how to speak TLS with it.
pub(crate) struct Target {
    plain: SocketAddr,
    tls: SocketAddr,
    config: Arc<ClientConfig>,
}

impl Target {
    /// A server that uses the certificate in this file.
    pub(crate) fn new(plain: SocketAddr, tls: SocketAddr, certificate: &Path) -> Result<Self> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(certificate)?)?;
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { plain, tls, config: Arc::new(config) })
    }
}

/// A connection.
pub(crate) enum Link {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Link {
    fn socket(&self) -> &TcpStream {
        match self {
            Self::Plain(socket) => socket,
            Self::Tls(stream) => &stream.sock,
        }
    }

    /// Reads everything up to the regular end of the connection.
    pub(crate) fn read_all(&mut self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Ends an upload.
    pub(crate) fn finish(mut self) -> Result<()> {
        if let Self::Tls(stream) = &mut self {
            stream.flush()?;
            stream.conn.send_close_notify();
            stream.flush()?;
        }
        Ok(())
    }

    /// Disappears without a word: RST instead of FIN.
    pub(crate) fn vanish(self) {
        // A socket that is already broken needs no RST.
        let _ = SockRef::from(self.socket()).set_linger(Some(Duration::ZERO));
    }
}

impl Read for Link {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.read(buffer),
            Self::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Link {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.write(bytes),
            Self::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        match self {
            Self::Plain(socket) => socket.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}

/// A reply.
pub(crate) struct Reply {
    pub(crate) code: u16,
    pub(crate) text: String,
}

/// A control connection. Every reply is checked against the row of its verb.
pub(crate) struct Control {
    link: Link,
    config: Option<Arc<ClientConfig>>,
    source: Option<Ipv4Addr>,
    received: Vec<u8>,
}

impl Control {
    pub(crate) fn connect(target: &Target, source: Option<Ipv4Addr>, tls: bool) -> Result<Self> {
        let config = tls.then(|| Arc::clone(&target.config));
        let socket = connect(if tls { target.tls } else { target.plain }, source)?;
        let link = secure(socket, config.as_ref())?;
        let mut control = Self { link, config, source, received: Vec::new() };
        match control.reply()?.code {
            220 => Ok(control),
            code => Err(format!("the greeting was {code}").into()),
        }
    }

    pub(crate) fn log_in(&mut self) -> Result<()> {
        self.wanted(&format!("USER {USER}"), &[331])?;
        self.wanted(&format!("PASS {PASSWORD}"), &[230])?;
        self.wanted("TYPE I", &[200]).map(drop)
    }

    pub(crate) fn ask(&mut self, line: &str) -> Result<Reply> {
        self.send(line)?;
        self.answer(line)
    }

    pub(crate) fn wanted(&mut self, line: &str, wanted: &[u16]) -> Result<Reply> {
        let reply = self.ask(line)?;
        match wanted.contains(&reply.code) {
            true => Ok(reply),
            false => {
                Err(format!("unexpected reply to {line}: {} {}", reply.code, reply.text).into())
            }
        }
    }

    pub(crate) fn send(&mut self, line: &str) -> Result<()> {
        self.link.write_all(format!("{line}\r\n").as_bytes())?;
        Ok(self.link.flush()?)
    }

    /// Sends only the first bytes of a line.
    pub(crate) fn send_part(&mut self, line: &str, length: usize) -> Result<()> {
        self.link.write_all(line.as_bytes().get(..length).unwrap_or_default())?;
        Ok(self.link.flush()?)
    }

    /// Reads the next reply, which belongs to this line.
    pub(crate) fn answer(&mut self, line: &str) -> Result<Reply> {
        let reply = self.reply()?;
        let name = line.split(' ').next().unwrap_or_default();
        let row = Verb::parse(name.as_bytes()).map(Verb::row);
        let code = ReplyCode::new(reply.code).ok_or("a reply without a code")?;
        match row.is_none_or(|row| row.replies.allows(code)) {
            true => Ok(reply),
            false => Err(format!("{code} is not a reply listed for {name}: {}", reply.text).into()),
        }
    }

    /// Sends EPSV and opens the data connection; TLS on it starts with its first byte.
    pub(crate) fn passive(&mut self) -> Result<TcpStream> {
        let reply = self.wanted("EPSV", &[229])?;
        let port = reply.text.split_once("(|||").and_then(|(_, rest)| rest.split_once("|)"));
        let port = port.and_then(|(port, _)| port.parse().ok()).ok_or("229 without a port")?;
        let mut address = self.link.socket().peer_addr()?;
        address.set_port(port);
        connect(address, self.source)
    }

    pub(crate) fn secure(&self, socket: TcpStream) -> Result<Link> {
        secure(socket, self.config.as_ref())
    }

    pub(crate) fn vanish(self) {
        self.link.vanish();
    }

    fn reply(&mut self) -> Result<Reply> {
        let mut text = String::new();
        loop {
            let line = self.line()?;
            let code = line.get(..3).and_then(|code| code.parse().ok());
            text.push_str(line.get(4..).unwrap_or(""));
            if let (Some(code), Some(b' ')) = (code, line.as_bytes().get(3)) {
                return Ok(Reply { code, text });
            }
            text.push('\n');
        }
    }

    fn line(&mut self) -> Result<String> {
        loop {
            if let Some(end) = self.received.iter().position(|&byte| byte == b'\n') {
                let line: Vec<u8> = self.received.drain(..=end).collect();
                return Ok(String::from_utf8_lossy(&line).trim_end().to_owned());
            }
            let mut chunk = [0; 1024];
            match self.link.read(&mut chunk)? {
                0 => return Err("the server closed the control connection".into()),
                count => self.received.extend_from_slice(chunk.get(..count).unwrap_or(&[])),
            }
        }
    }
}

fn secure(socket: TcpStream, config: Option<&Arc<ClientConfig>>) -> Result<Link> {
    let Some(config) = config else { return Ok(Link::Plain(socket)) };
    let name = ServerName::try_from("localhost")?;
    let connection = ClientConnection::new(Arc::clone(config), name)?;
    Ok(Link::Tls(Box::new(StreamOwned::new(connection, socket))))
}

fn connect(address: SocketAddr, source: Option<Ipv4Addr>) -> Result<TcpStream> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    socket.set_tcp_nodelay(true)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.set_write_timeout(Some(PATIENCE))?;
    if let Some(source) = source {
        socket.set_reuse_address(true)?;
        socket.bind(&SocketAddr::from((source, 0)).into())?;
    }
    socket.connect(&address.into()).map_err(|error| format!("connecting to {address}: {error}"))?;
    Ok(socket.into())
}
