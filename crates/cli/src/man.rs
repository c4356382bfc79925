//! `packetboat man`: the manual pages. Those of the commands are generated from the definition of
//! the command line, those of sections 5 and 7 from the tables of settings, codes and verbs.

#[cfg(unix)]
mod settings;
mod tables;

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, CommandFactory as _};
use clap_mangen::Man;

use crate::exit::Exit;

/// The footer of each page: the date of this version's manual, the program, and the manual's name.
const DATE: &str = "2026-11-27";
const SOURCE: &str = concat!("packetboat ", env!("CARGO_PKG_VERSION"));
const MANUAL: &str = "Packetboat Manual";

/// The arguments of `packetboat man`.
#[derive(Args)]
pub(crate) struct ManArgs {
    /// Write packetboat.1, a page for each subcommand, packetboat.toml.5, packetboat-codes.7 and
    /// packetboat-verbs.7 to this folder, creating it if needed [default: print packetboat.1]
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

/// Prints the main page or writes all pages.
pub(crate) fn run(args: &ManArgs) -> ExitCode {
    match &args.folder {
        None => {
            let mut command = definition();
            command.build();
            crate::printed(
                page(command).and_then(|page| io::stdout().write_all(page.as_bytes()).map(|()| 0)),
            )
        }
        Some(folder) => match write_pages(folder) {
            Ok(()) => Exit::Ok.into(),
            Err(error) => {
                let folder = folder.display();
                eprintln!(
                    "packetboat man: cannot write into {folder}: {error}; choose another folder"
                );
                Exit::LOCAL_FILE.into()
            }
        },
    }
}

fn write_pages(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let mut command = definition();
    command.build();
    write_commands(command, folder)?;
    #[cfg(unix)]
    fs::write(folder.join("packetboat.toml.5"), settings::settings())?;
    fs::write(folder.join("packetboat-codes.7"), tables::codes())?;
    fs::write(folder.join("packetboat-verbs.7"), tables::verbs())
}

/// Writes a page for a command and each of its subcommands.
fn write_commands(command: clap::Command, folder: &Path) -> io::Result<()> {
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
        write_commands(below.clone(), folder)?;
    }
    let name = command.get_display_name().unwrap_or(command.get_name()).to_owned();
    fs::write(folder.join(format!("{name}.1")), page(command)?)
}

/// The page of a command. Its synopsis is the usage line from the help: the one clap_mangen
/// generates names each option but not its value.
fn page(mut command: clap::Command) -> io::Result<String> {
    const SYNOPSIS: &str = ".SH SYNOPSIS\n";
    let usage = command.render_usage().to_string();
    let usage = usage.trim_start_matches("Usage:").trim().replace('\\', "\\e").replace('-', "\\-");
    let lines: Vec<&str> = usage.lines().map(str::trim).collect();
    let mut page = Vec::new();
    Man::new(command).date(DATE).source(SOURCE).manual(MANUAL).render(&mut page)?;
    let page = String::from_utf8(page).map_err(io::Error::other)?;
    let Some((before, rest)) = page.split_once(SYNOPSIS) else { return Ok(page) };
    let behind = rest.find("\n.SH ").map_or("", |at| &rest[at..]);
    Ok(format!("{before}{SYNOPSIS}{}{behind}", lines.join("\n.br\n")))
}

/// The command line without the `help` subcommand, which needs no page.
fn definition() -> clap::Command {
    crate::Cli::command().disable_help_subcommand(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_subcommand_has_a_page() {
        let folder = std::env::temp_dir().join(format!("packetboat-man-{}", std::process::id()));
        write_pages(&folder.join("made")).expect("the pages are written");
        let page = |name: &str| fs::read_to_string(folder.join("made").join(name));
        for command in definition().get_subcommands() {
            let text = page(&format!("packetboat-{}.1", command.get_name())).expect("a page");
            assert!(text.contains(".SH SYNOPSIS"), "{command}");
        }
        let put = page("packetboat-put.1").expect("a page");
        let synopsis = ".SH SYNOPSIS\npacketboat put [OPTIONS] <FILE>... <URL>\n.SH ";
        assert!(put.contains(synopsis), "{put}");
        let main = page("packetboat.1").expect("the main page");
        assert!(main.contains("packetboat\\-serve(1)") && main.contains("Exit codes:"), "{main}");
        let add = page("packetboat-user-add.1").expect("a page");
        let title = format!(".TH packetboat-user-add 1 {DATE} \"{SOURCE}\" \"{MANUAL}\"");
        assert!(add.contains(&title), "{add}");
        let settings = page("packetboat.toml.5").expect("the settings");
        assert!(settings.contains("\\fBlimits.idle\\-timeout\\fR = \"5m\""), "{settings}");
        let codes = page("packetboat-codes.7").expect("the codes");
        assert!(codes.contains("\\fB421\\fR Closing the connection"), "{codes}");
        let verbs = page("packetboat-verbs.7").expect("the verbs");
        assert!(
            verbs.contains("\\fBRETR pathname\\fR") && verbs.contains("110, 125, 150."),
            "{verbs}"
        );
        fs::remove_dir_all(&folder).expect("the folder is ours");
    }
}
