//! 10091 to 10112: errors of Winsock startup, of its providers and of its name-service calls.

use super::SocketCode;
use crate::row::{Repeat, SocketRow};

pub(super) const ROWS: &[SocketRow] = &[
    SocketRow {
        code: SocketCode::new(10091),
        name: "WSASYSNOTREADY",
        phrase: "Network subsystem not ready",
        errno: &[],
        meaning: "Windows' network subsystem has not started.",
        met: "When a program initializes sockets (WSAStartup), for example very early after boot.",
        advice: "Wait until the network services are up, then start the program again.",
        repeat: Repeat::CanHelp,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10092),
        name: "WSAVERNOTSUPPORTED",
        phrase: "Winsock version not supported",
        errno: &[],
        meaning: "The program asks for a version of Winsock that this Windows does not have.",
        met: "At the start of a very old or very new program.",
        advice: "Use a version of the program that fits this Windows.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10093),
        name: "WSANOTINITIALISED",
        phrase: "Winsock not started",
        errno: &[],
        meaning: "A socket call came before WSAStartup, or after the last WSACleanup.",
        met: "A bug in the program, seen at its first lookup or connect.",
        advice: "Update the program or report the error to its author.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10101),
        name: "WSAEDISCON",
        phrase: "Graceful close",
        errno: &[],
        meaning: "The other side has announced that it will send nothing more and is closing.",
        met: "Where Unix sees the end of the stream: the server closed the control connection \
            without a reply, or the data connection before TLS was shut down.",
        advice: "Check whether the last reply was 421; connect again and resume. If the connection \
            closes right after it opens, the server may have banned your address or may expect \
            TLS.",
        repeat: Repeat::CanHelp,
        notes: Some(
            "Packetboat's client also reports an unexpected end of a stream with this \
            number.",
        ),
    },
    SocketRow {
        code: SocketCode::new(10102),
        name: "WSAENOMORE",
        phrase: "No more results (old)",
        errno: &[],
        meaning: "The end of a list of results from a Windows name service, in its old form.",
        met: "Only inside programs that iterate with WSALookupServiceNext; not in FTP.",
        advice: "Nothing to do: this is the normal end of the list.",
        repeat: Repeat::NotNeeded,
        notes: Some("Newer programs get 10110 instead."),
    },
    SocketRow {
        code: SocketCode::new(10103),
        name: "WSAECANCELLED",
        phrase: "Lookup cancelled (old)",
        errno: &["ECANCELED"],
        meaning: "A query to a Windows name service was cancelled while it ran, in its old form.",
        met: "When a program cancels a lookup that takes too long.",
        advice: "Repeat the lookup if you still need it.",
        repeat: Repeat::CanHelp,
        notes: Some("Newer programs get 10111 instead."),
    },
    SocketRow {
        code: SocketCode::new(10104),
        name: "WSAEINVALIDPROCTABLE",
        phrase: "Provider with a broken call table",
        errno: &[],
        meaning: "A Windows network add-on supplied an incomplete table of its functions.",
        met: "When a socket is created through a damaged layered provider, often left over from a \
            VPN, virus scanner or filter.",
        advice: "Remove or reinstall that add-on; `netsh winsock reset` and a reboot restore the \
            defaults.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10105),
        name: "WSAEINVALIDPROVIDER",
        phrase: "Provider of the wrong version",
        errno: &[],
        meaning: "A Windows network add-on uses another version of the provider interface.",
        met: "When a socket is created and the provider catalogue contains an outdated provider.",
        advice: "Update or remove the add-on (`netsh winsock show catalog` lists them).",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10106),
        name: "WSAEPROVIDERFAILEDINIT",
        phrase: "Provider cannot start",
        errno: &[],
        meaning: "A Windows network add-on could not be loaded or started.",
        met: "At the first socket, when the add-on's DLL is missing or damaged, or SystemRoot is \
            not set in the environment of the process.",
        advice: "Check that the environment contains SystemRoot; then repair with `netsh winsock \
            reset` and a reboot.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10107),
        name: "WSASYSCALLFAILURE",
        phrase: "System call that never fails has failed",
        errno: &[],
        meaning: "A Windows function that sockets depend on failed where it should not.",
        met: "Anywhere, on a system that is damaged or short of resources.",
        advice: "Restart the machine; if the error returns, check the system files (`sfc \
            /scannow`) and drivers.",
        repeat: Repeat::CanHelp,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10108),
        name: "WSASERVICE_NOT_FOUND",
        phrase: "Service not found",
        errno: &[],
        meaning: "No service with this name is registered in the queried name space.",
        met: "Only with the Windows service registry; FTP clients use port numbers instead.",
        advice: "Give the port as a number.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10109),
        name: "WSATYPE_NOT_FOUND",
        phrase: "Service type not found",
        errno: &[],
        meaning: "The class or name of a service is unknown.",
        met: "At a lookup of a service name that is not in the services file (EAI_SERVICE), for \
            example `ftps-data` as a port.",
        advice: "Give the port as a number, such as 21 or 990, or add the name to the services \
            file.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10110),
        name: "WSA_E_NO_MORE",
        phrase: "No more results",
        errno: &[],
        meaning: "The end of a list of results from a Windows name service.",
        met: "Only inside programs that iterate with WSALookupServiceNext; an FTP session has no \
            such list.",
        advice: "Nothing to do: all results have been read.",
        repeat: Repeat::NotNeeded,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10111),
        name: "WSA_E_CANCELLED",
        phrase: "Lookup cancelled",
        errno: &["ECANCELED"],
        meaning: "A query to a Windows name service was cancelled while it ran.",
        met: "When a program cancels a lookup, mostly because of its own timeout.",
        advice: "Repeat the lookup; if it always takes too long, check the DNS servers in the \
            network settings.",
        repeat: Repeat::CanHelp,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(10112),
        name: "WSAEREFUSED",
        phrase: "Name service refused the query",
        errno: &[],
        meaning: "The name service refuses to answer this query.",
        met: "While a host name is looked up, when a rule of the DNS server forbids the query; \
            this has nothing to do with a refused connection (10061).",
        advice: "Use another DNS server, or ask its administrator for access.",
        repeat: Repeat::Useless,
        notes: None,
    },
];
