//! [`Handle`]: what a session and its running transfer tell each other.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

/// How long the end of an upload waits at most for the session to act on commands that it has read.
const HEARING: Duration = Duration::from_millis(100);

/// Stops a transfer, and shows how far it is.
#[derive(Debug, Default)]
pub(crate) struct Handle {
    aborted: AtomicBool,
    /// Whether the session has read commands that it has not acted on yet.
    hearing: AtomicBool,
    notify: Notify,
    moved: AtomicU64,
}

impl Handle {
    /// Stops the transfer at its next step.
    pub(crate) fn abort(&self) {
        self.aborted.store(true, Ordering::Release);
        self.notify.notify_one();
    }

    /// Whether it was stopped.
    pub(crate) fn is_aborted(&self) -> bool {
        self.aborted.load(Ordering::Acquire)
    }

    /// Sets whether the session is reading commands, or has acted on all that it has read.
    pub(crate) fn set_hearing(&self, hearing: bool) {
        self.hearing.store(hearing, Ordering::SeqCst);
    }

    /// Whether a command that the session has read by now stopped the transfer. Waits for the
    /// session's thread, and so must not be called on it.
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

    /// Records that this many more bytes have moved.
    pub(crate) fn add(&self, bytes: u64) {
        self.moved.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Bytes moved so far.
    pub(crate) fn moved(&self) -> u64 {
        self.moved.load(Ordering::Relaxed)
    }
}
