//! [`Quota`], the usage and limits of an account as the driver reports them, and the words for them
//! in replies. Counting is not done here.

use super::session::Session;
use super::texts::{self, Language, Say, Text};
use crate::verbs::Verb;

/// The usage and the limits of an account. `None` means unknown for a usage, and unlimited for a limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quota {
    /// Bytes stored.
    pub bytes: Option<u64>,
    /// Bytes allowed.
    pub bytes_allowed: Option<u64>,
    /// Files, directories and links stored.
    pub files: Option<u64>,
    /// Files, directories and links allowed.
    pub files_allowed: Option<u64>,
}

/// What an account can do to free space, for the replies that say that there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Usage and limits, if there is a quota.
    pub quota: Option<Quota>,
    /// Whether the account may delete files.
    pub may_delete: bool,
}

impl Default for Room {
    fn default() -> Self {
        Self { quota: None, may_delete: true }
    }
}

/// A number, or the word for an unknown number.
struct Number(Option<u64>);

impl Say for Number {
    fn say(&self, language: Language, out: &mut Vec<u8>) {
        match self.0 {
            Some(number) => number.say(language, out),
            None => out.push(b'?'),
        }
    }
}

/// The usage of one kind, bytes or files, with its limit if there is one.
struct Part {
    stored: Option<u64>,
    allowed: Option<u64>,
    limited: &'static Text,
    alone: &'static Text,
    /// The text for a usage of one without a limit.
    one: &'static Text,
}

impl Say for Part {
    fn say(&self, language: Language, out: &mut Vec<u8>) {
        let stored = Number(self.stored);
        match self.allowed {
            Some(allowed) => self.limited.with(&[&stored, &allowed]).say(language, out),
            None if self.stored == Some(1) => self.one.say(language, out),
            None => self.alone.with(&[&stored]).say(language, out),
        }
    }
}

/// `5 of 10 bytes and 3 files`
impl Say for Quota {
    fn say(&self, language: Language, out: &mut Vec<u8>) {
        let (stored, allowed) = (self.bytes, self.bytes_allowed);
        let (limited, alone) = (&texts::BYTES_OF, &texts::BYTES_ALONE);
        let bytes = Part { stored, allowed, limited, alone, one: &texts::BYTE_ALONE };
        let (stored, allowed) = (self.files, self.files_allowed);
        let (limited, alone) = (&texts::FILES_OF, &texts::FILES_ALONE);
        let files = Part { stored, allowed, limited, alone, one: &texts::FILE_ALONE };
        texts::QUOTA_USED.with(&[&bytes, &files]).say(language, out);
    }
}

/// SITE QUOTA.
pub(super) fn told(session: &mut Session, argument: &str, quota: Option<Quota>) {
    session.extra.site = None;
    session.extra.room.quota = quota;
    let verb = Some(Verb::Site);
    match quota {
        Some(quota) => session.reply(verb, argument, 211, texts::QUOTA_IS.with(&[&quota])),
        None => session.reply(verb, argument, 211, &texts::NO_QUOTA),
    }
}
