//! How a server stops: [`Phase`] is what it does with its sessions at each step. No order leads
//! back to an earlier phase.

use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::Instant;

use crate::event::EventKind;
use crate::server::Shared;

/// An order to a running server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Accept no more clients and stop, with time for running work. Given again: stop immediately.
    Stop,
    /// Another process accepts the clients now: let sessions end by themselves, then stop.
    Leave,
}

/// How long running work may take once the server is to stop.
#[derive(Clone, Debug)]
pub struct StopConfig {
    /// How long running transfers may take to finish. Sessions without a transfer are closed at
    /// once.
    pub grace: Duration,
    /// How long sessions may continue after [`Order::Leave`] before they are treated as for a stop.
    pub leave_grace: Duration,
    /// How long it may take to report an aborted transfer to its client.
    pub report: Duration,
}

impl Default for StopConfig {
    fn default() -> Self {
        Self {
            grace: Duration::from_secs(30),
            leave_grace: Duration::from_secs(3600),
            report: Duration::from_secs(5),
        }
    }
}

/// The phases of a server's life, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    /// Clients are accepted.
    Serving,
    /// No more clients are accepted; the sessions continue.
    Leaving,
    /// Each session is closed as soon as it has nothing running.
    Draining,
    /// Running transfers are aborted and reported.
    Ending,
    /// Whatever is left is dropped.
    Over,
}

impl Phase {
    fn ordered(self, order: Order) -> Self {
        match (self, order) {
            (Self::Serving, Order::Leave) => Self::Leaving,
            (Self::Serving | Self::Leaving, Order::Stop) => Self::Draining,
            (Self::Draining | Self::Ending, Order::Stop) => Self::Over,
            (phase, _) => phase,
        }
    }

    /// The phase that follows when the time of this one is over.
    fn timed_out(self) -> Self {
        match self {
            Self::Serving => Self::Serving,
            Self::Leaving => Self::Draining,
            Self::Draining => Self::Ending,
            Self::Ending | Self::Over => Self::Over,
        }
    }

    fn time(self, config: &StopConfig) -> Option<Duration> {
        match self {
            Self::Serving | Self::Over => None,
            Self::Leaving => Some(config.leave_grace),
            Self::Draining => Some(config.grace),
            Self::Ending => Some(config.report),
        }
    }

    /// One word for programs, and a sentence for people.
    fn told(self, sessions: usize, config: &StopConfig) -> (&'static str, String) {
        let seconds = self.time(config).unwrap_or_default().as_secs_f64();
        match self {
            Self::Serving => ("serving", "serves".into()),
            Self::Leaving => (
                "leaving",
                format!(
                    "no longer accepts clients; {sessions} sessions may continue for {seconds} s"
                ),
            ),
            Self::Draining => (
                "stopping",
                format!(
                    "is stopping: of {sessions} sessions, idle ones are closed, and transfers \
                     have {seconds} s to finish"
                ),
            ),
            Self::Ending => (
                "ending",
                format!("is aborting what still runs in {sessions} sessions: the time is up"),
            ),
            Self::Over => ("cut", format!("drops {sessions} sessions and stops immediately")),
        }
    }
}

/// Leads the server through its phases until `ended` completes, because no worker is left.
pub(crate) async fn lead(
    shared: &Shared,
    mut orders: UnboundedReceiver<Order>,
    ended: impl Future<Output = ()>,
) {
    let mut ended = std::pin::pin!(ended);
    let mut phase = Phase::Serving;
    let mut deadline = None;
    loop {
        let next = tokio::select! {
            () = &mut ended => break,
            Some(order) = orders.recv() => phase.ordered(order),
            () = until(deadline) => phase.timed_out(),
        };
        if next == phase {
            continue;
        }
        phase = next;
        let config = shared.live.now().config.stop.clone();
        deadline = phase.time(&config).map(|time| Instant::now() + time);
        let (step, text) = phase.told(shared.who.count(), &config);
        shared.emit(0, EventKind::Server { step, text });
        // Every worker and session sees the change, or is already gone.
        shared.phase.send_replace(phase);
    }
    shared.emit(
        0,
        EventKind::Server {
            step: "ended",
            text: format!("has stopped (process {})", std::process::id()),
        },
    );
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_and_time_lead_only_forward() {
        let steps = [Phase::Serving, Phase::Leaving, Phase::Draining, Phase::Ending, Phase::Over];
        for phase in steps {
            for next in [phase.ordered(Order::Stop), phase.ordered(Order::Leave), phase.timed_out()]
            {
                assert!(next >= phase, "{phase:?} to {next:?}");
            }
        }
    }

    #[test]
    fn each_step_but_the_first_and_the_last_has_a_time_after_which_the_next_one_comes() {
        let config = StopConfig::default();
        for (phase, time, next) in [
            (Phase::Serving, None, Phase::Serving),
            (Phase::Leaving, Some(config.leave_grace), Phase::Draining),
            (Phase::Draining, Some(config.grace), Phase::Ending),
            (Phase::Ending, Some(config.report), Phase::Over),
            (Phase::Over, None, Phase::Over),
        ] {
            assert_eq!((phase.time(&config), phase.timed_out()), (time, next), "{phase:?}");
        }
    }

    #[test]
    fn a_second_stop_ends_at_once() {
        let draining = Phase::Serving.ordered(Order::Stop);
        assert_eq!(draining, Phase::Draining);
        assert_eq!(draining.ordered(Order::Stop), Phase::Over);
        assert_eq!(Phase::Leaving.ordered(Order::Stop), Phase::Draining);
        assert_eq!(Phase::Draining.timed_out().timed_out(), Phase::Over);
    }
}
