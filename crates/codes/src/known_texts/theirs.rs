//! Reply texts of other servers, and texts that several servers share.

use super::{KnownText, lasting, passing, row};

/// The usual texts for a wrong password: of several servers, of Pure-FTPd and of IIS. Without a
/// user name next to them they tell no more than the code.
pub const WRONG_PASSWORD: [&str; 3] =
    ["Login incorrect", "Login authentication failed", "User cannot log in."];

/// The server of rows whose text several servers share.
const SEVERAL: &str = "several servers";

const WRONG_TOO_OFTEN: &str = "The server ended the session because of too many wrong passwords.";
const CHECK_FIRST: &str = "Check the name and password before you try again: more failed logins may get your address \
        banned.";

/// The first matching row wins, so a row must come before any row whose words are part of its own.
pub static KNOWN_TEXTS: &[KnownText] = &[
    // FileZilla Server and IIS.
    row(
        "FileZilla Server, IIS",
        &[426],
        "Connection closed; transfer aborted",
        "The data connection ended before the file was complete.",
        "Resume where it stopped, as `packetboat get -c` and `put -c` do; if it breaks at the same \
            place each time, suspect a proxy, a firewall or an idle limit.",
    ),
    row(
        "FileZilla Server",
        &[550],
        "Couldn't open the file",
        "The file does not exist, the account may not use it, or another program has it open.",
        "List the folder and compare the spelling. If the file exists, check on the server the \
            permissions of the mount and of the folder (NTFS), and which program has the file \
            open.",
    ),
    row(
        "IIS",
        &[550],
        "cannot find the file specified",
        "There is no file or folder with that name.",
        "List the folder and compare the spelling; with user isolation, each account has its own \
            root.",
    ),
    row(
        "IIS",
        &[550, 553],
        "cannot find the path specified",
        "A folder in the path to that name does not exist.",
        "List the parent folders and create the missing one (packetboat mkdir -p).",
    ),
    passing(row(
        "IIS",
        &[550, 553],
        "being used by another process",
        "Another program on the server has the file open.",
        "Try again when that program is done; on the server it may be a virus scanner or a \
            transfer that is still open.",
    )),
    row(
        "IIS",
        &[550, 552],
        "not enough space on the disk",
        "The server's disk is full, or the account's NTFS quota is used up.",
        "Free some space on the server, then send the file again.",
    ),
    row(
        "IIS",
        &[530],
        WRONG_PASSWORD[2],
        "The user or password is wrong, or no rule of the site admits the account.",
        "Check both; if they are right, check on the server Basic Authentication and the FTP \
            authorization rules of the site, whose log has the reason.",
    ),
    row(
        "FileZilla Server",
        &[425],
        "Can't open data connection for transfer of",
        "The data connection was not established in time, usually because a firewall or NAT blocks \
            it.",
        "Use passive mode; on the server, set a range of passive ports and the public address, and \
            open that range in the firewall.",
    ),
    row(
        "IIS",
        &[530],
        "home directory inaccessible",
        "The login is right, but the account's folder is missing or the account may not read it.",
        "On the server, check the user isolation of the site and the NTFS permissions of the \
            physical folder.",
    ),
    row(
        "IIS",
        &[530],
        "Valid hostname is expected",
        "Several sites share the address, and the server expects the name of one.",
        "Name the site: --host NAME, or a user name of the form NAME|USER.",
    ),
    row(
        "IIS",
        &[534],
        "Policy requires SSL",
        "The site accepts this only over TLS.",
        "Connect with TLS: --tls require, or an ftpes:// address.",
    ),
    row(
        "IIS",
        &[550],
        "Access is denied",
        "The account lacks the permission for this on the server, because of an FTP authorization \
            rule or NTFS.",
        "On the server, check the site's FTP authorization rules, then the permissions of the \
            folder.",
    ),
    lasting(row(
        "FileZilla Server",
        &[425, 450, 522],
        "TLS session of data connection",
        "Under TLS, the data connection must resume the session of the control connection, to \
            prove that both come from the same client, and this one did not. The firewall is not \
            the cause.",
        "Use a client that resumes the session, as packetboat does; a server of version 0.9 does \
            not require this if \"Require TLS session resumption on data connection when using \
            PROT P\" is off.",
    )),
    // ProFTPD.
    lasting(row(
        "ProFTPD",
        &[451, 550],
        "Append/Restart not permitted",
        "The server does not allow an upload to be resumed.",
        "Send the whole file, without -c; on the server, AllowStoreRestart on and HiddenStores off \
            allow it to be resumed.",
    )),
    row(
        "ProFTPD",
        &[550],
        "Overwrite permission denied",
        "A file with that name exists and must not be replaced.",
        "Choose another name or delete the file first; on the server, AllowOverwrite on permits \
            replacing it.",
    ),
    lasting(row(
        "ProFTPD",
        &[425],
        "Unable to build data connection: Operation not permitted",
        "Under TLS, the data connection must resume the session of the control connection, and \
            this one did not.",
        "Use a client that resumes the session, as packetboat does, or set TLSOptions \
         NoSessionReuseRequired on the server.",
    )),
    row(
        "ProFTPD",
        &[425],
        "Unable to build data connection",
        "The server could not reach the address from PORT or EPRT, or nobody connected to the port \
            of PASV or EPSV.",
        "If you use active mode, switch to passive. For passive mode, set PassivePorts and \
            MasqueradeAddress on the server, and open those ports.",
    ),
    row(
        "ProFTPD",
        &[530, 550],
        "SSL/TLS required",
        "The server accepts this only over TLS.",
        "Connect with TLS: --tls require, or an ftpes:// address.",
    ),
    row(
        "ProFTPD",
        &[552],
        "denied: quota exceeded",
        "The quota that mod_quotatab sets for the account or its group is used up.",
        "Delete some of your files or ask for a larger quota; on the server, ftpquota shows and \
            changes the limit and the count.",
    ),
    row(
        "ProFTPD",
        &[426],
        "Transfer aborted. Data connection closed",
        "The data connection ended before the file was complete.",
        "Resume where it stopped, as `packetboat get -c` and `put -c` do; if it breaks at the same \
            place each time, suspect a proxy, a firewall or an idle limit.",
    ),
    row(
        "ProFTPD",
        &[421],
        "No transfer timeout",
        "No file or listing was transferred within the time set by TimeoutNoTransfer.",
        "Connect again when there is something to transfer; NOOP does not help against this limit.",
    ),
    row(
        "ProFTPD",
        &[421],
        "Idle timeout",
        "No command arrived within the time set by TimeoutIdle.",
        "Connect again, and send NOOP during pauses.",
    ),
    passing(row(
        "ProFTPD",
        &[421, 530],
        "Sorry, the maximum number",
        "The server has reached its limit of sessions: in total, for this account or from your \
            address.",
        "Close some of your sessions or wait; -j 1 makes fewer connections.",
    )),
    // Pure-FTPd.
    row(
        "Pure-FTPd",
        &[451, 426],
        "Error during read from data connection",
        "The data connection broke while the server was receiving the file.",
        "Send the file again, or resume where it stopped, as `packetboat put -c` does; if it \
            breaks at the same place each time, suspect a proxy, a firewall or an idle limit.",
    ),
    row(
        "Pure-FTPd",
        &[451, 426],
        "Error during write to data connection",
        "The data connection broke while the server was sending the file.",
        "Resume where it stopped, as `packetboat get -c` does; if it breaks at the same place each \
            time, suspect a proxy, a firewall or an idle limit.",
    ),
    row(
        "Pure-FTPd",
        &[452, 451],
        "Error during write to file",
        "The server could not write the file: usually its disk is full, or a limit on the \
            account's files is reached.",
        "On the server, check the free space (df), the system's quotas and the limits (ulimit -f), \
            then send the file again.",
    ),
    passing(row(
        "Pure-FTPd",
        &[552],
        "Disk full - please upload later",
        "The server's disk is fuller than MaxDiskUsage allows for uploads.",
        "Free some space on the server, or try again later.",
    )),
    row(
        "Pure-FTPd",
        &[552],
        "won't be saved",
        "With this file the account would exceed its quota of bytes or files.",
        "Delete some of your files or ask for a larger quota; on the server, pure-pw usermod \
            changes the quota (-n files, -N megabytes), and pure-quotacheck recounts.",
    ),
    lasting(row(
        "Pure-FTPd",
        &[451, 550, 553],
        "Rename/move failure",
        "The rename failed; the system's reason is after the colon.",
        "Check that the folder of the new name exists and is writable, and that both names are on \
            the same file system.",
    )),
    row(
        "Pure-FTPd",
        &[550, 553],
        "Can't open that file",
        "The file could not be opened or created; the system's reason is after the colon.",
        "If the file does not exist, compare the spelling; if the reason is Permission denied, the \
            account lacks the permission for that file or its folder on the server.",
    ),
    row(
        "Pure-FTPd",
        &[421],
        "typing a little faster",
        "No command arrived within the time set by MaxIdleTime.",
        "Connect again, and send NOOP during pauses.",
    ),
    lasting(row(
        "Pure-FTPd",
        &[421, 530],
        "Too many authentication failures",
        WRONG_TOO_OFTEN,
        CHECK_FIRST,
    )),
    row(
        "Pure-FTPd",
        &[530],
        WRONG_PASSWORD[1],
        "The user or password is wrong, or the account may not log in.",
        "Check both; if they are right, check on the server that the account is in the database it \
            uses (pure-pw mkdb rebuilds it), and check MinUID.",
    ),
    lasting(row(
        "Pure-FTPd",
        &[421],
        "cleartext sessions",
        "The server accepts sessions only over TLS.",
        "Connect with TLS: --tls require, or an ftpes:// address.",
    )),
    row(
        "Pure-FTPd",
        &[500, 501],
        "I won't open a connection to",
        "PORT named a different address than the one you connect from, as a client behind NAT \
            does.",
        "Use passive mode, as packetboat does without --active.",
    ),
    row(
        "Pure-FTPd",
        &[530],
        "I can't trust you",
        "The account is a system account, or its user ID is below the smallest one that may log \
            in.",
        "Use another account; on the server, MinUID sets the smallest user ID.",
    ),
    lasting(row(
        "Pure-FTPd",
        &[421, 550, 553],
        "Prohibited file name",
        "The name begins with a dot, which ProhibitDotFilesWrite forbids, or contains a byte that \
            the server accepts in no name, such as a backslash.",
        "Choose another name; on the server, ProhibitDotFilesWrite controls names that begin with \
            a dot.",
    )),
    lasting(row(
        "Pure-FTPd",
        &[421],
        "Unable to read the indexed puredb file",
        "The database of virtual users is missing, or was written by an older version of the \
            program.",
        "On the server, rebuild it with pure-pw mkdb.",
    )),
    lasting(row(
        "Pure-FTPd",
        &[421],
        "Home directory not available",
        "The account's folder is missing, or the account may not enter it.",
        "On the server, create the folder and make the account its owner, or start the server with \
            CreateHomeDir.",
    )),
    // Texts that several servers share.
    row(
        SEVERAL,
        &[425],
        "open data connection",
        "The data connection could not be opened: nobody connected to the passive port, or the \
            server could not reach the address from PORT.",
        "Use passive mode; on the server, open the range of passive ports in the firewall, and \
            behind NAT set the public address.",
    ),
    row(
        SEVERAL,
        &[503],
        "bad sequence",
        "The command came too early: another one must come before it.",
        "Send USER before PASS, RNFR before RNTO, PBSZ before PROT, and log in before anything \
         else.",
    ),
    row(
        SEVERAL,
        &[500, 501],
        "illegal port command",
        "The address in PORT is not the one you connect from, as behind NAT, or the server does \
            not support active mode.",
        "Use passive mode, as packetboat does without --active.",
    ),
    row(
        SEVERAL,
        &[500, 502, 504],
        "AUTH not understood",
        "The server does not support TLS, or TLS is switched off.",
        "Connect without TLS if you trust the network; otherwise ask the administrator to enable \
            it.",
    ),
    row(
        SEVERAL,
        &[530],
        WRONG_PASSWORD[0],
        "The user or password is wrong, or the account may not log in: its shell is not in \
            /etc/shells, or a list excludes it.",
        "Check both; if they are right, check on the server /etc/shells, /etc/ftpusers and, for \
            ProFTPD, RequireValidShell.",
    ),
    row(
        SEVERAL,
        &[452, 450, 451, 426, 550, 552, 553],
        "No space left on device",
        "The server's disk is full, or has no inodes left.",
        "Free some space on the server (df and df -i show the usage), then send the file again.",
    ),
    row(
        SEVERAL,
        &[552, 450, 451, 426, 452, 550, 553],
        "Disk quota exceeded",
        "The account's disk quota on the server's system is used up.",
        "Delete some of your files or ask for a larger quota.",
    ),
    lasting(row(
        SEVERAL,
        &[550, 450, 451, 553],
        "Read-only file system",
        "The server's file system is mounted read-only there.",
        "On the server, mount it for writing; after a disk error the system may have made it \
            read-only, which its log shows.",
    )),
    row(
        SEVERAL,
        &[451, 450, 426, 550],
        "Input/output error",
        "There is a fault in the server's disk, or in the network to the storage.",
        "On the server, check the system log for errors of that disk.",
    ),
    wrong_too_often("too many failed"),
    wrong_too_often("too many failures"),
    wrong_too_often("too many login attempts"),
    wrong_too_often("too many login failures"),
    wrong_too_often("too many attempts"),
    wrong_too_often("too many invalid"),
    wrong_too_often("too many incorrect"),
    wrong_too_often("too many wrong"),
    wrong_too_often("too many bad"),
    wrong_too_often("too many unsuccessful"),
    wrong_too_often("too many password"),
    full("too many users"),
    full("too many connect"),
    full("too many clients"),
    full("too many sessions"),
    full("too many logins"),
    full("too many simultaneous"),
    full("too many concurrent"),
    full("too many anonymous"),
    full("too many ftp"),
    full("too many people"),
];

/// A text for too many wrong passwords. Another wrong one may extend the ban.
const fn wrong_too_often(words: &'static str) -> KnownText {
    lasting(row(SEVERAL, &[421, 530], words, WRONG_TOO_OFTEN, CHECK_FIRST))
}

/// A text of a server that is full at the moment.
const fn full(words: &'static str) -> KnownText {
    passing(row(
        SEVERAL,
        &[421, 530],
        words,
        "The server has reached its limit of sessions, in total or from your address.",
        "Close some of your sessions or wait; -j 1 makes fewer connections.",
    ))
}
