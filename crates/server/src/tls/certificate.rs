//! [`Certificate`]: read from PEM, or created here and self-signed.

use std::fmt;
use std::fmt::Write as _;
use std::net::IpAddr;

use packetboat_accounts::Fingerprint;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sha2::{Digest as _, Sha256};
use x509_parser::prelude::{FromDer as _, GeneralName, X509Certificate};

/// A certificate with its chain and its private key.
pub struct Certificate {
    pub(super) chain: Vec<CertificateDer<'static>>,
    pub(super) key: PrivateKeyDer<'static>,
}

impl Certificate {
    /// Reads chain and key from PEM.
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Self, CertificateError> {
        let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(chain).collect();
        let chain = read.map_err(|error| CertificateError::NoCertificate(error.to_string()))?;
        if chain.is_empty() {
            return Err(CertificateError::NoCertificate("it contains no CERTIFICATE block".into()));
        }
        let key = PrivateKeyDer::from_pem_slice(key)
            .map_err(|error| CertificateError::NoKey(error.to_string()))?;
        Ok(Self { chain, key })
    }

    /// The SHA-256 fingerprint by which people and clients recognise the certificate: `AB:CD:…`.
    pub fn fingerprint(&self) -> String {
        let mut text = String::new();
        for byte in Sha256::digest(self.chain.first().map_or(&[][..], |first| first.as_ref())) {
            let colon = if text.is_empty() { "" } else { ":" };
            // Writing to a String cannot fail.
            let _ = write!(text, "{colon}{byte:02X}");
        }
        text
    }

    /// The IP addresses that the certificate is valid for, in addition to names (RFC 5280
    /// §4.2.1.6).
    pub fn addresses(&self) -> Vec<IpAddr> {
        let first = self.chain.first().and_then(|first| X509Certificate::from_der(first).ok());
        let names = first.as_ref().and_then(|(_, first)| first.subject_alternative_name().ok()?);
        let names = names.map(|names| names.value.general_names.as_slice()).unwrap_or_default();
        let address = |name: &GeneralName<'_>| {
            let GeneralName::IPAddress(bytes) = name else { return None };
            let v4 = <[u8; 4]>::try_from(*bytes).map(IpAddr::from);
            v4.or_else(|_| <[u8; 16]>::try_from(*bytes).map(IpAddr::from)).ok()
        };
        names.iter().filter_map(address).collect()
    }
}

/// Shows the fingerprint only, since the value contains a private key.
impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({})", self.fingerprint())
    }
}

/// Why a certificate cannot be used.
#[derive(Debug)]
pub enum CertificateError {
    /// The PEM contains no certificate.
    NoCertificate(String),
    /// The PEM contains no private key, or one with a password.
    NoKey(String),
    /// Certificate and key do not belong together, or are of an unsupported kind.
    Unusable(rustls::Error),
    /// The PEM contains no authority for client certificates.
    NoAuthority(String),
    /// The certificate cannot be used to log in.
    Unfit(String),
    /// The PEM contains no revocation lists.
    BadRevocations(String),
    /// No certificate could be created.
    NotMade(rcgen::Error),
}

impl fmt::Display for CertificateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCertificate(why) => write!(
                f,
                "the certificate cannot be read ({why}); give a PEM file with CERTIFICATE blocks, the \
                 server's own first"
            ),
            Self::NoKey(why) => write!(
                f,
                "the private key cannot be read ({why}); give a PEM file with a PRIVATE KEY block that \
                 has no password"
            ),
            Self::Unusable(error @ rustls::Error::InconsistentKeys(_)) => write!(
                f,
                "{}; give the key that belongs to the certificate",
                packetboat_tls::words(error)
            ),
            Self::Unusable(error) => write!(
                f,
                "the certificate cannot be used: {}; give an RSA, ECDSA or Ed25519 certificate and its key",
                packetboat_tls::words(error)
            ),
            Self::Unfit(why) => write!(
                f,
                "this certificate cannot be used to log in: {why}; create a version 3 certificate that is valid now"
            ),
            Self::NoAuthority(why) => write!(
                f,
                "the authority for client certificates cannot be read ({why}); give a PEM file \
                 with its CERTIFICATE block"
            ),
            Self::BadRevocations(why) => write!(
                f,
                "the revocation lists cannot be read ({why}); give a PEM file with an X509 CRL \
                 block for each authority, as `openssl ca -gencrl` writes it"
            ),
            Self::NotMade(error) => {
                write!(
                    f,
                    "no certificate could be created ({error}); give one with --cert and --key"
                )
            }
        }
    }
}

impl std::error::Error for CertificateError {}

/// The fingerprint of the first certificate in a PEM file.
pub fn certificate_fingerprint(pem: &[u8]) -> Result<Fingerprint, CertificateError> {
    first(pem).map(|first| Fingerprint(Sha256::digest(&first).into()))
}

/// The fingerprint of a certificate that a client is to log in with, after checking that it can be
/// used for that. `now` is in seconds since 1970.
pub fn login_certificate(pem: &[u8], now: i64) -> Result<Fingerprint, CertificateError> {
    match packetboat_tls::unfit_for_login(&first(pem)?, now) {
        Some(why) => Err(CertificateError::Unfit(why)),
        None => certificate_fingerprint(pem),
    }
}

fn first(pem: &[u8]) -> Result<CertificateDer<'static>, CertificateError> {
    let first = CertificateDer::from_pem_slice(pem);
    first.map_err(|error| CertificateError::NoCertificate(error.to_string()))
}

/// A self-signed certificate and its key, in PEM.
pub struct SelfSigned {
    /// The certificate.
    pub certificate: String,
    /// The private key.
    pub key: String,
}

/// Creates a self-signed certificate for these host names and addresses.
pub fn self_signed(names: &[String]) -> Result<SelfSigned, CertificateError> {
    let made = rcgen::generate_simple_self_signed(names).map_err(CertificateError::NotMade)?;
    Ok(SelfSigned { certificate: made.cert.pem(), key: made.signing_key.serialize_pem() })
}

#[cfg(test)]
mod tests {
    use super::super::{ClientCertificates, TlsConfig};
    use super::*;

    #[test]
    fn what_is_made_can_be_read_and_used() {
        let made = self_signed(&["localhost".into(), "127.0.0.1".into()]).expect("a certificate");
        let read = || Certificate::from_pem(made.certificate.as_bytes(), made.key.as_bytes());
        let certificate = read().expect("what was made");
        assert_eq!(certificate.fingerprint().len(), 32 * 3 - 1);
        assert!(!format!("{certificate:?}").contains("PRIVATE"));
        assert!(TlsConfig::new(certificate, false, &ClientCertificates::Off).is_ok());
    }

    #[test]
    fn what_is_wrong_with_a_pair_is_told() {
        let (one, other) = (self_signed(&[]).expect("one"), self_signed(&[]).expect("another"));
        let told = |chain: &str, key: &str| {
            let read = Certificate::from_pem(chain.as_bytes(), key.as_bytes());
            read.and_then(|read| TlsConfig::new(read, false, &ClientCertificates::Off))
                .expect_err("a refusal")
                .to_string()
        };
        assert!(told("", &one.key).contains("contains no CERTIFICATE block"));
        assert!(told(&one.certificate, "x").contains("private key cannot be read"));
        assert!(told(&one.certificate, &other.key).contains("do not match"));
    }
}
