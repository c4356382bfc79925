//! Reads and writes the addresses and ports in commands and replies: PORT and 227 (RFC 959 §4.1.2),
//! EPRT and 229 (RFC 2428 §2 and §3), LPRT and 228 (RFC 1639).

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4};

/// Why an argument of PORT, EPRT or EPSV is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddressError {
    /// The argument is not in the form that the command requires.
    Malformed,
    /// The network protocol is neither 1 (IPv4) nor 2 (IPv6).
    UnknownProtocol,
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "the address is malformed",
            Self::UnknownProtocol => "the network protocol is not supported; use (1,2)",
        })
    }
}

impl std::error::Error for AddressError {}

/// Reads `h1,h2,h3,h4,p1,p2`; each number is 0 to 255 (RFC 959 §5.3.2, erratum 3039).
pub fn parse_host_port(text: &[u8]) -> Result<SocketAddrV4, AddressError> {
    let mut numbers = [0_u8; 6];
    let mut cells = text.split(|&byte| byte == b',');
    for number in &mut numbers {
        let cell = cells.next().ok_or(AddressError::Malformed)?;
        *number = parse_number(cell).ok_or(AddressError::Malformed)?;
    }
    if cells.next().is_some() {
        return Err(AddressError::Malformed);
    }
    let [a, b, c, d, high, low] = numbers;
    Ok(SocketAddrV4::new(Ipv4Addr::new(a, b, c, d), u16::from_be_bytes([high, low])))
}

/// Writes `h1,h2,h3,h4,p1,p2`.
pub fn format_host_port(address: SocketAddrV4) -> String {
    let [a, b, c, d] = address.ip().octets();
    let [high, low] = address.port().to_be_bytes();
    format!("{a},{b},{c},{d},{high},{low}")
}

/// Reads `|1|132.235.1.2|6275|` with any delimiter from 33 to 126 (RFC 2428 §2).
pub fn parse_extended(text: &[u8]) -> Result<SocketAddr, AddressError> {
    let text = std::str::from_utf8(text).map_err(|_| AddressError::Malformed)?;
    let delimiter = text.chars().next().filter(char::is_ascii_graphic);
    let delimiter = delimiter.ok_or(AddressError::Malformed)?;
    let cells: Vec<&str> = text.split(delimiter).collect();
    let ["", protocol, address, port, ""] = cells[..] else {
        return Err(AddressError::Malformed);
    };
    let port: u16 = parse_number(port.as_bytes()).ok_or(AddressError::Malformed)?;
    let protocol: u16 = parse_number(protocol.as_bytes()).ok_or(AddressError::Malformed)?;
    let ip = match protocol {
        1 => address.parse::<Ipv4Addr>().map(IpAddr::V4),
        2 => address.parse::<Ipv6Addr>().map(IpAddr::V6),
        _ => return Err(AddressError::UnknownProtocol),
    };
    Ok(SocketAddr::new(ip.map_err(|_| AddressError::Malformed)?, port))
}

/// Writes `|1|132.235.1.2|6275|`.
pub fn format_extended(address: SocketAddr) -> String {
    let protocol = if address.is_ipv4() { 1 } else { 2 };
    format!("|{protocol}|{}|{}|", address.ip(), address.port())
}

/// Reads `4,4,132,235,1,2,2,24,131`: family, number of bytes in the address, the address, number of
/// bytes in the port, the port (RFC 1639 §3). Families are IP versions: 4 and 6.
pub fn parse_long(text: &[u8]) -> Result<SocketAddr, AddressError> {
    let numbers: Option<Vec<u8>> = text.split(|&byte| byte == b',').map(parse_number).collect();
    let numbers = numbers.ok_or(AddressError::Malformed)?;
    let Some((family, rest)) = numbers.split_first() else { return Err(AddressError::Malformed) };
    if !matches!(family, 4 | 6) {
        return Err(AddressError::UnknownProtocol);
    }
    match (family, rest) {
        (4, [4, a, b, c, d, 2, high, low]) => {
            let port = u16::from_be_bytes([*high, *low]);
            Ok(SocketAddr::new(Ipv4Addr::new(*a, *b, *c, *d).into(), port))
        }
        (6, [16, ip @ .., 2, high, low]) => {
            let ip = <[u8; 16]>::try_from(ip).map_err(|_| AddressError::Malformed)?;
            let port = u16::from_be_bytes([*high, *low]);
            Ok(SocketAddr::new(Ipv6Addr::from(ip).into(), port))
        }
        _ => Err(AddressError::Malformed),
    }
}

/// Writes `4,4,132,235,1,2,2,24,131`.
pub fn format_long(address: SocketAddr) -> String {
    let (family, bytes) = match address.ip() {
        IpAddr::V4(ip) => (4_u8, ip.octets().to_vec()),
        IpAddr::V6(ip) => (6, ip.octets().to_vec()),
    };
    let bytes: Vec<String> = bytes.iter().map(u8::to_string).collect();
    let [high, low] = address.port().to_be_bytes();
    format!("{family},{},{},2,{high},{low}", bytes.len(), bytes.join(","))
}

/// Reads a number of digits only, without sign or space, that fits the type.
pub(crate) fn parse_number<T: std::str::FromStr>(digits: &[u8]) -> Option<T> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn host_ports_that_are_refused() {
        for text in
            ["", "1,2,3,4,5", "1,2,3,4,5,6,7", "256,0,0,1,1,1", "1,2,3,4,5,-6", "1, 2,3,4,5,6", "a"]
        {
            assert_eq!(parse_host_port(text.as_bytes()), Err(AddressError::Malformed), "{text}");
        }
    }

    /// RFC 1639 §3 and §4.
    #[test]
    fn long_addresses() {
        for text in
            ["4,4,132,235,1,2,2,24,131", "6,16,16,128,0,0,0,0,0,0,0,8,8,0,32,12,65,122,2,20,162"]
        {
            let address = parse_long(text.as_bytes()).expect("valid");
            assert_eq!(format_long(address), text);
        }
        let v6 =
            parse_long(b"6,16,16,128,0,0,0,0,0,0,0,8,8,0,32,12,65,122,2,20,162").expect("valid");
        assert_eq!(v6.to_string(), "[1080::8:800:200c:417a]:5282");
        assert_eq!(parse_long(b"5,4,1,2,3,4,2,0,21"), Err(AddressError::UnknownProtocol));
        for text in [
            "",
            "4",
            "4,4",
            "4,4,1,2,3,4,2,0",
            "4,4,1,2,3,4,3,0,0,21",
            "6,4,1,2,3,4,2,0,21",
            "4,4,1,2,3,256,2,0,21",
        ] {
            assert_eq!(parse_long(text.as_bytes()), Err(AddressError::Malformed), "{text}");
        }
    }

    /// The examples of RFC 2428 §2.
    #[test]
    fn extended_examples() {
        let v4 = parse_extended(b"|1|132.235.1.2|6275|").expect("valid");
        assert_eq!(v4.to_string(), "132.235.1.2:6275");
        let v6 = parse_extended(b"|2|1080::8:800:200C:417A|5282|").expect("valid");
        assert_eq!(v6.to_string(), "[1080::8:800:200c:417a]:5282");
        assert_eq!(parse_extended(b"|3|x|1|"), Err(AddressError::UnknownProtocol));
        for text in
            ["", "|1|1.2.3.4|99999|", "|2|1.2.3.4|1|", "|1|::1|1|", "1|1.2.3.4|1", "|1|1.2.3.4|1"]
        {
            assert_eq!(parse_extended(text.as_bytes()), Err(AddressError::Malformed), "{text}");
        }
    }

    proptest! {
        #[test]
        fn addresses_survive_a_round_trip(ip: u32, high: u128, port: u16) {
            let v4 = SocketAddrV4::new(ip.into(), port);
            prop_assert_eq!(parse_host_port(format_host_port(v4).as_bytes()), Ok(v4));
            for address in [SocketAddr::V4(v4), SocketAddr::new(Ipv6Addr::from(high).into(), port)] {
                prop_assert_eq!(parse_extended(format_extended(address).as_bytes()), Ok(address));
            }
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = (parse_host_port(&bytes), parse_extended(&bytes));
        }
    }
}
