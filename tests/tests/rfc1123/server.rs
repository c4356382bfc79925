//! What the server must do.

use std::io::{Read as _, Write as _};
use std::time::{Duration, Instant};

use packetboat_codes::{CODES, Status};
use packetboat_proto::verbs::VERBS;
use packetboat_tests::dialogue::{all, patient};
use packetboat_tests::{Server, Setup, accept};

pub(crate) fn image_and_local_8() {
    let server = Server::start();
    server.write("f", b"one\r\ntwo\n\0\xff");
    let mut d = server.login();
    for representation in ["TYPE I", "TYPE L 8"] {
        d.expect(representation, 200);
        assert_eq!(d.fetch("RETR f"), b"one\r\ntwo\n\0\xff");
    }
}

pub(crate) fn telnet_format() {
    let server = Server::start();
    server.write("f", "one\ntwo\n");
    let mut d = server.login();
    for representation in ["TYPE A N", "TYPE A T"] {
        d.expect(representation, 200);
        assert_eq!(d.fetch("RETR f"), b"one\r\ntwo\r\n");
    }
}

/// A header of four bytes, page 0, one byte of data, a simple page; then the last page (RFC 959
/// §3.1.2.3).
pub(crate) fn page_structure() {
    let server = Server::start();
    server.write("f", "x");
    let mut d = server.login();
    d.expect("STRU P", 200);
    let wire = d.fetch("RETR f");
    assert_eq!(wire[..5], [4, 0, 1, 1, b'x']);
    d.store("STOR g", &wire).code(226);
    assert_eq!(server.read("g"), b"x");
}

pub(crate) fn records_and_back() {
    let server = Server::start();
    let text = "one\n\nthree\n";
    server.write("f", text);
    let mut d = server.login();
    d.expect("TYPE A", 200);
    d.expect("STRU R", 200);
    let records = d.fetch("RETR f");
    d.store("STOR g", &records).code(226);
    assert_eq!(server.read("g"), text.as_bytes());
}

/// This test cannot see that the data is on the disk, only that it is in the file.
pub(crate) fn stored_before_110() {
    let server = Server::start();
    let mut d = server.login();
    d.expect("MODE B", 200);
    let mut data = d.epsv();
    d.expect("STOR f", 150);
    // A block of six bytes, then the marker `half` (RFC 959 §3.4.2).
    data.write_all(b"\0\0\x06hello \x10\0\x04half").expect("data");
    d.reply().code(110).says("MARK half = 6");
    assert_eq!(server.read(".f.part-packetboat"), b"hello ");
}

pub(crate) fn pasv() {
    let server = Server::start();
    server.write("f", "content");
    let mut d = server.login();
    let data = d.pasv();
    d.expect("RETR f", 150);
    assert_eq!(all(data), b"content");
    d.reply().code(226);
}

pub(crate) fn nlst_names() {
    let server = Server::start();
    std::fs::create_dir(server.path("d")).expect("a directory");
    for name in ["f", "d/g", "d/with space"] {
        server.write(name, "content");
    }
    let mut d = server.login();
    let inner = ["d/g", "d/with space"];
    for (directory, named) in [("NLST d", inner), ("NLST d/", inner), ("NLST", ["d", "f"])] {
        let names = String::from_utf8(d.fetch(directory)).expect("text");
        let mut names: Vec<_> = names.lines().collect();
        names.sort_unstable();
        assert_eq!(names, named, "{directory}");
        for name in names.into_iter().filter(|name| *name != "d") {
            assert_eq!(d.fetch(format!("RETR {name}")), b"content", "{directory}: {name}");
        }
    }
}

pub(crate) fn lists_are_text() {
    let server = Server::start();
    server.write("f", "content");
    let mut d = server.login();
    d.expect("TYPE I", 200);
    for line in ["LIST", "NLST"] {
        assert!(d.fetch(line).ends_with(b"f\r\n"), "{line}");
    }
}

pub(crate) fn site() {
    let server = Server::start();
    let mut d = server.login();
    d.expect("SITE HELP", 214).says("CHMOD");
    // A verb of the server's own would not be named in any document.
    assert!(VERBS.iter().filter(|row| row.built).all(|row| !row.source.contains("own")));
}

pub(crate) fn stou() {
    let server = Server::start();
    let mut d = server.login();
    let data = d.epsv();
    let text = d.expect("STOU", 150).text();
    let name = text.strip_prefix("FILE: /").expect("FILE and the name").to_owned();
    drop(data);
    d.reply().code(226);
    assert!(server.path(&name).exists(), "{name}");
}

pub(crate) fn any_chunking() {
    let server = Server::start();
    let mut d = server.connect();
    for byte in b"SYST\r\nNOO" {
        d.send_raw(&[*byte]);
    }
    d.reply().code(215);
    d.send_raw(b"P\r\nSYST\r\n");
    d.reply().code(200);
    d.reply().code(215);
}

pub(crate) fn well_formed() {
    let server = Server::start();
    server.write("f", "content");
    let mut d = server.login();
    // The test client accepts only CRLF and three digits, and every command has one reply.
    for line in ["FEAT", "HELP", "STAT", "STAT /", "MLST f", "XYZZY", "RETR", "NOOP"] {
        let reply = d.ask(line);
        let digits = |line: &[u8]| line.len() > 3 && line[..3].iter().all(u8::is_ascii_digit);
        let inner = &reply.lines[1..reply.lines.len().max(2) - 1];
        assert!(inner.iter().all(|line| !digits(line)), "{line}: {}", reply.text());
    }
    d.expect("QUIT", 221);
    assert!(d.next_reply().is_none());
}

pub(crate) fn codes_of_the_table() {
    for row in VERBS {
        for code in row.replies.iter() {
            let known = CODES.iter().find(|known| known.code == code).expect("a known code");
            let old = matches!(known.status, Status::Historic | Status::Vendor);
            assert!(!old, "{} may send {code}", row.name);
        }
    }
}

pub(crate) fn active_from() {
    let server = Server::start();
    server.write("f", "content");
    let mut d = server.login();
    let listener = d.active("PORT");
    d.expect("RETR f", 150);
    let data = accept(&listener);
    let from = data.peer_addr().expect("an address");
    assert_eq!(from.ip(), server.address().ip());
    // Port L-1 is used if it is available; another program may have it, and below 1024 it needs
    // privileges.
    assert_ne!(from.port(), server.address().port());
    all(patient(data));
    d.reply().code(226);
}

pub(crate) fn telnet() {
    let server = Server::start();
    let mut d = server.connect();
    // DO ECHO and WILL SUPPRESS-GO-AHEAD are refused with WONT and DONT.
    d.send_raw(b"\xff\xfd\x01\xff\xfb\x03");
    let mut refusals = [0; 6];
    d.stream().read_exact(&mut refusals).expect("refusals");
    assert_eq!(refusals, *b"\xff\xfc\x01\xff\xfe\x03");
    d.expect("NOOP", 200);
}

/// RFC 1123 §4.1.2.13.
pub(crate) fn minimum() {
    const VERBS_OF_THE_MINIMUM: [&str; 26] = [
        "USER", "PASS", "ACCT", "PORT", "PASV", "TYPE", "MODE", "STRU", "RETR", "STOR", "APPE",
        "RNFR", "RNTO", "DELE", "CWD", "CDUP", "RMD", "MKD", "PWD", "LIST", "NLST", "SYST", "STAT",
        "HELP", "NOOP", "QUIT",
    ];
    let built = |name: &str| VERBS.iter().any(|row| row.name == name && row.built);
    let missing: Vec<&str> = VERBS_OF_THE_MINIMUM.into_iter().filter(|name| !built(name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    let server = Server::start();
    let mut d = server.login();
    for line in ["TYPE A", "TYPE A N", "TYPE I", "TYPE L 8", "MODE S", "STRU F"] {
        d.expect(line, 200);
    }
}

pub(crate) fn experimental_names() {
    let server = Server::start();
    let mut d = server.login();
    let lines = [("XMKD d", 257), ("XCWD d", 250), ("XPWD", 257), ("XCUP", 250), ("XRMD d", 250)];
    for (line, code) in lines {
        d.expect(line, code);
    }
}

pub(crate) fn idle_timeout() {
    let setup = Setup { arguments: vec!["--idle-timeout", "5"], ..Setup::default() };
    let server = Server::with(setup);
    let mut quiet = server.login();
    let mut busy = server.login();
    let mut data = busy.epsv();
    busy.expect("STOR f", 150);
    quiet.reply().code(421).says("No command for 5 seconds");
    // The transfer has taken longer than the idle timeout, which does not count during a transfer.
    let waited = Instant::now();
    while waited.elapsed() < Duration::from_secs(1) {
        data.write_all(b"x").expect("data");
        std::thread::sleep(Duration::from_millis(100));
    }
    drop(data);
    busy.reply().code(226);
}

pub(crate) fn idle_default() {
    let help = packetboat_tests::program::run(&mut packetboat_tests::program::client(&[
        "serve", "--help",
    ]));
    let text = help.ok().stdout;
    let option = text.split("--idle-timeout").nth(1).expect("the option");
    let default = option.split("[default: ").nth(1).expect("a default");
    let minutes = default.split("m]").next().and_then(|n| n.parse::<u32>().ok());
    assert!(minutes.expect("minutes") >= 5, "{default}");
}

pub(crate) fn during_a_transfer() {
    let server = Server::start();
    let mut d = server.login();
    let mut data = d.epsv();
    d.expect("STOR f", 150);
    data.write_all(b"begun").expect("data");
    d.expect("STAT", 211).says("STOR f is running");
    d.expect("ABOR", 426);
    d.reply().code(226);
}
