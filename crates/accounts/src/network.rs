//! [`Network`]: a range of addresses, for the places an account may log in from, and for trusted,
//! limited or banned clients.

use std::fmt;
use std::net::IpAddr;

/// An address, or all addresses with the same prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    /// Reads an address, or an address with a prefix length such as 192.0.2.0/24.
    pub fn parse(text: &str) -> Result<Self, String> {
        let bad = || {
            format!(
                "{text:?} is not a network; give an address, or a network such as 192.0.2.0/24 or \
                    2001:db8::/32"
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
                "{text:?} has bits set after its prefix; give the network's first address"
            )),
        }
    }

    /// All IPv4 addresses.
    pub const ANY: Self = Self { address: IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED), bits: 0 };

    /// The network that contains an address, with this prefix length.
    pub fn of(address: IpAddr, bits: u8) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => {
                let bits = bits.min(32);
                let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
                Self { address: std::net::Ipv4Addr::from_bits(v4.to_bits() & mask).into(), bits }
            }
            IpAddr::V6(v6) => {
                let bits = bits.min(128);
                let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
                Self { address: std::net::Ipv6Addr::from_bits(v6.to_bits() & mask).into(), bits }
            }
        }
    }

    /// The prefix length.
    pub fn bits(&self) -> u8 {
        self.bits
    }

    /// Whether this is an IPv4 network.
    pub fn is_ipv4(&self) -> bool {
        self.address.is_ipv4()
    }

    /// Whether the two networks overlap.
    pub fn meets(&self, other: &Self) -> bool {
        self.contains(other.address) || other.contains(self.address)
    }

    /// Whether the network contains the address.
    pub fn contains(&self, address: IpAddr) -> bool {
        let (is_v4, bits) = number(address.to_canonical());
        let (ours_is_v4, ours) = number(self.address);
        is_v4 == ours_is_v4 && bits & self.mask() == ours
    }

    /// The bits of the prefix, for an address in the high bits of the number.
    fn mask(&self) -> u128 {
        u128::MAX.checked_shl(128 - u32::from(self.bits)).unwrap_or(0)
    }
}

/// Whether the address is IPv4, and its bits in the high bits of a number.
fn number(address: IpAddr) -> (bool, u128) {
    match address {
        IpAddr::V4(address) => (true, u128::from(address.to_bits()) << 96),
        IpAddr::V6(address) => (false, address.to_bits()),
    }
}

/// In the form that [`Network::parse`] reads.
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
        // An IPv4 client on an IPv6 socket.
        assert!(contains("192.0.2.0/24", "::ffff:192.0.2.1"));
    }

    #[test]
    fn the_network_of_an_address() {
        let of = |address: &str, bits| {
            Network::of(address.parse().expect("an address"), bits).to_string()
        };
        assert_eq!(of("192.0.2.77", 24), "192.0.2.0/24");
        assert_eq!(of("192.0.2.77", 128), "192.0.2.77/32");
        assert_eq!(of("192.0.2.77", 0), "0.0.0.0/0");
        assert_eq!(of("2001:db8:1:2:3::4", 64), "2001:db8:1:2::/64");
        assert_eq!(of("::ffff:192.0.2.77", 32), "192.0.2.77/32");
    }

    #[test]
    fn networks_that_meet() {
        let meet = |one: &str, other: &str| {
            let network = |text| Network::parse(text).expect("a network");
            assert_eq!(network(one).meets(&network(other)), network(other).meets(&network(one)));
            network(one).meets(&network(other))
        };
        assert!(meet("192.0.2.0/24", "192.0.2.7") && meet("192.0.2.0/24", "192.0.0.0/16"));
        assert!(!meet("192.0.2.0/24", "192.0.3.0/24") && !meet("0.0.0.0/0", "::/0"));
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
