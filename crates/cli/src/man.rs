//! `packetboat man`: the manual pages, made from the definition of the command line, and those of sections
//! 5 and 7, made from the tables of settings, codes and verbs.

mod tables;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, CommandFactory as _};
use clap_mangen::Man;

use crate::exit::Exit;

/// The arguments of `packetboat man`.
#[derive(Args)]
pub(crate) struct ManArgs {
    /// Write packetboat.1, a page for each subcommand, packetboat.toml.5, packetboat-codes.7 and packetboat-verbs.7
    /// into this folder, which is made if need be [default: print packetboat.1]
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

/// Prints the main page or writes all of them.
pub(crate) fn run(args: &ManArgs) -> ExitCode {
    match &args.folder {
        None => crate::printed(Man::new(definition()).render(&mut io::stdout().lock()).map(|()| 0)),
        Some(folder) => match write_pages(folder) {
            Ok(()) => Exit::Ok.into(),
            Err(error) => {
                let folder = folder.display();
                eprintln!(
                    "packetboat man: cannot write into {folder}: {error}; name another folder"
                );
                Exit::LOCAL_FILE.into()
            }
        },
    }
}

fn write_pages(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    clap_mangen::generate_to(definition(), folder)?;
    fs::write(folder.join("packetboat.toml.5"), tables::settings())?;
    fs::write(folder.join("packetboat-codes.7"), tables::codes())?;
    fs::write(folder.join("packetboat-verbs.7"), tables::verbs())
}

/// The command line; `help` as a subcommand needs no page.
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
        let main = page("packetboat.1").expect("the main page");
        assert!(main.contains("packetboat\\-serve(1)") && main.contains("Exit codes:"), "{main}");
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
