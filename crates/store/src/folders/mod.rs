//! [`Folders`]: several storages in one tree. Folders with roots of their own appear under their
//! names in the root of a base storage. The first name of a path, after `..` is resolved, decides
//! which storage it belongs to. A link cannot leave its storage; that storage enforces this itself.
//! Operations that involve two storages are refused, except copies.

mod file;
mod listing;

use std::sync::Arc;

use packetboat_codes::Fault;

use self::file::FolderWrite;
use self::listing::RootListing;
use crate::{
    Capabilities, Detail, Error, Existing, Group, Kind, Listing, Metadata, Progress, ReadFile,
    Result, Storage, Times, Usage, VirtualPath, WriteFile, WriteMode,
};

/// A base storage, and the folders that appear in its root.
pub struct Folders {
    base: Arc<dyn Storage>,
    folders: Vec<Folder>,
    /// Names of folders that are not available now. They do not exist in the tree, but still hide
    /// what the base has there.
    absent: Vec<VirtualPath>,
    now: Option<Arc<dyn Storage>>,
}

/// A storage and the path of its root in the whole tree, which is one name in the root.
#[derive(Clone)]
struct Folder {
    at: VirtualPath,
    storage: Arc<dyn Storage>,
}

/// Where a path leads.
enum Way<'a> {
    Base,
    /// Into a folder, with the path relative to the folder.
    Into(&'a Folder, VirtualPath),
    /// Into a folder that is not available.
    Absent,
}

impl Folders {
    /// Combines the base with folders, given by name. A folder hides an entry of the same name in
    /// the base's root. Fails with [`Fault::NameNotAllowed`] if a name is not a valid file name.
    pub fn new(
        base: Arc<dyn Storage>,
        folders: impl IntoIterator<Item = (Vec<u8>, Arc<dyn Storage>)>,
    ) -> Result<Self> {
        Self::with_absent(base, folders, [])
    }

    /// Like [`Self::new`], but some folders are not available. Nothing exists or can be created
    /// under their names. Entries of the base with these names stay hidden, so that nobody mistakes
    /// them for the folder's contents.
    pub fn with_absent(
        base: Arc<dyn Storage>,
        folders: impl IntoIterator<Item = (Vec<u8>, Arc<dyn Storage>)>,
        absent: impl IntoIterator<Item = Vec<u8>>,
    ) -> Result<Self> {
        let folders =
            folders.into_iter().map(|(name, storage)| Ok(Folder { at: place(&name)?, storage }));
        let folders: Vec<Folder> = folders.collect::<Result<_>>()?;
        let absent: Vec<VirtualPath> =
            absent.into_iter().map(|name| place(&name)).collect::<Result<_>>()?;
        let now = each(&folders, |storage| storage.now())
            .and_then(|folders| {
                Some(Self { base: base.now()?, folders, absent: absent.clone(), now: None })
            })
            .map(|now| Arc::new(now) as Arc<dyn Storage>);
        Ok(Self { base, folders, absent, now })
    }

    fn way(&self, path: &VirtualPath) -> Way<'_> {
        let mut names = path.components();
        let first = names.next();
        let found =
            self.folders.iter().find(|folder| first.is_some() && folder.at.file_name() == first);
        match found {
            None if self.absent.iter().any(|at| first.is_some() && at.file_name() == first) => {
                Way::Absent
            }
            None => Way::Base,
            Some(folder) => {
                // These names come from a valid path, and the new path is shorter.
                let inside = names.try_fold(VirtualPath::root(), |path, name| path.join(name));
                Way::Into(folder, inside.unwrap_or_else(|_| VirtualPath::root()))
            }
        }
    }

    /// Forwards a call to the storage that the path leads to, and translates paths in its errors to
    /// paths of the whole tree.
    fn ask<T>(
        &self,
        path: &VirtualPath,
        ask: impl FnOnce(&dyn Storage, &VirtualPath) -> Result<T>,
    ) -> Result<T> {
        match self.way(path) {
            Way::Base => ask(&*self.base, path),
            Way::Into(folder, inside) => {
                ask(&*folder.storage, &inside).map_err(|error| folder.seen(error))
            }
            Way::Absent => Err(Fault::NotFound.into()),
        }
    }

    /// Like [`Self::ask`], for calls that change the name itself. The name of a folder cannot be
    /// changed.
    fn ask_for_name<T>(
        &self,
        path: &VirtualPath,
        kept: Fault,
        ask: impl FnOnce(&dyn Storage, &VirtualPath) -> Result<T>,
    ) -> Result<T> {
        match self.way(path) {
            Way::Into(_, inside) if inside.is_root() => Err(kept.into()),
            // The folder is not available, but its name is taken.
            Way::Absent if kept == Fault::AlreadyExists => Err(kept.into()),
            _ => self.ask(path, ask),
        }
    }

    /// Forwards a call with two paths, which must belong to the same storage.
    fn ask_both<T>(
        &self,
        one: &VirtualPath,
        other: &VirtualPath,
        ask: impl FnOnce(&dyn Storage, &VirtualPath, &VirtualPath) -> Result<T>,
    ) -> Result<T> {
        match (self.way(one), self.way(other)) {
            (Way::Base, Way::Base) => ask(&*self.base, one, other),
            (Way::Into(folder, one), Way::Into(same, other)) if folder.at == same.at => {
                ask(&*folder.storage, &one, &other).map_err(|error| folder.seen(error))
            }
            (Way::Absent, _) | (_, Way::Absent) => Err(Fault::NotFound.into()),
            _ => Err(Fault::CrossDevice.into()),
        }
    }

    fn is_folder(&self, path: &VirtualPath) -> bool {
        matches!(self.way(path), Way::Into(_, inside) if inside.is_root())
            || self.absent.contains(path)
    }

    fn copy_across(
        &self,
        from: &VirtualPath,
        to: &VirtualPath,
        existing: Existing,
    ) -> Result<(Box<dyn ReadFile>, Box<dyn WriteFile>)> {
        let mode = match existing {
            Existing::Replace | Existing::ReplaceFile => WriteMode::Create,
            Existing::Keep => WriteMode::New,
        };
        let file = self.open_read(from)?;
        let copy = self.open_write(to, mode)?;
        match make_private(&*file, &*copy) {
            Ok(()) => Ok((file, copy)),
            Err(error) => {
                // Report the first error. An empty part that stays behind does no harm.
                let _ = copy.discard();
                Err(error)
            }
        }
    }
}

impl Folder {
    /// Translates a path of this storage to a path of the whole tree.
    fn outside(&self, inside: &VirtualPath) -> VirtualPath {
        let whole = inside.components().try_fold(self.at.clone(), |path, name| path.join(name));
        whole.unwrap_or_else(|_| self.at.clone())
    }

    fn seen(&self, error: Error) -> Error {
        match error.path().map(|path| self.outside(path)) {
            Some(path) => error.of(path),
            None => error,
        }
    }
}

/// The path of a folder of this name, which must be a valid name in the root.
fn place(name: &[u8]) -> Result<VirtualPath> {
    let at = VirtualPath::root().join(name)?;
    if at.file_name() == Some(name) { Ok(at) } else { Err(Fault::NameNotAllowed.into()) }
}

/// The folders with another view of each storage, or `None` if one of them has no such view.
fn each(
    folders: &[Folder],
    view: impl Fn(&dyn Storage) -> Option<Arc<dyn Storage>>,
) -> Option<Vec<Folder>> {
    let view =
        |folder: &Folder| Some(Folder { at: folder.at.clone(), storage: view(&*folder.storage)? });
    folders.iter().map(view).collect()
}

/// Makes sure that nobody can read the copy who cannot read the original.
#[cfg(unix)]
fn make_private(file: &dyn ReadFile, copy: &dyn WriteFile) -> Result<()> {
    use rustix::fs::{Mode, RawMode, fchmod, fstat};
    let (Some(file), Some(copy)) = (file.as_fd(), copy.as_fd()) else { return Ok(()) };
    let mode = |stat: &rustix::fs::Stat| Mode::from_raw_mode(stat.st_mode as RawMode & 0o777);
    let (most, now) = (mode(&fstat(file)?) | Mode::WUSR, mode(&fstat(copy)?));
    if most.contains(now) { Ok(()) } else { Ok(fchmod(copy, now & most)?) }
}

#[cfg(not(unix))]
fn make_private(_file: &dyn ReadFile, _copy: &dyn WriteFile) -> Result<()> {
    Ok(())
}

/// Stands in for the metadata of a folder that cannot be reached.
const OUT_OF_REACH: Metadata = Metadata {
    kind: Kind::Directory,
    len: 0,
    modified: 0,
    modified_nanos: 0,
    mode: 0,
    uid: 0,
    gid: 0,
    links: 1,
    unique: (0, 0),
};

impl Storage for Folders {
    fn now(&self) -> Option<Arc<dyn Storage>> {
        self.now.clone()
    }

    fn without_links(&self) -> Option<Arc<dyn Storage>> {
        let folders = each(&self.folders, |storage| storage.without_links())?;
        let (base, absent) = (self.base.without_links()?, self.absent.clone());
        Some(Arc::new(Self { base, folders, absent, now: None }))
    }

    fn capabilities(&self) -> Capabilities {
        self.base.capabilities()
    }

    fn stat(&self, path: &VirtualPath) -> Result<Metadata> {
        self.ask(path, |storage, path| storage.stat(path))
    }

    fn stat_link(&self, path: &VirtualPath) -> Result<Metadata> {
        self.ask(path, |storage, path| storage.stat_link(path))
    }

    fn list(&self, path: &VirtualPath, detail: Detail) -> Result<Box<dyn Listing>> {
        let listing = self.ask(path, |storage, path| storage.list(path, detail))?;
        if !path.is_root() {
            return Ok(listing);
        }
        let mut folders = Vec::with_capacity(self.folders.len());
        for folder in &self.folders {
            let name = folder.at.file_name().unwrap_or_default().to_vec();
            let metadata = match detail {
                Detail::Names => None,
                // A folder that is temporarily out of reach must not break the listing, nor be
                // missing from it: a client that mirrors the tree would delete its copy.
                Detail::Full => {
                    Some(folder.storage.stat(&VirtualPath::root()).unwrap_or(OUT_OF_REACH))
                }
            };
            folders.push((name, metadata));
        }
        Ok(Box::new(RootListing::new(listing, folders, self.absent.clone())))
    }

    fn open_read(&self, path: &VirtualPath) -> Result<Box<dyn ReadFile>> {
        self.ask(path, |storage, path| storage.open_read(path))
    }

    fn open_write(&self, path: &VirtualPath, mode: WriteMode) -> Result<Box<dyn WriteFile>> {
        let file = self.ask(path, |storage, path| storage.open_write(path, mode))?;
        match self.way(path) {
            Way::Base if self.is_folder(file.path()) => {
                // A unique name in the root happens to be a folder's name, which would hide the
                // file.
                let _ = file.discard();
                Err(Fault::AlreadyExists.into())
            }
            Way::Into(folder, _) => {
                let path = folder.outside(file.path());
                Ok(Box::new(FolderWrite::new(file, path, folder.clone())))
            }
            Way::Base | Way::Absent => Ok(file),
        }
    }

    fn part_len(&self, path: &VirtualPath) -> Result<Option<u64>> {
        self.ask(path, |storage, path| storage.part_len(path))
    }

    fn open_part(&self, path: &VirtualPath) -> Result<Option<Box<dyn ReadFile>>> {
        self.ask(path, |storage, path| storage.open_part(path))
    }

    fn rename(&self, from: &VirtualPath, to: &VirtualPath, existing: Existing) -> Result<()> {
        if self.is_folder(from) || self.is_folder(to) {
            return Err(Fault::Root.into());
        }
        self.ask_both(from, to, |storage, from, to| storage.rename(from, to, existing))
    }

    fn open_copy(
        &self,
        from: &VirtualPath,
        to: &VirtualPath,
        existing: Existing,
    ) -> Result<(Box<dyn ReadFile>, Box<dyn WriteFile>)> {
        match (self.way(from), self.way(to)) {
            (Way::Base, Way::Base) => self.base.open_copy(from, to, existing),
            (Way::Into(folder, from), Way::Into(same, to)) if folder.at == same.at => {
                let opened = folder.storage.open_copy(&from, &to, existing);
                let (read, file) = opened.map_err(|error| folder.seen(error))?;
                let path = folder.outside(file.path());
                Ok((read, Box::new(FolderWrite::new(file, path, folder.clone()))))
            }
            _ => self.copy_across(from, to, existing),
        }
    }

    fn make_link(&self, target: &VirtualPath, link: &VirtualPath) -> Result<()> {
        if self.is_folder(link) {
            return Err(Fault::AlreadyExists.into());
        }
        self.ask_both(target, link, |storage, target, link| storage.make_link(target, link))
    }

    fn remove_file(&self, path: &VirtualPath) -> Result<()> {
        self.ask_for_name(path, Fault::IsADirectory, |storage, path| storage.remove_file(path))
    }

    fn make_directory(&self, path: &VirtualPath) -> Result<()> {
        self.ask_for_name(path, Fault::AlreadyExists, |storage, path| storage.make_directory(path))
    }

    fn parts(&self, path: &VirtualPath) -> Result<Vec<Vec<u8>>> {
        self.ask(path, |storage, path| storage.parts(path))
    }

    fn remove_directory(&self, path: &VirtualPath) -> Result<()> {
        self.ask_for_name(path, Fault::Root, |storage, path| storage.remove_directory(path))
    }

    fn remove_tree(&self, path: &VirtualPath, progress: &Progress) -> Result<()> {
        self.ask_for_name(path, Fault::Root, |storage, path| storage.remove_tree(path, progress))
    }

    fn tree_len(&self, path: &VirtualPath, progress: &Progress) -> Result<u64> {
        let mut len = self.ask(path, |storage, path| storage.tree_len(path, progress))?;
        for at in self.absent.iter().filter(|_| path.is_root()) {
            len = len.saturating_sub(self.hidden(at, progress)?);
        }
        for folder in self.folders.iter().filter(|_| path.is_root()) {
            len = len.saturating_sub(self.hidden(&folder.at, progress)?);
            let root = VirtualPath::root();
            let more = folder.storage.tree_len(&root, progress);
            len = len.saturating_add(more.map_err(|error| folder.seen(error))?);
        }
        Ok(len)
    }

    fn usage(&self, path: &VirtualPath, progress: &Progress) -> Result<Usage> {
        let mut usage = self.ask(path, |storage, path| storage.usage(path, progress))?;
        for folder in self.folders.iter().filter(|_| path.is_root()) {
            let more = folder.storage.usage(&VirtualPath::root(), progress);
            let more = more.map_err(|error| folder.seen(error))?;
            usage.bytes = usage.bytes.saturating_add(more.bytes);
            usage.files = usage.files.saturating_add(more.files);
        }
        Ok(usage)
    }

    fn set_times(&self, path: &VirtualPath, times: &Times) -> Result<()> {
        self.ask(path, |storage, path| storage.set_times(path, times))
    }

    fn set_mode(&self, path: &VirtualPath, mode: u32) -> Result<()> {
        self.ask(path, |storage, path| storage.set_mode(path, mode))
    }

    fn set_group(&self, path: &VirtualPath, group: &Group) -> Result<()> {
        self.ask(path, |storage, path| storage.set_group(path, group))
    }

    fn free_space(&self, path: &VirtualPath) -> Result<Option<u64>> {
        self.ask(path, |storage, path| storage.free_space(path))
    }
}

impl Folders {
    /// The size of what a folder hides in the base.
    fn hidden(&self, at: &VirtualPath, progress: &Progress) -> Result<u64> {
        match self.base.stat_link(at) {
            Ok(found) if found.kind == crate::Kind::Directory => self.base.tree_len(at, progress),
            Ok(found) if found.kind == crate::Kind::File => Ok(found.len),
            Err(error) if error.fault() != Fault::NotFound => Err(error),
            _ => Ok(0),
        }
    }
}
