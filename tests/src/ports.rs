//! Ports for programs that have to be told which. They lie below those that the system gives away, so no connection of
//! another test takes one before it is used, and no two tests of a process are told the same.

use std::net::{Ipv4Addr, TcpListener};
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicU16, Ordering};

/// The first, and how many there are.
const FIRST: u16 = 20_000;
const COUNT: u16 = 12_000;

/// One that is free.
///
/// # Panics
/// If all are taken.
pub fn free_port() -> u16 {
    *free_range(1).start()
}

/// So many in a row that are free.
///
/// # Panics
/// If there are none, or more are wanted than there are.
pub fn free_range(count: u16) -> RangeInclusive<u16> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    assert!((1..=1000).contains(&count), "{count} ports in a row");
    // Processes begin at different places.
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

    /// They were looked for at one place by all, and found by two before either listened.
    #[test]
    fn ranges_that_are_asked_for_at_once_share_no_port() {
        let threads: Vec<_> =
            (0..8).map(|_| std::thread::spawn(|| [1, 4, 10].map(free_range))).collect();
        let mut seen = BTreeSet::new();
        for thread in threads {
            for port in thread.join().expect("ranges").into_iter().flatten() {
                assert!(seen.insert(port), "{port} was given away twice");
            }
        }
        assert_eq!(seen.len(), 8 * 15);
    }
}
