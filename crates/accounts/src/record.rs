//! [`Record`] and [`GroupRecord`]: accounts and groups as they are stored.

use crate::terms::{Effective, Own};
use crate::{Account, AccountName, InformationFor, PasswordHash, Secret};

/// A stored account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its user name.
    pub name: AccountName,
    /// The hash of its password.
    pub password: PasswordHash,
    /// Whether it is locked, and so may not log in.
    pub locked: bool,
    /// Its groups. A value of an earlier group takes precedence over one of a later group.
    pub groups: Vec<AccountName>,
    /// Its own values.
    pub own: Own,
    /// What it must supply with ACCT, and for what.
    pub information: Option<(PasswordHash, InformationFor)>,
}

/// A stored group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupRecord {
    /// Its name.
    pub name: AccountName,
    /// The values for members that have none of their own.
    pub own: Own,
}

impl Record {
    /// An account without values of its own: it may read, at any time and from anywhere.
    pub fn new(name: AccountName, password: PasswordHash) -> Self {
        let (groups, own) = (Vec::new(), Own::default());
        Self { name, password, locked: false, groups, own, information: None }
    }

    /// The account for a login, with the terms settled from its own values and its groups'.
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
    /// A group without values.
    pub fn new(name: AccountName) -> Self {
        Self { name, own: Own::default() }
    }
}
