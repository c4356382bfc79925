//! [`LocalListing`]: a directory being read. The kernel returns names in batches. With full detail,
//! each name costs one more call relative to the directory's descriptor. Only one batch is held in
//! memory.

use std::ffi::CStr;
use std::os::fd::OwnedFd;

use rustix::buffer::spare_capacity;
use rustix::fs::{Mode, OFlags, openat, readlinkat_raw};
use rustix::io::Errno;

use super::names::{self, Gathering, Names, State};
use super::part;
use super::prefetch::{Looked, Prefetch};
use super::tree::Directory;
use crate::{Detail, Entry, Kind, Listing, Metadata, Result};

/// How much to ask the kernel for in one call: about two thousand names.
const BATCH: usize = 64 << 10;
/// Room for a link's target: PATH_MAX.
const LONGEST_TARGET: usize = 4096;

/// A directory being read.
pub(super) struct LocalListing {
    ahead: Prefetch,
    detail: Detail,
    source: Source,
    /// Whether anything was read.
    begun: bool,
    /// Whether the end of the directory was reached.
    ended: bool,
    /// A batch of names, each followed by a NUL.
    names: Vec<u8>,
    /// Where in `names` the next one starts.
    next: usize,
    metadata: Option<Metadata>,
    target: Vec<u8>,
    /// With full detail, the metadata of the names in the same order.
    looked_up: std::vec::IntoIter<Looked>,
}

/// Where the names come from.
enum Source {
    /// The kernel. The names are gathered if they are to be kept for the next listing.
    Kernel { reader: reader::Reader, gathering: Option<Gathering> },
    /// The names kept from an earlier listing, and the position of the next one.
    Kept { names: Names, next: usize },
}

impl Source {
    fn open(directory: &OwnedFd) -> Result<Self> {
        let state = State::of(directory);
        if let Some(names) = state.as_ref().and_then(names::known) {
            return Ok(Self::Kept { names, next: 0 });
        }
        let gathering = state.and_then(Gathering::begin);
        Ok(Self::Kernel { reader: reader::Reader::new(directory)?, gathering })
    }

    /// Appends a batch of names. Returns false at the end of the directory.
    fn read(&mut self, directory: &OwnedFd, into: &mut Vec<u8>) -> Result<bool> {
        match self {
            Self::Kernel { reader, .. } => reader.read(directory, into),
            Self::Kept { names, next } => {
                let rest = &names[*next..];
                let nul = rest.iter().skip(BATCH).position(|&byte| byte == 0);
                let batch = nul.map_or(rest.len(), |nul| BATCH + nul + 1);
                into.extend_from_slice(&rest[..batch]);
                *next += batch;
                Ok(batch > 0)
            }
        }
    }

    /// Adds a batch to the names being gathered, and keeps them after the last one.
    fn keep(&mut self, directory: &OwnedFd, batch: &[u8], ended: bool) {
        let Self::Kernel { gathering, .. } = self else { return };
        let Some(mut gathered) = gathering.take() else { return };
        if !gathered.add(batch) {
            return;
        }
        if ended {
            gathered.keep(directory);
        } else {
            *gathering = Some(gathered);
        }
    }
}

impl LocalListing {
    /// Starts to read a directory.
    pub(super) fn open(directory: &Directory, detail: Detail) -> Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let directory = openat(directory, c".", flags, Mode::empty())?;
        let source = Source::open(&directory)?;
        let (names, target) = (Vec::new(), Vec::new());
        Ok(Self {
            ahead: Prefetch::new(directory),
            detail,
            source,
            begun: false,
            ended: false,
            names,
            next: 0,
            metadata: None,
            target,
            looked_up: Vec::new().into_iter(),
        })
    }

    /// Takes the next name of the batch and returns its range in `names`, without the NUL.
    fn take(&mut self) -> Result<Option<std::ops::Range<usize>>> {
        while self.next == self.names.len() {
            self.next = 0;
            let more = match self.detail {
                Detail::Names => self.read()?,
                Detail::Full => self.take_chunk()?,
            };
            if !more {
                self.names.clear();
                return Ok(None);
            }
        }
        let rest = &self.names[self.next..];
        let length = CStr::from_bytes_until_nul(rest).map_or(rest.len(), CStr::count_bytes);
        let range = self.next..self.next + length;
        self.next = (range.end + 1).min(self.names.len());
        Ok(Some(range))
    }

    /// Reads a batch of names. Returns false at the end. A directory whose names all fit into the
    /// first batch is sorted, for human readers; sorting a larger one would mean holding it in
    /// memory.
    fn read(&mut self) -> Result<bool> {
        self.names.clear();
        let directory = self.ahead.directory();
        self.ended = self.ended || !self.source.read(directory, &mut self.names)?;
        let is_first = !std::mem::replace(&mut self.begun, true);
        if is_first && !self.ended {
            self.ended = !self.source.read(directory, &mut self.names)?;
            // Kept names are in order already.
            if self.ended && matches!(self.source, Source::Kernel { .. }) {
                sort(&mut self.names);
            }
        }
        self.source.keep(directory, &self.names, self.ended);
        Ok(!self.names.is_empty() || !self.ended)
    }

    /// Takes the next names with their metadata, and keeps the queue of names to look up filled.
    fn take_chunk(&mut self) -> Result<bool> {
        while !self.ended && self.ahead.is_low() {
            if self.read()? {
                self.ahead.push(&self.names);
            }
        }
        let Some(chunk) = self.ahead.next() else { return Ok(false) };
        self.names = chunk.names;
        self.looked_up = chunk.looked_up.into_iter();
        Ok(true)
    }

    /// Fetches the metadata of a name. Returns false if it was removed after the kernel returned
    /// its name.
    fn describe(&mut self, name: &std::ops::Range<usize>) -> Result<bool> {
        self.target.clear();
        let Some(metadata) = self.looked_up.next().transpose()?.flatten() else {
            return Ok(false);
        };
        if metadata.kind == Kind::Symlink {
            let Ok(name) = CStr::from_bytes_until_nul(&self.names[name.start..]) else {
                return Ok(false);
            };
            self.target.reserve(LONGEST_TARGET);
            match readlinkat_raw(self.ahead.directory(), name, spare_capacity(&mut self.target)) {
                Ok(_) => {}
                // It is gone, or no longer a link.
                Err(Errno::NOENT | Errno::INVAL) => return Ok(false),
                Err(error) => return Err(error.into()),
            }
        }
        self.metadata = Some(metadata);
        Ok(true)
    }
}

impl Listing for LocalListing {
    fn next(&mut self) -> Result<Option<Entry<'_>>> {
        let name = loop {
            let Some(name) = self.take()? else { return Ok(None) };
            if self.detail == Detail::Names || self.describe(&name)? {
                break name;
            }
        };
        let is_link = self.metadata.is_some_and(|metadata| metadata.kind == Kind::Symlink);
        Ok(Some(Entry {
            name: &self.names[name],
            metadata: self.metadata.as_ref(),
            target: is_link.then_some(self.target.as_slice()),
        }))
    }
}

#[cfg(target_os = "linux")]
mod reader {
    //! Reads names on Linux, many in one buffer.

    use super::*;
    use rustix::fs::RawDir;

    pub(super) struct Reader(Vec<u8>);

    impl Reader {
        pub(super) fn new(_: &OwnedFd) -> Result<Self> {
            Ok(Self(Vec::with_capacity(BATCH)))
        }

        /// Appends a batch of names. Returns false at the end of the directory.
        pub(super) fn read(&mut self, directory: &OwnedFd, names: &mut Vec<u8>) -> Result<bool> {
            let mut entries = RawDir::new(directory, self.0.spare_capacity_mut());
            while let Some(entry) = entries.next() {
                super::push(entry?.file_name(), names);
                if entries.is_buffer_empty() {
                    return Ok(true);
                }
            }
            Ok(false)
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod reader {
    //! Reads names one by one, using the C library.

    use super::*;
    use rustix::fs::Dir;

    pub(super) struct Reader(Dir);

    impl Reader {
        pub(super) fn new(directory: &OwnedFd) -> Result<Self> {
            Ok(Self(Dir::read_from(directory)?))
        }

        /// Appends a batch of names. Returns false at the end of the directory.
        pub(super) fn read(&mut self, _: &OwnedFd, names: &mut Vec<u8>) -> Result<bool> {
            while let Some(entry) = self.0.read() {
                super::push(entry?.file_name(), names);
                if names.len() >= BATCH {
                    return Ok(true);
                }
            }
            Ok(!names.is_empty())
        }
    }
}

/// Sorts names, each followed by a NUL, by their bytes.
fn sort(names: &mut Vec<u8>) {
    let mut each: Vec<&[u8]> = names.split_inclusive(|&byte| byte == 0).collect();
    each.sort_unstable();
    *names = each.concat();
}

/// Adds a name to a batch. Parts are left out: they are not files yet, and clients that download
/// whole directories would take them for files.
fn push(name: &CStr, names: &mut Vec<u8>) {
    if !matches!(name.to_bytes(), b"." | b"..") && !part::is_name(name.to_bytes()) {
        names.extend_from_slice(name.to_bytes_with_nul());
    }
}
