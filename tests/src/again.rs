//! Runs a test once more through another program that gives it something of its own, such as a
//! network or a view of the mounts. Such a namespace disappears with its last process, however that
//! ends.

use std::path::Path;
use std::process::Command;

use crate::program::{packetboat, run};

/// Set for the process that runs a test once more.
const AGAIN: &str = "PACKETBOAT_TESTS_AGAIN";

/// Whether this is that process.
pub fn is_again() -> bool {
    std::env::var_os(AGAIN).is_some()
}

/// Runs a test of this program, given by name, through the program and arguments in `wrapper`.
///
/// # Errors
///
/// The wrapper's own message if it could not run anything.
///
/// # Panics
///
/// If the test fails.
pub fn again(wrapper: &[&str], test: &str) -> Result<(), String> {
    let inside = |program: &Path, arguments: &[&str]| {
        let mut command = Command::new(wrapper[0]);
        command.args(&wrapper[1..]).arg(program).args(arguments);
        run(command.env(AGAIN, "1").env("PACKETBOAT", packetboat()))
    };
    let tried = inside(Path::new("true"), &[]);
    if !tried.status.success() {
        return Err(tried.stderr.trim().to_owned());
    }
    let this = std::env::current_exe().expect("the path of this program");
    let output = inside(&this, &["--exact", test, "--nocapture"]).ok();
    assert!(output.stdout.contains("1 passed"), "{output:?}");
    Ok(())
}
