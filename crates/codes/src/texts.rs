//! Socket errors in the words of systems and programs, for logs and pasted messages that contain
//! neither a number nor a name.

use crate::gai::LOOKUP_TEXTS;
use crate::sockets::SocketCode;

/// Unambiguous strerror texts of glibc, musl and the BSDs. Texts that files and sockets share
/// ("Permission denied") are left out, because the socket row would explain the wrong thing.
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

/// The words of Windows (FormatMessage, and so .NET and PowerShell), in English and German. German
/// texts are cut at umlauts, which many logs contain in another encoding.
static WINDOWS: &[(&str, u16)] = &[
    ("actively refused it", 10061),
    ("Zielcomputer die Verbindung verweigerte", 10061),
    ("forcibly closed by the remote host", 10054),
    ("vom Remotehost geschlossen", 10054),
    ("did not properly respond after a period of time", 10060),
    ("connected host has failed to respond", 10060),
    ("Gegenstelle nach einer bestimmten Zeitspanne nicht", 10060),
    ("No such host is known", 11001),
    ("kein solcher Host bekannt", 11001),
    ("angegebene Host ist unbekannt", 11001),
    ("no data of the requested type", 11004),
    ("temporary error during hostname resolution", 11002),
    ("aborted by the software in your host machine", 10053),
    ("softwaregesteuert", 10053),
    ("attempted to an unreachable network", 10051),
    ("attempted to an unreachable host", 10065),
    ("Only one usage of each socket address", 10048),
    ("requested address is not valid in its context", 10049),
    ("forbidden by its access permissions", 10013),
    ("remote name could not be resolved", 11001),
    ("Remotename konnte nicht aufgel", 11001),
    ("underlying connection was closed", 10101),
];

/// The German words of glibc, as lftp, curl and scripts print them on such a system; cut at umlauts
/// like [`WINDOWS`].
static GERMAN: &[(&str, u16)] = &[
    ("Adresse wird bereits verwendet", 10048),
    ("Netzwerk ist nicht erreichbar", 10051),
    ("vom Kommunikationspartner zur", 10054),
    ("r die Verbindung ist abgelaufen", 10060),
    ("Verbindungsaufbau abgelehnt", 10061),
    ("Keine Route zum Zielrechner", 10065),
    ("Name oder der Dienst ist nicht bekannt", 11001),
    ("Fehler bei der Namensaufl", 11002),
];

/// The words of runtimes and clients: Java and commons-net, Go, FileZilla, WinSCP. The last rows
/// are part of many other programs' messages.
static PROGRAMS: &[(&str, u16)] = &[
    ("UnknownHostException", 11001),
    ("NoRouteToHostException", 10065),
    ("Connection closed without indication", 10101),
    ("no such host", 11001),
    ("i/o timeout", 10060),
    ("Connection closed by server", 10101),
    ("Verbindung vom Server geschlossen", 10101),
    ("Verbindung durch Server geschlossen", 10101),
    ("vom Server getrennt", 10101),
    ("berschreitung der Verbindung", 10060),
    ("Sekunden Inaktivit", 10060),
    ("Timeout detected", 10060),
    ("Lost connection", 10101),
    ("Connection reset", 10054),
    ("timed out", 10060),
    ("Timeout f\u{fc}r den Vorgang", 10060),
];

/// What clients say in words of their own when a lookup fails. They do not tell which failure it
/// was, so the most common one stands for all.
static LOOKUP: &[(&str, u16)] = &[("Could not resolve host", 11001), ("unknown host", 11001)];

impl SocketCode {
    /// The socket error whose words occur anywhere in a line of text: `connect to port 21 failed:
    /// Connection refused`.
    pub fn in_text(text: &str) -> Option<Self> {
        let (_, socket) = texts().find(|(known, _)| contains(text, known))?;
        Some(Self::new(*socket))
    }

    /// The socket error whose words are the whole text.
    pub fn of_text(text: &str) -> Option<Self> {
        let text = text.trim().trim_end_matches('.');
        let (_, socket) = texts().find(|(known, _)| known.eq_ignore_ascii_case(text))?;
        Some(Self::new(*socket))
    }
}

fn texts() -> impl Iterator<Item = &'static (&'static str, u16)> {
    let known = LOOKUP_TEXTS.iter().filter(|(known, _)| known.len() > 15);
    STRERROR.iter().chain(known).chain(LOOKUP).chain(WINDOWS).chain(GERMAN).chain(PROGRAMS)
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
        for (text, socket) in texts().chain(LOOKUP_TEXTS) {
            assert!(SocketCode::new(*socket).row().is_some(), "{text}");
        }
    }

    /// A row after another one whose words are part of its own would never be found.
    #[test]
    fn every_text_is_found_by_its_own_row_or_one_of_the_same_code() {
        for (text, socket) in texts() {
            assert_eq!(SocketCode::in_text(text).map(SocketCode::number), Some(*socket), "{text}");
            assert_eq!(SocketCode::of_text(text).map(SocketCode::number), Some(*socket), "{text}");
        }
        assert_eq!(SocketCode::of_text("the read timed out"), None);
    }
}
