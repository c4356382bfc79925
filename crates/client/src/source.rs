//! [`Source`], where uploaded bytes come from: a file, which can be read again, or a stream such as
//! standard input, which cannot.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::Error;

/// Where uploaded bytes come from.
#[derive(Clone)]
pub(crate) enum Source {
    /// A file, from an offset on.
    File { path: PathBuf, offset: u64 },
    /// Anything else. Clones share the position.
    Stream(Stream),
}

/// A stream that can be read only once.
#[derive(Clone)]
pub(crate) struct Stream {
    reader: Arc<Mutex<Box<dyn Read + Send>>>,
    taken: Arc<AtomicU64>,
}

impl Stream {
    pub(crate) fn new(reader: Box<dyn Read + Send>) -> Self {
        Self { reader: Arc::new(Mutex::new(reader)), taken: Arc::default() }
    }

    /// Whether nothing has been read yet, so that another attempt would send everything.
    pub(crate) fn is_fresh(&self) -> bool {
        self.taken.load(Ordering::Relaxed) == 0
    }
}

impl Source {
    /// The name for messages.
    pub(crate) fn name(&self) -> &Path {
        match self {
            Self::File { path, .. } => path,
            Self::Stream(_) => Path::new("standard input"),
        }
    }

    /// Where in the file it begins.
    pub(crate) fn offset(&self) -> u64 {
        match self {
            Self::File { offset, .. } => *offset,
            Self::Stream(_) => 0,
        }
    }

    /// How many bytes are left to read, if that is known in advance.
    pub(crate) fn length_left(&self) -> Result<Option<u64>, Error> {
        let Self::File { path, offset } = self else { return Ok(None) };
        let metadata = std::fs::metadata(path).map_err(|error| Error::local(path, error))?;
        Ok(Some(metadata.len().saturating_sub(*offset)))
    }

    /// Opens the source, and returns how much is left to read, if that is known.
    pub(crate) fn open(&self) -> Result<(Input, Option<u64>), Error> {
        match self {
            Self::Stream(stream) => Ok((Input::Stream(stream.clone()), None)),
            Self::File { path, offset } => {
                let opened = File::open(path).and_then(|mut file| {
                    file.seek(SeekFrom::Start(*offset))?;
                    let left = file.metadata()?.len().saturating_sub(*offset);
                    Ok((Input::File(file), Some(left)))
                });
                opened.map_err(|error| Error::local(path, error))
            }
        }
    }
}

/// A source that is open.
pub(crate) enum Input {
    File(File),
    Stream(Stream),
}

impl Input {
    /// Seeks to the next data at or after an offset, and returns its range up to the next hole; the
    /// range is empty at the end of the file. A source that cannot report holes counts as having
    /// none.
    pub(crate) fn next_data(&mut self, offset: u64) -> io::Result<Range<u64>> {
        let Self::File(file) = self else { return Ok(offset..u64::MAX) };
        let len = file.metadata()?.len();
        let data = written(file, offset, len)?.unwrap_or(len..len);
        file.seek(SeekFrom::Start(data.start))?;
        Ok(data)
    }
}

/// The next range of data; `None` if only a hole or the end follows.
#[cfg(any(target_os = "linux", target_vendor = "apple", target_os = "freebsd"))]
fn written(file: &File, offset: u64, len: u64) -> io::Result<Option<Range<u64>>> {
    use rustix::fs::{SeekFrom, seek};
    use rustix::io::Errno;
    let start = match seek(file, SeekFrom::Data(offset)) {
        Ok(start) => start,
        Err(Errno::NXIO) => return Ok(None),
        // This file system cannot report holes.
        Err(Errno::INVAL | Errno::OPNOTSUPP) => return Ok((offset < len).then_some(offset..len)),
        Err(error) => return Err(error.into()),
    };
    let end = seek(file, SeekFrom::Hole(start))?;
    Ok(Some(start..end))
}

#[cfg(not(any(target_os = "linux", target_vendor = "apple", target_os = "freebsd")))]
fn written(_file: &File, offset: u64, len: u64) -> io::Result<Option<Range<u64>>> {
    Ok((offset < len).then_some(offset..len))
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => file.read(buffer),
            Self::Stream(stream) => {
                // A panic inside the reader does not make it unusable for the client.
                let mut reader = stream.reader.lock().unwrap_or_else(PoisonError::into_inner);
                let length = reader.read(buffer)?;
                stream.taken.fetch_add(length as u64, Ordering::Relaxed);
                Ok(length)
            }
        }
    }
}
