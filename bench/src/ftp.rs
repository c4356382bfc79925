//! The load generator's FTP: just enough of the protocol, each reply checked, nothing retried.
//! TCP_NODELAY is set on every connection; acknowledgements are left to the kernel, as in the
//! clients people use, so a server that waits for them pays for it here too.

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

/// One reply: its code and its last line.
pub(crate) struct Reply {
    pub(crate) code: u16,
    pub(crate) text: String,
}

/// One control connection.
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

    /// AUTH, and TLS from there on.
    pub(crate) fn start_tls(&mut self, config: &Arc<ClientConfig>) -> Result<()> {
        self.command("AUTH TLS", &[234])?;
        self.tls = Some(tls::negotiate(config, &mut self.stream)?);
        Ok(())
    }

    /// USER, and PASS unless the server has enough with a name: Pure-FTPd lets anonymous in so.
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

    /// Sends a command and holds the server to one of the replies `wanted`.
    pub(crate) fn command(&mut self, line: &str, wanted: &[u16]) -> Result<Reply> {
        self.send(line)?;
        self.expect(line, wanted)
    }

    pub(crate) fn send(&mut self, line: &str) -> Result<()> {
        // One write: two would be two packets, and the second might wait for an acknowledgement.
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
        Err(format!("{line} was answered {} {}", reply.code, reply.text).into())
    }

    /// RETR; the answer is the number of bytes that came.
    pub(crate) fn retrieve(&mut self, name: &str) -> Result<u64> {
        self.download(&format!("RETR {name}"))
    }

    /// LIST, MLSD or NLST of the current folder, bytes counted and thrown away.
    pub(crate) fn download(&mut self, line: &str) -> Result<u64> {
        let data = self.start_download(line, None)?;
        let bytes = flow::discard(&data)?;
        drop(data);
        self.expect(line, &[226, 250])?;
        Ok(bytes)
    }

    /// As [`Control::download`], but the bytes are kept.
    pub(crate) fn read(&mut self, line: &str) -> Result<Vec<u8>> {
        let mut data = self.start_download(line, None)?;
        let mut bytes = Vec::new();
        data.read_to_end(&mut bytes)?;
        self.expect(line, &[226, 250])?;
        Ok(bytes)
    }

    /// Has the server start sending; whoever calls takes the bytes and the last reply.
    pub(crate) fn start_download(
        &mut self,
        line: &str,
        window: Option<usize>,
    ) -> Result<TcpStream> {
        let data = self.extended_passive(window)?;
        self.command(line, &[150, 125])?;
        Ok(data)
    }

    /// STOR of what `send` writes to the data connection.
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

    /// EPSV, RFC 2428 section 3: `229 text (|||port|)`.
    fn extended_passive(&mut self, window: Option<usize>) -> Result<TcpStream> {
        let reply = self.command("EPSV", &[229])?;
        let port = passive_port(&reply.text)
            .ok_or_else(|| format!("EPSV was answered 229 {} without a port", reply.text))?;
        let mut addr = self.addr;
        addr.set_port(port);
        connect(addr, self.source, window)
    }

    /// One reply, RFC 959 section 4.2: lines up to the one with the code and a space.
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

    /// Receives until there is a line; its length.
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

/// A connection with TCP_NODELAY, from `source` if given, with a receive buffer of `window`.
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
        // Thousands of sessions end in a run; their ports must not be lost for a minute each.
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
