//! An account as it is stored.

use crate::{Account, AccountName, InformationFor, PasswordHash, Rights, Secret, Terms};

/// An account as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The name it logs in by.
    pub name: AccountName,
    /// Its password.
    pub password: PasswordHash,
    /// What it may do.
    pub rights: Rights,
    /// On which terms it may be used.
    pub terms: Terms,
    /// What it has to give by ACCT, and for what.
    pub information: Option<(PasswordHash, InformationFor)>,
}

impl Record {
    /// An account that may be used always and from everywhere.
    pub fn new(name: AccountName, password: PasswordHash, rights: Rights) -> Self {
        Self { name, password, rights, terms: Terms::default(), information: None }
    }

    /// The account that logs in.
    pub(crate) fn into_account(self) -> Account {
        let secret = Secret::from(self.password);
        let account = Account::new(self.name.as_str(), secret, self.rights).with_terms(self.terms);
        match self.information {
            Some((hash, wanted_for)) => account.with_information(hash.into(), wanted_for),
            None => account,
        }
    }
}
