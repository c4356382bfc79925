//! [`Successor`]: the process that takes a server's place in an upgrade. It ends with the test,
//! whatever happens.

use rustix::process::{Pid, Signal, kill_process};

use crate::{Server, wait_for};

/// The process that took a server's place; it is killed at the end of the test.
pub struct Successor(pub Pid);

impl Successor {
    /// Waits until the log reports the handover.
    ///
    /// # Panics
    ///
    /// If it does not.
    pub fn of(server: &Server) -> Self {
        Self(wait_for("a successor", || last(server)))
    }

    /// Waits for another handover after the first one.
    ///
    /// # Panics
    ///
    /// If the log reports none.
    pub fn other_than(server: &Server, first: &Self) -> Self {
        let second = || last(server).filter(|pid| *pid != first.0);
        Self(wait_for("another successor", second))
    }
}

/// The process that took over last.
fn last(server: &Server) -> Option<Pid> {
    successors(&server.log()).last()
}

/// The processes that took over, in their order, according to the log.
pub(crate) fn successors(log: &str) -> impl Iterator<Item = Pid> {
    let numbers = log.split("has handed over to process ").skip(1);
    // The line may not be complete yet.
    let numbers = numbers.filter_map(|rest| rest.split_once('\n')?.0.parse().ok());
    numbers.filter_map(Pid::from_raw)
}

impl Drop for Successor {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = kill_process(self.0, Signal::KILL);
    }
}
