//! 11001 to 11004, 11032 and 11033: errors of host name lookup.

use super::SocketCode;
use crate::row::{Repeat, SocketRow};

pub(super) const ROWS: &[SocketRow] = &[
    SocketRow {
        code: SocketCode::new(11001),
        name: "WSAHOST_NOT_FOUND",
        phrase: "Host not found",
        errno: &[],
        meaning: "According to the name service, no host with this name exists.",
        met: "Before connecting to the server, when the host name is looked up; Unix calls it \
            HOST_NOT_FOUND or EAI_NONAME.",
        advice: "Check the spelling of the host (in an address, the part between `ftp://` or `@` \
            and the next `/`), and try `nslookup NAME`; inside a company you may need the VPN to \
            resolve the name.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(11002),
        name: "WSATRY_AGAIN",
        phrase: "Name service does not answer",
        errno: &[],
        meaning: "The name could not be looked up at the moment; it may exist nevertheless.",
        met: "Before connecting to the server, when DNS servers time out or fail; Unix calls it \
            TRY_AGAIN or EAI_AGAIN.",
        advice: "Wait and try again; if every name fails, check the network connection and the \
            DNS servers (`/etc/resolv.conf`, `ipconfig /all`).",
        repeat: Repeat::CanHelp,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(11003),
        name: "WSANO_RECOVERY",
        phrase: "Name service failed for good",
        errno: &[],
        meaning: "The name service failed on this query, and repeating the query will not change \
            that.",
        met: "Before connecting to the server: damaged resolver settings, a name with illegal \
            characters, or a DNS server that returns invalid answers. Unix calls it NO_RECOVERY or \
            EAI_FAIL.",
        advice: "Check the name for unusual characters, check the resolver's settings, then try \
            another DNS server.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(11004),
        name: "WSANO_DATA",
        phrase: "Name without an address",
        errno: &[],
        meaning: "The name exists, but has no address of the requested kind.",
        met: "Before connecting to the server, when a name has only mail records, or only IPv6 \
            where IPv4 was requested. Unix calls it NO_DATA or EAI_NODATA.",
        advice: "Try the name with `ftp.` in front, drop -4 or -6, or ask the owner of the \
            domain for the right host.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(11032),
        name: "WSA_SECURE_HOST_NOT_FOUND",
        phrase: "Host not found securely",
        errno: &[],
        meaning: "The name could not be looked up with the required protection.",
        met: "Before connecting to the server, on Windows machines whose policy requires DNSSEC or \
            secured DNS for this name (EAI_NOSECURENAME).",
        advice: "Administrator: check the name resolution policy and the DNS server's signatures.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(11033),
        name: "WSA_IPSEC_NAME_POLICY_ERROR",
        phrase: "IPsec policy by name failed",
        errno: &[],
        meaning: "Windows could not apply the IPsec rule for this name.",
        met: "Before connecting to the server, on Windows machines with IPsec rules for names \
            (EAI_IPSECPOLICY).",
        advice: "Administrator: check the IPsec and name resolution policies of the machine.",
        repeat: Repeat::Useless,
        notes: None,
    },
];
