//! Copies bytes between a data connection and a local file or stream, unchanged. A small download
//! is collected in memory and written in one go; anything longer is copied on a blocking thread
//! with a large buffer, so that a slow disk does not block the asynchronous workers. Transfers that
//! need an encoder are in [`crate::codec`].

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::net::{Shutdown, TcpStream as BlockingStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::claim::Claim;
use crate::error::{Error, Phase};
use crate::observer::{Event, Observer, TransferId};
use crate::source::Source;
#[cfg(target_os = "linux")]
use crate::splice::{self, Broken, Moved};
use crate::wire::{Blocking, DataStream, break_if_dropped};

/// A download smaller than this is written in one go.
pub(crate) const SMALL: usize = 64 * 1024;
/// The buffer of a long transfer.
const LARGE: usize = 512 * 1024;

/// The name of a sink that is not a file, for messages.
const OUTPUT: &str = "standard output";

/// Where downloaded bytes go.
pub(crate) enum Sink {
    /// A part, from an offset on; anything after the offset is cut off. At the end it gets the
    /// modification time of the remote file.
    Part { claim: Arc<Claim>, offset: u64, modified: Option<SystemTime> },
    /// Anything else, for `cat`.
    Writer(Box<dyn Write + Send>),
}

/// A sink that is open.
pub(crate) enum Target {
    File { file: File, path: PathBuf, modified: Option<SystemTime> },
    Writer(Box<dyn Write + Send>),
}

impl Sink {
    /// Where the first byte goes.
    pub(crate) fn offset(&self) -> u64 {
        match self {
            Self::Part { offset, .. } => *offset,
            Self::Writer(_) => 0,
        }
    }

    pub(crate) fn open(self) -> Result<Target, Error> {
        match self {
            Self::Writer(writer) => Ok(Target::Writer(writer)),
            Self::Part { claim, offset, modified } => {
                claim.take_part_name()?;
                let path = claim.part().to_owned();
                let file = claim.open_at(offset).map_err(|error| Error::local(&path, error))?;
                Ok(Target::File { file, path, modified })
            }
        }
    }

    /// Like [`Self::open`], if the whole file will be written at once: an unnamed file then stays
    /// unnamed until it is complete.
    fn open_for_all(self) -> Result<Target, Error> {
        if let Self::Part { claim, modified, .. } = &self
            && let Some(file) = claim.nameless()
        {
            let path = claim.part().to_owned();
            let file = file.try_clone().map_err(|error| Error::local(&path, error))?;
            return Ok(Target::File { file, path, modified: *modified });
        }
        self.open()
    }
}

impl Target {
    /// The file, if it is one.
    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Self::File { path, .. } => Some(path),
            Self::Writer(_) => None,
        }
    }

    /// Leaves a hole in a file; any other sink gets zeros.
    pub(crate) fn skip(&mut self, from: u64, to: u64) -> Result<(), Error> {
        if let Self::File { file, path, .. } = self {
            let sought = file.seek(SeekFrom::Start(to));
            return sought.map(drop).map_err(|error| Error::local(path, error));
        }
        let zeros = [0; 4096];
        let mut left = to.saturating_sub(from);
        while left > 0 {
            let length = usize::try_from(left).map_or(zeros.len(), |left| left.min(zeros.len()));
            self.write(&zeros[..length])?;
            left -= length as u64;
        }
        Ok(())
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        match self {
            Self::File { file, path, .. } => {
                file.write_all(bytes).map_err(|error| Error::local(path, error))
            }
            Self::Writer(writer) => {
                writer.write_all(bytes).map_err(|error| Error::local(Path::new(OUTPUT), error))
            }
        }
    }

    /// Finishes the target. `length` is given if the file ends in a hole.
    pub(crate) fn finish(self, length: Option<u64>) -> Result<(), Error> {
        if let (Self::File { file, path, .. }, Some(length)) = (&self, length) {
            file.set_len(length).map_err(|error| Error::local(path, error))?;
        }
        match self {
            Self::File { file, path, modified: Some(time) } => {
                file.set_modified(time).map_err(|error| Error::local(&path, error))
            }
            Self::File { .. } => Ok(()),
            Self::Writer(mut writer) => {
                writer.flush().map_err(|error| Error::local(Path::new(OUTPUT), error))
            }
        }
    }
}

/// Counts the bytes of one transfer, and reports them to the observer.
#[derive(Clone)]
pub(crate) struct Meter {
    pub(crate) id: TransferId,
    pub(crate) observer: Arc<dyn Observer>,
    pub(crate) moved: Arc<AtomicU64>,
}

impl Meter {
    /// The server marked the data that follows as possibly damaged.
    pub(crate) fn suspect(&self) {
        self.observer.event(Event::Suspect { id: self.id });
    }

    /// How many bytes have moved so far, in all attempts.
    pub(crate) fn moved(&self) -> u64 {
        self.moved.load(Ordering::Relaxed)
    }

    pub(crate) fn add(&self, bytes: usize) {
        self.moved.fetch_add(bytes as u64, Ordering::Relaxed);
        self.observer.event(Event::Progress { id: self.id, bytes: bytes as u64 });
    }
}

/// How a copy ended: how many bytes moved, and the error if it stopped early.
pub(crate) struct Copied {
    /// Bytes of the file.
    pub(crate) bytes: u64,
    /// Bytes on the data connection, as encoded there.
    pub(crate) on_wire: u64,
    pub(crate) error: Option<Error>,
}

impl Copied {
    /// Whether it stopped because of a local file.
    pub(crate) fn failed_here(&self) -> bool {
        self.error.as_ref().is_some_and(|error| error.phase() == Phase::LocalFile)
    }

    /// For a file transferred unchanged.
    pub(crate) fn new(bytes: u64, error: Option<Error>) -> Self {
        Self { bytes, on_wire: bytes, error }
    }

    pub(crate) fn failed(bytes: u64, error: Error) -> Self {
        Self::new(bytes, Some(error))
    }
}

/// Receives until the server closes the data connection.
pub(crate) async fn receive(
    mut stream: DataStream,
    sink: Sink,
    stall: Duration,
    meter: &Meter,
) -> Copied {
    let mut head = Vec::with_capacity(4 * 1024);
    // With TLS everything is done on the thread.
    while stream.tls.is_none() && head.len() < SMALL {
        match timeout(stall, stream.socket.read_buf(&mut head)).await {
            // The whole file has arrived. One short write needs no thread.
            Ok(Ok(0)) => return write_small(&head, sink.open_for_all(), meter),
            Ok(Ok(_)) => {}
            // The bytes received so far are kept, so that the transfer can be resumed.
            Ok(Err(error)) => {
                return keep_head(&head, sink, Error::socket(Phase::Transfer, error), meter);
            }
            Err(_) => {
                return keep_head(&head, sink, Error::timed_out(Phase::Transfer, stall), meter);
            }
        }
    }
    let meter = meter.clone();
    let copy = move |stream: &mut Blocking| receive_blocking(stream, &head, sink, stall, &meter);
    on_thread(stream, stall, copy)
        .await
        .map_or_else(|error| Copied::failed(0, error), |ended| ended.0)
}

fn write_small(bytes: &[u8], target: Result<Target, Error>, meter: &Meter) -> Copied {
    let result = target.and_then(|mut target| {
        target.write(bytes)?;
        target.finish(None)
    });
    match result {
        Ok(()) => {
            meter.add(bytes.len());
            Copied::new(bytes.len() as u64, None)
        }
        Err(error) => Copied::failed(0, error),
    }
}

fn keep_head(head: &[u8], sink: Sink, error: Error, meter: &Meter) -> Copied {
    let kept = write_small(head, sink.open(), meter);
    Copied::failed(kept.bytes, kept.error.unwrap_or(error))
}

fn receive_blocking(
    stream: &mut Blocking,
    head: &[u8],
    sink: Sink,
    stall: Duration,
    meter: &Meter,
) -> Copied {
    let mut target = match sink.open() {
        Ok(opened) => opened,
        Err(error) => return Copied::failed(0, error),
    };
    if let Err(error) = target.write(head) {
        return Copied::failed(0, error);
    }
    meter.add(head.len());
    let mut bytes = head.len() as u64;
    #[cfg(target_os = "linux")]
    match receive_by_kernel(stream, &target, stall, meter, &mut bytes) {
        Ok(Moved::All) => return Copied::new(bytes, target.finish(None).err()),
        Ok(Moved::NoFurther) => {}
        Err(error) => return Copied::failed(bytes, error),
    }
    let mut buffer = vec![0; LARGE];
    loop {
        let length = match stream.read(&mut buffer) {
            Ok(0) => return Copied::new(bytes, target.finish(None).err()),
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            // The file may be complete: only the end mark of TLS is missing.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                let ended = target.finish(None).err();
                return Copied::failed(bytes, ended.unwrap_or_else(|| socket_error(error, stall)));
            }
            Err(error) => return Copied::failed(bytes, socket_error(error, stall)),
        };
        if let Err(error) = target.write(&buffer[..length]) {
            return Copied::failed(bytes, error);
        }
        bytes += length as u64;
        meter.add(length);
    }
}

/// Lets the kernel move the bytes, if the target is a file and the connection is unencrypted.
#[cfg(target_os = "linux")]
fn receive_by_kernel(
    stream: &Blocking,
    target: &Target,
    stall: Duration,
    meter: &Meter,
    bytes: &mut u64,
) -> Result<Moved, Error> {
    let (Some(socket), Target::File { file, path, .. }) = (stream.in_clear(), target) else {
        return Ok(Moved::NoFurther);
    };
    let told = |length| {
        *bytes += length as u64;
        meter.add(length);
    };
    splice::receive(socket, file, stall, told).map_err(|broken| match broken {
        Broken::Socket(error) => socket_error(error, stall),
        Broken::File(error) => Error::local(path, error),
    })
}

/// Sends a file to its end and closes the data connection, which marks the end of the file in
/// stream mode (RFC 959 §3.4.1). For the same reason the connection is returned open if sending
/// stopped early.
pub(crate) async fn send(
    stream: DataStream,
    source: Source,
    stall: Duration,
    meter: &Meter,
) -> (Copied, Option<HangUp>) {
    let meter = meter.clone();
    let copy = move |stream: &mut Blocking| send_blocking(stream, &source, stall, &meter);
    match on_thread(stream, stall, copy).await {
        Ok((copied, hang_up)) => (copied, Some(hang_up)),
        Err(error) => (Copied::failed(0, error), None),
    }
}

/// What has become of a file that ends before its length at the start of the upload.
pub(crate) const SHRUNK: &str = "it became shorter while it was sent, so the upload was stopped; send it \
                                 again when no other program is changing it";

fn send_blocking(stream: &mut Blocking, source: &Source, stall: Duration, meter: &Meter) -> Copied {
    let local = |error| Error::local(source.name(), error);
    let (mut file, left) = match source.open() {
        Ok(opened) => opened,
        Err(error) => return Copied::failed(0, error),
    };
    let expected = left;
    let left = left.and_then(|left| usize::try_from(left).ok()).unwrap_or(LARGE);
    let mut buffer = vec![0; left.clamp(1, LARGE)];
    let mut bytes = 0;
    loop {
        let length = match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Copied::failed(bytes, local(error)),
        };
        if let Err(error) = stream.write_all(&buffer[..length]) {
            return Copied::failed(bytes, socket_error(error, stall));
        }
        bytes += length as u64;
        meter.add(length);
    }
    // Checked before the connection is closed, which would mark the end of the file.
    if expected.is_some_and(|expected| bytes < expected) {
        return Copied::failed(bytes, Error::mismatch(source.name(), SHRUNK));
    }
    let error = stream.end().err();
    Copied::new(bytes, error.map(|error| socket_error(error, stall)))
}

/// Converts an error of a blocking socket, which reports a timeout as `WouldBlock` on Unix and as
/// `TimedOut` on Windows.
pub(crate) fn socket_error(error: io::Error, stall: Duration) -> Error {
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
            Error::timed_out(Phase::Transfer, stall)
        }
        io::ErrorKind::UnexpectedEof => Error::cut_off(),
        _ => Error::socket(Phase::Transfer, error),
    }
}

/// Runs a copy on a blocking thread. If the future or the returned guard is dropped, the connection
/// is shut down, which ends the thread.
pub(crate) async fn on_thread<T: Send + 'static>(
    stream: DataStream,
    stall: Duration,
    copy: impl FnOnce(&mut Blocking) -> T + Send + 'static,
) -> Result<(T, HangUp), Error> {
    let failed = |error| Error::socket(Phase::Transfer, error);
    let prepared = stream.into_blocking(stall).and_then(|stream| {
        let reusable = !stream.is_private();
        Ok((HangUp { socket: Some(stream.socket()?), reusable }, stream))
    });
    let (hang_up, mut stream) = prepared.map_err(failed)?;
    let copied = tokio::task::spawn_blocking(move || copy(&mut stream)).await;
    // The thread panicked or the runtime is shutting down.
    let copied = copied.map_err(|error| failed(io::Error::other(error)))?;
    Ok((copied, hang_up))
}

/// Closes a connection when it is dropped.
pub(crate) struct HangUp {
    socket: Option<BlockingStream>,
    /// False with TLS, which ends with each transfer.
    reusable: bool,
}

impl HangUp {
    /// The connection, for another transfer; `None` if it cannot be reused.
    pub(crate) fn release(mut self) -> Option<TcpStream> {
        let stream = self.socket.take_if(|_| self.reusable)?;
        break_if_dropped(&stream, false);
        stream.set_nonblocking(true).ok()?;
        TcpStream::from_std(stream).ok()
    }
}

impl Drop for HangUp {
    fn drop(&mut self) {
        if let Some(stream) = &self.socket {
            // The peer may have closed it already; a failure here does not matter.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}
