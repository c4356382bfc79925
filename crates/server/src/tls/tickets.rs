//! Tickets by which a TLS session is resumed, each with the name of the control connection it was given out on:
//! a data connection that resumes with one is that client's, and nobody else's.

use std::sync::{Arc, Mutex, PoisonError};

use rustls::server::ProducesTickets;

use super::sessions::Sessions;

/// The name of a control connection.
pub(super) type Name = [u8; 16];

/// Makes tickets with a name, and takes those that carry one of some names.
#[derive(Debug)]
pub(super) struct Tickets {
    keys: Arc<dyn ProducesTickets>,
    name: Name,
    /// Without any, every name will do.
    accepted: Option<Vec<Name>>,
    /// The name on the ticket that was taken.
    taken: Mutex<Option<Name>>,
    /// What is remembered of clients that take no tickets.
    sessions: Arc<Sessions>,
}

impl Tickets {
    /// Those of a control connection.
    pub(super) fn of_control(keys: &Arc<dyn ProducesTickets>, name: Name) -> Self {
        let sessions = Arc::default();
        Self { keys: Arc::clone(keys), name, accepted: None, taken: Mutex::new(None), sessions }
    }

    /// Those of a data connection of the control connection that has these.
    pub(super) fn for_data(&self) -> Self {
        // A control connection may have resumed an earlier one, whose tickets the client still holds.
        let earlier = *self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let accepted = std::iter::once(self.name).chain(earlier).collect();
        let sessions = self.sessions();
        Self { accepted: Some(accepted), sessions, ..Self::of_control(&self.keys, self.name) }
    }

    /// Where sessions without tickets are remembered.
    pub(super) fn sessions(&self) -> Arc<Sessions> {
        Arc::clone(&self.sessions)
    }
}

impl ProducesTickets for Tickets {
    fn enabled(&self) -> bool {
        self.keys.enabled()
    }

    fn lifetime(&self) -> u32 {
        self.keys.lifetime()
    }

    fn encrypt(&self, plain: &[u8]) -> Option<Vec<u8>> {
        self.keys.encrypt(&[self.name.as_slice(), plain].concat())
    }

    fn decrypt(&self, cipher: &[u8]) -> Option<Vec<u8>> {
        let opened = self.keys.decrypt(cipher)?;
        let (name, plain) = opened.split_first_chunk::<16>()?;
        if self.accepted.as_ref().is_some_and(|accepted| !accepted.contains(name)) {
            return None;
        }
        *self.taken.lock().unwrap_or_else(PoisonError::into_inner) = Some(*name);
        Some(plain.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_serves_the_data_connections_of_its_own_control_connection_alone() {
        let keys = rustls::crypto::ring::Ticketer::new().expect("keys");
        let (mine, other) =
            (Tickets::of_control(&keys, [1; 16]), Tickets::of_control(&keys, [2; 16]));
        let ticket = mine.encrypt(b"session").expect("a ticket");
        assert_eq!(mine.for_data().decrypt(&ticket).as_deref(), Some(b"session".as_slice()));
        assert_eq!(other.for_data().decrypt(&ticket), None);
        // The client comes back with it, and then uses it for data too.
        assert!(other.decrypt(&ticket).is_some());
        assert!(other.for_data().decrypt(&ticket).is_some());
        assert_eq!(mine.for_data().decrypt(b"no ticket"), None);
    }
}
