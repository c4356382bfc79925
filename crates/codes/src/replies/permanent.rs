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
        advice: "Check the spelling, and ask FEAT or HELP which commands exist. With an old server \
            use the X form (XMKD for MKD) or do without the extension.",
        repeat: Repeat::Useless,
        client_retries: false,
        notes: Some(
            "A stream of 500 replies right after connecting often means that one side speaks TLS \
                and the other does not.",
        ),
    },
    CodeRow {
        code: ReplyCode::known(501),
        name: "Bad argument",
        source: "RFC 959 §4.2.2",
        status: Status::Current,
        meaning: "The command is known, but its argument does not have the right form.",
        sent: "After any command whose argument is missing, unexpected or malformed: PORT without \
            its six numbers, an impossible date, MLSD on a file, HOST with a port.",
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
        meaning: "The server knows the command but does not offer it.",
        sent: "After rarely implemented commands such as SMNT or LANG, and after commands that the \
            administrator has switched off.",
        advice: "Do without it: LIST for MLSD, PASV for EPSV, the X form for a directory command.",
        repeat: Repeat::Useless,
        client_retries: false,
        notes: Some(
            "A command that does not matter here is skipped with 202; an unsupported value of a \
                command that is implemented is 504.",
        ),
    },
    CodeRow {
        code: ReplyCode::known(503),
        name: "Wrong order",
        source: "RFC 959 §4.2.2",
        status: Status::Current,
        meaning: "The command makes sense only after another one that was not sent or did not \
            succeed.",
        sent: "After PASS without USER, RNTO without RNFR, PROT before PBSZ, PBSZ before AUTH, \
            ADAT without AUTH, and HOST after the login.",
        advice: "Send the missing command first, and check that it was not refused.",
        repeat: Repeat::Useless,
        client_retries: false,
        notes: None,
    },
    CodeRow {
        code: ReplyCode::known(504),
        name: "Value not supported",
        source: "RFC 959 §4.2.2",
        status: Status::Current,
        meaning: "The command is implemented, but not for this value.",
        sent: "After TYPE, MODE or STRU with a rare letter, an AUTH mechanism or PROT level that \
            the server lacks, an unknown virtual host or language, and PORT to a port below 1024 \
            (RFC 2577 §3).",
        advice: "Choose another value: TYPE I or A, MODE S, STRU F, AUTH TLS, PROT P or C, or EPSV \
            instead of PORT.",
        repeat: Repeat::Useless,
        client_retries: false,
        notes: Some("A malformed value is 501; an unknown address family in EPRT is 522."),
    },
    CodeRow {
        code: ReplyCode::known(509),
        name: "Refused, on z/OS",
        source: "IBM z/OS FTP server manual",
        status: Status::Vendor,
        meaning: "A permanent refusal of the z/OS server, in IBM's own numbering.",
        sent: "Only by the FTP server of z/OS.",
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
        sent: "Under TLS, after a transfer command when the PROT level is wrong.",
        advice: "Send PBSZ 0 and PROT P, open a new data connection and repeat the transfer.",
        repeat: Repeat::Useless,
        client_retries: false,
        notes: Some(
            "The number has two older meanings: after MKD, `the directory already exists` (RFC 959 \
                Appendix II; most servers say 550), and after LPRT, a list of supported address \
                families (RFC 1639). RFC 4217 itself gives 522 for the same case in §11.4, and RFC \
                2228 gives 534.",
        ),
    },
    CodeRow {
        code: ReplyCode::known(522),
        name: "Address family or data TLS refused",
        source: "RFC 2428 §2; RFC 4217 §10.2, §11.4",
        status: Status::Current,
        meaning: "After EPRT or EPSV: this address family is not supported. After a transfer: TLS \
            on the data connection was not set up the way the server requires.",
        sent: "After EPRT or EPSV with a family that the brackets in the text do not list; after a \
            transfer under TLS whose handshake failed or did not resume the session.",
        advice: "After EPRT or EPSV, use a family listed in the brackets (1 is IPv4, 2 is IPv6). \
            After a transfer, send PROT P and let your client resume the TLS session of the \
            control connection.",
        repeat: Repeat::Useless,
        client_retries: false,
        notes: Some(
            "Servers such as proftpd and vsftpd require session resumption unless configured \
                otherwise; a client that cannot resume always fails with 522 or 425. Many servers \
                also send 522 when the network broke the handshake; Packetboat sends 426 in that \
                case, and its client repeats the transfer after either code.",
        ),
    },
    CodeRow {
        code: ReplyCode::known(525),
        name: "Refused, on z/OS",
        source: "IBM z/OS FTP server manual",
        status: Status::Vendor,
        meaning: "The z/OS server refuses permanently, with a number that only IBM's manual \
            explains.",
        sent: "By the FTP server of z/OS and no other.",
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
        meaning: "The login failed, or the command requires a login first.",
        sent: "After PASS with a wrong name or password, after any other command sent before the \
            login, and when an account is locked or not allowed from this address.",
        advice: "Check name, password and, on shared hosting, the form of the name (often \
            user@domain); if the server insists on TLS, send AUTH TLS first. Repeating the same \
            password may get your address banned.",
        repeat: Repeat::Useless,
        client_retries: false,
        notes: Some(
            "The server writes the real reason only to its log, so that nobody can probe for valid \
                names.",
        ),
    },
    CodeRow {
        code: ReplyCode::known(531),
        name: "Refused, on z/OS",
        source: "IBM z/OS FTP server manual",
        status: Status::Vendor,
        meaning: "The z/OS server refuses something to do with the login or with permissions, \
            under a number of IBM's own.",
        sent: "Only by the FTP server of z/OS.",
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
        meaning: "Storing or renaming needs an account; the command was discarded.",
        sent: "After STOR, STOU, APPE or RNTO on systems that charge storage to accounts.",
        advice: "Send ACCT with the account, then send the command again (for RNTO, start over \
            with RNFR).",
        repeat: Repeat::Useless,
        client_retries: false,
        notes: Some("With 332 the server would have kept the command and waited."),
    },
    CodeRow {
        code: ReplyCode::known(533),
        name: "Command must be protected",
        source: "RFC 2228 §5.1, RFC 4217",
        status: Status::Current,
        meaning: "The command had less protection than the server's policy requires.",
        sent: "After an unprotected command where a security exchange is required, and after CCC \
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
        meaning: "The server could do this, but its security policy forbids it.",
        sent: "After AUTH, PROT or CCC, and after a transfer below the required protection.",
        advice: "Comply with the policy: PROT P instead of PROT C, keep TLS instead of sending \
            CCC, or ask the administrator which mechanism is required.",
        repeat: Repeat::Useless,
        client_retries: false,
        notes: Some(
            "For a transfer with too little protection, RFC 4217 also names 521 and 522. A server \
                may answer an unwanted AUTH with 504 to hide that it knows the mechanism.",
        ),
    },
    CodeRow {
        code: ReplyCode::known(535),
        name: "Security check failed",
        source: "RFC 2228 §5.1",
        status: Status::Current,
        meaning: "The security data could not be verified: a wrong checksum, a wrong key or a \
            decoding error.",
        sent: "After ADAT, MIC, CONF or ENC, and after a transfer whose protection failed.",
        advice: "Start the security exchange again on a new connection; check clocks, tickets and \
            certificates on both sides.",
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
        sent: "After PROT S or PROT E under TLS, which has only C and P.",
        advice: "Send PROT P, which protects the data against both reading and tampering.",
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
        sent: "After MIC, CONF or ENC when the mechanism lacks that kind of protection; TLS lacks \
            all three.",
        advice: "Under TLS, send the command as it is: the whole connection is already protected.",
        repeat: Repeat::Useless,
        client_retries: false,
        notes: Some(
            "RFC 2228 describes this code in its prose but leaves it out of its table of \
            replies.",
        ),
    },
    CodeRow {
        code: ReplyCode::known(550),
        name: "File unavailable",
        source: "RFC 959 §4.2.2",
        status: Status::Current,
        meaning: "The file or directory was not found, you have no permission, or the command does \
            not apply to what has that name.",
        sent: "After any command that names a file or directory, usually as `No such file or \
            directory` or `Permission denied`, and after STOR where writing is not allowed.",
        advice: "Check the spelling, upper and lower case, and the current directory (PWD); list \
            the directory. If the name is listed, check that the command applies to it (not a \
            directory where a file is meant, a name that is already taken, or a directory that is \
            not empty). Otherwise you lack the permission (the text may say `Permission denied`): \
            ask the administrator.",
        repeat: Repeat::Useless,
        client_retries: false,
        notes: Some(
            "450 is the temporary counterpart. MKD of an existing directory and RMD of a directory \
                that is not empty also give 550.",
        ),
    },
    CodeRow {
        code: ReplyCode::known(551),
        name: "Page type unknown",
        source: "RFC 959 §4.2.2",
        status: Status::Current,
        meaning: "An upload in page structure contained a page type that the server does not know; \
            the upload was aborted.",
        sent: "After STOR or APPE with STRU P; drafts also use it for HASH and RANG outside TYPE I \
            with MODE S.",
        advice: "Send STRU F (or, before HASH or RANG, TYPE I and MODE S), then repeat the \
            command.",
        repeat: Repeat::Useless,
        client_retries: false,
        notes: None,
    },
    CodeRow {
        code: ReplyCode::known(552),
        name: "Quota exceeded",
        source: "RFC 959 §4.2.2",
        status: Status::Current,
        meaning: "The upload was refused or aborted because it would exceed your quota or the \
            space allocated to you.",
        sent: "After STOR, STOU, APPE, ALLO or MKD, before any data moves or once the space is \
            used up; drafts also use it when you are not allowed to use HASH, RANG or LOCK.",
        advice: "Delete some of your files or ask for a larger quota. What unfinished uploads left \
            behind may count too, even if no listing shows it.",
        repeat: Repeat::Useless,
        client_retries: false,
        notes: Some("If the server's disk is full, rather than your quota, the code is 452."),
    },
    CodeRow {
        code: ReplyCode::known(553),
        name: "Name not allowed",
        source: "RFC 959 §4.2.2",
        status: Status::Current,
        meaning: "The server does not accept this file name, or not in this directory.",
        sent: "After STOR, STOU, APPE, RNTO or MKD: illegal characters, a reserved or hidden name, \
            a directory that already has the name, a missing parent directory, or overwriting \
            forbidden.",
        advice: "Check that the parent directory exists, and create it first if it does not; \
            otherwise choose another name. If another directory accepts the same name, you lack \
            the right to write to this one.",
        repeat: Repeat::Useless,
        client_retries: false,
        notes: Some(
            "A reported erratum asks for 553 when MKD names an existing directory; most servers \
                say 550.",
        ),
    },
    CodeRow {
        code: ReplyCode::known(554),
        name: "Restart point not usable",
        source: "RFC 1123 §4.1.3.4",
        status: Status::Current,
        meaning: "The transfer cannot be resumed at the point that REST asked for.",
        sent: "After the transfer command that follows REST, when the offset is past the end of \
            the file; never after REST itself.",
        advice: "Ask for the length of the file with SIZE. If your partial copy is longer, it \
            belongs to another version of the file: delete it and start from 0.",
        repeat: Repeat::Useless,
        client_retries: false,
        notes: None,
    },
    CodeRow {
        code: ReplyCode::known(555),
        name: "Type does not match the file",
        source: "RFC 1123 §4.1.3.4",
        status: Status::Current,
        meaning: "The current TYPE or STRU does not match the existing file.",
        sent: "After APPE, or a transfer after REST.",
        advice: "Set the TYPE and STRU with which the file was stored, usually TYPE I and STRU F, \
            and repeat the command.",
        repeat: Repeat::Useless,
        client_retries: false,
        notes: None,
    },
    CodeRow {
        code: ReplyCode::known(556),
        name: "Hashing refused",
        source: "draft-bryan-ftp-hash-08 and later",
        status: Status::Draft,
        meaning: "The server does not compute a hash of this file, for example because it is too \
            large.",
        sent: "After HASH, on servers that follow this expired draft.",
        advice: "Compare by SIZE and MDTM, or download the file and compute the hash yourself.",
        repeat: Repeat::Useless,
        client_retries: false,
        notes: None,
    },
];
