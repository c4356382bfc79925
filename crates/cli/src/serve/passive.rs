//! The addresses of `data.passive-address` and `data.nat`: found at the start, and looked up again while the server runs,
//! since a provider may give the machine behind a name another address.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use packetboat_server::settings::{NatSetting, Settings};
use packetboat_server::{NatRule, PassiveAddress, ServerConfig};

/// How old the answer of the name service may get.
const FRESH: Duration = Duration::from_secs(60);

/// The IPv4 address of a host name.
pub(super) fn find(name: &str) -> Result<PassiveAddress, String> {
    let found = (name, 0)
        .to_socket_addrs()
        .map_err(|error| format!("{name} cannot be found: {error}; give an IPv4 address"))?;
    first_v4(found)
        .map(PassiveAddress::new)
        .ok_or_else(|| format!("{name} has no IPv4 address; PASV can tell no other kind"))
}

/// What clients of some networks are told.
pub(super) fn nat(settings: &[NatSetting]) -> Result<Vec<NatRule>, String> {
    let rule = |nat: &NatSetting| {
        let told = nat.told.as_deref().map(find).transpose()?;
        Ok(NatRule { clients: nat.clients, told })
    };
    settings.iter().map(rule).collect()
}

/// The names among what clients are told, and where their addresses are kept. A number has nothing to look up.
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

/// The names that are looked up, which a reload replaces. Copies share them.
#[derive(Clone)]
pub(super) struct Fresh(Arc<Mutex<Vec<(String, PassiveAddress)>>>);

impl Fresh {
    pub(super) fn new(names: Vec<(String, PassiveAddress)>) -> Self {
        Self(Arc::new(Mutex::new(names)))
    }

    pub(super) fn replace(&self, names: Vec<(String, PassiveAddress)>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = names;
    }

    /// Looks the names up every minute, for ever. Where the name service has no answer, the last one stands.
    pub(super) async fn keep(&self) -> Infallible {
        loop {
            tokio::time::sleep(FRESH).await;
            let names = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
            for (name, told) in &names {
                look_up(name, told).await;
            }
        }
    }
}

/// This asks on a thread of its own, so no session waits for the name service.
async fn look_up(name: &str, told: &PassiveAddress) {
    let found = tokio::net::lookup_host((name, 0)).await;
    if let Some(address) = found.ok().and_then(first_v4) {
        told.set(address);
    }
}

/// PASV can tell no other kind.
fn first_v4(found: impl Iterator<Item = SocketAddr>) -> Option<Ipv4Addr> {
    found.map(|address| address.ip()).find_map(|address| match address {
        IpAddr::V4(address) => Some(address),
        IpAddr::V6(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_name_is_looked_up_again_and_an_answer_that_fails_changes_nothing() {
        let told = PassiveAddress::new(Ipv4Addr::new(192, 0, 2, 1));
        // No name service is asked for a name with an empty part.
        look_up("a..b", &told).await;
        assert_eq!(told.get(), Ipv4Addr::new(192, 0, 2, 1));
        look_up("localhost", &told).await;
        assert_eq!(told.get(), Ipv4Addr::LOCALHOST);
    }

    #[test]
    fn a_number_is_taken_as_it_is_and_ipv6_is_refused() {
        assert_eq!(find("192.0.2.7").expect("an address").get(), Ipv4Addr::new(192, 0, 2, 7));
        assert!(find("::1").expect_err("IPv6").contains("no IPv4 address"));
    }
}
