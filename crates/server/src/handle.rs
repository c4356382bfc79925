//! What a session and its running transfer tell each other while it runs.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

/// The longest that the end of an upload waits for what the session does with commands it has read.
const HEARING: Duration = Duration::from_millis(100);

/// Stops a transfer and tells how far it is.
#[derive(Debug, Default)]
pub(crate) struct Handle {
    aborted: AtomicBool,
    /// The session has read commands, and has not acted on all of them yet.
    hearing: AtomicBool,
    notify: Notify,
    moved: AtomicU64,
}

impl Handle {
    /// Stops the transfer at the next step.
    pub(crate) fn abort(&self) {
        self.aborted.store(true, Ordering::Release);
        self.notify.notify_one();
    }

    /// Whether it was stopped.
    pub(crate) fn is_aborted(&self) -> bool {
        self.aborted.load(Ordering::Acquire)
    }

    /// The session reads commands, or has acted on what it has read.
    pub(crate) fn set_hearing(&self, hearing: bool) {
        self.hearing.store(hearing, Ordering::SeqCst);
    }

    /// Whether any command stopped it that the session has read by now. Not for the session's own thread, which it waits
    /// for.
    pub(crate) fn is_aborted_by_now(&self) -> bool {
        let asked = Instant::now();
        while self.hearing.load(Ordering::SeqCst) && asked.elapsed() < HEARING {
            std::thread::sleep(HEARING / 1000);
        }
        self.is_aborted()
    }

    /// Completes when the transfer is stopped.
    pub(crate) async fn aborted(&self) {
        while !self.is_aborted() {
            self.notify.notified().await;
        }
    }

    /// So many more bytes have moved.
    pub(crate) fn add(&self, bytes: u64) {
        self.moved.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Bytes moved so far.
    pub(crate) fn moved(&self) -> u64 {
        self.moved.load(Ordering::Relaxed)
    }
}
