//! What verbs beyond RFC 959 ask of the driver: work that may take long ([`Task`]), facts to be set, and what
//! comes back.

use std::net::IpAddr;

use crate::pathname::Pathname;
use crate::time::Timestamp;

/// Work that may take minutes. While it runs STAT and NOOP are answered, and ABOR stops it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task {
    /// HASH, MD5, MMD5, XCRC and its like.
    Hash {
        /// The files, at least one.
        paths: Vec<Pathname>,
        /// The function.
        algorithm: Algorithm,
        /// Which bytes of each.
        range: ByteRange,
    },
    /// RMDA: a directory and all that is in it.
    RemoveTree(Pathname),
    /// DSIZ; without a pathname, of the working directory.
    TreeSize(Option<Pathname>),
    /// COMB: the parts are appended to the target in this order, then deleted.
    Combine {
        /// What they become.
        target: Pathname,
        /// What they are.
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

/// Bytes of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ByteRange {
    /// The offset of the first one.
    pub start: u64,
    /// The offset behind the last one; without it, the end of the file.
    pub end: Option<u64>,
}

/// A hash function, or the checksum CRC-32.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Algorithm {
    /// SHA-256.
    #[default]
    Sha256,
    /// SHA-1: against accidents only, as all that follow but SHA-512.
    Sha1,
    /// SHA-512.
    Sha512,
    /// MD5.
    Md5,
    /// The CRC-32 of Ethernet and ZIP.
    Crc32,
}

impl Algorithm {
    /// All of them, in the order of FEAT.
    pub const ALL: [Self; 5] = [Self::Sha256, Self::Sha1, Self::Sha512, Self::Md5, Self::Crc32];

    /// The name on the wire (IANA's hash function textual names, where it has one).
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "SHA-256",
            Self::Sha1 => "SHA-1",
            Self::Sha512 => "SHA-512",
            Self::Md5 => "MD5",
            Self::Crc32 => "CRC32",
        }
    }

    /// The function of that name, in any case of letters.
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
    /// The offset of the first byte that counted.
    pub start: u64,
    /// The offset behind the last one.
    pub end: u64,
    /// The value, high byte first.
    pub digest: Vec<u8>,
}

/// Facts of a file that can be set; what is not given stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SetFacts {
    /// The time of last modification.
    pub modified: Option<Timestamp>,
    /// The time of last access.
    pub accessed: Option<Timestamp>,
    /// The time of creation.
    pub created: Option<Timestamp>,
    /// Permission bits.
    pub mode: Option<u32>,
    /// The group, by its name or its number.
    pub group: Option<Vec<u8>>,
}

/// SITE WHO.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sessions {
    /// How many there are.
    pub count: usize,
    /// Who they are, where the account may know that.
    pub users: Option<Vec<SessionUser>>,
}

/// Who is at the other end of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionUser {
    /// The user; nothing before login.
    pub user: Option<Vec<u8>>,
    /// Where from.
    pub address: IpAddr,
}
