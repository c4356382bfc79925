//! Questions about our own exit codes: `exit 11`, `exit code 11`, `packetboat 11`, `exit partial`.

use crate::exit::{EXITS, ExitRow};

/// Words that may come before the number or name of an exit code.
const BEFORE: &[&str] = &["packetboat", "exit", "code", "status"];

/// The exit code that a text asks about.
pub(super) fn asked(text: &str) -> Option<&'static ExitRow> {
    let words: Vec<_> = text.split([' ', ':', '=']).filter(|word| !word.is_empty()).collect();
    let (which, before) = words.split_last()?;
    let is_before = |word: &&str| BEFORE.iter().any(|known| known.eq_ignore_ascii_case(word));
    let says_exit = |word: &&str| BEFORE[..2].iter().any(|known| known.eq_ignore_ascii_case(word));
    if !before.iter().all(is_before) || !before.iter().any(says_exit) {
        return None;
    }
    let number: Option<u8> = which.parse().ok();
    EXITS.iter().find(|row| {
        number.map_or_else(|| row.name.eq_ignore_ascii_case(which), |number| row.number == number)
    })
}

/// Separates questions about exit codes from the other arguments.
pub(super) fn apart(what: &[String]) -> (Vec<&'static ExitRow>, Vec<String>) {
    let (mut exits, mut rest) = (Vec::new(), Vec::new());
    for text in what {
        match asked(text) {
            Some(row) => exits.push(row),
            None => rest.push(text.clone()),
        }
    }
    (exits, rest)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{PLAIN, ask, ask_on, objects};
    use super::*;

    #[test]
    fn an_exit_code_is_asked_for_by_number_and_by_name() {
        for text in ["exit 11", "exit code 11", "EXIT STATUS 11", "packetboat 11", "exit partial"] {
            assert_eq!(asked(text).map(|row| row.number), Some(11), "{text}");
        }
        assert_eq!(asked("packetboat exit code: 130").map(|row| row.name), Some("interrupted"));
        for text in [
            "",
            "11",
            "exit",
            "exit 99",
            "code 11",
            "partial",
            "packetboat get 5",
            "exit -1",
            "packetboat code",
        ] {
            assert!(asked(text).is_none(), "{text}");
        }
    }

    #[test]
    fn our_own_exit_codes_are_known() {
        let (exit, out, err) = ask(&["exit", "code", "11"]);
        assert_eq!((exit, err.as_str()), (0, ""));
        assert!(
            out.starts_with("packetboat exit 11 partial\n  means   Some of several files"),
            "{out}"
        );
        let (exit, both, _) = ask(&["550", "exit 5"]);
        assert_eq!(exit, 0);
        assert!(
            both.starts_with("550 ") && both.contains("\n\npacketboat exit 5 not-found\n"),
            "{both}"
        );
        let (_, object, _) = ask_on(PLAIN, &["exit 13"], true, None);
        let object = &objects(&object)[0];
        assert_eq!((&object["kind"], &object["name"]), (&"exit".into(), &"tls".into()));
        assert_eq!(ask(&["exit", "99"]).0, 1);
    }
}
