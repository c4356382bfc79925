//! argon2id, and what it costs.

use std::fmt;

use argon2::password_hash::phc;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};

use super::HashError;

/// The most memory, passes and lanes that a hash may ask for: 1 GiB is a login's fair share of no machine.
const MOST: (u32, u32, u32) = (1 << 20, 64, 16);

/// What argon2id costs: memory, passes over it, lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    memory: u32,
    passes: u32,
    lanes: u32,
}

impl Default for Cost {
    /// What the OWASP Password Storage Cheat Sheet asks for at least: 19 MiB, two passes, one lane.
    fn default() -> Self {
        Self { memory: 19_456, passes: 2, lanes: 1 }
    }
}

impl Cost {
    /// Reads `m=19456,t=2,p=1`: KiB of memory, passes, lanes.
    pub fn parse(text: &str) -> Result<Self, String> {
        let bad = || {
            format!(
                "{text:?} is no cost of argon2id; give KiB of memory, passes and lanes, such as m=19456,t=2,p=1, \
                 at most m={},t={},p={}",
                MOST.0, MOST.1, MOST.2
            )
        };
        let mut cost = Self::default();
        for part in text.split(',') {
            let (key, value) = part.split_once('=').ok_or_else(bad)?;
            let value = value.parse().map_err(|_| bad())?;
            match key.trim() {
                "m" => cost.memory = value,
                "t" => cost.passes = value,
                "p" => cost.lanes = value,
                _ => return Err(bad()),
            }
        }
        match cost.params() {
            Ok(_) if cost.is_bearable() => Ok(cost),
            _ => Err(bad()),
        }
    }

    /// The text form of a new hash of the password.
    pub(super) fn hash(&self, password: &[u8]) -> Result<String, HashError> {
        let not_made = |error: &dyn fmt::Display| HashError::NotMade(error.to_string());
        let mut salt = [0_u8; 16];
        getrandom::fill(&mut salt).map_err(|error| not_made(&error))?;
        let hash: phc::PasswordHash = self
            .argon()?
            .hash_password_with_salt(password, &salt)
            .map_err(|error| not_made(&error))?;
        Ok(hash.to_string())
    }

    /// The work of checking a password where there is no hash to check it against.
    pub(crate) fn work_for_nothing(&self, password: &[u8]) -> Result<(), HashError> {
        let mut out = [0_u8; Params::DEFAULT_OUTPUT_LEN];
        let hashed = self.argon()?.hash_password_into(password, &[0; 16], &mut out);
        std::hint::black_box(out);
        hashed.map_err(|error| HashError::NotMade(error.to_string()))
    }

    /// Whether a hash in text form is argon2id of this cost.
    pub(super) fn is_of(&self, text: &str) -> bool {
        let Ok(hash) = phc::PasswordHash::new(text) else { return false };
        hash.algorithm == argon2::ARGON2ID_IDENT
            && hash.version == Some(Version::V0x13.into())
            && of(&hash).is_some_and(|cost| cost == *self)
    }

    fn is_bearable(&self) -> bool {
        self.memory <= MOST.0 && self.passes <= MOST.1 && self.lanes <= MOST.2
    }

    fn params(&self) -> Result<Params, HashError> {
        Params::new(self.memory, self.passes, self.lanes, Some(Params::DEFAULT_OUTPUT_LEN))
            .map_err(|error| HashError::NotMade(error.to_string()))
    }

    fn argon(&self) -> Result<Argon2<'static>, HashError> {
        Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, self.params()?))
    }
}

/// As [`Cost::parse`] reads it.
impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "m={},t={},p={}", self.memory, self.passes, self.lanes)
    }
}

/// Whether a text is a hash of argon2 that can be checked in a bearable time.
pub(super) fn check(text: &str) -> Result<(), HashError> {
    const KIND: &str = "argon2";
    let hash = phc::PasswordHash::new(text).map_err(|_| HashError::Malformed(KIND))?;
    let cost = of(&hash).filter(|_| hash.hash.is_some() && hash.salt.is_some());
    let cost = cost.ok_or(HashError::Malformed(KIND))?;
    if cost.is_bearable() { Ok(()) } else { Err(HashError::TooCostly(KIND)) }
}

/// Whether this is the password of a hash in text form.
pub(super) fn matches(text: &str, password: &[u8]) -> bool {
    phc::PasswordHash::new(text)
        .is_ok_and(|hash| Argon2::default().verify_password(password, &hash).is_ok())
}

fn of(hash: &phc::PasswordHash) -> Option<Cost> {
    let params = Params::try_from(hash).ok()?;
    Some(Cost { memory: params.m_cost(), passes: params.t_cost(), lanes: params.p_cost() })
}

#[cfg(test)]
mod tests {
    use super::super::PasswordHash;
    use super::*;

    fn cheap() -> Cost {
        Cost::parse("m=8,t=1,p=1").expect("a cost")
    }

    #[test]
    fn a_hash_is_checked_and_knows_its_cost() {
        let hash = PasswordHash::new(b"pw", &cheap()).expect("a hash");
        assert!(hash.expose().starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{}", hash.expose());
        assert!(hash.matches(b"pw") && !hash.matches(b"pW"));
        assert!(hash.is_current(&cheap()) && !hash.is_current(&Cost::default()));
        let again = PasswordHash::parse(hash.expose()).expect("a hash");
        assert!(again.matches(b"pw") && again.is_current(&cheap()));
        let other = PasswordHash::new(b"pw", &cheap()).expect("a hash");
        assert_ne!(hash.expose(), other.expose(), "each has a salt of its own");
    }

    #[test]
    fn costs_are_read_and_unbearable_ones_refused() {
        assert_eq!(Cost::default().to_string(), "m=19456,t=2,p=1");
        assert_eq!(
            Cost::parse("t=3").map(|cost| cost.to_string()).as_deref(),
            Ok("m=19456,t=3,p=1")
        );
        for bad in ["", "m=1", "m=x", "t=0", "p=17", "m=2000000", "t=65", "z=1", "m"] {
            assert!(Cost::parse(bad).is_err(), "{bad}");
        }
        assert!(cheap().work_for_nothing(b"pw").is_ok());
    }
}
