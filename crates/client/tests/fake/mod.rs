//! A scripted server on the loopback interface, for tests of unusual situations.

// No test file uses everything in here.
#![allow(dead_code)]

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use packetboat_client::{Client, Options, Retry, Silent};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// How long to wait for a client. A test waits that long only if the client has failed.
const PATIENCE: Duration = Duration::from_secs(90);

/// The next connection. The timeout keeps a test from waiting forever for a client that has failed.
pub(crate) async fn accept(listener: &TcpListener) -> TcpStream {
    let came = tokio::time::timeout(PATIENCE, listener.accept()).await;
    came.expect("nobody connects").expect("a connection").0
}

/// One control connection, from the server's side.
pub(crate) struct Control {
    stream: BufReader<TcpStream>,
}

/// Where the fake listens.
pub(crate) struct Fake {
    listener: TcpListener,
}

impl Fake {
    pub(crate) async fn new() -> Self {
        Self { listener: TcpListener::bind("127.0.0.1:0").await.expect("a port") }
    }

    /// Options for a client of this server: no pauses, and timeouts that expire only if the server
    /// sends nothing.
    pub(crate) fn options(&self) -> Options {
        let port = self.listener.local_addr().expect("an address").port();
        let mut options = Options::new("127.0.0.1", port);
        options.retry = Retry { retries: 2, first_pause: Duration::ZERO, ..Retry::default() };
        options
    }

    pub(crate) fn client(&self) -> Client {
        client(self.options())
    }

    pub(crate) async fn accept(&self) -> Control {
        Control { stream: BufReader::new(accept(&self.listener).await) }
    }

    /// Runs a script concurrently with the test. The test awaits it, so that failed expectations
    /// fail the test.
    pub(crate) fn play<F: Future<Output = ()> + Send + 'static>(
        self,
        script: impl FnOnce(Self) -> F,
    ) -> JoinHandle<()> {
        tokio::spawn(script(self))
    }
}

pub(crate) fn client(options: Options) -> Client {
    Client::new(Arc::new(options), Arc::new(Silent))
}

impl Control {
    pub(crate) async fn send(&mut self, text: &str) {
        self.stream.get_mut().write_all(text.as_bytes()).await.expect("the client reads");
    }

    /// Sends each byte in a packet of its own.
    pub(crate) async fn send_in_bytes(&mut self, text: &str) {
        self.stream.get_ref().set_nodelay(true).expect("an open socket");
        for byte in text.bytes() {
            self.stream.get_mut().write_all(&[byte]).await.expect("the client reads");
            tokio::task::yield_now().await;
        }
    }

    /// The next command, which must be this one.
    pub(crate) async fn expect(&mut self, command: &str) {
        assert_eq!(self.next().await, command);
    }

    /// The next command; empty when the client has gone.
    pub(crate) async fn next(&mut self) -> String {
        let mut line = String::new();
        self.stream.read_line(&mut line).await.expect("a line");
        line.trim_end().to_owned()
    }

    /// Expects a command and answers it.
    pub(crate) async fn answer(&mut self, command: &str, reply: &str) {
        self.expect(command).await;
        self.send(&format!("{reply}\r\n")).await;
    }

    pub(crate) async fn greet_and_log_in(&mut self) {
        self.send("220 fake\r\n").await;
        self.answer("USER anonymous", "331 password").await;
        self.answer("PASS anonymous@", "230 in").await;
    }

    /// Answers what precedes the first download of a file: TYPE, SIZE and MDTM.
    pub(crate) async fn tell_of(&mut self, path: &str, size: usize) {
        self.answer("TYPE I", "200 ok").await;
        self.answer(&format!("SIZE {path}"), &format!("213 {size}")).await;
        self.answer(&format!("MDTM {path}"), "213 20200102030405").await;
    }

    /// Describes the file "f" and delivers its content "abc".
    pub(crate) async fn give_abc(&mut self) {
        self.tell_of("f", 3).await;
        let data = self.extended_passive().await;
        self.deliver(&data, "RETR f", b"abc").await;
    }

    /// Answers EPSV with a port that listens.
    pub(crate) async fn extended_passive(&mut self) -> TcpListener {
        let data = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = data.local_addr().expect("an address").port();
        self.answer("EPSV", &format!("229 ok (|||{port}|)")).await;
        data
    }

    /// Answers PASV with a port that listens, and an address that may be wrong.
    pub(crate) async fn passive(&mut self, listens_on: &str, says: &str) -> TcpListener {
        let data = TcpListener::bind((listens_on, 0)).await.expect("a port");
        let [high, low] = data.local_addr().expect("an address").port().to_be_bytes();
        self.answer("PASV", &format!("227 ok ({},{high},{low})", says.replace('.', ","))).await;
        data
    }

    /// Begins a transfer, sends the bytes over the data connection, and reports success.
    pub(crate) async fn deliver(&mut self, data: &TcpListener, command: &str, bytes: &[u8]) {
        self.answer(command, "150 here it comes").await;
        let mut stream = accept(data).await;
        stream.write_all(bytes).await.expect("the client reads");
        drop(stream);
        self.send("226 done\r\n").await;
    }
}
