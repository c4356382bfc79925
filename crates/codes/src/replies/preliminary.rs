//! Class 1yz: the command has been started and another reply follows.

use crate::reply::ReplyCode;
use crate::row::{CodeRow, Repeat, Status};

pub(super) const ROWS: &[CodeRow] = &[
    CodeRow {
        code: ReplyCode::known(110),
        name: "Restart marker",
        source: "RFC 959 §3.5, RFC 1123 §4.1.3.4",
        status: Status::Current,
        meaning: "A point in the running transfer from which it can be taken up again after a \
            break.",
        sent: "The server that receives a file in block or compressed mode sends it, as often as \
            markers arrive, between 150 and the final reply; the text is always `MARK ssss = \
            rrrr`.",
        advice: "Note both markers; after a break send `REST rrrr` to the receiving server and \
            `REST ssss` to the sending side, then repeat the transfer command.",
        repeat: Repeat::NotNeeded,
        client_retries: false,
        notes: Some(
            "The first marker is the sender's, the second the receiver's; RFC 959 had them the \
                other way and RFC 1123 corrected it. Stream mode has no markers, so today this \
                reply is rare.",
        ),
    },
    CodeRow {
        code: ReplyCode::known(119),
        name: "Terminal not available (mail)",
        source: "RFC 765",
        status: Status::Historic,
        meaning: "The addressee was not at a terminal, so the message was about to go to the \
            mailbox.",
        sent: "Servers of around 1980 sent it when FTP still carried mail; RFC 959 dropped the \
            mail commands and this number with them.",
        advice: "Treat it as any 1yz reply and wait for the final one; if a present-day server \
            sends it, tell its maker.",
        repeat: Repeat::NotNeeded,
        client_retries: false,
        notes: None,
    },
    CodeRow {
        code: ReplyCode::known(120),
        name: "Ready in some minutes",
        source: "RFC 959 §4.2.2, §5.4",
        status: Status::Current,
        meaning: "The server is up but not ready to talk yet; the text says in how many minutes \
            it will be.",
        sent: "Only as a greeting or in answer to REIN; 220 follows on the same connection when \
            the wait is over.",
        advice: "Keep the connection open and wait for 220; connecting again only moves you to \
            the end of the queue.",
        repeat: Repeat::NotNeeded,
        client_retries: false,
        notes: Some("A server that cannot take you at all says 421 and closes instead."),
    },
    CodeRow {
        code: ReplyCode::known(125),
        name: "Data connection already open, transfer starts",
        source: "RFC 959 §4.2.2",
        status: Status::Current,
        meaning: "The transfer begins on a data connection that exists already.",
        sent: "The first reply to RETR, STOR, STOU, APPE, LIST, NLST or MLSD when the data \
            connection is up before the command is accepted.",
        advice: "Move the data and wait for the final reply; the transfer has succeeded only \
            when a 2yz reply has come.",
        repeat: Repeat::NotNeeded,
        client_retries: false,
        notes: Some(
            "It differs from 150 in one point only: whether the data connection had to be \
                opened first.",
        ),
    },
    CodeRow {
        code: ReplyCode::known(150),
        name: "File ready, opening data connection",
        source: "RFC 959 §4.2.2",
        status: Status::Current,
        meaning: "The request is accepted and the server is about to open the data connection.",
        sent: "The first reply to RETR, STOR, STOU, APPE, LIST, NLST or MLSD; a second, final \
            reply tells how the transfer ended.",
        advice: "Move the data and wait for the final reply; if 425 follows, look at the \
            firewall between you and the data port.",
        repeat: Repeat::NotNeeded,
        client_retries: false,
        notes: Some(
            "For STOU the text must read `FILE: name` (RFC 1123 §4.1.2.9). Under TLS it says \
                only that the protection level was allowed, not that the data connection is safe \
                yet (RFC 4217 §10.2).",
        ),
    },
    CodeRow {
        code: ReplyCode::known(151),
        name: "Port announced before the transfer",
        source: "RFC 1579",
        status: Status::Historic,
        meaning: "Proposed as the answer to APSV, carrying the port on which the server would \
            listen for the next transfer.",
        sent: "Nobody: RFC 1579 floated the idea and says that it was never built; RFC 765 had \
            used the same number for mail forwarded to another host.",
        advice: "If you meet it, treat it as any 1yz reply, wait for the final one, and set up \
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
        meaning: "The addressee was unknown and the operator of the machine was going to forward \
            the message.",
        sent: "Servers of around 1980, for the mail commands that RFC 959 took out of FTP.",
        advice: "Treat it as any 1yz reply and wait for the final one; a server that sends it \
            today is misconfigured or no FTP server.",
        repeat: Repeat::NotNeeded,
        client_retries: false,
        notes: None,
    },
];
