//! Failures that programs report with numbers or names of their own, as people ask about them
//! (`curl 7`, `curl: (7)`, `GnuTLS error -15`, `12002`, `CURLE_PARTIAL_FILE`, `sftp`) and as they
//! appear in logs.

use packetboat_codes::{
    ReplyCode, Says, SocketCode, Told, told, told_by_name, told_by_number, told_in_text,
};

use super::log::Find;
use super::query::number;

/// A program's name followed by its own number.
pub(super) fn numbered(text: &str) -> Option<&'static Told> {
    let text = text.trim();
    let programs = told().filter(|row| row.number.is_some()).map(|row| row.program);
    programs.filter(|program| is_named(text, program)).find_map(|program| {
        let rest = text[program.len()..].trim_start_matches([' ', ':', '(', '#', '=']);
        let rest = rest.strip_prefix("error").unwrap_or(rest);
        let number = rest.trim_matches([' ', ':', '(', ')', '#', '=']);
        told_by_number(program, number.parse().ok().or_else(|| status(number))?)
    })
}

/// Whether a text begins with the name of a program.
fn is_named(text: &str, program: &str) -> bool {
    text.get(..program.len()).is_some_and(|name| name.eq_ignore_ascii_case(program))
}

/// The failure that an argument asks about.
pub(super) fn asked(text: &str) -> Option<&'static Told> {
    let text = text.trim();
    let name = if text.eq_ignore_ascii_case("ssh") { "SFTP" } else { text };
    let bare = || {
        let negative = text.parse().ok().filter(|number| *number < 0);
        let negative = negative.and_then(|number| told_by_number("GnuTLS", number));
        negative.or_else(|| number_in(std::iter::once(text)))
    };
    numbered(text).or_else(bare).or_else(|| told_by_name(name))
}

/// The find for a row in a line: the failure, or the code it stands for.
pub(super) fn find(row: &'static Told, line: &str, words: &str) -> Find {
    match row.says {
        Says::This { .. } => Find::Told(row, line.trim().to_owned()),
        Says::Code(number) => match ReplyCode::new(number).filter(|code| code.row().is_some()) {
            Some(code) => Find::Reply(code, vec![words.trim().to_owned()]),
            None => Find::Socket(SocketCode::new(number), line.trim().to_owned()),
        },
    }
}

/// A failure that a line reports in words or by name.
pub(super) fn in_line(line: &str) -> Option<Find> {
    let row = told_in_text(line).or_else(|| named_in(line))?;
    Some(find(row, line, line))
}

/// A failure by the name that the program uses for it.
fn named_in(line: &str) -> Option<&'static Told> {
    let mut words = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    // A shorter name may be any word, and the name of a success says nothing.
    let failed = |row: &&Told| !matches!(row.says, Says::Code(..400));
    words
        .by_ref()
        .filter(|word| word.len() > 10)
        .find_map(|word| told().find(|row| row.name == word).filter(failed))
}

/// A number of WinINet or SSPI that no other program uses, also as an HRESULT (`0x80072EFD`).
pub(super) fn number_in<'a>(mut words: impl Iterator<Item = &'a str>) -> Option<&'static Told> {
    words.find_map(|word| {
        let status = || told_by_number("SSPI", status(word)?);
        number(word).and_then(|number| told_by_number("WinINet", number.into())).or_else(status)
    })
}

/// A status code of Windows, hexadecimal or decimal, with or without its minus sign.
fn status(word: &str) -> Option<i32> {
    let digits = word.strip_prefix("0x").or_else(|| word.strip_prefix("0X"));
    if let Some(digits) = digits {
        return u32::from_str_radix(digits, 16).ok().map(u32::cast_signed);
    }
    let number: i64 = word.parse().ok()?;
    // Words in a log are split at the minus sign.
    let below = if number > i64::from(i32::MAX) { number - (1 << 32) } else { -number.abs() };
    i32::try_from(below).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_of_a_program_is_asked_for_in_many_ways() {
        for (text, name) in [
            ("curl 35", "CURLE_SSL_CONNECT_ERROR"),
            ("curl: (35)", "CURLE_SSL_CONNECT_ERROR"),
            ("curl error 35", "CURLE_SSL_CONNECT_ERROR"),
            ("curle_ssl_connect_error", "CURLE_SSL_CONNECT_ERROR"),
            ("gnutls -110", "GNUTLS_E_PREMATURE_TERMINATION"),
            ("GnuTLS error -15", "GNUTLS_E_UNEXPECTED_PACKET"),
            ("-15", "GNUTLS_E_UNEXPECTED_PACKET"),
            ("12029", "ERROR_INTERNET_CANNOT_CONNECT"),
            ("0x80072EFD", "ERROR_INTERNET_CANNOT_CONNECT"),
            ("WinINet 12029", "ERROR_INTERNET_CANNOT_CONNECT"),
            ("0x80090325", "SEC_E_UNTRUSTED_ROOT"),
            ("SSPI 0x80090325", "SEC_E_UNTRUSTED_ROOT"),
            ("-2146893019", "SEC_E_UNTRUSTED_ROOT"),
            ("2148074277", "SEC_E_UNTRUSTED_ROOT"),
            ("SEC_E_UNTRUSTED_ROOT", "SEC_E_UNTRUSTED_ROOT"),
            ("FtpLoginException", "FtpLoginException"),
            ("ActionNotTakenFileUnavailable", "ActionNotTakenFileUnavailable"),
            ("sftp", "SFTP"),
            ("ssh", "SFTP"),
        ] {
            assert_eq!(asked(text).map(|row| row.name), Some(name), "{text}");
        }
        for text in ["", "35", "curl", "curl x", "curl 9999", "550", "10060", "-1", "grüße"] {
            assert_eq!(asked(text), None, "{text}");
        }
    }
}
