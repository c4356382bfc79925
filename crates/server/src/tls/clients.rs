//! Certificates of clients: whether they are asked for, whom they have to be from, and what is read from them.

use std::sync::Arc;

use packetboat_accounts::{ClientCertificate, Fingerprint};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{NoClientAuth, VerifierBuilderError, WebPkiClientVerifier};
use rustls::{
    CertificateError as Bad, DigitallySignedStruct, DistinguishedName, Error, RootCertStore,
    ServerConnection, SignatureScheme,
};
use sha2::{Digest as _, Sha256};
use x509_parser::prelude::{FromDer as _, GeneralName, X509Certificate};
use x509_parser::time::ASN1Time;

use super::{CertificateError, TlsConfig};

/// A certificate with more names than this has those behind them for nothing.
const MOST_NAMES: usize = 16;

/// Whether clients are asked for certificates of their own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ClientCertificates {
    /// They are not.
    #[default]
    Off,
    /// They may show any; nobody vouches for it, so that accounts know theirs by the fingerprint alone.
    Known,
    /// They may show one that an authority in this PEM vouches for; another is refused.
    Offered(Vec<u8>),
    /// They have to.
    Required(Vec<u8>),
}

impl ClientCertificates {
    /// Whether the authority can be used.
    pub fn check(&self) -> Result<(), CertificateError> {
        self.verifier(&Arc::new(rustls::crypto::ring::default_provider())).map(drop)
    }

    /// Whether an authority vouches for what is shown.
    pub(super) fn have_authority(&self) -> bool {
        matches!(self, Self::Offered(_) | Self::Required(_))
    }

    pub(super) fn verifier(
        &self,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Arc<dyn ClientCertVerifier>, CertificateError> {
        let (pem, required) = match self {
            Self::Off => return Ok(Arc::new(NoClientAuth)),
            Self::Known => return Ok(Arc::new(Unvouched(Arc::clone(provider)))),
            Self::Offered(pem) => (pem, false),
            Self::Required(pem) => (pem, true),
        };
        let roots = Arc::new(authorities(pem)?);
        let builder = WebPkiClientVerifier::builder_with_provider(roots, Arc::clone(provider));
        let builder = if required { builder } else { builder.allow_unauthenticated() };
        builder
            .build()
            .map_err(|error: VerifierBuilderError| CertificateError::NoAuthority(error.to_string()))
    }
}

fn authorities(pem: &[u8]) -> Result<RootCertStore, CertificateError> {
    let failed = CertificateError::NoAuthority;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|error| failed(error.to_string()))?;
        roots.add(certificate).map_err(|error| failed(packetboat_tls::words(&error)))?;
    }
    match roots.is_empty() {
        true => Err(failed("it holds no CERTIFICATE block".into())),
        false => Ok(roots),
    }
}

impl TlsConfig {
    /// The certificate that the client has shown.
    pub(super) fn shown_by(&self, connection: &ServerConnection) -> Option<ClientCertificate> {
        let shown = connection.peer_certificates()?.first()?;
        Some(ClientCertificate {
            fingerprint: Fingerprint(Sha256::digest(shown).into()),
            names: names(shown),
            vouched_for: self.vouched_for,
        })
    }
}

/// The common names of the subject, then the e-mail addresses of subjectAltName (RFC 5280 §4.2.1.6).
fn names(certificate: &CertificateDer<'_>) -> Vec<String> {
    let Ok((_, parsed)) = X509Certificate::from_der(certificate) else { return Vec::new() };
    let common = parsed.subject().iter_common_name().filter_map(|name| name.as_str().ok());
    let alternative = parsed.subject_alternative_name().ok().flatten();
    let alternative = alternative.iter().flat_map(|extension| &extension.value.general_names);
    let addresses = alternative.filter_map(|name| match name {
        GeneralName::RFC822Name(address) => Some(*address),
        _ => None,
    });
    common.chain(addresses).take(MOST_NAMES).map(str::to_owned).collect()
}

/// Takes any certificate that is valid now, of whoever has its key.
#[derive(Debug)]
struct Unvouched(Arc<CryptoProvider>);

impl ClientCertVerifier for Unvouched {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        shown: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let (_, parsed) = X509Certificate::from_der(shown).map_err(|_| Bad::BadEncoding)?;
        let now =
            i64::try_from(now.as_secs()).ok().and_then(|now| ASN1Time::from_timestamp(now).ok());
        match now.is_some_and(|now| parsed.validity().is_valid_at(now)) {
            true => Ok(ClientCertVerified::assertion()),
            false => Err(Bad::Expired.into()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        shown: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, shown, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        shown: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, shown, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DnType, KeyPair, SanType};

    use super::*;

    #[test]
    fn common_names_and_addresses_are_read_and_nothing_else() {
        let mut params = CertificateParams::new(vec!["host.example".into()]).expect("parameters");
        params.distinguished_name.push(DnType::CommonName, "anna");
        params.distinguished_name.push(DnType::OrganizationName, "Example");
        let address = "anna@example.org".try_into().expect("an address");
        params.subject_alt_names.push(SanType::Rfc822Name(address));
        let made = params.self_signed(&KeyPair::generate().expect("a key")).expect("a certificate");
        assert_eq!(names(made.der()), ["anna", "anna@example.org"]);
        assert!(names(&CertificateDer::from(vec![1, 2, 3])).is_empty());
    }

    #[test]
    fn authorities_have_to_be_there() {
        for bad in
            [b"".as_slice(), b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
        {
            let provider = Arc::new(rustls::crypto::ring::default_provider());
            let error = ClientCertificates::Required(bad.to_vec()).verifier(&provider);
            assert!(matches!(error, Err(CertificateError::NoAuthority(_))));
        }
    }
}
