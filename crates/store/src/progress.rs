//! Work that takes long: it tells how far it is, and can be told to stop.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use packetboat_codes::Fault;

use crate::{Result, Usage};

/// What a long piece of work and whoever waits for it share.
#[derive(Debug, Default)]
pub struct Progress {
    done: AtomicU64,
    stopped: AtomicBool,
    measures: AtomicBool,
    freed_bytes: AtomicU64,
    freed_files: AtomicU64,
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

    /// From now on the work is to measure what it removes.
    pub(crate) fn measure(&self) {
        self.measures.store(true, Ordering::Relaxed);
    }

    /// Whether what is removed is to be measured.
    pub(crate) fn measures(&self) -> bool {
        self.measures.load(Ordering::Relaxed)
    }

    /// An entry was removed, with so many bytes in it.
    pub(crate) fn free(&self, bytes: u64) {
        self.freed_bytes.fetch_add(bytes, Ordering::Relaxed);
        self.freed_files.fetch_add(1, Ordering::Relaxed);
    }

    /// What was removed, since that is measured.
    pub(crate) fn freed(&self) -> Usage {
        Usage {
            bytes: self.freed_bytes.load(Ordering::Relaxed),
            files: self.freed_files.load(Ordering::Relaxed),
        }
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
