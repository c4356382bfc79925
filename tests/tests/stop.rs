//! How a server stops: idle sessions immediately, transfers when they are complete or their time is
//! over, and everything at a second signal.

use std::fs::File;
use std::io::Write as _;
use std::net::TcpStream;

use packetboat_tests::{Dialogue, Server, Setup, noise, wait_for};

fn with_grace(time: &'static str) -> Server {
    Server::with(Setup { arguments: vec!["--stop-grace", time], ..Setup::default() })
}

/// Starts a download that takes no space on disk and never ends by itself.
fn start_endless(server: &Server, d: &mut Dialogue) -> TcpStream {
    let file = File::create(server.path("endless")).expect("a file");
    file.set_len(1 << 36).expect("a sparse file");
    let data = d.epsv();
    d.expect("RETR endless", 150);
    data
}

fn start_upload(d: &mut Dialogue) -> TcpStream {
    let mut data = d.epsv();
    d.expect("STOR up", 150);
    data.write_all(b"first half, ").expect("a data connection");
    data
}

fn refuses(server: &Server) {
    wait_for("a closed port", || TcpStream::connect(server.address()).is_err().then_some(()));
}

#[test]
fn a_transfer_ends_well_while_idle_sessions_are_closed_at_once() {
    let mut server = with_grace("1h");
    let mut idle = server.login();
    let mut busy = server.login();
    let mut data = start_upload(&mut busy);
    server.terminate();
    idle.reply().code(421).says("shutting down; connect again later");
    assert!(idle.next_reply().is_none());
    refuses(&server);
    busy.expect("NOOP", 200);
    data.write_all(b"second half").expect("a data connection");
    drop(data);
    busy.reply().code(226);
    busy.reply().code(421).says("shutting down");
    assert!(busy.next_reply().is_none());
    assert!(server.ended().success());
    assert_eq!(server.read("up"), b"first half, second half");
    let log = server.log();
    assert!(log.contains("the server is stopping: of 2 sessions, idle ones are closed"), "{log}");
    assert!(log.contains("the server has stopped"), "{log}");
}

#[test]
fn a_transfer_that_outlasts_the_grace_time_is_broken_off_and_reported() {
    let mut server = with_grace("1s");
    let mut busy = server.login();
    let data = start_endless(&server, &mut busy);
    server.terminate();
    busy.reply().code(426).says("Transfer stopped after");
    busy.reply().code(421).says("shutting down; connect again later");
    assert!(busy.next_reply().is_none());
    drop(data);
    assert_eq!(server.ended().code(), Some(0));
    let log = server.log();
    assert!(log.contains("is aborting what still runs in 1 sessions: the time is up"), "{log}");
}

#[test]
fn a_second_signal_ends_at_once() {
    let mut server = with_grace("1h");
    let mut busy = server.login();
    let _data = start_endless(&server, &mut busy);
    server.terminate();
    server.wait_for_log("the server is stopping");
    server.terminate();
    assert!(server.ended().success());
    assert!(server.log().contains("drops 1 sessions and stops immediately"), "{}", server.log());
}

/// Neither the client nor any log used to say what had happened.
#[test]
fn what_a_second_signal_cuts_off_stands_in_the_logs() {
    let arguments = vec!["--stop-grace", "1h"];
    let files = vec![("--xferlog", "xferlog"), ("--audit-log", "audit")];
    let mut server = Server::with(Setup { arguments, files, ..Setup::default() });
    let mut busy = server.login();
    let _data = start_upload(&mut busy);
    wait_for("the bytes", || busy.ask("STAT").text().contains("12 bytes so far").then_some(()));
    server.terminate();
    server.wait_for_log("the server is stopping");
    server.terminate();
    assert!(server.ended().success());
    let read = |name| std::fs::read_to_string(server.further(name)).expect("a log");
    let (xferlog, audit) = (read("xferlog"), read("audit"));
    assert!(xferlog.contains(" 12 /up b _ i r ") && xferlog.ends_with(" ftp 0 * i\n"), "{xferlog}");
    assert!(audit.contains("\"event\":\"upload\"") && audit.contains("\"bytes\":12"), "{audit}");
    assert!(audit.contains("\"event\":\"closed\"") && audit.contains("by the server"), "{audit}");
    assert!(
        audit.contains("\"step\":\"started\"") && audit.contains("\"step\":\"ended\""),
        "{audit}"
    );
}

#[test]
fn what_a_second_signal_cuts_off_can_be_resumed() {
    let mut server = with_grace("1h");
    let mut busy = server.login();
    let mut data = busy.epsv();
    busy.expect("STOR up", 150);
    let content = noise(4 << 20);
    data.write_all(&content).expect("a data connection");
    let part = server.path(".up.part-packetboat");
    let length = || std::fs::metadata(&part).map_or(0, |found| found.len());
    wait_for("a part", || (length() > 0).then_some(()));
    server.terminate();
    server.wait_for_log("the server is stopping");
    server.terminate();
    assert!(server.ended().success());
    let kept = std::fs::read(&part).expect("the part");
    assert!(!kept.is_empty() && content.starts_with(&kept), "{} bytes", kept.len());
}
