//! `[tls]`: whether and with which certificate.

use std::path::PathBuf;

use super::row::{Shape, Word};
use super::{Rows, Section, Setting, Settings};

/// How the server speaks TLS.
#[derive(Clone, Debug, Default)]
pub struct TlsSettings {
    /// Whether clients may or must use it; offered by default where there is a certificate.
    pub mode: Option<Whether>,
    /// The certificate in PEM.
    pub certificate: Option<PathBuf>,
    /// Its private key in PEM.
    pub key: Option<PathBuf>,
    /// Whether the server makes a certificate of its own.
    pub self_signed: bool,
    /// Whether data connections must resume the TLS session of their control connection.
    pub require_reuse: bool,
    /// Whether clients show certificates of their own; offered by default where somebody vouches for them.
    pub client_certificates: Option<ClientsWanted>,
    /// Who vouches for them, in PEM.
    pub client_ca: Option<PathBuf>,
    /// What they have revoked, in PEM.
    pub client_crl: Option<PathBuf>,
}

/// Whether clients show certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientsWanted {
    /// They are not asked.
    Off,
    /// They may.
    Offered,
    /// Without one nobody comes to TLS.
    Required,
}

/// Whether TLS is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whether {
    /// Clients cannot use it.
    Off,
    /// Clients may use it.
    Offer,
    /// Nobody logs in or moves data without it.
    Require,
}

pub(super) const SECTION: Section = Section {
    name: "tls",
    doc: "Whether TLS is spoken, and with which certificate.",
    rows: Rows::Once(ROWS),
};

const ROWS: &[Setting] = &[
    Setting::new(
        "tls.mode",
        Shape::Choice(MODES),
        "Whether clients may or must use TLS; without it, they may where there is a certificate.",
    )
    .flag("tls"),
    Setting::new(
        "tls.certificate",
        Shape::Path(|settings, path| settings.tls.certificate = Some(path)),
        "The server's certificate in PEM, with those that lead to its root behind it.",
    )
    .flag("cert"),
    Setting::new(
        "tls.key",
        Shape::Path(|settings, path| settings.tls.key = Some(path)),
        "The private key of the certificate in PEM, without a password.",
    )
    .flag("key"),
    Setting::new(
        "tls.self-signed",
        Shape::Flag(|settings, on| settings.tls.self_signed = on),
        "Use a certificate of this server's own making. It is made once and kept in \
         $XDG_STATE_HOME/packetboat, with contain.user /var/lib/packetboat, or else ~/.local/state/packetboat; clients have to be told to trust it.",
    )
    .default("false")
    .switch("self-signed", "true"),
    Setting::new(
        "tls.require-reuse",
        Shape::Flag(|settings, on| settings.tls.require_reuse = on),
        "Refuse data connections that do not resume the TLS session of their control connection. Nobody \
         else can then take the place of the client on one; not every client can do it.",
    )
    .default("false")
    .switch("tls-require-reuse", "true"),
    Setting::new(
        "tls.ccc",
        Shape::Choice(CCC),
        "Whether clients may end TLS on the control connection with CCC once they are logged in, so that a firewall \
         in between can read PORT and the replies to PASV. Names and commands are then in clear.",
    )
    .default("refuse"),
    Setting::new(
        "tls.client-certificates",
        Shape::Choice(CLIENTS),
        "Whether clients may or must show a certificate of their own; without it, they may where there is a \
         tls.client-ca. `packetboat user cert` says which is whose.",
    )
    .flag("client-certificates"),
    Setting::new(
        "tls.client-ca",
        Shape::Path(|settings, path| settings.tls.client_ca = Some(path)),
        "The certificate authorities, in PEM, that vouch for the certificates of clients. Without them, any may \
         be shown, and accounts know theirs by the fingerprint.",
    )
    .flag("client-ca"),
    Setting::new(
        "tls.client-crl",
        Shape::Path(|settings, path| settings.tls.client_crl = Some(path)),
        "What the authorities of tls.client-ca have revoked: their lists (CRL), in PEM. A certificate on one is \
         refused, and so is one whose authority has no list there.",
    )
    .flag("client-crl"),
];

const MODES: &[Word<Settings>] = &[
    Word {
        word: "off",
        doc: "clients cannot use it",
        put: |settings| settings.tls.mode = Some(Whether::Off),
    },
    Word {
        word: "offer",
        doc: "clients may use it",
        put: |settings| settings.tls.mode = Some(Whether::Offer),
    },
    Word {
        word: "require",
        doc: "nobody logs in or moves data without it",
        put: |settings| settings.tls.mode = Some(Whether::Require),
    },
];

const CCC: &[Word<Settings>] = &[
    Word {
        word: "refuse",
        doc: "the control connection stays under TLS",
        put: |settings| settings.server.session.clear_control = false,
    },
    Word {
        word: "allow",
        doc: "it may go on in clear after the login, unless it began with TLS or the account keeps it under TLS",
        put: |settings| settings.server.session.clear_control = true,
    },
];

const CLIENTS: &[Word<Settings>] = &[
    Word {
        word: "off",
        doc: "they are not asked",
        put: |settings| settings.tls.client_certificates = Some(ClientsWanted::Off),
    },
    Word {
        word: "offered",
        doc: "they may show one",
        put: |settings| settings.tls.client_certificates = Some(ClientsWanted::Offered),
    },
    Word {
        word: "required",
        doc: "without one nobody comes to TLS",
        put: |settings| settings.tls.client_certificates = Some(ClientsWanted::Required),
    },
];
