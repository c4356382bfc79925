//! MD5 crypt, `$1$` of crypt(3) and `$apr1$` of htpasswd: a thousand rounds of MD5. It is far too
//! fast today, so it is only checked until the owner's first login renews the hash.

use md5::{Digest as _, Md5};
use subtle::ConstantTimeEq as _;

/// The order in which the digest's bytes are encoded, three bytes to four characters.
const ORDER: [[usize; 3]; 5] = [[0, 6, 12], [1, 7, 13], [2, 8, 14], [3, 9, 15], [4, 10, 5]];
const ALPHABET: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const ROUNDS: usize = 1_000;
const LONGEST_SALT: usize = 8;

/// A parsed hash.
pub(super) struct Md5Crypt<'a> {
    magic: &'static str,
    salt: &'a str,
    digest: &'a str,
}

impl<'a> Md5Crypt<'a> {
    /// Whether a text has the prefix of this kind.
    pub(super) fn is(text: &str) -> bool {
        magic(text).is_some()
    }

    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let magic = magic(text)?;
        let (salt, digest) = text[magic.len()..].split_once('$')?;
        let fits = salt.len() <= LONGEST_SALT && digest.len() == 22;
        let known = digest.bytes().all(|byte| ALPHABET.contains(&byte));
        (fits && known).then_some(Self { magic, salt, digest })
    }

    pub(super) fn matches(&self, password: &[u8]) -> bool {
        let ours = encode(&digest(password, self.salt.as_bytes(), self.magic.as_bytes()));
        ours.as_bytes().ct_eq(self.digest.as_bytes()).into()
    }
}

fn magic(text: &str) -> Option<&'static str> {
    ["$1$", "$apr1$"].into_iter().find(|magic| text.starts_with(magic))
}

fn digest(password: &[u8], salt: &[u8], magic: &[u8]) -> [u8; 16] {
    let inner =
        Md5::new().chain_update(password).chain_update(salt).chain_update(password).finalize();
    let mut first = Md5::new().chain_update(password).chain_update(magic).chain_update(salt);
    for start in (0..password.len()).step_by(inner.len()) {
        first.update(&inner[..(password.len() - start).min(inner.len())]);
    }
    // For each bit of the length, starting with the lowest: a zero, or the password's first byte.
    let mut length = password.len();
    while length > 0 {
        match password.first() {
            Some(byte) if length & 1 == 0 => first.update([*byte]),
            _ => first.update([0]),
        }
        length >>= 1;
    }
    let mut result: [u8; 16] = first.finalize().into();
    for round in 0..ROUNDS {
        result = next(&result, round, password, salt);
    }
    result
}

fn next(before: &[u8; 16], round: usize, password: &[u8], salt: &[u8]) -> [u8; 16] {
    let (head, tail) =
        if round % 2 == 1 { (password, &before[..]) } else { (&before[..], password) };
    let mut hash = Md5::new().chain_update(head);
    if !round.is_multiple_of(3) {
        hash.update(salt);
    }
    if !round.is_multiple_of(7) {
        hash.update(password);
    }
    hash.chain_update(tail).finalize().into()
}

fn encode(digest: &[u8; 16]) -> String {
    let mut text = String::with_capacity(22);
    let mut push = |mut number: u32, characters: usize| {
        for _ in 0..characters {
            text.push(char::from(ALPHABET[(number & 63) as usize]));
            number >>= 6;
        }
    };
    for three in ORDER {
        push(three.iter().fold(0, |number, &place| number << 8 | u32::from(digest[place])), 4);
    }
    push(u32::from(digest[11]), 2);
    text
}
