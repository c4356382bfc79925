//! Class 4yz: not done, and the identical command may succeed later (RFC 959 §4.2).

use crate::reply::ReplyCode;
use crate::row::{CodeRow, Repeat, Status};

pub(super) const ROWS: &[CodeRow] = &[
    CodeRow {
        code: ReplyCode::known(400),
        name: "Not done for now, on z/OS",
        source: "IBM z/OS FTP server manual",
        status: Status::Vendor,
        meaning: "A temporary refusal by the z/OS server, under a number of IBM's own.",
        sent: "Only by the FTP server of z/OS.",
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
        meaning: "The server is closing the control connection for reasons of its own, or does not \
            let you in at the moment.",
        sent: "At any time: too many users, an idle timeout, a shutdown, too many wrong passwords, \
            a failed TLS handshake, a virtual host that is temporarily unavailable.",
        advice: "Read the reason in the text. Wait a little, then connect and log in again. If the \
            server is full, use fewer connections at the same time; if you were idle for too long, \
            send NOOP or make shorter pauses.",
        repeat: Repeat::CanHelp,
        client_retries: true,
        notes: Some(
            "A careful server also sends 421 after 3 to 5 wrong passwords (RFC 2577 §5): in that \
                case check the password before you reconnect, or the server may ban your address.",
        ),
    },
    CodeRow {
        code: ReplyCode::known(425),
        name: "No data connection",
        source: "RFC 959 §4.2.2",
        status: Status::Current,
        meaning: "The data connection could not be opened, so nothing was transferred.",
        sent: "After 125 or 150, when connecting or accepting failed or timed out; many servers \
            also send it directly when no PASV, EPSV, PORT or EPRT came first.",
        advice: "Switch between passive and active mode. If passive mode fails, open the passive \
            port range in the server's firewall and check the address that the server announces. \
            If active mode fails, your own firewall or NAT blocks the server.",
        repeat: Repeat::CanHelp,
        client_retries: true,
        notes: Some(
            "Retrying helps only with a temporary fault, never with a firewall. Send a new PASV or \
                EPSV before each attempt.",
        ),
    },
    CodeRow {
        code: ReplyCode::known(426),
        name: "Transfer aborted",
        source: "RFC 959 §4.2.2",
        status: Status::Current,
        meaning: "The data connection broke during the transfer.",
        sent: "During a transfer, when the data connection is reset or times out (by Packetboat \
            also during the TLS handshake on it); and as the first of the two replies to ABOR.",
        advice: "Resume where the transfer stopped, as `packetboat get -c` and `put -c` do: a \
            download with REST and the size that arrived; an upload with REST and STOR if the \
            reply names a position, otherwise from the start (APPE would append the rest to an \
            older file of that name). If it breaks at the same place each time, suspect a proxy, a \
            firewall or an idle limit.",
        repeat: Repeat::CanHelp,
        client_retries: true,
        notes: Some("426 is a fault of the data connection; 451 is a fault inside the server."),
    },
    CodeRow {
        code: ReplyCode::known(430),
        name: "Wrong user or password (unofficial)",
        source: "old lists on the web; RFC 354 and RFC 542 used the number",
        status: Status::Vendor,
        meaning: "The user name or password is wrong, in the words of a few servers that use codes \
            of their own.",
        sent: "By servers that follow no RFC, and in lists on the web; in the 1970s the number \
            meant that the time or the attempts for logging on were used up.",
        advice: "Check the name and password before you try again. The leading 4 invites retries, \
            but each one counts as a failed login.",
        repeat: Repeat::Useless,
        client_retries: false,
        notes: Some(
            "The official reply is 530. Packetboat's client does not retry the login on 430, so \
                that the account does not get locked.",
        ),
    },
    CodeRow {
        code: ReplyCode::known(431),
        name: "Security resource temporarily missing",
        source: "RFC 2228 §5.1",
        status: Status::Current,
        meaning: "The server knows the mechanism but lacks something that it needs to use it at \
            the moment.",
        sent: "After AUTH or PROT, typically when no certificate or key is loaded.",
        advice: "Administrator: load the certificate and check the server's log. User: try again \
            later, and do not log in unencrypted instead.",
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
        meaning: "The requested host cannot be reached at the moment, according to some lists on \
            the web.",
        sent: "By proxies and servers that use codes of their own; in the 1970s it meant that the \
            operator had forced a logout.",
        advice: "Try again later; if a proxy sends it, check the name of the host behind the \
            proxy.",
        repeat: Repeat::CanHelp,
        client_retries: true,
        notes: Some(
            "A server that follows the RFCs sends 421, or 504 for a virtual host that it does not \
                know.",
        ),
    },
    CodeRow {
        code: ReplyCode::known(450),
        name: "File busy",
        source: "RFC 959 §4.2.2",
        status: Status::Current,
        meaning: "The file or directory cannot be used at the moment, usually because it is locked \
            or in use.",
        sent: "Before any data moves: after RETR, STOR, APPE, LIST, DELE, RNFR, HASH.",
        advice: "Wait until the file is no longer in use, then send the same command again.",
        repeat: Repeat::CanHelp,
        client_retries: true,
        notes: Some(
            "550 is the permanent counterpart. Some servers send 450 where they mean 550, for \
                example when a listing matches nothing; after a few failed attempts check the name \
                and the permissions.",
        ),
    },
    CodeRow {
        code: ReplyCode::known(451),
        name: "Error inside the server",
        source: "RFC 959 §4.2.2, RFC 2389 §4",
        status: Status::Current,
        meaning: "The server gave up because of an error of its own, such as a read or write \
            error.",
        sent: "In the middle of a transfer, or after any command that accesses storage; after OPTS \
            and MODE Z as a temporary refusal.",
        advice: "Try again once or twice; if the error persists, the administrator must check the \
            server's log and disk.",
        repeat: Repeat::CanHelp,
        client_retries: true,
        notes: Some("451 is a fault inside the server; 426 is a fault of the data connection."),
    },
    CodeRow {
        code: ReplyCode::known(452),
        name: "Storage full",
        source: "RFC 959 §4.2.2",
        status: Status::Current,
        meaning: "The server's disk or other storage is full, so the upload was not started or \
            could not continue.",
        sent: "After STOR, STOU, APPE, ALLO or MKD, before any data moves; some servers, including \
            Packetboat, also send it in the middle of an upload that fills the disk.",
        advice: "Try again later, or ask the administrator to free some space; deleting your own \
            files may be enough.",
        repeat: Repeat::CanHelp,
        client_retries: true,
        notes: Some(
            "452 is a shortage of the whole system, which can pass; 552 is your own quota or \
                allocation, which stays used up until you delete something. Packetboat's server \
                also sends 452 while it recounts the files of an account whose quota seems used \
                up.",
        ),
    },
];
