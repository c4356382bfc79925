//! Reply texts of widely used servers that tell more than their code: what the text means on that
//! server, and what to do. Most of them point to a setting of the server that the reply does not
//! name.

mod ours;
mod theirs;
mod vsftpd;

pub use ours::{OUR_TEXTS, PACKETBOAT};
pub use theirs::{KNOWN_TEXTS, WRONG_PASSWORD};
pub use vsftpd::VSFTPD_TEXTS;

use crate::row::Repeat;
use crate::texts::contains;

/// The text of a server's reply, with its meaning and advice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownText {
    /// The words that identify the text, compared without regard to case. If they end with a full
    /// stop, they must be the whole text; otherwise the text must contain them.
    pub words: &'static str,
    /// The codes that the server sends it with.
    codes: &'static [u16],
    /// The server that sends it.
    pub server: &'static str,
    /// What it means on that server.
    pub meaning: &'static str,
    /// What to do.
    pub advice: &'static str,
    /// Whether sending the same command again can help, if that differs from what the code says.
    repeat: Option<Repeat>,
}

const fn row(
    server: &'static str,
    codes: &'static [u16],
    words: &'static str,
    meaning: &'static str,
    advice: &'static str,
) -> KnownText {
    KnownText { words, codes, server, meaning, advice, repeat: None }
}

/// A row whose code is a temporary failure although its cause is permanent.
const fn lasting(row: KnownText) -> KnownText {
    KnownText { repeat: Some(Repeat::Useless), ..row }
}

/// A row whose code is a permanent failure although its cause passes by itself.
const fn passing(row: KnownText) -> KnownText {
    KnownText { repeat: Some(Repeat::CanHelp), ..row }
}

impl KnownText {
    /// The code that it is usually sent with.
    pub const fn code(&self) -> u16 {
        self.codes[0]
    }

    /// Whether sending the same command again can help; `repeat` is what the code alone says.
    pub const fn repeat(&self, repeat: Repeat) -> Repeat {
        match self.repeat {
            Some(known) => known,
            None => repeat,
        }
    }

    /// Whether repeating cannot help although the code says that the failure is temporary.
    pub fn is_lasting(&self) -> bool {
        self.repeat == Some(Repeat::Useless)
    }

    fn fits(&self, text: &str) -> bool {
        match self.words.ends_with('.') {
            true => text.trim().eq_ignore_ascii_case(self.words),
            false => contains(text, self.words),
        }
    }
}

/// Packetboat's own texts first: their words are longer than those of other servers.
fn every() -> impl Iterator<Item = &'static KnownText> {
    OUR_TEXTS.iter().chain(VSFTPD_TEXTS).chain(KNOWN_TEXTS)
}

/// What is known about a reply's text beyond its code.
pub fn known_text(code: u16, text: &str) -> Option<&'static KnownText> {
    every().find(|row| row.codes.contains(&code) && row.fits(text))
}

/// Like [`known_text`], for a text without its code.
pub fn known_text_of_any(text: &str) -> Option<&'static KnownText> {
    every().find(|row| row.fits(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::by_number;

    #[test]
    fn words_of_a_known_server_are_told() {
        let server = |code, text| known_text(code, text).map(|row| (row.server, row.words));
        for (code, text, words) in [
            (
                500,
                "OOPS: vsftpd: refusing to run with writable root inside chroot()",
                "refusing to run",
            ),
            (500, "OOPS: unrecognised variable in config file: x", "config file"),
            (500, "OOPS: the moon is full", "OOPS:"),
            (425, "Can't open data connection.", "open data connection"),
            (425, "can't open data connection for transfer of \"/x\"", "for transfer of"),
            (425, "Unable to build data connection: Operation not permitted", "not permitted"),
            (503, "Bad sequence of commands.", "bad sequence"),
        ] {
            let found = server(code, text).expect(text);
            assert!(found.1.contains(words), "{text}: {found:?}");
        }
        let resumed =
            "Unable to build data connection: TLS session of data connection not resumed.";
        let sister = "TLS session of data connection has not resumed or the session does not match the control \
                      connection";
        for (code, text) in [(425, resumed), (450, sister)] {
            let known = known_text(code, text).expect(text);
            assert_eq!(known.server, "FileZilla Server");
            assert!(
                known.meaning.contains("resume") && !known.advice.contains("Passive"),
                "{known:?}"
            );
        }
        let own = "This server accepts logins over TLS only; set the client to explicit TLS.";
        assert_eq!(server(530, own).map(|row| row.0), Some(PACKETBOAT));
        assert_eq!(server(226, "OOPS: done"), None);
        assert_eq!(server(550, "f: Permission denied."), None);
    }

    /// These texts were once mistaken for those of a full server, where trying again may help.
    #[test]
    fn too_many_wrong_passwords_are_told_from_too_many_sessions() {
        let repeat = |code, text| known_text(code, text).map(|row| row.repeat(Repeat::Useless));
        for text in [
            "Too many failed login attempts. Disconnecting.",
            "Too many login attempts",
            "too many login failures, bye",
            "Too many failures",
            "Too many failed attempts",
            "Too many invalid logins",
            "Too many wrong passwords",
            "Too many authentication failures",
        ] {
            for code in [421, 530] {
                assert_eq!(repeat(code, text), Some(Repeat::Useless), "{text}");
                let known = known_text(code, text).expect(text);
                assert!(known.advice.contains("password"), "{text}: {known:?}");
            }
        }
        for text in [
            "Too many users are logged in",
            "Too many connections from this IP",
            "Too many FTP clients.",
            "Too many anonymous logins",
            "Too many connected users",
        ] {
            assert_eq!(repeat(530, text), Some(Repeat::CanHelp), "{text}");
        }
        assert_eq!(known_text(421, "Too many errors, closing connection."), None);
    }

    #[test]
    fn every_row_can_be_reached_and_is_of_codes_in_the_catalogue() {
        for row in every() {
            assert!(!row.codes.is_empty(), "{}", row.words);
            // A row whose `repeat` says the same as its codes must have been meant for another
            // code.
            let differs = |code: &u16| match row.repeat {
                Some(Repeat::Useless) => (400..500).contains(code),
                Some(_) => (500..600).contains(code),
                None => true,
            };
            assert!(row.codes.iter().any(differs), "{}", row.words);
            for code in row.codes {
                assert!(by_number(*code).is_some(), "{code}");
                let first = known_text(*code, row.words).expect(row.words);
                assert_eq!(first, row, "{code} {}", row.words);
            }
            for text in [row.meaning, row.advice] {
                assert!(text.ends_with('.') && !text.contains("  "), "{text}");
            }
        }
    }
}
