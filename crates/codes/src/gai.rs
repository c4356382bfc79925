//! Maps failures of getaddrinfo to socket codes: by value, by name and, because Rust's standard
//! library keeps neither on Unix, by the well-known texts.

use crate::errno::Platform;
use crate::sockets::SocketCode;

/// One EAI name with its values. glibc, musl and OpenBSD count down from -1; Apple's systems,
/// FreeBSD, NetBSD and Android count up from 1. Windows uses the socket code itself.
struct Row {
    name: &'static str,
    negative: i32,
    positive: i32,
    socket: u16,
}

const fn row(name: &'static str, negative: i32, positive: i32, socket: u16) -> Row {
    Row { name, negative, positive, socket }
}

static EAI: &[Row] = &[
    row("EAI_AGAIN", -3, 2, 11002),
    row("EAI_BADFLAGS", -1, 3, 10022),
    row("EAI_FAIL", -4, 4, 11003),
    row("EAI_FAMILY", -6, 5, 10047),
    row("EAI_MEMORY", -10, 6, 8),
    row("EAI_NONAME", -2, 8, 11001),
    row("EAI_SERVICE", -8, 9, 10109),
    row("EAI_SOCKTYPE", -7, 10, 10044),
    // Windows headers disagree: Wine defines it as EAI_NONAME (11001), mingw-w64 as WSANO_DATA
    // (11004), and Microsoft's documentation omits it. Here it is 11004: WSANO_DATA means that the
    // name exists but has no address, and the advice for that differs from the advice for a name
    // that does not exist.
    row("EAI_NODATA", -5, 7, 11004),
    // Windows has no code of its own for this. A host without an address of the requested family
    // has no data of the requested type.
    row("EAI_ADDRFAMILY", -9, 1, 11004),
    // Windows only; Unix has no values for them.
    row("EAI_NOSECURENAME", 0, 0, 11032),
    row("EAI_IPSECPOLICY", 0, 0, 11033),
];

/// EAI names without a socket code, with their value on Linux and the reason.
static WITHOUT: &[(&str, i32, &str)] = &[
    ("EAI_SYSTEM", -11, "the system call behind the lookup failed; look at errno"),
    (
        "EAI_OVERFLOW",
        -12,
        "the program's buffer was too small for the result, which is a bug in the program",
    ),
];

/// The texts of gai_strerror. These are fixed strings of glibc, musl, and the BSDs including Apple
/// and Android; other texts are not guessed.
pub(crate) static LOOKUP_TEXTS: &[(&str, u16)] = &[
    ("Name or service not known", 11001),
    ("Name does not resolve", 11001),
    ("nodename nor servname provided, or not known", 11001),
    ("hostname nor servname provided, or not known", 11001),
    ("Temporary failure in name resolution", 11002),
    ("Try again", 11002),
    ("Non-recoverable failure in name resolution", 11003),
    ("Non-recoverable error", 11003),
    ("No address associated with hostname", 11004),
    ("No address associated with nodename", 11004),
    ("no address associated with name", 11004),
    ("Name has no usable address", 11004),
    ("Address family for hostname not supported", 11004),
];

/// The prefix that Rust's standard library puts before the text.
const LOOKUP: &str = "failed to lookup address information:";

impl SocketCode {
    /// The socket code for a value returned by getaddrinfo. `None` for EAI_SYSTEM, whose reason is
    /// in errno, and for unknown values.
    pub fn from_gai(platform: Platform, value: i32) -> Option<Self> {
        let on = |row: &&Row| match platform {
            Platform::Linux | Platform::OpenBsd => row.negative == value,
            Platform::Android | Platform::MacOs | Platform::FreeBsd | Platform::NetBsd => {
                row.positive == value
            }
            Platform::Windows | Platform::Other => false,
        };
        if platform == Platform::Windows {
            return Self::from_os_error(platform, value);
        }
        let row = EAI.iter().filter(|_| value != 0).find(on)?;
        Some(Self::new(row.socket))
    }

    /// The socket code for an EAI name, in upper or lower case.
    pub fn from_gai_name(name: &str) -> Option<Self> {
        let row = EAI.iter().find(|row| row.name.eq_ignore_ascii_case(name))?;
        Some(Self::new(row.socket))
    }

    /// The socket code for the text of a failed lookup, as `std::net::ToSocketAddrs` reports it on
    /// Unix: the error has no number there, only the text of gai_strerror. The text is never
    /// translated, because Rust programs do not call setlocale.
    pub fn from_lookup_text(text: &str) -> Option<Self> {
        let reason = text.split_once(LOOKUP)?.1.trim();
        let (_, socket) =
            LOOKUP_TEXTS.iter().find(|(known, _)| reason.eq_ignore_ascii_case(known))?;
        Some(Self::new(*socket))
    }

    /// The EAI names that map to this code.
    pub fn gai_names(self) -> impl Iterator<Item = &'static str> {
        EAI.iter().filter(move |row| row.socket == self.number()).map(|row| row.name)
    }
}

/// Why an EAI name has no socket code; `None` for names that have one and for unknown names.
pub fn gai_without_code(name: &str) -> Option<&'static str> {
    let (.., reason) = WITHOUT.iter().find(|(known, ..)| known.eq_ignore_ascii_case(name))?;
    Some(reason)
}

/// The name of a getaddrinfo value on Linux that has no socket code, and the reason.
pub fn gai_value_without_code(value: i32) -> Option<(&'static str, &'static str)> {
    let (name, _, reason) = WITHOUT.iter().find(|(_, known, _)| *known == value)?;
    Some((name, reason))
}
