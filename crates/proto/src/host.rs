//! [`HostName`]: the name of a virtual host, as HOST carries it (RFC 7151 §3.1).

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A host: a name in lowercase without the final dot, or an address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum HostName {
    /// A domain name in ASCII; an internationalized one is written in its `xn--` form.
    Name(String),
    /// An address, IPv6 in brackets.
    Address(IpAddr),
}

impl HostName {
    /// Reads a host. Returns `None` if a port follows, if an IPv6 address has no brackets, or if
    /// the text cannot be a host name.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(text).ok()?;
        if let Some(inside) = text.strip_prefix('[') {
            let address: Ipv6Addr = inside.strip_suffix(']')?.parse().ok()?;
            return Some(Self::Address(IpAddr::V6(address).to_canonical()));
        }
        if let Ok(address) = text.parse::<Ipv4Addr>() {
            return Some(Self::Address(address.into()));
        }
        let name = text.strip_suffix('.').unwrap_or(text);
        let fits = name.len() <= 253 && name.split('.').all(is_label);
        fits.then(|| Self::Name(name.to_ascii_lowercase()))
    }
}

/// Whether this is a label of a host name (RFC 1123 §2.1). Underscores are allowed, since some
/// private names have them.
fn is_label(label: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=63).contains(&label.len())
        && label.bytes().all(inside)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Address(IpAddr::V4(address)) => write!(f, "{address}"),
            Self::Address(IpAddr::V6(address)) => write!(f, "[{address}]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses() {
        let shown = |text: &str| HostName::parse(text.as_bytes()).map(|host| host.to_string());
        assert_eq!(shown("FTP.Example.com."), Some("ftp.example.com".into()));
        assert_eq!(shown("192.0.2.1"), Some("192.0.2.1".into()));
        assert_eq!(shown("[2001:DB8::1]"), Some("[2001:db8::1]".into()));
        assert_eq!(shown("[::ffff:192.0.2.1]"), Some("192.0.2.1".into()));
        for bad in [
            "",
            ".",
            "a..b",
            "ftp.example.com:21",
            "192.0.2.1:21",
            "[2001:db8::1]:21",
            "2001:db8::1",
            "[192.0.2.1]",
            "[::1",
            "two words",
            "-a",
            "b\u{fc}cher.example",
        ] {
            assert_eq!(shown(bad), None, "{bad:?}");
        }
        assert_eq!(shown(&"a".repeat(64)), None);
        assert_eq!(shown(&"a.".repeat(127)), Some("a.".repeat(126) + "a"));
        assert_eq!(shown(&"a.".repeat(128)), None);
    }
}
