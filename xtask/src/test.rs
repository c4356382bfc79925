//! `cargo xtask test`: everything a change has to pass. The tests come last, so that what they said stands
//! right above the summary.

use std::env;
use std::path::Path;
use std::process::ExitCode;

use crate::steps::{self, Outcome, Steps};
use crate::{imports, readme, sizes};

/// Clients that the end-to-end tests run, if they are there.
const CLIENTS: &[&str] = &["curl", "lftp", "tnftp", "ncftpget", "wget", "rclone", "python3"];
/// Servers that the client is tested against, if PACKETBOAT_PEERS names the folder they are in.
const SERVERS: &[&str] = &["vsftpd", "proftpd", "pureftpd"];

/// Runs every step and prints the summary.
pub(crate) fn run(root: &Path) -> ExitCode {
    let mut steps = Steps::default();
    steps.step("formatting", || steps::cargo(root, &["fmt", "--all", "--check"], &[]));
    steps.step("file sizes", || sizes::check(root));
    steps.step("imports", || imports::check(root));
    steps.step("lints", || lint(root));
    steps.step("documentation", || {
        let arguments = ["doc", "--workspace", "--no-deps"];
        steps::cargo(root, &arguments, &[("RUSTDOCFLAGS", "-D warnings")])
    });
    // The end-to-end tests run this build.
    steps.step("program", || steps::cargo(root, &["build", "--package", "packetboat"], &[]));
    steps.step("README", || readme::check(root));
    steps.step("tests", || steps::cargo(root, &["test", "--workspace", "--no-fail-fast"], &[]));
    for what in missing(root) {
        steps.skip(what);
    }
    steps.finish()
}

/// Clippy, with every warning an error.
pub(crate) fn lint(root: &Path) -> Outcome {
    let arguments = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
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
