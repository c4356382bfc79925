//! [`FolderWrite`]: an upload into a folder, reported under its path in the whole tree.

#[cfg(unix)]
use std::os::fd::BorrowedFd;

use super::Folder;
use crate::{Committed, Kept, Opened, Result, Usage, VirtualPath, WriteFile};

/// A file being written in a folder, with its path in the whole tree.
pub(super) struct FolderWrite {
    file: Box<dyn WriteFile>,
    path: VirtualPath,
    folder: Folder,
}

impl FolderWrite {
    /// Wraps a file that has this path in the whole tree.
    pub(super) fn new(file: Box<dyn WriteFile>, path: VirtualPath, folder: Folder) -> Self {
        Self { file, path, folder }
    }
}

impl WriteFile for FolderWrite {
    fn path(&self) -> &VirtualPath {
        &self.path
    }

    fn position(&self) -> u64 {
        self.file.position()
    }

    fn opened(&self) -> Opened {
        self.file.opened()
    }

    fn replaces(&self) -> Result<Option<u64>> {
        self.file.replaces()
    }

    fn reserve(&mut self, wanted: u64) -> Result<u64> {
        self.file.reserve(wanted)
    }

    fn write(&mut self, data: &[u8]) -> Result<()> {
        self.file.write(data)
    }

    fn skip_to(&mut self, offset: u64) -> Result<()> {
        self.file.skip_to(offset)
    }

    fn sync(&mut self) -> Result<()> {
        self.file.sync()
    }

    fn found(&self) -> Result<Usage> {
        self.file.found()
    }

    fn stores_now(&self) -> bool {
        self.file.stores_now()
    }

    #[cfg(unix)]
    fn as_fd(&self) -> Option<BorrowedFd<'_>> {
        self.file.as_fd()
    }

    fn advance(&mut self, count: u64) {
        self.file.advance(count);
    }

    fn commit(self: Box<Self>) -> Result<Committed> {
        let Committed { path, len } =
            self.file.commit().map_err(|error| self.folder.seen(error))?;
        Ok(Committed { path: self.folder.outside(&path), len })
    }

    fn keep_part(self: Box<Self>) -> Result<Kept> {
        self.file.keep_part()
    }

    fn discard(self: Box<Self>) -> Result<Kept> {
        self.file.discard()
    }

    fn give_up(self: Box<Self>) -> Result<Kept> {
        self.file.give_up()
    }
}
