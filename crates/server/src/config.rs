//! What a server is told at its start.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use packetboat_proto::encoding::CodePage;
use packetboat_proto::server::SessionConfig;

/// The settings of a server.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// Where it listens.
    pub listen: Vec<SocketAddr>,
    /// Ports for passive data connections.
    pub passive_ports: PassivePorts,
    /// The IPv4 address told in reply to PASV, where the server is behind NAT. Without it, the address
    /// that the client connected to.
    pub passive_address: Option<IpAddr>,
    /// How long a data connection may take to come up, in either direction.
    pub connect_timeout: Duration,
    /// A transfer that moves no byte for this long is given up.
    pub stall_timeout: Duration,
    /// The answer to a wrong password is held back for this long (RFC 2577 §5).
    pub login_delay: Duration,
    /// Sessions at once; one more is turned away with 421.
    pub sessions: usize,
    /// How long running transfers may take to report their end when the server stops.
    pub shutdown_grace: Duration,
    /// The EBCDIC of TYPE E.
    pub code_page: CodePage,
    /// In MODE B and C, RETR sends a restart marker after so many bytes of a file.
    pub marker_interval: u64,
    /// What the session machine is told.
    pub session: SessionConfig,
}

/// The ports passive data connections may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PassivePorts {
    /// Whatever the operating system gives: a random free port.
    Any,
    /// One of this range, chosen at random (RFC 2577 §8).
    Range {
        /// The first.
        first: u16,
        /// The last; not below the first.
        last: u16,
    },
}

impl PassivePorts {
    /// A range, if it is one: both ports at least 1, the last not below the first.
    pub fn range(first: u16, last: u16) -> Option<Self> {
        (first >= 1 && first <= last).then_some(Self::Range { first, last })
    }
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            listen: Vec::new(),
            passive_ports: PassivePorts::Any,
            passive_address: None,
            connect_timeout: Duration::from_secs(30),
            stall_timeout: Duration::from_secs(300),
            login_delay: Duration::from_secs(1),
            sessions: 20_000,
            shutdown_grace: Duration::from_secs(5),
            code_page: CodePage::default(),
            marker_interval: 4 << 20,
            session: SessionConfig::default(),
        }
    }
}
