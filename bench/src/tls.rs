//! The certificate that all servers use, and the load generator's side of TLS. Downloaded records
//! are discarded inside the kernel without decryption, so that the server is what is measured;
//! uploads have to be encrypted.

use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::crypto::ring;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore};

use crate::context::Context;
use crate::{Result, flow};

/// How much is encrypted in one go.
const CHUNK: u64 = 64 << 10;

/// The files with the certificate, its key, and both together.
pub(crate) struct Files {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
    pub(crate) both: PathBuf,
}

pub(crate) fn files(context: &Context) -> Files {
    let at = |name| context.configs().join(name);
    Files { certificate: at("tls.crt"), key: at("tls.key"), both: at("tls.pem") }
}

/// Creates a certificate (ECDSA, P-256) and returns a client configuration that trusts it. Each
/// handshake is a full one.
pub(crate) fn prepare(context: &Context) -> Result<Arc<ClientConfig>> {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".into()])?;
    let (certificate, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    let files = files(context);
    fs::write(files.certificate, &certificate)?;
    fs::write(files.key, &key)?;
    fs::write(files.both, certificate + &key)?;
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone())?;
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_protocol_versions(&[&rustls::version::TLS13])?;
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.resumption = Resumption::disabled();
    Ok(Arc::new(config))
}

/// Negotiates TLS.
pub(crate) fn negotiate(
    config: &Arc<ClientConfig>,
    stream: &mut TcpStream,
) -> Result<ClientConnection> {
    let name = ServerName::try_from("localhost")?;
    let mut connection = ClientConnection::new(Arc::clone(config), name)?;
    while connection.is_handshaking() {
        connection.complete_io(stream)?;
    }
    Ok(connection)
}

/// Discards a file of at least this length, and returns the number of bytes received, including TLS
/// overhead.
pub(crate) fn discard(
    mut connection: ClientConnection,
    mut stream: TcpStream,
    length: u64,
) -> Result<u64> {
    // Some records may have arrived with the handshake.
    let mut first = vec![0; 64 << 10];
    let mut total = connection.reader().read(&mut first).unwrap_or(0) as u64;
    while total < length {
        match flow::discard_up_to(&stream, 1 << 20)? {
            Some(0) => return Ok(total),
            Some(count) => total += count as u64,
            None => return Err("the data connection was silent for too long".into()),
        }
    }
    // Some servers wait for the client to close.
    end(&mut connection, &mut stream)?;
    Ok(total)
}

/// Sends the first bytes of a file.
pub(crate) fn send(
    mut connection: ClientConnection,
    mut stream: TcpStream,
    file: &mut impl Read,
    length: u64,
) -> Result<()> {
    let mut chunk = vec![0; CHUNK as usize];
    let mut left = length;
    while left > 0 {
        let count = left.min(CHUNK) as usize;
        file.read_exact(&mut chunk[..count])?;
        connection.writer().write_all(&chunk[..count])?;
        while connection.wants_write() {
            connection.write_tls(&mut stream)?;
        }
        left -= count as u64;
    }
    end(&mut connection, &mut stream)
}

/// Ends the data and waits for the server to close, in whatever way it does that.
fn end(connection: &mut ClientConnection, stream: &mut TcpStream) -> Result<()> {
    connection.send_close_notify();
    while connection.wants_write() {
        connection.write_tls(stream)?;
    }
    // The server may have closed already.
    let _ = stream.shutdown(Shutdown::Write);
    while matches!(flow::discard_up_to(stream, 1 << 20), Ok(Some(count)) if count > 0) {}
    Ok(())
}
