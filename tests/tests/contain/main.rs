//! What the process may not do once it listens, seen from inside and outside, and what a check
//! reports about it beforehand.

mod checked;
mod given;

use std::net::Ipv4Addr;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

use packetboat_tests::dialogue::{all, connect_from};
use packetboat_tests::keeper::{KEPT_PASSWORD, Keeper};
use packetboat_tests::ports::free_port;
use packetboat_tests::program::{packetboat, run, run_with_input};
use packetboat_tests::tls::config;
use packetboat_tests::{Dialogue, PASSWORD, Server, Setup, USER, has_landlock, has_root, wait_for};
use rustix::process::Signal;
use rustls::version::TLS13;

/// A line of `/proc/PID/status`.
fn status(server: &Server, name: &str) -> String {
    let path = format!("/proc/{}/status", server.pid());
    let status = std::fs::read_to_string(path).expect("a process");
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.expect("a line").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn leaked(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

#[test]
fn a_server_is_limited_without_being_told_and_says_so() {
    if !has_landlock() {
        return;
    }
    let server = Server::start();
    assert_eq!(status(&server, "Seccomp"), "2");
    assert_eq!(status(&server, "NoNewPrivs"), "1");
    let start = server.start_text();
    for words in ["  runs as ", "  Landlock    reaches only ", "  seccomp     refuses "] {
        assert!(start.contains(words), "{words:?} is not in {start}");
    }
    // Every thread is restricted.
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
    if !has_root("become another user") {
        return;
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

/// An account's root outside the allowed paths. Only Landlock closes it: root itself may do
/// anything else.
#[test]
fn a_root_outside_of_what_was_allowed_cannot_be_reached_and_the_log_says_why() {
    if !has_landlock() {
        return;
    }
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
    user(&["add", "gone", "--root", "/etc/absent"], "secret");
    user(&["add", "bob", "--root", leaked(keeps.path().display().to_string())], "secret");
    let mut d = server.connect();
    d.login("bob", "secret");
    let mut d = server.connect();
    d.expect("USER eve", 331);
    d.expect("PASS secret", 530).says("the folder of your account");
    server
        .wait_for_log("login of eve: refused: Landlock denies this server access to /etc; add it");
    // Landlock is not the reason if a folder does not exist.
    let mut d = server.connect();
    d.expect("USER gone", 331);
    d.expect("PASS secret", 530);
    server.wait_for_log("login of gone: refused: the folder /etc/absent does not exist");
}

/// This applies not only to roots: the folders of an account are opened at its login, too.
#[test]
fn a_folder_of_an_account_outside_of_what_was_allowed_cannot_be_reached_and_the_log_says_why() {
    if !has_landlock() {
        return;
    }
    let keeper = Keeper::new();
    for name in ["allowed", "beside"] {
        std::fs::create_dir(keeper.path(name)).expect("a folder");
    }
    let folder = |name: &str| format!("more={}", keeper.path(name).display());
    keeper.add(&["bob", "--folder", &folder("allowed")]);
    keeper.add(&["eve", "--folder", &folder("beside")]);
    let paths = leaked(format!("contain.paths={}", keeper.path("allowed").display()));
    let arguments = [keeper.arguments(), vec!["--set", paths]].concat();
    let server = Server::with(Setup { arguments, ..Setup::default() });
    let mut d = server.connect();
    d.login("bob", KEPT_PASSWORD);
    d.expect("CWD more", 250);
    let mut d = server.connect();
    // The account loses that folder, but can log in.
    d.login("eve", KEPT_PASSWORD);
    d.expect("CWD more", 550);
    let beside = keeper.path("beside");
    server.wait_for_log(&format!(
        "Landlock denies this server access to {}; add it to contain.paths and restart the server",
        beside.display()
    ));
}

/// Makes folders accessible to all, as a system's folders are.
fn open_to_all(folder: &Path) {
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).expect("a mode");
}

/// Root creates the certificate and another user continues with it. Both find it at a reload and at
/// the next start, and it is created again if it was removed.
#[test]
fn a_certificate_that_root_made_is_that_of_the_user_it_becomes() {
    if !has_root("become another user") {
        return;
    }
    let keeps = tempfile::tempdir().expect("a folder");
    open_to_all(keeps.path());
    let served = keeps.path().join("served");
    for folder in [&served, &keeps.path().join("state")] {
        std::fs::create_dir(folder).expect("a folder");
        open_to_all(folder);
    }
    let start = |arguments: Vec<&'static str>| {
        Server::with(Setup {
            folder: Some(served.clone()),
            arguments,
            environment: vec![("XDG_STATE_HOME", keeps.path().join("state").display().to_string())],
            ..Setup::default()
        })
    };
    let fingerprint = |server: &Server| {
        let start = server.start_text();
        let (_, rest) = start.split_once("certificate SHA-256 ").expect("a fingerprint");
        rest.lines().next().expect("a line").to_owned()
    };
    // A certificate that root has created for itself is handed over.
    let first = fingerprint(&start(vec!["--self-signed"]));
    let server = start(vec!["--self-signed", "--set", "contain.user=nobody"]);
    assert_eq!(fingerprint(&server), first);
    let folder = keeps.path().join("state/packetboat");
    for (name, mode) in [("", 0o700), ("key.pem", 0o600), ("certificate.pem", 0o644)] {
        let found = std::fs::metadata(folder.join(name)).expect("what was made");
        assert_eq!((found.uid(), found.mode() & 0o777), (65_534, mode), "{name}");
    }
    let reload = |server: &Server| {
        let before = server.log().matches("was reloaded").count();
        server.signal(Signal::HUP);
        wait_for("a reload", || {
            (server.log().matches("was reloaded").count() > before).then_some(())
        });
    };
    reload(&server);
    let key = std::fs::read(folder.join("key.pem")).expect("a key");
    for name in ["key.pem", "certificate.pem"] {
        std::fs::remove_file(folder.join(name)).expect("a file");
    }
    reload(&server);
    assert_ne!(std::fs::read(folder.join("key.pem")).expect("a key"), key);
    let mut d = server.connect();
    d.expect("AUTH TLS", 234);
    d.over_tls(&config(&[&TLS13])).login(USER, PASSWORD);
    drop(server);
    let server = start(vec!["--self-signed", "--set", "contain.user=nobody"]);
    assert_ne!(fingerprint(&server), first);
    reload(&server);
}

/// Everything that runs beside the sessions is restricted in the same way: the threads of the pool,
/// what watches the settings and the accounts, and what writes the bans.
#[test]
fn pooled_ports_watchers_and_bans_work_under_all_limits() {
    if !has_landlock() {
        return;
    }
    let keeper = Keeper::new();
    keeper.add(&["bob", "--rights", "all"]);
    open_to_all(keeper.path("").as_path());
    let port = free_port();
    let text = |greeting: &str, trusted: &str| {
        format!(
            "[server]\ngreeting = \"{greeting}\"\n[data]\npassive-ports = \"{0}-{0}\"\n\
             [guards]\ntrusted = \"{trusted}\"\nfailures = 2\nlongest-delay = \"1s\"\n\
             [accounts]\ndatabase = \"{1}\"\n[reload]\nwatch = true\ninterval = \"1s\"\n\
             [contain]\nlandlock = \"required\"\nseccomp = \"required\"\n",
            port,
            keeper.database().display()
        )
    };
    let server = Server::with(Setup { config: Some(text("first", "none")), ..Setup::default() });
    assert_eq!(status(&server, "Seccomp"), "2");
    server.write("f", "content");
    // One port for two clients.
    let mut sessions = [7, 8].map(|last| {
        let address = Ipv4Addr::new(127, 0, 0, last);
        let mut d = Dialogue::over(connect_from(address, server.address()).expect("the server"));
        d.reply().code(220).says("first");
        d.login("bob", KEPT_PASSWORD);
        let passive = d.epsv_address();
        assert_eq!(passive.port(), port);
        (d, connect_from(address, passive).expect("the port"))
    });
    for (d, data) in &mut sessions {
        d.expect("RETR f", 150);
        assert_eq!(all(data.try_clone().expect("a socket")), b"content");
        d.reply().code(226);
    }
    // The database is being watched.
    keeper.user(&["lock", "bob"]).ok();
    for (d, _) in &mut sessions {
        d.reply().code(421);
    }
    // Bans are written to the database and read from it.
    let guess = || {
        let mut d = Dialogue::over(
            connect_from(Ipv4Addr::new(127, 0, 0, 9), server.address()).expect("the server"),
        );
        let code = d.reply().code;
        if code == 220 {
            d.expect("USER eve", 331);
            d.send("PASS wrong");
            d.next_reply();
        }
        code
    };
    wait_for("a ban", || (guess() == 421).then_some(()));
    let ban = |words: &[&str]| {
        let mut command = Command::new(packetboat());
        run(command.arg("ban").args(words).env("PACKETBOAT_DATABASE", keeper.database()))
            .ok()
            .stdout
    };
    wait_for("the ban to be written", || ban(&["list"]).contains("127.0.0.9/32").then_some(()));
    ban(&["lift", "127.0.0.9"]);
    wait_for("the ban to be read as lifted", || (guess() == 220).then_some(()));
    // The file is being watched.
    server.configure(&text("second", "127.0.0.0/8"));
    server.wait_for_log("was reloaded");
    Dialogue::connect_silently(server.address()).reply().code(220).says("second");
    server.check_health();
}

/// New paths in the settings were not allowed at the start. The message must not blame the folder.
#[test]
fn a_reload_says_that_a_new_folder_or_certificate_needs_a_restart() {
    if !has_landlock() {
        return;
    }
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
        server.wait_for_log(&format!("packetboat.toml:{line}: {key}: Landlock denies this server access to {folder}{path}, which was not in the settings when it started; restart the server"));
    }
    server.connect().expect("QUIT", 221);
}

/// The storage opens nothing outside the root, with or without Landlock. To show that Landlock
/// alone holds as well, the root itself lies outside.
#[test]
fn a_link_out_of_the_root_meets_two_walls() {
    for second in ["on", "off"] {
        let arguments = vec!["--set", leaked(format!("contain.landlock={second}"))];
        let server = Server::with(Setup { arguments, ..Setup::default() });
        symlink("/etc/shadow", server.path("shadow")).expect("a link");
        let mut d = server.login();
        let _data = d.epsv_address();
        d.expect("RETR shadow", 550);
        server.check_health();
    }
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
    if !has_landlock() {
        return;
    }
    let required = ["--set", "contain.landlock=required", "--set", "contain.seccomp=required"];
    let server = Server::with(Setup { arguments: required.to_vec(), ..Setup::default() });
    assert_eq!(status(&server, "Seccomp"), "2");
    let mut d = server.connect();
    d.login(USER, PASSWORD);
}
