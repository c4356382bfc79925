//! Clients that come through a proxy, and the server address that clients of certain networks are
//! given.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};

use packetboat_tests::dialogue::{all, connect_from, patient};
use packetboat_tests::tls::{TlsServer, config};
use packetboat_tests::{Dialogue, PASSWORD, Server, Setup, USER};

/// The proxy's address.
const PROXY: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 50);
/// The address of a client behind the proxy.
const CLIENT: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 60);

fn server(more: &[&'static str]) -> Server {
    let arguments = ["--set", "proxy.trusted=127.0.0.50", "--set", "guards.trusted=none"];
    Server::with(Setup { arguments: [&arguments, more].concat(), ..Setup::default() })
}

/// A connection from the proxy that starts with these bytes.
fn through(to: SocketAddr, header: &[u8]) -> TcpStream {
    let mut stream = connect_from(PROXY, to).expect("the server");
    stream.write_all(header).expect("a connection");
    stream
}

fn v1(client: Ipv4Addr) -> Vec<u8> {
    format!("PROXY TCP4 {client} 127.0.0.1 40000 21\r\n").into_bytes()
}

fn v2(client: Ipv4Addr) -> Vec<u8> {
    let fixed = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0C";
    [&fixed[..], &client.octets(), &[127, 0, 0, 1], &40_000_u16.to_be_bytes(), &[0, 21]].concat()
}

fn session(server: &Server, header: &[u8]) -> Dialogue {
    let mut d = Dialogue::over(through(server.address(), header));
    d.reply().code(220);
    d
}

#[test]
fn the_client_behind_the_proxy_counts() {
    let server = server(&[]);
    for header in [v1(CLIENT), v2(CLIENT)] {
        let mut d = session(&server, &header);
        d.login(USER, PASSWORD);
        d.expect("STAT", 211).says("127.0.0.60");
        d.expect("PORT 127,0,0,50,200,0", 504).says("127.0.0.60");
        d.expect("PORT 127,0,0,60,200,0", 200);
        d.expect("QUIT", 221);
    }
    server.wait_for_log("opened from 127.0.0.60:40000 on 127.0.0.1:21");
    server.wait_for_log("came through the proxy 127.0.0.50:");
    // The proxy's own health check.
    for own in [b"PROXY UNKNOWN\r\n".as_slice(), b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"] {
        session(&server, own).expect("QUIT", 221);
    }
    server.wait_for_log("opened from 127.0.0.50:");
    server.check_health();
}

#[test]
fn a_trusted_proxy_has_to_send_a_header_and_nobody_else_may() {
    let server = server(&["--set", "proxy.timeout=1s"]);
    let closed = |bytes: &[u8]| {
        let mut stream = through(server.address(), bytes);
        // A reset connection has sent nothing either.
        let mut said = Vec::new();
        let _ = stream.read_to_end(&mut said);
        assert_eq!(said, b"");
    };
    closed(b"USER alice\r\n");
    server.wait_for_log("it does not begin with a PROXY header");
    closed(b"");
    server.wait_for_log("its PROXY header did not arrive within 1 seconds");
    closed(b"PROXY TCP4 nobody\r\n");
    server.wait_for_log("its PROXY header is malformed");
    let stranger = connect_from(CLIENT, server.address()).expect("the server");
    let mut d = Dialogue::over(stranger);
    d.reply().code(220);
    d.send_raw(&v1(Ipv4Addr::new(192, 0, 2, 1)));
    d.reply().code(421).says("from 127.0.0.60, which is not a trusted proxy");
    assert!(d.next_reply().is_none());
    server.check_health();
}

#[test]
fn data_connections_come_through_the_proxy_too() {
    for ports in [&[][..], &["--passive-ports", "42000-42999"]] {
        let server = server(ports);
        server.write("f", "content");
        let mut d = session(&server, &v1(CLIENT));
        d.login(USER, PASSWORD);
        d.expect("TYPE I", 200);
        let mut fetch = |connect: &dyn Fn(SocketAddr) -> TcpStream, strangers: &[&[u8]]| {
            let port = d.epsv_address().port();
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
            let strangers: Vec<_> = strangers.iter().map(|bytes| through(address, bytes)).collect();
            let data = connect(address);
            d.expect("RETR f", 150);
            assert_eq!(all(data), b"content");
            d.reply().code(226);
            drop(strangers);
        };
        fetch(&|to| through(to, &v2(CLIENT)), &[]);
        fetch(&|to| through(to, &v1(CLIENT)), &[&v1(PROXY), b"no header"]);
        // Only the control connection goes through the proxy.
        fetch(&|to| connect_from(CLIENT, to).expect("the port"), &[]);
        server.wait_for_log("it does not begin with a PROXY header");
        server.wait_for_log("refused a data connection from 127.0.0.50:");
        server.check_health();
    }
}

#[test]
fn the_header_comes_before_implicit_tls() {
    let arguments = ["--set", "proxy.trusted=127.0.0.50"];
    let tls = TlsServer::with(&arguments);
    let stream = through(tls.server.address_tls(), &v2(CLIENT));
    let mut d = Dialogue::over(stream).over_tls(&config(&[&rustls::version::TLS13]));
    d.reply().code(220);
    d.login(USER, PASSWORD);
    d.expect("STAT", 211).says("127.0.0.60");
}

#[test]
fn bans_and_limits_are_the_clients_own() {
    let server = server(&["--set", "guards.failures=1", "--set", "guards.sessions=1"]);
    let _open = session(&server, &v1(Ipv4Addr::new(127, 0, 0, 61)));
    let mut second = Dialogue::over(through(server.address(), &v1(Ipv4Addr::new(127, 0, 0, 61))));
    second.reply().code(421).says("session limit");
    let mut d = session(&server, &v1(CLIENT));
    d.expect(format!("USER {USER}"), 331);
    d.expect("PASS wrong", 530);
    d.reply().code(421).says("banned until");
    Dialogue::over(through(server.address(), &v1(CLIENT))).reply().code(421).says("banned until");
    session(&server, &v1(Ipv4Addr::new(127, 0, 0, 62)));
    // The proxy itself is never banned.
    session(&server, b"PROXY UNKNOWN\r\n");
    session(&server, b"PROXY UNKNOWN\r\n");
}

#[test]
fn clients_of_each_network_are_told_their_address() {
    let arguments = vec![
        "--passive-address",
        "203.0.113.1",
        "--set",
        "data.nat=[\"127.0.0.2=own\", \"127.0.0.3=203.0.113.3\", \"127.0.0.3=203.0.113.4\"]",
    ];
    let server = Server::with(Setup { arguments, ..Setup::default() });
    let told = |last: u8, line: &str| {
        let from = Ipv4Addr::new(127, 0, 0, last);
        let stream = connect_from(from, server.address()).expect("the server");
        let mut d = Dialogue::over(patient(stream));
        d.reply().code(220);
        d.login(USER, PASSWORD);
        d.ask(line).text()
    };
    assert!(told(2, "PASV").contains("(127,0,0,1,"));
    assert!(told(3, "PASV").contains("(203,0,113,3,"));
    assert!(told(4, "PASV").contains("(203,0,113,1,"));
    assert!(told(3, "LPSV").contains("(4,4,203,0,113,3,"));
    assert!(told(3, "EPSV").contains("(|||"));
}
