//! What a server is told at its start.

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
    /// Where it listens.
    pub listen: Vec<SocketAddr>,
    /// Where it listens for clients that begin with TLS.
    pub listen_tls: Vec<SocketAddr>,
    /// Those of `listen` where nobody is offered TLS, whatever `session` says.
    pub listen_clear: Vec<SocketAddr>,
    /// What is needed to speak TLS. Whether clients may use it is said in `session`.
    pub tls: Option<TlsConfig>,
    /// Ports for passive data connections.
    pub passive_ports: PassivePorts,
    /// The IPv4 address told in reply to PASV, where the server is behind NAT. Without it, the address
    /// that the client connected to.
    pub passive_address: Option<PassiveAddress>,
    /// Clients of these networks are told another address than that, the first that fits.
    pub nat: Vec<NatRule>,
    /// Which proxies are believed.
    pub proxy: Arc<ProxyConfig>,
    /// Limits for each address, and bans.
    pub guards: GuardConfig,
    /// Where bans are kept beyond the life of the process.
    pub bans: Option<Database>,
    /// How long a data connection may take to come up, in either direction.
    pub connect_timeout: Duration,
    /// A transfer that moves no byte for this long is given up.
    pub stall_timeout: Duration,
    /// A client that does not read its replies for this long is gone.
    pub reply_timeout: Duration,
    /// How long a client may take to negotiate TLS on the control connection, or to end it.
    pub handshake_timeout: Duration,
    /// The answer to a wrong password is held back for this long (RFC 2577 §5).
    pub login_delay: Duration,
    /// So many logins may ask others at once: PAM, a program, an HTTP service. Counts from the start on.
    pub logins_elsewhere: usize,
    /// Sessions at once; one more waits in line, or is turned away with 421.
    pub sessions: usize,
    /// A command that hashes more bytes of one file than this is refused; without it, none is.
    pub hash_limit: Option<u64>,
    /// What broken uploads have left is removed once nobody has written to it for this long; without it, never.
    pub keep_parts: Option<Duration>,
    /// So many clients may wait in line with 120 until a session ends; none by default.
    pub queue: usize,
    /// Each worker keeps to processors of its own. Counts from the start on.
    pub bind_workers: bool,
    /// Whom SITE WHO tells of.
    pub who: WhoShown,
    /// How long what is under way may take when the server stops.
    pub stop: StopConfig,
    /// Limits on bandwidth.
    pub rates: RateConfig,
    /// The EBCDIC of TYPE E.
    pub code_page: CodePage,
    /// In MODE B and C, RETR sends a restart marker after so many bytes of a file.
    pub marker_interval: u64,
    /// What the session machine is told.
    pub session: SessionConfig,
}

/// Whom SITE WHO names to those who may change something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhoShown {
    /// The sessions of the same account.
    #[default]
    Own,
    /// Everybody.
    All,
    /// Nobody; how many there are is told.
    Count,
}

/// What clients of one network are told as the server's address in reply to PASV.
#[derive(Clone, Debug)]
pub struct NatRule {
    /// Which clients.
    pub clients: Network,
    /// The address; without one, that which they have connected to.
    pub told: Option<PassiveAddress>,
}

impl ServerConfig {
    /// What a client is told, if not the address that it has connected to.
    pub(crate) fn told_address(&self, client: IpAddr) -> Option<Ipv4Addr> {
        let rule = self.nat.iter().find(|rule| rule.clients.contains(client));
        let told = rule.map_or(&self.passive_address, |rule| &rule.told);
        told.as_ref().map(PassiveAddress::get)
    }
}

/// One site: what is served, to whom, and with which words. A server has one, and one more for each
/// virtual host (RFC 7151).
pub struct Site {
    /// The first name of the virtual host, which logs tell; none for the main site.
    pub name: Option<String>,
    /// What is served.
    pub storage: Arc<dyn Storage>,
    /// Who may log in.
    pub accounts: Accounts,
    /// What 220 says, if not which program is ready.
    pub greeting: Option<String>,
    /// What SMNT puts in place of the storage, by name.
    pub mounts: HashMap<Vec<u8>, Arc<dyn Storage>>,
}

impl Site {
    /// A site without a greeting of its own and without mounts.
    pub fn new(storage: Arc<dyn Storage>, accounts: Accounts) -> Self {
        Self { name: None, storage, accounts, greeting: None, mounts: HashMap::new() }
    }

    /// The file of its accounts. Where it is another one, accounts of one name are different ones.
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
    /// One site and no other.
    pub fn new(main: Site) -> Self {
        Self { main: Arc::new(main), hosts: HashMap::new() }
    }

    /// The site of a host, on the address that the client has connected to. That address, and the
    /// name of this machine for itself, are names of the main site.
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

/// An IPv4 address that may change while the server runs: that of a machine whose provider gives it
/// another one from time to time. Clones share it.
#[derive(Clone, Debug)]
pub struct PassiveAddress(Arc<AtomicU32>);

impl PassiveAddress {
    /// The address to begin with.
    pub fn new(address: Ipv4Addr) -> Self {
        Self(Arc::new(AtomicU32::new(address.to_bits())))
    }

    /// The address that clients are told from now on.
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
