//! Every TYPE, STRU and MODE over TCP, with the bytes on the wire written by hand, and MODE Z with
//! lftp.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::os::unix::fs::MetadataExt as _;

use packetboat_tests::dialogue::{Dialogue, all};
use packetboat_tests::{Server, peer};

/// A block of MODE B: descriptor, length, data (RFC 959 §3.4.2).
fn block(descriptor: u8, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).expect("a short block").to_be_bytes();
    [&[descriptor, length[0], length[1]], data].concat()
}

const END_OF_FILE: u8 = 64;
const MARKER: u8 = 16;
const END_OF_RECORD: u8 = 128;
const SUSPECT: u8 = 32;

/// The data of one file in MODE B, and its restart markers with their offsets.
fn read_blocks(data: &mut TcpStream) -> (Vec<u8>, Vec<(String, usize)>) {
    let (mut content, mut markers) = (Vec::new(), Vec::new());
    loop {
        let mut header = [0; 3];
        data.read_exact(&mut header).expect("a header");
        let mut bytes = vec![0; usize::from(u16::from_be_bytes([header[1], header[2]]))];
        data.read_exact(&mut bytes).expect("a block");
        match header[0] {
            MARKER => markers.push((String::from_utf8(bytes).expect("printable"), content.len())),
            0 | END_OF_FILE => content.append(&mut bytes),
            descriptor => panic!("descriptor {descriptor}"),
        }
        if header[0] & END_OF_FILE != 0 {
            return (content, markers);
        }
    }
}

fn with_mode(server: &Server, commands: &[&str]) -> Dialogue {
    let mut d = server.login();
    d.expect("TYPE I", 200);
    for command in commands {
        d.expect(command, 200);
    }
    d
}

/// RFC 959 §3.3, §3.4.2, §3.5: one data connection serves several files in both directions.
#[test]
fn block_mode_keeps_its_connection() {
    let server = Server::start();
    let large: Vec<u8> = (0..9_000_000_u32).map(|n| (n % 251) as u8).collect();
    server.write("large", &large);
    let mut d = with_mode(&server, &["MODE B"]);
    let mut data = d.epsv();
    d.expect("RETR large", 150);
    let (content, markers) = read_blocks(&mut data);
    assert!(content == large);
    d.reply().code(250).says("large");
    // The markers are offsets that REST accepts.
    assert!(markers.len() >= 2, "{markers:?}");
    for (marker, at) in &markers {
        assert_eq!(marker, &at.to_string());
    }
    d.expect("ABOR", 225).says("stays open");
    d.expect(format!("REST {}", markers[1].0), 350);
    d.expect("RETR large", 125);
    assert!(read_blocks(&mut data).0 == large[markers[1].1..]);
    d.reply().code(250);

    d.expect("STOR sent", 125);
    data.write_all(&block(0, b"hello ")).expect("a data connection");
    data.write_all(&block(MARKER, b"first!")).expect("a data connection");
    assert_eq!(d.reply().code(110).text(), "MARK first! = 6");
    data.write_all(&block(END_OF_FILE, b"world")).expect("a data connection");
    d.reply().code(250).says("stored");
    assert_eq!(server.read("sent"), b"hello world");
    d.expect("LIST", 125);
    let listing = String::from_utf8(read_blocks(&mut data).0).expect("UTF-8");
    assert!(listing.lines().any(|line| line.ends_with(" sent")), "{listing}");
    d.reply().code(250);
    // The client closes the connection, so the next transfer has none.
    drop(data);
    d.expect("RETR sent", 125);
    d.reply().code(425).says("EPSV");
}

/// RFC 959 §3.5: an interrupted upload is resumed at the marker reported with 110.
#[test]
fn an_upload_is_resumed_at_its_marker() {
    let server = Server::start();
    let mut d = with_mode(&server, &["MODE B"]);
    let mut data = d.epsv();
    d.expect("STOR f", 150);
    data.write_all(&block(0, b"safe ")).expect("a data connection");
    data.write_all(&block(MARKER, b"m1")).expect("a data connection");
    let text = d.reply().code(110).text();
    let ours = text.strip_prefix("MARK m1 = ").expect("our marker").to_owned();
    data.write_all(&block(0, b"lost")).expect("a data connection");
    data.shutdown(Shutdown::Write).expect("a data connection");
    d.reply().code(426).says("ended before its end-of-file mark");
    assert_eq!(server.names().iter().filter(|name| *name == "f").count(), 0);
    d.expect(format!("REST {ours}"), 350);
    let mut data = d.epsv();
    d.expect("STOR f", 150);
    data.write_all(&block(END_OF_FILE, b"and sound")).expect("a data connection");
    d.reply().code(250);
    assert_eq!(server.read("f"), b"safe and sound");
}

/// RFC 959 §3.4.2 and §3.4.3: malformed headers, data marked as suspect, records that would be
/// split.
#[test]
fn damaged_blocks_store_nothing() {
    let server = Server::start();
    let long_marker = block(MARKER, &[b'x'; 300]);
    let cases: [(&str, Vec<u8>, &str); 5] = [
        ("MODE B", block(1, b"x"), "descriptor"),
        ("MODE B", block(SUSPECT, b"x"), "damaged"),
        ("MODE B", long_marker, "marker"),
        ("MODE B", block(MARKER, b"a b"), "marker"),
        ("MODE Z", b"no zlib stream at all".to_vec(), "zlib"),
    ];
    let mut d = with_mode(&server, &[]);
    for (mode, bytes, words) in cases {
        d.expect(mode, 200);
        let mut data = d.epsv();
        d.expect("STOR f", 150);
        data.write_all(&bytes).expect("a data connection");
        drop(data);
        d.reply().code(451).says(words).says("/f");
    }
    d.expect("STRU R", 200);
    d.expect("MODE B", 200);
    let mut data = d.epsv();
    d.expect("STOR f", 150);
    data.write_all(&block(END_OF_RECORD | END_OF_FILE, b"a\nb")).expect("a data connection");
    d.reply().code(451).says("line feed");
    assert!(!server.path("f").exists());
}

/// RFC 959 §3.4.3: a run of one byte, a run of the filler, and literal bytes.
#[test]
fn compressed_mode_expands_runs() {
    let server = Server::start();
    let mut d = with_mode(&server, &["MODE C"]);
    let mut data = d.epsv();
    d.expect("STOR f", 150);
    let bytes = [3, b'a', b'b', b'c', 0x80 | 5, b'x', 0xc0 | 4, 0, END_OF_FILE, 1, b'!'];
    data.write_all(&bytes).expect("a data connection");
    d.reply().code(250);
    assert_eq!(server.read("f"), b"abcxxxxx\0\0\0\0!");

    server.write("zeros", vec![0_u8; 1_000_000]);
    d.expect("RETR zeros", 125);
    d.reply().code(250).says("bytes");
    let mut wire = [0_u8; 64 << 10];
    let count = data.read(&mut wire).expect("data");
    assert!(count < 40_000 && wire[0] == 0xc0 | 63, "{count} bytes, {:?}", &wire[..8]);
}

/// RFC 959 §3.4.1: in MODE S, byte 255 and a code mark the end of a record and of the file.
#[test]
fn records_in_stream_mode() {
    let server = Server::start();
    server.write("lines", "one\ntwo\n");
    let mut d = with_mode(&server, &["TYPE A", "STRU R"]);
    let data = d.epsv();
    d.expect("RETR lines", 150);
    assert_eq!(all(data), b"one\xff\x01two\xff\x01\xff\x02");
    d.reply().code(226);
    d.store("STOR back", b"three\xff\x01four\xff\x03").code(226);
    assert_eq!(server.read("back"), b"three\nfour\n");
    // Without the mark for its end, the file counts as cut off.
    d.store("STOR cut", b"five\xff\x01si").code(426).says("ended before");
    assert!(!server.path("cut").exists());
    // RFC 1123 §4.1.3.4.
    server.write("open end", "no line end");
    let _data = d.epsv();
    d.expect("APPE open end", 555).says("complete record");
    let mut data = d.epsv();
    d.expect("APPE lines", 150);
    data.write_all(b"six\xff\x03").expect("a data connection");
    d.reply().code(226);
    assert_eq!(server.read("lines"), b"one\ntwo\nsix\n");
}

/// RFC 1123 §4.1.3.4: the part of an interrupted upload may end within a record, where APPE would
/// continue.
#[test]
fn records_are_not_appended_to_half_a_record_of_a_broken_upload() {
    let server = Server::start();
    let mut d = with_mode(&server, &["TYPE A", "STRU R"]);
    d.store("STOR f", b"one\xff\x01tw").code(426);
    assert_eq!(server.read(".f.part-packetboat"), b"one\ntw");
    let _data = d.epsv();
    d.expect("APPE f", 555).says("\"/f\"").says("complete record");
    assert_eq!(server.read(".f.part-packetboat"), b"one\ntw");
    // After a complete record, others can be appended.
    d.store("STOR f", b"one\xff\x01").code(426);
    d.store("APPE f", b"two\xff\x03").code(226);
    assert_eq!(server.read("f"), b"one\ntwo\n");
}

/// RFC 959 §3.1.1.2: IBM-1047, with NL as line end.
#[test]
fn ebcdic_text() {
    let server = Server::start();
    server.write("f", "Hello [1]\n");
    let mut d = with_mode(&server, &["TYPE E"]);
    let hello = b"\xc8\x85\x93\x93\x96\x40\xad\xf1\xbd\x15";
    assert_eq!(d.fetch("RETR f"), hello);
    d.store("STOR back", hello).code(226);
    assert_eq!(server.read("back"), b"Hello [1]\n");
    let names = d.fetch("NLST f");
    assert_eq!(names, b"\x86\x15");
}

/// RFC 959 §3.1.2.3: missing pages are holes, and stay holes.
#[test]
fn pages_keep_holes() {
    let server = Server::start();
    let sparse = std::fs::File::create(server.path("sparse")).expect("a file");
    sparse.set_len(8 << 20).expect("a hole");
    drop(sparse);
    server.write("small", [b'a'; 300]);
    let mut d = with_mode(&server, &["STRU P"]);
    let data = d.epsv();
    d.expect("RETR small", 150);
    let wire = all(data);
    d.reply().code(226);
    // Header length 4, page 0, 255 bytes, simple page; page 1 has the rest.
    assert_eq!(wire[..5], [4, 0, 255, 1, b'a']);
    assert_eq!(wire[259..264], [4, 1, 45, 1, b'a']);
    d.store("STOR back", &wire).code(226);
    assert_eq!(server.read("back"), [b'a'; 300]);

    let data = d.epsv();
    d.expect("RETR sparse", 150);
    let wire = all(data);
    d.reply().code(226);
    assert!(wire.len() < 100_000, "{} bytes for a hole", wire.len());
    d.store("STOR copy", &wire).code(226);
    let copy = std::fs::metadata(server.path("copy")).expect("a file");
    assert_eq!((copy.len(), copy.blocks() < 1000), (8 << 20, true), "{} blocks", copy.blocks());

    d.store("STOR odd", &[4, 0, 1, 9, b'x']).code(551).says("type 9").says("STRU F");
    assert!(!server.path("odd").exists());
    let _data = d.epsv();
    d.expect("APPE small", 555).says("Pages");
}

/// draft-preston-ftpext-deflate, with a client that supports it.
#[test]
fn deflate_with_lftp() {
    let Some(lftp) = peer("lftp") else { return };
    let server = Server::start();
    let text: String = (0..200_000).map(|n| format!("line {n} of a text that shrinks\n")).collect();
    server.write("text", &text);
    lftp.write("up", &text);
    let script = format!(
        "set ftp:use-mode-z yes; debug 5; open {}; \
         get text -o down; put up -o sent; cls -1",
        server.url("")
    );
    let output = lftp.run(&["-c", &script]).ok();
    assert!(output.stderr.contains("MODE Z"), "{}", output.stderr);
    assert!(output.stdout.contains("sent"), "{}", output.stdout);
    assert!(lftp.read("down") == text.as_bytes());
    assert!(server.read("sent") == text.as_bytes());
    assert!(!server.log().contains(&format!("{} bytes", text.len())), "{}", server.log());
}
