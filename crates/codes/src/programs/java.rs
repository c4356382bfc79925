//! The exceptions of Java's own FTP client and of Apache Commons Net, which more Java programs use.

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
        "The transfer broke midway",
        &["IOException caught while copying"],
        Repeat::CanHelp,
        (
            "Reading or writing failed during a transfer. The inner exception (Caused by) gives \
                the reason: a lost connection, a timeout, a full disk.",
            "Look at the line Caused by and for a reply next to it (425, 426, 451, 452, 552), then \
                try again or resume. If long transfers break each time, a firewall drops the idle \
                control connection: use setControlKeepAliveTimeout.",
        ),
    ),
    own(
        (COMMONS_NET, None, ""),
        "Data connection from another address",
        &["Host attempting data connection"],
        Repeat::Useless,
        (
            "The data connection has a different peer address than the control connection, as \
                behind NAT or if one side has several addresses, and the client treats that as an \
                attack.",
            "On the server, set the public address for passive mode. If you trust the other \
                address, setRemoteVerificationEnabled(false) makes the client accept it.",
        ),
    ),
    own(
        (COMMONS_NET, None, "MalformedServerReplyException"),
        "Not an FTP reply",
        &["Could not parse response code", "Truncated server reply"],
        Repeat::Useless,
        (
            "What arrived instead of a reply does not begin with a code: another service uses that \
                port, or the server speaks TLS and the client does not.",
            "Look at what arrived: SSH-2.0 is SFTP, unreadable bytes are TLS (FTPSClient, implicit \
                on port 990), a web page is HTTP. Then correct the host, the port or the client.",
        ),
    ),
];
