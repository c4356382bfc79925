//! `[acme]`: a certificate that an authority gives and the server renews. The words are those of RFC 8555.

use std::net::SocketAddr;
use std::path::PathBuf;

use super::row::{Form, Shape, When, Word};
use super::{Rows, Section, Setting, Settings};

/// What is wanted from an authority that speaks ACME.
#[derive(Clone, Debug)]
pub struct AcmeSettings {
    /// The host names; without any, no certificate is asked for.
    pub names: Vec<String>,
    /// The authority's directory.
    pub directory: String,
    /// Whether its terms are agreed to.
    pub accept_terms: bool,
    /// To whom it may write.
    pub contacts: Vec<String>,
    /// How names are proved.
    pub challenge: Proof,
    /// Where the authority is answered; empty for the port that it looks at, on every address.
    pub listen: Vec<SocketAddr>,
    /// The folder of a web server that answers it instead.
    pub webroot: Option<PathBuf>,
    /// Where account and certificate are kept.
    pub folder: Option<PathBuf>,
    /// The root certificate of a private authority.
    pub authority_root: Option<PathBuf>,
    /// The name of the key of an account at the authority.
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

/// How names are proved.
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
    doc: "A certificate from an authority that speaks ACME (RFC 8555), such as Let's Encrypt; it is renewed \
          while the server runs.",
    rows: Rows::Once(ROWS),
};

const ROWS: &[Setting] = &[
    Setting::new(
        "acme.names",
        Shape::List(NAME, |settings, text| {
            settings.acme.names.push(text.to_ascii_lowercase());
            Ok(())
        }),
        "The host names of the certificate. With them tls.certificate, tls.key and tls.self-signed are left \
         out.",
    )
    .when(When::Restart),
    Setting::new(
        "acme.accept-terms",
        Shape::Flag(|settings, on| settings.acme.accept_terms = on),
        "Agree to the terms of the authority; without it there is no certificate.",
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
        "To whom the authority may write.",
    )
    .when(When::Restart),
    Setting::new(
        "acme.directory",
        Shape::Text(DIRECTORY, |settings, text| {
            if !text.starts_with("https://") {
                return Err("give an address that begins with https://".to_owned());
            }
            settings.acme.directory = text.to_owned();
            Ok(())
        }),
        "The authority's directory.",
    )
    .default(PUBLIC)
    .when(When::Restart),
    Setting::new(
        "acme.challenge",
        Shape::Choice(PROOFS),
        "How the authority makes sure that a name leads to this machine.",
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
        "Where the authority is answered. It looks at port 80 for http-01 and at port 443 for tls-alpn-01: \
         without this setting on every address of the machine. [::] takes IPv4 in as that of listen does.",
    )
    .when(When::Restart),
    Setting::new(
        "acme.webroot",
        Shape::Path(|settings, path| settings.acme.webroot = Some(path)),
        "For http-01 where a web server has port 80 already: the folder it serves. The page is laid there.",
    )
    .when(When::Restart),
    Setting::new(
        "acme.folder",
        Shape::Path(|settings, path| settings.acme.folder = Some(path)),
        "Where the account and the certificate are kept; without it $XDG_STATE_HOME/packetboat/acme, with contain.user \
         /var/lib/packetboat/acme, or else ~/.local/state/packetboat/acme.",
    )
    .when(When::Restart),
    Setting::new(
        "acme.authority-root",
        Shape::Path(|settings, path| settings.acme.authority_root = Some(path)),
        "The root certificate in PEM by which a private authority is known; without it, those of the system.",
    )
    .when(When::Restart),
    Setting::new(
        "acme.key-id",
        Shape::Text(KEY, |settings, text| {
            settings.acme.key_id = Some(text.to_owned());
            Ok(())
        }),
        "The name of the key by which the authority knows an account of yours (external account binding), \
         if it wants one.",
    )
    .when(When::Restart),
    Setting::new(
        "acme.key-file",
        Shape::Path(|settings, path| settings.acme.key_file = Some(path)),
        "The file with that key, in base64url.",
    )
    .when(When::Restart),
];

const PROOFS: &[Word<Settings>] = &[
    Word {
        word: "http-01",
        doc: "by a page on port 80",
        put: |settings| settings.acme.challenge = Proof::Http01,
    },
    Word {
        word: "tls-alpn-01",
        doc: "by a handshake on port 443 (RFC 8737)",
        put: |settings| settings.acme.challenge = Proof::TlsAlpn01,
    },
];

const NAME: Form = Form { what: "a host name", place: "NAME", example: "ftp.example.com" };
const MAIL: Form = Form { what: "an e-mail address", place: "MAIL", example: "admin@example.com" };
const DIRECTORY: Form = Form {
    what: "an address that begins with https://",
    place: "URL",
    example: "https://acme.example.com/directory",
};
const ADDRESS: Form =
    Form { what: "an address and a port", place: "ADDRESS:PORT", example: "0.0.0.0:80" };
const KEY: Form = Form { what: "a name", place: "NAME", example: "kid-1" };
