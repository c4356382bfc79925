//! What a reload replaces, as one snapshot that never changes: a session takes it at its start and keeps it
//! to its end, so that no setting changes under a running transfer. The last session that holds a snapshot
//! frees it. What outlives a reload, such as places and counters, is in `Shared`.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use packetboat_proto::server::{SessionConfig, Tls};

use crate::config::{ServerConfig, Sites};
use crate::lane::Lane;
use crate::listen::Bound;

/// The settings and sites in force at one time.
pub(crate) struct Live {
    pub config: ServerConfig,
    pub session: Arc<SessionConfig>,
    /// The same, for addresses without TLS.
    session_clear: Arc<SessionConfig>,
    pub sites: Sites,
    pub lane: Arc<Lane>,
}

impl Live {
    /// A snapshot whose transfers move on the threads of this lane.
    pub(crate) fn new(config: ServerConfig, sites: Sites, lane: &Lane) -> Self {
        let mut session = config.session.clone();
        session.greeting = sites.main.greeting.clone().or(session.greeting);
        let lane = Arc::new(lane.with_stall_timeout(config.stall_timeout));
        let session_clear = SessionConfig { tls: Tls::OffHere, ..session.clone() };
        let (session, session_clear) = (Arc::new(session), Arc::new(session_clear));
        Self { session, session_clear, sites, lane, config }
    }

    /// What the session machine is told of a client that has come to this end; `bound` is what is listened on.
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

/// Where the snapshot of now is.
pub(crate) struct Cell(RwLock<Arc<Live>>);

impl Cell {
    pub(crate) fn new(live: Live) -> Self {
        Self(RwLock::new(Arc::new(live)))
    }

    /// The snapshot for whoever begins now.
    pub(crate) fn now(&self) -> Arc<Live> {
        // Nothing panics while it is written.
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts another in its place, for those who begin from now on.
    pub(crate) fn replace(&self, live: Live) {
        let old = std::mem::replace(
            &mut *self.0.write().unwrap_or_else(PoisonError::into_inner),
            Arc::new(live),
        );
        // Dropped without the lock: it may be the last, and then closes folders and a database.
        drop(old);
    }
}
