//! `cargo xtask test`: everything a change has to pass. The tests come last, so that what they said stands
//! right above the summary.

use std::env;
use std::path::Path;
use std::process::ExitCode;

use packetboat_tests::wine;

use crate::steps::{self, Outcome, Steps};
use crate::{docs, functions, fuzz, imports, readme, sizes};

/// Clients that the end-to-end tests run, if they are there.
const CLIENTS: &[&str] =
    &["curl", "lftp", "tnftp", "ncftpget", "wget", "rclone", "python3", "pebble"];
/// Servers that the client is tested against, if PACKETBOAT_PEERS names the folder they are in.
const SERVERS: &[&str] = &["vsftpd", "proftpd", "pureftpd"];

/// Runs every step and prints the summary.
pub(crate) fn run(root: &Path) -> ExitCode {
    let mut steps = Steps::default();
    steps.step("formatting", || format(root, &["--check"]));
    steps.step("file sizes", || sizes::check(root));
    steps.step("function sizes", || functions::check(root));
    steps.step("imports", || imports::check(root));
    steps.step("lints", || lint(root));
    if wine::missing_to_build().is_none() {
        steps.step("lints for Windows", || lint_for_windows(root));
    }
    steps.step("fuzz targets", || fuzz::check(root));
    steps.step("documentation", || {
        let arguments = ["doc", "--workspace", "--no-deps"];
        steps::cargo(root, &arguments, &[("RUSTDOCFLAGS", "-D warnings")])
    });
    steps.step("reference", || docs::check(root));
    // The end-to-end tests run this build.
    steps.step("program", || steps::cargo(root, &["build", "--package", "packetboat"], &[]));
    steps.step("README", || readme::check(root));
    let mut counts = Counts::default();
    steps.step("tests", || tests(root, &mut counts));
    for what in counts.ignored.into_iter().chain(missing(root)) {
        steps.skip(what);
    }
    if let Some(why) = wine::missing_to_run() {
        steps.skip(format!("tests of the client for Windows: {why}"));
    }
    steps.finish()
}

/// What the test programs said, all together.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    passed: u64,
    failed: u64,
    /// Tests that were not run, with the reason they give.
    ignored: Vec<String>,
}

/// Runs the tests; their output is passed on as it comes.
fn tests(root: &Path, counts: &mut Counts) -> Outcome {
    let arguments = ["test", "--workspace", "--no-fail-fast"];
    let result = steps::cargo_lines(root, &arguments, |line| counts.read(line));
    let Counts { passed, failed, ignored } = counts;
    let said = format!("{passed} passed, {failed} failed, {} ignored", ignored.len());
    match result {
        Ok(_) if *passed == 0 => Err("no test was run".into()),
        Ok(_) => Ok(said),
        Err(why) => Err(format!("{said}; {why}")),
    }
}

impl Counts {
    fn read(&mut self, line: &str) {
        if let Some(result) = line.strip_prefix("test result: ") {
            let before = |word: &str| {
                let number = result.split(word).next()?.trim_end().rsplit(' ').next()?;
                number.parse::<u64>().ok()
            };
            self.passed += before("passed;").unwrap_or(0);
            self.failed += before("failed;").unwrap_or(0);
        } else if let Some((name, why)) = line.split_once(" ... ignored") {
            let name = name.trim_start_matches("test ");
            self.ignored.push(format!("test {name}{why}"));
        }
    }
}

/// Formats the code, or looks whether it is; that of the fuzz targets too.
pub(crate) fn format(root: &Path, how: &[&str]) -> Outcome {
    let workspace = steps::cargo(root, &[&["fmt", "--all"], how].concat(), &[]);
    let targets = ["fmt", "--manifest-path", fuzz::MANIFEST];
    let targets = steps::cargo(root, &[&targets, how].concat(), &[]);
    workspace.and_then(|said| Ok(format!("{said}; {}", targets?)))
}

/// Clippy, with every warning an error.
pub(crate) fn lint(root: &Path) -> Outcome {
    let arguments = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
    steps::cargo(root, &arguments, &[])
}

/// The same for what is built for Windows.
fn lint_for_windows(root: &Path) -> Outcome {
    let arguments =
        ["clippy", "--package", "packetboat", "--target", wine::TARGET, "--", "-D", "warnings"];
    steps::cargo(root, &arguments, &[])
}

/// What the tests pass over on this machine.
fn missing(root: &Path) -> Vec<String> {
    let path = env::var_os("PATH").unwrap_or_default();
    let absent = |name: &&&str| !env::split_paths(&path).any(|dir| dir.join(name).is_file());
    let clients = CLIENTS.iter().filter(absent);
    let clients = clients.map(|name| format!("tests with {name}, which is not installed"));
    let Some(peers) = env::var_os("PACKETBOAT_PEERS") else {
        let way = "bench/peers.sh fetches them, PACKETBOAT_PEERS=target/bench/peers names them";
        return clients.chain([format!("tests against other servers: {way}")]).collect();
    };
    let peers = root.join(peers);
    let servers = SERVERS.iter().filter(|name| !peers.join(name).is_dir());
    clients.chain(servers.map(|name| format!("tests against {name}, which is not there"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_of_all_test_programs_are_added_up() {
        let mut counts = Counts::default();
        for line in [
            "running 3 tests",
            "test reads ... ok",
            "test fills_a_disk ... ignored, needs a disk of its own",
            "test result: ok. 37 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.06s",
            "test result: FAILED. 6 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.08s",
        ] {
            counts.read(line);
        }
        let ignored = vec!["test fills_a_disk, needs a disk of its own".to_owned()];
        assert_eq!(counts, Counts { passed: 43, failed: 2, ignored });
    }
}
