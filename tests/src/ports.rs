//! Ports for programs that need to be given one. They are below the range that the system assigns,
//! so no connection of another test can take one before it is used, and no two tests of a process
//! get the same one.

use std::net::{Ipv4Addr, TcpListener};
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicU16, Ordering};

/// The first port, and the number of ports.
const FIRST: u16 = 20_000;
const COUNT: u16 = 12_000;

/// Finds a free port.
///
/// # Panics
///
/// If all are taken.
pub fn free_port() -> u16 {
    *free_range(1).start()
}

/// Finds this many consecutive free ports.
///
/// # Panics
///
/// If there are none, or if more are requested than exist.
pub fn free_range(count: u16) -> RangeInclusive<u16> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    assert!((1..=1000).contains(&count), "{count} ports in a row");
    // Each process starts at a different place.
    let start = u16::try_from(std::process::id() % 1000).expect("less than 1000") * 12;
    let mut ranges = (0..COUNT).map(|_| {
        let next = NEXT.fetch_add(count, Ordering::Relaxed) % COUNT;
        let first = FIRST + (start + next) % COUNT;
        first..=first + count - 1
    });
    let free = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok();
    ranges.find(|range| range.clone().all(free)).expect("free ports")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// All tests used to search from the same place, and two found the same ports before either
    /// listened.
    #[test]
    fn concurrent_requests_get_different_ports() {
        let threads: Vec<_> =
            (0..8).map(|_| std::thread::spawn(|| [1, 4, 10].map(free_range))).collect();
        let mut seen = BTreeSet::new();
        for thread in threads {
            for port in thread.join().expect("ranges").into_iter().flatten() {
                assert!(seen.insert(port), "port {port} was handed out twice");
            }
        }
        assert_eq!(seen.len(), 8 * 15);
    }
}
