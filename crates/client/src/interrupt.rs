//! [`Interrupt`], with which the user stops transfers. The server is told with ABOR before the data
//! connection is closed, since closing it would mark the end of a file that is being sent (RFC 959
//! §3.4.1).

use std::sync::Arc;

use tokio::sync::watch;

/// Stops the transfers of every client whose options contain a clone of it. Once it is raised, the
/// futures of running transfers never complete: wait for [`Interrupt::settled`], then drop them.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<State>);

#[derive(Debug, Default)]
struct State {
    raised: watch::Sender<bool>,
    transfers: watch::Sender<usize>,
}

/// A running transfer, which must be stopped before the program ends.
pub(crate) struct Running(Interrupt);

impl Interrupt {
    /// Stops all transfers, and lets no new ones begin.
    pub fn raise(&self) {
        self.0.raised.send_replace(true);
    }

    /// Completes when no transfer is running.
    pub async fn settled(&self) {
        // The sender lives in `self`, so waiting cannot fail.
        let _ = self.0.transfers.subscribe().wait_for(|count| *count == 0).await;
    }

    /// Completes when the interrupt is raised.
    pub(crate) async fn raised(&self) {
        // As above.
        let _ = self.0.raised.subscribe().wait_for(|raised| *raised).await;
    }

    /// Counts a transfer as running until the result is dropped. Never completes once the interrupt
    /// is raised.
    pub(crate) async fn begin(&self) -> Running {
        if *self.0.raised.borrow() {
            std::future::pending::<()>().await;
        }
        self.0.transfers.send_modify(|count| *count += 1);
        Running(self.clone())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.0.transfers.send_modify(|count| *count -= 1);
    }
}
