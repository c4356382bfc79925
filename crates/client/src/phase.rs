//! [`Phase`]: what the client was doing when something failed, with the names that messages and JSON show.

use std::fmt;

/// What the client was doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Looking up the host name.
    Resolve,
    /// Making the control connection.
    Connect,
    /// Waiting for the first reply.
    Greeting,
    /// Negotiating TLS, on the control connection or for data.
    Tls,
    /// Logging in with USER and PASS.
    Login,
    /// Running a command that moves no data.
    Command,
    /// Making a data connection.
    DataConnection,
    /// Moving data.
    Transfer,
    /// Comparing the two ends after a transfer.
    Verify,
    /// Reading or writing a local file.
    LocalFile,
}

impl Phase {
    /// The name shown in messages and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Resolve => "resolve",
            Self::Connect => "connect",
            Self::Greeting => "greeting",
            Self::Tls => "tls",
            Self::Login => "login",
            Self::Command => "command",
            Self::DataConnection => "data connection",
            Self::Transfer => "transfer",
            Self::Verify => "verify",
            Self::LocalFile => "local file",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
