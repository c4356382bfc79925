//! What a session is told at its start: limits, texts, and for which reasons it may be closed.

use std::time::Duration;

use super::security::Tls;
use super::texts::Language;

/// What all sessions of a server share.
#[derive(Clone, Debug)]
pub struct SessionConfig {
    /// What the greeting says behind 220, if not which program is ready.
    pub greeting: Option<String>,
    /// The language of replies until LANG chooses another.
    pub language: Language,
    /// A session without a command for this long is closed with 421 (RFC 1123 §4.1.3.2: five minutes
    /// or more).
    pub idle_timeout: Duration,
    /// A session that has not logged in after this long is closed with 421.
    pub login_timeout: Duration,
    /// So many refused passwords close the session with 421 (RFC 2577 §5).
    pub login_attempts: u32,
    /// A command line that has not ended so long after its first byte closes the session with 421.
    pub line_timeout: Duration,
    /// The longest command line, in bytes.
    pub line_limit: usize,
    /// What is offered of TLS, and what is demanded.
    pub tls: Tls,
    /// Whether CCC is taken: the control connection may go on in clear after the login.
    pub clear_control: bool,
    /// Under which names the storage keeps what broken uploads have left, a star in the place of the file's; nothing
    /// where it keeps them in another way.
    pub part_names: Option<&'static str>,
    /// Whether [`Action::Note`](super::Action::Note)s are wanted.
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
            // PATH_MAX of the common systems, and room for a verb.
            line_limit: 4096 + 64,
            tls: Tls::default(),
            clear_control: false,
            part_names: None,
            notes: true,
        }
    }
}

/// Why the server closes a session, said with 421.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goodbye {
    /// No command came for the idle time.
    Idle,
    /// No login came about in time.
    LoginTime,
    /// Too many passwords were wrong.
    LoginAttempts,
    /// A command line did not end in time.
    LineTime,
    /// The client speaks HTTP.
    SpeaksHttp,
    /// Who is no trusted proxy sent a proxy's header.
    UntrustedProxy,
    /// The client begins with TLS where clients begin in clear.
    BeginsWithTls,
    /// Nobody can say now whether the login is right.
    LoginUnavailable,
    /// The server shuts down.
    Shutdown,
    /// Something came in clear behind AUTH.
    ClearBehindAuth,
    /// What came behind AUTH was no TLS.
    NotTls,
    /// Nothing came behind AUTH.
    TlsTime {
        /// How long the server waited.
        waited: Duration,
    },
    /// The account was locked while it was logged in.
    AccountLocked,
    /// The account was removed while it was logged in.
    AccountRemoved,
    /// The account has expired while it was logged in.
    AccountExpired,
    /// The account may no longer be used from the client's address.
    AccountElsewhere,
    /// The account may be used at certain hours, and they are over.
    AccountHours,
    /// The server holds as many sessions as it may.
    Full,
    /// The server can open no more connections: its limit of files is reached.
    NoDescriptors,
    /// The client's address has as many sessions as it may have at once.
    AddressFull {
        /// How many that are.
        most: u32,
    },
    /// The client's address connects too often.
    TooManyConnections {
        /// After this time it may again.
        wait: Duration,
    },
    /// The client's address tries to log in too often.
    TooManyLogins {
        /// After this time it may again.
        wait: Duration,
    },
    /// The client's address is kept out.
    Banned {
        /// Until when, in seconds since 1970; without it, until somebody lifts the ban.
        until: Option<i64>,
    },
    /// The account has as many sessions as it may have at once.
    AccountFull {
        /// How many that are.
        most: u32,
    },
}
