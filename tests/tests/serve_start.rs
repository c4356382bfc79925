//! What `packetboat serve` refuses at its start, and what it says then.

use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use packetboat_tests::program::{Output, packetboat, run};
use packetboat_tests::skip;

const USAGE: i32 = 2;
const LOCAL_FILE: i32 = 8;

/// A user who is not root, for what root may always do.
const NOBODY: u32 = 65_534;

fn serve(program: &Path, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.arg("serve").arg(folder).args(["--listen", "127.0.0.1:0"]);
    command.env_remove("PACKETBOAT_PASSWORD");
    command
}

fn refuses(output: &Output, code: i32, words: &str) {
    assert_eq!(output.code(), Some(code), "{output:?}");
    assert!(output.stderr.contains(words), "{words:?} is not in {}", output.stderr);
    assert_eq!(output.stdout, "", "it must not say that it serves");
}

#[test]
fn a_folder_that_cannot_be_read_is_refused() {
    let keeps = tempfile::tempdir().expect("a folder");
    let folder = keeps.path().join("closed");
    std::fs::create_dir(&folder).expect("a folder");
    let mode = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("a mode");
    };
    let root = rustix::process::geteuid().is_root();
    let program = if root {
        // Where the build is may be closed to others.
        let copy = keeps.path().join("packetboat");
        std::fs::copy(packetboat(), &copy).expect("a copy");
        mode(keeps.path(), 0o755);
        copy
    } else {
        packetboat()
    };
    let as_user = |command: &mut Command| {
        if root {
            command.uid(NOBODY).gid(NOBODY);
        }
        run(command)
    };
    let can_run = as_user(Command::new(&program).arg("--version"));
    if !can_run.status.success() {
        return skip("no other user can run the program here");
    }
    for bits in [0o000, 0o444, 0o111] {
        mode(&folder, bits);
        let output = as_user(serve(&program, &folder).current_dir("/"));
        refuses(&output, LOCAL_FILE, "give this user the rights to read and enter it");
    }
    mode(&folder, 0o755);
}

#[test]
fn an_empty_password_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = serve(&packetboat(), folder.path());
    let output = run(command.args(["--user", "anna"]).env("PACKETBOAT_PASSWORD", ""));
    refuses(&output, USAGE, "PACKETBOAT_PASSWORD is empty; set it to the password of anna");
}

#[test]
fn a_wrong_length_of_time_is_refused_with_the_right_forms() {
    let folder = tempfile::tempdir().expect("a folder");
    for wrong in ["5 minutes", "0", "2d", "10ms"] {
        let output = run(serve(&packetboat(), folder.path()).args(["--idle-timeout", wrong]));
        refuses(&output, USAGE, "idle-timeout");
    }
}
