//! What errors of TLS and of certificates mean, for people: client and server say the same of them. rustls tells many of
//! them as the names of its own types, which are words for programmers.

use std::io;

use rustls::{AlertDescription as Alert, CertificateError as Bad, Error, InconsistentKeys};
use x509_parser::prelude::{FromDer as _, X509Certificate, X509Version};
use x509_parser::time::ASN1Time;

/// What went wrong, as a clause.
pub fn words(error: &Error) -> String {
    match error {
        Error::InvalidCertificate(bad) => certificate_words(bad),
        Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
            "certificate and private key do not belong together".into()
        }
        Error::InconsistentKeys(_) => "the private key is of a kind that cannot be used".into(),
        Error::NoCertificatesPresented => "the other side shows no certificate".into(),
        Error::PeerIncompatible(_) => {
            "the two sides have no version or cipher of TLS in common; TLS 1.2 or 1.3 is wanted"
                .into()
        }
        Error::AlertReceived(alert) => alert_words(*alert),
        Error::InvalidMessage(_) | Error::InappropriateMessage { .. } => {
            "what came is not TLS".into()
        }
        Error::InappropriateHandshakeMessage { .. } | Error::PeerMisbehaved(_) => {
            "the other side breaks the rules of TLS".into()
        }
        Error::DecryptError => "what came cannot be decrypted: it was changed on the way".into(),
        Error::PeerSentOversizedRecord => "the other side sent more than TLS allows at once".into(),
        Error::InvalidCertRevocationList(_) => {
            "the list of revoked certificates cannot be used".into()
        }
        Error::General(text) => text.clone(),
        Error::Other(other) => end_of(&other.to_string()),
        other => other.to_string(),
    }
}

/// The same of an error that a connection under TLS ended with.
pub fn io_words(error: &io::Error) -> String {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        Some(Error::InvalidCertificate(bad)) => {
            format!("the certificate of the other side is refused: {}", certificate_words(bad))
        }
        Some(error) => words(error),
        // The second is tokio-rustls's own.
        None if (error.kind() == io::ErrorKind::UnexpectedEof && error.get_ref().is_none())
            || error.to_string() == "tls handshake eof" =>
        {
            "the other side closed the connection in the middle of it".into()
        }
        None => error.to_string(),
    }
}

/// What is wrong with a certificate.
pub fn certificate_words(bad: &Bad) -> String {
    let text = match bad {
        Bad::BadEncoding => "it cannot be read: it is no X.509 certificate, or damaged",
        Bad::Expired | Bad::ExpiredContext { .. } => "it has expired",
        Bad::NotValidYet | Bad::NotValidYetContext { .. } => {
            "it is not valid yet; if it should be, the clock of this machine is wrong"
        }
        Bad::Revoked => "its authority has revoked it",
        Bad::UnhandledCriticalExtension => "it holds a critical extension that is not known here",
        Bad::UnknownIssuer => "no authority that is trusted here vouches for it",
        Bad::UnknownRevocationStatus => "whether it was revoked is not known",
        Bad::ExpiredRevocationList | Bad::ExpiredRevocationListContext { .. } => {
            "the list of revoked certificates has expired"
        }
        Bad::BadSignature => "its signature is wrong: its issuer has not made it as it is",
        Bad::UnsupportedSignatureAlgorithmContext { .. }
        | Bad::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => UNKNOWN_ALGORITHM,
        Bad::NotValidForName | Bad::NotValidForNameContext { .. } => "it is for another host",
        Bad::InvalidPurpose | Bad::InvalidPurposeContext { .. } => {
            "it is made for another purpose (extended key usage)"
        }
        Bad::InvalidOcspResponse => "the proof that it is not revoked (OCSP) is wrong",
        Bad::ApplicationVerificationFailure => "it is not the one that is wanted",
        Bad::Other(other) => return other_words(&other.to_string()),
        other => return other_words(&other.to_string()),
    };
    text.to_owned()
}

/// Whether a certificate was refused since it is an authority's.
pub fn is_of_authority(bad: &Bad) -> bool {
    matches!(bad, Bad::Other(other) if other.to_string().contains(OF_AUTHORITY))
}

/// Whether a certificate names itself as the one who vouches for it.
pub fn is_self_signed(der: &[u8]) -> bool {
    X509Certificate::from_der(der)
        .is_ok_and(|(_, parsed)| parsed.issuer().as_raw() == parsed.subject().as_raw())
}

/// For which hosts a certificate is that is for another one than was wanted.
pub fn other_host(bad: &Bad, wanted: &str) -> String {
    /// How many names are told; a certificate of a hoster may have hundreds.
    const MOST: usize = 8;
    let Bad::NotValidForNameContext { presented, .. } = bad else {
        return format!("the certificate of the server is for another host than {wanted}");
    };
    let names: Vec<&str> = presented.iter().filter_map(|name| host_in(name)).collect();
    let told = names.iter().take(MOST).copied().collect::<Vec<_>>().join(", ");
    match names.len() {
        0 => format!("the certificate of the server is not for {wanted}, and names no host at all"),
        1..=MOST => format!("the certificate of the server is not for {wanted}, but for {told}"),
        more => format!(
            "the certificate of the server is not for {wanted}, but for {told} and {} more",
            more - MOST
        ),
    }
}

/// The name in `DnsName("www.example.org")` or `IpAddress(192.0.2.1)`, as webpki writes them; others are of no host.
fn host_in(presented: &str) -> Option<&str> {
    let (kind, name) = presented.strip_suffix(')')?.split_once('(')?;
    matches!(kind, "DnsName" | "IpAddress").then(|| name.trim_matches('"'))
}

const UNKNOWN_ALGORITHM: &str =
    "it is signed in a way that is not supported; RSA with SHA-2, ECDSA and Ed25519 are";

/// How webpki names what [`is_of_authority`] tells.
const OF_AUTHORITY: &str = "CaUsedAsEndEntity";

/// Errors of certificates that have a name and no words.
static NAMED: &[(&str, &str)] = &[
    (
        OF_AUTHORITY,
        "it is an authority's own certificate, and such a one is for no host and no user",
    ),
    ("EndEntityUsedAsCa", "it is vouched for by a certificate that is no authority's"),
    ("UnsupportedCertVersion", "it is of an old form (X.509 v1); make one of version 3"),
    ("UnsupportedCriticalExtension", "it holds a critical extension that is not known here"),
    ("UnsupportedSignatureAlgorithm", UNKNOWN_ALGORITHM),
    ("PathLenConstraintViolated", "an authority on the way to it may not vouch for another one"),
    ("NameConstraintViolation", "its authority may not vouch for such a name"),
    ("MalformedExtensions", "its extensions are damaged"),
    ("MalformedDnsIdentifier", "it holds a host name that is none"),
    ("ExtensionValueInvalid", "an extension in it is damaged"),
    ("InvalidSerialNumber", "its serial number is not allowed"),
    ("MaximumPathDepthExceeded", "there are too many authorities on the way to it"),
    ("MaximumSignatureChecksExceeded", "there are too many authorities on the way to it"),
    ("EmptyEkuExtension", "it is made for no purpose at all (extended key usage)"),
];

fn other_words(text: &str) -> String {
    let named = NAMED.iter().find(|(name, _)| text.contains(name));
    named.map_or_else(
        || format!("it cannot be used: {}", end_of(text)),
        |(_, words)| (*words).to_owned(),
    )
}

/// A name in the letters of a program as words: `BadDerTime` as `bad der time`.
fn end_of(text: &str) -> String {
    let name = text.rsplit('(').next().unwrap_or(text).trim_end_matches(')');
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return text.to_owned();
    }
    let mut words = String::with_capacity(name.len() + 8);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
}

fn alert_words(alert: Alert) -> String {
    let text = match alert {
        Alert::CertificateRequired => "the other side wants a certificate of this one",
        Alert::BadCertificate | Alert::UnsupportedCertificate | Alert::CertificateUnknown => {
            "the other side does not take the certificate"
        }
        Alert::CertificateExpired => "the other side finds that the certificate has expired",
        Alert::CertificateRevoked => "the other side finds that the certificate was revoked",
        Alert::UnknownCA => "the other side trusts no authority that vouches for the certificate",
        Alert::AccessDenied => "the other side does not let the certificate in",
        Alert::InsufficientSecurity => "the other side finds no cipher of TLS in common",
        // Before TLS 1.3 there is no other alert for a certificate that was asked for.
        Alert::HandshakeFailure => {
            "the other side finds no cipher of TLS in common, or wants a certificate of this one"
        }
        Alert::ProtocolVersion => {
            "the other side does not speak this version of TLS; TLS 1.2 or 1.3 is wanted"
        }
        Alert::UnrecognisedName => "the other side does not know the host name it was asked for",
        Alert::InternalError => "the other side failed",
        other => return format!("the other side broke it off ({})", end_of(&format!("{other:?}"))),
    };
    text.to_owned()
}

/// Why a certificate of a client could never be used for a login now; nothing if it can.
pub fn unfit_for_login(der: &[u8], now: i64) -> Option<String> {
    let Ok((_, parsed)) = X509Certificate::from_der(der) else {
        return Some(certificate_words(&Bad::BadEncoding));
    };
    if parsed.version() != X509Version::V3 {
        return Some(other_words("UnsupportedCertVersion"));
    }
    let now = ASN1Time::from_timestamp(now).ok()?;
    match parsed.validity() {
        validity if now < validity.not_before => Some(certificate_words(&Bad::NotValidYet)),
        validity if now > validity.not_after => Some(certificate_words(&Bad::Expired)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rcgen::{CertificateParams, KeyPair, date_time_ymd};
    use rustls::OtherError;

    use super::*;

    /// Names of types stand in no message.
    #[test]
    fn nothing_is_told_in_the_words_of_programmers() {
        #[derive(Debug)]
        struct Named(&'static str);
        impl std::fmt::Display for Named {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.0)
            }
        }
        impl std::error::Error for Named {}
        let other = |name| Error::InvalidCertificate(Bad::Other(OtherError(Arc::new(Named(name)))));
        let mut errors: Vec<Error> = NAMED.iter().map(|(name, _)| other(name)).collect();
        errors.extend([
            other("SomethingNew"),
            InconsistentKeys::KeyMismatch.into(),
            Bad::BadEncoding.into(),
            Bad::InvalidPurpose.into(),
            Error::AlertReceived(Alert::UnknownCA),
            Error::AlertReceived(Alert::DecodeError),
            Error::PeerIncompatible(rustls::PeerIncompatible::NoCipherSuitesInCommon),
            Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType),
        ]);
        for error in errors {
            let told = words(&error);
            let mixed = |word: &str| {
                word.bytes().skip(1).any(|byte| byte.is_ascii_uppercase())
                    && word.bytes().any(|byte| byte.is_ascii_lowercase())
            };
            let bad =
                told.split(|letter: char| !letter.is_ascii_alphanumeric()).find(|word| mixed(word));
            assert_eq!(bad.filter(|word| *word != "Ed25519"), None, "{told}");
        }
    }

    #[test]
    fn the_names_in_a_certificate_for_another_host_are_told() {
        let told = |presented: &[String]| {
            let expected = rustls::pki_types::ServerName::try_from("h").expect("a name");
            let presented = presented.to_vec();
            other_host(&Bad::NotValidForNameContext { expected, presented }, "h")
        };
        let names = ["DnsName(\"a.example\")", "IpAddress(192.0.2.1)", "DirectoryName"];
        let text = told(&names.map(str::to_owned));
        assert_eq!(
            text,
            "the certificate of the server is not for h, but for a.example, 192.0.2.1"
        );
        assert!(told(&[]).ends_with("names no host at all"));
        let many: Vec<_> = (0..10).map(|at| format!("DnsName(\"{at}.example\")")).collect();
        assert!(told(&many).ends_with(", 7.example and 2 more"), "{}", told(&many));
    }

    #[test]
    fn a_refused_certificate_is_named() {
        let refused = io::Error::new(io::ErrorKind::InvalidData, Error::from(Bad::Revoked));
        let told = "the certificate of the other side is refused: its authority has revoked it";
        assert_eq!(io_words(&refused), told);
    }

    #[test]
    fn a_client_certificate_has_to_be_valid_now() {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(vec!["anna".into()]).expect("parameters");
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 1, 1);
        let made = params.self_signed(&key).expect("a certificate");
        let (before, between, behind) = (1_500_000_000, 1_590_000_000, 1_700_000_000);
        assert_eq!(unfit_for_login(made.der(), between), None);
        assert!(
            unfit_for_login(made.der(), before).is_some_and(|why| why.contains("not valid yet"))
        );
        assert_eq!(unfit_for_login(made.der(), behind).as_deref(), Some("it has expired"));
        assert!(unfit_for_login(b"x", between).is_some());
    }
}
