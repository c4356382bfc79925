//! [`EncodedPump`]: RETR and listings in any format other than TYPE I, STRU F, MODE S, from a file
//! or listing through an encoder to the socket.

use packetboat_proto::encoding::Encoder;
use packetboat_store::ReadFile;

use super::send::changed;
use super::{ListPump, Outgoing, STEP};
use crate::lane::{Direction, Pump, PumpError, Step};
use crate::page_buffer::PageBuffer;
use crate::wire::Wire;

/// How much is encoded at a time.
const PIECE: usize = 128 << 10;

/// Where the bytes come from.
pub(crate) enum Source {
    /// A file, from an offset to the end it had when it was opened.
    File {
        /// The file.
        file: Box<dyn ReadFile>,
        /// The next byte.
        offset: u64,
        /// Whether holes are distinguished from zeros.
        holes: bool,
        /// The bytes read last.
        buffer: PageBuffer,
    },
    /// A listing.
    List {
        /// The pump that produces it.
        list: Box<ListPump>,
        /// Its last lines.
        text: Vec<u8>,
    },
}

/// The next piece from a source.
enum Piece<'a> {
    Bytes(&'a [u8]),
    Hole(u64),
    End,
}

/// Sends the contents of a source, encoded.
pub(crate) struct EncodedPump {
    source: Source,
    encoder: Encoder,
    buffer: Outgoing,
    ended: bool,
}

impl EncodedPump {
    /// Creates a pump for the whole source.
    pub(crate) fn new(source: Source, mut encoder: Encoder) -> Self {
        if let Source::File { offset, .. } = &source {
            encoder.start_at(*offset);
        }
        Self { source, encoder, buffer: Outgoing::default(), ended: false }
    }

    /// Encodes the next piece. Returns how many bytes it has in the file.
    fn fill(&mut self) -> Result<usize, PumpError> {
        let out = self.buffer.refill();
        match self.source.read()? {
            Piece::Bytes(bytes) => {
                self.encoder.encode(bytes, out);
                return Ok(bytes.len());
            }
            Piece::Hole(end) => self.encoder.skip_to(end, out),
            Piece::End => {
                self.encoder.finish(out);
                self.ended = true;
            }
        }
        Ok(0)
    }
}

impl Source {
    /// A file, starting at an offset.
    pub(crate) fn file(file: Box<dyn ReadFile>, offset: u64, holes: bool) -> Self {
        let left = usize::try_from(file.len().saturating_sub(offset)).unwrap_or(PIECE);
        Self::File { file, offset, holes, buffer: PageBuffer::new(left.clamp(1, PIECE)) }
    }

    /// A listing.
    pub(crate) fn list(list: Box<ListPump>) -> Self {
        Self::List { list, text: Vec::new() }
    }

    fn read(&mut self) -> Result<Piece<'_>, PumpError> {
        match self {
            Self::File { file, offset, holes, buffer } => {
                let left = file.len() - *offset;
                if left == 0 {
                    return Ok(Piece::End);
                }
                let mut wanted = left.min(PIECE as u64);
                if *holes {
                    let data = file.next_data(*offset)?.unwrap_or_else(|| file.len()..file.len());
                    if data.start > *offset {
                        *offset = data.start.min(file.len());
                        return Ok(Piece::Hole(*offset));
                    }
                    wanted = wanted.min(data.end - *offset);
                }
                let count = file.read_at(*offset, buffer.first_mut(wanted as usize))?;
                if count == 0 {
                    return Err(changed());
                }
                *offset += count as u64;
                Ok(Piece::Bytes(buffer.first(count)))
            }
            Self::List { list, text } => match list.lines()? {
                None => Ok(Piece::End),
                Some(lines) => {
                    // The encoder writes the line ends of its type. No name in a listing contains a
                    // CR.
                    text.clear();
                    text.extend(lines.iter().filter(|byte| **byte != b'\r'));
                    Ok(Piece::Bytes(text))
                }
            },
        }
    }
}

impl Pump for EncodedPump {
    fn direction(&self) -> Direction {
        Direction::Send
    }

    fn step(&mut self, wire: &mut Wire<'_>, moved: &mut u64) -> Result<Step, PumpError> {
        // Bytes read count too: in MODE Z and C, very many bytes may become a few on the wire, and
        // a transfer can only be stopped between two steps.
        let (start, mut read) = (*moved, 0);
        while self.buffer.flush(wire, moved)? {
            if self.ended {
                return Ok(Step::Done);
            }
            if *moved - start >= STEP as u64 || read >= STEP {
                return Ok(Step::More);
            }
            read += self.fill()?;
        }
        Ok(Step::Again)
    }
}
