//! `[guards]` and `[proxy]`: limits for each address, bans, and which proxies are trusted to name
//! the client. `data.nat` is here as well, because it also lists networks.

use std::sync::Arc;

use packetboat_accounts::Network;

use super::row::{Form, Shape};
use super::spelling::{DAY, LONGEST, SECOND};
use super::{Rows, Section, Setting, Settings};
use crate::guards::Rate;

pub(super) const SECTION: Section = Section {
    name: "guards",
    doc: "Limits for each client address, and bans for guessing passwords.",
    rows: Rows::Once(ROWS),
};

pub(super) const PROXY: Section = Section {
    name: "proxy",
    doc: "Clients that connect through a proxy which passes on their address (PROXY protocol, version 1 or 2).",
    rows: Rows::Once(PROXY_ROWS),
};

/// More than any machine could hold.
const MANY: u64 = 100_000_000;

const ROWS: &[Setting] = &[
    Setting::new(
        "guards.trusted",
        Shape::Text(NETWORKS, |settings, text| {
            settings.server.guards.trusted = networks(text)?;
            Ok(())
        }),
        "Networks whose clients are neither limited nor banned, separated by commas, or `none`.",
    )
    .default("127.0.0.0/8,::1/128"),
    Setting::new(
        "guards.prefix",
        Shape::Count(1..=128, |settings, bits| settings.server.guards.prefix = small(bits) as u8),
        "How many leading bits of an IPv6 address identify a client. Each IPv4 address is a \
         client of its own.",
    )
    .default("64"),
    Setting::new(
        "guards.sessions",
        Shape::Count(0..=MANY, |settings, count| {
            settings.server.guards.sessions = limit(count);
        }),
        "How many sessions one address may have open at the same time; further ones are turned \
         away with 421. 0: no limit.",
    )
    .default("100"),
    Setting::new(
        "guards.connections",
        Shape::Text(RATE, |settings, text| {
            settings.server.guards.connections = Some(Rate::parse(text)?);
            Ok(())
        }),
        "How many connections one address may make in a given time; further ones are turned away \
         with 421.",
    ),
    Setting::new(
        "guards.logins",
        Shape::Text(RATE, |settings, text| {
            settings.server.guards.logins = Some(Rate::parse(text)?);
            Ok(())
        }),
        "How many logins one address may try in a given time, successful or not; one more ends \
         the session with 421.",
    ),
    Setting::new(
        "guards.attempts",
        Shape::Count(1..=100, |settings, count| {
            settings.server.session.login_attempts = small(count);
        }),
        "How many refused logins end a session with 421.",
    )
    .default("5"),
    Setting::new(
        "guards.delay",
        Shape::Time(SECOND..=MINUTE, |settings, time| settings.server.login_delay = time),
        "How long to hold back the reply to a refused login. The delay doubles with each further \
         refusal from the same address.",
    )
    .default("1s"),
    Setting::new(
        "guards.longest-delay",
        Shape::Time(SECOND..=MINUTE, |settings, time| {
            settings.server.guards.longest_delay = time;
        }),
        "The longest time for which the reply to a refused login is held back.",
    )
    .default("10s"),
    Setting::new(
        "guards.failures",
        Shape::Count(0..=MANY, |settings, count| {
            settings.server.guards.failures = limit(count);
        }),
        "How many refused logins get an address banned, so that it is turned away with 421. 0: no \
         bans.",
    )
    .default("5"),
    Setting::new(
        "guards.within",
        Shape::Time(SECOND..=DAY, |settings, time| settings.server.guards.within = time),
        "The time within which refused logins from an address are counted together.",
    )
    .default("10m"),
    Setting::new(
        "guards.first-ban",
        Shape::Time(SECOND..=LONGEST, |settings, time| settings.server.guards.first_ban = time),
        "How long the first ban of an address lasts; each further ban lasts twice as long.",
    )
    .default("5m"),
    Setting::new(
        "guards.longest-ban",
        Shape::Time(SECOND..=LONGEST, |settings, time| {
            settings.server.guards.longest_ban = time;
        }),
        "The longest time a ban lasts. A ban that ended this long ago is forgotten.",
    )
    .default("1d"),
    Setting::new(
        "guards.line-timeout",
        Shape::Time(SECOND..=DAY, |settings, time| settings.server.session.line_timeout = time),
        "Close a session with 421 if a command line is not complete this long after its first \
         byte.",
    )
    .default("1m"),
    Setting::new(
        "guards.reply-timeout",
        Shape::Time(SECOND..=DAY, |settings, time| settings.server.reply_timeout = time),
        "Close a session if its client does not read replies for this long.",
    )
    .default("1m"),
    Setting::new(
        "guards.handshake-timeout",
        Shape::Time(SECOND..=DAY, |settings, time| settings.server.handshake_timeout = time),
        "Close a session if it takes longer than this to start or end TLS.",
    )
    .default("30s"),
];

const PROXY_ROWS: &[Setting] = &[
    Setting::new(
        "proxy.trusted",
        Shape::List(NETWORK, |settings, text| {
            Arc::make_mut(&mut settings.server.proxy).trusted.push(Network::parse(text)?);
            Ok(())
        }),
        "Networks of trusted proxies. Every control or data connection from there must begin with \
         a PROXY header, and counts as a connection of the client that the header names.",
    ),
    Setting::new(
        "proxy.timeout",
        Shape::Time(SECOND..=MINUTE, |settings, time| {
            Arc::make_mut(&mut settings.server.proxy).timeout = time;
        }),
        "Close a connection from a trusted proxy if its PROXY header does not arrive within this \
         time.",
    )
    .default("5s"),
];

const MINUTE: std::time::Duration = std::time::Duration::from_secs(60);

const NETWORK: Form = Form { what: "a network", place: "NETWORK", example: "10.0.0.0/8" };

const NETWORKS: Form = Form {
    what: "networks separated by commas, or none",
    place: "NETWORKS",
    example: "127.0.0.0/8,192.0.2.0/24",
};

const RATE: Form = Form { what: "a number and a time", place: "COUNT/TIME", example: "60/1m" };

fn networks(text: &str) -> Result<Vec<Network>, String> {
    match text {
        "none" => Ok(Vec::new()),
        text => text.split(',').map(|text| Network::parse(text.trim())).collect(),
    }
}

/// The ranges of the rows keep the value small.
fn small(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn limit(count: u64) -> Option<u32> {
    Some(small(count)).filter(|count| *count > 0)
}

/// A row of `[data]`: what clients of each network are told as the server's address.
pub(super) const NAT: Setting = Setting::new(
    "data.nat",
    Shape::List(TOLD, |settings: &mut Settings, text| {
        settings.nat.push(NatSetting::parse(text)?);
        Ok(())
    }),
    "What to announce to clients of a network instead of data.passive-address: another address or \
     name, or `own` for the address they connected to. The first network that contains the client \
     counts.",
);

const TOLD: Form = Form {
    what: "a network, `=` and an address, a name or `own`",
    place: "NETWORK=ADDRESS",
    example: "10.0.0.0/8=own",
};

/// What clients of a network are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NatSetting {
    /// The clients' network.
    pub clients: Network,
    /// An address or a name; without it, the address that the client connected to.
    pub told: Option<String>,
}

impl NatSetting {
    fn parse(text: &str) -> Result<Self, String> {
        let bad = || "give a network, `=` and an address, a name or `own`".to_owned();
        let (clients, told) = text.split_once('=').ok_or_else(bad)?;
        let (clients, told) = (Network::parse(clients.trim())?, told.trim());
        match told {
            "own" => Ok(Self { clients, told: None }),
            "" => Err(bad()),
            told if told.contains(char::is_whitespace) => Err(bad()),
            told => {
                super::data::no_ipv6(told)?;
                Ok(Self { clients, told: Some(told.to_owned()) })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Reader;

    fn read(assignments: &[&str]) -> Settings {
        let mut reader = Reader::new();
        for assignment in assignments {
            reader.set(assignment);
        }
        reader.read().0
    }

    #[test]
    fn zero_and_none_switch_a_guard_off() {
        let settings = read(&[
            "guards.sessions=0",
            "guards.failures=0",
            "guards.trusted=none",
            "guards.logins=30/1m",
        ]);
        let guards = settings.server.guards;
        assert_eq!((guards.sessions, guards.failures), (None, None));
        assert!(guards.trusted.is_empty());
        let rate = Rate { count: 30, per: MINUTE };
        assert_eq!(guards.logins, Some(rate));
    }

    #[test]
    fn networks_and_what_they_are_told() {
        let settings = read(&[
            "proxy.trusted=[\"10.0.0.1\", \"2001:db8::/32\"]",
            "data.nat=[\"10.0.0.0/8=own\", \"0.0.0.0/0=ftp.example.com\"]",
        ]);
        assert_eq!(settings.server.proxy.trusted.len(), 2);
        let told: Vec<_> = settings.nat.iter().map(|nat| nat.told.as_deref()).collect();
        assert_eq!(told, [None, Some("ftp.example.com")]);
        for bad in ["", "10.0.0.0/8", "10.0.0.0/8=", "=own", "10.0.0.1/8=own", "::/0=a b"] {
            assert!(NatSetting::parse(bad).is_err(), "{bad}");
        }
        for bad in ["", "5", "/1m", "0/1m", "x/1m", "5/", "5/x"] {
            assert!(Rate::parse(bad).is_err(), "{bad}");
        }
    }
}
