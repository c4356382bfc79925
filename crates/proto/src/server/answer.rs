//! From what happened to what is said: the one function that turns a fault into a reply code, and the
//! sentences of replies that report a failure. Each names the thing, the reason and the way out.

use packetboat_codes::{Fault, ReplyCode};

use super::action::{Failure, TransferCause, TransferFailure};
use crate::reply::Reply;
use crate::verbs::Verb;

/// When in a command's life a fault shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Before any preliminary reply.
    Before,
    /// After 125 or 150.
    During,
}

/// The code for a fault. It is always one of the verb's row.
pub fn failure_code(verb: Verb, stage: Stage, fault: Fault) -> ReplyCode {
    let wanted = ReplyCode::known(match stage {
        Stage::During => code_during(fault),
        Stage::Before => code_before(verb, fault),
    });
    let replies = &verb.row().replies;
    if replies.allows(wanted) {
        return wanted;
    }
    let fallbacks: &[u16] = match stage {
        Stage::During => &[451],
        Stage::Before if fault.is_transient() => &[451, 450, 550],
        Stage::Before => &[550, 553, 501],
    };
    let fallback = fallbacks.iter().map(|&number| ReplyCode::known(number));
    // 421 and 501 are in every row that can fail, so the last resort stays within it too.
    fallback.into_iter().find(|code| replies.allows(*code)).unwrap_or(ReplyCode::known(501))
}

/// RFC 959 §5.4, second group: the transfer had begun.
fn code_during(fault: Fault) -> u16 {
    match fault {
        // 452 is the storage of the system, 552 what this user was allotted (RFC 959 §4.2.2).
        Fault::NoSpace => 452,
        Fault::QuotaExceeded | Fault::FileTooLarge => 552,
        _ => 451,
    }
}

fn code_before(verb: Verb, fault: Fault) -> u16 {
    let names_something_new =
        matches!(verb, Verb::Stor | Verb::Stou | Verb::Appe | Verb::Rnto | Verb::Mkd);
    match fault {
        Fault::ParentNotFound | Fault::NameNotAllowed if names_something_new => 553,
        Fault::IsADirectory | Fault::AlreadyExists | Fault::CrossDevice
            if names_something_new && verb != Verb::Mkd =>
        {
            553
        }
        // RFC 3659 §7.2.1: MLSD on what is no directory is an error in its argument.
        Fault::NotADirectory if verb == Verb::Mlsd => 501,
        Fault::Busy | Fault::Changed => 450,
        Fault::NoSpace => 452,
        Fault::QuotaExceeded | Fault::FileTooLarge => 552,
        Fault::BadOffset => 554,
        Fault::OutOfResources if matches!(verb, Verb::Pasv | Verb::Epsv) => 425,
        Fault::Io | Fault::OutOfResources | Fault::WouldWait => 451,
        Fault::Unsupported => 504,
        _ => 550,
    }
}

/// The reply to a request that failed.
pub(super) fn failed(verb: Verb, failure: &Failure) -> Reply {
    let code = failure_code(verb, Stage::Before, failure.fault);
    let (reason, way_out) = words(failure.fault);
    let mut text = subject(&failure.path);
    text.extend_from_slice(reason.as_bytes());
    text.extend_from_slice(b"; ");
    match (failure.fault, failure.length) {
        (Fault::BadOffset, Some(length)) => {
            text.extend_from_slice(format!("restart at {length} or less").as_bytes());
        }
        _ => text.extend_from_slice(way_out.as_bytes()),
    }
    text.push(b'.');
    Reply::new(code, text)
}

/// The final reply to a transfer that failed after 125 or 150.
pub(super) fn transfer_failed(verb: Verb, failure: &TransferFailure) -> Reply {
    let code = match &failure.cause {
        TransferCause::NotOpened(_) => ReplyCode::known(425),
        TransferCause::ConnectionLost(_) | TransferCause::Aborted => ReplyCode::known(426),
        TransferCause::Storage(fault) => failure_code(verb, Stage::During, *fault),
    };
    let mut text = match &failure.cause {
        TransferCause::NotOpened(why) => format!("No data connection for {}: {why}", verb.name()),
        TransferCause::ConnectionLost(how) => {
            format!("Data connection lost after {} bytes: {how}", failure.bytes)
        }
        TransferCause::Aborted => format!("Transfer stopped after {} bytes", failure.bytes),
        TransferCause::Storage(fault) => {
            let (reason, way_out) = words(*fault);
            format!("Transfer broken off after {} bytes: {reason}; {way_out}", failure.bytes)
        }
    }
    .into_bytes();
    if let Some(kept) = failure.kept {
        let tail = format!("; {kept} bytes are kept, send REST {kept} and STOR again to resume");
        text.extend_from_slice(tail.as_bytes());
    }
    text.push(b'.');
    let mut with_path = subject(&failure.path);
    with_path.append(&mut text);
    Reply::new(code, with_path)
}

/// `"/path": `, with quotes doubled as 257 has them, or nothing.
fn subject(path: &[u8]) -> Vec<u8> {
    if path.is_empty() {
        return Vec::new();
    }
    let mut text = quoted(path);
    text.extend_from_slice(b": ");
    text
}

/// The path in double quotes, each quote inside doubled (RFC 959 App. II).
pub(super) fn quoted(path: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(path.len() + 2);
    text.push(b'"');
    for &byte in path {
        if byte == b'"' {
            text.push(b'"');
        }
        text.push(byte);
    }
    text.push(b'"');
    text
}

/// The reason and the way out of each fault.
fn words(fault: Fault) -> (&'static str, &'static str) {
    match fault {
        Fault::NotFound => ("no such file or directory", "LIST its directory to see what is there"),
        Fault::ParentNotFound => {
            ("the directory it should be in does not exist", "make that first with MKD")
        }
        Fault::AlreadyExists => {
            ("something of that name exists already", "choose another name or delete it first")
        }
        Fault::IsADirectory => ("it is a directory", "name a file"),
        Fault::NotADirectory => ("it is not a directory", "name a directory"),
        Fault::DirectoryNotEmpty => ("the directory is not empty", "delete what is in it first"),
        Fault::NotARegularFile => {
            ("it is neither a plain file nor a directory", "only those can be used over FTP")
        }
        Fault::PermissionDenied => (
            "the server's operating system denies access",
            "ask the administrator to change its permissions",
        ),
        Fault::RightMissing => (
            "your account has no right to do this",
            "log in as a user who may, or ask for the right",
        ),
        Fault::OutsideRoot => {
            ("it leads outside the shared folder", "use a path that stays inside")
        }
        Fault::LinkLoop => ("its symbolic links form a loop", "ask the administrator to mend them"),
        Fault::NameNotAllowed => {
            ("the storage cannot hold such a name", "choose a shorter or simpler name")
        }
        Fault::Busy => ("it is in use by another session", "try again when that one is done"),
        Fault::Changed => ("it changed while it was being worked on", "try again"),
        Fault::NoSpace => ("the server's storage is full", "try again once space has been freed"),
        Fault::QuotaExceeded => ("the storage quota is used up", "delete files to make room"),
        Fault::FileTooLarge => {
            ("the file is larger than the storage allows", "send it in smaller parts")
        }
        Fault::ReadOnlyStorage => {
            ("the storage is read-only", "store elsewhere, or ask the administrator")
        }
        Fault::BadOffset => {
            ("the file does not reach to the restart offset", "send REST 0 to start anew")
        }
        Fault::CrossDevice => {
            ("the new name lies on another file system", "copy the file and delete the old one")
        }
        Fault::Io => (
            "the server's storage failed to read or write",
            "try again, and tell the administrator",
        ),
        Fault::OutOfResources => {
            ("the server is short of sockets, ports or memory", "try again in a moment")
        }
        // `Fault` may grow; what is not told apart here is at least told.
        _ => ("the storage cannot do this", "do without it on this server"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verbs::VERBS;

    const FAULTS: [Fault; 24] = [
        Fault::NotFound,
        Fault::ParentNotFound,
        Fault::AlreadyExists,
        Fault::IsADirectory,
        Fault::NotADirectory,
        Fault::DirectoryNotEmpty,
        Fault::NotARegularFile,
        Fault::PermissionDenied,
        Fault::RightMissing,
        Fault::OutsideRoot,
        Fault::LinkLoop,
        Fault::NameNotAllowed,
        Fault::Busy,
        Fault::Changed,
        Fault::NoSpace,
        Fault::QuotaExceeded,
        Fault::FileTooLarge,
        Fault::ReadOnlyStorage,
        Fault::BadOffset,
        Fault::CrossDevice,
        Fault::Io,
        Fault::OutOfResources,
        Fault::WouldWait,
        Fault::Unsupported,
    ];

    #[test]
    fn every_fault_of_every_verb_is_answered_within_the_row() {
        for row in VERBS.iter().filter(|row| row.built) {
            for fault in FAULTS {
                let code = failure_code(row.verb, Stage::Before, fault);
                assert!(
                    row.replies.failure.contains(&code.number()),
                    "{} {fault:?} {code}",
                    row.name
                );
                if !row.replies.completion.is_empty() {
                    let code = failure_code(row.verb, Stage::During, fault).number();
                    assert!(
                        row.replies.completion.contains(&code),
                        "{} {fault:?} {code}",
                        row.name
                    );
                }
            }
        }
    }

    #[test]
    fn codes_that_people_rely_on() {
        let code = |verb, fault| failure_code(verb, Stage::Before, fault).number();
        assert_eq!(code(Verb::Retr, Fault::NotFound), 550);
        assert_eq!(code(Verb::Retr, Fault::Busy), 450);
        assert_eq!(code(Verb::Stor, Fault::ParentNotFound), 553);
        assert_eq!(code(Verb::Stor, Fault::PermissionDenied), 550);
        assert_eq!(code(Verb::Stor, Fault::NoSpace), 452);
        assert_eq!(code(Verb::Allo, Fault::RightMissing), 550);
        assert_eq!(code(Verb::Mkd, Fault::AlreadyExists), 550);
        assert_eq!(code(Verb::Rmd, Fault::DirectoryNotEmpty), 550);
        assert_eq!(code(Verb::Mlsd, Fault::NotADirectory), 501);
        assert_eq!(code(Verb::Retr, Fault::BadOffset), 554);
        assert_eq!(code(Verb::Epsv, Fault::OutOfResources), 425);
        assert_eq!(failure_code(Verb::Stor, Stage::During, Fault::NoSpace).number(), 452);
        assert_eq!(failure_code(Verb::Stor, Stage::During, Fault::QuotaExceeded).number(), 552);
        assert_eq!(failure_code(Verb::Retr, Stage::During, Fault::Io).number(), 451);
    }

    #[test]
    fn a_failure_names_the_thing_the_reason_and_the_way_out() {
        let failure = Failure { fault: Fault::NotFound, path: b"/a\"b".to_vec(), length: None };
        assert_eq!(
            failed(Verb::Retr, &failure).text(),
            "\"/a\"\"b\": no such file or directory; LIST its directory to see what is there."
        );
        let failure = Failure { fault: Fault::BadOffset, path: b"/a".to_vec(), length: Some(10) };
        assert_eq!(
            failed(Verb::Retr, &failure).text(),
            "\"/a\": the file does not reach to the restart offset; restart at 10 or less."
        );
    }
}
