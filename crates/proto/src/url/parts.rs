//! Splits an FTP URL into its parts, and decodes and encodes `%xx` (RFC 3986 §2.1). Used by
//! [`FtpUrl`](super::FtpUrl).

use std::fmt;
use std::net::Ipv6Addr;

use super::{Scheme, TypeCode, UrlError};

pub(super) fn split_scheme(text: &str) -> Result<(Scheme, &str), UrlError> {
    let (scheme, rest) = text.split_once("://").ok_or(UrlError::Scheme)?;
    match scheme.to_ascii_lowercase().as_str() {
        "ftp" => Ok((Scheme::Ftp, rest)),
        "ftpes" => Ok((Scheme::Ftpes, rest)),
        "ftps" => Ok((Scheme::Ftps, rest)),
        "sftp" => Err(UrlError::Sftp),
        _ => Err(UrlError::Scheme),
    }
}

pub(super) fn split_host(text: &str) -> Result<(String, Option<u16>), UrlError> {
    let bad_host = || UrlError::Host(text.to_owned());
    let (host, port) = if let Some(rest) = text.strip_prefix('[') {
        let (address, rest) = rest.split_once(']').ok_or_else(bad_host)?;
        // A zone (`%eth0`, in a URL `%25eth0`) belongs to the address (RFC 6874).
        let (ip, zone) = match address.split_once('%') {
            Some((ip, zone)) => (ip, Some(zone.strip_prefix("25").unwrap_or(zone))),
            None => (address, None),
        };
        ip.parse::<Ipv6Addr>().map_err(|_| bad_host())?;
        let host = zone.map_or_else(|| ip.to_owned(), |zone| format!("{ip}%{zone}"));
        (
            host,
            if rest.is_empty() { None } else { Some(rest.strip_prefix(':').ok_or_else(bad_host)?) },
        )
    } else {
        match text.split_once(':') {
            Some((host, port)) => (host.to_owned(), Some(port)),
            None => (text.to_owned(), None),
        }
    };
    if host.is_empty() {
        return Err(UrlError::NoHost);
    }
    let illegal = |letter: char| letter.is_control() || letter.is_whitespace() || letter == '\\';
    if host.contains(illegal) {
        return Err(bad_host());
    }
    // RFC 3986 §3.2.3: a colon without a port is allowed.
    let port = match port.filter(|port| !port.is_empty()) {
        None => None,
        Some(digits) => {
            let number = crate::address::parse_number(digits.as_bytes()).filter(|port| *port != 0);
            Some(number.ok_or_else(|| UrlError::Port(digits.to_owned()))?)
        }
    };
    Ok((host, port))
}

pub(super) fn split_type(path: &str) -> Result<(&str, Option<TypeCode>), UrlError> {
    let Some(start) = path.to_ascii_lowercase().rfind(";type=") else {
        return Ok((path, None));
    };
    let code = match &path[start + 6..] {
        "a" | "A" => TypeCode::Ascii,
        "i" | "I" => TypeCode::Image,
        "d" | "D" => TypeCode::Directory,
        other => return Err(UrlError::Type(other.to_owned())),
    };
    Ok((&path[..start], Some(code)))
}

/// A literal `*` in the last part makes that part a pattern; `%2A` is a `*` in a name. `%2F`
/// separates parts just as `/` does, as it does in the path (RFC 1738 §3.2.2).
pub(super) fn split_pattern(path: &str) -> Result<Option<Vec<u8>>, UrlError> {
    let behind =
        |slash: &str| path.to_ascii_lowercase().rfind(slash).map_or(0, |start| start + slash.len());
    let last = &path[behind("/").max(behind("%2f"))..];
    if !last.contains('*') {
        return Ok(None);
    }
    let mut pattern = Vec::new();
    for (index, literal) in last.split('*').enumerate() {
        if index > 0 {
            pattern.push(b'*');
        }
        crate::pattern::escape(&decode(literal)?, &mut pattern);
    }
    Ok(Some(pattern))
}

/// Decodes `%xx`. Characters that strictly have to be escaped (spaces, non-ASCII letters) are
/// accepted unescaped, since people type them.
pub(super) fn decode(text: &str) -> Result<Vec<u8>, UrlError> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        let byte = if byte == b'%' {
            let digit = |index: usize| char::from(*tail.get(index)?).to_digit(16);
            let (Some(high), Some(low)) = (digit(0), digit(1)) else {
                let shown = String::from_utf8_lossy(&tail[..tail.len().min(2)]).into_owned();
                return Err(UrlError::Percent(format!("%{shown}")));
            };
            rest = &tail[2..];
            // Two hexadecimal digits fit a byte.
            (high * 16 + low) as u8
        } else {
            byte
        };
        if matches!(byte, 0 | b'\r' | b'\n') {
            return Err(UrlError::LineBreak);
        }
        out.push(byte);
    }
    Ok(out)
}

/// The same for user and password; its errors show none of the text.
pub(super) fn decode_login(text: &str) -> Result<Vec<u8>, UrlError> {
    decode(text).map_err(|error| match error {
        UrlError::Percent(_) => UrlError::PercentInLogin,
        error => error,
    })
}

/// Writes a pattern in the form that [`split_pattern`] reads.
pub(super) fn encode_pattern(mut pattern: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    while let Some((&byte, rest)) = pattern.split_first() {
        pattern = match (byte, rest) {
            (b'*', _) => {
                f.write_str("*")?;
                rest
            }
            (b'[', [literal, _, rest @ ..]) => {
                encode(&[*literal], b"", f)?;
                rest
            }
            _ => {
                encode(&[byte], b"", f)?;
                rest
            }
        };
    }
    Ok(())
}

/// Bytes as one part of a URL path, with `%xx` where needed.
pub fn escaped(part: &[u8]) -> String {
    struct Part<'a>(&'a [u8]);
    impl fmt::Display for Part<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            encode(self.0, b"", f)
        }
    }
    Part(part).to_string()
}

/// Writes bytes with `%xx`, except the unreserved characters of RFC 3986 §2.3 and those in `also`.
pub(super) fn encode(bytes: &[u8], also: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for &byte in bytes {
        let plain = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || also.contains(&byte);
        match plain {
            true => write!(f, "{}", char::from(byte))?,
            false => write!(f, "%{byte:02X}")?,
        }
    }
    Ok(())
}
