//! What moves the bytes of each kind of transfer, one step at a time (see [`crate::lane`]).

mod decoded;
mod encoded;
mod list;
#[cfg(target_os = "linux")]
mod pipe;
mod receive;
mod send;
#[cfg(test)]
mod tests;

pub(crate) use decoded::{DecodedPump, End};
pub(crate) use encoded::{EncodedPump, Source};
pub(crate) use list::{ListPump, ListSource, list_entry};
pub(crate) use receive::{Ending, ReceivePump};
pub(crate) use send::SendFilePump;

use std::io;
use std::os::fd::BorrowedFd;

use rustix::io::Errno;
use rustix::net::{SendFlags, send};

use crate::lane::PumpError;

/// A pump moves at most about this much before it looks whether it is to stop.
const STEP: usize = 4 << 20;

/// Bytes that wait for room in the socket.
#[derive(Debug, Default)]
struct Outgoing {
    bytes: Vec<u8>,
    sent: usize,
}

impl Outgoing {
    /// The empty buffer, to be filled anew.
    fn refill(&mut self) -> &mut Vec<u8> {
        self.bytes.clear();
        self.sent = 0;
        &mut self.bytes
    }

    /// What it was filled with.
    fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Sends what the socket takes; true when all is sent.
    fn flush(&mut self, socket: BorrowedFd<'_>, moved: &mut u64) -> Result<bool, PumpError> {
        self.flush_with(socket, moved, SendFlags::empty())
    }

    /// As [`Self::flush`], where the socket is closed right after it: the last bytes wait for the end of
    /// the connection and travel in one segment with it.
    fn flush_last(&mut self, socket: BorrowedFd<'_>, moved: &mut u64) -> Result<bool, PumpError> {
        #[cfg(target_os = "linux")]
        const LAST: SendFlags = SendFlags::MORE;
        #[cfg(not(target_os = "linux"))]
        const LAST: SendFlags = SendFlags::empty();
        self.flush_with(socket, moved, LAST)
    }

    fn flush_with(
        &mut self,
        socket: BorrowedFd<'_>,
        moved: &mut u64,
        flags: SendFlags,
    ) -> Result<bool, PumpError> {
        // The server ignores SIGPIPE as every Rust program does; the flag guards embedders.
        let flags = flags | SendFlags::NOSIGNAL | SendFlags::DONTWAIT;
        while self.sent < self.bytes.len() {
            match send(socket, &self.bytes[self.sent..], flags) {
                Ok(count) => {
                    self.sent += count;
                    *moved += count as u64;
                }
                Err(Errno::AGAIN) => return Ok(false),
                Err(Errno::INTR) => {}
                Err(error) => return Err(socket_error(error)),
            }
        }
        Ok(true)
    }
}

fn socket_error(error: Errno) -> PumpError {
    PumpError::Socket(io::Error::from(error))
}
