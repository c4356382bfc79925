//! 10004 to 10047: something is wrong with a call or with what the machine offers, before any
//! peer is involved.

use super::SocketCode;
use crate::row::{Repeat, SocketRow};

pub(super) const ROWS: &[SocketRow] = &[
    SocketRow {
        code: SocketCode::new(10004),
        name: "WSAEINTR",
        phrase: "Call interrupted",
        errno: &["EINTR"],
        meaning: "A blocking call was broken off before it was done.",
        met: "On Unix when a signal arrives during a read or write; on old Windows programs \
            after a cancelled call.",
        advice: "Try again; a program should do so itself.",
        repeat: Repeat::CanHelp,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10009),
        name: "WSAEBADF",
        phrase: "Not an open descriptor",
        errno: &["EBADF"],
        meaning: "A file or socket number was used that is not open.",
        met: "A fault inside the program, typically a data connection that is closed twice or \
            used after it was closed.",
        advice: "Connect again; report it to the maker of the program if it comes back.",
        repeat: Repeat::CanHelp,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10013),
        name: "WSAEACCES",
        phrase: "Permission denied",
        errno: &["EACCES"],
        meaning: "The system forbids this use of the socket.",
        met: "Connecting: a local firewall or security suite blocks the program. Listening: a \
            port below 1024 without the right to it, or one that Windows has reserved or another \
            program holds for itself; with PORT or EPRT the server shows it as 425.",
        advice: "Allow the program in the local firewall; for listening choose a free port above \
            1024, and on Windows look at `netsh int ipv4 show excludedportrange tcp`.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10014),
        name: "WSAEFAULT",
        phrase: "Bad memory address",
        errno: &["EFAULT"],
        meaning: "A call was given a pointer to memory that the program may not use, or a buffer \
            that is too short.",
        met: "A fault inside the program; no peer can cause it.",
        advice: "Update the program or report it to its maker.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10022),
        name: "WSAEINVAL",
        phrase: "Argument not valid",
        errno: &["EINVAL"],
        meaning: "A socket call was given a value that makes no sense, or the socket is in the \
            wrong state for it.",
        met: "At connect with port 0 or a malformed address, at accept without listen, or at a \
            look-up with wrong flags (EAI_BADFLAGS).",
        advice: "Check the host, port and local address in your settings; if they are right, the \
            fault is in the program.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10024),
        name: "WSAEMFILE",
        phrase: "Too many open sockets",
        errno: &["EMFILE"],
        meaning: "The process has used up its sockets or file descriptors.",
        met: "At the control connection or at any data connection of a program with many \
            parallel transfers; a server with this shortage says 421 or 425.",
        advice: "Run fewer transfers at once, or raise the limit (`ulimit -n`, LimitNOFILE in \
            systemd); then try again.",
        repeat: Repeat::CanHelp,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10035),
        name: "WSAEWOULDBLOCK",
        phrase: "Would have to wait",
        errno: &["EWOULDBLOCK", "EAGAIN"],
        meaning: "A status, not a failure: the socket has nothing to give or no room at the \
            moment and was told not to wait.",
        met: "At each non-blocking connect, read or write; as an error only where a program set \
            a receive timeout on Unix or handles sockets wrongly.",
        advice: "Wait until the socket is ready. If it appears after a fixed pause, it is a \
            timeout in disguise: see 10060.",
        repeat: Repeat::NotNeeded,
        notes: Some(
            "Windows reports this for a non-blocking connect that is under way, where Unix \
                says EINPROGRESS.",
        ),
    },
    SocketRow {
        code: SocketCode::new(10036),
        name: "WSAEINPROGRESS",
        phrase: "Blocking operation in progress",
        errno: &["EINPROGRESS"],
        meaning: "On Windows: an old-style blocking call is still running in this thread.",
        met: "In programs of the Winsock 1.1 age; on Unix the errno of this name means that a \
            non-blocking connect has begun, which is normal.",
        advice: "Let the program finish what it is doing, then repeat; update it if this comes \
            back.",
        repeat: Repeat::CanHelp,
        notes: Some(
            "The two systems mean different things by the name; for a begun connect Windows \
                says 10035.",
        ),
    },
    SocketRow {
        code: SocketCode::new(10037),
        name: "WSAEALREADY",
        phrase: "Operation already under way",
        errno: &["EALREADY"],
        meaning: "The same socket is already busy with this very operation.",
        met: "When a program calls connect again before the first one has ended.",
        advice: "Wait for the first attempt to end; a program that shows this has a fault.",
        repeat: Repeat::CanHelp,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10038),
        name: "WSAENOTSOCK",
        phrase: "Not a socket",
        errno: &["ENOTSOCK"],
        meaning: "A socket call was made on something that is no socket.",
        met: "A fault inside the program, or a security suite that replaces sockets (a broken \
            layered provider).",
        advice: "Restart the program; on Windows `netsh winsock reset` removes broken providers, \
            at the price of a restart.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10039),
        name: "WSAEDESTADDRREQ",
        phrase: "Destination address missing",
        errno: &["EDESTADDRREQ"],
        meaning: "Data was to be sent without saying where to.",
        met: "A fault inside the program; on Windows also when the target is 0.0.0.0, for \
            instance out of a broken 227 reply.",
        advice: "Use EPSV or ignore the address in the 227 reply; otherwise report it to the \
            maker.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10040),
        name: "WSAEMSGSIZE",
        phrase: "Message too long",
        errno: &["EMSGSIZE"],
        meaning: "A datagram was larger than the socket or the buffer takes.",
        met: "FTP uses streams, so only by a detour: a name server's answer, or a VPN with a \
            wrong packet size.",
        advice: "Check the MTU of the VPN or tunnel; otherwise report it to the maker of the \
            program.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10041),
        name: "WSAEPROTOTYPE",
        phrase: "Wrong protocol for this socket type",
        errno: &["EPROTOTYPE"],
        meaning: "Socket type and protocol do not belong together.",
        met: "When the program creates a socket; on macOS also while writing to a connection \
            that is just being torn down.",
        advice: "On macOS try again, the connection was lost; elsewhere it is a fault inside the \
            program.",
        repeat: Repeat::CanHelp,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10042),
        name: "WSAENOPROTOOPT",
        phrase: "Unknown socket option",
        errno: &["ENOPROTOOPT"],
        meaning: "The system does not know this socket option at this level.",
        met: "When a program sets keepalive, buffer or congestion options that this version of \
            the system lacks.",
        advice: "Switch the option off in the settings, or update system or program; the session \
            itself is not concerned.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10043),
        name: "WSAEPROTONOSUPPORT",
        phrase: "Protocol not there",
        errno: &["EPROTONOSUPPORT"],
        meaning: "The protocol is not installed on this machine.",
        met: "When the program creates its first socket on a system with a stripped or damaged \
            network stack.",
        advice: "Repair the network stack (on Windows `netsh winsock reset`, in a container look \
            at its seccomp rules).",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10044),
        name: "WSAESOCKTNOSUPPORT",
        phrase: "Socket type not there",
        errno: &["ESOCKTNOSUPPORT"],
        meaning: "This address family has no sockets of the type asked for.",
        met: "When the program creates a socket, or at a look-up with a wrong type (EAI_SOCKTYPE).",
        advice: "A fault inside the program or in a sandbox that forbids the type; report it to \
            the maker.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10045),
        name: "WSAEOPNOTSUPP",
        phrase: "Operation not possible on this socket",
        errno: &["EOPNOTSUPP"],
        meaning: "The socket is of a kind that cannot do what was asked.",
        met: "Accepting on a connection that does not listen, or urgent data where there is \
            none; a proxy or sandbox layer can cause it.",
        advice: "Try without the proxy or layer in between; otherwise report it to the maker of \
            the program.",
        repeat: Repeat::Useless,
        notes: Some("On macOS ENOTSUP and EOPNOTSUPP are two numbers; both are meant here."),
    },
    SocketRow {
        code: SocketCode::new(10046),
        name: "WSAEPFNOSUPPORT",
        phrase: "Protocol family not there",
        errno: &["EPFNOSUPPORT"],
        meaning: "The machine has no support for the family of protocols asked for.",
        met: "When the program creates a socket of a family that is not installed, on Windows \
            mostly replaced by 10047.",
        advice: "Choose IPv4 or IPv6, whichever the machine has.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10047),
        name: "WSAEAFNOSUPPORT",
        phrase: "Address family not there",
        errno: &["EAFNOSUPPORT"],
        meaning: "An address of this family cannot be used, mostly because IPv6 or IPv4 is \
            switched off.",
        met: "At the control connect to an IPv6-only host, or on a data connection when EPRT \
            names a family that one side lacks.",
        advice: "Force the other family (-4 or -6 in many clients), or switch IPv6 on; within \
            FTP let EPSV choose.",
        repeat: Repeat::Useless,
        notes: None,
    },
];
