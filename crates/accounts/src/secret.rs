//! Secrets: how a password is kept, compared and made up.

use std::fmt;
use std::sync::OnceLock;

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::PasswordHash;

/// A password as it is kept: for as long as the process lives, or for longer. It has no text form.
pub struct Secret(Kept);

enum Kept {
    /// A hash under a key of this process.
    Keyed([u8; 32]),
    /// A hash that may lie on a disk.
    Hashed(PasswordHash),
}

/// The operating system gave no random bytes, so no secret can be kept.
#[derive(Debug)]
pub struct SecretError(getrandom::Error);

impl Secret {
    /// Keeps a password for as long as the process lives.
    pub fn new(password: &[u8]) -> Result<Self, SecretError> {
        Ok(Self(Kept::Keyed(digest(key()?, password))))
    }

    /// Whether this is the password, in a time that does not depend on where they differ.
    pub fn matches(&self, password: &[u8]) -> bool {
        match (&self.0, key()) {
            (Kept::Keyed(kept), Ok(key)) => kept.ct_eq(&digest(key, password)).into(),
            // Without a key no secret could have been made.
            (Kept::Keyed(_), Err(_)) => false,
            (Kept::Hashed(hash), _) => hash.matches(password),
        }
    }

    /// Whether to compare takes long on purpose.
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
        write!(f, "the operating system gives no random bytes: {}", self.0)
    }
}

impl std::error::Error for SecretError {}

/// A password of 20 letters and digits, about 114 bits, without those that look alike.
pub fn generate_password() -> Result<String, SecretError> {
    // 55 symbols; bytes from 220 up are thrown away so that each symbol is as likely as the others.
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
    // A fixed length of key in front: no two pairs of key and password give the same input.
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
