//! Class 3yz: the command is accepted and needs another command to complete it.

use crate::reply::ReplyCode;
use crate::row::{CodeRow, Repeat, Status};

pub(super) const ROWS: &[CodeRow] = &[
    CodeRow {
        code: ReplyCode::known(300),
        name: "More required, on z/OS",
        source: "IBM z/OS FTP server manual",
        status: Status::Vendor,
        meaning: "The z/OS server accepted the command and expects another one; the number is \
            IBM's own.",
        sent: "Only by the FTP server of z/OS.",
        advice: "Read the text: it says which command is expected next.",
        repeat: Repeat::NotNeeded,
        client_retries: false,
        notes: None,
    },
    CodeRow {
        code: ReplyCode::known(331),
        name: "Password required",
        source: "RFC 959 §4.2.2",
        status: Status::Current,
        meaning: "The server accepted the user name and needs the password next.",
        sent: "After USER; careful servers send it for unknown names too, so that nobody can probe \
            for valid names (RFC 2577 §7).",
        advice: "Send PASS. On an unencrypted connection others can read the password, so use AUTH \
            TLS first.",
        repeat: Repeat::NotNeeded,
        client_retries: false,
        notes: None,
    },
    CodeRow {
        code: ReplyCode::known(332),
        name: "Account required",
        source: "RFC 959 §4.1.1",
        status: Status::Current,
        meaning: "The server holds the login or the command until you name an account.",
        sent: "After USER or PASS, or after a later command that is charged to an account; \
            mainframes and systems with minidisks use it.",
        advice: "Send ACCT with the account or, on such systems, the disk password.",
        repeat: Repeat::NotNeeded,
        client_retries: false,
        notes: Some(
            "532 also asks for an account, but the command was discarded and must be sent again.",
        ),
    },
    CodeRow {
        code: ReplyCode::known(334),
        name: "Security data required",
        source: "RFC 2228 §5.1",
        status: Status::SecurityExchange,
        meaning: "The mechanism is accepted, and the exchange of security data begins.",
        sent: "After AUTH GSSAPI and similar; wrong after AUTH TLS, which is answered with 234.",
        advice: "Send ADAT with the mechanism's first data.",
        repeat: Repeat::NotNeeded,
        client_retries: false,
        notes: None,
    },
    CodeRow {
        code: ReplyCode::known(335),
        name: "More security data required",
        source: "RFC 2228 §5.1",
        status: Status::SecurityExchange,
        meaning: "The last piece of security data was accepted, and another round is needed.",
        sent: "After ADAT, in mechanisms with several rounds.",
        advice: "Decode the text after `ADAT=`, compute the answer and send the next ADAT.",
        repeat: Repeat::NotNeeded,
        client_retries: false,
        notes: None,
    },
    CodeRow {
        code: ReplyCode::known(336),
        name: "Password required for a challenge",
        source: "RFC 2228 §5.1",
        status: Status::SecurityExchange,
        meaning: "The server accepted the user name, and the text contains a challenge that the \
            password must answer.",
        sent: "After USER on systems with one-time passwords.",
        advice: "Show the challenge to the person who logs in and send the computed answer with \
            PASS.",
        repeat: Repeat::NotNeeded,
        client_retries: false,
        notes: None,
    },
    CodeRow {
        code: ReplyCode::known(350),
        name: "Second command required",
        source: "RFC 959 §4.2.2",
        status: Status::Current,
        meaning: "The first command of a pair is accepted; the second one carries out the action.",
        sent: "After RNFR (send RNTO), after REST (send RETR, STOR or APPE), and after SITE CPFR \
            and RANG.",
        advice: "Send the second command next, without any other command in between.",
        repeat: Repeat::NotNeeded,
        client_retries: false,
        notes: Some(
            "This does not guarantee success: the transfer command is refused with 554 if the \
                restart point is past the end of the file.",
        ),
    },
    CodeRow {
        code: ReplyCode::known(354),
        name: "Start of mail input",
        source: "RFC 765",
        status: Status::Historic,
        meaning: "The server was ready to receive a message, ended by a line with a single dot.",
        sent: "By servers of around 1980, after MAIL; the mail commands moved from FTP to SMTP, \
            which still uses 354.",
        advice: "An FTP client that gets this is most likely connected to a mail server: check \
            host and port.",
        repeat: Repeat::NotNeeded,
        client_retries: false,
        notes: None,
    },
];
