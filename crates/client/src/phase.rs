//! What the client was doing when something went wrong, by the names that messages and JSON show.

use std::fmt;

/// What the client was doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Looking up the host's name.
    Resolve,
    /// Making the control connection.
    Connect,
    /// Waiting for the first reply.
    Greeting,
    /// Negotiating TLS, on the control connection or for data.
    Tls,
    /// USER and PASS.
    Login,
    /// A command without data.
    Command,
    /// Making a data connection.
    DataConnection,
    /// Moving data.
    Transfer,
    /// Comparing the two ends after a transfer.
    Verify,
    /// Reading or writing a file of this machine.
    LocalFile,
}

impl Phase {
    /// The name as messages and JSON show it.
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
