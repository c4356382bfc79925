//! [`Validity`]: the dates and names of a certificate.

use instant_acme::CertificateIdentifier;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use x509_parser::extensions::GeneralName;
use x509_parser::parse_x509_certificate;

/// The parts of a certificate that decide about its renewal. Times are in seconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Validity {
    /// The first second of its validity.
    pub not_before: i64,
    /// The last second.
    pub not_after: i64,
    /// The host names in it, sorted.
    pub names: Vec<String>,
    /// Its identifier at the authority (RFC 9773 §4.1), if it has one.
    pub(crate) identifier: Option<CertificateIdentifier<'static>>,
}

impl Validity {
    /// Reads the first certificate of a PEM file.
    pub fn from_pem(pem: &[u8]) -> Result<Self, String> {
        let certificate = CertificateDer::from_pem_slice(pem).map_err(|error| error.to_string())?;
        let (_, parsed) =
            parse_x509_certificate(&certificate).map_err(|error| error.to_string())?;
        let alternative = parsed.subject_alternative_name().map_err(|error| error.to_string())?;
        let dns = |name: &GeneralName<'_>| match name {
            GeneralName::DNSName(name) => Some(name.to_ascii_lowercase()),
            _ => None,
        };
        let found = alternative.iter().flat_map(|extension| &extension.value.general_names);
        let mut names: Vec<String> = found.filter_map(dns).collect();
        names.sort();
        Ok(Self {
            not_before: parsed.validity().not_before.timestamp(),
            not_after: parsed.validity().not_after.timestamp(),
            names,
            identifier: CertificateIdentifier::try_from(&certificate)
                .ok()
                .map(CertificateIdentifier::into_owned),
        })
    }

    /// When to renew it if the authority suggests no time: after two thirds of its lifetime.
    pub fn due(&self) -> i64 {
        let life = self.not_after.saturating_sub(self.not_before).max(0);
        self.not_before.saturating_add(life / 3 * 2)
    }

    /// Whether it is for exactly these names.
    pub fn is_for(&self, names: &[String]) -> bool {
        let mut wanted: Vec<String> = names.iter().map(|name| name.to_ascii_lowercase()).collect();
        wanted.sort();
        wanted.dedup();
        self.names == wanted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_times_are_those_of_the_certificate() {
        let mut params = rcgen::CertificateParams::new(["b.example".into(), "a.example".into()])
            .expect("params");
        params.not_before = rcgen::date_time_ymd(2026, 1, 1);
        params.not_after = rcgen::date_time_ymd(2026, 4, 1);
        let key = rcgen::KeyPair::generate().expect("a key");
        let certificate = params.self_signed(&key).expect("a certificate");
        let pem = format!("{}{}", key.serialize_pem(), certificate.pem());
        let read = Validity::from_pem(pem.as_bytes()).expect("a certificate behind a key");
        assert_eq!(read.names, ["a.example", "b.example"]);
        assert_eq!((read.not_after - read.not_before) / 86_400, 90);
        assert_eq!((read.due() - read.not_before) / 86_400, 60);
        assert!(read.is_for(&["B.example".into(), "a.example".into(), "a.example".into()]));
        assert!(!read.is_for(&["a.example".into()]));
        assert!(Validity::from_pem(b"nothing").is_err());
    }
}
