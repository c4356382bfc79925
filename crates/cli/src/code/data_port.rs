//! Connects two lines of a log: the reply that names a data port, and the failure to connect to it.

use std::net::Ipv4Addr;

use packetboat_codes::{
    DATA_PORT_REFUSED, DATA_PORT_SILENT, DATA_PORT_SILENT_PRIVATE, ReplyCode, Told,
};

use super::log::Find;

/// The data port that was named last, until the next reply shows that the connection is up or no
/// longer matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum DataPort {
    #[default]
    NotNamed,
    Named,
    /// With an address of a private network.
    NamedPrivately,
}

impl DataPort {
    /// Replaces a socket error by what it means after the reply before it.
    pub(super) fn joined(&mut self, find: Find) -> Find {
        let named = match &find {
            Find::Reply(code, lines) => {
                *self = Self::of_reply(*code, lines);
                return find;
            }
            Find::Socket(code, _) => self.unreached(code.number()),
            Find::Told(..) | Find::Consequence(..) | Find::NotUnderstood(_) => None,
        };
        match (named, find) {
            (Some(told), Find::Socket(_, line)) => {
                *self = Self::NotNamed;
                Find::Told(told, line)
            }
            (_, find) => find,
        }
    }

    fn of_reply(code: ReplyCode, lines: &[String]) -> Self {
        match code.number() {
            227 if lines.iter().any(|line| address_in(line).is_some_and(is_inside)) => {
                Self::NamedPrivately
            }
            227 | 229 => Self::Named,
            _ => Self::NotNamed,
        }
    }

    /// What a socket error means for the data port.
    fn unreached(self, code: u16) -> Option<&'static Told> {
        match (self, code) {
            (Self::NotNamed, _) => None,
            (_, 10061) => Some(&DATA_PORT_REFUSED),
            (Self::Named, 10051 | 10060 | 10065) => Some(&DATA_PORT_SILENT),
            (Self::NamedPrivately, 10051 | 10060 | 10065) => Some(&DATA_PORT_SILENT_PRIVATE),
            _ => None,
        }
    }
}

/// The address in a 227 reply, wherever it is in the text (RFC 1123 §4.1.2.6).
fn address_in(line: &str) -> Option<Ipv4Addr> {
    let numbers = line.split(|c: char| !c.is_ascii_digit() && c != ',');
    let numbers =
        numbers.map(|part| part.split(',').collect::<Vec<_>>()).find(|part| part.len() == 6)?;
    let octets: Vec<u8> = numbers.iter().filter_map(|octet| octet.parse::<u8>().ok()).collect();
    let [a, b, c, d, _, _] = *octets.as_slice() else { return None };
    Some(Ipv4Addr::new(a, b, c, d))
}

/// Whether the address can only be reached from its own network or machine (RFC 1918, RFC 6598).
fn is_inside(address: Ipv4Addr) -> bool {
    let [a, b, ..] = address.octets();
    let of_a_provider = a == 100 && (64..128).contains(&b);
    address.is_private() || address.is_loopback() || address.is_link_local() || of_a_provider
}

#[cfg(test)]
mod tests {
    use super::super::log::tests::scan;
    use super::*;

    fn last(log: &str) -> Find {
        scan(log).pop().expect("a find")
    }

    #[test]
    fn a_data_port_that_is_named_and_not_reached_is_one_matter() {
        let outside =
            "Response:\t227 Entering Passive Mode (203,0,113,9,200,10).\nCommand:\tMLSD\n";
        let inside = "Response:\t227 Entering Passive Mode (192,168,1,5,200,10)\nCommand:\tMLSD\n";
        let long = "< 229 Entering Extended Passive Mode (|||51210|)\n";
        let timeout = "Error:\tConnection timed out after 20 seconds of inactivity";
        let german =
            "Fehler:\tZeit\u{fc}berschreitung der Verbindung nach 20 Sekunden Inaktivit\u{e4}t";
        let refused = "* connect to 203.0.113.9 port 51210 failed: Connection refused";
        for (log, line, told) in [
            (outside, timeout, &DATA_PORT_SILENT),
            (outside, german, &DATA_PORT_SILENT),
            (inside, timeout, &DATA_PORT_SILENT_PRIVATE),
            (long, timeout, &DATA_PORT_SILENT),
            (long, refused, &DATA_PORT_REFUSED),
        ] {
            let line_shown = line.replace('\t', " ");
            assert_eq!(last(&format!("{log}{line}")), Find::Told(told, line_shown), "{log}");
        }
        // After a later reply the connection is up, and the error is about something else.
        let later = format!("{outside}Response:\t150 Here it comes\n{timeout}");
        assert!(matches!(last(&later), Find::Socket(code, _) if code.number() == 10060));
        assert!(matches!(last(timeout), Find::Socket(..)));
    }

    #[test]
    fn the_address_in_227_is_found_and_told_from_a_public_one() {
        let inside = |text| address_in(text).map(is_inside);
        assert_eq!(inside("Entering Passive Mode (10,0,0,1,4,1)"), Some(true));
        assert_eq!(inside("Entering Passive Mode 172,16,0,1,4,1."), Some(true));
        assert_eq!(inside("=100,64,0,1,4,1"), Some(true));
        assert_eq!(inside("Entering Passive Mode (198,51,100,7,4,1)"), Some(false));
        assert_eq!(inside("Entering Passive Mode (999,0,0,1,4,1)"), None);
        assert_eq!(inside("no address, 1,2,3"), None);
    }
}
