//! Finds catalogue rows by number, by name and by class pattern such as `4xx`.

use crate::replies::CODES;
use crate::reply::ReplyCode;
use crate::row::{CodeRow, Repeat, SocketRow};
use crate::sockets::{SOCKET_CODES, SocketCode};

/// A row of either table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// An FTP reply code.
    Reply(&'static CodeRow),
    /// A Winsock code.
    Socket(&'static SocketRow),
}

impl Entry {
    /// The number.
    pub const fn number(self) -> u16 {
        match self {
            Self::Reply(row) => row.code.number(),
            Self::Socket(row) => row.code.number(),
        }
    }

    /// The short human-readable name: the reply's name or the socket code's phrase.
    pub const fn phrase(self) -> &'static str {
        match self {
            Self::Reply(row) => row.name,
            Self::Socket(row) => row.phrase,
        }
    }

    /// What it means.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Reply(row) => row.meaning,
            Self::Socket(row) => row.meaning,
        }
    }

    /// Who sends it when, or where it occurs in a session.
    pub const fn when(self) -> &'static str {
        match self {
            Self::Reply(row) => row.sent,
            Self::Socket(row) => row.met,
        }
    }

    /// What a user should do.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Reply(row) => row.advice,
            Self::Socket(row) => row.advice,
        }
    }

    /// Whether trying again unchanged can help.
    pub const fn repeat(self) -> Repeat {
        match self {
            Self::Reply(row) => row.repeat,
            Self::Socket(row) => row.repeat,
        }
    }

    /// Codes that are easily confused with it.
    pub const fn notes(self) -> Option<&'static str> {
        match self {
            Self::Reply(row) => row.notes,
            Self::Socket(row) => row.notes,
        }
    }

    /// The document that defines it.
    pub const fn source(self) -> &'static str {
        match self {
            Self::Reply(row) => row.source,
            Self::Socket(row) => row.source(),
        }
    }

    /// Every name: the phrase, Microsoft's name, errno and EAI names.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        let (name, errno, code) = match self {
            Self::Reply(_) => (None, &[][..], None),
            Self::Socket(row) => (Some(row.name), row.errno, Some(row.code)),
        };
        let eai = code.into_iter().flat_map(SocketCode::gai_names);
        core::iter::once(self.phrase()).chain(name).chain(errno.iter().copied()).chain(eai)
    }
}

/// Every row: the reply codes, then the socket codes, each sorted by number.
pub fn all() -> impl Iterator<Item = Entry> {
    CODES.iter().map(Entry::Reply).chain(SOCKET_CODES.iter().map(Entry::Socket))
}

/// The row with that number. No number is in both tables.
pub fn by_number(number: u16) -> Option<Entry> {
    let reply = ReplyCode::new(number).and_then(ReplyCode::row).map(Entry::Reply);
    reply.or_else(|| SocketCode::new(number).row().map(Entry::Socket))
}

/// The rows with that name, ignoring case and punctuation: a reply's name, a Winsock, errno,
/// h_errno or EAI name, or a phrase. The row that a system error of that name maps to comes first,
/// then other rows that share the name (ECANCELED).
pub fn by_name(name: &str) -> impl Iterator<Item = Entry> {
    let mapped = SocketCode::from_errno_name(name).or_else(|| SocketCode::from_gai_name(name));
    let first = mapped.and_then(SocketCode::row).map(Entry::Socket);
    let others = all().filter(move |entry| Some(*entry) != first);
    first.into_iter().chain(others.filter(move |entry| {
        entry.names().any(|known| letters(known).eq(letters(name)) && letters(name).count() > 0)
    }))
}

/// The letters and digits of a text, in lower case, for comparing names.
pub(crate) fn letters(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase)
}

/// A range of numbers, written with `x` for any digit: `4xx`, `45x`, `110xx`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pattern {
    low: u16,
    high: u16,
}

impl Pattern {
    /// Parses three or five characters that start with a digit and end with at least one `x`. `y`,
    /// `z` (as in the RFCs' `4yz`) and `*` mean the same as `x`.
    pub fn parse(text: &str) -> Option<Self> {
        let fixed = text.trim_end_matches(['x', 'X', 'y', 'Y', 'z', 'Z', '*']);
        let open = text.len() - fixed.len();
        let digits = !fixed.is_empty() && fixed.bytes().all(|byte| byte.is_ascii_digit());
        if !digits || open == 0 || !matches!(text.len(), 3 | 5) {
            return None;
        }
        let span = 10_u32.pow(u32::try_from(open).ok()?);
        let low = fixed.parse::<u32>().ok()?.checked_mul(span)?;
        let last = low.checked_add(span - 1)?.min(u32::from(u16::MAX));
        Some(Self { low: u16::try_from(low).ok()?, high: u16::try_from(last).ok()? })
    }

    /// Whether the number is in the range.
    pub const fn matches(self, number: u16) -> bool {
        self.low <= number && number <= self.high
    }
}

/// The rows whose numbers match the pattern.
pub fn by_pattern(pattern: Pattern) -> impl Iterator<Item = Entry> {
    all().filter(move |entry| pattern.matches(entry.number()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn numbers(entries: impl Iterator<Item = Entry>) -> Vec<u16> {
        entries.map(Entry::number).collect()
    }

    fn class(pattern: &str) -> Vec<u16> {
        numbers(by_pattern(Pattern::parse(pattern).expect("a pattern")))
    }

    #[test]
    fn a_name_finds_its_row_whatever_its_spelling() {
        for name in ["WSAECONNREFUSED", "econnrefused", "Connection refused", "ConnectionRefused"] {
            assert_eq!(numbers(by_name(name)), [10061], "{name}");
        }
        assert_eq!(numbers(by_name("EAI_AGAIN")), [11002]);
        assert_eq!(numbers(by_name("EPIPE")), [10058]);
        assert_eq!(numbers(by_name("eagain")), [10035]);
        assert_eq!(numbers(by_name("file unavailable")), [550]);
        assert_eq!(numbers(by_name("WSA_QOS_EUNKNOWNPSOBJ")), [11024]);
    }

    #[test]
    fn the_mapped_row_comes_before_others_of_the_same_name() {
        assert_eq!(numbers(by_name("ECANCELED")), [995, 10103, 10111]);
        assert_eq!(numbers(by_name("EINVAL")), [10022, 87]);
        assert_eq!(numbers(by_name("EBADF")), [10009, 6]);
    }

    #[test]
    fn no_name_means_no_row() {
        for name in ["", " ", "-", "ENOENT", "EAI_SYSTEM", "nonsense"] {
            assert_eq!(numbers(by_name(name)), [0; 0], "{name:?}");
        }
    }

    #[test]
    fn a_pattern_gives_its_class() {
        assert_eq!(class("45x"), [450, 451, 452]);
        assert_eq!(class("6yz"), [631, 632, 633]);
        assert_eq!(class("4xx"), [400, 421, 425, 426, 430, 431, 434, 450, 451, 452]);
        assert_eq!(class("1100x"), (11001..=11009).collect::<Vec<_>>());
        assert_eq!(class("110xx").len(), 33);
        assert_eq!(class("10XXX").len(), 58);
        assert_eq!(class("99x"), [995, 996, 997]);
        assert_eq!(class("2xxxx"), [0; 0]);
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for text in ["", "x", "xxx", "450", "4x5", "45xx", "4x", "xerox", "4äx", "999999x", "9xxxx"]
        {
            assert_eq!(Pattern::parse(text), None, "{text}");
        }
    }
}
