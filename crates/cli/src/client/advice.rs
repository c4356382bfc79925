//! Meaning and advice for failures about which more is known than the code alone says: what a
//! server refused to work on, how a transfer broke, and errors with local files. The general
//! meaning of each code is in `packetboat-codes`.

use std::io::{Error as IoError, ErrorKind};

use packetboat_client::{Anew, Cause, Error, Finding, Lack, Phase, Unconfirmed, Unknown};
use packetboat_codes::{Platform, errno_name, file_error_by_number};
use packetboat_proto::server::RoomTold;
use packetboat_proto::verbs::Verb;

/// The advice for a finding after one of these verbs; an empty list stands for any verb.
static FOUND: &[(Finding, &[Verb], &str)] = &[
    (
        Finding::Absent,
        &[],
        "List the parent directory, and check the spelling, including upper and lower case.",
    ),
    (
        Finding::Forbidden,
        &[],
        "Ask the administrator of the server for permission, or log in as a user who has it \
         (--user).",
    ),
    (
        Finding::ParentForbids,
        &[],
        "Ask the administrator of the server for permission to write there, or log in as a user \
         who has it (--user).",
    ),
    (
        Finding::SystemForbids,
        &[],
        "Logging in as another user does not help: on the server's machine, the user that the server runs as needs \
         permission for this (chown or chmod there).",
    ),
    (
        Finding::Outside,
        &[Verb::Rnto],
        "Choose a new name inside the shared directory; links that lead out of it are not followed for anyone.",
    ),
    (
        Finding::Outside,
        &[],
        "Choose a path inside the shared directory: links that lead out of it are not followed for anyone. If you need \
         the target of a link, ask the administrator of the server to share that, too.",
    ),
    (
        Finding::Link,
        &[],
        "Give the path that the link points to instead. A link that points to itself has to be fixed on the server's \
         machine.",
    ),
    (
        Finding::Name,
        &[],
        "Choose another name. If every name is refused, this user may not write there.",
    ),
    (Finding::ReadOnly, &[], "Choose another place: no user can change anything there."),
    (
        Finding::ReadOnlyNow,
        &[],
        "Wait until the time given in the reply, or log in as a user who may make changes now (--user).",
    ),
    (
        Finding::Elsewhere,
        &[],
        "Download it, upload it under the new name and delete the old one (`packetboat get`, `put` and `rm`, with -r for \
         a directory).",
    ),
    (Finding::Impossible, &[], "Choose another path: no other user may do this either."),
    (
        Finding::Directory,
        &[Verb::Retr],
        "Choose a file in it, or use `packetboat get -r` to download it with everything in it.",
    ),
    (
        Finding::Directory,
        &[Verb::Dele],
        "Use `packetboat rmdir` if it is empty, or `packetboat rm -r` to delete it with everything in it.",
    ),
    (
        Finding::Directory,
        &[Verb::Stor, Verb::Appe],
        "Add a / to the end of the address to store in it, or choose another name.",
    ),
    (Finding::Directory, &[], "Choose a file in it."),
    (Finding::NoDirectory, &[Verb::Rmd], "Use `packetboat rm`, which deletes files."),
    (
        Finding::NoDirectory,
        &[],
        "Choose a directory; `packetboat stat` shows whether a path is one.",
    ),
    (
        Finding::NotEmpty,
        &[],
        "Delete what is in it first, including hidden names; `packetboat rm -r` deletes everything a listing shows.",
    ),
    (
        Finding::SeemsEmpty,
        &[],
        "Either it contains names that no listing shows, usually those that begin with a dot: delete the ones you know \
         with `packetboat rm`. Or this user may not remove it: ask the administrator of the server.",
    ),
    (
        Finding::Exists,
        &[Verb::Mkd],
        "If it is a directory, there is nothing to do (-p accepts that); otherwise choose another \
         name.",
    ),
    (
        Finding::Exists,
        &[Verb::Rnto],
        "Choose another name, or delete what has this one; to move something into a directory, add \
         a / to the directory's name.",
    ),
    (Finding::Exists, &[], "Choose another name, or delete what has this one."),
    (
        Finding::NoParent,
        &[Verb::Mkd],
        "Create the parent directory first; `packetboat mkdir -p` creates all that are missing.",
    ),
    (Finding::NoParent, &[], "Create its directory first, with `packetboat mkdir -p`."),
    (Finding::NoFile, &[], "Choose a regular file; others cannot be used over FTP."),
];

/// The advice for a name that a Packetboat server refuses. Missing permissions have a reply of
/// their own there.
pub(super) const NAME_OF_OURS: &str = "Choose another name. Names of the form .NAME.part-packetboat are reserved for unfinished uploads.";

/// The advice for a finding.
pub(super) fn found(finding: Finding, verb: Option<Verb>) -> &'static str {
    let fits = |verbs: &[Verb]| verbs.is_empty() || verb.is_some_and(|verb| verbs.contains(&verb));
    let row = FOUND.iter().find(|(row, verbs, _)| *row == finding && fits(verbs));
    // A test checks that each finding has a row for any verb.
    row.map_or("", |(_, _, advice)| advice)
}

/// Meaning and advice for a login that lacked something.
pub(super) fn lack(lack: Lack) -> (&'static str, &'static str) {
    match lack {
        Lack::Tls => (
            "The server accepts logins only over TLS.",
            "Connect with TLS: --tls require, or an ftpes:// address.",
        ),
        Lack::User => (
            "No user was given, so the client tried to log in as a guest (anonymous) and was refused.",
            "Give the user with --user NAME, or in the address: ftp://NAME@host/.",
        ),
        Lack::Folder => (
            "The user and password are correct, but the server cannot open the folder of the account.",
            "Tell the administrator of the server, whose log names the folder and the reason; until that is fixed, \
             logging in again will not help.",
        ),
    }
}

/// Meaning and advice for a lack of space, which is narrower than what the code alone says.
pub(super) fn room(told: RoomTold) -> (&'static str, &'static str) {
    match told {
        RoomTold::DiskFull => (
            "The server's disk is full, and the account may not delete files.",
            "Try again once files have been removed, or ask the administrator of the server to free space.",
        ),
        RoomTold::UsedUpForGood => (
            "This file would exceed the account's quota, and the account may not delete files.",
            "Try again once files have been removed, or ask the administrator for a larger quota.",
        ),
        RoomTold::InDoubt => (
            "By the server's count the account's quota is used up; the server is now counting again what is stored.",
            "Try again in a moment, when the account's other transfers have ended.",
        ),
    }
}

/// Meaning and advice for a file that arrived but could not be compared.
pub(super) fn unchecked(finding: Option<Finding>) -> (&'static str, &'static str) {
    match finding {
        Some(Finding::Absent | Finding::NoParent) => (
            "The transfer succeeded, but since then something on the server has removed or renamed the \
             file.",
            "Where files are removed right away, as from a hot folder, there is nothing left to compare: omit \
             --verify there. Otherwise find out what removed it.",
        ),
        Some(Finding::Forbidden | Finding::ParentForbids) => (
            "The transfer succeeded, but the server does not let this user read the file or query it.",
            "Omit --verify with this user, or ask the administrator of the server for permission to \
             read.",
        ),
        _ => (
            "The transfer succeeded, but it is unknown whether both ends have the same content.",
            "Check the file with `packetboat stat`, or download it and compare.",
        ),
    }
}

/// Meaning and advice for a connection lost between the end of an upload and the reply to it.
const UNKNOWN: (&str, &str) = (
    "It is unknown whether the server has stored the file: its reply was lost.",
    "Check with `packetboat stat` and the file's address whether the file is there and has the right length; or send it \
     again, with -c, which sends only what the server lacks.",
);

/// Meaning and advice for a lost reply, to a command or at the end of a download.
pub(super) fn unknown(error: &Error) -> Option<(&'static str, &'static str)> {
    match (error.leaves_unknown(), error.unconfirmed()) {
        (Some(Unknown::Stored), _) => Some(UNKNOWN),
        (Some(Unknown::Renamed), _) => Some((
            "It is unknown whether the file has its new name: the server's reply was lost.",
            "Check both names with `packetboat stat`.",
        )),
        (None, Some(_)) if error.verb() != Some(Verb::Retr) => None,
        (None, Some(Unconfirmed::AllCame)) => Some((
            "The whole file has arrived, but not the server's confirmation that this was the end (226).",
            "Try again, with -c. If the confirmation is missing each time, something in between, usually a firewall or NAT, \
             has dropped the idle control connection; otherwise the server has a bug.",
        )),
        (None, Some(Unconfirmed::Ended)) => Some((
            "The data connection was closed properly, but the server did not confirm that this was everything.",
            "Try again (with -c, which continues after what has been kept). If the confirmation is missing each time, something in \
             between, usually a firewall or NAT, has dropped the idle control connection.",
        )),
        (None, None) => None,
    }
}

/// Meaning and advice for replies whose code is mostly about access to a file, but that came at the
/// login or after the data.
pub(super) fn refused_where_no_file_is_meant(
    error: &Error,
) -> Option<(&'static str, &'static str)> {
    let code = error.reply_number()?;
    if error.phase() == Phase::Login && matches!(code, 450..=452) {
        return Some((
            "The server does not let this user log in at the moment, for the reason given in its reply.",
            "Log in again later. If that keeps failing, ask the administrator of the server, whose log may say more.",
        ));
    }
    if error.moved() == 0 || !matches!(code, 550 | 553) {
        return None;
    }
    Some(match error.verb()? {
        Verb::Stor | Verb::Appe | Verb::Stou => (
            "The server received the data but does not keep the file, for the reason given in its reply, such as a virus \
             or a rule on what files may contain.",
            "Follow what the reply says; if it is unclear, ask the administrator of the server, whose log may say \
             more.",
        ),
        _ => (
            "The server stopped in the middle of the transfer, for the reason given in its reply.",
            "Try again (`get` with -c, which continues after what has been kept). If it stops each time, ask the administrator of \
             the server, whose log may say more.",
        ),
    })
}

/// Meaning and advice for a listing that was cut off or is incomplete.
const LISTING_CUT: (&str, &str) = (
    "The listing did not arrive in full or was not understood. Without TLS nothing marks its end, so a proxy or firewall \
     can cut it off; and some servers hide names, or limit the length of listings.",
    "Try again; nothing was concluded from missing names. If the listing ends early each time, use TLS (--tls require), \
     which marks the end.",
);

/// The advice for a broken transfer that cannot be continued, only restarted.
pub(super) fn anew(why: Anew) -> &'static str {
    match why {
        Anew::Written(_) => {
            "What was written cannot be taken back: start over, together with the program that reads it. `packetboat get` into a \
             file can continue where it stopped."
        }
        Anew::Read => {
            "What was sent cannot be read again: start over, together with the program that writes it. `packetboat put` of a file \
             can continue where it stopped."
        }
        Anew::Form => {
            "Transfer it again; in this form it has to start from the beginning. Unconverted bytes, --mode block and --mode \
             deflate can continue where they stopped."
        }
    }
}

/// Meaning and advice for a file that another session is writing.
pub(super) const BUSY: (&str, &str) = (
    "Another session is writing this file. It may be an earlier one of yours whose connection broke unnoticed: the server \
     reserves the file for that session until its timeout for stalled data has passed, which is five minutes by default \
     in Packetboat.",
    "Send it again after that (with -c, which continues after what is there). With --retry STOR,APPE:450=10/60 the client \
     waits for it.",
);

/// Meaning and advice for a transfer that stopped in the middle. The catalogue's text for the
/// socket error would be about a connection that was never made.
pub(super) fn stopped(error: &Error) -> Option<(&'static str, &'static str)> {
    match error.cause() {
        Cause::Truncated { .. }
            if matches!(error.verb(), Some(Verb::List | Verb::Nlst | Verb::Mlsd)) =>
        {
            Some(LISTING_CUT)
        }
        Cause::ListingCut(_) => Some(LISTING_CUT),
        Cause::Unlisted => Some((
            "The data connection was closed before the whole listing had arrived, or this server does not list such names; \
             some, for example, hide names that begin with a dot.",
            "Run it again. If this keeps happening, exclude such names (--exclude), or delete unwanted local files \
             by hand.",
        )),
        Cause::Truncated { .. } => Some((
            "The data connection was closed before the whole file had arrived (without TLS nothing marks the end, so a proxy \
             or firewall can cut it off), or the file has become shorter.",
            "Download it again; with -c only the rest is transferred. If it ends early each time, use TLS (--tls require), \
             which marks the end.",
        )),
        Cause::Shortened { .. } => Some((
            "The data connection was closed before the whole file had arrived, and the server took that for the end: \
             without TLS nothing else marks it, so a proxy or firewall can cut it off.",
            "Send it again. If it ends early each time, use TLS (--tls require), which marks the end.",
        )),
        Cause::Socket(socket)
            if socket.kind() == ErrorKind::UnexpectedEof && error.phase() == Phase::Transfer =>
        {
            Some((
                "The data connection ended without the end marker that TLS or the transmission mode requires. Either something on the \
                 way cut it off, or this server never sends one; then only a length from the server (SIZE) can show that everything \
                 has arrived.",
                "Try again; with -c only the rest is transferred. If it ends like this each time, ask the server's operator to make \
                 the server end TLS properly (close_notify).",
            ))
        }
        Cause::Changed => Some((
            "What was written is the beginning of a different file from the one that is there now.",
            "Start over.",
        )),
        Cause::TimedOut(_) if error.phase() == Phase::Transfer => Some((
            "The data connection is open, but nothing is moving over it.",
            "Try again (`get` and `put` with -c, which continues after what has been kept). If it stalls \
             each time, find out what holds it up: a firewall, a full disk, or an overloaded \
             server; --timeout makes the client wait longer.",
        )),
        _ => None,
    }
}

/// The hint after transferring a tree in which some files could not be continued.
pub(super) fn not_resumed(files: usize) -> String {
    let (were, they) = match files {
        1 => ("1 file was left as it is because the existing one is not the beginning of it", "it"),
        _ => (
            "files were left as they are because the existing ones are not their beginnings",
            "them",
        ),
    };
    let count = if files == 1 { String::new() } else { format!("{files} ") };
    format!(
        "{count}{were}; `packetboat mirror --checksum` replaces {they}, and transfers what is missing"
    )
}

/// What the system says about a local file, and the advice for it.
static LOCAL: &[(ErrorKind, &str, &str)] = &[
    (
        ErrorKind::NotFound,
        "no such file or directory",
        "Check the spelling, and that its folder exists.",
    ),
    (
        ErrorKind::PermissionDenied,
        "permission denied",
        if cfg!(windows) {
            "Check its permissions and those of its folder (`icacls`), and whether another program has it open. \
                 Change that, or choose another place."
        } else {
            "Check its permissions and those of its folder (`ls -ld`). Change them, or choose another \
                 place."
        },
    ),
    (
        ErrorKind::StorageFull,
        "no space left on the disk",
        "Free some space and continue (`get` and `put` with -c), or choose a place on another disk.",
    ),
    (
        ErrorKind::QuotaExceeded,
        "your disk quota is used up",
        "Delete some of your files and continue (`get` and `put` with -c), or choose a place on another disk.",
    ),
    (
        ErrorKind::FileTooLarge,
        "the file would be too large",
        "Choose a place whose file system supports larger files, or raise the limit (`ulimit -f`).",
    ),
    (
        ErrorKind::ReadOnlyFilesystem,
        "the file system is read-only",
        "Choose another place, or mount it for writing.",
    ),
    (ErrorKind::IsADirectory, "it is a directory", "Choose a file."),
    (
        ErrorKind::NotADirectory,
        "a part of the path is not a directory",
        "Check the path: one of its parts is a file.",
    ),
    (
        ErrorKind::AlreadyExists,
        "something with that name already exists",
        "Choose another name, or delete what has this one.",
    ),
    (
        ErrorKind::InvalidFilename,
        "this file system does not support such a name",
        "Choose a shorter or simpler name (with `get`, use -o).",
    ),
    (ErrorKind::DirectoryNotEmpty, "the directory is not empty", "Delete what is in it first."),
    (
        ErrorKind::ResourceBusy,
        "another program is using it",
        "Close that program, or try again when it has finished.",
    ),
    (
        ErrorKind::ExecutableFileBusy,
        "it is a running program",
        "End the program, or choose another name.",
    ),
];

/// What a socket failure says, without the number that Windows appends: the code on the next line
/// tells it.
pub(super) fn socket_reason(error: &IoError) -> String {
    let text = packetboat_tls::io_words(error);
    match cfg!(windows) {
        true => without_number(&text).trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// What a failure with a local file says, without the system's number.
pub(super) fn local_reason(error: &IoError) -> String {
    let phrase = match LOCAL.iter().find(|(kind, ..)| *kind == error.kind()) {
        Some((_, phrase, _)) => (*phrase).to_owned(),
        None => without_number(&error.to_string()).to_owned(),
    };
    // Windows has its own numbers, which are not errno.
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

/// The system's words without the number appended to them, since the name of the error is given
/// too.
pub(super) fn without_number(text: &str) -> &str {
    text.split(" (os error ").next().unwrap_or(text)
}

/// The advice for a failure with a local file.
pub(super) fn local(error: &IoError) -> &'static str {
    let row = LOCAL.iter().find(|(kind, ..)| *kind == error.kind());
    row.map_or("Check the file, its folder and its disk; the system's log may say more.", |row| {
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
        assert!(found(Finding::Directory, Some(Verb::Hash)).starts_with("Choose a file"));
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
