//! curl's exit codes, which it prints as `curl: (7) ...`, as far as FTP can bring them. Source: the manual page of curl,
//! section EXIT CODES, and libcurl's list of errors.

use super::{Told, code, own};
use crate::row::Repeat;

const CURL: &str = "curl";

pub(super) const ROWS: &[Told] = &[
    own(
        (CURL, Some(1), "CURLE_UNSUPPORTED_PROTOCOL"),
        "Protocol not supported",
        &[],
        Repeat::Useless,
        (
            "The address begins with a protocol that this curl was not built with, mostly sftp://, or is misspelt.",
            "Correct what stands before ://; `curl --version` lists the protocols it has.",
        ),
    ),
    own(
        (CURL, Some(3), "CURLE_URL_MALFORMAT"),
        "Address not readable",
        &[],
        Repeat::Useless,
        (
            "The address is written wrongly: often a blank, a bracket or a # in the path or password.",
            "Put it in quotes and write such characters as %20, %5B or %23.",
        ),
    ),
    code(CURL, 5, "CURLE_COULDNT_RESOLVE_PROXY", "Name of the proxy not found", 11001),
    code(CURL, 6, "CURLE_COULDNT_RESOLVE_HOST", "Name of the host not found", 11001),
    code(CURL, 7, "CURLE_COULDNT_CONNECT", "No connection to the server", 10061),
    own(
        (CURL, Some(8), "CURLE_WEIRD_SERVER_REPLY"),
        "Answer not understood",
        &[],
        Repeat::Useless,
        (
            "What came is not what an FTP server says at that point: it refuses the session, or another service has that \
             port, such as SSH or HTTP, or the port is for implicit TLS.",
            "Look at the line with curl -v: a code in it has the reason. Without one check host and port: 21 for FTP and \
             explicit TLS, 990 with ftps:// for implicit TLS; SFTP (22) is not FTP.",
        ),
    ),
    code(CURL, 9, "CURLE_REMOTE_ACCESS_DENIED", "Directory not entered (CWD)", 550),
    own(
        (CURL, Some(10), "CURLE_FTP_ACCEPT_FAILED"),
        "The server did not reach the data port",
        &[],
        Repeat::Useless,
        (
            "In active mode (-P) the server tells that it could not connect to curl's port.",
            "Leave -P out, so that passive mode is used; else open that port on this side's firewall.",
        ),
    ),
    own(
        (CURL, Some(11), "CURLE_FTP_WEIRD_PASS_REPLY"),
        "Answer to PASS not understood",
        &[],
        Repeat::Useless,
        (
            "After the password came a reply that is neither yes nor no.",
            "Look at the reply with curl -v; a 332 wants an account besides (--ftp-account).",
        ),
    ),
    own(
        (CURL, Some(12), "CURLE_FTP_ACCEPT_TIMEOUT"),
        "The server did not come to the data port",
        &[],
        Repeat::Useless,
        (
            "In active mode (-P) curl waited for the server's connection, and none came: a firewall or NAT keeps it off.",
            "Leave -P out, so that passive mode is used.",
        ),
    ),
    own(
        (CURL, Some(13), "CURLE_FTP_WEIRD_PASV_REPLY"),
        "No passive mode",
        &[],
        Repeat::Useless,
        (
            "The server refused EPSV and PASV, or its answer cannot be read.",
            "Look at the replies with curl -v; the server may want TLS first (--ssl-reqd), or have no passive port free.",
        ),
    ),
    own(
        (CURL, Some(14), "CURLE_FTP_WEIRD_227_FORMAT"),
        "227 not readable",
        &[],
        Repeat::Useless,
        (
            "The answer to PASV holds no address of six numbers.",
            "Leave --disable-epsv out; else have the server's administrator correct it, or the firewall that rewrites it.",
        ),
    ),
    own(
        (CURL, Some(15), "CURLE_FTP_CANT_GET_HOST"),
        "Address in 227 not usable",
        &[],
        Repeat::Useless,
        (
            "The host that the answer to PASV named cannot be looked up.",
            "Use --ftp-skip-pasv-ip, which takes the address of the control connection.",
        ),
    ),
    own(
        (CURL, Some(17), "CURLE_FTP_COULDNT_SET_TYPE"),
        "TYPE refused",
        &[],
        Repeat::Useless,
        (
            "The server refused TYPE I or TYPE A.",
            "Look at the reply with curl -v; mostly the login is not complete, or TLS is wanted first.",
        ),
    ),
    own(
        (CURL, Some(18), "CURLE_PARTIAL_FILE"),
        "Part of the file only",
        &[],
        Repeat::CanHelp,
        (
            "The transfer ended before its end: fewer bytes came than the server had told, or no 226 came behind them.",
            "Do not use the file as it is; connect again and resume with -C -, then compare the length.",
        ),
    ),
    code(CURL, 19, "CURLE_FTP_COULDNT_RETR_FILE", "RETR refused", 550),
    own(
        (CURL, Some(21), "CURLE_QUOTE_ERROR"),
        "Command of -Q refused",
        &[],
        Repeat::Useless,
        (
            "The server refused a command that was given with -Q.",
            "Look at the reply with curl -v; with * before the command curl goes on all the same.",
        ),
    ),
    own(
        (CURL, Some(23), "CURLE_WRITE_ERROR"),
        "Local file not written",
        &[],
        Repeat::Useless,
        (
            "What came could not be written on this machine: the disk is full, the right is missing, or the reader of a \
             pipe has gone. The server is not to blame.",
            "Look at the local path and the free space (df), then resume with -C -.",
        ),
    ),
    code(CURL, 25, "CURLE_UPLOAD_FAILED", "STOR refused", 553),
    own(
        (CURL, Some(26), "CURLE_READ_ERROR"),
        "Local file not read",
        &[],
        Repeat::Useless,
        (
            "The file to send cannot be read on this machine.",
            "Check its path and the right to read it.",
        ),
    ),
    code(CURL, 28, "CURLE_OPERATION_TIMEDOUT", "Timeout", 10060),
    own(
        (CURL, Some(30), "CURLE_FTP_PORT_FAILED"),
        "PORT refused",
        &[],
        Repeat::Useless,
        (
            "The server refused PORT or EPRT: it does no active mode, or the address is not the one you come from, as \
             behind NAT.",
            "Leave -P out, so that passive mode is used.",
        ),
    ),
    own(
        (CURL, Some(31), "CURLE_FTP_COULDNT_USE_REST"),
        "REST refused",
        &[],
        Repeat::Useless,
        (
            "The server does not resume at a place in the file.",
            "Transfer the file from its start, without -C and -r.",
        ),
    ),
    own(
        (CURL, Some(35), "CURLE_SSL_CONNECT_ERROR"),
        "TLS not set up",
        &[],
        Repeat::Useless,
        (
            "TLS could not be agreed on: what answered speaks no TLS, or no version and cipher that both sides allow.",
            "Use ftp:// with --ssl-reqd on port 21 (explicit), ftps:// on port 990 (implicit); the words behind the \
             number and curl -v tell more.",
        ),
    ),
    own(
        (CURL, Some(36), "CURLE_BAD_DOWNLOAD_RESUME"),
        "Nothing to resume at that place",
        &[],
        Repeat::Useless,
        (
            "The place to go on from lies behind the end of the file.",
            "Compare the lengths; the local file is another one or whole already.",
        ),
    ),
    code(CURL, 45, "CURLE_INTERFACE_FAILED", "Local address not usable", 10049),
    code(CURL, 52, "CURLE_GOT_NOTHING", "The server answered nothing", 10101),
    code(CURL, 55, "CURLE_SEND_ERROR", "Sending failed", 10058),
    code(CURL, 56, "CURLE_RECV_ERROR", "Receiving failed", 10054),
    own(
        (CURL, Some(58), "CURLE_SSL_CERTPROBLEM"),
        "Own certificate not usable",
        &[],
        Repeat::Useless,
        (
            "The client certificate or its key (--cert, --key) cannot be used.",
            "Check both files, that they belong together, and the password of the key.",
        ),
    ),
    own(
        (CURL, Some(59), "CURLE_SSL_CIPHER"),
        "Cipher not usable",
        &[],
        Repeat::Useless,
        (
            "The ciphers given with --ciphers are not known or not common.",
            "Leave --ciphers out, or correct the list.",
        ),
    ),
    own(
        (CURL, Some(60), "CURLE_PEER_FAILED_VERIFICATION"),
        "Certificate of the server not accepted",
        &[],
        Repeat::Useless,
        (
            "The certificate is signed by nobody that this side knows, is out of date, or is for another name; the \
             words behind the number say which.",
            "Connect by the name in the certificate, trust its authority with --cacert FILE, or have the server's \
             administrator replace it; -k checks nothing, and anybody could stand between.",
        ),
    ),
    own(
        (CURL, Some(63), "CURLE_FILESIZE_EXCEEDED"),
        "File larger than allowed",
        &[],
        Repeat::Useless,
        ("The file is larger than --max-filesize allows.", "Raise --max-filesize."),
    ),
    own(
        (CURL, Some(64), "CURLE_USE_SSL_FAILED"),
        "No TLS, which was asked for",
        &[],
        Repeat::Useless,
        (
            "--ssl-reqd asks for TLS, and the server refused AUTH or PROT: it has no TLS, or it is switched off.",
            "Look at the reply with curl -v, and have the administrator switch TLS on; without --ssl-reqd the password \
             travels in clear.",
        ),
    ),
    code(CURL, 67, "CURLE_LOGIN_DENIED", "Login refused", 530),
    own(
        (CURL, Some(77), "CURLE_SSL_CACERT_BADFILE"),
        "File of trusted authorities not read",
        &[],
        Repeat::Useless,
        (
            "The file of --cacert, or the system's own, is missing or may not be read.",
            "Check the path; install the system's package of certificates (ca-certificates).",
        ),
    ),
    code(CURL, 78, "CURLE_REMOTE_FILE_NOT_FOUND", "File not there", 550),
    own(
        (CURL, Some(79), "CURLE_SSH"),
        "SSH failed",
        &[],
        Repeat::Useless,
        (
            "The address was sftp:// or scp://, and SSH failed; this has nothing to do with FTP.",
            "Check host key, user and key; for FTP begin the address with ftp://.",
        ),
    ),
    own(
        (CURL, Some(90), "CURLE_SSL_PINNEDPUBKEYNOTMATCH"),
        "Another key than the pinned one",
        &[],
        Repeat::Useless,
        (
            "The key of the server is not the one given with --pinnedpubkey.",
            "Ask the administrator whether the key was changed; if not, somebody may stand between.",
        ),
    ),
];
