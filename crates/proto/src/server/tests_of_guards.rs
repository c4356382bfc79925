//! Tests of the session machine against clients that would use time or memory without limit, or
//! speak another protocol.

use std::time::Duration;

use super::tests::Bench;
use super::*;

/// The most output that may wait for a client that does not read: the limit plus one reply.
const OUTPUT: usize = (64 << 10) + (8 << 10);

#[test]
fn pipelined_help_waits_until_the_replies_before_it_are_sent() {
    let mut bench = Bench::new();
    bench.send(&"HELP\r\n".repeat(682));
    let (mut most, mut replies) = (0, 0);
    loop {
        bench.actions();
        let said = bench.said();
        most = most.max(said.len());
        replies += said.lines().filter(|line| line.starts_with("214 ")).count();
        if !bench.session.is_held_back() {
            break;
        }
        bench.sent();
    }
    assert_eq!(replies, 682, "each is answered in the end");
    assert!((32 << 10..OUTPUT).contains(&most), "{most}");
}

#[test]
fn pipelined_commands_wait_until_the_driver_has_done_what_was_asked() {
    let mut bench = Bench::new();
    bench.send(&"X\r\n".repeat(1300));
    let (mut most, mut replies) = (0, 0);
    loop {
        let asked = std::iter::from_fn(|| bench.session.poll_action()).count();
        most = most.max(asked);
        replies += bench.said().lines().count();
        if !bench.session.is_held_back() {
            break;
        }
        bench.sent();
    }
    assert!(most <= 257, "{most}");
    assert_eq!(replies, 1300);
}

/// REIN and HOST let a client start the login again, but do not extend its time.
#[test]
fn neither_rein_nor_host_nor_auth_restarts_the_login_timer() {
    let config = SessionConfig { tls: Tls::Offered, ..SessionConfig::default() };
    let mut bench = Bench::with(config);
    for _ in 0..5 {
        bench.pass(10);
        bench.send("REIN\r\n");
        bench.report(Event::Ready);
        bench.send("HOST ftp.example.com\r\n");
        let name = crate::host::HostName::parse(b"ftp.example.com").expect("a name");
        bench.report(Event::HostAnswered(HostAnswer::Chosen { name, greeting: None }));
        bench.send("AUTH TLS\r\n");
        bench.report(Event::TlsStarted { server_name: None, certificate: false });
        assert_eq!(bench.codes(), "220 220 234");
    }
    bench.pass(9);
    assert_eq!(bench.codes(), "");
    bench.pass(1);
    assert!(bench.said().starts_with("421 No login within 60 seconds;"));
}

#[test]
fn a_command_sent_byte_by_byte_has_to_end_some_time() {
    let mut bench = Bench::logged_in();
    bench.send("NO");
    for _ in 0..5 {
        bench.pass(10);
        bench.send("x");
    }
    bench.pass(9);
    assert_eq!(bench.codes(), "");
    bench.pass(1);
    assert!(bench.said().starts_with("421 A command line did not end within 60 seconds;"));
}

#[test]
fn the_time_of_a_line_counts_from_its_own_first_byte() {
    let mut bench = Bench::logged_in();
    bench.send("NOOP\r\nNO");
    bench.pass(40);
    bench.send("OP\r\nNO");
    bench.pass(40);
    bench.send("OP\r\n");
    bench.pass(100);
    assert_eq!(bench.codes(), "200 200 200");
}

/// Web pages can make a browser send lines to any port; none of them may run a command.
#[test]
fn http_closes_the_session_at_once() {
    for begin in ["POST / HTTP/1.1\r\n", "Host: ftp.example.com\r\n", "get /\r\n"] {
        let mut bench = Bench::new();
        bench.send(&format!("{begin}USER alice\r\nPASS pw\r\n"));
        assert!(bench.said().starts_with("421 This is an FTP server, but the client speaks HTTP;"));
        assert_eq!(bench.actions(), [Action::Close], "{begin}");
    }
    let mut bench = Bench::new();
    bench.send("HOST ftp.example.com\r\n");
    assert!(matches!(bench.actions()[..], [Action::ChooseHost(_)]), "HOST is a verb of FTP");
}

/// RFC 8446 §5.1: the first byte of a ClientHello.
#[test]
fn a_client_that_begins_with_tls_is_told_what_to_set() {
    let mut bench = Bench::new();
    bench.send("\u{16}\u{3}\u{1}");
    assert!(bench.said().starts_with("421 The client starts with TLS,"));
    assert_eq!(bench.actions(), [Action::Close]);
    // Elsewhere in a line it is an ordinary byte.
    let mut bench = Bench::new();
    bench.send("NOOP\r\n\u{16}\r\n");
    assert_eq!(bench.codes(), "200 500");
}

/// A client that was asked to wait has the full login timeout afterwards.
#[test]
fn the_login_timer_begins_after_a_wait() {
    let mut bench =
        Bench::waiting(&Wait { reason: WaitReason::Maintenance, time: Duration::from_secs(60) });
    bench.pass(1000);
    bench.report(Event::Ready);
    bench.pass(59);
    assert_eq!(bench.codes(), "120 220");
    bench.pass(1);
    assert_eq!(bench.codes(), "421");
}
