//! The `packetboat` binary: parses the command line and hands over to the module of the subcommand.
//! Each subcommand has its own file or folder here.

#![forbid(unsafe_code)]

#[cfg(unix)]
mod ban;
mod client;
mod code;
mod completions;
#[cfg(unix)]
mod config;
mod duration;
mod exit;
#[cfg(unix)]
mod group;
mod json;
mod layout;
mod man;
#[cfg(unix)]
mod permission_denied;
#[cfg(unix)]
mod serve;
#[cfg(unix)]
mod shell;
#[cfg(unix)]
mod systemd;
#[cfg(not(unix))]
mod unsupported;
#[cfg(unix)]
mod user;

use std::process::ExitCode;

use clap::builder::Resettable;
use clap::{Command as Commands, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

/// FTP server, client and catalogue of return codes: you always know what happened to your file,
/// why, and what to do next.
#[derive(Parser)]
#[command(name = "packetboat", version, propagate_version = true, max_term_width = 100, after_long_help = exit::Exit::table())]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve a folder over FTP.
    #[cfg(unix)]
    Serve(Box<serve::ServeArgs>),
    /// Manage the accounts in a database, for `serve --database`.
    #[cfg(unix)]
    User(user::UserArgs),
    /// Manage groups of accounts.
    #[cfg(unix)]
    Group(group::GroupArgs),
    /// List, add and lift bans on addresses, for `serve --database`.
    #[cfg(unix)]
    Ban(ban::BanArgs),
    /// Check a settings file, show the server settings in effect, or print the defaults.
    #[cfg(unix)]
    Config(config::ConfigArgs),
    /// Explain FTP reply codes and socket errors.
    Code(code::CodeArgs),
    #[command(flatten)]
    Client(Box<client::ClientCommand>),
    /// Print shell completions.
    Completions(completions::CompletionsArgs),
    /// Print the manual page, or write all manual pages to a folder.
    Man(man::ManArgs),
    /// Print the systemd service unit, or write all units to a folder.
    #[cfg(unix)]
    Systemd(systemd::SystemdArgs),
    #[cfg(not(unix))]
    #[command(name = unsupported::NAMES[0], aliases = &unsupported::NAMES[1..], hide = true)]
    NotHere(unsupported::NotHereArgs),
}

fn main() -> ExitCode {
    #[cfg(unix)]
    if let Some(exit) = serve::external_logins::as_helper() {
        return exit;
    }
    let cli = match parsed(Cli::command(), arguments()) {
        Ok(cli) => cli,
        Err(error) => return layout::misused(&error, &Cli::command()),
    };
    match cli.command {
        #[cfg(unix)]
        Command::Serve(args) => serve::run(*args),
        #[cfg(unix)]
        Command::User(args) => user::run(args),
        #[cfg(unix)]
        Command::Group(args) => group::run(args),
        #[cfg(unix)]
        Command::Ban(args) => ban::run(args),
        #[cfg(unix)]
        Command::Config(args) => config::run(args),
        Command::Code(args) => printed(code::run(args, &mut std::io::stdout().lock())),
        Command::Client(command) => client::run(*command),
        Command::Completions(args) => {
            printed(completions::run(&args, &mut std::io::stdout().lock()).map(|()| 0))
        }
        Command::Man(args) => man::run(&args),
        #[cfg(unix)]
        Command::Systemd(args) => systemd::run(&args),
        #[cfg(not(unix))]
        Command::NotHere(args) => unsupported::run(&args),
    }
}

/// The command-line arguments as given: on Unix the shell has already expanded the wildcards.
#[cfg(not(windows))]
fn arguments() -> std::env::ArgsOs {
    std::env::args_os()
}

/// The command-line arguments with `*` and `?` expanded, which on Windows is the program's job.
#[cfg(windows)]
fn arguments() -> wild::ArgsOs {
    wild::args_os()
}

/// Parses the arguments and the environment variables.
fn parsed<I>(commands: Commands, arguments: I) -> Result<Cli, clap::Error>
where
    I: IntoIterator<Item = std::ffi::OsString>,
{
    let mut commands = without_empty_variables(commands);
    let mut matches = commands.try_get_matches_from_mut(arguments)?;
    Cli::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut commands))
}

/// Treats an empty environment variable as unset. Clap would read it as an empty value, and reject
/// that even where the option is given on the command line.
fn without_empty_variables(commands: Commands) -> Commands {
    commands
        .mut_args(|argument| {
            let value = argument.get_env().and_then(std::env::var_os);
            let is_empty = value.is_some_and(|value| value.is_empty());
            if is_empty { argument.env(Resettable::Reset) } else { argument }
        })
        .mut_subcommands(without_empty_variables)
}

/// The exit code of a command that only prints.
fn printed(result: std::io::Result<u8>) -> ExitCode {
    match result {
        Ok(exit) => ExitCode::from(exit),
        // The reader closed the pipe early: `packetboat code | head`.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("packetboat: cannot write to standard output: {error}");
            exit::Exit::LOCAL_FILE.into()
        }
    }
}
