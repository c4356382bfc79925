//! [`Fault`], the reason why a request failed, whether in the storage, the accounts or a socket.
//! The protocol code maps a fault to a reply code in one place; nothing else chooses a code for a
//! failure.

/// The reason why a request failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// No file or directory has that name.
    NotFound,
    /// A directory in the path does not exist.
    ParentNotFound,
    /// The name exists already.
    AlreadyExists,
    /// The name is a directory and the request needs a file.
    IsADirectory,
    /// The name is a file and the request needs a directory.
    NotADirectory,
    /// The directory still contains entries.
    DirectoryNotEmpty,
    /// The name is neither a regular file nor a directory (a device, a socket, a FIFO).
    NotARegularFile,
    /// The file system denies the server's user access.
    PermissionDenied,
    /// The account lacks the right; the file system was not asked.
    RightMissing,
    /// The path, followed through its links, leaves the root.
    OutsideRoot,
    /// Links in the path form a loop, or there are too many.
    LinkLoop,
    /// The storage cannot hold such a name (too long, illegal bytes, reserved).
    NameNotAllowed,
    /// The storage itself uses such names, for unfinished uploads.
    NameReserved,
    /// The account may not use such a name.
    NameRefused,
    /// The account may only use names that match certain patterns, and this one does not.
    NameNotAmongAllowed,
    /// The account may change nothing at this time.
    ReadOnlyTime,
    /// The path is a link or contains one, and the account follows no links.
    LinkNotFollowed,
    /// Another session is writing the file, or the file is otherwise in use.
    Busy,
    /// The file changed or vanished during the operation.
    Changed,
    /// No free space (or no free inode) on the storage.
    NoSpace,
    /// The account's or the file system's quota is used up.
    QuotaExceeded,
    /// The account's quota seems to be used up, but the count may be wrong: the server recounts as
    /// soon as no other change of the account is in progress.
    QuotaInDoubt,
    /// The file would grow past what the file system or the process limit allows.
    FileTooLarge,
    /// The file system is mounted read-only.
    ReadOnlyStorage,
    /// The restart offset is past the end of the file, or there is no part to resume.
    BadOffset,
    /// The file's content does not match the TYPE and STRU of the data to be added.
    FormMismatch,
    /// Source and destination are on different file systems.
    CrossDevice,
    /// The disk or the network storage failed to read or write.
    Io,
    /// The server has no descriptors, memory or threads left.
    OutOfResources,
    /// The machine has no user group with that name.
    NoSuchGroup,
    /// The path is the root of the served tree, which cannot be changed.
    Root,
    /// A directory would be moved or copied into itself.
    IntoItself,
    /// The same file is named twice where all files must be different.
    SameFile,
    /// The requested range of bytes starts past the end of the file.
    BadRange,
    /// The server is configured to refuse this, because it would take too long.
    PolicyLimit,
    /// The directories are nested too deeply to be walked.
    TooDeep,
    /// The operation was stopped early, by ABOR or by the end of its session.
    Stopped,
    /// The operation would have to wait for a disk where nothing may wait. This fault never reaches
    /// a client: the driver repeats the request where waiting is allowed.
    WouldWait,
    /// The storage cannot do this at all.
    Unsupported,
}

impl Fault {
    /// Whether the same request may succeed later without any change by its sender.
    pub const fn is_transient(self) -> bool {
        matches!(
            self,
            Self::Busy
                | Self::Changed
                | Self::NoSpace
                | Self::QuotaInDoubt
                | Self::Io
                | Self::OutOfResources
                | Self::Stopped
                | Self::WouldWait
        )
    }
}
