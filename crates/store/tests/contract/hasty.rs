//! [`Hasty`]: a storage that tries the view that never waits first, and then the one that may.

use std::sync::Arc;

use packetboat_codes::Fault;
use packetboat_store::{
    Capabilities, Detail, Existing, Group, Listing, LocalStorage, Metadata, Progress, ReadFile,
    Result, Storage, Times, Usage, VirtualPath, WriteFile, WriteMode,
};

pub(crate) struct Hasty(pub(crate) LocalStorage);

impl Hasty {
    fn first<T>(&self, ask: impl Fn(&dyn Storage) -> Result<T>) -> Result<T> {
        match self.0.now().map(|now| ask(&*now)) {
            Some(Err(error)) if error.fault() == Fault::WouldWait => ask(&self.0),
            Some(answer) => answer,
            None => ask(&self.0),
        }
    }
}

impl Storage for Hasty {
    fn now(&self) -> Option<Arc<dyn Storage>> {
        self.0.now()
    }

    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }

    fn stat(&self, path: &VirtualPath) -> Result<Metadata> {
        self.first(|storage| storage.stat(path))
    }

    fn stat_link(&self, path: &VirtualPath) -> Result<Metadata> {
        self.first(|storage| storage.stat_link(path))
    }

    fn list(&self, path: &VirtualPath, detail: Detail) -> Result<Box<dyn Listing>> {
        self.first(|storage| storage.list(path, detail))
    }

    fn open_read(&self, path: &VirtualPath) -> Result<Box<dyn ReadFile>> {
        self.first(|storage| storage.open_read(path))
    }

    fn open_write(&self, path: &VirtualPath, mode: WriteMode) -> Result<Box<dyn WriteFile>> {
        self.first(|storage| storage.open_write(path, mode))
    }

    fn part_len(&self, path: &VirtualPath) -> Result<Option<u64>> {
        self.first(|storage| storage.part_len(path))
    }

    fn open_part(&self, path: &VirtualPath) -> Result<Option<Box<dyn ReadFile>>> {
        self.first(|storage| storage.open_part(path))
    }

    fn rename(&self, from: &VirtualPath, to: &VirtualPath, existing: Existing) -> Result<()> {
        self.first(|storage| storage.rename(from, to, existing))
    }

    fn open_copy(
        &self,
        from: &VirtualPath,
        to: &VirtualPath,
        existing: Existing,
    ) -> Result<(Box<dyn ReadFile>, Box<dyn WriteFile>)> {
        self.first(|storage| storage.open_copy(from, to, existing))
    }

    fn make_link(&self, target: &VirtualPath, link: &VirtualPath) -> Result<()> {
        self.first(|storage| storage.make_link(target, link))
    }

    fn remove_file(&self, path: &VirtualPath) -> Result<()> {
        self.first(|storage| storage.remove_file(path))
    }

    fn make_directory(&self, path: &VirtualPath) -> Result<()> {
        self.first(|storage| storage.make_directory(path))
    }

    fn parts(&self, path: &VirtualPath) -> Result<Vec<Vec<u8>>> {
        self.first(|storage| storage.parts(path))
    }

    fn remove_directory(&self, path: &VirtualPath) -> Result<()> {
        self.first(|storage| storage.remove_directory(path))
    }

    fn remove_tree(&self, path: &VirtualPath, progress: &Progress) -> Result<()> {
        self.first(|storage| storage.remove_tree(path, progress))
    }

    fn tree_len(&self, path: &VirtualPath, progress: &Progress) -> Result<u64> {
        self.first(|storage| storage.tree_len(path, progress))
    }

    fn usage(&self, path: &VirtualPath, progress: &Progress) -> Result<Usage> {
        self.first(|storage| storage.usage(path, progress))
    }

    fn set_times(&self, path: &VirtualPath, times: &Times) -> Result<()> {
        self.first(|storage| storage.set_times(path, times))
    }

    fn set_mode(&self, path: &VirtualPath, mode: u32) -> Result<()> {
        self.first(|storage| storage.set_mode(path, mode))
    }

    fn set_group(&self, path: &VirtualPath, group: &Group) -> Result<()> {
        self.first(|storage| storage.set_group(path, group))
    }

    fn free_space(&self, path: &VirtualPath) -> Result<Option<u64>> {
        self.first(|storage| storage.free_space(path))
    }
}
