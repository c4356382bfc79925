//! [`Canned`]: a scripted server for tests of the client. It knows a few verbs, answers as told
//! where that matters, and remembers every byte from the client.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::thread::JoinHandle;
use std::time::Duration;

use crate::accept;
use crate::program::{Output, client, run};

/// How the server differs from a plain one.
#[derive(Default)]
pub struct Canned {
    /// Replies by verb, without the line end, instead of the usual ones. Where several are given,
    /// separated by `|`, each is used once in turn, and the last one from then on.
    pub replies: BTreeMap<&'static str, &'static str>,
    /// The content of downloads.
    pub content: Vec<u8>,
    /// Whether each byte of a reply is sent in a packet of its own.
    pub byte_by_byte: bool,
}

/// What a client did.
pub struct Seen {
    /// Every line it sent.
    pub lines: Vec<String>,
    /// The same, byte by byte.
    pub bytes: Vec<u8>,
    /// How it ended and what it printed.
    pub output: Output,
}

impl Canned {
    /// A server that differs in some replies.
    pub fn with(replies: &[(&'static str, &'static str)]) -> Self {
        let replies = replies.iter().copied().collect();
        Self { replies, content: b"content".to_vec(), byte_by_byte: false }
    }

    /// Sends each byte of a reply in a packet of its own.
    pub fn byte_by_byte(self) -> Self {
        Self { byte_by_byte: true, ..self }
    }

    /// Sets the content of downloads.
    pub fn sending(self, content: &[u8]) -> Self {
        Self { content: content.to_vec(), ..self }
    }

    /// Runs the client in a temporary folder. `URL` in the arguments stands for the server's
    /// address.
    pub fn run(self, arguments: &[&str]) -> Seen {
        let home = tempfile::tempdir().expect("a folder");
        self.run_in(home.path(), arguments)
    }

    /// The same in an existing folder.
    pub fn run_in(self, home: &Path, arguments: &[&str]) -> Seen {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let server: JoinHandle<Vec<u8>> = std::thread::spawn(move || self.serve(&listener));
        let url = format!("ftp://{address}/");
        let arguments: Vec<String> =
            arguments.iter().map(|word| word.replace("URL", &url)).collect();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let output = run(client(&arguments).current_dir(home).env("HOME", home));
        // Otherwise the server would wait for a client that never connected.
        drop(TcpStream::connect(address));
        let bytes = server.join().expect("the fake server");
        let lines = String::from_utf8_lossy(&bytes).lines().map(str::to_owned).collect();
        Seen { lines, bytes, output }
    }

    /// Serves one session.
    fn serve(mut self, listener: &TcpListener) -> Vec<u8> {
        let mut control = BufReader::new(accept(listener));
        let mut bytes = Vec::new();
        let mut data = None;
        self.answer(&mut control, "greeting", "220 fake");
        loop {
            let mut line = Vec::new();
            // A client that resets the connection has ended, too.
            if control.read_until(b'\n', &mut line).unwrap_or(0) == 0 {
                return bytes;
            }
            bytes.extend_from_slice(&line);
            let text = String::from_utf8_lossy(&line).into_owned();
            let verb = text.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
            self.command(&mut control, &verb, &mut data);
            if verb == "QUIT" {
                return bytes;
            }
        }
    }

    fn command(
        &mut self,
        control: &mut BufReader<TcpStream>,
        verb: &str,
        data: &mut Option<TcpListener>,
    ) {
        match verb {
            "EPSV" | "PASV" if !self.replies.contains_key(verb) || verb == "PASV" => {
                let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
                let port = listener.local_addr().expect("an address").port();
                *data = Some(listener);
                let usual = if verb == "EPSV" {
                    format!("229 ok (|||{port}|)")
                } else {
                    let form = self.replies.get(verb).copied().unwrap_or("227 ok (ADDRESS)");
                    form.replace("ADDRESS", &format!("127,0,0,1,{},{}", port >> 8, port & 0xff))
                };
                self.send(control, &usual);
            }
            "RETR" | "LIST" | "MLSD" | "NLST" | "STOR" if data.is_some() => {
                let listener = data.take().expect("a listener");
                if !self.answer(control, "150", "150 here it comes").starts_with('1') {
                    return;
                }
                let mut stream = accept(&listener);
                if verb == "STOR" {
                    stream.read_to_end(&mut self.content).expect("data");
                } else {
                    stream.write_all(&self.content).expect("a client that reads");
                }
                drop(stream);
                self.answer(control, verb, "226 done");
            }
            _ => {
                let usual = match verb {
                    "USER" => "331 password",
                    "PASS" => "230 in",
                    "PWD" => "257 \"/\" is it",
                    "TYPE" | "NOOP" => "200 ok",
                    "CWD" | "DELE" | "RMD" | "XRMD" => "250 ok",
                    "MKD" | "XMKD" => "257 \"/d\" made",
                    "QUIT" => "221 bye",
                    _ => "500 what?",
                };
                self.answer(control, verb, usual);
            }
        }
    }

    /// Sends the set or usual reply, and returns it.
    fn answer<'a>(
        &mut self,
        control: &mut BufReader<TcpStream>,
        what: &str,
        usual: &'a str,
    ) -> &'a str {
        let Some(reply) = self.replies.get_mut(what) else {
            self.send(control, usual);
            return usual;
        };
        let now = match reply.split_once('|') {
            Some((now, later)) => {
                *reply = later;
                now
            }
            None => reply,
        };
        self.send(control, now);
        now
    }

    fn send(&self, control: &mut BufReader<TcpStream>, reply: &str) {
        let reply = format!("{}\r\n", reply.replace('\n', "\r\n"));
        let stream = control.get_mut();
        stream.set_nodelay(true).expect("a socket");
        let pieces = if self.byte_by_byte { 1 } else { reply.len() };
        for piece in reply.as_bytes().chunks(pieces) {
            // The client may have left already.
            let _ = stream.write_all(piece);
            if self.byte_by_byte {
                // Makes sure that the byte is read before the next one arrives.
                std::thread::sleep(Duration::from_millis(1));
            }
        }
    }
}
