//! [`Rights`] of an account: one [`Right`] for each kind of operation on files.

use std::fmt;

/// A kind of operation that an account may be allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// List files.
    List,
    /// Read files.
    Read,
    /// Store files under new names.
    Write,
    /// Replace files and change their content.
    Overwrite,
    /// Append to files.
    Append,
    /// Delete files.
    Delete,
    /// Rename files and directories.
    Rename,
    /// Create directories.
    MakeDirectory,
    /// Remove directories.
    RemoveDirectory,
    /// Change times, modes and groups.
    Attributes,
}

/// A set of rights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rights(u16);

/// Every right and its keyword.
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

/// Keywords for sets of rights.
static GROUPS: &[(&str, Rights)] = &[
    ("all", Rights::ALL),
    ("read-only", Rights::READ_ONLY),
    ("drop-box", Rights::NONE.with(Right::Write).with(Right::MakeDirectory)),
    ("none", Rights::NONE),
];

impl Rights {
    /// No rights.
    pub const NONE: Self = Self(0);
    /// List and read.
    pub const READ_ONLY: Self = Self::NONE.with(Right::List).with(Right::Read);
    /// Every right.
    pub const ALL: Self = Self((1 << (Right::Attributes as u16 + 1)) - 1);
    /// Every right that stores bytes.
    pub const STORING: Self =
        Self::NONE.with(Right::Write).with(Right::Overwrite).with(Right::Append);
    /// Every right that changes something.
    pub const CHANGING: Self = Self(Self::ALL.0 & !Self::READ_ONLY.0);

    /// The keyword, if this is exactly one right.
    pub fn only(self) -> Option<&'static str> {
        WORDS.iter().find(|(right, _)| self == Self::NONE.with(*right)).map(|(_, word)| *word)
    }

    /// Adds a right.
    #[must_use]
    pub const fn with(self, right: Right) -> Self {
        Self(self.0 | 1 << right as u16)
    }

    /// The union of both sets.
    #[must_use]
    pub const fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// The intersection of both sets.
    #[must_use]
    pub const fn common(self, others: Self) -> Self {
        Self(self.0 & others.0)
    }

    /// These rights, without those that change something if `read_only` is set.
    #[must_use]
    pub fn during(self, read_only: bool) -> Self {
        if read_only { self.common(Self::READ_ONLY) } else { self }
    }

    /// Whether the set contains the right.
    pub fn has(self, right: Right) -> bool {
        self.has_any(Self::NONE.with(right))
    }

    /// Whether the sets have a right in common.
    pub fn has_any(self, others: Self) -> bool {
        self.0 & others.0 != 0
    }

    /// Reads keywords separated by commas: single rights, `all`, `read-only`, `drop-box`, `none`.
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

    /// The keywords, for messages.
    fn known() -> String {
        let groups = GROUPS.iter().map(|(word, _)| *word);
        let words: Vec<&str> = groups.chain(WORDS.iter().map(|(_, word)| *word)).collect();
        format!("give words from {}, separated by commas", words.join(", "))
    }
}

/// In the form that [`Rights::parse`] reads.
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
