//! Quotas: what an account has stored of what it may, as the driver tells it and replies show it.

use super::session::Session;
use super::texts::{self, Language, Say, Text};
use crate::verbs::Verb;

/// What is stored within a quota, and how much may be; nothing stands for what is not known, or has no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quota {
    /// Bytes that are stored.
    pub bytes: Option<u64>,
    /// Bytes that may be.
    pub bytes_allowed: Option<u64>,
    /// Files, directories and links that are stored.
    pub files: Option<u64>,
    /// How many may be.
    pub files_allowed: Option<u64>,
}

/// What decides how an account may come to room, for the replies that say that there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// What is stored of what may be, where there is a quota.
    pub quota: Option<Quota>,
    /// Whether the account may delete files.
    pub may_delete: bool,
}

impl Default for Room {
    fn default() -> Self {
        Self { quota: None, may_delete: true }
    }
}

/// A number, or the word that stands for none.
struct Number(Option<u64>);

impl Say for Number {
    fn say(&self, language: Language, out: &mut Vec<u8>) {
        match self.0 {
            Some(number) => number.say(language, out),
            None => out.push(b'?'),
        }
    }
}

/// What is stored of one thing, and how much may be where there is a limit.
struct Part {
    stored: Option<u64>,
    allowed: Option<u64>,
    limited: &'static Text,
    alone: &'static Text,
    /// There is one, and no limit.
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
