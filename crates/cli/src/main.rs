//! The program `packetboat`: one file or folder for each subcommand, and this one to choose among them.

#![forbid(unsafe_code)]

mod client;
mod code;
mod completions;
mod duration;
mod exit;
mod man;
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
    /// Explain FTP reply codes and socket errors.
    Code(code::CodeArgs),
    #[command(flatten)]
    Client(client::ClientCommand),
    /// Print the completions of a shell.
    Completions(completions::CompletionsArgs),
    /// Print the manual page, or write all of them into a folder.
    Man(man::ManArgs),
}

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Serve(args) => serve::run(args),
        Command::Code(args) => printed(code::run(args, &mut std::io::stdout().lock())),
        Command::Client(command) => client::run(command),
        Command::Completions(args) => {
            printed(completions::run(&args, &mut std::io::stdout().lock()).map(|()| 0))
        }
        Command::Man(args) => man::run(&args),
    }
}

/// How a command ends that only prints.
fn printed(result: std::io::Result<u8>) -> ExitCode {
    match result {
        Ok(exit) => ExitCode::from(exit),
        // The reader had enough: `packetboat code | head`.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("packetboat: cannot write the answer: {error}");
            exit::Exit::LOCAL_FILE.into()
        }
    }
}
