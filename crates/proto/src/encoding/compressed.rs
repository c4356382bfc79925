//! MODE C (RFC 959 §3.4.3): strings of up to 127 unchanged bytes, runs of up to 63 equal bytes as
//! two bytes, and runs of the filler as one. A zero byte announces a descriptor, as in MODE B, for
//! the string that follows.
//!
//! If no data follows, the end of a record or of the file comes before an empty run of fillers.
//! Senders that leave out this run at the end of the file and close the connection are accepted,
//! too.

use super::mode::{Descriptor, Next, Step, keep_marker};
use super::{DecodeError, Marker};

const LONGEST_STRING: usize = 127;
const LONGEST_RUN: usize = 63;
/// A shorter run gains nothing.
const SHORTEST_RUN: usize = 3;
const ESCAPE: u8 = 0;
const RUN: u8 = 0x80;
const FILLER: u8 = 0xc0;
/// How many bytes are searched for a run at a time.
const STRIDE: usize = 32;

/// Appends strings and runs of data. Returns where the last of them starts, or the end if there is none.
pub(super) fn data(mut bytes: &[u8], filler: u8, out: &mut Vec<u8>) -> usize {
    let mut last = out.len();
    while !bytes.is_empty() {
        let plain = run_start(bytes);
        for string in bytes[..plain].chunks(LONGEST_STRING) {
            last = out.len();
            out.push(string.len() as u8);
            out.extend_from_slice(string);
        }
        bytes = &bytes[plain..];
        let Some(&byte) = bytes.first() else { break };
        let mut length = bytes.iter().take_while(|&&other| other == byte).count();
        bytes = &bytes[length..];
        while length > 0 {
            let count = length.min(LONGEST_RUN);
            last = out.len();
            match byte == filler {
                true => out.push(FILLER | count as u8),
                false => out.extend_from_slice(&[RUN | count as u8, byte]),
            }
            length -= count;
        }
    }
    last
}

/// Appends strings and runs of data, the last of which ends a record.
pub(super) fn record(bytes: &[u8], filler: u8, out: &mut Vec<u8>) {
    let last = data(bytes, filler, out);
    out.splice(last..last, [ESCAPE, Descriptor::END_OF_RECORD]);
    if bytes.is_empty() {
        out.push(FILLER);
    }
}

pub(super) fn marker(marker: &Marker, out: &mut Vec<u8>) {
    out.extend_from_slice(&[ESCAPE, Descriptor::MARKER]);
    for string in marker.as_bytes().chunks(LONGEST_STRING) {
        out.push(string.len() as u8);
        out.extend_from_slice(string);
    }
}

pub(super) fn end_of_file(out: &mut Vec<u8>) {
    out.extend_from_slice(&[ESCAPE, Descriptor::END_OF_FILE, FILLER]);
}

/// The start of the first run that is worth shortening, or the length if there is none.
fn run_start(bytes: &[u8]) -> usize {
    let is_run = |three: &[u8]| three[0] == three[1] && three[1] == three[2];
    let mut at = 0;
    // Search whole strides without a branch per byte, so that the compiler can vectorize the loop.
    while let Some(ahead) = bytes.get(at..at + STRIDE + SHORTEST_RUN - 1) {
        let (second, third) = (&ahead[1..], &ahead[2..]);
        let runs = ahead.iter().zip(second).zip(third);
        if runs.fold(false, |any, ((a, b), c)| any | ((a == b) & (b == c))) {
            break;
        }
        at += STRIDE;
    }
    let rest = bytes[at..].windows(SHORTEST_RUN).position(is_run);
    rest.map_or(bytes.len(), |position| at + position)
}

/// The state of the decoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Before the first byte of a string, a run or an escape.
    Start,
    /// After the zero byte.
    Escape,
    /// Before the byte that is repeated this many times.
    RunOf(usize),
    /// This many bytes of a string are still to come.
    String(usize),
    /// This many bytes of a run are still to be written.
    Run(usize),
}

/// From strings and runs to data.
#[derive(Debug)]
pub(super) struct CompressedDecoder {
    filler: u8,
    state: State,
    run: [u8; LONGEST_RUN],
    descriptor: Descriptor,
    marker: Vec<u8>,
}

impl CompressedDecoder {
    pub(super) fn new(filler: u8) -> Self {
        Self {
            filler,
            state: State::Start,
            run: [0; LONGEST_RUN],
            descriptor: Descriptor::default(),
            marker: Vec::new(),
        }
    }

    pub(super) fn next<'a>(&'a mut self, input: &'a [u8]) -> Next<'a> {
        let mut used = 0;
        loop {
            match self.state {
                State::String(0) | State::Run(0) => {
                    if let Some(step) = self.descriptor.at_end(&mut self.marker)? {
                        return Ok((used, step));
                    }
                    self.state = State::Start;
                }
                State::String(_) | State::Run(_) if self.descriptor.take(Descriptor::SUSPECT) => {
                    return Ok((used, Step::Suspect));
                }
                State::String(left) => {
                    let rest = &input[used..];
                    let count = rest.len().min(left);
                    if count == 0 {
                        return Ok((used, Step::More));
                    }
                    if !self.descriptor.has(Descriptor::MARKER) {
                        return Ok((used, Step::Data(&rest[..count])));
                    }
                    keep_marker(&mut self.marker, &rest[..count])?;
                    used += self.advance(count);
                }
                State::Run(left) => {
                    if !self.descriptor.has(Descriptor::MARKER) {
                        return Ok((used, Step::Data(&self.run[..left])));
                    }
                    keep_marker(&mut self.marker, &self.run[..left])?;
                    self.advance(left);
                }
                State::Start | State::Escape | State::RunOf(_) => {
                    let Some(&byte) = input.get(used) else { return Ok((used, Step::More)) };
                    used += 1;
                    self.control(byte)?;
                }
            }
        }
    }

    pub(super) fn advance(&mut self, taken: usize) -> usize {
        match &mut self.state {
            State::String(left) => {
                *left -= taken;
                taken
            }
            State::Run(left) => {
                *left -= taken;
                0
            }
            _ => 0,
        }
    }

    /// Whether the connection may end here, since the end of the file was announced for a string to
    /// follow.
    pub(super) fn may_end(&self) -> bool {
        self.state == State::Start && self.descriptor.has(Descriptor::END_OF_FILE)
    }

    /// Takes a byte that is not data.
    fn control(&mut self, byte: u8) -> Result<(), DecodeError> {
        let count = usize::from(byte & 0x3f);
        self.state = match self.state {
            State::Escape => {
                self.descriptor.add(byte)?;
                State::Start
            }
            State::RunOf(count) => {
                self.run[..count].fill(byte);
                State::Run(count)
            }
            _ => match byte {
                ESCAPE => State::Escape,
                1..RUN => State::String(byte.into()),
                RUN..FILLER => State::RunOf(count),
                FILLER.. => {
                    self.run[..count].fill(self.filler);
                    State::Run(count)
                }
            },
        };
        Ok(())
    }
}
