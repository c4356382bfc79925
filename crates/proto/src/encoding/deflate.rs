//! MODE Z (draft-preston-ftpext-deflate): the data of MODE S as one zlib stream. The end of the
//! stream is the end of the file, so a truncated transfer is detected.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

use super::DecodeError;
use super::mode::{Next, Step};

/// How many bytes are inflated or deflated at a time.
const BUFFER: usize = 32 << 10;

/// From data to a zlib stream.
#[derive(Debug)]
pub(super) struct DeflateEncoder {
    stream: Compress,
    finished: bool,
}

impl DeflateEncoder {
    pub(super) fn new(level: u32) -> Self {
        Self { stream: Compress::new(Compression::new(level.min(9)), true), finished: false }
    }

    pub(super) fn data(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) {
        while !bytes.is_empty() && !self.finished {
            let (used, _) = self.run(bytes, out, FlushCompress::None);
            bytes = &bytes[used..];
        }
    }

    pub(super) fn finish(&mut self, out: &mut Vec<u8>) {
        while !self.finished {
            let (_, status) = self.run(b"", out, FlushCompress::Finish);
            self.finished = status == Status::StreamEnd;
        }
    }

    fn run(&mut self, bytes: &[u8], out: &mut Vec<u8>, flush: FlushCompress) -> (usize, Status) {
        out.reserve(BUFFER);
        let before = self.stream.total_in();
        let status = self
            .stream
            .compress_vec(bytes, out, flush)
            .expect("a stream that has not ended takes any input when there is room for output");
        ((self.stream.total_in() - before) as usize, status)
    }
}

/// From a zlib stream to data.
#[derive(Debug)]
pub(super) struct DeflateDecoder {
    stream: Decompress,
    buffer: Box<[u8]>,
    /// Start and end of the data in the buffer.
    start: usize,
    end: usize,
    finished: bool,
    /// The stream is invalid. The data before the fault is returned first, so that the cuts between
    /// pieces make no difference.
    broken: bool,
}

impl DeflateDecoder {
    pub(super) fn new() -> Self {
        let buffer = vec![0; BUFFER].into_boxed_slice();
        let stream = Decompress::new(true);
        Self { stream, buffer, start: 0, end: 0, finished: false, broken: false }
    }

    pub(super) fn next(&mut self, input: &[u8]) -> Next<'_> {
        let mut used = 0;
        while self.start == self.end && !self.finished {
            if self.broken {
                return Err(DecodeError::Deflate);
            }
            let read = self.inflate(&input[used..]);
            used += read;
            // With input and space for output there is always progress, unless the stream is invalid.
            let stuck = read == 0 && self.end == 0 && !self.finished && !self.broken;
            self.broken |= stuck && used < input.len();
            if stuck && !self.broken {
                return Ok((used, Step::More));
            }
        }
        match self.start < self.end {
            true => Ok((used, Step::Data(&self.buffer[self.start..self.end]))),
            false => Ok((used, Step::EndOfFile)),
        }
    }

    pub(super) fn advance(&mut self, taken: usize) -> usize {
        self.start += taken;
        0
    }

    /// Fills the empty buffer. Returns how much of the input was read.
    fn inflate(&mut self, input: &[u8]) -> usize {
        let (read, written) = (self.stream.total_in(), self.stream.total_out());
        match self.stream.decompress(input, &mut self.buffer, FlushDecompress::None) {
            Ok(status) => self.finished = status == Status::StreamEnd,
            Err(_) => self.broken = true,
        }
        self.start = 0;
        self.end = (self.stream.total_out() - written) as usize;
        (self.stream.total_in() - read) as usize
    }
}
