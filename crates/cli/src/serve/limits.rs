//! How long things may take: the arguments, and where they go.

use std::time::Duration;

use clap::Args;
use packetboat_server::ServerConfig;

/// The longest time that can be set: a day.
const DAY: u64 = 86_400;

/// Limits on waiting.
#[derive(Args)]
pub(super) struct Limits {
    /// Close a session that has not logged in after so many seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 60,
        value_parser = clap::value_parser!(u64).range(1..=DAY))]
    login_timeout: u64,

    /// Give up a data connection that does not come up within so many seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 30,
        value_parser = clap::value_parser!(u64).range(1..=DAY))]
    connect_timeout: u64,

    /// Give up a transfer that moves nothing for so many seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 300,
        value_parser = clap::value_parser!(u64).range(1..=DAY))]
    stall_timeout: u64,
}

impl Limits {
    pub(super) fn apply(&self, config: &mut ServerConfig) {
        config.session.login_timeout = Duration::from_secs(self.login_timeout);
        config.connect_timeout = Duration::from_secs(self.connect_timeout);
        config.stall_timeout = Duration::from_secs(self.stall_timeout);
    }
}
