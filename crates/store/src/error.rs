//! What can go wrong in a storage, and the one place where an error of the operating system becomes a
//! [`Fault`].

use std::fmt;
use std::io;

use packetboat_codes::Fault;
use rustix::io::Errno;

/// A request that the storage could not carry out.
#[derive(Debug)]
pub struct Error {
    fault: Fault,
    length: Option<u64>,
    source: Option<io::Error>,
}

impl Error {
    /// A restart offset that lies beyond what is there.
    pub fn bad_offset(length: u64) -> Self {
        Self { fault: Fault::BadOffset, length: Some(length), source: None }
    }

    /// What kind of failure it is.
    pub fn fault(&self) -> Fault {
        self.fault
    }

    /// For a bad restart offset: the largest one that would do.
    pub fn length(&self) -> Option<u64> {
        self.length
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self { fault, length: None, source: None }
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        let fault = match error.raw_os_error() {
            Some(raw) => fault_of(Errno::from_raw_os_error(raw)),
            // cap-std reports a path that leaves the root without a number of the system's.
            None if error.kind() == io::ErrorKind::PermissionDenied => Fault::OutsideRoot,
            None => Fault::Io,
        };
        Self { fault, length: None, source: Some(error) }
    }
}

impl From<Errno> for Error {
    fn from(error: Errno) -> Self {
        io::Error::from(error).into()
    }
}

fn fault_of(errno: Errno) -> Fault {
    match errno {
        Errno::NOENT => Fault::NotFound,
        Errno::ACCESS | Errno::PERM => Fault::PermissionDenied,
        Errno::EXIST => Fault::AlreadyExists,
        Errno::ISDIR => Fault::IsADirectory,
        Errno::NOTDIR => Fault::NotADirectory,
        Errno::NOTEMPTY => Fault::DirectoryNotEmpty,
        Errno::LOOP => Fault::LinkLoop,
        Errno::NAMETOOLONG | Errno::ILSEQ | Errno::INVAL => Fault::NameNotAllowed,
        Errno::NOSPC => Fault::NoSpace,
        Errno::DQUOT => Fault::QuotaExceeded,
        Errno::FBIG => Fault::FileTooLarge,
        Errno::ROFS => Fault::ReadOnlyStorage,
        // openat2 beneath the root; a rename across file systems is told apart where it is made.
        Errno::XDEV => Fault::OutsideRoot,
        Errno::TXTBSY | Errno::BUSY | Errno::WOULDBLOCK => Fault::Busy,
        Errno::STALE => Fault::Changed,
        Errno::MFILE | Errno::NFILE | Errno::NOMEM | Errno::MLINK => Fault::OutOfResources,
        Errno::NXIO | Errno::NODEV => Fault::NotARegularFile,
        Errno::NOSYS | Errno::OPNOTSUPP => Fault::Unsupported,
        _ => Fault::Io,
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            Some(source) => write!(f, "{source}"),
            None => write!(f, "{:?}", self.fault),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_the_system_become_faults() {
        for (errno, fault) in [
            (Errno::NOENT, Fault::NotFound),
            (Errno::NOSPC, Fault::NoSpace),
            (Errno::DQUOT, Fault::QuotaExceeded),
            (Errno::XDEV, Fault::OutsideRoot),
            (Errno::IO, Fault::Io),
        ] {
            assert_eq!(Error::from(errno).fault(), fault);
        }
        assert_eq!(Error::from(io::Error::other("x")).fault(), Fault::Io);
    }
}
