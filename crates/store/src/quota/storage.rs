//! [`QuotaStorage`]: a decorator that counts the changes made to a storage.

use std::sync::Arc;

use packetboat_codes::Fault;

use super::meter::{Change, Meter};
use super::write::QuotaWrite;
use crate::{
    Capabilities, Detail, Existing, Group, Kind, Listing, Metadata, Progress, ReadFile, Result,
    Storage, Times, Usage, VirtualPath, WriteFile, WriteMode,
};

/// A storage with a quota.
pub struct QuotaStorage {
    inner: Arc<dyn Storage>,
    /// The storage to count on, which may wait for the disk.
    disk: Arc<dyn Storage>,
    meter: Arc<Meter>,
    waits: bool,
    now: Option<Arc<dyn Storage>>,
}

impl QuotaStorage {
    /// Makes the meter count everything stored in `inner` from now on.
    pub fn new(inner: Arc<dyn Storage>, meter: Arc<Meter>) -> Self {
        let disk = Arc::clone(&inner);
        let now = inner.now().map(|inner| {
            let (disk, meter) = (Arc::clone(&disk), Arc::clone(&meter));
            Arc::new(Self { inner, disk, meter, waits: false, now: None }) as Arc<dyn Storage>
        });
        Self { inner, disk, meter, waits: true, now }
    }

    fn enter(&self) -> Result<Change> {
        self.meter.enter(&*self.disk, self.waits)
    }

    /// Makes a change that may exceed the quota. If a doubtful count refused it, tries once more:
    /// starting a change recounts a doubtful count, unless other changes are under way.
    fn change<T>(&self, change: impl Fn(Change) -> Result<T>) -> Result<T> {
        match change(self.enter()?) {
            Err(error) if error.fault() == Fault::QuotaInDoubt => change(self.enter()?),
            done => done,
        }
    }

    /// Creates something that has no bytes.
    fn make(&self, make: impl Fn() -> Result<()>) -> Result<()> {
        self.change(|_change| {
            self.meter.take_file()?;
            let made = make();
            if made.is_err() {
                self.meter.give_back(Usage { bytes: 0, files: 1 });
            }
            made
        })
    }

    /// The metadata of what has this name, links not followed.
    fn taken_by(&self, path: &VirtualPath) -> Result<Option<Metadata>> {
        match self.inner.stat_link(path) {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.fault() == Fault::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn write(&self, file: Box<dyn WriteFile>, change: Change) -> Result<Box<dyn WriteFile>> {
        Ok(Box::new(QuotaWrite::new(file, &self.disk, &self.meter, change)?))
    }
}

/// How much an entry counts.
fn usage_of(found: &Metadata) -> Usage {
    Usage { bytes: if found.kind == Kind::File { found.len } else { 0 }, files: 1 }
}

impl Storage for QuotaStorage {
    fn now(&self) -> Option<Arc<dyn Storage>> {
        self.now.clone()
    }

    fn without_links(&self) -> Option<Arc<dyn Storage>> {
        let inner = self.inner.without_links()?;
        let (disk, meter) = (Arc::clone(&self.disk), Arc::clone(&self.meter));
        Some(Arc::new(Self { inner, disk, meter, waits: true, now: None }))
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn stat(&self, path: &VirtualPath) -> Result<Metadata> {
        self.inner.stat(path)
    }

    fn stat_link(&self, path: &VirtualPath) -> Result<Metadata> {
        self.inner.stat_link(path)
    }

    fn list(&self, path: &VirtualPath, detail: Detail) -> Result<Box<dyn Listing>> {
        self.inner.list(path, detail)
    }

    fn open_read(&self, path: &VirtualPath) -> Result<Box<dyn ReadFile>> {
        self.inner.open_read(path)
    }

    fn open_write(&self, path: &VirtualPath, mode: WriteMode) -> Result<Box<dyn WriteFile>> {
        self.change(|change| {
            // Opening creates the part and locks it. Without `names`, another session could mistake
            // the part for one that was already there.
            let names = self.meter.names(self.waits)?;
            let file = self.inner.open_write(path, mode)?;
            drop(names);
            self.write(file, change)
        })
    }

    fn part_len(&self, path: &VirtualPath) -> Result<Option<u64>> {
        self.inner.part_len(path)
    }

    fn open_part(&self, path: &VirtualPath) -> Result<Option<Box<dyn ReadFile>>> {
        self.inner.open_part(path)
    }

    fn rename(&self, from: &VirtualPath, to: &VirtualPath, existing: Existing) -> Result<()> {
        let _change = self.enter()?;
        let _names = self.meter.names(self.waits)?;
        let moved = self.taken_by(from)?;
        let replaced = match self.taken_by(to) {
            Err(error) if error.fault() == Fault::WouldWait => return Err(error),
            // The rename runs into the same error.
            found => found.unwrap_or_default(),
        };
        self.inner.rename(from, to, existing)?;
        // If both are names of one file, the system keeps both.
        let replaced =
            replaced.filter(|there| moved.is_none_or(|moved| moved.unique != there.unique));
        if let Some(gone) = replaced {
            self.meter.give_back(usage_of(&gone));
        }
        Ok(())
    }

    fn open_copy(
        &self,
        from: &VirtualPath,
        to: &VirtualPath,
        existing: Existing,
    ) -> Result<(Box<dyn ReadFile>, Box<dyn WriteFile>)> {
        self.change(|change| {
            let names = self.meter.names(self.waits)?;
            let (from, to) = self.inner.open_copy(from, to, existing)?;
            drop(names);
            Ok((from, self.write(to, change)?))
        })
    }

    fn make_link(&self, target: &VirtualPath, link: &VirtualPath) -> Result<()> {
        self.make(|| self.inner.make_link(target, link))
    }

    fn remove_file(&self, path: &VirtualPath) -> Result<()> {
        let _change = self.enter()?;
        let _names = self.meter.names(self.waits)?;
        let gone = match self.taken_by(path)? {
            Some(found) => usage_of(&found),
            None => Usage { bytes: self.inner.part_len(path)?.unwrap_or_default(), files: 1 },
        };
        self.inner.remove_file(path)?;
        self.meter.give_back(gone);
        Ok(())
    }

    fn make_directory(&self, path: &VirtualPath) -> Result<()> {
        self.make(|| self.inner.make_directory(path))
    }

    fn parts(&self, path: &VirtualPath) -> Result<Vec<Vec<u8>>> {
        self.inner.parts(path)
    }

    fn remove_directory(&self, path: &VirtualPath) -> Result<()> {
        let _change = self.enter()?;
        let _names = self.meter.names(self.waits)?;
        // If nothing but parts is in the directory, they are removed with it.
        let listing = self.inner.list(path, Detail::Names);
        let is_bare = listing.and_then(|mut listing| Ok(listing.next()?.is_none()));
        let mut gone = Usage { bytes: 0, files: 1 };
        if is_bare.unwrap_or_default() {
            let parts = self.inner.usage(path, &Progress::default())?;
            gone = Usage { bytes: parts.bytes, files: 1 + parts.files };
        }
        match self.inner.remove_directory(path) {
            Ok(()) => self.meter.give_back(gone),
            Err(error) => {
                if gone.files > 1 {
                    // Some of the parts may have been removed.
                    self.meter.doubt();
                }
                return Err(error);
            }
        }
        Ok(())
    }

    fn remove_tree(&self, path: &VirtualPath, progress: &Progress) -> Result<()> {
        let _change = self.enter()?;
        progress.measure();
        let removed = self.inner.remove_tree(path, progress);
        self.meter.give_back(progress.freed());
        // What others write or replace in the tree meanwhile may have been counted twice.
        if self.meter.has_others() {
            self.meter.doubt();
        }
        removed
    }

    fn tree_len(&self, path: &VirtualPath, progress: &Progress) -> Result<u64> {
        self.inner.tree_len(path, progress)
    }

    fn usage(&self, path: &VirtualPath, progress: &Progress) -> Result<Usage> {
        self.inner.usage(path, progress)
    }

    fn set_times(&self, path: &VirtualPath, times: &Times) -> Result<()> {
        self.inner.set_times(path, times)
    }

    fn set_mode(&self, path: &VirtualPath, mode: u32) -> Result<()> {
        self.inner.set_mode(path, mode)
    }

    fn set_group(&self, path: &VirtualPath, group: &Group) -> Result<()> {
        self.inner.set_group(path, group)
    }

    fn free_space(&self, path: &VirtualPath) -> Result<Option<u64>> {
        let free = self.inner.free_space(path)?;
        // A failed count must not hide how much space the disk has.
        let left = match self.enter() {
            Ok(_change) => self.meter.left(),
            Err(error) if error.fault() == Fault::WouldWait => return Err(error),
            Err(_) => None,
        };
        Ok(free.into_iter().chain(left).min())
    }
}
