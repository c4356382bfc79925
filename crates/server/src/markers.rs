//! [`Markers`]: restart markers that a running upload passes to the session, which answers each
//! with 110 (RFC 959 §3.5, RFC 1123 §4.1.3.4).

use std::sync::{Mutex, MutexGuard, PoisonError};

use packetboat_proto::encoding::Marker;
use tokio::sync::Notify;

/// A marker whose data is on stable storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    /// The client's name for the position.
    pub marker: Marker,
    /// The position in the file, for the client to use with REST.
    pub offset: u64,
}

/// The markers of one upload. The number of unanswered markers is bounded.
#[derive(Debug, Default)]
pub(crate) struct Markers {
    stored: Mutex<Vec<Stored>>,
    notify: Notify,
}

/// The client does not read the replies to its markers.
#[derive(Debug)]
pub(crate) struct TooMany;

impl Markers {
    /// How many markers may be brought to stable storage together.
    pub(crate) const WAITING: usize = 64;
    /// How many markers may wait for the control connection to take their 110.
    const UNANSWERED: usize = 1024;

    /// Passes on markers; `TooMany` if the session does not get to answer them.
    pub(crate) fn push(&self, markers: &mut Vec<Stored>) -> Result<(), TooMany> {
        let mut stored = self.lock();
        if stored.len() + markers.len() > Self::UNANSWERED {
            return Err(TooMany);
        }
        stored.append(markers);
        drop(stored);
        self.notify.notify_one();
        Ok(())
    }

    /// Takes all markers.
    pub(crate) fn take(&self) -> Vec<Stored> {
        std::mem::take(&mut *self.lock())
    }

    /// Completes when there is a marker to take.
    pub(crate) async fn ready(&self) {
        while self.lock().is_empty() {
            self.notify.notified().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Stored>> {
        // The list is consistent at every point where a thread could have panicked.
        self.stored.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_client_leaves_unanswered_is_bounded() {
        let markers = Markers::default();
        let stored = |count| vec![Stored { marker: Marker::at(1), offset: 1 }; count];
        assert!(markers.push(&mut stored(Markers::UNANSWERED)).is_ok());
        assert!(markers.push(&mut stored(1)).is_err());
        assert_eq!(markers.take().len(), Markers::UNANSWERED);
        assert!(markers.push(&mut stored(1)).is_ok());
    }
}
