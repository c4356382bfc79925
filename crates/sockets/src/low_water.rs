//! How many bytes have to have come before a socket counts as ready (SO_RCVLOWAT, socket(7)). The kernel wakes a
//! reader for the first few; one that a fast client keeps busy is woken a tenth as often, and moves the bytes in pieces
//! that the file system takes whole, if it asks for many at once.

use std::os::fd::BorrowedFd;

// The one macro is made of the two others.
#[cfg(target_os = "linux")]
use nix::{getsockopt_impl, setsockopt_impl, sockopt_impl};

/// How many are waited for where they come fast: most of what is moved to the file in one go.
#[cfg(target_os = "linux")]
const MANY: i32 = 384 << 10;
/// How many are waited for otherwise.
#[cfg(target_os = "linux")]
const ANY: i32 = 1;

/// Whether a socket waits for many bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LowWater {
    /// For the first of them.
    #[default]
    Any,
    /// For as many as make the most of each turn, or the end.
    Many,
}

#[cfg(target_os = "linux")]
sockopt_impl!(ReceiveLowWater, Both, libc::SOL_SOCKET, libc::SO_RCVLOWAT, i32);

impl LowWater {
    /// Makes a socket wait for this many. It works as well where the kernel refuses, only slower; then the socket
    /// waits for what it did.
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

    /// Other systems take other measures.
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
        // The end of the data counts whatever is waited for.
        low_water.set(server.as_fd(), LowWater::Many);
        drop(client);
        assert!(is_ready(&server, long));
    }
}
