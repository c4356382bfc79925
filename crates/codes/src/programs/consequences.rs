//! Lines that only say that what stands above them has failed. Beside a cause they tell nothing; where they are all that
//! somebody has, they say where to look.

use super::{Told, own};
use crate::row::Repeat;
use crate::texts::contains;

static CONSEQUENCES: &[Told] = &[
    own(
        ("client", None, ""),
        "The transfer was given up",
        &[
            "File transfer failed",
            "Critical file transfer error",
            // Short of the umlaut before it, which many logs have in another encoding.
            "bertragung fehlgeschlagen",
            "bertragungsfehler",
            "bertragen der Datei fehlgeschlagen",
        ],
        Repeat::Useless,
        (
            "The line says only that FileZilla has given the file up; \"critical\" means that it does not try again by \
             itself. The reason stands above it.",
            "Look at the line above it: a reply that begins with 4 or 5 (550 and 553 mostly are a missing permission or \
             a name that is taken), or an error of the connection or of a local file.",
        ),
    ),
    own(
        ("client", None, ""),
        "No session came about",
        &[
            "Could not connect to server",
            // lftp, which tries again by itself until then.
            "max-retries exceeded",
            "Herstellen der Verbindung zum Server fehlgeschlagen",
            "Verbindung zum Server konnte nicht hergestellt werden",
            // curl -v, in the line before the one with its number.
            "* Failed to connect to",
        ],
        Repeat::Useless,
        (
            "The line says only that the client has given the connection up. The reason stands above it: the network, \
             TLS, or a login that was refused.",
            "Look at the line above it: 530 is user or password, 421 a server that is full or has banned the address, \
             an error without a reply is the network or TLS.",
        ),
    ),
    own(
        ("client", None, ""),
        "The listing failed",
        &[
            "Failed to retrieve directory listing",
            "Verzeichnisinhalt konnte nicht",
            "Error listing directory",
        ],
        Repeat::Useless,
        (
            "The line says only that the directory could not be listed. The reason stands above it, mostly a data \
             connection that did not come about.",
            "Look at the lines above it: after 227 or 229 and a time of silence the passive ports are not reachable; 425 \
             and 522 say more of the data connection, 550 is the directory itself.",
        ),
    ),
    own(
        ("PowerShell", None, ""),
        "Where an error happened",
        &["+ CategoryInfo ", "+ FullyQualifiedErrorId "],
        Repeat::Useless,
        (
            "PowerShell prints this beneath a message, and says with it where in the script it happened.",
            "Look at the message above it, or show the exceptions within it: $_.Exception.InnerException.",
        ),
    ),
];

/// What a line says that tells only that something above it has failed.
pub fn consequence_in_text(line: &str) -> Option<&'static Told> {
    CONSEQUENCES.iter().find(|row| row.words.iter().any(|words| contains(line, words)))
}

#[cfg(test)]
mod tests {
    use super::super::told_in_text;
    use super::*;

    #[test]
    fn a_consequence_is_no_cause() {
        for row in CONSEQUENCES {
            for words in row.words {
                assert_eq!(consequence_in_text(words), Some(row), "{words}");
                assert_eq!(told_in_text(words), None, "{words}");
            }
        }
        let error = "Fehler:\tKritischer Datei\u{fc}bertragungsfehler";
        assert!(consequence_in_text(error).is_some());
        assert_eq!(consequence_in_text("226 Transfer complete"), None);
    }
}
