//! Certificates for clients: a certificate authority, and certificates that it issues, as PEM files
//! in a temporary folder.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, SanType,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, SupportedProtocolVersion};
use tempfile::TempDir;

use crate::keeper::leak;
use crate::tls::anybody;

/// A certificate authority.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: TempDir,
}

/// A certificate and its key.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The certificate's file.
    pub certificate: PathBuf,
    /// The key's file.
    pub key: PathBuf,
}

impl Authority {
    /// Creates a new authority.
    #[expect(clippy::new_without_default, reason = "it makes keys and a folder")]
    pub fn new() -> Self {
        let mut params = named("Authority of the tests");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let issuer = CertifiedIssuer::self_signed(params, key).expect("an authority");
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("ca.pem"), issuer.pem()).expect("a file");
        Self { issuer, folder }
    }

    /// The path of the authority's own certificate, as an argument.
    pub fn file(&self) -> &'static str {
        leak(self.folder.path().join("ca.pem").display().to_string())
    }

    /// Issues a client certificate with this common name and these e-mail addresses.
    pub fn vouch_for(&self, name: &str, addresses: &[&str]) -> Shown {
        let mut params = named(name);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        for address in addresses {
            let address = (*address).try_into().expect("an address");
            params.subject_alt_names.push(SanType::Rfc822Name(address));
        }
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        self.keep(&certificate.pem(), &key)
    }

    /// Creates a self-signed certificate with this common name.
    pub fn stranger(&self, name: &str) -> Shown {
        let key = KeyPair::generate().expect("a key");
        let certificate = named(name).self_signed(&key).expect("a certificate");
        self.keep(&certificate.pem(), &key)
    }

    /// Creates a self-signed certificate for a server at this address.
    pub fn at_address(&self, address: IpAddr) -> Shown {
        let key = KeyPair::generate().expect("a key");
        let mut params = named("a server");
        params.subject_alt_names.push(SanType::IpAddress(address));
        let certificate = params.self_signed(&key).expect("a certificate");
        self.keep(&certificate.pem(), &key)
    }

    fn keep(&self, certificate: &str, key: &KeyPair) -> Shown {
        let number = std::fs::read_dir(self.folder.path()).expect("the folder").count();
        let path = |end: &str| self.folder.path().join(format!("{number}-{end}.pem"));
        let shown = Shown { certificate: path("cert"), key: path("key") };
        std::fs::write(&shown.certificate, certificate).expect("a file");
        std::fs::write(&shown.key, key.serialize_pem()).expect("a file");
        shown
    }
}

fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(Vec::new()).expect("parameters");
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

impl Shown {
    /// The path of the certificate.
    pub fn certificate_text(&self) -> &'static str {
        leak(self.certificate.display().to_string())
    }

    /// The path of the key.
    pub fn key_text(&self) -> &'static str {
        leak(self.key.display().to_string())
    }

    /// A TLS client configuration that shows this certificate and accepts any server.
    ///
    /// # Panics
    ///
    /// If the files have changed.
    pub fn config(&self, versions: &[&'static SupportedProtocolVersion]) -> Arc<ClientConfig> {
        let certificate = CertificateDer::from_pem_file(&self.certificate).expect("a certificate");
        let key = PrivateKeyDer::from_pem_file(&self.key).expect("a key");
        let config = anybody(versions).with_client_auth_cert(vec![certificate], key);
        Arc::new(config.expect("a certificate and its key"))
    }
}
