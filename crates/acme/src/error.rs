//! What can go wrong between us and an authority, and what to do about it.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use instant_acme::{AuthorizationStatus, OrderStatus};

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
    /// The authority refused, or was not reached.
    Authority(String),
    /// The authority offers no challenge of the kind that is configured.
    NoChallenge(String),
    /// The authority could not make sure of a name.
    NotProved(String, String),
    /// The authority did not finish.
    NotReady(OrderStatus),
    /// A key or certificate for the proof could not be made.
    Made(String),
}

impl AcmeError {
    pub(crate) fn authority(error: &instant_acme::Error) -> Self {
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
        Self::Authority(text)
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
