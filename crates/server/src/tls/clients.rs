//! Client certificates: whether clients are asked for one, who must have issued it, and what is
//! read from it.

use std::sync::Arc;

use packetboat_accounts::{ClientCertificate, Fingerprint};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, UnixTime};
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

/// Names of a certificate beyond this number are ignored.
const MOST_NAMES: usize = 16;

/// Whether clients are asked for certificates of their own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ClientCertificates {
    /// Clients are not asked.
    #[default]
    Off,
    /// Clients may present any certificate. No authority vouches for it, so accounts recognise
    /// theirs by the fingerprint alone.
    Known,
    /// Clients may present a certificate from these authorities; any other is refused.
    Offered(Vouchers),
    /// Clients must present a certificate from these authorities.
    Required(Vouchers),
}

/// The authorities for client certificates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vouchers {
    /// The authorities, in PEM.
    pub authorities: Vec<u8>,
    /// Their revocation lists (RFC 5280 §5), in PEM. If there are any, a certificate whose
    /// authority has no list is refused.
    pub revoked: Option<Vec<u8>>,
}

impl ClientCertificates {
    /// Checks that the authorities and lists can be used.
    pub fn check(&self) -> Result<(), CertificateError> {
        self.verifier(&Arc::new(rustls::crypto::ring::default_provider())).map(drop)
    }

    /// Whether an authority vouches for the certificates that clients present.
    pub(super) fn have_authority(&self) -> bool {
        matches!(self, Self::Offered(_) | Self::Required(_))
    }

    pub(super) fn verifier(
        &self,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Arc<dyn ClientCertVerifier>, CertificateError> {
        let (vouchers, required) = match self {
            Self::Off => return Ok(Arc::new(NoClientAuth)),
            Self::Known => return Ok(Arc::new(Unvouched(Arc::clone(provider)))),
            Self::Offered(vouchers) => (vouchers, false),
            Self::Required(vouchers) => (vouchers, true),
        };
        let roots = Arc::new(authorities(&vouchers.authorities)?);
        let revoked = vouchers.revoked.as_deref().map(revocations).transpose()?;
        let builder = WebPkiClientVerifier::builder_with_provider(roots, Arc::clone(provider));
        // A list past its time still counts: the certificates on it stay revoked, and refusing all
        // others would lock everybody out because somebody forgot to renew a file.
        let builder = builder.with_crls(revoked.unwrap_or_default());
        let builder = if required { builder } else { builder.allow_unauthenticated() };
        builder.build().map_err(|error| match error {
            VerifierBuilderError::InvalidCrl(why) => {
                CertificateError::BadRevocations(Error::InvalidCertRevocationList(why).to_string())
            }
            other => CertificateError::NoAuthority(other.to_string()),
        })
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
        true => Err(failed("it contains no CERTIFICATE block".into())),
        false => Ok(roots),
    }
}

fn revocations(pem: &[u8]) -> Result<Vec<CertificateRevocationListDer<'static>>, CertificateError> {
    let failed = CertificateError::BadRevocations;
    let lists: Result<Vec<_>, _> = CertificateRevocationListDer::pem_slice_iter(pem).collect();
    match lists.map_err(|error| failed(error.to_string()))? {
        lists if lists.is_empty() => Err(failed("it contains no X509 CRL block".into())),
        lists => Ok(lists),
    }
}

impl TlsConfig {
    /// The certificate that the client presented.
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

/// Accepts any certificate that is valid now, if the client has its key.
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
    fn lists_of_what_is_revoked_have_to_be_lists() {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(Vec::new()).expect("parameters");
        let authorities = params.self_signed(&key).expect("a certificate").pem().into_bytes();
        for bad in [
            b"".as_slice(),
            &authorities,
            b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n",
        ] {
            let revoked = Some(bad.to_vec());
            let vouchers = Vouchers { authorities: authorities.clone(), revoked };
            let checked = ClientCertificates::Offered(vouchers).check();
            assert!(matches!(checked, Err(CertificateError::BadRevocations(_))), "{checked:?}");
        }
    }

    #[test]
    fn authorities_have_to_be_there() {
        for bad in
            [b"".as_slice(), b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
        {
            let provider = Arc::new(rustls::crypto::ring::default_provider());
            let vouchers = Vouchers { authorities: bad.to_vec(), revoked: None };
            let error = ClientCertificates::Required(vouchers).verifier(&provider);
            assert!(matches!(error, Err(CertificateError::NoAuthority(_))));
        }
    }
}
