//! Makes text from outside harmless: what a server wrote must not control the terminal that shows
//! it.

use anstream::adapter::strip_str;
use packetboat_proto::text::is_unfit;

/// The text without terminal sequences. Any other control or bidirectional character becomes
/// visible as `\x1b` or `\u{202e}`.
pub(super) fn clean(text: &str) -> String {
    let stripped = strip_str(text).to_string();
    let mut clean = String::with_capacity(stripped.len());
    for c in stripped.chars() {
        match c {
            '\t' => clean.push(' '),
            c if is_unfit(c) => clean.extend(c.escape_default()),
            c => clean.push(c),
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_steers_a_terminal_is_left() {
        assert_eq!(clean("\u{1b}[31mred\u{1b}[0m"), "red");
        assert_eq!(clean("\u{1b}]0;title\u{7}text"), "text");
        for hostile in
            ["a\u{1b}", "\u{9b}2J", "x\u{8}\u{7f}", "\u{202e}txt.exe", "\u{61c}", "a\rb", "\0"]
        {
            let clean = clean(hostile);
            assert!(!clean.chars().any(is_unfit), "{clean:?}");
        }
    }

    #[test]
    fn plain_text_stays_as_it_is() {
        for text in ["550 Datei nicht gefunden: Größe.txt", "日本語", ""] {
            assert_eq!(clean(text), text);
        }
    }
}
