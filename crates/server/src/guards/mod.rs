//! Guards against clients that connect too often or guess passwords: limits for each address, and
//! bans that grow longer. Failures never lock an account, since anybody who knows its name could
//! then keep its owner out. Time is passed in.

mod bans;
mod config;
mod keep;
mod table;
#[cfg(test)]
mod tests;

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use packetboat_accounts::{Ban, Database, Network};
use packetboat_proto::server::Goodbye;
use tokio::sync::Notify;

use self::bans::Bans;
pub use self::config::{GuardConfig, Rate};
use self::table::Table;
use crate::event::EventKind;

/// The state of a server's guards.
#[derive(Default)]
pub(crate) struct Guards {
    state: Mutex<State>,
    /// Signals that there is something to write, or another database.
    unstored: Notify,
}

#[derive(Default)]
struct State {
    table: Table,
    bans: Bans,
    database: Option<Database>,
    /// Grows each time the database is replaced.
    databases: u64,
    /// The version of the bans that were read from the database.
    version: Option<i64>,
}

/// A point in time, by both clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Now {
    /// Monotonic: never goes back.
    pub moment: Duration,
    /// Seconds since 1970, since bans outlive the process.
    pub unix: i64,
}

/// Counts a session for its client until dropped.
pub(crate) struct Counted {
    guards: Arc<Guards>,
    client: Network,
}

/// The consequences of a refused login.
#[derive(Debug)]
pub(crate) struct Refused {
    /// How long to hold back the reply.
    pub delay: Duration,
    /// The ban, if this was one refusal too many.
    pub ban: Option<Ban>,
}

impl Guards {
    pub(crate) fn new(database: Option<Database>) -> Self {
        let state = State { database, ..State::default() };
        Self { state: Mutex::new(state), ..Self::default() }
    }

    /// Stores bans in this database from now on; its bans replace those of the previous database.
    /// Changes nothing if it is the same file.
    pub(crate) fn use_database(&self, database: Option<Database>) {
        let mut state = self.lock();
        let path = |database: &Option<Database>| database.as_ref().map(|one| one.path().to_owned());
        if path(&state.database) == path(&database) {
            return;
        }
        state.database = database;
        state.databases += 1;
        state.version = None;
        drop(state);
        self.unstored.notify_one();
    }

    /// A client has connected: counts its session, or turns it away.
    pub(crate) fn enter(
        self: &Arc<Self>,
        config: &GuardConfig,
        address: IpAddr,
        now: Now,
    ) -> Result<Option<Counted>, Goodbye> {
        if config.trusts(address) {
            return Ok(None);
        }
        let mut state = self.lock();
        if let Some(until) = state.bans.until(address, now.unix) {
            return Err(Goodbye::Banned { until });
        }
        let network = config.client(address);
        let client = state.table.client(network, now.moment);
        if let Some(rate) = config.connections {
            let counted = client.count(|client| &mut client.connections, rate, now.moment);
            counted.map_err(|wait| Goodbye::TooManyConnections { wait })?;
        }
        if let Some(most) = config.sessions.filter(|most| client.sessions >= *most) {
            return Err(Goodbye::AddressFull { most });
        }
        client.sessions += 1;
        Ok(Some(Counted { guards: Arc::clone(self), client: network }))
    }

    /// A client is about to log in: allows it, or says how to end the session.
    pub(crate) fn attempt(
        &self,
        config: &GuardConfig,
        address: IpAddr,
        now: Now,
    ) -> Result<(), Goodbye> {
        if config.trusts(address) {
            return Ok(());
        }
        let mut state = self.lock();
        if let Some(until) = state.bans.until(address, now.unix) {
            return Err(Goodbye::Banned { until });
        }
        let Some(rate) = config.logins else { return Ok(()) };
        let client = state.table.client(config.client(address), now.moment);
        let counted = client.count(|client| &mut client.logins, rate, now.moment);
        counted.map_err(|wait| Goodbye::TooManyLogins { wait })
    }

    /// Until when a client is banned, if it is; `Some(None)` means forever.
    pub(crate) fn banned(
        &self,
        config: &GuardConfig,
        address: IpAddr,
        now: Now,
    ) -> Option<Option<i64>> {
        if config.trusts(address) {
            return None;
        }
        self.lock().bans.until(address, now.unix)
    }

    /// A login was refused. `delay` is the delay for the first refusal.
    pub(crate) fn refused(
        &self,
        config: &GuardConfig,
        address: IpAddr,
        delay: Duration,
        now: Now,
    ) -> Refused {
        if config.trusts(address) {
            return Refused { delay, ban: None };
        }
        let mut state = self.lock();
        let network = config.client(address);
        let client = state.table.client(network, now.moment);
        let failures = client.fail(config.within, now.moment);
        let doubled = 1_u32.checked_shl(failures - 1).and_then(|factor| delay.checked_mul(factor));
        let longest = config.longest_delay.max(delay);
        let delay = doubled.unwrap_or(longest).min(longest);
        if config.failures.is_none_or(|most| failures < most) {
            return Refused { delay, ban: None };
        }
        client.punished();
        let ban = state.bans.punish(network, config, failures, now.unix);
        drop(state);
        self.unstored.notify_one();
        Refused { delay, ban: Some(ban) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves the state usable, if not exact.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The event that says that bans are only kept in memory.
pub(crate) fn not_kept(error: &str) -> EventKind {
    let text = format!("cannot store its bans in the database, and keeps them in memory: {error}");
    EventKind::Server { step: "bans not kept", text }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.guards.lock().table.leave(&self.client);
    }
}
