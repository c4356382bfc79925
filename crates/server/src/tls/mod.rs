//! TLS: certificates, state shared by all sessions, and the control and data connections under TLS.
//! rustls implements the protocol; this module drives it over non-blocking sockets.

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

/// Everything a server needs for TLS.
#[derive(Clone)]
pub struct TlsConfig {
    rustls: ServerConfig,
    certificates: Arc<Certificates>,
    keys: Arc<dyn ProducesTickets>,
    /// Whether data connections must resume the TLS session of their control connection.
    pub(crate) require_resumption: bool,
    /// Whether an authority vouches for client certificates.
    vouched_for: bool,
}

impl TlsConfig {
    /// TLS 1.2 and 1.3 with this certificate. Clients may resume sessions; with
    /// `require_resumption`, data connections must. `clients` says whether to ask clients for
    /// certificates of their own.
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
        // A ticket contains the session itself, so memory does not grow with the number of clients,
        // and a client that keeps only one ticket can use it for all its data connections. Anything
        // else that is remembered belongs to a control connection.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        let keys = ring::Ticketer::new().map_err(CertificateError::Unusable)?;
        let vouched_for = clients.have_authority();
        Ok(Self { rustls: config, certificates, keys, require_resumption, vouched_for })
    }

    /// Uses another certificate for clients that name this host in the handshake (SNI, RFC 6066
    /// §3). Addresses do not count as names there.
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
        // A new ticket replaces the one that was used, since some clients never use one twice.
        config.send_tls13_tickets = 1;
        ServerConnection::new(Arc::new(config))
    }
}

impl fmt::Debug for TlsConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsConfig").field("require_resumption", &self.require_resumption).finish()
    }
}
