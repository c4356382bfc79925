//! Sentences of other servers, and those that several say alike.

use super::{KnownText, lasting, passing, row};

/// The usual words for a wrong password. They say no more than the code where nobody was named.
pub const LOGIN_INCORRECT: &str = "Login incorrect";

/// Who says what several servers say alike.
const SEVERAL: &str = "several servers";

/// The first row that fits counts, so longer words stand before those that are part of them.
pub static KNOWN_TEXTS: &[KnownText] = &[
    // vsftpd. A line with OOPS is a mistake in its own settings, found once a session is there.
    row(
        "vsftpd",
        &[500],
        "refusing to run with writable root inside chroot",
        "The account is locked into its root folder, and may write to that folder itself, which \
         vsftpd holds for unsafe.",
        "On the server take the right to write from that folder (chmod a-w) and make a folder \
         to write in beneath it, or set allow_writeable_chroot=YES.",
    ),
    row(
        "vsftpd",
        &[500],
        "OOPS: cannot change directory",
        "The home folder of the account is missing, or the account may not enter it.",
        "On the server make the folder named, give it to the account, and see that each folder \
         above may be entered; with SELinux allow ftp_home_dir.",
    ),
    row(
        "vsftpd",
        &[500],
        "OOPS: cannot read user list file",
        "The file of userlist_file is missing or may not be read.",
        "On the server make the file, or set userlist_enable=NO.",
    ),
    row(
        "vsftpd",
        &[500],
        "could not read chroot() list file",
        "The file of chroot_list_file is missing or may not be read.",
        "On the server make the file (it may be empty), or set chroot_list_enable=NO.",
    ),
    row(
        "vsftpd",
        &[500],
        "OOPS: cannot locate user",
        "An account that a setting names (ftp_username, guest_username, nopriv_user) is not on \
         that machine.",
        "On the server make the account, or correct the setting that the text names.",
    ),
    row(
        "vsftpd",
        &[500],
        "child died",
        "The process of this session was ended, often by vsftpd's own sandbox after an update \
         of the system.",
        "On the server look into the system's log for a process that was killed; \
         seccomp_sandbox=NO shows whether the sandbox did it.",
    ),
    row(
        "vsftpd",
        &[500],
        "priv_sock_get_cmd",
        "The process of this session was ended, often by vsftpd's own sandbox after an update \
         of the system.",
        "On the server look into the system's log for a process that was killed; \
         seccomp_sandbox=NO shows whether the sandbox did it.",
    ),
    row(
        "vsftpd",
        &[500],
        "SSL: cannot load",
        "The certificate or key that the settings name is missing, may not be read, or is of \
         another kind.",
        "On the server correct rsa_cert_file and rsa_private_key_file.",
    ),
    row(
        "vsftpd",
        &[500],
        "OOPS: failed to open",
        "A log file that the settings name cannot be opened.",
        "On the server make the folder of that file, or correct xferlog_file or vsftpd_log_file.",
    ),
    row(
        "vsftpd",
        &[500],
        "config file",
        "A line of the configuration is wrong: often a blank around the = or a misspelt name.",
        "On the server correct the line that the text names; vsftpd takes NAME=VALUE without \
         blanks.",
    ),
    row(
        "vsftpd",
        &[500],
        "OOPS:",
        "vsftpd has met a mistake in its settings or on its machine, and ends the session.",
        "On the server correct what the text behind OOPS names.",
    ),
    row(
        "vsftpd",
        &[522],
        "session reuse required",
        "The server takes a data connection only if its TLS session goes on from that of the \
         control connection.",
        "Use a client that resumes the session, as packetboat does, or set require_ssl_reuse=NO \
         on the server.",
    ),
    lasting(row(
        "vsftpd",
        &[425],
        "Bad IP connecting",
        "The data connection came from another address than the control connection, as behind \
         some gateways.",
        "Connect both the same way, without a proxy or a second address between; on the server \
         pasv_promiscuous=YES takes any.",
    )),
    row(
        "vsftpd",
        &[425],
        "Failed to establish connection",
        "The server could not make the data connection, or none reached it in time.",
        "With active mode change to passive; with passive mode open pasv_min_port to \
         pasv_max_port in the server's firewall, and set pasv_address behind NAT.",
    ),
    row(
        "vsftpd",
        &[530],
        "This FTP server is anonymous only",
        "The server lets in guests alone, and no account of its own.",
        "Log in as anonymous, or set local_enable=YES on the server.",
    ),
    row(
        "vsftpd",
        &[530],
        "sessions must use encryption",
        "The server takes a login only over TLS.",
        "Connect with TLS: --tls require, or an ftpes:// address.",
    ),
    row(
        "vsftpd",
        &[530],
        "Permission denied.",
        "The account may not log in, whatever the password: a list on the server shuts it out.",
        "On the server look at userlist_file with userlist_deny, and at /etc/ftpusers.",
    ),
    row(
        "vsftpd",
        &[550],
        "Permission denied.",
        "The command itself is switched off, or the account may not use it on this.",
        "On the server set write_enable=YES (for guests anon_upload_enable and \
         anon_mkdir_write_enable too), and look at cmds_allowed and cmds_denied.",
    ),
    row(
        "vsftpd",
        &[553],
        "Could not create file",
        "The folder is not there, the account may not make a file in it, or one that must not be \
         replaced has the name.",
        "See whether the folder is there (packetboat mkdir -p makes it); if it is, the account needs \
         the right to write to it on the server, and with SELinux ftpd_full_access.",
    ),
    row(
        "vsftpd",
        &[550],
        "Create directory operation failed",
        "Something of that name is there already, or the account may not write to the folder \
         above.",
        "List the folder above; if the name is free, the right to write is missing on the server.",
    ),
    // FileZilla Server and IIS.
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
    // Pure-FTPd.
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
        "The name begins with a dot, and such names are not taken.",
        "Choose another name; on the server ProhibitDotFilesWrite decides.",
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
        LOGIN_INCORRECT,
        "User or password is wrong, or the account may not log in: its shell is not in \
         /etc/shells, or a list shuts it out.",
        "Check both; if they are right, look on the server at /etc/shells, /etc/ftpusers and, \
         for ProFTPD, RequireValidShell.",
    ),
    passing(row(
        SEVERAL,
        &[421, 530],
        "too many",
        "The server has all the sessions it takes, in all or from your address.",
        "Close sessions of your own or wait; fewer connections are made with -j 1.",
    )),
];
