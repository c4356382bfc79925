//! [`Lane`]: where data moves. Blocking steps run on threads of their own, and waiting happens on
//! the async side.
//!
//! A [`Pump`] moves bytes between a file and a non-blocking socket until the socket has no more
//! room (or no more bytes). Files may block on a disk, so pumps run on the blocking pool, never on
//! an async worker. With a fast peer, a pump keeps its thread: it waits for the socket in place for
//! a few milliseconds, which saves a switch between threads for every buffer. With a slow peer, it
//! gives the thread back and waits as a task, so a thousand slow transfers do not need a thousand
//! threads.

use std::io;
use std::os::fd::AsFd as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use packetboat_proto::encoding::DecodeError;
use packetboat_sockets::LowWater;
use tokio::io::Interest;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use crate::handle::Handle;
use crate::rate::Throttle;
use crate::wire::{DataConnection, Wire, is_ready};

/// How many threads may move data at the same time.
const THREADS: usize = 64;
/// How long a pump waits for its socket while keeping the thread.
const PATIENCE: Duration = Duration::from_millis(20);
/// After this long, a pump lets others have the thread.
const SLICE: Duration = Duration::from_millis(250);
/// How long a client may take to close a data connection under TLS after all data has moved.
const LINGER: Duration = Duration::from_secs(2);
/// For how long, and how many bytes, a failed upload is still read and discarded.
const THROWN_TIME: Duration = Duration::from_secs(3);
const THROWN_BYTES: usize = 16 << 20;
/// How long an upload may take to arrive and still be stored without a thread of the lane. Later
/// data is stored as it arrives. No timer enforces this: setting one wakes the worker, once for
/// each small file.
const AT_ONCE: Duration = Duration::from_millis(50);
/// A pump that moved this much at once is fast, and worth waiting for.
const FAST: u64 = 1 << 20;

/// Why a pump stopped for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// There is more to move, but the socket has no more room (or bytes), or others get their turn.
    Again,
    /// Like [`Step::Again`], but the next step does not have to wait for the socket.
    More,
    /// Everything has been moved.
    Done,
}

/// How far a pump gets without the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Now {
    /// Everything has been moved.
    Done,
    /// The socket must become ready first.
    Wait,
    /// The rest may block.
    Block,
}

/// Moves the bytes of one transfer.
pub(crate) trait Pump: Send + 'static {
    /// Whether the pump waits for bytes or for room on the socket.
    fn direction(&self) -> Direction;

    /// Moves what it can without touching the disk, on the async worker, and adds the number of
    /// bytes to `moved`. Most small files never need a thread of the lane.
    fn step_now(&mut self, _wire: &mut Wire<'_>, _moved: &mut u64) -> Result<Now, PumpError> {
        Ok(Now::Block)
    }

    /// Moves some bytes without waiting for the wire, and adds their number to `moved`.
    fn step(&mut self, wire: &mut Wire<'_>, moved: &mut u64) -> Result<Step, PumpError>;
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
    /// The data connection was closed without TLS's close_notify.
    CutOff,
    /// The data connection was closed before this many bytes, announced by the client, had arrived.
    Early(u64),
    /// No byte moved for the stall time.
    Stalled(Duration),
    /// The data does not match TYPE, STRU and MODE.
    Data(DecodeError),
    /// The client marked some data as suspect (RFC 959 §3.4.2).
    Suspect,
    /// The client sends restart markers, but does not read the replies to them.
    MarkersUnread,
    /// The transfer was stopped.
    Aborted,
}

impl PumpError {
    /// Wraps a system error of the data connection.
    pub(crate) fn socket(error: rustix::io::Errno) -> Self {
        Self::Socket(error.into())
    }
}

impl From<packetboat_store::Error> for PumpError {
    fn from(error: packetboat_store::Error) -> Self {
        Self::Storage(error)
    }
}

/// The threads shared by all transfers of a server.
#[derive(Debug)]
pub(crate) struct Lane {
    threads: Arc<Semaphore>,
    stall_timeout: Duration,
}

impl Lane {
    pub(crate) fn new(stall_timeout: Duration) -> Self {
        Self { threads: Arc::new(Semaphore::new(THREADS)), stall_timeout }
    }

    /// The same threads, for transfers with another stall timeout.
    pub(crate) fn with_stall_timeout(&self, stall_timeout: Duration) -> Self {
        Self { threads: Arc::clone(&self.threads), stall_timeout }
    }

    /// Runs a pump to its end over the connection, and closes the connection. Returns the pump,
    /// whatever happened. The runtime only watches the socket if there is something to wait for.
    pub(crate) async fn run<P: Pump>(
        &self,
        connection: DataConnection,
        pump: Box<P>,
        handle: &Arc<Handle>,
        throttle: Option<Throttle>,
    ) -> (Box<P>, Result<(), PumpError>) {
        let (pump, result) = self.drive(connection, pump, handle, throttle).await;
        match result {
            Ok(connection) => {
                let closed = self.close(connection, handle).await;
                // An upload is stored by now, whatever happens to its connection.
                let closed = if pump.direction() == Direction::Receive { Ok(()) } else { closed };
                (pump, closed)
            }
            // Without close_notify, the receiver knows that something is missing.
            Err(error) => (pump, Err(error)),
        }
    }

    async fn drive<P: Pump>(
        &self,
        mut connection: DataConnection,
        mut pump: Box<P>,
        handle: &Arc<Handle>,
        mut throttle: Option<Throttle>,
    ) -> (Box<P>, Result<DataConnection, PumpError>) {
        let direction = pump.direction();
        let started = Instant::now();
        loop {
            let Some(budget) = budget(&mut throttle, handle).await else {
                return (pump, Err(PumpError::Aborted));
            };
            let mut moved = 0;
            match step_now(&mut connection, &mut *pump, handle, budget, &mut moved) {
                Ok(Now::Done) => return (pump, Ok(connection)),
                Ok(Now::Block) => break,
                Err(error) => {
                    leave(connection, direction, &error);
                    return (pump, Err(error));
                }
                Ok(Now::Wait) => {}
            }
            if is_spent(&mut throttle, moved, budget) {
                continue;
            }
            connection = match connection.watched() {
                Ok(connection) => connection,
                Err(error) => return (pump, Err(PumpError::Socket(error))),
            };
            if let Err(error) = self.ready(&connection, direction, Emptied::Here, handle).await {
                return (pump, Err(error));
            }
            if direction == Direction::Receive && started.elapsed() >= AT_ONCE {
                break;
            }
        }
        let mut patience = PATIENCE;
        loop {
            let Some(budget) = budget(&mut throttle, handle).await else {
                return (pump, Err(PumpError::Aborted));
            };
            // The semaphore is never closed; without a permit, the work would merely be unlimited.
            let permit = self.threads.acquire().await.ok();
            let burst;
            (connection, pump, burst) =
                blocking_burst(connection, pump, handle, patience, budget).await;
            drop(permit);
            let is_spent = is_spent(&mut throttle, burst.moved, budget);
            match burst.result {
                Ok(Step::Done) => return (pump, Ok(connection)),
                Err(error) => {
                    leave(connection, direction, &error);
                    return (pump, Err(error));
                }
                Ok(Step::More) => {}
                Ok(Step::Again) if burst.preempted || is_spent => {}
                Ok(Step::Again) => {
                    patience = if burst.moved >= FAST { PATIENCE } else { Duration::ZERO };
                    connection = match self.wait(connection, direction, handle).await {
                        Ok(connection) => connection,
                        Err(error) => return (pump, Err(error)),
                    };
                }
            }
        }
    }

    /// Ends TLS on a connection after all data has moved (RFC 4217 §12.7): sends close_notify, and
    /// gives the client some time to do so too. Closing a socket that still contains bytes resets
    /// the connection, and the reset may overtake data that the client has not read yet.
    async fn close(
        &self,
        mut connection: DataConnection,
        handle: &Arc<Handle>,
    ) -> Result<(), PumpError> {
        if !connection.say_end() {
            return Ok(());
        }
        while !connection.flush().map_err(PumpError::Socket)? {
            connection = self.wait(connection, Direction::Send, handle).await?;
        }
        connection.shut_down();
        let _ = tokio::time::timeout(LINGER, async {
            while !connection.drain() {
                connection = self.wait(connection, Direction::Receive, handle).await?;
            }
            Ok::<(), PumpError>(())
        })
        .await;
        Ok(())
    }

    async fn wait(
        &self,
        connection: DataConnection,
        direction: Direction,
        handle: &Handle,
    ) -> Result<DataConnection, PumpError> {
        let connection = connection.watched().map_err(PumpError::Socket)?;
        self.ready(&connection, direction, Emptied::Elsewhere, handle).await?;
        Ok(connection)
    }

    /// Completes when a watched socket has bytes, room, or reached its end.
    async fn ready(
        &self,
        connection: &DataConnection,
        direction: Direction,
        emptied: Emptied,
        handle: &Handle,
    ) -> Result<(), PumpError> {
        // The pump checks a socket that the runtime does not watch.
        let Some(socket) = connection.watch() else { return Ok(()) };
        tokio::select! {
            biased;
            () = handle.aborted() => Err(PumpError::Aborted),
            result = tokio::time::timeout(self.stall_timeout, ready(socket, direction, emptied)) => match result {
                Ok(result) => result.map_err(PumpError::Socket),
                Err(_) => Err(PumpError::Stalled(self.stall_timeout)),
            },
        }
    }
}

/// Handles the connection of a failed transfer. Closing a socket that still contains bytes resets
/// the connection, and a client that is still sending would only see the reset. So the data of an
/// upload that cannot be stored is read and discarded for a while, in parallel with the session,
/// which reports the reason in the meantime.
fn leave(mut connection: DataConnection, direction: Direction, error: &PumpError) {
    if direction == Direction::Receive && matches!(error, PumpError::Storage(_)) {
        // A client that ends TLS waits for our close_notify; nothing else will be sent.
        if connection.say_end() && connection.flush().unwrap_or(true) {
            connection.shut_down();
        }
        tokio::spawn(tokio::time::timeout(THROWN_TIME, throw_away(connection)));
    }
}

async fn throw_away(connection: DataConnection) -> io::Result<()> {
    let connection = connection.watched()?;
    let Some(socket) = connection.watch() else { return Ok(()) };
    let mut buffer = vec![0; 64 << 10];
    let mut left = THROWN_BYTES;
    while left > 0 {
        ready(socket, Direction::Receive, Emptied::Elsewhere).await?;
        match socket.try_read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => left = left.saturating_sub(count),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Where a pump found that its socket is not ready.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Emptied {
    /// On the worker, just now: no event can have arrived since.
    Here,
    /// On another thread.
    Elsewhere,
}

/// Waits until the socket is ready. The pump has used the socket without tokio, so tokio's record
/// of its readiness may be out of date.
async fn ready(socket: &TcpStream, direction: Direction, emptied: Emptied) -> io::Result<()> {
    let interest = match direction {
        Direction::Receive => Interest::READABLE,
        Direction::Send => Interest::WRITABLE,
    };
    if emptied == Emptied::Here {
        // This clears tokio's record.
        let _ = socket.try_io(interest, || Err::<(), _>(io::ErrorKind::WouldBlock.into()));
        return socket.ready(interest).await.map(drop);
    }
    loop {
        socket.ready(interest).await?;
        // Asks the kernel, and clears tokio's record if the socket is not ready.
        let check = || match is_ready(socket.as_fd(), direction, Duration::ZERO)? {
            true => Ok(()),
            false => Err(io::ErrorKind::WouldBlock.into()),
        };
        match socket.try_io(interest, check) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            result => return result,
        }
    }
}

/// How many bytes may be moved next. A throttled transfer waits here, without a thread and whatever
/// its socket does. Returns `None` if the transfer is stopped in the meantime.
async fn budget(throttle: &mut Option<Throttle>, handle: &Handle) -> Option<u64> {
    match throttle {
        None => Some(u64::MAX),
        Some(throttle) => throttle.wait(handle).await,
    }
}

/// Records the bytes moved, and returns whether they used up the budget.
fn is_spent(throttle: &mut Option<Throttle>, moved: u64, budget: u64) -> bool {
    if let Some(throttle) = throttle {
        throttle.moved(moved);
    }
    moved >= budget
}

/// Moves data as far as possible without the disk.
fn step_now<P: Pump>(
    connection: &mut DataConnection,
    pump: &mut P,
    handle: &Handle,
    budget: u64,
    moved: &mut u64,
) -> Result<Now, PumpError> {
    let now = pump.step_now(&mut connection.wire(budget), moved);
    handle.add(*moved);
    now
}

/// The result of one stay on a blocking thread.
struct Burst {
    result: Result<Step, PumpError>,
    moved: u64,
    /// Whether the time slice ran out, and not the data.
    preempted: bool,
}

async fn blocking_burst<P: Pump>(
    mut connection: DataConnection,
    mut pump: Box<P>,
    handle: &Arc<Handle>,
    patience: Duration,
    budget: u64,
) -> (DataConnection, Box<P>, Burst) {
    let handle = Arc::clone(handle);
    let task = spawn_blocking(move || {
        let burst = burst(&mut connection, &mut *pump, &handle, patience, budget);
        // The rest of a file may be short, and the runtime must notice its first byte.
        connection.wait_for(LowWater::Any);
        (connection, pump, burst)
    });
    match task.await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            // A panic of the pump ends this session, as it would have without the thread.
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is shutting down, and this task with it.
            Err(_) => std::future::pending().await,
        },
    }
}

fn burst<P: Pump>(
    connection: &mut DataConnection,
    pump: &mut P,
    handle: &Handle,
    patience: Duration,
    budget: u64,
) -> Burst {
    let started = Instant::now();
    let mut moved = 0;
    loop {
        if handle.is_aborted() {
            return Burst { result: Err(PumpError::Aborted), moved, preempted: false };
        }
        let before = moved;
        let result = pump.step(&mut connection.wire(budget - moved.min(budget)), &mut moved);
        handle.add(moved - before);
        match result {
            Ok(Step::Again) if moved >= budget => {
                return Burst { result, moved, preempted: false };
            }
            Ok(Step::Again) => {}
            Ok(Step::More) if started.elapsed() < SLICE => continue,
            _ => return Burst { result, moved, preempted: false },
        }
        if moved >= FAST && pump.direction() == Direction::Receive {
            connection.wait_for(LowWater::Many);
        }
        match connection.is_ready(pump.direction(), patience) {
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
