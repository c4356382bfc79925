//! A test that is run once more by a program that gives it something of its own, such as a network or a view of what is
//! mounted: a name space, which is gone with its last process, however that ends.

use std::path::Path;
use std::process::Command;

use crate::program::{packetboat, run};

/// Set where a test runs once more.
const AGAIN: &str = "PACKETBOAT_TESTS_AGAIN";

/// Whether this is that process.
pub fn is_again() -> bool {
    std::env::var_os(AGAIN).is_some()
}

/// Runs a test of this program, by its name, as the further words of another one.
///
/// # Errors
/// What the other one says if it runs nothing at all here.
///
/// # Panics
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
