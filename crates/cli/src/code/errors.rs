//! Recognizes lines that report an error in unknown words. They are counted, so that silence does
//! not look like an explanation.

use super::forms::object_in;
use super::log::at_session;

/// Whole words in lines that report an error: English, German, French.
const ERROR_WORDS: &[&str] = &[
    "error",
    "errors",
    "failed",
    "failure",
    "fatal",
    "exception",
    "denied",
    "refused",
    "rejected",
    "aborted",
    "fehler",
    "fehlgeschlagen",
    "gescheitert",
    "verweigert",
    "abgebrochen",
    "abgelaufen",
    "erreur",
    "échec",
    "échoué",
];

/// Words that negate such a word when they come before it.
const NONE: &[&str] = &["0", "no", "without", "keine", "ohne", "aucune", "sans"];

/// Whether a line is from a Packetboat server's log, which says plainly what happened. Journals put
/// words in front of it.
fn is_own(line: &str) -> bool {
    object_in(line).is_some_and(|object| object.starts_with("{\"time\":"))
        || at_session(line).is_some()
}

/// Whether a line reports an error.
pub(super) fn is_told_in(line: &str) -> bool {
    if is_own(line) {
        return false;
    }
    let mut before = String::new();
    line.split_whitespace().any(|token| {
        // A name such as error.log is not one of the words.
        let word = token.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        // An exception is one word with its kind: java.io.IOException.
        let exception = word.len() > "exception".len() && word.ends_with("exception");
        let told = (exception || ERROR_WORDS.contains(&&*word)) && !NONE.contains(&&*before);
        before = word;
        told
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_tells_an_error_is_told_from_one_that_names_it() {
        for line in [
            "Error: the moon is full",
            "Fehler:\tKeine Ahnung",
            "java.lang.IllegalStateException: who knows",
            "mirror: Fatal error: max-retries exceeded",
            "open /tmp/x: permission denied",
        ] {
            assert!(is_told_in(line), "{line}");
        }
        for line in [
            "",
            "Status: Connected",
            "-rw-r--r-- 1 ftp ftp 550 May 1 10:00 error.log",
            "0 errors, 3 files",
            "Transfer ended without error",
            ". 2026-11-27 15:43:29.123 Ping type: Dummy, Ping interval: 30 sec; Timeout: 15 sec",
            "/errors/a.txt",
            "2026-11-27 15:43:29 #3 login of anna: refused: there is no such account",
            "Nov 27 15:43:29 host packetboat[77]: #3 login of anna: refused: there is no such account",
            "Nov  7 15:43:29 host packetboat[77]: 2026-11-07 15:43:29 #3 login of anna: refused: wrong password",
            r#"Nov 27 15:43:29 host packetboat[77]: {"time":"2026-11-27T15:43:29.123Z","event":"x","error":"broken"}"#,
            r#"{"time":"2026-11-27T15:43:29.123Z","session":3,"event":"not secured","error":"broken"}"#,
        ] {
            assert!(!is_told_in(line), "{line}");
        }
    }
}
