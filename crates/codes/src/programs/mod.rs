//! Failures that programs report with numbers, names or words of their own: curl, GnuTLS, Windows'
//! WinINet and SSPI, .NET, Java, and TLS failures, which every library words differently. They are
//! neither FTP reply codes nor Winsock codes; where a row stands for such a code, its
//! [`Says::Code`] names it.

mod consequences;
mod curl;
mod data;
mod gnutls;
mod java;
mod net;
mod sspi;
mod tls;
mod wininet;

use core::fmt;

use crate::lookup::letters;
use crate::row::Repeat;
use crate::texts::contains;

pub use consequences::consequence_in_text;
pub use data::{DATA_PORT_REFUSED, DATA_PORT_SILENT, DATA_PORT_SILENT_PRIVATE};

/// A failure as a program reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// The program that uses this number, name or wording.
    pub program: &'static str,
    /// The program's own number.
    pub number: Option<i32>,
    /// The program's own name; empty where it has none.
    pub name: &'static str,
    /// A phrase of a few words.
    pub phrase: &'static str,
    /// Words that identify the failure in a line of text, compared without regard to case.
    pub words: &'static [&'static str],
    /// What the failure means.
    pub says: Says,
}

impl Told {
    /// The number as the program prints it: Windows' status codes are hexadecimal.
    pub fn shown_number(&self) -> Option<impl fmt::Display> {
        self.number.map(Number)
    }
}

struct Number(i32);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            // Only Windows status codes are this far below 0.
            ..-0xffff => write!(f, "{:#x}", self.0),
            number => write!(f, "{number}"),
        }
    }
}

/// What a failure means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    /// The same as this code in the catalogue.
    Code(u16),
    /// Something that no code of the catalogue expresses.
    This {
        /// What it means.
        meaning: &'static str,
        /// What to do.
        advice: &'static str,
        /// Whether trying again can help.
        repeat: Repeat,
    },
}

/// The parts of the table. A line may contain the words of several rows; the first row wins.
static PARTS: &[&[Told]] = &[
    tls::ROWS,
    gnutls::ROWS,
    curl::ROWS,
    wininet::ROWS,
    sspi::ROWS,
    net::ROWS,
    java::ROWS,
    data::ROWS,
];

/// Every row.
pub fn told() -> impl Iterator<Item = &'static Told> {
    PARTS.iter().copied().flatten()
}

/// The first row whose words occur in a line.
pub fn told_in_text(line: &str) -> Option<&'static Told> {
    told().find(|row| row.words.iter().any(|words| contains(line, words)))
}

/// The row for a program's number.
pub fn told_by_number(program: &str, number: i32) -> Option<&'static Told> {
    told().find(|row| row.number == Some(number) && row.program.eq_ignore_ascii_case(program))
}

/// The row with that name, ignoring case and punctuation.
pub fn told_by_name(name: &str) -> Option<&'static Told> {
    let same = |known: &str| letters(known).eq(letters(name));
    told().find(|row| !row.name.is_empty() && same(row.name))
}

/// A row with a number that means the same as a code in the catalogue.
const fn code(
    program: &'static str,
    number: i32,
    name: &'static str,
    phrase: &'static str,
    code: u16,
) -> Told {
    Told { program, number: Some(number), name, phrase, words: &[], says: Says::Code(code) }
}

/// A row with a number that means the same as another row.
const fn like(program: &'static str, number: i32, name: &'static str, row: &Told) -> Told {
    Told { program, number: Some(number), name, phrase: row.phrase, words: &[], says: row.says }
}

/// A row with a meaning of its own.
const fn own(
    (program, number, name): (&'static str, Option<i32>, &'static str),
    phrase: &'static str,
    words: &'static [&'static str],
    repeat: Repeat,
    (meaning, advice): (&'static str, &'static str),
) -> Told {
    Told { program, number, name, phrase, words, says: Says::This { meaning, advice, repeat } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::by_number;

    #[test]
    fn every_row_can_be_reached_and_says_something() {
        for row in told() {
            if let Some(number) = row.number {
                assert_eq!(told_by_number(row.program, number), Some(row), "{row:?}");
            }
            if !row.name.is_empty() {
                assert_eq!(told_by_name(row.name), Some(row), "{row:?}");
            }
            for words in row.words {
                assert_eq!(told_in_text(words), Some(row), "{words}");
            }
            assert!(!row.phrase.is_empty() && !row.phrase.ends_with('.'), "{row:?}");
            match row.says {
                Says::Code(code) => assert!(by_number(code).is_some(), "{row:?}"),
                Says::This { meaning, advice, .. } => {
                    for text in [meaning, advice] {
                        assert!(text.ends_with('.') && !text.contains("  "), "{text}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_line_of_each_library_is_known() {
        for (line, phrase) in [
            (
                "GnuTLS error -110 in gnutls_record_recv: The TLS connection was non-properly terminated.",
                "TLS ended without close_notify",
            ),
            (
                "Fatal error: gnutls_handshake: An unexpected TLS packet was received.",
                "No TLS where TLS was expected",
            ),
            (
                "ssl.SSLError: [SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1129)",
                "No TLS where TLS was expected",
            ),
            (
                "tls: first record does not look like a TLS handshake",
                "No TLS where TLS was expected",
            ),
            (
                "The remote certificate is invalid according to the validation procedure.",
                "Certificate not trusted",
            ),
            (
                "PKIX path building failed: unable to find valid certification path",
                "Certificate not trusted",
            ),
            (
                "x509: certificate has expired or is not yet valid",
                "Certificate expired or not yet \
                valid",
            ),
            ("SSH-2.0-OpenSSH_9.6", "A protocol other than FTP"),
            ("Host key verification failed.", "A protocol other than FTP"),
            (
                "tls: failed to verify certificate: x509: certificate has expired or is not yet valid",
                "Certificate expired or not yet valid",
            ),
            (
                "tls: failed to verify certificate: x509: “ftp” is not trusted",
                "Certificate not trusted",
            ),
            (
                "OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection to ftp.example.com:21",
                "TLS ended without close_notify",
            ),
            (
                "System.Security.Authentication.AuthenticationException: A call to SSPI failed, see inner exception. \
                 ---> System.ComponentModel.Win32Exception: The target principal name is incorrect",
                "Certificate for another name",
            ),
            ("Received fatal alert: certificate_unknown", "Certificate not trusted"),
            (
                "error:0A000418:SSL routines::tlsv1 alert unknown ca (SSL alert number 48)",
                "Certificate not trusted",
            ),
        ] {
            assert_eq!(told_in_text(line).map(|row| row.phrase), Some(phrase), "{line}");
        }
        assert_eq!(told_in_text("226 Transfer complete"), None);
    }
}
