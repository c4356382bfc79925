//! What an authority is to be answered at the moment. The order puts it in, those who listen read it, and it
//! is gone when the order is.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

/// Answers by what is asked for: a token, or a host name.
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
    /// What is to be answered, if anything.
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
        // Each change is one call, so whoever panicked left nothing half done.
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
