//! Connections that break during the TLS handshake count as lost connections and are retried like
//! those; refusals by TLS itself are not.

use std::io::{ErrorKind, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use packetboat_tests::breaker::{Breaker, Cut};
use packetboat_tests::dialogue::reset;
use packetboat_tests::others::other_server_with;
use packetboat_tests::ports::free_port;
use packetboat_tests::program::{Output, client, json_lines, run};
use packetboat_tests::tls::{TlsServer, config};
use packetboat_tests::{Dialogue, PASSWORD, USER, noise};
use rustls::version::TLS13;

/// The address of the path to the server, which data connections use, too: the server has the same
/// port at its own address.
const WAY: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 7);

/// What the client sends before its ClientHello.
const AUTH: usize = "AUTH TLS\r\n".len();

fn listener(address: Ipv4Addr) -> TcpListener {
    TcpListener::bind((address, 0)).expect("a port")
}

/// A path to a server that cuts off the first connections. Data connections bypass it.
fn way(server: SocketAddr, cuts: &'static [Cut]) -> Breaker {
    Breaker::new(listener(Ipv4Addr::LOCALHOST), server, |number| cuts.get(number).copied())
}

/// Downloads the file.
fn fetch(scheme: &str, way: SocketAddr, words: &[&str]) -> Output {
    let url = format!("{scheme}://{USER}:{PASSWORD}@{way}/f");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("f").display().to_string();
    let own = ["get", "--insecure", "--json", "-o", &file];
    let output = run(&mut client(&[&own, words, &[&url]].concat()));
    let got = std::fs::read(&file).unwrap_or_default();
    assert_eq!(got, if output.status.success() { b"content".as_slice() } else { b"" });
    output
}

/// The last error reported: its kind, phase, socket code and whether a retry is possible.
fn failure(output: &Output) -> (String, String, u64, bool) {
    let told = json_lines(output).into_iter().rfind(|line| line["event"] == "error");
    let told = told.unwrap_or_else(|| panic!("no failure: {output:?}"));
    let word = |key: &str| told[key].as_str().unwrap_or_default().to_owned();
    let socket = told["socket"]["number"].as_u64().unwrap_or_default();
    (word("failure"), word("phase"), socket, told["retryable"] == true)
}

#[test]
fn a_control_connection_that_breaks_in_the_handshake_is_made_again() {
    let tls = TlsServer::with(&[]);
    tls.server.write("f", "content");
    for cuts in [&[Cut::Reset(AUTH + 1)], &[Cut::End(AUTH + 1)]] {
        let way = way(tls.server.address(), cuts);
        fetch("ftpes", way.address(), &[]).ok();
        assert_eq!(way.count(), 2, "{cuts:?}");
    }
    for cuts in [&[Cut::Reset(1)], &[Cut::End(1)]] {
        let way = way(tls.server.address_tls(), cuts);
        fetch("ftps", way.address(), &[]).ok();
        assert_eq!(way.count(), 2, "{cuts:?}");
    }
}

#[test]
fn one_that_always_breaks_is_told_as_a_lost_connection() {
    let tls = TlsServer::with(&[]);
    for (cuts, code) in [
        (&[Cut::Reset(AUTH + 1), Cut::Reset(AUTH + 1)], 10054),
        (&[Cut::End(AUTH + 1), Cut::End(AUTH + 1)], 10101),
    ] {
        let way = way(tls.server.address(), cuts);
        let output = fetch("ftpes", way.address(), &["--retries", "1"]);
        assert_eq!(output.code(), Some(3), "{output:?}");
        let told = ("connection".to_owned(), "tls".to_owned(), code, true);
        assert_eq!((failure(&output), way.count()), (told, 2));
        let words = "the connection broke while TLS was being negotiated: ";
        assert!(output.stdout.contains(words), "{output:?}");
        assert!(output.stdout.contains("something in between blocks TLS"), "{output:?}");
    }
}

/// As with a port that sends no greeting, another attempt would give the same result.
#[test]
fn a_port_that_does_not_answer_tls_is_asked_again_only_by_who_wants_that() {
    for (words, wanted) in [(&[][..], 1), (&["--retries", "1"], 2)] {
        let silent = listener(Ipv4Addr::LOCALHOST);
        let address = silent.local_addr().expect("an address");
        let output = fetch("ftps", address, &[&["--timeout", "1s"], words].concat());
        assert_eq!(output.code(), Some(3), "{output:?}");
        let told = ("connection".to_owned(), "tls".to_owned(), 10060, true);
        assert_eq!(failure(&output), told, "{words:?}");
        silent.set_nonblocking(true).expect("a socket");
        let mut count = 0;
        while silent
            .accept()
            .map_err(|error| assert_eq!(error.kind(), ErrorKind::WouldBlock))
            .is_ok()
        {
            count += 1;
        }
        assert_eq!(count, wanted, "{words:?}");
    }
}

#[test]
fn what_tls_refuses_is_no_lost_connection() {
    let tls = TlsServer::with(&[]);
    let way = way(tls.server.address(), &[]);
    let url = format!("ftpes://{USER}:{PASSWORD}@{}/f", way.address());
    let output = run(&mut client(&["ls", "--json", "--retries", "3", &url]));
    assert_eq!((output.code(), way.count()), (Some(13), 1), "{output:?}");
    assert_eq!(failure(&output), ("tls".to_owned(), "tls".to_owned(), 0, false));
}

/// A port that is free on both addresses, that of the server and that of the path to it.
fn port_on_both() -> (TcpListener, &'static str) {
    loop {
        let port = free_port();
        if let Ok(on_way) = TcpListener::bind((WAY, port)) {
            return (on_way, format!("{port}-{port}").leak());
        }
    }
}

#[test]
fn a_data_connection_that_breaks_in_the_handshake_is_made_again() {
    for cut in [Cut::Reset(1), Cut::End(1)] {
        let (for_data, range) = port_on_both();
        let port = for_data.local_addr().expect("an address").port();
        let tls = TlsServer::with(&["--passive-ports", range]);
        tls.server.write("f", "content");
        let control = Breaker::new(listener(WAY), tls.server.address(), |_| None);
        let data = Breaker::new(for_data, (Ipv4Addr::LOCALHOST, port).into(), move |number| {
            (number == 0).then_some(cut)
        });
        fetch("ftpes", control.address(), &[]).ok();
        assert_eq!(data.count(), 2, "{cut:?}");
    }
}

/// A session under TLS with protected data.
fn login(tls: &TlsServer) -> Dialogue {
    let mut d = tls.server.connect();
    d.expect("AUTH TLS", 234);
    let mut d = d.over_tls(&config(&[&TLS13]));
    d.login(USER, PASSWORD);
    d.expect("PBSZ 0", 200);
    d.expect("PROT P", 200);
    d
}

/// RFC 4217 §10.2: 522 means that TLS failed; RFC 959 §5.4: 426 means that the connection failed.
#[test]
fn the_server_tells_a_break_in_the_handshake_from_a_refusal() {
    let tls = TlsServer::with(&["--connect-timeout", "1s"]);
    let mut d = login(&tls);
    // The beginning of a record that could contain a ClientHello.
    let begun = b"\x16\x03\x01\x02\x00\x01\x00";
    for (what, words) in [
        ("reset", "Connection reset by peer"),
        ("end", "closed the connection unexpectedly, before TLS was negotiated"),
        ("silence", "nothing moved for 1 seconds"),
    ] {
        let mut data = d.epsv();
        d.expect("STOR up", 150);
        data.write_all(begun).expect("a data connection");
        let kept = match what {
            "reset" => {
                reset(data);
                None
            }
            "end" => data.shutdown(Shutdown::Both).ok().map(|()| data),
            _ => Some(data),
        };
        d.reply().code(426).says(words);
        drop(kept);
    }
    let mut data = d.epsv();
    d.expect("STOR up", 150);
    data.write_all(b"data in clear").expect("a data connection");
    d.reply().code(522).says("the data received is not TLS");
    assert!(!tls.server.path("up").exists());
    d.expect("NOOP", 200);
}

/// RFC 4217 §12.7 requires TLS to end before the connection; a server that does not insist on it
/// takes what has arrived for the whole file.
#[test]
fn an_upload_that_is_cut_off_under_tls_is_no_success_where_the_server_takes_it_for_one() {
    // ProFTPD does not accept a range of one port.
    let (first, second) = loop {
        let port = free_port();
        let [first, second] = [port, port + 1].map(|port| TcpListener::bind((WAY, port)));
        if let (Ok(first), Ok(second)) = (first, second) {
            break (first, second);
        }
    };
    let port = first.local_addr().expect("an address").port();
    // The other server can use this certificate and key.
    let tls = TlsServer::with(&[]);
    let (certificate, key) = (tls.certificate(), tls.folder().join("key.pem"));
    let more = format!(
        "ModulePath {{place}}/usr/lib/proftpd\nLoadModule mod_tls.c\nTLSEngine on\nTLSRequired off\n\
         TLSECCertificateFile {}\nTLSECCertificateKeyFile {}\nTLSOptions NoSessionReuseRequired\n\
         PassivePorts {port} {}\n",
        certificate.display(),
        key.display(),
        port + 1
    );
    let Some(other) = other_server_with("proftpd", &more) else { return };
    let control = Breaker::new(listener(WAY), other.address(), |_| None);
    let uncut = Arc::new(AtomicBool::new(true));
    for (listener, port) in [(first, port), (second, port + 1)] {
        let uncut = Arc::clone(&uncut);
        Breaker::new(listener, (Ipv4Addr::LOCALHOST, port).into(), move |_| {
            uncut.swap(false, Ordering::SeqCst).then_some(Cut::Swallow(200_000))
        });
    }
    let home = tempfile::tempdir().expect("a folder");
    std::fs::write(home.path().join("f"), noise(1_000_000)).expect("a file");
    let url = format!("ftpes://{}/upload/f", control.address());
    let put = |words: &[&str]| {
        let command = ["put", "--insecure", "f", &url];
        run(client(&[&command, words].concat()).current_dir(home.path()).env("HOME", home.path()))
    };
    let output = put(&["--retries", "0"]);
    assert_eq!(output.code(), Some(3), "{output:?}");
    assert!(output.stderr.contains("of the 1000000 bytes"), "{output:?}");
    put(&[]).ok();
    let stored = std::fs::read(other.folder().join("upload/f")).expect("a file");
    assert!(stored == noise(1_000_000));
}

/// Some servers never mark the end of the data. Then the length decides, if it is known; a listing
/// has none.
#[test]
fn a_download_without_the_mark_of_its_end_is_whole_where_its_length_is() {
    let (for_data, range) = port_on_both();
    let port = for_data.local_addr().expect("an address").port();
    let tls = TlsServer::with(&["--passive-ports", range]);
    let content = noise(300_000);
    tls.server.write("f", &content);
    std::fs::create_dir(tls.server.path("d")).expect("a folder");
    for number in 0..1500 {
        tls.server.write(&format!("d/{number:0100}"), "");
    }
    let control = Breaker::new(listener(WAY), tls.server.address(), |_| None);
    let data = Breaker::new(for_data, (Ipv4Addr::LOCALHOST, port).into(), |_| Some(Cut::Unmarked));
    let ask = |verb: &str, path: &str| {
        let url = format!("ftpes://{USER}:{PASSWORD}@{}/{path}", control.address());
        run(&mut client(&[verb, "--insecure", "--retries", "0", &url]))
    };
    assert!(ask("cat", "f").ok().bytes == content);
    assert_eq!(data.count(), 1);
    let output = ask("ls", "d/");
    assert_eq!(output.code(), Some(3), "{output:?}");
    assert!(output.stderr.contains("without the end marker that TLS"), "{output:?}");
    assert!(output.stderr.contains("data connection: the data ended"), "{output:?}");
}
