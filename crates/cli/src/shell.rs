//! Quoting for commands that messages offer to copy into a shell.

/// Quotes the text as one word of a POSIX shell.
pub(crate) fn word(text: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-._/:@%+=,".contains(letter);
    match !text.is_empty() && text.chars().all(plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::word;

    #[test]
    fn a_word_stays_one() {
        for (text, expected) in [
            ("anna", "anna"),
            ("/tmp/a.pem", "/tmp/a.pem"),
            ("anna b", "'anna b'"),
            ("$(x)", "'$(x)'"),
            ("it's", r"'it'\''s'"),
            ("", "''"),
        ] {
            assert_eq!(word(text), expected);
        }
    }
}
