//! Clients on a link-local IPv6 address (RFC 4007), which is meaningful only together with its
//! interface.

use std::net::{Ipv6Addr, SocketAddr, SocketAddrV6};

use packetboat_tests::again::{again, is_again};
use packetboat_tests::ports::free_range;
use packetboat_tests::{Server, Setup, accept, skip, wait_for};

/// A link-local address of this machine, with its interface.
fn link_local() -> Option<SocketAddr> {
    let list = std::fs::read_to_string("/proc/net/if_inet6").ok()?;
    list.lines().find_map(|line| {
        let mut words = line.split_whitespace();
        let address = u128::from_str_radix(words.next()?, 16).ok()?;
        let interface = u32::from_str_radix(words.next()?, 16).ok()?;
        let flags = u8::from_str_radix(words.nth(2)?, 16).ok()?;
        let address = Ipv6Addr::from_bits(address);
        // An address cannot be used while it is tentative, or if it is a duplicate.
        let usable = address.is_unicast_link_local() && flags & 0x48 == 0;
        usable.then(|| SocketAddrV6::new(address, 0, 0, interface).into())
    })
}

/// Creates interfaces that have such addresses.
const MAKE: &str = "ip link set lo up && ip link add packet0 type veth peer name packet1 && \
                    ip link set packet0 up && ip link set packet1 up && exec \"$0\" \"$@\"";

/// Runs the work with such an address: on this machine or, if it has none, by running this test
/// again in a network of its own.
fn on_a_link(test: &str, work: impl Fn(SocketAddr)) {
    if is_again() {
        return work(wait_for("an address", link_local));
    }
    if let Some(address) = link_local() {
        return work(address);
    }
    if let Err(error) = again(&["unshare", "--net", "--", "sh", "-c", MAKE], test) {
        let why = "no interface has a link-local address of IPv6, and none can be made";
        skip("link-local", &format!("{why}: {error}"));
    }
}

fn serve(address: SocketAddr, more: &[&'static str]) -> Server {
    let setup = Setup {
        listen: Some(address.to_string().leak()),
        arguments: more.to_vec(),
        ..Setup::default()
    };
    Server::with(setup)
}

/// The interface used to be lost on the way to the data connection, and the system answered with
/// EINVAL.
#[test]
fn data_connections_are_on_the_interface_of_the_client() {
    on_a_link("data_connections_are_on_the_interface_of_the_client", of_any_port);
}

fn of_any_port(address: SocketAddr) {
    let server = serve(address, &[]);
    let mut d = server.login();
    // Twice: the second time on the same port.
    for name in ["a", "b"] {
        d.store(format!("STOR {name}"), b"content").code(226);
    }
    assert_eq!(d.fetch("RETR a"), b"content");
    let listener = d.active("EPRT");
    d.expect("RETR b", 150);
    let data = accept(&listener);
    assert_eq!(data.peer_addr().expect("an address").ip(), server.address().ip());
    assert_eq!(packetboat_tests::dialogue::all(data), b"content");
    d.reply().code(226);
    server.check_health();
}

#[test]
fn ports_of_a_range_are_on_the_interface_of_the_client() {
    on_a_link("ports_of_a_range_are_on_the_interface_of_the_client", of_a_range);
}

fn of_a_range(address: SocketAddr) {
    let ports = free_range(10);
    let ports = format!("{}-{}", ports.start(), ports.end());
    let server = serve(address, &["--passive-ports", ports.leak()]);
    let mut d = server.login();
    d.store("STOR a", b"content").code(226);
    assert_eq!(d.fetch("RETR a"), b"content");
    server.check_health();
}
