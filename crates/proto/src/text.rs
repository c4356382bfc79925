//! Makes text from the wire safe to show on a terminal or in a log.

use std::fmt::Write as _;

/// The bytes as text that cannot end a line, move the cursor, set colours or hide anything: control
/// characters, marks that change the writing direction, and bytes that are not UTF-8 become
/// escapes.
pub fn visible(bytes: &[u8]) -> String {
    // Most text is nothing but printable ASCII.
    if bytes.iter().all(|byte| matches!(byte, b' '..=b'~')) {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for letter in chunk.valid().chars() {
            // Writing to a string cannot fail.
            let _ = match is_unfit(letter) {
                true => write!(out, "\\u{{{:x}}}", u32::from(letter)),
                false => out.write_char(letter),
            };
        }
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    out
}

/// Whether a character could end a line, control a terminal or hide text: control characters and
/// marks that change the writing direction.
pub fn is_unfit(letter: char) -> bool {
    letter.is_control() || turns_or_breaks(letter)
}

/// Marks that can make one text look like another: every character with the Unicode property
/// Bidi_Control, and the line separators.
fn turns_or_breaks(letter: char) -> bool {
    matches!(
        letter,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_steer_a_terminal_or_forge_a_line_is_shown_as_an_escape() {
        assert_eq!(visible(b"a\x1b[2Jb\r\nc\x07\x7f"), "a\\u{1b}[2Jb\\u{d}\\u{a}c\\u{7}\\u{7f}");
        assert_eq!(
            visible("\u{9b}31m \u{202e}txt\u{2028}\u{61c}".as_bytes()),
            "\\u{9b}31m \\u{202e}txt\\u{2028}\\u{61c}"
        );
        assert_eq!(visible(b"gr\xfcn \xe2\x80"), "gr\\xfcn \\xe2\\x80");
        assert_eq!(visible("gr\u{fc}n \u{65e5}\u{672c}".as_bytes()), "gr\u{fc}n \u{65e5}\u{672c}");
    }
}
