//! Reads the header of the PROXY protocol, versions 1 and 2, in which a proxy names the addresses
//! of the connection it forwards (HAProxy, `doc/proxy-protocol.txt`, 2020). [`read`] works step by
//! step, so that no byte after the header is consumed.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::address::parse_number;

/// The longest header that is accepted. Version 1 has at most 107 bytes; version 2 may carry more
/// information about the client, which is ignored.
pub const LONGEST: usize = 4096;
/// The longest header of version 1, including its line ending (§2.1).
const LONGEST_V1: usize = 107;
/// The start of every header of version 2 (§2.2).
const SIGNATURE: &[u8; 12] = b"\r\n\r\n\0\r\nQUIT\n";
/// The length of the fixed part of version 2.
const FIXED: usize = 16;
const V1: &[u8] = b"PROXY ";
/// The shortest header of version 1: `PROXY UNKNOWN` and a line ending. Version 2 is longer.
const SHORTEST: usize = 15;

/// What a header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proxied {
    /// The proxy forwards the connection of a client.
    Client {
        /// The address the client connected from.
        source: SocketAddr,
        /// The address the client connected to.
        destination: SocketAddr,
    },
    /// The connection is the proxy's own, or the proxy does not know the client: LOCAL, UNKNOWN,
    /// UNSPEC, UNIX. The addresses of the connection itself apply.
    Own,
}

/// The result of reading the bytes so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// The header has at least this many bytes.
    Needs(usize),
    /// The header is complete.
    Whole(Proxied),
}

/// Why bytes are not a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyError {
    /// The bytes do not start like a header.
    Missing,
    /// The bytes start like a header, but the rest is malformed.
    Malformed,
    /// The header is longer than [`LONGEST`], or too long for version 1.
    TooLong,
    /// The header describes something other than a TCP connection.
    NotTcp,
}

impl fmt::Display for ProxyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "it does not begin with a PROXY header",
            Self::Malformed => "its PROXY header is malformed",
            Self::TooLong => "its PROXY header is too long",
            Self::NotTcp => "its PROXY header describes something other than TCP",
        })
    }
}

impl std::error::Error for ProxyError {}

/// Reads the part of a header that has arrived. After [`Reading::Needs`], take bytes from the
/// connection up to that total and no more, then call again.
pub fn read(bytes: &[u8]) -> Result<Reading, ProxyError> {
    let begins = |with: &[u8]| bytes.iter().zip(with).all(|(byte, wanted)| byte == wanted);
    if begins(SIGNATURE) {
        read_v2(bytes)
    } else if begins(V1) {
        read_v1(bytes)
    } else {
        Err(ProxyError::Missing)
    }
}

/// `PROXY TCP4 192.0.2.1 203.0.113.7 40000 21` and CRLF (§2.1).
fn read_v1(bytes: &[u8]) -> Result<Reading, ProxyError> {
    let Some(line) = bytes.strip_suffix(b"\r\n") else {
        return match bytes.len() {
            _ if bytes.contains(&b'\n') => Err(ProxyError::Malformed),
            LONGEST_V1.. => Err(ProxyError::TooLong),
            // `PROXY TCP4 0.0.0.0 0.0.0.0 0 0` and `PROXY TCP6 :: :: 0 0` are the shortest.
            length if bytes.starts_with(b"PROXY TCP4 ") => Ok(Reading::Needs(32.max(length + 1))),
            length if bytes.starts_with(b"PROXY TCP6 ") => Ok(Reading::Needs(22.max(length + 1))),
            length => Ok(Reading::Needs(SHORTEST.max(length + 1))),
        };
    };
    let mut words = line.strip_prefix(V1).ok_or(ProxyError::Malformed)?.split(|&byte| byte == b' ');
    let is_v4 = match words.next() {
        // The rest of the line is to be ignored.
        Some(b"UNKNOWN") => return Ok(Reading::Whole(Proxied::Own)),
        Some(b"TCP4") => true,
        Some(b"TCP6") => false,
        _ => return Err(ProxyError::Malformed),
    };
    let mut address = || {
        let address: IpAddr = std::str::from_utf8(words.next()?).ok()?.parse().ok()?;
        (address.is_ipv4() == is_v4).then_some(address)
    };
    let (source, destination) = (address(), address());
    let mut port = || words.next().and_then(parse_number::<u16>);
    let (source_port, destination_port) = (port(), port());
    match (source, destination, source_port, destination_port, words.next()) {
        (Some(source), Some(destination), Some(from), Some(to), None) => {
            Ok(Reading::Whole(client((source, from), (destination, to))))
        }
        _ => Err(ProxyError::Malformed),
    }
}

/// The signature, version and command, family and protocol, a length, the addresses, and perhaps
/// more (§2.2).
fn read_v2(bytes: &[u8]) -> Result<Reading, ProxyError> {
    let Some((fixed, rest)) = bytes.split_at_checked(FIXED) else {
        // Both versions have at least this many bytes, and only then is the version known.
        let needs = if bytes.len() < SHORTEST { SHORTEST } else { FIXED };
        return Ok(Reading::Needs(needs));
    };
    let length = usize::from(u16::from_be_bytes([fixed[14], fixed[15]]));
    if FIXED + length > LONGEST {
        return Err(ProxyError::TooLong);
    }
    if rest.len() < length {
        return Ok(Reading::Needs(FIXED + length));
    }
    let rest = &rest[..length];
    let proxied = match (fixed[12], fixed[13]) {
        (0x20, _) => Proxied::Own,
        (0x21, 0x11) => {
            let [source, destination] = *addresses::<4>(rest)?;
            let ports = ports(&rest[8..])?;
            client(
                (Ipv4Addr::from(source).into(), ports.0),
                (Ipv4Addr::from(destination).into(), ports.1),
            )
        }
        (0x21, 0x21) => {
            let [source, destination] = *addresses::<16>(rest)?;
            let ports = ports(&rest[32..])?;
            client(
                (Ipv6Addr::from(source).into(), ports.0),
                (Ipv6Addr::from(destination).into(), ports.1),
            )
        }
        (0x21, 0x12 | 0x22 | 0x32) => return Err(ProxyError::NotTcp),
        (0x21, 0x00 | 0x31) => Proxied::Own,
        _ => return Err(ProxyError::Malformed),
    };
    Ok(Reading::Whole(proxied))
}

/// Two addresses of `LENGTH` bytes each.
fn addresses<const LENGTH: usize>(bytes: &[u8]) -> Result<&[[u8; LENGTH]; 2], ProxyError> {
    let (pieces, _) = bytes.as_chunks::<LENGTH>();
    pieces.first_chunk::<2>().ok_or(ProxyError::Malformed)
}

fn ports(bytes: &[u8]) -> Result<(u16, u16), ProxyError> {
    match bytes {
        [a, b, c, d, ..] => Ok((u16::from_be_bytes([*a, *b]), u16::from_be_bytes([*c, *d]))),
        _ => Err(ProxyError::Malformed),
    }
}

fn client(source: (IpAddr, u16), destination: (IpAddr, u16)) -> Proxied {
    let address = |(ip, port): (IpAddr, u16)| SocketAddr::new(ip.to_canonical(), port);
    Proxied::Client { source: address(source), destination: address(destination) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Reads as from a connection: never more bytes than needed.
    fn read_all(bytes: &[u8]) -> Result<(Proxied, usize), ProxyError> {
        let mut taken = 0;
        loop {
            match read(&bytes[..taken])? {
                Reading::Whole(proxied) => return Ok((proxied, taken)),
                Reading::Needs(needs) => {
                    assert!(needs > taken, "{needs} after {taken}");
                    if needs > bytes.len() {
                        return Err(ProxyError::Missing);
                    }
                    taken = needs;
                }
            }
        }
    }

    fn proxied(source: &str, destination: &str) -> Proxied {
        let address = |text: &str| text.parse().expect("an address");
        Proxied::Client { source: address(source), destination: address(destination) }
    }

    fn v2(command: u8, family: u8, rest: &[u8]) -> Vec<u8> {
        let length = u16::try_from(rest.len()).expect("a length").to_be_bytes();
        [SIGNATURE.as_slice(), &[command, family], &length, rest].concat()
    }

    #[test]
    fn version_1_and_not_a_byte_more() {
        for (line, expected) in [
            (
                "PROXY TCP4 192.0.2.1 203.0.113.7 40000 21",
                proxied("192.0.2.1:40000", "203.0.113.7:21"),
            ),
            ("PROXY TCP4 0.0.0.0 0.0.0.0 0 0", proxied("0.0.0.0:0", "0.0.0.0:0")),
            ("PROXY TCP6 2001:db8::1 ::1 1 65535", proxied("[2001:db8::1]:1", "[::1]:65535")),
            ("PROXY TCP6 :: :: 0 0", proxied("[::]:0", "[::]:0")),
            ("PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2", proxied("192.0.2.1:1", "[::1]:2")),
            ("PROXY UNKNOWN", Proxied::Own),
            ("PROXY UNKNOWN ffff::1 whatever 1", Proxied::Own),
        ] {
            let bytes = format!("{line}\r\nUSER x\r\n");
            assert_eq!(read_all(bytes.as_bytes()), Ok((expected, line.len() + 2)), "{line}");
        }
    }

    #[test]
    fn version_2_and_not_a_byte_more() {
        let v4 = [192, 0, 2, 1, 203, 0, 113, 7, 0x9C, 0x40, 0, 21];
        let mut v6 = [0; 36];
        (v6[15], v6[31], v6[33], v6[35]) = (1, 2, 3, 4);
        for (header, expected) in [
            (v2(0x21, 0x11, &v4), proxied("192.0.2.1:40000", "203.0.113.7:21")),
            (
                v2(0x21, 0x11, &[&v4[..], &[4, 0, 1, 9]].concat()),
                proxied("192.0.2.1:40000", "203.0.113.7:21"),
            ),
            (v2(0x21, 0x21, &v6), proxied("[::1]:3", "[::2]:4")),
            (v2(0x20, 0x00, &[]), Proxied::Own),
            (v2(0x20, 0x11, &v4), Proxied::Own),
            (v2(0x21, 0x00, &[]), Proxied::Own),
            (v2(0x21, 0x31, &[0; 216]), Proxied::Own),
        ] {
            let bytes = [&header[..], b"USER x\r\n"].concat();
            assert_eq!(read_all(&bytes), Ok((expected, header.len())));
        }
    }

    #[test]
    fn what_is_no_header() {
        let long = format!("PROXY UNKNOWN {}\r\n", "x".repeat(100));
        for (bytes, error) in [
            (b"USER alice\r\n".as_slice(), ProxyError::Missing),
            (b"P", ProxyError::Missing),
            (b"PROXX", ProxyError::Missing),
            (&[22, 3, 1], ProxyError::Missing),
            (b"PROXY TCP4 192.0.2.1 203.0.113.7 40000\r\n", ProxyError::Malformed),
            (b"PROXY TCP4 ::1 203.0.113.7 40000 21\r\n", ProxyError::Malformed),
            (b"PROXY TCP4 192.0.2.1 203.0.113.7 40000 99999\r\n", ProxyError::Malformed),
            (b"PROXY TCP4 192.0.2.1 203.0.113.7 40000 21 7\r\n", ProxyError::Malformed),
            (b"PROXY TCP4 192.0.2.1 203.0.113.7 4000 21\n12345\r\n", ProxyError::Malformed),
            (b"PROXY UDP4 192.0.2.1 203.0.113.7 4000 21\r\n", ProxyError::Malformed),
            (long.as_bytes(), ProxyError::TooLong),
            (&v2(0x11, 0x11, &[0; 12]), ProxyError::Malformed),
            (&v2(0x22, 0x11, &[0; 12]), ProxyError::Malformed),
            (&v2(0x21, 0x11, &[0; 11]), ProxyError::Malformed),
            (&v2(0x21, 0x21, &[0; 35]), ProxyError::Malformed),
            (&v2(0x21, 0x12, &[0; 12]), ProxyError::NotTcp),
            (&v2(0x21, 0x11, &[0; 5000]), ProxyError::TooLong),
        ] {
            assert_eq!(read_all(bytes), Err(error), "{}", String::from_utf8_lossy(bytes));
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic_or_ask_for_too_many(
            start in prop_oneof![Just(b"".to_vec()), Just(SIGNATURE.to_vec()), Just(b"PROXY TCP4 ".to_vec())],
            rest in proptest::collection::vec(any::<u8>(), 0..300),
        ) {
            let bytes = [start, rest].concat();
            if let Ok(Reading::Needs(needs)) = read(&bytes) {
                prop_assert!(needs > bytes.len() && needs <= LONGEST);
            }
        }
    }
}
