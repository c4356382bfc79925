//! JSON output that is safe to show on a terminal. JSON itself only escapes characters below the
//! space, but names and replies come from others: without further escapes, DEL, the C1 controls and
//! bidirectional marks would reach the terminal of whoever looks at a line.

use packetboat_proto::text::is_unfit;
use serde_json::Value;

/// An object on one line, without a newline at the end.
pub(crate) fn line(object: &Value) -> String {
    let text = object.to_string();
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text;
    }
    let mut line = String::with_capacity(text.len());
    for letter in text.chars() {
        // Such a character can only be inside a string.
        match is_unfit(letter) {
            true => push_escape(&mut line, letter),
            false => line.push(letter),
        }
    }
    line
}

/// Appends a character as a `\u` escape within a string (RFC 8259 §7). All unsafe characters fit
/// into four digits.
pub(crate) fn push_escape(line: &mut String, letter: char) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    line.push_str("\\u");
    for place in [12, 8, 4, 0] {
        let digit = (u32::from(letter) >> place & 15) as usize;
        line.push(char::from(DIGITS[digit]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nothing_that_steers_a_terminal_is_left_and_all_can_be_read_back() {
        let text =
            "\"quoted\" \\ \r\n\u{1b}\u{7f}\u{9b}31m\u{200e}\u{202e}\u{2069} gr\u{fc}n \u{1f600}";
        let object = json!({"name\u{9b}": text, "plain": [1, null, "a~ b"]});
        let line = line(&object);
        assert!(!line.chars().any(is_unfit) && line.contains("\\u009b31m"), "{line}");
        assert_eq!(serde_json::from_str::<Value>(&line).expect("JSON"), object);
    }
}
