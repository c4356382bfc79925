//! [`ReceivePump`]: STOR, STOU and APPE in TYPE I, STRU F, MODE S, from the socket to a file.
//! [`Ending`] decides whether an upload is complete.

use std::os::fd::AsFd as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use packetboat_store::{SMALL_FILE, WriteFile};
use rustix::io::Errno;
use rustix::net::{RecvFlags, recv};
use tokio::net::TcpStream;

use super::STEP;
#[cfg(target_os = "linux")]
use super::pipe::{self, PipeState};
use crate::handle::Handle;
use crate::lane::{Direction, Now, Pump, PumpError, Step};
use crate::wire::{Received, Wire, is_ready};

/// How much is received before anything is stored; a small file needs no more. A full read makes
/// the buffer grow.
const SMALLEST_BUFFER: usize = SMALL_FILE;
const LARGEST_BUFFER: usize = 512 << 10;
/// How long to wait for the end of the control connection: at most this long, which is longer than
/// TCP takes to repeat one packet, and about a hundredth of the upload's time.
const PATIENCE: Duration = Duration::from_millis(250);
/// After an upload shorter than this, there is no wait.
const SHORT: Duration = Duration::from_millis(10);
/// The wait after an empty upload, however short: a client that dies before its first byte leaves
/// one behind.
const EMPTY: Duration = Duration::from_millis(25);

/// Receives a file.
pub(crate) struct ReceivePump {
    /// `None` once the file was committed.
    file: Option<Box<dyn WriteFile>>,
    ending: Ending,
    buffer: Vec<u8>,
    /// Bytes in the buffer that have not been stored yet.
    filled: usize,
    /// Whether the file did not fit into the first buffer.
    is_large: bool,
    ended: bool,
    #[cfg(target_os = "linux")]
    pipe: PipeState,
}

/// Where a pump runs.
#[derive(Clone, Copy)]
pub(super) enum Thread {
    /// On the session's thread, so the session has acted on everything that it has read.
    Session,
    /// On another thread.
    Own,
}

/// Tells the end of a file from the death of its sender, if the data contains no mark of its end.
pub(crate) struct Ending {
    /// The client's control connection: a client that dies in the middle of an upload closes both.
    control: Arc<TcpStream>,
    /// Shows whether a command that the session has already read stopped the transfer.
    handle: Arc<Handle>,
    /// The least number of bytes that the client announced.
    at_least: Option<u64>,
    started: Instant,
    /// Whether any byte has arrived.
    pub(super) arrived: bool,
}

impl ReceivePump {
    /// Creates a pump that receives into the file.
    pub(crate) fn new(file: Box<dyn WriteFile>, ending: Ending) -> Self {
        Self {
            file: Some(file),
            ending,
            buffer: Vec::new(),
            filled: 0,
            is_large: false,
            ended: false,
            #[cfg(target_os = "linux")]
            pipe: PipeState::None,
        }
    }

    /// The file, if it was not committed, with everything that has arrived, to be kept as a part.
    pub(crate) fn into_file(mut self) -> Option<Box<dyn WriteFile>> {
        if self.filled > 0 {
            // The transfer has already failed. If this fails too, the part is merely shorter.
            let _ = self.store();
        }
        self.file
    }

    /// Receives into the rest of the buffer. Returns false if there is nothing now.
    fn receive(&mut self, wire: &mut Wire<'_>, moved: &mut u64) -> Result<bool, PumpError> {
        if self.buffer.is_empty() {
            self.buffer.resize(SMALLEST_BUFFER, 0);
        }
        match wire.receive(&mut self.buffer[self.filled..])? {
            Received::Nothing => return Ok(false),
            Received::End => self.ended = true,
            Received::Bytes(count) => {
                self.ending.arrived = true;
                self.filled += count;
                *moved += count as u64;
            }
        }
        Ok(true)
    }

    /// Receives a whole small file, or the first buffer of a large one. Returns false if more must
    /// arrive first.
    fn gather(&mut self, wire: &mut Wire<'_>, moved: &mut u64) -> Result<bool, PumpError> {
        while !self.ended && (self.buffer.is_empty() || self.filled < self.buffer.len()) {
            if !self.receive(wire, moved)? {
                return Ok(false);
            }
        }
        self.is_large = !self.ended;
        Ok(true)
    }

    fn store(&mut self) -> Result<(), PumpError> {
        let Some(file) = &mut self.file else { return Ok(()) };
        // A failed write may have written some of the bytes, and must not be repeated.
        let filled = std::mem::take(&mut self.filled);
        file.write(&self.buffer[..filled])?;
        let full = filled == self.buffer.len();
        if full && self.buffer.len() < LARGEST_BUFFER {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        Ok(())
    }

    /// Lets the kernel move the bytes of a large file. Returns true if the socket has no more bytes
    /// now, or others get their turn; false if the buffer has to be used, or nothing is left.
    #[cfg(target_os = "linux")]
    fn splices(&mut self, wire: &mut Wire<'_>, moved: &mut u64) -> Result<bool, PumpError> {
        let Some(socket) = wire.raw() else { return Ok(false) };
        let Some(file) = &mut self.file else { return Ok(false) };
        let Some(pipe) = pipe::ready(&mut self.pipe) else { return Ok(false) };
        let start = *moved;
        while *moved - start < STEP as u64 {
            let may = wire.within_budget(STEP);
            if may == 0 {
                return Ok(true);
            }
            match pipe.fill(socket, may) {
                Ok(0) => {
                    self.ended = true;
                    return Ok(false);
                }
                Ok(count) => {
                    wire.spend(count);
                    *moved += count as u64;
                    pipe::drain(pipe, count, &mut **file)?;
                }
                Err(Errno::AGAIN) => return Ok(true),
                Err(Errno::INTR) => {}
                // This kind of socket cannot be spliced; nothing was read from it.
                Err(Errno::INVAL) => {
                    self.pipe = PipeState::Unusable;
                    return Ok(false);
                }
                Err(error) => return Err(PumpError::socket(error)),
            }
        }
        Ok(true)
    }

    /// Everything has arrived, the last `last` bytes in this step: commits the file.
    fn finish(&mut self, wire: &Wire<'_>, thread: Thread, last: u64) -> Result<(), PumpError> {
        if wire.raw().is_some() {
            self.ending.confirm(thread, last)?;
        }
        if let Some(file) = self.file.take() {
            file.commit()?;
        }
        Ok(())
    }
}

impl Ending {
    /// Creates the check for an upload that starts now.
    pub(crate) fn new(control: Arc<TcpStream>, handle: Arc<Handle>, at_least: Option<u64>) -> Self {
        Self { control, handle, at_least, started: Instant::now(), arrived: false }
    }

    /// Confirms that the end of the data is the end of the file. TLS marks the end itself. Without
    /// TLS, in MODE S, the end of the connection is the end of the file (RFC 959 §3.4.1), even if
    /// the client died, since the system then closes its sockets. A client that is alive still
    /// holds the control connection. The ends of both connections of a dead client arrive in any
    /// order, so after a long upload, or an empty one, there is a short wait for the second. A
    /// client that gives up sends ABOR and closes, which does not end a file either. Nor does an
    /// end before all announced data has arrived, since something on the way may have caused it.
    /// `last` is the number of bytes moved in this step, which the handle does not include yet.
    pub(super) fn confirm(&self, thread: Thread, last: u64) -> Result<(), PumpError> {
        match unread(&self.control, self.patience()) {
            Unread::End => {
                let text = "the control connection was closed before the end was confirmed";
                Err(PumpError::Socket(std::io::Error::other(text)))
            }
            Unread::Abor => Err(PumpError::Aborted),
            // Commands that are no longer in the socket were read by the session before.
            Unread::Other => match thread {
                Thread::Session if self.handle.is_aborted() => Err(PumpError::Aborted),
                Thread::Own if self.handle.is_aborted_by_now() => Err(PumpError::Aborted),
                _ => self.all_has_come(last),
            },
        }
    }

    fn all_has_come(&self, last: u64) -> Result<(), PumpError> {
        let arrived = self.handle.moved() + last;
        match self.at_least.filter(|announced| arrived < *announced) {
            Some(announced) => Err(PumpError::Early(announced)),
            None => Ok(()),
        }
    }

    /// Whether [`Self::confirm`] may wait.
    fn takes_patience(&self) -> bool {
        self.patience() > Duration::ZERO
    }

    fn patience(&self) -> Duration {
        patience(self.started.elapsed(), self.arrived)
    }
}

/// How long to wait for the end of the control connection after an upload that took this long.
fn patience(upload: Duration, arrived: bool) -> Duration {
    let long = || (upload / 100).clamp(SHORT / 10, PATIENCE);
    match arrived {
        false => long().max(EMPTY),
        // The file arrived at once, so its sender lived to the end, and a timer would cost more
        // than the file.
        true if upload < SHORT => Duration::ZERO,
        true => long(),
    }
}

/// What the control connection contains that the session has not read yet.
enum Unread {
    /// Its end, and nothing before it.
    End,
    /// A command to stop the transfer.
    Abor,
    /// Anything else, or nothing.
    Other,
}

fn unread(control: &TcpStream, patience: Duration) -> Unread {
    let waits = patience > Duration::ZERO;
    if waits && !matches!(is_ready(control.as_fd(), Direction::Receive, patience), Ok(true)) {
        return Unread::Other;
    }
    let mut bytes = [0_u8; 256];
    match recv(control.as_fd(), &mut bytes, RecvFlags::PEEK | RecvFlags::DONTWAIT) {
        Ok((_, 0)) => Unread::End,
        Ok((_, count)) if asks_to_abort(&bytes[..count]) => Unread::Abor,
        Ok(_) | Err(Errno::AGAIN | Errno::INTR) => Unread::Other,
        Err(_) => Unread::End,
    }
}

/// Whether one of the lines is ABOR, possibly after the Telnet signals that go with it (RFC 959
/// §4.1.3).
fn asks_to_abort(bytes: &[u8]) -> bool {
    const FIRST_OF_TELNET: u8 = 0xF0;
    bytes.split(|byte| *byte == b'\n').any(|line| {
        let signals = line.iter().take_while(|byte| **byte >= FIRST_OF_TELNET).count();
        line[signals..].trim_ascii_end().eq_ignore_ascii_case(b"ABOR")
    })
}

impl Pump for ReceivePump {
    fn direction(&self) -> Direction {
        Direction::Receive
    }

    /// Stores a small file right here, if the storage does not wait for a disk.
    fn step_now(&mut self, wire: &mut Wire<'_>, moved: &mut u64) -> Result<Now, PumpError> {
        if !self.file.as_ref().is_some_and(|file| file.stores_now()) {
            return Ok(Now::Block);
        }
        if !self.gather(wire, moved)? {
            return Ok(Now::Wait);
        }
        if self.is_large || self.ending.takes_patience() {
            return Ok(Now::Block);
        }
        self.store()?;
        self.finish(wire, Thread::Session, *moved)?;
        Ok(Now::Done)
    }

    fn step(&mut self, wire: &mut Wire<'_>, moved: &mut u64) -> Result<Step, PumpError> {
        let start = *moved;
        if !self.is_large && !self.gather(wire, moved)? {
            return Ok(Step::Again);
        }
        loop {
            self.store()?;
            #[cfg(target_os = "linux")]
            if !self.ended && self.splices(wire, moved)? {
                return Ok(Step::Again);
            }
            if self.ended {
                self.finish(wire, Thread::Own, *moved - start)?;
                return Ok(Step::Done);
            }
            if *moved - start >= STEP as u64 || !self.receive(wire, moved)? {
                return Ok(Step::Again);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn abor_is_found_among_what_was_not_read() {
        for bytes in
            [&b"ABOR\r\n"[..], b"\xFF\xF4\xFF\xF2abor\r\n", b"NOOP\r\nABOR\r\n", b"\xF2ABOR\r\n"]
        {
            assert!(asks_to_abort(bytes), "{bytes:?}");
        }
        for bytes in [&b"QUIT\r\n"[..], b"", b"\xFF\xF4", b"STOR ABOR\r\n", b"ABORT\r\n"] {
            assert!(!asks_to_abort(bytes), "{bytes:?}");
        }
    }

    #[test]
    fn a_client_that_died_is_waited_for_after_long_uploads_and_empty_ones() {
        let (instant, minute) = (Duration::from_micros(200), Duration::from_secs(60));
        assert_eq!(patience(instant, true), Duration::ZERO);
        assert_eq!(patience(instant, false), EMPTY);
        assert_eq!(patience(Duration::from_secs(1), true), SHORT);
        assert_eq!(patience(minute, true), PATIENCE);
        assert_eq!(patience(minute, false), PATIENCE);
    }
}
