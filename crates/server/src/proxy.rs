//! Connections through a proxy: which addresses may send a PROXY header, and how the header is read
//! before anything else.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use packetboat_accounts::Network;
use packetboat_proto::proxy::{self, Proxied, Reading};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Which proxies are trusted to name the client.
#[derive(Clone, Debug)]
pub struct ProxyConfig {
    /// Connections from here must begin with a PROXY header; from elsewhere, no header is accepted.
    pub trusted: Vec<Network>,
    /// How long the header may take to arrive.
    pub timeout: Duration,
}

impl Default for ProxyConfig {
    fn default() -> Self {
        Self { trusted: Vec::new(), timeout: Duration::from_secs(5) }
    }
}

impl ProxyConfig {
    /// Whether connections from this address come from a trusted proxy.
    pub(crate) fn trusts(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|network| network.contains(address))
    }

    /// Reads the header from the connection, and not a byte more. The error is a sentence for the
    /// log.
    pub(crate) async fn read(&self, stream: &TcpStream) -> Result<Proxied, String> {
        match timeout(self.timeout, read(stream)).await {
            Ok(read) => read,
            Err(_) => {
                let seconds = self.timeout.as_secs_f32();
                Err(format!("its PROXY header did not arrive within {seconds} seconds"))
            }
        }
    }

    /// The address of the client that a data connection belongs to.
    pub(crate) async fn client_of(
        &self,
        stream: &TcpStream,
        from: SocketAddr,
    ) -> Result<SocketAddr, String> {
        if !self.trusts(from.ip()) {
            return Ok(from);
        }
        Ok(match self.read(stream).await? {
            Proxied::Client { source, .. } => source,
            Proxied::Own => from,
        })
    }
}

async fn read(stream: &TcpStream) -> Result<Proxied, String> {
    let mut bytes = Vec::new();
    loop {
        let needs = match proxy::read(&bytes) {
            Ok(Reading::Whole(proxied)) => return Ok(proxied),
            Ok(Reading::Needs(needs)) => needs,
            Err(error) => return Err(error.to_string()),
        };
        let have = bytes.len();
        bytes.resize(needs, 0);
        let count =
            read_some(stream, &mut bytes[have..]).await.map_err(|error| error.to_string())?;
        if count == 0 {
            return Err("it was closed before its PROXY header was complete".to_owned());
        }
        bytes.truncate(have + count);
    }
}

async fn read_some(stream: &TcpStream, into: &mut [u8]) -> io::Result<usize> {
    loop {
        stream.readable().await?;
        match stream.try_read(into) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            result => return result,
        }
    }
}
