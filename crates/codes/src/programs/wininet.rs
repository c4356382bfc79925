//! The WinINet error numbers that can occur with FTP, from Windows' own FTP functions (FtpPutFile,
//! VBA, Delphi, installers). Source: Microsoft, WinINet Error Messages.

use super::{Told, code, like, own, tls};
use crate::row::Repeat;

const WININET: &str = "WinINet";

pub(super) const ROWS: &[Told] = &[
    code(WININET, 12002, "ERROR_INTERNET_TIMEOUT", "Timeout", 10060),
    own(
        (WININET, Some(12003), "ERROR_INTERNET_EXTENDED_ERROR"),
        "Refused with a reply",
        &[],
        Repeat::Useless,
        (
            "The server refused the command; Windows keeps the reply with the reason separately \
                from this number.",
            "Have the program show the result of InternetGetLastResponseInfo, and look up the \
                reply code in it.",
        ),
    ),
    own(
        (WININET, Some(12005), "ERROR_INTERNET_INVALID_URL"),
        "Malformed address",
        &[],
        Repeat::Useless,
        ("The address is malformed.", "Correct it: ftp://HOST/PATH, with spaces as %20."),
    ),
    code(WININET, 12007, "ERROR_INTERNET_NAME_NOT_RESOLVED", "Host name not found", 11001),
    code(WININET, 12013, "ERROR_INTERNET_INCORRECT_USER_NAME", "User not accepted", 530),
    code(WININET, 12014, "ERROR_INTERNET_INCORRECT_PASSWORD", "Password not accepted", 530),
    code(WININET, 12015, "ERROR_INTERNET_LOGIN_FAILURE", "Login refused", 530),
    code(WININET, 12017, "ERROR_INTERNET_OPERATION_CANCELLED", "Operation cancelled", 995),
    code(WININET, 12029, "ERROR_INTERNET_CANNOT_CONNECT", "No connection to the server", 10061),
    code(WININET, 12030, "ERROR_INTERNET_CONNECTION_ABORTED", "Connection ended", 10053),
    code(WININET, 12031, "ERROR_INTERNET_CONNECTION_RESET", "Connection reset", 10054),
    like(WININET, 12037, "ERROR_INTERNET_SEC_CERT_DATE_INVALID", &tls::OUT_OF_DATE),
    like(WININET, 12038, "ERROR_INTERNET_SEC_CERT_CN_INVALID", &tls::OTHER_NAME),
    like(WININET, 12045, "ERROR_INTERNET_INVALID_CA", &tls::NOT_TRUSTED),
    own(
        (WININET, Some(12110), "ERROR_FTP_TRANSFER_IN_PROGRESS"),
        "A transfer is in progress on this handle",
        &[],
        Repeat::CanHelp,
        (
            "The program issued a request while a transfer of the same session was still running.",
            "Close the file's handle first, then try again; this is a bug in the program.",
        ),
    ),
    own(
        (WININET, Some(12111), "ERROR_FTP_DROPPED"),
        "The session was ended",
        &[],
        Repeat::CanHelp,
        (
            "The server or the network ended the session, usually after a time without commands.",
            "Check whether the last reply was 421; connect again and resume.",
        ),
    ),
    own(
        (WININET, Some(12112), "ERROR_FTP_NO_PASSIVE_MODE"),
        "No passive mode",
        &[],
        Repeat::Useless,
        (
            "The server does not support passive mode, or has no free passive port.",
            "Configure passive ports on the server; without passive mode (no \
                INTERNET_FLAG_PASSIVE), the server must be able to connect to this machine.",
        ),
    ),
];
