//! The [`Storage`] trait that every backend implements, and the types used by its operations.

use std::ops::Range;
#[cfg(unix)]
use std::os::fd::BorrowedFd;
use std::sync::Arc;

use crate::{Error, Progress, Result, VirtualPath};

/// The longest file that may be stored on a thread that must not wait.
pub const SMALL_FILE: usize = 16 << 10;

/// A tree of files. Every operation may block.
pub trait Storage: Send + Sync + 'static {
    /// A view of the same storage that only does what needs no wait for a disk or a network.
    /// Everything else fails with [`Fault::WouldWait`](packetboat_codes::Fault::WouldWait) and
    /// changes nothing.
    fn now(&self) -> Option<Arc<dyn Storage>> {
        None
    }

    /// A view of the same storage that follows no symbolic links. Paths that are links, or lead
    /// through one, fail with [`Fault::LinkNotFollowed`](packetboat_codes::Fault::LinkNotFollowed),
    /// but a link itself can still be described, renamed and removed. `None` if the storage cannot
    /// offer such a view.
    fn without_links(&self) -> Option<Arc<dyn Storage>> {
        None
    }

    /// What this storage supports beyond the basics.
    fn capabilities(&self) -> Capabilities;

    /// Describes what the path names. Links are followed.
    fn stat(&self, path: &VirtualPath) -> Result<Metadata>;

    /// Describes what the path names. A link at its end is not followed but described itself.
    fn stat_link(&self, path: &VirtualPath) -> Result<Metadata>;

    /// The entries of a directory in no particular order, without `.`, `..` and the parts of
    /// interrupted uploads.
    fn list(&self, path: &VirtualPath, detail: Detail) -> Result<Box<dyn Listing>>;

    /// Opens a regular file for reading.
    fn open_read(&self, path: &VirtualPath) -> Result<Box<dyn ReadFile>>;

    /// Opens a file for writing. If `path` is a link, the file it points to is written.
    fn open_write(&self, path: &VirtualPath, mode: WriteMode) -> Result<Box<dyn WriteFile>>;

    /// The length of the part that an interrupted upload to `path` left for resuming. `None` if
    /// `path` itself exists.
    fn part_len(&self, path: &VirtualPath) -> Result<Option<u64>>;

    /// Opens for reading the part that an interrupted upload to `path` left for resuming. `None` if
    /// `path` itself exists. Another session may be resuming the upload at the same time.
    fn open_part(&self, path: &VirtualPath) -> Result<Option<Box<dyn ReadFile>>>;

    /// Renames a file, a link or a directory.
    fn rename(&self, from: &VirtualPath, to: &VirtualPath, existing: Existing) -> Result<()>;

    /// Copies a file. As with an upload, the copy appears under its name only when it is complete.
    /// A copy that fails or is stopped leaves nothing behind.
    fn copy(
        &self,
        from: &VirtualPath,
        to: &VirtualPath,
        existing: Existing,
        progress: &Progress,
    ) -> Result<Committed> {
        let (from, mut to) = self.open_copy(from, to, existing)?;
        match crate::copy::move_bytes(&*from, &mut *to, progress) {
            Ok(()) => to.commit(),
            Err(error) => {
                // Report the first error. If the cleanup fails, a part stays behind.
                let _ = to.discard();
                Err(error)
            }
        }
    }

    /// Opens a file and the copy to be made of it. The copy is still empty, and no more accessible
    /// than the original.
    fn open_copy(
        &self,
        from: &VirtualPath,
        to: &VirtualPath,
        existing: Existing,
    ) -> Result<(Box<dyn ReadFile>, Box<dyn WriteFile>)>;

    /// Creates a symbolic link to `target`, which must exist and lie beneath the root.
    fn make_link(&self, target: &VirtualPath, link: &VirtualPath) -> Result<()>;

    /// Removes a file or a link. If `path` does not exist, removes the part of an interrupted
    /// upload to it.
    fn remove_file(&self, path: &VirtualPath) -> Result<()>;

    /// Creates a directory.
    fn make_directory(&self, path: &VirtualPath) -> Result<()>;

    /// The file names of the parts in a directory. Listings do not show them.
    fn parts(&self, path: &VirtualPath) -> Result<Vec<Vec<u8>>>;

    /// Removes an empty directory. Parts do not count as content: they are removed with it.
    fn remove_directory(&self, path: &VirtualPath) -> Result<()>;

    /// Removes a directory and everything in it. Links are removed, never followed. The progress
    /// counts the entries removed; if it is stopped, the remaining entries are kept.
    fn remove_tree(&self, path: &VirtualPath, progress: &Progress) -> Result<()>;

    /// The total size in bytes of the files in a directory and its subdirectories. Links are not
    /// followed. The progress counts entries.
    fn tree_len(&self, path: &VirtualPath, progress: &Progress) -> Result<u64>;

    /// Bytes and entries in a directory and its subdirectories, parts included. Links are not
    /// followed. The progress counts entries.
    fn usage(&self, path: &VirtualPath, progress: &Progress) -> Result<Usage>;

    /// Removes, in the whole tree, the parts that nobody has written to since `before`. Links are
    /// not followed, and parts that an upload is writing to stay. The progress counts entries. Call
    /// this on the underlying storage, not on one that is layered over it for an account. Storages
    /// that keep no parts use this default, which does nothing.
    fn remove_old_parts(
        &self,
        _before: Time,
        _sweep: &mut dyn Sweep,
        _progress: &Progress,
    ) -> Result<()> {
        Ok(())
    }

    /// Sets the given times.
    fn set_times(&self, path: &VirtualPath, times: &Times) -> Result<()>;

    /// Sets the permission bits, like `chmod`. Those of the root cannot be changed.
    fn set_mode(&self, path: &VirtualPath, mode: u32) -> Result<()>;

    /// Sets the group of a file. That of the root cannot be changed.
    fn set_group(&self, path: &VirtualPath, group: &Group) -> Result<()>;

    /// The number of bytes that can still be stored at the path, or `None` if the storage has no
    /// such limit.
    fn free_space(&self, path: &VirtualPath) -> Result<Option<u64>>;
}

/// Observes and steers [`Storage::remove_old_parts`].
pub trait Sweep {
    /// Whether to descend into a directory, identified by its device and inode.
    fn enters(&mut self, directory: (u64, u64)) -> bool;

    /// The part of an upload to this path was removed.
    fn removed(&mut self, path: &VirtualPath, len: u64, modified: i64);

    /// A directory could not be read, or a part not removed; the error names it.
    fn failed(&mut self, error: Error);
}

/// What a storage supports beyond reading, replacing and removing whole files. Unsupported
/// operations fail with [`Fault::Unsupported`](packetboat_codes::Fault::Unsupported).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// [`WriteMode::Append`] works.
    pub append: bool,
    /// [`WriteMode::Resume`] works, and parts of interrupted uploads are kept for it.
    pub resume: bool,
    /// [`Storage::set_times`] sets the times of last access and modification.
    pub set_times: bool,
    /// [`Storage::set_times`] sets the time of creation.
    pub set_created: bool,
    /// [`Storage::set_mode`] works.
    pub set_mode: bool,
    /// [`Storage::set_group`] works.
    pub set_group: bool,
    /// [`Storage::make_link`] works.
    pub links: bool,
}

/// What to do if the target name is already taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// Replace it. A directory can replace an empty directory, too.
    Replace,
    /// Replace a file or link. If the target is a directory, fail like [`Existing::Keep`].
    ReplaceFile,
    /// Keep it, and fail with [`Fault::AlreadyExists`](packetboat_codes::Fault).
    Keep,
}

/// A point in time: whole seconds since 1970 plus nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time {
    /// Seconds since 1970-01-01 00:00:00 UTC.
    pub seconds: i64,
    /// Nanoseconds past that second.
    pub nanoseconds: u32,
}

/// The times to set. `None` leaves a time as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// Last access.
    pub accessed: Option<Time>,
    /// Last modification.
    pub modified: Option<Time>,
    /// Creation.
    pub created: Option<Time>,
}

/// A user group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Group {
    /// By number.
    Number(u32),
    /// By name.
    Name(Vec<u8>),
}

/// How much a listing tells about each entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// The name.
    Names,
    /// The name, the metadata and, for a link, its target.
    Full,
}

/// A directory being read. Memory use does not grow with the directory.
pub trait Listing: Send {
    /// The next entry, or `None` at the end.
    fn next(&mut self) -> Result<Option<Entry<'_>>>;
}

/// One entry of a directory.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// The name as the storage has it. It may contain bytes that a [`VirtualPath`] cannot.
    pub name: &'a [u8],
    /// The metadata, links not followed. Present with [`Detail::Full`].
    pub metadata: Option<&'a Metadata>,
    /// The target of a link as it is stored. Present with [`Detail::Full`].
    pub target: Option<&'a [u8]>,
}

/// The type of a directory entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// A device, socket or FIFO.
    Other,
}

/// What a storage knows about a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// Its type.
    pub kind: Kind,
    /// Length in bytes.
    pub len: u64,
    /// Time of last modification, in seconds since 1970.
    pub modified: i64,
    /// Nanoseconds past that second.
    pub modified_nanos: u32,
    /// The lower twelve permission bits.
    pub mode: u32,
    /// User ID of the owner.
    pub uid: u32,
    /// Group ID.
    pub gid: u32,
    /// Number of hard links.
    pub links: u64,
    /// Identifies the file (device and inode): equal for two names of one file, different for two
    /// files.
    pub unique: (u64, u64),
}

/// A file open for reading.
pub trait ReadFile: Send {
    /// The length when the file was opened.
    fn len(&self) -> u64;

    /// Whether the file was empty when it was opened.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Reads into the buffer from an offset. Returns 0 at the end of the file.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize>;

    /// Like [`Self::read_at`], but reads only what is already in memory. `None` if it would have to
    /// wait.
    fn read_now(&self, _offset: u64, _buffer: &mut [u8]) -> Option<Result<usize>> {
        None
    }

    /// The first range of written bytes at or after `offset`, up to the next hole; holes read as
    /// zeros. `None` if only a hole or the end of the file follows. A storage without holes reports
    /// one range.
    fn next_data(&self, offset: u64) -> Result<Option<Range<u64>>> {
        Ok((offset < self.len()).then(|| offset..self.len()))
    }

    /// The file descriptor that the kernel can send from, if there is one.
    #[cfg(unix)]
    fn as_fd(&self) -> Option<BorrowedFd<'_>>;
}

/// How to write a file, and what happens to existing data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteMode {
    /// Create the file, or replace it as a whole once it is complete.
    Create,
    /// Create the file once it is complete. No file of that name may exist, neither at the start
    /// nor then.
    New,
    /// Append to the file. A missing file is created.
    Append,
    /// Continue at an offset: in the part of an interrupted upload or, without one, in the file
    /// itself.
    Resume {
        /// Where the first byte goes; at most the current length.
        offset: u64,
    },
    /// Like [`WriteMode::Resume`] in the part of an interrupted upload, but no file of that name
    /// may exist, neither at the start nor at the end.
    ResumeNew {
        /// Where the first byte goes; at most the current length.
        offset: u64,
    },
    /// Create a file with a new name. If the path is a directory, the name is random. Otherwise the
    /// path's own name is used if it is free, or else a name that starts with it.
    Unique,
}

/// An amount of storage: the contents of a directory, or all that an account has stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Bytes: the sum of the file lengths.
    pub bytes: u64,
    /// Entries: files, directories, links and parts.
    pub files: u64,
}

/// What a file opened for writing looks like on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The length of the file or part written to before it was opened, or `None` if it was created
    /// now.
    pub before: Option<u64>,
    /// The length after opening, which may have cut off data past the point where writing
    /// continues.
    pub len: u64,
    /// Whether the data goes directly into the finished file instead of a part.
    pub in_place: bool,
}

/// A file open for writing. Dropping it without [`commit`](WriteFile::commit) is the same as
/// calling [`keep_part`](WriteFile::keep_part).
pub trait WriteFile: Send {
    /// The path that the finished file will have.
    fn path(&self) -> &VirtualPath;

    /// The offset in the file where the next byte goes.
    fn position(&self) -> u64;

    /// What the file looked like on disk when it was opened.
    fn opened(&self) -> Opened;

    /// The length of the file that a commit would replace now.
    fn replaces(&self) -> Result<Option<u64>>;

    /// How many of the `wanted` bytes may be written next: at least one. Must be called before
    /// writing through the descriptor.
    fn reserve(&mut self, wanted: u64) -> Result<u64> {
        Ok(wanted)
    }

    /// Writes all of the data.
    fn write(&mut self, data: &[u8]) -> Result<()>;

    /// Moves the next write to `offset`, which must not be before
    /// [`position`](WriteFile::position). The skipped range is a hole and reads as zeros.
    fn skip_to(&mut self, offset: u64) -> Result<()>;

    /// Forces the written data to the disk, so that it survives a power cut.
    fn sync(&mut self) -> Result<()>;

    /// How much of the file a walk through the tree would count now. A file that has no name (not
    /// yet, or no longer) counts nothing.
    fn found(&self) -> Result<Usage>;

    /// Whether a file of up to [`SMALL_FILE`] bytes can be written and committed on a thread that
    /// must not wait, because on this storage that usually takes no longer than memory access.
    fn stores_now(&self) -> bool {
        false
    }

    /// The descriptor that the kernel can write to, if there is one, positioned at
    /// [`position`](WriteFile::position). Report the bytes written with
    /// [`advance`](WriteFile::advance).
    #[cfg(unix)]
    fn as_fd(&self) -> Option<BorrowedFd<'_>>;

    /// Records that `count` bytes were written through the descriptor.
    fn advance(&mut self, count: u64);

    /// Finishes the file and moves it into place. If this fails, a part is kept.
    fn commit(self: Box<Self>) -> Result<Committed>;

    /// Ends an interrupted upload, and keeps what has arrived for resuming.
    fn keep_part(self: Box<Self>) -> Result<Kept>;

    /// Undoes what was written: removes the part, or cuts off what was appended. Data that was
    /// there before the file was opened may remain; the result tells how much.
    fn discard(self: Box<Self>) -> Result<Kept>;

    /// Like [`discard`](WriteFile::discard), but also drops what earlier interrupted uploads left
    /// in the part.
    fn give_up(self: Box<Self>) -> Result<Kept>;
}

/// A completely written file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    /// Its path.
    pub path: VirtualPath,
    /// Its length.
    pub len: u64,
}

/// What remains of an interrupted upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The offset at which it can be resumed; 0 when nothing was kept.
    pub len: u64,
}
