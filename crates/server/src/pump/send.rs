//! [`SendFilePump`]: RETR in TYPE I, STRU F, MODE S, from a file to the socket. The kernel moves
//! the bytes of a large file.

use packetboat_codes::Fault;
use packetboat_store::{Error, ReadFile};

use super::{Outgoing, STEP};
use crate::lane::{Direction, Now, Pump, PumpError, Step};
use crate::wire::Wire;

/// The size of the buffer, if bytes go through one.
const BUFFER: usize = 128 << 10;
/// A file of at most this length is not worth switching to another thread.
const SMALL: u64 = 64 << 10;
/// How much one sendfile call moves. Less than the largest segment (64 KiB) lets TCP gather several
/// calls while an earlier segment is in transit. Whole segments are sent one by one, and each wakes
/// its receiver, which takes up to three times the processor time for one session over loopback.
#[cfg(target_os = "linux")]
const CHUNK: usize = 48 << 10;

/// Sends a file unchanged.
pub(crate) struct SendFilePump {
    file: Box<dyn ReadFile>,
    offset: u64,
    end: u64,
    buffer: Outgoing,
}

impl SendFilePump {
    /// Creates a pump for the bytes of the file from `offset` up to `end`.
    pub(crate) fn new(file: Box<dyn ReadFile>, offset: u64, end: u64) -> Self {
        Self { file, offset, end, buffer: Outgoing::default() }
    }

    /// A step through the buffer, for data connections under TLS and for storages whose files have
    /// no file descriptor.
    fn step_buffered(&mut self, wire: &mut Wire<'_>, moved: &mut u64) -> Result<Step, PumpError> {
        let start = *moved;
        while self.buffer.flush(wire, moved)? {
            if self.offset == self.end {
                return Ok(Step::Done);
            }
            if *moved - start >= STEP as u64 {
                return Ok(Step::Again);
            }
            let wanted = (self.end - self.offset).min(BUFFER as u64) as usize;
            let bytes = self.buffer.refill();
            read_some(&*self.file, &mut self.offset, wanted, bytes)?;
        }
        Ok(Step::Again)
    }
}

impl Pump for SendFilePump {
    fn direction(&self) -> Direction {
        Direction::Send
    }

    /// Sends a small file right here, if it is in memory.
    fn step_now(&mut self, wire: &mut Wire<'_>, moved: &mut u64) -> Result<Now, PumpError> {
        if !self.buffer.flush(wire, moved)? {
            return Ok(Now::Wait);
        }
        let left = self.end - self.offset;
        if left == 0 {
            return Ok(Now::Done);
        }
        if left > SMALL {
            return Ok(Now::Block);
        }
        let bytes = self.buffer.refill();
        bytes.resize(left as usize, 0);
        let Some(read) = self.file.read_now(self.offset, bytes) else {
            bytes.clear();
            return Ok(Now::Block);
        };
        let count = read?;
        if count == 0 {
            return Err(changed());
        }
        bytes.truncate(count);
        self.offset += count as u64;
        if self.offset < self.end {
            // The rest is not in memory.
            return Ok(Now::Block);
        }
        Ok(if self.buffer.flush_last(wire, moved)? { Now::Done } else { Now::Wait })
    }

    #[cfg(target_os = "linux")]
    fn step(&mut self, wire: &mut Wire<'_>, moved: &mut u64) -> Result<Step, PumpError> {
        use rustix::fs::sendfile;
        use rustix::io::Errno;

        if !self.buffer.flush(wire, moved)? {
            return Ok(Step::Again);
        }
        // The kernel knows nothing about TLS.
        let (Some(file), Some(socket)) = (self.file.as_fd(), wire.raw()) else {
            return self.step_buffered(wire, moved);
        };
        let mut budget = STEP;
        while self.offset < self.end {
            if budget == 0 {
                return Ok(Step::Again);
            }
            let count =
                (self.end - self.offset).min(wire.within_budget(budget.min(CHUNK)) as u64) as usize;
            if count == 0 {
                return Ok(Step::Again);
            }
            match sendfile(socket, file, Some(&mut self.offset), count) {
                // The file is shorter than when it was opened.
                Ok(0) => return Err(changed()),
                Ok(sent) => {
                    wire.spend(sent);
                    *moved += sent as u64;
                    budget -= sent.min(budget);
                }
                Err(Errno::AGAIN) => return Ok(Step::Again),
                Err(Errno::INTR) => {}
                Err(error @ (Errno::IO | Errno::STALE)) => {
                    return Err(PumpError::Storage(std::io::Error::from(error).into()));
                }
                Err(error) => return Err(PumpError::socket(error)),
            }
        }
        Ok(Step::Done)
    }

    #[cfg(not(target_os = "linux"))]
    fn step(&mut self, wire: &mut Wire<'_>, moved: &mut u64) -> Result<Step, PumpError> {
        self.step_buffered(wire, moved)
    }
}

/// Reads at most `wanted` bytes at `offset`. An early end of the file is an error.
fn read_some(
    file: &dyn ReadFile,
    offset: &mut u64,
    wanted: usize,
    into: &mut Vec<u8>,
) -> Result<(), PumpError> {
    into.resize(wanted, 0);
    let count = file.read_at(*offset, into)?;
    if count == 0 {
        return Err(changed());
    }
    into.truncate(count);
    *offset += count as u64;
    Ok(())
}

/// The error of a file that is shorter than when it was opened.
pub(super) fn changed() -> PumpError {
    PumpError::Storage(Error::from(Fault::Changed))
}
