//! [`Account`], an [`Attempt`] to log in to one, and the [`Refusal`] that a failed attempt gets.

use std::fmt;
use std::net::IpAddr;

use packetboat_codes::Fault;

use crate::terms::{Own, settle};
use crate::{
    CertificateRule, CertificateUse, ClientCertificate, NameRefusal, Right, Rights, Secret, Terms,
    file_names,
};

/// An account that can log in.
#[derive(Debug)]
pub struct Account {
    name: Vec<u8>,
    /// Whether this is the anonymous account, which accepts any password.
    is_guest: bool,
    /// `None` for the anonymous account, and for an account that another backend (PAM, hook) lets
    /// in.
    secret: Option<Secret>,
    rights: Rights,
    proof: Option<(Proof, InformationFor)>,
    certificates: CertificateRule,
    terms: Terms,
    /// Whether the account is from the database, where it can change while it is logged in.
    is_stored: bool,
}

/// What the account must supply with ACCT.
#[derive(Debug)]
enum Proof {
    /// Information that the account's owner knows.
    Information(Secret),
    /// A one-time code, checked by a [`CodeCheck`].
    Code(Box<dyn CodeCheck>),
}

/// Checks the one-time codes of an account.
pub trait CodeCheck: fmt::Debug + Send + Sync {
    /// Checks a code at a time in seconds since 1970. A code is accepted only once. May block.
    fn check(&self, code: &[u8], at: i64) -> Result<(), Refusal>;
}

/// What an account needs its ACCT information for (RFC 959 §4.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InformationFor {
    /// To log in.
    Login,
    /// To store files.
    Storing,
}

/// A client's attempt to log in.
#[derive(Clone, Copy)]
pub struct Attempt<'a> {
    /// The user name.
    pub user: &'a [u8],
    /// The password.
    pub password: &'a [u8],
    /// The client's address.
    pub from: IpAddr,
    /// The time, in seconds since 1970.
    pub at: i64,
    /// What TLS says about the client; `None` without TLS.
    pub secured: Option<Secured<'a>>,
}

/// The TLS state of a control connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Secured<'a> {
    /// The certificate that the client presented, if any.
    pub certificate: Option<&'a ClientCertificate>,
}

impl Attempt<'_> {
    /// The certificate that the client presented, if any.
    pub fn certificate(&self) -> Option<&ClientCertificate> {
        self.secured.and_then(|secured| secured.certificate)
    }
}

/// Why a login is refused. The reason is for the log only: the client never learns whether the user
/// name, the password or something else was wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such account.
    UnknownUser,
    /// The password is wrong.
    WrongPassword,
    /// The ACCT information is wrong.
    WrongInformation,
    /// The code is wrong, or too old.
    WrongCode,
    /// The code was used before.
    UsedCode,
    /// After many wrong codes, no code is checked for this many seconds.
    CodesPaused(i64),
    /// The account also requires one of its client certificates.
    CertificateMissing,
    /// The account accepts no password, only one of its client certificates.
    CertificateOnly,
    /// PAM or the hook refused the login, with this reason.
    Denied(String),
    /// The account is locked.
    Locked,
    /// The account has expired.
    Expired,
    /// The account may not be used from this address.
    Network(IpAddr),
    /// The account may not be used at this time of the week.
    Hours,
    /// The login is right, but the account's folder cannot be opened, for this reason.
    Folder(String),
    /// The account backend failed, for this reason.
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

    /// The account for the names `anonymous` and `ftp`: it may only read, and needs no password.
    pub fn anonymous() -> Self {
        Self::without_secret("anonymous", Rights::READ_ONLY)
    }

    /// An account that PAM or the hook has let in, with these terms and without a password.
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

    /// The same account, which must supply this information with ACCT.
    #[must_use]
    pub fn with_information(self, information: Secret, wanted_for: InformationFor) -> Self {
        Self { proof: Some((Proof::Information(information), wanted_for)), ..self }
    }

    /// The same account, which must supply a one-time code with ACCT.
    #[must_use]
    pub fn with_codes(self, check: Box<dyn CodeCheck>, wanted_for: InformationFor) -> Self {
        Self { proof: Some((Proof::Code(check), wanted_for)), ..self }
    }

    /// The same account, which needs no ACCT any more.
    #[must_use]
    pub(crate) fn proven(self) -> Self {
        Self { proof: None, ..self }
    }

    /// The same account with these certificates.
    #[must_use]
    pub fn with_certificates(self, certificates: CertificateRule) -> Self {
        Self { certificates, ..self }
    }

    /// The same account with these terms.
    #[must_use]
    pub fn with_terms(self, terms: Terms) -> Self {
        Self { terms, ..self }
    }

    /// What the account needs ACCT for, if it does.
    pub fn information_for(&self) -> Option<InformationFor> {
        self.proof.as_ref().map(|(_, wanted_for)| *wanted_for)
    }

    /// Whether ACCT must supply a one-time code.
    pub fn wants_code(&self) -> bool {
        matches!(self.proof, Some((Proof::Code(_), _)))
    }

    /// Checks what a client sent with ACCT, at a time in seconds since 1970. Slow if
    /// [`Account::is_slow`] is true.
    pub fn check_information(&self, information: &[u8], at: i64) -> Result<(), Refusal> {
        match &self.proof {
            Some((Proof::Information(secret), _)) if secret.matches(information) => Ok(()),
            Some((Proof::Code(check), _)) => check.check(information, at),
            Some((Proof::Information(_), _)) | None => Err(Refusal::WrongInformation),
        }
    }

    /// Whether checking the password or the ACCT information is slow.
    pub fn is_slow(&self) -> bool {
        let information = match &self.proof {
            Some((Proof::Code(_), _)) => return true,
            Some((Proof::Information(secret), _)) => Some(secret),
            None => None,
        };
        self.secret.iter().chain(information).any(Secret::is_slow)
    }

    /// The account's user name.
    pub fn name(&self) -> &[u8] {
        &self.name
    }

    /// Whether the account is from the database, where it can change while it is logged in.
    pub fn is_stored(&self) -> bool {
        self.is_stored
    }

    /// The same account, marked as one from the database.
    pub(crate) fn stored(self) -> Self {
        Self { is_stored: true, ..self }
    }

    /// Whether this is the anonymous account.
    pub fn is_anonymous(&self) -> bool {
        self.is_guest
    }

    /// The account's rights, without path rules.
    pub fn rights(&self) -> Rights {
        self.rights
    }

    /// The account's terms.
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// The rights at a path of the account's tree. The path must be normalised: absolute, without
    /// `.` and `..`.
    pub fn rights_at(&self, path: &[u8]) -> Rights {
        self.terms.paths.rights_at(path, self.rights)
    }

    /// Whether the account may use a name for a file or a directory.
    pub fn check_name(&self, name: &[u8], is_directory: bool) -> Result<(), NameRefusal> {
        let Terms { allowed_names, refused_names, .. } = &self.terms;
        file_names::check(allowed_names, refused_names, name, is_directory)
    }

    /// Whether the account may use any name.
    pub fn names_are_free(&self) -> bool {
        self.terms.allowed_names.is_empty() && self.terms.refused_names.is_empty()
    }

    /// If the account is read-only at this time, until when; both in seconds since 1970.
    pub fn read_only_until(&self, at: i64) -> Option<i64> {
        self.terms.read_only.open_until(at)
    }

    /// Fails if a right is missing.
    pub fn require(&self, right: Right) -> Result<(), Fault> {
        self.require_any(Rights::NONE.with(right))
    }

    /// Fails if the account has none of these rights.
    pub fn require_any(&self, rights: Rights) -> Result<(), Fault> {
        if self.rights.has_any(rights) { Ok(()) } else { Err(Fault::RightMissing) }
    }

    /// Whether the attempt may log in. The password is always checked first, even if the login will
    /// be refused for another reason.
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

    /// Whether the attempt may log in with its certificate alone. `None`: the certificate is not
    /// the account's, or does not suffice.
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

/// The reason for the log.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownUser => f.write_str("there is no such account"),
            Self::WrongPassword => f.write_str("the password is wrong"),
            Self::WrongInformation => f.write_str("the account information (ACCT) is wrong"),
            Self::WrongCode => f.write_str("the one-time code is wrong or too old"),
            Self::UsedCode => f.write_str("the one-time code was used before"),
            Self::CodesPaused(rest) => {
                write!(f, "too many wrong one-time codes; no code is checked for another {rest} s")
            }
            Self::CertificateMissing => f.write_str(
                "the account requires one of its client certificates besides the password",
            ),
            Self::CertificateOnly => {
                f.write_str("the account accepts no password, only one of its client certificates")
            }
            Self::Denied(why) => f.write_str(why),
            Self::Locked => f.write_str("the account is locked"),
            Self::Expired => f.write_str("the account has expired"),
            Self::Network(from) => write!(f, "the account may not be used from {from}"),
            Self::Hours => f.write_str("the account may not be used at this time of the week"),
            Self::Folder(why) => f.write_str(why),
            Self::Unavailable(why) => write!(f, "the accounts cannot be looked up: {why}"),
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
