//! Client certificates: what TLS knows about one ([`ClientCertificate`]), and how an account uses
//! it ([`CertificateRule`]).

use std::fmt;

/// The SHA-256 fingerprint of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(pub [u8; 32]);

/// The certificate that a client presented. TLS has verified that the client has its private key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCertificate {
    /// Its fingerprint.
    pub fingerprint: Fingerprint,
    /// The common names of its subject, and its e-mail addresses.
    pub names: Vec<String>,
    /// Whether an authority that the server trusts issued it. Otherwise the names in it prove
    /// nothing.
    pub vouched_for: bool,
}

/// How an account uses its certificates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CertificateUse {
    /// A certificate replaces the password; either suffices.
    #[default]
    Instead,
    /// Both a certificate and the password are required.
    Besides,
    /// A certificate is required; a password never suffices.
    Only,
}

/// Which certificates belong to an account, and how it uses them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CertificateRule {
    /// How they are used.
    pub usage: CertificateUse,
    /// Whether a certificate that contains the account's name belongs to the account.
    pub by_name: bool,
    /// Certificates that belong to the account whatever names they contain.
    pub fingerprints: Vec<Fingerprint>,
}

/// Each use and its keyword.
const USES: [(CertificateUse, &str); 3] = [
    (CertificateUse::Instead, "instead"),
    (CertificateUse::Besides, "besides"),
    (CertificateUse::Only, "only"),
];

impl Fingerprint {
    /// Reads 64 hexadecimal digits, with or without colons between them.
    pub fn parse(text: &str) -> Option<Self> {
        let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b':').collect();
        let mut bytes = [0; 32];
        if digits.len() != 64 {
            return None;
        }
        let value = |digit: u8| char::from(digit).to_digit(16).and_then(|d| u8::try_from(d).ok());
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = value(pair[0])? << 4 | value(pair[1])?;
        }
        Some(Self(bytes))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pairs: Vec<String> = self.0.iter().map(|byte| format!("{byte:02X}")).collect();
        f.write_str(&pairs.join(":"))
    }
}

impl CertificateUse {
    /// The use with this keyword.
    pub fn parse(word: &str) -> Result<Self, String> {
        let found = USES.iter().find(|(_, known)| *known == word).map(|(usage, _)| *usage);
        found.ok_or_else(|| format!("{word:?} is not known; give instead, besides or only"))
    }
}

impl fmt::Display for CertificateUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = USES.iter().find(|(usage, _)| usage == self).map_or("", |(_, word)| word);
        f.write_str(word)
    }
}

impl CertificateRule {
    /// Whether the account has no certificates and requires none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the certificate belongs to the account with this name.
    pub fn takes(&self, account: &str, certificate: &ClientCertificate) -> bool {
        let named = self.by_name && certificate.vouched_for;
        self.fingerprints.contains(&certificate.fingerprint)
            || named && certificate.names.iter().any(|name| name == account)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_survive_a_round_trip() {
        let fingerprint = Fingerprint(std::array::from_fn(|at| at as u8 * 7));
        let shown = fingerprint.to_string();
        assert_eq!(Fingerprint::parse(&shown), Some(fingerprint));
        assert_eq!(Fingerprint::parse(&shown.replace(':', "").to_lowercase()), Some(fingerprint));
        for bad in ["", "ab", &"g".repeat(64), &"é".repeat(32), &"ab".repeat(33)] {
            assert_eq!(Fingerprint::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_name_counts_only_where_somebody_vouches_for_it() {
        let mut certificate = ClientCertificate {
            fingerprint: Fingerprint([1; 32]),
            names: vec!["anna".into(), "anna@example.org".into()],
            vouched_for: false,
        };
        let by_name = CertificateRule { by_name: true, ..CertificateRule::default() };
        assert!(!by_name.takes("anna", &certificate));
        certificate.vouched_for = true;
        assert!(
            by_name.takes("anna", &certificate) && by_name.takes("anna@example.org", &certificate)
        );
        assert!(!by_name.takes("Anna", &certificate) && !by_name.takes("", &certificate));
        assert!(!CertificateRule::default().takes("anna", &certificate));
        let fingerprints = vec![Fingerprint([1; 32])];
        let listed = CertificateRule { fingerprints, ..CertificateRule::default() };
        certificate.vouched_for = false;
        assert!(listed.takes("bert", &certificate));
    }

    #[test]
    fn every_use_has_a_word() {
        for (usage, word) in USES {
            assert_eq!((CertificateUse::parse(word), usage.to_string()), (Ok(usage), word.into()));
        }
        assert!(CertificateUse::parse("off").is_err());
    }
}
