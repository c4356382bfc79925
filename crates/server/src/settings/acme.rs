//! `[acme]`: a certificate that an ACME authority issues and the server renews. Terms are those of
//! RFC 8555.

use std::net::SocketAddr;
use std::path::PathBuf;

use super::row::{Form, Shape, When, Word};
use super::{Rows, Section, Setting, Settings};

/// The certificate to request, and the authority to request it from.
#[derive(Clone, Debug)]
pub struct AcmeSettings {
    /// The host names. Empty: no certificate is requested.
    pub names: Vec<String>,
    /// The authority's directory.
    pub directory: String,
    /// Whether the operator agrees to the authority's terms.
    pub accept_terms: bool,
    /// E-mail addresses for the authority.
    pub contacts: Vec<String>,
    /// How control over the names is proved.
    pub challenge: Proof,
    /// Addresses on which to answer the authority. Empty: the port of the challenge, on every
    /// address.
    pub listen: Vec<SocketAddr>,
    /// The folder of a web server that answers the authority instead.
    pub webroot: Option<PathBuf>,
    /// Where account and certificate are kept.
    pub folder: Option<PathBuf>,
    /// The root certificate of a private authority.
    pub authority_root: Option<PathBuf>,
    /// The ID of the key for external account binding.
    pub key_id: Option<String>,
    /// The file with that key.
    pub key_file: Option<PathBuf>,
}

impl Default for AcmeSettings {
    fn default() -> Self {
        Self {
            names: Vec::new(),
            directory: PUBLIC.to_owned(),
            accept_terms: false,
            contacts: Vec::new(),
            challenge: Proof::default(),
            listen: Vec::new(),
            webroot: None,
            folder: None,
            authority_root: None,
            key_id: None,
            key_file: None,
        }
    }
}

/// The directory of Let's Encrypt.
const PUBLIC: &str = "https://acme-v02.api.letsencrypt.org/directory";

/// How control over the names is proved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Proof {
    /// By a page on port 80.
    #[default]
    Http01,
    /// By a handshake on port 443.
    TlsAlpn01,
}

pub(super) const SECTION: Section = Section {
    name: "acme",
    doc: "A certificate from an authority that speaks ACME (RFC 8555), such as Let's Encrypt. The \
         server renews it while it runs.",
    rows: Rows::Once(ROWS),
};

const ROWS: &[Setting] = &[
    Setting::new(
        "acme.names",
        Shape::List(NAME, |settings, text| {
            settings.acme.names.push(text.to_ascii_lowercase());
            Ok(())
        }),
        "Host names for the certificate. With this setting, leave out tls.certificate, tls.key \
         and tls.self-signed.",
    )
    .when(When::Restart),
    Setting::new(
        "acme.accept-terms",
        Shape::Flag(|settings, on| settings.acme.accept_terms = on),
        "Agree to the authority's terms of service; without this, no certificate is requested.",
    )
    .default("false")
    .when(When::Restart),
    Setting::new(
        "acme.contact",
        Shape::List(MAIL, |settings, text| {
            if !text.contains('@') || text.contains(char::is_whitespace) {
                return Err("give an e-mail address, such as admin@example.com".to_owned());
            }
            settings.acme.contacts.push(text.to_owned());
            Ok(())
        }),
        "E-mail addresses at which the authority may reach you.",
    )
    .when(When::Restart),
    Setting::new(
        "acme.directory",
        Shape::Text(DIRECTORY, |settings, text| {
            if !text.starts_with("https://") {
                return Err("give a URL that begins with https://".to_owned());
            }
            settings.acme.directory = text.to_owned();
            Ok(())
        }),
        "The URL of the authority's directory.",
    )
    .default(PUBLIC)
    .when(When::Restart),
    Setting::new(
        "acme.challenge",
        Shape::Choice(PROOFS),
        "How the authority verifies that a name leads to this machine.",
    )
    .default("http-01")
    .when(When::Restart),
    Setting::new(
        "acme.listen",
        Shape::List(ADDRESS, |settings, text| {
            let address = text.parse().map_err(|_| {
                String::from("give a numeric address and a port, such as 0.0.0.0:80 or [::]:80")
            })?;
            settings.acme.listen.push(address);
            Ok(())
        }),
        "Addresses on which to answer the authority, which connects to port 80 for http-01 and to \
         port 443 for tls-alpn-01. Without this setting, the server uses that port on every \
         address of the machine. [::] includes IPv4 as it does for listen.",
    )
    .when(When::Restart),
    Setting::new(
        "acme.webroot",
        Shape::Path(|settings, path| settings.acme.webroot = Some(path)),
        "For http-01, if a web server already uses port 80: the folder that it serves. The server \
         writes the challenge page there.",
    )
    .when(When::Restart),
    Setting::new(
        "acme.folder",
        Shape::Path(|settings, path| settings.acme.folder = Some(path)),
        "Where the ACME account and the certificate are kept. Without it, \
         $XDG_STATE_HOME/packetboat/acme if that variable is set, otherwise \
         /var/lib/packetboat/acme with contain.user, or else ~/.local/state/packetboat/acme.",
    )
    .when(When::Restart),
    Setting::new(
        "acme.authority-root",
        Shape::Path(|settings, path| settings.acme.authority_root = Some(path)),
        "Root certificate, in PEM, of a private authority; without it, the system's root \
         certificates apply.",
    )
    .when(When::Restart),
    Setting::new(
        "acme.key-id",
        Shape::Text(KEY, |settings, text| {
            settings.acme.key_id = Some(text.to_owned());
            Ok(())
        }),
        "ID of the key that links requests to your existing account at the authority (external \
         account binding), if the authority requires one.",
    )
    .when(When::Restart),
    Setting::new(
        "acme.key-file",
        Shape::Path(|settings, path| settings.acme.key_file = Some(path)),
        "The file with the key of acme.key-id, in base64url.",
    )
    .when(When::Restart),
];

const PROOFS: &[Word<Settings>] = &[
    Word {
        word: "http-01",
        doc: "with a page on port 80",
        put: |settings| settings.acme.challenge = Proof::Http01,
    },
    Word {
        word: "tls-alpn-01",
        doc: "with a TLS handshake on port 443 (RFC 8737)",
        put: |settings| settings.acme.challenge = Proof::TlsAlpn01,
    },
];

const NAME: Form = Form { what: "a host name", place: "NAME", example: "ftp.example.com" };
const MAIL: Form = Form { what: "an e-mail address", place: "MAIL", example: "admin@example.com" };
const DIRECTORY: Form = Form {
    what: "a URL that begins with https://",
    place: "URL",
    example: "https://acme.example.com/directory",
};
const ADDRESS: Form =
    Form { what: "an address and a port", place: "ADDRESS:PORT", example: "0.0.0.0:80" };
const KEY: Form = Form { what: "a name", place: "NAME", example: "kid-1" };
