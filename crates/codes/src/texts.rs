//! Socket errors in the words in which systems tell them, for logs and pasted messages that hold
//! neither a number nor a name.

use crate::gai::LOOKUP_TEXTS;
use crate::sockets::SocketCode;

/// What strerror says in glibc, musl and the BSDs where it is unmistakable. Texts that file errors
/// share with sockets ("Permission denied") are left out: they would explain the wrong thing.
static STRERROR: &[(&str, u16)] = &[
    ("Address already in use", 10048),
    ("Address in use", 10048),
    ("Cannot assign requested address", 10049),
    ("Can't assign requested address", 10049),
    ("Address not available", 10049),
    ("Network is down", 10050),
    ("Network is unreachable", 10051),
    ("Network unreachable", 10051),
    ("Network dropped connection on reset", 10052),
    ("Software caused connection abort", 10053),
    ("Connection reset by peer", 10054),
    ("No buffer space available", 10055),
    ("Transport endpoint is not connected", 10057),
    ("Socket is not connected", 10057),
    ("Broken pipe", 10058),
    ("Connection timed out", 10060),
    ("Operation timed out", 10060),
    ("Connection refused", 10061),
    ("Host is down", 10064),
    ("No route to host", 10065),
    ("Host is unreachable", 10065),
];

/// What clients of their own say when a look-up fails. They do not tell which failure it was; the
/// commonest one stands for all.
static LOOKUP: &[(&str, u16)] = &[("Could not resolve host", 11001), ("unknown host", 11001)];

impl SocketCode {
    /// The socket error that a line of text tells in a system's own words, in any place of the line:
    /// `connect to port 21 failed: Connection refused`.
    pub fn in_text(text: &str) -> Option<Self> {
        let known = LOOKUP_TEXTS.iter().filter(|(known, _)| known.len() > 15);
        let mut all = STRERROR.iter().chain(known).chain(LOOKUP);
        let (_, socket) = all.find(|(known, _)| contains(text, known))?;
        Some(Self::new(*socket))
    }
}

pub(crate) fn contains(text: &str, part: &str) -> bool {
    text.char_indices().any(|(at, _)| {
        let here = text.get(at..at + part.len());
        here.is_some_and(|here| here.eq_ignore_ascii_case(part))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_known_by_the_systems_words() {
        let code = |text| SocketCode::in_text(text).map(SocketCode::number);
        assert_eq!(code("* connect to 192.0.2.1 port 21 failed: Connection refused"), Some(10061));
        assert_eq!(code("read: connection reset by peer"), Some(10054));
        assert_eq!(code("ftp: Temporary failure in name resolution"), Some(11002));
        assert_eq!(code("curl: (6) Could not resolve host: nowhere.example"), Some(11001));
        assert_eq!(code("mkdir: Permission denied"), None);
        assert_eq!(code("Try again"), None);
        assert_eq!(code("Größe"), None);
    }

    #[test]
    fn every_text_stands_for_a_known_code() {
        for (text, socket) in STRERROR.iter().chain(LOOKUP).chain(LOOKUP_TEXTS) {
            assert!(SocketCode::new(*socket).row().is_some(), "{text}");
        }
    }
}
