//! `[tls]`: whether the server offers TLS, with which certificate, and which client certificates it
//! accepts.

use std::path::PathBuf;

use super::row::{Shape, Word};
use super::{Rows, Section, Setting, Settings};

/// The TLS settings as read.
#[derive(Clone, Debug, Default)]
pub struct TlsSettings {
    /// Whether clients may or must use TLS. Unset: offered if there is a certificate.
    pub mode: Option<Whether>,
    /// The certificate in PEM.
    pub certificate: Option<PathBuf>,
    /// Its private key in PEM.
    pub key: Option<PathBuf>,
    /// Whether the server makes a certificate of its own.
    pub self_signed: bool,
    /// Whether data connections must resume the TLS session of their control connection.
    pub require_reuse: bool,
    /// Whether clients present certificates. Unset: offered if `client_ca` is set.
    pub client_certificates: Option<ClientsWanted>,
    /// The authorities for client certificates, in PEM.
    pub client_ca: Option<PathBuf>,
    /// The authorities' revocation lists, in PEM.
    pub client_crl: Option<PathBuf>,
}

/// Whether clients present certificates of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientsWanted {
    /// The server does not ask for one.
    Off,
    /// Clients may present one.
    Offered,
    /// The handshake fails without one.
    Required,
}

/// Whether clients may or must use TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whether {
    /// Clients cannot use TLS.
    Off,
    /// Clients may use TLS.
    Offer,
    /// No login and no data transfer without TLS.
    Require,
}

pub(super) const SECTION: Section = Section {
    name: "tls",
    doc: "Whether the server offers TLS, and with which certificate.",
    rows: Rows::Once(ROWS),
};

const ROWS: &[Setting] = &[
    Setting::new(
        "tls.mode",
        Shape::Choice(MODES),
        "Whether clients may or must use TLS. Without this setting, they may if the server has a \
         certificate.",
    )
    .flag("tls"),
    Setting::new(
        "tls.certificate",
        Shape::Path(|settings, path| settings.tls.certificate = Some(path)),
        "The server's certificate in PEM, followed by any intermediate certificates.",
    )
    .flag("cert"),
    Setting::new(
        "tls.key",
        Shape::Path(|settings, path| settings.tls.key = Some(path)),
        "The certificate's private key in PEM, without a password.",
    )
    .flag("key"),
    Setting::new(
        "tls.self-signed",
        Shape::Flag(|settings, on| settings.tls.self_signed = on),
        "Use a self-signed certificate. The server creates it once and keeps it in \
         $XDG_STATE_HOME/packetboat if that variable is set, otherwise in /var/lib/packetboat \
         with contain.user, or else in ~/.local/state/packetboat. Clients must be told to trust \
         it.",
    )
    .default("false")
    .switch("self-signed", "true"),
    Setting::new(
        "tls.require-reuse",
        Shape::Flag(|settings, on| settings.tls.require_reuse = on),
        "Refuse data connections that do not resume the TLS session of their control connection. \
         Nobody else can then take over a client's data connection, but not every client supports \
         it.",
    )
    .default("false")
    .switch("tls-require-reuse", "true"),
    Setting::new(
        "tls.ccc",
        Shape::Choice(CCC),
        "Whether clients may end TLS on the control connection with CCC after logging in, so that \
         a firewall can read PORT and the replies to PASV. Commands and file names are then sent \
         in clear text.",
    )
    .default("refuse"),
    Setting::new(
        "tls.client-certificates",
        Shape::Choice(CLIENTS),
        "Whether clients may or must present a certificate of their own. Without this setting, \
         they may if tls.client-ca is set. `packetboat user cert` assigns certificates to \
         accounts.",
    )
    .flag("client-certificates"),
    Setting::new(
        "tls.client-ca",
        Shape::Path(|settings, path| settings.tls.client_ca = Some(path)),
        "Certificate authorities, in PEM, that issue client certificates. Without them, clients \
         may present any certificate, and accounts recognise theirs by its fingerprint.",
    )
    .flag("client-ca"),
    Setting::new(
        "tls.client-crl",
        Shape::Path(|settings, path| settings.tls.client_crl = Some(path)),
        "Certificate revocation lists (CRL) of the authorities in tls.client-ca, in PEM. A \
         certificate on a list is refused, and so is one whose authority has no list in this \
         file.",
    )
    .flag("client-crl"),
];

const MODES: &[Word<Settings>] = &[
    Word {
        word: "off",
        doc: "clients cannot use TLS",
        put: |settings| settings.tls.mode = Some(Whether::Off),
    },
    Word {
        word: "offer",
        doc: "clients may use TLS",
        put: |settings| settings.tls.mode = Some(Whether::Offer),
    },
    Word {
        word: "require",
        doc: "no login and no data transfer without TLS",
        put: |settings| settings.tls.mode = Some(Whether::Require),
    },
];

const CCC: &[Word<Settings>] = &[
    Word {
        word: "refuse",
        doc: "the control connection stays encrypted",
        put: |settings| settings.server.session.clear_control = false,
    },
    Word {
        word: "allow",
        doc: "the control connection may continue in clear text after login, unless it began with \
             TLS or the account requires TLS on it",
        put: |settings| settings.server.session.clear_control = true,
    },
];

const CLIENTS: &[Word<Settings>] = &[
    Word {
        word: "off",
        doc: "the server does not ask for one",
        put: |settings| settings.tls.client_certificates = Some(ClientsWanted::Off),
    },
    Word {
        word: "offered",
        doc: "clients may present one",
        put: |settings| settings.tls.client_certificates = Some(ClientsWanted::Offered),
    },
    Word {
        word: "required",
        doc: "the TLS handshake fails without one",
        put: |settings| settings.tls.client_certificates = Some(ClientsWanted::Required),
    },
];
