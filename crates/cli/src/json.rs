//! JSON as this program writes it: fit to be read on a terminal too. JSON itself escapes only what is below the space, but
//! names and replies come from others, and DEL, the controls behind 127 and marks that turn the writing would reach the
//! terminal of whoever looks at a line.

use packetboat_proto::text::is_unfit;
use serde_json::Value;

/// An object on one line, without the end of that line.
pub(crate) fn line(object: &Value) -> String {
    let text = object.to_string();
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text;
    }
    let mut line = String::with_capacity(text.len());
    for letter in text.chars() {
        // Only within a string can there be one.
        match is_unfit(letter) {
            true => push_escape(&mut line, letter),
            false => line.push(letter),
        }
    }
    line
}

/// A letter as an escape within a string (RFC 8259 §7). None that is unfit needs more than four digits.
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
