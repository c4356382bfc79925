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

    /// Its user has logged in, unless that one has as many other sessions as may be: then nothing is changed.
    pub(crate) fn enter_as(&self, number: u64, user: &[u8], most: Option<u32>) -> bool {
        let mut sessions = self.lock();
        if let Some(most) = most {
            let most = usize::try_from(most).unwrap_or(usize::MAX);
            let others = sessions.iter().filter(|(other, _)| **other != number);
            if others.filter(|(_, session)| session.user.as_deref() == Some(user)).count() >= most {
                return false;
            }
        }
        if let Some(session) = sessions.get_mut(&number) {
            session.user = Some(user.to_vec());
        }
        true
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
