//! Work that takes long: it tells how far it is, and can be told to stop.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use packetboat_codes::Fault;

use crate::Result;

/// What a long piece of work and whoever waits for it share.
#[derive(Debug, Default)]
pub struct Progress {
    done: AtomicU64,
    stopped: AtomicBool,
}

impl Progress {
    /// The work is to stop at its next step.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Release);
    }

    /// How much is done; what is counted, the work says.
    pub fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    /// So much more is done. Fails with [`Fault::Stopped`] once the work is to stop.
    pub fn advance(&self, count: u64) -> Result<()> {
        self.done.fetch_add(count, Ordering::Relaxed);
        if self.stopped.load(Ordering::Acquire) { Err(Fault::Stopped.into()) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_that_was_stopped_learns_it_at_its_next_step() {
        let progress = Progress::default();
        progress.advance(3).expect("it goes on");
        progress.stop();
        assert_eq!(progress.advance(4).map_err(|e| e.fault()), Err(Fault::Stopped));
        assert_eq!(progress.done(), 7);
    }
}
