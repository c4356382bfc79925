//! Sentences of our own server. A reply of it names the way out for who reads it; what is said here is also for the
//! administrator: which setting decides. `packetboat-proto` holds the words against those that the server says.

use super::{KnownText, passing, row};

/// Our own server.
pub const PACKETBOAT: &str = "Packetboat";

/// Its sentences, in English.
pub static OUR_TEXTS: &[KnownText] = &[
    row(
        PACKETBOAT,
        &[530],
        "taken over TLS only",
        "The server takes no login in clear, whoever asks.",
        "Connect with TLS: --tls require, or an ftpes:// address; other programs call it explicit TLS. On the server \
         tls.mode decides.",
    ),
    row(
        PACKETBOAT,
        &[530],
        "may be used under TLS only",
        "The account takes no login in clear, and the password has just travelled in clear.",
        "Connect with TLS (--tls require, or an ftpes:// address) and change the password. On the server `packetboat \
         user set NAME --tls` decides.",
    ),
    row(
        PACKETBOAT,
        &[530],
        "folder of your account cannot be opened",
        "User and password are right, and the root of the account is missing or may not be entered.",
        "On the server make the folder that the log names, and give it to the user that the server runs as.",
    ),
    row(
        PACKETBOAT,
        &[421],
        "Your address is banned",
        "The address is kept out, after too many logins that failed or by the administrator.",
        "Wait until the time told, if one is; on the server `packetboat ban list` says why, and `packetboat ban lift` \
         ends it.",
    ),
    row(
        PACKETBOAT,
        &[421],
        "Your address connects too often",
        "The address has made more connections in a short time than it may.",
        "Wait as long as it says, and use fewer connections (-j 1). On the server guards.connections decides.",
    ),
    row(
        PACKETBOAT,
        &[421],
        "Your address tries to log in too often",
        "The address has tried more logins in a short time than it may.",
        "Wait as long as it says, and see that no program goes on with a wrong password. On the server \
         guards.logins decides.",
    ),
    row(
        PACKETBOAT,
        &[421],
        "Your address has as many sessions",
        "Other sessions from the same address have all the places that one address gets; behind NAT they may be others'.",
        "End sessions of yours, or use fewer (-j 1). On the server guards.sessions decides.",
    ),
    row(
        PACKETBOAT,
        &[421],
        "Your account has as many sessions",
        "The account has all the sessions that it may have at once; the password was right.",
        "End sessions of the account, or use fewer (-j 1). On the server `packetboat user set NAME --sessions` decides.",
    ),
    row(
        PACKETBOAT,
        &[421],
        "as many sessions as it may hold",
        "All sessions that the server holds are taken, whoever has them.",
        "Try again later. On the server limits.sessions decides, and limits.queue lets clients wait in line.",
    ),
    row(
        PACKETBOAT,
        &[452],
        "has too little room for it, and your account may not delete",
        "The disk of the server is full, or has too little room for this file, and the account may not delete.",
        "Try again once files have been taken away, or have the administrator make room. No part of the upload was \
         kept, so it begins anew.",
    ),
    row(
        PACKETBOAT,
        &[452],
        "has too little room for it; delete files",
        "The disk of the server is full, or has too little room for this file.",
        "Delete files, unfinished uploads too (DELE of their name), or have the administrator make room; then try again.",
    ),
    row(
        PACKETBOAT,
        &[452],
        "storage is full",
        "The disk of the server is full, or has too little room for this file.",
        "Have the administrator make room, or delete files where you may; a part that was kept then goes on with -c.",
    ),
    row(
        PACKETBOAT,
        &[552],
        "storage quota is used up",
        "The account holds as much as it may, though the disk may have room.",
        "Delete files, unfinished uploads too (DELE of their name). On the server `packetboat user set NAME --quota` \
         and --quota-files decide.",
    ),
    row(
        PACKETBOAT,
        &[552],
        "your account may not delete",
        "With this file the account would hold more than it may, and it may not delete.",
        "Try again once files have been taken away, or ask the administrator for more. On the server `packetboat user \
         set NAME --quota` and --quota-files decide; files that other programs take away are noticed before a refusal.",
    ),
    row(
        PACKETBOAT,
        &[452],
        "quota seems to be used up",
        "The server doubts its count of what the account has stored, since other programs may have taken files away.",
        "Try again in a moment: the server counts as soon as nothing else of the account is under way.",
    ),
    row(
        PACKETBOAT,
        &[552],
        "more than your quota allows",
        "With this file the account would hold more than it may, though the disk may have room.",
        "Delete files, unfinished uploads too (DELE of their name). On the server `packetboat user set NAME --quota` \
         and --quota-files decide.",
    ),
    row(
        PACKETBOAT,
        &[550],
        "leads outside the shared folder",
        "The path, or a symbolic link in it, leads out of the folder that is served. Such links are followed for nobody, \
         whatever the permissions are.",
        "Name a path inside. On the server `packetboat user set NAME --folder` (or `group set`) shows an account another \
         folder of the machine under a name in its root.",
    ),
    row(
        PACKETBOAT,
        &[550],
        "your account follows none",
        "The path is a symbolic link or goes through one, and an account with rules for paths follows none, since a link \
         could lead around them.",
        "Name what the link points to by its own path. On the server `packetboat user set NAME --path` decides.",
    ),
    row(
        PACKETBOAT,
        &[550, 553],
        "the storage cannot hold such a name",
        "The name is too long, or has bytes that the file system does not take.",
        "Choose a shorter or simpler name.",
    ),
    row(
        PACKETBOAT,
        &[553],
        "gives such names to uploads",
        "The name is of the form .NAME.part-packetboat, under which the server keeps unfinished uploads.",
        "Choose another name. An unfinished upload is resumed and deleted by the name of the file itself.",
    ),
    row(
        PACKETBOAT,
        &[550, 553],
        "are refused to your account",
        "The account may not give anything such a name.",
        "Choose another name. On the server `packetboat user set NAME --refuse-name` (or `group set`) decides.",
    ),
    row(
        PACKETBOAT,
        &[550, 553],
        "your account may only give names like",
        "The account may give names of certain patterns alone, and this is none of them.",
        "Choose one of those. On the server `packetboat user set NAME --allow-name` (or `group set`) decides.",
    ),
    row(
        PACKETBOAT,
        &[550],
        "operating system denies access",
        "The account may do this, and the file system refuses it to the user that the server runs as: every account \
         fares the same.",
        "On the server give that user the right (ls -ld, chmod, chown; with SELinux or AppArmor see their logs); \
         contain.user says which user it is.",
    ),
    row(
        PACKETBOAT,
        &[550],
        "your account has no right to do this",
        "The account lacks the right to this here; the file system was not asked.",
        "Log in as a user who has it. On the server `packetboat user set NAME --rights` or --path (or `group set`) decides.",
    ),
    passing(row(
        PACKETBOAT,
        &[550],
        "your account may change nothing until",
        "It is a time in which the account may read and change nothing.",
        "Wait until the time told. On the server `packetboat user set NAME --read-only` (or `group set`) decides.",
    )),
    row(
        PACKETBOAT,
        &[550],
        "the storage is read-only",
        "The file system is mounted read-only on the server, so no account can change anything there.",
        "Store elsewhere. On the server mount it for writing; the system's log says whether it was a fault of the disk.",
    ),
];
