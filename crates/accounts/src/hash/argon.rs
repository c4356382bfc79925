//! argon2id hashes and their cost.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use argon2::password_hash::phc;
use argon2::{Algorithm, Argon2, Block, Params, Version};

use super::HashError;

/// The most memory (in KiB) and lanes that a hash may use. 1 GiB is already more than one login
/// should get on any machine.
const MOST: (u32, u32) = (1 << 20, 16);
/// The highest product of memory and passes: 64 GiB are about ten seconds of work. The passes alone
/// say little: pure-pw uses 8 MiB and up to a thousand passes.
const MOST_WORK: u64 = 64 << 20;

/// The memory of finished hashes, reused for the next ones: as many blocks as were ever in use at
/// the same time. The system's allocator would otherwise keep as much for every thread that has
/// computed a hash, and any of many threads may compute the next one.
static KEPT: Mutex<Vec<Vec<Block>>> = Mutex::new(Vec::new());
/// The most memory kept from each hash, in blocks of 1 KiB. Anything beyond that, for an imported
/// hash, is freed.
const MOST_KEPT: usize = 64 << 10;

/// The cost of argon2id: memory, passes over it, lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    memory: u32,
    passes: u32,
    lanes: u32,
}

impl Default for Cost {
    /// The minimum of the OWASP Password Storage Cheat Sheet: 19 MiB, two passes, one lane.
    fn default() -> Self {
        Self { memory: 19_456, passes: 2, lanes: 1 }
    }
}

impl Cost {
    /// Reads `m=19456,t=2,p=1`: KiB of memory, passes, lanes.
    pub fn parse(text: &str) -> Result<Self, String> {
        let bad = || {
            format!(
                "{text:?} is not a cost of argon2id; give KiB of memory, passes and lanes, such as \
                    m=19456,t=2,p=1, with at most m={},p={}, and m times t at most {MOST_WORK}",
                MOST.0, MOST.1
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

    /// Hashes the password with a new salt, in text form.
    pub(super) fn hash(&self, password: &[u8]) -> Result<String, HashError> {
        let not_made = |error: &dyn fmt::Display| HashError::NotMade(error.to_string());
        let mut salt = [0_u8; 16];
        getrandom::fill(&mut salt).map_err(|error| not_made(&error))?;
        let mut out = [0_u8; Params::DEFAULT_OUTPUT_LEN];
        fill(&self.argon()?, password, &salt, &mut out).map_err(|error| not_made(&error))?;
        let params = self.params()?;
        let hash = phc::PasswordHash {
            algorithm: argon2::ARGON2ID_IDENT,
            version: Some(Version::V0x13.into()),
            params: phc::ParamsString::try_from(&params).map_err(|error| not_made(&error))?,
            salt: Some(phc::Salt::new(&salt).map_err(|error| not_made(&error))?),
            hash: Some(phc::Output::new(&out).map_err(|error| not_made(&error))?),
        };
        Ok(hash.to_string())
    }

    /// Takes the time of checking a password, when there is no hash to check against.
    pub(crate) fn work_for_nothing(&self, password: &[u8]) -> Result<(), HashError> {
        let mut out = [0_u8; Params::DEFAULT_OUTPUT_LEN];
        let hashed = fill(&self.argon()?, password, &[0; 16], &mut out);
        std::hint::black_box(out);
        hashed.map_err(|error| HashError::NotMade(error.to_string()))
    }

    /// Whether a hash in text form is argon2id with this cost.
    pub(super) fn is_of(&self, text: &str) -> bool {
        let Ok(hash) = phc::PasswordHash::new(text) else { return false };
        hash.algorithm == argon2::ARGON2ID_IDENT
            && hash.version == Some(Version::V0x13.into())
            && of(&hash).is_some_and(|cost| cost == *self)
    }

    fn is_bearable(&self) -> bool {
        let work = u64::from(self.memory) * u64::from(self.passes);
        self.memory <= MOST.0 && self.lanes <= MOST.1 && work <= MOST_WORK
    }

    fn params(&self) -> Result<Params, HashError> {
        Params::new(self.memory, self.passes, self.lanes, Some(Params::DEFAULT_OUTPUT_LEN))
            .map_err(|error| HashError::NotMade(error.to_string()))
    }

    fn argon(&self) -> Result<Argon2<'static>, HashError> {
        Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, self.params()?))
    }
}

/// In the form that [`Cost::parse`] reads.
impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "m={},t={},p={}", self.memory, self.passes, self.lanes)
    }
}

/// Whether a text is an argon2 hash that can be checked in acceptable time.
pub(super) fn check(text: &str) -> Result<(), HashError> {
    const KIND: &str = "argon2";
    let hash = phc::PasswordHash::new(text).map_err(|_| HashError::Malformed(KIND))?;
    let cost = of(&hash).filter(|_| hash.hash.is_some() && hash.salt.is_some());
    let cost = cost.ok_or(HashError::Malformed(KIND))?;
    if cost.is_bearable() { Ok(()) } else { Err(HashError::TooCostly(KIND)) }
}

/// Whether this password matches a hash in text form.
pub(super) fn matches(text: &str, password: &[u8]) -> bool {
    let Ok(hash) = phc::PasswordHash::new(text) else { return false };
    let (Some(salt), Some(wanted)) = (&hash.salt, &hash.hash) else { return false };
    let again = || {
        let algorithm = Algorithm::try_from(hash.algorithm.as_str()).ok()?;
        let version = hash.version.map_or(Ok(Version::V0x13), Version::try_from).ok()?;
        let argon = Argon2::new(algorithm, version, Params::try_from(&hash).ok()?);
        let mut out = vec![0; wanted.len()];
        fill(&argon, password, salt, &mut out).ok()?;
        phc::Output::new(&out).ok()
    };
    // This compares in constant time.
    again().is_some_and(|again| again == *wanted)
}

/// Computes a hash in memory from [`KEPT`].
fn fill(argon: &Argon2<'_>, password: &[u8], salt: &[u8], out: &mut [u8]) -> argon2::Result<()> {
    let kept = || KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    let mut memory = kept().pop().unwrap_or_default();
    let blocks = argon.params().block_count();
    if memory.len() < blocks {
        memory.resize(blocks, Block::default());
    }
    let made = argon.hash_password_into_with_memory(password, salt, out, &mut memory[..blocks]);
    if memory.len() > MOST_KEPT {
        memory.truncate(MOST_KEPT);
        memory.shrink_to_fit();
    }
    kept().push(memory);
    made
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

    /// Made by the reference implementation (`argon2` of Debian) from "password", with the salt "somesalt".
    #[test]
    fn hashes_of_others_are_checked_in_memory_that_was_used_before() {
        let known = [
            "$argon2id$v=19$m=64,t=2,p=1$c29tZXNhbHQ$FqGkmHNGCd0BRW2kBt6fPZ2pPmyGwwChL8FGUhTOSSI",
            "$argon2id$v=16$m=64,t=2,p=1$c29tZXNhbHQ$4nDCgqqi/MYvPUrUq8ZfVUrFto43iXYW7ryycatUzoI",
            "$argon2id$v=19$m=8192,t=5,p=1$c29tZXNhbHQ$zbYKy/DTYBYHxFoDYu6kRvkbxlopV6e9",
            "$argon2i$v=19$m=128,t=3,p=2$c29tZXNhbHQ$b/uwaZm9LYBZ53Eo9rxaiQkGnh1nFS6GxnA6iSk9rFI",
            "$argon2d$v=19$m=64,t=2,p=1$c29tZXNhbHQ$+SDZVThkhGWr7rpq4G6lMu0m3zFK/2AVAjfY/hFvYs0",
        ];
        for text in known {
            assert!(matches(text, b"password"), "{text}");
            assert!(!matches(text, b"Password"), "{text}");
        }
        let large = Cost::parse("m=70000,t=1,p=1").expect("a cost").hash(b"pw").expect("a hash");
        assert!(matches(&large, b"pw") && !matches(&large, b"pW"));
        let kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(kept.iter().all(|memory| memory.capacity() <= MOST_KEPT), "it is given back");
    }

    #[test]
    fn costs_are_read_and_unbearable_ones_refused() {
        assert_eq!(Cost::default().to_string(), "m=19456,t=2,p=1");
        assert_eq!(
            Cost::parse("t=3").map(|cost| cost.to_string()).as_deref(),
            Ok("m=19456,t=3,p=1")
        );
        for bad in ["", "m=1", "m=x", "t=0", "p=17", "m=2000000", "t=3450", "z=1", "m"] {
            assert!(Cost::parse(bad).is_err(), "{bad}");
        }
        assert!(Cost::parse("m=8192,t=1023,p=1").is_ok(), "little memory and many passes");
        assert!(cheap().work_for_nothing(b"pw").is_ok());
    }
}
