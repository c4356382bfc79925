//! The trait that every backend implements, and the types its operations speak in.

use std::ops::Range;
#[cfg(unix)]
use std::os::fd::BorrowedFd;
use std::sync::Arc;

use crate::{Error, Progress, Result, VirtualPath};

/// How long a file is at most that may be stored where nobody must wait.
pub const SMALL_FILE: usize = 16 << 10;

/// A tree of files. Every operation may block.
pub trait Storage: Send + Sync + 'static {
    /// The same storage, answering only what it can without waiting for a disk or a network; the rest
    /// fails with [`Fault::WouldWait`](packetboat_codes::Fault::WouldWait) and has done nothing.
    fn now(&self) -> Option<Arc<dyn Storage>> {
        None
    }

    /// The same storage, following no link: what is one, or lies behind one, fails with
    /// [`Fault::LinkNotFollowed`](packetboat_codes::Fault::LinkNotFollowed); a link itself can still be described,
    /// renamed and removed. Nothing where it cannot be had.
    fn without_links(&self) -> Option<Arc<dyn Storage>> {
        None
    }

    /// What this storage can do beyond the basics.
    fn capabilities(&self) -> Capabilities;

    /// What the path names; a link stands for what it points to.
    fn stat(&self, path: &VirtualPath) -> Result<Metadata>;

    /// What the path names; a link is described itself.
    fn stat_link(&self, path: &VirtualPath) -> Result<Metadata>;

    /// The entries of a directory, without `.` and `..` and without what broken uploads have left, in no
    /// particular order.
    fn list(&self, path: &VirtualPath, detail: Detail) -> Result<Box<dyn Listing>>;

    /// Opens a regular file for reading.
    fn open_read(&self, path: &VirtualPath) -> Result<Box<dyn ReadFile>>;

    /// Opens a file for writing. Where `path` is a link, the file it points to is written.
    fn open_write(&self, path: &VirtualPath, mode: WriteMode) -> Result<Box<dyn WriteFile>>;

    /// The length of what a broken upload to `path` has left for resuming, where there is no file of that
    /// name yet.
    fn part_len(&self, path: &VirtualPath) -> Result<Option<u64>>;

    /// Opens for reading what a broken upload to `path` has left for resuming, where there is no file of that
    /// name yet; an upload that goes on in it may be running.
    fn open_part(&self, path: &VirtualPath) -> Result<Option<Box<dyn ReadFile>>>;

    /// Renames a file, a link or a directory.
    fn rename(&self, from: &VirtualPath, to: &VirtualPath, existing: Existing) -> Result<()>;

    /// Copies a file. The copy takes its name when it is complete, as an upload does; a copy that fails or
    /// is stopped leaves nothing.
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
                // The first error is the one to tell; what could not be tidied up stays as a part.
                let _ = to.discard();
                Err(error)
            }
        }
    }

    /// Opens a file, and the copy that is to be made of it: empty still, and as private as the file.
    fn open_copy(
        &self,
        from: &VirtualPath,
        to: &VirtualPath,
        existing: Existing,
    ) -> Result<(Box<dyn ReadFile>, Box<dyn WriteFile>)>;

    /// Makes a symbolic link to what `target` names, which must exist and lie beneath the root.
    fn make_link(&self, target: &VirtualPath, link: &VirtualPath) -> Result<()>;

    /// Removes a file or a link; where there is none of that name, what a broken upload to it has left.
    fn remove_file(&self, path: &VirtualPath) -> Result<()>;

    /// Makes a directory.
    fn make_directory(&self, path: &VirtualPath) -> Result<()>;

    /// The names of what broken uploads have left in a directory, which no listing has.
    fn parts(&self, path: &VirtualPath) -> Result<Vec<Vec<u8>>>;

    /// Removes an empty directory. What broken uploads have left in it goes with it.
    fn remove_directory(&self, path: &VirtualPath) -> Result<()>;

    /// Removes a directory and all that is in it. Links are removed, never followed. The progress counts
    /// what was removed; where that stops, the rest is kept.
    fn remove_tree(&self, path: &VirtualPath, progress: &Progress) -> Result<()>;

    /// How many bytes the files of a directory hold, with those of the directories in it. Links are not
    /// followed. The progress counts entries.
    fn tree_len(&self, path: &VirtualPath, progress: &Progress) -> Result<u64>;

    /// What lies in a directory, with the directories in it, and with what broken uploads have left. Links are
    /// not followed. The progress counts entries.
    fn usage(&self, path: &VirtualPath, progress: &Progress) -> Result<Usage>;

    /// Removes what broken uploads have left in the whole tree and nobody has written to since `before`. Links are not
    /// followed, and what an upload is going on in stays. The progress counts entries. It is asked of what is served, not
    /// of what is laid over it for one account; a storage in which broken uploads leave nothing has none.
    fn remove_old_parts(
        &self,
        _before: Time,
        _sweep: &mut dyn Sweep,
        _progress: &Progress,
    ) -> Result<()> {
        Ok(())
    }

    /// Sets those of the times that are given.
    fn set_times(&self, path: &VirtualPath, times: &Times) -> Result<()>;

    /// Sets the permission bits, as `chmod` does. Those of the root stay.
    fn set_mode(&self, path: &VirtualPath, mode: u32) -> Result<()>;

    /// Sets the group that a file belongs to. That of the root stays.
    fn set_group(&self, path: &VirtualPath, group: &Group) -> Result<()>;

    /// How many bytes can still be stored at the path; nothing where the storage has no such limit.
    fn free_space(&self, path: &VirtualPath) -> Result<Option<u64>>;
}

/// Is told of a removal of what broken uploads have left.
pub trait Sweep {
    /// A directory is come to, known by its device and its inode: whether to go in.
    fn enters(&mut self, directory: (u64, u64)) -> bool;

    /// What an upload to this path had left was removed.
    fn removed(&mut self, path: &VirtualPath, len: u64, modified: i64);

    /// Something could not be looked at or removed; the error names it.
    fn failed(&mut self, error: Error);
}

/// What a storage can do beyond reading, replacing and removing whole files. What it cannot do fails with
/// [`Fault::Unsupported`](packetboat_codes::Fault::Unsupported).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// [`WriteMode::Append`] works.
    pub append: bool,
    /// [`WriteMode::Resume`] works, and broken uploads are kept for it.
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

/// What becomes of what has the name already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// It is replaced; an empty directory too, where a directory takes its name.
    Replace,
    /// A file or link is replaced; a directory stays, and the request fails as for [`Existing::Keep`].
    ReplaceFile,
    /// It stays, and the request fails with [`Fault::AlreadyExists`](packetboat_codes::Fault).
    Keep,
}

/// A point in time: seconds since 1970 and nanoseconds past them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time {
    /// Seconds since 1970-01-01 00:00:00 UTC.
    pub seconds: i64,
    /// Nanoseconds past that second.
    pub nanoseconds: u32,
}

/// Times to be set; what is not given stays as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// Of last access.
    pub accessed: Option<Time>,
    /// Of last modification.
    pub modified: Option<Time>,
    /// Of creation.
    pub created: Option<Time>,
}

/// A group of users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Group {
    /// By its number.
    Number(u32),
    /// By its name.
    Name(Vec<u8>),
}

/// How much a listing tells of each entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Its name.
    Names,
    /// Its name, its metadata, and where it points if it is a link.
    Full,
}

/// A directory being read. Its memory does not grow with the directory.
pub trait Listing: Send {
    /// The next entry; nothing at the end.
    fn next(&mut self) -> Result<Option<Entry<'_>>>;
}

/// One entry of a directory.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// The name, as the storage has it: it may hold bytes that a [`VirtualPath`] cannot.
    pub name: &'a [u8],
    /// What it names, links not followed; there with [`Detail::Full`].
    pub metadata: Option<&'a Metadata>,
    /// Where a link points, as it was written; there with [`Detail::Full`].
    pub target: Option<&'a [u8]>,
}

/// What something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// A device, a socket, a FIFO.
    Other,
}

/// What a storage knows of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// What it is.
    pub kind: Kind,
    /// Length in bytes.
    pub len: u64,
    /// Time of last modification, in seconds since 1970.
    pub modified: i64,
    /// Nanoseconds past that second.
    pub modified_nanos: u32,
    /// Permission bits, the lower twelve.
    pub mode: u32,
    /// Number of the owner.
    pub uid: u32,
    /// Number of the owning group.
    pub gid: u32,
    /// Number of hard links.
    pub links: u64,
    /// The same for two names of one file (device and inode), different for two files.
    pub unique: (u64, u64),
}

/// A file open for reading.
pub trait ReadFile: Send {
    /// Its length when it was opened.
    fn len(&self) -> u64;

    /// Whether it was empty when it was opened.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Reads at an offset into the buffer; 0 at the end of the file.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize>;

    /// Reads as [`Self::read_at`] what is in memory; `None` where that would mean to wait.
    fn read_now(&self, _offset: u64, _buffer: &mut [u8]) -> Option<Result<usize>> {
        None
    }

    /// The first bytes at or after `offset` that were written, up to the next hole; a hole reads as zeros.
    /// Nothing once only a hole or the end follows. A storage without holes has one such range.
    fn next_data(&self, offset: u64) -> Result<Option<Range<u64>>> {
        Ok((offset < self.len()).then(|| offset..self.len()))
    }

    /// The descriptor from which the kernel can send, if there is one.
    #[cfg(unix)]
    fn as_fd(&self) -> Option<BorrowedFd<'_>>;
}

/// What becomes of what is there when a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteMode {
    /// The file is made, or replaced as a whole when the last byte is written.
    Create,
    /// The file is made when the last byte is written; one of that name must not exist, then or now.
    New,
    /// The data follow what is there; a missing file is made.
    Append,
    /// The data go on at an offset: in what a broken upload has left, else in the file of that name.
    Resume {
        /// Where the first byte goes; at most the length of what is there.
        offset: u64,
    },
    /// As [`WriteMode::Resume`] in what a broken upload has left; a file of that name must not exist, then
    /// or now.
    ResumeNew {
        /// Where the first byte goes; at most the length of what is there.
        offset: u64,
    },
    /// A file with a new name is made. If the path is a directory, the name is random; else the path's own
    /// name is taken if it is free, and one that starts with it if not.
    Unique,
}

/// How much there is of something that can be counted: what lies in a directory, or what an account has stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Bytes, by the lengths of the files.
    pub bytes: u64,
    /// Entries: files, directories, links, and what broken uploads have left.
    pub files: u64,
}

/// What a file open for writing is on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The length of what is written to, as it was before it was opened; nothing if opening it made it.
    pub before: Option<u64>,
    /// Its length once it was open: what lay past the point where the data go on may be dropped then.
    pub len: u64,
    /// Whether the finished file is written to, not a part beside it.
    pub in_place: bool,
}

/// A file open for writing. Dropped without [`commit`](WriteFile::commit) it does as
/// [`keep_part`](WriteFile::keep_part) does.
pub trait WriteFile: Send {
    /// The path under which the file will be found.
    fn path(&self) -> &VirtualPath;

    /// The offset in the file where the next byte goes.
    fn position(&self) -> u64;

    /// What it is on the disk.
    fn opened(&self) -> Opened;

    /// The length of the file whose place it would take if it were committed now.
    fn replaces(&self) -> Result<Option<u64>>;

    /// How many bytes of so many wanted may be written next: at least one. Whoever writes through the descriptor
    /// asks first.
    fn reserve(&mut self, wanted: u64) -> Result<u64> {
        Ok(wanted)
    }

    /// Writes all of the data.
    fn write(&mut self, data: &[u8]) -> Result<()>;

    /// The next byte goes to `offset`, not before [`position`](WriteFile::position). What is left out is a
    /// hole, and reads as zeros.
    fn skip_to(&mut self, offset: u64) -> Result<()>;

    /// What was written is forced to the disk: a power cut no longer takes it away.
    fn sync(&mut self) -> Result<()>;

    /// What of it a walk through the tree finds now: a file that has no name yet, or none any more, is not there.
    fn found(&self) -> Result<Usage>;

    /// Whether a file of up to [`SMALL_FILE`] bytes can be written and committed where nobody must wait: on this
    /// storage that takes no longer than memory does, as a rule.
    fn stores_now(&self) -> bool {
        false
    }

    /// The descriptor, its position at [`position`](WriteFile::position), into which the kernel can write, if
    /// there is one. What is written so is told with [`advance`](WriteFile::advance).
    #[cfg(unix)]
    fn as_fd(&self) -> Option<BorrowedFd<'_>>;

    /// `count` bytes were written through the descriptor.
    fn advance(&mut self, count: u64);

    /// The file is complete: it takes its place. If this fails, a part is kept.
    fn commit(self: Box<Self>) -> Result<Committed>;

    /// The upload broke: what has arrived is kept for resuming.
    fn keep_part(self: Box<Self>) -> Result<Kept>;

    /// What was written is undone: a part is removed, what was appended is cut off again.
    /// What was there before it was opened may be left, and is told.
    fn discard(self: Box<Self>) -> Result<Kept>;

    /// As [`discard`](WriteFile::discard), and what broken uploads before it have left in the part goes, too.
    fn give_up(self: Box<Self>) -> Result<Kept>;
}

/// A file that was written to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    /// Where it is.
    pub path: VirtualPath,
    /// Its length.
    pub len: u64,
}

/// What a broken upload has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The offset at which it can be resumed; 0 when nothing was kept.
    pub len: u64,
}
