//! [`Choice`]: the name patterns that decide which entries of a tree are transferred (`--include`,
//! `--exclude`).

use packetboat_proto::pattern::matches_any_dot;

/// Shell patterns (`*`, `?` and `[a-z]`) that are matched against the last component of a path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// Only files that match one of these are transferred; an empty list includes all.
    pub include: Vec<Vec<u8>>,
    /// Files and whole directories that match one of these are left out.
    pub exclude: Vec<Vec<u8>>,
}

impl Choice {
    /// Whether to transfer a file, or to enter a directory.
    pub(crate) fn takes(&self, name: &[u8], is_directory: bool) -> bool {
        let fits = |patterns: &[Vec<u8>]| patterns.iter().any(|one| matches_any_dot(one, name));
        !fits(&self.exclude) && (is_directory || self.include.is_empty() || fits(&self.include))
    }

    /// Whether to create a directory that contains these files. With include patterns, it is only
    /// created if one of them matches.
    pub(crate) fn makes<'a>(&self, mut files: impl Iterator<Item = &'a [u8]>) -> bool {
        self.include.is_empty() || files.any(|name| self.takes(name, false))
    }

    /// Whether everything is transferred.
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
