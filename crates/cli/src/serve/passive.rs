//! The addresses of `data.passive-address` and `data.nat`: resolved at the start and again while
//! the server runs, because a provider may change the address behind a name.

use std::collections::HashSet;
use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use packetboat_server::settings::{NatSetting, Problem, Settings};
use packetboat_server::{NatRule, PassiveAddress, ServerConfig};

/// How often names are resolved again.
const FRESH: Duration = Duration::from_secs(60);

/// Why a name has no address.
#[derive(Debug)]
pub(super) enum Missing {
    /// It cannot be resolved now. DNS is often not available yet while a machine boots.
    NotFound(String),
    /// It has no IPv4 address.
    NoIpv4(String),
}

impl Missing {
    /// The problem to report for the setting.
    pub(super) fn problem(self, settings: &Settings, key: &str) -> Problem {
        match self {
            Self::NotFound(text) => settings.problem(key, text).of_the_moment(),
            Self::NoIpv4(text) => settings.problem(key, text),
        }
    }
}

/// Resolves a host name to an IPv4 address.
pub(super) fn find(name: &str) -> Result<PassiveAddress, Missing> {
    let found = (name, 0).to_socket_addrs().map_err(|error| {
        Missing::NotFound(format!(
            "cannot resolve {name}: {error}; check the name and whether DNS works, or give an \
             IPv4 address"
        ))
    })?;
    first_v4(found).map(PassiveAddress::new).ok_or_else(|| {
        Missing::NoIpv4(format!("{name} has no IPv4 address, and PASV can carry no other; choose another name or address"))
    })
}

/// The addresses that clients of certain networks are given.
pub(super) fn nat(settings: &[NatSetting]) -> Result<Vec<NatRule>, Missing> {
    let rule = |nat: &NatSetting| {
        let told = nat.told.as_deref().map(find).transpose()?;
        Ok(NatRule { clients: nat.clients, told })
    };
    settings.iter().map(rule).collect()
}

/// The names to keep resolving, and where their addresses are kept. Literal addresses need no
/// lookup.
pub(super) fn names(settings: &Settings, config: &ServerConfig) -> Vec<(String, PassiveAddress)> {
    let first = settings.passive_address.iter().zip(&config.passive_address);
    let nat = settings.nat.iter().zip(&config.nat);
    let nat = nat.filter_map(|(setting, rule)| setting.told.as_ref().zip(rule.told.as_ref()));
    first
        .chain(nat)
        .filter(|(name, _)| name.parse::<IpAddr>().is_err())
        .map(|(name, told)| (name.clone(), told.clone()))
        .collect()
}

/// The names that are resolved again, which a reload replaces. Clones share them.
#[derive(Clone)]
pub(super) struct Fresh(Arc<Mutex<Vec<(String, PassiveAddress)>>>);

impl Fresh {
    pub(super) fn new(names: Vec<(String, PassiveAddress)>) -> Self {
        Self(Arc::new(Mutex::new(names)))
    }

    pub(super) fn replace(&self, names: Vec<(String, PassiveAddress)>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = names;
    }

    /// Resolves the names every minute, forever, and reports changes. If there is no answer, the
    /// last address stays in use.
    pub(super) async fn keep(&self, tell: impl Fn(&'static str, String)) -> Infallible {
        let mut lost = HashSet::new();
        loop {
            tokio::time::sleep(FRESH).await;
            let names = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
            for (name, told) in &names {
                if let Some((step, text)) = take(name, told, look_up(name).await, &mut lost) {
                    tell(step, text);
                }
            }
        }
    }
}

/// Resolves on a thread of its own, so that no session waits for DNS.
async fn look_up(name: &str) -> Result<Ipv4Addr, String> {
    let found = tokio::net::lookup_host((name, 0)).await;
    let found = found.map_err(|error| format!("cannot resolve {name}: {error}"))?;
    first_v4(found).ok_or_else(|| format!("{name} no longer has an IPv4 address"))
}

/// Applies an answer, and reports news: a changed address, or the first failure in a row.
fn take(
    name: &str,
    told: &PassiveAddress,
    found: Result<Ipv4Addr, String>,
    lost: &mut HashSet<String>,
) -> Option<(&'static str, String)> {
    let before = told.get();
    match found {
        Ok(address) => {
            lost.remove(name);
            told.set(address);
            let text = format!("tells clients {address} for {name} from now on (before: {before})");
            (address != before).then_some(("passive address", text))
        }
        Err(why) => lost.insert(name.to_owned()).then(|| {
            let text = format!(
                "still tells clients {before}: {why}; if that address is wrong by now, set the address itself"
            );
            ("no passive address", text)
        }),
    }
}

/// The first IPv4 address. PASV can carry no other.
fn first_v4(found: impl Iterator<Item = SocketAddr>) -> Option<Ipv4Addr> {
    found.map(|address| address.ip()).find_map(|address| match address {
        IpAddr::V4(address) => Some(address),
        IpAddr::V6(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use packetboat_server::settings::Blame;

    use super::*;

    #[tokio::test]
    async fn a_name_is_looked_up_again_and_an_answer_that_fails_changes_nothing() {
        let told = PassiveAddress::new(Ipv4Addr::new(192, 0, 2, 1));
        let mut lost = HashSet::new();
        // A name with an empty part fails without asking DNS.
        let none = look_up("a..b").await;
        let (step, text) = take("a..b", &told, none.clone(), &mut lost).expect("news");
        assert!(
            step == "no passive address" && text.contains("192.0.2.1: cannot resolve a..b"),
            "{text}"
        );
        assert_eq!(take("a..b", &told, none, &mut lost), None, "it is told once");
        assert_eq!(told.get(), Ipv4Addr::new(192, 0, 2, 1));
        let found = look_up("localhost").await;
        let (step, text) = take("localhost", &told, found.clone(), &mut lost).expect("news");
        assert!(step == "passive address" && text.contains("127.0.0.1 for localhost"), "{text}");
        assert_eq!(told.get(), Ipv4Addr::LOCALHOST);
        assert_eq!(take("localhost", &told, found, &mut lost), None);
    }

    #[test]
    fn a_number_is_taken_as_it_is_and_ipv6_is_refused() {
        assert_eq!(find("192.0.2.7").expect("an address").get(), Ipv4Addr::new(192, 0, 2, 7));
        let of_ipv6 = find("::1").expect_err("IPv6").problem(&Settings::default(), "data.nat");
        assert!(of_ipv6.text.contains("no IPv4 address") && of_ipv6.blame == Blame::Setting);
        // A name with an empty part fails without asking DNS.
        let lost = find("a..b").expect_err("no name").problem(&Settings::default(), "data.nat");
        assert!(lost.text.contains("cannot resolve a..b") && lost.blame == Blame::Moment);
    }
}
