//! [`Accounts`], which asks the account [`Source`]s in order, and the [`Backend`] trait that each
//! source implements.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use crate::{Account, Attempt, Database, Refusal, Secret};

/// A source of accounts. Its methods may block, and take as long as a password hash.
pub trait Backend: fmt::Debug + Send + Sync {
    /// Checks a login with a password. An unknown user takes as long as a known one with a wrong password.
    fn authenticate(&self, attempt: &Attempt<'_>) -> Result<Entered, Refusal>;

    /// Logs the user in with the client's certificate, if that suffices. The attempt has no
    /// password yet.
    fn identify(&self, _: &Attempt<'_>) -> Result<Option<Entered>, Refusal> {
        Ok(None)
    }
}

/// A successful login.
#[derive(Clone, Debug)]
pub struct Entered {
    /// The account.
    pub account: Arc<Account>,
    /// A remark for the log about something that went wrong on the way.
    pub remark: Option<String>,
}

/// Accounts that live as long as the process.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    by_name: HashMap<Vec<u8>, Arc<Account>>,
}

/// A source of accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Accounts given at the start.
    Memory,
    /// The [`Database`].
    Database,
    /// The system's accounts, through PAM.
    Pam,
    /// A hook: a program or an HTTP service.
    Hook,
}

/// Everyone who may log in.
#[derive(Clone, Debug)]
pub struct Accounts {
    memory: Memory,
    database: Option<Arc<Database>>,
    elsewhere: Vec<(Source, Arc<dyn Backend>)>,
    order: Vec<Source>,
    anonymous: Option<Arc<Account>>,
}

impl Default for Accounts {
    fn default() -> Self {
        Self {
            memory: Memory::default(),
            database: None,
            elsewhere: Vec::new(),
            order: Source::ALL.to_vec(),
            anonymous: None,
        }
    }
}

impl Source {
    /// All sources, in the default order.
    pub const ALL: [Self; 4] = [Self::Memory, Self::Database, Self::Pam, Self::Hook];

    /// The keyword of the source.
    pub fn word(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Database => "database",
            Self::Pam => "pam",
            Self::Hook => "hook",
        }
    }

    /// The source with this keyword.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.word() == word)
    }

    /// Whether the source is outside this process, and may take long.
    pub fn is_elsewhere(self) -> bool {
        matches!(self, Self::Pam | Self::Hook)
    }
}

impl Memory {
    /// Adds an account, replacing one with the same name.
    pub fn add(&mut self, account: Account) {
        self.by_name.insert(account.name().to_vec(), Arc::new(account));
    }
}

impl Backend for Memory {
    fn authenticate(&self, attempt: &Attempt<'_>) -> Result<Entered, Refusal> {
        let Some(account) = self.by_name.get(attempt.user) else {
            // Takes the time of a real check.
            let _ = std::hint::black_box(Secret::new(attempt.password));
            return Err(Refusal::UnknownUser);
        };
        account.admit(attempt)?;
        Ok(Entered { account: Arc::clone(account), remark: None })
    }
}

impl Accounts {
    /// Adds an account that lives as long as the process, replacing one with the same name.
    pub fn add(&mut self, account: Account) {
        if account.is_anonymous() {
            self.anonymous = Some(Arc::new(account));
        } else {
            self.memory.add(account);
        }
    }

    /// Adds the accounts of a database. An account that was added with [`Accounts::add`] hides one
    /// with the same name.
    pub fn set_database(&mut self, database: Database) {
        self.database = Some(Arc::new(database));
    }

    /// Removes the anonymous account.
    pub fn without_anonymous(mut self) -> Self {
        self.anonymous = None;
        self
    }

    /// Adds a backend for PAM or a hook.
    pub fn set_elsewhere(&mut self, source: Source, backend: Arc<dyn Backend>) {
        self.elsewhere.retain(|(known, _)| *known != source);
        self.elsewhere.push((source, backend));
    }

    /// Sets the order in which sources are asked: the first one that knows the user decides. A
    /// source that is not named is not asked.
    pub fn set_order(&mut self, order: Vec<Source>) {
        self.order = order;
    }

    /// The anonymous account, if anonymous logins are allowed.
    pub fn anonymous(&self) -> Option<Arc<Account>> {
        self.anonymous.clone()
    }

    /// The database, if there is one.
    pub fn database(&self) -> Option<&Arc<Database>> {
        self.database.as_ref()
    }

    /// The database, unless an account from memory has this name.
    pub fn database_of(&self, user: &[u8]) -> Option<&Arc<Database>> {
        let has_memory = self.memory.by_name.contains_key(user);
        self.database.as_ref().filter(|_| !has_memory)
    }

    /// The sources to ask for this user, in order, until one of them knows the user. For an account
    /// given at the start, only the memory is asked.
    pub fn sources(&self, user: &[u8]) -> Vec<Source> {
        if self.memory.by_name.contains_key(user) {
            return vec![Source::Memory];
        }
        let there = |source: &Source| self.backend(*source).is_some();
        let others = self.order.iter().copied().filter(|source| *source != Source::Memory);
        let found: Vec<Source> = others.filter(there).collect();
        // Without any source, the memory takes the time of a real check.
        if found.is_empty() { vec![Source::Memory] } else { found }
    }

    /// Asks one source.
    pub fn ask(&self, source: Source, attempt: &Attempt<'_>) -> Result<Entered, Refusal> {
        self.backend(source).ok_or(Refusal::UnknownUser)?.authenticate(attempt)
    }

    /// Whether checking a login of this user may block.
    pub fn may_block(&self, user: &[u8]) -> bool {
        match self.memory.by_name.get(user) {
            Some(account) => account.is_slow() || account.terms().root.is_some(),
            None => self.database.is_some() || !self.elsewhere.is_empty(),
        }
    }

    fn backend(&self, source: Source) -> Option<&dyn Backend> {
        match source {
            Source::Memory => Some(&self.memory),
            Source::Database => self.database.as_deref().map(|database| database as &dyn Backend),
            Source::Pam | Source::Hook => {
                let found = self.elsewhere.iter().find(|(known, _)| *known == source);
                found.map(|(_, backend)| &**backend)
            }
        }
    }
}

impl Backend for Accounts {
    fn authenticate(&self, attempt: &Attempt<'_>) -> Result<Entered, Refusal> {
        let mut last = Err(Refusal::UnknownUser);
        for source in self.sources(attempt.user) {
            last = self.ask(source, attempt);
            if !matches!(last, Err(Refusal::UnknownUser)) {
                break;
            }
        }
        last
    }

    fn identify(&self, attempt: &Attempt<'_>) -> Result<Option<Entered>, Refusal> {
        for source in self.sources(attempt.user) {
            let found = self.backend(source).map_or(Ok(None), |backend| backend.identify(attempt));
            if !matches!(found, Ok(None)) {
                return found;
            }
        }
        Ok(None)
    }
}
