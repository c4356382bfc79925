//! [`ServerConfig`] and [`Sites`]: what a server is given at its start, and again at a reload.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use packetboat_accounts::{Accounts, Database, Network};
use packetboat_proto::encoding::CodePage;
use packetboat_proto::host::HostName;
use packetboat_proto::server::SessionConfig;
use packetboat_store::Storage;

use crate::guards::GuardConfig;
use crate::life::StopConfig;
use crate::proxy::ProxyConfig;
use crate::rate::RateConfig;
use crate::tls::TlsConfig;

/// The settings of a server.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// Addresses to listen on.
    pub listen: Vec<SocketAddr>,
    /// Addresses to listen on for clients that begin with TLS.
    pub listen_tls: Vec<SocketAddr>,
    /// The addresses in `listen` that do not offer TLS, whatever `session` says.
    pub listen_clear: Vec<SocketAddr>,
    /// Certificates and keys for TLS. Whether clients may use TLS is part of `session`.
    pub tls: Option<TlsConfig>,
    /// Ports for passive data connections.
    pub passive_ports: PassivePorts,
    /// The IPv4 address in the reply to PASV, if the server is behind NAT. Without it, the address
    /// that the client connected to.
    pub passive_address: Option<PassiveAddress>,
    /// Other addresses to announce to clients of some networks; the first rule that matches counts.
    pub nat: Vec<NatRule>,
    /// Which proxies are trusted to name the client.
    pub proxy: Arc<ProxyConfig>,
    /// Limits for each address, and bans.
    pub guards: GuardConfig,
    /// Where bans are stored, so that they outlive the process.
    pub bans: Option<Database>,
    /// How long a data connection may take to be established, in either direction.
    pub connect_timeout: Duration,
    /// A transfer that moves no byte for this long is aborted.
    pub stall_timeout: Duration,
    /// A client that does not read its replies for this long is considered gone.
    pub reply_timeout: Duration,
    /// How long a client may take to negotiate TLS on the control connection, or to end it.
    pub handshake_timeout: Duration,
    /// The answer to a wrong password is held back for this long (RFC 2577 §5).
    pub login_delay: Duration,
    /// How many logins may wait at the same time for PAM, a program or an HTTP service. Takes
    /// effect at the start only.
    pub logins_elsewhere: usize,
    /// How many sessions may be open at the same time. Further clients wait in line, or are turned
    /// away with 421.
    pub sessions: usize,
    /// A command that would hash more bytes of one file than this is refused. `None`: no limit.
    pub hash_limit: Option<u64>,
    /// Parts of unfinished uploads are removed once nobody has written to them for this long.
    /// `None`: never.
    pub keep_parts: Option<Duration>,
    /// How many clients may wait in line, with 120, until a session ends; none by default.
    pub queue: usize,
    /// Whether each worker is bound to its own processors. Takes effect at the start only.
    pub bind_workers: bool,
    /// Which sessions SITE WHO lists.
    pub who: WhoShown,
    /// How long running work may take when the server stops.
    pub stop: StopConfig,
    /// Limits on bandwidth.
    pub rates: RateConfig,
    /// The EBCDIC code page of TYPE E.
    pub code_page: CodePage,
    /// In MODE B and C, RETR sends a restart marker each time this many bytes of a file were sent.
    pub marker_interval: u64,
    /// The configuration of the session machine.
    pub session: SessionConfig,
}

/// Which sessions SITE WHO lists to accounts that may write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhoShown {
    /// Sessions of the same account.
    #[default]
    Own,
    /// All sessions.
    All,
    /// No sessions, only their number.
    Count,
}

/// The address that clients of one network get in the reply to PASV.
#[derive(Clone, Debug)]
pub struct NatRule {
    /// The network of the clients.
    pub clients: Network,
    /// The address to announce; `None`: the address that the client connected to.
    pub told: Option<PassiveAddress>,
}

impl ServerConfig {
    /// The address to announce to a client. `None`: the address that it connected to.
    pub(crate) fn told_address(&self, client: IpAddr) -> Option<Ipv4Addr> {
        let rule = self.nat.iter().find(|rule| rule.clients.contains(client));
        let told = rule.map_or(&self.passive_address, |rule| &rule.told);
        told.as_ref().map(PassiveAddress::get)
    }
}

/// One site: what is served, to whom, and with which greeting. A server has a main site, and one
/// for each virtual host (RFC 7151).
pub struct Site {
    /// The first name of the virtual host, for logs; `None` for the main site.
    pub name: Option<String>,
    /// What is served.
    pub storage: Arc<dyn Storage>,
    /// Who may log in.
    pub accounts: Accounts,
    /// The 220 greeting, instead of the program's name.
    pub greeting: Option<String>,
    /// What SMNT mounts in place of the storage, by name.
    pub mounts: HashMap<Vec<u8>, Arc<dyn Storage>>,
}

impl Site {
    /// A site without a greeting of its own and without mounts.
    pub fn new(storage: Arc<dyn Storage>, accounts: Accounts) -> Self {
        Self { name: None, storage, accounts, greeting: None, mounts: HashMap::new() }
    }

    /// The file of its accounts. Accounts of the same name in different files are different
    /// accounts.
    pub(crate) fn realm(&self) -> Option<&Path> {
        self.accounts.database().map(|database| database.path())
    }
}

/// Everything a server serves.
#[derive(Clone)]
pub struct Sites {
    /// The site of clients that name no host.
    pub main: Arc<Site>,
    /// The sites that HOST chooses.
    pub hosts: HashMap<HostName, Arc<Site>>,
}

impl Sites {
    /// A single site.
    pub fn new(main: Site) -> Self {
        Self { main: Arc::new(main), hosts: HashMap::new() }
    }

    /// The site of a host, for a client that connected to `local`. That address, and `localhost` on
    /// a loopback address, are names of the main site.
    pub(crate) fn find(&self, name: &HostName, local: IpAddr) -> Option<Arc<Site>> {
        let is_ours = match name {
            HostName::Address(address) => *address == local,
            HostName::Name(name) => name == "localhost" && local.is_loopback(),
        };
        let chosen = self.hosts.get(name).or_else(|| is_ours.then_some(&self.main));
        chosen.map(Arc::clone)
    }
}

impl From<Site> for Sites {
    fn from(main: Site) -> Self {
        Self::new(main)
    }
}

/// An IPv4 address that may change while the server runs, such as that of a machine whose provider
/// assigns a new one from time to time. Clones share the address.
#[derive(Clone, Debug)]
pub struct PassiveAddress(Arc<AtomicU32>);

impl PassiveAddress {
    /// Starts with this address.
    pub fn new(address: Ipv4Addr) -> Self {
        Self(Arc::new(AtomicU32::new(address.to_bits())))
    }

    /// Sets the address that clients are told from now on.
    pub fn set(&self, address: Ipv4Addr) {
        self.0.store(address.to_bits(), Ordering::Relaxed);
    }

    /// The address that clients are told.
    pub fn get(&self) -> Ipv4Addr {
        Ipv4Addr::from_bits(self.0.load(Ordering::Relaxed))
    }
}

/// The ports passive data connections may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PassivePorts {
    /// A random free port, chosen by the operating system.
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
    /// A range, if it is valid: both ports at least 1, and `last` not below `first`.
    pub fn range(first: u16, last: u16) -> Option<Self> {
        (first >= 1 && first <= last).then_some(Self::Range { first, last })
    }
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            listen: Vec::new(),
            listen_tls: Vec::new(),
            listen_clear: Vec::new(),
            tls: None,
            passive_ports: PassivePorts::Any,
            passive_address: None,
            nat: Vec::new(),
            proxy: Arc::default(),
            guards: GuardConfig::default(),
            bans: None,
            connect_timeout: Duration::from_secs(30),
            stall_timeout: Duration::from_secs(300),
            reply_timeout: Duration::from_secs(60),
            handshake_timeout: Duration::from_secs(30),
            login_delay: Duration::from_secs(1),
            logins_elsewhere: 16,
            sessions: 20_000,
            hash_limit: None,
            keep_parts: None,
            queue: 0,
            bind_workers: true,
            who: WhoShown::default(),
            stop: StopConfig::default(),
            rates: RateConfig::default(),
            code_page: CodePage::default(),
            marker_interval: 4 << 20,
            session: SessionConfig::default(),
        }
    }
}
