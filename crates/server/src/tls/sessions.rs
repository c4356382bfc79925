//! Session storage for TLS 1.2 clients that do not support tickets (such as curl). Each control
//! connection remembers the last few of its sessions, so that its own data connections can resume
//! them, and no others. The sessions are forgotten with the control connection.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use rustls::server::StoresServerSessions;

/// How many sessions are remembered. A client needs one: that of the control connection.
const MOST: usize = 2;
/// The largest session that is remembered. One with a client certificate may be large.
const LARGEST: usize = 8 << 10;

/// The sessions of one control connection and its data connections, by their identifiers.
#[derive(Debug, Default)]
pub(super) struct Sessions(Mutex<VecDeque<(Vec<u8>, Vec<u8>)>>);

impl Sessions {
    fn with<T>(&self, work: impl FnOnce(&mut VecDeque<(Vec<u8>, Vec<u8>)>) -> T) -> T {
        // Each change is one call, so a panic leaves nothing half done.
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
            // The first session belongs to the control connection, and clients return to it.
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
