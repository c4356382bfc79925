//! 4yz: failed, and the same command may succeed later.

use std::fs::File;
use std::io::Write as _;
use std::net::TcpListener;

use super::{Answer, Scenario, ask, block, furnished, row};
use crate::dialogue::{all, reset};
use crate::faults::on_a_small_disk;
use crate::{Dialogue, Server, Setup, USER, noise, wait_for};

pub(super) const ROWS: &[Scenario] = &[
    row(
        421,
        "idle for too long",
        "No command arrives during the idle timeout.",
        ["No command for 1 seconds", "connect again"],
        || Ok(limited("--idle-timeout").connect().reply()),
    ),
    row(
        421,
        "login too slow",
        "A session sends commands but never logs in.",
        ["No login within 1 seconds", "send USER and PASS"],
        || Ok(limited("--login-timeout").connect().reply()),
    ),
    row(
        421,
        "server full",
        "One session more than --max-sessions allows.",
        ["has reached its session limit", "try again later"],
        full,
    ),
    row(
        421,
        "too many wrong passwords",
        "The fifth wrong password in one session (RFC 2577 §5).",
        ["5 logins were refused", "check the user and the password"],
        wrong_passwords,
    ),
    row(
        421,
        "address full",
        "One session more than guards.sessions allows from one address.",
        ["Your address has reached its session limit", "(1); end one of its sessions"],
        || {
            let server = guarded("guards.sessions=1");
            let _open = server.connect();
            Ok(Dialogue::connect_silently(server.address()).reply())
        },
    ),
    row(
        421,
        "address connects too often",
        "One connection more than guards.connections allows.",
        ["connects too often", "connect again in"],
        || {
            let server = guarded("guards.connections=1/1h");
            drop(server.connect());
            Ok(Dialogue::connect_silently(server.address()).reply())
        },
    ),
    row(
        421,
        "address logs in too often",
        "One login more than guards.logins allows.",
        ["tries to log in too often", "connect again in"],
        || {
            let server = guarded("guards.logins=1/1h");
            let mut d = server.connect();
            d.login("anonymous", "x");
            d.expect("REIN", 220);
            d.expect("USER anonymous", 331);
            Ok(d.ask("PASS x"))
        },
    ),
    row(
        421,
        "address banned",
        "One wrong password more than guards.failures allows.",
        ["Your address is banned until", "connect again after that"],
        || {
            let server = guarded("guards.failures=1");
            let mut d = server.connect();
            d.expect(format!("USER {USER}"), 331);
            d.expect("PASS wrong", 530);
            Ok(d.reply())
        },
    ),
    row(
        421,
        "line that does not end",
        "A command line arrives byte by byte for longer than guards.line-timeout.",
        ["did not end within 1 seconds", "send whole lines"],
        || {
            let server = guarded("guards.line-timeout=1s");
            let mut d = server.connect();
            d.send_raw(b"NO");
            Ok(d.reply())
        },
    ),
    row(
        421,
        "HTTP",
        "An HTTP request on the control connection.",
        ["the client speaks HTTP", "use an FTP client"],
        || Ok(Server::start().connect().ask("GET / HTTP/1.1")),
    ),
    row(
        421,
        "TLS on a port for clear text",
        "The client starts with TLS where AUTH TLS is expected.",
        ["starts with TLS", "set the client to explicit TLS"],
        || {
            let server = Server::start();
            let mut d = server.connect();
            d.send_raw(&[22, 3, 1]);
            Ok(d.reply())
        },
    ),
    row(
        421,
        "PROXY header from a stranger",
        "A PROXY header from an address that is not in proxy.trusted.",
        ["which is not a trusted proxy", "ask the administrator"],
        || Ok(Server::start().connect().ask("PROXY TCP4 192.0.2.1 192.0.2.2 4000 21")),
    ),
    row(
        421,
        "server stops",
        "The server is told to stop while a session is idle.",
        ["shutting down", "connect again later"],
        stopped,
    ),
    row(
        425,
        "no data connection agreed",
        "RETR without EPSV, PASV, EPRT or PORT before it.",
        ["RETR needs a data connection", "send EPSV"],
        || ask(&["RETR f"]),
    ),
    row(
        425,
        "client's port refuses",
        "Nobody listens at the port that PORT named.",
        ["No data connection for RETR", "refused it"],
        || nobody_listens("PORT"),
    ),
    row(
        425,
        "client's port refuses, extended",
        "Nobody listens at the port that EPRT named.",
        ["No data connection for RETR", "refused it"],
        || nobody_listens("EPRT"),
    ),
    row(
        425,
        "client does not connect",
        "Nobody connects to the passive port within the connect timeout.",
        ["No data connection for RETR", "did not connect to the passive port within 1 seconds"],
        || {
            let server = limited("--connect-timeout");
            server.write("f", "content");
            let mut d = server.login();
            d.epsv_address();
            d.expect("RETR f", 150);
            Ok(d.reply())
        },
    ),
    row(
        425,
        "no free passive port",
        "The only port of --passive-ports is taken.",
        ["short of sockets, ports", "try again"],
        no_passive_port,
    ),
    row(
        426,
        "data connection reset",
        "The client resets the data connection of an upload.",
        ["\"/new\"", "Data connection lost after 5000 bytes"],
        upload_reset,
    ),
    row(
        426,
        "upload stalls",
        "The client sends no data of an upload during the stall timeout.",
        ["\"/new\"", "nothing moved for 1 seconds"],
        || {
            let server = limited("--stall-timeout");
            let mut d = server.login();
            let mut data = d.epsv();
            d.expect("STOR new", 150);
            data.write_all(b"begun").expect("data");
            let reply = d.reply();
            drop(data);
            Ok(reply)
        },
    ),
    row(
        426,
        "download stalls",
        "The client reads no data of a download during the stall timeout.",
        ["\"/endless\"", "nothing moved for 1 seconds"],
        || {
            let server = limited("--stall-timeout");
            let mut d = server.login();
            let data = endless(&server, &mut d);
            let reply = d.reply();
            drop(data);
            Ok(reply)
        },
    ),
    row(
        426,
        "transfer aborted",
        "ABOR in the middle of a download.",
        ["\"/endless\"", "Transfer stopped after"],
        aborted,
    ),
    row(
        426,
        "end of file missing",
        "An upload in MODE B ends without the mark for the end of the file.",
        ["\"/new\"", "ended before its end-of-file mark"],
        || blocks(&block(0, b"cut off")),
    ),
    row(
        450,
        "file being stored",
        "STOR of a file that another session is storing.",
        ["\"/new\"", "in use by another session"],
        || busy("STOR new"),
    ),
    row(
        450,
        "file being stored, append",
        "APPE to a file that another session is storing.",
        ["\"/new\"", "in use by another session"],
        || busy("APPE new"),
    ),
    row(
        451,
        "file changes during a download",
        "A file is truncated while it is being sent.",
        ["\"/endless\"", "changed during the operation"],
        shrunk,
    ),
    row(
        451,
        "data marked as damaged",
        "A block of an upload is marked as suspected of errors.",
        ["\"/new\"", "marked as damaged"],
        || blocks(&block(32, b"who knows")),
    ),
    row(
        452,
        "disk full before any data",
        "STOR where the file system has no room for another name.",
        ["\"/one-more\"", "storage is full"],
        || full_disk("STOR one-more"),
    ),
    row(
        452,
        "disk full, directory",
        "MKD where the file system has no room for another name.",
        ["\"/one-more\"", "storage is full"],
        || full_disk("MKD one-more"),
    ),
    row(
        452,
        "disk full during an upload",
        "The disk fills up in the middle of a file.",
        ["\"/large\"", "storage is full"],
        disk_fills_up,
    ),
    row(
        452,
        "announced file does not fit",
        "ALLO for more than fits on the disk.",
        ["\"/\"", "storage is full"],
        || ask(&["ALLO 18446744073709551615"]),
    ),
];

/// A server with this timeout set to one second.
fn limited(option: &'static str) -> Server {
    Server::with(Setup { arguments: vec![option, "1"], ..Setup::default() })
}

fn full() -> Answer {
    let setup = Setup { arguments: vec!["--max-sessions", "1"], ..Setup::default() };
    let server = Server::with(setup);
    let _first = server.login();
    Ok(Dialogue::connect_silently(server.address()).reply())
}

fn wrong_passwords() -> Answer {
    let server = Server::start();
    let mut d = server.connect();
    for _ in 0..4 {
        d.expect(format!("USER {USER}"), 331);
        d.expect("PASS wrong", 530);
    }
    d.expect(format!("USER {USER}"), 331);
    Ok(d.ask("PASS wrong"))
}

fn stopped() -> Answer {
    let server = Server::start();
    let mut d = server.login();
    server.terminate();
    Ok(d.reply())
}

/// A server that does not exempt loopback from its guards, with one guard set.
fn guarded(setting: &'static str) -> Server {
    let arguments = vec!["--set", "guards.trusted=none", "--set", setting];
    Server::with(Setup { arguments, ..Setup::default() })
}

fn nobody_listens(verb: &str) -> Answer {
    let server = furnished();
    let mut d = server.login();
    let _refuses = d.active_refused(verb);
    d.expect("RETR f", 150);
    Ok(d.reply())
}

fn no_passive_port() -> Answer {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port();
    // Arguments must live as long as the program, so leak this one.
    let range: &'static str = format!("{port}-{port}").leak();
    let setup = Setup { arguments: vec!["--passive-ports", range], ..Setup::default() };
    Ok(Server::with(setup).login().ask("PASV"))
}

/// Begins an upload of `new` that stays open.
fn begun(d: &mut Dialogue) -> std::net::TcpStream {
    let mut data = d.epsv();
    d.expect("STOR new", 150);
    data.write_all(&noise(5000)).expect("data");
    wait_for("the bytes to be moved", || {
        d.expect("STAT", 211).text().contains(", 5000 bytes so far.").then_some(())
    });
    data
}

fn upload_reset() -> Answer {
    let server = Server::start();
    let mut d = server.login();
    reset(begun(&mut d));
    Ok(d.reply())
}

/// Begins a download that never ends by itself: the file takes no space on disk, and no buffer can
/// hold it.
fn endless(server: &Server, d: &mut Dialogue) -> std::net::TcpStream {
    let file = File::create(server.path("endless")).expect("a file");
    file.set_len(1 << 36).expect("a sparse file");
    let data = d.epsv();
    d.expect("RETR endless", 150);
    data
}

fn aborted() -> Answer {
    let server = Server::start();
    let mut d = server.login();
    let data = endless(&server, &mut d);
    let reply = d.ask("ABOR");
    drop(data);
    Ok(reply)
}

fn shrunk() -> Answer {
    let server = Server::start();
    let mut d = server.login();
    let data = endless(&server, &mut d);
    let file = File::options().write(true).open(server.path("endless")).expect("the file");
    file.set_len(64 << 20).expect("a shorter file");
    all(data);
    Ok(d.reply())
}

/// The last reply to an upload in MODE B.
fn blocks(bytes: &[u8]) -> Answer {
    let server = Server::start();
    let mut d = server.login();
    d.expect("MODE B", 200);
    Ok(d.store("STOR new", bytes))
}

fn busy(line: &str) -> Answer {
    let server = Server::start();
    let (mut one, mut other) = (server.login(), server.login());
    let data = begun(&mut one);
    other.epsv_address();
    let reply = other.ask(line);
    drop(data);
    one.reply().code(226);
    Ok(reply)
}

fn full_disk(line: &str) -> Answer {
    let server = on_a_small_disk("size=1m,nr_inodes=16")?;
    let mut d = server.login();
    let mut number = 0;
    // Fill the disk until it has no room for another directory.
    while d.ask(format!("MKD d{number}")).code == 257 {
        number += 1;
        assert!(number < 64, "the disk did not fill up");
    }
    d.epsv_address();
    Ok(d.ask(line))
}

fn disk_fills_up() -> Answer {
    let server = on_a_small_disk("size=1m")?;
    let mut d = server.login();
    let mut data = d.epsv();
    d.expect("STOR large", 150);
    // The server stops reading once the disk is full.
    let _ = data.write_all(&noise(4 << 20));
    drop(data);
    Ok(d.reply())
}
