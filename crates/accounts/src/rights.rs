//! The rights of an account: one for each kind of thing that can be done to files.

use std::fmt;

/// What an account may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// See which files there are.
    List,
    /// Read files.
    Read,
    /// Store files under names that are free.
    Write,
    /// Replace files, and change what is in them.
    Overwrite,
    /// Add to the end of files.
    Append,
    /// Delete files.
    Delete,
    /// Rename files and directories.
    Rename,
    /// Make directories.
    MakeDirectory,
    /// Remove directories.
    RemoveDirectory,
    /// Change times, modes and groups.
    Attributes,
}

/// A set of rights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rights(u16);

/// Every right, and the word that stands for it.
static WORDS: &[(Right, &str)] = &[
    (Right::List, "list"),
    (Right::Read, "read"),
    (Right::Write, "write"),
    (Right::Overwrite, "overwrite"),
    (Right::Append, "append"),
    (Right::Delete, "delete"),
    (Right::Rename, "rename"),
    (Right::MakeDirectory, "mkdir"),
    (Right::RemoveDirectory, "rmdir"),
    (Right::Attributes, "attributes"),
];

/// Words that stand for several rights.
static GROUPS: &[(&str, Rights)] = &[
    ("all", Rights::ALL),
    ("read-only", Rights::READ_ONLY),
    ("drop-box", Rights::NONE.with(Right::Write).with(Right::MakeDirectory)),
    ("none", Rights::NONE),
];

impl Rights {
    /// No right at all.
    pub const NONE: Self = Self(0);
    /// To list and to read.
    pub const READ_ONLY: Self = Self::NONE.with(Right::List).with(Right::Read);
    /// Every right.
    pub const ALL: Self = Self((1 << (Right::Attributes as u16 + 1)) - 1);
    /// Every right by which bytes are stored.
    pub const STORING: Self =
        Self::NONE.with(Right::Write).with(Right::Overwrite).with(Right::Append);
    /// Every right to change something.
    pub const CHANGING: Self = Self(Self::ALL.0 & !Self::READ_ONLY.0);

    /// The word of the one right that this is; nothing where it is none, or several.
    pub fn only(self) -> Option<&'static str> {
        WORDS.iter().find(|(right, _)| self == Self::NONE.with(*right)).map(|(_, word)| *word)
    }

    /// These rights and one more.
    #[must_use]
    pub const fn with(self, right: Right) -> Self {
        Self(self.0 | 1 << right as u16)
    }

    /// These rights and the others.
    #[must_use]
    pub const fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// Those of these rights that are among the others, too.
    #[must_use]
    pub const fn common(self, others: Self) -> Self {
        Self(self.0 & others.0)
    }

    /// These rights, less those to change something at a time that is read-only.
    #[must_use]
    pub fn during(self, read_only: bool) -> Self {
        if read_only { self.common(Self::READ_ONLY) } else { self }
    }

    /// Whether the right is among them.
    pub fn has(self, right: Right) -> bool {
        self.has_any(Self::NONE.with(right))
    }

    /// Whether one of the others is among them.
    pub fn has_any(self, others: Self) -> bool {
        self.0 & others.0 != 0
    }

    /// Reads words with commas between them: those of single rights, `all`, `read-only`, `drop-box`, `none`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut rights = Self::NONE;
        for word in text.split(',').map(str::trim) {
            let single = WORDS.iter().find(|(_, known)| *known == word);
            let single = single.map(|(right, _)| Self::NONE.with(*right));
            let group = || GROUPS.iter().find(|(known, _)| *known == word).map(|(_, group)| *group);
            match single.or_else(group) {
                Some(found) => rights.0 |= found.0,
                None => return Err(format!("{word:?} is not a right; {}", Self::known())),
            }
        }
        Ok(rights)
    }

    /// The words there are, for messages.
    fn known() -> String {
        let groups = GROUPS.iter().map(|(word, _)| *word);
        let words: Vec<&str> = groups.chain(WORDS.iter().map(|(_, word)| *word)).collect();
        format!("give words of {} with commas between them", words.join(", "))
    }
}

/// As [`Rights::parse`] reads them.
impl fmt::Display for Rights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((word, _)) = GROUPS.iter().find(|(_, group)| group == self) {
            return f.write_str(word);
        }
        let words = WORDS.iter().filter(|(right, _)| self.has(*right));
        f.write_str(&words.map(|(_, word)| *word).collect::<Vec<_>>().join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_survive_a_round_trip_and_wrong_ones_name_the_right_ones() {
        for rights in (0..=Rights::ALL.0).map(Rights) {
            assert_eq!(Rights::parse(&rights.to_string()), Ok(rights));
        }
        assert_eq!(
            Rights::parse("read-only, append").map(|r| r.to_string()).as_deref(),
            Ok("list,read,append")
        );
        assert!(
            Rights::parse("read,fly")
                .is_err_and(|why| why.contains("\"fly\"") && why.contains("mkdir"))
        );
        assert!(Rights::parse("").is_err());
    }

    #[test]
    fn every_right_has_a_word_and_all_is_all() {
        assert_eq!(WORDS.len(), Rights::ALL.0.count_ones() as usize);
        assert!(WORDS.iter().all(|(right, _)| Rights::ALL.has(*right)));
        assert!(!Rights::CHANGING.has(Right::Read) && Rights::CHANGING.has(Right::Attributes));
    }
}
