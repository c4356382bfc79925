//! The lane that data moves in: blocking steps on threads of their own, waiting on the async side.
//!
//! A [`Pump`] moves bytes between a file and a non-blocking socket until the socket has no more room (or
//! no more bytes). Files may block on a disk, so a pump runs on the blocking pool, never on an async
//! worker. A fast peer keeps its thread: the pump waits for the socket a few milliseconds in place, which
//! saves a hop between threads for every buffer. A slow peer gives it back and waits as a task, so a
//! thousand slow transfers need no thousand threads.

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

/// Threads that may move data at once.
const THREADS: usize = 64;
/// How long a pump waits for its socket in place.
const PATIENCE: Duration = Duration::from_millis(20);
/// After this long a pump lets others have the thread.
const SLICE: Duration = Duration::from_millis(250);
/// How long a client may take to close a data connection under TLS once all is moved.
const LINGER: Duration = Duration::from_secs(2);
/// How long, and how many bytes, an upload is read on that could not be stored.
const THROWN_TIME: Duration = Duration::from_secs(3);
const THROWN_BYTES: usize = 16 << 20;
/// How long an upload may take to arrive that is stored without a thread of the lane. What comes later is stored
/// as it comes. No timer watches over this: to set one wakes the worker, once for each small file.
const AT_ONCE: Duration = Duration::from_millis(50);
/// A pump that moved this much in one go is fast and worth waiting for.
const FAST: u64 = 1 << 20;

/// Why a pump stopped for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Not all is moved: the socket has no more room (or bytes), or others may have their turn.
    Again,
    /// As [`Step::Again`], but what comes next needs nothing of the socket.
    More,
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
    fn step_now(&mut self, _wire: &mut Wire<'_>, _moved: &mut u64) -> Result<Now, PumpError> {
        Ok(Now::Block)
    }

    /// Moves some bytes without waiting for the wire; adds them to `moved`.
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
    /// The data connection was closed without the end that TLS has for it.
    CutOff,
    /// The data connection was closed before so many bytes had come, which the client had announced.
    Early(u64),
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

impl PumpError {
    /// The data connection failed, as the system says.
    pub(crate) fn socket(error: rustix::io::Errno) -> Self {
        Self::Socket(error.into())
    }
}

impl From<packetboat_store::Error> for PumpError {
    fn from(error: packetboat_store::Error) -> Self {
        Self::Storage(error)
    }
}

/// The threads that all transfers of a server share.
#[derive(Debug)]
pub(crate) struct Lane {
    threads: Arc<Semaphore>,
    stall_timeout: Duration,
}

impl Lane {
    pub(crate) fn new(stall_timeout: Duration) -> Self {
        Self { threads: Arc::new(Semaphore::new(THREADS)), stall_timeout }
    }

    /// The same threads for transfers with another patience.
    pub(crate) fn with_stall_timeout(&self, stall_timeout: Duration) -> Self {
        Self { threads: Arc::clone(&self.threads), stall_timeout }
    }

    /// Runs a pump to its end over the connection, and closes that. The pump comes back, whatever happened.
    /// The runtime watches the socket only if there is something to wait for.
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
                // An upload is stored by now, whatever becomes of its connection.
                let closed = if pump.direction() == Direction::Receive { Ok(()) } else { closed };
                (pump, closed)
            }
            // Without the end that TLS has, whoever receives knows that something is missing.
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
            // The semaphore is never closed; without a permit the work is merely done unbounded.
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

    /// Ends TLS on a connection over which everything has been moved (RFC 4217 §12.7): says that it was all,
    /// and gives the client a while to say so too. A socket that is closed with bytes in it resets the
    /// connection, and the reset may overtake what the client has not read yet.
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

    /// Completes when a watched socket has bytes, or room, or an end.
    async fn ready(
        &self,
        connection: &DataConnection,
        direction: Direction,
        emptied: Emptied,
        handle: &Handle,
    ) -> Result<(), PumpError> {
        // One that nobody watches is asked by the pump itself.
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

/// A socket that is closed with bytes in it resets the connection, and a client that is still sending would learn of
/// nothing but that. So what comes of an upload that cannot be stored is thrown away for a while, beside the session,
/// which tells the reason meanwhile.
fn leave(mut connection: DataConnection, direction: Direction, error: &PumpError) {
    if direction == Direction::Receive && matches!(error, PumpError::Storage(_)) {
        // A client that ends TLS awaits our end of it, and nothing more will come from here.
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

/// Where a pump found that its socket has nothing more for it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Emptied {
    /// On the worker, just now: no event can have come since.
    Here,
    /// On another thread.
    Elsewhere,
}

/// The pump emptied the socket behind tokio's back: what tokio remembers of it may be old.
async fn ready(socket: &TcpStream, direction: Direction, emptied: Emptied) -> io::Result<()> {
    let interest = match direction {
        Direction::Receive => Interest::READABLE,
        Direction::Send => Interest::WRITABLE,
    };
    if emptied == Emptied::Here {
        // Tokio forgets it.
        let _ = socket.try_io(interest, || Err::<(), _>(io::ErrorKind::WouldBlock.into()));
        return socket.ready(interest).await.map(drop);
    }
    loop {
        socket.ready(interest).await?;
        // The kernel is asked, and tokio forgets what it remembered if the answer is no.
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

/// How many bytes may be moved next. Who is held back waits here, without a thread and whatever its socket does;
/// nothing if the transfer is stopped meanwhile.
async fn budget(throttle: &mut Option<Throttle>, handle: &Handle) -> Option<u64> {
    match throttle {
        None => Some(u64::MAX),
        Some(throttle) => throttle.wait(handle).await,
    }
}

/// Whether so many bytes moved are all that might be.
fn is_spent(throttle: &mut Option<Throttle>, moved: u64, budget: u64) -> bool {
    if let Some(throttle) = throttle {
        throttle.moved(moved);
    }
    moved >= budget
}

/// As far as it goes without the disk.
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

/// One stay on a blocking thread.
struct Burst {
    result: Result<Step, PumpError>,
    moved: u64,
    /// The time slice was over, not the data.
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
        // The rest of a file may be short, and the runtime is to hear of its first byte.
        connection.wait_for(LowWater::Any);
        (connection, pump, burst)
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
