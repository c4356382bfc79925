//! Accounts, their rights, and the check of a login.

use std::collections::HashMap;
use std::sync::Arc;

use packetboat_codes::Fault;

use crate::secret::Secret;

/// What an account may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// List directories and read files.
    Read,
    /// Store, append, delete, rename, make and remove directories, change modes.
    Write,
}

/// The rights of one account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rights {
    /// See [`Right::Read`].
    pub read: bool,
    /// See [`Right::Write`].
    pub write: bool,
}

/// Someone who may log in.
#[derive(Debug)]
pub struct Account {
    name: Vec<u8>,
    /// `None` for the anonymous account: any password will do.
    secret: Option<Secret>,
    rights: Rights,
    information: Option<(Secret, InformationFor)>,
}

/// What an account's information, given by ACCT, is wanted for (RFC 959 §4.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InformationFor {
    /// To log in at all.
    Login,
    /// To store.
    Storing,
}

/// Everyone who may log in.
#[derive(Clone, Debug, Default)]
pub struct Accounts {
    by_name: HashMap<Vec<u8>, Arc<Account>>,
    anonymous: Option<Arc<Account>>,
}

/// A login is refused; whether for its user or its password is not told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal;

impl Account {
    /// An account with a password.
    pub fn new(name: impl Into<Vec<u8>>, secret: Secret, rights: Rights) -> Self {
        Self { name: name.into(), secret: Some(secret), rights, information: None }
    }

    /// The account that `anonymous` and `ftp` log in to: it reads, and asks for no password.
    pub fn anonymous() -> Self {
        let rights = Rights { read: true, write: false };
        Self { name: b"anonymous".to_vec(), secret: None, rights, information: None }
    }

    /// The same account, which has to give this information by ACCT.
    #[must_use]
    pub fn with_information(self, information: Secret, wanted_for: InformationFor) -> Self {
        Self { information: Some((information, wanted_for)), ..self }
    }

    /// What the account's information is wanted for, if for anything.
    pub fn information_for(&self) -> Option<InformationFor> {
        self.information.as_ref().map(|(_, wanted_for)| *wanted_for)
    }

    /// Whether this is the account's information.
    pub fn has_information(&self, information: &[u8]) -> bool {
        self.information.as_ref().is_some_and(|(secret, _)| secret.matches(information))
    }

    /// The name it logs in by.
    pub fn name(&self) -> &[u8] {
        &self.name
    }

    /// Whether no password is asked.
    pub fn is_anonymous(&self) -> bool {
        self.secret.is_none()
    }

    /// What it may do.
    pub fn rights(&self) -> Rights {
        self.rights
    }

    /// Fails where a right is missing.
    pub fn require(&self, right: Right) -> Result<(), Fault> {
        let has = match right {
            Right::Read => self.rights.read,
            Right::Write => self.rights.write,
        };
        if has { Ok(()) } else { Err(Fault::RightMissing) }
    }
}

impl Accounts {
    /// Adds an account; one of the same name is replaced.
    pub fn add(&mut self, account: Account) {
        if account.is_anonymous() {
            self.anonymous = Some(Arc::new(account));
        } else {
            self.by_name.insert(account.name.clone(), Arc::new(account));
        }
    }

    /// The account for those who log in by a name of anonymous FTP, if they may.
    pub fn anonymous(&self) -> Option<Arc<Account>> {
        self.anonymous.clone()
    }

    /// Checks a login with a password. An unknown user takes as long as a known one with a wrong password.
    pub fn authenticate(&self, user: &[u8], password: &[u8]) -> Result<Arc<Account>, Refusal> {
        let account = self.by_name.get(user);
        let matches = match account.and_then(|account| account.secret.as_ref()) {
            Some(secret) => secret.matches(password),
            None => {
                // The same work for nothing, whose outcome cannot be a success.
                let _ = Secret::new(password);
                false
            }
        };
        account.filter(|_| matches).map(Arc::clone).ok_or(Refusal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accounts() -> Accounts {
        let secret = Secret::new(b"pw").expect("random bytes");
        let mut accounts = Accounts::default();
        accounts.add(Account::new("alice", secret, Rights { read: true, write: true }));
        accounts
    }

    #[test]
    fn the_right_password_and_no_other() {
        let mut accounts = accounts();
        let alice = accounts.authenticate(b"alice", b"pw").expect("right password");
        assert_eq!(alice.require(Right::Write), Ok(()));
        assert_eq!(accounts.authenticate(b"alice", b"no").err(), Some(Refusal));
        assert_eq!(accounts.authenticate(b"Alice", b"pw").err(), Some(Refusal));
        assert_eq!(accounts.authenticate(b"ftp", b"").err(), Some(Refusal));
        assert!(accounts.anonymous().is_none());
        accounts.add(Account::anonymous());
        let guest = accounts.anonymous().expect("anonymous");
        assert_eq!(guest.require(Right::Write), Err(Fault::RightMissing));
        assert_eq!(guest.require(Right::Read), Ok(()));
    }

    #[test]
    fn account_information_is_checked_where_there_is_some() {
        let secret = || Secret::new(b"cost centre 7").expect("random bytes");
        let alice = Account::new("alice", secret(), Rights::default());
        assert_eq!((alice.information_for(), alice.has_information(b"")), (None, false));
        let alice = alice.with_information(secret(), InformationFor::Storing);
        assert_eq!(alice.information_for(), Some(InformationFor::Storing));
        assert!(alice.has_information(b"cost centre 7") && !alice.has_information(b"cost centre"));
    }
}
