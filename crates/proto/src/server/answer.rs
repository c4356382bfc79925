//! The replies that report a failure: [`failure_code`], the only function that turns a fault into a
//! reply code, and the sentences for it. Each sentence names the file, the reason and what to do.

use packetboat_codes::{Fault, ReplyCode};

use super::action::Failure;
use super::config::Goodbye;
use super::failure::{ConnectionLost, NotOpened, TransferCause, TransferFailure};
use super::quota::Room;
use super::texts::{self, Language, Quoted, Say, Text};
use crate::encoding::{BadHeader, DecodeError, Marker};
use crate::verbs::Verb;

/// The stage of a command at which a fault occurs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Before any preliminary reply.
    Before,
    /// After 125 or 150.
    During,
}

/// The reply code for a fault. It is always in the row of the verb.
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
    // 501 is in the row of every verb that can fail, so the last resort is allowed, too.
    fallback.into_iter().find(|code| replies.allows(*code)).unwrap_or(ReplyCode::known(501))
}

/// RFC 959 §5.4, second group: the transfer had started.
fn code_during(fault: Fault) -> u16 {
    match fault {
        // 452 is about the storage of the system, 552 about the user's allocation (RFC 959 §4.2.2).
        // A quota in doubt gets the transient 452, so that the client tries again.
        Fault::NoSpace | Fault::QuotaInDoubt => 452,
        Fault::QuotaExceeded | Fault::FileTooLarge => 552,
        _ => 451,
    }
}

fn code_before(verb: Verb, fault: Fault) -> u16 {
    let names_something_new =
        matches!(verb, Verb::Stor | Verb::Stou | Verb::Appe | Verb::Rnto | Verb::Mkd);
    match fault {
        Fault::ParentNotFound | Fault::NameNotAllowed | Fault::IntoItself
            if names_something_new =>
        {
            553
        }
        Fault::IsADirectory | Fault::AlreadyExists | Fault::CrossDevice
            if names_something_new && verb != Verb::Mkd =>
        {
            553
        }
        // RFC 3659 §7.2.1: MLSD on something other than a directory is an error in the argument.
        Fault::NotADirectory if verb == Verb::Mlsd => 501,
        // draft-bryan-ftpext-hash-03 §3.2 gives 552 and 553 their own meanings, and
        // draft-twine-ftpmd5-00 gives 504 one.
        Fault::IsADirectory | Fault::NotARegularFile if verb == Verb::Hash => 553,
        Fault::RightMissing if verb == Verb::Hash => 552,
        Fault::IsADirectory | Fault::NotARegularFile if matches!(verb, Verb::Md5 | Verb::Mmd5) => {
            504
        }
        Fault::ParentNotFound | Fault::NameNotAllowed if verb == Verb::Comb => 553,
        Fault::NameReserved | Fault::NameRefused | Fault::NameNotAmongAllowed => 553,
        Fault::PolicyLimit => 556,
        Fault::SameFile => 501,
        Fault::Busy | Fault::Changed => 450,
        Fault::NoSpace | Fault::QuotaInDoubt => 452,
        Fault::QuotaExceeded | Fault::FileTooLarge => 552,
        Fault::BadOffset | Fault::BadRange => 554,
        Fault::OutOfResources if matches!(verb, Verb::Pasv | Verb::Epsv | Verb::Lpsv) => 425,
        Fault::Io | Fault::OutOfResources | Fault::WouldWait | Fault::Stopped => 451,
        // RFC 1123 §4.1.3.4.
        Fault::FormMismatch => 555,
        Fault::Unsupported => 504,
        _ => 550,
    }
}

/// The text of the reply to a failed request.
pub(super) struct Failed<'a> {
    pub verb: Verb,
    pub failure: &'a Failure,
    /// What the account can do to free space.
    pub room: Room,
}

impl Say for Failed<'_> {
    fn say(&self, language: Language, out: &mut Vec<u8>) {
        let Failure { fault, path, length, detail } = self.failure;
        subject(path, language, out);
        match (fault, length) {
            (Fault::BadOffset, Some(length)) => {
                texts::BAD_OFFSET_LENGTH.with(&[length]).say(language, out);
            }
            (Fault::Unsupported, _) if self.verb == Verb::Mfct => {
                texts::CREATION_NOT_SET.say(language, out);
            }
            (Fault::NoSpace, Some(free)) => {
                texts::NO_SPACE_FREE.with(&[free]).say(language, out);
            }
            _ => match detail {
                Some(detail) => detailed(*fault).with(&[detail]).say(language, out),
                None => {
                    let kept = false;
                    Reason { fault: *fault, room: self.room, kept }.say(language, out);
                }
            },
        }
        out.push(b'.');
    }
}

/// The text and code of the final reply to a transfer that failed after 125 or 150.
pub(super) struct TransferFailed<'a> {
    pub verb: Verb,
    pub failure: &'a TransferFailure,
    /// What the account can do to free space.
    pub room: Room,
    /// The reason, if the server itself stopped the transfer.
    pub stopped_by: Option<Goodbye>,
}

/// The reason for a fault and what to do about it, with the numbers that belong to it.
struct Reason {
    fault: Fault,
    room: Room,
    /// Whether the part that arrived is kept; the reply then says so separately.
    kept: bool,
}

impl Say for Reason {
    fn say(&self, language: Language, out: &mut Vec<u8>) {
        let Room { quota, may_delete } = &self.room;
        match (self.fault, quota) {
            (Fault::QuotaExceeded, Some(quota)) if self.kept => {
                texts::QUOTA_EXCEEDED_AT.with(&[quota]).say(language, out);
            }
            (Fault::QuotaExceeded, Some(quota)) if !may_delete => {
                texts::QUOTA_FULL_FOR_GOOD.with(&[quota]).say(language, out);
            }
            (Fault::QuotaExceeded, Some(quota)) => {
                texts::QUOTA_FULL_AT.with(&[quota]).say(language, out);
            }
            (Fault::NoSpace, _) if !may_delete => texts::NO_SPACE_FOR_GOOD.say(language, out),
            (Fault::NoSpace, _) if !self.kept => texts::NO_SPACE_WITH_PARTS.say(language, out),
            (fault, _) => words(fault).say(language, out),
        }
    }
}

impl TransferFailed<'_> {
    /// The code.
    pub(super) fn code(&self) -> u16 {
        match &self.failure.cause {
            TransferCause::NotOpened(_) => 425,
            TransferCause::Unprotected(why) => why.code(),
            TransferCause::ConnectionLost(_) | TransferCause::Aborted => 426,
            // The end of the file is missing, so the connection broke, whatever the network reported.
            TransferCause::Data(DecodeError::Truncated) => 426,
            TransferCause::Data(DecodeError::UnknownPageType(_)) => 551,
            // RFC 959 has no code for damaged data after 150. The code is transient, since the data
            // may arrive intact next time.
            TransferCause::Data(_) | TransferCause::Suspect => 451,
            TransferCause::Storage(fault) => {
                failure_code(self.verb, Stage::During, *fault).number()
            }
        }
    }
}

impl Say for TransferFailed<'_> {
    fn say(&self, language: Language, out: &mut Vec<u8>) {
        let TransferFailure { cause, path, bytes, kept } = self.failure;
        let reason = |fault| Reason { fault, room: self.room, kept: kept.is_some() };
        subject(path, language, out);
        match cause {
            TransferCause::NotOpened(why) => {
                texts::NOT_OPENED.with(&[&self.verb.name(), why]).say(language, out);
            }
            TransferCause::Unprotected(why) => {
                texts::DATA_UNPROTECTED.with(&[&self.verb.name(), why]).say(language, out);
            }
            TransferCause::ConnectionLost(how) => {
                texts::CONNECTION_LOST.with(&[bytes, how]).say(language, out);
            }
            TransferCause::Aborted => {
                texts::TRANSFER_STOPPED.with(&[bytes]).say(language, out);
                // Many clients do not show the 421 that follows, so the reason is given here, too.
                if let Some(why) = self.stopped_by.and_then(why_stopped) {
                    why.say(language, out);
                }
            }
            TransferCause::Storage(fault) => {
                texts::TRANSFER_BROKEN_OFF.with(&[bytes, &reason(*fault)]).say(language, out);
            }
            TransferCause::Data(error) => {
                texts::TRANSFER_BROKEN_OFF.with(&[bytes, error]).say(language, out);
            }
            TransferCause::Suspect => texts::SUSPECT.with(&[bytes]).say(language, out),
        }
        if let Some(kept) = kept {
            let text = match cause {
                // No advice to delete: that would delete what was there before the APPE.
                _ if self.verb == Verb::Appe => &texts::PART_KEPT_BEHIND,
                TransferCause::Storage(Fault::QuotaExceeded) => &texts::PART_KEPT_COUNTS,
                _ => &texts::PART_KEPT,
            };
            text.with(&[kept]).say(language, out);
        }
        out.push(b'.');
    }
}

/// Why the server stops a transfer.
fn why_stopped(goodbye: Goodbye) -> Option<&'static Text> {
    match goodbye {
        Goodbye::Shutdown => Some(&texts::STOPPED_BY_SHUTDOWN),
        Goodbye::AccountLocked => Some(&texts::STOPPED_BY_LOCK),
        Goodbye::AccountRemoved
        | Goodbye::AccountExpired
        | Goodbye::AccountElsewhere
        | Goodbye::AccountHours => Some(&texts::STOPPED_BY_ACCOUNT),
        _ => None,
    }
}

impl Say for NotOpened {
    fn say(&self, language: Language, out: &mut Vec<u8>) {
        match self {
            Self::NoneAgreed => texts::NONE_AGREED.say(language, out),
            Self::KeptClosed => texts::KEPT_CLOSED.say(language, out),
            Self::Refused(address) => texts::CONNECT_REFUSED.with(&[address]).say(language, out),
            Self::Unreachable { address, error } => {
                texts::CONNECT_FAILED.with(&[address, error]).say(language, out);
            }
            Self::NoAnswer { address, waited } => {
                let seconds = waited.as_secs_f32();
                texts::CONNECT_TIMED_OUT.with(&[address, &seconds]).say(language, out);
            }
            Self::NobodyCame { waited } => {
                texts::NOBODY_CONNECTED.with(&[&waited.as_secs_f32()]).say(language, out);
            }
            Self::NotAccepted { error } => texts::NOT_ACCEPTED.with(&[error]).say(language, out),
        }
    }
}

impl Say for ConnectionLost {
    fn say(&self, language: Language, out: &mut Vec<u8>) {
        match self {
            Self::Broken { error } => texts::LOST_BROKEN.with(&[error]).say(language, out),
            Self::InHandshake { error } => {
                texts::LOST_IN_HANDSHAKE.with(&[error]).say(language, out);
            }
            Self::Stalled { waited } => {
                texts::LOST_STALLED.with(&[&waited.as_secs_f32()]).say(language, out);
            }
            Self::CutOff => texts::LOST_CUT_OFF.say(language, out),
            Self::Early { announced } => texts::LOST_EARLY.with(&[announced]).say(language, out),
            Self::MarkersUnread => texts::LOST_MARKERS_UNREAD.say(language, out),
        }
    }
}

impl Say for DecodeError {
    fn say(&self, language: Language, out: &mut Vec<u8>) {
        let text = match self {
            Self::Truncated => &texts::DATA_CUT_OFF,
            Self::AfterEnd => &texts::DATA_AFTER_END,
            Self::BadHeader(header) => return header.say(language, out),
            Self::BadEscape(code) => {
                return texts::DATA_BAD_ESCAPE.with(&[code]).say(language, out);
            }
            Self::UnknownPageType(kind) => {
                return texts::DATA_PAGE_TYPE.with(&[kind]).say(language, out);
            }
            Self::PageOrder(page) => {
                return texts::DATA_PAGE_ORDER.with(&[page]).say(language, out);
            }
            Self::ShortPage(page) => {
                return texts::DATA_PAGE_SHORT.with(&[page]).say(language, out);
            }
            Self::MarkerTooLong => {
                return texts::DATA_MARKER_TOO_LONG.with(&[&Marker::LONGEST]).say(language, out);
            }
            Self::BadMarker => &texts::DATA_BAD_MARKER,
            Self::LineFeedInRecord => &texts::DATA_LINE_FEED,
            Self::Deflate => &texts::DATA_DEFLATE,
        };
        text.say(language, out);
    }
}

impl Say for BadHeader {
    fn say(&self, language: Language, out: &mut Vec<u8>) {
        match self {
            Self::Descriptor(bits) => texts::DATA_DESCRIPTOR.with(&[bits]).say(language, out),
            Self::PageHeaderLength(length) => {
                texts::DATA_PAGE_HEADER.with(&[length]).say(language, out);
            }
            Self::PageLength(length) => texts::DATA_PAGE_LENGTH.with(&[length]).say(language, out),
            Self::PageIndex(index) => texts::DATA_PAGE_INDEX.with(&[index]).say(language, out),
        }
    }
}

/// Writes `"/path": `, with quotes doubled as in 257, or nothing if there is no path.
fn subject(path: &[u8], language: Language, out: &mut Vec<u8>) {
    if !path.is_empty() {
        Quoted(path).say(language, out);
        out.extend_from_slice(b": ");
    }
}

/// As [`words`], for a fault with a detail.
pub(super) fn detailed(fault: Fault) -> &'static Text {
    match fault {
        Fault::RightMissing => &texts::RIGHT_NAMED,
        Fault::Busy => &texts::BUSY_UNTIL_SILENT,
        fault => words(fault),
    }
}

/// The reason for each fault and what to do about it.
pub(super) fn words(fault: Fault) -> &'static Text {
    match fault {
        Fault::NotFound => &texts::NOT_FOUND,
        Fault::ParentNotFound => &texts::PARENT_NOT_FOUND,
        Fault::AlreadyExists => &texts::ALREADY_EXISTS,
        Fault::IsADirectory => &texts::IS_A_DIRECTORY,
        Fault::NotADirectory => &texts::NOT_A_DIRECTORY,
        Fault::DirectoryNotEmpty => &texts::DIRECTORY_NOT_EMPTY,
        Fault::NotARegularFile => &texts::NOT_A_REGULAR_FILE,
        Fault::PermissionDenied => &texts::PERMISSION_DENIED,
        Fault::RightMissing => &texts::RIGHT_MISSING,
        Fault::OutsideRoot => &texts::OUTSIDE_ROOT,
        Fault::LinkLoop => &texts::LINK_LOOP,
        Fault::NameNotAllowed => &texts::NAME_NOT_ALLOWED,
        Fault::NameReserved => &texts::NAME_RESERVED,
        Fault::NameRefused => &texts::NAME_REFUSED,
        Fault::NameNotAmongAllowed => &texts::NAME_NOT_AMONG_ALLOWED,
        Fault::ReadOnlyTime => &texts::READ_ONLY_TIME,
        Fault::LinkNotFollowed => &texts::LINK_NOT_FOLLOWED,
        Fault::Busy => &texts::BUSY,
        Fault::Changed => &texts::CHANGED_MEANWHILE,
        Fault::FormMismatch => &texts::FORM_MISMATCH,
        Fault::NoSpace => &texts::NO_SPACE,
        Fault::QuotaExceeded => &texts::QUOTA_EXCEEDED,
        Fault::QuotaInDoubt => &texts::QUOTA_IN_DOUBT,
        Fault::FileTooLarge => &texts::FILE_TOO_LARGE,
        Fault::ReadOnlyStorage => &texts::READ_ONLY_STORAGE,
        Fault::BadOffset => &texts::BAD_OFFSET,
        Fault::CrossDevice => &texts::CROSS_DEVICE,
        Fault::Io => &texts::IO_FAILED,
        Fault::OutOfResources => &texts::OUT_OF_RESOURCES,
        Fault::NoSuchGroup => &texts::NO_SUCH_GROUP,
        Fault::Root => &texts::ROOT_STAYS,
        Fault::IntoItself => &texts::INTO_ITSELF,
        Fault::SameFile => &texts::SAME_FILE,
        Fault::BadRange => &texts::BAD_RANGE,
        Fault::PolicyLimit => &texts::POLICY_LIMIT,
        Fault::TooDeep => &texts::TOO_DEEP,
        Fault::Stopped => &texts::STOPPED,
        // `Fault` may grow; a new fault gets at least a general text.
        _ => &texts::UNSUPPORTED,
    }
}

#[cfg(test)]
mod tests;
