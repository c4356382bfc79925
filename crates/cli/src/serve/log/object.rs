//! Writes a JSON object as one line while it is put together. A busy server writes two for each
//! file it transfers, and building a tree of values first would take several times as long.

use std::time::Duration;

use packetboat_proto::text::is_unfit;

use super::Clock;
use crate::json::push_escape;

/// The length of most lines.
const USUAL_LENGTH: usize = 256;

/// An object that is being written.
pub(super) struct Object {
    line: String,
}

impl Object {
    /// Starts an object with the time of the event.
    pub(super) fn new(at: Clock) -> Self {
        let mut line = String::with_capacity(USUAL_LENGTH);
        line.push_str("{\"time\":\"");
        at.write_rfc3339(&mut line);
        line.push('"');
        Self { line }
    }

    /// Ends the object, and returns the line.
    pub(super) fn finish(mut self) -> String {
        self.line.push_str("}\n");
        self.line
    }

    /// Adds the event's name and its text fields.
    pub(super) fn event(&mut self, name: &str, fields: &[(&str, &str)]) {
        self.text("event", name);
        for (key, value) in fields {
            self.text(key, value);
        }
    }

    pub(super) fn text(&mut self, key: &str, value: &str) {
        self.key(key);
        self.string(value);
    }

    pub(super) fn optional_text(&mut self, key: &str, value: Option<&str>) {
        match value {
            Some(value) => self.text(key, value),
            None => self.null(key),
        }
    }

    pub(super) fn texts<T: AsRef<str>>(&mut self, key: &str, values: impl Iterator<Item = T>) {
        self.key(key);
        self.line.push('[');
        for (number, value) in values.enumerate() {
            if number > 0 {
                self.line.push(',');
            }
            self.string(value.as_ref());
        }
        self.line.push(']');
    }

    pub(super) fn number(&mut self, key: &str, value: u64) {
        self.key(key);
        push_number(&mut self.line, value, 1);
    }

    pub(super) fn optional_number(&mut self, key: &str, value: Option<u64>) {
        match value {
            Some(value) => self.number(key, value),
            None => self.null(key),
        }
    }

    pub(super) fn truth(&mut self, key: &str, value: bool) {
        self.key(key);
        self.line.push_str(if value { "true" } else { "false" });
    }

    pub(super) fn null(&mut self, key: &str) {
        self.key(key);
        self.line.push_str("null");
    }

    /// Adds a duration in seconds, to the nanosecond.
    pub(super) fn seconds(&mut self, key: &str, value: Duration) {
        self.key(key);
        push_number(&mut self.line, value.as_secs(), 1);
        self.line.push('.');
        push_number(&mut self.line, value.subsec_nanos().into(), 9);
    }

    /// Keys are words of this program and need no escaping.
    fn key(&mut self, key: &str) {
        self.line.push_str(",\"");
        self.line.push_str(key);
        self.line.push_str("\":");
    }

    /// Adds a string. Characters that are unsafe for a terminal are escaped, as in all JSON of this
    /// program.
    fn string(&mut self, value: &str) {
        self.line.push('"');
        let is_plain = |byte: u8| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\';
        if value.bytes().all(is_plain) {
            self.line.push_str(value);
        } else {
            for letter in value.chars() {
                self.letter(letter);
            }
        }
        self.line.push('"');
    }

    fn letter(&mut self, letter: char) {
        if is_unfit(letter) {
            return push_escape(&mut self.line, letter);
        }
        if matches!(letter, '"' | '\\') {
            self.line.push('\\');
        }
        self.line.push(letter);
    }
}

/// Appends a number with at least this many digits.
pub(super) fn push_number(line: &mut String, mut number: u64, digits: usize) {
    // A 64-bit number has at most 20 digits.
    let mut text = [b'0'; 20];
    let mut start = text.len();
    while number > 0 || text.len() - start < digits {
        start -= 1;
        text[start] = b'0' + (number % 10) as u8;
        number /= 10;
    }
    line.push_str(std::str::from_utf8(&text[start..]).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn every_kind_of_value_can_be_read_back() {
        let text = "\"quoted\" \\ \n\u{7f}\u{9b}\u{202e} gr\u{fc}n \u{1f600}";
        let mut object = Object::new(Clock { seconds: 951_827_696, millis: 5 });
        object.text("text", text);
        object.text("plain", "a b~");
        object.optional_text("none", None);
        object.texts("texts", ["a", "\t"].into_iter());
        object.texts("empty", std::iter::empty::<&str>());
        object.number("zero", 0);
        object.number("most", u64::MAX);
        object.optional_number("bytes", Some(4096));
        object.truth("true", true);
        object.truth("false", false);
        object.seconds("seconds", Duration::new(3, 50));
        let line = object.finish();
        assert!(line.is_char_boundary(line.len() - 1) && line.ends_with("}\n"));
        assert!(!line.trim_end().chars().any(is_unfit), "{line}");
        let read: Value = serde_json::from_str(&line).expect("JSON");
        let expected = json!({
            "time": "2000-02-29T12:34:56.005Z", "text": text, "plain": "a b~", "none": null,
            "texts": ["a", "\t"], "empty": [], "zero": 0, "most": u64::MAX, "bytes": 4096,
            "true": true, "false": false, "seconds": 3.00000005,
        });
        assert_eq!(read, expected);
    }
}
