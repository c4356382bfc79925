//! `[[listen]]`: the addresses the server listens on.

use std::net::{IpAddr, SocketAddr};

use super::problem::Origin;
use super::row::{Form, Row, Shape, When, Word};
use super::{Rows, Section, Setting, Settings};

/// One address to listen on.
#[derive(Clone, Debug, Default)]
pub struct Listener {
    /// The address and port.
    pub address: Option<SocketAddr>,
    /// How clients start TLS there.
    pub tls: ListenTls,
    /// Where the entry was given.
    pub origin: Option<Origin>,
}

/// How clients start TLS on an address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ListenTls {
    /// With AUTH (explicit TLS).
    #[default]
    Explicit,
    /// As soon as they connect (implicit TLS).
    Implicit,
    /// Not at all.
    Off,
}

pub(super) const SECTION: Section = Section {
    name: "listen",
    doc: "An address to listen on; repeat the section for several. Without any, the server \
         listens on 127.0.0.1:2121 and [::1]:2121.",
    rows: Rows::Listen(ROWS),
};

const ROWS: &[Row<Listener>] = &[
    Row::<Listener>::new(
        "address",
        Shape::Text(ADDRESS, |listener, text| {
            listener.address = Some(parse(text)?);
            Ok(())
        }),
        "Numeric address and port. 0.0.0.0 means every IPv4 address. [::] means every IPv6 \
         address, and every IPv4 address as well unless another entry has an IPv4 address with \
         the same port.",
    )
    .when(When::AtOnce)
    .required(),
    Row::<Listener>::new("tls", Shape::Choice(KINDS), "How clients start TLS on this address.")
        .default("explicit"),
];

const KINDS: &[Word<Listener>] = &[
    Word {
        word: "explicit",
        doc: "with AUTH TLS, if tls.mode allows it (ftp://)",
        put: |listener| listener.tls = ListenTls::Explicit,
    },
    Word {
        word: "implicit",
        doc: "as soon as they connect (ftps://)",
        put: |listener| listener.tls = ListenTls::Implicit,
    },
    Word {
        word: "off",
        doc: "not at all: AUTH gets 534, and logins are in clear text whatever tls.mode says",
        put: |listener| listener.tls = ListenTls::Off,
    },
];

const ADDRESS: Form =
    Form { what: "an address and a port", place: "ADDRESS:PORT", example: "127.0.0.1:2121" };

pub(super) const FLAG: Setting = Setting::new(
    "listen",
    Shape::List(ADDRESS, |settings, text| add(settings, text, ListenTls::Explicit)),
    "Address and port to listen on; repeat it for several \
     [default: 127.0.0.1:2121 and [::1]:2121]",
)
.flag("listen");

pub(super) const FLAG_TLS: Setting = Setting::new(
    "listen",
    Shape::List(ADDRESS, |settings, text| add(settings, text, ListenTls::Implicit)),
    "Address and port to listen on for implicit TLS (ftps://); repeat it for several. Without \
     --listen, the server listens only on these",
)
.flag("listen-tls");

fn add(settings: &mut Settings, text: &str, tls: ListenTls) -> Result<(), String> {
    let address = Some(parse(text)?);
    settings.listen.push(Listener { address, tls, ..Listener::default() });
    Ok(())
}

fn parse(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        let way_out = "give a numeric address and a port, such as 0.0.0.0:2121 or [::1]:2121";
        match mistake(text) {
            Some(mistake) => format!("{mistake}; {way_out}"),
            None => way_out.to_owned(),
        }
    })
}

/// Names the mistake if it is one of the usual ones.
fn mistake(text: &str) -> Option<String> {
    let (host, port) = text.rsplit_once(':').unwrap_or((text, ""));
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let is_port = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    if text.parse::<IpAddr>().is_ok() {
        return Some("the port is missing".to_owned());
    }
    if is_port && port.parse::<u16>().is_err() {
        return Some(format!("{port} is not a port: the highest is {}", u16::MAX));
    }
    let is_name = bare.bytes().any(|byte| byte.is_ascii_alphabetic()) && !bare.contains(':');
    is_name.then(|| format!("{bare} is not a numeric address"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_to_listen_on() {
        assert!(parse("0.0.0.0:2121").is_ok() && parse("[::1]:2121").is_ok());
        for bad in ["2121", ":2121", "localhost:2121", "127.0.0.1", "127.0.0.1:99999"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
        for (bad, why) in [
            ("127.0.0.1:99999", "99999 is not a port: the highest is 65535; give "),
            ("[::1]:65536", "65536 is not a port: the highest is 65535; give "),
            ("127.0.0.1", "the port is missing; give "),
            ("::1", "the port is missing; give "),
            ("localhost:2121", "localhost is not a numeric address; give "),
            ("2121", "give a numeric address and a port"),
            ("127.0.0.1:x", "give a numeric address and a port"),
        ] {
            let told = parse(bad).expect_err(bad);
            assert!(told.starts_with(why), "{bad}: {told}");
        }
    }
}
