//! [`Snapshot`]: everything that a reload replaces, as one immutable snapshot. A session takes a
//! snapshot when it starts and keeps it until it ends, so that no setting changes under a running
//! transfer. The last session that holds a snapshot frees it. What outlives a reload, such as
//! places and counters, is in [`Shared`](crate::server::Shared).

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use packetboat_proto::server::{SessionConfig, Tls};

use crate::config::{ServerConfig, Sites};
use crate::lane::Lane;
use crate::listen::Bound;

/// The settings and sites in force at some moment.
pub(crate) struct Snapshot {
    pub config: ServerConfig,
    pub session: Arc<SessionConfig>,
    /// The session settings for addresses without TLS.
    session_clear: Arc<SessionConfig>,
    pub sites: Sites,
    pub lane: Arc<Lane>,
}

impl Snapshot {
    /// Creates a snapshot whose transfers run on the threads of this lane.
    pub(crate) fn new(config: ServerConfig, sites: Sites, lane: &Lane) -> Self {
        let mut session = config.session.clone();
        session.greeting = sites.main.greeting.clone().or(session.greeting);
        let lane = Arc::new(lane.with_stall_timeout(config.stall_timeout));
        let session_clear = SessionConfig { tls: Tls::OffHere, ..session.clone() };
        let (session, session_clear) = (Arc::new(session), Arc::new(session_clear));
        Self { session, session_clear, sites, lane, config }
    }

    /// The session settings for a client that connected to the address `end`; `bound` are the
    /// addresses listened on.
    pub(crate) fn session_at(
        &self,
        end: SocketAddr,
        bound: &Mutex<Vec<Bound>>,
    ) -> &Arc<SessionConfig> {
        if self.config.listen_clear.is_empty() {
            return &self.session;
        }
        let bound = bound.lock().unwrap_or_else(PoisonError::into_inner);
        let clear = Bound::find(&bound, end)
            .is_some_and(|bound| self.config.listen_clear.contains(&bound.wanted));
        if clear { &self.session_clear } else { &self.session }
    }
}

/// Holds the current snapshot.
pub(crate) struct Cell(RwLock<Arc<Snapshot>>);

impl Cell {
    pub(crate) fn new(live: Snapshot) -> Self {
        Self(RwLock::new(Arc::new(live)))
    }

    /// The snapshot for a session that begins now.
    pub(crate) fn now(&self) -> Arc<Snapshot> {
        // Nothing panics while the lock is held for writing.
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Replaces the snapshot for sessions that begin from now on.
    pub(crate) fn replace(&self, live: Snapshot) {
        let old = std::mem::replace(
            &mut *self.0.write().unwrap_or_else(PoisonError::into_inner),
            Arc::new(live),
        );
        // Dropped without the lock: this may be the last reference, which closes folders and a
        // database.
        drop(old);
    }
}
