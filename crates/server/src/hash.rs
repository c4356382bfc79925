//! Hashes of files. The implementations use special instructions of the processor (SHA extensions,
//! carry-less multiplication). A file is read through one buffer.

use md5::Md5;
use packetboat_codes::Fault;
use packetboat_proto::server::{Algorithm, ByteRange};
use packetboat_store::{Progress, ReadFile, Result};
use sha1::Sha1;
use sha2::digest::DynDigest;
use sha2::{Sha256, Sha512};

use crate::page_buffer::PageBuffer;

/// Large enough that system calls cost little compared with hashing, small enough for a processor's
/// cache.
const BUFFER: usize = 256 << 10;

/// A hash function and its state.
enum Hasher {
    Digest(Box<dyn DynDigest>),
    Crc(crc32fast::Hasher),
}

impl Hasher {
    fn new(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Sha256 => Self::Digest(Box::new(Sha256::default())),
            Algorithm::Sha1 => Self::Digest(Box::new(Sha1::default())),
            Algorithm::Sha512 => Self::Digest(Box::new(Sha512::default())),
            Algorithm::Md5 => Self::Digest(Box::new(Md5::default())),
            Algorithm::Crc32 => Self::Crc(crc32fast::Hasher::new()),
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Digest(digest) => digest.update(bytes),
            Self::Crc(crc) => crc.update(bytes),
        }
    }

    fn finish(self) -> Vec<u8> {
        match self {
            Self::Digest(digest) => digest.finalize().into_vec(),
            Self::Crc(crc) => crc.finalize().to_be_bytes().to_vec(),
        }
    }
}

/// The bytes of a file that a range covers, as start and end (exclusive).
pub(crate) fn extent(range: ByteRange, len: u64) -> Result<(u64, u64)> {
    if range.start > len {
        return Err(Fault::BadRange.into());
    }
    Ok((range.start, range.end.map_or(len, |end| end.min(len))))
}

/// Hashes a range of a file.
pub(crate) fn hash(
    file: &dyn ReadFile,
    algorithm: Algorithm,
    (start, end): (u64, u64),
    progress: &Progress,
) -> Result<Vec<u8>> {
    let mut hasher = Hasher::new(algorithm);
    let mut buffer = PageBuffer::new(BUFFER);
    let mut offset = start;
    while offset < end {
        let wanted = usize::try_from(end - offset).unwrap_or(BUFFER).min(BUFFER);
        let count = file.read_at(offset, buffer.first_mut(wanted))?;
        if count == 0 {
            // The file is shorter than when it was opened.
            return Err(Fault::Changed.into());
        }
        hasher.update(buffer.first(count));
        offset += count as u64;
        progress.advance(count as u64)?;
    }
    Ok(hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check values for "abc" in the specifications (FIPS 180-4, RFC 1321), and the CRC-32 of
    /// "123456789".
    #[test]
    fn the_functions_are_the_published_ones() {
        for (algorithm, text, value) in [
            (Algorithm::Md5, "abc", "900150983cd24fb0d6963f7d28e17f72"),
            (Algorithm::Sha1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
            (
                Algorithm::Sha256,
                "abc",
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            ),
            (Algorithm::Crc32, "123456789", "cbf43926"),
        ] {
            let mut hasher = Hasher::new(algorithm);
            hasher.update(text.as_bytes());
            let hex: String = hasher.finish().iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(hex, value, "{algorithm:?}");
        }
        let mut hasher = Hasher::new(Algorithm::Sha512);
        hasher.update(b"abc");
        assert_eq!(hasher.finish()[..4], [0xdd, 0xaf, 0x35, 0xa1]);
    }

    #[test]
    fn ranges_end_with_the_file() {
        let range = |start, end| extent(ByteRange { start, end }, 10).map_err(|e| e.fault());
        assert_eq!(range(0, None), Ok((0, 10)));
        assert_eq!(range(3, Some(5)), Ok((3, 5)));
        assert_eq!(range(3, Some(99)), Ok((3, 10)));
        assert_eq!(range(10, None), Ok((10, 10)));
        assert_eq!(range(11, None), Err(Fault::BadRange));
    }
}
