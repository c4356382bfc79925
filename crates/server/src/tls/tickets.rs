//! Tickets for resuming a TLS session. Each carries the name of the control connection that it was
//! issued on, so that a data connection that resumes with it must come from the same client.

use std::sync::{Arc, Mutex, PoisonError};

use rustls::server::ProducesTickets;

use super::sessions::Sessions;

/// The name of a control connection.
pub(super) type Name = [u8; 16];

/// Issues tickets with a name, and accepts tickets that carry one of certain names.
#[derive(Debug)]
pub(super) struct Tickets {
    keys: Arc<dyn ProducesTickets>,
    name: Name,
    /// The names to accept; `None`: any name.
    accepted: Option<Vec<Name>>,
    /// The name on the ticket that was accepted.
    taken: Mutex<Option<Name>>,
    /// The sessions of clients without tickets.
    sessions: Arc<Sessions>,
}

impl Tickets {
    /// The tickets of a control connection.
    pub(super) fn of_control(keys: &Arc<dyn ProducesTickets>, name: Name) -> Self {
        let sessions = Arc::default();
        Self { keys: Arc::clone(keys), name, accepted: None, taken: Mutex::new(None), sessions }
    }

    /// The tickets for a data connection of this control connection.
    pub(super) fn for_data(&self) -> Self {
        // The control connection may have resumed the session of an earlier one, whose tickets the
        // client still holds.
        let earlier = *self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let accepted = std::iter::once(self.name).chain(earlier).collect();
        let sessions = self.sessions();
        Self { accepted: Some(accepted), sessions, ..Self::of_control(&self.keys, self.name) }
    }

    /// The storage for sessions without tickets.
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
        // The client reconnects with it, and then uses it for data connections too.
        assert!(other.decrypt(&ticket).is_some());
        assert!(other.for_data().decrypt(&ticket).is_some());
        assert_eq!(mine.for_data().decrypt(b"no ticket"), None);
    }
}
