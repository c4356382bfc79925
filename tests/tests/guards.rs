//! Limits per address, bans, and clients that would use up time or memory, against the real
//! program.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use packetboat_tests::dialogue::{all, connect_from, patient};
use packetboat_tests::program::{Output, packetboat, run};
use packetboat_tests::tls::TlsServer;
use packetboat_tests::{Dialogue, PASSWORD, PATIENCE, Reply, Server, Setup, USER, wait_for};
use serde_json::Value;

/// A server that does not even exempt this machine.
fn guarded(settings: &[&'static str]) -> Server {
    Server::with(Setup { arguments: arguments(settings), ..Setup::default() })
}

fn arguments(settings: &[&'static str]) -> Vec<&'static str> {
    let all = ["guards.trusted=none"].iter().chain(settings);
    all.flat_map(|setting| ["--set", setting]).collect()
}

fn address(last: u8) -> Ipv4Addr {
    Ipv4Addr::new(127, 0, 0, last)
}

/// A session from an address, before its greeting.
fn from(server: &Server, last: u8) -> Dialogue {
    Dialogue::over(connect_from(address(last), server.address()).expect("the server"))
}

/// The greeting for a client from that address.
fn greeting(server: &Server, last: u8) -> Reply {
    from(server, last).reply()
}

/// Sends this many wrong passwords, and returns the replies to them and what follows.
fn guess(server: &Server, last: u8, times: usize) -> Vec<u16> {
    let mut d = from(server, last);
    d.reply().code(220);
    for _ in 0..times {
        d.expect(format!("USER {USER}"), 331);
        d.send("PASS wrong");
        let reply = d.reply();
        if reply.code == 421 {
            return vec![421];
        }
        reply.code(530);
    }
    let mut codes = Vec::new();
    d.finish_sending();
    while let Some(reply) = d.next_reply() {
        codes.push(reply.code);
    }
    codes
}

#[test]
fn one_address_has_so_many_sessions_at_once() {
    let server = guarded(&["guards.sessions=2"]);
    let mut first = from(&server, 2);
    first.reply().code(220);
    let mut second = from(&server, 2);
    second.reply().code(220);
    let mut third = from(&server, 2);
    third.reply().code(421).says("has reached its session limit (2)");
    assert!(third.next_reply().is_none());
    greeting(&server, 3).code(220);
    first.expect("QUIT", 221);
    wait_for("a place for the address", || (greeting(&server, 2).code == 220).then_some(()));
    server.wait_for_log("turned 127.0.0.2:");
}

#[test]
fn connections_and_logins_have_a_rate() {
    let server = guarded(&["guards.connections=3/1h", "guards.logins=2/1h"]);
    let mut d = from(&server, 2);
    d.reply().code(220);
    d.login("anonymous", "x");
    d.expect("REIN", 220);
    d.login(USER, PASSWORD);
    d.expect("REIN", 220);
    d.expect(format!("USER {USER}"), 331);
    d.expect(format!("PASS {PASSWORD}"), 421).says("tries to log in too often");
    assert!(d.next_reply().is_none());
    greeting(&server, 2).code(220);
    greeting(&server, 2).code(220);
    greeting(&server, 2).code(421).says("connects too often; connect again in ");
    greeting(&server, 3).code(220);
}

/// A database, and the bans in it.
struct Keeper(tempfile::TempDir);

impl Keeper {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("accounts.db")
    }

    fn serve(&self, settings: &[&'static str]) -> Server {
        let path: &'static str = self.path().display().to_string().leak();
        let mut arguments = arguments(settings);
        arguments.extend(["--database", path]);
        Server::with(Setup { arguments, ..Setup::default() })
    }

    fn ban(&self, words: &[&str]) -> Output {
        let mut command = Command::new(packetboat());
        command.arg("ban").args(words).env("PACKETBOAT_DATABASE", self.path());
        run(&mut command)
    }

    fn list(&self) -> Vec<Value> {
        let list = self.ban(&["list", "--json"]).ok().stdout;
        list.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }
}

const QUICK: [&str; 2] = ["guards.failures=2", "guards.longest-delay=1s"];

#[test]
fn bans_survive_a_crash_and_are_lifted_while_the_server_runs() {
    let keeper = Keeper::new();
    let server = keeper.serve(&QUICK);
    let mut open = from(&server, 7);
    open.reply().code(220);
    open.login(USER, PASSWORD);
    assert_eq!(guess(&server, 7, 2), [421]);
    let reply = greeting(&server, 7).code(421).says("Your address is banned until 20");
    assert!(reply.text().contains(" UTC; connect again after that"), "{}", reply.text());
    // Open sessions continue, other addresses are not affected, and the account is not locked for
    // anybody.
    open.expect("PWD", 257);
    open.expect("REIN", 220);
    open.expect(format!("USER {USER}"), 331);
    open.expect(format!("PASS {PASSWORD}"), 421).says("banned until");
    let mut other = from(&server, 8);
    other.reply().code(220);
    other.login(USER, PASSWORD);
    server.wait_for_log("banned 127.0.0.7/32 until 20");
    let bans = wait_for("the ban to be written", || {
        let bans = keeper.list();
        (!bans.is_empty()).then_some(bans)
    });
    assert_eq!(bans[0]["network"], "127.0.0.7/32");
    assert_eq!(bans[0]["reason"], "2 refused logins");
    let lasts = |ban: &Value| {
        ban["until"].as_i64().expect("an end") - ban["since"].as_i64().expect("a start")
    };
    assert_eq!(lasts(&bans[0]), 300);

    // Dropping the server kills it with SIGKILL.
    drop(server);
    let server = keeper.serve(&QUICK);
    greeting(&server, 7).code(421).says("banned");
    let lifted = keeper.ban(&["lift", "127.0.0.7"]).ok().stdout;
    assert_eq!(lifted, "127.0.0.7/32: lifted; its reason was: 2 refused logins\n");
    assert_eq!(keeper.ban(&["lift", "127.0.0.7"]).code(), Some(1), "no ban is left to lift");
    wait_for("the server to learn of it", || (greeting(&server, 7).code == 220).then_some(()));

    // The server exempts nobody, so this ban applies, without a warning.
    let added = keeper.ban(&["add", "127.0.0.8/29", "--forever", "--reason", "a\nb"]).ok();
    assert_eq!(added.stderr, "");
    wait_for("the server to learn of it", || (greeting(&server, 9).code == 421).then_some(()));
    greeting(&server, 9).code(421).says("ask the administrator to lift the ban");
    greeting(&server, 7).code(220);
    let listed = keeper.ban(&["list"]).ok().stdout;
    assert!(
        listed.contains("127.0.0.8/29") && listed.contains("until it is lifted: a\\u{a}b"),
        "{listed}"
    );
    assert_eq!(listed.lines().count(), 1);
}

#[test]
fn each_ban_is_twice_as_long() {
    let keeper = Keeper::new();
    let server =
        keeper.serve(&["guards.failures=1", "guards.longest-delay=1s", "guards.first-ban=1s"]);
    let (mut longest, begun) = (0, Instant::now());
    while longest < 4 {
        assert!(begun.elapsed() < PATIENCE, "the longest ban is {longest} s");
        // A ban may end before it is checked.
        if greeting(&server, 7).code == 220 {
            guess(&server, 7, 1);
        }
        let all = keeper.ban(&["list", "--all", "--json"]).ok().stdout;
        for line in all.lines() {
            let ban: Value = serde_json::from_str(line).expect("JSON");
            let (since, until) = (ban["since"].as_i64(), ban["until"].as_i64());
            let lasts = until.zip(since).map(|(until, since)| until - since).expect("times");
            assert_eq!(Some(lasts), ban["strikes"].as_u64().map(|strikes| 1 << (strikes - 1)));
            longest = longest.max(lasts);
        }
    }
}

/// Turning a client away costs no handshake: the connection is closed without a byte.
#[test]
fn who_is_banned_gets_no_tls() {
    let keeper = Keeper::new();
    let mut make = Command::new(packetboat());
    make.args(["user", "cost", "m=8,t=1,p=1"]).env("PACKETBOAT_DATABASE", keeper.path());
    run(&mut make).ok();
    keeper.ban(&["add", "127.0.0.7"]).ok();
    let path: &'static str = keeper.path().display().to_string().leak();
    let tls = TlsServer::with(&["--set", "guards.trusted=none", "--database", path]);
    let mut stream = connect_from(address(7), tls.server.address_tls()).expect("the server");
    // The server may have closed already.
    let _ = stream.write_all(&[22, 3, 1, 0, 5, 1, 0, 0, 1, 0]);
    assert_eq!(stream.read(&mut [0; 16]).unwrap_or(0), 0);
    let mut clear = connect_from(address(7), tls.server.address()).expect("the server");
    let mut text = String::new();
    clear.read_to_string(&mut text).expect("why");
    assert!(text.starts_with("421 Your address is banned until "), "{text}");
}

#[test]
fn without_a_database_bans_live_as_long_as_the_server() {
    let server = guarded(&QUICK);
    assert_eq!(guess(&server, 7, 2), [421]);
    greeting(&server, 7).code(421).says("banned until");
    greeting(&server, 8).code(220);
}

/// Otherwise anyone with an account could guess other passwords between successful logins.
#[test]
fn a_good_login_forgives_no_failure() {
    let server = guarded(&["guards.failures=3", "guards.longest-delay=1s"]);
    guess(&server, 7, 2);
    let mut d = from(&server, 7);
    d.reply().code(220);
    d.login(USER, PASSWORD);
    d.expect("QUIT", 221);
    assert_eq!(guess(&server, 7, 1), [421]);
    greeting(&server, 7).code(421).says("banned until");
}

/// What a web page can make a browser send must never reach a command.
#[test]
fn http_on_the_control_port_closes_the_session() {
    let server = Server::start();
    let mut d = server.connect();
    d.send(format!("POST / HTTP/1.1\r\nHost: x\r\n\r\nUSER {USER}\r\nPASS {PASSWORD}\r\nMKD made"));
    d.reply().code(421).says("the client speaks HTTP");
    assert!(d.next_reply().is_none());
    server.wait_for_log("the client speaks HTTP");
    assert!(server.names().is_empty());
    server.connect().expect("HOST localhost", 220);
    server.check_health();
}

#[test]
fn tls_on_a_port_that_begins_in_clear_is_told_in_the_log() {
    let server = Server::start();
    let mut d = server.connect();
    d.send_raw(&[22, 3, 1, 2, 0, 1, 0, 1]);
    d.reply().code(421).says("starts with TLS");
    server.wait_for_log("starts with TLS");
    server.check_health();
}

#[test]
fn rein_does_not_restart_the_time_for_the_login() {
    let server =
        Server::with(Setup { arguments: vec!["--login-timeout", "2s"], ..Setup::default() });
    let (mut d, begun) = (server.connect(), Instant::now());
    let codes: Vec<u16> = std::iter::from_fn(|| {
        assert!(begun.elapsed() < PATIENCE, "the login timeout did not end the session");
        std::thread::sleep(Duration::from_millis(50));
        // The server may have closed already.
        let _ = d.stream().try_clone().and_then(|mut stream| stream.write_all(b"REIN\r\n"));
        d.next_reply().map(|reply| reply.code)
    })
    .collect();
    assert_eq!(codes.last(), Some(&421));
    assert!(codes[..codes.len() - 1].iter().all(|&code| code == 220));
}

#[test]
fn a_line_that_comes_byte_by_byte_has_to_end() {
    let arguments = vec!["--set", "guards.line-timeout=1s"];
    let server = Server::with(Setup { arguments, ..Setup::default() });
    let mut d = server.login();
    let mut stream = d.stream().try_clone().expect("a socket");
    let writer = std::thread::spawn(move || {
        while stream.write_all(b"x").is_ok() {
            std::thread::sleep(Duration::from_millis(20));
        }
    });
    d.reply().code(421).says("did not end within 1 seconds");
    drop(d);
    writer.join().expect("it ends with the connection");
}

#[test]
fn a_client_that_does_not_negotiate_is_closed() {
    let tls = TlsServer::with(&["--set", "guards.handshake-timeout=1s"]);
    let mut d = tls.server.connect();
    d.expect("AUTH TLS", 234);
    d.reply().code(421);
    assert!(d.next_reply().is_none());
    let silent = TcpStream::connect(tls.server.address_tls()).expect("the server");
    assert_eq!(all(silent), b"");
    tls.server.wait_for_log("TLS failed");
}

/// A single read of pipelined HELP lines used to produce about 1 MB of replies before any was sent.
#[test]
fn clients_that_do_not_read_take_little_memory() {
    for flood in ["HELP\r\n", "\n", "FEAT\r\n"] {
        does_not_read(flood);
    }
}

fn does_not_read(line: &str) {
    const CLIENTS: u64 = 100;
    // The limit stated in SECURITY.md.
    const EACH: u64 = 256 << 10;
    let arguments = vec!["--set", "guards.reply-timeout=1h", "--log", "off"];
    let server = Server::with(Setup { arguments, ..Setup::default() });
    let before = resident(server.process());
    let flood = line.repeat(100_000);
    let streams: Vec<TcpStream> = (0..CLIENTS)
        .map(|_| {
            let stream = TcpStream::connect(server.address()).expect("the server");
            stream.set_nonblocking(true).expect("a socket");
            stream
        })
        .collect();
    // Until no client can send any more: the server has stopped reading, but has closed no
    // connection.
    let mut quiet = 0;
    while quiet < 50 {
        std::thread::sleep(Duration::from_millis(20));
        let sent = streams.iter().filter(|&stream| {
            let mut stream = stream;
            match stream.write(flood.as_bytes()) {
                Ok(count) => count > 0,
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::WouldBlock, "{line:?}: {error}");
                    false
                }
            }
        });
        quiet = if sent.count() == 0 { quiet + 1 } else { 0 };
    }
    let grown = resident(server.process()).saturating_sub(before);
    assert!(grown < CLIENTS * EACH, "{line:?}: {} KiB for each", grown / CLIENTS / 1024);
    println!("{line:?}: {} KiB for each", grown / CLIENTS / 1024);
    drop(streams);
    server.check_health();
}

#[test]
fn a_client_that_does_not_read_is_closed() {
    let arguments = vec!["--set", "guards.reply-timeout=1s"];
    let server = Server::with(Setup { arguments, ..Setup::default() });
    let stream = TcpStream::connect(server.address()).expect("the server");
    let mut stream = patient(stream);
    // Until the server closes the connection, with unread replies and commands on both sides.
    while stream.write_all("HELP\r\n".repeat(1000).as_bytes()).is_ok() {}
    server.wait_for_log("closed by a broken connection");
}

/// The bytes of a process that are in memory.
fn resident(process: u32) -> u64 {
    let path = Path::new("/proc").join(process.to_string()).join("statm");
    let text = std::fs::read_to_string(path).expect("a process");
    let pages: u64 = text.split(' ').nth(1).and_then(|word| word.parse().ok()).expect("a number");
    pages * 4096
}
