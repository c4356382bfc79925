//! [`Cutter`]: a proxy between client and server that ends data connections early but cleanly, as
//! some proxies and firewalls do: each side sees that the other one has closed.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use crate::dialogue::patient;
use crate::{PASSWORD, USER};

/// How one data connection ends.
#[derive(Clone, Copy, Debug)]
pub enum Cut {
    /// Normally, when one of the two sides closes it.
    Whole,
    /// After this many bytes, in either direction.
    After(u64),
}

/// The proxy; it supports passive data connections with EPSV.
pub struct Cutter {
    address: SocketAddr,
    over: Arc<AtomicBool>,
}

struct Plan {
    server: SocketAddr,
    cuts: Mutex<VecDeque<Cut>>,
    /// Replaces the server's text in a 226 reply, if set.
    words: Option<&'static str>,
    /// Whether names are changed to lower case on their way to the server.
    in_lower_case: bool,
    over: Arc<AtomicBool>,
}

impl Cutter {
    /// Starts in front of a server. Each data connection uses the next of the cuts; later ones are
    /// left whole.
    pub fn start(server: SocketAddr, cuts: &[Cut]) -> Self {
        Self::with(server, cuts, None, false)
    }

    /// The same, disguised as a server of another make: the 226 reply says only that the transfer
    /// is complete, and FEAT does not offer X-LENGTH, by which a client announces an upload's length.
    pub fn foreign(server: SocketAddr, cuts: &[Cut]) -> Self {
        Self::with(server, cuts, Some("Transfer complete."), false)
    }

    /// Cuts nothing, but makes the server one that ignores the case of names.
    pub fn folding(server: SocketAddr) -> Self {
        Self::with(server, &[], None, true)
    }

    fn with(
        server: SocketAddr,
        cuts: &[Cut],
        words: Option<&'static str>,
        in_lower_case: bool,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let over = Arc::new(AtomicBool::new(false));
        let cuts = Mutex::new(cuts.iter().copied().collect());
        let plan = Plan { server, cuts, words, in_lower_case, over: Arc::clone(&over) };
        let plan = Arc::new(plan);
        std::thread::spawn(move || {
            for client in listener.incoming() {
                if plan.over.load(Ordering::Relaxed) {
                    return;
                }
                let (plan, client) = (Arc::clone(&plan), client.expect("a client"));
                std::thread::spawn(move || plan.carry_control(client));
            }
        });
        Self { address, over }
    }

    /// The URL of a path, escaped already, for an anonymous user.
    pub fn guest_url(&self, path: &str) -> String {
        format!("ftp://{}/{path}", self.address)
    }

    /// The URL of a path, escaped already, with user and password.
    pub fn url(&self, path: &str) -> String {
        let password = PASSWORD.replace(' ', "%20");
        format!("ftp://{USER}:{password}@{}/{path}", self.address)
    }
}

impl Drop for Cutter {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        // The thread is waiting for a client. If it has ended, there is nobody to wake up.
        drop(TcpStream::connect(self.address));
    }
}

impl Plan {
    /// Forwards commands and replies until one side closes.
    fn carry_control(&self, client: TcpStream) {
        let server = patient(TcpStream::connect(self.server).expect("the server"));
        let (commands, mut to_server) = (client.try_clone().expect("a socket"), &server);
        let mut to_client = &client;
        std::thread::scope(|scope| {
            scope.spawn(|| {
                // If one side leaves, both end.
                let mut commands = BufReader::new(commands);
                let mut line = Vec::new();
                while commands.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
                    let is_login = line.starts_with(b"USER") || line.starts_with(b"PASS");
                    if self.in_lower_case && !is_login {
                        line.make_ascii_lowercase();
                    }
                    if to_server.write_all(&line).is_err() {
                        break;
                    }
                    line.clear();
                }
                let _ = server.shutdown(Shutdown::Both);
            });
            let mut replies = BufReader::new(&server);
            let mut line = String::new();
            while replies.read_line(&mut line).is_ok_and(|length| length > 0) {
                let told = self.retold(&line);
                if to_client.write_all(told.as_bytes()).is_err() {
                    break;
                }
                line.clear();
            }
            let _ = client.shutdown(Shutdown::Both);
        });
    }

    /// A line of a reply, as the client is to see it.
    fn retold(&self, line: &str) -> String {
        if let Some(words) = self.words.filter(|_| line.starts_with("226 ")) {
            return format!("226 {words}\r\n");
        }
        if self.words.is_some() && line.trim() == "X-LENGTH" {
            return String::new();
        }
        match line.strip_prefix("229 ").and_then(|rest| rest.split('|').nth(3)?.parse().ok()) {
            Some(port) => format!("229 Here (|||{}|)\r\n", self.carry_data(port)),
            None => line.to_owned(),
        }
    }

    /// Listens for one data connection and forwards it to a port of the server.
    fn carry_data(&self, port: u16) -> u16 {
        let cut = self.cuts.lock().expect("nobody panics with it").pop_front();
        let most = match cut {
            Some(Cut::After(bytes)) => bytes,
            Some(Cut::Whole) | None => u64::MAX,
        };
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let ours = listener.local_addr().expect("an address").port();
        let server = SocketAddr::new(self.server.ip(), port);
        std::thread::spawn(move || {
            let Ok((client, _)) = listener.accept() else { return };
            let server = patient(TcpStream::connect(server).expect("the server's port"));
            let client = patient(client);
            std::thread::scope(|scope| {
                scope.spawn(|| carry(&client, &server, most));
                scope.spawn(|| carry(&server, &client, most));
            });
        });
        ours
    }
}

/// Forwards bytes in one direction. Bytes after the cut are swallowed, so that their sender notices
/// nothing.
fn carry(from: &TcpStream, to: &TcpStream, most: u64) {
    let (mut head, mut to) = (from.take(most), to);
    // If one side has gone, the following shutdown tells the other.
    let _ = std::io::copy(&mut head, &mut to);
    let _ = to.shutdown(Shutdown::Write);
    let _ = std::io::copy(&mut { from }, &mut std::io::sink());
}
