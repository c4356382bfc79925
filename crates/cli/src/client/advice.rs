//! What to do where more is known than a code says: of a thing that a server refused to work on, and of a file
//! of this machine. One row for each case.

use std::io::{Error as IoError, ErrorKind};

use packetboat_client::{Anew, Cause, Error, Finding, Lack, Phase, Unconfirmed, Unknown};
use packetboat_codes::{Platform, errno_name, file_error_by_number};
use packetboat_proto::server::RoomTold;
use packetboat_proto::verbs::Verb;

/// What to do about what was found, after these verbs; none named: after any.
static FOUND: &[(Finding, &[Verb], &str)] = &[
    (
        Finding::Absent,
        &[],
        "List the directory above, and compare spelling and upper and lower case.",
    ),
    (
        Finding::Forbidden,
        &[],
        "Ask the administrator of the server for the permission, or log in as a user who has it \
         (--user).",
    ),
    (
        Finding::ParentForbids,
        &[],
        "Ask the administrator of the server for the permission to write there, or log in as a user \
         who has it (--user).",
    ),
    (
        Finding::SystemForbids,
        &[],
        "Logging in as somebody else is of no use: on the server's machine the user that it runs as needs the \
         right to this (chown or chmod there).",
    ),
    (
        Finding::Outside,
        &[Verb::Rnto],
        "Choose a new name that stays inside; a link that leads out of what is shared is followed for nobody.",
    ),
    (
        Finding::Outside,
        &[],
        "Name a path that stays inside: a link that leads out of what is shared is followed for nobody. Who needs \
         what it points to asks the administrator of the server to share that, too.",
    ),
    (
        Finding::Link,
        &[],
        "Name by its own path what the link points to. A link that points to itself has to be mended on the server's \
         machine.",
    ),
    (
        Finding::Name,
        &[],
        "Choose another name; if every name is refused there, this user may not write there.",
    ),
    (Finding::ReadOnly, &[], "Choose another place; no user can change anything there."),
    (
        Finding::ReadOnlyNow,
        &[],
        "Wait until the time that the reply names, or log in as a user who may change things now (--user).",
    ),
    (
        Finding::Elsewhere,
        &[],
        "Fetch it, store it under the new name and delete the old one (`packetboat get`, `put` and `rm`, with -r for \
         a directory).",
    ),
    (Finding::Impossible, &[], "Name another path; no other user may do this one either."),
    (
        Finding::Directory,
        &[Verb::Retr],
        "Name a file in it; `packetboat get -r` fetches it with everything in it.",
    ),
    (
        Finding::Directory,
        &[Verb::Dele],
        "Use `packetboat rmdir` if it is empty; `packetboat rm -r` deletes it with everything in it.",
    ),
    (
        Finding::Directory,
        &[Verb::Stor, Verb::Appe],
        "Put a / behind the address to store in it, or choose another name.",
    ),
    (Finding::Directory, &[], "Name a file in it."),
    (Finding::NoDirectory, &[Verb::Rmd], "Use `packetboat rm`, which deletes files."),
    (Finding::NoDirectory, &[], "Name a directory; `packetboat stat` shows what a file is."),
    (
        Finding::NotEmpty,
        &[],
        "Delete what is in it first, hidden names too; `packetboat rm -r` deletes all that a listing shows.",
    ),
    (
        Finding::SeemsEmpty,
        &[],
        "Either it holds names that no listing shows, mostly such with a dot in front: delete those you know with \
         `packetboat rm`. Or this user may not remove it: ask the administrator of the server.",
    ),
    (
        Finding::Exists,
        &[Verb::Mkd],
        "If it is a directory there is nothing to make (-p does not mind it); else choose another \
         name.",
    ),
    (
        Finding::Exists,
        &[Verb::Rnto],
        "Choose another name, or delete what has this one; to move something into a directory, write \
         a / behind the directory's name.",
    ),
    (Finding::Exists, &[], "Choose another name, or delete what has this one."),
    (
        Finding::NoParent,
        &[Verb::Mkd],
        "Make the directory above first; `packetboat mkdir -p` makes all that are missing.",
    ),
    (Finding::NoParent, &[], "Make its directory first, with `packetboat mkdir -p`."),
    (Finding::NoFile, &[], "Name a plain file; others cannot be used over FTP."),
];

/// What to do about a name that our own server does not take, which tells missing rights apart.
pub(super) const NAME_OF_OURS: &str =
    "Choose another name. Names of the form .NAME.part-packetboat are kept for unfinished uploads.";

/// What to do about what was found.
pub(super) fn found(finding: Finding, verb: Option<Verb>) -> &'static str {
    let fits = |verbs: &[Verb]| verbs.is_empty() || verb.is_some_and(|verb| verbs.contains(&verb));
    let row = FOUND.iter().find(|(row, verbs, _)| *row == finding && fits(verbs));
    // A test sees that each finding has a row for any verb.
    row.map_or("", |(_, _, advice)| advice)
}

/// What it means that a login lacked something, and what to do about it.
pub(super) fn lack(lack: Lack) -> (&'static str, &'static str) {
    match lack {
        Lack::Tls => (
            "The server takes a login only over TLS.",
            "Connect with TLS: --tls require, or an ftpes:// address.",
        ),
        Lack::User => (
            "Nobody was named, so a guest (anonymous) asked to be let in, and was refused.",
            "Name the user with --user NAME, or in the address: ftp://NAME@host/.",
        ),
        Lack::Folder => (
            "User and password are right; it is the folder of the account that the server cannot open.",
            "Tell the administrator of the server, whose log names the folder and what is wrong with it; \
             logging in again is of no use before.",
        ),
    }
}

/// What it means that there is no room for a file, where a code would say what holds for any.
pub(super) fn room(told: RoomTold) -> (&'static str, &'static str) {
    match told {
        RoomTold::DiskFull => (
            "The server's disk is full, and the account may not delete.",
            "Try again once files have been taken away, or ask the administrator of the server to make room.",
        ),
        RoomTold::UsedUpForGood => (
            "With this file the account would hold more than it may, and it may not delete.",
            "Try again once files have been taken away, or ask the administrator for a larger quota.",
        ),
        RoomTold::InDoubt => (
            "By the server's count the account holds as much as it may; the server counts anew what is there.",
            "Try again in a moment, when the other transfers of the account are over.",
        ),
    }
}

/// What it means that a file that has arrived could not be compared, and what to do about it.
pub(super) fn unchecked(finding: Option<Finding>) -> (&'static str, &'static str) {
    match finding {
        Some(Finding::Absent | Finding::NoParent) => (
            "The transfer ended well, and since then something on the server has taken the file away or \
             given it another name.",
            "Where files are taken away at once, as from a hot folder, there is nothing left to compare: go \
             without --verify there. Else look for who took it.",
        ),
        Some(Finding::Forbidden | Finding::ParentForbids) => (
            "The transfer ended well, but the server does not let this user read the file or ask about it.",
            "Go without --verify with this user, or ask the administrator of the server for the right to \
             read.",
        ),
        _ => (
            "The transfer ended well, but whether the two ends hold the same is unknown.",
            "Look at the file with `packetboat stat`, or fetch it and compare.",
        ),
    }
}

/// What it means that the server was lost between the end of a file and its reply to it, and what to do about it.
const UNKNOWN: (&str, &str) = (
    "Whether the server has stored the file is unknown: what was lost is its word on it.",
    "Look whether the file is there and as long as this one, with `packetboat stat` and its address; or send it \
     again, with -c, which sends only what the server lacks.",
);

/// What it means that the reply to a command was lost, or the one at the end of a download, and what to do about it.
pub(super) fn unknown(error: &Error) -> Option<(&'static str, &'static str)> {
    match (error.leaves_unknown(), error.unconfirmed()) {
        (Some(Unknown::Stored), _) => Some(UNKNOWN),
        (Some(Unknown::Renamed), _) => Some((
            "Whether it has its new name is unknown: what was lost is the server's word on it.",
            "Look under both names, with `packetboat stat`.",
        )),
        (None, Some(_)) if error.verb() != Some(Verb::Retr) => None,
        (None, Some(Unconfirmed::AllCame)) => Some((
            "All of the file has come; the server's word that this was its end (226) has not.",
            "Try again, with -c. If that word is missing each time, something in between has dropped the control \
             connection while nothing moved over it, mostly a firewall or NAT; else the server has a mistake.",
        )),
        (None, Some(Unconfirmed::Ended)) => Some((
            "The data connection was ended in order, but the server did not say that this was all.",
            "Try again (with -c, which goes on behind what is kept). If that word is missing each time, something in \
             between has dropped the control connection while nothing moved over it, mostly a firewall or NAT.",
        )),
        (None, None) => None,
    }
}

/// What a reply means whose code is mostly about whether a file can be had: at the login, and after the data.
pub(super) fn refused_where_no_file_is_meant(
    error: &Error,
) -> Option<(&'static str, &'static str)> {
    let code = error.reply_number()?;
    if error.phase() == Phase::Login && matches!(code, 450..=452) {
        return Some((
            "The server does not let this user in at the moment, for the reason that its reply names.",
            "Log in again later. If it goes on, ask the administrator of the server, whose log may say more.",
        ));
    }
    if error.moved() == 0 || !matches!(code, 550 | 553) {
        return None;
    }
    Some(match error.verb()? {
        Verb::Stor | Verb::Appe | Verb::Stou => (
            "The server has taken the data and does not keep the file, for the reason that its reply names, such as a virus \
             or a rule on what files may hold.",
            "Go by the words of the reply; where they leave it open, ask the administrator of the server, whose log may say \
             more.",
        ),
        _ => (
            "The server stopped in the middle of the transfer, for the reason that its reply names.",
            "Try again (`get` with -c, which goes on behind what is kept). If it stops each time, ask the administrator of \
             the server, whose log may say more.",
        ),
    })
}

/// What it means that a listing was cut off or does not show everything, and what to do about it.
const LISTING_CUT: (&str, &str) = (
    "Not all of the listing has come or was understood. In clear nothing marks its end, so a proxy or firewall can make \
     one early; and some servers keep names out of it, or list no more than so many.",
    "Try again; nothing was concluded from what is missing. If it ends early each time, use TLS (--tls require), which \
     marks the end.",
);

/// What to do where a transfer that broke can only be begun anew.
pub(super) fn anew(why: Anew) -> &'static str {
    match why {
        Anew::Written(_) => {
            "What was written cannot be taken back: begin anew, together with what reads it; `packetboat get` into a \
             file goes on where it broke off."
        }
        Anew::Read => {
            "What was sent cannot be read again: begin anew, together with what writes it; `packetboat put` of a file \
             goes on where it broke off."
        }
        Anew::Form => {
            "Transfer it again; in this form it begins at its start. The bytes as they are, --mode block and --mode \
             deflate go on where they broke off."
        }
    }
}

/// What it means that somebody else has the file, and what to do about it.
pub(super) const BUSY: (&str, &str) = (
    "Another session is writing this file. It may be an earlier one of yours whose connection was lost without a word: \
     the server holds the file for it until nothing has come for as long as its time for stalled data, five minutes as \
     Packetboat is set up.",
    "Send it again after that (with -c, which goes on behind what is there); --retry STOR,APPE:450=10/60 makes the client \
     wait for it.",
);

/// What it means that a transfer stopped in the middle, and what to do about it, where a socket code would say what holds
/// for a connection that was never made.
pub(super) fn stopped(error: &Error) -> Option<(&'static str, &'static str)> {
    match error.cause() {
        Cause::Truncated { .. }
            if matches!(error.verb(), Some(Verb::List | Verb::Nlst | Verb::Mlsd)) =>
        {
            Some(LISTING_CUT)
        }
        Cause::ListingCut(_) => Some(LISTING_CUT),
        Cause::Unlisted => Some((
            "The data connection was ended before all of the listing had come, or this server does not list such names, \
             as some do not list those that begin with a dot.",
            "Run it again. If it is told each time, leave such names out (--exclude), or delete here by hand what is not \
             wanted.",
        )),
        Cause::Truncated { .. } => Some((
            "The data connection was ended before all of the file had come (in clear nothing marks the end, so a proxy \
             or firewall can make one), or it became shorter meanwhile.",
            "Ask for it again; with -c only the rest comes. If it ends early each time, use TLS (--tls require), \
             which marks the end.",
        )),
        Cause::Shortened { .. } => Some((
            "The data connection was ended before all of the file had arrived, and the server took that for the end: \
             in clear nothing else marks it, so a proxy or firewall can make one.",
            "Send it again. If it ends early each time, use TLS (--tls require), which marks the end.",
        )),
        Cause::Socket(socket)
            if socket.kind() == ErrorKind::UnexpectedEof && error.phase() == Phase::Transfer =>
        {
            Some((
                "The data connection ended without the mark that TLS, or the mode, has for its end: something on the way has \
                 cut it off, or this server never sends one, and then only a length that it tells (SIZE) shows that all has \
                 come.",
                "Try again; with -c only the rest comes. If it ends so each time, ask the server's operator to have it end TLS \
                 in the proper way (close_notify).",
            ))
        }
        Cause::Changed => Some((
            "What was written is the beginning of another file than the one that is there now.",
            "Begin anew.",
        )),
        Cause::TimedOut(_) if error.phase() == Phase::Transfer => Some((
            "The data connection stands, and nothing moves over it.",
            "Try again (`get` and `put` with -c, which goes on behind what is kept). If it stands \
             still each time, look for what holds it up: a firewall, a full disk, a server with too \
             much to do; --timeout waits longer.",
        )),
        _ => None,
    }
}

/// What is told of a tree in which files differ that were to be gone on from.
pub(super) fn not_resumed(files: usize) -> String {
    let (were, they) = match files {
        1 => ("1 file was left as it is, since what is there is no beginning of it", "it"),
        _ => ("files were left as they are, since what is there is no beginning of them", "them"),
    };
    let count = if files == 1 { String::new() } else { format!("{files} ") };
    format!(
        "{count}{were}; `packetboat mirror --checksum` replaces {they}, and moves what is missing"
    )
}

/// What a system says of a file, and what to do about it.
static LOCAL: &[(ErrorKind, &str, &str)] = &[
    (
        ErrorKind::NotFound,
        "no such file or directory",
        "Check the spelling, and that its folder is there.",
    ),
    (
        ErrorKind::PermissionDenied,
        "permission denied",
        if cfg!(windows) {
            "Look at its permissions and those of its folder (`icacls`), and whether another program has it open; \
             change that, or choose another place."
        } else {
            "Look at its permissions and those of its folder (`ls -ld`); change them, or choose another \
             place."
        },
    ),
    (
        ErrorKind::StorageFull,
        "no space left on the disk",
        "Make room and go on (`get` and `put` with -c), or choose a place on another disk.",
    ),
    (
        ErrorKind::QuotaExceeded,
        "your disk quota is used up",
        "Delete files of yours and go on (`get` and `put` with -c), or choose a place on another disk.",
    ),
    (
        ErrorKind::FileTooLarge,
        "the file would be too large",
        "Choose a place whose file system takes larger files, or raise the limit (`ulimit -f`).",
    ),
    (
        ErrorKind::ReadOnlyFilesystem,
        "the file system is read-only",
        "Choose another place, or mount it for writing.",
    ),
    (ErrorKind::IsADirectory, "it is a directory", "Name a file."),
    (
        ErrorKind::NotADirectory,
        "a part of the path is no directory",
        "Check the path: something in it is a file.",
    ),
    (
        ErrorKind::AlreadyExists,
        "something of that name is there already",
        "Choose another name, or delete what has this one.",
    ),
    (
        ErrorKind::InvalidFilename,
        "this file system cannot hold such a name",
        "Choose a shorter or simpler name (with `get`, by -o).",
    ),
    (ErrorKind::DirectoryNotEmpty, "the directory is not empty", "Delete what is in it first."),
    (
        ErrorKind::ResourceBusy,
        "another program uses it",
        "Close that program, or try again when it is done.",
    ),
    (
        ErrorKind::ExecutableFileBusy,
        "it is a program that runs",
        "End the program, or choose another name.",
    ),
];

/// What a failure of a socket says. The number that Windows puts behind it is the one that is told beneath.
pub(super) fn socket_reason(error: &IoError) -> String {
    let text = packetboat_tls::io_words(error);
    match cfg!(windows) {
        true => without_number(&text).trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// What a failure of a file says, without the number that the system has for it.
pub(super) fn local_reason(error: &IoError) -> String {
    let phrase = match LOCAL.iter().find(|(kind, ..)| *kind == error.kind()) {
        Some((_, phrase, _)) => (*phrase).to_owned(),
        None => without_number(&error.to_string()).to_owned(),
    };
    // Windows has numbers of its own, which are no errno.
    let raw = error.raw_os_error();
    if cfg!(windows)
        && let Some(raw) = raw
    {
        return format!("{} (Windows error {raw})", phrase.trim_end_matches('.'));
    }
    let name = raw.and_then(|raw| {
        let of_files = || file_error_by_number(raw.try_into().ok()?).map(|row| row.name);
        errno_name(Platform::current(), raw).or_else(of_files)
    });
    match name {
        Some(name) => format!("{phrase} ({name})"),
        None => phrase,
    }
}

/// A system's words without the number behind them, which is told by its name beside.
pub(super) fn without_number(text: &str) -> &str {
    text.split(" (os error ").next().unwrap_or(text)
}

/// What to do about a failure of a file.
pub(super) fn local(error: &IoError) -> &'static str {
    let row = LOCAL.iter().find(|(kind, ..)| *kind == error.kind());
    row.map_or("Look at the file, its folder and its disk; the system's log may say more.", |row| {
        row.2
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_finding_has_its_advice() {
        for finding in Finding::ALL {
            assert!(!found(finding, None).is_empty(), "{finding:?}");
        }
        assert!(found(Finding::Directory, Some(Verb::Retr)).contains("get -r"));
        assert!(found(Finding::Directory, Some(Verb::Hash)).starts_with("Name a file"));
    }

    #[test]
    fn a_file_that_fails_is_told_without_the_systems_numbers() {
        for path in ["/no/such/file", "/etc/passwd/x"] {
            let error = std::fs::read(path).expect_err("it is not there");
            let text = local_reason(&error);
            assert!(text.contains("(E") && !text.contains("os error"), "{text}");
            assert!(!local(&error).contains("system's log"), "{text}");
        }
        let other = local_reason(&IoError::other("the moon is full"));
        assert_eq!(other, "the moon is full");
    }
}
