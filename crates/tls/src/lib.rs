//! Describes TLS and certificate errors for people, in the same words for client and server. rustls
//! shows many of them as the names of its own types, which only programmers understand.

use std::io;

use rustls::{AlertDescription as Alert, CertificateError as Bad, Error, InconsistentKeys};
use x509_parser::prelude::{FromDer as _, X509Certificate, X509Version};
use x509_parser::time::ASN1Time;

/// Describes an error, as a clause.
pub fn words(error: &Error) -> String {
    match error {
        Error::InvalidCertificate(bad) => certificate_words(bad),
        Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
            "the certificate and the private key do not match".into()
        }
        Error::InconsistentKeys(_) => "the private key is of an unsupported kind".into(),
        Error::NoCertificatesPresented => "the other side presented no certificate".into(),
        Error::PeerIncompatible(_) => {
            "the two sides have no TLS version or cipher in common; TLS 1.2 or 1.3 is required"
                .into()
        }
        Error::AlertReceived(alert) => alert_words(*alert),
        Error::InvalidMessage(_) | Error::InappropriateMessage { .. } => {
            "the data received is not TLS".into()
        }
        Error::InappropriateHandshakeMessage { .. } | Error::PeerMisbehaved(_) => {
            "the other side violates the TLS protocol".into()
        }
        Error::DecryptError => {
            "the data received cannot be decrypted: it was changed on the way".into()
        }
        Error::PeerSentOversizedRecord => "the other side sent a record that is larger than TLS \
            allows"
            .into(),
        Error::InvalidCertRevocationList(_) => {
            "the list of revoked certificates cannot be used".into()
        }
        Error::General(text) => text.clone(),
        Error::Other(other) => end_of(&other.to_string()),
        other => other.to_string(),
    }
}

/// Describes the error that ended a connection under TLS.
pub fn io_words(error: &io::Error) -> String {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        Some(Error::InvalidCertificate(bad)) => {
            format!("the certificate of the other side is refused: {}", certificate_words(bad))
        }
        Some(error) => words(error),
        // The second text is tokio-rustls's own.
        None if (error.kind() == io::ErrorKind::UnexpectedEof && error.get_ref().is_none())
            || error.to_string() == "tls handshake eof" =>
        {
            "the other side closed the connection unexpectedly".into()
        }
        None => error.to_string(),
    }
}

/// Describes what is wrong with a certificate.
pub fn certificate_words(bad: &Bad) -> String {
    let text = match bad {
        Bad::BadEncoding => "it cannot be read: it is not an X.509 certificate, or it is damaged",
        Bad::Expired | Bad::ExpiredContext { .. } => "it has expired",
        Bad::NotValidYet | Bad::NotValidYetContext { .. } => {
            "it is not valid yet; if it should be, check the clock of this machine"
        }
        Bad::Revoked => "its authority has revoked it",
        Bad::UnhandledCriticalExtension => "it contains an unsupported critical extension",
        Bad::UnknownIssuer => "it was not issued by an authority that is trusted here",
        Bad::UnknownRevocationStatus => "it is not known whether it was revoked",
        Bad::ExpiredRevocationList | Bad::ExpiredRevocationListContext { .. } => {
            "the list of revoked certificates has expired"
        }
        Bad::BadSignature => "its signature is wrong: it is not as its issuer made it",
        Bad::UnsupportedSignatureAlgorithmContext { .. }
        | Bad::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => UNKNOWN_ALGORITHM,
        Bad::NotValidForName | Bad::NotValidForNameContext { .. } => "it is for another host",
        Bad::InvalidPurpose | Bad::InvalidPurposeContext { .. } => {
            "it was issued for another purpose (extended key usage)"
        }
        Bad::InvalidOcspResponse => "the proof that it is not revoked (OCSP) is invalid",
        Bad::ApplicationVerificationFailure => "it is not the expected one",
        Bad::Other(other) => return other_words(&other.to_string()),
        other => return other_words(&other.to_string()),
    };
    text.to_owned()
}

/// Whether a certificate was refused because it is an authority's own.
pub fn is_of_authority(bad: &Bad) -> bool {
    matches!(bad, Bad::Other(other) if other.to_string().contains(OF_AUTHORITY))
}

/// Whether a certificate names itself as its issuer.
pub fn is_self_signed(der: &[u8]) -> bool {
    X509Certificate::from_der(der)
        .is_ok_and(|(_, parsed)| parsed.issuer().as_raw() == parsed.subject().as_raw())
}

/// Names the hosts of a certificate that is not for the wanted host.
pub fn other_host(bad: &Bad, wanted: &str) -> String {
    /// The most names in the text; a hosting provider's certificate can have hundreds.
    const MOST: usize = 8;
    let Bad::NotValidForNameContext { presented, .. } = bad else {
        return format!("the server's certificate is not for {wanted}");
    };
    let names: Vec<&str> = presented.iter().filter_map(|name| host_in(name)).collect();
    let told = names.iter().take(MOST).copied().collect::<Vec<_>>().join(", ");
    match names.len() {
        0 => format!("the server's certificate is not for {wanted}, and names no host at all"),
        1..=MOST => format!("the server's certificate is not for {wanted}, but for {told}"),
        more => format!(
            "the server's certificate is not for {wanted}, but for {told} and {} more",
            more - MOST
        ),
    }
}

/// The name in `DnsName("www.example.org")` or `IpAddress(192.0.2.1)`, as webpki writes them; other
/// kinds name no host.
fn host_in(presented: &str) -> Option<&str> {
    let (kind, name) = presented.strip_suffix(')')?.split_once('(')?;
    matches!(kind, "DnsName" | "IpAddress").then(|| name.trim_matches('"'))
}

const UNKNOWN_ALGORITHM: &str =
    "its signature algorithm is not supported; use RSA with SHA-2, ECDSA or Ed25519";

/// webpki's name of the error that [`is_of_authority`] recognises.
const OF_AUTHORITY: &str = "CaUsedAsEndEntity";

/// Descriptions for certificate errors that have only a name.
static NAMED: &[(&str, &str)] = &[
    (
        OF_AUTHORITY,
        "it is an authority's own certificate, which cannot be used for a host or a user",
    ),
    ("EndEntityUsedAsCa", "it was issued with a certificate that is not an authority's"),
    ("UnsupportedCertVersion", "it has an old format (X.509 v1); create one of version 3"),
    ("UnsupportedCriticalExtension", "it contains an unsupported critical extension"),
    ("UnsupportedSignatureAlgorithm", UNKNOWN_ALGORITHM),
    (
        "PathLenConstraintViolated",
        "an authority in its chain may not issue certificates for other \
        authorities",
    ),
    ("NameConstraintViolation", "its authority may not issue certificates for such a name"),
    ("MalformedExtensions", "its extensions are damaged"),
    ("MalformedDnsIdentifier", "it contains an invalid host name"),
    ("ExtensionValueInvalid", "an extension in it is damaged"),
    ("InvalidSerialNumber", "its serial number is not allowed"),
    ("MaximumPathDepthExceeded", "there are too many authorities in its chain"),
    ("MaximumSignatureChecksExceeded", "there are too many authorities in its chain"),
    ("EmptyEkuExtension", "it was issued for no purpose at all (extended key usage)"),
];

fn other_words(text: &str) -> String {
    let named = NAMED.iter().find(|(name, _)| text.contains(name));
    named.map_or_else(
        || format!("it cannot be used: {}", end_of(text)),
        |(_, words)| (*words).to_owned(),
    )
}

/// Splits the name of a type into words: `BadDerTime` becomes `bad der time`.
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
        Alert::CertificateRequired => "the other side requires a certificate",
        Alert::BadCertificate | Alert::UnsupportedCertificate | Alert::CertificateUnknown => {
            "the other side does not accept the certificate"
        }
        Alert::CertificateExpired => "the other side says that the certificate has expired",
        Alert::CertificateRevoked => "the other side says that the certificate was revoked",
        Alert::UnknownCA => {
            "the other side does not trust the authority that issued the \
            certificate"
        }
        Alert::AccessDenied => "the other side grants the certificate no access",
        Alert::InsufficientSecurity => "the other side has no TLS cipher in common with this one",
        // Before TLS 1.3 there is no separate alert for a missing certificate.
        Alert::HandshakeFailure => {
            "the other side has no TLS cipher in common with this one, or requires a certificate"
        }
        Alert::ProtocolVersion => {
            "the other side does not support this version of TLS; TLS 1.2 or 1.3 is required"
        }
        Alert::UnrecognisedName => "the other side does not know the requested host name",
        Alert::InternalError => "the other side had an internal error",
        other => {
            return format!(
                "the other side aborted the connection ({})",
                end_of(&format!("{other:?}"))
            );
        }
    };
    text.to_owned()
}

/// Why a client's certificate cannot be used for a login now; `None` if it can.
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

    /// No message contains the name of a type.
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
        assert_eq!(text, "the server's certificate is not for h, but for a.example, 192.0.2.1");
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
