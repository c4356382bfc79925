//! How many bytes must have arrived before a socket counts as ready (SO_RCVLOWAT, socket(7)). By
//! default the kernel wakes a reader for the first few bytes. With a fast client, a reader that
//! asks for many bytes is woken a tenth as often, and moves the data in pieces that suit the file
//! system.

use std::os::fd::BorrowedFd;

// One macro is made of the two others.
#[cfg(target_os = "linux")]
use nix::{getsockopt_impl, setsockopt_impl, sockopt_impl};

/// How many bytes to wait for when they arrive fast: most of what one move to the file takes.
#[cfg(target_os = "linux")]
const MANY: i32 = 384 << 10;
/// How many bytes to wait for otherwise.
#[cfg(target_os = "linux")]
const ANY: i32 = 1;

/// How many bytes a socket waits for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LowWater {
    /// For the first byte.
    #[default]
    Any,
    /// For as many as make each read worthwhile, or the end of the data.
    Many,
}

#[cfg(target_os = "linux")]
sockopt_impl!(ReceiveLowWater, Both, libc::SOL_SOCKET, libc::SO_RCVLOWAT, i32);

impl LowWater {
    /// Makes a socket wait for this many bytes. If the kernel refuses, the socket keeps its
    /// previous setting, and transfers are only slower.
    #[cfg(target_os = "linux")]
    pub fn set(&mut self, socket: BorrowedFd<'_>, wanted: Self) {
        if *self == wanted {
            return;
        }
        let bytes = match wanted {
            Self::Any => ANY,
            Self::Many => MANY,
        };
        if nix::sys::socket::setsockopt(&socket, ReceiveLowWater, &bytes).is_ok() {
            *self = wanted;
        }
    }

    /// Other systems have other units.
    #[cfg(not(target_os = "linux"))]
    pub fn set(&mut self, _socket: BorrowedFd<'_>, _wanted: Self) {}
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::io::Write as _;
    use std::net::{TcpListener, TcpStream};
    use std::os::fd::AsFd as _;

    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    use super::*;

    fn is_ready(socket: &TcpStream, wait: Timespec) -> bool {
        poll(&mut [PollFd::new(socket, PollFlags::IN)], Some(&wait)).expect("polled") > 0
    }

    #[test]
    fn a_few_bytes_make_a_socket_ready_unless_it_waits_for_many() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let mut client = TcpStream::connect(address).expect("connected");
        let (server, _) = listener.accept().expect("accepted");
        let short = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };
        let long = Timespec { tv_sec: 60, tv_nsec: 0 };
        let mut low_water = LowWater::default();

        low_water.set(server.as_fd(), LowWater::Many);
        assert_eq!(low_water, LowWater::Many);
        client.write_all(b"a few").expect("sent");
        assert!(!is_ready(&server, short));
        low_water.set(server.as_fd(), LowWater::Any);
        assert!(is_ready(&server, long));
        // The end of the data always wakes the reader.
        low_water.set(server.as_fd(), LowWater::Many);
        drop(client);
        assert!(is_ready(&server, long));
    }
}
