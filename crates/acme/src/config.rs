//! [`AcmeConfig`]: what is needed to request a certificate.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{self, PemObject as _};

use crate::AcmeError;

/// The most names in a certificate; authorities have similar limits.
const MOST_NAMES: usize = 100;

/// The certificate to request, the authority to request it from, and how to prove control of the
/// names.
#[derive(Clone, Debug)]
pub struct AcmeConfig {
    /// The authority's directory: an https URL (RFC 8555 §7.1.1).
    pub directory: String,
    /// The root certificate, in PEM, for verifying the authority's own server; `None` for the
    /// system's roots.
    pub authority_root: Option<PathBuf>,
    /// The host names of the certificate.
    pub names: Vec<String>,
    /// E-mail addresses that the authority may write to.
    pub contacts: Vec<String>,
    /// The folder for the account and the certificate.
    pub folder: PathBuf,
    /// How control of the names is proved.
    pub challenge: Challenge,
    /// The account at the authority that the ACME account is bound to (RFC 8555 §7.3.4), if the
    /// authority requires one.
    pub external: Option<ExternalAccount>,
}

/// How the authority verifies control of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Challenge {
    /// HTTP-01: it fetches a page on port 80, which these addresses serve.
    Http(Vec<SocketAddr>),
    /// HTTP-01: it fetches the page from a web server that serves this folder.
    Webroot(PathBuf),
    /// TLS-ALPN-01: it makes a TLS handshake on port 443, which these addresses answer.
    TlsAlpn(Vec<SocketAddr>),
}

/// An account at the authority outside ACME (external account binding).
#[derive(Clone)]
pub struct ExternalAccount {
    /// The key identifier.
    pub key_id: String,
    /// The key itself.
    pub key: Vec<u8>,
}

/// Hides the key.
impl fmt::Debug for ExternalAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExternalAccount").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

impl AcmeConfig {
    /// Checks the file with the authority's root certificate.
    pub fn check_root(&self) -> Result<(), AcmeError> {
        let Some(path) = &self.authority_root else { return Ok(()) };
        let shown = path.display();
        let root = CertificateDer::from_pem_file(path).map_err(|error| match error {
            pem::Error::Io(error) => AcmeError::Config(format!("cannot read {shown}: {error}")),
            _ => AcmeError::Config(format!(
                "{shown} contains no certificate; give the authority's root in PEM"
            )),
        })?;
        RootCertStore::empty().add(root).map_err(|_| {
            AcmeError::Config(format!(
                "{shown} contains no usable certificate; give the authority's root in PEM"
            ))
        })
    }

    /// Checks for what an authority would refuse anyway.
    pub fn check(&self) -> Result<(), AcmeError> {
        let wrong = |why: String| Err(AcmeError::Config(why));
        if self.names.is_empty() || self.names.len() > MOST_NAMES {
            return wrong(format!("give from 1 to {MOST_NAMES} host names for the certificate"));
        }
        for name in &self.names {
            if let Some(why) = fault_of(name) {
                return wrong(format!("no certificate is possible for {name:?}: {why}"));
            }
        }
        if !self.directory.starts_with("https://") {
            let directory = &self.directory;
            return wrong(format!(
                "{directory:?} is not an ACME directory; give an address that begins with https://"
            ));
        }
        match &self.challenge {
            Challenge::Http(addresses) | Challenge::TlsAlpn(addresses) if addresses.is_empty() => {
                wrong("there is no address to answer the authority on".into())
            }
            _ => Ok(()),
        }
    }
}

/// Why no authority issues a certificate for the name with the supported challenges.
fn fault_of(name: &str) -> Option<&'static str> {
    let letters = |label: &str| label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && letters(label)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if name.starts_with("*.") {
        return Some("wildcard names need a DNS challenge, which is not supported; name each host");
    }
    if name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok() {
        return Some("it is an IP address; give a host name");
    }
    if name.len() > 253 || !name.split('.').all(is_label) {
        return Some(
            "it is not a host name; give one such as ftp.example.com, with non-ASCII letters as \
                xn--",
        );
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(names: &[&str]) -> AcmeConfig {
        AcmeConfig {
            directory: "https://acme.example/directory".into(),
            authority_root: None,
            names: names.iter().map(ToString::to_string).collect(),
            contacts: Vec::new(),
            folder: PathBuf::from("/nowhere"),
            challenge: Challenge::Http(vec![([127, 0, 0, 1], 80).into()]),
            external: None,
        }
    }

    #[test]
    fn what_would_be_refused_is_said_before() {
        assert!(config(&["ftp.example.com", "localhost", "xn--bcher-kva.example"]).check().is_ok());
        for (name, words) in [
            ("*.example.com", "wildcard"),
            ("192.0.2.1", "address"),
            ("[::1]", "address"),
            ("bücher.example", "xn--"),
            ("a..b", "host name"),
            ("-a.example", "host name"),
            ("", "host name"),
        ] {
            let why = config(&[name]).check().expect_err(name).to_string();
            assert!(why.contains(words), "{name}: {why}");
        }
        assert!(config(&[]).check().is_err());
        let clear =
            AcmeConfig { directory: "http://acme.example".into(), ..config(&["a.example"]) };
        assert!(clear.check().is_err_and(|error| error.to_string().contains("https://")));
        let deaf =
            AcmeConfig { challenge: Challenge::TlsAlpn(Vec::new()), ..config(&["a.example"]) };
        assert!(deaf.check().is_err());
    }

    #[test]
    fn the_root_of_the_authority_has_to_be_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("root.pem");
        let check = || {
            AcmeConfig { authority_root: Some(file.clone()), ..config(&["a.example"]) }.check_root()
        };
        let why = || check().expect_err("no root").to_string();
        assert!(why().contains("cannot read") && why().contains("root.pem"), "{}", why());
        std::fs::write(&file, "rubbish").expect("a file");
        assert!(why().contains("contains no certificate"), "{}", why());
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        std::fs::write(&file, broken).expect("a file");
        assert!(why().contains("no usable certificate"), "{}", why());
        let own = rcgen::generate_simple_self_signed(["a.example".to_owned()]).expect("one");
        std::fs::write(&file, own.cert.pem()).expect("a file");
        assert!(check().is_ok());
    }

    #[test]
    fn the_external_key_is_not_shown() {
        let external = ExternalAccount { key_id: "id".into(), key: b"secret".to_vec() };
        assert!(!format!("{external:?}").contains("115"));
    }
}
