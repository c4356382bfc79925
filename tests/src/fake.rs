//! [`Fake`]: a server that plays along until a client has reached a certain point, and then follows
//! the test's script. For situations that no real server can be brought into.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::JoinHandle;

use crate::accept;

/// A server that runs a script on its own thread.
pub struct Fake {
    address: SocketAddr,
    script: JoinHandle<()>,
}

/// A client's control connection, seen from the server.
pub struct Control {
    reader: BufReader<TcpStream>,
    data: Option<TcpListener>,
    size: u64,
    replies: BTreeMap<&'static str, &'static str>,
}

impl Fake {
    /// Starts a server.
    ///
    /// # Panics
    ///
    /// If there is no free port.
    pub fn start(script: impl FnOnce(&TcpListener) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        Self { address, script: std::thread::spawn(move || script(&listener)) }
    }

    /// The URL of a path on this server.
    pub fn url(&self, path: &str) -> String {
        format!("ftp://{}/{path}", self.address)
    }

    /// Waits for the end of the script.
    ///
    /// # Panics
    ///
    /// If the script panicked.
    pub fn finish(self) {
        self.script.join().expect("the script of the server");
    }
}

impl Control {
    /// Accepts a client and greets it. SIZE will be answered with this size.
    ///
    /// # Panics
    ///
    /// If no client connects.
    pub fn accept(listener: &TcpListener, size: u64) -> Self {
        let reader = BufReader::new(accept(listener));
        let mut control = Self { reader, data: None, size, replies: BTreeMap::new() };
        control.send("220 fake");
        control
    }

    /// Answers SIZE with this size from now on.
    pub fn tell_size(&mut self, size: u64) {
        self.size = size;
    }

    /// Answers a verb with this reply from now on, without ending [`Self::serve_until`].
    #[must_use]
    pub fn answering(mut self, verb: &'static str, reply: &'static str) -> Self {
        self.replies.insert(verb, reply);
        self
    }

    /// Sends content over the data connection of the last EPSV, with the replies before and after.
    ///
    /// # Panics
    ///
    /// If nobody reads it.
    pub fn transfer(&mut self, content: &[u8]) {
        let mut data = self.data();
        self.send("150 here it comes");
        data.write_all(content).expect("the client reads");
        drop(data);
        self.send("226 done");
    }

    /// Sends a line.
    ///
    /// # Panics
    ///
    /// If the client is gone.
    pub fn send(&mut self, line: &str) {
        let bytes = format!("{line}\r\n");
        self.reader.get_mut().write_all(bytes.as_bytes()).expect("the client reads");
    }

    /// Reads the next line, which is empty if the client has gone.
    ///
    /// # Panics
    ///
    /// If nothing arrives.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.reader.read_line(&mut line).expect("a line");
        line.trim_end().to_owned()
    }

    /// Answers as servers do until a certain verb arrives, and returns its line.
    ///
    /// # Panics
    ///
    /// If the client leaves earlier.
    pub fn serve_until(&mut self, verb: &str) -> String {
        self.serve_until_one_of(&[verb])
    }

    /// The same for whichever of several verbs arrives first.
    ///
    /// # Panics
    ///
    /// If the client leaves earlier.
    pub fn serve_until_one_of(&mut self, verbs: &[&str]) -> String {
        loop {
            let line = self.line();
            let word = line.split(' ').next().unwrap_or_default();
            assert!(!word.is_empty(), "the client disconnected without sending {verbs:?}");
            if verbs.contains(&word) {
                return line;
            }
            match word {
                _ if self.replies.contains_key(word) => self.send(self.replies[word]),
                "USER" => self.send("331 password"),
                "PASS" => self.send("230 in"),
                "TYPE" | "MODE" | "STRU" | "CWD" => self.send("250 ok"),
                "PWD" => self.send("257 \"/\""),
                "SIZE" => self.send(&format!("213 {}", self.size)),
                "MDTM" => self.send("213 20200102030405"),
                "EPSV" => self.listen(),
                _ => self.send("502 no"),
            }
        }
    }

    /// The connection itself, for anything that is not a line.
    pub fn into_stream(self) -> TcpStream {
        self.reader.into_inner()
    }

    fn listen(&mut self) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        self.data = Some(listener);
        self.send(&format!("229 ok (|||{port}|)"));
    }

    /// Accepts the data connection of the last EPSV.
    ///
    /// # Panics
    ///
    /// If there was none, or nobody connects.
    pub fn data(&mut self) -> TcpStream {
        accept(&self.data.take().expect("EPSV"))
    }
}
