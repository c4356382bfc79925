//! The pipe through which the kernel moves bytes from a socket to a file, without a copy into this process
//! (splice(2)).

use std::os::fd::{AsFd, OwnedFd};

use rustix::io::{Errno, read};
use rustix::pipe::{PipeFlags, SpliceFlags, fcntl_setpipe_size, pipe_with, splice};

/// What the pipe holds, in bytes; the most an unprivileged process may ask for.
const CAPACITY: usize = 1 << 20;
/// What is moved in one go. The socket's pieces are of any size and the pipe holds a number of them, so that it is full
/// long before it holds as many bytes as it might.
const PIECE: usize = 512 << 10;

/// Both ends of a pipe.
#[derive(Debug)]
pub struct Pipe {
    read: OwnedFd,
    write: OwnedFd,
}

impl Pipe {
    /// An empty one.
    ///
    /// # Errors
    /// If the process is out of descriptors.
    pub fn new() -> Result<Self, Errno> {
        let (read, write) = pipe_with(PipeFlags::CLOEXEC)?;
        // A smaller one works too, only slower.
        let _ = fcntl_setpipe_size(&write, CAPACITY);
        Ok(Self { read, write })
    }

    /// Takes what the socket has, at most so many bytes; zero at its end. The pipe has to be empty. A socket that
    /// blocks is waited for, whatever is asked of the pipe.
    ///
    /// # Errors
    /// `AGAIN` if the socket has nothing now; `INVAL` if it cannot be spliced, and then nothing was taken from it.
    pub fn fill(&self, socket: impl AsFd, most: usize) -> Result<usize, Errno> {
        let flags = SpliceFlags::NONBLOCK | SpliceFlags::MOVE;
        splice(socket, None, &self.write, None, most.min(PIECE), flags)
    }

    /// Moves bytes on to where the file stands, at most so many, which the pipe has to hold.
    ///
    /// # Errors
    /// `INVAL` if the file cannot be spliced to, and then nothing was taken from the pipe.
    pub fn drain(&self, file: impl AsFd, most: usize) -> Result<usize, Errno> {
        splice(&self.read, None, file, None, most, SpliceFlags::MOVE)
    }

    /// Reads what the pipe holds, where it cannot be moved on.
    ///
    /// # Errors
    /// As `read(2)`.
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
