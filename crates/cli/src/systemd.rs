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
        Ok(()) => Exit::Ok.into(),
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

fn write(folder: &Path, program: &str) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for (name, text) in UNITS {
        fs::write(folder.join(name), unit(text, program))?;
    }
    Ok(())
}
