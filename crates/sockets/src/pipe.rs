//! [`Pipe`], through which the kernel moves bytes from a socket to a file without copying them into
//! this process (splice(2)).

use std::os::fd::{AsFd, OwnedFd};

use rustix::io::{Errno, read};
use rustix::pipe::{PipeFlags, SpliceFlags, fcntl_setpipe_size, pipe_with, splice};

/// The capacity of the pipe in bytes: the most that an unprivileged process may request.
const CAPACITY: usize = 1 << 20;
/// The bytes of one move. The pipe holds a fixed number of pieces, which come from the socket in
/// any size, so it is full long before it contains as many bytes as it could.
const PIECE: usize = 512 << 10;

/// Both ends of a pipe.
#[derive(Debug)]
pub struct Pipe {
    read: OwnedFd,
    write: OwnedFd,
}

impl Pipe {
    /// Creates an empty pipe.
    ///
    /// # Errors If the process has no descriptors left.
    pub fn new() -> Result<Self, Errno> {
        let (read, write) = pipe_with(PipeFlags::CLOEXEC)?;
        // A smaller pipe works too, only slower.
        let _ = fcntl_setpipe_size(&write, CAPACITY);
        Ok(Self { read, write })
    }

    /// Takes at most this many bytes from the socket; returns zero at its end. The pipe must be
    /// empty. A blocking socket blocks, regardless of the pipe's flags.
    ///
    /// # Errors `AGAIN` if the socket has no data now; `INVAL` if the socket cannot be spliced, in
    /// which case nothing was taken from it.
    pub fn fill(&self, socket: impl AsFd, most: usize) -> Result<usize, Errno> {
        let flags = SpliceFlags::NONBLOCK | SpliceFlags::MOVE;
        splice(socket, None, &self.write, None, most.min(PIECE), flags)
    }

    /// Moves at most this many bytes, which the pipe must contain, to the file's current position.
    ///
    /// # Errors `INVAL` if the file cannot be spliced to, in which case nothing was taken from the
    /// pipe.
    pub fn drain(&self, file: impl AsFd, most: usize) -> Result<usize, Errno> {
        splice(&self.read, None, file, None, most, SpliceFlags::MOVE)
    }

    /// Reads from the pipe, for when its content cannot be moved.
    ///
    /// # Errors Those of `read(2)`.
    pub fn read(&self, buffer: &mut [u8]) -> Result<usize, Errno> {
        read(&self.read, buffer)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Seek as _, Write as _};
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn what_the_socket_had_is_in_the_file_and_its_end_is_told() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let mut client = TcpStream::connect(address).expect("connected");
        let (server, _) = listener.accept().expect("accepted");
        server.set_nonblocking(true).expect("set");
        let pipe = Pipe::new().expect("a pipe");
        assert_eq!(pipe.fill(&server, 100), Err(Errno::AGAIN));

        client.write_all(b"all of it").expect("sent");
        drop(client);
        let mut file = tempfile::tempfile().expect("a file");
        let count = pipe.fill(&server, 6).expect("filled");
        assert_eq!(count, 6);
        assert_eq!(pipe.drain(&file, count), Ok(6));
        let count = pipe.fill(&server, 100).expect("filled");
        let mut rest = [0; 10];
        assert_eq!(pipe.read(&mut rest), Ok(count));
        assert_eq!(&rest[..count], b" it");
        assert_eq!(pipe.fill(&server, 100), Ok(0));

        let mut content = String::new();
        file.rewind().expect("at its start");
        file.read_to_string(&mut content).expect("readable");
        assert_eq!(content, "all of");
    }
}
