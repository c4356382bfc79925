//! The account that a server may want besides user and password (ACCT, RFC 959 §4.1.1): known beforehand,
//! or asked for when a server wants it.

use std::fmt;
use std::sync::{Arc, OnceLock};

/// Where the account comes from. It may be a secret, so it has no text form.
#[derive(Clone, Default)]
pub struct Account(Option<Arc<Source>>);

struct Source {
    answer: OnceLock<Option<Vec<u8>>>,
    ask: Box<dyn Fn() -> Option<Vec<u8>> + Send + Sync>,
}

impl Account {
    /// An account that is known.
    pub fn known(account: impl Into<Vec<u8>>) -> Self {
        let account = account.into();
        Self::asked(move || Some(account.clone()))
    }

    /// An account to be asked for, once, when a server wants it. The question may block.
    pub fn asked(ask: impl Fn() -> Option<Vec<u8>> + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(Source { answer: OnceLock::new(), ask: Box::new(ask) })))
    }

    /// The account, if there is one. Several sessions that ask at once get one answer.
    pub(crate) async fn get(&self) -> Option<Vec<u8>> {
        let source = Arc::clone(self.0.as_ref()?);
        let asking =
            tokio::task::spawn_blocking(move || source.answer.get_or_init(&source.ask).clone());
        // A question that panicked was not answered.
        asking.await.ok().flatten()
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Account(****)" } else { "Account(none)" })
    }
}
