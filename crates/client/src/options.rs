//! What a client is told before it connects: where to, as whom, and how patient to be.

use std::fmt;
use std::time::Duration;

use crate::interrupt::Interrupt;

/// A user's name and password. The password has no text form.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    pub(crate) user: Vec<u8>,
    pub(crate) password: Vec<u8>,
}

impl Login {
    /// A user and a password.
    pub fn new(user: impl Into<Vec<u8>>, password: impl Into<Vec<u8>>) -> Self {
        Self { user: user.into(), password: password.into() }
    }

    /// The guest account. The password is by custom an address; a neutral one is sent (RFC 1635).
    pub fn anonymous() -> Self {
        Self::new("anonymous", "anonymous@")
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

/// How often and how patiently an operation is tried again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retry {
    /// How many times an operation is repeated after its first failure.
    pub retries: u32,
    /// The pause before the first repetition; each later one is twice as long.
    pub first_pause: Duration,
    /// The longest pause.
    pub longest_pause: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            retries: 3,
            first_pause: Duration::from_secs(1),
            longest_pause: Duration::from_secs(30),
        }
    }
}

impl Retry {
    /// The pause before repetition number `attempt`, counted from 1.
    pub(crate) fn pause(&self, attempt: u32) -> Duration {
        let factor = 1_u32.checked_shl(attempt.saturating_sub(1)).unwrap_or(u32::MAX);
        self.first_pause.saturating_mul(factor).min(self.longest_pause)
    }
}

/// Where to connect, as whom, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// The host: a name or an address.
    pub host: String,
    /// The port of the control connection.
    pub port: u16,
    /// Who logs in.
    pub login: Login,
    /// How long one address may take to accept a connection.
    pub connect_timeout: Duration,
    /// How long a reply may take, and how long data may stand still.
    pub reply_timeout: Duration,
    /// How failures that may pass are repeated.
    pub retry: Retry,
    /// Whether the server makes the data connections (PORT, EPRT).
    pub active: bool,
    /// Whether the address in 227 is used. Normally the server's own address is, since a wrong or
    /// hostile one would send data elsewhere.
    pub trust_pasv_address: bool,
    /// Stops the transfers.
    pub interrupt: Interrupt,
}

impl Options {
    /// Options for a host and port: anonymous, passive, 30 s for a connection, 60 s for a reply.
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        Self {
            host: host.into(),
            port,
            login: Login::anonymous(),
            connect_timeout: Duration::from_secs(30),
            reply_timeout: Duration::from_secs(60),
            retry: Retry::default(),
            active: false,
            trust_pasv_address: false,
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
    fn pauses_double_up_to_the_longest() {
        let pauses: Vec<u64> = (1..8).map(|n| Retry::default().pause(n).as_secs()).collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 30, 30]);
        assert_eq!(Retry::default().pause(1000).as_secs(), 30);
    }

    #[test]
    fn a_password_is_never_shown() {
        let mut options = Options::new("::1", 21);
        options.login = Login::new("joe", "geheim");
        assert!(!format!("{options:?}").contains("geheim"));
        assert_eq!(options.peer(), "[::1]:21");
    }
}
