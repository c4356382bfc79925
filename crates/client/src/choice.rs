//! Which entries of a tree are moved, by patterns of their names.

use packetboat_proto::pattern::matches_any_dot;

/// Patterns of names, as a shell has them: `*`, `?` and `[a-z]`, against the last part of a path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// Files are taken only if one of these fits; if there is none, all are.
    pub include: Vec<Vec<u8>>,
    /// Files and whole directories are left out if one of these fits.
    pub exclude: Vec<Vec<u8>>,
}

impl Choice {
    /// Whether a file is moved, or a directory entered.
    pub(crate) fn takes(&self, name: &[u8], is_directory: bool) -> bool {
        let fits = |patterns: &[Vec<u8>]| patterns.iter().any(|one| matches_any_dot(one, name));
        !fits(&self.exclude) && (is_directory || self.include.is_empty() || fits(&self.include))
    }

    /// Whether a directory with these files is made: where only some files are moved, it comes with the first of them.
    pub(crate) fn makes<'a>(&self, mut files: impl Iterator<Item = &'a [u8]>) -> bool {
        self.include.is_empty() || files.any(|name| self.takes(name, false))
    }

    /// Whether everything is taken.
    pub(crate) fn is_all(&self) -> bool {
        self.include.is_empty() && self.exclude.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_go_by_both_and_directories_by_what_is_left_out() {
        let list = |patterns: &[&str]| patterns.iter().map(|one| one.as_bytes().to_vec()).collect();
        let choice =
            Choice { include: list(&["*.txt", "read*"]), exclude: list(&["*.old", ".git"]) };
        for (name, is_directory, takes) in [
            ("a.txt", false, true),
            (".a.txt", false, true),
            ("readme", false, true),
            ("a.bin", false, false),
            ("a.txt.old", false, false),
            ("deep", true, true),
            (".git", true, false),
        ] {
            let name = name.as_bytes();
            assert_eq!(choice.takes(name, is_directory), takes, "{name:?}");
        }
        let all = Choice::default();
        assert!(all.takes(b"x", false) && all.is_all() && !choice.is_all());
    }
}
