//! Sentences of vsftpd, most of which point to one of its settings.

use super::{KnownText, lasting, row};

/// The first row that fits counts, so longer words stand before those that are part of them.
pub static VSFTPD_TEXTS: &[KnownText] = &[
    // A line with OOPS is a mistake in its own settings, found once a session is there.
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
    row(
        "vsftpd",
        &[451],
        "Failure writing to local file",
        "The server could not write the file: mostly its disk is full, or a limit on the files of the \
         account is reached.",
        "On the server look at the space (df), at quotas of the system and at limits (ulimit -f), then \
         send the file again.",
    ),
    row(
        "vsftpd",
        &[451],
        "Failure reading local file",
        "The server could not read the file to its end: its disk, or the network to where the file \
         lies, has a fault.",
        "On the server look into the system's log for that disk, then fetch the file again.",
    ),
    row(
        "vsftpd",
        &[426],
        "Failure writing network stream",
        "The data connection broke while the server was sending.",
        "Go on where it stopped, as `packetboat get -c` does; if it breaks at the same place each \
         time, suspect a proxy, a firewall or an idle limit.",
    ),
    row(
        "vsftpd",
        &[426],
        "Failure reading network stream",
        "The data connection broke while the server was receiving, or under TLS it ended without the \
         notice that says so: something on the way has cut it off, or the client ends TLS in no proper way. \
         What had come is stored under the name of the file.",
        "Go on where it stopped, as `packetboat put -c` does. If it breaks each time, suspect a proxy or a \
         firewall, or use another client. strict_ssl_read_eof=NO on the server would take what is cut off \
         for the whole file.",
    ),
    row(
        "vsftpd",
        &[550],
        "Failed to open file.",
        "The file is not there, is a directory, or may not be read by the account.",
        "List the folder and compare the spelling; for guests the file has to be readable by all, or \
         anon_world_readable_only=NO set on the server.",
    ),
    row(
        "vsftpd",
        &[550],
        "Failed to change directory",
        "The folder is not there, or the account may not enter it.",
        "List the folder above and compare the spelling; if it is there, the account lacks the right \
         to enter it on the server.",
    ),
    row(
        "vsftpd",
        &[550],
        "Delete operation failed",
        "The file is not there, or the account may not write to the folder in which it lies.",
        "List the folder; if the file is there, the right to write to that folder is missing on the \
         server.",
    ),
    row(
        "vsftpd",
        &[550],
        "Remove directory operation failed",
        "The folder is not there, is not empty, or the account may not write to the folder above.",
        "List it and empty it first, hidden files included (packetboat rm -r does both).",
    ),
    row(
        "vsftpd",
        &[425],
        "Use PORT or PASV first",
        "The transfer was asked for without a data connection.",
        "Send EPSV or PASV before each transfer, as packetboat does.",
    ),
];
