//! [`PasswordHash`]: password hashes for storage on disk. New ones are argon2id; older kinds from
//! an import are checked until their owner's first login.

mod argon;
mod md5_crypt;
mod yescrypt;

use std::fmt;

use base64ct::{Base64, Encoding as _};
use sha_crypt::PasswordVerifier as _;
use sha1::{Digest as _, Sha1};
use subtle::ConstantTimeEq as _;

pub use self::argon::Cost;
use self::md5_crypt::Md5Crypt;
use self::yescrypt::Yescrypt;

/// The most rounds of SHA crypt. More would keep a login busy for seconds.
const MOST_ROUNDS: u32 = 1_000_000;
/// The highest cost of bcrypt, whose work doubles with each step.
const MOST_BCRYPT: u32 = 15;

/// The hash of a password, in the text form of its kind. Its `Debug` output hides the hash.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash {
    text: String,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Argon2,
    Bcrypt,
    Yescrypt,
    ShaCrypt,
    Md5Crypt,
    /// `{SHA}` of htpasswd: one round of SHA-1, no salt.
    Sha1,
}

/// Why a text is not a password hash that can be checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HashError {
    /// This kind is not supported; the text names it, and the reason if there is one.
    Unsupported(&'static str),
    /// It is of a known kind but malformed.
    Malformed(&'static str),
    /// Checking it would cost more work than a login may take.
    TooCostly(&'static str),
    /// The hash could not be computed.
    NotMade(String),
}

impl PasswordHash {
    /// Hashes a password with argon2id.
    pub fn new(password: &[u8], cost: &Cost) -> Result<Self, HashError> {
        Ok(Self { text: cost.hash(password)?, kind: Kind::Argon2 })
    }

    /// Reads a hash: `$argon2id$`, `$2y$` and its variants, `$y$`, `$6$`, `$5$`, `$1$`, `$apr1$`,
    /// `{SHA}`.
    pub fn parse(text: &str) -> Result<Self, HashError> {
        let kind = match text {
            _ if text.starts_with("$argon2") => argon::check(text).map(|()| Kind::Argon2)?,
            _ if ["$2a$", "$2b$", "$2y$"].iter().any(|id| text.starts_with(id)) => {
                check_bcrypt(text)?
            }
            _ if Yescrypt::is(text) => Yescrypt::parse(text).map(|_| Kind::Yescrypt)?,
            _ if text.starts_with("$6$") || text.starts_with("$5$") => check_sha_crypt(text)?,
            _ if text.starts_with("{SHA}") => check_sha1(text)?,
            _ if Md5Crypt::is(text) => match Md5Crypt::parse(text) {
                Some(_) => Kind::Md5Crypt,
                None => return Err(HashError::Malformed("MD5 crypt")),
            },
            _ => return Err(HashError::Unsupported(name_of(text))),
        };
        Ok(Self { text: text.to_owned(), kind })
    }

    /// Whether this is the password. Takes as long as the kind and its cost require.
    pub fn matches(&self, password: &[u8]) -> bool {
        match self.kind {
            Kind::Argon2 => argon::matches(&self.text, password),
            Kind::Bcrypt => bcrypt::verify(password, &self.text).unwrap_or(false),
            Kind::Yescrypt => Yescrypt::parse(&self.text).is_ok_and(|hash| hash.matches(password)),
            Kind::ShaCrypt => {
                sha_crypt::ShaCrypt::default().verify_password(password, self.text.as_str()).is_ok()
            }
            Kind::Md5Crypt => {
                Md5Crypt::parse(&self.text).is_some_and(|hash| hash.matches(password))
            }
            Kind::Sha1 => {
                let ours = format!("{{SHA}}{}", Base64::encode_string(&Sha1::digest(password)));
                ours.as_bytes().ct_eq(self.text.as_bytes()).into()
            }
        }
    }

    /// Whether [`PasswordHash::new`] would make the same kind today: argon2id with this cost.
    pub fn is_current(&self, cost: &Cost) -> bool {
        self.kind == Kind::Argon2 && cost.is_of(&self.text)
    }

    /// The name of the kind, for people.
    pub fn kind(&self) -> &'static str {
        match self.kind {
            Kind::Argon2 => "argon2",
            Kind::Bcrypt => "bcrypt",
            Kind::Yescrypt => "yescrypt",
            Kind::ShaCrypt => "SHA crypt",
            Kind::Md5Crypt => "MD5 crypt",
            Kind::Sha1 => "SHA-1",
        }
    }

    /// The text form, for storage.
    pub(crate) fn expose(&self) -> &str {
        &self.text
    }
}

fn check_bcrypt(text: &str) -> Result<Kind, HashError> {
    let parts: bcrypt::HashParts = text.parse().map_err(|_| HashError::Malformed("bcrypt"))?;
    if parts.get_cost() > MOST_BCRYPT {
        return Err(HashError::TooCostly("bcrypt"));
    }
    Ok(Kind::Bcrypt)
}

fn check_sha_crypt(text: &str) -> Result<Kind, HashError> {
    let malformed = || HashError::Malformed("SHA crypt");
    let mut fields = text.split('$').skip(2).peekable();
    let rounds = fields.peek().and_then(|field| field.strip_prefix("rounds="));
    if let Some(rounds) = rounds {
        let rounds: u32 = rounds.parse().map_err(|_| malformed())?;
        if rounds > MOST_ROUNDS {
            return Err(HashError::TooCostly("SHA crypt"));
        }
        if rounds < sha_crypt::Params::ROUNDS_MIN {
            return Err(malformed());
        }
        fields.next();
    }
    let length = if text.starts_with("$6$") { 86 } else { 43 };
    match (fields.next(), fields.next(), fields.next()) {
        (Some(salt), Some(hash), None) if salt.len() <= 16 && hash.len() == length => {
            Ok(Kind::ShaCrypt)
        }
        _ => Err(malformed()),
    }
}

fn check_sha1(text: &str) -> Result<Kind, HashError> {
    let mut digest = [0; 20];
    match Base64::decode(&text["{SHA}".len()..], &mut digest) {
        Ok(bytes) if bytes.len() == 20 => Ok(Kind::Sha1),
        _ => Err(HashError::Malformed("SHA-1")),
    }
}

/// The name of an unsupported kind of hash, and the reason if it is refused on purpose.
fn name_of(text: &str) -> &'static str {
    match text {
        _ if text.starts_with("$gy$") => "gost-yescrypt, which Packetboat does not support",
        _ if text.starts_with("$7$") => "scrypt, which Packetboat does not support",
        _ if text.starts_with("$2x$") => {
            "the broken variant of bcrypt, which accepts some wrong passwords"
        }
        _ if text.starts_with("$sha1$") => "SHA-1 crypt, which Packetboat does not support",
        _ if text.starts_with("$3$") => "NT hash, which Packetboat does not support",
        _ if text.starts_with('{') => "an LDAP scheme, which Packetboat does not support",
        // Such a hash would accept every password that begins with the same eight characters.
        _ if text.len() == 13 && !text.contains('$') => {
            "traditional DES crypt, which checks only 8 characters of a password and so accepts \
                wrong ones (or this is a password in clear)"
        }
        _ => "of an unknown kind, or a password in clear",
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PasswordHash({} ****)", self.kind())
    }
}

impl fmt::Display for HashError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsupported(kind) => {
                write!(f, "its password hash is {kind}; add the account with `user add`")
            }
            Self::Malformed(kind) => write!(f, "its password hash ({kind}) is malformed"),
            Self::TooCostly(kind) => {
                write!(f, "its password hash ({kind}) would take too long to check")
            }
            Self::NotMade(why) => write!(f, "the password cannot be hashed: {why}"),
        }
    }
}

impl std::error::Error for HashError {}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made with `openssl passwd` and crypt(3) from the password "correct horse".
    const KNOWN: &[(&str, &str)] = &[
        ("MD5 crypt", "$1$abcdefgh$y6iHhJNbuC0xpbk0w9pm80"),
        ("MD5 crypt", "$apr1$abcdefgh$sIQmFnT1CuEXAsyjuXjUX/"),
        ("SHA crypt", "$5$abcdefgh$ruMep1ijHnJPZbETDNiumskxcX3kN4lzZd5VlsqE7eB"),
        (
            "SHA crypt",
            "$6$abcdefgh$yIZAF3gQPvtKZO/9qOJKffAKKbtS3ef3qmwyugk4uWVjX8YZf/GV3A8SkFxEPY0T56CcilGrHKLffBsp6dLMG.",
        ),
        (
            "SHA crypt",
            "$6$rounds=2000$saltsalt$7XWe94aKSpXdt.mcPX0mtZOfDsLLLsXv9fC9Aqw7RMWEmNHLdnQ.qvDmFRka50GfByRK./c7TgsH1Npt3Yldk1",
        ),
        ("bcrypt", "$2b$04$yMJsojEgJy6pF9N8DknRT.qUndquzx5mJGgtf6aYeLk7wFZj9Uqoq"),
        ("bcrypt", "$2y$04$yMJsojEgJy6pF9N8DknRT.qUndquzx5mJGgtf6aYeLk7wFZj9Uqoq"),
        ("SHA-1", "{SHA}L55TUjtiq8FBorTWAZ0jy6g129A="),
    ];

    #[test]
    fn hashes_of_other_programs_are_checked() {
        for (kind, text) in KNOWN {
            let hash = PasswordHash::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(hash.kind(), *kind);
            assert!(hash.matches(b"correct horse"), "{text}");
            assert!(!hash.matches(b"correct horsf") && !hash.matches(b""), "{text}");
            assert!(!hash.is_current(&Cost::default()));
            assert!(!format!("{hash:?}").contains(&text[8..]));
        }
    }

    #[test]
    fn what_cannot_be_checked_is_named() {
        for (text, words) in [
            ("$gy$j9T$abcd$def", "gost-yescrypt"),
            ("$7$C6..../....abc", "scrypt"),
            ("ab1cD2efG3hIj", "only 8 characters"),
            ("ab1cD2efG3hIj", "`user add`"),
            ("secret", "in clear"),
            ("", "in clear"),
            ("$6$salt$short", "malformed"),
            ("$6$rounds=999999999$salt$x", "too long"),
            ("$2y$31$abcdefghijklmnopqrstuuWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW", "too long"),
            ("{SHA}####", "malformed"),
            ("$1$salt", "malformed"),
            ("$argon2id$nonsense", "malformed"),
            ("$argon2id$v=19$m=4194304,t=1,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA", "too long"),
        ] {
            let error = PasswordHash::parse(text).expect_err(text).to_string();
            assert!(error.contains(words), "{text}: {error}");
        }
    }
}
