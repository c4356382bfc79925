//! Who is connected: for SITE WHO.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use packetboat_proto::server::SessionUser;

/// The sessions of a server, by their numbers. There are at most as many as the server may hold.
#[derive(Debug, Default)]
pub(crate) struct Who(Mutex<BTreeMap<u64, SessionUser>>);

impl Who {
    /// A session has begun.
    pub(crate) fn enter(&self, number: u64, address: IpAddr) {
        self.lock().insert(number, SessionUser { user: None, address });
    }

    /// Its user has logged in, or out.
    pub(crate) fn is(&self, number: u64, user: Option<&[u8]>) {
        if let Some(session) = self.lock().get_mut(&number) {
            session.user = user.map(<[u8]>::to_vec);
        }
    }

    /// It is over.
    pub(crate) fn leave(&self, number: u64) {
        self.lock().remove(&number);
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.lock().len()
    }

    /// The first of them, at most so many.
    pub(crate) fn list(&self, most: usize) -> Vec<SessionUser> {
        self.lock().values().take(most).cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, SessionUser>> {
        // A panic elsewhere leaves the map whole: each change is one call.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
