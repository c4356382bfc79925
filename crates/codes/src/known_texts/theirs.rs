//! Sentences of other servers, and those that several say alike.

use super::{KnownText, lasting, passing, row};

/// The usual words for a wrong password: of several servers, Pure-FTPd and IIS. They say no more than the code where nobody
/// was named.
pub const WRONG_PASSWORD: [&str; 3] =
    ["Login incorrect", "Login authentication failed", "User cannot log in."];

/// Who says what several servers say alike.
const SEVERAL: &str = "several servers";

const WRONG_TOO_OFTEN: &str = "So many passwords were wrong that the server ends the session.";
const CHECK_FIRST: &str =
    "Check name and password before the next try: more of them may get your address banned.";

/// The first row that fits counts, so longer words stand before those that are part of them.
pub static KNOWN_TEXTS: &[KnownText] = &[
    // FileZilla Server and IIS.
    row(
        "FileZilla Server, IIS",
        &[426],
        "Connection closed; transfer aborted",
        "The data connection ended before the file was whole.",
        "Go on where it stopped, as `packetboat get -c` and `put -c` do; if it breaks at the same \
         place each time, suspect a proxy, a firewall or an idle limit.",
    ),
    row(
        "FileZilla Server",
        &[550],
        "Couldn't open the file",
        "The file is not there, the account may not use it, or another program has it open.",
        "List the folder and compare the spelling; if the file is there, look on the server at the \
         rights of the mount and of the folder (NTFS), and at who has it open.",
    ),
    row(
        "IIS",
        &[550],
        "cannot find the file specified",
        "There is no file or folder of that name.",
        "List the folder and compare the spelling; with user isolation each account has a root of its \
         own.",
    ),
    row(
        "IIS",
        &[550, 553],
        "cannot find the path specified",
        "A folder on the way to that name is not there.",
        "List the folders above and make the one that is missing (packetboat mkdir -p).",
    ),
    passing(row(
        "IIS",
        &[550, 553],
        "being used by another process",
        "Another program on the server has the file open.",
        "Try again when that one is done; on the server it may be a virus scanner or a transfer that is \
         still open.",
    )),
    row(
        "IIS",
        &[550, 552],
        "not enough space on the disk",
        "The disk of the server, or the quota that NTFS keeps for the account, is full.",
        "Have room made on the server, then send the file again.",
    ),
    row(
        "IIS",
        &[530],
        WRONG_PASSWORD[2],
        "User or password is wrong, or no rule of the site lets the account in.",
        "Check both; if they are right, look on the server at Basic Authentication and the FTP \
         authorization rules of the site, whose log has the reason.",
    ),
    row(
        "FileZilla Server",
        &[425],
        "Can't open data connection for transfer of",
        "The data connection did not come about in time, mostly because a firewall or NAT keeps \
         it off.",
        "Use passive mode; on the server set a range of passive ports and the outer address, \
         and open that range in the firewall.",
    ),
    row(
        "IIS",
        &[530],
        "home directory inaccessible",
        "The login is right, and the folder of the account is missing or may not be read by it.",
        "On the server look at the user isolation of the site and at the rights (NTFS) of the \
         physical folder.",
    ),
    row(
        "IIS",
        &[530],
        "Valid hostname is expected",
        "Several sites share the address, and the name of one is expected.",
        "Ask for the site by name: --host NAME, or a user of the form NAME|USER.",
    ),
    row(
        "IIS",
        &[534],
        "Policy requires SSL",
        "The site takes this only over TLS.",
        "Connect with TLS: --tls require, or an ftpes:// address.",
    ),
    row(
        "IIS",
        &[550],
        "Access is denied",
        "The account lacks the right to this on the server, by an FTP authorization rule or by \
         NTFS.",
        "On the server look at the site's FTP authorization rules, then at the rights of the \
         folder.",
    ),
    lasting(row(
        "FileZilla Server",
        &[425, 450, 522],
        "TLS session of data connection",
        "Under TLS the data connection has to resume the session of the control connection, as proof that both are of \
         the same client, and this one did not. The firewall has no part in it.",
        "Use a client that resumes the session, as packetboat does; a server of version 0.9 does without if \
         \"Require TLS session resumption on data connection when using PROT P\" is off.",
    )),
    // ProFTPD.
    lasting(row(
        "ProFTPD",
        &[451, 550],
        "Append/Restart not permitted",
        "The server does not take what goes on from a broken upload.",
        "Send the file from its start, without -c; on the server AllowStoreRestart on and \
         HiddenStores off let it go on.",
    )),
    row(
        "ProFTPD",
        &[550],
        "Overwrite permission denied",
        "A file of that name is there, and is not to be replaced.",
        "Choose another name or delete the file first; on the server AllowOverwrite on allows it.",
    ),
    lasting(row(
        "ProFTPD",
        &[425],
        "Unable to build data connection: Operation not permitted",
        "Under TLS the data connection has to resume the session of the control connection, and \
         did not.",
        "Use a client that resumes the session, as packetboat does, or set TLSOptions \
         NoSessionReuseRequired on the server.",
    )),
    row(
        "ProFTPD",
        &[425],
        "Unable to build data connection",
        "The server could not reach the address of PORT or EPRT, or nobody came to the port of \
         PASV or EPSV.",
        "With active mode change to passive; with passive mode set PassivePorts and \
         MasqueradeAddress on the server, and open those ports.",
    ),
    row(
        "ProFTPD",
        &[530, 550],
        "SSL/TLS required",
        "The server takes this only over TLS.",
        "Connect with TLS: --tls require, or an ftpes:// address.",
    ),
    row(
        "ProFTPD",
        &[552],
        "denied: quota exceeded",
        "What mod_quotatab allows the account or its group is used up.",
        "Delete files of yours or ask for more; on the server ftpquota shows and changes limit and \
         count.",
    ),
    row(
        "ProFTPD",
        &[426],
        "Transfer aborted. Data connection closed",
        "The data connection ended before the file was whole.",
        "Go on where it stopped, as `packetboat get -c` and `put -c` do; if it breaks at the same \
         place each time, suspect a proxy, a firewall or an idle limit.",
    ),
    row(
        "ProFTPD",
        &[421],
        "No transfer timeout",
        "No file and no listing was transferred for as long as TimeoutNoTransfer says.",
        "Connect again when there is something to transfer; NOOP does not help against this limit.",
    ),
    row(
        "ProFTPD",
        &[421],
        "Idle timeout",
        "No command came for as long as TimeoutIdle says.",
        "Connect again, and send NOOP in pauses.",
    ),
    passing(row(
        "ProFTPD",
        &[421, 530],
        "Sorry, the maximum number",
        "The server has all the sessions it takes, in all, of this account or from your address.",
        "Close sessions of your own or wait; fewer connections are made with -j 1.",
    )),
    // Pure-FTPd.
    row(
        "Pure-FTPd",
        &[451, 426],
        "Error during read from data connection",
        "The data connection broke while the server was receiving the file.",
        "Send the file again, or go on where it stopped as `packetboat put -c` does; if it breaks at \
         the same place each time, suspect a proxy, a firewall or an idle limit.",
    ),
    row(
        "Pure-FTPd",
        &[451, 426],
        "Error during write to data connection",
        "The data connection broke while the server was sending the file.",
        "Go on where it stopped, as `packetboat get -c` does; if it breaks at the same place each \
         time, suspect a proxy, a firewall or an idle limit.",
    ),
    row(
        "Pure-FTPd",
        &[452, 451],
        "Error during write to file",
        "The server could not write the file: mostly its disk is full, or a limit on the files of the \
         account is reached.",
        "On the server look at the space (df), at quotas of the system and at limits (ulimit -f), then \
         send the file again.",
    ),
    passing(row(
        "Pure-FTPd",
        &[552],
        "Disk full - please upload later",
        "The disk of the server is fuller than MaxDiskUsage allows for uploads.",
        "Have room made on the server, or try later.",
    )),
    row(
        "Pure-FTPd",
        &[552],
        "won't be saved",
        "With this file the account would store more than its quota of bytes or files.",
        "Delete files of yours or ask for more; on the server pure-pw usermod changes the quota (-n \
         files, -N megabytes), and pure-quotacheck counts anew.",
    ),
    row(
        "Pure-FTPd",
        &[451, 550, 553],
        "Rename/move failure",
        "The new name could not be given; the reason of the system stands behind the colon.",
        "See whether the folder of the new name is there and may be written to, and whether both names \
         are on one file system.",
    ),
    row(
        "Pure-FTPd",
        &[550, 553],
        "Can't open that file",
        "The file could not be opened or made; the reason of the system stands behind the colon.",
        "If it is not there, compare the spelling; if it says Permission denied, the account lacks the \
         right to that file or its folder on the server.",
    ),
    row(
        "Pure-FTPd",
        &[421],
        "typing a little faster",
        "No command came for as long as MaxIdleTime says.",
        "Connect again, and send NOOP in pauses.",
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
        "User or password is wrong, or the account may not log in.",
        "Check both; if they are right, look on the server whether the account is in the database that \
         it asks (pure-pw mkdb writes it anew), and at MinUID.",
    ),
    lasting(row(
        "Pure-FTPd",
        &[421],
        "cleartext sessions",
        "The server takes sessions only over TLS.",
        "Connect with TLS: --tls require, or an ftpes:// address.",
    )),
    row(
        "Pure-FTPd",
        &[500, 501],
        "I won't open a connection to",
        "PORT named another address than the one you come from, as a client behind NAT does.",
        "Use passive mode, which is what packetboat does without --active.",
    ),
    row(
        "Pure-FTPd",
        &[530],
        "I can't trust you",
        "The account is one of the system's own, or below the smallest number that may log in.",
        "Use another account; on the server MinUID sets the smallest number.",
    ),
    lasting(row(
        "Pure-FTPd",
        &[421, 550, 553],
        "Prohibited file name",
        "The name begins with a dot, which ProhibitDotFilesWrite forbids, or holds a byte that the server takes in no name, such \
         as a backslash.",
        "Choose another name; on the server ProhibitDotFilesWrite decides on names that begin with a dot.",
    )),
    lasting(row(
        "Pure-FTPd",
        &[421],
        "Unable to read the indexed puredb file",
        "The file of virtual users is missing or older than the program.",
        "On the server make it anew with pure-pw mkdb.",
    )),
    lasting(row(
        "Pure-FTPd",
        &[421],
        "Home directory not available",
        "The folder of the account is missing, or the account may not enter it.",
        "On the server make it and give it to the account, or start with CreateHomeDir.",
    )),
    // What many say.
    row(
        SEVERAL,
        &[425],
        "open data connection",
        "The data connection did not come about: nobody came to the passive port, or the \
         address of PORT could not be reached.",
        "Use passive mode; on the server open the range of passive ports in the firewall, and \
         behind NAT set the outer address.",
    ),
    row(
        SEVERAL,
        &[503],
        "bad sequence",
        "The command came too early: it needs another one before it.",
        "Send USER before PASS, RNFR before RNTO, PBSZ before PROT, and log in before anything \
         else.",
    ),
    row(
        SEVERAL,
        &[500, 501],
        "illegal port command",
        "The address in PORT is not the one you come from, as behind NAT, or the server does \
         not do active mode.",
        "Use passive mode, which is what packetboat does without --active.",
    ),
    row(
        SEVERAL,
        &[500, 502, 504],
        "AUTH not understood",
        "The server has no TLS, or it is switched off.",
        "Connect without TLS if the network is one to trust; else have the administrator switch \
         it on.",
    ),
    row(
        SEVERAL,
        &[530],
        WRONG_PASSWORD[0],
        "User or password is wrong, or the account may not log in: its shell is not in \
         /etc/shells, or a list shuts it out.",
        "Check both; if they are right, look on the server at /etc/shells, /etc/ftpusers and, \
         for ProFTPD, RequireValidShell.",
    ),
    row(
        SEVERAL,
        &[452, 450, 451, 426, 550, 552, 553],
        "No space left on device",
        "The disk of the server is full, or has no entries left for files.",
        "Have room made on the server (df and df -i show it), then send the file again.",
    ),
    row(
        SEVERAL,
        &[552, 450, 451, 426, 452, 550, 553],
        "Disk quota exceeded",
        "The quota that the server's system keeps for the account is used up.",
        "Delete files of yours or ask for more.",
    ),
    lasting(row(
        SEVERAL,
        &[550, 450, 451, 553],
        "Read-only file system",
        "What the server serves there is mounted without the right to write.",
        "On the server mount it for writing; after a fault of the disk the system may have taken that \
         right away, and its log says so.",
    )),
    row(
        SEVERAL,
        &[451, 450, 426, 550],
        "Input/output error",
        "The disk of the server, or the network to where the file lies, has a fault.",
        "On the server look into the system's log for that disk.",
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

/// A server that has had enough of wrong passwords. Who sends one more is shut out for longer.
const fn wrong_too_often(words: &'static str) -> KnownText {
    lasting(row(SEVERAL, &[421, 530], words, WRONG_TOO_OFTEN, CHECK_FIRST))
}

/// A server that takes nobody more for now.
const fn full(words: &'static str) -> KnownText {
    passing(row(
        SEVERAL,
        &[421, 530],
        words,
        "The server has all the sessions it takes, in all or from your address.",
        "Close sessions of your own or wait; fewer connections are made with -j 1.",
    ))
}
