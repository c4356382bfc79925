//! `packetboat systemd`: the units of the service, for those who have this program and not its sources.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use crate::exit::Exit;

/// The arguments of `packetboat systemd`.
#[derive(Args)]
pub(crate) struct SystemdArgs {
    /// Write packetboat.service, packetboat.socket and packetboat-ftps.socket into this folder, mostly
    /// /etc/systemd/system [default: print packetboat.service]
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

/// The service, and the ports that systemd opens for it.
const UNITS: [(&str, &str); 3] = [
    ("packetboat.service", include_str!("../../../packaging/systemd/packetboat.service")),
    ("packetboat.socket", include_str!("../../../packaging/systemd/packetboat.socket")),
    ("packetboat-ftps.socket", include_str!("../../../packaging/systemd/packetboat-ftps.socket")),
];

/// Where packages put the program.
const USUAL: &str = "/usr/bin/packetboat";

/// Prints the service or writes all units.
pub(crate) fn run(args: &SystemdArgs) -> ExitCode {
    let program = match program() {
        Ok(program) => program,
        Err(error) => {
            eprintln!("packetboat systemd: cannot find where this program is: {error}");
            return Exit::LOCAL_FILE.into();
        }
    };
    let Some(folder) = &args.folder else {
        let text = unit(UNITS[0].1, &program);
        return crate::printed(io::stdout().lock().write_all(text.as_bytes()).map(|()| 0));
    };
    match write(folder, &program) {
        Ok(told) => crate::printed(io::stdout().lock().write_all(told.as_bytes()).map(|()| 0)),
        Err(error) => {
            let folder = folder.display();
            eprintln!(
                "packetboat systemd: cannot write into {folder}: {error}; name another folder, or do it as root"
            );
            Exit::LOCAL_FILE.into()
        }
    }
}

/// This very program, which the service is to start.
fn program() -> io::Result<String> {
    let program = std::env::current_exe()?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+".contains(&byte);
    match program.to_str() {
        Some(text) if text.bytes().all(plain) => Ok(text.to_owned()),
        // Quotes, per cent and dollar signs mean something in a unit.
        _ => Err(io::Error::other(format!(
            "{} does not fit into a unit; move it to {USUAL}",
            program.display()
        ))),
    }
}

fn unit(text: &str, program: &str) -> String {
    text.replace(USUAL, program)
}

/// Writes them, and tells what it did with each. What somebody has written in one that is there is kept beside it.
fn write(folder: &Path, program: &str) -> io::Result<String> {
    fs::create_dir_all(folder)?;
    let mut told = String::new();
    for (name, text) in UNITS {
        let (path, text) = (folder.join(name), unit(text, program));
        let shown = path.display();
        let there = fs::read_to_string(&path);
        if there.as_ref().is_ok_and(|there| *there == text) {
            told.push_str(&format!("{shown} is as it has to be\n"));
            continue;
        }
        let before = folder.join(format!("{name}.old"));
        match there {
            Ok(_) => {
                fs::rename(&path, &before)?;
                let before = before.display();
                told.push_str(&format!("wrote {shown}; what was there is in {before}\n"));
            }
            Err(_) => told.push_str(&format!("wrote {shown}\n")),
        }
        fs::write(&path, text)?;
    }
    Ok(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An edited unit was overwritten without a word.
    #[test]
    fn a_unit_that_was_edited_is_kept_beside_the_new_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        let told = write(folder.path(), USUAL).expect("written");
        assert_eq!(told.lines().filter(|line| line.starts_with("wrote ")).count(), 3, "{told}");
        fs::write(at("packetboat.service"), "mine").expect("an edit");
        let told = write(folder.path(), USUAL).expect("written");
        assert!(
            told.contains("what was there is in ") && told.matches("is as it has").count() == 2
        );
        assert_eq!(fs::read_to_string(at("packetboat.service.old")).expect("the edit"), "mine");
        assert_eq!(fs::read_to_string(at("packetboat.service")).expect("a unit"), UNITS[0].1);
    }
}
