//! Certificates: read from PEM, or made here and signed by themselves.

use std::fmt;
use std::fmt::Write as _;
use std::net::IpAddr;

use packetboat_accounts::Fingerprint;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sha2::{Digest as _, Sha256};
use x509_parser::prelude::{FromDer as _, GeneralName, X509Certificate};

/// A certificate with those that lead to its root, and its private key.
pub struct Certificate {
    pub(super) chain: Vec<CertificateDer<'static>>,
    pub(super) key: PrivateKeyDer<'static>,
}

impl Certificate {
    /// Reads both from PEM.
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Self, CertificateError> {
        let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(chain).collect();
        let chain = read.map_err(|error| CertificateError::NoCertificate(error.to_string()))?;
        if chain.is_empty() {
            return Err(CertificateError::NoCertificate("it holds no CERTIFICATE block".into()));
        }
        let key = PrivateKeyDer::from_pem_slice(key)
            .map_err(|error| CertificateError::NoKey(error.to_string()))?;
        Ok(Self { chain, key })
    }

    /// The SHA-256 fingerprint by which a person or a client can know it again: `AB:CD:…`.
    pub fn fingerprint(&self) -> String {
        let mut text = String::new();
        for byte in Sha256::digest(self.chain.first().map_or(&[][..], |first| first.as_ref())) {
            let colon = if text.is_empty() { "" } else { ":" };
            // Writing to a String cannot fail.
            let _ = write!(text, "{colon}{byte:02X}");
        }
        text
    }

    /// The addresses that it is for, beside names (RFC 5280 §4.2.1.6).
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

/// It has no text form: a private key is in it.
impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({})", self.fingerprint())
    }
}

/// Why a certificate cannot be used.
#[derive(Debug)]
pub enum CertificateError {
    /// The PEM holds no certificate.
    NoCertificate(String),
    /// The PEM holds no private key, or one under a password.
    NoKey(String),
    /// Certificate and key do not belong together, or are of a kind that is not known.
    Unusable(rustls::Error),
    /// The PEM holds no authority for the certificates of clients.
    NoAuthority(String),
    /// It could never be used for a login.
    Unfit(String),
    /// The PEM holds no lists of revoked certificates.
    BadRevocations(String),
    /// None could be made.
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
                "{}; give the key that the certificate was made for",
                packetboat_tls::words(error)
            ),
            Self::Unusable(error) => write!(
                f,
                "the certificate cannot be used: {}; give one for RSA, ECDSA or Ed25519 and its key",
                packetboat_tls::words(error)
            ),
            Self::Unfit(why) => write!(
                f,
                "this certificate lets nobody in: {why}; make one that is valid now, of version 3"
            ),
            Self::NoAuthority(why) => write!(
                f,
                "the authority for the certificates of clients cannot be read ({why}); give a PEM file with \
                 its CERTIFICATE block"
            ),
            Self::BadRevocations(why) => write!(
                f,
                "the lists of revoked certificates cannot be read ({why}); give a PEM file with an X509 CRL \
                 block of each authority, as `openssl ca -gencrl` writes it"
            ),
            Self::NotMade(error) => {
                write!(f, "no certificate could be made ({error}); give one with --cert and --key")
            }
        }
    }
}

impl std::error::Error for CertificateError {}

/// The fingerprint of the first certificate in some PEM.
pub fn certificate_fingerprint(pem: &[u8]) -> Result<Fingerprint, CertificateError> {
    first(pem).map(|first| Fingerprint(Sha256::digest(&first).into()))
}

/// The same of one that a client is to log in with; whether it could is looked at, `now` in seconds since 1970.
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

/// A certificate that nobody but itself vouches for, and its key, as PEM.
pub struct SelfSigned {
    /// The certificate.
    pub certificate: String,
    /// The private key.
    pub key: String,
}

/// Makes one for these host names and addresses.
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
        assert!(told("", &one.key).contains("no CERTIFICATE block"));
        assert!(told(&one.certificate, "x").contains("private key cannot be read"));
        assert!(told(&one.certificate, &other.key).contains("do not match"));
    }
}
