//! What the server needs of a place for files.

use std::os::fd::BorrowedFd;

use crate::error::Error;
use crate::path::VirtualPath;

/// A place for files. Every path is a name in the storage's own tree; no call reaches outside it.
pub trait Storage: Send + Sync + 'static {
    /// What this storage can do.
    fn capabilities(&self) -> Capabilities;

    /// What is there, behind symbolic links.
    fn stat(&self, path: &VirtualPath) -> Result<Metadata, Error>;

    /// What is there; a symbolic link is a symbolic link.
    fn stat_link(&self, path: &VirtualPath) -> Result<Metadata, Error>;

    /// The entries of a directory, as they are read; memory does not grow with their number.
    fn list(&self, path: &VirtualPath, detail: Detail) -> Result<Box<dyn Listing>, Error>;

    /// Opens a file for reading.
    fn open_read(&self, path: &VirtualPath) -> Result<Box<dyn ReadFile>, Error>;

    /// Opens a file for writing.
    fn open_write(&self, path: &VirtualPath, mode: WriteMode) -> Result<Box<dyn WriteFile>, Error>;

    /// The length of the part that a broken upload of this file left for resuming.
    fn part_len(&self, path: &VirtualPath) -> Result<Option<u64>, Error>;

    /// Renames a file or directory; a file of the new name is replaced.
    fn rename(&self, from: &VirtualPath, to: &VirtualPath) -> Result<(), Error>;

    /// Removes a file or a symbolic link.
    fn remove_file(&self, path: &VirtualPath) -> Result<(), Error>;

    /// Makes a directory.
    fn make_directory(&self, path: &VirtualPath) -> Result<(), Error>;

    /// Removes an empty directory.
    fn remove_directory(&self, path: &VirtualPath) -> Result<(), Error>;

    /// Sets the permission bits.
    fn set_mode(&self, path: &VirtualPath, mode: u32) -> Result<(), Error>;

    /// Sets the time of last modification, in seconds since 1970.
    fn set_modified(&self, path: &VirtualPath, seconds: i64) -> Result<(), Error>;

    /// Bytes that can still be stored, where that is known.
    fn free_space(&self, path: &VirtualPath) -> Result<Option<u64>, Error>;
}

/// What a storage can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Writing can start in the middle of a file: REST before STOR, and APPE.
    pub resume: bool,
    /// Permission bits can be set: SITE CHMOD.
    pub modes: bool,
}

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A plain file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// A device, a socket, a FIFO.
    Other,
}

/// What is known of a file or directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// What it is.
    pub kind: Kind,
    /// Length in bytes.
    pub len: u64,
    /// Time of last modification, in seconds since 1970.
    pub modified: i64,
    /// Nanoseconds beyond that second.
    pub modified_nanos: u32,
    /// Permission bits, the lower twelve.
    pub mode: u32,
    /// Number of the owner.
    pub uid: u32,
    /// Number of the group.
    pub gid: u32,
    /// Number of hard links.
    pub links: u64,
    /// Device and inode: the same for two names of one file.
    pub unique: (u64, u64),
}

/// How much of each entry a listing tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// The names.
    Names,
    /// Names, metadata, and the targets of symbolic links.
    Full,
}

/// One entry of a directory.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// Its name.
    pub name: &'a [u8],
    /// What is known of it, with [`Detail::Full`].
    pub metadata: Option<&'a Metadata>,
    /// Where a symbolic link points, with [`Detail::Full`].
    pub target: Option<&'a [u8]>,
}

/// A directory being read.
pub trait Listing: Send {
    /// The next entry, without `.` and `..`; `None` at the end.
    fn next(&mut self) -> Result<Option<Entry<'_>>, Error>;
}

/// A file open for reading.
pub trait ReadFile: Send {
    /// Its length when it was opened.
    fn len(&self) -> u64;

    /// Whether it was empty when it was opened.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Reads at an offset; zero bytes at the end.
    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<usize, Error>;

    /// The file's descriptor, if the kernel can read it by one.
    fn as_fd(&self) -> Option<BorrowedFd<'_>>;
}

/// How a file is opened for writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteMode {
    /// A new file that takes the place of an old one when it is committed.
    Create,
    /// Behind the end of the file; a new file where there is none.
    Append,
    /// From an offset on: of the part that a broken upload left, or else of the file.
    Resume {
        /// Where the first byte goes.
        offset: u64,
    },
    /// A new file beside those there are, with the path's last part as a hint for its name.
    Unique,
}

/// A file being written. Dropped without [`WriteFile::commit`], it is kept as a part.
pub trait WriteFile: Send {
    /// The file's path once it is committed.
    fn path(&self) -> &VirtualPath;

    /// Where the next byte goes.
    fn position(&self) -> u64;

    /// Writes all the bytes.
    fn write(&mut self, bytes: &[u8]) -> Result<(), Error>;

    /// The file's descriptor at the right position, if the kernel can write by one.
    fn as_fd(&self) -> Option<BorrowedFd<'_>>;

    /// Counts bytes that the kernel wrote by the descriptor.
    fn advance(&mut self, count: u64);

    /// The file is whole: readers see it from now on.
    fn commit(self: Box<Self>) -> Result<Committed, Error>;

    /// The upload broke: what is there is kept for resuming.
    fn keep_part(self: Box<Self>) -> Result<Kept, Error>;
}

/// A file that is whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    /// Its path.
    pub path: VirtualPath,
    /// Its length.
    pub len: u64,
}

/// A part that is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its length.
    pub len: u64,
}
