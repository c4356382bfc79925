//! Everyone who may log in, wherever their accounts are kept.

use std::collections::HashMap;
use std::sync::Arc;

use crate::{Account, Attempt, Database, Refusal, Secret};

/// A place where accounts are kept. To ask it may block, and takes the time of a password hash.
pub trait Backend {
    /// Checks a login with a password. An unknown user takes as long as a known one with a wrong password.
    fn authenticate(&self, attempt: &Attempt<'_>) -> Result<Entered, Refusal>;
}

/// A login that went well.
#[derive(Clone, Debug)]
pub struct Entered {
    /// Whose it is.
    pub account: Arc<Account>,
    /// What the log should tell of it: what did not go well by the way.
    pub remark: Option<String>,
}

/// Accounts that live as long as the process.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    by_name: HashMap<Vec<u8>, Arc<Account>>,
}

/// Everyone who may log in.
#[derive(Clone, Debug, Default)]
pub struct Accounts {
    memory: Memory,
    database: Option<Arc<Database>>,
    anonymous: Option<Arc<Account>>,
}

impl Memory {
    /// Adds an account; one of the same name is replaced.
    pub fn add(&mut self, account: Account) {
        self.by_name.insert(account.name().to_vec(), Arc::new(account));
    }
}

impl Backend for Memory {
    fn authenticate(&self, attempt: &Attempt<'_>) -> Result<Entered, Refusal> {
        let Some(account) = self.by_name.get(attempt.user) else {
            // The same work for nothing.
            let _ = std::hint::black_box(Secret::new(attempt.password));
            return Err(Refusal::UnknownUser);
        };
        account.admit(attempt)?;
        Ok(Entered { account: Arc::clone(account), remark: None })
    }
}

impl Accounts {
    /// Adds an account that lives as long as the process; one of the same name is replaced.
    pub fn add(&mut self, account: Account) {
        if account.is_anonymous() {
            self.anonymous = Some(Arc::new(account));
        } else {
            self.memory.add(account);
        }
    }

    /// Lets those in who stand in a database. An account that was added has its name to itself.
    pub fn set_database(&mut self, database: Database) {
        self.database = Some(Arc::new(database));
    }

    /// The account for those who log in by a name of anonymous FTP, if they may.
    pub fn anonymous(&self) -> Option<Arc<Account>> {
        self.anonymous.clone()
    }

    /// The database, where the account of this name stands in it.
    pub fn database_of(&self, user: &[u8]) -> Option<&Arc<Database>> {
        let has_memory = self.memory.by_name.contains_key(user);
        self.database.as_ref().filter(|_| !has_memory)
    }

    /// Whether to check a login of this user may block.
    pub fn may_block(&self, user: &[u8]) -> bool {
        match self.memory.by_name.get(user) {
            Some(account) => account.is_slow() || account.terms().root.is_some(),
            None => self.database.is_some(),
        }
    }
}

impl Backend for Accounts {
    fn authenticate(&self, attempt: &Attempt<'_>) -> Result<Entered, Refusal> {
        match self.database_of(attempt.user) {
            Some(database) => database.authenticate(attempt),
            None => self.memory.authenticate(attempt),
        }
    }
}
