//! The pipe through which the kernel moves an upload from its socket to its file, without a copy into
//! this process (splice(2)).

use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};

use packetboat_codes::Fault;
use packetboat_store::{Error, WriteFile};
use rustix::io::Errno;
use rustix::pipe::{PipeFlags, SpliceFlags, fcntl_setpipe_size, pipe_with, splice};

/// What the pipe holds; the most an unprivileged process may ask for.
const CAPACITY: usize = 1 << 20;

/// A pipe, made when it is first needed.
pub(super) enum PipeState {
    None,
    Open(Pipe),
    Unusable,
}

/// Both ends of a pipe. It is empty between two calls of [`Pipe::drain`].
pub(super) struct Pipe {
    read: OwnedFd,
    write: OwnedFd,
    /// Where the file cannot be spliced to.
    buffer: Vec<u8>,
}

impl Pipe {
    /// The pipe, if there is one to be had.
    pub(super) fn ready(state: &mut PipeState) -> Option<&mut Self> {
        if matches!(state, PipeState::None) {
            *state = match pipe_with(PipeFlags::CLOEXEC) {
                Ok((read, write)) => {
                    // A smaller one works too, only slower.
                    let _ = fcntl_setpipe_size(&write, CAPACITY);
                    PipeState::Open(Self { read, write, buffer: Vec::new() })
                }
                // Out of descriptors: the buffer does it.
                Err(_) => PipeState::Unusable,
            };
        }
        match state {
            PipeState::Open(pipe) => Some(pipe),
            PipeState::None | PipeState::Unusable => None,
        }
    }

    /// Takes what the socket has, at most so much; zero at its end.
    pub(super) fn fill(&self, socket: BorrowedFd<'_>, most: usize) -> Result<usize, Errno> {
        let flags = SpliceFlags::NONBLOCK | SpliceFlags::MOVE;
        splice(socket, None, &self.write, None, most.min(CAPACITY), flags)
    }

    /// Moves all the pipe holds to the file.
    pub(super) fn drain(
        &mut self,
        mut count: usize,
        file: &mut dyn WriteFile,
    ) -> Result<(), Error> {
        while count > 0 {
            let may = usize::try_from(file.reserve(count as u64)?).unwrap_or(count);
            let moved = match file.as_fd() {
                Some(fd) => splice(&self.read, None, fd, None, may, SpliceFlags::MOVE),
                None => Err(Errno::INVAL),
            };
            match moved {
                // A pipe that holds bytes has no end.
                Ok(0) => return Err(Fault::Io.into()),
                Ok(moved) => {
                    file.advance(moved as u64);
                    count -= moved;
                }
                Err(Errno::INTR) => {}
                // A file system that cannot be spliced to.
                Err(Errno::INVAL) => return self.copy(count, file),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn copy(&mut self, mut count: usize, file: &mut dyn WriteFile) -> Result<(), Error> {
        self.buffer.resize(CAPACITY, 0);
        while count > 0 {
            let wanted = count.min(CAPACITY);
            match rustix::io::read(self.read.as_fd(), &mut self.buffer[..wanted]) {
                Ok(0) => return Err(Fault::Io.into()),
                Ok(read) => {
                    file.write(&self.buffer[..read])?;
                    count -= read;
                }
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}
