//! The process that takes a server's place at an upgrade, ended with the test whatever comes.

use rustix::process::{Pid, Signal, kill_process};

use crate::{Server, wait_for};

/// The process that took a server's place, ended with the test.
pub struct Successor(pub Pid);

impl Successor {
    /// Waits for what the log says of the handover.
    ///
    /// # Panics
    /// If it says nothing of one.
    pub fn of(server: &Server) -> Self {
        Self(wait_for("a successor", || last(server)))
    }

    /// The same after another upgrade.
    ///
    /// # Panics
    /// If the log says nothing of one.
    pub fn other_than(server: &Server, first: &Self) -> Self {
        let second = || last(server).filter(|pid| *pid != first.0);
        Self(wait_for("another successor", second))
    }
}

/// Who has taken a place last.
fn last(server: &Server) -> Option<Pid> {
    successors(&server.log()).last()
}

/// Who has taken the place of a server with this log, one after the other.
pub(crate) fn successors(log: &str) -> impl Iterator<Item = Pid> {
    let numbers = log.split("has handed over to process ").skip(1);
    // The line may not be all there yet.
    let numbers = numbers.filter_map(|rest| rest.split_once('\n')?.0.parse().ok());
    numbers.filter_map(Pid::from_raw)
}

impl Drop for Successor {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = kill_process(self.0, Signal::KILL);
    }
}
