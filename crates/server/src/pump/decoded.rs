//! [`DecodedPump`]: STOR, STOU and APPE in any format other than TYPE I, STRU F, MODE S, from the
//! socket through a decoder to a file.

use std::sync::Arc;
use std::time::{Duration, Instant};

use packetboat_proto::encoding::{DecodeError, DecodeEvent, Decoder, Marker};
use packetboat_store::WriteFile;

use super::STEP;
use super::receive::{Ending, Thread};
use crate::lane::{Direction, Pump, PumpError, Step};
use crate::markers::{Markers, Stored};
use crate::wire::{Received, Wire};

/// How much is received at a time, at first and at most. A full read makes the buffer grow.
const SMALLEST_INPUT: usize = 16 << 10;
const LARGEST_INPUT: usize = 128 << 10;
/// How much is decoded at a time, since a few bytes of input may stand for very many.
const OUTPUT: usize = 256 << 10;
/// Bringing data to stable storage is costly, so markers in quick succession are synced together.
const SYNC_INTERVAL: Duration = Duration::from_millis(100);

/// How a file in this format ends.
pub(crate) enum End {
    /// With the connection; then [`Ending`] checks whether the client is still alive.
    Connection(Ending),
    /// With a mark in the data.
    Mark,
}

/// Receives a file through a decoder.
pub(crate) struct DecodedPump {
    /// `None` once the file was committed.
    file: Option<Box<dyn WriteFile>>,
    decoder: Decoder,
    end: End,
    markers: Arc<Markers>,
    /// Markers whose data was written, but may not be on stable storage yet.
    pending: Vec<Stored>,
    synced: Option<Instant>,
    input: Vec<u8>,
    /// The part of the input that is not decoded yet.
    unread: std::ops::Range<usize>,
    /// Whether the decoder may hold more than it has returned.
    more: bool,
    output: Vec<u8>,
    progress: Progress,
}

/// The progress of the data.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    Running,
    /// The client has closed the data connection.
    Closed,
    /// The data contained the end of the file.
    Complete,
}

impl DecodedPump {
    /// Creates a pump that receives into the file.
    pub(crate) fn new(
        file: Box<dyn WriteFile>,
        decoder: Decoder,
        end: End,
        markers: Arc<Markers>,
    ) -> Self {
        Self {
            file: Some(file),
            decoder,
            end,
            markers,
            pending: Vec::new(),
            synced: None,
            input: Vec::new(),
            unread: 0..0,
            more: false,
            output: Vec::new(),
            progress: Progress::Running,
        }
    }

    /// The file, if it was not committed, with everything that was decoded, to be kept as a part.
    pub(crate) fn into_file(self) -> Option<Box<dyn WriteFile>> {
        self.file
    }

    /// Receives the next piece, once the previous one is used up. Returns false if there is nothing
    /// now.
    fn receive(&mut self, wire: &mut Wire<'_>, moved: &mut u64) -> Result<bool, PumpError> {
        let length = self.input.len();
        if length == 0 {
            self.input.resize(SMALLEST_INPUT, 0);
        } else if self.unread.end == length && length < LARGEST_INPUT {
            self.input.resize(length * 2, 0);
        }
        match wire.receive(&mut self.input)? {
            Received::Nothing => return Ok(false),
            Received::End => self.progress = Progress::Closed,
            Received::Bytes(count) => {
                self.unread = 0..count;
                self.more = true;
                *moved += count as u64;
                if let End::Connection(ending) = &mut self.end {
                    ending.arrived = true;
                }
            }
        }
        Ok(true)
    }

    /// Decodes and writes what has been received, but no more than a step: a few bytes may stand
    /// for very many, and a transfer can only be stopped between two steps.
    fn decode(&mut self) -> Result<(), PumpError> {
        let mut written = 0;
        while self.more && written < STEP {
            self.output.clear();
            let input = &self.input[self.unread.clone()];
            let result = self.decoder.decode(input, &mut self.output, OUTPUT);
            // Valid data before an error is kept.
            self.write()?;
            let decoded = result.map_err(PumpError::Data)?;
            self.unread.start += decoded.consumed;
            written += self.output.len();
            self.more =
                !self.unread.is_empty() || self.output.len() == OUTPUT || decoded.event.is_some();
            if let Some(event) = decoded.event {
                self.take(event)?;
            }
            self.more &= self.progress != Progress::Complete;
        }
        Ok(())
    }

    fn write(&mut self) -> Result<(), PumpError> {
        match &mut self.file {
            Some(file) if !self.output.is_empty() => Ok(file.write(&self.output)?),
            _ => Ok(()),
        }
    }

    fn take(&mut self, event: DecodeEvent) -> Result<(), PumpError> {
        let Some(file) = &mut self.file else { return Ok(()) };
        match event {
            DecodeEvent::Marker(marker) => return self.mark(marker),
            DecodeEvent::SkipTo(offset) => file.skip_to(offset)?,
            DecodeEvent::EndOfFile => self.progress = Progress::Complete,
            // RFC 959 §3.4.2 leaves it to the receiver what to do with such data, and a client does
            // not want a file stored with a suspect block.
            DecodeEvent::Suspect => return Err(PumpError::Suspect),
        }
        Ok(())
    }

    /// RFC 1123 §4.1.3.4: the data before a marker must be on stable storage before 110 says so.
    fn mark(&mut self, marker: Marker) -> Result<(), PumpError> {
        let Some(file) = &self.file else { return Ok(()) };
        self.pending.push(Stored { marker, offset: file.position() });
        let due = self.synced.is_none_or(|at| at.elapsed() >= SYNC_INTERVAL);
        if due || self.pending.len() >= Markers::WAITING { self.sync() } else { Ok(()) }
    }

    fn sync(&mut self) -> Result<(), PumpError> {
        if let Some(file) = self.file.as_mut().filter(|_| !self.pending.is_empty()) {
            file.sync()?;
            self.synced = Some(Instant::now());
            self.markers.push(&mut self.pending).map_err(|_| PumpError::MarkersUnread)?;
        }
        Ok(())
    }

    /// The data has ended: checks that the file is complete, and commits it. `last` bytes arrived
    /// in this step.
    fn finish(&mut self, in_clear: bool, last: u64) -> Result<(), PumpError> {
        if self.progress == Progress::Closed {
            self.output.clear();
            let result = self.decoder.finish(&mut self.output);
            self.write()?;
            result.map_err(PumpError::Data)?;
            // TLS marks the end itself.
            if let End::Connection(ending) = &self.end
                && in_clear
            {
                ending.confirm(Thread::Own, last)?;
            }
        } else if !self.unread.is_empty() {
            return Err(PumpError::Data(DecodeError::AfterEnd));
        }
        self.sync()?;
        if let Some(file) = self.file.take() {
            file.commit()?;
        }
        Ok(())
    }
}

impl Pump for DecodedPump {
    fn direction(&self) -> Direction {
        Direction::Receive
    }

    fn step(&mut self, wire: &mut Wire<'_>, moved: &mut u64) -> Result<Step, PumpError> {
        let start = *moved;
        loop {
            self.decode()?;
            if self.more {
                return Ok(Step::More);
            }
            if self.progress != Progress::Running {
                self.finish(wire.raw().is_some(), *moved - start)?;
                return Ok(Step::Done);
            }
            if *moved - start >= STEP as u64 || !self.receive(wire, moved)? {
                return Ok(Step::Again);
            }
        }
    }
}
