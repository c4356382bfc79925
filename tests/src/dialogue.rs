//! [`Dialogue`]: FTP spoken by hand (lines out, replies in, data connections of every kind). It
//! implements just enough of the protocol not to share a mistake with the code under test.

use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::sync::Arc;

use rustix::net::{AddressFamily, SendFlags, SocketType};

use rustls::ClientConfig;

use crate::PATIENCE;
use crate::tls::{Link, Private, leave, over_as};

/// A reply as received.
#[derive(Clone, Debug)]
pub struct Reply {
    /// Its code.
    pub code: u16,
    /// Its lines, without the code and the character after it on the first and last line.
    pub lines: Vec<Vec<u8>>,
}

impl Reply {
    /// All lines as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.lines.join(&b'\n')).into_owned()
    }

    /// Checks the code.
    ///
    /// # Panics
    ///
    /// If it is a different one.
    #[track_caller]
    pub fn code(self, code: u16) -> Self {
        assert_eq!(self.code, code, "{}", self.text());
        self
    }

    /// Checks that the reply contains some words.
    ///
    /// # Panics
    ///
    /// If it does not.
    #[track_caller]
    pub fn says(self, words: &str) -> Self {
        assert!(self.text().contains(words), "{words:?} is not in {:?}", self.text());
        self
    }
}

/// A control connection.
pub struct Dialogue {
    reader: BufReader<Link>,
}

impl Dialogue {
    /// Connects and reads the greeting.
    pub fn connect(address: SocketAddr) -> Self {
        let mut dialogue = Self::connect_silently(address);
        dialogue.reply().code(220);
        dialogue
    }

    /// Connects without reading the greeting.
    pub fn connect_silently(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("the server");
        stream.set_nodelay(true).expect("a socket");
        Self { reader: BufReader::new(Link::Clear(patient(stream))) }
    }

    /// Uses an existing connection whose greeting was not read yet.
    pub fn over(stream: TcpStream) -> Self {
        stream.set_nodelay(true).expect("a socket");
        Self { reader: BufReader::new(Link::Clear(patient(stream))) }
    }

    /// Switches to TLS.
    ///
    /// # Panics
    ///
    /// If TLS is already in use.
    #[must_use]
    pub fn over_tls(self, config: &Arc<ClientConfig>) -> Self {
        self.over_tls_as(config, "localhost")
    }

    /// Switches to TLS, with this name for the server.
    ///
    /// # Panics
    ///
    /// If TLS is already in use.
    #[must_use]
    pub fn over_tls_as(self, config: &Arc<ClientConfig>, name: &'static str) -> Self {
        let Link::Clear(stream) = self.reader.into_inner() else { panic!("TLS twice") };
        Self { reader: BufReader::new(Link::Private(Box::new(over_as(stream, config, name)))) }
    }

    /// Switches back to clear text after CCC, and sends the first line there.
    ///
    /// # Panics
    ///
    /// If TLS is not in use.
    #[must_use]
    pub fn over_clear(self, line: &str) -> Self {
        Self::over(leave(self.private(), format!("{line}\r\n").as_bytes()))
    }

    /// The TLS link.
    ///
    /// # Panics
    ///
    /// If TLS is not in use.
    pub fn private(self) -> Private {
        assert!(self.reader.buffer().is_empty(), "a reply was not read");
        let Link::Private(link) = self.reader.into_inner() else { panic!("no TLS") };
        *link
    }

    /// Whether TLS is in use.
    pub fn is_private(&self) -> bool {
        matches!(self.reader.get_ref(), Link::Private(_))
    }

    /// The underlying connection.
    pub fn stream(&self) -> &TcpStream {
        self.reader.get_ref().socket()
    }

    /// Sends a line.
    pub fn send(&mut self, line: impl AsRef<[u8]>) {
        self.send_raw(&[line.as_ref(), b"\r\n"].concat());
    }

    /// Sends bytes as they are.
    pub fn send_raw(&mut self, bytes: &[u8]) {
        let link = self.reader.get_mut();
        link.write_all(bytes).and_then(|()| link.flush()).expect("a connection");
    }

    /// Sends bytes, the last of which is urgent (RFC 854: the Synch).
    pub fn send_urgent(&mut self, bytes: &[u8]) {
        let sent = rustix::net::send(self.stream(), bytes, SendFlags::OOB);
        assert_eq!(sent.expect("a connection"), bytes.len());
    }

    /// Reads the next reply (RFC 959 §4.2).
    #[track_caller]
    pub fn reply(&mut self) -> Reply {
        self.next_reply().expect("a reply, not the end of the connection")
    }

    /// Reads the next reply, or returns `None` at the end of the connection.
    ///
    /// # Panics
    ///
    /// If the data is not a valid reply.
    #[track_caller]
    pub fn next_reply(&mut self) -> Option<Reply> {
        let mut lines = Vec::new();
        let first = self.line()?;
        let digits = first.get(..3).and_then(|digits| std::str::from_utf8(digits).ok());
        let code: u16 = digits.and_then(|digits| digits.parse().ok()).expect("a code");
        lines.push(first.get(4..).unwrap_or_default().to_vec());
        if first.get(3) == Some(&b'-') {
            let last = format!("{code} ");
            loop {
                let line = self.line().expect("the rest of the reply");
                if let Some(rest) = line.strip_prefix(last.as_bytes()) {
                    lines.push(rest.to_vec());
                    break;
                }
                lines.push(line);
            }
        }
        Some(Reply { code, lines })
    }

    /// Reads a line without its end; RFC 959 allows only CRLF.
    fn line(&mut self) -> Option<Vec<u8>> {
        let mut line = Vec::new();
        // A reset connection has ended, too.
        if self.reader.read_until(b'\n', &mut line).is_err_and(|error| {
            let cut_off = [ErrorKind::ConnectionReset, ErrorKind::UnexpectedEof];
            assert!(cut_off.contains(&error.kind()), "{error}");
            true
        }) || line.is_empty()
        {
            return None;
        }
        let body = line.strip_suffix(b"\r\n").expect("CRLF at the end of a line").to_vec();
        Some(body)
    }

    /// Sends a command and returns the reply.
    #[track_caller]
    pub fn ask(&mut self, line: impl AsRef<[u8]>) -> Reply {
        self.send(line);
        self.reply()
    }

    /// Sends a command and checks the reply's code.
    #[track_caller]
    pub fn expect(&mut self, line: impl AsRef<[u8]>, code: u16) -> Reply {
        let line = line.as_ref();
        let reply = self.ask(line);
        assert_eq!(reply.code, code, "{}: {}", String::from_utf8_lossy(line), reply.text());
        reply
    }

    /// Logs in.
    #[track_caller]
    pub fn login(&mut self, user: &str, password: &str) {
        self.expect(format!("USER {user}"), 331);
        self.expect(format!("PASS {password}"), 230);
    }

    /// Sends EPSV and returns the address to connect to.
    #[track_caller]
    pub fn epsv_address(&mut self) -> SocketAddr {
        let text = self.expect("EPSV", 229).text();
        let port = text.split('|').nth(3).expect("a port in 229").parse().expect("a port");
        at_port(self.stream().peer_addr().expect("a peer"), port)
    }

    /// Sends EPSV and connects.
    #[track_caller]
    pub fn epsv(&mut self) -> TcpStream {
        patient(TcpStream::connect(self.epsv_address()).expect("the passive port"))
    }

    /// Sends PASV and connects.
    #[track_caller]
    pub fn pasv(&mut self) -> TcpStream {
        let text = self.expect("PASV", 227).text();
        let inside = text.split(['(', ')']).nth(1).expect("parentheses in 227");
        let numbers: Vec<u8> =
            inside.split(',').map(|number| number.parse().expect("a number")).collect();
        let [a, b, c, d, high, low] = numbers[..] else { panic!("six numbers: {text}") };
        let ip = Ipv4Addr::new(a, b, c, d);
        let port = u16::from(high) << 8 | u16::from(low);
        patient(TcpStream::connect((ip, port)).expect("the passive port"))
    }

    /// Sends PORT or EPRT; the server will connect to the listener.
    #[track_caller]
    pub fn active(&mut self, verb: &str) -> TcpListener {
        let local = self.stream().local_addr().expect("an address");
        let listener = TcpListener::bind(at_port(local, 0)).expect("a port");
        self.announce(verb, listener.local_addr().expect("an address"));
        listener
    }

    /// Like [`active`](Self::active) over IPv4, with a port that refuses connections: the socket is
    /// bound but does not listen, so nobody else can use the port.
    #[track_caller]
    pub fn active_refused(&mut self, verb: &str) -> OwnedFd {
        let ip = self.stream().local_addr().expect("an address").ip();
        let socket = rustix::net::socket(AddressFamily::INET, SocketType::STREAM, None);
        let socket = socket.expect("a socket");
        rustix::net::bind(&socket, &SocketAddr::new(ip, 0)).expect("a port");
        let address = rustix::net::getsockname(&socket).expect("an address");
        self.announce(verb, address.try_into().expect("an IPv4 address"));
        socket
    }

    #[track_caller]
    fn announce(&mut self, verb: &str, address: SocketAddr) {
        let port = address.port();
        let line = match (verb, address.ip()) {
            ("PORT", IpAddr::V4(ip)) => {
                let [a, b, c, d] = ip.octets();
                format!("PORT {a},{b},{c},{d},{},{}", port >> 8, port & 0xff)
            }
            (_, IpAddr::V4(ip)) => format!("EPRT |1|{ip}|{port}|"),
            (_, IpAddr::V6(ip)) => format!("EPRT |2|{ip}|{port}|"),
        };
        self.expect(line, 200);
    }

    /// Downloads or lists over EPSV.
    #[track_caller]
    pub fn fetch(&mut self, line: impl AsRef<[u8]>) -> Vec<u8> {
        let data = self.epsv();
        self.expect(line, 150);
        let content = all(data);
        self.reply().code(226);
        content
    }

    /// Uploads over EPSV, and returns the last reply.
    #[track_caller]
    pub fn store(&mut self, line: impl AsRef<[u8]>, content: &[u8]) -> Reply {
        let mut data = self.epsv();
        self.expect(line, 150);
        data.write_all(content).expect("a data connection");
        drop(data);
        self.reply()
    }

    /// Ends the connection with RST, as a crash of the machine or a firewall does.
    pub fn reset(self) {
        if let Link::Clear(stream) = self.reader.into_inner() {
            reset(stream);
        }
    }

    /// Closes the sending half of the connection.
    pub fn finish_sending(&self) {
        // The server may have closed first.
        let _ = self.stream().shutdown(Shutdown::Write);
    }
}

/// The same address, on the same interface, with another port.
fn at_port(mut address: SocketAddr, port: u16) -> SocketAddr {
    address.set_port(port);
    address
}

/// Sets a timeout, so that the test fails instead of hanging.
pub fn patient(stream: TcpStream) -> TcpStream {
    stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
    stream.set_write_timeout(Some(PATIENCE)).expect("a socket");
    stream
}

/// Reads everything up to the end.
#[track_caller]
pub fn all(mut data: TcpStream) -> Vec<u8> {
    let mut content = Vec::new();
    data.read_to_end(&mut content).expect("data");
    content
}

/// Ends a connection with RST.
pub fn reset(stream: TcpStream) {
    let now = Some(std::time::Duration::ZERO);
    rustix::net::sockopt::set_socket_linger(&stream, now).expect("a socket");
}

/// Connects from the given source address.
pub fn connect_from(from: Ipv4Addr, to: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = rustix::net::socket(AddressFamily::INET, SocketType::STREAM, None)?;
    rustix::net::bind(&socket, &SocketAddr::from((from, 0)))?;
    rustix::net::connect(&socket, &to)?;
    Ok(patient(TcpStream::from(socket)))
}
