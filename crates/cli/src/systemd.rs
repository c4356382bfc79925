//! `packetboat systemd`: prints or installs the systemd units, for people who have the program but
//! not its sources.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use crate::exit::Exit;

/// The arguments of `packetboat systemd`.
#[derive(Args)]
pub(crate) struct SystemdArgs {
    /// Write packetboat.service, packetboat.socket and packetboat-ftps.socket to this folder,
    /// usually /etc/systemd/system [default: print packetboat.service]
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

/// The service, and the sockets that systemd opens for it.
const UNITS: [(&str, &str); 3] = [
    ("packetboat.service", include_str!("../../../packaging/systemd/packetboat.service")),
    ("packetboat.socket", include_str!("../../../packaging/systemd/packetboat.socket")),
    ("packetboat-ftps.socket", include_str!("../../../packaging/systemd/packetboat-ftps.socket")),
];

/// Where packages install the program.
const USUAL: &str = "/usr/bin/packetboat";

/// Prints the service unit or writes all units.
pub(crate) fn run(args: &SystemdArgs) -> ExitCode {
    let program = match program() {
        Ok(program) => program,
        Err(error) => {
            eprintln!("packetboat systemd: cannot find the path of this program: {error}");
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
                "packetboat systemd: cannot write into {folder}: {error}; choose another folder, or run this as root"
            );
            Exit::LOCAL_FILE.into()
        }
    }
}

/// The path of this program, for the service to start.
fn program() -> io::Result<String> {
    let program = std::env::current_exe()?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+".contains(&byte);
    match program.to_str() {
        Some(text) if text.bytes().all(plain) => Ok(text.to_owned()),
        // Quotes, percent and dollar signs have a meaning in units.
        _ => Err(io::Error::other(format!(
            "the path {} has characters that systemd units treat specially; move the program to {USUAL}",
            program.display()
        ))),
    }
}

fn unit(text: &str, program: &str) -> String {
    text.replace(USUAL, program)
}

/// Writes the units and reports on each. A unit that was edited is kept under a new name beside the
/// new one.
fn write(folder: &Path, program: &str) -> io::Result<String> {
    fs::create_dir_all(folder)?;
    let mut told = String::new();
    for (name, text) in UNITS {
        let (path, text) = (folder.join(name), unit(text, program));
        let shown = path.display();
        match fs::read(&path) {
            Ok(there) if there == text.as_bytes() => {
                told.push_str(&format!("{shown} is up to date\n"));
                continue;
            }
            Ok(_) => {
                let before = keep(&path)?;
                let before = before.display();
                told.push_str(&format!("wrote {shown}; the previous file is now {before}\n"));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                told.push_str(&format!("wrote {shown}\n"));
            }
            Err(error) => return Err(error),
        }
        // A unit that is there stays until the new one is complete.
        let new = folder.join(format!(".{name}.new"));
        fs::write(&new, text)?;
        fs::rename(&new, &path)?;
    }
    Ok(told)
}

/// Gives a file a second name, `NAME.old` or the first free one of `NAME.old.2` and so on. An older
/// copy may hold the administrator's own changes, so it is never replaced.
fn keep(path: &Path) -> io::Result<PathBuf> {
    let mut number = 1;
    loop {
        let mut kept = path.as_os_str().to_owned();
        kept.push(".old");
        if number > 1 {
            kept.push(format!(".{number}"));
        }
        match fs::hard_link(path, &kept) {
            Ok(()) => return Ok(kept.into()),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An edited unit used to be overwritten without a word.
    #[test]
    fn a_unit_that_was_edited_is_kept_beside_the_new_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        let told = write(folder.path(), USUAL).expect("written");
        assert_eq!(told.lines().filter(|line| line.starts_with("wrote ")).count(), 3, "{told}");
        fs::write(at("packetboat.service"), "mine").expect("an edit");
        let told = write(folder.path(), USUAL).expect("written");
        assert!(
            told.contains("the previous file is now ")
                && told.matches("is up to date").count() == 2
        );
        assert_eq!(fs::read_to_string(at("packetboat.service.old")).expect("the edit"), "mine");
        assert_eq!(fs::read_to_string(at("packetboat.service")).expect("a unit"), UNITS[0].1);
        // A second edit must not cost the first one; nor does it matter how the file is encoded.
        fs::write(at("packetboat.service"), b"\xff").expect("an edit");
        let told = write(folder.path(), USUAL).expect("written");
        assert!(told.contains("packetboat.service.old.2"), "{told}");
        assert_eq!(fs::read(at("packetboat.service.old")).expect("the first edit"), b"mine");
        assert_eq!(fs::read(at("packetboat.service.old.2")).expect("the second edit"), b"\xff");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 5);
    }
}
