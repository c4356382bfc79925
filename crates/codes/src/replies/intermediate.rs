//! Class 3yz: the first half is accepted, the next command decides.

use crate::reply::ReplyCode;
use crate::row::{CodeRow, Repeat, Status};

pub(super) const ROWS: &[CodeRow] = &[
    CodeRow {
        code: ReplyCode::known(300),
        name: "More wanted, on z/OS",
        source: "IBM z/OS FTP server manual",
        status: Status::Vendor,
        meaning: "The z/OS server accepted the command and waits for something further; IBM's \
            own number.",
        sent: "Only the FTP server of z/OS.",
        advice: "Read the text: it says which command is expected next.",
        repeat: Repeat::NotNeeded,
        client_retries: false,
        notes: None,
    },
    CodeRow {
        code: ReplyCode::known(331),
        name: "Password wanted",
        source: "RFC 959 §4.2.2",
        status: Status::Current,
        meaning: "The user name was taken and the password is needed next.",
        sent: "After USER; careful servers send it for unknown names too, so that nobody can try \
            out names (RFC 2577 §7).",
        advice: "Send PASS; on an unencrypted connection the password can be read on the way, so \
            use AUTH TLS first.",
        repeat: Repeat::NotNeeded,
        client_retries: false,
        notes: None,
    },
    CodeRow {
        code: ReplyCode::known(332),
        name: "Account wanted",
        source: "RFC 959 §4.1.1",
        status: Status::Current,
        meaning: "The server holds the login or the command until you name an account.",
        sent: "After USER or PASS, or after a later command that is to be charged to somebody; \
            mainframes and minidisk systems use it.",
        advice: "Send ACCT with the account or, on such systems, the disk password.",
        repeat: Repeat::NotNeeded,
        client_retries: false,
        notes: Some(
            "532 also asks for an account, but the command was thrown away and must be sent \
                again.",
        ),
    },
    CodeRow {
        code: ReplyCode::known(334),
        name: "Security data wanted",
        source: "RFC 2228 §5.1",
        status: Status::SecurityExchange,
        meaning: "The mechanism is accepted and the exchange of security data begins.",
        sent: "After AUTH GSSAPI and similar; wrong after AUTH TLS, which is answered with 234.",
        advice: "Send ADAT with the first data of the mechanism.",
        repeat: Repeat::NotNeeded,
        client_retries: false,
        notes: None,
    },
    CodeRow {
        code: ReplyCode::known(335),
        name: "More security data wanted",
        source: "RFC 2228 §5.1",
        status: Status::SecurityExchange,
        meaning: "The last piece of security data was good and another round is needed.",
        sent: "After ADAT, in mechanisms of several rounds.",
        advice: "Decode the text behind `ADAT=`, compute the answer and send the next ADAT.",
        repeat: Repeat::NotNeeded,
        client_retries: false,
        notes: None,
    },
    CodeRow {
        code: ReplyCode::known(336),
        name: "Password wanted for a challenge",
        source: "RFC 2228 §5.1",
        status: Status::SecurityExchange,
        meaning: "The user name was taken and the text holds a challenge that the password must \
            answer.",
        sent: "After USER on systems with one-time passwords.",
        advice: "Show the challenge to the person who logs in and send the computed answer with \
            PASS.",
        repeat: Repeat::NotNeeded,
        client_retries: false,
        notes: None,
    },
    CodeRow {
        code: ReplyCode::known(350),
        name: "Second command wanted",
        source: "RFC 959 §4.2.2",
        status: Status::Current,
        meaning: "The first half is accepted; the second command decides.",
        sent: "After RNFR (send RNTO), after REST (send RETR, STOR or APPE), after SITE CPFR and \
            RANG.",
        advice: "Send the second command next, with nothing in between that the server could \
            take for it.",
        repeat: Repeat::NotNeeded,
        client_retries: false,
        notes: Some(
            "Success is not assured yet: a restart point past the end of the file is refused \
                with 554 at the transfer.",
        ),
    },
    CodeRow {
        code: ReplyCode::known(354),
        name: "Start of mail input",
        source: "RFC 765",
        status: Status::Historic,
        meaning: "The server was ready for the lines of a message, up to a line with a single dot.",
        sent: "Servers of around 1980 after MAIL; the commands moved from FTP to SMTP, where 354 \
            lives on.",
        advice: "If an FTP client sees this, it most likely speaks to a mail server: check host \
            and port.",
        repeat: Repeat::NotNeeded,
        client_retries: false,
        notes: None,
    },
];
