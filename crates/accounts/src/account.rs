//! Accounts: who may log in, on which terms, and what a login is refused for.

use std::fmt;
use std::net::IpAddr;

use packetboat_codes::Fault;

use crate::{NameRefusal, Right, Rights, Secret, Terms, file_names};

/// Someone who may log in.
#[derive(Debug)]
pub struct Account {
    name: Vec<u8>,
    /// `None` for the anonymous account: any password will do.
    secret: Option<Secret>,
    rights: Rights,
    information: Option<(Secret, InformationFor)>,
    terms: Terms,
}

/// What an account's information, given by ACCT, is wanted for (RFC 959 §4.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InformationFor {
    /// To log in at all.
    Login,
    /// To store.
    Storing,
}

/// A login, as a client tries it.
#[derive(Clone, Copy)]
pub struct Attempt<'a> {
    /// The name.
    pub user: &'a [u8],
    /// The password.
    pub password: &'a [u8],
    /// Where the client is.
    pub from: IpAddr,
    /// When, in seconds since 1970.
    pub at: i64,
}

/// A login is refused. The reason is for the log: the client is never told whether it was the user or the
/// password, or what else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such account.
    UnknownUser,
    /// The password is another.
    WrongPassword,
    /// The account is locked.
    Locked,
    /// The account was valid until a time that is over.
    Expired,
    /// The account may not be used from there.
    Network(IpAddr),
    /// The account may not be used at this time of the week.
    Hours,
    /// The accounts cannot be asked.
    Unavailable(String),
}

impl Account {
    /// An account with a password.
    pub fn new(name: impl Into<Vec<u8>>, secret: Secret, rights: Rights) -> Self {
        let name = name.into();
        Self { name, secret: Some(secret), rights, information: None, terms: Terms::default() }
    }

    /// The account that `anonymous` and `ftp` log in to: it reads, and asks for no password.
    pub fn anonymous() -> Self {
        let (name, rights) = (b"anonymous".to_vec(), Rights::READ_ONLY);
        Self { name, secret: None, rights, information: None, terms: Terms::default() }
    }

    /// The same account, which has to give this information by ACCT.
    #[must_use]
    pub fn with_information(self, information: Secret, wanted_for: InformationFor) -> Self {
        Self { information: Some((information, wanted_for)), ..self }
    }

    /// The same account on these terms.
    #[must_use]
    pub fn with_terms(self, terms: Terms) -> Self {
        Self { terms, ..self }
    }

    /// What the account's information is wanted for, if for anything.
    pub fn information_for(&self) -> Option<InformationFor> {
        self.information.as_ref().map(|(_, wanted_for)| *wanted_for)
    }

    /// Whether this is the account's information. Takes long where [`Account::is_slow`] says so.
    pub fn has_information(&self, information: &[u8]) -> bool {
        self.information.as_ref().is_some_and(|(secret, _)| secret.matches(information))
    }

    /// Whether its secrets take long to check.
    pub fn is_slow(&self) -> bool {
        let information = self.information.as_ref().map(|(secret, _)| secret);
        self.secret.iter().chain(information).any(Secret::is_slow)
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

    /// On which terms it may be used.
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// What it may do at a path of its tree, which has to be a normal one: absolute, without `.` and `..`.
    pub fn rights_at(&self, path: &[u8]) -> Rights {
        self.terms.paths.rights_at(path, self.rights)
    }

    /// Whether it may give a name to a file or a directory.
    pub fn check_name(&self, name: &[u8], is_directory: bool) -> Result<(), NameRefusal> {
        let Terms { allowed_names, refused_names, .. } = &self.terms;
        file_names::check(allowed_names, refused_names, name, is_directory)
    }

    /// Whether it may give every name.
    pub fn names_are_free(&self) -> bool {
        self.terms.allowed_names.is_empty() && self.terms.refused_names.is_empty()
    }

    /// Until when nothing may be changed, where that is so at this time; both in seconds since 1970.
    pub fn read_only_until(&self, at: i64) -> Option<i64> {
        self.terms.read_only.open_until(at)
    }

    /// Fails where a right is missing.
    pub fn require(&self, right: Right) -> Result<(), Fault> {
        self.require_any(Rights::NONE.with(right))
    }

    /// Fails where the account has none of these rights.
    pub fn require_any(&self, rights: Rights) -> Result<(), Fault> {
        if self.rights.has_any(rights) { Ok(()) } else { Err(Fault::RightMissing) }
    }

    /// Whether the attempt may log in. The password is checked first, whatever else stands against it.
    pub(crate) fn admit(&self, attempt: &Attempt<'_>) -> Result<(), Refusal> {
        if !self.secret.as_ref().is_some_and(|secret| secret.matches(attempt.password)) {
            return Err(Refusal::WrongPassword);
        }
        self.terms.admit(attempt)
    }
}

/// For the log.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownUser => f.write_str("there is no such account"),
            Self::WrongPassword => f.write_str("the password is wrong"),
            Self::Locked => f.write_str("the account is locked"),
            Self::Expired => f.write_str("the account has expired"),
            Self::Network(from) => write!(f, "the account may not be used from {from}"),
            Self::Hours => f.write_str("the account may not be used at this time of the week"),
            Self::Unavailable(why) => write!(f, "the accounts cannot be asked: {why}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn account_information_is_checked_where_there_is_some() {
        let secret = || Secret::new(b"cost centre 7").expect("random bytes");
        let alice = Account::new("alice", secret(), Rights::default());
        assert_eq!((alice.information_for(), alice.has_information(b"")), (None, false));
        let alice = alice.with_information(secret(), InformationFor::Storing);
        assert_eq!(alice.information_for(), Some(InformationFor::Storing));
        assert!(alice.has_information(b"cost centre 7") && !alice.has_information(b"cost centre"));
        assert!(!alice.is_slow());
    }

    #[test]
    fn the_anonymous_account_reads_and_no_more() {
        let guest = Account::anonymous();
        assert_eq!(guest.require(Right::Read), Ok(()));
        assert_eq!(guest.require(Right::List), Ok(()));
        assert_eq!(guest.require_any(Rights::CHANGING), Err(Fault::RightMissing));
    }
}
