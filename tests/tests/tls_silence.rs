//! Clients that do not complete a TLS handshake, do not end TLS, or do not read what they asked
//! for. None of them may hold a session, a descriptor or memory for longer than the settings allow.

use std::io::{ErrorKind, Write as _};

use packetboat_tests::dialogue::all;
use packetboat_tests::tls::{TlsServer, config, over};
use packetboat_tests::{Dialogue, PASSWORD, USER, wait_for};
use rustls::SupportedProtocolVersion;
use rustls::version::{TLS12, TLS13};

const VERSIONS: [&SupportedProtocolVersion; 2] = [&TLS12, &TLS13];

/// Logs in under TLS with protected data.
fn login(tls: &TlsServer, version: &'static SupportedProtocolVersion) -> Dialogue {
    let mut d = tls.server.connect();
    // RFC 4217's other name for TLS.
    d.expect("AUTH TLS-C", 234);
    let mut d = d.over_tls(&config(&[version]));
    d.login(USER, PASSWORD);
    d.expect("PBSZ 0", 200);
    d.expect("PROT P", 200);
    d
}

/// RFC 4217 §13: REIN ends TLS, which both sides have to do.
#[test]
fn a_client_that_does_not_end_tls_after_rein_is_closed() {
    // Even a busy machine completes the handshake in this time, which has to succeed first.
    let tls = TlsServer::with(&["--set", "guards.handshake-timeout=5s"]);
    for version in VERSIONS {
        let mut d = login(&tls, version);
        d.expect("REIN", 220);
        // The server's close_notify, if it did not arrive with the reply, and then the end of the
        // connection.
        all(d.stream().try_clone().expect("a socket"));
    }
    tls.server.check_health();
}

/// RFC 4217 §10.1: before TLS has begun, the client can read a 421; in the middle of the handshake
/// it would be noise.
#[test]
fn a_client_that_sends_nothing_behind_auth_is_told_so_and_one_in_mid_negotiation_is_closed() {
    let tls = TlsServer::with(&["--set", "guards.handshake-timeout=1s"]);
    let mut d = tls.server.connect();
    d.expect("AUTH TLS", 234);
    d.reply().code(421).says("Nothing arrived within 1 seconds after AUTH");
    assert!(d.next_reply().is_none());
    // The beginning of a record that could contain a ClientHello, and of one that does not even
    // have a length.
    for begun in [b"\x16\x03\x01\x02\x00\x01\x00".as_slice(), b"\x16"] {
        let mut d = tls.server.connect();
        d.expect("AUTH TLS", 234);
        d.send_raw(begun);
        assert!(d.next_reply().is_none());
    }
    // A client that connects to the TLS port waits for a handshake, not for clear text.
    let mut d = Dialogue::connect_silently(tls.server.address_tls());
    assert!(d.next_reply().is_none());
    tls.server.check_health();
}

#[test]
fn a_client_that_does_not_answer_the_end_of_its_session_holds_nothing() {
    let tls = TlsServer::with(&[]);
    // After the first session, everything is open that the server opens once and keeps.
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

/// The limit that SECURITY.md states for sessions under TLS.
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
    // One-time costs of the first connections do not count for a session.
    drop((0..CLIENTS).map(|_| negotiate()).collect::<Vec<_>>());
    let before = resident(tls.server.process());
    let mut links: Vec<_> = (0..CLIENTS).map(|_| negotiate()).collect();
    let flood = "HELP\r\n".repeat(2000);
    // Until no client can send any more, because the server has stopped reading.
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

/// The bytes of a process that are in memory.
fn resident(process: u32) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{process}/statm")).expect("a process");
    let pages: u64 = text.split(' ').nth(1).and_then(|word| word.parse().ok()).expect("a number");
    pages * 4096
}
