//! Accounts and groups as they are stored.

use crate::terms::{Effective, Own};
use crate::{Account, AccountName, InformationFor, PasswordHash, Secret};

/// An account as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The name it logs in by.
    pub name: AccountName,
    /// Its password.
    pub password: PasswordHash,
    /// Whether it may not log in at present.
    pub locked: bool,
    /// The groups it is in. The first that has a value counts before the next.
    pub groups: Vec<AccountName>,
    /// The values it has of its own.
    pub own: Own,
    /// What it has to give by ACCT, and for what.
    pub information: Option<(PasswordHash, InformationFor)>,
}

/// A group as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupRecord {
    /// Its name.
    pub name: AccountName,
    /// What it gives its members that have no value of their own.
    pub own: Own,
}

impl Record {
    /// An account without values of its own: it reads, always and from everywhere.
    pub fn new(name: AccountName, password: PasswordHash) -> Self {
        let (groups, own) = (Vec::new(), Own::default());
        Self { name, password, locked: false, groups, own, information: None }
    }

    /// The account that logs in, on the terms that were settled for it.
    pub(crate) fn into_account(self, effective: Effective) -> Account {
        let Effective { rights, mut terms } = effective;
        terms.locked |= self.locked;
        let secret = Secret::from(self.password);
        let account = Account::new(self.name.as_str(), secret, rights).with_terms(terms).stored();
        match self.information {
            Some((hash, wanted_for)) => account.with_information(hash.into(), wanted_for),
            None => account,
        }
    }
}

impl GroupRecord {
    /// A group that says nothing yet.
    pub fn new(name: AccountName) -> Self {
        Self { name, own: Own::default() }
    }
}
