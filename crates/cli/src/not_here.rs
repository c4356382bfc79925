//! The server's subcommands where the server is not built: each says so, and where it runs.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Args;

use crate::exit::Exit;

/// The subcommands that belong to the server.
pub(crate) const NAMES: &[&str] = &["serve", "user", "group", "ban", "config", "systemd"];

/// Whatever is given to one of them.
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
        "packetboat {asked}: the server does not run on this system; run it on Linux or macOS (on Windows within WSL), \
         and reach it from here with the client"
    );
    Exit::Usage.into()
}
