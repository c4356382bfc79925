//! Accounts: who may log in, on which terms, and what a login is refused for.

use std::fmt;
use std::net::IpAddr;

use packetboat_codes::Fault;

use crate::terms::{Own, settle};
use crate::{
    CertificateRule, CertificateUse, ClientCertificate, NameRefusal, Right, Rights, Secret, Terms,
    file_names,
};

/// Someone who may log in.
#[derive(Debug)]
pub struct Account {
    name: Vec<u8>,
    /// Whether it is the anonymous account: any password will do.
    is_guest: bool,
    /// `None` for a guest, and for an account that somebody else lets in.
    secret: Option<Secret>,
    rights: Rights,
    proof: Option<(Proof, InformationFor)>,
    certificates: CertificateRule,
    terms: Terms,
    /// Whether it stands in the database, where it may change while it is logged in.
    is_stored: bool,
}

/// What ACCT has to give.
#[derive(Debug)]
enum Proof {
    /// What the account's owner knows.
    Information(Secret),
    /// A code that somebody else judges.
    Code(Box<dyn CodeCheck>),
}

/// Judges the one-time codes of an account.
pub trait CodeCheck: fmt::Debug + Send + Sync {
    /// Whether the code is right at this time, in seconds since 1970; no second time then. May block.
    fn check(&self, code: &[u8], at: i64) -> Result<(), Refusal>;
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
    /// What TLS says of the client; nothing without TLS.
    pub secured: Option<Secured<'a>>,
}

/// A control connection is under TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Secured<'a> {
    /// The certificate that the client has shown, if it has.
    pub certificate: Option<&'a ClientCertificate>,
}

impl Attempt<'_> {
    /// The certificate that the client has shown, if it has.
    pub fn certificate(&self) -> Option<&ClientCertificate> {
        self.secured.and_then(|secured| secured.certificate)
    }
}

/// A login is refused. The reason is for the log: the client is never told whether it was the user or the
/// password, or what else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such account.
    UnknownUser,
    /// The password is another.
    WrongPassword,
    /// What ACCT gave is another.
    WrongInformation,
    /// The code is wrong, or too old.
    WrongCode,
    /// The code was used before.
    UsedCode,
    /// After many wrong codes none is looked at for so many seconds.
    CodesPaused(i64),
    /// The account wants a certificate of its own besides.
    CertificateMissing,
    /// The account takes no password, but a certificate alone.
    CertificateOnly,
    /// Somebody else was asked, and said no, for this reason.
    Denied(String),
    /// The account is locked.
    Locked,
    /// The account was valid until a time that is over.
    Expired,
    /// The account may not be used from there.
    Network(IpAddr),
    /// The account may not be used at this time of the week.
    Hours,
    /// All that was given is right, and the folder that the account is to see is not to be had.
    Folder(String),
    /// The accounts cannot be asked.
    Unavailable(String),
}

impl Account {
    /// An account with a password.
    pub fn new(name: impl Into<Vec<u8>>, secret: Secret, rights: Rights) -> Self {
        let name = name.into();
        Self {
            name,
            is_guest: false,
            secret: Some(secret),
            rights,
            proof: None,
            certificates: CertificateRule::default(),
            terms: Terms::default(),
            is_stored: false,
        }
    }

    /// The account that `anonymous` and `ftp` log in to: it reads, and asks for no password.
    pub fn anonymous() -> Self {
        Self::without_secret("anonymous", Rights::READ_ONLY)
    }

    /// An account that somebody else has let in, on these terms. No password is known here.
    pub fn let_in(name: &[u8], own: &Own, attempt: &Attempt<'_>) -> Result<Self, Refusal> {
        let (effective, _) = settle(own, &[]).map_err(Refusal::Unavailable)?;
        effective.terms.admit(attempt)?;
        let account = Self::without_secret(name, effective.rights);
        Ok(Self { is_guest: false, ..account }.with_terms(effective.terms))
    }

    fn without_secret(name: impl Into<Vec<u8>>, rights: Rights) -> Self {
        Self {
            name: name.into(),
            is_guest: true,
            secret: None,
            rights,
            proof: None,
            certificates: CertificateRule::default(),
            terms: Terms::default(),
            is_stored: false,
        }
    }

    /// The same account, which has to give this information by ACCT.
    #[must_use]
    pub fn with_information(self, information: Secret, wanted_for: InformationFor) -> Self {
        Self { proof: Some((Proof::Information(information), wanted_for)), ..self }
    }

    /// The same account, which has to give a one-time code by ACCT.
    #[must_use]
    pub fn with_codes(self, check: Box<dyn CodeCheck>, wanted_for: InformationFor) -> Self {
        Self { proof: Some((Proof::Code(check), wanted_for)), ..self }
    }

    /// The same account, which has given what ACCT is for.
    #[must_use]
    pub(crate) fn proven(self) -> Self {
        Self { proof: None, ..self }
    }

    /// The same account with these certificates.
    #[must_use]
    pub fn with_certificates(self, certificates: CertificateRule) -> Self {
        Self { certificates, ..self }
    }

    /// The same account on these terms.
    #[must_use]
    pub fn with_terms(self, terms: Terms) -> Self {
        Self { terms, ..self }
    }

    /// What the account's information is wanted for, if for anything.
    pub fn information_for(&self) -> Option<InformationFor> {
        self.proof.as_ref().map(|(_, wanted_for)| *wanted_for)
    }

    /// Whether ACCT has to give a one-time code.
    pub fn wants_code(&self) -> bool {
        matches!(self.proof, Some((Proof::Code(_), _)))
    }

    /// Whether this is what ACCT has to give at this time, in seconds since 1970. May take long where
    /// [`Account::is_slow`] says so.
    pub fn check_information(&self, information: &[u8], at: i64) -> Result<(), Refusal> {
        match &self.proof {
            Some((Proof::Information(secret), _)) if secret.matches(information) => Ok(()),
            Some((Proof::Code(check), _)) => check.check(information, at),
            Some((Proof::Information(_), _)) | None => Err(Refusal::WrongInformation),
        }
    }

    /// Whether to check what it is asked for takes long.
    pub fn is_slow(&self) -> bool {
        let information = match &self.proof {
            Some((Proof::Code(_), _)) => return true,
            Some((Proof::Information(secret), _)) => Some(secret),
            None => None,
        };
        self.secret.iter().chain(information).any(Secret::is_slow)
    }

    /// The name it logs in by.
    pub fn name(&self) -> &[u8] {
        &self.name
    }

    /// Whether it stands in the database, where it may change while it is logged in.
    pub fn is_stored(&self) -> bool {
        self.is_stored
    }

    /// The same account, as one of the database.
    pub(crate) fn stored(self) -> Self {
        Self { is_stored: true, ..self }
    }

    /// Whether no password is asked.
    pub fn is_anonymous(&self) -> bool {
        self.is_guest
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
        let shown = || attempt.certificate().is_some_and(|shown| self.takes(shown));
        match self.certificates.usage {
            CertificateUse::Only => return Err(Refusal::CertificateOnly),
            CertificateUse::Besides if !shown() => return Err(Refusal::CertificateMissing),
            CertificateUse::Besides | CertificateUse::Instead => {}
        }
        self.terms.admit(attempt)
    }

    /// Whether the attempt may log in by its certificate alone. `None`: the certificate is not the account's,
    /// or not enough.
    pub(crate) fn admit_by_certificate(
        &self,
        attempt: &Attempt<'_>,
    ) -> Option<Result<(), Refusal>> {
        let enough = self.certificates.usage != CertificateUse::Besides;
        let shown = attempt.certificate().filter(|shown| enough && self.takes(shown));
        shown.map(|_| self.terms.admit(attempt))
    }

    fn takes(&self, certificate: &ClientCertificate) -> bool {
        let name = std::str::from_utf8(&self.name);
        name.is_ok_and(|name| self.certificates.takes(name, certificate))
    }
}

/// For the log.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownUser => f.write_str("there is no such account"),
            Self::WrongPassword => f.write_str("the password is wrong"),
            Self::WrongInformation => f.write_str("the account information (ACCT) is wrong"),
            Self::WrongCode => f.write_str("the one-time code is wrong or too old"),
            Self::UsedCode => f.write_str("the one-time code was used before"),
            Self::CodesPaused(rest) => {
                write!(f, "after many wrong one-time codes none is looked at for {rest} s yet")
            }
            Self::CertificateMissing => f.write_str(
                "the account wants a client certificate of its own besides the password",
            ),
            Self::CertificateOnly => {
                f.write_str("the account takes no password, only a client certificate of its own")
            }
            Self::Denied(why) => f.write_str(why),
            Self::Locked => f.write_str("the account is locked"),
            Self::Expired => f.write_str("the account has expired"),
            Self::Network(from) => write!(f, "the account may not be used from {from}"),
            Self::Hours => f.write_str("the account may not be used at this time of the week"),
            Self::Folder(why) => f.write_str(why),
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
        let refused = Err(Refusal::WrongInformation);
        assert_eq!(
            (alice.information_for(), alice.check_information(b"", 0)),
            (None, refused.clone())
        );
        let alice = alice.with_information(secret(), InformationFor::Storing);
        assert_eq!(alice.information_for(), Some(InformationFor::Storing));
        assert_eq!(alice.check_information(b"cost centre 7", 0), Ok(()));
        assert_eq!(alice.check_information(b"cost centre", 0), refused);
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
