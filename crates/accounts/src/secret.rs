//! [`Secret`]: keeping, comparing and generating passwords.

use std::fmt;
use std::sync::OnceLock;

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::PasswordHash;

/// A password in hashed form, for the lifetime of the process or from a database. It has no text
/// form.
pub struct Secret(Kept);

enum Kept {
    /// A hash under a key of this process.
    Keyed([u8; 32]),
    /// A hash that may be stored on disk.
    Hashed(PasswordHash),
}

/// The operating system supplied no random bytes, so no secret can be made.
#[derive(Debug)]
pub struct SecretError(getrandom::Error);

impl Secret {
    /// Hashes a password for the lifetime of the process.
    pub fn new(password: &[u8]) -> Result<Self, SecretError> {
        Ok(Self(Kept::Keyed(digest(key()?, password))))
    }

    /// Whether this is the password, compared in constant time.
    pub fn matches(&self, password: &[u8]) -> bool {
        match (&self.0, key()) {
            (Kept::Keyed(kept), Ok(key)) => kept.ct_eq(&digest(key, password)).into(),
            // A secret exists, so there is a key.
            (Kept::Keyed(_), Err(_)) => false,
            (Kept::Hashed(hash), _) => hash.matches(password),
        }
    }

    /// Whether comparing is slow on purpose.
    pub fn is_slow(&self) -> bool {
        matches!(self.0, Kept::Hashed(_))
    }
}

impl From<getrandom::Error> for SecretError {
    fn from(error: getrandom::Error) -> Self {
        Self(error)
    }
}

impl From<PasswordHash> for Secret {
    fn from(hash: PasswordHash) -> Self {
        Self(Kept::Hashed(hash))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(****)")
    }
}

impl fmt::Display for SecretError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the operating system supplies no random bytes: {}", self.0)
    }
}

impl std::error::Error for SecretError {}

/// A password of 20 letters and digits (about 114 bits) without characters that look alike.
pub fn generate_password() -> Result<String, SecretError> {
    // 55 symbols; bytes from 220 up are discarded so that every symbol is equally likely.
    const SYMBOLS: &[u8; 55] = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ2345678";
    let mut password = String::with_capacity(20);
    while password.len() < 20 {
        let mut random = [0_u8; 32];
        getrandom::fill(&mut random).map_err(SecretError)?;
        let usable = random.iter().filter(|&&byte| byte < 220);
        let symbols = usable.map(|&byte| char::from(SYMBOLS[usize::from(byte) % SYMBOLS.len()]));
        password.extend(symbols.take(20 - password.len()));
    }
    Ok(password)
}

fn digest(key: &[u8; 32], password: &[u8]) -> [u8; 32] {
    // The key in front has a fixed length, so no two pairs of key and password give the same input.
    Sha256::new().chain_update(key).chain_update(password).finalize().into()
}

fn key() -> Result<&'static [u8; 32], SecretError> {
    static KEY: OnceLock<[u8; 32]> = OnceLock::new();
    if let Some(key) = KEY.get() {
        return Ok(key);
    }
    let mut key = [0_u8; 32];
    getrandom::fill(&mut key).map_err(SecretError)?;
    Ok(KEY.get_or_init(|| key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_password_matches_and_nothing_shows() {
        let secret = Secret::new(b"open sesame").expect("random bytes");
        assert!(secret.matches(b"open sesame"));
        assert!(!secret.matches(b"open sesam"));
        assert!(!secret.matches(b""));
        assert_eq!(format!("{secret:?}"), "Secret(****)");
    }

    #[test]
    fn generated_passwords_are_long_and_differ() {
        let one = generate_password().expect("random bytes");
        let two = generate_password().expect("random bytes");
        assert_eq!((one.len(), two.len()), (20, 20));
        assert_ne!(one, two);
        assert!(one.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    }
}
