//! The lane that data moves in: blocking steps on threads of their own, waiting on the async side.
//!
//! A [`Pump`] moves bytes between a file and a non-blocking socket until the socket has no more room (or
//! no more bytes). Files may block on a disk, so a pump runs on the blocking pool, never on an async
//! worker. A fast peer keeps its thread: the pump waits for the socket a few milliseconds in place, which
//! saves a hop between threads for every buffer. A slow peer gives it back and waits as a task, so a
//! thousand slow transfers need no thousand threads.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use packetboat_proto::encoding::DecodeError;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::io::Interest;
use tokio::net::TcpStream;
use tokio::sync::{Notify, Semaphore};
use tokio::task::spawn_blocking;

/// Threads that may move data at once.
const THREADS: usize = 64;
/// How long a pump waits for its socket in place.
const PATIENCE: Duration = Duration::from_millis(20);
/// After this long a pump lets others have the thread.
const SLICE: Duration = Duration::from_millis(250);
/// A pump that moved this much in one go is fast and worth waiting for.
const FAST: u64 = 1 << 20;

/// Why a pump stopped for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Not all is moved: the socket has no more room (or bytes), or others may have their turn.
    Again,
    /// Everything is moved.
    Done,
}

/// How far a pump comes without the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Now {
    /// Everything is moved.
    Done,
    /// The socket must become ready first.
    Wait,
    /// The rest may block.
    Block,
}

/// What moves the bytes of one transfer.
pub(crate) trait Pump: Send + 'static {
    /// What it waits for on the socket.
    fn direction(&self) -> Direction;

    /// Moves what it can without touching the disk, on the async worker; adds the bytes to `moved`. Most
    /// small files never need a thread of the lane.
    fn step_now(&mut self, _socket: BorrowedFd<'_>, _moved: &mut u64) -> Result<Now, PumpError> {
        Ok(Now::Block)
    }

    /// Moves some bytes without waiting for the socket; adds them to `moved`.
    fn step(&mut self, socket: BorrowedFd<'_>, moved: &mut u64) -> Result<Step, PumpError>;
}

/// Which way the data goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// From the client.
    Receive,
    /// To the client.
    Send,
}

/// Why a pump failed.
#[derive(Debug)]
pub(crate) enum PumpError {
    /// The data connection failed.
    Socket(io::Error),
    /// The storage failed.
    Storage(packetboat_store::Error),
    /// No byte moved for the stall time.
    Stalled(Duration),
    /// The data is not what TYPE, STRU and MODE say.
    Data(DecodeError),
    /// The client marked data that it takes for damaged (RFC 959 §3.4.2).
    Suspect,
    /// The client sends restart markers and takes no replies to them.
    MarkersUnread,
    /// The transfer was stopped.
    Aborted,
}

impl From<packetboat_store::Error> for PumpError {
    fn from(error: packetboat_store::Error) -> Self {
        Self::Storage(error)
    }
}

/// Stops a transfer and tells how far it is.
#[derive(Debug, Default)]
pub(crate) struct Handle {
    aborted: AtomicBool,
    notify: Notify,
    moved: AtomicU64,
}

impl Handle {
    /// Stops the transfer at the next step.
    pub(crate) fn abort(&self) {
        self.aborted.store(true, Ordering::Release);
        self.notify.notify_one();
    }

    /// Whether it was stopped.
    pub(crate) fn is_aborted(&self) -> bool {
        self.aborted.load(Ordering::Acquire)
    }

    /// Completes when the transfer is stopped.
    pub(crate) async fn aborted(&self) {
        while !self.is_aborted() {
            self.notify.notified().await;
        }
    }

    /// Bytes moved so far.
    pub(crate) fn moved(&self) -> u64 {
        self.moved.load(Ordering::Relaxed)
    }
}

/// A data connection. The runtime watches it from the first time that it has to be waited for: a transfer
/// that a thread brings to its end would only wake the worker for nothing.
enum Socket {
    Plain(std::net::TcpStream),
    Watched(TcpStream),
}

impl Socket {
    fn watched(self) -> io::Result<TcpStream> {
        match self {
            Self::Plain(socket) => TcpStream::from_std(socket),
            Self::Watched(socket) => Ok(socket),
        }
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Plain(socket) => socket.as_fd(),
            Self::Watched(socket) => socket.as_fd(),
        }
    }
}

/// The threads that all transfers of a server share.
#[derive(Debug)]
pub(crate) struct Lane {
    threads: Semaphore,
    stall_timeout: Duration,
}

impl Lane {
    pub(crate) fn new(stall_timeout: Duration) -> Self {
        Self { threads: Semaphore::new(THREADS), stall_timeout }
    }

    /// Runs a pump to its end over the socket. The pump comes back, whatever happened. The runtime watches
    /// the socket only if there is something to wait for.
    pub(crate) async fn run<P: Pump>(
        &self,
        socket: std::net::TcpStream,
        mut pump: Box<P>,
        handle: &Arc<Handle>,
    ) -> (Box<P>, Result<(), PumpError>) {
        let direction = pump.direction();
        let started = step_now(socket.as_fd(), &mut *pump, handle);
        let mut now = match started {
            Ok(Now::Done) => return (pump, Ok(())),
            Ok(now) => now,
            Err(error) => return (pump, Err(error)),
        };
        let mut socket = Socket::Plain(socket);
        while now == Now::Wait {
            socket = match self.wait(socket, direction, handle).await {
                Ok(socket) => socket,
                Err(error) => return (pump, Err(error)),
            };
            now = match step_now(socket.as_fd(), &mut *pump, handle) {
                Ok(Now::Done) => return (pump, Ok(())),
                Ok(now) => now,
                Err(error) => return (pump, Err(error)),
            };
        }
        let mut patience = PATIENCE;
        loop {
            // The semaphore is never closed; without a permit the work is merely done unbounded.
            let permit = self.threads.acquire().await.ok();
            let burst;
            (socket, pump, burst) = blocking_burst(socket, pump, handle, patience).await;
            drop(permit);
            match burst.result {
                Ok(Step::Done) => return (pump, Ok(())),
                Err(error) => return (pump, Err(error)),
                Ok(Step::Again) if burst.preempted => {}
                Ok(Step::Again) => {
                    patience = if burst.moved >= FAST { PATIENCE } else { Duration::ZERO };
                    socket = match self.wait(socket, direction, handle).await {
                        Ok(socket) => socket,
                        Err(error) => return (pump, Err(error)),
                    };
                }
            }
        }
    }

    async fn wait(
        &self,
        socket: Socket,
        direction: Direction,
        handle: &Handle,
    ) -> Result<Socket, PumpError> {
        let socket = socket.watched().map_err(PumpError::Socket)?;
        let ready = async {
            loop {
                match direction {
                    Direction::Receive => socket.readable().await?,
                    Direction::Send => socket.writable().await?,
                }
                // The pump drained the socket behind tokio's back: ask the kernel, and let tokio forget
                // what it remembered if the answer is no.
                let interest = match direction {
                    Direction::Receive => Interest::READABLE,
                    Direction::Send => Interest::WRITABLE,
                };
                let check = || match is_ready(socket.as_fd(), direction, Duration::ZERO)? {
                    true => Ok(()),
                    false => Err(io::ErrorKind::WouldBlock.into()),
                };
                match socket.try_io(interest, check) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    result => return result,
                }
            }
        };
        tokio::select! {
            biased;
            () = handle.aborted() => Err(PumpError::Aborted),
            result = tokio::time::timeout(self.stall_timeout, ready) => match result {
                Ok(Ok(())) => Ok(Socket::Watched(socket)),
                Ok(Err(error)) => Err(PumpError::Socket(error)),
                Err(_) => Err(PumpError::Stalled(self.stall_timeout)),
            },
        }
    }
}

/// As far as it goes without the disk.
fn step_now<P: Pump>(
    socket: BorrowedFd<'_>,
    pump: &mut P,
    handle: &Handle,
) -> Result<Now, PumpError> {
    let mut moved = 0;
    let now = pump.step_now(socket, &mut moved);
    handle.moved.fetch_add(moved, Ordering::Relaxed);
    now
}

/// One stay on a blocking thread.
struct Burst {
    result: Result<Step, PumpError>,
    moved: u64,
    /// The time slice was over, not the data.
    preempted: bool,
}

async fn blocking_burst<P: Pump>(
    socket: Socket,
    mut pump: Box<P>,
    handle: &Arc<Handle>,
    patience: Duration,
) -> (Socket, Box<P>, Burst) {
    let handle = Arc::clone(handle);
    let task = spawn_blocking(move || {
        let burst = burst(socket.as_fd(), &mut *pump, &handle, patience);
        (socket, pump, burst)
    });
    match task.await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            // A panic of the pump is ours; it ends this session as it would have without the thread.
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is shutting down, and this task with it.
            Err(_) => std::future::pending().await,
        },
    }
}

fn burst<P: Pump>(
    socket: BorrowedFd<'_>,
    pump: &mut P,
    handle: &Handle,
    patience: Duration,
) -> Burst {
    let started = Instant::now();
    let mut moved = 0;
    loop {
        if handle.is_aborted() {
            return Burst { result: Err(PumpError::Aborted), moved, preempted: false };
        }
        let before = moved;
        let result = pump.step(socket, &mut moved);
        handle.moved.fetch_add(moved - before, Ordering::Relaxed);
        if !matches!(result, Ok(Step::Again)) {
            return Burst { result, moved, preempted: false };
        }
        let ready = is_ready(socket, pump.direction(), patience);
        match ready {
            Ok(false) => return Burst { result, moved, preempted: false },
            Ok(true) if started.elapsed() >= SLICE => {
                return Burst { result, moved, preempted: true };
            }
            Ok(true) => {}
            Err(error) => {
                let result = Err(PumpError::Socket(error));
                return Burst { result, moved, preempted: false };
            }
        }
    }
}

/// Whether the socket has bytes, or room, or an end.
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
