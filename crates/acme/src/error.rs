//! What can go wrong between us and an authority, and what to do about it.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use instant_acme::{AuthorizationStatus, Error, OrderStatus};

/// Why there is no certificate.
#[derive(Debug)]
pub enum AcmeError {
    /// The configuration cannot work.
    Config(String),
    /// A challenge cannot be answered on this address.
    Listen(SocketAddr, io::Error),
    /// A file of the folder cannot be read or written.
    File(PathBuf, io::Error),
    /// A file of the folder is not what it should be.
    Content(PathBuf, String),
    /// The authority refused.
    Authority(String),
    /// The authority was not reached, or what answers there is none.
    NotReached(String),
    /// The authority began to answer, or not even that, and was waited for so long.
    Silent(Duration),
    /// The authority does not know our account any more.
    NoAccount,
    /// The authority offers no challenge of the kind that is configured.
    NoChallenge(String),
    /// The authority could not make sure of a name.
    NotProved(String, String),
    /// The authority did not finish.
    NotReady(OrderStatus),
    /// A key or certificate for the proof could not be made.
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
            // The rest are names out of the program's own types.
            Error::Json(_) => Self::NotReached("what answers there does not speak ACME".into()),
            _ if text.contains("invalid peer certificate") => Self::NotReached(
                "nobody whom this server trusts vouches for its certificate".into(),
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
                        "another program listens there; let that one serve the folder \
                                                 of `acme.webroot`, or choose another way to prove the name"
                    }
                    io::ErrorKind::PermissionDenied => {
                        "ports below 1024 need privileges; start as root, or \
                                                        pass a higher port on to it"
                    }
                    _ => "choose another address",
                };
                write!(f, "the authority cannot be answered on {address}: {error}; {hint}")
            }
            Self::File(path, error) => {
                write!(f, "{}: {error}; the server has to be able to write there", path.display())
            }
            Self::Content(path, why) => {
                write!(f, "{}: {why}; remove it, and another is made", path.display())
            }
            Self::Authority(why) => write!(f, "the authority gave no certificate: {why}"),
            Self::NotReached(why) => write!(
                f,
                "the authority cannot be spoken to: {why}; look whether `acme.directory` and \
                 `acme.authority-root` are right, and whether this machine may connect there"
            ),
            Self::Silent(time) => {
                let minutes = time.as_secs() / 60;
                write!(
                    f,
                    "the authority gave no answer within {minutes} min; look whether \
                     `acme.directory` is right, and what stands between this machine and it"
                )
            }
            Self::NoAccount => f.write_str(
                "the authority does not know the account that it was asked to make a moment ago; \
                 ask whoever runs it",
            ),
            Self::NoChallenge(kind) => write!(
                f,
                "the authority does not offer {kind} for every name; choose another way to prove them"
            ),
            Self::NotProved(name, status) => write!(
                f,
                "the authority could not make sure that {name} is this machine ({status}); look whether the \
                 name leads here and the port can be reached from outside"
            ),
            Self::NotReady(status) => {
                let status = format!("{status:?}").to_lowercase();
                write!(
                    f,
                    "the authority did not finish the order ({status}); it is asked again later"
                )
            }
            Self::Made(why) => write!(f, "what proves the name could not be made: {why}"),
        }
    }
}

impl std::error::Error for AcmeError {}
