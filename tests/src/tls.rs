//! TLS by hand, using rustls: links for dialogues and data connections. Certificates are not
//! verified here; clients that verify them have tests of their own.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::WantsClientCert;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    ClientConfig, ClientConnection, ConfigBuilder, DigitallySignedStruct, Error, SignatureScheme,
    StreamOwned, SupportedProtocolVersion,
};
use tempfile::TempDir;

use crate::{Server, Setup};

/// The beginning of a Python script: a client whose data connections resume the session of the
/// control connection if the last of the named arguments is not empty. `names` are the arguments
/// after the first.
pub const PYTHON_CLIENT: &str = r#"
import ftplib, io, os, ssl, sys
host, port, user, password, certificate, reuse, *names = sys.argv[1:]
class Client(ftplib.FTP_TLS):
    def ntransfercmd(self, command, rest=None):
        if not reuse:
            return super().ntransfercmd(command, rest)
        connection, size = ftplib.FTP.ntransfercmd(self, command, rest)
        session = self.sock.session
        return self.context.wrap_socket(connection, server_hostname=self.host, session=session), size
def log_in(version):
    context = ssl.create_default_context(cafile=certificate)
    context.minimum_version = context.maximum_version = version
    ftp = Client(context=context)
    ftp.connect(host, int(port))
    ftp.login(user, password)
    ftp.prot_p()
    return ftp
"#;

/// A link under TLS.
pub type Private = StreamOwned<ClientConnection, TcpStream>;

/// A client configuration. Connections that share one resume each other's sessions.
pub fn config(versions: &[&'static SupportedProtocolVersion]) -> Arc<ClientConfig> {
    Arc::new(anybody(versions).with_no_client_auth())
}

/// The builder of a configuration that accepts any server certificate.
pub(crate) fn anybody(
    versions: &[&'static SupportedProtocolVersion],
) -> ConfigBuilder<ClientConfig, WantsClientCert> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .expect("versions")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anybody))
}

/// Puts TLS on a socket. The handshake takes place with the first bytes.
pub fn over(socket: TcpStream, config: &Arc<ClientConfig>) -> Private {
    over_as(socket, config, "localhost")
}

/// The same, with this name for the server.
pub fn over_as(socket: TcpStream, config: &Arc<ClientConfig>, name: &'static str) -> Private {
    // Small records follow each other closely.
    socket.set_nodelay(true).expect("a socket");
    let name = ServerName::try_from(name).expect("a name");
    let connection = ClientConnection::new(Arc::clone(config), name).expect("a connection");
    StreamOwned::new(connection, socket)
}

/// Sends close_notify, after the handshake if that has not taken place yet.
pub fn end(link: &mut Private) {
    link.flush().expect("a negotiation");
    link.conn.send_close_notify();
    link.flush().expect("a connection");
}

/// Reads the server's close_notify, and nothing after it.
///
/// # Panics
///
/// If the server sends anything else first.
pub fn await_end(link: &mut Private) {
    let mut state = link.conn.process_new_packets().expect("TLS");
    while !state.peer_has_closed() {
        // Read record by record, so that clear text after the end is not mistaken for TLS.
        let mut record = vec![0; 5];
        link.sock.read_exact(&mut record).expect("a record");
        let length = usize::from(u16::from_be_bytes([record[3], record[4]]));
        record.resize(5 + length, 0);
        link.sock.read_exact(&mut record[5..]).expect("a record");
        link.conn.read_tls(&mut record.as_slice()).expect("TLS");
        state = link.conn.process_new_packets().expect("TLS");
    }
    assert_eq!(state.plaintext_bytes_to_read(), 0, "data arrived before the end of TLS");
}

/// The close_notify of this side, in its encrypted form.
///
/// # Panics
///
/// If TLS is broken.
pub fn last_record(link: &mut Private) -> Vec<u8> {
    link.conn.send_close_notify();
    let mut last = Vec::new();
    while link.conn.wants_write() {
        link.conn.write_tls(&mut last).expect("a record");
    }
    last
}

/// Ends TLS and returns the socket, as after CCC: reads the server's close_notify, and then sends
/// our own in one piece with the clear text that follows it.
///
/// # Panics
///
/// If the server sends anything else first.
pub fn leave(mut link: Private, behind: &[u8]) -> TcpStream {
    await_end(&mut link);
    let last = [&last_record(&mut link), behind].concat();
    link.sock.write_all(&last).expect("a connection");
    link.sock
}

/// A server with a self-signed certificate, and the folder that contains it.
pub struct TlsServer {
    /// The server.
    pub server: Server,
    state: TempDir,
}

impl TlsServer {
    /// Starts a server with these arguments.
    pub fn with(arguments: &[&'static str]) -> Self {
        let state = tempfile::tempdir().expect("a folder");
        let home = format!("XDG_STATE_HOME={}", state.path().display());
        let own = ["--self-signed", "--listen-tls", "127.0.0.1:0"];
        let server = Server::with(Setup {
            arguments: [&own, arguments].concat(),
            wrapper: vec!["env".to_owned(), home],
            ..Setup::default()
        });
        Self { server, state }
    }

    /// The path of the certificate, in PEM form.
    pub fn certificate(&self) -> PathBuf {
        self.folder().join("certificate.pem")
    }

    /// The folder of the certificate and its key.
    pub fn folder(&self) -> PathBuf {
        self.state.path().join("packetboat")
    }

    /// The certificate's path as an argument.
    pub fn certificate_text(&self) -> String {
        path_text(&self.certificate())
    }
}

fn path_text(path: &Path) -> String {
    path.to_str().expect("a path in UTF-8").to_owned()
}

/// The link of a control connection.
pub enum Link {
    /// In clear text.
    Clear(TcpStream),
    /// Under TLS.
    Private(Box<Private>),
}

impl Link {
    /// The underlying socket.
    pub fn socket(&self) -> &TcpStream {
        match self {
            Self::Clear(socket) => socket,
            Self::Private(link) => &link.sock,
        }
    }
}

impl Read for Link {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Clear(socket) => socket.read(buffer),
            Self::Private(link) => link.read(buffer),
        }
    }
}

impl Write for Link {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Clear(socket) => socket.write(bytes),
            Self::Private(link) => link.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Clear(socket) => socket.flush(),
            Self::Private(link) => link.flush(),
        }
    }
}

/// Accepts any certificate.
#[derive(Debug)]
struct Anybody;

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        rustls::crypto::ring::default_provider()
            .signature_verification_algorithms
            .supported_schemes()
    }
}
