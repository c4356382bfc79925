//! What a client is told before it connects: where to, as whom, and how patient to be.

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
    /// Nobody was named.
    pub(crate) is_guest: bool,
}

impl Login {
    /// A user and a password.
    pub fn new(user: impl Into<Vec<u8>>, password: impl Into<Vec<u8>>) -> Self {
        Self { user: user.into(), password: password.into(), is_guest: false }
    }

    /// The guest account, where nobody was named. The password is by custom an address; a neutral one is sent (RFC 1635).
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
    /// The virtual host to ask for (HOST, RFC 7151); the certificate has to be of this name then.
    pub virtual_host: Option<String>,
    /// Who logs in.
    pub login: Login,
    /// What to mount after the login (SMNT, RFC 959 §4.1.1).
    pub mount: Option<Vec<u8>>,
    /// The account for a server that asks for one.
    pub account: Account,
    /// How long one address may take to accept a connection.
    pub connect_timeout: Duration,
    /// How long a reply may take, and how long data may stand still.
    pub reply_timeout: Duration,
    /// The longest delay that is waited out when the server announces one with 120.
    pub longest_delay: Duration,
    /// How failures that may pass are repeated.
    pub retry: Retry,
    /// How files stand on the data connection.
    pub format: Format,
    /// The code page of TYPE E, how hard MODE Z tries, how often MODE B and C get a marker.
    pub encoding: Settings,
    /// Whether the two ends are compared after a transfer.
    pub verify: bool,
    /// Whether a download gets the time that the file has on the server.
    pub times: bool,
    /// Whether uploads keep their time, and files in both directions their permissions.
    pub preserve: bool,
    /// Whether the server makes the data connections (PORT, EPRT).
    pub active: bool,
    /// Whether the address in 227 is used. Normally the server's own address is, since a wrong or
    /// hostile one would send data elsewhere.
    pub trust_pasv_address: bool,
    /// Whether and how TLS is spoken.
    pub tls: Tls,
    /// What asked for TLS, so that a message can say how to go on without.
    pub tls_wish: TlsWish,
    /// Whom the server has to be, under TLS.
    pub trust: Trust,
    /// The certificate to show to a server that asks for one.
    pub identity: Option<Identity>,
    /// Stops the transfers.
    pub interrupt: Interrupt,
}

impl Options {
    /// Options for a host and port: anonymous, passive, 30 s for a connection, 60 s for a reply.
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

    /// `host:port`, an IPv6 address in brackets.
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
