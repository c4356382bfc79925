//! Clients that owe TLS something and do not send it: a negotiation, an end, or the reading of what they asked for.
//! None of them keeps a session, a descriptor or memory for longer than the settings say.

use std::io::{ErrorKind, Write as _};

use packetboat_tests::dialogue::all;
use packetboat_tests::tls::{TlsServer, config, over};
use packetboat_tests::{Dialogue, PASSWORD, USER, wait_for};
use rustls::SupportedProtocolVersion;
use rustls::version::{TLS12, TLS13};

const VERSIONS: [&SupportedProtocolVersion; 2] = [&TLS12, &TLS13];

/// A session under TLS, logged in, with protected data.
fn login(tls: &TlsServer, version: &'static SupportedProtocolVersion) -> Dialogue {
    let mut d = tls.server.connect();
    // The other name of TLS in RFC 4217.
    d.expect("AUTH TLS-C", 234);
    let mut d = d.over_tls(&config(&[version]));
    d.login(USER, PASSWORD);
    d.expect("PBSZ 0", 200);
    d.expect("PROT P", 200);
    d
}

/// RFC 4217 §13: REIN ends TLS, for which both sides have to say so.
#[test]
fn a_client_that_does_not_end_tls_after_rein_is_closed() {
    // No machine is too busy for the handshake that has to succeed before.
    let tls = TlsServer::with(&["--set", "guards.handshake-timeout=5s"]);
    for version in VERSIONS {
        let mut d = login(&tls, version);
        d.expect("REIN", 220);
        // The server's close_notify, if it did not come with the reply, and then the end of the connection.
        all(d.stream().try_clone().expect("a socket"));
    }
    tls.server.check_health();
}

/// RFC 4217 §10.1: where nothing of TLS has begun, 421 can be read; in the midst of it, it would be noise.
#[test]
fn a_client_that_sends_nothing_behind_auth_is_told_so_and_one_in_mid_negotiation_is_closed() {
    let tls = TlsServer::with(&["--set", "guards.handshake-timeout=1s"]);
    let mut d = tls.server.connect();
    d.expect("AUTH TLS", 234);
    d.reply().code(421).says("Nothing came within 1 seconds after AUTH");
    assert!(d.next_reply().is_none());
    // The beginning of a record that could hold a ClientHello, and of one that does not even have a length.
    for begun in [b"\x16\x03\x01\x02\x00\x01\x00".as_slice(), b"\x16"] {
        let mut d = tls.server.connect();
        d.expect("AUTH TLS", 234);
        d.send_raw(begun);
        assert!(d.next_reply().is_none());
    }
    // Who connects to TLS waits for a handshake, not for words in clear.
    let mut d = Dialogue::connect_silently(tls.server.address_tls());
    assert!(d.next_reply().is_none());
    tls.server.check_health();
}

#[test]
fn a_client_that_does_not_answer_the_end_of_its_session_holds_nothing() {
    let tls = TlsServer::with(&[]);
    // What the server opens once and keeps is open after the first.
    drop(login(&tls, &TLS13));
    let descriptors = || tls.server.descriptors();
    let closed = |count: usize| {
        wait_for("the end of the sessions", || {
            (tls.server.log().matches(" closed by ").count() >= count).then_some(())
        });
    };
    closed(1);
    let before = descriptors();
    let sessions = [0; 20].map(|_| {
        let mut d = login(&tls, &TLS13);
        d.expect("QUIT", 221);
        d
    });
    closed(21);
    wait_for("descriptors", || (descriptors() <= before).then_some(()));
    drop(sessions);
}

#[test]
fn a_data_connection_that_does_not_come_to_tls_is_522() {
    let tls = TlsServer::with(&["--connect-timeout", "1s"]);
    let mut d = login(&tls, &TLS13);
    let silent = d.epsv();
    d.expect("NLST", 150);
    d.reply().code(522);
    drop(silent);
    d.expect("NOOP", 200);
}

#[test]
fn an_upload_under_tls_that_never_ends_is_426() {
    let tls = TlsServer::with(&["--stall-timeout", "1s"]);
    for version in VERSIONS {
        let config = config(&[version]);
        let mut d = tls.server.connect();
        d.expect("AUTH TLS", 234);
        let mut d = d.over_tls(&config);
        d.login(USER, PASSWORD);
        d.expect("PBSZ 0", 200);
        d.expect("PROT P", 200);
        let data = d.epsv();
        d.expect("STOR f", 150);
        let mut data = over(data, &config);
        data.write_all(b"all there is, but who knows").expect("a data connection");
        d.reply().code(426);
        assert!(!tls.server.path("f").exists(), "{version:?}");
        d.expect("NOOP", 200);
    }
}

/// What SECURITY.md says of sessions under TLS.
#[test]
fn clients_that_do_not_read_under_tls_take_little_memory() {
    const CLIENTS: u64 = 50;
    const EACH: u64 = 1 << 20;
    let tls = TlsServer::with(&["--set", "guards.reply-timeout=1h", "--log", "off"]);
    let negotiate = || {
        let stream = std::net::TcpStream::connect(tls.server.address_tls()).expect("the server");
        let mut link = over(stream, &config(&[&TLS13]));
        link.flush().expect("a negotiation");
        link.sock.set_nonblocking(true).expect("a socket");
        link
    };
    // What the first connections cost once and for all is no matter of a session.
    drop((0..CLIENTS).map(|_| negotiate()).collect::<Vec<_>>());
    let before = resident(tls.server.process());
    let mut links: Vec<_> = (0..CLIENTS).map(|_| negotiate()).collect();
    let flood = "HELP\r\n".repeat(2000);
    // Until nobody can send any more: the server has stopped to read.
    let mut quiet = 0;
    while quiet < 20 {
        std::thread::sleep(std::time::Duration::from_millis(20));
        let sent = links.iter_mut().filter_map(|link| match link.write(flood.as_bytes()) {
            Ok(count) => Some(count),
            Err(error) if error.kind() == ErrorKind::WouldBlock => None,
            Err(error) => panic!("the server has closed: {error}"),
        });
        quiet = if sent.count() == 0 { quiet + 1 } else { 0 };
    }
    let grown = resident(tls.server.process()).saturating_sub(before);
    assert!(grown < CLIENTS * EACH, "{} KiB for each", grown / CLIENTS / 1024);
    println!("{} KiB for each", grown / CLIENTS / 1024);
    drop(links);
    tls.server.check_health();
}

/// Bytes of a process that are in memory.
fn resident(process: u32) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{process}/statm")).expect("a process");
    let pages: u64 = text.split(' ').nth(1).and_then(|word| word.parse().ok()).expect("a number");
    pages * 4096
}
