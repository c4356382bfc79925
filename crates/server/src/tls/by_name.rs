//! [`Certificates`]: selects the certificate for a client: that of the host it names (SNI), or the
//! main one.

use std::collections::HashMap;
use std::sync::Arc;

use packetboat_proto::host::HostName;
use rustls::crypto::ring;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::certificate::{Certificate, CertificateError};

/// The main certificate, and those of virtual hosts.
#[derive(Clone, Debug)]
pub(super) struct Certificates {
    main: Arc<CertifiedKey>,
    hosts: HashMap<String, Arc<CertifiedKey>>,
}

impl Certificates {
    /// One certificate for all clients.
    pub(super) fn new(main: Certificate) -> Result<Self, CertificateError> {
        Ok(Self { main: usable(main)?, hosts: HashMap::new() })
    }

    /// Adds another certificate for some names.
    pub(super) fn add(
        &mut self,
        names: &[HostName],
        certificate: Certificate,
    ) -> Result<(), CertificateError> {
        let certificate = usable(certificate)?;
        for name in names {
            if let HostName::Name(name) = name {
                self.hosts.insert(name.clone(), Arc::clone(&certificate));
            }
        }
        Ok(())
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let named = hello.server_name().and_then(|name| HostName::parse(name.as_bytes()));
        let host = match &named {
            Some(HostName::Name(name)) => self.hosts.get(name),
            _ => None,
        };
        Some(Arc::clone(host.unwrap_or(&self.main)))
    }
}

fn usable(certificate: Certificate) -> Result<Arc<CertifiedKey>, CertificateError> {
    let Certificate { chain, key } = certificate;
    let usable = CertifiedKey::from_der(chain, key, &ring::default_provider());
    usable.map(Arc::new).map_err(CertificateError::Unusable)
}
