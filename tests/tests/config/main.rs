//! The configuration file: what is wrong with one, what goes over what, reading it anew while the server runs, and what it
//! says of addresses and hosts.

mod checked;
mod hosts;
mod reloaded;

use std::net::SocketAddr;

use packetboat_tests::{Dialogue, Server, Setup};

const RELOADED: &str = "was reloaded";

fn with_config(text: &str) -> Server {
    Server::with(Setup { config: Some(text.to_owned()), ..Setup::default() })
}

fn greeting(text: &str) -> String {
    format!("[server]\ngreeting = \"{text}\"\n")
}

/// What a new client is greeted with.
fn greeted(address: SocketAddr) -> String {
    Dialogue::connect_silently(address).reply().code(220).text()
}
