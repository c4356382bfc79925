//! Resolves paths beneath the root. The kernel resolves all directories of a path (openat2 with
//! RESOLVE_BENEATH, through cap-std, which walks the path itself where openat2 is missing) and
//! returns a descriptor. The operation then names only the last component, relative to that
//! descriptor. Whatever another session renames or links meanwhile, the directory was beneath the
//! root, and a last component is never `..`.

use std::ffi::OsStr;
use std::fs::File;
use std::io::ErrorKind;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::sync::Arc;

use cap_std::fs::Dir;
use packetboat_codes::Fault;
use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, Stat, openat, readlinkat, statat};
use rustix::io::Errno;

use crate::{Error, Result, VirtualPath};

/// How many links are followed before a path counts as a loop, as in Linux.
const MOST_LINKS: usize = 40;

/// Opens a directory for use as a base without reading it. On Linux, search permission is enough.
#[cfg(target_os = "linux")]
const STAND: OFlags = OFlags::PATH;
#[cfg(not(target_os = "linux"))]
const STAND: OFlags = OFlags::RDONLY;

/// The root of the tree.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    root: Arc<Dir>,
    /// Whether links are followed at all.
    follows: bool,
}

/// A directory at or beneath the root.
#[derive(Debug)]
pub(super) enum Directory {
    Root(Arc<Dir>),
    Opened(Dir),
}

impl AsFd for Directory {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Root(root) => root.as_fd(),
            Self::Opened(directory) => directory.as_fd(),
        }
    }
}

/// A name in a directory; `.` for the root.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) directory: Directory,
    pub(super) name: Vec<u8>,
}

impl Place {
    /// An open directory itself.
    pub(super) fn in_directory(directory: OwnedFd) -> Self {
        let directory = Directory::Opened(Dir::from_std_file(File::from(directory)));
        Self { directory, name: b".".to_vec() }
    }

    /// The `stat` of the name itself, links not followed.
    pub(super) fn stat(&self) -> Result<Stat> {
        Ok(statat(&self.directory, &self.name, AtFlags::SYMLINK_NOFOLLOW)?)
    }

    /// Like [`Self::stat`], but returns `None` if the name does not exist.
    pub(super) fn look(&self) -> Result<Option<Stat>> {
        match statat(&self.directory, &self.name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(stat)),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether the name exists.
    pub(super) fn exists(&self) -> Result<bool> {
        Ok(self.look()?.is_some())
    }

    /// The target of the link of this name, or `None` if it is no longer a link.
    fn target(&self) -> Result<Option<Vec<u8>>> {
        match readlinkat(&self.directory, &self.name, Vec::new()) {
            Ok(target) => Ok(Some(target.into_bytes())),
            Err(Errno::INVAL | Errno::NOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

impl Tree {
    /// The tree whose root is this directory of the machine.
    pub(super) fn open(root: &Path) -> Result<Self> {
        let flags = STAND | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let root = openat(CWD, root, flags, Mode::empty())?;
        Ok(Self { root: Arc::new(Dir::from_std_file(File::from(root))), follows: true })
    }

    /// The tree whose root is a directory in this tree.
    pub(super) fn beneath(&self, path: &VirtualPath) -> Result<Self> {
        Ok(match self.directory(path)? {
            Directory::Root(root) => Self { root, follows: self.follows },
            Directory::Opened(root) => Self { root: Arc::new(root), follows: self.follows },
        })
    }

    /// The same tree without following links.
    pub(super) fn without_links(&self) -> Self {
        Self { root: Arc::clone(&self.root), follows: false }
    }

    /// Whether links are followed.
    pub(super) fn follows(&self) -> bool {
        self.follows
    }

    /// The root's descriptor.
    pub(super) fn root_fd(&self) -> BorrowedFd<'_> {
        self.root.as_fd()
    }

    /// Opens the directory that a path names. Links are followed.
    pub(super) fn directory(&self, path: &VirtualPath) -> Result<Directory> {
        self.resolve(relative(path))
    }

    /// The place that a path names. Links are followed on the way, but not at the end.
    pub(super) fn place(&self, path: &VirtualPath) -> Result<Place> {
        let (parent, name) = split(relative(path));
        Ok(Place { directory: self.resolve(parent)?, name: name.to_vec() })
    }

    /// The place that a path leads to after following a link at its end, with its `stat`. If
    /// nothing exists there, the place where it would be created.
    pub(super) fn place_followed(&self, path: &VirtualPath) -> Result<(Place, Option<Stat>)> {
        let mut place = self.place(path)?;
        let mut at = split(relative(path)).0.to_vec();
        for _ in 0..=MOST_LINKS {
            let Some(stat) = place.look()? else { return Ok((place, None)) };
            if FileType::from_raw_mode(stat.st_mode) != FileType::Symlink {
                return Ok((place, Some(stat)));
            }
            if !self.follows {
                return Err(Fault::LinkNotFollowed.into());
            }
            // If it is no longer a link, it was replaced meanwhile: look again.
            if let Some(target) = place.target()? {
                (at, place) = self.follow(&at, &target)?;
            }
        }
        Err(Fault::LinkLoop.into())
    }

    /// The names from the root to a directory, with links resolved.
    pub(super) fn real_path(&self, path: &VirtualPath) -> Result<Vec<Vec<u8>>> {
        if path.is_root() {
            return Ok(Vec::new());
        }
        let real = self.root.canonicalize(OsStr::from_bytes(relative(path))).map_err(seen)?;
        let names = real.components().filter_map(|component| match component {
            std::path::Component::Normal(name) => Some(name.as_bytes().to_vec()),
            _ => None,
        });
        Ok(names.collect())
    }

    /// Follows one link. The link's target is appended to the path of the link's directory. Any
    /// `..` in it is left for the kernel to resolve, since a directory on the way may be a link,
    /// too.
    fn follow(&self, at: &[u8], target: &[u8]) -> Result<(Vec<u8>, Place)> {
        if target.starts_with(b"/") {
            return Err(Fault::OutsideRoot.into());
        }
        let mut path = at.to_vec();
        if !path.is_empty() {
            path.push(b'/');
        }
        path.extend_from_slice(target);
        while path.ends_with(b"/") {
            path.pop();
        }
        let (parent, name) = split(&path);
        let (parent, name) =
            if name == b".." { (path.as_slice(), b".".as_slice()) } else { (parent, name) };
        let place = Place { directory: self.resolve(parent)?, name: name.to_vec() };
        Ok((parent.to_vec(), place))
    }

    /// Opens the directory that a path leads to from the root. The path may contain `..` and links.
    fn resolve(&self, path: &[u8]) -> Result<Directory> {
        if path.is_empty() {
            return Ok(Directory::Root(Arc::clone(&self.root)));
        }
        if !self.follows {
            return self.walk(path);
        }
        self.root.open_dir(OsStr::from_bytes(path)).map(Directory::Opened).map_err(seen)
    }
}

impl Tree {
    /// Opens directories name by name. A link among them is refused, whatever others put in its
    /// place meanwhile.
    fn walk(&self, path: &[u8]) -> Result<Directory> {
        let flags = STAND | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut at: Option<OwnedFd> = None;
        for name in path.split(|&byte| byte == b'/') {
            let here = at.as_ref().map_or(self.root.as_fd(), AsFd::as_fd);
            at = Some(match openat(here, name, flags, Mode::empty()) {
                Ok(next) => next,
                // The error for a link depends on the system.
                Err(Errno::NOTDIR | Errno::LOOP | Errno::MLINK) => {
                    let stat = statat(here, name, AtFlags::SYMLINK_NOFOLLOW)?;
                    let is_link = FileType::from_raw_mode(stat.st_mode) == FileType::Symlink;
                    let fault = if is_link { Fault::LinkNotFollowed } else { Fault::NotADirectory };
                    return Err(fault.into());
                }
                Err(error) => return Err(error.into()),
            });
        }
        Ok(match at {
            Some(directory) => Directory::Opened(Dir::from_std_file(File::from(directory))),
            None => Directory::Root(Arc::clone(&self.root)),
        })
    }
}

/// cap-std reports a path that left the root as the only permission error without an errno.
fn seen(error: std::io::Error) -> Error {
    let left = error.kind() == ErrorKind::PermissionDenied && error.raw_os_error().is_none();
    let error = Error::from(error);
    if left { error.seen_as(Fault::PermissionDenied, Fault::OutsideRoot) } else { error }
}

/// The path from the root without the leading slash.
fn relative(path: &VirtualPath) -> &[u8] {
    let bytes = path.as_bytes();
    bytes.strip_prefix(b"/").unwrap_or(bytes)
}

/// Splits a path into its directory (empty for the root) and its last name (`.` for the root
/// itself).
fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().rposition(|&byte| byte == b'/') {
        Some(slash) => (&path[..slash], &path[slash + 1..]),
        None if path.is_empty() => (b"", b"."),
        None => (b"", path),
    }
}
