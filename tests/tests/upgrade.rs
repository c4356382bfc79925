//! Replacing a running server by a new one: no client is refused, and no transfer is cut off.

use std::io::{Read as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use packetboat_tests::successor::Successor;
use packetboat_tests::{Dialogue, PASSWORD, Server, Setup, USER, has_landlock, has_root, wait_for};
use rustix::process::{Signal, kill_process, test_kill_process};

const UPGRADES: [&str; 2] = ["--set", "stop.upgrade=true"];

/// Clients that connect and log in, one after the other, until they are stopped.
struct Clients {
    stop: Arc<AtomicBool>,
    served: Arc<AtomicUsize>,
    threads: Vec<std::thread::JoinHandle<()>>,
}

impl Clients {
    fn start(server: &Server) -> Self {
        let address = server.address();
        let (stop, served) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let thread = |_| {
            let (stop, served) = (Arc::clone(&stop), Arc::clone(&served));
            std::thread::spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    // Panics if a connection is refused or reset.
                    let mut d = Dialogue::connect(address);
                    d.login(USER, PASSWORD);
                    d.expect("QUIT", 221);
                    served.fetch_add(1, Ordering::Relaxed);
                }
            })
        };
        let threads = (0..4).map(thread).collect();
        Self { stop, served, threads }
    }

    /// Waits until this many more have been served.
    fn wait_for(&self, more: usize) {
        let goal = self.served.load(Ordering::Relaxed) + more;
        wait_for("clients", || (self.served.load(Ordering::Relaxed) >= goal).then_some(()));
    }

    fn finish(self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads {
            thread.join().expect("no client that was refused");
        }
    }
}

#[test]
fn an_upgrade_refuses_no_client_and_cuts_off_no_transfer() {
    let mut server = Server::with(Setup { arguments: UPGRADES.to_vec(), ..Setup::default() });
    let mut busy = server.login();
    let mut data = busy.epsv();
    busy.expect("STOR up", 150);
    data.write_all(b"before, ").expect("a data connection");
    let clients = Clients::start(&server);
    clients.wait_for(20);
    server.signal(Signal::USR2);
    let successor = Successor::of(&server);
    clients.wait_for(50);
    data.write_all(b"after").expect("a data connection");
    drop(data);
    busy.reply().code(226);
    // The session continues in the old process.
    busy.expect("PWD", 257);
    busy.expect("QUIT", 221);
    assert!(server.ended().success());
    clients.wait_for(20);
    clients.finish();
    assert_eq!(server.read("up"), b"before, after");
    server.check_health();
    kill_process(successor.0, Signal::TERM).expect("the new server");
    wait_for("its end", || test_kill_process(successor.0).is_err().then_some(()));
}

#[test]
fn a_server_that_gave_up_root_and_is_limited_hands_over_too() {
    if !has_root("become another user") || !has_landlock() {
        return;
    }
    let limits = ["--set", "contain.landlock=required", "--set", "contain.seccomp=required"];
    let user = ["--set", "contain.user=nobody"];
    let arguments = [UPGRADES.as_slice(), &limits, &user].concat();
    let mut server = Server::with(Setup { arguments, ..Setup::default() });
    server.signal(Signal::USR2);
    let successor = Successor::of(&server);
    assert!(server.ended().success());
    Dialogue::connect(server.address()).expect("NOOP", 200);
    kill_process(successor.0, Signal::TERM).expect("the new server");
    wait_for("its end", || test_kill_process(successor.0).is_err().then_some(()));
}

/// The new server could not listen where the authority validates, because the old one still did
/// and, under another user, ports below 1024 were forbidden.
#[test]
fn an_upgrade_hands_over_where_an_authority_asks() {
    let folder = tempfile::tempdir().expect("a folder");
    let is_root = rustix::process::geteuid().is_root();
    // An address of the loopback network that only this process uses.
    let [.., a, b, c] = std::process::id().to_be_bytes();
    let at = std::net::SocketAddr::from(([127, a, b, c.max(2)], if is_root { 80 } else { 4080 }));
    let mut settings = vec![
        format!("acme.listen={at}"),
        format!("acme.folder={}", folder.path().join("acme").display()),
        "acme.names=ftp.example.com".to_owned(),
        "acme.accept-terms=true".to_owned(),
        // Nobody answers there.
        "acme.directory=https://127.0.0.1:1/dir".to_owned(),
    ];
    if is_root {
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o777);
        std::fs::set_permissions(folder.path(), open).expect("permissions");
        settings.push("contain.user=nobody".to_owned());
    }
    let settings = settings.iter().flat_map(|one| ["--set", &*one.clone().leak()]);
    let arguments = UPGRADES.into_iter().chain(settings).collect();
    let mut server = Server::with(Setup { arguments, ..Setup::default() });
    let answers = || {
        let mut stream = std::net::TcpStream::connect(at).expect("somebody listens");
        let asked = b"GET /.well-known/acme-challenge/x HTTP/1.1\r\nHost: ftp.example.com\r\n\r\n";
        stream.write_all(asked).expect("sent");
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).expect("an answer");
        assert_eq!(&answer, b"HTTP/1.1 404");
    };
    answers();
    server.signal(Signal::USR2);
    let successor = Successor::of(&server);
    assert!(server.ended().success());
    answers();
    kill_process(successor.0, Signal::TERM).expect("the new server");
    wait_for("its end", || test_kill_process(successor.0).is_err().then_some(()));
}

/// A successor that the test did not know about used to stay for good.
#[test]
fn a_server_that_nobody_has_heard_of_ends_with_the_one_whose_place_it_took() {
    let mut server = Server::with(Setup { arguments: UPGRADES.to_vec(), ..Setup::default() });
    server.signal(Signal::USR2);
    assert!(server.ended().success());
    let successor = Successor::of(&server);
    let pid = successor.0;
    std::mem::forget(successor);
    test_kill_process(pid).expect("a server that runs");
    drop(server);
    wait_for("its end", || test_kill_process(pid).is_err().then_some(()));
}

/// Sessions continue in the old process, but not for ever.
#[test]
fn the_old_process_ends_with_its_sessions_once_their_time_is_over() {
    let grace = ["--set", "stop.leave-grace=1s"];
    let arguments = [UPGRADES.as_slice(), &grace].concat();
    let mut server = Server::with(Setup { arguments, ..Setup::default() });
    let mut stays = server.login();
    server.signal(Signal::USR2);
    let _successor = Successor::of(&server);
    stays.reply().code(421);
    assert!(server.ended().success());
    Dialogue::connect(server.address()).expect("NOOP", 200);
}

#[test]
fn a_second_upgrade_follows_the_first() {
    let mut server = Server::with(Setup { arguments: UPGRADES.to_vec(), ..Setup::default() });
    server.signal(Signal::USR2);
    let first = Successor::of(&server);
    assert!(server.ended().success());
    kill_process(first.0, Signal::USR2).expect("the new server");
    let second = wait_for("another process", || {
        let successor = Successor::of(&server);
        let other = successor.0 != first.0;
        if !other {
            std::mem::forget(successor);
            return None;
        }
        Some(successor)
    });
    server.check_health();
    drop(second);
}

#[test]
fn an_upgrade_that_fails_changes_nothing_and_says_why() {
    let folder = tempfile::tempdir().expect("a folder");
    let served = folder.path().join("served");
    let mut server = Server::with(Setup {
        folder: Some(served.clone()),
        arguments: UPGRADES.to_vec(),
        ..Setup::default()
    });
    std::fs::remove_dir(&served).expect("the folder");
    server.signal(Signal::USR2);
    server.wait_for_log("continues because it could not hand over: the new server says: ");
    assert!(server.log().contains(": the folder does not exist"), "{}", server.log());
    std::fs::create_dir(&served).expect("the folder");
    Dialogue::connect(server.address()).login(USER, PASSWORD);
    server.terminate();
    assert!(server.ended().success());
}

#[test]
fn an_upgrade_that_is_not_allowed_says_how_to_allow_it() {
    let server = Server::start();
    server.signal(Signal::USR2);
    server.wait_for_log("set stop.upgrade to true and restart it");
    server.check_health();
}

/// Maintenance belonged to the start of the first server, and would make every client wait once
/// more.
#[test]
fn an_upgrade_brings_no_maintenance_back() {
    let arguments = [UPGRADES.as_slice(), &["--maintenance", "60"]].concat();
    let mut server = Server::with(Setup { arguments, ..Setup::default() });
    Dialogue::connect_silently(server.address()).reply().code(120);
    server.signal(Signal::USR2);
    let successor = Successor::of(&server);
    assert!(server.ended().success());
    Dialogue::connect(server.address()).login(USER, PASSWORD);
    drop(successor);
}
