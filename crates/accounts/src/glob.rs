//! Glob matching of names: `*` for any number of characters and `?` for one, on bytes or on
//! characters.

use packetboat_proto::pattern::matches_by;

/// Whether the name matches the pattern.
pub(crate) fn matches<T: Copy + PartialEq>(pattern: &[T], name: &[T], star: T, one: T) -> bool {
    matches_by(pattern, name, star, |rest, found| {
        rest.first().is_some_and(|&wanted| wanted == one || wanted == found).then_some(1)
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn stars_and_question_marks() {
        let matches = |pattern: &str, name: &str| {
            super::matches(pattern.as_bytes(), name.as_bytes(), b'*', b'?')
        };
        for (pattern, name, expected) in [
            ("*", "", true),
            ("*.exe", ".exe", true),
            ("*.exe", ".a.exe", true),
            ("*.exe", "a.exe.txt", false),
            ("a*b*c", "axxbxxbc", true),
            ("a*b*c", "axxbxx", false),
            ("?", "", false),
            ("?b", "ab", true),
            ("", "", true),
            ("", "a", false),
            ("**", "abc", true),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
        let long = "a*".repeat(200);
        assert!(!matches(&(long + "b"), &"a".repeat(4000)));
    }
}
