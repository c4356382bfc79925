//! TLS options of the client's subcommands: whether to use TLS, which server certificates to trust,
//! and the client's own certificate.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use packetboat_client::{Identity, Options, Tls, TlsWish, Trust};
use packetboat_proto::url::{FtpUrl, Scheme};

use super::config::Defaults;
use super::target::UsageError;

/// The TLS options.
#[derive(Args, Clone, Default)]
pub(crate) struct TlsArgs {
    /// Whether to use TLS for an ftp:// address [default: off; with --ca, --fingerprint, --insecure
    /// or --cert: require]. ftpes:// always requires TLS; ftps:// starts with it (implicit TLS).
    #[arg(long, value_enum, value_name = "WHETHER", help_heading = "Session")]
    tls: Option<Whether>,
    /// Trust the certificate authorities in this PEM file instead of the system's. For a
    /// self-signed certificate, give the certificate itself.
    #[arg(long, value_name = "FILE", help_heading = "Session")]
    ca: Option<PathBuf>,
    /// Trust only the certificate with this SHA-256 fingerprint.
    #[arg(long, value_name = "SHA256", conflicts_with = "ca", value_parser = parse_fingerprint, help_heading = "Session")]
    fingerprint: Option<Fingerprint>,
    /// Trust any certificate: anyone on the network path can then read and change everything.
    #[arg(long, conflicts_with_all = ["ca", "fingerprint"], help_heading = "Session")]
    insecure: bool,
    /// Show this certificate (PEM) to a server that asks for one. The account may then need no
    /// password (232).
    #[arg(long, value_name = "FILE", help_heading = "Session")]
    cert: Option<PathBuf>,
    /// The private key of the certificate (PEM, not encrypted) [default: in the same file].
    #[arg(long, value_name = "FILE", requires = "cert", help_heading = "Session")]
    key: Option<PathBuf>,
}

/// Whether to use TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Whether {
    /// Never use TLS
    Off,
    /// Use TLS if the server offers it
    Try,
    /// Fail if the server does not offer TLS
    Require,
}

/// A SHA-256 hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fingerprint([u8; 32]);

impl TlsArgs {
    /// Sets the TLS options of a client for an address.
    pub(crate) fn apply(
        &self,
        url: &FtpUrl,
        defaults: &Defaults,
        options: &mut Options,
    ) -> Result<(), UsageError> {
        // The settings file only decides for addresses that leave it open.
        let usual = defaults.tls.filter(|_| url.scheme() == Scheme::Ftp);
        let whether = self.tls.or(usual);
        let trusts =
            self.ca.is_some() || self.fingerprint.is_some() || self.insecure || self.cert.is_some();
        options.tls = match (url.scheme(), whether) {
            (Scheme::Ftp, None) if trusts => Tls::Require,
            (Scheme::Ftp, None | Some(Whether::Off)) => Tls::Off,
            (Scheme::Ftp, Some(Whether::Try)) => Tls::Try,
            (Scheme::Ftp | Scheme::Ftpes, Some(Whether::Require)) | (Scheme::Ftpes, None) => {
                Tls::Require
            }
            (Scheme::Ftps, None | Some(Whether::Require)) => Tls::Implicit,
            (Scheme::Ftpes | Scheme::Ftps, Some(Whether::Off | Whether::Try)) => {
                return Err(UsageError(format!(
                    "{url}: this address requires TLS; write ftp://, or remove --tls"
                )));
            }
        };
        options.tls_wish = match url.scheme() {
            Scheme::Ftpes | Scheme::Ftps => TlsWish::Address,
            Scheme::Ftp if self.tls.is_some() => TlsWish::Option,
            Scheme::Ftp => TlsWish::Implied,
        };
        if let Some(file) = &self.ca {
            options.trust = Trust::Authority(file.clone());
        } else if let Some(Fingerprint(fingerprint)) = self.fingerprint {
            options.trust = Trust::Fingerprint(fingerprint);
        } else if self.insecure {
            options.trust = Trust::Anybody;
        } else if let Some(file) = &defaults.ca {
            options.trust = Trust::Authority(file.clone());
        }
        if let Some(certificate) = &self.cert {
            let key = self.key.as_ref().unwrap_or(certificate);
            options.identity =
                Some(Identity { certificate: certificate.clone(), key: key.clone() });
        }
        Ok(())
    }

    /// Whether a certificate may replace the password.
    pub(crate) fn has_certificate(&self) -> bool {
        self.cert.is_some()
    }
}

/// Parses a fingerprint with or without colons, in upper or lower case.
fn parse_fingerprint(text: &str) -> Result<Fingerprint, String> {
    let bad = || {
        String::from(
            "give the 64 hexadecimal digits of a SHA-256 fingerprint, as the server prints them at its start",
        )
    };
    let digits: String = text.chars().filter(|letter| *letter != ':').collect();
    if digits.len() != 64 || !digits.is_ascii() {
        return Err(bad());
    }
    let mut bytes = [0; 32];
    for (byte, at) in bytes.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(&digits[at..at + 2], 16).map_err(|_| bad())?;
    }
    Ok(Fingerprint(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(args: &TlsArgs, url: &str) -> Option<Tls> {
        let url = FtpUrl::parse(url).expect("an address");
        let mut options = Options::new(url.host(), url.effective_port());
        args.apply(&url, &Defaults::default(), &mut options).ok().map(|()| options.tls)
    }

    #[test]
    fn the_address_and_the_options_say_whether() {
        let none = TlsArgs::default();
        assert_eq!(applied(&none, "ftp://h/"), Some(Tls::Off));
        assert_eq!(applied(&none, "ftpes://h/"), Some(Tls::Require));
        assert_eq!(applied(&none, "ftps://h/"), Some(Tls::Implicit));
        let with = |tls| TlsArgs { tls: Some(tls), ..TlsArgs::default() };
        assert_eq!(applied(&with(Whether::Try), "ftp://h/"), Some(Tls::Try));
        assert_eq!(applied(&with(Whether::Off), "ftps://h/"), None);
        // Someone who says what to trust wants it checked.
        let insecure = TlsArgs { insecure: true, ..TlsArgs::default() };
        assert_eq!(applied(&insecure, "ftp://h/"), Some(Tls::Require));
    }

    #[test]
    fn fingerprints() {
        let colons = ["AB"; 32].join(":");
        assert_eq!(parse_fingerprint(&colons), Ok(Fingerprint([0xab; 32])));
        assert_eq!(parse_fingerprint(&"0f".repeat(32)), Ok(Fingerprint([0x0f; 32])));
        for bad in ["", "ab", &"é".repeat(32), &"g".repeat(64)] {
            assert!(parse_fingerprint(bad).is_err(), "{bad}");
        }
    }
}
