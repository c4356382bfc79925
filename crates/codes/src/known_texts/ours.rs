//! Reply texts of Packetboat's own server. The reply itself tells the user what to do; the rows
//! here also tell the administrator which setting decides. A test in `packetboat-proto` checks that
//! the server really sends these words.

use super::{KnownText, passing, row};

/// The name of Packetboat's own server.
pub const PACKETBOAT: &str = "Packetboat";

/// Its reply texts, in English.
pub static OUR_TEXTS: &[KnownText] = &[
    row(
        PACKETBOAT,
        &[530],
        "accepts logins over TLS only",
        "The server accepts no unencrypted login from anyone.",
        "Connect with TLS: --tls require, or an ftpes:// address; other programs call it explicit \
            TLS. On the server, see tls.mode.",
    ),
    row(
        PACKETBOAT,
        &[530],
        "Your account requires TLS",
        "The account accepts no unencrypted login, and the password has just been sent \
            unencrypted.",
        "Connect with TLS (--tls require, or an ftpes:// address) and change the password. On the \
            server, see `packetboat user set NAME --tls`.",
    ),
    row(
        PACKETBOAT,
        &[530],
        "folder of your account cannot be opened",
        "User and password are right, but the account's root folder is missing or cannot be \
            entered.",
        "On the server, create the folder that the log names, and make the user that the server \
            runs as its owner.",
    ),
    row(
        PACKETBOAT,
        &[421],
        "Your address is banned",
        "The address is banned, after too many failed logins or by the administrator.",
        "Wait until the time in the text, if there is one. On the server, `packetboat ban list` \
            shows the reason and `packetboat ban lift` ends the ban.",
    ),
    row(
        PACKETBOAT,
        &[421],
        "Your address connects too often",
        "The address has made more connections in a short time than the server allows.",
        "Wait as long as the text says, and use fewer connections (-j 1). On the server, see \
            guards.connections.",
    ),
    row(
        PACKETBOAT,
        &[421],
        "Your address tries to log in too often",
        "The address has tried more logins in a short time than the server allows.",
        "Wait as long as the text says, and make sure that no program keeps trying a wrong \
            password. On the server, see guards.logins.",
    ),
    row(
        PACKETBOAT,
        &[421],
        "Your address has reached its session limit",
        "Other sessions from the same address use all the sessions that one address may have; \
            behind NAT they may be other people's.",
        "End some of your sessions, or use fewer (-j 1). On the server, see guards.sessions.",
    ),
    row(
        PACKETBOAT,
        &[421],
        "Your account has reached its session limit",
        "The account already has as many sessions as it may have at the same time; the password \
            was right.",
        "End some of the account's sessions, or use fewer (-j 1). On the server, see `packetboat \
            user set NAME --sessions`.",
    ),
    row(
        PACKETBOAT,
        &[421],
        "The server has reached its session limit",
        "The server has as many sessions as it accepts in total.",
        "Try again later. On the server, see limits.sessions; limits.queue lets clients wait in a \
            queue.",
    ),
    row(
        PACKETBOAT,
        &[452],
        "has too little room for it, and your account may not delete",
        "The server's disk is full, or has too little room for this file, and the account may not \
            delete files.",
        "Try again after files have been removed, or ask the administrator to free some space. No \
            part of the upload was kept, so it starts from the beginning.",
    ),
    row(
        PACKETBOAT,
        &[452],
        "has too little room for it; delete files",
        "The server's disk is full, or has too little room for this file.",
        "Delete files, including unfinished uploads (DELE with their name), or ask the \
            administrator to free some space; then try again.",
    ),
    row(
        PACKETBOAT,
        &[452],
        "storage is full",
        "The server's disk is full, or has too little room for this file.",
        "Ask the administrator to free some space, or delete files if you may; if a part was kept, \
            -c then resumes the upload.",
    ),
    row(
        PACKETBOAT,
        &[552],
        "storage quota is used up",
        "The account has stored as much as it may, even if the disk has room.",
        "Delete files, including unfinished uploads (DELE with their name). On the server, see \
            `packetboat user set NAME --quota` and --quota-files.",
    ),
    row(
        PACKETBOAT,
        &[552],
        "your account may not delete",
        "With this file the account would exceed its quota, and it may not delete files.",
        "Try again after files have been removed, or ask the administrator for a larger quota. On \
            the server, see `packetboat user set NAME --quota` and --quota-files; the server \
            notices files that other programs removed before it refuses.",
    ),
    row(
        PACKETBOAT,
        &[452],
        "quota seems to be used up",
        "The server is not sure of its count of what the account has stored, because other \
            programs may have removed files.",
        "Try again in a moment: the server recounts as soon as no other change of the account is \
            in progress.",
    ),
    row(
        PACKETBOAT,
        &[552],
        "more than your quota allows",
        "With this file the account would exceed its quota, even if the disk has room.",
        "Delete files, including unfinished uploads (DELE with their name). On the server, see \
            `packetboat user set NAME --quota` and --quota-files.",
    ),
    row(
        PACKETBOAT,
        &[550],
        "leads outside the shared folder",
        "The path, or a symbolic link in it, leads outside the served folder. The server does not \
            follow such links for any account, whatever the permissions.",
        "Use a path inside the folder. On the server, `packetboat user set NAME --folder` (or \
            `group set`) shows an account another folder of the machine under a name in its root.",
    ),
    row(
        PACKETBOAT,
        &[550],
        "your account follows none",
        "The path is a symbolic link or contains one. The server follows no links for an account \
            with rules for paths, because a link could bypass them.",
        "Use the path that the link points to. On the server, see `packetboat user set NAME \
            --path`.",
    ),
    row(
        PACKETBOAT,
        &[550, 553],
        "the storage cannot hold such a name",
        "The name is too long, or contains bytes that the file system does not accept.",
        "Choose a shorter or simpler name.",
    ),
    row(
        PACKETBOAT,
        &[553],
        "reserves such names for unfinished uploads",
        "The name has the form .NAME.part-packetboat, which the server uses for unfinished \
            uploads.",
        "Choose another name. To resume or delete an unfinished upload, use the name of the file \
            itself.",
    ),
    row(
        PACKETBOAT,
        &[550, 553],
        "your account may not use names like",
        "The account may not use such a name for files or directories.",
        "Choose another name. On the server, see `packetboat user set NAME --refuse-name` (or \
            `group set`).",
    ),
    row(
        PACKETBOAT,
        &[550, 553],
        "your account may use only names like",
        "The account may only use names that match certain patterns, and this one does not.",
        "Choose a name that matches. On the server, see `packetboat user set NAME --allow-name` \
            (or `group set`).",
    ),
    row(
        PACKETBOAT,
        &[550],
        "operating system denies access",
        "The account may do this, but the file system refuses it to the user that the server runs \
            as, so it fails for every account.",
        "On the server, give that user the permission (ls -ld, chmod, chown; with SELinux or \
            AppArmor check their logs); contain.user says which user it is.",
    ),
    row(
        PACKETBOAT,
        &[550],
        "your account has no right to do this",
        "The account does not have the right to do this here; the file system was not asked.",
        "Log in as a user who has it. On the server, see `packetboat user set NAME --rights` or \
            --path (or `group set`).",
    ),
    passing(row(
        PACKETBOAT,
        &[550],
        "your account may change nothing until",
        "At this time the account may only read.",
        "Wait until the time in the text. On the server, see `packetboat user set NAME \
            --read-only` (or `group set`).",
    )),
    row(
        PACKETBOAT,
        &[550],
        "the storage is read-only",
        "The file system is mounted read-only on the server, so no account can change anything there.",
        "Store the file elsewhere. On the server, mount the file system for writing; the system \
            log shows whether a disk error made it read-only.",
    ),
];
