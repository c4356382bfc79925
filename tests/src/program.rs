//! The program under test, and running programs with a time limit.

use std::ffi::OsStr;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{OnceLock, mpsc};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::{PATIENCE, ROOT, from_root};

/// The program `packetboat`: either `$PACKETBOAT` or this workspace's build, which each test
/// program updates once, so that no test runs an outdated one.
///
/// # Panics
///
/// If it cannot be built.
pub fn packetboat() -> PathBuf {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| std::env::var_os("PACKETBOAT").map_or_else(build, from_root)).clone()
}

fn build() -> PathBuf {
    // This test program is TARGET/PROFILE/deps/NAME.
    let this = std::env::current_exe().expect("the path of this program");
    let folder = this.ancestors().nth(2).expect("a folder of cargo's").to_owned();
    let program = folder.join(format!("packetboat{}", std::env::consts::EXE_SUFFIX));
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--quiet", "--package", "packetboat"]);
    command.current_dir(ROOT);
    command.arg("--target-dir").arg(folder.parent().expect("a target folder"));
    if folder.file_name() == Some(OsStr::new("release")) {
        command.arg("--release");
    }
    let status = command.status().expect("cargo");
    assert!(status.success() && program.exists(), "cargo could not build {}", program.display());
    program
}

/// A command that runs the program without the user's own settings.
pub fn client(arguments: &[&str]) -> Command {
    let mut command = Command::new(packetboat());
    command.args(arguments).env_remove("PACKETBOAT_PASSWORD").env("NETRC", "/dev/null");
    command.env("XDG_CONFIG_HOME", "/nonexistent");
    // Nothing can be created there.
    command.env("XDG_STATE_HOME", "/dev/null");
    command
}

/// Runs the client in a folder that is also its home.
///
/// # Panics
///
/// As [`run`].
pub fn client_in(folder: &Path, arguments: &[&str]) -> Output {
    run(client(arguments).current_dir(folder).env("HOME", folder))
}

/// Parses the JSON objects that a program has printed, one per line.
///
/// # Panics
///
/// If a line is not JSON.
pub fn json_lines(output: &Output) -> Vec<Value> {
    let parse =
        |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    output.stdout.lines().map(parse).collect()
}

/// What a program leaves after it has ended.
pub struct Output {
    /// Its exit status.
    pub status: ExitStatus,
    /// Its standard output as bytes.
    pub bytes: Vec<u8>,
    /// Its standard output as text.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

impl std::fmt::Debug for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}\n{}\n{}", self.status, self.stdout, self.stderr)
    }
}

impl Output {
    /// Returns the output if the program succeeded.
    ///
    /// # Panics
    ///
    /// If it failed.
    pub fn ok(self) -> Self {
        assert!(self.status.success(), "{self:?}");
        self
    }

    /// The exit code, if it exited.
    pub fn code(&self) -> Option<i32> {
        self.status.code()
    }
}

/// Checks a program's exit code, and that its standard error contains these words.
///
/// # Panics
///
/// If not.
#[track_caller]
pub fn ends(output: &Output, code: i32, words: &[&str]) {
    assert_eq!(output.code(), Some(code), "{output:?}");
    says(output, words);
}

/// Checks that a program's standard error contains these words.
///
/// # Panics
///
/// If one is missing.
#[track_caller]
pub fn says(output: &Output, words: &[&str]) {
    for words in words {
        assert!(output.stderr.contains(words), "{words:?} is not in {}", output.stderr);
    }
}

/// Runs a program to its end. A program that hangs is killed and fails the test.
///
/// # Panics
///
/// If it cannot be started, or hangs.
pub fn run(command: &mut Command) -> Output {
    run_with_input(command, b"")
}

/// Like [`run`], with this standard input.
///
/// # Panics
///
/// As [`run`].
pub fn run_with_input(command: &mut Command, input: &[u8]) -> Output {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("in"), input).expect("standard input");
    let create = |name: &str| File::create(path(name)).expect("a file");
    command.stdin(Stdio::from(File::open(path("in")).expect("standard input")));
    command.stdout(create("out")).stderr(create("err"));
    let shown = format!("{command:?}");
    let child = command.spawn().unwrap_or_else(|error| panic!("{shown}: {error}"));
    let ended = wait(child, PATIENCE);
    let bytes = std::fs::read(path("out")).expect("standard output");
    let stderr = std::fs::read(path("err")).expect("standard error");
    let stdout = String::from_utf8_lossy(&bytes).into_owned();
    let stderr = String::from_utf8_lossy(&stderr).into_owned();
    let Some(status) = ended else { panic!("{shown} hangs\n{stdout}\n{stderr}") };
    Output { status, bytes, stdout, stderr }
}

/// Waits for a child and returns its piped output. A child that hangs is killed and fails the test.
///
/// # Panics
///
/// If it hangs.
pub fn output(child: Child) -> std::process::Output {
    let pid = Pid::from_child(&child);
    let (sender, ended) = mpsc::channel();
    std::thread::spawn(move || sender.send(child.wait_with_output()));
    let Ok(output) = ended.recv_timeout(PATIENCE) else {
        // It may have ended at this very moment.
        let _ = kill_process(pid, Signal::KILL);
        panic!("process {pid} hangs", pid = pid.as_raw_nonzero());
    };
    output.expect("the output of a child")
}

/// Waits for a child, and kills it if it takes longer than `patience`.
pub fn wait(mut child: Child, patience: Duration) -> Option<ExitStatus> {
    let deadline = Instant::now() + patience;
    loop {
        if let Some(status) = child.try_wait().expect("a child") {
            return Some(status);
        }
        if Instant::now() > deadline {
            // It may have ended at this very moment.
            let _ = child.kill();
            let _ = child.wait();
            return None;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}
