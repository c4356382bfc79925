//! Attacks on connections: bouncing, theft of data connections, commands injected after AUTH,
//! truncated TLS, and a forgotten EPSV ALL.

use std::io::{ErrorKind, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};

use packetboat_tests::dialogue::{all, connect_from, patient, reset};
use packetboat_tests::tls::{TlsServer, config, end, over};
use packetboat_tests::{PASSWORD, Server, Setup, USER};

/// CVE-1999-0017: a server that connects wherever it is told to can be used to scan ports, and to
/// speak SMTP under a client's name.
#[test]
fn no_verb_makes_the_server_connect_to_another_or_to_a_low_port() {
    let server = Server::start();
    server.write("f", "MAIL FROM:<x>");
    // Another address of this machine, where nobody must ever connect.
    let other = TcpListener::bind((Ipv4Addr::new(127, 0, 0, 2), 0)).expect("a port");
    other.set_nonblocking(true).expect("a socket");
    let port = other.local_addr().expect("an address").port();
    let (high, low) = (port >> 8, port & 255);
    let mut d = server.login();
    let mut lines = vec![
        format!("PORT 127,0,0,2,{high},{low}"),
        format!("PORT 127,0,0,02,{high},{low}"),
        format!("EPRT |1|127.0.0.2|{port}|"),
        format!("EPRT |2|::ffff:127.0.0.2|{port}|"),
        format!("EPRT |2|::127.0.0.2|{port}|"),
        format!("EPRT |2|::ffff:7f00:2|{port}|"),
        format!("EPRT |1|2130706434|{port}|"),
        format!("EPRT |1|0x7f.0.0.2|{port}|"),
        format!("EPRT |1|127.2|{port}|"),
        format!("EPRT |1|localhost|{port}|"),
        format!("EPRT |2|::1%lo|{port}|"),
        format!("LPRT 4,4,127,0,0,2,2,{high},{low}"),
        format!("LPRT 6,16,0,0,0,0,0,0,0,0,0,0,255,255,127,0,0,2,2,{high},{low}"),
        format!("PORT 0,0,0,0,{high},{low}"),
        format!("EPRT |1|0.0.0.0|{port}|"),
        format!("EPRT |2|::|{port}|"),
        format!("PORT 255,255,255,255,{high},{low}"),
        format!("PORT 224,0,0,1,{high},{low}"),
        // Numbers that are too large wrap around to another address or to a low port.
        format!("PORT 383,0,0,1,{high},{low}"),
        "PORT 127,0,0,1,256,25".to_owned(),
        "PORT 127,0,0,1,65536,25".to_owned(),
        "EPRT |1|127.0.0.1|65561|".to_owned(),
        "EPRT |1|127.0.0.1|-1|".to_owned(),
    ];
    for low in [0, 1, 20, 21, 22, 25, 80, 1023] {
        lines.push(format!("PORT 127,0,0,1,{},{}", low >> 8, low & 255));
        lines.push(format!("EPRT |1|127.0.0.1|{low}|"));
        lines.push(format!("LPRT 4,4,127,0,0,1,2,{},{}", low >> 8, low & 255));
    }
    for line in &lines {
        let reply = d.ask(line);
        assert!(reply.code >= 500, "{line}: {} {}", reply.code, reply.text());
        // What was refused must not be used by a later transfer.
        for verb in ["RETR f", "LIST", "STOR g"] {
            let reply = d.ask(verb);
            assert!([425, 503].contains(&reply.code), "{verb} after {line}: {}", reply.text());
        }
    }
    assert_eq!(other.accept().expect_err("nobody came").kind(), ErrorKind::WouldBlock);
    assert_eq!(server.names(), ["f"]);
    server.check_health();
}

/// The same over time: an address agreed before login, or by another user, is forgotten.
#[test]
fn an_address_does_not_outlive_the_login_it_was_named_in() {
    let server = Server::start();
    server.write("f", "x");
    for line in ["PORT 127,0,0,1,200,10", "EPRT |1|127.0.0.1|51210|", "EPSV", "PASV"] {
        let mut d = server.connect();
        d.expect(line, 530);
        d.login(USER, PASSWORD);
        let listener = d.active("EPRT");
        d.expect("REIN", 220);
        d.login("anonymous", "x");
        let reply = d.ask("RETR f");
        assert!([425, 503].contains(&reply.code), "{}", reply.text());
        listener.set_nonblocking(true).expect("a socket");
        assert_eq!(listener.accept().expect_err("nobody came").kind(), ErrorKind::WouldBlock);
    }
}

/// Strangers who connect to a passive port wait in its queue until the transfer begins. Ten of them
/// used to be enough to fill the queue and keep the client out.
#[test]
fn strangers_who_queue_up_at_a_passive_port_do_not_keep_the_client_out() {
    let server = Server::start();
    server.write("f", "for you alone");
    let mut d = server.login();
    for _ in 0..3 {
        let address = d.epsv_address();
        let strangers: Vec<TcpStream> = (0..100)
            .map(|number| {
                let from = Ipv4Addr::new(127, 0, 1 + number / 50, 2 + number % 50);
                connect_from(from, address).expect("the port")
            })
            .collect();
        let data = patient(TcpStream::connect(address).expect("the port"));
        d.expect("RETR f", 150);
        assert_eq!(all(data), b"for you alone");
        d.reply().code(226);
        drop(strangers);
    }
    server.check_health();
}

/// CVE-1999-0351, "pizza thief": whoever connects first to the passive port gets the file, or
/// supplies one.
#[test]
fn a_thief_at_a_passive_port_gets_and_gives_nothing() {
    for range in [None, Some("42000-42999")] {
        let arguments = range.map_or_else(Vec::new, |range| vec!["--passive-ports", range]);
        let server = Server::with(Setup { arguments, ..Setup::default() });
        server.write("f", "for you alone");
        let mut d = server.login();
        for verb in ["RETR f", "STOR g", "LIST", "APPE f"] {
            let address = d.epsv_address();
            // Many thieves, who send data immediately and stay connected.
            let thieves: Vec<TcpStream> = (2..12)
                .map(|last| {
                    let thief = connect_from(Ipv4Addr::new(127, 0, 0, last), address);
                    let mut thief = thief.expect("the port");
                    // The connection may be closed already.
                    let _ = thief.write_all(b"stolen");
                    thief
                })
                .collect();
            d.send(verb);
            let mut data = patient(TcpStream::connect(address).expect("the port"));
            d.reply().code(150);
            if verb.starts_with("RETR") {
                assert_eq!(all(data), b"for you alone");
            } else if verb == "LIST" {
                assert!(!all(data).is_empty());
            } else {
                data.write_all(b", mine").expect("data");
                drop(data);
            }
            d.reply().code(226);
            for thief in thieves {
                let mut thief = thief;
                let mut came = Vec::new();
                // Closed or reset: what matters is that nothing arrived.
                let _ = std::io::Read::read_to_end(&mut thief, &mut came);
                assert!(came.is_empty(), "{verb}: {}", String::from_utf8_lossy(&came));
            }
        }
        assert_eq!(server.read("f"), b"for you alone, mine");
        assert_eq!(server.read("g"), b", mine");
        server.wait_for_log("refused a data connection from 127.0.0.");
    }
}

/// CVE-2011-1575 and similar: a clear-text command in the same packet as AUTH is executed under
/// TLS.
#[test]
fn nothing_pipelined_behind_auth_is_carried_out_under_tls() {
    for injected in [
        "DELE f",
        "USER alice\r\nPASS correct horse\r\nDELE f",
        "PBSZ 0\r\nPROT C",
        "HOST elsewhere",
        "\r\n\r\n",
        "D",
    ] {
        for auth in ["AUTH TLS", "AUTH TLS-C", "AUTH SSL", "auth tls"] {
            let server = TlsServer::with(&[]);
            server.server.write("f", "x");
            let mut d = server.server.connect();
            d.send_raw(format!("{auth}\r\n{injected}").as_bytes());
            let code = d.reply().code;
            if code == 504 {
                // AUTH was not recognised, so the rest is an ordinary command, which does nothing
                // without a login.
                assert_eq!(server.server.names(), ["f"]);
                continue;
            }
            // The command either arrived together with AUTH, or is read as part of the TLS
            // handshake.
            if code == 234 {
                d.finish_sending();
                d.reply().code(421);
            } else {
                assert_eq!(code, 421, "{auth} {injected:?}");
            }
            assert!(d.next_reply().is_none(), "{auth} {injected:?}");
            assert_eq!(server.server.names(), ["f"]);
        }
    }
}

/// Cutting a connection must not make half a file or listing count as complete.
#[test]
fn an_upload_that_is_cut_off_under_tls_replaces_nothing() {
    let server = TlsServer::with(&[]);
    let tls = config(&[&rustls::version::TLS13, &rustls::version::TLS12]);
    let mut d = server.server.connect();
    d.expect("AUTH TLS", 234);
    let mut d = d.over_tls(&tls);
    d.login(USER, PASSWORD);
    for (line, code) in [("TYPE I", 200), ("PBSZ 0", 200), ("PROT P", 200)] {
        d.expect(line, code);
    }
    for verb in ["STOR f", "APPE f", "STOU f"] {
        for cut in ["FIN", "RST", "half a record"] {
            server.server.write("f", "whole");
            let data = d.epsv();
            let socket = data.try_clone().expect("a socket");
            d.send(verb);
            d.reply().code(150);
            let mut link = over(data, &tls);
            link.write_all(b"half").and_then(|()| link.flush()).expect("a data connection");
            match cut {
                "RST" => reset(socket),
                "half a record" => {
                    (&socket).write_all(&[23, 3, 3, 0, 99, 1, 2, 3]).expect("a data connection");
                    socket.shutdown(std::net::Shutdown::Write).expect("a data connection");
                }
                _ => socket.shutdown(std::net::Shutdown::Write).expect("a data connection"),
            }
            drop(link);
            d.reply().code(426);
            let content = server.server.read("f");
            // Only APPE changes the file itself, and says so.
            assert!(
                content == b"whole" || (verb == "APPE f" && content == b"wholehalf"),
                "{verb} {cut}"
            );
        }
    }
    let data = d.epsv();
    d.expect("STOR f", 150);
    let mut link = over(data, &tls);
    link.write_all(b"new").expect("data");
    end(&mut link);
    drop(link);
    d.reply().code(226);
    assert_eq!(server.server.read("f"), b"new");
}

/// RFC 2428 §4: after EPSV ALL no other verb may set up a data connection, until the end of the
/// login.
#[test]
fn epsv_all_is_neither_lost_by_a_failed_login_nor_kept_for_the_next_user() {
    let server = Server::start();
    let others = [
        "PORT 127,0,0,1,200,10",
        "EPRT |1|127.0.0.1|51210|",
        "PASV",
        "LPSV",
        "LPRT 4,4,127,0,0,1,2,200,10",
    ];
    let mut d = server.login();
    d.expect("EPSV ALL", 200);
    for between in [
        "NOOP",
        "TYPE A",
        "EPSV ALL",
        "EPSV 1",
        "CWD /",
        "ABOR",
        "MODE S",
        "OPTS UTF8 ON",
        "FEAT",
        "EPSV 9",
    ] {
        d.ask(between);
        for line in others {
            let reply = d.ask(line);
            assert_eq!(reply.code, 503, "{line} after {between}: {}", reply.text());
        }
    }
    server.write("f", "x");
    assert_eq!(d.fetch("RETR f"), b"x");
    for line in others {
        d.expect(line, 503);
    }
    // A new login in the same session: REIN starts again (RFC 959), and forgets EPSV ALL.
    d.expect("REIN", 220);
    d.login(USER, PASSWORD);
    d.pasv();
    d.expect("EPSV ALL", 200);
    // USER after login is either refused or a new login; EPSV ALL must not be lost halfway.
    let reply = d.ask(format!("USER {USER}"));
    if reply.code == 331 {
        for line in others {
            d.expect(line, 530);
        }
        d.expect(format!("PASS {PASSWORD}"), 230);
    } else {
        for line in others {
            d.expect(line, 503);
        }
    }
}
