//! Copies a file through an encoder or a decoder on a blocking thread: text, records, pages, blocks
//! and compressed data (RFC 959 §3). If the data marks the end of the file, the connection is
//! returned for the next file. Transfers of unchanged bytes are in [`crate::copy`].

use std::io::{self, Read, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use packetboat_proto::encoding::{
    DecodeError, DecodeEvent, Decoder, Encoder, FileStructure, Format, Marker, Settings,
};
use tokio::net::TcpStream;

use crate::copy::{Copied, HangUp, Meter, SHRUNK, Sink, Target, on_thread, socket_error};
use crate::error::{Error, Phase};
use crate::restart::RestartPoint;
use crate::source::Source;
use crate::wire::{Blocking, DataStream};

/// How much is read or decoded at a time.
const PIECE: usize = 128 * 1024;
/// How often the last marker is saved during a transfer.
const NOTE_EVERY: Duration = Duration::from_millis(250);

/// How a file is encoded on the data connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Coding {
    pub(crate) format: Format,
    pub(crate) settings: Settings,
}

/// How a copy through an encoder or a decoder ended.
pub(crate) struct Moved {
    pub(crate) copied: Copied,
    /// Where the transfer can be resumed: the last marker received.
    pub(crate) point: Option<RestartPoint>,
    /// The connection, if it can carry another file.
    pub(crate) stream: Option<TcpStream>,
    /// The connection of an upload that stopped early, still open.
    pub(crate) hang_up: Option<HangUp>,
}

/// Receives one file.
pub(crate) async fn receive(
    stream: DataStream,
    sink: Sink,
    coding: Coding,
    stall: Duration,
    meter: &Meter,
) -> Moved {
    let meter = meter.clone();
    let copy = move |stream: &mut Blocking| {
        let mut receiving = match Receiving::new(sink, coding, meter) {
            Ok(receiving) => receiving,
            Err(error) => return (Copied::failed(0, error), None),
        };
        let error = receiving.run(stream, stall).err();
        let (bytes, on_wire) = (receiving.bytes, receiving.on_wire);
        let (error, point) = receiving.end(error);
        (Copied { bytes, on_wire, error }, point)
    };
    settle(on_thread(stream, stall, copy).await, coding)
}

/// Sends one file from an offset on.
pub(crate) async fn send(
    stream: DataStream,
    source: Source,
    coding: Coding,
    stall: Duration,
    meter: &Meter,
) -> Moved {
    let meter = meter.clone();
    let copy = move |stream: &mut Blocking| {
        let (mut bytes, mut on_wire) = (0, 0);
        let sent = send_blocking(stream, &source, coding, stall, &mut |length, encoded| {
            bytes += length as u64;
            on_wire += encoded as u64;
            meter.add(length);
        });
        (Copied { bytes, on_wire, error: sent.err() }, None)
    };
    settle(on_thread(stream, stall, copy).await, coding)
}

type Ended = (Copied, Option<RestartPoint>);

fn settle(ended: Result<(Ended, HangUp), Error>, coding: Coding) -> Moved {
    let ((copied, point), hang_up) = match ended {
        Ok(ended) => ended,
        Err(error) => {
            let copied = Copied::failed(0, error);
            return Moved { copied, point: None, stream: None, hang_up: None };
        }
    };
    if copied.failed_here() {
        return Moved { copied, point, stream: None, hang_up: Some(hang_up) };
    }
    // Dropping the guard closes the connection.
    let keep = copied.error.is_none() && coding.format.keeps_connection();
    let stream = if keep { hang_up.release() } else { None };
    Moved { copied, point, stream, hang_up: None }
}

struct Receiving {
    target: Target,
    decoder: Decoder,
    format: Format,
    out: Vec<u8>,
    /// Where in the file the next byte goes.
    position: u64,
    bytes: u64,
    on_wire: u64,
    /// The file ends in a hole.
    hole: bool,
    point: Option<RestartPoint>,
    noted: Option<Instant>,
    meter: Meter,
}

impl Receiving {
    fn new(sink: Sink, coding: Coding, meter: Meter) -> Result<Self, Error> {
        let decoder = Decoder::new(coding.format, &coding.settings)
            .map_err(|error| Error::protocol(Phase::Transfer, error.to_string()))?;
        let position = sink.offset();
        Ok(Self {
            target: sink.open()?,
            decoder,
            format: coding.format,
            out: Vec::new(),
            position,
            bytes: 0,
            on_wire: 0,
            hole: false,
            point: None,
            noted: None,
            meter,
        })
    }

    /// Receives until the end of the file.
    fn run(&mut self, stream: &mut Blocking, stall: Duration) -> Result<(), Error> {
        let mut buffer = vec![0; PIECE];
        loop {
            let length = match stream.read(&mut buffer) {
                Ok(length) => length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(socket_error(error, stall)),
            };
            self.on_wire += length as u64;
            if length == 0 {
                self.decoder.finish(&mut self.out).map_err(broken)?;
                return self.write();
            }
            if self.take(&buffer[..length])? {
                return Ok(());
            }
        }
    }

    /// Decodes what was read. Returns true if the file is complete and the connection can be kept.
    fn take(&mut self, mut input: &[u8]) -> Result<bool, Error> {
        loop {
            let decoded = self.decoder.decode(input, &mut self.out, PIECE).map_err(broken)?;
            input = &input[decoded.consumed..];
            let full = self.out.len() >= PIECE;
            self.write()?;
            match decoded.event {
                Some(DecodeEvent::Marker(marker)) => self.mark(marker),
                Some(DecodeEvent::SkipTo(offset)) => self.skip_to(offset)?,
                Some(DecodeEvent::Suspect) => self.meter.suspect(),
                Some(DecodeEvent::EndOfFile) if self.format.keeps_connection() => {
                    return match input {
                        [] => Ok(true),
                        _ => Err(broken(DecodeError::AfterEnd)),
                    };
                }
                // In other modes the server closes the connection; the decoder rejects anything
                // before that.
                Some(DecodeEvent::EndOfFile) => {}
                None if input.is_empty() && !full => return Ok(false),
                None => {}
            }
        }
    }

    fn write(&mut self) -> Result<(), Error> {
        if self.out.is_empty() {
            return Ok(());
        }
        self.target.write(&self.out)?;
        self.position += self.out.len() as u64;
        self.bytes += self.out.len() as u64;
        self.hole = false;
        self.meter.add(self.out.len());
        self.out.clear();
        Ok(())
    }

    fn skip_to(&mut self, offset: u64) -> Result<(), Error> {
        self.target.skip(self.position, offset)?;
        self.position = offset;
        self.hole = true;
        Ok(())
    }

    fn mark(&mut self, marker: Marker) {
        self.point = Some(RestartPoint { offset: self.position, marker });
        if self.noted.is_none_or(|noted| noted.elapsed() >= NOTE_EVERY) {
            self.noted = Some(Instant::now());
            self.note();
        }
    }

    /// Saves the marker for a later run of the program. If that fails, the later run starts over,
    /// which is no reason to give up this transfer.
    fn note(&self) {
        if let (Some(path), Some(point)) = (self.target.path(), &self.point) {
            let _ = point.write_beside(path, self.format);
        }
    }

    fn end(self, error: Option<Error>) -> (Option<Error>, Option<RestartPoint>) {
        if error.is_some() {
            self.note();
            return (error, self.point);
        }
        let length = self.hole.then_some(self.position);
        (self.target.finish(length).err(), None)
    }
}

fn broken(error: DecodeError) -> Error {
    match error {
        DecodeError::Truncated => Error::cut_off(),
        error => Error::protocol(Phase::Transfer, error.to_string()),
    }
}

fn send_blocking(
    stream: &mut Blocking,
    source: &Source,
    coding: Coding,
    stall: Duration,
    moved: &mut dyn FnMut(usize, usize),
) -> Result<(), Error> {
    let local = |error| Error::local(source.name(), error);
    let mut encoder = encoder(source.name(), coding)?;
    let (mut file, left) = source.open()?;
    let end = source.offset() + left.unwrap_or(0);
    if source.offset() > 0 {
        encoder.start_at(source.offset());
    }
    let (mut buffer, mut out) = (vec![0; PIECE], Vec::new());
    let leaves_holes_out = coding.format.structure == FileStructure::Page;
    let mut at = source.offset();
    // The current range of data between holes. Holes only matter for STRU P; for anything else the
    // range is unlimited.
    let mut data = if leaves_holes_out { at..at } else { at..u64::MAX };
    loop {
        if at == data.end {
            data = file.next_data(at).map_err(local)?;
            encoder.skip_to(data.start, &mut out);
            at = data.start;
        }
        let room = usize::try_from(data.end - at).unwrap_or(PIECE).min(PIECE);
        let length = match file.read(&mut buffer[..room]) {
            Ok(0) => break,
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(local(error)),
        };
        encoder.encode(&buffer[..length], &mut out);
        stream.write_all(&out).map_err(|error| socket_error(error, stall))?;
        at += length as u64;
        moved(length, out.len());
        out.clear();
    }
    // Checked before anything marks the end of the file.
    if at < end {
        return Err(Error::mismatch(source.name(), SHRUNK));
    }
    encoder.finish(&mut out);
    stream.write_all(&out).map_err(|error| socket_error(error, stall))?;
    moved(0, out.len());
    if coding.format.keeps_connection() && !stream.is_private() {
        return Ok(());
    }
    stream.end().map_err(|error| socket_error(error, stall))
}

fn encoder(path: &Path, coding: Coding) -> Result<Encoder, Error> {
    Encoder::new(coding.format, &coding.settings)
        .map_err(|error| Error::mismatch(path, error.to_string()))
}
