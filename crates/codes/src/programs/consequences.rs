//! Log lines that say only that something failed, while the cause is in a line above them. They are
//! ignored where the cause is known; on their own, their rows say where to find it.

use super::{Told, own};
use crate::row::Repeat;
use crate::texts::contains;

static CONSEQUENCES: &[Told] = &[
    own(
        ("client", None, ""),
        "The transfer was abandoned",
        &[
            "File transfer failed",
            "Critical file transfer error",
            // Starts after the umlaut, which many logs contain in another encoding.
            "bertragung fehlgeschlagen",
            "bertragungsfehler",
            "bertragen der Datei fehlgeschlagen",
        ],
        Repeat::Useless,
        (
            "This line says only that FileZilla has given up on the file; \"critical\" means that \
                it does not retry by itself. The reason is in a line above.",
            "Look at the line above: a reply that begins with 4 or 5 (550 and 553 usually mean a \
                missing permission or a name that is taken), or an error of the connection or of a \
                local file.",
        ),
    ),
    own(
        ("client", None, ""),
        "No session was established",
        &[
            "Could not connect to server",
            // lftp, once its own retries are used up.
            "max-retries exceeded",
            "Herstellen der Verbindung zum Server fehlgeschlagen",
            "Verbindung zum Server konnte nicht hergestellt werden",
            // curl -v, in the line before the one with the exit code.
            "* Failed to connect to",
        ],
        Repeat::Useless,
        (
            "This line says only that the client has given up on the connection. The reason is in \
                a line above: the network, TLS, or a refused login.",
            "Look at the line above: 530 means a wrong user or password, 421 a server that is full \
                or has banned the address, and an error without a reply the network or TLS.",
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
            "This line says only that the directory could not be listed. The reason is in a line \
                above, usually a data connection that could not be opened.",
            "Look at the lines above: if nothing follows 227 or 229 for a while, the passive ports \
                cannot be reached; 425 and 522 tell more about the data connection; 550 is about \
                the directory itself.",
        ),
    ),
    own(
        ("PowerShell", None, ""),
        "Position of an error",
        &["+ CategoryInfo ", "+ FullyQualifiedErrorId "],
        Repeat::Useless,
        (
            "PowerShell prints this line below an error message, to say where in the script the \
                error happened.",
            "Look at the message above, or show the inner exceptions: $_.Exception.InnerException.",
        ),
    ),
];

/// The row for a line that says only that something failed.
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
