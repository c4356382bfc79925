//! What the process may not do once it listens, seen from within and from outside.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

use packetboat_tests::program::{packetboat, run, run_with_input};
use packetboat_tests::{PASSWORD, Server, Setup, USER, skip};

/// A line of `/proc/PID/status`.
fn status(server: &Server, name: &str) -> String {
    let path = format!("/proc/{}/status", server.pid());
    let status = std::fs::read_to_string(path).expect("a process");
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.expect("a line").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

fn leaked(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

#[test]
fn a_server_is_limited_without_being_told_and_says_so() {
    let server = Server::start();
    assert_eq!(status(&server, "Seccomp"), "2");
    assert_eq!(status(&server, "NoNewPrivs"), "1");
    let start = server.start_text();
    for words in ["  runs as ", "  Landlock    reaches nothing but ", "  seccomp     refuses "] {
        assert!(start.contains(words), "{words:?} is not in {start}");
    }
    // Every thread is.
    server.check_health();
    let tasks = std::fs::read_dir(format!("/proc/{}/task", server.pid())).expect("threads");
    for task in tasks {
        let path = task.expect("a thread").path().join("status");
        let status = std::fs::read_to_string(path).unwrap_or_default();
        assert!(status.is_empty() || status.contains("Seccomp:\t2"), "{status}");
    }
}

#[test]
fn root_becomes_another_user_for_good() {
    if !is_root() {
        return skip("only root can become another user");
    }
    let keeps = tempfile::tempdir().expect("a folder");
    let open = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("a mode");
    };
    open(keeps.path(), 0o755);
    let folder = keeps.path().join("served");
    std::fs::create_dir(&folder).expect("a folder");
    open(&folder, 0o777);
    std::fs::write(folder.join("secret"), "root's own").expect("a file");
    open(&folder.join("secret"), 0o600);
    let server = Server::with(Setup {
        folder: Some(folder.clone()),
        arguments: vec!["--set", "contain.user=nobody"],
        ..Setup::default()
    });
    assert_eq!(status(&server, "Uid"), "65534 65534 65534 65534");
    let gid = status(&server, "Gid");
    assert!(!gid.split(' ').any(|gid| gid == "0"), "{gid}");
    assert!(!status(&server, "Groups").split(' ').any(|group| group == "0"));
    for set in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] {
        assert_eq!(status(&server, set), "0000000000000000", "{set}");
    }
    assert_eq!(status(&server, "NoNewPrivs"), "1");
    let mut d = server.login();
    let data = d.epsv_address();
    d.expect("RETR secret", 550);
    let _ = data;
    d.store("STOR mine", b"content").code(226);
    d.expect("SITE CHMOD 600 mine", 200);
    use std::os::unix::fs::MetadataExt as _;
    assert_eq!(std::fs::metadata(folder.join("mine")).expect("a file").uid(), 65_534);
}

#[test]
fn an_unknown_user_is_refused_before_anything_starts() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(packetboat());
    command.arg("serve").arg(folder.path()).args(["--listen", "127.0.0.1:0"]);
    let output = run(command.args(["--set", "contain.user=no-such-user"]));
    assert_eq!(output.code(), Some(2), "{output:?}");
    assert!(output.stderr.contains("there is no user no-such-user"), "{output:?}");
    assert_eq!(output.stdout, "");
}

/// An account's root that only Landlock closes: root itself may do anything else.
#[test]
fn a_root_outside_of_what_was_allowed_cannot_be_reached_and_the_log_says_why() {
    let keeps = tempfile::tempdir().expect("a folder");
    let database = leaked(keeps.path().join("accounts.db").display().to_string());
    let user = |words: &[&str], input: &str| {
        let mut command = Command::new(packetboat());
        command.arg("user").args(words).env("PACKETBOAT_DATABASE", database);
        run_with_input(&mut command, input.as_bytes()).ok()
    };
    user(&["cost", "m=8,t=1,p=1"], "");
    let server =
        Server::with(Setup { arguments: vec!["--database", database], ..Setup::default() });
    user(&["add", "eve", "--root", "/etc"], "secret");
    user(&["add", "bob", "--root", leaked(keeps.path().display().to_string())], "secret");
    let mut d = server.connect();
    d.login("bob", "secret");
    let mut d = server.connect();
    d.expect("USER eve", 331);
    let code = d.ask("PASS secret").code;
    assert!(code == 421 || code == 530 || code == 451, "{code}");
    server.wait_for_log("Landlock keeps this server from /etc");
}

/// What is new in the settings was not allowed at the start; that is no fault of the folder.
#[test]
fn a_reload_says_that_a_new_folder_or_certificate_needs_a_restart() {
    let server = Server::with(Setup {
        config: Some("[server]\ngreeting = \"first\"\n".into()),
        ..Setup::default()
    });
    let keeps = tempfile::tempdir().expect("a folder");
    let folder = keeps.path().display();
    std::fs::write(keeps.path().join("c.pem"), "").expect("a file");
    let text = format!(
        "[tls]\ncertificate = \"{folder}/c.pem\"\nkey = \"{folder}/c.pem\"\n\
         [[mount]]\nname = \"m\"\nroot = \"{folder}\"\n"
    );
    server.reload(&text, "was not reloaded");
    for (line, key, path) in [(2, "tls.certificate", "/c.pem"), (4, "mount.root", "")] {
        server.wait_for_log(&format!("packetboat.toml:{line}: {key}: Landlock keeps this server from {folder}{path}, which was not named when it started; restart it"));
    }
    server.connect().expect("QUIT", 221);
}

#[test]
fn a_link_out_of_the_root_meets_two_walls() {
    let server = Server::start();
    symlink("/etc/shadow", server.path("shadow")).expect("a link");
    let mut d = server.login();
    let _data = d.epsv_address();
    d.expect("RETR shadow", 550);
    server.check_health();
}

#[test]
fn limits_can_be_switched_off() {
    let server = Server::with(Setup {
        arguments: vec!["--set", "contain.landlock=off", "--set", "contain.seccomp=off"],
        ..Setup::default()
    });
    assert_eq!(status(&server, "Seccomp"), "0");
    assert!(server.start_text().contains("  Landlock    off, as configured"));
    server.check_health();
}

#[test]
fn required_limits_are_in_force_here() {
    let required = ["--set", "contain.landlock=required", "--set", "contain.seccomp=required"];
    let server = Server::with(Setup { arguments: required.to_vec(), ..Setup::default() });
    assert_eq!(status(&server, "Seccomp"), "2");
    let mut d = server.connect();
    d.login(USER, PASSWORD);
}
