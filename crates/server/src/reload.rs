//! What can be changed while the server runs.

use std::sync::{Arc, Weak};

use crate::config::{ServerConfig, Sites};
use crate::live::Live;
use crate::server::Shared;

/// Changes a server while it runs. Copies speak of the same server, and do not keep it alive.
#[derive(Clone)]
pub struct Handle(Weak<Shared>);

impl Handle {
    pub(crate) fn new(shared: &Arc<Shared>) -> Self {
        Self(Arc::downgrade(shared))
    }

    /// Puts these settings and sites in force for the sessions that begin from now on. Those that are open keep
    /// what they began with.
    pub fn reload(&self, config: ServerConfig, sites: impl Into<Sites>) {
        // A server that has ended has nothing to change.
        let Some(shared) = self.0.upgrade() else { return };
        let old = shared.live.now();
        shared.live.replace(Live::new(config, sites.into(), &old.lane));
    }
}
