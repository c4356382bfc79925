//! System accounts through PAM, with services of the tests' own in a temporary folder.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use packetboat_tests::keeper::{Keeper, leak};
use packetboat_tests::program::{client, run};
use packetboat_tests::successor::Successor;
use packetboat_tests::{PASSWORD, Server, Setup, USER, has_landlock, has_root, skip, wait_for};
use rustix::process::Signal;
use tempfile::TempDir;

/// A folder with the service `packetboat`, whose check is a script.
struct Service(TempDir);

impl Service {
    /// Creates the service. The script finds the password in `$password`; `account` is the module
    /// for the account phase.
    fn new(script: &str, account: &str) -> Option<Self> {
        let modules = [
            "/lib/x86_64-linux-gnu/security",
            "/lib/aarch64-linux-gnu/security",
            "/lib64/security",
            "/lib/security",
        ];
        if !modules.iter().any(|folder| Path::new(folder).join("pam_exec.so").exists()) {
            skip("pam", "PAM is not installed (libpam0g, libpam-modules)");
            return None;
        }
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("check");
        std::fs::write(&path, format!("#!/bin/sh\nread -r password\n{script}\n"))
            .expect("a script");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("rights");
        let check = path.display();
        let text = format!(
            "auth [success=1 default=ignore] pam_exec.so expose_authtok quiet {check}\n\
             auth requisite pam_deny.so\nauth required pam_permit.so\naccount required {account}\n"
        );
        std::fs::write(folder.path().join("packetboat"), text).expect("a service");
        Some(Self(folder))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn serve(&self, more: &[&'static str]) -> Server {
        Server::with(Setup { arguments: self.arguments(more), ..Setup::default() })
    }

    fn arguments(&self, more: &[&'static str]) -> Vec<&'static str> {
        let folder = leak(format!("accounts.pam-folder={}", self.0.path().display()));
        [&["--pam-service", "packetboat", "--set", folder], more].concat()
    }
}

const RIGHT: &str = "[ \"$PAM_USER\" = anna ] && [ \"$password\" = 'open sesame' ] && [ \"$PAM_RHOST\" = 127.0.0.1 ]";

#[test]
fn a_system_account_logs_in_with_what_the_settings_give_it() {
    let Some(service) = Service::new(RIGHT, "pam_permit.so") else { return };
    std::fs::create_dir_all(service.path("homes/anna")).expect("a folder");
    let root = service.path("homes/%u");
    let terms = format!(r#"accounts.pam-terms=["root={}", "rights=all"]"#, root.display());
    let homes = leak(format!("contain.paths={}", service.path("homes").display()));
    let server = service.serve(&["--set", leak(terms), "--set", homes]);
    let mut d = server.connect();
    d.login("anna", "open sesame");
    d.store("STOR mine", b"content").code(226);
    assert_eq!(std::fs::read(service.path("homes/anna/mine")).expect("her file"), b"content");
    let mut d = server.connect();
    d.expect("USER anna", 331);
    d.expect("PASS wrong", 530).says("User or password is wrong");
    server.wait_for_log("login of anna: refused: the password is wrong");
    // PAM is not asked about the account of --user.
    server.connect().login(USER, PASSWORD);
    assert!(!server.log().contains("sesame"), "{}", server.log());
}

/// The usage of system accounts is kept in the database under their names, although the accounts
/// themselves are not.
#[test]
fn a_system_account_has_the_quota_that_the_settings_give_it() {
    let Some(service) = Service::new(RIGHT, "pam_permit.so") else { return };
    let keeper = Keeper::new();
    std::fs::create_dir_all(service.path("homes/anna")).expect("a folder");
    let root = service.path("homes/%u");
    let terms =
        format!(r#"accounts.pam-terms=["root={}", "rights=all", "quota=1000"]"#, root.display());
    let homes = leak(format!("contain.paths={}", service.path("homes").display()));
    let terms = leak(terms);
    let own = ["--set", terms, "--set", homes];
    let mut server = service.serve(&[keeper.arguments().as_slice(), &own].concat());
    let mut d = server.connect();
    d.login("anna", "open sesame");
    d.store("STOR f", &[7; 700]).code(226);
    d.expect("SITE QUOTA", 211).says("Your quota: 700 of 1000 bytes and 1 file stored.");
    d.store("STOR g", &[7; 700]).code(552).says("1000 of 1000 bytes");
    d.expect("DELE g", 250);
    server.terminate();
    server.ended();
    let stored = &keeper.json(&["show", "pam:anna"])["stored"];
    assert_eq!((&stored["bytes"], &stored["in_use"]), (&700.into(), &false.into()), "{stored}");
    // Without a database nothing could be counted; this is reported before anything starts.
    let folder = service.0.path().display().to_string();
    let arguments = ["serve", &folder, "--pam-service", "packetboat", "--set", terms];
    let refused = run(&mut client(&arguments));
    assert_eq!(refused.code(), Some(2), "{refused:?}");
    assert!(refused.stderr.contains("accounts.database"), "{refused:?}");
}

/// Even if a module accepts everybody, nobody gets outside the pattern of roots.
#[test]
fn no_name_of_pam_climbs_out_of_its_root() {
    let Some(service) = Service::new("true", "pam_permit.so") else { return };
    std::fs::create_dir_all(service.path("homes/anna")).expect("a folder");
    let root = service.path("homes/%u");
    let terms = format!(r#"accounts.pam-terms=["root={}", "rights=all"]"#, root.display());
    let homes = leak(format!("contain.paths={}", service.path("homes").display()));
    let own = ["--set", leak(terms), "--set", homes, "--set", "guards.failures=1000"];
    let server = service.serve(&own);
    for name in ["..", ".", "../homes/anna", "anna/..", "/", "..\\x", "a:b", "x\u{1b}[2J", "-x", ""]
    {
        let mut d = server.connect();
        if d.ask(format!("USER {name}")).code == 331 {
            d.expect("PASS open sesame", 530);
        }
    }
    let mut d = server.connect();
    d.login("anna", "open sesame");
    d.expect("MKD in", 257);
    assert!(service.path("homes/anna/in").is_dir() && !service.path("in").exists());
    let homes = std::fs::read_dir(service.path("homes")).expect("the homes");
    assert_eq!(homes.count(), 1, "a login created something");
    assert!(!server.log().contains('\u{1b}'), "{}", server.log());
}

#[test]
fn the_account_phase_is_honoured() {
    let Some(service) = Service::new(RIGHT, "pam_deny.so") else { return };
    let server = service.serve(&[]);
    let mut d = server.connect();
    d.expect("USER anna", 331);
    d.expect("PASS open sesame", 530).says("User or password is wrong");
    server.wait_for_log("login of anna: refused: PAM");
}

#[test]
fn a_module_that_hangs_or_dies_is_a_refusal_that_says_to_try_later() {
    for (script, limit, why) in [
        ("sleep 600", "accounts.pam-timeout=1s", "did not answer within 1 s"),
        ("kill -9 $PPID", "accounts.pam-timeout=60s", "its process failed (signal: 9"),
    ] {
        let Some(service) = Service::new(script, "pam_permit.so") else { return };
        let server = service.serve(&["--set", limit]);
        let mut d = server.connect();
        d.expect("USER anna", 331);
        d.expect("PASS x", 421).says("connect again later");
        server.wait_for_log(why);
        server.connect().login(USER, PASSWORD);
    }
}

#[test]
fn the_keeper_comes_back_where_programs_may_be_started_and_ends_with_the_server() {
    let Some(service) = Service::new(RIGHT, "pam_permit.so") else { return };
    let server = service.serve(&["--set", "contain.seccomp=off", "--set", "contain.landlock=off"]);
    let first = end_keeper(&server);
    let mut d = server.connect();
    d.login("anna", "open sesame");
    let second = helpers(server.pid());
    assert_eq!(second.len(), 1, "{second:?}");
    assert_ne!(first, second[0]);
    drop(server);
    wait_for("the end of the second keeper", || {
        (!Path::new(&format!("/proc/{}", second[0])).exists()).then_some(())
    });
}

#[test]
fn a_keeper_that_cannot_come_back_is_a_421_and_the_log_says_what_to_do() {
    let Some(service) = Service::new(RIGHT, "pam_permit.so") else { return };
    // Programs may be started in this configuration, too. A second keeper would not be allowed to
    // check passwords, and would report every one as wrong.
    for more in [&[][..], &["--set", "stop.upgrade=true"]] {
        let server = service.serve(more);
        end_keeper(&server);
        let mut d = server.connect();
        d.expect("USER anna", 331);
        d.expect("PASS open sesame", 421).says("connect again later");
        server.wait_for_log("restart the server");
        server.connect().login(USER, PASSWORD);
    }
}

/// The keeper asks modules that work only as root, so it keeps the privileges that the server gives
/// up.
#[test]
fn the_keeper_keeps_the_rights_that_the_server_gives_up() {
    if !has_root("become another user") {
        return;
    }
    let Some(service) = Service::new(RIGHT, "pam_permit.so") else { return };
    let folder = service.path("served");
    std::fs::create_dir(&folder).expect("a folder");
    for path in [service.0.path(), &folder] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("rights");
    }
    let arguments = service.arguments(&["--set", "contain.user=nobody"]);
    let server = Server::with(Setup { folder: Some(folder), arguments, ..Setup::default() });
    let uid = |pid: &str| {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("a process");
        let line = status.lines().find_map(|line| line.strip_prefix("Uid:"));
        line.expect("a user").split_whitespace().next().expect("a number").to_owned()
    };
    assert_eq!(uid(&server.pid().to_string()), "65534");
    let keepers = helpers(server.pid());
    assert_eq!(uid(&keepers[0].to_string()), "0");
}

#[test]
fn a_server_that_gave_up_root_hands_on_a_keeper_that_has_not() {
    if !has_root("become another user") || !has_landlock() {
        return;
    }
    let script = "[ \"$(id -u)\" = 0 ] && [ \"$password\" = 'open sesame' ]";
    let Some(service) = Service::new(script, "pam_permit.so") else { return };
    let folder = service.path("served");
    std::fs::create_dir(&folder).expect("a folder");
    for path in [service.0.path(), &folder] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("rights");
    }
    let limits = [
        "contain.user=nobody",
        "contain.landlock=required",
        "contain.seccomp=required",
        "stop.upgrade=true",
    ];
    let arguments = service.arguments(&limits.map(|limit| ["--set", limit]).concat());
    let mut server = Server::with(Setup { folder: Some(folder), arguments, ..Setup::default() });
    server.signal(Signal::USR2);
    let successor = Successor::of(&server);
    assert!(server.ended().success());
    server.connect().login("anna", "open sesame");
    drop(successor);
}

/// Under the restrictions that the new server inherits, PAM modules would not work, so it uses the
/// keeper of the old one. This keeper serves both while the old server has sessions, and ends with
/// the last server.
#[test]
fn the_keeper_of_a_server_with_limits_is_handed_on_and_ends_with_the_last_server() {
    let Some(service) = Service::new(RIGHT, "pam_permit.so") else { return };
    let mut server = service.serve(&["--set", "stop.upgrade=true"]);
    let keeper = helpers(server.pid());
    assert_eq!(keeper.len(), 1, "{keeper:?}");
    let mut old = server.connect();
    server.signal(Signal::USR2);
    let first = Successor::of(&server);
    let mut new = server.connect();
    new.login("anna", "open sesame");
    // The old server still asks, over its own connection.
    old.login("anna", "open sesame");
    old.expect("QUIT", 221);
    assert!(server.ended().success());
    let mut d = server.connect();
    d.expect("USER anna", 331);
    d.expect("PASS wrong", 530);
    // The new server hands the keeper over as well.
    rustix::process::kill_process(first.0, Signal::USR2).expect("the new server");
    let second = Successor::other_than(&server, &first);
    drop((new, d));
    wait_for("the end of the first successor", || {
        rustix::process::test_kill_process(first.0).is_err().then_some(())
    });
    server.connect().login("anna", "open sesame");
    let path = format!("/proc/{}", keeper[0]);
    assert!(Path::new(&path).exists(), "the keeper ended too early");
    drop(second);
    wait_for("the end of the keeper", || (!Path::new(&path).exists()).then_some(()));
}

/// The old server was started without PAM, so nobody has the privileges that modules need.
#[test]
fn an_upgrade_cannot_bring_pam_to_a_server_with_limits() {
    let Some(service) = Service::new(RIGHT, "pam_permit.so") else { return };
    let arguments = vec!["--set", "stop.upgrade=true"];
    let server = Server::with(Setup {
        arguments,
        config: Some("# without PAM\n".to_owned()),
        ..Setup::default()
    });
    let folder = service.0.path().display();
    server.configure(&format!(
        "[accounts]\npam-service = \"packetboat\"\npam-folder = \"{folder}\"\n"
    ));
    server.signal(Signal::USR2);
    server.wait_for_log("continues because it could not hand over: the new server says: ");
    server.wait_for_log("takes over from one that did not use it");
    server.check_health();
}

#[test]
fn a_keeper_that_has_ended_is_handed_to_nobody() {
    let Some(service) = Service::new(RIGHT, "pam_permit.so") else { return };
    let server = service.serve(&["--set", "stop.upgrade=true"]);
    end_keeper(&server);
    server.signal(Signal::USR2);
    server.wait_for_log(
        "continues because it could not hand over: cannot hand over the connection to PAM: its keeper has ended",
    );
    server.check_health();
}

#[test]
fn the_keeper_of_a_server_without_limits_is_started_again_by_its_successor() {
    let Some(service) = Service::new(RIGHT, "pam_permit.so") else { return };
    let off = ["contain.seccomp=off", "contain.landlock=off", "stop.upgrade=true"];
    let mut server = service.serve(&off.map(|off| ["--set", off]).concat());
    server.signal(Signal::USR2);
    let successor = Successor::of(&server);
    assert!(server.ended().success());
    server.connect().login("anna", "open sesame");
    drop(successor);
}

/// Kills the keeper.
fn end_keeper(server: &Server) -> i32 {
    let keepers = helpers(server.pid());
    assert_eq!(keepers.len(), 1, "{keepers:?}");
    let pid = rustix::process::Pid::from_raw(keepers[0]).expect("a process");
    rustix::process::kill_process(pid, Signal::KILL).expect("our own child");
    // Its name disappears with its memory, even before the process is reaped.
    wait_for("the end of the keeper", || helpers(server.pid()).is_empty().then_some(()));
    keepers[0]
}

/// The running helpers of a server.
fn helpers(parent: u32) -> Vec<i32> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").expect("/proc").flatten() {
        let Ok(pid) = entry.file_name().to_string_lossy().parse::<i32>() else { continue };
        let read =
            |name: &str| std::fs::read_to_string(entry.path().join(name)).unwrap_or_default();
        let is_helper = read("cmdline").contains("pam-keeper");
        // After the name in parentheses come the state and the parent's ID.
        let stat = read("stat");
        let is_child = stat
            .rsplit(')')
            .next()
            .and_then(|rest| rest.split_whitespace().nth(1).map(str::to_owned));
        if is_helper && is_child.as_deref() == Some(&parent.to_string()) {
            found.push(pid);
        }
    }
    found
}
