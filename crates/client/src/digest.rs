//! Hashes of local data, for comparison with those that a server reports ([`crate::hash`]).

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use packetboat_proto::client::HashAlgorithm;
use sha2::Digest as _;

/// A hash computation in progress.
enum Digest {
    Sha256(sha2::Sha256),
    Sha512(sha2::Sha512),
    Sha1(sha1::Sha1),
    Md5(md5::Md5),
    Crc32(crc32fast::Hasher),
}

/// The hash of bytes in memory, in lower-case hexadecimal digits.
pub(crate) fn digest_of(algorithm: HashAlgorithm, bytes: &[u8]) -> String {
    let mut digest = Digest::new(algorithm);
    digest.update(bytes);
    digest.finish()
}

impl Digest {
    fn new(algorithm: HashAlgorithm) -> Self {
        match algorithm {
            HashAlgorithm::Sha256 => Self::Sha256(sha2::Sha256::new()),
            HashAlgorithm::Sha512 => Self::Sha512(sha2::Sha512::new()),
            HashAlgorithm::Sha1 => Self::Sha1(sha1::Sha1::new()),
            HashAlgorithm::Md5 => Self::Md5(md5::Md5::new()),
            HashAlgorithm::Crc32 => Self::Crc32(crc32fast::Hasher::new()),
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha256(digest) => digest.update(bytes),
            Self::Sha512(digest) => digest.update(bytes),
            Self::Sha1(digest) => digest.update(bytes),
            Self::Md5(digest) => digest.update(bytes),
            Self::Crc32(digest) => digest.update(bytes),
        }
    }

    /// The hash in lower-case hexadecimal digits.
    fn finish(self) -> String {
        match self {
            Self::Sha256(digest) => hex(&digest.finalize()),
            Self::Sha512(digest) => hex(&digest.finalize()),
            Self::Sha1(digest) => hex(&digest.finalize()),
            Self::Md5(digest) => hex(&digest.finalize()),
            Self::Crc32(digest) => hex(&digest.finalize().to_be_bytes()),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The hash of the first `length` bytes of a local file, or of the whole file if it is shorter.
/// This blocks.
pub(crate) fn of_start(path: &Path, algorithm: HashAlgorithm, length: u64) -> io::Result<String> {
    let mut file = File::open(path)?.take(length);
    let mut digest = Digest::new(algorithm);
    let mut buffer = vec![0; 256 * 1024];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(digest.finish()),
            Ok(length) => digest.update(&buffer[..length]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// A writer that keeps only the hash of what is written.
#[derive(Clone)]
pub(crate) struct DigestWriter(Arc<Mutex<Digest>>);

impl DigestWriter {
    pub(crate) fn new(algorithm: HashAlgorithm) -> Self {
        Self(Arc::new(Mutex::new(Digest::new(algorithm))))
    }

    /// The hash of everything written since the last call.
    pub(crate) fn finish(&self, algorithm: HashAlgorithm) -> String {
        // Nothing panics while holding the lock, so there is no half-done update.
        let mut digest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *digest, Digest::new(algorithm)).finish()
    }
}

impl Write for DigestWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The well-known hashes of "abc" (FIPS 180, RFC 1321) and the check value of CRC-32.
    #[test]
    fn known_answers() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("f");
        std::fs::write(&path, "abc").expect("a file");
        for (algorithm, start, end) in [
            (HashAlgorithm::Sha256, "ba7816bf", "f20015ad"),
            (HashAlgorithm::Sha512, "ddaf35a1", "a54ca49f"),
            (HashAlgorithm::Sha1, "a9993e36", "9cd0d89d"),
            (HashAlgorithm::Md5, "90015098", "28e17f72"),
            (HashAlgorithm::Crc32, "352441c2", "352441c2"),
        ] {
            let hash = of_start(&path, algorithm, u64::MAX).expect("a hash");
            assert!(hash.starts_with(start) && hash.ends_with(end), "{algorithm}: {hash}");
            let mut writer = DigestWriter::new(algorithm);
            writer.write_all(b"a").and_then(|()| writer.write_all(b"bc")).expect("room");
            assert_eq!(writer.finish(algorithm), hash);
        }
    }
}
