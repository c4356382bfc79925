//! What verbs beyond RFC 959 ask of the driver, and the results: [`Task`]s, which may take long,
//! facts to set ([`SetFacts`]), hashes and sessions.

use std::net::IpAddr;

use crate::pathname::Pathname;
use crate::time::Timestamp;

/// Work that may take minutes. While it runs, STAT and NOOP are answered, and ABOR stops it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task {
    /// HASH, MD5, MMD5, XCRC and similar verbs.
    Hash {
        /// The files, at least one.
        paths: Vec<Pathname>,
        /// The function.
        algorithm: Algorithm,
        /// The bytes of each file to hash.
        range: ByteRange,
    },
    /// RMDA: a directory and everything in it.
    RemoveTree(Pathname),
    /// DSIZ; if there is no pathname, of the working directory.
    TreeSize(Option<Pathname>),
    /// COMB: the parts are appended to the target in this order, then deleted.
    Combine {
        /// The file that the parts are appended to.
        target: Pathname,
        /// The parts.
        parts: Vec<Pathname>,
    },
    /// SITE CPTO.
    Copy {
        /// The pathname given by SITE CPFR.
        from: Pathname,
        /// The pathname given by SITE CPTO.
        to: Pathname,
    },
}

/// A range of bytes of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ByteRange {
    /// The offset of the first byte.
    pub start: u64,
    /// The offset after the last byte; if absent, the end of the file.
    pub end: Option<u64>,
}

/// A hash function, or the checksum CRC-32.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Algorithm {
    /// SHA-256.
    #[default]
    Sha256,
    /// SHA-1. Protects against accidents only, as do MD5 and CRC-32.
    Sha1,
    /// SHA-512.
    Sha512,
    /// MD5.
    Md5,
    /// The CRC-32 of Ethernet and ZIP.
    Crc32,
}

impl Algorithm {
    /// All functions, in the order of FEAT.
    pub const ALL: [Self; 5] = [Self::Sha256, Self::Sha1, Self::Sha512, Self::Md5, Self::Crc32];

    /// The name on the wire: IANA's hash function textual name, if there is one.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "SHA-256",
            Self::Sha1 => "SHA-1",
            Self::Sha512 => "SHA-512",
            Self::Md5 => "MD5",
            Self::Crc32 => "CRC32",
        }
    }

    /// The function of that name, case-insensitive.
    pub fn parse(name: &[u8]) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.name().as_bytes().eq_ignore_ascii_case(name))
    }
}

/// The hash of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hashed {
    /// The pathname as it was sent.
    pub path: Pathname,
    /// The offset of the first byte hashed.
    pub start: u64,
    /// The offset after the last byte hashed.
    pub end: u64,
    /// The hash value, most significant byte first.
    pub digest: Vec<u8>,
}

/// Facts of a file to set; facts that are absent stay unchanged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SetFacts {
    /// The modification time.
    pub modified: Option<Timestamp>,
    /// The access time.
    pub accessed: Option<Timestamp>,
    /// The creation time.
    pub created: Option<Timestamp>,
    /// Permission bits.
    pub mode: Option<u32>,
    /// The group, by name or number.
    pub group: Option<Vec<u8>>,
}

/// The result of SITE WHO.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sessions {
    /// The number of sessions.
    pub count: usize,
    /// The sessions, if the account may see them.
    pub users: Option<Vec<SessionUser>>,
}

/// The user and the address of one session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionUser {
    /// The user; `None` before login.
    pub user: Option<Vec<u8>>,
    /// The client's address.
    pub address: IpAddr,
}
