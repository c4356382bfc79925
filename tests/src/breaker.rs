//! A way to a server that breaks: it passes connections on, and cuts those off that a test names, after as many bytes of
//! the client's as it says.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::dialogue::reset;

/// Such a way. It ends with the test's process.
pub struct Breaker {
    address: SocketAddr,
    count: Arc<AtomicUsize>,
}

/// How a connection ends before its time, after so many bytes that the client has sent.
#[derive(Clone, Copy, Debug)]
pub enum Cut {
    /// It is reset.
    Reset(usize),
    /// It is closed.
    End(usize),
    /// The server sees its end, and the client that all it sends is taken.
    Swallow(usize),
    /// What the server sends last stays away: with TLS 1.3 that is the mark of the end (close_notify).
    Unmarked,
}

/// How long the record of close_notify is: a header, two bytes, the type of the record, and the tag of the cipher (RFC 8446
/// §5.2 and §6).
const MARK: usize = 5 + 2 + 1 + 16;

impl Breaker {
    /// Passes on to a server what comes to a listener; `cut` says of the first connection, 0, and of those behind it
    /// whether it is cut off.
    ///
    /// # Panics
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
                // A server that is gone has nothing to say; the client sees the end.
                let Ok(server) = TcpStream::connect(server) else { continue };
                std::thread::spawn(move || pass_on(client, server, cut));
            }
        });
        Self { address, count }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many connections there were.
    pub fn count(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }
}

/// Passes on both ways until one end is over, or it is time to cut it off.
fn pass_on(client: TcpStream, server: TcpStream, cut: Option<Cut>) {
    let [mut from, mut to] = [&server, &client].map(|end| end.try_clone().expect("a socket"));
    let stopped = Arc::new(AtomicBool::new(false));
    let is_stopped = Arc::clone(&stopped);
    let backwards = std::thread::spawn(move || {
        // However it ends, the client hears of it, unless that is to happen in another way.
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
        // This ends the other thread, whose sockets would keep the connections, and sends nothing.
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

/// The handshake is over when so many bytes have come; from then on the last ones wait until more come.
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

/// Passes on so many bytes; whether there were as many.
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
