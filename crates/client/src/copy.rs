//! Moves bytes between a data connection and a file or stream of this machine. A small file is read into
//! memory and written in one go; anything longer moves on a thread of its own with a large buffer, off
//! the asynchronous workers, where the disk may block.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::net::{Shutdown, TcpStream as BlockingStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::error::{Error, Phase};
use crate::observer::{Event, Observer, TransferId};

/// A file that fits in here is written in one go.
const SMALL: usize = 64 * 1024;
/// The buffer of a long transfer.
const LARGE: usize = 512 * 1024;

/// Where downloaded bytes go.
pub(crate) enum Sink {
    /// A file, from an offset on; whatever it held behind that is cut off. At the end it gets the time
    /// that the file has on the server.
    File { path: PathBuf, offset: u64, modified: Option<SystemTime> },
    /// Anything else, for `cat`.
    Writer(Box<dyn Write + Send>),
}

/// A sink that is open.
enum Target {
    File { file: File, path: PathBuf, modified: Option<SystemTime> },
    Writer(Box<dyn Write + Send>),
}

impl Sink {
    fn open(self) -> Result<Target, Error> {
        match self {
            Self::Writer(writer) => Ok(Target::Writer(writer)),
            Self::File { path, offset, modified } => {
                let file = open_at(&path, offset).map_err(|error| Error::local(&path, error))?;
                Ok(Target::File { file, path, modified })
            }
        }
    }
}

impl Target {
    fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        match self {
            Self::File { file, path, .. } => {
                file.write_all(bytes).map_err(|error| Error::local(path, error))
            }
            Self::Writer(writer) => {
                writer.write_all(bytes).map_err(|error| Error::local(Path::new("-"), error))
            }
        }
    }

    fn finish(self) -> Result<(), Error> {
        match self {
            Self::File { file, path, modified: Some(time) } => {
                file.set_modified(time).map_err(|error| Error::local(&path, error))
            }
            Self::File { .. } => Ok(()),
            Self::Writer(mut writer) => {
                writer.flush().map_err(|error| Error::local(Path::new("-"), error))
            }
        }
    }
}

/// A new file is not truncated by a call of its own: ext4 takes that for a file being replaced and writes
/// it out on close, which makes small files many times slower.
fn open_at(path: &Path, offset: u64) -> io::Result<File> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(offset == 0).open(path)?;
    if offset > 0 {
        file.set_len(offset)?;
        file.seek(SeekFrom::Start(offset))?;
    }
    Ok(file)
}

/// Tells the observer of bytes that moved.
#[derive(Clone)]
pub(crate) struct Meter {
    pub(crate) id: TransferId,
    pub(crate) observer: Arc<dyn Observer>,
}

impl Meter {
    fn add(&self, bytes: usize) {
        self.observer.event(Event::Progress { id: self.id, bytes: bytes as u64 });
    }
}

/// How a copy ended: how many bytes moved, and why it stopped if not at the end.
pub(crate) struct Copied {
    pub(crate) bytes: u64,
    pub(crate) error: Option<Error>,
}

impl Copied {
    fn failed(bytes: u64, error: Error) -> Self {
        Self { bytes, error: Some(error) }
    }
}

/// Receives until the server closes the data connection.
pub(crate) async fn receive(
    mut stream: TcpStream,
    sink: Sink,
    stall: Duration,
    meter: &Meter,
) -> Copied {
    let mut head = Vec::with_capacity(4 * 1024);
    while head.len() < SMALL {
        match timeout(stall, stream.read_buf(&mut head)).await {
            // The whole file is here. One short write needs no thread.
            Ok(Ok(0)) => return write_small(&head, sink, meter),
            Ok(Ok(_)) => {}
            // What came is kept, so that the transfer can be resumed behind it.
            Ok(Err(error)) => {
                return keep_head(&head, sink, Error::socket(Phase::Transfer, error), meter);
            }
            Err(_) => {
                return keep_head(&head, sink, Error::timed_out(Phase::Transfer, stall), meter);
            }
        }
    }
    let meter = meter.clone();
    on_thread(stream, stall, move |stream| receive_blocking(stream, &head, sink, stall, &meter))
        .await
}

fn write_small(bytes: &[u8], sink: Sink, meter: &Meter) -> Copied {
    let result = sink.open().and_then(|mut target| {
        target.write(bytes)?;
        target.finish()
    });
    match result {
        Ok(()) => {
            meter.add(bytes.len());
            Copied { bytes: bytes.len() as u64, error: None }
        }
        Err(error) => Copied::failed(0, error),
    }
}

fn keep_head(head: &[u8], sink: Sink, error: Error, meter: &Meter) -> Copied {
    let kept = write_small(head, sink, meter);
    Copied { bytes: kept.bytes, error: kept.error.or(Some(error)) }
}

fn receive_blocking(
    mut stream: &BlockingStream,
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
    let mut buffer = vec![0; LARGE];
    loop {
        let length = match stream.read(&mut buffer) {
            Ok(0) => return Copied { bytes, error: target.finish().err() },
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Copied::failed(bytes, socket_error(error, stall)),
        };
        if let Err(error) = target.write(&buffer[..length]) {
            return Copied::failed(bytes, error);
        }
        bytes += length as u64;
        meter.add(length);
    }
}

/// Sends a file from an offset to its end, and closes the data connection, which is how stream mode marks
/// the end of a file (RFC 959 §3.4.1).
pub(crate) async fn send(
    stream: TcpStream,
    path: PathBuf,
    offset: u64,
    stall: Duration,
    meter: &Meter,
) -> Copied {
    let meter = meter.clone();
    on_thread(stream, stall, move |stream| send_blocking(stream, &path, offset, stall, &meter))
        .await
}

fn send_blocking(
    mut stream: &BlockingStream,
    path: &Path,
    offset: u64,
    stall: Duration,
    meter: &Meter,
) -> Copied {
    let local = |error| Error::local(path, error);
    let opened = File::open(path).and_then(|mut file| {
        file.seek(SeekFrom::Start(offset))?;
        let left = file.metadata()?.len().saturating_sub(offset);
        Ok((file, usize::try_from(left).unwrap_or(LARGE).clamp(1, LARGE)))
    });
    let (mut file, room) = match opened {
        Ok(opened) => opened,
        Err(error) => return Copied::failed(0, local(error)),
    };
    let mut buffer = vec![0; room];
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
    let error = stream.shutdown(Shutdown::Write).err();
    Copied { bytes, error: error.map(|error| socket_error(error, stall)) }
}

/// A blocking socket tells an elapsed timeout as `WouldBlock` on Unix and `TimedOut` on Windows.
fn socket_error(error: io::Error, stall: Duration) -> Error {
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
            Error::timed_out(Phase::Transfer, stall)
        }
        _ => Error::socket(Phase::Transfer, error),
    }
}

/// Runs a copy on a thread that may block. If the future is dropped the connection is shut down, which
/// ends the thread.
async fn on_thread(
    stream: TcpStream,
    stall: Duration,
    copy: impl FnOnce(&BlockingStream) -> Copied + Send + 'static,
) -> Copied {
    let prepared = stream.into_std().and_then(|stream| {
        stream.set_nonblocking(false)?;
        stream.set_read_timeout(Some(stall))?;
        stream.set_write_timeout(Some(stall))?;
        Ok((HangUp(stream.try_clone()?), stream))
    });
    let (hang_up, stream) = match prepared {
        Ok(prepared) => prepared,
        Err(error) => return Copied::failed(0, Error::socket(Phase::Transfer, error)),
    };
    let copied = tokio::task::spawn_blocking(move || copy(&stream)).await;
    drop(hang_up);
    copied.unwrap_or_else(|error| {
        // The thread panicked or the runtime is shutting down.
        Copied::failed(0, Error::socket(Phase::Transfer, io::Error::other(error)))
    })
}

struct HangUp(BlockingStream);

impl Drop for HangUp {
    fn drop(&mut self) {
        // The peer may have closed already; there is nothing to do about a failure here.
        let _ = self.0.shutdown(Shutdown::Both);
    }
}
