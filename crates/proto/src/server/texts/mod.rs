//! The reply texts of the server in every language (RFC 2640 §4): one [`Text`] row per sentence,
//! with places such as `{0}`. A handler names a row and the parts for its places; the session's
//! language chooses the words. The submodules hold the rows by area. Verbs, codes, addresses and
//! paths are the same in all languages.

mod access;
mod encoding;
mod extensions;
mod faults;
mod files;
mod help;
mod info;
mod language;
mod login;
mod parameters;
mod security;
mod session;
mod transfer;

use std::fmt::Display;
use std::io::Write as _;
use std::net::{IpAddr, SocketAddr};

pub(super) use access::*;
pub(super) use encoding::*;
pub(super) use extensions::*;
pub(super) use faults::*;
pub(super) use files::*;
pub(super) use help::{HelpLine, Source};
pub(super) use info::*;
pub use language::Language;
pub(super) use login::*;
pub(super) use parameters::*;
pub(super) use security::*;
pub(super) use session::*;
pub(super) use transfer::*;

/// One row: the same sentence in every language. `{0}` is the place of the first part, `{1}` of the
/// second; each language may order them as it needs.
#[derive(Debug)]
pub(super) struct Text {
    words: [&'static str; Language::ALL.len()],
}

/// Declares rows: a name, then the sentence in each language.
macro_rules! texts {
    ($($name:ident { en: $en:literal, de: $de:literal, fr: $fr:literal $(,)? })*) => {
        use super::Text;

        $(pub(in crate::server) static $name: Text = Text::new($en, $de, $fr);)*

        #[cfg(test)]
        pub(super) static ROWS: &[(&str, &Text)] = &[$((stringify!($name), &$name)),*];
    };
}
use texts;

impl Text {
    /// The languages in the order of [`Language::ALL`].
    const fn new(en: &'static str, de: &'static str, fr: &'static str) -> Self {
        Self { words: [en, de, fr] }
    }

    /// The sentence with these parts filled in.
    pub(super) fn with<'a>(&'static self, parts: &'a [&'a dyn Say]) -> Sentence<'a> {
        Sentence::Row(self, parts)
    }

    /// The sentence in a language, with its places still unfilled.
    pub(super) fn words(&self, language: Language) -> &'static str {
        self.words[language as usize]
    }
}

/// Something that can be written into a reply: a row, one of its parts, or a text composed of
/// several rows.
pub(super) trait Say {
    /// Appends the words in that language.
    fn say(&self, language: Language, out: &mut Vec<u8>);
}

/// The text of one line of a reply.
#[derive(Clone, Copy)]
pub(super) enum Sentence<'a> {
    /// A row with its parts.
    Row(&'static Text, &'a [&'a dyn Say]),
    /// A text composed of several rows.
    Composed(&'a dyn Say),
    /// The same in every language: a text that a standard prescribes, a number or a name.
    Verbatim(&'a [u8]),
}

impl Sentence<'_> {
    /// The bytes in that language.
    pub(super) fn render(self, language: Language) -> Vec<u8> {
        // Most sentences fit; for a longer one the buffer grows once.
        let mut out = Vec::with_capacity(128);
        self.say(language, &mut out);
        out
    }
}

impl From<&'static Text> for Sentence<'_> {
    fn from(text: &'static Text) -> Self {
        Self::Row(text, &[])
    }
}

impl Say for Sentence<'_> {
    fn say(&self, language: Language, out: &mut Vec<u8>) {
        match self {
            Self::Row(text, parts) => fill(text.words(language), parts, language, out),
            Self::Composed(whole) => whole.say(language, out),
            Self::Verbatim(bytes) => out.extend_from_slice(bytes),
        }
    }
}

/// Writes the words with the parts in their places.
fn fill(words: &str, parts: &[&dyn Say], language: Language, out: &mut Vec<u8>) {
    let mut rest = words;
    while let Some((before, after)) = rest.split_once('{') {
        out.extend_from_slice(before.as_bytes());
        let (place, behind) = after.split_once('}').unwrap_or((after, ""));
        let part = place.parse::<usize>().ok().and_then(|place| parts.get(place));
        debug_assert!(part.is_some(), "nothing for {{{place}}} of {words:?}");
        if let Some(part) = part {
            part.say(language, out);
        }
        rest = behind;
    }
    out.extend_from_slice(rest.as_bytes());
}

impl Say for Text {
    fn say(&self, language: Language, out: &mut Vec<u8>) {
        out.extend_from_slice(self.words(language).as_bytes());
    }
}

impl<T: Say + ?Sized> Say for &T {
    fn say(&self, language: Language, out: &mut Vec<u8>) {
        (**self).say(language, out);
    }
}

impl Say for [u8] {
    fn say(&self, _: Language, out: &mut Vec<u8>) {
        out.extend_from_slice(self);
    }
}

impl Say for Vec<u8> {
    fn say(&self, _: Language, out: &mut Vec<u8>) {
        out.extend_from_slice(self);
    }
}

impl Say for str {
    fn say(&self, _: Language, out: &mut Vec<u8>) {
        out.extend_from_slice(self.as_bytes());
    }
}

impl Say for String {
    fn say(&self, _: Language, out: &mut Vec<u8>) {
        out.extend_from_slice(self.as_bytes());
    }
}

/// Numbers and addresses read the same everywhere.
macro_rules! say_as_displayed {
    ($($kind:ty)*) => {
        $(impl Say for $kind {
            fn say(&self, _: Language, out: &mut Vec<u8>) {
                display(self, out);
            }
        })*
    };
}
say_as_displayed!(u8 u16 u32 u64 usize f32 char IpAddr SocketAddr);

fn display(value: &dyn Display, out: &mut Vec<u8>) {
    // Writing to a Vec cannot fail.
    let _ = write!(out, "{value}");
}

/// A path in double quotes, with each quote inside doubled (RFC 959 App. II).
#[derive(Clone, Copy)]
pub(super) struct Quoted<'a>(pub &'a [u8]);

impl Say for Quoted<'_> {
    fn say(&self, _: Language, out: &mut Vec<u8>) {
        out.push(b'"');
        for &byte in self.0 {
            if byte == b'"' {
                out.push(b'"');
            }
            out.push(byte);
        }
        out.push(b'"');
    }
}

#[cfg(test)]
mod tests;
