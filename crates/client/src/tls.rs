//! TLS for the client: whether it is spoken, whom the server has to be, and the way from AUTH to a protected
//! connection (RFC 4217).

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

/// Whether TLS is spoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tls {
    /// Never.
    #[default]
    Off,
    /// With AUTH, where the server has it.
    Try,
    /// With AUTH; without it nobody logs in and nothing is transferred.
    Require,
    /// From the first byte on.
    Implicit,
}

/// What asked for TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TlsWish {
    /// `--tls`.
    #[default]
    Option,
    /// The scheme of the address.
    Address,
    /// Something that is of use with TLS alone, or the configuration.
    Implied,
}

impl TlsWish {
    /// How to go on without.
    fn without(self) -> &'static str {
        match self {
            Self::Option => "leave out --tls require",
            Self::Address => "write ftp:// for the address",
            Self::Implied => "give --tls off",
        }
    }

    /// How to go on with what TLS there is.
    fn with_less(self) -> &'static str {
        match self {
            Self::Option | Self::Implied => "give --tls try",
            Self::Address => "write ftp:// for the address and give --tls try",
        }
    }
}

/// Whom the server has to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Trust {
    /// Who the certificate authorities of this system vouch for.
    #[default]
    System,
    /// Who the authorities in this PEM file vouch for; a self-signed certificate is its own.
    Authority(PathBuf),
    /// Who has the certificate with this SHA-256 fingerprint.
    Fingerprint([u8; 32]),
    /// Anybody. Whoever stands in between can read and change everything.
    Anybody,
}

/// The client's own certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The certificate in PEM, with those that lead to its root behind it.
    pub certificate: PathBuf,
    /// Its private key in PEM, without a password.
    pub key: PathBuf,
}

/// What a session needs to begin TLS. Its data connections resume what its control connection negotiated.
#[derive(Clone)]
pub(crate) struct Negotiator {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
    host: String,
    /// The file of the authorities, where not the system's count.
    authorities: Option<PathBuf>,
    /// The file of this client's own certificate.
    own: Option<PathBuf>,
    /// The server's.
    shown: Shown,
    patience: Duration,
    /// TLS comes before any word of FTP.
    from_the_start: bool,
}

impl Negotiator {
    pub(crate) fn new(options: &Options) -> Result<Self, Error> {
        let host = options.virtual_host.as_deref().unwrap_or(&options.host);
        // A zone is no part of a name in a certificate.
        let name = host.split('%').next().unwrap_or(host).trim_end_matches('.').to_owned();
        let name = ServerName::try_from(name).map_err(|_| {
            Error::tls(format!("{host} cannot stand in a certificate"))
                .with_hint("Write the host in ASCII.")
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

    /// The same for a data connection, which goes on to a thread of its own.
    pub(crate) async fn negotiate_data(
        &self,
        stream: TcpStream,
    ) -> Result<(TcpStream, Box<ClientConnection>), Error> {
        // The last record of a file must not wait for an acknowledgement of the one before. Without this it
        // is only slower.
        let _ = stream.set_nodelay(true);
        let (stream, connection) = self.negotiate(stream).await?.into_inner();
        Ok((stream, Box::new(connection)))
    }

    /// What TLS says no to, now or the next time, is told as that; what only broke the connection is one of a socket.
    fn failed(&self, error: std::io::Error) -> Error {
        let host = &self.host;
        let Some(inner) = of_tls(&error) else {
            return Error::socket(Phase::Tls, error).with_hint(BROKEN);
        };
        match inner {
            rustls::Error::InvalidMessage(_) if self.from_the_start => {
                Error::tls(format!("{host} does not begin with TLS on this port")).with_hint(
                    "For a server that goes over to TLS with AUTH write ftpes:// for the address.",
                )
            }
            rustls::Error::InvalidCertificate(bad) => self.with_fingerprint(self.distrusted(bad)),
            inner => self.refusal(&error).unwrap_or_else(|| {
                let why = packetboat_tls::words(inner);
                Error::tls(format!("TLS with {host} failed: {why}"))
                    .with_hint("Try again, or ask its operator what it wants.")
            }),
        }
    }

    /// What the server has against this client's certificate, if that is what an error says. Under TLS 1.3 it comes when
    /// this end has negotiated already (RFC 8446 §4.4.2.4), so it may be what the first reply or the first data is.
    pub(crate) fn refusal(&self, error: &std::io::Error) -> Option<Error> {
        use rustls::AlertDescription as Alert;
        let Some(rustls::Error::AlertReceived(alert)) = of_tls(error) else { return None };
        let host = &self.host;
        let Some(file) = &self.own else {
            let wanted = *alert == Alert::CertificateRequired;
            let what = format!("{host} speaks to nobody without a client certificate");
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
        let what = "does not take the client certificate in";
        Some(
            Error::tls(format!("{host} {what} {} (--cert): {why}", file.display()))
                .with_hint(way_out),
        )
    }

    /// Whoever knows the server can compare the certificate with that.
    fn with_fingerprint(&self, error: Error) -> Error {
        let Some(shown) = self.shown.text() else { return error };
        let way_out = error.hint().unwrap_or_default();
        let hint = format!("{way_out} Its certificate has the SHA-256 fingerprint {shown}.");
        error.with_hint(hint)
    }

    /// What is wrong with the server's certificate, and the way out of that.
    fn distrusted(&self, bad: &rustls::CertificateError) -> Error {
        use rustls::CertificateError as Bad;
        let host = &self.host;
        match bad {
            Bad::UnknownIssuer => Error::tls(match &self.authorities {
                None => {
                    format!("nobody whom this system trusts vouches for the certificate of {host}")
                }
                Some(file) => format!(
                    "{} (--ca) holds neither the certificate of {host} nor an authority that vouches for it",
                    file.display()
                ),
            })
            .with_hint(GIVE_IT),
            bad if SelfSigned::is_in(bad) => Error::tls(match &self.authorities {
                None => format!(
                    "the certificate of {host} is self-signed: nobody whom this system trusts vouches for it"
                ),
                Some(file) => format!(
                    "the certificate of {host} is self-signed, and {} (--ca) holds another certificate",
                    file.display()
                ),
            })
            .with_hint(GIVE_IT),
            Bad::NotValidForName | Bad::NotValidForNameContext { .. } => {
                Error::tls(packetboat_tls::other_host(bad, host)).with_hint(OTHER_HOST)
            }
            Bad::Expired | Bad::ExpiredContext { .. } => {
                Error::tls(format!("the certificate of {host} has expired"))
                    .with_hint("Its operator has to renew it.")
            }
            Bad::ApplicationVerificationFailure => Error::tls(format!(
                "{host} shows another certificate than the one with the fingerprint that was given"
            ))
            .with_hint("Ask its operator before you trust it."),
            other => {
                let why = packetboat_tls::certificate_words(other);
                Error::tls(format!("the certificate of {host} cannot be trusted: {why}"))
                    .with_hint(GIVE_IT)
            }
        }
    }
}

/// What TLS itself says with an error of a connection; nothing where only the network broke it.
fn of_tls(error: &std::io::Error) -> Option<&rustls::Error> {
    error.get_ref().and_then(|error| error.downcast_ref::<rustls::Error>())
}

/// What helps where the other side is slow.
const SLOW: &str =
    "the connection stands, and nothing of TLS comes over it; --timeout waits longer.";

/// What is told of a connection that broke before TLS had come about.
const BROKEN: &str = "the server has given up, for which its log has the reason, such as a version of TLS that it does not \
                      speak; or something in between lets no TLS through, as some firewalls do with FTP.";

/// The way out where the server wants a certificate of the client.
const GIVE_YOURS: &str = "Give one that it takes with --cert FILE and its key with --key FILE; its operator knows whose that are.";

/// The way out where the server does not take the client's certificate.
const OTHER_OF_YOURS: &str = "Give one of an authority that the server trusts with --cert FILE and --key FILE, or ask its operator \
    to take this one.";

/// The same where none like it will be taken.
const NEW_OF_YOURS: &str =
    "Ask its operator for a new one, and give that with --cert FILE and --key FILE.";

/// The way out where nobody vouches for a certificate.
const GIVE_IT: &str = "If you know the server, give its certificate with --ca FILE or its fingerprint with --fingerprint.";

/// The way out where it is for another host. An authority would not help: that is checked besides.
const OTHER_HOST: &str = "Connect by a name that is in it; if you know the server, trust this very certificate with \
    --fingerprint.";

impl Identity {
    fn read(&self) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), Error> {
        let certificates = CertificateDer::pem_file_iter(&self.certificate);
        let chain = certificates.and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let chain = chain.map_err(|error| unreadable("certificate", &self.certificate, &error))?;
        if chain.is_empty() {
            let error = "it holds no CERTIFICATE block";
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
        .with_hint("Give a certificate and the key it was made for.")
    }
}

fn unreadable(what: &str, path: &Path, error: &dyn std::fmt::Display) -> Error {
    let path = path.display();
    Error::tls(format!("the {what} in {path} cannot be read ({error})"))
        .with_hint("Give a PEM file without a password.")
}

impl Connection {
    /// AUTH TLS, where it is wanted. A server that refuses it may be left in clear only by one who said so.
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
                        "To go on without, where nobody can listen in, {}.",
                        options.tls_wish.without()
                    ))
                    .during(&request)
                    .with_reply(reply)
                    .at(self.control.peer_name())),
            };
        }
        self.control.begin_tls(options).await
    }

    /// PBSZ and PROT (RFC 4217 §8 and §9), behind the login, where all servers take them.
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
            Some((request, reply)) => {
                Err(Error::tls(format!("{} does not protect data", options.host))
                    .with_hint(format!(
                        "To send it in clear, where nobody can listen in, {}.",
                        options.tls_wish.with_less()
                    ))
                    .during(&request)
                    .with_reply(reply)
                    .at(self.control.peer_name()))
            }
        }
    }
}
