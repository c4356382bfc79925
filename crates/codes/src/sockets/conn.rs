//! 10048 to 10071: addresses, networks, connections, and the file errors that 4.3BSD kept in
//! the same block of numbers.

use super::SocketCode;
use crate::row::{Repeat, SocketRow};

pub(super) const ROWS: &[SocketRow] = &[
    SocketRow {
        code: SocketCode::new(10048),
        name: "WSAEADDRINUSE",
        phrase: "Address already in use",
        errno: &["EADDRINUSE"],
        meaning: "Another socket already uses this local address and port.",
        met: "Server: port 21 or the chosen one is taken by another server. Client: in active \
            mode with a fixed data port, or after very many short connections; the server shows \
            such a clash as 425.",
        advice: "Find who holds the port (`ss -ltnp`, on Windows `netstat -abno`), stop it or \
            choose another; widen the port range for active and passive mode; after a restart \
            wait a minute.",
        repeat: Repeat::CanHelp,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10049),
        name: "WSAEADDRNOTAVAIL",
        phrase: "Address not available",
        errno: &["EADDRNOTAVAIL"],
        meaning: "The address is not one of this machine, or cannot be connected to.",
        met: "Listening on an address that the machine does not have, a wrong local or \
            masquerade address, or connecting to port 0 out of a broken 227 reply; on Unix also \
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
        met: "At connect, or in the middle of a session when the interface goes away; on a data \
            connection the server answers 425 or 426.",
        advice: "Bring the interface, Wi-Fi or VPN up, then try again and resume the transfer.",
        repeat: Repeat::CanHelp,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10051),
        name: "WSAENETUNREACH",
        phrase: "Network unreachable",
        errno: &["ENETUNREACH"],
        meaning: "This machine knows no way to the network of that address.",
        met: "At connect to an IPv6 address without IPv6, without a default route or with the \
            VPN down; on data connections when 227 or PORT carries a private address from behind \
            a NAT.",
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
        meaning: "The connection was broken because keepalive found the peer gone or restarted.",
        met: "In an idle or long session, when the network or the other machine failed in between.",
        advice: "Connect again and resume; if it happens while idle, send NOOP more often.",
        repeat: Repeat::CanHelp,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10053),
        name: "WSAECONNABORTED",
        phrase: "Connection aborted on this side",
        errno: &["ECONNABORTED"],
        meaning: "The system of this machine gave the connection up, for want of an \
            acknowledgement or after a protocol error.",
        met: "In a transfer or an idle session: data was not acknowledged in time, Wi-Fi was \
            lost, or a virus scanner or proxy on this machine cut in. A server that meets it in \
            a transfer says 426.",
        advice: "Connect again and resume; try with the virus scanner's FTP check or the proxy \
            off.",
        repeat: Repeat::CanHelp,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10054),
        name: "WSAECONNRESET",
        phrase: "Connection reset by the other side",
        errno: &["ECONNRESET"],
        meaning: "The peer, or a device on the way in its name, broke the connection off hard.",
        met: "Right after connecting: an address ban, a full server, or a port that expects TLS \
            at once. In a session: the server died or a NAT forgot an idle connection. On a data \
            connection: the peer gave the transfer up, which a server reports as 426.",
        advice: "Connect again after a pause and resume. At connect check port and encryption \
            (21 explicit, 990 implicit TLS); if idle sessions die, send NOOP every minute.",
        repeat: Repeat::CanHelp,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10055),
        name: "WSAENOBUFS",
        phrase: "No buffer space",
        errno: &["ENOBUFS"],
        meaning: "The system has no room left for buffers or, on Windows, for local ports.",
        met: "At connect or during very many parallel transfers; a server in this state says 421 \
            or 425.",
        advice: "Open fewer connections at once and wait some minutes; on Windows look at the \
            dynamic port range (`netsh int ipv4 show dynamicport tcp`), on a server at memory \
            and socket limits.",
        repeat: Repeat::CanHelp,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10056),
        name: "WSAEISCONN",
        phrase: "Already connected",
        errno: &["EISCONN"],
        meaning: "A connect was made on a socket that has a connection.",
        met: "A fault inside the program.",
        advice: "Update the program or report it; the connection itself is fine.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10057),
        name: "WSAENOTCONN",
        phrase: "Not connected",
        errno: &["ENOTCONN"],
        meaning: "Data was to move on a socket without a connection.",
        met: "After the control connection was lost unnoticed, or when the connect never \
            succeeded; a server shows it in a transfer as 426.",
        advice: "Connect and log in again; the earlier message tells why the connection went.",
        repeat: Repeat::CanHelp,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10058),
        name: "WSAESHUTDOWN",
        phrase: "Sending side already shut",
        errno: &["ESHUTDOWN", "EPIPE"],
        meaning: "Data was to be sent on a connection whose sending direction is closed.",
        met: "On Unix as EPIPE, `broken pipe`: the peer closed and the program went on writing, \
            typically in an upload that the server refused midway or on a control connection \
            after 421.",
        advice: "Read the last reply, which has the reason: a quota or a missing right has to change \
            first. Where there is none, something on the way has closed the connection: connect again \
            and resume.",
        repeat: Repeat::CanHelp,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10059),
        name: "WSAETOOMANYREFS",
        phrase: "Too many references",
        errno: &["ETOOMANYREFS"],
        meaning: "A kernel object is referred to more often than it allows.",
        met: "Never in an FTP session as such; on Linux when descriptors are passed between \
            processes too fast.",
        advice: "Report it to the maker of the program or server.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10060),
        name: "WSAETIMEDOUT",
        phrase: "Connection timed out",
        errno: &["ETIMEDOUT"],
        meaning: "A timeout: the other side did not answer in time.",
        met: "At connect: host off, wrong address, or a firewall that drops packets to the port. \
            In a session: the reply did not come. On a data connection: the data port is \
            blocked, the classic fault of active mode behind NAT and of passive mode without \
            opened ports; a server says 425, or 426 in mid-transfer.",
        advice: "Check host and port. If the login works and listings hang, switch between \
            passive and active mode and have the server's passive ports opened; a longer timeout \
            helps only on slow lines.",
        repeat: Repeat::CanHelp,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10061),
        name: "WSAECONNREFUSED",
        phrase: "Connection refused",
        errno: &["ECONNREFUSED"],
        meaning: "The machine answered, but nothing listens on that port.",
        met: "At connect: the FTP server is not running, listens on another port or only on \
            another address. On a data connection: a stale PASV port, or your own PORT address \
            with no listener; the server says 425.",
        advice: "Start the server (`ss -ltn` shows what listens), check the port, and mind that \
            SFTP is another protocol on port 22. For data connections send a new EPSV or PASV \
            and connect at once.",
        repeat: Repeat::CanHelp,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10062),
        name: "WSAELOOP",
        phrase: "Name leads in a circle",
        errno: &["ELOOP"],
        meaning: "A name could not be translated because it goes round in a circle.",
        met: "On Unix the errno of this name is a loop of symbolic links, which an FTP server \
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
        meaning: "A name, or a part of a path, is longer than the system takes.",
        met: "On Unix for file names of more than 255 bytes, which a server reports as 550 or \
            553, and for over-long host names.",
        advice: "Choose a shorter name; count bytes, as letters outside ASCII take two to four \
            in UTF-8.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10064),
        name: "WSAEHOSTDOWN",
        phrase: "Host is down",
        errno: &["EHOSTDOWN"],
        meaning: "The other machine is off or not on its network.",
        met: "At connect to a host of the same local network that does not answer for its address.",
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
        met: "At connect: the host is off, a router has no way, or a firewall refuses openly. On \
            a data connection: a private address in 227 or PORT from behind a NAT; the server \
            says 425.",
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
        meaning: "A directory cannot be removed while it holds entries.",
        met: "At the server after RMD, reported as 550; in a client when a local directory is to \
            be removed.",
        advice: "Delete what is inside first, hidden files included, or use a recursive remove.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10067),
        name: "WSAEPROCLIM",
        phrase: "Too many processes",
        errno: &["EPROCLIM"],
        meaning: "The number of programs that may use sockets at once is reached.",
        met: "Not met in FTP today: old Winsock versions had such a limit, BSD has the number \
            for process limits.",
        advice: "Close other network programs, then try again.",
        repeat: Repeat::CanHelp,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10068),
        name: "WSAEUSERS",
        phrase: "User quota exceeded",
        errno: &["EUSERS"],
        meaning: "A quota of users is used up, in the system's own accounting.",
        met: "Hardly ever: some Unix file systems report it when their quota table is full.",
        advice: "Administrator: enlarge the quota table.",
        repeat: Repeat::Useless,
        notes: Some(
            "FTP lists on the web explain it as `too many users, server is full`; a full FTP \
                server says 421, and this number comes from the local system, never from a \
                server.",
        ),
    },
    SocketRow {
        code: SocketCode::new(10069),
        name: "WSAEDQUOT",
        phrase: "Disk quota exceeded",
        errno: &["EDQUOT"],
        meaning: "The user's share of the disk is used up.",
        met: "When a client writes a local file, or at the server during an upload, reported as \
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
        meaning: "An open file on a network drive no longer exists there.",
        met: "Over NFS, when the file or its export was replaced during a transfer; a server \
            reports 450, 451 or 550.",
        advice: "Begin the transfer again; administrator: mount the drive anew.",
        repeat: Repeat::CanHelp,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10071),
        name: "WSAEREMOTE",
        phrase: "Object is remote",
        errno: &["EREMOTE"],
        meaning: "The object lies on another machine and cannot be handled from here.",
        met: "Not met in FTP: only when network drives are exported a second time.",
        advice: "Use the path on the machine that holds the files.",
        repeat: Repeat::Useless,
        notes: None,
    },
];
