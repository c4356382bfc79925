//! Class 2yz: the command is done.

use crate::reply::ReplyCode;
use crate::row::{CodeRow, Repeat, Status};

pub(super) const ROWS: &[CodeRow] = &[
    CodeRow {
        code: ReplyCode::known(200),
        name: "Command done",
        source: "RFC 959 §4.2.2",
        status: Status::Current,
        meaning: "The command succeeded, and there is nothing to add.",
        sent: "After commands that set something: TYPE, MODE, STRU, PORT, EPRT, ALLO, OPTS, \
            LANG, PBSZ, PROT, CCC, SITE; and after NOOP.",
        advice: "Continue with the next command.",
        repeat: Repeat::NotNeeded,
        client_retries: false,
        notes: Some(
            "Old servers also answer CWD and CDUP with 200. Verified errata correct RFC 959 to 250 \
                for both; any 2yz reply means success.",
        ),
    },
    CodeRow {
        code: ReplyCode::known(202),
        name: "Not needed here",
        source: "RFC 959 §4.2",
        status: Status::Current,
        meaning: "The command has no purpose on this server and was skipped, which counts as \
            success.",
        sent: "After ALLO, ACCT, SMNT or SITE, and after PASS when the login needs no password.",
        advice: "Continue as if the command had been carried out.",
        repeat: Repeat::NotNeeded,
        client_retries: false,
        notes: Some(
            "A missing feature that would matter is 502; an unsupported value of a known command \
                is 504.",
        ),
    },
    CodeRow {
        code: ReplyCode::known(205),
        name: "Done, on z/OS",
        source: "IBM z/OS FTP server manual",
        status: Status::Vendor,
        meaning: "A success reply of IBM's z/OS server under a number that no RFC defines.",
        sent: "Only by the FTP server of z/OS; its manual lists the situations and their texts.",
        advice: "Continue: the leading 2 means success. If a script depends on the code, look up \
            its text in IBM's list of FTPD reply codes.",
        repeat: Repeat::NotNeeded,
        client_retries: false,
        notes: None,
    },
    CodeRow {
        code: ReplyCode::known(211),
        name: "System status or feature list",
        source: "RFC 959 §4.2.2, RFC 2389 §3.2",
        status: Status::Current,
        meaning: "Information about the server: its status, or the list of extensions that it \
            offers.",
        sent: "After STAT without a name, after FEAT, and on some servers after HELP; usually \
            several lines.",
        advice: "Read the lines between `211-` and `211 `; after FEAT, each of them starts with \
            one space and names one feature.",
        repeat: Repeat::NotNeeded,
        client_retries: false,
        notes: Some(
            "A server with no features answers FEAT with a single 211 line. After STAT with a name \
                expect 211, 212 or 213: servers differ.",
        ),
    },
    CodeRow {
        code: ReplyCode::known(212),
        name: "Directory status",
        source: "RFC 959 §4.2.2",
        status: Status::Current,
        meaning: "Information about a directory, sent over the control connection.",
        sent: "After STAT with the name of a directory.",
        advice: "Read the lines. Programs should use MLST or MLSD instead, whose format is \
            specified.",
        repeat: Repeat::NotNeeded,
        client_retries: false,
        notes: Some(
            "Some authors swap 212 and 213, and many servers answer every STAT with 211 or 213, so \
                accept all three.",
        ),
    },
    CodeRow {
        code: ReplyCode::known(213),
        name: "File status",
        source: "RFC 959 §4.2.2, RFC 3659 §3, §4",
        status: Status::Current,
        meaning: "Information about one file, in the text of the reply.",
        sent: "After SIZE (a number of bytes), MDTM (a time in UTC), STAT with a file name, and \
            HASH or MFMT where a server offers them.",
        advice: "Read the value after the code; for SIZE and MDTM it is alone on the line.",
        repeat: Repeat::NotNeeded,
        client_retries: false,
        notes: Some(
            "SIZE counts the bytes that a transfer in the current TYPE would send, so in TYPE A it \
                may differ from the size on disk or be refused.",
        ),
    },
    CodeRow {
        code: ReplyCode::known(214),
        name: "Help text",
        source: "RFC 959 §4.2.2",
        status: Status::Current,
        meaning: "A text for human readers that explains the server or one of its commands.",
        sent: "After HELP and SITE HELP.",
        advice: "Read it. Programs should use FEAT instead, because the text has no fixed layout.",
        repeat: Repeat::NotNeeded,
        client_retries: false,
        notes: None,
    },
    CodeRow {
        code: ReplyCode::known(215),
        name: "System type",
        source: "RFC 959 §4.2.2",
        status: Status::Current,
        meaning: "The operating system type that the server reports to its clients.",
        sent: "After SYST; most servers say `UNIX Type: L8`, whatever system they run on.",
        advice: "Use the first word only as a hint for the format of LIST; with MLSD no guess is \
            needed.",
        repeat: Repeat::NotNeeded,
        client_retries: false,
        notes: None,
    },
    CodeRow {
        code: ReplyCode::known(216),
        name: "Gateway translation status",
        source: "RFC 6384 §11",
        status: Status::Gateway,
        meaning: "How a gateway between IPv6 and IPv4 rewrites the FTP commands that pass \
            through it.",
        sent: "By a translating gateway between client and server, after ALGS; never by a server, \
            which answers ALGS with 202 or 502.",
        advice: "Take NONE, EPSV or EPSVEPRT from the text and set up transfers accordingly.",
        repeat: Repeat::NotNeeded,
        client_retries: false,
        notes: None,
    },
    CodeRow {
        code: ReplyCode::known(220),
        name: "Ready for login",
        source: "RFC 959 §4.2.2, RFC 7151 §3",
        status: Status::Current,
        meaning: "The server is ready for a user to log in.",
        sent: "As the greeting, after REIN, and after an accepted HOST.",
        advice: "Send AUTH TLS if you want encryption, then USER.",
        repeat: Repeat::NotNeeded,
        client_retries: false,
        notes: Some(
            "A few servers deviate from RFC 4217 and answer AUTH with 220; the RFC requires 234.",
        ),
    },
    CodeRow {
        code: ReplyCode::known(221),
        name: "Goodbye",
        source: "RFC 959 §4.2.2",
        status: Status::Current,
        meaning: "The server closes the control connection, as you requested.",
        sent: "After QUIT; if a transfer is running, only once it has ended.",
        advice: "Close your side; nothing was lost.",
        repeat: Repeat::NotNeeded,
        client_retries: false,
        notes: Some("A server that closes for its own reasons says 421."),
    },
    CodeRow {
        code: ReplyCode::known(225),
        name: "Data connection open, idle",
        source: "RFC 959 §4.2.2",
        status: Status::Current,
        meaning: "No transfer is running and the data connection stays open.",
        sent: "After ABOR when there was nothing to abort and the server kept the data connection.",
        advice: "Continue; open a new data connection if the server does not use the old one.",
        repeat: Repeat::NotNeeded,
        client_retries: false,
        notes: Some(
            "RFC 959 allows 225 and 226 after ABOR, although its prose mentions only 226; accept \
                both.",
        ),
    },
    CodeRow {
        code: ReplyCode::known(226),
        name: "Transfer complete",
        source: "RFC 959 §4.2.2",
        status: Status::Current,
        meaning: "The action succeeded and the data connection is closed.",
        sent: "The last reply to a transfer or listing, and the answer to ABOR.",
        advice: "Nothing to do; if the file is important, verify its size with SIZE or compare a \
            hash.",
        repeat: Repeat::NotNeeded,
        client_retries: false,
        notes: Some(
            "An aborted transfer gives 426 first and then 226: that 226 answers the ABOR and does \
                not mean that the file is complete.",
        ),
    },
    CodeRow {
        code: ReplyCode::known(227),
        name: "Passive mode",
        source: "RFC 959 §4.1.2, RFC 1123 §4.1.2.6",
        status: Status::Current,
        meaning: "The server waits for your data connection at the IPv4 address and port in the \
            text.",
        sent: "After PASV; six decimal numbers, four for the address, two for the port (high \
            byte first).",
        advice: "Connect to that port. If the address is private or not the server's, use the \
            address of the control connection instead, and ask the administrator to configure the \
            public address.",
        repeat: Repeat::NotNeeded,
        client_retries: false,
        notes: Some(
            "The parentheses are not guaranteed, so look for the first digit after the code. EPSV \
                (229) also works over IPv6, and through NAT without this problem.",
        ),
    },
    CodeRow {
        code: ReplyCode::known(228),
        name: "Long passive mode",
        source: "RFC 1639",
        status: Status::Current,
        meaning: "The server waits for your data connection at an address of any family, written \
            number by number.",
        sent: "After LPSV, an early command for IPv6 that hardly any server still supports.",
        advice: "Connect to the given address, or use EPSV, which replaced LPSV.",
        repeat: Repeat::NotNeeded,
        client_retries: false,
        notes: Some("RFC 1639 is marked historic."),
    },
    CodeRow {
        code: ReplyCode::known(229),
        name: "Extended passive mode",
        source: "RFC 2428 §3",
        status: Status::Current,
        meaning: "The server waits for your data connection at the port in the text, on the \
            address that you are already connected to.",
        sent: "After EPSV, as `(|||port|)` with any delimiter.",
        advice: "Connect to the same host at that port; if this times out, a firewall blocks the \
            server's passive port range.",
        repeat: Repeat::NotNeeded,
        client_retries: false,
        notes: None,
    },
    CodeRow {
        code: ReplyCode::known(230),
        name: "Logged in",
        source: "RFC 959 §4.2.2",
        status: Status::Current,
        meaning: "The login is complete.",
        sent: "After PASS, after USER when no password is needed, or after ACCT.",
        advice: "Continue, and read the text: servers put quotas and notices there.",
        repeat: Repeat::NotNeeded,
        client_retries: false,
        notes: None,
    },
    CodeRow {
        code: ReplyCode::known(231),
        name: "Logged out",
        source: "RFC 354, RFC 542",
        status: Status::Historic,
        meaning: "In the FTP of the 1970s: the user is logged out and the service ends.",
        sent: "By no server that follows an RFC since 1980, but old lists on the web still show \
            it.",
        advice: "Treat it as success and reconnect if you have more to do.",
        repeat: Repeat::NotNeeded,
        client_retries: false,
        notes: Some(
            "The same lists give 232 as `logout noted`; 232 now means a login by means of the \
                security exchange.",
        ),
    },
    CodeRow {
        code: ReplyCode::known(232),
        name: "Logged in by certificate",
        source: "RFC 2228 §5.1, RFC 4217 §4",
        status: Status::Current,
        meaning: "The login is complete without a password, because the security exchange proved \
            your identity.",
        sent: "After USER when a TLS client certificate (or another mechanism) already proves who \
            you are.",
        advice: "Do not send PASS; continue with PBSZ and PROT or with the first command.",
        repeat: Repeat::NotNeeded,
        client_retries: false,
        notes: Some(
            "Lists copied from the 1970s call 232 `logout noted`; no current server means that.",
        ),
    },
    CodeRow {
        code: ReplyCode::known(234),
        name: "Security mechanism accepted",
        source: "RFC 2228 §5.1, RFC 4217 §4",
        status: Status::Current,
        meaning: "The server accepts the mechanism and needs no further data for it.",
        sent: "After AUTH TLS; the TLS handshake starts with the next byte.",
        advice: "Start the handshake immediately; afterwards send PBSZ 0, PROT P, USER and PASS.",
        repeat: Repeat::NotNeeded,
        client_retries: false,
        notes: Some("AUTH resets the session, so an earlier login is lost."),
    },
    CodeRow {
        code: ReplyCode::known(235),
        name: "Security exchange complete",
        source: "RFC 2228 §5.1",
        status: Status::SecurityExchange,
        meaning: "Both sides have agreed on keys; the text may contain a last piece of security \
            data.",
        sent: "After the last ADAT of a mechanism such as GSSAPI; never with TLS.",
        advice: "Decode what follows `ADAT=`, pass it to your security library and protect \
            commands from now on.",
        repeat: Repeat::NotNeeded,
        client_retries: false,
        notes: None,
    },
    CodeRow {
        code: ReplyCode::known(250),
        name: "File action done",
        source: "RFC 959 §4.2.2",
        status: Status::Current,
        meaning: "The requested operation on a file or directory is complete.",
        sent: "After CWD, CDUP, DELE, RMD, RNTO, SMNT and MLST, after XCRC and its relatives, \
            and after a transfer that leaves the data connection open.",
        advice: "Continue with the next command.",
        repeat: Repeat::NotNeeded,
        client_retries: false,
        notes: Some(
            "After MLST, the facts are in the middle line of a three-line reply. Checksum commands \
                without a specification are answered with 250 by most servers and with 213 by \
                proftpd.",
        ),
    },
    CodeRow {
        code: ReplyCode::known(251),
        name: "MD5 of a file",
        source: "draft-twine-ftpmd5-00",
        status: Status::Draft,
        meaning: "The MD5 sum of one file, after its name.",
        sent: "After MD5, or MMD5 with one name, on the few servers that implement this expired \
            draft.",
        advice: "Compare the hexadecimal digits with your own sum. MD5 detects damage, but does \
            not prove that nobody tampered with the file.",
        repeat: Repeat::NotNeeded,
        client_retries: false,
        notes: None,
    },
    CodeRow {
        code: ReplyCode::known(252),
        name: "MD5 of several files",
        source: "draft-twine-ftpmd5-00",
        status: Status::Draft,
        meaning: "The MD5 sums of several files, separated by commas.",
        sent: "After MMD5 with more than one name, on the few servers that implement this expired \
            draft.",
        advice: "Split the text at the commas and compare each sum with your own.",
        repeat: Repeat::NotNeeded,
        client_retries: false,
        notes: None,
    },
    CodeRow {
        code: ReplyCode::known(253),
        name: "Done, on z/OS",
        source: "IBM z/OS FTP server manual",
        status: Status::Vendor,
        meaning: "Another success reply of the z/OS server, numbered by IBM outside the RFCs.",
        sent: "By the FTP server of z/OS, in situations that IBM's manual lists by their text.",
        advice: "Continue, the command succeeded; read the text for details.",
        repeat: Repeat::NotNeeded,
        client_retries: false,
        notes: None,
    },
    CodeRow {
        code: ReplyCode::known(254),
        name: "Done, on z/OS",
        source: "IBM z/OS FTP server manual",
        status: Status::Vendor,
        meaning: "One more 2yz number that only the z/OS server uses; its first digit means \
            success.",
        sent: "By the FTP server of z/OS; IBM's list of FTPD reply codes has its texts.",
        advice: "Continue with the next command; do not let a script depend on this number.",
        repeat: Repeat::NotNeeded,
        client_retries: false,
        notes: None,
    },
    CodeRow {
        code: ReplyCode::known(257),
        name: "Path name",
        source: "RFC 959 Appendix II",
        status: Status::Current,
        meaning: "The text contains a directory's path in double quotes.",
        sent: "After PWD (the current directory) and MKD (the directory created).",
        advice: "Take the text between the outer quotes and read two consecutive quotes as one.",
        repeat: Repeat::NotNeeded,
        client_retries: false,
        notes: Some(
            "Whether relative or absolute, this is the path to use with CWD, whatever name MKD was \
                given.",
        ),
    },
];
