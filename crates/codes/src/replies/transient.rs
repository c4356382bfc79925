//! Class 4yz: not done, and the identical command may succeed later (RFC 959 §4.2).

use crate::reply::ReplyCode;
use crate::row::{CodeRow, Repeat, Status};

pub(super) const ROWS: &[CodeRow] = &[
    CodeRow {
        code: ReplyCode::known(400),
        name: "Not done for now, on z/OS",
        source: "IBM z/OS FTP server manual",
        status: Status::Vendor,
        meaning: "A temporary refusal of the z/OS server under a number of IBM's own.",
        sent: "Only the FTP server of z/OS.",
        advice: "Read the text and try the same command again later.",
        repeat: Repeat::CanHelp,
        client_retries: true,
        notes: None,
    },
    CodeRow {
        code: ReplyCode::known(421),
        name: "Closing the connection",
        source: "RFC 959 §4.2, RFC 1123 §4.1.3.2",
        status: Status::Current,
        meaning: "The server ends this control connection for reasons of its own, or does not \
            let you in at present.",
        sent: "At any time: too many users, idle for too long (timeout), shutting down, too many \
            wrong passwords, a failed TLS handshake, a virtual host that is away.",
        advice: "Read the reason in the text. Wait a little, then connect and log in again; use \
            fewer connections at once if the server is full, and send NOOP or shorten pauses if \
            you were idle.",
        repeat: Repeat::CanHelp,
        client_retries: true,
        notes: Some(
            "After 3 to 5 wrong passwords a careful server says 421 too (RFC 2577 §5): there \
                check the password before you come back, or an address ban may follow.",
        ),
    },
    CodeRow {
        code: ReplyCode::known(425),
        name: "No data connection",
        source: "RFC 959 §4.2.2",
        status: Status::Current,
        meaning: "The data connection could not be opened, so nothing was transferred.",
        sent: "After 125 or 150 when connecting or accepting failed or took too long; many \
            servers also send it directly when no PASV, EPSV, PORT or EPRT came first.",
        advice: "Switch between passive and active mode. If passive fails, open the server's \
            passive port range in its firewall and check the address that it announces; if \
            active fails, your own firewall or NAT keeps the server out.",
        repeat: Repeat::CanHelp,
        client_retries: true,
        notes: Some(
            "Repeating helps only against a passing fault; against a firewall it never will. \
                Send a new PASV or EPSV before each attempt.",
        ),
    },
    CodeRow {
        code: ReplyCode::known(426),
        name: "Transfer broken off",
        source: "RFC 959 §4.2.2",
        status: Status::Current,
        meaning: "The data connection broke while the file was under way.",
        sent: "During a transfer, on a reset or a timeout of the data connection, with Packetboat \
            also while TLS is negotiated on it; and the first of the two replies to ABOR.",
        advice: "Go on where it stopped, as `packetboat get -c` and `put -c` do: a download with REST and \
            the size that arrived, an upload with REST and STOR if the reply names a position, else from \
            its start (APPE would put the rest behind an older file of that name). If it breaks at the \
            same place each time, suspect a proxy, a firewall or an idle limit.",
        repeat: Repeat::CanHelp,
        client_retries: true,
        notes: Some("426 is a fault of the connection; 451 is a fault inside the server."),
    },
    CodeRow {
        code: ReplyCode::known(430),
        name: "Wrong user or password (unofficial)",
        source: "old lists on the web; RFC 354 and RFC 542 used the number",
        status: Status::Vendor,
        meaning: "User name or password is not right, as a few servers with home-made codes say \
            it.",
        sent: "Servers and lists that follow no RFC; in the 1970s the number meant that time or \
            attempts for logging on were used up.",
        advice: "Check name and password before you try again. The 4 in front invites repeats, \
            but each of them counts as a failed login.",
        repeat: Repeat::Useless,
        client_retries: false,
        notes: Some(
            "The official reply is 530. This client does not repeat the login on 430, so that \
                an account is not locked.",
        ),
    },
    CodeRow {
        code: ReplyCode::known(431),
        name: "Security resource missing for now",
        source: "RFC 2228 §5.1",
        status: Status::Current,
        meaning: "The server knows the mechanism but lacks something to use it just now.",
        sent: "After AUTH or PROT, typically when no certificate or key is loaded.",
        advice: "Administrator: load the certificate and look into the server's log. User: try \
            later, and do not log in unencrypted as a way out.",
        repeat: Repeat::CanHelp,
        client_retries: true,
        notes: Some(
            "An example in RFC 959 used 431 for `no such directory`; a verified erratum \
                corrects it to 550.",
        ),
    },
    CodeRow {
        code: ReplyCode::known(434),
        name: "Host unavailable (unofficial)",
        source: "old lists on the web; RFC 354 and RFC 542 used the number",
        status: Status::Vendor,
        meaning: "The host that was asked for cannot be reached at present, as some lists on the \
            web explain it.",
        sent: "Proxies and servers with home-made codes; in the 1970s it meant that the operator \
            forced the log-out.",
        advice: "Try later; if a proxy sends it, check the name of the host behind it.",
        repeat: Repeat::CanHelp,
        client_retries: true,
        notes: Some(
            "An official server says 421, or 504 for a virtual host that it does not know.",
        ),
    },
    CodeRow {
        code: ReplyCode::known(450),
        name: "File busy",
        source: "RFC 959 §4.2.2",
        status: Status::Current,
        meaning: "The file or directory cannot be used at the moment, most often because it is \
            locked or in use.",
        sent: "Before any data moves: after RETR, STOR, APPE, LIST, DELE, RNFR, HASH.",
        advice: "Wait until the other user of the file is done and send the same command again.",
        repeat: Repeat::CanHelp,
        client_retries: true,
        notes: Some(
            "The permanent sister is 550. Some servers send 450 where they mean 550, for \
                instance when a listing matches nothing; after a few vain attempts look at the \
                name and the rights.",
        ),
    },
    CodeRow {
        code: ReplyCode::known(451),
        name: "Error inside the server",
        source: "RFC 959 §4.2.2, RFC 2389 §4",
        status: Status::Current,
        meaning: "The server gave up because of a fault of its own, such as a read or write error.",
        sent: "In the middle of a transfer, or after any command that touches storage; after \
            OPTS and MODE Z as a refusal for the moment.",
        advice: "Try again once or twice; if it stays, the administrator must look into the \
            server's log and at its disk.",
        repeat: Repeat::CanHelp,
        client_retries: true,
        notes: Some("451 is a fault inside the server; 426 is a fault of the data connection."),
    },
    CodeRow {
        code: ReplyCode::known(452),
        name: "Storage full",
        source: "RFC 959 §4.2.2",
        status: Status::Current,
        meaning: "The server's disk is full (or whatever it stores on), so the upload was not \
            begun, or could not go on.",
        sent: "After STOR, STOU, APPE, ALLO or MKD, before any data moves; some servers, this \
            project's among them, also in the middle of an upload that fills the disk.",
        advice: "Try later, or ask the administrator to make room; deleting your own files may \
            be enough.",
        repeat: Repeat::CanHelp,
        client_retries: true,
        notes: Some(
            "452 is the whole system's shortage and can pass; 552 is your quota or allocation \
                and stays until you delete something. This project's server also sends 452 while it has to count \
                anew what a quota seems to be used up by.",
        ),
    },
];
