//! The exceptions of Java's own FTP and of Apache Commons Net, which more programs of Java use.

use super::{Says, Told, own};
use crate::row::Repeat;

const JAVA: &str = "Java";
const COMMONS_NET: &str = "Commons Net";

pub(super) const ROWS: &[Told] = &[
    Told {
        program: JAVA,
        number: None,
        name: "FtpLoginException",
        phrase: "Login refused",
        words: &[],
        says: Says::Code(530),
    },
    own(
        (COMMONS_NET, None, "CopyStreamException"),
        "The transfer broke in the middle",
        &["IOException caught while copying"],
        Repeat::CanHelp,
        (
            "Reading or writing broke off while a file was moved. Why, the exception within it says (Caused by): a \
             connection that was lost, a time that ran out, a disk that is full.",
            "Look at the line Caused by, and for a reply that came with it (425, 426, 451, 452, 552); then try again or \
             resume. If long transfers break each time, a firewall drops the idle control connection: \
             setControlKeepAliveTimeout.",
        ),
    ),
    own(
        (COMMONS_NET, None, ""),
        "Data connection from another address",
        &["Host attempting data connection"],
        Repeat::Useless,
        (
            "The data connection goes to another address than the control connection, as behind NAT or with several \
             addresses on one side, and the client takes that for an attack.",
            "On the server set the outer address for passive mode; where the other address is to be trusted, \
             setRemoteVerificationEnabled(false) in the client takes it.",
        ),
    ),
    own(
        (COMMONS_NET, None, "MalformedServerReplyException"),
        "An answer that is none of FTP",
        &["Could not parse response code", "Truncated server reply"],
        Repeat::Useless,
        (
            "What came where a reply was due does not begin with a code: another service has that port, or TLS goes on \
             there and the client does not speak it.",
            "Look at what came: SSH-2.0 is SFTP, unreadable bytes are TLS (FTPSClient, implicit on port 990), a page is \
             HTTP. Then correct host, port or client.",
        ),
    ),
];
