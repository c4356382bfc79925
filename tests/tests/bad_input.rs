//! Input that no client should send: it gets the right 5xx reply or a clean end, never a panic, and
//! never harms another session.

use std::ffi::OsStr;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::os::unix::ffi::OsStrExt as _;

use packetboat_tests::dialogue::patient;
use packetboat_tests::{Dialogue, PASSWORD, Server, USER, noise};

#[test]
fn a_line_that_is_too_long() {
    let server = Server::start();
    let mut d = server.login();
    for length in [5_000, 100_000, 3_000_000] {
        let line = [b"CWD ".as_slice(), &vec![b'x'; length]].concat();
        d.expect(line, 500).says("The line is too long; commands may have at most");
        d.expect("NOOP", 200);
    }
    // Within the limit for lines, but longer than any name may be.
    d.expect(format!("CWD {}", "x".repeat(300)), 550);
    d.expect(format!("MKD {}", "x".repeat(300)), 553).says("shorter");
    d.expect(format!("STAT {}", "d/".repeat(1500)), 550);
    server.check_health();
}

#[test]
fn bytes_that_no_command_may_hold() {
    let server = Server::start();
    let mut d = server.login();
    d.expect(b"CWD a\0b", 501).says("NUL or CR");
    d.expect(b"CWD a\rb", 501).says("NUL or CR");
    d.expect(b"MKD a\r\0b", 501);
    d.expect(b"\0\0\0", 500);
    d.expect(b"\x80\x81\x82 x", 500);
    d.expect(b"CWD\tx", 500);
    // A bare LF ends a line like CRLF, because people type commands with netcat.
    d.send_raw(b"NOOP\nPWD\n");
    d.reply().code(200);
    d.reply().code(257);
    assert!(server.names().is_empty());
    server.check_health();
}

#[test]
fn telnet_sequences_are_taken_out_and_options_refused() {
    let server = Server::start();
    let mut d = server.login();
    // NOP, GA and AYT within a command; a subnegotiation that contains an escaped IAC.
    d.expect(b"NO\xff\xf1OP\xff\xf9", 200);
    d.expect(b"\xff\xfa\x18\x01abc\xff\xffdef\xff\xf0PWD", 257);
    // Escaped, 255 is a byte like any other.
    d.expect(b"MKD a\xff\xffb", 257);
    assert!(server.folder().join(OsStr::from_bytes(b"a\xffb")).is_dir());
    // DO and WILL are refused, DONT and WONT are not answered (RFC 1123 §4.1.2.12).
    d.send_raw(b"\xff\xfd\x01\xff\xfb\x03\xff\xfe\x05\xff\xfc\x06");
    let mut refusals = [0; 6];
    d.stream().read_exact(&mut refusals).expect("refusals");
    assert_eq!(refusals, *b"\xff\xfc\x01\xff\xfe\x03");
    d.expect("NOOP", 200);
    server.check_health();
}

#[test]
fn arguments_that_are_missing_surplus_or_out_of_range() {
    let server = Server::start();
    let mut d = server.login();
    let needy =
        ["CWD", "MKD", "RMD", "DELE", "RNFR", "RNTO", "SIZE", "MDTM", "REST", "ALLO", "OPTS"];
    for verb in needy {
        d.expect(verb, 501).says(&format!("{verb} needs an argument; send {verb} "));
    }
    for verb in ["PORT", "EPRT", "SITE", "TYPE", "STRU", "MODE", "RETR", "STOR", "APPE", "USER"] {
        d.expect(verb, 501);
    }
    for line in ["PWD x", "CDUP x", "SYST x", "FEAT x", "PASV x", "QUIT x", "ABOR x"] {
        d.expect(line, 501).says("takes no argument");
    }
    let numbers = [
        "REST -1",
        "REST 18446744073709551616",
        "REST 1e3",
        "REST 0x10",
        "REST 1 2",
        "ALLO 99999999999999999999999",
        "ALLO -5",
        "EPSV 99999999999999",
        "EPRT |1|127.0.0.1|99999|",
        "EPRT |1|300.0.0.1|4000|",
        "EPRT |1|::1|4000|",
        "EPRT",
        "EPRT |",
        "PORT 256,0,0,1,10,10",
        "PORT 127,0,0,1,10",
        "PORT 127,0,0,1,10,10,10",
        "PORT 127,0,0,1,,10",
        "PORT -127,0,0,1,10,10",
        "SITE CHMOD 77777 f",
        "SITE CHMOD f",
        "TYPE L 99999999999999999999",
    ];
    for line in numbers {
        d.expect(line, 501);
    }
    // The largest offset possible; no file is that long.
    server.write("f", "x");
    d.expect(format!("REST {}", u64::MAX), 350);
    d.epsv_address();
    d.expect("RETR f", 554);
    d.expect(format!("REST {}", u64::MAX), 350);
    d.expect("STOR f", 554);
    assert_eq!(server.read("f"), b"x");
    server.check_health();
}

/// STAT used to show such a name with a `?` instead of the line end, and no command could find it
/// under that name.
#[test]
fn a_name_that_no_line_can_carry_is_in_no_listing() {
    let server = Server::start();
    std::fs::create_dir(server.path("d")).expect("a directory");
    for name in ["a\nb", "a\rb", "plain"] {
        server.write(format!("d/{name}").as_str(), "x");
    }
    let mut d = server.login();
    for line in ["LIST d", "NLST d", "MLSD d"] {
        let listing = String::from_utf8(d.fetch(line)).expect("text");
        assert_eq!(listing.lines().count(), 1, "{line}: {listing}");
        assert!(listing.contains("plain"), "{line}: {listing}");
    }
    let status = d.expect("STAT d", 212).text();
    assert!(status.contains(" plain") && !status.contains("a?b"), "{status}");
    assert_eq!(status.matches("-rw").count(), 1, "{status}");
}

#[test]
fn names_of_any_bytes_make_the_round_trip() {
    let server = Server::start();
    let mut d = server.login();
    let names: [&[u8]; 7] = [
        b"\xc3\x28 not utf-8 \xfe",
        b"  spaces  around  ",
        b"-la",
        b"tab\tand\x1b[31mescape",
        "\u{fc}ml\u{e4}ut \u{65e5}\u{672c}".as_bytes(),
        b"*?[x]",
        b"\"quoted\"",
    ];
    for name in names {
        let line = |verb: &str| [verb.as_bytes(), b" /", name].concat();
        d.store(line("STOR"), name).code(226);
        assert_eq!(
            std::fs::read(server.folder().join(OsStr::from_bytes(name))).ok(),
            Some(name.to_vec())
        );
        assert_eq!(d.fetch(line("RETR")), name);
        d.expect(line("SIZE"), 213);
    }
    let mut listed: Vec<Vec<u8>> = d
        .fetch("NLST")
        .split(|&byte| byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line).to_vec())
        .filter(|line| !line.is_empty())
        .collect();
    listed.sort();
    let mut expected: Vec<Vec<u8>> = names.map(<[u8]>::to_vec).to_vec();
    expected.sort();
    assert_eq!(listed, expected);
    for name in names {
        d.expect([b"DELE /", name].concat(), 250);
    }
    // The log keeps one line per event, whatever the names are.
    server.wait_for_log("\\u{1b}[31mescape");
    assert!(!server.log().contains('\u{1b}'));
    server.check_health();
}

#[test]
fn half_a_line_and_then_the_end() {
    let server = Server::start();
    for half in ["", "U", "USER al", "USER alice\r", "\u{ff}", "RETR x"] {
        let mut d = server.connect();
        d.send_raw(half.as_bytes());
        d.finish_sending();
        assert!(d.next_reply().is_none(), "{half:?}");
    }
    // A complete line is executed first.
    let mut d = server.connect();
    d.send_raw(b"SYST\r\nNOOP\r\nSY");
    d.finish_sending();
    d.reply().code(215);
    d.reply().code(200);
    assert!(d.next_reply().is_none());
    server.check_health();
}

#[test]
fn a_client_that_disconnects_after_any_byte() {
    let server = Server::start();
    server.write("f", "content");
    let dialogue = format!(
        "USER {USER}\r\nPASS {PASSWORD}\r\nTYPE I\r\nMKD d\r\nEPSV\r\nNLST\r\nREST 3\r\n\
         PASV\r\nRETR f\r\nABOR\r\nEPSV\r\nSTOR g\r\nABOR\r\nRNFR f\r\nRNTO f\r\nSTAT\r\nQUIT\r\n"
    );
    for length in 0..=dialogue.len() {
        let mut d = Dialogue::connect_silently(server.address());
        d.send_raw(&dialogue.as_bytes()[..length]);
        // In turn: a proper end, an early close, and a reset that cuts off what is under way.
        match length % 3 {
            0 => d.finish_sending(),
            1 => drop(d),
            _ => d.reset(),
        }
    }
    server.check_health();
    assert_eq!(server.read("f"), b"content");
    assert!(!server.path("g").exists());
}

#[test]
fn garbage_on_many_connections_at_once_harms_no_other() {
    let server = Server::start();
    server.write("f", noise(300_000));
    let mut quiet = server.login();
    let garbage = noise(20_000);
    let mut connections: Vec<TcpStream> = (0..200)
        .map(|_| patient(TcpStream::connect(server.address()).expect("the server")))
        .collect();
    for (number, connection) in connections.iter_mut().enumerate() {
        let start = number * 50;
        // The server may hang up on random bytes that spell QUIT.
        let _ = connection.write_all(&garbage[start..start + 5_000]);
    }
    assert!(quiet.fetch("RETR f") == noise(300_000));
    quiet.expect("MKD d", 257);
    for connection in &mut connections {
        let _ = connection.shutdown(Shutdown::Write);
        let mut replies = Vec::new();
        // It must end, and with valid replies up to then.
        let _ = connection.read_to_end(&mut replies);
        assert!(replies.starts_with(b"220 "), "{}", String::from_utf8_lossy(&replies));
    }
    quiet.expect("NOOP", 200);
    server.check_health();
}
