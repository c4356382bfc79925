//! What is not one line of a log but two: a data port that was named, and then did not answer. And the other protocol
//! that is taken for FTP.

use super::{Told, own};
use crate::row::Repeat;

const FTP: &str = "data connection";

/// Nobody answered at the data port.
pub const DATA_PORT_SILENT: Told = own(
    (FTP, None, ""),
    "The passive port did not answer",
    &[],
    Repeat::Useless,
    (
        "The login works, and the port that 227 or 229 named cannot be reached: a firewall drops what goes there, or \
         NAT does not pass it on.",
        "On the server set a range of passive ports, open that range in its firewall, and have the router pass it on; \
         until then active mode may do (--active), if this side is not behind NAT itself.",
    ),
);

/// The same, at an address of a private network.
pub const DATA_PORT_SILENT_PRIVATE: Told = own(
    (FTP, None, ""),
    "The passive port did not answer, at a private address",
    &[],
    Repeat::Useless,
    (
        "The login works, and 227 named an address of a private network, which can be reached only from within it. From \
         outside that is a server behind NAT that does not know its outer address; from inside a firewall drops what \
         goes to the port.",
        "From outside use EPSV, or a client that takes the address of the control connection instead, as packetboat \
         does; on the server set the outer address for passive mode (masquerade, external IP) and a range of passive \
         ports, and have the router pass that range on.",
    ),
);

/// The machine refused the data port.
pub const DATA_PORT_REFUSED: Told = own(
    (FTP, None, ""),
    "The passive port was refused",
    &[],
    Repeat::Useless,
    (
        "The login works, and at the port that 227 or 229 named nobody listens: a firewall refuses it, or the address \
         belongs to another machine, such as the router.",
        "On the server open the range of passive ports in the firewall, and behind NAT set the outer address and have \
         the router pass the range on to the server.",
    ),
);

pub(super) const ROWS: &[Told] = &[own(
    ("SSH", None, "SFTP"),
    "Another protocol than FTP",
    &[
        "SSH-2.0-",
        "SSH-1.99-",
        "FTP connection to an SFTP server",
        "subsystem request failed",
        "Host key verification failed",
    ],
    Repeat::Useless,
    (
        "What answers there is SSH, mostly on port 22. SFTP moves files over SSH and shares nothing with FTP but \
             its name; FTPS is FTP under TLS, on port 21 or 990.",
        "Use a client for SFTP (sftp, scp), or the port of the FTP server, mostly 21; packetboat speaks FTP and \
             FTPS.",
    ),
)];
