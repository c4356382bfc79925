//! Stand-ins for the server's subcommands on systems where the server is not built. Each one says
//! so, and says where the server does run.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Args;

use crate::exit::Exit;

/// The subcommands that belong to the server.
pub(crate) const NAMES: &[&str] = &["serve", "user", "group", "ban", "config", "systemd"];

/// Accepts any arguments.
#[derive(Args)]
#[command(disable_help_flag = true, disable_version_flag = true)]
pub(crate) struct NotHereArgs {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<OsString>,
}

/// Says where the server runs.
pub(crate) fn run(_: &NotHereArgs) -> ExitCode {
    let asked = std::env::args().nth(1).unwrap_or_default();
    eprintln!(
        "packetboat {asked}: the server does not run on this system; run it on Linux or macOS (on Windows inside WSL), \
         and connect to it from here with the client"
    );
    Exit::Usage.into()
}
