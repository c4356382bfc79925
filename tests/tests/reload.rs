//! Reloading: from when on limits, guards and authorities apply, and that nobody who is connected
//! loses anything.

use std::net::Ipv4Addr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::process::Command;

use packetboat_tests::certificates::{Authority, Shown};
use packetboat_tests::dialogue::connect_from;
use packetboat_tests::program::{client, run};
use packetboat_tests::tls::{TlsServer, config, over};
use packetboat_tests::{Dialogue, PASSWORD, Reply, Server, Setup, USER, wait_for};
use rustls::version::{TLS12, TLS13};

const RELOADED: &str = "was reloaded";

fn with_config(text: &str) -> Server {
    Server::with(Setup { config: Some(text.to_owned()), ..Setup::default() })
}

/// A session from another address, before its greeting.
fn from(server: &Server, last: u8) -> Dialogue {
    let address = Ipv4Addr::new(127, 0, 0, last);
    Dialogue::over(connect_from(address, server.address()).expect("the server"))
}

/// The first reply to a client from that address.
fn greeting(server: &Server, last: u8) -> Reply {
    from(server, last).reply()
}

#[test]
fn the_number_of_sessions_and_of_those_that_wait_changes_at_once() {
    let limits =
        |sessions: u32, queue: u32| format!("[limits]\nsessions = {sessions}\nqueue = {queue}\n");
    let server = with_config(&limits(1, 0));
    let mut first = server.login();
    greeting(&server, 2).code(421);
    server.reload(&limits(2, 0), RELOADED);
    let mut second = server.login();
    greeting(&server, 2).code(421);
    // Fewer places than sessions: nobody is disconnected, and a new client waits until two have
    // left.
    server.reload(&limits(1, 1), RELOADED);
    first.expect("NOOP", 200);
    second.expect("NOOP", 200);
    let mut third = from(&server, 2);
    third.reply().code(120);
    first.expect("QUIT", 221);
    server.wait_for_log("closed by QUIT");
    greeting(&server, 2).code(421);
    second.expect("NOOP", 200);
    second.expect("QUIT", 221);
    third.reply().code(220);
    third.login(USER, PASSWORD);
    // A waiting client gets a place that a reload has created.
    let mut fourth = from(&server, 2);
    fourth.reply().code(120);
    server.reload(&limits(2, 1), RELOADED);
    fourth.reply().code(220);
    third.expect("QUIT", 221);
    drop(fourth);
    // Their places become free only when the server notices that they have left.
    server.wait_for_log("closed by the client");
    assert!(!server.log().contains("only a restart"), "{}", server.log());
    server.check_health();
}

#[test]
fn guards_count_as_they_are_now_for_those_who_come_now() {
    let guards = |more: &str| format!("[guards]\ntrusted = \"none\"\n{more}");
    let server = with_config(&guards("sessions = 1\n"));
    let mut first = from(&server, 2);
    first.reply().code(220);
    greeting(&server, 2).code(421).says("has reached its session limit (1)");
    server.reload(&guards("sessions = 2\nfailures = 1\nattempts = 3\n"), RELOADED);
    let mut second = from(&server, 2);
    second.reply().code(220);
    greeting(&server, 2).code(421).says("has reached its session limit (2)");
    // The first session continues as it was: a refusal is not a ban.
    first.expect(format!("USER {USER}"), 331);
    first.expect("PASS wrong", 530);
    first.login(USER, PASSWORD);
    // For new sessions, the ban applies.
    let mut guesses = from(&server, 3);
    guesses.reply().code(220);
    guesses.expect(format!("USER {USER}"), 331);
    guesses.send("PASS wrong");
    server.wait_for_log("banned 127.0.0.3/32");
    greeting(&server, 3).code(421).says("banned until");
    // A network that is trusted now is neither limited nor banned.
    server.reload("[guards]\ntrusted = \"127.0.0.0/8\"\nsessions = 1\n", RELOADED);
    for address in [2, 3] {
        greeting(&server, address).code(220);
    }
    server.check_health();
}

fn ban(database: &Path, words: &[&str]) {
    let mut command = client(&[&["ban"], words].concat());
    run(command.env("PACKETBOAT_DATABASE", database)).ok();
}

#[test]
fn bans_are_those_of_the_database_that_is_named_now() {
    let keeps = tempfile::tempdir().expect("a folder");
    let path = |name: &str| keeps.path().join(name);
    let text = |name: &str| {
        let accounts = match name {
            "" => String::new(),
            name => format!("[accounts]\ndatabase = \"{}\"\n", path(name).display()),
        };
        format!("{accounts}[guards]\ntrusted = \"none\"\n[contain]\nlandlock = \"off\"\n")
    };
    for name in ["a.db", "b.db"] {
        let mut make = client(&["user", "cost", "m=8,t=1,p=1"]);
        run(make.env("PACKETBOAT_DATABASE", path(name))).ok();
    }
    ban(&path("a.db"), &["add", "127.0.0.7"]);
    ban(&path("b.db"), &["add", "127.0.0.8"]);
    let server = with_config(&text(""));
    greeting(&server, 7).code(220);
    let code = |last: u8, code: u16| {
        wait_for("the bans", || (greeting(&server, last).code == code).then_some(()));
    };
    server.reload(&text("a.db"), RELOADED);
    code(7, 421);
    greeting(&server, 8).code(220);
    server.reload(&text("b.db"), RELOADED);
    code(8, 421);
    greeting(&server, 7).code(220);
    // This database is watched, and no other one.
    ban(&path("b.db"), &["lift", "127.0.0.8"]);
    code(8, 220);
    ban(&path("a.db"), &["add", "127.0.0.9"]);
    ban(&path("b.db"), &["add", "127.0.0.10"]);
    code(10, 421);
    greeting(&server, 9).code(220);
    assert!(!server.log().contains("only a restart"), "{}", server.log());
    server.check_health();
}

#[test]
fn another_authority_in_the_place_of_the_one_that_is_named_counts_where_that_is_watched() {
    let keeps = tempfile::tempdir().expect("a folder");
    let file = keeps.path().join("ca.pem");
    let put = |authority: &Authority| {
        // Replaced by a rename, so that nobody reads half a file.
        let new = keeps.path().join("new");
        std::fs::copy(authority.file(), &new).expect("a file");
        std::fs::rename(&new, &file).expect("a file");
    };
    let (one, other) = (Authority::new(), Authority::new());
    put(&one);
    let text = format!(
        "[tls]\nself-signed = true\nclient-certificates = \"required\"\nclient-ca = \"{}\"\n\
         [reload]\nwatch = true\ninterval = \"1s\"\n",
        file.display()
    );
    let state = tempfile::tempdir().expect("a folder");
    let server = Server::with(Setup {
        config: Some(text),
        environment: vec![("XDG_STATE_HOME", state.path().display().to_string())],
        ..Setup::default()
    });
    let comes_to_tls = |shown: &Shown| {
        let mut d = server.connect();
        d.expect("AUTH TLS", 234);
        // Under TLS 1.2 the client knows the result at the end of the handshake.
        let mut link = over(d.stream().try_clone().expect("a socket"), &shown.config(&[&TLS12]));
        std::io::Write::flush(&mut link).is_ok()
    };
    let (of_one, of_other) = (one.vouch_for("anna", &[]), other.vouch_for("anna", &[]));
    assert!(comes_to_tls(&of_one) && !comes_to_tls(&of_other));
    put(&other);
    server.wait_for_log(RELOADED);
    assert!(!comes_to_tls(&of_one) && comes_to_tls(&of_other));
}

/// A reload used to read a certificate, the authority issued a new one, and then the reload put the
/// old one in force again.
#[test]
fn a_certificate_that_comes_while_a_reload_reads_is_the_one_that_counts() {
    let keeps = tempfile::tempdir().expect("a folder");
    let path = |name: &str| keeps.path().join(name);
    let authority = Authority::new();
    // The certificates have both names, so that no other one is requested; they are told apart by
    // their bytes.
    let give = || {
        let key = rcgen::KeyPair::generate().expect("a key");
        let params = rcgen::CertificateParams::new(vec!["ftp.packetboat.test".to_owned()]);
        let made = params.expect("a name").self_signed(&key).expect("a certificate");
        std::fs::write(path("new"), format!("{}{}", key.serialize_pem(), made.pem()))
            .expect("a file");
        std::fs::rename(path("new"), path("acme/certificate.pem")).expect("a file");
        made.der().to_vec()
    };
    std::fs::create_dir(path("acme")).expect("a folder");
    let first = give();
    std::fs::copy(authority.file(), path("ca.pem")).expect("a file");
    let text = format!(
        "[tls]\nclient-ca = \"{}\"\n[acme]\nnames = [\"ftp.packetboat.test\"]\naccept-terms = true\nlisten = [\"127.0.0.1:0\"]\n\
         directory = \"https://127.0.0.1:1/\"\nfolder = \"{}\"\n[contain]\nlandlock = \"off\"\n",
        path("ca.pem").display(),
        path("acme").display()
    );
    let server = with_config(&text);
    let shown = || {
        let mut d = server.connect();
        d.expect("AUTH TLS", 234);
        let socket = d.stream().try_clone().expect("a socket");
        let mut link = over(socket, &config(&[&TLS13]));
        std::io::Write::flush(&mut link).expect("a negotiation");
        let certificates = link.conn.peer_certificates().expect("certificates");
        certificates.first().expect("one").to_vec()
    };
    assert_eq!(shown(), first);
    // When the reload reads this file for the last time, it has already read the certificate, and
    // waits here. Each pipe serves one reader.
    let lay_pipe = || {
        assert!(run(Command::new("mkfifo").arg(path("pipe"))).status.success());
        std::fs::rename(path("pipe"), path("ca.pem")).expect("a pipe");
    };
    lay_pipe();
    let wait_to_be_read = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).expect("a flag");
    let is_read = |before: &mut dyn FnMut()| {
        let mut open = std::fs::OpenOptions::new();
        // This fails as long as nobody reads.
        let pipe = open.write(true).custom_flags(wait_to_be_read).open(path("ca.pem"));
        let Ok(mut pipe) = pipe else { return false };
        lay_pipe();
        before();
        let text = std::fs::read(authority.file()).expect("the authority");
        std::io::Write::write_all(&mut pipe, &text).expect("the reload reads");
        true
    };
    let mut reads = 0;
    server.signal(rustix::process::Signal::HUP);
    wait_for("the reload", || {
        reads += u32::from(is_read(&mut || {}));
        server.log().contains(RELOADED).then_some(())
    });
    assert!(reads > 0 && shown() == first);
    let mut newest = Vec::new();
    server.signal(rustix::process::Signal::HUP);
    wait_for("the second reload", || {
        let is_last = reads == 1;
        let read = is_read(&mut || {
            if is_last {
                newest = give();
            }
        });
        reads -= u32::from(read && reads > 0);
        (server.log().matches(RELOADED).count() == 2).then_some(())
    });
    assert_eq!(reads, 0);
    wait_for("the newest certificate", || {
        is_read(&mut || {});
        (shown() == newest).then_some(())
    });
}

/// In clear text and under TLS, logged in or not, waiting for a data connection or using one.
#[test]
fn no_session_of_any_kind_is_dropped_by_many_reloads() {
    let tls = TlsServer::with(&[]);
    let server = &tls.server;
    server.write("f", "content");
    let mut idle = server.connect();
    let mut half = server.connect();
    half.expect(format!("USER {USER}"), 331);
    let mut waits = server.login();
    let address = waits.epsv_address();
    let mut private = server.connect();
    private.expect("AUTH TLS", 234);
    let mut private = private.over_tls(&config(&[&TLS13]));
    private.login(USER, PASSWORD);
    let mut implicit =
        Dialogue::connect_silently(server.address_tls()).over_tls(&config(&[&TLS12]));
    implicit.reply().code(220);
    let reloads = || server.log().matches(RELOADED).count();
    for number in 0..20 {
        server.signal(rustix::process::Signal::HUP);
        wait_for("the reload", || (reloads() > number).then_some(()));
    }
    idle.expect("NOOP", 200);
    half.expect(format!("PASS {PASSWORD}"), 230);
    let data = std::net::TcpStream::connect(address).expect("the port that was told");
    waits.expect("RETR f", 150);
    assert_eq!(packetboat_tests::dialogue::all(data), b"content");
    waits.reply().code(226);
    private.expect("PWD", 257);
    implicit.login(USER, PASSWORD);
    server.check_health();
}

/// The configuration came first and named files that did not exist yet. Creating these files used
/// to change nothing.
#[test]
fn what_a_reload_missed_is_watched_too() {
    let watch = "[reload]\nwatch = true\ninterval = \"1s\"\n";
    let server = with_config(watch);
    server.configure(&format!("{watch}[tls]\ncertificate = \"new.pem\"\nkey = \"new-key.pem\"\n"));
    server.wait_for_log("new.pem");
    server.wait_for_log("was not reloaded");
    let authority = Authority::new();
    let made = authority.stranger("localhost");
    std::fs::copy(made.key, server.further("new-key.pem")).expect("a file");
    std::fs::copy(made.certificate, server.further("new.pem")).expect("a file");
    server.wait_for_log(RELOADED);
}
