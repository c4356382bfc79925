//! `[data]`: data connections.

use super::row::{Form, Shape};
use super::{Rows, Section, Setting};
use crate::config::PassivePorts;

pub(super) const SECTION: Section =
    Section { name: "data", doc: "How data connections reach the server.", rows: Rows::Once(ROWS) };

const ROWS: &[Setting] = &[
    Setting::new(
        "data.passive-ports",
        Shape::Text(PORTS, |settings, text| {
            settings.server.passive_ports = parse_ports(text)?;
            Ok(())
        }),
        "Port range for passive data connections; without it, any free port is used.",
    )
    .flag("passive-ports"),
    Setting::new(
        "data.passive-address",
        Shape::Text(ADDRESS, |settings, text| {
            if text.is_empty() || text.contains(char::is_whitespace) {
                return Err("give an IPv4 address or a host name".to_owned());
            }
            no_ipv6(text)?;
            settings.passive_address = Some(text.to_owned());
            Ok(())
        }),
        "IPv4 address or host name to announce for passive data connections if this machine is \
         behind NAT. A name is looked up again every minute. Without it, clients are told the \
         address they connected to.",
    )
    .flag("passive-address"),
    super::guards::NAT,
];

const PORTS: Form =
    Form { what: "two ports, the lower first", place: "FIRST-LAST", example: "50000-50099" };

const ADDRESS: Form = Form {
    what: "an IPv4 address or a host name",
    place: "ADDRESS|NAME",
    example: "ftp.example.com",
};

/// Rejects an IPv6 address or a port here; otherwise only a start of the server would notice.
pub(super) fn no_ipv6(text: &str) -> Result<(), String> {
    match text.contains(':') {
        true => Err(format!(
            "{text} is neither an IPv4 address nor a host name; give one of these, since the \
             reply to PASV has room for nothing else"
        )),
        false => Ok(()),
    }
}

fn parse_ports(text: &str) -> Result<PassivePorts, String> {
    let bad =
        || String::from("give two ports from 1 to 65535, the lower one first, such as 50000-50099");
    let (first, last) = text.split_once('-').ok_or_else(bad)?;
    let port = |text: &str| {
        let text = text.trim();
        text.parse::<u16>().map_err(|_| match text.bytes().all(|byte| byte.is_ascii_digit()) {
            true if !text.is_empty() => format!("{text} is not a port; {}", bad()),
            _ => bad(),
        })
    };
    PassivePorts::range(port(first)?, port(last)?).ok_or_else(bad)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pasv_can_tell_ipv4_alone() {
        assert!(no_ipv6("ftp.example.com").is_ok() && no_ipv6("192.0.2.1").is_ok());
        for bad in ["2001:db8::1", "[2001:db8::1]", "192.0.2.1:21"] {
            assert!(no_ipv6(bad).is_err_and(|why| why.contains(bad)), "{bad}");
        }
    }

    #[test]
    fn ranges_of_ports() {
        assert_eq!(
            parse_ports("50000-50099"),
            Ok(PassivePorts::Range { first: 50000, last: 50099 })
        );
        for bad in ["", "5", "5-", "9-5", "0-9", "1-65536", "a-b"] {
            assert!(parse_ports(bad).is_err(), "{bad}");
        }
        let told = parse_ports("50000-99999").expect_err("no such port");
        assert!(told.starts_with("99999 is not a port; give two ports from 1 to 65535"), "{told}");
    }
}
