//! [`Options`] and [`Login`]: where a client connects, as whom, and how.

use std::fmt;
use std::time::Duration;

use packetboat_proto::encoding::{Format, Settings};

use crate::account::Account;
use crate::encoded::VERBATIM;
use crate::interrupt::Interrupt;
use crate::retry::Retry;
use crate::tls::{Identity, Tls, TlsWish, Trust};

/// A user's name and password. The password has no text form.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    pub(crate) user: Vec<u8>,
    pub(crate) password: Vec<u8>,
    /// Whether this is the guest login because no user was given.
    pub(crate) is_guest: bool,
}

impl Login {
    /// A user and a password.
    pub fn new(user: impl Into<Vec<u8>>, password: impl Into<Vec<u8>>) -> Self {
        Self { user: user.into(), password: password.into(), is_guest: false }
    }

    /// The guest login, for when no user was given. By convention the password is an e-mail
    /// address; a neutral one is sent (RFC 1635).
    pub fn anonymous() -> Self {
        Self { is_guest: true, ..Self::new("anonymous", "anonymous@") }
    }

    /// The user's name.
    pub fn user(&self) -> &[u8] {
        &self.user
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Login({:?}, ****)", String::from_utf8_lossy(&self.user))
    }
}

/// Where to connect, as whom, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// The host: a name or an address.
    pub host: String,
    /// The port of the control connection.
    pub port: u16,
    /// The virtual host to request (HOST, RFC 7151). The certificate then has to be for this name.
    pub virtual_host: Option<String>,
    /// The user and password.
    pub login: Login,
    /// What to mount after the login (SMNT, RFC 959 §4.1.1).
    pub mount: Option<Vec<u8>>,
    /// The account (ACCT) for a server that asks for one.
    pub account: Account,
    /// How long one address may take to accept a connection.
    pub connect_timeout: Duration,
    /// How long to wait for a reply, and for data during a transfer.
    pub reply_timeout: Duration,
    /// The longest delay announced with 120 for which the client waits.
    pub longest_delay: Duration,
    /// When failed operations are retried.
    pub retry: Retry,
    /// How files are encoded on the data connection.
    pub format: Format,
    /// The code page of TYPE E, the compression level of MODE Z, and the marker interval of MODE B
    /// and C.
    pub encoding: Settings,
    /// Whether to compare the two ends after a transfer.
    pub verify: bool,
    /// Whether to give a download the modification time of the remote file.
    pub times: bool,
    /// Whether to preserve the time of uploads, and the permissions of files in both directions.
    pub preserve: bool,
    /// Whether the server makes the data connections (PORT, EPRT).
    pub active: bool,
    /// Whether to use the address in 227. Normally the client uses the server's own address, since
    /// a wrong or hostile address would direct the data elsewhere.
    pub trust_pasv_address: bool,
    /// Whether and how to use TLS.
    pub tls: Tls,
    /// Where the request for TLS came from, so that a message can say how to go without.
    pub tls_wish: TlsWish,
    /// Which server certificates to trust.
    pub trust: Trust,
    /// The certificate for a server that asks the client for one.
    pub identity: Option<Identity>,
    /// Lets the user stop the transfers.
    pub interrupt: Interrupt,
}

impl Options {
    /// Options for a host and port: anonymous, passive, with timeouts of 30 s for a connection and
    /// 60 s for a reply.
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        Self {
            host: host.into(),
            port,
            virtual_host: None,
            login: Login::anonymous(),
            mount: None,
            account: Account::default(),
            connect_timeout: Duration::from_secs(30),
            reply_timeout: Duration::from_secs(60),
            longest_delay: Duration::from_secs(3_600),
            retry: Retry::default(),
            format: VERBATIM,
            encoding: Settings { marker_interval: Some(1 << 20), ..Settings::default() },
            verify: false,
            times: true,
            preserve: false,
            active: false,
            trust_pasv_address: false,
            tls: Tls::default(),
            tls_wish: TlsWish::default(),
            trust: Trust::default(),
            identity: None,
            interrupt: Interrupt::default(),
        }
    }

    /// `host:port`, with an IPv6 address in brackets.
    pub fn peer(&self) -> String {
        match self.host.contains(':') {
            true => format!("[{}]:{}", self.host, self.port),
            false => format!("{}:{}", self.host, self.port),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        let mut options = Options::new("::1", 21);
        options.login = Login::new("joe", "geheim");
        assert!(!format!("{options:?}").contains("geheim"));
        assert_eq!(options.peer(), "[::1]:21");
    }
}
