//! The challenge answers of the current order. The order adds them, the listeners read them, and
//! they are removed when the order ends.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

/// Answers by token or by host name.
#[derive(Debug)]
pub(crate) struct Answers<K, V>(Arc<Mutex<HashMap<K, V>>>);

impl<K, V> Clone for Answers<K, V> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K, V> Default for Answers<K, V> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K: Eq + Hash, V: Clone> Answers<K, V> {
    /// The answer for a token or a host name, if there is one.
    pub(crate) fn get<Q: Eq + Hash + ?Sized>(&self, asked: &Q) -> Option<V>
    where
        K: std::borrow::Borrow<Q>,
    {
        self.with(|answers| answers.get(asked).cloned())
    }

    pub(crate) fn set(&self, asked: K, answer: V) {
        self.with(|answers| answers.insert(asked, answer));
    }

    pub(crate) fn clear(&self) {
        self.with(HashMap::clear);
    }

    fn with<T>(&self, work: impl FnOnce(&mut HashMap<K, V>) -> T) -> T {
        // Every change is a single call, so a panic cannot leave a partial one.
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
