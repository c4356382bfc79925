//! [`LocalStorage`]: the backend that keeps files in a directory of this machine. It guarantees two
//! things, whatever other sessions and programs do: nothing outside the root is reached (see
//! [`tree`]), and a reader of a file that is being replaced sees the old or the new version, never
//! a mixture (see [`mod@write`]).

mod attributes;
#[cfg(target_os = "linux")]
mod claim;
mod descent;
mod link;
mod list;
mod metadata;
mod names;
#[cfg(target_os = "linux")]
mod now;
mod open_write;
mod part;
mod prefetch;
mod read;
mod sweep;
mod tree;
mod walk;
mod write;

use std::os::fd::AsFd as _;
use std::path::Path;
use std::sync::Arc;

use packetboat_codes::Fault;
use rustix::fs::{
    AtFlags, FileType, Mode, RawMode, Stat, fstat, fstatvfs, mkdirat, renameat, unlinkat,
};
use rustix::io::Errno;

pub use self::part::{PART_NAMES, PartName};

use self::list::LocalListing;
use self::read::LocalRead;
use self::tree::{Place, Tree};
use crate::{
    Capabilities, Detail, Existing, Group, Listing, Metadata, Progress, ReadFile, Result, Storage,
    Sweep, Time, Times, Usage, VirtualPath, WriteFile, WriteMode,
};

/// A storage in a directory of this machine.
#[derive(Clone)]
pub struct LocalStorage {
    tree: Tree,
    now: Option<Arc<dyn Storage>>,
}

impl LocalStorage {
    /// Opens the tree beneath `root`. The directory is held open, so renaming it later changes
    /// nothing.
    pub fn open(root: &Path) -> Result<Self> {
        Ok(Self::of(Tree::open(root)?))
    }

    /// Opens the tree beneath `inside`, a path in `base`. No link on the way can lead out of
    /// `base`.
    pub fn open_beneath(base: &Path, inside: &VirtualPath) -> Result<Self> {
        Ok(Self::of(Tree::open(base)?.beneath(inside)?))
    }

    fn of(tree: Tree) -> Self {
        let now = without_waiting(&tree);
        Self { tree, now }
    }

    /// The place and the `stat` of something that exists. Links are followed.
    fn existing(&self, path: &VirtualPath) -> Result<(Place, Stat)> {
        match self.tree.place_followed(path)? {
            (place, Some(stat)) => Ok((place, stat)),
            (_, None) => Err(Fault::NotFound.into()),
        }
    }

    /// Like [`Self::existing`], for changes of permissions and owners. Sessions may not change
    /// those of the root, even through a link: that could lock out everyone who shares the tree.
    fn existing_but_root(&self, path: &VirtualPath) -> Result<(Place, Stat)> {
        let (place, stat) = self.existing(path)?;
        match metadata::identity(&stat) == metadata::identity(&fstat(self.tree.root_fd())?) {
            true => Err(Fault::Root.into()),
            false => Ok((place, stat)),
        }
    }

    fn open_file(&self, path: &VirtualPath) -> Result<LocalRead> {
        match LocalRead::open(&self.tree.place(path)?) {
            // A link at the end of the path is followed only here, so that regular files pay
            // nothing for it.
            Err(error) if error.fault() == Fault::LinkLoop => {
                LocalRead::open(&self.existing(path)?.0)
            }
            opened => opened,
        }
    }

    /// The place for something that is to be created.
    fn new_place(&self, path: &VirtualPath) -> Result<Place> {
        let place = self.tree.place(path);
        place.map_err(|error| error.seen_as(Fault::NotFound, Fault::ParentNotFound))
    }
}

/// A view that never waits.
#[cfg(target_os = "linux")]
fn without_waiting(tree: &Tree) -> Option<Arc<dyn Storage>> {
    now::LocalNow::new(tree).map(|now| Arc::new(now) as Arc<dyn Storage>)
}

/// Only Linux can look names up without waiting.
#[cfg(not(target_os = "linux"))]
fn without_waiting(_: &Tree) -> Option<Arc<dyn Storage>> {
    None
}

impl std::fmt::Debug for LocalStorage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LocalStorage").field("tree", &self.tree).finish_non_exhaustive()
    }
}

impl Storage for LocalStorage {
    fn now(&self) -> Option<Arc<dyn Storage>> {
        self.now.clone()
    }

    fn without_links(&self) -> Option<Arc<dyn Storage>> {
        Some(Arc::new(Self { tree: self.tree.without_links(), now: None }))
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            append: true,
            resume: true,
            set_times: true,
            set_created: false,
            set_mode: true,
            set_group: true,
            links: self.tree.follows(),
        }
    }

    fn stat(&self, path: &VirtualPath) -> Result<Metadata> {
        self.existing(path).map(|(_, stat)| metadata::from_stat(&stat))
    }

    fn stat_link(&self, path: &VirtualPath) -> Result<Metadata> {
        Ok(metadata::from_stat(&self.tree.place(path)?.stat()?))
    }

    fn list(&self, path: &VirtualPath, detail: Detail) -> Result<Box<dyn Listing>> {
        Ok(Box::new(LocalListing::open(&self.tree.directory(path)?, detail)?))
    }

    fn open_read(&self, path: &VirtualPath) -> Result<Box<dyn ReadFile>> {
        Ok(Box::new(self.open_file(path)?))
    }

    fn open_write(&self, path: &VirtualPath, mode: WriteMode) -> Result<Box<dyn WriteFile>> {
        Ok(Box::new(open_write::open(&self.tree, path, mode, open_write::NEW_FILE)?))
    }

    fn part_len(&self, path: &VirtualPath) -> Result<Option<u64>> {
        match self.tree.place_followed(path)? {
            (_, Some(_)) => Ok(None),
            (place, None) => part::len(&place),
        }
    }

    fn open_part(&self, path: &VirtualPath) -> Result<Option<Box<dyn ReadFile>>> {
        match self.tree.place_followed(path)? {
            (_, Some(_)) => Ok(None),
            (place, None) => Ok(part::open_read(&place)?.map(|file| Box::new(file) as _)),
        }
    }

    fn rename(&self, from: &VirtualPath, to: &VirtualPath, existing: Existing) -> Result<()> {
        if from.is_root() || to.is_root() {
            return Err(Fault::Root.into());
        }
        let from = self.tree.place(from)?;
        let to = self.new_place(to)?;
        part::refuse_name(&to.name)?;
        // An upload would keep growing under the part's new name.
        let _locked = part::lock_if_part(&from)?;
        // The system lets only a directory replace a directory. So this check is wrong only if both
        // names become directories between here and the rename, which then replaces an empty
        // directory at most.
        let keeps = match existing {
            Existing::Replace => false,
            Existing::ReplaceFile => is_directory(&from.stat()?),
            Existing::Keep => true,
        };
        if keeps && rename_to_free(&from, &to)? {
            return Ok(());
        }
        match renameat(&from.directory, &from.name, &to.directory, &to.name) {
            // A directory cannot replace a file, nor a file a directory.
            Err(Errno::NOTDIR | Errno::ISDIR) => Err(Fault::AlreadyExists.into()),
            Err(Errno::INVAL) => Err(Fault::IntoItself.into()),
            other => Ok(other?),
        }
    }

    fn open_copy(
        &self,
        from: &VirtualPath,
        to: &VirtualPath,
        existing: Existing,
    ) -> Result<(Box<dyn ReadFile>, Box<dyn WriteFile>)> {
        let from = self.open_file(from)?;
        let mode = match existing {
            Existing::Replace | Existing::ReplaceFile => WriteMode::Create,
            Existing::Keep => WriteMode::New,
        };
        let permissions = from.permissions()? | Mode::WUSR;
        let to = open_write::open(&self.tree, to, mode, permissions)?;
        Ok((Box::new(from), Box::new(to)))
    }

    fn make_link(&self, target: &VirtualPath, link: &VirtualPath) -> Result<()> {
        if !self.tree.follows() {
            return Err(Fault::Unsupported.into());
        }
        let place = self.new_place(link)?;
        part::refuse_name(&place.name)?;
        link::make(&self.tree, target, link, &place)
    }

    fn remove_file(&self, path: &VirtualPath) -> Result<()> {
        let place = self.tree.place(path)?;
        let _locked = part::lock_if_part(&place)?;
        match unlinkat(&place.directory, &place.name, AtFlags::empty()) {
            // The POSIX error for a directory; Linux has EISDIR. The root, as `.`, gives EINVAL.
            Err(Errno::PERM | Errno::INVAL) if is_directory(&place.stat()?) => {
                Err(Fault::IsADirectory.into())
            }
            Err(Errno::NOENT) => part::remove(&place),
            other => Ok(other?),
        }
    }

    fn make_directory(&self, path: &VirtualPath) -> Result<()> {
        let place = self.new_place(path)?;
        part::refuse_name(&place.name)?;
        let all = Mode::RWXU | Mode::RWXG | Mode::RWXO;
        Ok(mkdirat(&place.directory, &place.name, all)?)
    }

    fn parts(&self, path: &VirtualPath) -> Result<Vec<Vec<u8>>> {
        part::in_directory(walk::open(&self.tree.directory(path)?, b".")?)
    }

    fn remove_directory(&self, path: &VirtualPath) -> Result<()> {
        if path.is_root() {
            return Err(Fault::Root.into());
        }
        let place = self.tree.place(path)?;
        #[cfg(target_os = "linux")]
        claim::refuse_claimed_in(&place)?;
        match unlinkat(&place.directory, &place.name, AtFlags::REMOVEDIR) {
            // POSIX allows EEXIST for a directory that is not empty.
            Err(Errno::EXIST | Errno::NOTEMPTY) => {}
            other => return Ok(other?),
        }
        // Parts are not listed, so they must not get in the way.
        part::clear(walk::open(&place.directory, &place.name)?)?;
        match unlinkat(&place.directory, &place.name, AtFlags::REMOVEDIR) {
            Err(Errno::EXIST) => Err(Fault::DirectoryNotEmpty.into()),
            other => Ok(other?),
        }
    }

    fn remove_tree(&self, path: &VirtualPath, progress: &Progress) -> Result<()> {
        if path.is_root() {
            return Err(Fault::Root.into());
        }
        walk::remove(&self.tree.place(path)?, path, progress)
    }

    fn tree_len(&self, path: &VirtualPath, progress: &Progress) -> Result<u64> {
        let directory = self.tree.directory(path)?;
        walk::len(walk::open(&directory, b".")?, path, progress)
    }

    fn usage(&self, path: &VirtualPath, progress: &Progress) -> Result<Usage> {
        walk::usage(walk::open(&self.tree.directory(path)?, b".")?, path, progress)
    }

    fn remove_old_parts(
        &self,
        before: Time,
        sweep: &mut dyn Sweep,
        progress: &Progress,
    ) -> Result<()> {
        let top = walk::open(&self.tree.directory(&VirtualPath::root())?, b".")?;
        sweep::remove_old_parts(top, before, sweep, progress)
    }

    fn set_times(&self, path: &VirtualPath, times: &Times) -> Result<()> {
        attributes::set_times(&self.existing(path)?.0, times)
    }

    fn set_mode(&self, path: &VirtualPath, mode: u32) -> Result<()> {
        let (place, stat) = self.existing_but_root(path)?;
        match metadata::from_stat(&stat).kind {
            crate::Kind::File | crate::Kind::Directory => {}
            _ => return Err(Fault::NotARegularFile.into()),
        }
        attributes::set_mode(&place, Mode::from_raw_mode((mode & 0o7777) as RawMode))
    }

    fn set_group(&self, path: &VirtualPath, group: &Group) -> Result<()> {
        attributes::set_group(&self.existing_but_root(path)?.0, group)
    }

    fn free_space(&self, path: &VirtualPath) -> Result<Option<u64>> {
        let directory = match self.tree.directory(path) {
            Ok(directory) => directory,
            // The path is a file, or a name that does not exist yet.
            Err(_) => self.tree.place(path)?.directory,
        };
        let space = fstatvfs(directory.as_fd())?;
        Ok(Some(space.f_bavail.saturating_mul(space.f_frsize)))
    }
}

fn is_directory(stat: &Stat) -> bool {
    FileType::from_raw_mode(stat.st_mode) == FileType::Directory
}

/// Renames to a free name. Returns false if the system cannot do that in one step and the name is
/// currently free.
fn rename_to_free(from: &Place, to: &Place) -> Result<bool> {
    if write::rename_unless_there(&from.directory, &from.name, &to.directory, &to.name)? {
        return Ok(true);
    }
    if to.exists()? { Err(Fault::AlreadyExists.into()) } else { Ok(false) }
}
