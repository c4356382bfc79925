//! Class 1yz: the command has been started and another reply follows.

use crate::reply::ReplyCode;
use crate::row::{CodeRow, Repeat, Status};

pub(super) const ROWS: &[CodeRow] = &[
    CodeRow {
        code: ReplyCode::known(110),
        name: "Restart marker",
        source: "RFC 959 §3.5, RFC 1123 §4.1.3.4",
        status: Status::Current,
        meaning: "A point in the running transfer from which the transfer can be resumed if it \
            breaks.",
        sent: "By a server that receives a file in block or compressed mode, whenever a marker \
            arrives, between 150 and the final reply; the text is always `MARK ssss = rrrr`.",
        advice: "Note both markers; if the transfer breaks, send `REST rrrr` to the receiving \
            server and `REST ssss` to the sending side, then repeat the transfer command.",
        repeat: Repeat::NotNeeded,
        client_retries: false,
        notes: Some(
            "The first marker is the sender's, the second the receiver's; RFC 959 defined them \
                differently and RFC 1123 corrected it. Stream mode has no markers, so this reply \
                is rare today.",
        ),
    },
    CodeRow {
        code: ReplyCode::known(119),
        name: "Terminal not available (mail)",
        source: "RFC 765",
        status: Status::Historic,
        meaning: "The addressee was not at a terminal, so the server was going to put the message \
            into the mailbox.",
        sent: "By servers of around 1980, when FTP still carried mail; RFC 959 dropped the mail \
            commands and this number with them.",
        advice: "Treat it like any 1yz reply and wait for the final one; if a current server sends \
            it, report it to the vendor.",
        repeat: Repeat::NotNeeded,
        client_retries: false,
        notes: None,
    },
    CodeRow {
        code: ReplyCode::known(120),
        name: "Ready in a few minutes",
        source: "RFC 959 §4.2.2, §5.4",
        status: Status::Current,
        meaning: "The server is up but not ready yet; the text says in how many minutes it will \
            be.",
        sent: "Only as a greeting or in reply to REIN; 220 follows on the same connection when the \
            wait is over.",
        advice: "Keep the connection open and wait for 220; if you reconnect, you only move to the \
            end of the queue.",
        repeat: Repeat::NotNeeded,
        client_retries: false,
        notes: Some("A server that cannot serve you at all sends 421 and closes the connection."),
    },
    CodeRow {
        code: ReplyCode::known(125),
        name: "Data connection already open, transfer starts",
        source: "RFC 959 §4.2.2",
        status: Status::Current,
        meaning: "The transfer starts on a data connection that already exists.",
        sent: "As the first reply to RETR, STOR, STOU, APPE, LIST, NLST or MLSD when the data \
            connection is open before the command is accepted.",
        advice: "Transfer the data and wait for the final reply; only a 2yz reply means that the \
            transfer succeeded.",
        repeat: Repeat::NotNeeded,
        client_retries: false,
        notes: Some(
            "The only difference from 150 is whether the data connection had to be opened first.",
        ),
    },
    CodeRow {
        code: ReplyCode::known(150),
        name: "File ready, opening data connection",
        source: "RFC 959 §4.2.2",
        status: Status::Current,
        meaning: "The request is accepted and the server is about to open the data connection.",
        sent: "As the first reply to RETR, STOR, STOU, APPE, LIST, NLST or MLSD; a second, final \
            reply tells how the transfer ended.",
        advice: "Transfer the data and wait for the final reply; if 425 follows, check the \
            firewall between you and the data port.",
        repeat: Repeat::NotNeeded,
        client_retries: false,
        notes: Some(
            "After STOU the text must read `FILE: name` (RFC 1123 §4.1.2.9). Under TLS, 150 means \
                only that the protection level is allowed, not that the data connection is secured \
                yet (RFC 4217 §10.2).",
        ),
    },
    CodeRow {
        code: ReplyCode::known(151),
        name: "Port announced before the transfer",
        source: "RFC 1579",
        status: Status::Historic,
        meaning: "Proposed as the reply to APSV, with the port on which the server would listen \
            for the next transfer.",
        sent: "By nobody: RFC 1579 floated the idea and says that it was never implemented; RFC \
            765 had used the same number for mail forwarded to another host.",
        advice: "If you see it, treat it like any 1yz reply, wait for the final one, and set up \
            transfers with EPSV or PASV.",
        repeat: Repeat::NotNeeded,
        client_retries: false,
        notes: None,
    },
    CodeRow {
        code: ReplyCode::known(152),
        name: "Mail goes to the operator",
        source: "RFC 765",
        status: Status::Historic,
        meaning: "The addressee was unknown, so the operator of the machine was going to forward \
            the message.",
        sent: "By servers of around 1980, for the mail commands that RFC 959 removed from FTP.",
        advice: "Treat it like any 1yz reply and wait for the final one; a server that sends it \
            today is misconfigured or not an FTP server.",
        repeat: Repeat::NotNeeded,
        client_retries: false,
        notes: None,
    },
];
