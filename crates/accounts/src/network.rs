//! Networks from which an account may log in.

use std::fmt;
use std::net::IpAddr;

/// An address, or all that begin with the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    /// Reads an address, or one with the number of its first bits that count, such as 192.0.2.0/24.
    pub fn parse(text: &str) -> Result<Self, String> {
        let bad = || {
            format!(
                "{text:?} is no network; give an address or such as 192.0.2.0/24 or 2001:db8::/32"
            )
        };
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse().map_err(|_| bad())?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| bad())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(most);
        if bits > most {
            return Err(bad());
        }
        let network = Self { address, bits };
        match number(address).1 & !network.mask() {
            0 => Ok(network),
            _ => Err(format!(
                "{text:?} has bits behind its network; give the network's first address"
            )),
        }
    }

    /// Whether the address belongs to it.
    pub fn contains(&self, address: IpAddr) -> bool {
        let (is_v4, bits) = number(address.to_canonical());
        let (ours_is_v4, ours) = number(self.address);
        is_v4 == ours_is_v4 && bits & self.mask() == ours
    }

    /// The bits that count, where the address stands in the high ones.
    fn mask(&self) -> u128 {
        u128::MAX.checked_shl(128 - u32::from(self.bits)).unwrap_or(0)
    }
}

/// Whether it is IPv4, and its bits in the high ones of a number.
fn number(address: IpAddr) -> (bool, u128) {
    match address {
        IpAddr::V4(address) => (true, u128::from(address.to_bits()) << 96),
        IpAddr::V6(address) => (false, address.to_bits()),
    }
}

/// As [`Network::parse`] reads it.
impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contains(network: &str, address: &str) -> bool {
        let network = Network::parse(network).expect("a network");
        assert_eq!(Network::parse(&network.to_string()), Ok(network));
        network.contains(address.parse().expect("an address"))
    }

    #[test]
    fn addresses_in_and_out() {
        assert!(contains("192.0.2.0/24", "192.0.2.255") && !contains("192.0.2.0/24", "192.0.3.0"));
        assert!(contains("192.0.2.7", "192.0.2.7") && !contains("192.0.2.7", "192.0.2.6"));
        assert!(contains("0.0.0.0/0", "203.0.113.9") && !contains("0.0.0.0/0", "2001:db8::1"));
        assert!(contains("::/0", "2001:db8::1") && !contains("::/0", "192.0.2.1"));
        assert!(contains("2001:db8::/33", "2001:db8:7fff::1"));
        assert!(!contains("2001:db8::/33", "2001:db8:8000::1"));
        // An IPv4 client of an IPv6 socket.
        assert!(contains("192.0.2.0/24", "::ffff:192.0.2.1"));
    }

    #[test]
    fn what_is_no_network() {
        for bad in [
            "",
            "/8",
            "192.0.2.0/33",
            "::/129",
            "192.0.2.1/24",
            "example.org",
            "192.0.2.0/x",
            "1.2.3/8",
        ] {
            assert!(Network::parse(bad).is_err(), "{bad}");
        }
    }
}
