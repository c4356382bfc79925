//! Failures that a log shows in two lines rather than one: a reply named a data port, and the port
//! did not answer. Also SSH, the protocol that is often mistaken for FTP.

use super::{Told, own};
use crate::row::Repeat;

const FTP: &str = "data connection";

/// Nothing answered at the data port.
pub const DATA_PORT_SILENT: Told = own(
    (FTP, None, ""),
    "The passive port did not answer",
    &[],
    Repeat::Useless,
    (
        "The login works, but the port that 227 or 229 named cannot be reached: a firewall drops \
            the packets, or NAT does not forward them.",
        "On the server, set a range of passive ports, open that range in its firewall, and have \
            the router forward it. Until then active mode (--active) may work, if this side is not \
            behind NAT itself.",
    ),
);

/// Nothing answered at the data port, whose address is in a private network.
pub const DATA_PORT_SILENT_PRIVATE: Told = own(
    (FTP, None, ""),
    "The passive port did not answer, at a private address",
    &[],
    Repeat::Useless,
    (
        "The login works, but 227 named a private address, which can be reached only from inside \
            its network. If you are outside, the server is behind NAT and does not know its public \
            address; if you are inside, a firewall drops the packets to the port.",
        "From outside, use EPSV, or a client that uses the address of the control connection \
            instead, as packetboat does. On the server, set the public address for passive mode \
            (masquerade, external IP) and a range of passive ports, and have the router forward \
            that range.",
    ),
);

/// The machine refused the data port.
pub const DATA_PORT_REFUSED: Told = own(
    (FTP, None, ""),
    "The passive port was refused",
    &[],
    Repeat::Useless,
    (
        "The login works, but nothing listens on the port that 227 or 229 named: a firewall \
            rejects the connection, or the address belongs to another machine, such as the router.",
        "On the server, open the range of passive ports in the firewall; behind NAT, also set the \
            public address and have the router forward the range to the server.",
    ),
);

pub(super) const ROWS: &[Told] = &[own(
    ("SSH", None, "SFTP"),
    "A protocol other than FTP",
    &[
        "SSH-2.0-",
        "SSH-1.99-",
        "FTP connection to an SFTP server",
        "subsystem request failed",
        "Host key verification failed",
    ],
    Repeat::Useless,
    (
        "The server speaks SSH, usually on port 22. SFTP transfers files over SSH and has nothing \
            in common with FTP but the name; FTPS is FTP under TLS, on port 21 or 990.",
        "Use an SFTP client (sftp, scp), or the port of the FTP server, usually 21; packetboat \
            speaks FTP and FTPS.",
    ),
)];
