//! Names with `*` for any number of characters and `?` for one. Work is at most the product of both lengths.

/// Whether the name matches the pattern.
pub(crate) fn matches<T: Copy + PartialEq>(pattern: &[T], name: &[T], star: T, one: T) -> bool {
    let (mut p, mut n) = (0, 0);
    // Where to go on after a star that took one character more.
    let mut retry: Option<(usize, usize)> = None;
    loop {
        match (pattern.get(p), name.get(n)) {
            (Some(&wanted), _) if wanted == star => {
                retry = Some((p + 1, n));
                p += 1;
            }
            (Some(&wanted), Some(&found)) if wanted == one || wanted == found => {
                p += 1;
                n += 1;
            }
            (None, None) => return true,
            _ => match retry {
                Some((after_star, taken)) if taken < name.len() => {
                    retry = Some((after_star, taken + 1));
                    p = after_star;
                    n = taken + 1;
                }
                _ => return false,
            },
        }
    }
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
