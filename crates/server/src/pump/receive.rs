//! STOR, STOU and APPE in TYPE I, STRU F, MODE S: the socket to a file.

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

/// What is received before anything is stored; a small file needs no more. A full read makes the buffer
/// grow.
const SMALLEST_BUFFER: usize = SMALL_FILE;
const LARGEST_BUFFER: usize = 512 << 10;
/// How long the end of the control connection is waited for, at most, which is longer than TCP takes to send
/// one packet again; and about a hundredth of the upload's time.
const PATIENCE: Duration = Duration::from_millis(250);
/// After an upload shorter than this nothing is waited for.
const SHORT: Duration = Duration::from_millis(10);
/// An upload of nothing is waited for, however short: it is what a client leaves behind that dies before its first byte.
const EMPTY: Duration = Duration::from_millis(25);

/// Receives a file.
pub(crate) struct ReceivePump {
    /// `None` once it was committed.
    file: Option<Box<dyn WriteFile>>,
    ending: Ending,
    buffer: Vec<u8>,
    /// Bytes in the buffer that are not stored yet.
    filled: usize,
    /// It did not fit into the first buffer.
    is_large: bool,
    ended: bool,
    #[cfg(target_os = "linux")]
    pipe: PipeState,
}

/// Where a pump runs.
#[derive(Clone, Copy)]
pub(super) enum Thread {
    /// On the session's, which has acted on all that it has read.
    Session,
    /// On one beside it.
    Own,
}

/// What tells the end of a file from the end of its sender, where the data has no mark of its end.
pub(crate) struct Ending {
    /// The client's control connection: who dies in the middle of an upload closes both.
    control: Arc<TcpStream>,
    /// What its session has read already stops the transfer by this.
    handle: Arc<Handle>,
    /// How many bytes the client has announced, at least.
    at_least: Option<u64>,
    started: Instant,
    /// Some byte has come.
    pub(super) arrived: bool,
}

impl ReceivePump {
    /// Receives into the file.
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

    /// The file, if it was not committed, with all that has arrived: to be kept as a part.
    pub(crate) fn into_file(mut self) -> Option<Box<dyn WriteFile>> {
        if self.filled > 0 {
            // The transfer has failed already; if this fails too, the part is as long as it got.
            let _ = self.store();
        }
        self.file
    }

    /// Receives behind what is in the buffer; false if there is nothing now.
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

    /// Receives a small file whole, or the first buffer of a large one; false if more of it has to come.
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
        // What fails to be written was perhaps written in part, and must not be tried again.
        let filled = std::mem::take(&mut self.filled);
        file.write(&self.buffer[..filled])?;
        let full = filled == self.buffer.len();
        if full && self.buffer.len() < LARGEST_BUFFER {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        Ok(())
    }

    /// A large file: the kernel moves the bytes. True when the socket holds no more of them, or
    /// others may have their turn; false when the buffer has to do it, or nothing is left.
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
                // This kind of socket cannot be spliced; nothing was taken from it.
                Err(Errno::INVAL) => {
                    self.pipe = PipeState::Unusable;
                    return Ok(false);
                }
                Err(error) => return Err(PumpError::socket(error)),
            }
        }
        Ok(true)
    }

    /// All has arrived, so many bytes in this step: the file takes its place.
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
    /// For an upload that starts now.
    pub(crate) fn new(control: Arc<TcpStream>, handle: Arc<Handle>, at_least: Option<u64>) -> Self {
        Self { control, handle, at_least, started: Instant::now(), arrived: false }
    }

    /// TLS has an end of its own; without it, in MODE S the end of the connection is the end of the file (RFC
    /// 959 §3.4.1), also where the client died: its sockets are closed for it. A client that lives still holds
    /// the control connection. The two ends of a dead one arrive in any order, so after a long upload, and one of
    /// nothing, there is a short wait for it. A client that gives up sends ABOR and closes, which ends no file either. Nor
    /// does an end before all has come that was announced: whatever lies on the way may have made it. `last` is how many
    /// bytes this step has moved, which the handle does not know yet.
    pub(super) fn confirm(&self, thread: Thread, last: u64) -> Result<(), PumpError> {
        match unread(&self.control, self.patience()) {
            Unread::End => {
                let text = "the control connection was closed before the end was confirmed";
                Err(PumpError::Socket(std::io::Error::other(text)))
            }
            Unread::Abor => Err(PumpError::Aborted),
            // What was not there any more was read before this was asked.
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

/// How long the end of a control connection is waited for after an upload that took so long.
fn patience(upload: Duration, arrived: bool) -> Duration {
    let long = || (upload / 100).clamp(SHORT / 10, PATIENCE);
    match arrived {
        false => long().max(EMPTY),
        // It came in one go: whoever sent it lived to the end, and a timer costs more than the file.
        true if upload < SHORT => Duration::ZERO,
        true => long(),
    }
}

/// What a control connection brings that the session has not read yet.
enum Unread {
    /// Its end, and nothing before that.
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

/// Whether one of the lines is ABOR, perhaps behind the Telnet signals that go with it (RFC 959 §4.1.3).
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

    /// A small file is stored from here, where its storage does not wait for a disk.
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
