//! 10004 to 10047: errors in a call, or in what the machine supports, before any peer is involved.

use super::SocketCode;
use crate::row::{Repeat, SocketRow};

pub(super) const ROWS: &[SocketRow] = &[
    SocketRow {
        code: SocketCode::new(10004),
        name: "WSAEINTR",
        phrase: "Call interrupted",
        errno: &["EINTR"],
        meaning: "A blocking call was interrupted before it was complete.",
        met: "On Unix, when a signal arrives during a read or write; in old Windows programs, \
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
        meaning: "The program used a file or socket descriptor that is not open.",
        met: "A bug in the program, typically a data connection that is closed twice or used after \
            it was closed.",
        advice: "Connect again; report the error to the program's author if it returns.",
        repeat: Repeat::CanHelp,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10013),
        name: "WSAEACCES",
        phrase: "Permission denied",
        errno: &["EACCES"],
        meaning: "The system forbids this use of the socket.",
        met: "Connecting: a local firewall or security suite blocks the program. Listening: on a \
            port below 1024 without the privilege for it, or on one that Windows has reserved or \
            another program holds exclusively; after PORT or EPRT the server reports it as 425.",
        advice: "Allow the program in the local firewall. For listening, choose a free port above \
            1024; on Windows, check `netsh int ipv4 show excludedportrange tcp`.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10014),
        name: "WSAEFAULT",
        phrase: "Bad memory address",
        errno: &["EFAULT"],
        meaning: "The program passed a pointer to memory that it may not use, or a buffer that is \
            too short.",
        met: "A bug in the program; no peer can cause it.",
        advice: "Update the program or report the error to its author.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10022),
        name: "WSAEINVAL",
        phrase: "Argument not valid",
        errno: &["EINVAL"],
        meaning: "A socket call had an invalid value, or the socket is in the wrong state for the \
            call.",
        met: "At connect with port 0 or a malformed address, at accept without listen, or at a \
            lookup with wrong flags (EAI_BADFLAGS).",
        advice: "Check the host, port and local address in your settings; if they are right, the \
            program has a bug.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10024),
        name: "WSAEMFILE",
        phrase: "Too many open sockets",
        errno: &["EMFILE"],
        meaning: "The process has used up its sockets or file descriptors.",
        met: "At the control connection or any data connection of a program with many parallel \
            transfers; a server with this shortage sends 421 or 425.",
        advice: "Run fewer transfers in parallel, or raise the limit (`ulimit -n`, LimitNOFILE in \
            systemd); then try again.",
        repeat: Repeat::CanHelp,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10035),
        name: "WSAEWOULDBLOCK",
        phrase: "Would have to wait",
        errno: &["EWOULDBLOCK", "EAGAIN"],
        meaning: "A status, not a failure: the socket has no data or no buffer space at the \
            moment, and was told not to wait.",
        met: "At every non-blocking connect, read or write; as an error only if a program set a \
            receive timeout on Unix or handles sockets wrongly.",
        advice: "Wait until the socket is ready. If the error appears after a fixed time, it is \
            really a timeout: see 10060.",
        repeat: Repeat::NotNeeded,
        notes: Some(
            "Windows reports this for a non-blocking connect in progress, where Unix reports \
                EINPROGRESS.",
        ),
    },
    SocketRow {
        code: SocketCode::new(10036),
        name: "WSAEINPROGRESS",
        phrase: "Blocking operation in progress",
        errno: &["EINPROGRESS"],
        meaning: "On Windows: an old-style blocking call is still running in this thread.",
        met: "In programs from the days of Winsock 1.1; on Unix the errno of this name means that \
            a non-blocking connect has started, which is normal.",
        advice: "Let the program finish what it is doing, then repeat; update it if the error \
            returns.",
        repeat: Repeat::CanHelp,
        notes: Some(
            "The name means different things on the two systems; for a connect in progress Windows \
                reports 10035.",
        ),
    },
    SocketRow {
        code: SocketCode::new(10037),
        name: "WSAEALREADY",
        phrase: "Operation already under way",
        errno: &["EALREADY"],
        meaning: "The socket is already busy with the same operation.",
        met: "When a program calls connect again before the first call has completed.",
        advice: "Wait for the first attempt to complete; a program that shows this error has a \
            bug.",
        repeat: Repeat::CanHelp,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10038),
        name: "WSAENOTSOCK",
        phrase: "Not a socket",
        errno: &["ENOTSOCK"],
        meaning: "A socket call was made on something that is not a socket.",
        met: "A bug in the program, or a security suite that replaces sockets (a broken layered \
            provider).",
        advice: "Restart the program; on Windows, `netsh winsock reset` removes broken providers, \
            but requires a reboot.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10039),
        name: "WSAEDESTADDRREQ",
        phrase: "Destination address missing",
        errno: &["EDESTADDRREQ"],
        meaning: "Data was sent without a destination address.",
        met: "A bug in the program; on Windows also when the target is 0.0.0.0, for example from a \
            broken 227 reply.",
        advice: "Use EPSV or ignore the address in the 227 reply; otherwise report the error to \
            the program's author.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10040),
        name: "WSAEMSGSIZE",
        phrase: "Message too long",
        errno: &["EMSGSIZE"],
        meaning: "A datagram was larger than the socket or the buffer accepts.",
        met: "FTP uses streams, so only indirectly: from a name server's answer, or from a VPN \
            with a wrong packet size.",
        advice: "Check the MTU of the VPN or tunnel; otherwise report the error to the program's \
            author.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10041),
        name: "WSAEPROTOTYPE",
        phrase: "Wrong protocol for this socket type",
        errno: &["EPROTOTYPE"],
        meaning: "The socket type and the protocol do not match.",
        met: "When the program creates a socket; on macOS also when writing to a connection that \
            is being torn down.",
        advice: "On macOS try again: the connection was lost. Elsewhere the program has a bug.",
        repeat: Repeat::CanHelp,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10042),
        name: "WSAENOPROTOOPT",
        phrase: "Unknown socket option",
        errno: &["ENOPROTOOPT"],
        meaning: "The system does not know this socket option at this level.",
        met: "When a program sets keepalive, buffer or congestion options that this version of the \
            system does not have.",
        advice: "Switch the option off in the settings, or update the system or the program; the \
            session itself is not affected.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10043),
        name: "WSAEPROTONOSUPPORT",
        phrase: "Protocol not available",
        errno: &["EPROTONOSUPPORT"],
        meaning: "The protocol is not installed on this machine.",
        met: "When the program creates its first socket on a system with a stripped or damaged \
            network stack.",
        advice: "Repair the network stack (on Windows with `netsh winsock reset`; in a container \
            check its seccomp rules).",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10044),
        name: "WSAESOCKTNOSUPPORT",
        phrase: "Socket type not available",
        errno: &["ESOCKTNOSUPPORT"],
        meaning: "This address family has no sockets of the requested type.",
        met: "When the program creates a socket, or at a lookup with a wrong type (EAI_SOCKTYPE).",
        advice: "The program has a bug, or a sandbox forbids the type; report the error to the \
            program's author.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10045),
        name: "WSAEOPNOTSUPP",
        phrase: "Operation not possible on this socket",
        errno: &["EOPNOTSUPP"],
        meaning: "This kind of socket does not support the requested operation.",
        met: "At accept on a socket that does not listen, or at urgent data where the socket has \
            none; a proxy or sandbox layer can cause it.",
        advice: "Try without the proxy or layer in between; otherwise report the error to the \
            program's author.",
        repeat: Repeat::Useless,
        notes: Some(
            "On macOS ENOTSUP and EOPNOTSUPP are different numbers; this code covers both.",
        ),
    },
    SocketRow {
        code: SocketCode::new(10046),
        name: "WSAEPFNOSUPPORT",
        phrase: "Protocol family not available",
        errno: &["EPFNOSUPPORT"],
        meaning: "The machine does not support the requested protocol family.",
        met: "When the program creates a socket of a family that is not installed; Windows mostly \
            reports 10047 instead.",
        advice: "Choose IPv4 or IPv6, whichever the machine has.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10047),
        name: "WSAEAFNOSUPPORT",
        phrase: "Address family not available",
        errno: &["EAFNOSUPPORT"],
        meaning: "An address of this family cannot be used, usually because IPv6 or IPv4 is \
            switched off.",
        met: "When connecting to an IPv6-only host, or on a data connection when EPRT names a \
            family that one side does not support.",
        advice: "Force the other family (-4 or -6 in many clients), or switch IPv6 on; for data \
            connections let EPSV choose.",
        repeat: Repeat::Useless,
        notes: None,
    },
];
