//! Maps each system's errno numbers to socket codes. The numbers differ between systems but the
//! names do not, so the mapping goes by name: number -> name -> socket code.

use crate::sockets::SocketCode;

/// A system with its own errno and getaddrinfo numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Platform {
    /// Linux with the numbering that x86, Arm, RISC-V, POWER, s390x and LoongArch share. MIPS and
    /// SPARC use other numbers and count as [`Platform::Other`].
    Linux,
    /// Android: Linux's errno, the getaddrinfo values of the BSDs.
    Android,
    /// macOS and Apple's other systems.
    MacOs,
    /// FreeBSD and DragonFly BSD.
    FreeBsd,
    /// NetBSD.
    NetBsd,
    /// OpenBSD: getaddrinfo values as on Linux.
    OpenBsd,
    /// Windows, whose socket errors are the codes themselves.
    Windows,
    /// A system whose numbers are not in the tables, so numbers are not interpreted.
    Other,
}

impl Platform {
    /// The system that this program was built for.
    pub const fn current() -> Self {
        const UNUSUAL: bool = cfg!(any(
            target_arch = "mips",
            target_arch = "mips32r6",
            target_arch = "mips64",
            target_arch = "mips64r6",
            target_arch = "sparc",
            target_arch = "sparc64",
        ));
        if cfg!(windows) {
            Self::Windows
        } else if cfg!(target_os = "linux") && !UNUSUAL {
            Self::Linux
        } else if cfg!(target_os = "android") && !UNUSUAL {
            Self::Android
        } else if cfg!(target_vendor = "apple") {
            Self::MacOs
        } else if cfg!(any(target_os = "freebsd", target_os = "dragonfly")) {
            Self::FreeBsd
        } else if cfg!(target_os = "netbsd") {
            Self::NetBsd
        } else if cfg!(target_os = "openbsd") {
            Self::OpenBsd
        } else {
            Self::Other
        }
    }
}

/// One errno name, its number on each family of systems (0: does not exist) and its socket code.
struct Row {
    name: &'static str,
    linux: u8,
    macos: u8,
    freebsd: u8,
    netbsd: u8,
    openbsd: u8,
    socket: u16,
}

impl Row {
    const fn on(&self, platform: Platform) -> u8 {
        match platform {
            Platform::Linux | Platform::Android => self.linux,
            Platform::MacOs => self.macos,
            Platform::FreeBsd => self.freebsd,
            Platform::NetBsd => self.netbsd,
            Platform::OpenBsd => self.openbsd,
            Platform::Windows | Platform::Other => 0,
        }
    }
}

/// A name with the same number on all systems that descend from 4.3BSD.
const fn row(name: &'static str, linux: u8, bsd: u8, socket: u16) -> Row {
    Row { name, linux, macos: bsd, freebsd: bsd, netbsd: bsd, openbsd: bsd, socket }
}

// Where one number has two names, the first row gives the name that is shown.
static ERRNO: &[Row] = &[
    row("EINTR", 4, 4, 10004),
    row("EBADF", 9, 9, 10009),
    // WSA_NOT_ENOUGH_MEMORY: Winsock has no ENOMEM of its own.
    row("ENOMEM", 12, 12, 8),
    row("EACCES", 13, 13, 10013),
    row("EFAULT", 14, 14, 10014),
    row("EINVAL", 22, 22, 10022),
    row("EMFILE", 24, 24, 10024),
    // A write after the connection has ended is WSAESHUTDOWN on Windows and EPIPE on Unix.
    row("EPIPE", 32, 32, 10058),
    row("EWOULDBLOCK", 11, 35, 10035),
    row("EAGAIN", 11, 35, 10035),
    // Mapped by name although the meanings differ; the row of 10036 says so.
    row("EINPROGRESS", 115, 36, 10036),
    row("EALREADY", 114, 37, 10037),
    row("ENOTSOCK", 88, 38, 10038),
    row("EDESTADDRREQ", 89, 39, 10039),
    row("EMSGSIZE", 90, 40, 10040),
    row("EPROTOTYPE", 91, 41, 10041),
    row("ENOPROTOOPT", 92, 42, 10042),
    row("EPROTONOSUPPORT", 93, 43, 10043),
    row("ESOCKTNOSUPPORT", 94, 44, 10044),
    Row {
        name: "EOPNOTSUPP",
        linux: 95,
        macos: 102,
        freebsd: 45,
        netbsd: 45,
        openbsd: 45,
        socket: 10045,
    },
    // On macOS ENOTSUP has the number 45, which is EOPNOTSUPP on the other BSDs.
    Row {
        name: "ENOTSUP",
        linux: 95,
        macos: 45,
        freebsd: 45,
        netbsd: 86,
        openbsd: 91,
        socket: 10045,
    },
    row("EPFNOSUPPORT", 96, 46, 10046),
    row("EAFNOSUPPORT", 97, 47, 10047),
    row("EADDRINUSE", 98, 48, 10048),
    row("EADDRNOTAVAIL", 99, 49, 10049),
    row("ENETDOWN", 100, 50, 10050),
    row("ENETUNREACH", 101, 51, 10051),
    row("ENETRESET", 102, 52, 10052),
    row("ECONNABORTED", 103, 53, 10053),
    row("ECONNRESET", 104, 54, 10054),
    row("ENOBUFS", 105, 55, 10055),
    row("EISCONN", 106, 56, 10056),
    row("ENOTCONN", 107, 57, 10057),
    row("ESHUTDOWN", 108, 58, 10058),
    row("ETOOMANYREFS", 109, 59, 10059),
    row("ETIMEDOUT", 110, 60, 10060),
    row("ECONNREFUSED", 111, 61, 10061),
    row("ELOOP", 40, 62, 10062),
    row("ENAMETOOLONG", 36, 63, 10063),
    row("EHOSTDOWN", 112, 64, 10064),
    row("EHOSTUNREACH", 113, 65, 10065),
    row("ENOTEMPTY", 39, 66, 10066),
    row("EPROCLIM", 0, 67, 10067),
    row("EUSERS", 87, 68, 10068),
    row("EDQUOT", 122, 69, 10069),
    row("ESTALE", 116, 70, 10070),
    row("EREMOTE", 66, 71, 10071),
    // A cancelled socket operation, not the name-service query of 10103 and 10111.
    Row {
        name: "ECANCELED",
        linux: 125,
        macos: 89,
        freebsd: 85,
        netbsd: 87,
        openbsd: 88,
        socket: 995,
    },
];

/// Win32 errors that the system reports for sockets instead of the Winsock number, mostly when
/// overlapped operations end: the number, Microsoft's name, and the socket code with the same
/// meaning.
static WIN32: &[(u16, &str, u16)] = &[
    (64, "ERROR_NETNAME_DELETED", 10054),
    (121, "ERROR_SEM_TIMEOUT", 10060),
    (1225, "ERROR_CONNECTION_REFUSED", 10061),
    (1231, "ERROR_NETWORK_UNREACHABLE", 10051),
    (1232, "ERROR_HOST_UNREACHABLE", 10065),
    (1236, "ERROR_CONNECTION_ABORTED", 10053),
];

/// Further names of codes: h_errno names, whose numbers are 11000 less, Win32 names, and the
/// spellings of other headers.
static ALIASES: &[(&str, u16)] = &[
    ("ERROR_INVALID_HANDLE", 6),
    ("ERROR_NOT_ENOUGH_MEMORY", 8),
    ("ERROR_INVALID_PARAMETER", 87),
    ("ERROR_OPERATION_ABORTED", 995),
    ("ERROR_IO_INCOMPLETE", 996),
    ("ERROR_IO_PENDING", 997),
    ("HOST_NOT_FOUND", 11001),
    ("TRY_AGAIN", 11002),
    ("NO_RECOVERY", 11003),
    ("NO_DATA", 11004),
    ("NO_ADDRESS", 11004),
    ("WSANO_ADDRESS", 11004),
    ("WSA_QOS_EUNKNOWNPSOBJ", 11024),
];

impl SocketCode {
    /// The socket code for a system error number: errno on Unix, the error of a socket call on
    /// Windows. `None` for numbers that have nothing to do with sockets (ENOENT).
    ///
    /// Use it only for errors of socket calls: a file operation can fail with EACCES too.
    pub fn from_os_error(platform: Platform, raw: i32) -> Option<Self> {
        if platform == Platform::Windows {
            return Self::from_win32(raw);
        }
        let raw = u8::try_from(raw).ok().filter(|raw| *raw != 0)?;
        let row = ERRNO.iter().find(|row| row.on(platform) == raw)?;
        Some(Self::new(row.socket))
    }

    /// The socket code for an errno name, an h_errno name or another spelling of a code's name, in
    /// upper or lower case. `None` for a name that is not in the tables.
    pub fn from_errno_name(name: &str) -> Option<Self> {
        let errno = ERRNO.iter().map(|row| (row.name, row.socket));
        let win32 = WIN32.iter().map(|&(_, name, socket)| (name, socket));
        let mut all = errno.chain(win32).chain(ALIASES.iter().copied());
        let (_, socket) = all.find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some(Self::new(socket))
    }

    fn from_win32(raw: i32) -> Option<Self> {
        let raw = u16::try_from(raw).ok()?;
        let alias = WIN32.iter().find(|(number, ..)| *number == raw);
        let code = Self::new(alias.map_or(raw, |&(.., socket)| socket));
        code.row().map(|row| row.code)
    }
}

/// The name of an errno number on a system, if the number has a socket code.
pub fn errno_name(platform: Platform, raw: i32) -> Option<&'static str> {
    let raw = u8::try_from(raw).ok().filter(|raw| *raw != 0)?;
    ERRNO.iter().find(|row| row.on(platform) == raw).map(|row| row.name)
}

/// The number of an errno name on a system. `None` if the system lacks the name, and for names
/// without a socket code.
pub fn errno_number(platform: Platform, name: &str) -> Option<i32> {
    let row = ERRNO.iter().find(|row| row.name.eq_ignore_ascii_case(name))?;
    let number = row.on(platform);
    (number != 0).then(|| i32::from(number))
}
