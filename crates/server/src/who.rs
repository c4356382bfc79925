//! [`Who`]: which sessions are open and who is logged in, for SITE WHO and for limits on the
//! sessions of an account.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use packetboat_proto::server::SessionUser;

/// The sessions of a server by number, at most as many as the server allows.
#[derive(Debug, Default)]
pub(crate) struct Who(Mutex<BTreeMap<u64, Present>>);

#[derive(Debug)]
struct Present {
    user: SessionUser,
    /// The file of accounts of its site, since virtual hosts may have accounts of the same name.
    realm: Option<PathBuf>,
}

/// Keeps a session in the list until dropped, however the session ends: a session left behind would
/// occupy its account's place forever.
pub(crate) struct Entered {
    who: Arc<Who>,
    number: u64,
}

impl Drop for Entered {
    fn drop(&mut self) {
        self.who.lock().remove(&self.number);
    }
}

impl Who {
    /// Adds a session that has begun.
    pub(crate) fn enter(self: &Arc<Self>, number: u64, address: IpAddr) -> Entered {
        let user = SessionUser { user: None, address };
        self.lock().insert(number, Present { user, realm: None });
        Entered { who: Arc::clone(self), number }
    }

    /// Records that the user of a session has logged in, or out.
    pub(crate) fn is(&self, number: u64, user: Option<&[u8]>) {
        if let Some(session) = self.lock().get_mut(&number) {
            session.user.user = user.map(<[u8]>::to_vec);
        }
    }

    /// Records that a user has logged in. If the user already has `most` other sessions, returns
    /// false and changes nothing.
    pub(crate) fn enter_as(
        &self,
        number: u64,
        user: &[u8],
        realm: Option<&Path>,
        most: Option<u32>,
    ) -> bool {
        let mut sessions = self.lock();
        if let Some(most) = most {
            let most = usize::try_from(most).unwrap_or(usize::MAX);
            let is_other = |(other, session): &(&u64, &Present)| {
                **other != number
                    && session.user.user.as_deref() == Some(user)
                    && session.realm.as_deref() == realm
            };
            if sessions.iter().filter(is_other).count() >= most {
                return false;
            }
        }
        if let Some(session) = sessions.get_mut(&number) {
            session.user.user = Some(user.to_vec());
            session.realm = realm.map(Path::to_owned);
        }
        true
    }

    /// The number of sessions.
    pub(crate) fn count(&self) -> usize {
        self.lock().len()
    }

    /// The first sessions, up to `most`.
    pub(crate) fn list(&self, most: usize) -> Vec<SessionUser> {
        self.lock().values().take(most).map(|session| session.user.clone()).collect()
    }

    /// The first sessions of the same account as session `number`, up to `most`. Accounts of the
    /// same name on other sites are different accounts.
    pub(crate) fn list_own(&self, number: u64, most: usize) -> Vec<SessionUser> {
        let sessions = self.lock();
        let Some(asks) = sessions.get(&number).filter(|asks| asks.user.user.is_some()) else {
            return Vec::new();
        };
        let is_own =
            |one: &&Present| (&one.user.user, &one.realm) == (&asks.user.user, &asks.realm);
        sessions.values().filter(is_own).take(most).map(|one| one.user.clone()).collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, Present>> {
        // A panic elsewhere leaves the map consistent, since each change is one call.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    /// Business partners must not learn of each other.
    #[test]
    fn an_account_is_told_its_own_sessions() {
        let who = Arc::new(Who::default());
        let address = |last| IpAddr::from([192, 0, 2, last]);
        let sessions: [_; 5] = std::array::from_fn(|number| {
            who.enter(number as u64, address(u8::try_from(number).expect("a small number")))
        });
        assert!(who.enter_as(0, b"anna", None, None) && who.enter_as(1, b"bob", None, None));
        assert!(who.enter_as(2, b"anna", Some(Path::new("/b.db")), None));
        assert!(who.enter_as(3, b"anna", None, None));
        let own = |number| -> Vec<_> {
            who.list_own(number, 10).into_iter().map(|one| one.address).collect()
        };
        assert_eq!(own(0), [address(0), address(3)]);
        assert_eq!(own(1), [address(1)]);
        assert_eq!(own(2), [address(2)]);
        assert!(own(4).is_empty(), "it has not logged in");
        assert_eq!((who.list_own(0, 1).len(), who.list(10).len()), (1, 5));
        drop(sessions);
    }

    /// A session that panicked used to stay in the list, and an account limited to one session was
    /// locked out.
    #[test]
    fn a_session_that_panics_leaves_too() {
        let who = Arc::new(Who::default());
        let address = IpAddr::from(Ipv4Addr::LOCALHOST);
        let second = who.enter(2, address);
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let _entered = who.enter(1, address);
            assert!(who.enter_as(1, b"anna", None, Some(1)));
            assert!(!who.enter_as(2, b"anna", None, Some(1)), "it has one");
            panic!("a fault in the server");
        }));
        assert!(panicked.is_err());
        assert!(who.enter_as(2, b"anna", None, Some(1)));
        assert_eq!(who.count(), 1);
        drop(second);
        assert_eq!(who.count(), 0);
    }
}
