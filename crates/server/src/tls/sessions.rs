//! Sessions of TLS 1.2 for clients that take no tickets (curl is one): the server has to remember them itself.
//! A control connection remembers the last few of its own, so that its data connections can resume them, and
//! nobody else's can; they are forgotten with it.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use rustls::server::StoresServerSessions;

/// Sessions that are remembered. A client needs one: that of the control connection.
const MOST: usize = 2;
/// A session with a client's certificate may be large; one above this is not remembered.
const LARGEST: usize = 8 << 10;

/// The sessions of one control connection and its data connections, by their identifiers.
#[derive(Debug, Default)]
pub(super) struct Sessions(Mutex<VecDeque<(Vec<u8>, Vec<u8>)>>);

impl Sessions {
    fn with<T>(&self, work: impl FnOnce(&mut VecDeque<(Vec<u8>, Vec<u8>)>) -> T) -> T {
        // Each change is one call, so whoever panicked left nothing half done.
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl StoresServerSessions for Sessions {
    fn put(&self, key: Vec<u8>, value: Vec<u8>) -> bool {
        if key.len() + value.len() > LARGEST {
            return false;
        }
        self.with(|kept| {
            kept.retain(|(other, _)| *other != key);
            // The first is that of the control connection, which clients go back to.
            if kept.len() == MOST {
                kept.remove(1);
            }
            kept.push_back((key, value));
        });
        true
    }

    fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.with(|kept| {
            kept.iter().find(|(known, _)| known == key).map(|(_, value)| value.clone())
        })
    }

    fn take(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.with(|kept| {
            let place = kept.iter().position(|(known, _)| known == key)?;
            kept.remove(place).map(|(_, value)| value)
        })
    }

    fn can_cache(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_control_connections_session_stays_and_memory_does_not_grow() {
        let sessions = Sessions::default();
        for number in 0..50_u8 {
            assert!(sessions.put(vec![number], vec![number; 100]));
        }
        assert_eq!(sessions.get(&[0]), Some(vec![0; 100]));
        assert_eq!(sessions.get(&[49]), Some(vec![49; 100]));
        assert_eq!(sessions.get(&[48]), None);
        assert!(!sessions.put(vec![50], vec![0; LARGEST]));
        assert_eq!(sessions.take(&[49]), Some(vec![49; 100]));
        assert_eq!(sessions.get(&[49]), None);
    }
}
