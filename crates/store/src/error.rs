//! The [`Error`] that storages return, and the only place where operating system errors become
//! [`Fault`]s.

use std::{fmt, io};

use packetboat_codes::Fault;

use crate::VirtualPath;

/// The result of a storage operation.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a storage operation failed.
#[derive(Debug)]
pub struct Error {
    fault: Fault,
    length: Option<u64>,
    path: Option<VirtualPath>,
    source: Option<io::Error>,
}

impl Error {
    /// The requested transfer offset is past `length`, the current length of the file.
    pub fn bad_offset(length: u64) -> Self {
        Self { fault: Fault::BadOffset, length: Some(length), path: None, source: None }
    }

    /// What went wrong, in the terms that decide the reply.
    pub fn fault(&self) -> Fault {
        self.fault
    }

    /// With [`Fault::BadOffset`], the length of the file: the largest offset that works.
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// The path that failed, if it is not the requested path but, for example, an entry of a tree.
    pub fn path(&self) -> Option<&VirtualPath> {
        self.path.as_ref()
    }

    /// Attributes the error to a path other than the requested one.
    pub fn of(mut self, path: VirtualPath) -> Self {
        self.path = Some(path);
        self
    }

    /// Without the path, for a client that asked for something else.
    pub(crate) fn unnamed(mut self) -> Self {
        self.path = None;
        self
    }

    /// Turns the fault `from` into `to`, where the caller knows better what it means.
    pub(crate) fn seen_as(mut self, from: Fault, to: Fault) -> Self {
        if self.fault == from {
            self.fault = to;
        }
        self
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self { fault, length: None, path: None, source: None }
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self { fault: fault_of(&error), length: None, path: None, source: Some(error) }
    }
}

#[cfg(unix)]
impl From<rustix::io::Errno> for Error {
    fn from(errno: rustix::io::Errno) -> Self {
        io::Error::from(errno).into()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.fault)?;
        if let Some(path) = &self.path {
            write!(f, " of {path}")?;
        }
        if let Some(length) = self.length {
            write!(f, ", the file has {length} bytes")?;
        }
        match &self.source {
            Some(source) => write!(f, ": {source}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}

/// The fault for an operating system error. Tries the error number first, since `ErrorKind` is
/// coarser.
fn fault_of(error: &io::Error) -> Fault {
    #[cfg(unix)]
    if let Some(fault) = rustix::io::Errno::from_io_error(error).and_then(fault_of_errno) {
        return fault;
    }
    match error.kind() {
        io::ErrorKind::NotFound => Fault::NotFound,
        io::ErrorKind::PermissionDenied => Fault::PermissionDenied,
        io::ErrorKind::AlreadyExists => Fault::AlreadyExists,
        io::ErrorKind::IsADirectory => Fault::IsADirectory,
        io::ErrorKind::NotADirectory => Fault::NotADirectory,
        io::ErrorKind::DirectoryNotEmpty => Fault::DirectoryNotEmpty,
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidFilename => Fault::NameNotAllowed,
        io::ErrorKind::StorageFull => Fault::NoSpace,
        io::ErrorKind::QuotaExceeded => Fault::QuotaExceeded,
        io::ErrorKind::FileTooLarge => Fault::FileTooLarge,
        io::ErrorKind::ReadOnlyFilesystem => Fault::ReadOnlyStorage,
        io::ErrorKind::CrossesDevices => Fault::CrossDevice,
        io::ErrorKind::OutOfMemory => Fault::OutOfResources,
        io::ErrorKind::ResourceBusy
        | io::ErrorKind::ExecutableFileBusy
        | io::ErrorKind::WouldBlock => Fault::Busy,
        io::ErrorKind::Unsupported => Fault::Unsupported,
        _ => Fault::Io,
    }
}

#[cfg(unix)]
fn fault_of_errno(errno: rustix::io::Errno) -> Option<Fault> {
    use rustix::io::Errno;
    // These two are one number on some systems and two on others.
    if errno == Errno::OPNOTSUPP || errno == Errno::NOTSUP {
        return Some(Fault::Unsupported);
    }
    Some(match errno {
        Errno::NOENT => Fault::NotFound,
        Errno::ACCESS | Errno::PERM => Fault::PermissionDenied,
        Errno::EXIST => Fault::AlreadyExists,
        Errno::ISDIR => Fault::IsADirectory,
        Errno::NOTDIR => Fault::NotADirectory,
        Errno::NOTEMPTY => Fault::DirectoryNotEmpty,
        // The result of opening a socket, a FIFO without a reader or a device without a driver.
        Errno::NXIO | Errno::NODEV => Fault::NotARegularFile,
        Errno::LOOP => Fault::LinkLoop,
        // EILSEQ: the file system only accepts valid UTF-8.
        Errno::NAMETOOLONG | Errno::INVAL | Errno::ILSEQ => Fault::NameNotAllowed,
        Errno::NOSPC => Fault::NoSpace,
        Errno::DQUOT => Fault::QuotaExceeded,
        Errno::FBIG => Fault::FileTooLarge,
        Errno::ROFS => Fault::ReadOnlyStorage,
        Errno::XDEV => Fault::CrossDevice,
        Errno::MFILE | Errno::NFILE | Errno::NOMEM | Errno::NOBUFS | Errno::NOLCK => {
            Fault::OutOfResources
        }
        Errno::TXTBSY | Errno::BUSY | Errno::AGAIN => Fault::Busy,
        // The file behind an open descriptor is gone from the network file system.
        Errno::STALE => Fault::Changed,
        Errno::NOSYS => Fault::Unsupported,
        Errno::IO | Errno::NOTCONN | Errno::TIMEDOUT => Fault::Io,
        _ => return None,
    })
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use rustix::io::Errno;

    #[test]
    fn each_error_of_the_system_has_its_fault() {
        for (errno, fault) in [
            (Errno::NOENT, Fault::NotFound),
            (Errno::ACCESS, Fault::PermissionDenied),
            (Errno::PERM, Fault::PermissionDenied),
            (Errno::EXIST, Fault::AlreadyExists),
            (Errno::ISDIR, Fault::IsADirectory),
            (Errno::NOTDIR, Fault::NotADirectory),
            (Errno::NOTEMPTY, Fault::DirectoryNotEmpty),
            (Errno::NXIO, Fault::NotARegularFile),
            (Errno::LOOP, Fault::LinkLoop),
            (Errno::NAMETOOLONG, Fault::NameNotAllowed),
            (Errno::INVAL, Fault::NameNotAllowed),
            (Errno::NOSPC, Fault::NoSpace),
            (Errno::DQUOT, Fault::QuotaExceeded),
            (Errno::FBIG, Fault::FileTooLarge),
            (Errno::ROFS, Fault::ReadOnlyStorage),
            (Errno::XDEV, Fault::CrossDevice),
            (Errno::IO, Fault::Io),
            (Errno::MFILE, Fault::OutOfResources),
            (Errno::NFILE, Fault::OutOfResources),
            (Errno::NOMEM, Fault::OutOfResources),
            (Errno::TXTBSY, Fault::Busy),
            (Errno::BUSY, Fault::Busy),
            (Errno::AGAIN, Fault::Busy),
            (Errno::STALE, Fault::Changed),
            (Errno::OPNOTSUPP, Fault::Unsupported),
            (Errno::NOTSUP, Fault::Unsupported),
        ] {
            assert_eq!(Error::from(errno).fault(), fault, "{errno:?}");
        }
    }

    #[test]
    fn errors_without_a_number_go_by_their_kind() {
        let error = Error::from(io::Error::new(io::ErrorKind::StorageFull, "full"));
        assert_eq!(error.fault(), Fault::NoSpace);
        assert_eq!(error.to_string(), "NoSpace: full");
        assert_eq!(Error::from(io::Error::other("odd")).fault(), Fault::Io);
    }

    #[test]
    fn a_bad_offset_tells_the_length() {
        let error = Error::bad_offset(7);
        assert_eq!((error.fault(), error.length()), (Fault::BadOffset, Some(7)));
        assert_eq!(error.to_string(), "BadOffset, the file has 7 bytes");
    }
}
