//! systemd as the server sees it: sockets it is given, messages to NOTIFY_SOCKET, and the unit
//! files.

use std::collections::BTreeSet;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::net::UnixDatagram;
use std::process::Command;
use std::time::Duration;

use packetboat_tests::program::{packetboat, run};
use packetboat_tests::successor::Successor;
use packetboat_tests::tls::config;
use packetboat_tests::{Dialogue, PASSWORD, PATIENCE, Server, Setup, USER, skip};
use rustix::process::Signal;
use rustls::version::TLS13;
use tempfile::TempDir;

/// The service manager's side.
struct Manager {
    socket: UnixDatagram,
    folder: TempDir,
}

impl Manager {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let socket = UnixDatagram::bind(folder.path().join("notify")).expect("a socket");
        socket.set_read_timeout(Some(PATIENCE)).expect("a socket");
        Self { socket, folder }
    }

    fn variable(&self) -> (&'static str, String) {
        ("NOTIFY_SOCKET", self.folder.path().join("notify").display().to_string())
    }

    fn next(&self) -> String {
        let mut buffer = [0; 4096];
        let count = self.socket.recv(&mut buffer).expect("a message");
        String::from_utf8_lossy(&buffer[..count]).into_owned()
    }

    /// The next message that starts like this; anything before it must be a watchdog message.
    fn expect(&self, start: &str) -> String {
        loop {
            let message = self.next();
            if message.starts_with(start) {
                return message;
            }
            assert_eq!(message, "WATCHDOG=1", "expected {start}");
        }
    }
}

fn listening() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    (listener, address)
}

#[test]
fn sockets_that_are_handed_over_are_served_by_their_names() {
    let state = tempfile::tempdir().expect("a folder");
    let (clear, address) = listening();
    let (tls, address_tls) = listening();
    let server = Server::with(Setup {
        arguments: vec!["--self-signed"],
        environment: vec![("XDG_STATE_HOME", state.path().display().to_string())],
        sockets: vec![("ftp", clear.into()), ("ftps", tls.into())],
        ..Setup::default()
    });
    Dialogue::connect(address).login(USER, PASSWORD);
    let d = Dialogue::connect_silently(address_tls);
    let mut d = d.over_tls(&config(&[&TLS13]));
    d.reply().code(220);
    d.login(USER, PASSWORD);
    server.check_health();
}

#[test]
fn a_socket_that_fits_the_configuration_is_not_bound_again() {
    let (socket, address) = listening();
    let text: &'static str = Box::leak(address.to_string().into_boxed_str());
    let server = Server::with(Setup {
        listen: Some(text),
        sockets: vec![("", socket.into())],
        ..Setup::default()
    });
    assert_eq!(server.address(), address);
    server.check_health();
}

#[test]
fn a_descriptor_that_does_not_listen_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = Command::new("sh");
    command.args(["-c", "LISTEN_PID=$$ LISTEN_FDS=1 exec \"$0\" \"$@\" 3</dev/null"]);
    command.arg(packetboat()).arg("serve").arg(folder.path()).args(["--listen", "127.0.0.1:0"]);
    let output = run(&mut command);
    assert_eq!(output.code(), Some(2), "{output:?}");
    assert!(output.stderr.contains("is not a listening TCP socket"), "{output:?}");
}

/// Editors write a file several times. A mistake that stays is logged once, but reported to whoever
/// asks.
#[test]
fn a_watched_file_that_stays_wrong_is_told_once() {
    let manager = Manager::new();
    let config = |text: &str| format!("[reload]\nwatch = true\ninterval = \"1s\"\n{text}");
    let server = Server::with(Setup {
        config: Some(config("")),
        environment: vec![manager.variable()],
        ..Setup::default()
    });
    manager.expect("READY=1");
    let told = |what: &str| server.log().matches(what).count();
    for more in ["", "# one\n", "# another\n"] {
        server.configure(&config(&format!("[server\n{more}")));
        manager.expect("RELOADING=1");
        assert!(manager.expect("READY=1").contains("the last reload failed"));
    }
    server.configure(&config("[limits]\nsessions = maybe\n"));
    manager.expect("RELOADING=1");
    server.wait_for_log("limits.sessions: this is not valid TOML");
    assert_eq!(told("was not reloaded"), 2, "{}", server.log());
    assert_eq!(told("unclosed table"), 1, "{}", server.log());
}

#[test]
fn variables_for_another_process_mean_nothing() {
    let server = Server::with(Setup {
        environment: vec![("LISTEN_PID", "1".into()), ("LISTEN_FDS", "7".into())],
        ..Setup::default()
    });
    server.check_health();
}

#[test]
fn the_service_manager_is_told_of_readiness_and_stop() {
    let manager = Manager::new();
    let mut server =
        Server::with(Setup { environment: vec![manager.variable()], ..Setup::default() });
    assert!(manager.next().starts_with("READY=1\nSTATUS=Serving on 127.0.0.1:"));
    server.check_health();
    server.terminate();
    assert!(manager.next().starts_with("STOPPING=1"));
    assert!(server.ended().success());
}

#[test]
fn the_service_manager_is_told_of_a_reload_whether_it_succeeds_or_not() {
    let manager = Manager::new();
    let server = Server::with(Setup {
        config: Some("[server]\ngreeting = \"first\"\n".into()),
        environment: vec![manager.variable()],
        ..Setup::default()
    });
    manager.expect("READY=1");
    server.signal(Signal::HUP);
    let message = manager.expect("RELOADING=1\n");
    let micros = message.split_once("MONOTONIC_USEC=").expect("a time").1;
    assert!(micros.parse::<u64>().is_ok_and(|micros| micros > 0), "{message}");
    let ready = manager.expect("READY=1\nSTATUS=Serving on 127.0.0.1:");
    assert!(!ready.contains("failed"), "{ready}");
    server.configure("[server]\ngreeting = 5\n");
    server.signal(Signal::HUP);
    manager.expect("RELOADING=1\n");
    let ready = manager.expect("READY=1\nSTATUS=Serving on 127.0.0.1:");
    assert!(ready.ends_with("; the last reload failed, see the log"), "{ready}");
}

#[test]
fn a_watchdog_is_fed() {
    let manager = Manager::new();
    let micros = Duration::from_millis(200).as_micros().to_string();
    let _server = Server::with(Setup {
        environment: vec![manager.variable(), ("WATCHDOG_USEC", micros)],
        ..Setup::default()
    });
    manager.expect("READY=1");
    for _ in 0..3 {
        assert_eq!(manager.next(), "WATCHDOG=1");
    }
}

/// The service manager does not listen to the new process until it is the main one, so the old one
/// has to speak for it.
#[test]
fn the_service_manager_is_told_of_an_upgrade() {
    let manager = Manager::new();
    let server = Server::with(Setup {
        arguments: vec!["--set", "stop.upgrade=true"],
        environment: vec![manager.variable()],
        ..Setup::default()
    });
    manager.expect("READY=1");
    server.signal(Signal::USR2);
    // The new process says this.
    manager.expect("READY=1");
    let message = manager.expect("MAINPID=");
    let (pid, status) = message.split_once('\n').expect("two lines");
    let successor = Successor::of(&server);
    assert_eq!(pid, format!("MAINPID={}", successor.0.as_raw_nonzero()));
    assert_eq!(status, format!("STATUS=Serving on {}", server.address()));
}

#[test]
fn the_program_prints_the_unit_that_starts_it() {
    let unit = run(Command::new(packetboat()).arg("systemd")).ok().stdout;
    let start = format!("ExecStart={} serve --config ", packetboat().display());
    assert!(unit.contains(&start), "{unit}");
    let taken = tempfile::NamedTempFile::new().expect("a file");
    let output = run(Command::new(packetboat()).arg("systemd").arg(taken.path()));
    assert_eq!(output.code(), Some(8), "{output:?}");
    assert!(output.stderr.contains("choose another folder"), "{output:?}");
}

#[test]
fn the_unit_files_are_right() {
    if Command::new("systemd-analyze").arg("--version").output().is_err() {
        return skip("systemd-analyze", "systemd-analyze is not installed");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let mut units = Command::new(packetboat());
    run(units.arg("systemd").arg(folder.path())).ok();
    let mut command = Command::new("systemd-analyze");
    command.arg("verify");
    for name in ["packetboat.service", "packetboat.socket", "packetboat-ftps.socket"] {
        command.arg(folder.path().join(name));
    }
    let output = run(&mut command).ok();
    // It ignores what it does not understand, with a message.
    assert_eq!(output.stderr, "");
}

/// The system calls of a group, including those of nested groups.
fn calls_of(group: &str, into: &mut BTreeSet<String>) {
    let mut command = Command::new("systemd-analyze");
    let listed = run(command.args(["syscall-filter", group])).ok().stdout;
    for word in listed.lines().skip(1).filter_map(|line| line.split_whitespace().next()) {
        match word.starts_with('@') {
            true => calls_of(word, into),
            false if word != "#" => drop(into.insert(word.to_owned())),
            false => {}
        }
    }
}

/// What the unit's comments and the server promise must be possible under the unit.
#[test]
fn the_unit_leaves_the_server_the_system_calls_that_it_makes() {
    if Command::new("systemd-analyze").arg("--version").output().is_err() {
        return skip("systemd-analyze", "systemd-analyze is not installed");
    }
    let unit = run(Command::new(packetboat()).arg("systemd")).ok().stdout;
    let mut allowed = BTreeSet::new();
    for line in unit.lines().filter_map(|line| line.strip_prefix("SystemCallFilter=")) {
        let (takes_away, words) = line.strip_prefix('~').map_or((false, line), |line| (true, line));
        let mut named = BTreeSet::new();
        for word in words.split(' ') {
            match word.starts_with('@') {
                true => calls_of(word, &mut named),
                false => drop(named.insert(word.to_owned())),
            }
        }
        match takes_away {
            true => allowed.retain(|call| !named.contains(call)),
            false => allowed.append(&mut named),
        }
    }
    for call in [
        "capset",
        "sched_setaffinity",
        "fchownat",
        "prctl",
        "seccomp",
        "landlock_restrict_self",
        "openat2",
        "splice",
        "prlimit64",
    ] {
        assert!(allowed.contains(call), "{call} is refused");
    }
    for call in ["mount", "ptrace", "setuid", "chroot", "bpf", "keyctl", "chown"] {
        assert!(!allowed.contains(call), "{call} is allowed");
    }
}
