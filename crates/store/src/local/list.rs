//! Reading a directory: names come from the kernel in large batches, and each entry's metadata by its
//! name in the open directory, without a walk from the root.

use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;

use rustix::fs::{AtFlags, RawDir, readlinkat, statat};
use rustix::io::Errno;

use super::metadata;
use crate::error::Error;
use crate::storage::{Detail, Entry, Kind, Listing, Metadata};

/// Room for one batch of the kernel's: some 700 entries.
const BATCH: usize = 32 << 10;

/// A directory being read.
pub(super) struct LocalListing {
    directory: OwnedFd,
    detail: Detail,
    batch: Vec<MaybeUninit<u8>>,
    /// The names of the batch, each with its NUL.
    names: Vec<u8>,
    next: usize,
    ended: bool,
    metadata: Option<Metadata>,
    target: Option<Vec<u8>>,
}

impl LocalListing {
    pub(super) fn new(directory: OwnedFd, detail: Detail) -> Self {
        Self {
            directory,
            detail,
            batch: vec![MaybeUninit::uninit(); BATCH],
            names: Vec::with_capacity(BATCH),
            next: 0,
            ended: false,
            metadata: None,
            target: None,
        }
    }

    /// Reads one batch of names.
    fn read_batch(&mut self) -> Result<(), Error> {
        self.names.clear();
        self.next = 0;
        let mut entries = RawDir::new(&self.directory, &mut self.batch);
        loop {
            match entries.next() {
                None => {
                    self.ended = true;
                    return Ok(());
                }
                Some(entry) => {
                    let entry = entry?;
                    let name = entry.file_name().to_bytes_with_nul();
                    if !matches!(name, b".\0" | b"..\0") {
                        self.names.extend_from_slice(name);
                    }
                }
            }
            if entries.is_buffer_empty() {
                return Ok(());
            }
        }
    }

    /// Asks for the metadata of one name; false when the entry has vanished meanwhile.
    fn look_up(&mut self, start: usize, end: usize) -> Result<bool, Error> {
        self.metadata = None;
        self.target = None;
        if self.detail == Detail::Names {
            return Ok(true);
        }
        let Ok(name) = CStr::from_bytes_with_nul(&self.names[start..=end]) else {
            return Ok(false);
        };
        let found = match statat(&self.directory, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => metadata(&stat),
            Err(Errno::NOENT) => return Ok(false),
            Err(error) => return Err(error.into()),
        };
        if found.kind == Kind::Symlink {
            self.target = match readlinkat(&self.directory, name, Vec::new()) {
                Ok(target) => Some(target.into_bytes()),
                // Gone, or no link any more.
                Err(Errno::NOENT | Errno::INVAL) => return Ok(false),
                Err(error) => return Err(error.into()),
            };
        }
        self.metadata = Some(found);
        Ok(true)
    }
}

impl Listing for LocalListing {
    fn next(&mut self) -> Result<Option<Entry<'_>>, Error> {
        loop {
            while self.next == self.names.len() {
                if self.ended {
                    return Ok(None);
                }
                self.read_batch()?;
            }
            let start = self.next;
            // Every name was stored with its NUL.
            let length = self.names[start..].iter().position(|&byte| byte == 0).unwrap_or(0);
            let end = start + length;
            self.next = end + 1;
            if self.look_up(start, end)? {
                return Ok(Some(Entry {
                    name: &self.names[start..end],
                    metadata: self.metadata.as_ref(),
                    target: self.target.as_deref(),
                }));
            }
        }
    }
}
