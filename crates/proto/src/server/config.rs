//! [`SessionConfig`], the limits and texts that a session gets at its start, and [`Goodbye`], the
//! reasons why the server may close it.

use std::time::Duration;

use super::security::Tls;
use super::texts::Language;

/// The configuration that all sessions of a server share.
#[derive(Clone, Debug)]
pub struct SessionConfig {
    /// The text of the greeting after 220; by default, it names the program.
    pub greeting: Option<String>,
    /// The language of replies until LANG chooses another.
    pub language: Language,
    /// A session without a command for this long is closed with 421 (RFC 1123 §4.1.3.2: five minutes
    /// or more).
    pub idle_timeout: Duration,
    /// A session that has not logged in after this long is closed with 421.
    pub login_timeout: Duration,
    /// A session is closed with 421 after this many refused passwords (RFC 2577 §5).
    pub login_attempts: u32,
    /// A session is closed with 421 if a command line is not complete this long after its first byte.
    pub line_timeout: Duration,
    /// The longest command line, in bytes.
    pub line_limit: usize,
    /// Whether TLS is offered or required.
    pub tls: Tls,
    /// Whether CCC is accepted: the control connection may continue in the clear after the login.
    pub clear_control: bool,
    /// The names under which the storage keeps the parts of broken uploads, with a star in place of
    /// the file name; `None` if the storage keeps them in another way.
    pub part_names: Option<&'static str>,
    /// Whether the session issues [`Action::Note`](super::Action::Note)s.
    pub notes: bool,
}

impl Default for SessionConfig {
    fn default() -> Self {
        Self {
            greeting: None,
            language: Language::default(),
            idle_timeout: Duration::from_secs(300),
            login_timeout: Duration::from_secs(60),
            login_attempts: 5,
            line_timeout: Duration::from_secs(60),
            // PATH_MAX of common systems, and room for a verb.
            line_limit: 4096 + 64,
            tls: Tls::default(),
            clear_control: false,
            part_names: None,
            notes: true,
        }
    }
}

/// Why the server closes a session. The client is told with 421.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goodbye {
    /// No command arrived within the idle timeout.
    Idle,
    /// The client did not log in within the login timeout.
    LoginTime,
    /// Too many logins were refused.
    LoginAttempts,
    /// A command line was not complete in time.
    LineTime,
    /// The client speaks HTTP.
    SpeaksHttp,
    /// A PROXY header came from an address that is not a trusted proxy.
    UntrustedProxy,
    /// The client started with TLS on a port that starts in the clear.
    BeginsWithTls,
    /// Logins cannot be checked right now.
    LoginUnavailable,
    /// The server is shutting down.
    Shutdown,
    /// Data in the clear followed AUTH.
    ClearBehindAuth,
    /// The data after AUTH was not TLS.
    NotTls,
    /// Nothing arrived after AUTH.
    TlsTime {
        /// How long the server waited.
        waited: Duration,
    },
    /// The account was locked while it was logged in.
    AccountLocked,
    /// The account was removed while it was logged in.
    AccountRemoved,
    /// The account expired while it was logged in.
    AccountExpired,
    /// The account may no longer be used from the client's address.
    AccountElsewhere,
    /// The hours during which the account may be used are over.
    AccountHours,
    /// The server has reached its session limit.
    Full,
    /// The server cannot open more connections: it has reached its limit of open files.
    NoDescriptors,
    /// The client's address has reached its session limit.
    AddressFull {
        /// The limit.
        most: u32,
    },
    /// The client's address connects too often.
    TooManyConnections {
        /// The time after which it may connect again.
        wait: Duration,
    },
    /// The client's address tries to log in too often.
    TooManyLogins {
        /// The time after which it may connect again.
        wait: Duration,
    },
    /// The client's address is banned.
    Banned {
        /// The end of the ban, in seconds since 1970; if absent, the ban lasts until someone lifts it.
        until: Option<i64>,
    },
    /// The account has reached its session limit.
    AccountFull {
        /// The limit.
        most: u32,
    },
}
