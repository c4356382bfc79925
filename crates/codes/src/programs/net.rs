//! The .NET names of reply codes (`System.Net.FtpStatusCode`), as PowerShell prints them, and the
//! messages of FtpWebRequest that contain no code.

use super::{Says, Told, own};
use crate::row::Repeat;

const NET: &str = ".NET";

const fn status(name: &'static str, code: u16) -> Told {
    Told {
        program: NET,
        number: None,
        name,
        phrase: "A status of FtpWebRequest",
        words: &[],
        says: Says::Code(code),
    }
}

pub(super) const ROWS: &[Told] = &[
    own(
        (NET, None, ""),
        "No connection to the server",
        &[
            "Unable to connect to the remote server",
            "Verbindung mit dem Remoteserver kann nicht hergestellt werden",
        ],
        Repeat::CanHelp,
        (
            "The connection could not be opened; the inner exception has the reason (refused, \
                timed out, no such host).",
            "Show the inner exception ($_.Exception.InnerException in PowerShell), check host and port, then try again.",
        ),
    ),
    own(
        (NET, None, ""),
        "TLS not set up",
        &["call to SSPI failed", "SSPI-Aufruf"],
        Repeat::Useless,
        (
            "Windows could not start TLS with the server; the inner exception has the reason.",
            "Look at the inner exception, after the arrow or below: its number (0x8009...) or \
                message says whether the certificate or the TLS version is the problem.",
        ),
    ),
    own(
        (NET, None, ""),
        "Not an FTP reply",
        &["server committed a protocol violation", "Protokollverletzung"],
        Repeat::Useless,
        (
            "The server, or a device in front of it, sent something that FtpWebRequest does not \
                accept as a reply, or closed the connection instead of replying.",
            "Look at the dialogue (System.Net tracing, or `packetboat ls -v` with the same \
                address): if the last line is not a reply, another service or a firewall answers \
                on that port.",
        ),
    ),
    status("ActionAbortedLocalProcessingError", 451),
    status("ActionAbortedUnknownPageType", 551),
    status("ActionNotTakenFilenameNotAllowed", 553),
    status("ActionNotTakenFileUnavailable", 550),
    status("ActionNotTakenFileUnavailableOrBusy", 450),
    status("ActionNotTakenInsufficientSpace", 452),
    status("AccountNeeded", 532),
    status("ArgumentSyntaxError", 501),
    status("BadCommandSequence", 503),
    status("CantOpenData", 425),
    status("ClosingControl", 221),
    status("ClosingData", 226),
    status("CommandExtraneous", 202),
    status("CommandNotImplemented", 502),
    status("CommandSyntaxError", 500),
    status("ConnectionClosed", 426),
    status("DataAlreadyOpen", 125),
    status("EnteringPassive", 227),
    status("FileActionAborted", 552),
    status("FileCommandPending", 350),
    status("LoggedInProceed", 230),
    status("NeedLoginAccount", 332),
    status("NotLoggedIn", 530),
    status("OpeningData", 150),
    status("PathnameCreated", 257),
    status("SendPasswordCommand", 331),
    status("SendUserCommand", 220),
    status("ServerWantsSecureSession", 234),
    status("ServiceNotAvailable", 421),
    status("ServiceTemporarilyNotAvailable", 120),
];
