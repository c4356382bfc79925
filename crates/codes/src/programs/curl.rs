//! The curl exit codes that can occur with FTP, which curl prints as `curl: (7) ...`. Source: the
//! manual page of curl, section EXIT CODES, and libcurl's list of errors.

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
            "The address begins with a protocol that this curl does not support, usually sftp://, \
                or with a misspelt one.",
            "Correct the part before ://; `curl --version` lists the supported protocols.",
        ),
    ),
    own(
        (CURL, Some(3), "CURLE_URL_MALFORMAT"),
        "Malformed address",
        &[],
        Repeat::Useless,
        (
            "The address is malformed: often because of a space, a bracket or a # in the path or \
                password.",
            "Put the address in quotes and write such characters as %20, %5B or %23.",
        ),
    ),
    code(CURL, 5, "CURLE_COULDNT_RESOLVE_PROXY", "Proxy name not found", 11001),
    code(CURL, 6, "CURLE_COULDNT_RESOLVE_HOST", "Host name not found", 11001),
    code(CURL, 7, "CURLE_COULDNT_CONNECT", "No connection to the server", 10061),
    own(
        (CURL, Some(8), "CURLE_WEIRD_SERVER_REPLY"),
        "Reply not understood",
        &[],
        Repeat::Useless,
        (
            "The reply is not what an FTP server sends at that point: the server refuses the \
                session, another service such as SSH or HTTP uses the port, or the port is for \
                implicit TLS.",
            "Look at the line with curl -v: a reply code in it gives the reason. If there is none, \
                check host and port: 21 for FTP and explicit TLS, 990 with ftps:// for implicit \
                TLS; SFTP (22) is not FTP.",
        ),
    ),
    code(CURL, 9, "CURLE_REMOTE_ACCESS_DENIED", "Directory not entered (CWD)", 550),
    own(
        (CURL, Some(10), "CURLE_FTP_ACCEPT_FAILED"),
        "The server did not reach the data port",
        &[],
        Repeat::Useless,
        (
            "In active mode (-P), the server reports that it could not connect to curl's port.",
            "Leave out -P to use passive mode, or open that port in the firewall on this side.",
        ),
    ),
    own(
        (CURL, Some(11), "CURLE_FTP_WEIRD_PASS_REPLY"),
        "Reply to PASS not understood",
        &[],
        Repeat::Useless,
        (
            "The reply to the password neither accepts nor refuses it.",
            "Look at the reply with curl -v; 332 asks for an account as well (--ftp-account).",
        ),
    ),
    own(
        (CURL, Some(12), "CURLE_FTP_ACCEPT_TIMEOUT"),
        "The server did not connect to the data port",
        &[],
        Repeat::Useless,
        (
            "In active mode (-P), curl waited for the server's connection in vain: a firewall or \
                NAT blocks it.",
            "Leave out -P to use passive mode.",
        ),
    ),
    own(
        (CURL, Some(13), "CURLE_FTP_WEIRD_PASV_REPLY"),
        "No passive mode",
        &[],
        Repeat::Useless,
        (
            "The server refused EPSV and PASV, or its reply cannot be parsed.",
            "Look at the replies with curl -v; the server may require TLS first (--ssl-reqd), or \
                may have no free passive port.",
        ),
    ),
    own(
        (CURL, Some(14), "CURLE_FTP_WEIRD_227_FORMAT"),
        "Malformed 227",
        &[],
        Repeat::Useless,
        (
            "The reply to PASV contains no address of six numbers.",
            "Leave out --disable-epsv, or have the administrator correct the server, or the \
                firewall that rewrites the reply.",
        ),
    ),
    own(
        (CURL, Some(15), "CURLE_FTP_CANT_GET_HOST"),
        "Address in 227 not usable",
        &[],
        Repeat::Useless,
        (
            "The host named in the reply to PASV cannot be resolved.",
            "Use --ftp-skip-pasv-ip, which uses the address of the control connection instead.",
        ),
    ),
    own(
        (CURL, Some(17), "CURLE_FTP_COULDNT_SET_TYPE"),
        "TYPE refused",
        &[],
        Repeat::Useless,
        (
            "The server refused TYPE I or TYPE A.",
            "Look at the reply with curl -v; usually the login is not complete, or the server \
                requires TLS first.",
        ),
    ),
    own(
        (CURL, Some(18), "CURLE_PARTIAL_FILE"),
        "Incomplete file",
        &[],
        Repeat::CanHelp,
        (
            "The transfer ended early: fewer bytes arrived than the server had announced, or no \
                226 followed them.",
            "Do not use the incomplete file; connect again and resume with -C -, then compare the \
                length.",
        ),
    ),
    code(CURL, 19, "CURLE_FTP_COULDNT_RETR_FILE", "RETR refused", 550),
    own(
        (CURL, Some(21), "CURLE_QUOTE_ERROR"),
        "Command given with -Q refused",
        &[],
        Repeat::Useless,
        (
            "The server refused a command that was given with -Q.",
            "Look at the reply with curl -v; with * before the command, curl ignores its failure.",
        ),
    ),
    own(
        (CURL, Some(23), "CURLE_WRITE_ERROR"),
        "Local file not written",
        &[],
        Repeat::Useless,
        (
            "The received data could not be written on this machine: the disk is full, a \
                permission is missing, or the reader of a pipe has exited. The server did not \
                cause this.",
            "Check the local path and the free space (df), then resume with -C -.",
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
            "Check its path and its read permission.",
        ),
    ),
    code(CURL, 28, "CURLE_OPERATION_TIMEDOUT", "Timeout", 10060),
    own(
        (CURL, Some(30), "CURLE_FTP_PORT_FAILED"),
        "PORT refused",
        &[],
        Repeat::Useless,
        (
            "The server refused PORT or EPRT: it does not support active mode, or the address is \
                not the one you connect from, as behind NAT.",
            "Leave out -P to use passive mode.",
        ),
    ),
    own(
        (CURL, Some(31), "CURLE_FTP_COULDNT_USE_REST"),
        "REST refused",
        &[],
        Repeat::Useless,
        (
            "The server does not support resuming a transfer.",
            "Transfer the whole file, without -C and -r.",
        ),
    ),
    own(
        (CURL, Some(35), "CURLE_SSL_CONNECT_ERROR"),
        "TLS not set up",
        &[],
        Repeat::Useless,
        (
            "The TLS handshake failed: the other side does not speak TLS, or the two sides have no \
                version and cipher in common.",
            "Use ftp:// with --ssl-reqd on port 21 (explicit), ftps:// on port 990 (implicit); the \
                text after the number and curl -v tell more.",
        ),
    ),
    own(
        (CURL, Some(36), "CURLE_BAD_DOWNLOAD_RESUME"),
        "Resume offset past the end",
        &[],
        Repeat::Useless,
        (
            "The offset to resume from is past the end of the file.",
            "Compare the lengths: the local file is a different one, or already complete.",
        ),
    ),
    code(CURL, 45, "CURLE_INTERFACE_FAILED", "Local address not usable", 10049),
    code(CURL, 52, "CURLE_GOT_NOTHING", "Empty reply from the server", 10101),
    code(CURL, 55, "CURLE_SEND_ERROR", "Sending failed", 10058),
    code(CURL, 56, "CURLE_RECV_ERROR", "Receiving failed", 10054),
    own(
        (CURL, Some(58), "CURLE_SSL_CERTPROBLEM"),
        "Client certificate not usable",
        &[],
        Repeat::Useless,
        (
            "The client certificate or its key (--cert, --key) cannot be used.",
            "Check both files, that key and certificate match, and the password of the key.",
        ),
    ),
    own(
        (CURL, Some(59), "CURLE_SSL_CIPHER"),
        "Cipher not usable",
        &[],
        Repeat::Useless,
        (
            "The ciphers given with --ciphers are unknown, or the server does not share any of \
                them.",
            "Leave out --ciphers, or correct the list.",
        ),
    ),
    own(
        (CURL, Some(60), "CURLE_PEER_FAILED_VERIFICATION"),
        "Server certificate not accepted",
        &[],
        Repeat::Useless,
        (
            "The certificate is not signed by an authority that this side trusts, is expired or \
                not yet valid, or is for another name; the text after the number says which.",
            "Connect with the name in the certificate, trust its authority with --cacert FILE, or \
                have the server's administrator replace it. -k switches all checks off, so that an \
                attacker in between goes unnoticed.",
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
        "Required TLS not available",
        &[],
        Repeat::Useless,
        (
            "--ssl-reqd requires TLS, but the server refused AUTH or PROT: it does not support \
                TLS, or TLS is switched off.",
            "Look at the reply with curl -v, and have the administrator enable TLS; without \
                --ssl-reqd the password is sent unencrypted.",
        ),
    ),
    code(CURL, 67, "CURLE_LOGIN_DENIED", "Login refused", 530),
    own(
        (CURL, Some(77), "CURLE_SSL_CACERT_BADFILE"),
        "CA file not readable",
        &[],
        Repeat::Useless,
        (
            "The file given with --cacert, or the system's own, is missing or not readable.",
            "Check the path; install the system's certificate package (ca-certificates).",
        ),
    ),
    code(CURL, 78, "CURLE_REMOTE_FILE_NOT_FOUND", "File not found", 550),
    own(
        (CURL, Some(79), "CURLE_SSH"),
        "SSH failed",
        &[],
        Repeat::Useless,
        (
            "The address begins with sftp:// or scp://, and SSH failed; this has nothing to do \
                with FTP.",
            "Check the host key, the user and the user's key; for FTP, begin the address with \
                ftp://.",
        ),
    ),
    own(
        (CURL, Some(90), "CURLE_SSL_PINNEDPUBKEYNOTMATCH"),
        "Key differs from the pinned one",
        &[],
        Repeat::Useless,
        (
            "The server's key is not the one given with --pinnedpubkey.",
            "Ask the administrator whether the key was changed; if it was not, someone may be \
                intercepting the connection.",
        ),
    ),
];
