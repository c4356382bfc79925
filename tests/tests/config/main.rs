//! The configuration file: mistakes in it, precedence of settings, rereading it while the server
//! runs, and its addresses and hosts.

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

/// The greeting for a new client.
fn greeted(address: SocketAddr) -> String {
    Dialogue::connect_silently(address).reply().code(220).text()
}
