//! TLS for the client (RFC 4217): the options [`Tls`], [`Trust`] and [`Identity`], the handshake
//! ([`Negotiator`]), and the commands AUTH, PBSZ and PROT. Certificates are verified in
//! [`crate::trust`].

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use packetboat_codes::Class;
use packetboat_proto::client::Request;
use packetboat_proto::verbs::Verb;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::connection::Connection;
use crate::error::{Error, Phase};
use crate::options::Options;
use crate::trust::{SelfSigned, Shown, verifier};

/// Whether TLS is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tls {
    /// Never.
    #[default]
    Off,
    /// With AUTH, if the server supports it.
    Try,
    /// With AUTH; without TLS there is no login and no transfer.
    Require,
    /// From the first byte.
    Implicit,
}

/// Where the request for TLS came from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TlsWish {
    /// `--tls`.
    #[default]
    Option,
    /// The scheme of the address.
    Address,
    /// The configuration, or an option that only makes sense with TLS.
    Implied,
}

impl TlsWish {
    /// How to go without TLS.
    fn without(self) -> &'static str {
        match self {
            Self::Option => "leave out --tls require",
            Self::Address => "use an ftp:// address",
            Self::Implied => "add --tls off",
        }
    }

    /// How to use only as much TLS as the server supports.
    fn with_less(self) -> &'static str {
        match self {
            Self::Option | Self::Implied => "use --tls try",
            Self::Address => "use an ftp:// address and --tls try",
        }
    }
}

/// Which server certificates are trusted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Trust {
    /// Those issued by the certificate authorities of this system.
    #[default]
    System,
    /// Those issued by the authorities in this PEM file, and a self-signed certificate that is
    /// itself in the file.
    Authority(PathBuf),
    /// Only the certificate with this SHA-256 fingerprint.
    Fingerprint([u8; 32]),
    /// Any certificate. A machine in the middle can read and change everything.
    Anybody,
}

/// The client's own certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The certificate in PEM, followed by the rest of its chain.
    pub certificate: PathBuf,
    /// Its private key in PEM, without a password.
    pub key: PathBuf,
}

/// What a session needs for its TLS handshakes. Data connections resume the TLS session of the
/// control connection.
#[derive(Clone)]
pub(crate) struct Negotiator {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
    host: String,
    /// The file with the trusted authorities, if they replace those of the system.
    authorities: Option<PathBuf>,
    /// The file with the client's own certificate.
    own: Option<PathBuf>,
    /// The fingerprint of the server's certificate.
    shown: Shown,
    patience: Duration,
    /// TLS starts before the greeting (implicit TLS).
    from_the_start: bool,
}

impl Negotiator {
    pub(crate) fn new(options: &Options) -> Result<Self, Error> {
        let host = options.virtual_host.as_deref().unwrap_or(&options.host);
        // Names in certificates have no IPv6 zone.
        let name = host.split('%').next().unwrap_or(host).trim_end_matches('.').to_owned();
        let name = ServerName::try_from(name).map_err(|_| {
            Error::tls(format!("{host} is not a name that a certificate can contain"))
                .with_hint("Write the host name in its ASCII form.")
        })?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let (verifier, shown) = verifier(&options.trust, &provider)?;
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| Error::tls(error.to_string()))?
            .dangerous()
            .with_custom_certificate_verifier(verifier);
        let mut config = match &options.identity {
            None => config.with_no_client_auth(),
            Some(identity) => {
                let (chain, key) = identity.read()?;
                config
                    .with_client_auth_cert(chain, key)
                    .map_err(|error| identity.unusable(&error))?
            }
        };
        config.resumption = rustls::client::Resumption::in_memory_sessions(4);
        let patience = options.reply_timeout;
        let from_the_start = options.tls == Tls::Implicit;
        let authorities = match &options.trust {
            Trust::Authority(path) => Some(path.clone()),
            _ => None,
        };
        let own = options.identity.as_ref().map(|identity| identity.certificate.clone());
        let (config, host) = (Arc::new(config), host.to_owned());
        Ok(Self { config, name, host, authorities, own, shown, patience, from_the_start })
    }

    pub(crate) async fn negotiate(&self, stream: TcpStream) -> Result<TlsStream<TcpStream>, Error> {
        let connector = TlsConnector::from(Arc::clone(&self.config));
        match timeout(self.patience, connector.connect(self.name.clone(), stream)).await {
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err(error)) => Err(self.failed(error)),
            Err(_) => Err(Error::timed_out(Phase::Tls, self.patience).with_hint(SLOW)),
        }
    }

    /// The same for a data connection, split into socket and TLS state for a blocking thread.
    pub(crate) async fn negotiate_data(
        &self,
        stream: TcpStream,
    ) -> Result<(TcpStream, Box<ClientConnection>), Error> {
        // The last record of a file must not wait until the one before is acknowledged. If this
        // fails, the transfer is only slower.
        let _ = stream.set_nodelay(true);
        let (stream, connection) = self.negotiate(stream).await?.into_inner();
        Ok((stream, Box::new(connection)))
    }

    /// A failed handshake: a TLS error if TLS itself refused, a socket error if only the connection
    /// broke.
    fn failed(&self, error: std::io::Error) -> Error {
        let host = &self.host;
        let Some(inner) = of_tls(&error) else {
            return Error::socket(Phase::Tls, error).with_hint(BROKEN);
        };
        match inner {
            rustls::Error::InvalidMessage(_) if self.from_the_start => {
                Error::tls(format!("{host} does not use TLS from the start on this port"))
                    .with_hint("If the server switches to TLS with AUTH, use an ftpes:// address.")
            }
            rustls::Error::InvalidCertificate(bad) => self.with_fingerprint(self.distrusted(bad)),
            inner => self.refusal(&error).unwrap_or_else(|| {
                let why = packetboat_tls::words(inner);
                Error::tls(format!("TLS with {host} failed: {why}")).with_hint(
                    "Try again, or ask the administrator of the server what it requires.",
                )
            }),
        }
    }

    /// Why the server rejected the client's certificate, if that is what an error says. Under TLS
    /// 1.3 the rejection arrives after the handshake (RFC 8446 §4.4.2.4), in place of the first
    /// reply or the first data.
    pub(crate) fn refusal(&self, error: &std::io::Error) -> Option<Error> {
        use rustls::AlertDescription as Alert;
        let Some(rustls::Error::AlertReceived(alert)) = of_tls(error) else { return None };
        let host = &self.host;
        let Some(file) = &self.own else {
            let wanted = *alert == Alert::CertificateRequired;
            let what = format!("{host} requires a client certificate");
            return wanted.then(|| Error::tls(what).with_hint(GIVE_YOURS));
        };
        let (why, way_out) = match alert {
            Alert::UnknownCA => ("it trusts no authority that vouches for it", OTHER_OF_YOURS),
            Alert::CertificateRevoked => ("it was revoked", NEW_OF_YOURS),
            Alert::CertificateExpired => ("it has expired", NEW_OF_YOURS),
            Alert::BadCertificate
            | Alert::UnsupportedCertificate
            | Alert::CertificateUnknown
            | Alert::CertificateRequired
            | Alert::AccessDenied => ("it does not say why", OTHER_OF_YOURS),
            _ => return None,
        };
        let what = "does not accept the client certificate in";
        Some(
            Error::tls(format!("{host} {what} {} (--cert): {why}", file.display()))
                .with_hint(way_out),
        )
    }

    /// Adds the fingerprint of the server's certificate, so that the user can compare it.
    fn with_fingerprint(&self, error: Error) -> Error {
        let Some(shown) = self.shown.text() else { return error };
        let way_out = error.hint().unwrap_or_default();
        let hint = format!("{way_out} The SHA-256 fingerprint of its certificate is {shown}.");
        error.with_hint(hint)
    }

    /// What is wrong with the server's certificate, and what to do about it.
    fn distrusted(&self, bad: &rustls::CertificateError) -> Error {
        use rustls::CertificateError as Bad;
        let host = &self.host;
        match bad {
            Bad::UnknownIssuer => Error::tls(match &self.authorities {
                None => {
                    format!("no authority that this system trusts vouches for the certificate of {host}")
                }
                Some(file) => format!(
                    "{} (--ca) contains neither the certificate of {host} nor an authority that vouches for it",
                    file.display()
                ),
            })
            .with_hint(GIVE_IT),
            bad if SelfSigned::is_in(bad) => Error::tls(match &self.authorities {
                None => format!(
                    "the certificate of {host} is self-signed, and no authority that this system trusts vouches for it"
                ),
                Some(file) => format!(
                    "the certificate of {host} is self-signed, and {} (--ca) contains a different certificate",
                    file.display()
                ),
            })
            .with_hint(GIVE_IT),
            Bad::NotValidForName | Bad::NotValidForNameContext { .. } => {
                Error::tls(packetboat_tls::other_host(bad, host)).with_hint(OTHER_HOST)
            }
            Bad::Expired | Bad::ExpiredContext { .. } => {
                Error::tls(format!("the certificate of {host} has expired"))
                    .with_hint("The administrator of the server has to renew it.")
            }
            Bad::ApplicationVerificationFailure => Error::tls(format!(
                "the certificate of {host} does not have the fingerprint that was given"
            ))
            .with_hint("Ask the administrator of the server before you trust it."),
            other => {
                let why = packetboat_tls::certificate_words(other);
                Error::tls(format!("the certificate of {host} cannot be trusted: {why}"))
                    .with_hint(GIVE_IT)
            }
        }
    }
}

/// The TLS error inside an error of the connection; `None` if only the network broke it.
fn of_tls(error: &std::io::Error) -> Option<&rustls::Error> {
    error.get_ref().and_then(|error| error.downcast_ref::<rustls::Error>())
}

/// The hint if the handshake timed out.
const SLOW: &str =
    "the connection is open, but the TLS handshake got no answer; a larger --timeout waits longer.";

/// The hint if the connection broke during the handshake.
const BROKEN: &str = "the server may have ended the handshake, for example over a TLS version that it does not support (its \
                      log has the reason); or something in between blocks TLS, as some firewalls do with FTP.";

/// The advice if the server requires a client certificate.
const GIVE_YOURS: &str = "Give one with --cert FILE and its key with --key FILE; the administrator of the server knows which \
                          certificates it accepts.";

/// The advice if the server rejects the client certificate.
const OTHER_OF_YOURS: &str = "Give one from an authority that the server trusts with --cert FILE and --key FILE, or ask the \
                              administrator of the server to accept this one.";

/// The advice if the client certificate has expired or was revoked.
const NEW_OF_YOURS: &str = "Ask the administrator of the server for a new one, and give it with --cert FILE and --key FILE.";

/// The advice if no trusted authority vouches for the server's certificate.
const GIVE_IT: &str = "If you know the server, give its certificate with --ca FILE or its fingerprint with --fingerprint.";

/// The advice if the certificate is for another host. --ca would not help, since the name is
/// checked as well.
const OTHER_HOST: &str = "Connect by a name that is in the certificate; if you know the server, trust this certificate with \
                          --fingerprint.";

impl Identity {
    fn read(&self) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), Error> {
        let certificates = CertificateDer::pem_file_iter(&self.certificate);
        let chain = certificates.and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let chain = chain.map_err(|error| unreadable("certificate", &self.certificate, &error))?;
        if chain.is_empty() {
            let error = "it contains no CERTIFICATE block";
            return Err(unreadable("certificate", &self.certificate, &error));
        }
        let key = PrivateKeyDer::from_pem_file(&self.key);
        Ok((chain, key.map_err(|error| unreadable("private key", &self.key, &error))?))
    }

    fn unusable(&self, error: &rustls::Error) -> Error {
        Error::tls(format!(
            "{} and {} cannot be used: {}",
            self.certificate.display(),
            self.key.display(),
            packetboat_tls::words(error)
        ))
        .with_hint("Give a certificate and the private key that belongs to it.")
    }
}

fn unreadable(what: &str, path: &Path, error: &dyn std::fmt::Display) -> Error {
    let path = path.display();
    Error::tls(format!("the {what} in {path} cannot be read ({error})"))
        .with_hint("Give a PEM file without a password.")
}

impl Connection {
    /// Sends AUTH TLS if TLS is wanted. If the server refuses, the session stays unencrypted only
    /// if the user allowed that ([`Tls::Try`]).
    pub(crate) async fn begin_tls(&mut self, options: &Options) -> Result<(), Error> {
        if !matches!(options.tls, Tls::Try | Tls::Require) {
            return Ok(());
        }
        let request = Request::with_text(Verb::Auth, "TLS");
        let reply = self.control.exchange(crate::error::Phase::Tls, &request).await?;
        if reply.code().class() != Class::Completion {
            return match options.tls {
                Tls::Try => Ok(()),
                _ => Err(Error::tls(format!("{} refuses TLS", options.host))
                    .with_hint(format!(
                        "If nobody can listen in on the connection, you can go without TLS: {}.",
                        options.tls_wish.without()
                    ))
                    .during(&request)
                    .with_reply(reply)
                    .at(self.control.peer_name())),
            };
        }
        self.control.begin_tls(options).await
    }

    /// Sends PBSZ and PROT (RFC 4217 §8 and §9), after the login, where all servers accept them.
    pub(crate) async fn protect_data(&mut self, options: &Options) -> Result<(), Error> {
        if self.control.negotiator().is_none() {
            return Ok(());
        }
        let mut reply = None;
        for request in [Request::with_text(Verb::Pbsz, 0), Request::with_text(Verb::Prot, "P")] {
            let answer = self.control.exchange(crate::error::Phase::Tls, &request).await?;
            if answer.code().class() != Class::Completion {
                reply = Some((request, answer));
            }
        }
        match reply {
            None => {
                self.private_data = true;
                Ok(())
            }
            Some(_) if options.tls == Tls::Try => Ok(()),
            Some((request, reply)) => Err(Error::tls(format!(
                "{} does not encrypt data connections",
                options.host
            ))
            .with_hint(format!(
                "If nobody can listen in on the connection, you can leave data unencrypted: {}.",
                options.tls_wish.with_less()
            ))
            .during(&request)
            .with_reply(reply)
            .at(self.control.peer_name())),
        }
    }
}
