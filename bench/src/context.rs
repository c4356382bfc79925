//! Where the bench works, and how large each load is.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rustls::ClientConfig;

use crate::{Result, tls};

pub(crate) const KIB: u64 = 1 << 10;
pub(crate) const MIB: u64 = 1 << 20;
pub(crate) const GIB: f64 = (1u64 << 30) as f64;

/// How large each load is.
#[derive(Clone, Copy)]
pub(crate) struct Sizes {
    /// Size of the file that one session downloads, in MiB.
    pub(crate) big: u64,
    /// Size of the file that eight sessions download at the same time, in MiB.
    pub(crate) shared: u64,
    /// Size of the uploaded file, in MiB.
    pub(crate) upload: u64,
    /// How long to run a load that is measured as a rate.
    pub(crate) duration: Duration,
    /// Number of entries in the folder that is listed.
    pub(crate) entries: usize,
    /// Number of entries in the folder whose listing must not cost memory.
    pub(crate) many_entries: usize,
    /// Number of sessions that are logged in but idle.
    pub(crate) idle: usize,
    /// Number of sessions that are held open and must still be answered.
    pub(crate) held: usize,
    /// Number of downloads that take 64 KiB/s each.
    pub(crate) slow: usize,
    pub(crate) slow_duration: Duration,
    /// Number of files in the tree that the clients fetch.
    pub(crate) tree: usize,
}

impl Sizes {
    pub(crate) const FULL: Self = Self {
        big: 1024,
        shared: 256,
        upload: 512,
        duration: Duration::from_secs(3),
        entries: 10_000,
        many_entries: 1_000_000,
        idle: 500,
        held: 10_000,
        slow: 1_000,
        slow_duration: Duration::from_secs(10),
        tree: 10_000,
    };

    /// For developing the bench itself; the numbers mean little.
    pub(crate) const QUICK: Self = Self {
        big: 64,
        shared: 32,
        upload: 64,
        duration: Duration::from_secs(1),
        entries: 10_000,
        many_entries: 100_000,
        idle: 500,
        held: 2_000,
        slow: 200,
        slow_duration: Duration::from_secs(4),
        tree: 1_000,
    };
}

/// What every load needs to know.
pub(crate) struct Context {
    pub(crate) dir: PathBuf,
    pub(crate) peers: PathBuf,
    pub(crate) packetboat: PathBuf,
    pub(crate) sizes: Sizes,
    /// The number of connections for `packetboat get -r -j` and `lftp mirror --parallel`.
    pub(crate) jobs: usize,
    sources: AtomicU32,
    numbers: AtomicU32,
    /// Trusts the certificate of this run.
    tls: OnceLock<Arc<ClientConfig>>,
}

impl Context {
    pub(crate) fn new(
        dir: PathBuf,
        peers: PathBuf,
        packetboat: PathBuf,
        sizes: Sizes,
        jobs: usize,
    ) -> Self {
        Self {
            dir,
            peers,
            packetboat,
            sizes,
            jobs,
            sources: AtomicU32::new(0),
            numbers: AtomicU32::new(0),
            tls: OnceLock::new(),
        }
    }

    /// Creates the certificate when a server or client first needs it.
    pub(crate) fn tls(&self) -> Result<&Arc<ClientConfig>> {
        match self.tls.get() {
            Some(made) => Ok(made),
            None => {
                let made = tls::prepare(self)?;
                Ok(self.tls.get_or_init(|| made))
            }
        }
    }

    /// The folder that every server serves.
    pub(crate) fn served(&self) -> PathBuf {
        self.dir.join("served")
    }

    /// The subfolder in which sessions may store files.
    pub(crate) fn uploads(&self) -> PathBuf {
        self.served().join("upload")
    }

    /// Where clients put what they fetch.
    pub(crate) fn fetched(&self) -> PathBuf {
        self.dir.join("fetched")
    }

    /// A different number on each call.
    pub(crate) fn number(&self) -> u32 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn logs(&self) -> PathBuf {
        self.dir.join("logs")
    }

    pub(crate) fn configs(&self) -> PathBuf {
        self.dir.join("configs")
    }

    pub(crate) fn accounts(&self) -> PathBuf {
        self.configs()
    }

    /// The name of a file of this size in the served folder.
    pub(crate) fn big_file(mib: u64) -> String {
        format!("big-{mib}.bin")
    }

    pub(crate) fn listed(&self) -> String {
        format!("list-{}", self.sizes.entries)
    }

    pub(crate) fn long_listed(&self) -> String {
        format!("list-{}", self.sizes.many_entries)
    }

    pub(crate) fn tree(&self) -> String {
        format!("tree-{}", self.sizes.tree)
    }

    /// A different loopback address on each call, so that many sessions do not run out of ports.
    pub(crate) fn source(&self) -> Ipv4Addr {
        let next = self.sources.fetch_add(1, Ordering::Relaxed) % (250 * 250 * 250);
        let part = |divisor: u32| u8::try_from(next / divisor % 250 + 1).unwrap_or(1);
        Ipv4Addr::new(127, part(250 * 250), part(250), part(1))
    }
}
