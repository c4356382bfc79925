//! What can be changed while the server runs.

use std::io;
use std::sync::{Arc, Weak};

use crate::config::{ServerConfig, Sites};
use crate::event::EventKind;
use crate::live::Live;
use crate::server::Shared;
use crate::tls::TlsConfig;
use crate::worker::{Desk, Lent};

/// Changes a server while it runs. Copies speak of the same server, and do not keep it alive.
#[derive(Clone)]
pub struct Handle(Weak<Shared>);

impl Handle {
    pub(crate) fn new(shared: &Arc<Shared>) -> Self {
        Self(Arc::downgrade(shared))
    }

    /// Copies of all listening sockets, for a process that is to take the server's place.
    pub async fn lend(&self) -> io::Result<Vec<Lent>> {
        let mut lent = Vec::new();
        for desk in self.desks().iter().flat_map(|desks| desks.iter()) {
            lent.extend(desk.lend().await?);
        }
        Ok(lent)
    }

    /// Completes when every worker has answered: none of them hangs.
    pub async fn pulse(&self) {
        for desk in self.desks().iter().flat_map(|desks| desks.iter()) {
            // What they lend is not wanted; that they answer is.
            let _ = desk.lend().await;
        }
    }

    /// Has the log tell something of the server itself: a word for programs, and the rest of a sentence that
    /// begins with "the server".
    pub fn tell(&self, step: &'static str, text: String) {
        // Of a server that has ended there is nothing to tell.
        if let Some(shared) = self.0.upgrade() {
            shared.emit(0, EventKind::Server { step, text });
        }
    }

    fn desks(&self) -> Option<Arc<[Desk]>> {
        self.0.upgrade()?.desks.get().map(Arc::clone)
    }

    /// Puts these settings and sites in force for the sessions that begin from now on. Those that are open keep
    /// what they began with.
    pub fn reload(&self, config: ServerConfig, sites: impl Into<Sites>) {
        // A server that has ended has nothing to change.
        let Some(shared) = self.0.upgrade() else { return };
        let old = shared.live.now();
        shared.live.replace(Live::new(config, sites.into(), &old.lane));
    }

    /// Puts another certificate in force for the sessions that begin from now on, and changes nothing else.
    pub fn use_tls(&self, tls: TlsConfig) {
        let Some(shared) = self.0.upgrade() else { return };
        let old = shared.live.now();
        let config = ServerConfig { tls: Some(tls), ..old.config.clone() };
        shared.live.replace(Live::new(config, old.sites.clone(), &old.lane));
    }
}
