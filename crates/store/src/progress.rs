//! [`Progress`]: reports how far a long operation is, and stops it on request.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use packetboat_codes::Fault;

use crate::{Result, Usage};

/// Shared by a long operation and those who wait for it.
#[derive(Debug, Default)]
pub struct Progress {
    done: AtomicU64,
    stopped: AtomicBool,
    measures: AtomicBool,
    freed_bytes: AtomicU64,
    freed_files: AtomicU64,
}

impl Progress {
    /// Asks the operation to stop at its next step.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Release);
    }

    /// How much is done. The unit depends on the operation.
    pub fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    /// Makes the operation measure what it removes.
    pub(crate) fn measure(&self) {
        self.measures.store(true, Ordering::Relaxed);
    }

    /// Whether the operation measures what it removes.
    pub(crate) fn measures(&self) -> bool {
        self.measures.load(Ordering::Relaxed)
    }

    /// Records that an entry with this many bytes was removed.
    pub(crate) fn free(&self, bytes: u64) {
        self.freed_bytes.fetch_add(bytes, Ordering::Relaxed);
        self.freed_files.fetch_add(1, Ordering::Relaxed);
    }

    /// What was removed since measuring began.
    pub(crate) fn freed(&self) -> Usage {
        Usage {
            bytes: self.freed_bytes.load(Ordering::Relaxed),
            files: self.freed_files.load(Ordering::Relaxed),
        }
    }

    /// Records that `count` more units are done. Fails with [`Fault::Stopped`] after
    /// [`Self::stop`].
    pub fn advance(&self, count: u64) -> Result<()> {
        self.done.fetch_add(count, Ordering::Relaxed);
        if self.stopped.load(Ordering::Acquire) { Err(Fault::Stopped.into()) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stopped_work_fails_at_its_next_step() {
        let progress = Progress::default();
        progress.advance(3).expect("not stopped");
        progress.stop();
        assert_eq!(progress.advance(4).map_err(|e| e.fault()), Err(Fault::Stopped));
        assert_eq!(progress.done(), 7);
    }
}
