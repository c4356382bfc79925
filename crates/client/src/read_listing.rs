//! Reads a listing from a data connection into memory ([`gather`]), up to a limit, so that memory
//! does not grow with whatever a server sends. Parsing is in [`crate::list`].

use std::io::{self, Read};
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::time::timeout;

use crate::copy::{on_thread, socket_error};
use crate::error::{Error, Phase};
use crate::wire::{Blocking, DataStream};

/// The largest listing that the client accepts.
#[derive(Clone, Copy, Debug)]
struct Limits {
    bytes: usize,
    lines: usize,
}

/// Directories with a million files exist; this allows four times as many, with 128 bytes each. A
/// parsed entry takes up to 300 bytes more, so at worst a session holds less than 2 GiB, even if
/// all sessions of a tree list at once.
const LIMITS: Limits = Limits { bytes: 512 << 20, lines: 4 << 20 };

/// How much a blocking thread reads at a time.
const PIECE: u64 = 1 << 20;

/// Everything that arrives, up to the limits, and the error if it stopped before the end.
pub(crate) async fn gather(mut stream: DataStream, stall: Duration) -> (Vec<u8>, Option<Error>) {
    let mut gathered = Gathered::new(LIMITS);
    if stream.tls.is_some() {
        let read = on_thread(stream, stall, move |stream: &mut Blocking| {
            let error = gathered.read_from(stream, stall).err();
            (gathered.bytes, error)
        });
        return match read.await {
            Ok((read, _)) => read,
            Err(error) => (Vec::new(), Some(error)),
        };
    }
    let error = loop {
        match timeout(stall, stream.socket.read_buf(&mut gathered.bytes)).await {
            Ok(Ok(0)) => return (gathered.bytes, None),
            Ok(Ok(_)) => match gathered.count() {
                Ok(()) => {}
                Err(error) => break error,
            },
            Ok(Err(error)) => break Error::socket(Phase::Transfer, error),
            Err(_) => break Error::timed_out(Phase::Transfer, stall),
        }
    };
    (gathered.bytes, Some(error))
}

struct Gathered {
    bytes: Vec<u8>,
    /// How many of the bytes have been searched for line ends.
    counted: usize,
    lines: usize,
    limits: Limits,
}

impl Gathered {
    fn new(limits: Limits) -> Self {
        Self { bytes: Vec::new(), counted: 0, lines: 0, limits }
    }

    fn read_from(&mut self, stream: &mut impl Read, stall: Duration) -> Result<(), Error> {
        let mut failed = |error: io::Error| socket_error(error, stall);
        while stream.take(PIECE).read_to_end(&mut self.bytes).map_err(&mut failed)? > 0 {
            self.count()?;
        }
        Ok(())
    }

    /// Fails once a limit is exceeded.
    fn count(&mut self) -> Result<(), Error> {
        let fresh = &self.bytes[self.counted..];
        self.lines += fresh.iter().filter(|&&byte| byte == b'\n').count();
        self.counted = self.bytes.len();
        let what = match self.limits {
            Limits { bytes, .. } if self.bytes.len() > bytes => format!("{bytes} bytes"),
            Limits { lines, .. } if self.lines > lines => format!("{lines} entries"),
            _ => return Ok(()),
        };
        let what = format!("the listing has more than {what}, the most that this client accepts");
        Err(Error::protocol(Phase::Transfer, what).with_hint(TOO_LONG))
    }
}

/// The hint for a listing that is too long.
const TOO_LONG: &str = "a single file can still be fetched by its name; to list the directory, split it on the server. If it \
                        holds far fewer files, the server is faulty or malicious.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listing_is_taken_up_to_its_limits() {
        for (limits, fits) in [
            (Limits { bytes: 6, lines: 3 }, true),
            (Limits { bytes: 5, lines: 3 }, false),
            (Limits { bytes: 6, lines: 2 }, false),
        ] {
            let mut gathered = Gathered::new(limits);
            let read = gathered.read_from(&mut b"a\nb\nc\n".as_slice(), Duration::ZERO);
            assert_eq!(read.is_ok(), fits, "{limits:?} {read:?}");
            // The result is the same if it arrives in pieces.
            let mut gathered = Gathered::new(limits);
            let mut in_pieces = || {
                for piece in [b"a\nb".as_slice(), b"\n", b"c\n"] {
                    gathered.bytes.extend_from_slice(piece);
                    gathered.count()?;
                }
                Ok::<_, Error>(())
            };
            assert_eq!(in_pieces().is_ok(), fits, "{limits:?}");
        }
    }
}
