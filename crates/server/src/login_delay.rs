//! [`LoginDelay`]: what a refused login costs the client, which is time, and in the end a ban. The
//! reply comes at the same time after PASS or ACCT, whatever the reason (RFC 2577 §5, §7).

use std::net::IpAddr;
use std::sync::Arc;

use packetboat_proto::server::Goodbye;
use tokio::time::{Instant, sleep_until};

use crate::connection::Connection;
use crate::event::EventKind;
use crate::server::Shared;
use crate::snapshot::Snapshot;

/// Holds back the reply to a login if it is a refusal.
pub(crate) struct LoginDelay {
    shared: Arc<Shared>,
    live: Arc<Snapshot>,
    session: u64,
    address: IpAddr,
    since: Instant,
}

impl LoginDelay {
    /// Counts a refusal, and waits until the reply may be sent. A login that could not be checked
    /// says nothing about the password, and does not count.
    pub(crate) async fn refusal(self, counts: bool) {
        let config = &self.live.config;
        let mut delay = config.login_delay;
        if counts {
            let (guards, now) = (&self.shared.guards, self.shared.guard_now());
            let refused = guards.refused(&config.guards, self.address, delay, now);
            delay = refused.delay;
            if let Some(ban) = refused.ban {
                self.shared.emit(self.session, EventKind::Banned { ban });
            }
        }
        sleep_until(self.since + delay).await;
    }
}

impl Connection {
    /// Starts the clock for a login that is about to be checked.
    pub(crate) fn hold_back(&self) -> LoginDelay {
        LoginDelay {
            shared: Arc::clone(&self.shared),
            live: Arc::clone(&self.live),
            session: self.number,
            address: self.peer.ip(),
            since: Instant::now(),
        }
    }

    /// Whether the client may try to log in; if not, the session ends.
    pub(crate) fn may_try(&mut self) -> bool {
        let config = &self.live.config.guards;
        let now = self.shared.guard_now();
        match self.shared.guards.attempt(config, self.peer.ip(), now) {
            Ok(()) => true,
            Err(goodbye) => {
                self.end(goodbye);
                false
            }
        }
    }

    /// A check whether the client is still welcome once the turn of its password comes, since many
    /// sessions may have tried at the same time.
    pub(crate) fn welcome(&self) -> impl Fn() -> bool + Clone + Send + use<> {
        let (shared, live, address) =
            (Arc::clone(&self.shared), Arc::clone(&self.live), self.peer.ip());
        move || shared.guards.banned(&live.config.guards, address, shared.guard_now()).is_none()
    }

    /// Ends the session if the refusal that was just sent has got its client banned.
    pub(crate) fn end_if_banned(&mut self) {
        let (config, now) = (&self.live.config.guards, self.shared.guard_now());
        if let Some(until) = self.shared.guards.banned(config, self.peer.ip(), now) {
            self.end(Goodbye::Banned { until });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::time::Duration;

    use tokio::time::advance;

    use super::*;
    use crate::server::Server;

    /// RFC 2577 §5: the time of the reply would otherwise show which users exist.
    #[tokio::test(start_paused = true)]
    async fn a_refusal_comes_at_one_time_however_long_it_took_to_find() {
        let folder = tempfile::tempdir().expect("a folder");
        let (_server, shared) = Server::nowhere(folder.path());
        for (last, took, counts) in [(1, 0, true), (2, 300, true), (3, 999, true), (4, 300, false)]
        {
            let live = shared.live.now();
            let delay = live.config.login_delay;
            let (shared, since) = (Arc::clone(&shared), Instant::now());
            let address = Ipv4Addr::new(192, 0, 2, last).into();
            let hold_back = LoginDelay { shared, live, session: 1, address, since };
            advance(Duration::from_millis(took)).await;
            hold_back.refusal(counts).await;
            assert_eq!(since.elapsed(), delay, "after {took} ms");
        }
    }
}
