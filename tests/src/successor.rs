//! The process that takes a server's place at an upgrade, ended with the test whatever comes.

use rustix::process::{Pid, Signal, kill_process};

use crate::Server;

/// The process that took a server's place, ended with the test.
pub struct Successor(pub Pid);

impl Successor {
    /// Waits for what the log says of the handover.
    ///
    /// # Panics
    /// If it says nothing of one.
    pub fn of(server: &Server) -> Self {
        let words = "has handed over to process ";
        server.wait_for_log(words);
        let log = server.log();
        let number = log.rsplit_once(words).expect("a number").1;
        let number: String = number.chars().take_while(char::is_ascii_digit).collect();
        let pid = number.parse().ok().and_then(Pid::from_raw);
        Self(pid.expect("the number of a process"))
    }
}

impl Drop for Successor {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = kill_process(self.0, Signal::KILL);
    }
}
