//! The load generator's FTP client: just enough of the protocol. It checks every reply and retries
//! nothing. TCP_NODELAY is set on every connection. Acknowledgements are left to the kernel, as in
//! real clients, so a server that waits for them pays for it here, too.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustls::{ClientConfig, ClientConnection, Stream};
use socket2::{Domain, Socket, Type};

use crate::{Result, flow, tls};

/// A server that is silent for longer than this has failed.
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) struct Login {
    pub(crate) user: &'static str,
    pub(crate) password: &'static str,
}

impl Login {
    pub(crate) const ANONYMOUS: Self = Self { user: "anonymous", password: "bench@localhost" };
}

/// A reply: its code and its last line.
pub(crate) struct Reply {
    pub(crate) code: u16,
    pub(crate) text: String,
}

/// A control connection.
pub(crate) struct Control {
    stream: TcpStream,
    addr: SocketAddr,
    tls: Option<ClientConnection>,
    source: Option<Ipv4Addr>,
    received: Vec<u8>,
}

impl Control {
    /// Connects, from `source` if given, and reads the greeting.
    pub(crate) fn connect(addr: SocketAddr, source: Option<Ipv4Addr>) -> Result<Self> {
        let stream = connect(addr, source, None)?;
        let mut control = Self { stream, addr, tls: None, source, received: Vec::new() };
        control.expect("the greeting", &[220])?;
        Ok(control)
    }

    /// Sends AUTH and switches to TLS.
    pub(crate) fn start_tls(&mut self, config: &Arc<ClientConfig>) -> Result<()> {
        self.command("AUTH TLS", &[234])?;
        self.tls = Some(tls::negotiate(config, &mut self.stream)?);
        Ok(())
    }

    /// Sends USER, and PASS unless the name is enough: Pure-FTPd lets anonymous users in without a
    /// password.
    pub(crate) fn login(&mut self, login: &Login) -> Result<()> {
        let reply = self.command(&format!("USER {}", login.user), &[331, 230])?;
        if reply.code == 331 {
            self.command(&format!("PASS {}", login.password), &[230])?;
        }
        Ok(())
    }

    pub(crate) fn binary(&mut self) -> Result<()> {
        self.command("TYPE I", &[200])?;
        Ok(())
    }

    pub(crate) fn change_folder(&mut self, path: &str) -> Result<()> {
        self.command(&format!("CWD {path}"), &[250])?;
        Ok(())
    }

    /// Sends a command and fails unless the reply is one of `wanted`.
    pub(crate) fn command(&mut self, line: &str, wanted: &[u16]) -> Result<Reply> {
        self.send(line)?;
        self.expect(line, wanted)
    }

    pub(crate) fn send(&mut self, line: &str) -> Result<()> {
        // Written in one call: two would send two packets, and the second might wait for an
        // acknowledgement.
        let line = format!("{line}\r\n");
        match &mut self.tls {
            Some(tls) => Stream::new(tls, &mut self.stream).write_all(line.as_bytes())?,
            None => self.stream.write_all(line.as_bytes())?,
        }
        Ok(())
    }

    pub(crate) fn expect(&mut self, line: &str, wanted: &[u16]) -> Result<Reply> {
        let reply = self.reply().map_err(|error| format!("after {line}: {error}"))?;
        if wanted.contains(&reply.code) {
            return Ok(reply);
        }
        Err(format!("unexpected reply to {line}: {} {}", reply.code, reply.text).into())
    }

    /// Sends RETR and returns the number of bytes received.
    pub(crate) fn retrieve(&mut self, name: &str) -> Result<u64> {
        self.download(&format!("RETR {name}"))
    }

    /// Sends LIST, MLSD or NLST for the current folder, and counts and discards the bytes.
    pub(crate) fn download(&mut self, line: &str) -> Result<u64> {
        let data = self.start_download(line, None)?;
        let bytes = flow::discard(&data)?;
        drop(data);
        self.expect(line, &[226, 250])?;
        Ok(bytes)
    }

    /// Like [`Control::download`], but returns the bytes.
    pub(crate) fn read(&mut self, line: &str) -> Result<Vec<u8>> {
        let mut data = self.start_download(line, None)?;
        let mut bytes = Vec::new();
        data.read_to_end(&mut bytes)?;
        self.expect(line, &[226, 250])?;
        Ok(bytes)
    }

    /// Makes the server start sending. The caller reads the data and the final reply.
    pub(crate) fn start_download(
        &mut self,
        line: &str,
        window: Option<usize>,
    ) -> Result<TcpStream> {
        let data = self.extended_passive(window)?;
        self.command(line, &[150, 125])?;
        Ok(data)
    }

    /// Sends STOR, with the data that `send` writes to the data connection.
    pub(crate) fn store(
        &mut self,
        name: &str,
        send: impl FnOnce(&TcpStream) -> Result<()>,
    ) -> Result<()> {
        let data = self.extended_passive(None)?;
        let line = format!("STOR {name}");
        self.command(&line, &[150, 125])?;
        send(&data)?;
        drop(data);
        self.expect(&line, &[226, 250])?;
        Ok(())
    }

    pub(crate) fn quit(mut self) -> Result<()> {
        self.command("QUIT", &[221])?;
        Ok(())
    }

    /// Sends EPSV and parses the reply `229 text (
    ///
    /// |port|)`, RFC 2428 section 3.
    fn extended_passive(&mut self, window: Option<usize>) -> Result<TcpStream> {
        let reply = self.command("EPSV", &[229])?;
        let port = passive_port(&reply.text)
            .ok_or_else(|| format!("the reply to EPSV has no port: 229 {}", reply.text))?;
        let mut addr = self.addr;
        addr.set_port(port);
        connect(addr, self.source, window)
    }

    /// Reads a reply (RFC 959 section 4.2): lines up to the one that starts with the code and a
    /// space.
    fn reply(&mut self) -> Result<Reply> {
        loop {
            let end = self.line_end()?;
            let line = String::from_utf8_lossy(self.received.get(..end).unwrap_or(&[]));
            let code = line.get(..3).and_then(|code| code.parse().ok());
            let text = line.get(3..).and_then(|rest| rest.strip_prefix(' '));
            let reply =
                code.zip(text).map(|(code, text)| Reply { code, text: text.trim_end().into() });
            self.received.drain(..end);
            if let Some(reply) = reply {
                return Ok(reply);
            }
        }
    }

    /// Receives until a line is complete, and returns its length.
    fn line_end(&mut self) -> Result<usize> {
        loop {
            if let Some(end) = self.received.iter().position(|&byte| byte == b'\n') {
                return Ok(end + 1);
            }
            let mut chunk = [0; 512];
            let read = match &mut self.tls {
                Some(tls) => Stream::new(tls, &mut self.stream).read(&mut chunk),
                None => self.stream.read(&mut chunk),
            };
            match read? {
                0 => return Err("the server closed the control connection".into()),
                count => self.received.extend_from_slice(chunk.get(..count).unwrap_or(&[])),
            }
        }
    }
}

/// Opens a connection with TCP_NODELAY, from `source` if given, with a receive buffer of `window`.
pub(crate) fn connect(
    addr: SocketAddr,
    source: Option<Ipv4Addr>,
    window: Option<usize>,
) -> Result<TcpStream> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, None)?;
    socket.set_tcp_nodelay(true)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.set_write_timeout(Some(PATIENCE))?;
    if let Some(window) = window {
        socket.set_recv_buffer_size(window)?;
    }
    if let Some(source) = source {
        // A run ends thousands of sessions, and their ports must not stay unusable for a minute
        // each.
        socket.set_reuse_address(true)?;
        socket.bind(&SocketAddr::from((source, 0)).into())?;
    }
    socket.connect(&addr.into()).map_err(|error| format!("connecting to {addr}: {error}"))?;
    Ok(socket.into())
}

fn passive_port(text: &str) -> Option<u16> {
    let (_, rest) = text.split_once("(|||")?;
    rest.split_once("|)")?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_stands_between_the_bars() {
        assert_eq!(passive_port("Entering Extended Passive Mode (|||6446|)"), Some(6446));
        assert_eq!(passive_port("Extended Passive Mode OK (|||28640|)."), Some(28640));
        assert_eq!(passive_port("(|||70000|)"), None);
        assert_eq!(passive_port("no port"), None);
    }
}
