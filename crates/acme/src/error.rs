//! [`AcmeError`]: what can go wrong with an authority, and what to do about it.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use instant_acme::{AuthorizationStatus, Error, OrderStatus};

/// Why there is no certificate.
#[derive(Debug)]
pub enum AcmeError {
    /// The configuration is invalid.
    Config(String),
    /// The server cannot listen for challenges on this address.
    Listen(SocketAddr, io::Error),
    /// A file in the folder cannot be read or written.
    File(PathBuf, io::Error),
    /// A file in the folder has invalid content.
    Content(PathBuf, String),
    /// The authority refused.
    Authority(String),
    /// The authority could not be reached, or the server there is not an ACME authority.
    NotReached(String),
    /// The authority did not complete its answer in this time.
    Silent(Duration),
    /// The authority no longer knows the account.
    NoAccount,
    /// The authority does not offer the configured kind of challenge.
    NoChallenge(String),
    /// The authority could not verify a name.
    NotProved(String, String),
    /// The authority did not complete the order.
    NotReady(OrderStatus),
    /// A key or certificate for the proof could not be created.
    Made(String),
}

/// RFC 8555 §6.7.
const NO_ACCOUNT: &str = "urn:ietf:params:acme:error:accountDoesNotExist";

impl AcmeError {
    pub(crate) fn authority(error: &Error) -> Self {
        use std::error::Error as _;
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(deeper) = cause {
            let deeper_text = deeper.to_string();
            if !text.contains(&deeper_text) {
                text = format!("{text}: {deeper_text}");
            }
            cause = deeper.source();
        }
        match error {
            Error::Api(problem) if problem.r#type.as_deref() == Some(NO_ACCOUNT) => Self::NoAccount,
            Error::Api(_) | Error::Timeout(_) | Error::Unsupported(_) => Self::Authority(text),
            // The other texts of these errors are names of types.
            Error::Json(_) => Self::NotReached("the server there does not speak ACME".into()),
            _ if text.contains("invalid peer certificate") => Self::NotReached(
                "its certificate was not issued by an authority that this server trusts".into(),
            ),
            _ => Self::NotReached(text),
        }
    }

    pub(crate) fn not_proved(name: &str, status: AuthorizationStatus) -> Self {
        Self::NotProved(name.to_owned(), format!("{status:?}").to_lowercase())
    }
}

impl fmt::Display for AcmeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(why) => f.write_str(why),
            Self::Listen(address, error) => {
                let hint = match error.kind() {
                    io::ErrorKind::AddrInUse => {
                        "another program listens there; let that program serve the folder of \
                            `acme.webroot`, or choose another challenge"
                    }
                    io::ErrorKind::PermissionDenied => {
                        "ports below 1024 need privileges; start as root, or forward this port to \
                            a higher one"
                    }
                    _ => "choose another address",
                };
                write!(f, "cannot listen for the authority on {address}: {error}; {hint}")
            }
            Self::File(path, error) => {
                write!(f, "{}: {error}; the server must be able to write there", path.display())
            }
            Self::Content(path, why) => {
                write!(f, "{}: {why}; remove it, and the server creates a new one", path.display())
            }
            Self::Authority(why) => write!(f, "the authority issued no certificate: {why}"),
            Self::NotReached(why) => write!(
                f,
                "the authority cannot be reached: {why}; check `acme.directory` and \
                    `acme.authority-root`, and whether this machine can connect there"
            ),
            Self::Silent(time) => {
                let minutes = time.as_secs() / 60;
                write!(
                    f,
                    "the authority did not answer within {minutes} min; check `acme.directory`, \
                        and firewalls between this machine and the authority"
                )
            }
            Self::NoAccount => f.write_str(
                "the authority does not know the account that it created a moment ago; ask the \
                    authority's operator",
            ),
            Self::NoChallenge(kind) => write!(
                f,
                "the authority does not offer {kind} for every name; choose another challenge"
            ),
            Self::NotProved(name, status) => write!(
                f,
                "the authority could not verify that {name} is this machine ({status}); check that \
                    the name resolves to this machine and that the port can be reached from \
                    outside"
            ),
            Self::NotReady(status) => {
                let status = format!("{status:?}").to_lowercase();
                write!(
                    f,
                    "the authority did not complete the order ({status}); the server tries again \
                        later"
                )
            }
            Self::Made(why) => write!(f, "the proof for the name could not be created: {why}"),
        }
    }
}

impl std::error::Error for AcmeError {}
