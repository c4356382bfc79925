//! STOR, STOU and APPE: the socket to a file.

use std::os::fd::BorrowedFd;

use packetboat_proto::encoding::AsciiDecoder;
use packetboat_store::WriteFile;
use rustix::io::Errno;
use rustix::net::{RecvFlags, recv};

use super::{STEP, socket_error};
use crate::lane::{Direction, Pump, PumpError, Step};

/// A small file needs no more; a full read makes the buffer grow.
const SMALLEST_BUFFER: usize = 16 << 10;
const LARGEST_BUFFER: usize = 512 << 10;

/// Receives a file.
pub(crate) struct ReceivePump {
    file: Box<dyn WriteFile>,
    buffer: Vec<u8>,
    text: Option<Text>,
}

/// What TYPE A needs.
#[derive(Default)]
struct Text {
    decoder: AsciiDecoder,
    decoded: Vec<u8>,
}

impl ReceivePump {
    /// Receives into the file, as text or as it is.
    pub(crate) fn new(file: Box<dyn WriteFile>, text: bool) -> Self {
        Self { file, buffer: Vec::new(), text: text.then(Text::default) }
    }

    /// The file, to be committed or kept as a part.
    pub(crate) fn into_file(self) -> Box<dyn WriteFile> {
        self.file
    }

    fn store(&mut self, count: usize) -> Result<(), PumpError> {
        let received = &self.buffer[..count];
        match &mut self.text {
            None => self.file.write(received)?,
            Some(text) => {
                text.decoded.clear();
                text.decoder.decode(received, &mut text.decoded);
                self.file.write(&text.decoded)?;
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), PumpError> {
        if let Some(text) = &mut self.text {
            text.decoded.clear();
            text.decoder.finish(&mut text.decoded);
            self.file.write(&text.decoded)?;
        }
        Ok(())
    }
}

impl Pump for ReceivePump {
    fn direction(&self) -> Direction {
        Direction::Receive
    }

    fn step(&mut self, socket: BorrowedFd<'_>, moved: &mut u64) -> Result<Step, PumpError> {
        let start = *moved;
        if self.buffer.is_empty() {
            self.buffer.resize(SMALLEST_BUFFER, 0);
        }
        while *moved - start < STEP as u64 {
            match recv(socket, self.buffer.as_mut_slice(), RecvFlags::DONTWAIT) {
                Ok((_, 0)) => {
                    self.finish()?;
                    return Ok(Step::Done);
                }
                Ok((_, count)) => {
                    *moved += count as u64;
                    self.store(count)?;
                    if count == self.buffer.len() && count < LARGEST_BUFFER {
                        self.buffer.resize(count * 2, 0);
                    }
                }
                Err(Errno::AGAIN) => return Ok(Step::Again),
                Err(Errno::INTR) => {}
                Err(error) => return Err(socket_error(error)),
            }
        }
        Ok(Step::Again)
    }
}
