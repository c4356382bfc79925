//! Transfers that encode the file: TYPE A and E, STRU R and P, MODE B, C and Z. This module sends
//! TYPE, STRU, MODE and the transfer commands; [`crate::codec`] moves the data. In MODE B and C the
//! data connection stays open for the next file, and restart markers travel with the data.

use packetboat_codes::Class;
use packetboat_proto::client::{Request, parse_marker_pair};
use packetboat_proto::encoding::{
    FileStructure, Format, FormatControl, Marker, RepresentationType, TransmissionMode,
};
use packetboat_proto::reply::Reply;
use packetboat_proto::verbs::Verb;
use tokio::net::TcpStream;

use crate::codec::{self, Coding, Moved};
use crate::connection::{Connection, path_request};
use crate::copy::{Meter, Sink};
use crate::data::Opened;
use crate::error::{Error, Phase};
use crate::interrupt::Running;
use crate::restart::RestartPoint;
use crate::source::Source;

/// The format that transfers a file byte for byte: TYPE I, STRU F, MODE S.
pub const VERBATIM: Format = Format {
    representation: RepresentationType::Image,
    control: FormatControl::NonPrint,
    structure: FileStructure::File,
    mode: TransmissionMode::Stream,
};

/// The format last set with TYPE, STRU and MODE.
pub(crate) struct InUse {
    /// The argument of TYPE; `None` until it is sent, since a server may start with another TYPE
    /// than RFC 959 §5.1 requires.
    representation: Option<String>,
    structure: FileStructure,
    mode: TransmissionMode,
}

impl Default for InUse {
    fn default() -> Self {
        let (structure, mode) = (FileStructure::File, TransmissionMode::Stream);
        Self { representation: None, structure, mode }
    }
}

impl InUse {
    /// Whether text is sent as EBCDIC.
    pub(crate) fn is_ebcdic(&self) -> bool {
        self.representation.as_ref().is_some_and(|argument| argument.starts_with('E'))
    }

    /// Whether the end of a file is marked in the data.
    pub(crate) fn marks_end(&self) -> bool {
        Format { structure: self.structure, mode: self.mode, ..VERBATIM }.marks_end()
    }
}

/// The argument of TYPE. The default format control N is left out (RFC 959 §3.1.1.5).
pub(crate) fn type_argument(format: Format) -> String {
    let letter = match format.representation {
        RepresentationType::Image => return "I".to_owned(),
        RepresentationType::Ascii => 'A',
        RepresentationType::Ebcdic => 'E',
    };
    match format.control {
        FormatControl::NonPrint => letter.to_string(),
        FormatControl::Telnet => format!("{letter} T"),
        FormatControl::Carriage => format!("{letter} C"),
    }
}

/// The argument of STRU.
pub(crate) fn structure_argument(structure: FileStructure) -> char {
    match structure {
        FileStructure::File => 'F',
        FileStructure::Record => 'R',
        FileStructure::Page => 'P',
    }
}

/// The argument of MODE.
pub(crate) fn mode_argument(mode: TransmissionMode) -> char {
    match mode {
        TransmissionMode::Stream => 'S',
        TransmissionMode::Block => 'B',
        TransmissionMode::Compressed => 'C',
        TransmissionMode::Deflate => 'Z',
    }
}

impl Connection {
    /// Sends TYPE if it has changed.
    pub(crate) async fn set_type(&mut self, format: Format) -> Result<(), Error> {
        let argument = type_argument(format);
        if self.in_use.representation.as_ref() != Some(&argument) {
            self.command(&Request::with_text(Verb::Type, &argument)).await?;
            self.in_use.representation = Some(argument);
        }
        Ok(())
    }

    /// Sends STRU and MODE if they have changed. A new mode needs a new data connection.
    pub(crate) async fn set_structure_and_mode(&mut self, format: Format) -> Result<(), Error> {
        if self.in_use.structure != format.structure {
            let argument = structure_argument(format.structure);
            self.command(&Request::with_text(Verb::Stru, argument)).await?;
            self.in_use.structure = format.structure;
        }
        if self.in_use.mode != format.mode {
            self.kept = None;
            self.command(&Request::with_text(Verb::Mode, mode_argument(format.mode))).await?;
            self.in_use.mode = format.mode;
        }
        Ok(())
    }

    pub(crate) async fn set_format(&mut self, format: Format) -> Result<(), Error> {
        self.set_type(format).await?;
        self.set_structure_and_mode(format).await
    }

    /// The data connection of the last transfer, if it is still open.
    pub(crate) fn take_kept(&mut self) -> Option<TcpStream> {
        let stream = self.kept.take()?;
        let quiet = stream.try_read(&mut [0]);
        // If it was closed, or data arrived before a command, it is of no use.
        let alive = quiet.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock);
        alive.then_some(stream)
    }

    /// Receives a file through a decoder, in one attempt. It resumes at `point`, which is then set
    /// to where the next attempt could resume.
    pub(crate) async fn retrieve_encoded(
        &mut self,
        path: &[u8],
        sink: Sink,
        coding: Coding,
        point: &mut Option<RestartPoint>,
        meter: &Meter,
    ) -> Result<u64, Error> {
        self.set_format(coding.format).await?;
        let request = path_request(Verb::Retr, path)?;
        let restart = point.as_ref().map(|point| restart_at(&point.marker));
        let running = self.interrupt.begin().await;
        let Opened { stream, done } = self.open_data(&request, restart).await?;
        let copy = codec::receive(stream, sink, coding, self.stall, meter);
        let (moved, running) = self.unless_interrupted(copy, running).await;
        if moved.point.is_some() {
            *point = moved.point;
        }
        let (bytes, reply) = self.finish(&request, done, moved.copied, Some(running)).await?;
        self.keep(moved.stream, &reply);
        Ok(bytes)
    }

    /// Sends a file through an encoder, in one attempt. The pairs of markers in 110 replies say
    /// where the next attempt can resume (RFC 1123 §4.1.3.4).
    pub(crate) async fn store_encoded(
        &mut self,
        request: &Request,
        source: Source,
        coding: Coding,
        marker: Option<Marker>,
        point: &mut Option<RestartPoint>,
        meter: &Meter,
    ) -> Result<u64, Error> {
        self.set_format(coding.format).await?;
        let restart = marker.as_ref().map(restart_at);
        let running = self.interrupt.begin().await;
        let Opened { stream, done } = self.open_data(request, restart).await?;
        let sending = codec::send(stream, source, coding, self.stall, meter);
        let (moved, done) =
            self.send_beside_replies(request, sending, done, point, running).await?;
        if moved.copied.failed_here() {
            return Err(self.give_up(request, moved.copied, moved.hang_up).await);
        }
        let (bytes, reply) = self.finish(request, done, moved.copied, None).await?;
        self.keep(moved.stream, &reply);
        Ok(bytes)
    }

    /// Reads replies while data is sent: a server whose 110 replies are not read eventually stops
    /// accepting data.
    async fn send_beside_replies(
        &mut self,
        request: &Request,
        sending: impl Future<Output = Moved>,
        mut done: Option<Reply>,
        point: &mut Option<RestartPoint>,
        running: Running,
    ) -> Result<(Moved, Option<Reply>), Error> {
        let mut sending = Box::pin(sending);
        let interrupt = self.interrupt.clone();
        let moved = loop {
            tokio::select! {
                moved = &mut sending => break moved,
                () = interrupt.raised() => {
                    self.abort().await;
                    drop((sending, running));
                    return std::future::pending().await;
                }
                reply = self.control.reply(Phase::Transfer), if done.is_none() => {
                    let reply = reply.map_err(|error| error.during(request))?;
                    note_pair(&reply, point);
                    match reply.code().class() {
                        Class::Preliminary => {}
                        Class::Completion => done = Some(reply),
                        // Returning drops the copy, and with it the data connection.
                        _ => {
                            let error = Error::refused(Phase::Transfer, request, reply);
                            return Err(error.at(self.control.peer_name()));
                        }
                    }
                }
            }
        };
        if done.is_none() && moved.copied.error.is_none() {
            self.control.data_ended();
            let last = tokio::select! {
                last = self.last_reply(point) => last,
                () = interrupt.raised() => self.stop(running).await,
            };
            done = Some(
                last.map_err(|error| error.during(request).after_data_end(moved.copied.bytes))?,
            );
        }
        Ok((moved, done))
    }

    async fn last_reply(&mut self, point: &mut Option<RestartPoint>) -> Result<Reply, Error> {
        loop {
            let reply = self.control.reply(Phase::Transfer).await?;
            note_pair(&reply, point);
            if !reply.code().is_preliminary() {
                return Ok(reply);
            }
        }
    }

    /// RFC 959 §5.4: 250 leaves the data connection open, 226 closes it.
    fn keep(&mut self, stream: Option<TcpStream>, reply: &Reply) {
        self.kept = stream.filter(|_| reply.code().number() == 250);
    }
}

fn restart_at(marker: &Marker) -> Request {
    Request::with_text(Verb::Rest, marker)
}

/// Records the pair of markers in a 110 reply: the client's own, which is an offset, and the
/// server's (RFC 1123 §4.1.3.4).
fn note_pair(reply: &Reply, point: &mut Option<RestartPoint>) {
    let Some((ours, theirs)) = parse_marker_pair(reply) else { return };
    if let Some(offset) = ours.offset() {
        *point = Some(RestartPoint { offset, marker: theirs });
    }
}
