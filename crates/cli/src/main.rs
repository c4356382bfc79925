//! The program `packetboat`: one file or folder for each subcommand, and this one to choose among them.

#![forbid(unsafe_code)]

mod client;
mod exit;
mod serve;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// FTP server, client and catalogue of return codes: you always know what happened to your file, why, and
/// what to do next.
#[derive(Parser)]
#[command(name = "packetboat", version, propagate_version = true, max_term_width = 100, after_long_help = exit::Exit::table())]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve a folder over FTP.
    Serve(serve::ServeArgs),
    #[command(flatten)]
    Client(client::ClientCommand),
}

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Serve(args) => serve::run(args),
        Command::Client(command) => client::run(command),
    }
}
