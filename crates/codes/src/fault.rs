//! What went wrong with a request, whoever met it: storage, accounts or a socket. The protocol turns a
//! fault into a reply code in one place; nobody else chooses a code for a failure.

/// The reason why a request could not be carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// No file or directory of that name.
    NotFound,
    /// A directory on the way to the name does not exist.
    ParentNotFound,
    /// The name exists and the request needs it not to.
    AlreadyExists,
    /// The name is a directory and the request needs a file.
    IsADirectory,
    /// The name is a file and the request needs a directory.
    NotADirectory,
    /// The directory still holds entries.
    DirectoryNotEmpty,
    /// Neither a plain file nor a directory (a device, a socket, a FIFO).
    NotARegularFile,
    /// The file system refuses this user the access.
    PermissionDenied,
    /// The account lacks the right; the file system was not asked.
    RightMissing,
    /// The path, followed through its links, leaves the root.
    OutsideRoot,
    /// Links in the path form a loop, or there are too many.
    LinkLoop,
    /// The name is not one the storage can hold (too long, illegal bytes, reserved).
    NameNotAllowed,
    /// The storage gives such names itself, to what is not whole yet.
    NameReserved,
    /// The account may not give anything such a name.
    NameRefused,
    /// The account gives names of certain patterns alone, and this is none of them.
    NameNotAmongAllowed,
    /// The account may change nothing at this time.
    ReadOnlyTime,
    /// It is a link, or lies behind one, and the account follows none.
    LinkNotFollowed,
    /// Another session is writing the file, or it is otherwise in use.
    Busy,
    /// The file changed or vanished while it was being worked on.
    Changed,
    /// No free space (or no free inode) on the storage.
    NoSpace,
    /// The account's or the file system's quota is used up.
    QuotaExceeded,
    /// The account's quota seems used up by a count that may be wrong: it is taken anew once no other change of
    /// the account is under way.
    QuotaInDoubt,
    /// The file would grow past what the file system or the process limit allows.
    FileTooLarge,
    /// The file system is mounted read-only.
    ReadOnlyStorage,
    /// The restart offset lies beyond the end of the file, or the part to resume is not there.
    BadOffset,
    /// What the file holds does not go with the TYPE and STRU of what is to follow it.
    FormMismatch,
    /// Source and destination lie on different file systems.
    CrossDevice,
    /// The disk or the network storage failed to read or write.
    Io,
    /// The server has no descriptors, memory or threads left for it.
    OutOfResources,
    /// The machine knows no group of users of that name.
    NoSuchGroup,
    /// It is the root of what is shared, which stays as it is.
    Root,
    /// A directory would have to lie in itself.
    IntoItself,
    /// One file is named twice where every name must mean another.
    SameFile,
    /// The range of bytes that was asked for starts behind the end of the file.
    BadRange,
    /// The server could do it and is set not to: it would take too long.
    PolicyLimit,
    /// Directories lie deeper in each other than can be gone through.
    TooDeep,
    /// It was stopped before its end, by ABOR or with its session.
    Stopped,
    /// It cannot be done without waiting for a disk, and was asked for where nothing may wait. Never
    /// told to a client: the driver asks again where waiting is allowed.
    WouldWait,
    /// The storage cannot do this at all.
    Unsupported,
}

impl Fault {
    /// Whether the identical request may succeed later with nothing changed by its sender.
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
