//! Splits arguments of several words. Pathnames may be in double quotes, in which a doubled quote
//! is a quote, as in the reply to PWD (RFC 959 App. II).

/// A quoted word at the start of the argument, and the rest after it.
pub(super) fn quoted(argument: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut rest = argument.strip_prefix(b"\"")?;
    let mut word = Vec::new();
    loop {
        let quote = rest.iter().position(|&byte| byte == b'"')?;
        word.extend_from_slice(&rest[..quote]);
        rest = &rest[quote + 1..];
        match rest {
            [b'"', after @ ..] => {
                word.push(b'"');
                rest = after;
            }
            _ => return Some((word, rest)),
        }
    }
}

/// All words, separated by `separator` and spaces; `None` if a quote is not closed or a word is empty.
pub(super) fn all(argument: &[u8], separator: u8) -> Option<Vec<Vec<u8>>> {
    let mut words = Vec::new();
    let mut rest = argument.trim_ascii();
    loop {
        let (word, after) = match quoted(rest) {
            Some((word, after)) => (word, after.trim_ascii_start()),
            None if rest.starts_with(b"\"") => return None,
            None => {
                let end = rest.iter().position(|&byte| byte == separator).unwrap_or(rest.len());
                (rest[..end].trim_ascii_end().to_vec(), &rest[end..])
            }
        };
        if word.is_empty() {
            return None;
        }
        words.push(word);
        rest = match after {
            [] => return Some(words),
            [first, more @ ..] if *first == separator => more.trim_ascii_start(),
            _ if separator == b' ' => after,
            _ => return None,
        };
    }
}

/// The first word, and the rest after one space.
pub(crate) fn first(argument: &[u8]) -> (&[u8], &[u8]) {
    match argument.iter().position(|&byte| byte == b' ') {
        Some(space) => (&argument[..space], &argument[space + 1..]),
        None => (argument, &argument[argument.len()..]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(argument: &str, separator: u8) -> Option<Vec<String>> {
        let words = all(argument.as_bytes(), separator)?;
        Some(words.into_iter().map(|word| String::from_utf8(word).expect("text")).collect())
    }

    #[test]
    fn words_stand_with_and_without_quotes() {
        for (argument, expected) in [
            (r#""a b" c "d""e""#, vec!["a b", "c", "d\"e"]),
            ("a  b", vec!["a", "b"]),
            (r#" "a""b" "#, vec!["a\"b"]),
            (r#""a"b"#, vec!["a", "b"]),
        ] {
            assert_eq!(words(argument, b' ').expect("words"), expected, "{argument}");
        }
        assert_eq!(words(r#"a b, "c, d" ,e"#, b',').expect("words"), ["a b", "c, d", "e"]);
        for bad in ["", "\"a", "\"\"", "a \"b", " "] {
            assert_eq!(words(bad, b' '), None, "{bad}");
        }
        for bad in ["a,", ",a", "a,,b", "\"a\" b"] {
            assert_eq!(words(bad, b','), None, "{bad}");
        }
    }
}
