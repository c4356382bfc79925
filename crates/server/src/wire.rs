//! [`DataConnection`] and [`Wire`]: the bytes of a data connection, over the socket itself or over
//! TLS.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use packetboat_sockets::LowWater;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, recv, send};
use tokio::net::TcpStream;

use crate::lane::{Direction, PumpError};
use crate::tls::DataTls;
pub(crate) use crate::tls::Received;

/// Flags to send without blocking, and without a signal if the peer is gone. The server ignores
/// SIGPIPE like every Rust program; the flag, which Apple's systems do not have, protects programs
/// that embed the server.
#[cfg(not(target_vendor = "apple"))]
pub(crate) const SEND_NOW: SendFlags = SendFlags::DONTWAIT.union(SendFlags::NOSIGNAL);
#[cfg(target_vendor = "apple")]
pub(crate) const SEND_NOW: SendFlags = SendFlags::DONTWAIT;

/// A data connection that moves between the worker and the lane's threads.
pub(crate) struct DataConnection {
    socket: Socket,
    tls: Option<Box<DataTls>>,
    low_water: LowWater,
}

/// The runtime only watches a socket once it has to be waited for: a transfer that a thread
/// finishes alone would wake the worker for nothing.
enum Socket {
    Plain(std::net::TcpStream),
    Watched(TcpStream),
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Plain(socket) => socket.as_fd(),
            Self::Watched(socket) => socket.as_fd(),
        }
    }
}

impl DataConnection {
    /// A connection that has just been established.
    pub(crate) fn new(socket: std::net::TcpStream, tls: Option<Box<DataTls>>) -> Self {
        Self { socket: Socket::Plain(socket), tls, low_water: LowWater::default() }
    }

    /// The same connection, with its socket watched by the runtime.
    pub(crate) fn watched(self) -> io::Result<Self> {
        let socket = match self.socket {
            Socket::Plain(socket) => TcpStream::from_std(socket)?,
            Socket::Watched(socket) => socket,
        };
        Ok(Self { socket: Socket::Watched(socket), ..self })
    }

    /// The socket, if it is watched by the runtime.
    pub(crate) fn watch(&self) -> Option<&TcpStream> {
        match &self.socket {
            Socket::Plain(_) => None,
            Socket::Watched(socket) => Some(socket),
        }
    }

    /// The connection as a pump sees it for one step, which may move up to `budget` bytes.
    pub(crate) fn wire(&mut self, budget: u64) -> Wire<'_> {
        Wire { socket: self.socket.as_fd(), tls: self.tls.as_deref_mut(), budget }
    }

    /// Whether the connection is ready for a step, possibly after a short wait.
    pub(crate) fn is_ready(&mut self, direction: Direction, wait: Duration) -> io::Result<bool> {
        let holds = direction == Direction::Receive
            && self.tls.as_mut().is_some_and(|tls| tls.holds_more());
        if holds { Ok(true) } else { is_ready(self.socket.as_fd(), direction, wait) }
    }

    /// Sets how many bytes must have arrived before the connection is ready for the next step.
    pub(crate) fn wait_for(&mut self, low_water: LowWater) {
        self.low_water.set(self.socket.as_fd(), low_water);
    }

    /// Sends TLS's close_notify. Returns false without TLS, where closing the connection marks the
    /// end.
    pub(crate) fn say_end(&mut self) -> bool {
        match &mut self.tls {
            Some(tls) => {
                tls.say_end();
                true
            }
            None => false,
        }
    }

    /// Sends what TLS still holds. Returns true when everything is sent.
    pub(crate) fn flush(&mut self) -> io::Result<bool> {
        match &mut self.tls {
            Some(tls) => tls.flush(self.socket.as_fd()),
            None => Ok(true),
        }
    }

    /// Closes the sending side. Errors do not matter, since the client may be gone.
    pub(crate) fn shut_down(&self) {
        let _ = rustix::net::shutdown(self.socket.as_fd(), rustix::net::Shutdown::Write);
    }

    /// Discards what still arrives under TLS. Returns true once the client has closed.
    pub(crate) fn drain(&mut self) -> bool {
        self.tls.as_mut().is_none_or(|tls| tls.drain(self.socket.as_fd()))
    }
}

/// A data connection as a pump sees it for one step. Nothing here waits.
pub(crate) struct Wire<'a> {
    socket: BorrowedFd<'a>,
    tls: Option<&'a mut DataTls>,
    /// How many bytes may still be moved.
    budget: u64,
}

impl<'a> Wire<'a> {
    /// The socket, if the kernel may move bytes directly, because there is no TLS.
    pub(crate) fn raw(&self) -> Option<BorrowedFd<'a>> {
        if self.tls.is_none() { Some(self.socket) } else { None }
    }

    /// How many of the bytes wanted may be moved in this step. None once the budget is spent, as if
    /// the socket had no room, or no bytes.
    pub(crate) fn within_budget(&self, wanted: usize) -> usize {
        usize::try_from(self.budget).map_or(wanted, |budget| wanted.min(budget))
    }

    /// Records that the kernel has moved this many bytes over the raw socket.
    pub(crate) fn spend(&mut self, moved: usize) {
        self.budget = self.budget.saturating_sub(moved as u64);
    }

    /// Sends some bytes; `None` if there is no room now. The flags only apply without TLS.
    pub(crate) fn send(
        &mut self,
        bytes: &[u8],
        flags: SendFlags,
    ) -> Result<Option<usize>, PumpError> {
        let bytes = &bytes[..self.within_budget(bytes.len())];
        if bytes.is_empty() {
            return Ok(None);
        }
        let sent = match &mut self.tls {
            Some(tls) => tls.send(self.socket, bytes)?,
            None => self.send_clear(bytes, flags)?,
        };
        self.spend(sent.unwrap_or_default());
        Ok(sent)
    }

    fn send_clear(&self, bytes: &[u8], flags: SendFlags) -> Result<Option<usize>, PumpError> {
        let flags = flags | SEND_NOW;
        loop {
            match send(self.socket, bytes, flags) {
                Ok(count) => return Ok(Some(count)),
                Err(Errno::AGAIN) => return Ok(None),
                Err(Errno::INTR) => {}
                Err(error) => return Err(PumpError::socket(error)),
            }
        }
    }

    /// Receives some bytes.
    pub(crate) fn receive(&mut self, into: &mut [u8]) -> Result<Received, PumpError> {
        let may = self.within_budget(into.len());
        if may == 0 {
            return Ok(Received::Nothing);
        }
        let into = &mut into[..may];
        let received = match &mut self.tls {
            Some(tls) => tls.receive(self.socket, into)?,
            None => self.receive_clear(into)?,
        };
        if let Received::Bytes(count) = received {
            self.spend(count);
        }
        Ok(received)
    }

    fn receive_clear(&self, into: &mut [u8]) -> Result<Received, PumpError> {
        loop {
            match recv(self.socket, &mut *into, RecvFlags::DONTWAIT) {
                Ok((_, 0)) => return Ok(Received::End),
                Ok((_, count)) => return Ok(Received::Bytes(count)),
                Err(Errno::AGAIN) => return Ok(Received::Nothing),
                Err(Errno::INTR) => {}
                Err(error) => return Err(PumpError::socket(error)),
            }
        }
    }
}

/// Whether the socket has bytes, room, or reached its end.
pub(crate) fn is_ready(
    socket: BorrowedFd<'_>,
    direction: Direction,
    wait: Duration,
) -> io::Result<bool> {
    let flags = match direction {
        Direction::Receive => PollFlags::IN,
        Direction::Send => PollFlags::OUT,
    };
    let wait = Timespec { tv_sec: 0, tv_nsec: i64::from(wait.subsec_nanos()) };
    let mut fds = [PollFd::from_borrowed_fd(socket, flags)];
    match poll(&mut fds, Some(&wait)) {
        Ok(count) => Ok(count > 0),
        Err(rustix::io::Errno::INTR) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
