//! [`Account`]: the account that a server may require in addition to user and password (ACCT, RFC
//! 959 §4.1.1). It is given in advance, or the user is asked when a server requires it.

use std::fmt;
use std::sync::{Arc, OnceLock};

/// Where the account comes from. It may be a secret, so its `Debug` form does not show it.
#[derive(Clone, Default)]
pub struct Account(Option<Arc<Source>>);

struct Source {
    answer: OnceLock<Option<Vec<u8>>>,
    ask: Box<dyn Fn() -> Option<Vec<u8>> + Send + Sync>,
}

impl Account {
    /// An account known in advance.
    pub fn known(account: impl Into<Vec<u8>>) -> Self {
        let account = account.into();
        Self::asked(move || Some(account.clone()))
    }

    /// An account that is asked for once, when a server requires it. The question may block.
    pub fn asked(ask: impl Fn() -> Option<Vec<u8>> + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(Source { answer: OnceLock::new(), ask: Box::new(ask) })))
    }

    /// The account, if there is one. Sessions that ask at the same time share one answer.
    pub(crate) async fn get(&self) -> Option<Vec<u8>> {
        let source = Arc::clone(self.0.as_ref()?);
        let asking =
            tokio::task::spawn_blocking(move || source.answer.get_or_init(&source.ask).clone());
        // If the question panicked, there is no answer.
        asking.await.ok().flatten()
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Account(****)" } else { "Account(none)" })
    }
}
