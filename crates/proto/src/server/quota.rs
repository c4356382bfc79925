//! Quotas: what an account has stored of what it may, as the driver tells it and replies show it.

use super::session::Session;
use super::texts::{self, Language, Say};
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

/// A limit, or the word for none.
struct Limit(Option<u64>);

impl Say for Limit {
    fn say(&self, language: Language, out: &mut Vec<u8>) {
        match self.0 {
            Some(limit) => limit.say(language, out),
            None => texts::UNLIMITED.say(language, out),
        }
    }
}

/// `5 of 10 bytes and 1 of 3 files`.
impl Say for Quota {
    fn say(&self, language: Language, out: &mut Vec<u8>) {
        let (bytes, files) = (Number(self.bytes), Number(self.files));
        let (bytes_allowed, files_allowed) = (Limit(self.bytes_allowed), Limit(self.files_allowed));
        texts::QUOTA_USED
            .with(&[&bytes, &bytes_allowed, &files, &files_allowed])
            .say(language, out);
    }
}

/// SITE QUOTA.
pub(super) fn told(session: &mut Session, argument: &str, quota: Option<Quota>) {
    session.extra.site = None;
    session.extra.quota = quota;
    let verb = Some(Verb::Site);
    match quota {
        Some(quota) => session.reply(verb, argument, 211, texts::QUOTA_IS.with(&[&quota])),
        None => session.reply(verb, argument, 211, &texts::NO_QUOTA),
    }
}
