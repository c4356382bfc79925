//! Matches names against patterns. The patterns of LIST and NLST, which many clients send for `mget
//! *.txt`, have `*`, `?` and `[a-z]`; callers of [`matches_by`] say themselves what matches one
//! character. The work is at most the product of both lengths, whatever the pattern.

/// Whether the last part of a pathname is a pattern rather than a single name.
pub fn is_pattern(name: &[u8]) -> bool {
    name.iter().any(|byte| matches!(byte, b'*' | b'?' | b'['))
}

/// Appends a pattern that matches these bytes and nothing else.
pub fn escape(literal: &[u8], out: &mut Vec<u8>) {
    for &byte in literal {
        match byte {
            b'*' | b'?' | b'[' => out.extend_from_slice(&[b'[', byte, b']']),
            _ => out.push(byte),
        }
    }
}

/// Whether the name matches the pattern. A leading dot must be matched by a dot, as in a shell.
pub fn matches(pattern: &[u8], name: &[u8]) -> bool {
    if name.first() == Some(&b'.') && pattern.first() != Some(&b'.') {
        return false;
    }
    matches_by(pattern, name, b'*', match_one)
}

/// Like [`matches()`], but a leading dot is an ordinary character; for choosing among names that the
/// caller already has.
pub fn matches_any_dot(pattern: &[u8], name: &[u8]) -> bool {
    matches_by(pattern, name, b'*', match_one)
}

/// Whether a name matches a pattern in which `star` stands for any number of characters.
/// `match_one` gets the rest of the pattern and one character, and returns how much of the pattern
/// matched that character.
pub fn matches_by<T: Copy + PartialEq>(
    pattern: &[T],
    name: &[T],
    star: T,
    match_one: impl Fn(&[T], T) -> Option<usize>,
) -> bool {
    let (mut p, mut n) = (0, 0);
    // Where to continue if the last star has to take one more character.
    let mut retry: Option<(usize, usize)> = None;
    loop {
        let rest = &pattern[p..];
        if rest.first() == Some(&star) {
            retry = Some((p + 1, n));
            p += 1;
            continue;
        }
        match name.get(n).map(|&found| match_one(rest, found)) {
            None if rest.is_empty() => return true,
            Some(Some(taken)) => {
                p += taken;
                n += 1;
            }
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

/// How many bytes of the pattern matched one byte of the name.
fn match_one(pattern: &[u8], byte: u8) -> Option<usize> {
    match pattern {
        [b'?', ..] => Some(1),
        [b'[', rest @ ..] => match set(rest, byte) {
            Some((true, length)) => Some(1 + length),
            Some((false, _)) => None,
            // A bracket that is never closed is an ordinary character.
            None => (byte == b'[').then_some(1),
        },
        [literal, ..] => (*literal == byte).then_some(1),
        [] => None,
    }
}

/// Whether the set after `[` contains the byte, and the length of the set including its `]`.
fn set(pattern: &[u8], byte: u8) -> Option<(bool, usize)> {
    let negated = matches!(pattern.first(), Some(b'!' | b'^'));
    let start = usize::from(negated);
    // A `]` at the very start is a member of the set.
    let end = start + 1 + pattern.get(start + 1..)?.iter().position(|&b| b == b']')?;
    let mut members = &pattern[start..end];
    let mut found = false;
    while let Some((&first, rest)) = members.split_first() {
        if let [b'-', last, after @ ..] = rest {
            found |= (first..=*last).contains(&byte);
            members = after;
        } else {
            found |= first == byte;
            members = rest;
        }
    }
    Some((found != negated, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn patterns_as_in_a_shell() {
        for (pattern, name, expected) in [
            ("*", "a", true),
            ("*", ".hidden", false),
            (".*", ".hidden", true),
            ("*.txt", "a.txt", true),
            ("*.txt", "a.txt.gz", false),
            ("a*b*c", "axxbxxbc", true),
            ("a*b*c", "axxbxx", false),
            ("?", "", false),
            ("[a-c]x", "bx", true),
            ("[!a-c]x", "bx", false),
            ("[]]", "]", true),
            ("[x", "[x", true),
            ("**", "abc", true),
            ("", "", true),
            ("", "a", false),
        ] {
            assert_eq!(matches(pattern.as_bytes(), name.as_bytes()), expected, "{pattern} {name}");
        }
    }

    proptest! {
        #[test]
        fn a_name_without_special_bytes_matches_itself_alone(a in "[a-z.]{0,9}", b in "[a-z.]{0,9}") {
            prop_assert_eq!(matches(a.as_bytes(), b.as_bytes()), a == b);
        }

        #[test]
        fn an_escaped_name_matches_itself_alone(a in r"[*?\[\]!^a-]{1,9}", b in r"[*?\[\]!^a-]{0,9}") {
            let mut pattern = Vec::new();
            escape(a.as_bytes(), &mut pattern);
            prop_assert!(matches(&pattern, a.as_bytes()));
            prop_assert_eq!(matches(&pattern, b.as_bytes()), a == b);
        }

        #[test]
        fn no_pattern_panics_or_explodes(
            pattern in proptest::collection::vec(prop_oneof![Just(b'*'), Just(b'['), Just(b']'), Just(b'-'), any::<u8>()], 0..60),
            name in proptest::collection::vec(prop_oneof![Just(b'a'), any::<u8>()], 0..60),
        ) {
            let _ = matches(&pattern, &name);
        }
    }
}
