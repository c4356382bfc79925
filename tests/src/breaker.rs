//! [`Breaker`]: an unreliable path to a server. It forwards connections, and breaks those that a
//! test names after the given number of bytes from the client.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::dialogue::reset;

/// The path; it ends with the test's process.
pub struct Breaker {
    address: SocketAddr,
    count: Arc<AtomicUsize>,
}

/// How a connection breaks, after this many bytes from the client.
#[derive(Clone, Copy, Debug)]
pub enum Cut {
    /// It is reset.
    Reset(usize),
    /// It is closed.
    End(usize),
    /// The server sees the end of the data, and whatever else the client sends is swallowed.
    Swallow(usize),
    /// The last bytes from the server are lost. With TLS 1.3, that is the mark of the end
    /// (close_notify).
    Unmarked,
}

/// The length of the close_notify record: a header, two bytes, the record type and the cipher's tag
/// (RFC 8446 §5.2 and §6).
const MARK: usize = 5 + 2 + 1 + 16;

impl Breaker {
    /// Forwards connections from a listener to a server. For each connection, counted from 0, `cut`
    /// decides whether it breaks.
    ///
    /// # Panics
    ///
    /// If the listener has no address.
    pub fn new(
        listener: TcpListener,
        server: SocketAddr,
        cut: impl Fn(usize) -> Option<Cut> + Send + 'static,
    ) -> Self {
        let address = listener.local_addr().expect("an address");
        let count = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&count);
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let Ok(client) = client else { return };
                let cut = cut(counted.fetch_add(1, Ordering::SeqCst));
                // If the server is gone, the client just sees the end.
                let Ok(server) = TcpStream::connect(server) else { continue };
                std::thread::spawn(move || pass_on(client, server, cut));
            }
        });
        Self { address, count }
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The number of connections so far.
    pub fn count(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }
}

/// Forwards in both directions until one end closes or the connection is to break.
fn pass_on(client: TcpStream, server: TcpStream, cut: Option<Cut>) {
    let [mut from, mut to] = [&server, &client].map(|end| end.try_clone().expect("a socket"));
    let stopped = Arc::new(AtomicBool::new(false));
    let is_stopped = Arc::clone(&stopped);
    let backwards = std::thread::spawn(move || {
        // However the connection ends, the client is told, unless it is to end in another way.
        let _ = match cut {
            Some(Cut::Unmarked) => all_but_the_mark(&mut from, &mut to),
            _ => std::io::copy(&mut from, &mut to).map(drop),
        };
        if !is_stopped.load(Ordering::SeqCst) {
            let _ = to.shutdown(Shutdown::Write);
        }
    });
    let left = match cut {
        None | Some(Cut::Unmarked) => usize::MAX,
        Some(Cut::Reset(count) | Cut::End(count) | Cut::Swallow(count)) => count,
    };
    let cut = forward(&client, &server, left).then_some(cut).flatten();
    if let Some(Cut::Reset(_)) = cut {
        // Ends the other thread, whose sockets would keep the connections open, without sending
        // anything.
        stopped.store(true, Ordering::SeqCst);
        let _ = server.shutdown(Shutdown::Read);
        backwards.join().expect("the way back");
        return [client, server].into_iter().for_each(reset);
    }
    let _ = server.shutdown(Shutdown::Write);
    match cut {
        Some(Cut::Swallow(_)) => {
            let _ = std::io::copy(&mut &client, &mut std::io::sink());
        }
        Some(_) => {
            let _ = client.shutdown(Shutdown::Write);
        }
        None => {}
    }
    backwards.join().expect("the way back");
}

/// After this many bytes the handshake is over. From then on, the last bytes are held back until
/// more arrive.
fn all_but_the_mark(from: &mut TcpStream, to: &mut TcpStream) -> std::io::Result<()> {
    const HANDSHAKE: usize = 64 << 10;
    let (mut buffer, mut waiting, mut passed) = ([0; 4096], Vec::new(), 0);
    loop {
        let count = from.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        waiting.extend_from_slice(&buffer[..count]);
        let kept = if passed > HANDSHAKE { MARK } else { 0 };
        let ready = waiting.len().saturating_sub(kept);
        to.write_all(&waiting[..ready])?;
        waiting.drain(..ready);
        passed += ready;
    }
}

/// Forwards this many bytes, and tells whether there were that many.
fn forward(mut from: &TcpStream, mut to: &TcpStream, mut left: usize) -> bool {
    let mut buffer = [0; 4096];
    while left > 0 {
        let Ok(count @ 1..) = from.read(&mut buffer) else { return false };
        let count = count.min(left);
        if to.write_all(&buffer[..count]).is_err() {
            return false;
        }
        left -= count;
    }
    true
}
