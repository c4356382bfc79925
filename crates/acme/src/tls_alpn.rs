//! TLS-ALPN-01 (RFC 8737): a handshake with the protocol `acme-tls/1` and a certificate that
//! contains the proof. Other handshakes are refused.

use std::sync::Arc;

use rcgen::{CertificateParams, CustomExtension, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::AcmeError;
use crate::answers::Answers;
use crate::http::each_client;

/// The protocol's name (RFC 8737 §6.2).
const PROTOCOL: &[u8] = b"acme-tls/1";

/// The certificate for each name.
pub(crate) type Proofs = Answers<String, Arc<CertifiedKey>>;

/// Creates the self-signed certificate with the digest of the key authorization (RFC 8737 §3).
pub(crate) fn proof(name: &str, digest: &[u8]) -> Result<Arc<CertifiedKey>, AcmeError> {
    let failed = |why: &dyn std::fmt::Display| AcmeError::Made(why.to_string());
    let mut params = CertificateParams::new([name.to_owned()]).map_err(|error| failed(&error))?;
    params.custom_extensions = vec![CustomExtension::new_acme_identifier(digest)];
    let key = KeyPair::generate().map_err(|error| failed(&error))?;
    let certificate = params.self_signed(&key).map_err(|error| failed(&error))?;
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let key = ring::sign::any_ecdsa_type(&key).map_err(|error| failed(&error))?;
    // `from_der` would refuse the certificate, because only the authority knows its critical
    // extension.
    Ok(Arc::new(CertifiedKey::new(vec![certificate.der().clone()], key)))
}

/// Serves one address for as long as the future is polled.
pub(crate) async fn serve(listener: TcpListener, proofs: Proofs) -> Result<(), AcmeError> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| AcmeError::Made(error.to_string()))?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(Resolver(proofs)));
    config.alpn_protocols = vec![PROTOCOL.to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    each_client(listener, move |stream| serve_one(stream, acceptor.clone())).await;
    Ok(())
}

async fn serve_one(stream: TcpStream, acceptor: TlsAcceptor) {
    // There is nothing after the handshake; any handshake other than the authority's is refused.
    if let Ok(mut stream) = acceptor.accept(stream).await {
        // The authority may have disconnected already.
        let _ = tokio::io::AsyncWriteExt::shutdown(&mut stream).await;
    }
}

#[derive(Debug)]
struct Resolver(Proofs);

impl ResolvesServerCert for Resolver {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let asks = hello.alpn()?.any(|protocol| protocol == PROTOCOL);
        let name = hello.server_name().filter(|_| asks)?;
        self.0.get(name.to_ascii_lowercase().as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use x509_parser::parse_x509_certificate;

    #[test]
    fn the_proof_is_a_critical_extension() {
        let proof = proof("ftp.example.com", &[7; 32]).expect("a certificate");
        let certificate = proof.cert.first().expect("one");
        let (_, parsed) = parse_x509_certificate(certificate).expect("a certificate");
        // id-pe-acmeIdentifier (RFC 8737 §6.1).
        let found =
            parsed.extensions().iter().find(|e| e.oid.to_id_string() == "1.3.6.1.5.5.7.1.31");
        let found = found.expect("the extension");
        assert!(found.critical);
        assert_eq!(found.value, [[4, 32].as_slice(), &[7; 32]].concat());
    }
}
