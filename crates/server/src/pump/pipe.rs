//! The pipe of an upload: created when first needed, and emptied into whatever kind of file the
//! storage provides.

use packetboat_codes::Fault;
use packetboat_sockets::Pipe;
use packetboat_store::{Error, WriteFile};
use rustix::io::Errno;

/// How much is read from the pipe at a time, if the file cannot be spliced to.
const COPIED: usize = 512 << 10;

/// A pipe, created when first needed.
pub(super) enum PipeState {
    None,
    Open(Pipe),
    Unusable,
}

/// The pipe, if one can be created.
pub(super) fn ready(state: &mut PipeState) -> Option<&mut Pipe> {
    if matches!(state, PipeState::None) {
        // Out of descriptors: the buffer is used instead.
        *state = Pipe::new().map_or(PipeState::Unusable, PipeState::Open);
    }
    match state {
        PipeState::Open(pipe) => Some(pipe),
        PipeState::None | PipeState::Unusable => None,
    }
}

/// Moves everything in the pipe to the file.
pub(super) fn drain(pipe: &Pipe, mut count: usize, file: &mut dyn WriteFile) -> Result<(), Error> {
    while count > 0 {
        let may = usize::try_from(file.reserve(count as u64)?).unwrap_or(count);
        let moved = match file.as_fd() {
            Some(fd) => pipe.drain(fd, may),
            None => Err(Errno::INVAL),
        };
        match moved {
            // A pipe that contains bytes has no end.
            Ok(0) => return Err(Fault::Io.into()),
            Ok(moved) => {
                file.advance(moved as u64);
                count -= moved;
            }
            Err(Errno::INTR) => {}
            // A file system that cannot be spliced to.
            Err(Errno::INVAL) => return copy(pipe, count, file),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn copy(pipe: &Pipe, mut count: usize, file: &mut dyn WriteFile) -> Result<(), Error> {
    let mut buffer = vec![0; count.min(COPIED)];
    while count > 0 {
        let wanted = count.min(buffer.len());
        match pipe.read(&mut buffer[..wanted]) {
            Ok(0) => return Err(Fault::Io.into()),
            Ok(read) => {
                file.write(&buffer[..read])?;
                count -= read;
            }
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
