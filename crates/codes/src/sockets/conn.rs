//! 10048 to 10071: errors of addresses, networks and connections, and the file errors that 4.3BSD
//! kept in the same block of numbers.

use super::SocketCode;
use crate::row::{Repeat, SocketRow};

pub(super) const ROWS: &[SocketRow] = &[
    SocketRow {
        code: SocketCode::new(10048),
        name: "WSAEADDRINUSE",
        phrase: "Address already in use",
        errno: &["EADDRINUSE"],
        meaning: "Another socket already uses this local address and port.",
        met: "Server: another server already uses port 21 or the configured port. Client: in \
            active mode with a fixed data port, or after very many short connections; the server \
            reports such a clash as 425.",
        advice: "Find the program that holds the port (`ss -ltnp`, on Windows `netstat -abno`) and \
            stop it, or choose another port; widen the port range for active and passive mode; \
            after a restart wait a minute.",
        repeat: Repeat::CanHelp,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10049),
        name: "WSAEADDRNOTAVAIL",
        phrase: "Address not available",
        errno: &["EADDRNOTAVAIL"],
        meaning: "The address does not belong to this machine, or nothing can connect to it.",
        met: "When listening on an address that the machine does not have, with a wrong local or \
            masquerade address, or when connecting to port 0 from a broken 227 reply; on Unix also \
            when all local ports are used up.",
        advice: "Check the listen and masquerade addresses against `ip addr` or `ipconfig`; if \
            all ports are used up, wait and open fewer connections.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10050),
        name: "WSAENETDOWN",
        phrase: "Network is down",
        errno: &["ENETDOWN"],
        meaning: "The local network interface or stack does not work.",
        met: "At connect, or in the middle of a session when the interface goes down; for a data \
            connection the server sends 425 or 426.",
        advice: "Bring the interface, Wi-Fi or VPN up, then try again and resume the transfer.",
        repeat: Repeat::CanHelp,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10051),
        name: "WSAENETUNREACH",
        phrase: "Network unreachable",
        errno: &["ENETUNREACH"],
        meaning: "This machine has no route to the network of that address.",
        met: "At connect to an IPv6 address without IPv6, without a default route or with the VPN \
            down; on data connections when 227 or PORT contains a private address from behind a \
            NAT.",
        advice: "Check the route (`ip route get ADDRESS`) and the VPN, force IPv4, or use EPSV \
            so that the address in 227 does not matter.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10052),
        name: "WSAENETRESET",
        phrase: "Connection dropped on reset",
        errno: &["ENETRESET"],
        meaning: "The connection was closed because keepalive found that the peer is gone or has \
            restarted.",
        met: "In an idle or long session, when the network or the other machine failed in the \
            meantime.",
        advice: "Connect again and resume; if it happens while the session is idle, send NOOP more \
            often.",
        repeat: Repeat::CanHelp,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10053),
        name: "WSAECONNABORTED",
        phrase: "Connection aborted on this side",
        errno: &["ECONNABORTED"],
        meaning: "This machine's system gave up the connection, because an acknowledgement was \
            missing or after a protocol error.",
        met: "In a transfer or an idle session: data was not acknowledged in time, Wi-Fi was lost, \
            or a virus scanner or proxy on this machine intervened. A server that gets this error \
            in a transfer sends 426.",
        advice: "Connect again and resume; if it returns, try with the virus scanner's FTP check \
            or the proxy switched off.",
        repeat: Repeat::CanHelp,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10054),
        name: "WSAECONNRESET",
        phrase: "Connection reset by the other side",
        errno: &["ECONNRESET"],
        meaning: "The peer, or a device on the way that acts in its name, reset the connection.",
        met: "Right after connecting: an address ban, a full server, or a port that expects TLS \
            from the first byte. In a session: the server died or a NAT dropped an idle \
            connection. On a data connection: the peer aborted the transfer, which a server \
            reports as 426.",
        advice: "Connect again after a pause and resume. If it happens at connect, check port and \
            encryption (21 explicit, 990 implicit TLS); if idle sessions die, send NOOP every \
            minute.",
        repeat: Repeat::CanHelp,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10055),
        name: "WSAENOBUFS",
        phrase: "No buffer space",
        errno: &["ENOBUFS"],
        meaning: "The system has run out of memory for buffers or, on Windows, of local ports.",
        met: "At connect or during very many parallel transfers; a server in this state sends 421 \
            or 425.",
        advice: "Open fewer connections in parallel and wait a few minutes. On Windows, check the \
            dynamic port range (`netsh int ipv4 show dynamicport tcp`); on a server, check the \
            memory and socket limits.",
        repeat: Repeat::CanHelp,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10056),
        name: "WSAEISCONN",
        phrase: "Already connected",
        errno: &["EISCONN"],
        meaning: "The program called connect on a socket that is already connected.",
        met: "A bug in the program.",
        advice: "Update the program or report the error to its author; the connection itself is \
            fine.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10057),
        name: "WSAENOTCONN",
        phrase: "Not connected",
        errno: &["ENOTCONN"],
        meaning: "The program tried to send or receive data on a socket that is not connected.",
        met: "After the control connection was lost unnoticed, or when the connect never \
            succeeded; in a transfer, a server reports it as 426.",
        advice: "Connect and log in again; an earlier message tells why the connection was lost.",
        repeat: Repeat::CanHelp,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10058),
        name: "WSAESHUTDOWN",
        phrase: "Sending side already shut",
        errno: &["ESHUTDOWN", "EPIPE"],
        meaning: "The program tried to send data on a connection whose sending direction is \
            closed.",
        met: "On Unix as EPIPE, `broken pipe`: the peer closed the connection and the program kept \
            writing, typically in an upload that the server refused midway or on a control \
            connection after 421.",
        advice: "Read the last reply, which gives the reason: a quota or a missing permission must \
            be changed first. If there is no such reply, something on the way closed the \
            connection: connect again and resume.",
        repeat: Repeat::CanHelp,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10059),
        name: "WSAETOOMANYREFS",
        phrase: "Too many references",
        errno: &["ETOOMANYREFS"],
        meaning: "A kernel object has more references than the system allows.",
        met: "Never in an FTP session itself; on Linux when processes pass descriptors to each \
            other too fast.",
        advice: "Report the error to the author of the program or server.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10060),
        name: "WSAETIMEDOUT",
        phrase: "Connection timed out",
        errno: &["ETIMEDOUT"],
        meaning: "A timeout: the other side did not answer in time.",
        met: "At connect: the host is off, the address is wrong, or a firewall drops packets to \
            the port. In a session: a reply did not arrive. On a data connection: the data port is \
            blocked, the classic problem of active mode behind NAT and of passive mode without \
            opened ports; a server sends 425, or 426 during a transfer.",
        advice: "Check host and port. If the login works but listings hang, switch between passive \
            and active mode and have the server's passive ports opened; a longer timeout helps \
            only on slow connections.",
        repeat: Repeat::CanHelp,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10061),
        name: "WSAECONNREFUSED",
        phrase: "Connection refused",
        errno: &["ECONNREFUSED"],
        meaning: "The machine answered, but nothing is listening on that port.",
        met: "At connect: the FTP server is not running, or listens on another port or address. On \
            a data connection: a PASV port that is no longer valid, or your own PORT address \
            without a listener; the server sends 425.",
        advice: "Start the server (`ss -ltn` shows what is listening) and check the port; SFTP is \
            a different protocol, on port 22. For data connections, send a new EPSV or PASV and \
            connect immediately.",
        repeat: Repeat::CanHelp,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10062),
        name: "WSAELOOP",
        phrase: "Name loop",
        errno: &["ELOOP"],
        meaning: "A name could not be resolved because it leads back to itself.",
        met: "On Unix the errno of this name means a loop of symbolic links, which an FTP server \
            reports as 550; Winsock does not use it in practice.",
        advice: "Find the link that points back to its own path and remove it.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10063),
        name: "WSAENAMETOOLONG",
        phrase: "Name too long",
        errno: &["ENAMETOOLONG"],
        meaning: "A name, or a component of a path, is longer than the system allows.",
        met: "On Unix with file names of more than 255 bytes, which a server reports as 550 or \
            553, and with host names that are too long.",
        advice: "Choose a shorter name. Count bytes: characters outside ASCII take two to four in \
            UTF-8.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10064),
        name: "WSAEHOSTDOWN",
        phrase: "Host is down",
        errno: &["EHOSTDOWN"],
        meaning: "The other machine is off or not connected to its network.",
        met: "At connect to a host on the same local network that does not respond at its address.",
        advice: "Wake or start the machine, check cable and address, then try again.",
        repeat: Repeat::CanHelp,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10065),
        name: "WSAEHOSTUNREACH",
        phrase: "No route to host",
        errno: &["EHOSTUNREACH"],
        meaning: "Something on the way reports that the host cannot be reached.",
        met: "At connect: the host is off, a router has no route to it, or a firewall rejects the \
            connection. On a data connection: a private address in 227 or PORT from behind a NAT; \
            the server sends 425.",
        advice: "Ping the host and trace the route; look for a firewall that rejects. For data \
            connections use EPSV, or set the server's public address.",
        repeat: Repeat::CanHelp,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10066),
        name: "WSAENOTEMPTY",
        phrase: "Directory not empty",
        errno: &["ENOTEMPTY"],
        meaning: "A directory cannot be removed while it contains entries.",
        met: "On the server after RMD, reported as 550; in a client when it removes a local \
            directory.",
        advice: "Delete what is inside first, hidden files included, or use a recursive remove.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10067),
        name: "WSAEPROCLIM",
        phrase: "Too many processes",
        errno: &["EPROCLIM"],
        meaning: "The limit on the number of programs that use sockets is reached.",
        met: "Not in FTP today: old Winsock versions had such a limit, and BSD uses the number for \
            process limits.",
        advice: "Close other network programs, then try again.",
        repeat: Repeat::CanHelp,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10068),
        name: "WSAEUSERS",
        phrase: "User quota exceeded",
        errno: &["EUSERS"],
        meaning: "The system's accounting has run out of room for users.",
        met: "Very rarely: some Unix file systems report it when their quota table is full.",
        advice: "Administrator: enlarge the quota table.",
        repeat: Repeat::Useless,
        notes: Some(
            "FTP lists on the web explain it as `too many users, server is full`; but a full FTP \
                server sends 421, and this number comes from the local system, never from a \
                server.",
        ),
    },
    SocketRow {
        code: SocketCode::new(10069),
        name: "WSAEDQUOT",
        phrase: "Disk quota exceeded",
        errno: &["EDQUOT"],
        meaning: "The user's share of the disk is used up.",
        met: "When a client writes a local file, or on the server during an upload, reported as \
            552.",
        advice: "Delete files or ask for more quota, then resume the transfer.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10070),
        name: "WSAESTALE",
        phrase: "Stale file handle",
        errno: &["ESTALE"],
        meaning: "An open file on a network file system no longer exists there.",
        met: "On NFS, when the file or its export was replaced during a transfer; a server reports \
            450, 451 or 550.",
        advice: "Start the transfer again. Administrator: remount the file system.",
        repeat: Repeat::CanHelp,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10071),
        name: "WSAEREMOTE",
        phrase: "Object is remote",
        errno: &["EREMOTE"],
        meaning: "The object is on another machine and cannot be used from here.",
        met: "Not in FTP: only when a network file system is exported a second time.",
        advice: "Use the path on the machine that holds the files.",
        repeat: Repeat::Useless,
        notes: None,
    },
];
