//! The pumps: one for each kind of transfer, moving bytes one step at a time (see [`crate::lane`]).

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
pub(crate) use list::{ListPump, ListSource, fits_a_line, list_entry};
pub(crate) use receive::{Ending, ReceivePump};
pub(crate) use send::SendFilePump;

use rustix::net::SendFlags;

use crate::lane::PumpError;
use crate::wire::Wire;

/// A pump moves at most about this much before it checks whether to stop.
const STEP: usize = 4 << 20;

/// Bytes that wait for room on the wire.
#[derive(Debug, Default)]
struct Outgoing {
    bytes: Vec<u8>,
    sent: usize,
}

impl Outgoing {
    /// Empties the buffer, to be filled again.
    fn refill(&mut self) -> &mut Vec<u8> {
        self.bytes.clear();
        self.sent = 0;
        &mut self.bytes
    }

    /// The bytes in the buffer.
    fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Sends what the wire takes. Returns true when everything is sent.
    fn flush(&mut self, wire: &mut Wire<'_>, moved: &mut u64) -> Result<bool, PumpError> {
        self.flush_with(wire, moved, SendFlags::empty())
    }

    /// Like [`Self::flush`], if the socket is closed right afterwards: the last bytes wait for the
    /// end of the connection, and travel in one segment with it.
    fn flush_last(&mut self, wire: &mut Wire<'_>, moved: &mut u64) -> Result<bool, PumpError> {
        #[cfg(target_os = "linux")]
        const LAST: SendFlags = SendFlags::MORE;
        #[cfg(not(target_os = "linux"))]
        const LAST: SendFlags = SendFlags::empty();
        self.flush_with(wire, moved, LAST)
    }

    fn flush_with(
        &mut self,
        wire: &mut Wire<'_>,
        moved: &mut u64,
        flags: SendFlags,
    ) -> Result<bool, PumpError> {
        while self.sent < self.bytes.len() {
            let Some(count) = wire.send(&self.bytes[self.sent..], flags)? else {
                return Ok(false);
            };
            self.sent += count;
            *moved += count as u64;
        }
        Ok(true)
    }
}
