//! Passive ports from a range: few ports for many sessions, which are told apart by the client's
//! address, and no port is ever lost.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use packetboat_tests::dialogue::{all, connect_from, patient, reset};
use packetboat_tests::ports::free_range;
use packetboat_tests::{Dialogue, Server, Setup, wait_for};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// How many sessions to hold over ten ports: as many as a test has time for, or the number in
/// PACKETBOAT_SESSIONS.
fn sessions_at_once() -> u32 {
    let said = std::env::var("PACKETBOAT_SESSIONS").ok();
    said.map_or(2000, |said| said.parse().expect("PACKETBOAT_SESSIONS is a number"))
}

/// How many data connections are open at the same time.
const AT_ONCE: usize = 2000;

/// A server with its own range of ports.
fn with_ports(count: u16) -> (Server, std::ops::RangeInclusive<u16>) {
    let range = free_range(count);
    let shown: &'static str = format!("{}-{}", range.start(), range.end()).leak();
    let arguments = vec!["--passive-ports", shown, "--log", "off"];
    (Server::with(Setup { arguments, ..Setup::default() }), range)
}

fn client(number: u32) -> Ipv4Addr {
    let [.., high, low] = number.to_be_bytes();
    Ipv4Addr::new(127, 1, high, low)
}

/// A session from an address of its own.
fn session(server: &Server, from: Ipv4Addr) -> Dialogue {
    let stream = connect_from(from, server.address()).expect("the server");
    let mut d = Dialogue::over(stream);
    d.reply().code(220);
    d.login("anonymous", "me@example.org");
    d
}

#[test]
fn ten_ports_serve_thousands_of_sessions_at_once() {
    let count = sessions_at_once();
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum })
        .expect("descriptors");
    let (server, range) = with_ports(10);
    for number in 0..7 {
        server.write(&format!("f{number}"), format!("content of {number}"));
    }
    let mut sessions: Vec<_> = (0..count)
        .map(|number| {
            let mut d = session(&server, client(number));
            let address = d.epsv_address();
            (d, address)
        })
        .collect();
    let mut ports = BTreeMap::<u16, u32>::new();
    for (_, address) in &sessions {
        assert!(range.contains(&address.port()), "{address}");
        *ports.entry(address.port()).or_default() += 1;
    }
    // Ports are chosen at random; a port with less than half of its share would be very unlikely.
    assert!(ports.len() == 10 && ports.values().all(|&held| held > count / 20), "{ports:?}");
    // All wait first, and then connect in a different order, each to its own session. The number is
    // limited by the descriptors of two processes.
    let mut first = 0;
    for some in sessions.chunks_mut(AT_ONCE) {
        let number = |place: usize| u32::try_from(first + place).expect("small");
        let connect = |(place, (_, address)): (usize, &(Dialogue, SocketAddr))| {
            Some(connect_from(client(number(place)), *address).expect("the passive port"))
        };
        let mut streams: Vec<_> = some.iter().enumerate().rev().map(connect).collect();
        streams.reverse();
        for (place, (d, _)) in some.iter_mut().enumerate() {
            let file = number(place) % 7;
            d.expect(format!("RETR f{file}"), 150);
            let data = streams[place].take().expect("a data connection");
            assert_eq!(all(data), format!("content of {file}").as_bytes());
            d.reply().code(226);
        }
        first += some.len();
    }
    server.check_health();
}

/// Every way in which a session can give up its passive port, many times over; in the end all ports
/// are free.
#[test]
fn no_abort_leaves_a_port_behind() {
    let (server, range) = with_ports(4);
    server.write("f", vec![b'x'; 4 << 20]);
    for round in 0..2000_u32 {
        let mut d = session(&server, client(round % 3));
        let connect = |address| connect_from(client(round % 3), address).expect("the port");
        let address = if round % 2 == 0 { d.epsv_address() } else { pasv_address(&mut d) };
        match round % 12 {
            0 => drop(d),
            1 => d.reset(),
            2 => drop(d.expect("QUIT", 221)),
            3 => drop(d.expect("REIN", 220)),
            4 => drop((0..9).map(|_| d.epsv_address()).collect::<Vec<_>>()),
            5 => drop(d.active("EPRT")),
            6 => drop(connect(address)),
            7 => {
                let data = connect(address);
                d.expect("RETR f", 150);
                reset(data);
                drop(d);
            }
            8 => {
                d.expect("RETR f", 150);
                d.expect("ABOR", 426);
                d.reply().code(226);
            }
            9 => {
                d.expect("RETR f", 150);
                d.reset();
            }
            10 => {
                let _data = connect(address);
                d.expect("RETR missing", 550);
            }
            _ => {
                let _data = connect(address);
                d.expect("RETR f", 150);
                d.reset();
            }
        }
    }
    // One client can have each port once, and no more.
    let from = client(0);
    let mut held: Vec<Dialogue> = Vec::new();
    for _ in range.clone() {
        let d = wait_for("a port to be free again", || {
            let mut d = session(&server, from);
            (d.ask("EPSV").code == 229).then_some(d)
        });
        held.push(d);
    }
    let mut one_more = session(&server, from);
    one_more.expect("EPSV", 425).says("short of sockets, ports");
    one_more.expect("PASV", 425);
    session(&server, client(9)).expect("EPSV", 229);
    drop(held);
    // In the end, nothing listens any more.
    wait_for("ports that are free", || {
        range
            .clone()
            .all(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok())
            .then_some(())
    });
    server.check_health();
}

/// RFC 2577 §4. A stranger neither gets the data nor keeps the client from it.
#[test]
fn a_stranger_on_a_shared_port_is_closed_and_logged() {
    let (server, _range) = {
        let setup = Setup { arguments: vec!["--passive-ports", "41000-41999"], ..Setup::default() };
        (Server::with(setup), ())
    };
    server.write("f", "for you alone");
    let mut d = server.login();
    let address = d.epsv_address();
    let stranger = connect_from(Ipv4Addr::new(127, 0, 0, 2), address).expect("the port");
    assert_eq!(all(stranger), b"");
    let data = patient(std::net::TcpStream::connect(address).expect("the port"));
    d.expect("RETR f", 150);
    assert_eq!(all(data), b"for you alone");
    d.reply().code(226);
    server.wait_for_log("refused a data connection from 127.0.0.2:");
}

fn pasv_address(d: &mut Dialogue) -> SocketAddr {
    let text = d.expect("PASV", 227).text();
    let inside = text.split(['(', ')']).nth(1).expect("parentheses in 227");
    let mut numbers = inside.rsplit(',').map(|number| number.parse::<u16>().expect("a number"));
    let (low, high) = (numbers.next().expect("low"), numbers.next().expect("high"));
    SocketAddr::from((Ipv4Addr::LOCALHOST, high << 8 | low))
}
