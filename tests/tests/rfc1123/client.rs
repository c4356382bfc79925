//! What the client must do, shown with a scripted server.

use packetboat_tests::accept;
use packetboat_tests::canned::{Canned, Seen};

fn count(seen: &Seen, start: &str) -> usize {
    seen.lines.iter().filter(|line| line.starts_with(start)).count()
}

fn has(seen: &Seen, line: &str) {
    assert!(seen.lines.iter().any(|sent| sent == line), "{line:?} is not in {:?}", seen.lines);
}

pub(crate) fn type_image() {
    let seen = Canned::with(&[]).run(&["get", "URLf"]);
    assert_eq!(seen.output.code(), Some(0), "{:?}", seen.output);
    has(&seen, "TYPE I");
}

pub(crate) fn port_for_each_transfer() {
    let seen = Canned::with(&[]).run(&["cat", "URLf", "URLg"]);
    assert_eq!(seen.output.stdout, "contentcontent", "{:?}", seen.output);
    assert_eq!((count(&seen, "RETR"), count(&seen, "EPSV")), (2, 2), "{:?}", seen.lines);
}

pub(crate) fn pasv_without_parentheses() {
    let replies = [("EPSV", "500 what?"), ("PASV", "227 Passive, at ADDRESS it is")];
    let seen = Canned::with(&replies).run(&["cat", "URLf"]);
    assert_eq!(seen.output.stdout, "content", "{:?}", seen.output);
}

pub(crate) fn any_chunking() {
    // A reply of two lines in one packet, and each byte in a packet of its own: neither a packet
    // nor a read is a reply.
    let server = || Canned::with(&[("USER", "331-one\n331 two")]);
    for server in [server(), server().byte_by_byte()] {
        let seen = server.run(&["cat", "URLf"]);
        assert_eq!(seen.output.stdout, "content", "{:?}", seen.output);
    }
}

pub(crate) fn first_digit() {
    let replies =
        [("greeting", "299 hi"), ("USER", "399 more"), ("PASS", "299 in"), ("TYPE", "299 fine")];
    let seen = Canned::with(&replies).run(&["cat", "URLf"]);
    assert_eq!(seen.output.stdout, "content", "{:?}", seen.output);
    let seen = Canned::with(&[("RETR", "299 done"), ("150", "199 coming")]).run(&["cat", "URLf"]);
    assert_eq!(seen.output.stdout, "content", "{:?}", seen.output);
    let seen = Canned::with(&[("DELE", "599 never")]).run(&["rm", "URLf"]);
    assert_ne!(seen.output.code(), Some(0));
    assert_eq!(count(&seen, "DELE"), 1);
    let seen = Canned::with(&[("DELE", "499 not now|299 gone")]).run(&["rm", "URLf"]);
    assert_eq!((seen.output.code(), count(&seen, "DELE")), (Some(0), 2), "{:?}", seen.output);
}

pub(crate) fn several_lines() {
    let greeting = "220-Welcome\n 220 is not the end\n221 neither\n\n220 now";
    let seen = Canned::with(&[("greeting", greeting)]).run(&["cat", "URLf"]);
    assert_eq!(seen.output.stdout, "content", "{:?}", seen.output);
}

pub(crate) fn long_lines() {
    let greeting: &'static str = format!("220 {}", "x".repeat(100_000)).leak();
    let seen = Canned::with(&[("greeting", greeting)]).run(&["cat", "URLf"]);
    assert_eq!(seen.output.stdout, "content", "{:?}", seen.output);
}

pub(crate) fn close() {
    // The scripted server ends the session only after QUIT; a server that ends it earlier is
    // simulated by a listener that is dropped.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("ftp://{}/f", listener.local_addr().expect("an address"));
    let server = std::thread::spawn(move || drop(accept(&listener)));
    let mut client = packetboat_tests::program::client(&["cat", "--retries", "0", &url]);
    let output = packetboat_tests::program::run(&mut client);
    server.join().expect("the server");
    assert_eq!(output.code(), Some(3), "{output:?}");
}

pub(crate) fn no_telnet() {
    let seen = Canned::with(&[]).run(&["cat", "URLa%FFb"]);
    // A byte 255 that is not a Telnet command is doubled.
    let escaped = b"RETR a\xff\xffb\r\n";
    assert!(seen.bytes.windows(escaped.len()).any(|bytes| bytes == escaped), "{:?}", seen.lines);
    let mut bytes = seen.bytes.iter();
    while let Some(byte) = bytes.next() {
        assert!(*byte != 0xff || bytes.next() == Some(&0xff), "a Telnet command: {:?}", seen.bytes);
    }
}

pub(crate) fn experimental_names() {
    let seen = Canned::with(&[("MKD", "500 what?")]).run(&["mkdir", "URLd"]);
    assert_eq!(seen.output.code(), Some(0), "{:?}", seen.output);
    has(&seen, "XMKD d");
}

pub(crate) fn any_path() {
    let seen = Canned::with(&[]).run(&["cat", "URL%20a%20%20b%20"]);
    has(&seen, "RETR  a  b ");
}

pub(crate) fn full_errors() {
    let seen = Canned::with(&[("DELE", "550-First line\n550 and the last")]).run(&["rm", "URLf"]);
    for words in ["550", "First line", "and the last"] {
        assert!(seen.output.stderr.contains(words), "{words}: {:?}", seen.output);
    }
}

pub(crate) fn verbose() {
    let seen = Canned::with(&[]).run(&["cat", "-v", "URLf"]);
    for words in ["> USER anonymous", "< 331 password", "> PASS ****", "> RETR f", "< 226 done"] {
        assert!(seen.output.stderr.contains(words), "{words}: {:?}", seen.output);
    }
}

pub(crate) fn unexpected_replies() {
    // 230 to USER: no password is needed, and none is sent.
    let seen = Canned::with(&[("USER", "230 in at once")]).run(&["cat", "URLf"]);
    assert_eq!((seen.output.stdout.as_str(), count(&seen, "PASS")), ("content", 0));
    // A reply that nobody asked for is ignored.
    let seen = Canned::with(&[("TYPE", "200 ok\n200 and again")]).run(&["cat", "URLf"]);
    assert_eq!(seen.output.stdout, "content", "{:?}", seen.output);
}
