//! How long things may take, and how much is done at once: the arguments, and where they go.

use std::time::Duration;

use clap::Args;
use packetboat_server::ServerConfig;

use crate::duration::parse_second_to_day;

/// Limits on waiting and on work.
#[derive(Args)]
pub(super) struct Limits {
    /// Close a session that has not logged in after this time.
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = parse_second_to_day)]
    login_timeout: Duration,

    /// Give up a data connection that does not come up within this time.
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = parse_second_to_day)]
    connect_timeout: Duration,

    /// Give up a transfer that moves nothing for this time.
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = parse_second_to_day)]
    stall_timeout: Duration,

    /// When the server is told to stop, let running transfers take this long to end. A second signal ends at once.
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = parse_second_to_day)]
    stop_grace: Duration,

    /// Refuse with 556 to hash more bytes than this of one file [default: hash all]
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u64).range(1..))]
    hash_limit: Option<u64>,
}

impl Limits {
    pub(super) fn apply(&self, config: &mut ServerConfig) {
        config.session.login_timeout = self.login_timeout;
        config.connect_timeout = self.connect_timeout;
        config.stall_timeout = self.stall_timeout;
        config.stop.grace = self.stop_grace;
        config.hash_limit = self.hash_limit;
    }
}
