//! A data connection, with or without TLS: [`DataStream`] is asynchronous, [`Blocking`] is the same
//! connection on a blocking thread.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream as BlockingSocket};
use std::ops::Range;
use std::time::{Duration, Instant};

use rustls::{ClientConnection, Stream};
use tokio::net::TcpStream;

/// How much is read from the socket at a time with TLS.
const INPUT: usize = 128 * 1024;
/// How long to wait for the server to close the connection after everything has been sent.
const LINGER: Duration = Duration::from_secs(2);
/// Into how many waits a blocked write divides the stall time.
#[cfg(unix)]
const LOOKS: u32 = 8;
/// On Windows a socket is unusable after a timeout, so there is only one wait.
#[cfg(not(unix))]
const LOOKS: u32 = 1;

/// An asynchronous data connection.
pub(crate) struct DataStream {
    pub(crate) socket: TcpStream,
    pub(crate) tls: Option<Box<ClientConnection>>,
}

/// The same for a blocking thread.
pub(crate) struct Blocking {
    socket: Buffered,
    tls: Option<Box<ClientConnection>>,
}

impl From<TcpStream> for DataStream {
    fn from(socket: TcpStream) -> Self {
        Self { socket, tls: None }
    }
}

impl DataStream {
    /// Makes the connection blocking. No read or write then waits longer than `stall`.
    pub(crate) fn into_blocking(self, stall: Duration) -> io::Result<Blocking> {
        let socket = self.socket.into_std()?;
        socket.set_nonblocking(false)?;
        socket.set_read_timeout(Some(stall))?;
        socket.set_write_timeout(Some((stall / LOOKS).max(Duration::from_millis(1))))?;
        let socket = Buffered { socket, stall, input: Vec::new(), unread: 0..0 };
        Ok(Blocking { socket, tls: self.tls })
    }
}

/// Sets whether closing the socket resets the connection. In MODE S an orderly close marks the end
/// of the file, and a killed client must not send one. A failure to set it is ignored.
pub(crate) fn break_if_dropped(socket: &impl AsSocket, breaks: bool) {
    let _ = rustix::net::sockopt::set_socket_linger(socket, breaks.then_some(Duration::ZERO));
}

/// A socket of any kind.
#[cfg(unix)]
pub(crate) use std::os::fd::AsFd as AsSocket;
/// A socket of any kind.
#[cfg(windows)]
pub(crate) use std::os::windows::io::AsSocket;

impl Blocking {
    /// A second handle to the socket, to shut it down from another thread.
    pub(crate) fn socket(&self) -> io::Result<BlockingSocket> {
        self.socket.socket.try_clone()
    }

    /// The socket, if the data is not encrypted.
    #[cfg(target_os = "linux")]
    pub(crate) fn in_clear(&self) -> Option<&BlockingSocket> {
        self.tls.is_none().then_some(&self.socket.socket)
    }

    pub(crate) fn is_private(&self) -> bool {
        self.tls.is_some()
    }

    /// Ends sending: by shutting down the socket, or with TLS by close_notify (RFC 4217 §12.7).
    pub(crate) fn end(&mut self) -> io::Result<()> {
        let Some(tls) = &mut self.tls else {
            self.socket.socket.shutdown(Shutdown::Write)?;
            break_if_dropped(&self.socket.socket, false);
            return Ok(());
        };
        break_if_dropped(&self.socket.socket, false);
        tls.send_close_notify();
        while tls.wants_write() {
            tls.write_tls(&mut self.socket)?;
        }
        // Closing a socket with unread bytes resets the connection, and the server may lose data
        // that it has not read yet. The server may still be sending TLS session tickets, so read
        // until it closes. All data has been sent by now, so errors do not matter.
        let _ = self.socket.socket.set_read_timeout(Some(LINGER));
        let mut rest = [0; 1024];
        let began = Instant::now();
        // The time limit also holds for a server that never stops sending.
        while matches!(self.read(&mut rest), Ok(length) if length > 0) && began.elapsed() < LINGER {
        }
        Ok(())
    }
}

impl Read for Blocking {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.tls {
            None => self.socket.socket.read(buffer),
            // An end without close_notify is an error: someone in between may have caused it.
            Some(tls) => Stream::new(&mut **tls, &mut self.socket).read(buffer),
        }
    }
}

impl Write for Blocking {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.tls {
            None => self.socket.write(bytes),
            Some(tls) => Stream::new(&mut **tls, &mut self.socket).write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.tls {
            None => Ok(()),
            Some(tls) => Stream::new(&mut **tls, &mut self.socket).flush(),
        }
    }
}

/// A socket with a large read buffer: rustls reads 4 KiB at a time, each of which would be a system
/// call.
struct Buffered {
    socket: BlockingSocket,
    stall: Duration,
    input: Vec<u8>,
    unread: Range<usize>,
}

impl Read for Buffered {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.unread.is_empty() {
            self.input.resize(INPUT, 0);
            self.unread = 0..self.socket.read(&mut self.input)?;
        }
        let length = buffer.len().min(self.unread.len());
        buffer[..length].copy_from_slice(&self.input[self.unread.start..][..length]);
        self.unread.start += length;
        Ok(length)
    }
}

impl Write for Buffered {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let began = Instant::now();
        until_stalled(self.stall, || began.elapsed(), || self.socket.write(bytes))
    }

    fn write_vectored(&mut self, pieces: &[io::IoSlice<'_>]) -> io::Result<usize> {
        let began = Instant::now();
        until_stalled(self.stall, || began.elapsed(), || self.socket.write_vectored(pieces))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Retries a write until some bytes are accepted, or none are for the whole `stall` time. The
/// socket has a shorter timeout: the system lets a write that is accepted in part wait for the full
/// timeout, and the write of the rest again.
fn until_stalled(
    stall: Duration,
    elapsed: impl Fn() -> Duration,
    mut write: impl FnMut() -> io::Result<usize>,
) -> io::Result<usize> {
    loop {
        match write() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock && elapsed() < stall => {}
            result => return result,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    const STALL: Duration = Duration::from_secs(8);

    /// Both ends of a loopback connection that is set up for an upload.
    #[cfg(unix)]
    fn upload() -> (Blocking, BlockingSocket) {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let ours = BlockingSocket::connect(listener.local_addr().expect("its address"));
        let (socket, (theirs, _)) =
            (ours.expect("connected"), listener.accept().expect("accepted"));
        break_if_dropped(&socket, true);
        let socket = Buffered { socket, stall: STALL, input: Vec::new(), unread: 0..0 };
        (Blocking { socket, tls: None }, theirs)
    }

    #[cfg(unix)]
    #[test]
    fn only_an_upload_that_was_ended_looks_as_if_it_was() {
        let (mut ours, mut theirs) = upload();
        ours.write_all(b"all").expect("sent");
        ours.end().expect("ended");
        drop(ours);
        let mut heard = Vec::new();
        assert_eq!(theirs.read_to_end(&mut heard).expect("the end"), 3);
        let (ours, mut theirs) = upload();
        drop(ours);
        let error = theirs.read_to_end(&mut heard).expect_err("no end of a file");
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    }

    /// The result of a write whose waits take one second each, and the number of seconds.
    fn written(looks: &[usize]) -> (Result<usize, io::ErrorKind>, u64) {
        let seconds = Cell::new(0);
        let write = || {
            let look = looks.get(seconds.get()).copied().unwrap_or(0);
            seconds.set(seconds.get() + 1);
            if look > 0 { Ok(look) } else { Err(io::ErrorKind::WouldBlock.into()) }
        };
        let elapsed = || Duration::from_secs(seconds.get() as u64);
        let result = until_stalled(STALL, elapsed, write);
        (result.map_err(|error| error.kind()), seconds.get() as u64)
    }

    #[test]
    fn what_takes_nothing_is_given_up_after_the_stall_time_and_what_takes_a_little_is_not() {
        assert_eq!(written(&[]), (Err(io::ErrorKind::WouldBlock), STALL.as_secs()));
        assert_eq!(written(&[5]), (Ok(5), 1));
        assert_eq!(written(&[0, 0, 0, 7]), (Ok(7), 4));
    }

    #[tokio::test]
    async fn a_write_waits_a_part_of_the_stall_time_at_once() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let socket = TcpStream::connect(address).await.expect("a connection");
        let blocking = DataStream::from(socket).into_blocking(STALL).expect("a socket");
        let limits = |socket: &BlockingSocket| (socket.read_timeout(), socket.write_timeout());
        let (read, write) = limits(&blocking.socket.socket);
        assert_eq!(read.expect("a limit"), Some(STALL));
        assert_eq!(write.expect("a limit"), Some(STALL / LOOKS));
    }
}
