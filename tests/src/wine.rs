//! [`Windows`]: the program built for Windows and run by Wine, if Rust's target, a linker for it
//! and Wine are installed.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use tempfile::TempDir;

use crate::program::{Output, run};
use crate::{ROOT, say_skipped, skip};

/// The target, as Rust calls it.
pub const TARGET: &str = "x86_64-pc-windows-gnu";
/// The linker for that target.
const LINKER: &str = "x86_64-w64-mingw32-gcc";

const NO_WINE: &str = "Wine is not installed";

/// If set, the tests must not be skipped; CI sets it.
const WANTED: &str = "PACKETBOAT_WINE";

/// Where Wine is, and the program that it runs.
struct Installed {
    wine: PathBuf,
    folder: PathBuf,
}

/// The Windows program with a folder that is its working directory and its user's home.
pub struct Windows {
    installed: &'static Installed,
    home: TempDir,
}

impl Windows {
    /// Prepares the program. If something is missing, reports the test as skipped.
    ///
    /// # Panics
    ///
    /// If something is missing although PACKETBOAT_WINE is set, or if the program cannot be built.
    pub fn program() -> Option<Self> {
        static INSTALLED: OnceLock<Result<Installed, String>> = OnceLock::new();
        match INSTALLED.get_or_init(install) {
            Ok(installed) => Some(Self { installed, home: tempfile::tempdir().expect("a folder") }),
            Err(why) if env::var_os(WANTED).is_some() => {
                skip("wine", why);
                None
            }
            Err(why) => {
                say_skipped(why);
                None
            }
        }
    }

    /// The folder it runs in.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Creates a file in that folder.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.home().join(name), content).expect("a file");
    }

    /// A command that runs the program.
    pub fn command(&self, arguments: &[&str]) -> Command {
        self.installed.command(self.home(), arguments)
    }

    /// Runs the program.
    pub fn run(&self, arguments: &[&str]) -> Output {
        run(&mut self.command(arguments))
    }
}

impl Installed {
    fn command(&self, home: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.wine);
        command.arg(self.folder.join("packetboat.exe")).args(arguments);
        command.current_dir(home).stdin(Stdio::null());
        command.env("WINEPREFIX", self.folder.join("prefix")).env("WINEDEBUG", "-all");
        command.env_remove("PACKETBOAT_PASSWORD").env("NETRC", "NUL");
        command
    }
}

/// Builds the program and puts it where Wine finds everything it needs, or returns what is missing.
fn install() -> Result<Installed, String> {
    if let Some(why) = missing_to_build() {
        return Err(why);
    }
    let wine = wine().ok_or(NO_WINE)?;
    let target = Path::new(ROOT).join("target");
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.args(["build", "--quiet", "--package", "packetboat", "--target", TARGET]);
    build.current_dir(ROOT).arg("--target-dir").arg(&target);
    assert!(build.status().expect("cargo").success(), "the program could not be built for Windows");
    let folder = target.join("wine");
    fs::create_dir_all(&folder).expect("a folder");
    let folder = fs::canonicalize(folder).expect("a folder that is there");
    let built = target.join(TARGET).join("debug/packetboat.exe");
    fs::copy(built, folder.join("packetboat.exe")).expect("the program");
    let mut link = Command::new(LINKER);
    link.arg("-shared").arg("-o").arg(folder.join("bcryptprimitives.dll"));
    link.arg(Path::new(ROOT).join("tests/src/wine/bcryptprimitives.c")).arg("-ladvapi32");
    assert!(
        link.status().expect("the linker").success(),
        "the library for Wine could not be built"
    );
    let installed = Installed { wine, folder };
    // Lets Wine create its files once, before several tests need them at the same time.
    run(&mut installed.command(&installed.folder, &["--version"])).ok();
    Ok(installed)
}

/// What is missing to build the program, if anything.
pub fn missing_to_build() -> Option<String> {
    if found(LINKER).is_none() {
        return Some(format!("{LINKER} is not installed"));
    }
    let asked =
        Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]).output();
    let has_target =
        asked.is_ok_and(|said| Path::new(String::from_utf8_lossy(&said.stdout).trim()).is_dir());
    (!has_target).then(|| format!("the Rust target is missing: run `rustup target add {TARGET}`"))
}

fn wine() -> Option<PathBuf> {
    ["wine", "wine64", "/usr/lib/wine/wine64"].into_iter().find_map(found)
}

/// Finds a program, either in PATH or at the given path.
fn found(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).map(|folder| folder.join(name)).find(|path| path.is_file())
}
