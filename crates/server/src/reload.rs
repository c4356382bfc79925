//! [`Handle`]: what can be changed while the server runs.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, Weak};

use crate::config::{ServerConfig, Sites};
use crate::event::EventKind;
use crate::listen::{Bound, Listeners, ServerError};
use crate::server::Shared;
use crate::snapshot::Snapshot;
use crate::tls::TlsConfig;
use crate::worker::{Change, Desk, Lent};

/// Changes a server while it runs. Clones refer to the same server, and do not keep it alive.
#[derive(Clone)]
pub struct Handle(Weak<Shared>);

impl Handle {
    pub(crate) fn new(shared: &Arc<Shared>) -> Self {
        Self(Arc::downgrade(shared))
    }

    /// Duplicates all listening sockets, for a process that is to replace the server.
    pub async fn lend(&self) -> io::Result<Vec<Lent>> {
        let mut lent = Vec::new();
        for desk in self.desks().iter().flat_map(|desks| desks.iter()) {
            lent.extend(desk.lend().await?);
        }
        Ok(lent)
    }

    /// Completes when every worker has answered, so that none of them hangs.
    pub async fn pulse(&self) {
        for desk in self.desks().iter().flat_map(|desks| desks.iter()) {
            // Only the answer counts, not the sockets.
            let _ = desk.lend().await;
        }
    }

    /// Logs something about the server itself: a word for programs, and the rest of a sentence that
    /// starts with "the server".
    pub fn tell(&self, step: &'static str, text: String) {
        // There is nothing to log about a server that has ended.
        if let Some(shared) = self.0.upgrade() {
            shared.emit(0, EventKind::Server { step, text });
        }
    }

    fn desks(&self) -> Option<Arc<[Desk]>> {
        self.0.upgrade()?.desks.get().map(Arc::clone)
    }

    /// Applies these settings and sites to new sessions; open sessions keep theirs. Opens listeners
    /// for new addresses, closes those that are gone, and leaves the others alone. If an address
    /// cannot be listened on, nothing changes.
    pub async fn reload(
        &self,
        config: ServerConfig,
        sites: impl Into<Sites>,
    ) -> Result<Changes, ServerError> {
        // A server that has ended cannot be changed.
        let Some(shared) = self.0.upgrade() else { return Ok(Changes::default()) };
        let plan = Plan::new(&shared.bound.lock().unwrap_or_else(PoisonError::into_inner), &config);
        let all = [&config.listen[..], &config.listen_tls].concat();
        let opened = Listeners::open_among(&all, &plan.open, &plan.open_tls, Vec::new())?;
        shared.places.resize(config.sessions, config.queue);
        shared.guards.use_database(config.bans.clone());
        let old = shared.live.now();
        shared.live.replace(Snapshot::new(config, sites.into(), &old.lane));
        drop(old);
        let close: Arc<[SocketAddr]> = plan.close.iter().map(|bound| bound.address).collect();
        let turn: Arc<[(SocketAddr, bool)]> = plan.turn.into();
        if let Some(desks) = self.desks() {
            for (desk, add) in desks.iter().zip(opened.workers) {
                let (close, turn) = (Arc::clone(&close), Arc::clone(&turn));
                desk.change(Change { add, close, turn }).await;
            }
        }
        let changes = Changes {
            opened: opened.bound.iter().map(|bound| bound.address).collect(),
            closed: close.to_vec(),
        };
        let mut bound = shared.bound.lock().unwrap_or_else(PoisonError::into_inner);
        bound.retain(|bound| !plan.close.contains(bound));
        for bound in bound.iter_mut() {
            let turned = turn.iter().find(|(address, _)| *address == bound.address);
            bound.tls = turned.map_or(bound.tls, |(_, tls)| *tls);
        }
        bound.extend(opened.bound);
        Ok(changes)
    }

    /// Uses another certificate for new sessions, and changes nothing else.
    pub fn use_tls(&self, tls: TlsConfig) {
        let Some(shared) = self.0.upgrade() else { return };
        let old = shared.live.now();
        let config = ServerConfig { tls: Some(tls), ..old.config.clone() };
        shared.live.replace(Snapshot::new(config, old.sites.clone(), &old.lane));
    }
}

/// How a reload changed the listeners.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Addresses that were added.
    pub opened: Vec<SocketAddr>,
    /// Addresses that were closed.
    pub closed: Vec<SocketAddr>,
}

/// The steps from the current listeners to those of a configuration.
struct Plan {
    open: Vec<SocketAddr>,
    open_tls: Vec<SocketAddr>,
    close: Vec<Bound>,
    /// Sockets that stay open, but switch between explicit and implicit TLS.
    turn: Vec<(SocketAddr, bool)>,
}

impl Plan {
    fn new(bound: &[Bound], config: &ServerConfig) -> Self {
        let clear = config.listen.iter().map(|&address| (address, false));
        let tls = config.listen_tls.iter().map(|&address| (address, true));
        let wanted: Vec<(SocketAddr, bool)> = clear.chain(tls).collect();
        let new = |one: &(SocketAddr, bool)| bound.iter().all(|old| (old.wanted, old.tls) != *one);
        let mut open: Vec<(SocketAddr, bool)> = wanted.iter().copied().filter(new).collect();
        let mut close: Vec<Bound> = bound.to_vec();
        close.retain(|old| !wanted.contains(&(old.wanted, old.tls)));
        let mut turn = Vec::new();
        close.retain(|old| {
            let turned = open.iter().position(|(address, _)| *address == old.wanted);
            turn.extend(turned.map(|place| (old.address, open.swap_remove(place).1)));
            turned.is_none()
        });
        let of = |tls: bool| open.iter().filter(move |one| one.1 == tls).map(|one| one.0).collect();
        Self { open: of(false), open_tls: of(true), close, turn }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(port: u16) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], port))
    }

    #[test]
    fn only_what_differs_is_touched() {
        let bound = |port, tls| Bound { wanted: at(port), tls, address: at(port + 1000) };
        let now = [bound(1, false), bound(2, false), bound(3, false), bound(4, true)];
        let config = ServerConfig {
            listen: vec![at(1), at(5)],
            listen_tls: vec![at(3), at(4)],
            ..ServerConfig::default()
        };
        let plan = Plan::new(&now, &config);
        assert_eq!((plan.open, plan.open_tls), (vec![at(5)], vec![]));
        assert_eq!(plan.close, [bound(2, false)]);
        assert_eq!(plan.turn, [(at(1003), true)]);
    }
}
