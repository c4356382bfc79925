//! Clients on a link-local address of IPv6 (RFC 4007): such an address means something only with the interface that it is
//! on. Tried where the machine has one; `ip link add dummy0 type dummy; ip link set dummy0 up` in a network namespace of its
//! own makes one.

use std::net::{Ipv6Addr, SocketAddr, SocketAddrV6};

use packetboat_tests::{Server, Setup};

/// One of this machine, with its interface.
fn link_local() -> Option<SocketAddr> {
    let list = std::fs::read_to_string("/proc/net/if_inet6").ok()?;
    list.lines().find_map(|line| {
        let mut words = line.split_whitespace();
        let address = u128::from_str_radix(words.next()?, 16).ok()?;
        let interface = u32::from_str_radix(words.next()?, 16).ok()?;
        let flags = u8::from_str_radix(words.nth(2)?, 16).ok()?;
        let address = Ipv6Addr::from_bits(address);
        // One that is still looked for elsewhere, or was found there, cannot be used.
        let usable = address.is_unicast_link_local() && flags & 0x48 == 0;
        usable.then(|| SocketAddrV6::new(address, 0, 0, interface).into())
    })
}

fn serve(more: &[&'static str]) -> Option<Server> {
    let Some(address) = link_local() else {
        eprintln!("skipped: no interface of this machine has a link-local address of IPv6");
        return None;
    };
    let setup = Setup {
        listen: Some(address.to_string().leak()),
        arguments: more.to_vec(),
        ..Setup::default()
    };
    Some(Server::with(setup))
}

/// The interface was forgotten on the way to the data connection, which the system answers with EINVAL.
#[test]
fn data_connections_are_on_the_interface_of_the_client() {
    let Some(server) = serve(&[]) else { return };
    let mut d = server.login();
    // Twice: the second time on the same port.
    for name in ["a", "b"] {
        d.store(format!("STOR {name}"), b"content").code(226);
    }
    assert_eq!(d.fetch("RETR a"), b"content");
    let listener = d.active("EPRT");
    d.expect("RETR b", 150);
    let (data, from) = listener.accept().expect("the server");
    assert_eq!(from.ip(), server.address().ip());
    assert_eq!(packetboat_tests::dialogue::all(data), b"content");
    d.reply().code(226);
    server.check_health();
}

#[test]
fn ports_of_a_range_are_on_the_interface_of_the_client() {
    let Some(server) = serve(&["--passive-ports", "29100-29199"]) else { return };
    let mut d = server.login();
    d.store("STOR a", b"content").code(226);
    assert_eq!(d.fetch("RETR a"), b"content");
    server.check_health();
}
