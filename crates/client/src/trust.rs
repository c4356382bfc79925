//! Verifies the server's certificate: against the authorities of the system or of a file, or by its
//! fingerprint. The entry point is [`verifier`], which builds a rustls `ServerCertVerifier` from
//! [`Trust`].

use std::fmt::Debug;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, OtherError, RootCertStore, SignatureScheme};
use sha2::{Digest as _, Sha256};

use crate::error::Error;
use crate::tls::Trust;

/// The SHA-256 fingerprint of the last certificate that the server presented.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shown(Arc<Mutex<Option<[u8; 32]>>>);

impl Shown {
    fn take_note(&self, certificate: &CertificateDer<'_>) {
        let shown = Sha256::digest(certificate).into();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(shown);
    }

    /// The fingerprint in the form that `--fingerprint` accepts and other programs show.
    pub(crate) fn text(&self) -> Option<String> {
        let shown = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = shown?.map(|byte| format!("{byte:02X}"));
        Some(bytes.join(":"))
    }
}

/// The certificate verifier for a [`Trust`], and a handle to the fingerprint of the certificate it
/// checked last.
pub(crate) fn verifier(
    trust: &Trust,
    provider: &Arc<CryptoProvider>,
) -> Result<(Arc<dyn ServerCertVerifier>, Shown), Error> {
    let (judge, shown) = (judge(trust, provider)?, Shown::default());
    let verifier = Verifier { judge, provider: Arc::clone(provider), shown: shown.clone() };
    Ok((Arc::new(verifier), shown))
}

fn judge(trust: &Trust, provider: &Arc<CryptoProvider>) -> Result<Box<dyn Judge>, Error> {
    let roots = match trust {
        Trust::System => system_roots()?,
        Trust::Authority(path) => roots_of(path)?,
        Trust::Fingerprint(fingerprint) => {
            return Ok(Box::new(Known { fingerprint: Some(*fingerprint) }));
        }
        Trust::Anybody => {
            return Ok(Box::new(Known { fingerprint: None }));
        }
    };
    let built =
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone()).build();
    let verifier = built.map_err(|error| Error::tls(error.to_string()))?;
    let own = match trust {
        Trust::Authority(path) => certificates(path)?,
        _ => Vec::new(),
    };
    Ok(Box::new(OrOwn { own, verifier }))
}

/// Decides whether a certificate is trusted.
trait Judge: Debug + Send + Sync {
    fn judge(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error>;
}

/// The error for a self-signed certificate marked as an authority, such as `openssl req -x509` creates.
#[derive(Debug)]
pub(crate) struct SelfSigned;

impl SelfSigned {
    /// Whether this is the reason why a certificate was rejected.
    pub(crate) fn is_in(bad: &CertificateError) -> bool {
        matches!(bad, CertificateError::Other(OtherError(other)) if other.is::<Self>())
    }
}

impl std::fmt::Display for SelfSigned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("it is self-signed, and no trusted authority vouches for it")
    }
}

impl std::error::Error for SelfSigned {}

fn system_roots() -> Result<RootCertStore, Error> {
    let mut roots = RootCertStore::empty();
    // Certificates of the system that cannot be parsed are ignored.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        return Err(Error::tls("this system has no trusted certificate authorities")
            .with_hint("Install them (package ca-certificates), or give one with --ca FILE."));
    }
    Ok(roots)
}

fn roots_of(path: &Path) -> Result<RootCertStore, Error> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates(path)?);
    if roots.is_empty() {
        let path = path.display();
        return Err(Error::tls(format!("{path} contains no certificate"))
            .with_hint("Give a PEM file with CERTIFICATE blocks."));
    }
    Ok(roots)
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let pem = std::fs::read(path).map_err(|error| Error::local(path, error))?;
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    read.map_err(|error| {
        let path = path.display();
        Error::tls(format!("{path} does not contain valid certificates ({error})"))
            .with_hint("Give a PEM file.")
    })
}

/// Trusts the authorities of the system or of a file, and also the server's own certificate if it
/// is in the file. The usual check would reject the latter if it is marked as an authority.
#[derive(Debug)]
struct OrOwn {
    own: Vec<CertificateDer<'static>>,
    verifier: Arc<WebPkiServerVerifier>,
}

impl Judge for OrOwn {
    fn judge(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let usual = self.verifier.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        );
        match usual {
            Err(rustls::Error::InvalidCertificate(CertificateError::Other(_)))
                if self.own.contains(end_entity) =>
            {
                let parsed = rustls::server::ParsedCertificate::try_from(end_entity)?;
                rustls::client::verify_server_name(&parsed, server_name)?;
                Ok(ServerCertVerified::assertion())
            }
            // The file contains an older certificate with the same subject; report it as an unknown
            // issuer.
            Err(rustls::Error::InvalidCertificate(CertificateError::BadSignature))
                if !self.own.is_empty() =>
            {
                Err(CertificateError::UnknownIssuer.into())
            }
            Err(rustls::Error::InvalidCertificate(bad))
                if packetboat_tls::is_of_authority(&bad)
                    && packetboat_tls::is_self_signed(end_entity) =>
            {
                Err(CertificateError::Other(OtherError(Arc::new(SelfSigned))).into())
            }
            usual => usual,
        }
    }
}

/// Trusts the certificate with one fingerprint, or any certificate if no fingerprint is given.
#[derive(Debug)]
struct Known {
    fingerprint: Option<[u8; 32]>,
}

impl Judge for Known {
    fn judge(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let shown: [u8; 32] = Sha256::digest(end_entity).into();
        match self.fingerprint {
            Some(wanted) if wanted != shown => {
                Err(CertificateError::ApplicationVerificationFailure.into())
            }
            _ => Ok(ServerCertVerified::assertion()),
        }
    }
}

/// The verifier given to rustls: the judge decides on the certificate, and the handshake signature
/// proves that the server has its key.
#[derive(Debug)]
struct Verifier {
    judge: Box<dyn Judge>,
    provider: Arc<CryptoProvider>,
    shown: Shown,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.shown.take_note(end_entity);
        self.judge.judge(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
