//! TLS: the certificate, what all sessions share of it, the control connection and data connections under it.
//! rustls does the protocol; here it is driven over non-blocking sockets.

mod by_name;
mod certificate;
mod clients;
mod control;
mod data;
mod sessions;
mod tickets;

pub use certificate::{
    Certificate, CertificateError, SelfSigned, certificate_fingerprint, login_certificate,
    self_signed,
};
pub use clients::{ClientCertificates, Vouchers};
pub(crate) use control::{Control, HandshakeError, Patience};
pub(crate) use data::{DataTls, Guard, Received};

use std::fmt;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::server::{NoServerSessionStorage, ProducesTickets};
use rustls::{ServerConfig, ServerConnection};

use packetboat_proto::host::HostName;

use self::by_name::Certificates;
use self::tickets::Tickets;

/// What a server needs to speak TLS.
#[derive(Clone)]
pub struct TlsConfig {
    rustls: ServerConfig,
    certificates: Arc<Certificates>,
    keys: Arc<dyn ProducesTickets>,
    /// Whether data connections must resume the TLS session of their control connection.
    pub(crate) require_resumption: bool,
    /// Whether an authority vouches for the certificates of clients.
    vouched_for: bool,
}

impl TlsConfig {
    /// TLS 1.2 and 1.3 with this certificate. Clients may resume sessions; where `require_resumption` is set,
    /// data connections must. `clients`: whether they are asked for certificates of their own.
    pub fn new(
        certificate: Certificate,
        require_resumption: bool,
        clients: &ClientCertificates,
    ) -> Result<Self, CertificateError> {
        let certificates = Arc::new(Certificates::new(certificate)?);
        let provider = Arc::new(ring::default_provider());
        let verifier = clients.verifier(&provider)?;
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(CertificateError::Unusable)?
            .with_client_cert_verifier(verifier)
            .with_cert_resolver(Arc::<Certificates>::clone(&certificates));
        // A ticket holds the session itself, so memory does not grow with clients, and one ticket serves
        // for all data connections of a client that keeps only one. What is remembered besides belongs to
        // a control connection.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        let keys = ring::Ticketer::new().map_err(CertificateError::Unusable)?;
        let vouched_for = clients.have_authority();
        Ok(Self { rustls: config, certificates, keys, require_resumption, vouched_for })
    }

    /// Shows another certificate to clients that name this host when TLS begins (SNI, RFC 6066 §3). An address is
    /// no name there.
    pub fn add_host(
        &mut self,
        names: &[HostName],
        certificate: Certificate,
    ) -> Result<(), CertificateError> {
        let mut certificates = Certificates::clone(&self.certificates);
        certificates.add(names, certificate)?;
        self.certificates = Arc::new(certificates);
        self.rustls.cert_resolver = Arc::<Certificates>::clone(&self.certificates);
        Ok(())
    }

    /// TLS for a control connection.
    fn control(&self, tickets: &Arc<Tickets>) -> Result<ServerConnection, rustls::Error> {
        let mut config = self.rustls.clone();
        config.ticketer = Arc::<Tickets>::clone(tickets);
        config.session_storage = tickets.sessions();
        ServerConnection::new(Arc::new(config))
    }

    /// TLS for a data connection.
    fn data(&self, tickets: Tickets) -> Result<ServerConnection, rustls::Error> {
        let mut config = self.rustls.clone();
        config.session_storage = tickets.sessions();
        config.ticketer = Arc::new(tickets);
        // One for the one that was used, since some clients use none twice.
        config.send_tls13_tickets = 1;
        ServerConnection::new(Arc::new(config))
    }
}

impl fmt::Debug for TlsConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsConfig").field("require_resumption", &self.require_resumption).finish()
    }
}
