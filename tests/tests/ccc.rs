//! CCC (RFC 2228 §3, RFC 4217 §5): after login, the control connection continues in clear text if
//! the administrator allows it. Tested by hand and with other people's clients: what stays under
//! TLS, what is refused from then on, and where exactly TLS ends.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use packetboat_tests::certificates::Authority;
use packetboat_tests::dialogue::patient;
use packetboat_tests::keeper::{KEPT_PASSWORD, Keeper};
use packetboat_tests::tls::{Private, TlsServer, await_end, config, end, last_record, over};
use packetboat_tests::{Dialogue, PASSWORD, Server, Setup, USER, noise, peer};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, SupportedProtocolVersion};

const VERSIONS: [&SupportedProtocolVersion; 2] = [&TLS12, &TLS13];
const ALLOWED: [&str; 2] = ["--set", "tls.ccc=allow"];

fn allowing(more: &[&'static str]) -> TlsServer {
    TlsServer::with(&[&ALLOWED, more].concat())
}

/// Logs in under TLS with protected data. Also returns the configuration for data connections.
fn login(
    tls: &TlsServer,
    version: &'static SupportedProtocolVersion,
) -> (Dialogue, Arc<ClientConfig>) {
    let config = config(&[version]);
    let mut d = tls.server.connect();
    d.expect("AUTH TLS", 234);
    let mut d = d.over_tls(&config);
    d.login(USER, PASSWORD);
    for line in ["PBSZ 0", "PROT P", "TYPE I"] {
        d.expect(line, 200);
    }
    (d, config)
}

/// The first clear-text line arrives in one piece with close_notify. It must neither be lost nor be
/// taken for TLS data.
#[test]
fn data_stays_under_tls_and_the_login_is_kept() {
    let tls = allowing(&["--tls", "require", "--tls-require-reuse"]);
    tls.server.write("f", noise(100_000));
    for version in VERSIONS {
        let (mut d, config) = login(&tls, version);
        d.expect("CCC", 200).says("in the clear");
        let mut d = d.over_clear("STAT");
        d.reply().code(211).says("in the clear since CCC, data under TLS");
        // RFC 4217 §5, §9: these have no effect without TLS, and the login stays as it was.
        for (line, code) in
            [("PBSZ 0", 503), ("PROT C", 503), ("CCC", 533), ("USER bob", 503), ("PASS x", 503)]
        {
            d.expect(line, code);
        }
        let address = d.epsv_address();
        d.send("RETR f");
        d.reply().code(150);
        let mut data = over(connect(address), &config);
        let mut content = Vec::new();
        data.read_to_end(&mut content).expect("data up to close_notify");
        end(&mut data);
        d.reply().code(226);
        assert!(content == noise(100_000), "{version:?}");
        // Data connections of clients other than the one that used TLS are still refused.
        let mut stranger: Private = over(d.epsv(), &self::config(&[version]));
        d.expect("RETR f", 150);
        let mut content = Vec::new();
        assert!(stranger.read_to_end(&mut content).is_err() && content.is_empty());
        d.reply().code(522);
        d.expect("AUTH TLS", 234);
        let mut d = d.over_tls(&config);
        d.expect("PWD", 530);
        d.login(USER, PASSWORD);
        d.expect("QUIT", 221);
    }
}

fn connect(address: SocketAddr) -> TcpStream {
    patient(TcpStream::connect(address).expect("a port"))
}

#[test]
fn passwords_stay_under_tls_where_it_is_demanded() {
    let tls = allowing(&["--tls", "require"]);
    let mut d = tls.server.connect();
    d.expect("AUTH TLS", 234);
    let mut d = d.over_tls(&config(&VERSIONS));
    d.expect("CCC", 534).says("after the login");
    d.login(USER, PASSWORD);
    d.expect("CCC", 200);
    let mut d = d.over_clear("NOOP");
    d.reply().code(200);
    d.epsv_address();
    d.expect("LIST", 521);
    d.expect("REIN", 220);
    d.expect(format!("USER {USER}"), 530).says("over TLS only");
    d.expect(format!("PASS {PASSWORD}"), 503);
    d.expect("PWD", 530);
}

#[test]
fn accounts_that_keep_the_control_connection_under_tls_and_those_that_do_not() {
    let keeper = Keeper::new();
    for (name, need) in [("anna", "login"), ("bert", "required"), ("carl", "any")] {
        keeper.add(&[name, "--tls", need]);
    }
    let home = format!("XDG_STATE_HOME={}", keeper.path("certificate").display());
    let server = Server::with(Setup {
        arguments: [keeper.arguments().as_slice(), &ALLOWED, &["--self-signed"]].concat(),
        wrapper: vec!["env".to_owned(), home],
        ..Setup::default()
    });
    let config = config(&VERSIONS);
    let under_tls = |name: &str| {
        let mut d = server.connect();
        d.expect("AUTH TLS", 234);
        let mut d = d.over_tls(&config);
        d.login(name, KEPT_PASSWORD);
        d
    };
    for name in ["anna", "bert"] {
        under_tls(name).expect("CCC", 534).says("Your account keeps");
    }
    let mut d = under_tls("carl");
    d.expect("CCC", 200);
    let mut d = d.over_clear("REIN");
    d.reply().code(220);
    // No other account can log in over the connection that this one has switched to clear text.
    d.expect("USER anna", 331);
    d.expect(format!("PASS {}", KEPT_PASSWORD), 530).says("TLS");
    d.login("carl", KEPT_PASSWORD);
    d.expect("QUIT", 221);
}

/// RFC 2228 §5.1: the client certificate belongs to the session, whatever the control connection
/// continues with; REIN forgets it.
#[test]
fn data_connections_show_the_certificate_that_the_control_connection_has_shown() {
    let (authority, keeper) = (Authority::new(), Keeper::new());
    keeper.add(&["anna", "--rights", "all"]);
    let shown = authority.vouch_for("Anna", &[]);
    keeper.user(&["cert", "anna", "--add", shown.certificate_text()]).ok();
    let arguments = [keeper.arguments().as_slice(), &["--client-ca", authority.file()]].concat();
    let tls = allowing(&arguments);
    tls.server.write("f", "content");
    let own = shown.config(&VERSIONS);
    let mut d = tls.server.connect();
    d.expect("AUTH TLS", 234);
    let mut d = d.over_tls(&own);
    d.expect("USER anna", 232);
    for line in ["PBSZ 0", "PROT P", "CCC"] {
        d.expect(line, 200);
    }
    let mut d = d.over_clear("NOOP");
    d.reply().code(200);
    let mut others = over(d.epsv(), &config(&VERSIONS));
    d.expect("RETR f", 150);
    let mut content = Vec::new();
    assert!(others.read_to_end(&mut content).is_err() && content.is_empty());
    d.reply().code(535);
    let mut data = over(d.epsv(), &own);
    d.expect("RETR f", 150);
    data.read_to_end(&mut content).expect("data up to close_notify");
    end(&mut data);
    d.reply().code(226);
    assert_eq!(content, b"content");
    d.expect("REIN", 220);
    d.expect("USER anna", 331);
}

#[test]
fn a_connection_that_has_begun_with_tls_stays_under_it() {
    let tls = allowing(&[]);
    let mut link = over(connect(tls.server.address_tls()), &config(&VERSIONS));
    link.flush().expect("a negotiation");
    let lines = format!("USER {USER}\r\nPASS {PASSWORD}\r\nCCC\r\nFEAT\r\nQUIT\r\n");
    link.write_all(lines.as_bytes()).expect("a connection");
    let mut said = String::new();
    link.read_to_string(&mut said).expect("replies up to close_notify");
    assert!(said.contains("\r\n534 A connection that starts with TLS"), "{said}");
    assert!(said.contains(" PROT\r\n") && !said.contains(" CCC\r\n"), "{said}");
    let mut d = tls.server.connect();
    assert!(d.expect("FEAT", 211).text().contains(" CCC"));
}

/// A command sent under TLS counts as such even after CCC, in the same record and before the end of
/// TLS. Its reply comes in clear text.
#[test]
fn commands_under_tls_behind_ccc_are_answered_in_clear() {
    let tls = allowing(&[]);
    for version in VERSIONS {
        let (mut d, _) = login(&tls, version);
        d.send_raw(b"CCC\r\nPWD\r\n");
        d.reply().code(200);
        d.send("SYST");
        let mut d = d.over_clear("NOOP");
        for code in [257, 215, 200] {
            d.reply().code(code);
        }
    }
}

/// No client that waits for its replies sends more than 64 lines after CCC.
#[test]
fn a_flood_between_ccc_and_the_end_of_tls_is_closed() {
    let tls = allowing(&[]);
    let (mut d, _) = login(&tls, &TLS13);
    d.expect("CCC", 200);
    d.send_raw("NOOP\r\n".repeat(200).as_bytes());
    assert!(d.next_reply().is_none());
    tls.server.wait_for_log("too many commands arrived before the end of TLS");
    tls.server.check_health();
}

/// The end of TLS arrives in pieces, split at every byte of close_notify.
#[test]
fn the_end_of_tls_may_come_in_pieces() {
    let tls = allowing(&[]);
    for version in VERSIONS {
        let (mut d, _) = login(&tls, version);
        d.expect("CCC", 200);
        let mut link = d.private();
        await_end(&mut link);
        for byte in [last_record(&mut link).as_slice(), b"NOOP\r\n"].concat() {
            link.sock.write_all(&[byte]).expect("a connection");
        }
        let mut d = Dialogue::over(link.sock);
        d.reply().code(200);
        d.expect("QUIT", 221);
    }
}

/// In passive mode, curl reads the server's close_notify and sends none.
#[test]
fn a_client_without_close_notify_goes_on_in_clear() {
    let tls = allowing(&[]);
    let (mut d, _) = login(&tls, &TLS13);
    d.expect("CCC", 200);
    let mut link = d.private();
    await_end(&mut link);
    let mut d = Dialogue::over(link.sock);
    d.expect("NOOP", 200);
    d.expect("QUIT", 221);
}

#[test]
fn a_client_that_does_not_end_tls_or_breaks_it_is_closed() {
    // Even a busy machine completes the handshake in this time, which has to succeed first.
    let tls = allowing(&["--set", "guards.handshake-timeout=5s"]);
    let (mut d, _) = login(&tls, &TLS13);
    d.expect("CCC", 200);
    assert!(d.next_reply().is_none());
    tls.server.wait_for_log("TLS did not end after CCC");
    // A record of application data that was not made with the session's keys.
    let (mut d, _) = login(&tls, &TLS13);
    d.expect("CCC", 200);
    let mut link = d.private();
    link.sock
        .write_all(b"\x17\x03\x03\x00\x20USER mallory\r\nPASS mallory......\r\n")
        .expect("a connection");
    let mut rest = Vec::new();
    // The alert says that the record cannot be decrypted.
    let _ = link.sock.read_to_end(&mut rest);
    assert!(!String::from_utf8_lossy(&rest).contains("331"));
    tls.server.check_health();
}

/// How often CCC was answered with 200, according to the log.
fn times_cleared(tls: &TlsServer) -> usize {
    tls.server.log().matches(" 200 CCC ").count()
}

#[test]
fn curl_clears_the_control_connection() {
    let Some(curl) = peer("curl") else { return };
    let tls = allowing(&[]);
    let certificate = tls.certificate_text();
    for (round, (version, mode)) in
        [("1.2", "active"), ("1.2", "passive"), ("1.3", "active"), ("1.3", "passive")]
            .into_iter()
            .enumerate()
    {
        let common = ["-sS", "--ssl-reqd", "--cacert", &certificate, "--tls-max", version];
        let ccc = ["--ftp-ssl-ccc", "--ftp-ssl-ccc-mode", mode];
        let run = |more: &[&str]| curl.run(&[common.as_slice(), &ccc, more].concat());
        curl.write("up", noise(100_000));
        run(&["-T", "up", &tls.server.url("f")]).ok();
        assert!(tls.server.read("f") == noise(100_000), "{version} {mode}");
        run(&["-o", "down", &tls.server.url("f")]).ok();
        assert!(curl.read("down") == noise(100_000), "{version} {mode}");
        assert_eq!(times_cleared(&tls), 2 * (round + 1), "{}", tls.server.log());
    }
    tls.server.check_health();
}

const PYTHON: &str = r#"
import ftplib, io, os, ssl, sys
host, port, user, password, certificate = sys.argv[1:]
for version in ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3:
    context = ssl.create_default_context(cafile=certificate)
    context.maximum_version = version
    ftp = ftplib.FTP_TLS(context=context)
    ftp.connect(host, int(port))
    ftp.login(user, password)
    ftp.prot_p()
    ftp.ccc()
    for size in 0, 1, 1 << 20:
        content, back = os.urandom(size), io.BytesIO()
        ftp.storbinary('STOR f', io.BytesIO(content))
        ftp.retrbinary('RETR f', back.write)
        assert back.getvalue() == content, size
    assert 'in the clear since CCC, data under TLS' in ftp.sendcmd('STAT')
    ftp.quit()
"#;

#[test]
fn python_clears_the_control_connection() {
    let Some(python) = peer("python3") else { return };
    let tls = allowing(&["--tls", "require"]);
    let port = tls.server.address().port().to_string();
    let certificate = tls.certificate_text();
    python.run(&["-c", PYTHON, "127.0.0.1", &port, USER, PASSWORD, &certificate]).ok();
    assert_eq!(times_cleared(&tls), 2, "{}", tls.server.log());
}

#[test]
fn lftp_clears_the_control_connection() {
    let Some(lftp) = peer("lftp") else { return };
    let tls = allowing(&["--tls", "require"]);
    lftp.write("up", noise(100_000));
    let script = format!(
        "set ssl:ca-file {}; set ftp:ssl-force true; set ftp:ssl-protect-data true; set ftp:ssl-use-ccc true; set \
         net:max-retries 1; open -u {USER},\"{PASSWORD}\" ftp://{}; put up -o f; get f -o down; cls -1",
        tls.certificate_text(),
        tls.server.address()
    );
    assert_eq!(lftp.run(&["-c", &script]).ok().stdout.trim(), "f");
    assert!(lftp.read("down") == noise(100_000));
    assert!(times_cleared(&tls) > 0, "{}", tls.server.log());
}

/// The bytes that a client sends in one piece when it ends TLS after this line.
fn with_last_record(link: &mut Private, said: &[u8]) -> Vec<u8> {
    link.flush().expect("a negotiation");
    link.conn.writer().write_all(said).expect("records");
    last_record(link)
}

/// Whether the server closes the connection, in whatever way.
fn is_closed(mut socket: &TcpStream) -> bool {
    let read = socket.read_to_end(&mut Vec::new());
    !read.is_err_and(|error| matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut))
}

/// The client has ended its side of TLS, so the session is over.
#[test]
fn a_client_that_ends_tls_with_rein_and_goes_on_with_a_record_is_closed() {
    let tls = TlsServer::with(&[]);
    for version in VERSIONS {
        let mut d = tls.server.connect();
        d.expect("AUTH TLS", 234);
        let mut link = d.over_tls(&config(&[version])).private();
        let last = with_last_record(&mut link, b"REIN\r\n");
        link.sock.write_all(&last).expect("a connection");
        let mut said = Vec::new();
        link.read_to_end(&mut said).expect("the server's end of TLS");
        assert!(said.starts_with(b"220 "), "{}", String::from_utf8_lossy(&said));
        // It may be closed by now.
        let _ = link.sock.write_all(b"\x17\x03\x03\x00\x01\x00");
        assert!(is_closed(&link.sock));
    }
    tls.server.check_health();
}

/// More data than TLS buffers hold, in one piece; all of it comes after the end of TLS and is
/// ignored.
#[test]
fn what_comes_behind_the_end_of_tls_is_passed_over() {
    let tls = TlsServer::with(&[]);
    for version in VERSIONS {
        let mut d = tls.server.connect();
        d.expect("AUTH TLS", 234);
        let mut link = d.over_tls(&config(&[version])).private();
        let record = with_last_record(&mut link, &[b'A'; 16_384]);
        link.sock.write_all(&[record, vec![0; 2048]].concat()).expect("a connection");
        assert!(is_closed(&link.sock));
    }
    tls.server.check_health();
}
