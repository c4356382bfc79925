//! Tests with leases on a few ports of loopback, and clients on its other addresses.

use std::io::Read as _;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicU16, Ordering};

use packetboat_accounts::Network;

use super::*;

struct Bench {
    pool: Pool,
    events: Arc<Mutex<Vec<Event>>>,
    first: u16,
    last: u16,
}

impl Bench {
    /// A pool over this many unused ports.
    fn new(ports: u16) -> Self {
        let events = Arc::new(Mutex::new(Vec::new()));
        let sink = {
            let events = Arc::clone(&events);
            Arc::new(move |event: &Event| {
                events.lock().expect("events").push(event.clone());
            })
        };
        let (first, last) = free_range(ports);
        Self { pool: Pool::new(sink), events, first, last }
    }

    fn wanted(&self, client: u8) -> Wanted {
        Wanted {
            local: (Ipv4Addr::LOCALHOST, 0).into(),
            client: address(client),
            session: u64::from(client),
            first: self.first,
            last: self.last,
            proxy: Arc::default(),
        }
    }

    fn lease(&self, client: u8) -> io::Result<Lease> {
        self.pool.lease(&self.wanted(client))
    }

    fn strangers(&self) -> Vec<(u64, IpAddr)> {
        let events = self.events.lock().expect("events");
        let stranger = |event: &Event| match &event.kind {
            EventKind::StrangerRefused { stranger } => Some((event.session, stranger.ip())),
            _ => None,
        };
        events.iter().filter_map(stranger).collect()
    }
}

/// A range that no other test of this process gets, and in which no port is taken now. If another
/// program takes a port first, the range is skipped.
fn free_range(count: u16) -> (u16, u16) {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Each process starts at a different place.
    let start = u16::try_from(std::process::id() % 1000).expect("small") * 12;
    let is_free = |port| std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok();
    loop {
        let next = NEXT.fetch_add(count, Ordering::Relaxed) % 12_000;
        let first = 20_000 + (start + next) % 12_000;
        if (first..first + count).all(is_free) {
            return (first, first + count - 1);
        }
    }
}

fn address(client: u8) -> IpAddr {
    Ipv4Addr::new(127, 0, 0, client).into()
}

/// Connects from a chosen address, blocking.
fn connect(client: u8, to: SocketAddr) -> TcpStream {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None);
    let socket = socket.expect("a socket");
    socket.bind(&SocketAddr::new(address(client), 0).into()).expect("an address");
    socket.connect(&to.into()).expect("a connection");
    socket.into()
}

async fn accept(lease: &Lease) -> SocketAddr {
    let stream = tokio::time::timeout(Duration::from_secs(20), lease.accept());
    stream.await.expect("the client comes").peer_addr().expect("an address")
}

#[tokio::test]
async fn one_port_serves_many_clients() {
    let bench = Bench::new(1);
    let leases: Vec<_> = (2..100).map(|client| bench.lease(client).expect("a lease")).collect();
    assert!(leases.iter().all(|lease| lease.address().port() == bench.first));
    // In a different order than they wait in.
    let streams: Vec<_> =
        (2..100).rev().map(|client| connect(client, leases[0].address())).collect();
    for (client, lease) in (2..100).zip(&leases) {
        assert_eq!(accept(lease).await.ip(), address(client));
    }
    drop(streams);
    assert_eq!(bench.strangers(), []);
}

#[tokio::test]
async fn no_two_sessions_of_a_client_wait_on_one_port() {
    let bench = Bench::new(10);
    let leases: Vec<_> = (0..10).map(|_| bench.lease(2).expect("a lease")).collect();
    let mut ports: Vec<_> = leases.iter().map(|lease| lease.address().port()).collect();
    ports.sort_unstable();
    assert_eq!(ports, (bench.first..=bench.last).collect::<Vec<_>>());
    assert!(bench.lease(2).is_err_and(|error| error.kind() == io::ErrorKind::AddrInUse));
    let other = bench.lease(3).expect("another client is not in the way");
    drop(other);
    let freed = leases[4].address();
    let mut leases = leases;
    leases.remove(4);
    assert_eq!(bench.lease(2).expect("it was given back").address(), freed);
}

/// RFC 2577 §4: a connection from elsewhere is closed and reported.
#[tokio::test]
async fn strangers_are_closed() {
    let bench = Bench::new(1);
    let lease = bench.lease(2).expect("a lease");
    let mut stranger = connect(9, lease.address());
    assert_eq!(stranger.read(&mut [0; 1]).expect("an end"), 0);
    let _stream = connect(2, lease.address());
    accept(&lease).await;
    assert_eq!(bench.strangers(), [(2, address(9))]);
    let second = bench.lease(3).expect("a lease");
    let mut stranger = connect(9, second.address());
    assert_eq!(stranger.read(&mut [0; 1]).expect("an end"), 0);
    assert_eq!(bench.strangers()[1], (0, address(9)), "it is not known whom it was after");
}

#[tokio::test]
async fn a_second_connection_counts_only_if_the_first_is_gone() {
    let bench = Bench::new(1);
    let lease = bench.lease(2).expect("a lease");
    let first = connect(2, lease.address());
    let mut second = connect(2, lease.address());
    assert_eq!(second.read(&mut [0; 1]).expect("an end"), 0);
    drop(first);
    // When the server notices that the connection is gone is a matter of timing.
    let third = loop {
        let third = connect(2, lease.address());
        let taken = loop {
            third.set_nonblocking(true).expect("a socket");
            match third.peek(&mut [0; 1]) {
                Ok(_) => break false,
                Err(_)
                    if lease.arrived.stream.lock().expect("a lock").as_ref().is_some_and(
                        |stream| stream.peer_addr().ok() == third.local_addr().ok(),
                    ) =>
                {
                    break true;
                }
                Err(_) => std::thread::yield_now(),
            }
        };
        if taken {
            break third;
        }
    };
    assert_eq!(accept(&lease).await, third.local_addr().expect("an address"));
}

#[tokio::test]
async fn another_programs_port_is_passed_over() {
    let bench = Bench::new(3);
    let taken = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, bench.first + 1));
    let _taken = taken.expect("a free port");
    let leases = [bench.lease(2), bench.lease(2)].map(|lease| lease.expect("a lease"));
    assert!(leases.iter().all(|lease| lease.address().port() != bench.first + 1));
    assert!(bench.lease(2).is_err());
}

#[tokio::test]
async fn nothing_is_left_behind() {
    let bench = Bench::new(4);
    for round in 0..1000_u32 {
        let client = u8::try_from(2 + round % 5).expect("small");
        let lease = bench.lease(client).expect("a lease");
        let stream = (round % 3 == 0).then(|| connect(client, lease.address()));
        if round % 2 == 0 {
            drop(lease);
            drop(stream);
        }
    }
    assert!(bench.pool.inner.lock().values().all(|port| port.waiting.is_empty()));
    let deadline = Instant::now() + Duration::from_secs(30);
    while !bench.pool.inner.lock().is_empty() {
        assert!(Instant::now() < deadline, "a port stays open");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for port in bench.first..=bench.last {
        std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).expect("the port is free");
    }
}

#[tokio::test]
async fn a_client_that_comes_through_a_proxy_is_known_by_its_own_address() {
    let bench = Bench::new(1);
    let trusted = vec![Network::parse("127.0.0.50").expect("a network")];
    let proxy = Arc::new(ProxyConfig { trusted, ..ProxyConfig::default() });
    let lease = bench.pool.lease(&Wanted { proxy, ..bench.wanted(2) }).expect("a lease");
    let through = |line: &str| {
        use std::io::Write as _;
        let mut stream = connect(50, lease.address());
        stream.write_all(line.as_bytes()).expect("a connection");
        stream
    };
    let mut other = through("PROXY TCP4 127.0.0.9 127.0.0.1 4000 21\r\n");
    assert_eq!(other.read(&mut [0; 1]).expect("an end"), 0);
    let mut none = through("USER anna\r\n");
    assert_eq!(none.read(&mut [0; 1]).unwrap_or(0), 0);
    let _own = through("PROXY TCP4 127.0.0.2 127.0.0.1 4000 21\r\nhere is data");
    let mut stream = lease.accept().await;
    stream.set_nonblocking(false).expect("a socket");
    let mut data = [0; 12];
    stream.read_exact(&mut data).expect("data");
    assert_eq!(&data, b"here is data");
    assert_eq!(bench.strangers(), [(2, address(9))]);
    let events = bench.events.lock().expect("events");
    assert!(events.iter().any(|event| matches!(event.kind, EventKind::ProxyRefused { .. })));
}
