//! Class 5yz: not done, and the identical command will fail again (RFC 959 §4.2).

use crate::reply::ReplyCode;
use crate::row::{CodeRow, Repeat, Status};

pub(super) const ROWS: &[CodeRow] = &[
    CodeRow {
        code: ReplyCode::known(500),
        name: "Not understood",
        source: "RFC 959 §4.2.2",
        status: Status::Current,
        meaning: "The server does not recognise the command, or the line is too long.",
        sent: "After any command; also when an extension such as FEAT, AUTH, HOST or LANG is \
            unknown, and by some servers for CCC.",
        advice: "Check the spelling and ask FEAT or HELP what there is; with an old server use \
            the X form (XMKD for MKD) or leave the extension out.",
        repeat: Repeat::Useless,
        client_retries: false,
        notes: Some(
            "A stream of 500 replies right after the connection often means TLS spoken to a \
                plain port, or the other way round.",
        ),
    },
    CodeRow {
        code: ReplyCode::known(501),
        name: "Bad argument",
        source: "RFC 959 §4.2.2",
        status: Status::Current,
        meaning: "The command is known, but what follows it does not have the right form.",
        sent: "After any command with an argument that is missing, surplus or malformed: six \
            numbers not in PORT, a date that cannot be, MLSD on a file, HOST with a port.",
        advice: "Correct the argument; HELP followed by the verb shows the form.",
        repeat: Repeat::Useless,
        client_retries: false,
        notes: Some("A well-formed value that the server does not support is 504."),
    },
    CodeRow {
        code: ReplyCode::known(502),
        name: "Not implemented",
        source: "RFC 959 §4.2.2",
        status: Status::Current,
        meaning: "The server knows the command and does not offer it.",
        sent: "After rarely built commands such as SMNT or LANG, and after those that the \
            administrator has switched off.",
        advice: "Do without it: LIST for MLSD, PASV for EPSV, the X form for a directory command.",
        repeat: Repeat::Useless,
        client_retries: false,
        notes: Some(
            "Skipping a command that does not matter is 202; one missing value of a built \
                command is 504.",
        ),
    },
    CodeRow {
        code: ReplyCode::known(503),
        name: "Wrong order",
        source: "RFC 959 §4.2.2",
        status: Status::Current,
        meaning: "The command makes sense only after another one that was not sent or did not \
            succeed.",
        sent: "PASS without USER, RNTO without RNFR, PROT before PBSZ, PBSZ before AUTH, ADAT \
            without AUTH, HOST after the login.",
        advice: "Send the missing command first, and look whether that one was refused.",
        repeat: Repeat::Useless,
        client_retries: false,
        notes: None,
    },
    CodeRow {
        code: ReplyCode::known(504),
        name: "Value not supported",
        source: "RFC 959 §4.2.2",
        status: Status::Current,
        meaning: "The command is built, but not for this value.",
        sent: "TYPE, MODE or STRU with a rare letter, an AUTH mechanism or PROT level that is \
            not there, an unknown virtual host or language, and PORT to a port below 1024 (RFC \
            2577 §3).",
        advice: "Choose another value: TYPE I or A, MODE S, STRU F, AUTH TLS, PROT P or C, or \
            EPSV in place of PORT.",
        repeat: Repeat::Useless,
        client_retries: false,
        notes: Some("A malformed value is 501, an unknown address family in EPRT 522."),
    },
    CodeRow {
        code: ReplyCode::known(509),
        name: "Refused, on z/OS",
        source: "IBM z/OS FTP server manual",
        status: Status::Vendor,
        meaning: "A permanent refusal of the z/OS server, in IBM's own numbering.",
        sent: "Only the FTP server of z/OS.",
        advice: "Read the text; it names the parameter or the situation, which IBM's list of \
            FTPD reply codes explains.",
        repeat: Repeat::Useless,
        client_retries: false,
        notes: None,
    },
    CodeRow {
        code: ReplyCode::known(521),
        name: "Protection level not accepted",
        source: "RFC 4217 §10.2; RFC 1639; RFC 959 Appendix II",
        status: Status::Current,
        meaning: "The transfer is refused because the data connection would not be protected as \
            the server demands.",
        sent: "Under TLS, after a transfer command with the wrong PROT level.",
        advice: "Send PBSZ 0 and PROT P, open a new data connection and repeat the transfer.",
        repeat: Repeat::Useless,
        client_retries: false,
        notes: Some(
            "The number has two older meanings: after MKD `the directory exists already` (RFC \
                959 Appendix II; most servers say 550), and after LPRT a list of supported \
                address families (RFC 1639). RFC 4217 itself gives 522 for the same case in \
                §11.4, and RFC 2228 gives 534.",
        ),
    },
    CodeRow {
        code: ReplyCode::known(522),
        name: "Address family or data TLS refused",
        source: "RFC 2428 §2; RFC 4217 §10.2, §11.4",
        status: Status::Current,
        meaning: "After EPRT or EPSV: this address family is not supported. After a transfer: \
            TLS on the data connection did not come about as the server wants it.",
        sent: "EPRT and EPSV with a family that is not in the brackets of the text; transfers \
            under TLS whose session was not resumed or whose handshake failed.",
        advice: "After EPRT or EPSV use a family listed in the brackets (1 is IPv4, 2 is IPv6). \
            After a transfer send PROT P and let your client resume the TLS session of the \
            control connection.",
        repeat: Repeat::Useless,
        client_retries: false,
        notes: Some(
            "Servers such as proftpd and vsftpd ask for session resumption unless told \
                otherwise; a client that cannot do it always fails with 522 or 425. Many say 522 of \
                a handshake that the network broke, too; Packetboat says 426 then, and its client \
                repeats the transfer after either.",
        ),
    },
    CodeRow {
        code: ReplyCode::known(525),
        name: "Refused, on z/OS",
        source: "IBM z/OS FTP server manual",
        status: Status::Vendor,
        meaning: "The z/OS server says no for good, with a number that only IBM's manual explains.",
        sent: "The FTP server of z/OS, never another one.",
        advice: "Look the text up in IBM's list of FTPD reply codes.",
        repeat: Repeat::Useless,
        client_retries: false,
        notes: None,
    },
    CodeRow {
        code: ReplyCode::known(530),
        name: "Not logged in",
        source: "RFC 959 §4.2.2",
        status: Status::Current,
        meaning: "The login failed, or the command needs a login that has not taken place.",
        sent: "After PASS with a wrong name or password, after any command before the login, and \
            when an account is locked or not allowed from this address.",
        advice: "Check name, password and, on shared hosting, the form of the name (often \
            user@domain); if the server insists on TLS, send AUTH TLS first. Repeating the same \
            password may get your address banned.",
        repeat: Repeat::Useless,
        client_retries: false,
        notes: Some(
            "The server keeps the real reason for its log, so that nobody can try out names.",
        ),
    },
    CodeRow {
        code: ReplyCode::known(531),
        name: "Refused, on z/OS",
        source: "IBM z/OS FTP server manual",
        status: Status::Vendor,
        meaning: "A refusal of the z/OS server in the login family, under a number of IBM's own.",
        sent: "Only the FTP server of z/OS.",
        advice: "Read the text and check the user's RACF rights; IBM's list of FTPD reply codes \
            has the details.",
        repeat: Repeat::Useless,
        client_retries: false,
        notes: None,
    },
    CodeRow {
        code: ReplyCode::known(532),
        name: "Account needed to store",
        source: "RFC 959 §4.1.1",
        status: Status::Current,
        meaning: "Storing or renaming needs an account; the command was thrown away.",
        sent: "After STOR, STOU, APPE or RNTO on systems that charge storage to accounts.",
        advice: "Send ACCT with the account, then the command again from the start (for RNTO \
            begin with RNFR).",
        repeat: Repeat::Useless,
        client_retries: false,
        notes: Some("With 332 the server would have kept the command and waited."),
    },
    CodeRow {
        code: ReplyCode::known(533),
        name: "Command must be protected",
        source: "RFC 2228 §5.1, RFC 4217",
        status: Status::Current,
        meaning: "The command came with less protection than the server's policy asks for.",
        sent: "After a clear command where a security exchange is required, and after CCC \
            without TLS.",
        advice: "Encrypt first: AUTH TLS (or the MIC, CONF or ENC form of your mechanism), then \
            send the command again.",
        repeat: Repeat::Useless,
        client_retries: false,
        notes: None,
    },
    CodeRow {
        code: ReplyCode::known(534),
        name: "Refused by policy",
        source: "RFC 2228 §5.1, §6",
        status: Status::Current,
        meaning: "The server could do it and does not want to, for reasons of security policy.",
        sent: "After AUTH, PROT or CCC, and after a transfer below the required protection.",
        advice: "Meet the policy: PROT P in place of PROT C, keep TLS on in place of CCC, or ask \
            the administrator which mechanism is wanted.",
        repeat: Repeat::Useless,
        client_retries: false,
        notes: Some(
            "For a transfer with too little protection RFC 4217 names 521 and 522 as well. A \
                server may answer an unwanted AUTH with 504, to hide that it knows the \
                mechanism.",
        ),
    },
    CodeRow {
        code: ReplyCode::known(535),
        name: "Security check failed",
        source: "RFC 2228 §5.1",
        status: Status::Current,
        meaning: "Security data did not verify: a wrong checksum, a wrong key or a decoding error.",
        sent: "After ADAT, MIC, CONF or ENC, and after a transfer whose protection failed.",
        advice: "Begin the security exchange again on a new connection; check clocks, tickets \
            and certificates on both sides.",
        repeat: Repeat::Useless,
        client_retries: false,
        notes: None,
    },
    CodeRow {
        code: ReplyCode::known(536),
        name: "Protection level not possible",
        source: "RFC 2228 §5.1",
        status: Status::Current,
        meaning: "The mechanism in use cannot protect data at this level.",
        sent: "After PROT S or PROT E under TLS, which knows only C and P.",
        advice: "Send PROT P, which encrypts and protects the data at once.",
        repeat: Repeat::Useless,
        client_retries: false,
        notes: None,
    },
    CodeRow {
        code: ReplyCode::known(537),
        name: "Command protection not possible",
        source: "RFC 2228 §5.1",
        status: Status::Current,
        meaning: "The mechanism in use cannot protect commands in this way.",
        sent: "After MIC, CONF or ENC when the mechanism lacks that kind; TLS lacks all three.",
        advice: "Under TLS send the command as it is: the whole connection is protected.",
        repeat: Repeat::Useless,
        client_retries: false,
        notes: Some("RFC 2228 describes it in prose and forgot it in its table of replies."),
    },
    CodeRow {
        code: ReplyCode::known(550),
        name: "File unavailable",
        source: "RFC 959 §4.2.2",
        status: Status::Current,
        meaning: "The file or directory was not found, you have no permission for this, or the command does not fit \
            what is there.",
        sent: "After any command that names a file or directory, mostly as `No such file or \
            directory` or `Permission denied`, and after STOR where writing is not allowed.",
        advice: "Check the spelling, upper and lower case, and where you are (PWD); list the \
            directory. If the name is there, see whether the command fits it (a directory where a file is meant, a \
            name that is taken, a directory that is not empty); else the permission is missing, which the text may \
            call `Permission denied`: ask the administrator.",
        repeat: Repeat::Useless,
        client_retries: false,
        notes: Some(
            "The temporary sister is 450. MKD of an existing directory and RMD of a directory \
                with entries bring 550 too.",
        ),
    },
    CodeRow {
        code: ReplyCode::known(551),
        name: "Page type unknown",
        source: "RFC 959 §4.2.2",
        status: Status::Current,
        meaning: "An upload in page structure carried a kind of page that the server does not \
            know; it was aborted.",
        sent: "After STOR or APPE with STRU P; drafts also give it to HASH and RANG outside TYPE \
            I with MODE S.",
        advice: "Send STRU F, and TYPE I with MODE S before HASH or RANG, then repeat.",
        repeat: Repeat::Useless,
        client_retries: false,
        notes: None,
    },
    CodeRow {
        code: ReplyCode::known(552),
        name: "Quota exceeded",
        source: "RFC 959 §4.2.2",
        status: Status::Current,
        meaning: "The upload was refused or broken off, since with it you would hold more than your quota or the \
            space set aside for you allows.",
        sent: "After STOR, STOU, APPE, ALLO or MKD, before any data moves or once the space is used up; drafts \
            also use it for HASH, RANG or LOCK without the right.",
        advice: "Delete files of yours or ask for more quota; what broken uploads have left may count too, and be \
            in no listing.",
        repeat: Repeat::Useless,
        client_retries: false,
        notes: Some("A full system, as opposed to your quota, is 452."),
    },
    CodeRow {
        code: ReplyCode::known(553),
        name: "Name not allowed",
        source: "RFC 959 §4.2.2",
        status: Status::Current,
        meaning: "The server does not accept this file name, or not at this place.",
        sent: "After STOR, STOU, APPE, RNTO or MKD: illegal characters, a reserved or hidden name, a \
            directory of that name, one above it that is missing, or overwriting forbidden.",
        advice: "See whether the directory above it is there, and make that first if not; else choose another name. \
            If the same name is accepted in another directory, you lack the right to write here.",
        repeat: Repeat::Useless,
        client_retries: false,
        notes: Some(
            "A reported erratum wants 553 for MKD of an existing directory; most servers say \
                550.",
        ),
    },
    CodeRow {
        code: ReplyCode::known(554),
        name: "Restart point not usable",
        source: "RFC 1123 §4.1.3.4",
        status: Status::Current,
        meaning: "The transfer cannot be resumed at the point that REST asked for.",
        sent: "After the transfer command that follows REST, when the offset lies past the end \
            of the file; never after REST itself.",
        advice: "Ask SIZE how long the file is; if your part is longer, it belongs to another \
            version: delete it and start from 0.",
        repeat: Repeat::Useless,
        client_retries: false,
        notes: None,
    },
    CodeRow {
        code: ReplyCode::known(555),
        name: "Type does not fit the file",
        source: "RFC 1123 §4.1.3.4",
        status: Status::Current,
        meaning: "The present TYPE or STRU does not agree with the file that is already there.",
        sent: "After APPE, or a transfer after REST.",
        advice: "Set the TYPE and STRU with which the file was stored, mostly TYPE I and STRU F, \
            and repeat.",
        repeat: Repeat::Useless,
        client_retries: false,
        notes: None,
    },
    CodeRow {
        code: ReplyCode::known(556),
        name: "Hashing refused",
        source: "draft-bryan-ftp-hash-08 and later",
        status: Status::Draft,
        meaning: "The server does not compute a hash of this file, for instance because it is \
            too large.",
        sent: "After HASH, on servers that follow this expired draft.",
        advice: "Compare by SIZE and MDTM, or download the file and compute the hash yourself.",
        repeat: Repeat::Useless,
        client_retries: false,
        notes: None,
    },
];
