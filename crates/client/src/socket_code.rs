//! The Winsock number of a socket failure. The one place in this crate that maps an `io::Error`.

use std::io;

/// A socket failure by its Winsock number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SocketCode {
    number: u32,
    name: &'static str,
    errno: Option<&'static str>,
}

const fn code(number: u32, name: &'static str, errno: &'static str) -> SocketCode {
    SocketCode { number, name, errno: Some(errno) }
}

impl SocketCode {
    /// The time allowed for a connection or a reply ran out.
    pub const TIMED_OUT: Self = code(10060, "WSAETIMEDOUT", "ETIMEDOUT");

    /// The number.
    pub fn number(self) -> u32 {
        self.number
    }

    /// The Winsock name.
    pub fn name(self) -> &'static str {
        self.name
    }

    /// The POSIX name, where there is one.
    pub fn errno_name(self) -> Option<&'static str> {
        self.errno
    }

    /// The code of an error of a socket operation, if it is one that has a number.
    pub fn from_io_error(error: &io::Error) -> Option<Self> {
        use io::ErrorKind as K;
        Some(match error.kind() {
            K::ConnectionRefused => code(10061, "WSAECONNREFUSED", "ECONNREFUSED"),
            K::ConnectionReset | K::BrokenPipe => code(10054, "WSAECONNRESET", "ECONNRESET"),
            K::ConnectionAborted => code(10053, "WSAECONNABORTED", "ECONNABORTED"),
            K::TimedOut => Self::TIMED_OUT,
            K::HostUnreachable => code(10065, "WSAEHOSTUNREACH", "EHOSTUNREACH"),
            K::NetworkUnreachable => code(10051, "WSAENETUNREACH", "ENETUNREACH"),
            K::NetworkDown => code(10050, "WSAENETDOWN", "ENETDOWN"),
            K::AddrInUse => code(10048, "WSAEADDRINUSE", "EADDRINUSE"),
            K::AddrNotAvailable => code(10049, "WSAEADDRNOTAVAIL", "EADDRNOTAVAIL"),
            K::PermissionDenied => code(10013, "WSAEACCES", "EACCES"),
            _ => return None,
        })
    }

    /// The code of a failed name lookup. The standard library keeps only the text of getaddrinfo.
    pub fn from_lookup_error(error: &io::Error) -> Self {
        let text = error.to_string().to_ascii_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
        if has(&["temporary failure", "try again", "11002"]) {
            Self { number: 11002, name: "WSATRY_AGAIN", errno: None }
        } else if has(&["non-recoverable", "unrecoverable", "11003"]) {
            Self { number: 11003, name: "WSANO_RECOVERY", errno: None }
        } else if has(&["no address associated", "11004"]) {
            Self { number: 11004, name: "WSANO_DATA", errno: None }
        } else {
            Self { number: 11001, name: "WSAHOST_NOT_FOUND", errno: None }
        }
    }
}

/// `10061 WSAECONNREFUSED (ECONNREFUSED)`.
impl std::fmt::Display for SocketCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.number, self.name)?;
        self.errno.map_or(Ok(()), |errno| write!(f, " ({errno})"))
    }
}
