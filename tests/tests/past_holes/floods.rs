//! A few bytes that cause endless work, or use up memory or descriptors: patterns, storms of
//! commands and Telnet, overflowing ranges, files that block, and one address that takes all
//! sessions.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::process::Command;
use std::time::{Duration, Instant};

use packetboat_tests::dialogue::{connect_from, patient};
use packetboat_tests::program::run;
use packetboat_tests::{Dialogue, Server, Setup, USER, wait_for};

use crate::{Ground, login};

/// Far longer than any of this takes on a busy machine, and far shorter than such patterns took
/// elsewhere.
const SOON: Duration = Duration::from_secs(30);

/// The memory of a process, in bytes.
fn resident(server: &Server) -> u64 {
    let status =
        std::fs::read_to_string(format!("/proc/{}/status", server.pid())).expect("its state");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("a line");
    let kib: u64 =
        line.split_whitespace().nth(1).and_then(|word| word.parse().ok()).expect("a number");
    kib << 10
}

/// Checks that commands are answered soon, while another session works.
fn soon(server: &Server, d: &mut Dialogue, lines: &[String]) {
    let mut other = server.login();
    for line in lines {
        let begun = Instant::now();
        let data = d.epsv();
        d.send(line);
        other.expect("PWD", 257);
        if d.reply().code == 150 {
            let mut sink = std::io::sink();
            std::io::copy(&mut &data, &mut sink).expect("data");
            d.reply();
        }
        let took = begun.elapsed();
        assert!(took < SOON, "{} took {took:?}", &line[..line.len().min(60)]);
    }
}

/// CVE-2001-1501, CVE-2009-2521, CVE-2010-2632, CVE-2011-0418, CVE-2011-0762: patterns that explode
/// through `*/../`, through braces, or through stars that try every combination.
#[test]
fn no_pattern_takes_time_or_memory_without_end() {
    let server = Server::start();
    for directory in 0..40 {
        std::fs::create_dir(server.path(&format!("d{directory}"))).expect("a directory");
    }
    // A name on which stars have many possibilities.
    let long = "a".repeat(250);
    for last in 'b'..='k' {
        server.write(&format!("{long}{last}"), "x");
    }
    let patterns = [
        "*/../".repeat(100) + "*",
        "*/".repeat(800) + "*",
        "*/../*/../*/../*/../*/../*/../*".to_owned(),
        "*a".repeat(120) + "z",
        "*".repeat(2000),
        "?*".repeat(120),
        "*[a-z]".repeat(150),
        "[".repeat(2000),
        "[!".repeat(100),
        "{a,b}".repeat(300),
        "{".repeat(1000) + &",".repeat(500) + &"}".repeat(1000),
        "{{*,*},{*,*}}/../".repeat(40),
        "{..,..,..}/".repeat(100) + "*cx",
        "~{".to_owned(),
        "~{,".repeat(100),
        "\\".repeat(2000),
        "*\\".repeat(500),
    ];
    let mut lines = Vec::new();
    for pattern in &patterns {
        for verb in ["LIST", "NLST", "MLSD", "STAT", "LIST -laR", "SIZE", "RETR", "DELE"] {
            lines.push(format!("{verb} {pattern}"));
        }
    }
    let before = resident(&server);
    soon(&server, &mut server.login(), &lines);
    let grown = resident(&server).saturating_sub(before);
    assert!(grown < 64 << 20, "{} MiB", grown >> 20);
    assert_eq!(server.names().len(), 50);
    server.check_health();
}

/// STAT of a directory sends its listing over the control connection, where perhaps nobody reads
/// it.
#[test]
fn stat_of_a_huge_directory_holds_nobody_up_and_takes_no_memory() {
    let server = Server::start();
    std::fs::create_dir(server.path("huge")).expect("a directory");
    for number in 0..20_000 {
        std::fs::write(server.path(&format!("huge/a-rather-long-name-of-a-file-{number}")), "")
            .expect("a file");
    }
    let before = resident(&server);
    // These clients send commands and never read.
    let deaf: Vec<Dialogue> = (0..20)
        .map(|_| {
            let mut d = server.login();
            d.send_raw(&b"STAT huge\r\n".repeat(50));
            d
        })
        .collect();
    let mut d = server.login();
    let reply = d.ask("STAT huge");
    assert!([212, 213, 450, 451, 550, 552].contains(&reply.code), "{}", reply.code);
    d.expect("NOOP", 200);
    let grown = resident(&server).saturating_sub(before);
    assert!(grown < 100 << 20, "{} MiB", grown >> 20);
    drop(deaf);
    server.check_health();
}

/// Numbers that are negative, wrap around, or end before they start.
#[test]
fn no_range_reads_or_writes_where_it_should_not() {
    let server = Server::start();
    server.write("f", "0123456789");
    let mut d = server.login();
    let max = u64::MAX;
    let signed = i64::MAX;
    let over = "18446744073709551617";
    for line in [
        "REST -1".to_owned(),
        format!("REST {over}"),
        "REST +1".to_owned(),
        "REST 1-2".to_owned(),
        "RANG -1 5".to_owned(),
        "RANG 5".to_owned(),
        format!("RANG 0 {over}"),
        format!("RANG {over} 1"),
        "XCRC \"f\" -1 5".to_owned(),
        format!("XCRC \"f\" {over} 5"),
        format!("XCRC \"f\" 0 {over}"),
        "ALLO -1".to_owned(),
        format!("ALLO {over}"),
        "ALLO 5 R -1".to_owned(),
        "MFMT 20201301000000 f".to_owned(),
        "MFMT 20200230000000 f".to_owned(),
        "MFMT 00000000000000 f".to_owned(),
        "MFMT 20200101250000 f".to_owned(),
        "MFMT -0200101000000 f".to_owned(),
        "MFMT 2020010100000 f".to_owned(),
        "MFMT 999999999999999999 f".to_owned(),
        "SITE UTIME 20201399999999 f".to_owned(),
        "MFF UNIX.mode=-1; f".to_owned(),
        "MFF UNIX.mode=777777; f".to_owned(),
        "SITE CHMOD -1 f".to_owned(),
        "SITE CHMOD 4294967296 f".to_owned(),
        "EPSV -1".to_owned(),
        "TYPE L -8".to_owned(),
    ] {
        let reply = d.ask(&line);
        assert!((500..600).contains(&reply.code), "{line}: {} {}", reply.code, reply.text());
    }
    // Valid numbers of something that does not exist.
    for line in [
        format!("RANG 5 {max}"),
        format!("RANG {max} {max}"),
        format!("RANG {signed} {signed}"),
        "RANG 9 3".to_owned(),
        "RANG 20 30".to_owned(),
        format!("REST {max}"),
        format!("REST {}", max - 1),
        format!("REST {signed}"),
        format!("REST {}", 1_u64 << 63),
        "REST 11".to_owned(),
    ] {
        for verb in ["RETR f", "STOR f", "APPE f", "HASH f"] {
            let mut d = server.login();
            let set = d.ask(&line).code;
            assert!(set == 350 || set >= 500, "{line}: {set}");
            let mut data = d.epsv();
            let reply = d.ask(verb);
            let mut came = Vec::new();
            if reply.code == 150 {
                data.shutdown(std::net::Shutdown::Write).expect("a data connection");
                data.read_to_end(&mut came).expect("data");
                d.reply();
            }
            assert!(
                b"0123456789".ends_with(&came) || b"0123456789".starts_with(&came),
                "{line} {verb}"
            );
            let now = server.read("f");
            let kept = now == b"0123456789" || (set >= 500 && verb == "STOR f");
            assert!(kept, "{line} {verb}: {} bytes", now.len());
            server.write("f", "0123456789");
        }
    }
    for line in [
        format!("XCRC \"f\" 5 {max}"),
        format!("XCRC \"f\" {max} {max}"),
        format!("XMD5 \"f\" {signed} 0"),
        "XCRC \"f\" 9 3".to_owned(),
    ] {
        let reply = d.ask(&line);
        assert!(reply.code == 250 || reply.code >= 500, "{line}: {}", reply.text());
    }
    server.check_health();
}

/// Names that block whoever opens them: FIFOs, devices, sockets, also behind a link.
#[test]
fn nothing_that_blocks_is_ever_opened() {
    let server = Server::start();
    server.write("f", "x");
    assert!(run(Command::new("mkfifo").arg(server.path("fifo"))).status.success());
    let _socket = std::os::unix::net::UnixListener::bind(server.path("socket")).expect("a socket");
    std::os::unix::fs::symlink("fifo", server.path("link")).expect("a link");
    let mut names = vec!["fifo", "socket", "link"];
    // Only root can create devices.
    let device = run(Command::new("mknod").arg(server.path("zero")).args(["c", "1", "5"]));
    if device.status.success() {
        names.push("zero");
    }
    let mut d = server.login();
    for name in names {
        for verb in [
            "RETR",
            "STOR",
            "APPE",
            "XCRC",
            "XSHA256",
            "MD5",
            "HASH",
            "SITE CPFR",
            "COMB \"f\"",
            "COMB \"new\"",
        ] {
            let data = d.epsv();
            let reply = d.ask(format!("{verb} {name}"));
            if reply.code == 350 {
                let reply = d.ask("SITE CPTO copy");
                assert!(reply.code >= 500, "{verb} {name}: {}", reply.text());
            } else {
                assert!(reply.code >= 500, "{verb} {name}: {} {}", reply.code, reply.text());
            }
            drop(data);
        }
        for verb in ["REST 1|STOR", "RANG 0 5|RETR"] {
            let (first, verb) = verb.split_once('|').expect("two");
            d.expect(first, 350);
            let _data = d.epsv();
            let reply = d.ask(format!("{verb} {name}"));
            assert!(reply.code >= 500, "{verb} {name}: {}", reply.text());
        }
    }
    assert_eq!(server.read("f"), b"x");
    assert!(!server.path("copy").exists() && !server.path("new").exists());
    // They can be deleted by users who may delete files.
    d.expect("DELE fifo", 250);
    server.check_health();
}

/// CVE-2010-4221, CVE-2019-18217, CVE-2020-9273: endless Telnet commands, endless lines, ABOR at
/// any time.
#[test]
fn no_storm_takes_memory_or_descriptors_with_it() {
    let server = Server::with(Setup { arguments: vec!["--log", "off"], ..Setup::default() });
    server.write("f", packetboat_tests::noise(1 << 20));
    server.check_health();
    let (memory, descriptors) = (resident(&server), server.descriptors());
    let storms: Vec<Vec<u8>> = vec![
        b"\xff\xf1".repeat(200_000),
        b"\xff".repeat(400_001),
        b"\xff\xfd\x01".repeat(100_000),
        [b"\xff\xfa".to_vec(), b"x".repeat(400_000)].concat(),
        b"\xff\xf4\xff\xf2ABOR\r\n".repeat(20_000),
        b"x".repeat(8 << 20),
        b"\0".repeat(1 << 20),
        b"\r".repeat(1 << 20),
        b"EPSV\r\n".repeat(5_000),
        b"PASV\r\nEPSV\r\nABOR\r\n".repeat(2_000),
        b"EPSV\r\nRETR f\r\nABOR\r\n".repeat(1_000),
        b"USER x\r\n".repeat(5_000),
        b"REST 1\r\nRNFR f\r\n".repeat(5_000),
        b"OPTS MLST a;b;c;\r\n".repeat(5_000),
    ];
    for storm in &storms {
        let d = server.login();
        let mut writer = d.stream().try_clone().expect("a socket");
        let (bytes, end) = (storm.clone(), b"\r\nABOR\r\nQUIT\r\n");
        let writing = std::thread::spawn(move || {
            // The server may end the session.
            let _ = writer.write_all(&bytes).and_then(|()| writer.write_all(end));
            let _ = writer.shutdown(std::net::Shutdown::Write);
        });
        // Read all replies until the server or the client has had enough.
        let mut answered = Vec::new();
        let mut reader = d.stream();
        let _ = reader.read_to_end(&mut answered);
        writing.join().expect("the storm");
        d.finish_sending();
    }
    wait_for("the descriptors to be closed", || {
        (server.descriptors() <= descriptors + 2).then_some(())
    });
    let grown = resident(&server).saturating_sub(memory);
    assert!(grown < 32 << 20, "{} MiB", grown >> 20);
    server.check_health();
}

/// One address takes all it may have; others can still connect, log in and transfer files.
#[test]
fn one_address_cannot_keep_the_others_out() {
    let arguments = vec!["--set", "guards.trusted=none", "--set", "guards.sessions=5"];
    let server = Server::with(Setup { arguments, ..Setup::default() });
    server.write("f", "x");
    let from =
        |last| connect_from(Ipv4Addr::new(127, 0, 0, last), server.address()).expect("the server");
    // It opens many connections, some of which send something, and keeps what it gets.
    let mut taken: Vec<TcpStream> = (0..200).map(|_| patient(from(2))).collect();
    let mut greeted = 0;
    for stream in &mut taken {
        let mut code = [0; 3];
        stream.read_exact(&mut code).expect("a code");
        greeted += usize::from(&code == b"220");
        assert!([b"220", b"421"].contains(&&code), "{code:?}");
    }
    assert_eq!(greeted, 5);
    for last in 3..13 {
        let mut d = Dialogue::over(from(last));
        d.reply().code(220);
        d.login(USER, packetboat_tests::PASSWORD);
        d.expect("TYPE I", 200);
        d.expect("SIZE f", 213);
    }
    drop(taken);
    wait_for("its own places again", || {
        (Dialogue::over(from(2)).reply().code == 220).then_some(())
    });
}

/// A file of holes takes no disk space but counts in full, and two sessions cannot get past the
/// quota together.
#[test]
fn holes_and_two_sessions_at_once_do_not_get_around_a_quota() {
    let ground = Ground::new();
    ground.add(&["anna", "--rights", "all", "--quota", "100KiB"]).ok();
    let server = ground.serve(Setup::default());
    let mut d = login(&server, "anna");
    // An offset far after the end creates a hole.
    d.expect("REST 1000000000", 350);
    let _data = d.epsv();
    let reply = d.ask("STOR hole");
    assert!(reply.code >= 500, "{} {}", reply.code, reply.text());
    let sent = vec![7; 90 << 10];
    let codes: Vec<u16> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..6)
            .map(|number| {
                let mut d = login(&server, "anna");
                let sent = &sent;
                scope.spawn(move || {
                    let mut data = d.epsv();
                    let first = d.ask(format!("STOR f{number}"));
                    if first.code != 150 {
                        return first.code;
                    }
                    // The server may have stopped reading.
                    let _ = data.write_all(sent);
                    drop(data);
                    d.reply().code
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("a session")).collect()
    });
    assert!(codes.iter().all(|code| [226, 552, 452].contains(code)), "{codes:?}");
    let stored: u64 = std::fs::read_dir(server.folder())
        .expect("the folder")
        .map(|entry| entry.expect("an entry").metadata().expect("its size").len())
        .sum();
    assert!(stored <= 100 << 10, "{stored} bytes, {codes:?}");
    // Copies and joins count like uploads.
    for line in ["SITE CPFR f0", "SITE CPTO c0", "SITE CPFR f1", "SITE CPTO c1"] {
        d.ask(line);
    }
    let stored: u64 = std::fs::read_dir(server.folder())
        .expect("the folder")
        .map(|entry| entry.expect("an entry").metadata().expect("its size").len())
        .sum();
    assert!(stored <= 100 << 10, "{stored} bytes");
}
