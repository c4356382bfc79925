//! How a user stops transfers: the server is told with ABOR before the data connection is closed, since
//! closing it would pass for the end of a file that is being sent (RFC 959 §3.4.1).

use std::sync::Arc;

use tokio::sync::watch;

/// Stops the transfers of every client whose options hold a clone of it. Once it is raised, what is under
/// way never completes: wait for [`Interrupt::settled`], then drop it.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<State>);

#[derive(Debug, Default)]
struct State {
    raised: watch::Sender<bool>,
    transfers: watch::Sender<usize>,
}

/// A transfer that is to be stopped before the program ends.
pub(crate) struct Running(Interrupt);

impl Interrupt {
    /// Stops all transfers, and begins no more.
    pub fn raise(&self) {
        self.0.raised.send_replace(true);
    }

    /// Completes when no transfer is under way.
    pub async fn settled(&self) {
        // The sender lives in `self`, so waiting cannot fail.
        let _ = self.0.transfers.subscribe().wait_for(|count| *count == 0).await;
    }

    /// Completes when it is raised.
    pub(crate) async fn raised(&self) {
        // As above.
        let _ = self.0.raised.subscribe().wait_for(|raised| *raised).await;
    }

    /// Counts a transfer until the result is dropped. None begins any more once it is raised.
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
