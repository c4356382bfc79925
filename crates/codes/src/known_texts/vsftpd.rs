//! Reply texts of vsftpd, most of which point to one of its settings.

use super::{KnownText, lasting, row};

/// The first matching row wins, so a row must come before any row whose words are part of its own.
pub static VSFTPD_TEXTS: &[KnownText] = &[
    // A line with OOPS is a mistake in vsftpd's own settings, detected only when a session starts.
    row(
        "vsftpd",
        &[500],
        "refusing to run with writable root inside chroot",
        "The account is confined to its root folder and may write to that folder itself, which \
            vsftpd considers unsafe.",
        "On the server, remove the write permission from that folder (chmod a-w) and create a \
            writable folder inside it, or set allow_writeable_chroot=YES.",
    ),
    row(
        "vsftpd",
        &[500],
        "OOPS: cannot change directory",
        "The account's home folder is missing, or the account has no permission to enter it.",
        "On the server, create the folder named in the text, make the account its owner, and check \
            that the account can enter every parent folder; with SELinux, allow ftp_home_dir.",
    ),
    row(
        "vsftpd",
        &[500],
        "OOPS: cannot read user list file",
        "The file named in userlist_file is missing or not readable.",
        "On the server, create the file, or set userlist_enable=NO.",
    ),
    row(
        "vsftpd",
        &[500],
        "could not read chroot() list file",
        "The file named in chroot_list_file is missing or not readable.",
        "On the server, create the file (it may be empty), or set chroot_list_enable=NO.",
    ),
    row(
        "vsftpd",
        &[500],
        "OOPS: cannot locate user",
        "An account named in a setting (ftp_username, guest_username, nopriv_user) does not exist \
            on that machine.",
        "On the server, create the account, or correct the setting that names it.",
    ),
    row(
        "vsftpd",
        &[500],
        "child died",
        "The process of this session was killed, often by vsftpd's own sandbox after a system \
            update.",
        "On the server, check the system log for a killed process; set seccomp_sandbox=NO to find \
            out whether the sandbox is the cause.",
    ),
    row(
        "vsftpd",
        &[500],
        "priv_sock_get_cmd",
        "The process of this session was killed, often by vsftpd's own sandbox after a system \
            update.",
        "On the server, check the system log for a killed process; set seccomp_sandbox=NO to find \
            out whether the sandbox is the cause.",
    ),
    row(
        "vsftpd",
        &[500],
        "SSL: cannot load",
        "The certificate or key named in the settings is missing, not readable, or of the wrong \
            kind.",
        "On the server, correct rsa_cert_file and rsa_private_key_file.",
    ),
    row(
        "vsftpd",
        &[500],
        "OOPS: failed to open",
        "A log file named in the settings cannot be opened.",
        "On the server, create the folder of that file, or correct xferlog_file or \
            vsftpd_log_file.",
    ),
    row(
        "vsftpd",
        &[500],
        "config file",
        "A line of the configuration is wrong: often because of a space around the = or a misspelt \
            name.",
        "On the server, correct the line that the text names; vsftpd requires NAME=VALUE without \
            spaces.",
    ),
    row(
        "vsftpd",
        &[500],
        "OOPS:",
        "vsftpd found a mistake in its settings or on its machine, and ends the session.",
        "On the server, correct what the text after OOPS names.",
    ),
    row(
        "vsftpd",
        &[522],
        "session reuse required",
        "The server accepts a data connection only if it resumes the TLS session of the control \
            connection.",
        "Use a client that resumes the session, as packetboat does, or set require_ssl_reuse=NO on \
            the server.",
    ),
    lasting(row(
        "vsftpd",
        &[425],
        "Bad IP connecting",
        "The data connection came from a different address than the control connection, as behind \
            some gateways.",
        "Make both connections from the same address, without a proxy or a second address in \
            between; on the server, pasv_promiscuous=YES accepts any address.",
    )),
    row(
        "vsftpd",
        &[425],
        "Failed to establish connection",
        "The server could not open the data connection, or none reached it in time.",
        "If you use active mode, switch to passive. For passive mode, open pasv_min_port to \
            pasv_max_port in the server's firewall, and behind NAT set pasv_address.",
    ),
    row(
        "vsftpd",
        &[530],
        "This FTP server is anonymous only",
        "The server accepts only anonymous logins, none of its own accounts.",
        "Log in as anonymous, or set local_enable=YES on the server.",
    ),
    row(
        "vsftpd",
        &[530],
        "sessions must use encryption",
        "The server accepts logins only over TLS.",
        "Connect with TLS: --tls require, or an ftpes:// address.",
    ),
    row(
        "vsftpd",
        &[530],
        "Permission denied.",
        "The account may not log in, whatever the password: a list on the server excludes it.",
        "On the server, check userlist_file with userlist_deny, and /etc/ftpusers.",
    ),
    row(
        "vsftpd",
        &[550],
        "Permission denied.",
        "The command is disabled, or the account may not use it on this file or directory.",
        "On the server, set write_enable=YES (for anonymous users also anon_upload_enable and \
            anon_mkdir_write_enable), and check cmds_allowed and cmds_denied.",
    ),
    row(
        "vsftpd",
        &[553],
        "Could not create file",
        "The folder does not exist, the account may not create a file in it, or a file that must \
            not be replaced has the name.",
        "Check that the folder exists (packetboat mkdir -p creates it); if it does, the account \
            needs write permission for it on the server, and with SELinux ftpd_full_access.",
    ),
    row(
        "vsftpd",
        &[550],
        "Create directory operation failed",
        "Something with that name exists already, or the account may not write to the parent \
            folder.",
        "List the parent folder; if the name is free, the account lacks write permission on the \
            server.",
    ),
    row(
        "vsftpd",
        &[451],
        "Failure writing to local file",
        "The server could not write the file: usually its disk is full, or a limit on the \
            account's files is reached.",
        "On the server, check the free space (df), the system's quotas and the limits (ulimit -f), \
            then send the file again.",
    ),
    row(
        "vsftpd",
        &[451],
        "Failure reading local file",
        "The server could not read the file to the end: there is a fault in its disk, or in the \
            network to the storage.",
        "On the server, check the system log for errors of that disk, then download the file \
            again.",
    ),
    row(
        "vsftpd",
        &[426],
        "Failure writing network stream",
        "The data connection broke while the server was sending.",
        "Resume where it stopped, as `packetboat get -c` does; if it breaks at the same place each \
            time, suspect a proxy, a firewall or an idle limit.",
    ),
    row(
        "vsftpd",
        &[426],
        "Failure reading network stream",
        "The data connection broke while the server was receiving, or under TLS it ended without \
            close_notify: something on the way cut it off, or the client does not end TLS \
            properly. The data that arrived is stored under the name of the file.",
        "Resume where it stopped, as `packetboat put -c` does. If it breaks each time, suspect a \
            proxy or a firewall, or use another client. With strict_ssl_read_eof=NO the server \
            would accept a truncated file as complete.",
    ),
    row(
        "vsftpd",
        &[550],
        "Failed to open file.",
        "The file does not exist, is a directory, or the account may not read it.",
        "List the folder and compare the spelling. For anonymous users the file must be readable \
            by everyone, or the server must have anon_world_readable_only=NO.",
    ),
    row(
        "vsftpd",
        &[550],
        "Failed to change directory",
        "The folder does not exist, or the account may not enter it.",
        "List the parent folder and compare the spelling; if the folder exists, the account lacks \
            permission to enter it on the server.",
    ),
    row(
        "vsftpd",
        &[550],
        "Delete operation failed",
        "The file does not exist, or the account may not write to the folder that contains it.",
        "List the folder; if the file exists, the account lacks write permission for that folder \
            on the server.",
    ),
    row(
        "vsftpd",
        &[550],
        "Remove directory operation failed",
        "The folder does not exist, is not empty, or the account may not write to the parent \
            folder.",
        "List the folder and empty it first, including hidden files (packetboat rm -r does both).",
    ),
    row(
        "vsftpd",
        &[425],
        "Use PORT or PASV first",
        "The transfer was requested without a data connection.",
        "Send EPSV or PASV before each transfer, as packetboat does.",
    ),
];
