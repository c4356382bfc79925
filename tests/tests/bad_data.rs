//! Malformed data and numbers: each case by name, with the code that answers it. Whatever arrives,
//! the existing file stays as it was, the server goes on serving, and its memory does not grow with
//! the data.

use std::io::Write as _;
use std::net::TcpStream;
use std::time::Instant;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use packetboat_tests::{Dialogue, Server};

/// The content of the file before and after each case.
const KEPT: &[u8] = b"what was there\n";

/// An upload that must not succeed.
struct Upload {
    name: &'static str,
    /// Commands before it, each answered with 200.
    form: &'static [&'static str],
    bytes: Vec<u8>,
    code: u16,
    /// What the reply must say.
    words: &'static str,
}

fn upload(
    name: &'static str,
    form: &'static [&'static str],
    bytes: &[u8],
    code: u16,
    words: &'static str,
) -> Upload {
    Upload { name, form, bytes: bytes.to_vec(), code, words }
}

const BLOCK: &[&str] = &["TYPE I", "STRU F", "MODE B"];
const BLOCK_RECORDS: &[&str] = &["TYPE I", "STRU R", "MODE B"];
const COMPRESSED: &[&str] = &["TYPE I", "STRU F", "MODE C"];
const DEFLATE: &[&str] = &["TYPE I", "STRU F", "MODE Z"];
const RECORDS: &[&str] = &["TYPE A", "STRU R", "MODE S"];
const PAGES: &[&str] = &["TYPE I", "MODE S", "STRU P"];

/// RFC 959 §3.4.2, §3.4.3, §3.5: malformed blocks, escapes and markers.
fn blocks_and_markers() -> Vec<Upload> {
    let long_marker = [&[16, 0x01, 0x2c], &[b'm'; 300][..]].concat();
    let longest_marker = [&[16, 0xff, 0xff], &[b'm'; 65_535][..]].concat();
    vec![
        upload(
            "a block shorter than its count",
            BLOCK,
            b"\0\x03\xe8only this",
            426,
            "ended before",
        ),
        upload("a header cut short", BLOCK, b"\0\0\x01a\x40\0", 426, "ended before"),
        upload("no end of the file", BLOCK, b"\0\0\x01a", 426, "ended before"),
        upload(
            "a descriptor bit without a meaning",
            BLOCK,
            b"\x01\0\x01a",
            451,
            "descriptor 1 in the data has undefined bits",
        ),
        upload(
            "all descriptor bits",
            BLOCK,
            b"\xff\0\x01a",
            451,
            "descriptor 255 in the data has undefined bits",
        ),
        upload("data said to be damaged", BLOCK, b"\x20\0\x01a\x40\0\0", 451, "damaged"),
        upload("a line feed in a record", BLOCK_RECORDS, b"\xc0\0\x03a\nb", 451, "line feed"),
        upload("a marker of 300 characters", BLOCK, &long_marker, 451, "marker is too long"),
        upload("a marker of 65535 characters", BLOCK, &longest_marker, 451, "marker is too long"),
        upload("a marker of no bytes", COMPRESSED, b"\0\x10\xc0", 451, "marker"),
        upload("an empty marker", BLOCK, b"\x10\0\0", 451, "marker"),
        upload("a marker with a line end", BLOCK, b"\x10\0\x04a\r\nb", 451, "marker"),
        upload("an escape cut short", COMPRESSED, b"\x01a\0", 426, "ended before"),
        upload(
            "an escape with unknown bits",
            COMPRESSED,
            b"\x01a\0\x0f\x01b",
            451,
            "descriptor 15 in the data has undefined bits",
        ),
        upload("a string cut short", COMPRESSED, b"\x7fshort", 426, "ended before"),
        upload("a run without its byte", COMPRESSED, b"\x01a\xbf", 426, "ended before"),
        upload("a marker cut short", COMPRESSED, b"\0\x10\x05ab", 426, "ended before"),
        upload("a record's escape cut short", RECORDS, b"a\xff", 426, "ended before"),
        upload(
            "a record's escape unknown",
            RECORDS,
            b"a\xff\x07",
            451,
            "a code that STRU R does not define",
        ),
        upload("data behind the end", RECORDS, b"a\xff\x03more", 451, "followed the end"),
    ]
}

/// RFC 959 §3.1.2.3: malformed pages; draft-preston-ftpext-deflate: malformed zlib streams.
fn pages_and_streams() -> Vec<Upload> {
    let page = |index: u8| [&[4, index, 255, 1][..], &[b'p'; 255]].concat();
    let end = &[4_u8, 0, 0, 0][..];
    let backwards = [&page(1)[..], &page(0), end].concat();
    let twice = [&page(0)[..], &page(0), end].concat();
    let large = |index: [u8; 5]| {
        let header = [12, index[4], 0, 1, index[0], index[1], index[2], index[3], 0, 0, 0, 0];
        [&header[..], end].concat()
    };
    let mut zlib = deflated(KEPT, 1);
    let cut = zlib[..zlib.len() - 3].to_vec();
    let behind = [&zlib[..], b"more"].concat();
    let last = zlib.len() - 1;
    zlib[last] ^= 1;
    vec![
        upload("pages backwards", PAGES, &backwards, 451, "page 0 is out of order"),
        upload("a page twice", PAGES, &twice, 451, "page 0 is out of order"),
        upload(
            "a page beyond any file",
            PAGES,
            &large([0x7f, 255, 255, 255, 255]),
            451,
            "page 36028797002187007 lies past",
        ),
        upload(
            "the largest page number",
            PAGES,
            &large([255; 5]),
            451,
            "lies past the end of any file",
        ),
        upload(
            "a page too long",
            PAGES,
            b"\x0c\0\xff\x01\0\0\0\x01\0\0\xff\xff",
            451,
            "a page has 16777215 bytes",
        ),
        upload("a page header too short", PAGES, b"\x03\0\0\x01", 451, "a page header of 3 bytes"),
        upload("an unknown page type", PAGES, b"\x04\0\x01\x09x", 551, "type 9"),
        upload("pages without the last", PAGES, &page(0), 426, "ended before"),
        upload("a page shorter than its count", PAGES, b"\x04\0\xff\x01x", 426, "ended before"),
        upload("no zlib stream", DEFLATE, b"no zlib stream at all", 451, "zlib"),
        upload("a zlib stream cut short", DEFLATE, &cut, 426, "ended before"),
        upload("a zlib stream with a wrong sum", DEFLATE, &zlib, 451, "zlib"),
        upload("data behind a zlib stream", DEFLATE, &behind, 451, "followed the end"),
    ]
}

#[test]
fn uploads_that_lie_change_no_file() {
    let server = Server::start();
    server.write("f", KEPT);
    let mut d = server.login();
    let mut failed = Vec::new();
    for case in blocks_and_markers().into_iter().chain(pages_and_streams()) {
        for line in ["TYPE I", "STRU F"].iter().chain(case.form) {
            d.expect(line, 200);
        }
        let mut data = d.epsv();
        d.expect("STOR f", 150);
        // The server may have stopped reading before the end.
        let _ = data.write_all(&case.bytes);
        drop(data);
        let reply = d.reply();
        if reply.code != case.code || !reply.text().contains(case.words) {
            failed.push(format!("{}: {} {}", case.name, reply.code, reply.text()));
        }
        d.expect("NOOP", 200);
        assert_eq!(server.read("f"), KEPT, "{}", case.name);
    }
    assert!(failed.is_empty(), "{failed:#?}");
    server.check_health();
}

/// A zlib stream that contains this piece many times.
fn deflated(piece: &[u8], times: usize) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    for _ in 0..times {
        encoder.write_all(piece).expect("memory");
    }
    encoder.finish().expect("memory")
}

/// A few bytes that expand to very many are written as they are unpacked, not kept in memory; and
/// ABOR works meanwhile.
#[test]
fn compressed_bombs_take_no_memory_and_can_be_stopped() {
    let server = Server::start();
    server.write("f", KEPT);
    let zlib = deflated(&vec![0; 1 << 20], 400);
    assert!(zlib.len() < 1 << 20, "{}", zlib.len());
    let runs = [0xff].repeat(2 << 20);
    for (form, bytes) in [(DEFLATE, &zlib), (COMPRESSED, &runs)] {
        let mut d = server.login();
        for line in form {
            d.expect(line, 200);
        }
        let mut data = d.epsv();
        d.expect("STOR f", 150);
        let half = bytes.len() / 2;
        data.write_all(&bytes[..half]).expect("a data connection");
        d.send("ABOR");
        assert_eq!(d.reply().code(426).code, 426);
        d.reply().code(226);
        drop(data);
        assert_eq!(server.read("f"), KEPT);
        d.expect("DELE f", 250);
        server.write("f", KEPT);
        let peak = peak(&server);
        assert!(peak < 100 << 10, "{peak} KiB");
    }
    server.check_health();
}

/// The server's peak memory, in KiB.
fn peak(server: &Server) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.process()));
    let status = status.expect("a status");
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("a peak");
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number")
}

/// Offsets and ranges that are negative, too large or reversed.
#[test]
fn offsets_and_ranges_that_cannot_be() {
    let server = Server::start();
    server.write("f", KEPT);
    let mut d = server.login();
    let max = u64::MAX;
    let cases = [
        ("REST -1".to_owned(), 501),
        ("REST 18446744073709551616".to_owned(), 501),
        ("REST +1".to_owned(), 501),
        ("REST 99999999999999999999999999999999999999".to_owned(), 501),
        ("RANG -1 5".to_owned(), 501),
        ("RANG 5".to_owned(), 501),
        ("RANG 5 -1".to_owned(), 501),
        ("RANG 0 18446744073709551616".to_owned(), 501),
        ("RANG 1 2 3".to_owned(), 501),
        ("RANG 9 3".to_owned(), 501),
        // The number of bytes in this range does not fit in 64 bits.
        (format!("RANG 0 {max}"), 501),
        ("XCRC \"f\" -1".to_owned(), 501),
        ("XCRC \"f\" 0 -1".to_owned(), 501),
        ("XCRC \"f\" 0 18446744073709551616".to_owned(), 501),
        ("XCRC \"f\" 9 3".to_owned(), 501),
        (format!("XCRC \"f\" {max}"), 550),
        (format!("XSHA256 \"f\" {max} {max}"), 550),
        ("SIZE f".to_owned(), 213),
        ("ALLO -1".to_owned(), 501),
        ("ALLO 18446744073709551616".to_owned(), 501),
    ];
    let mut failed = Vec::new();
    for (line, code) in cases {
        let reply = d.ask(&line);
        if reply.code != code {
            failed.push(format!("{line}: {} {}", reply.code, reply.text()));
        }
        assert_eq!(server.read("f"), KEPT, "{line}");
    }
    assert!(failed.is_empty(), "{failed:#?}");
    ranges_behind_the_end(&server, &mut d);
    server.check_health();
}

/// Valid numbers beyond the end of the file.
fn ranges_behind_the_end(server: &Server, d: &mut Dialogue) {
    let max = u64::MAX - 1;
    d.expect(format!("RANG {max} {max}"), 350);
    d.expect("HASH f", 550).says("starts past the end");
    d.expect(format!("RANG 0 {max}"), 350);
    d.expect("HASH f", 213);
    for before in [format!("REST {max}"), format!("RANG {max} {max}")] {
        d.expect(&before, 350);
        let _data: TcpStream = d.epsv();
        let reply = d.ask("RETR f");
        assert!(reply.code >= 500, "{before}: {}", reply.text());
        d.expect(&before, 350);
        let _data: TcpStream = d.epsv();
        d.expect("STOR f", 554);
    }
    assert_eq!(server.read("f"), KEPT);
}

/// Patterns that take exponential time if stars are tried recursively.
#[test]
fn patterns_that_would_explode_take_no_time() {
    let server = Server::start();
    for number in 0..50 {
        server.write(&format!("{}{number:02}", "a".repeat(200)), "");
    }
    let mut d = server.login();
    let patterns = ["a*".repeat(100) + "b", "*".repeat(250) + "x", "[a-a]*".repeat(40) + "c"];
    let begin = Instant::now();
    for pattern in patterns {
        for verb in ["LIST", "NLST"] {
            assert_eq!(d.fetch(format!("{verb} {pattern}")), b"");
        }
        let code = d.ask(format!("STAT {pattern}")).code;
        assert!([212, 450, 550].contains(&code), "{code}");
    }
    // Without the protection this would not end within a lifetime; a minute is enough for a busy
    // machine.
    assert!(begin.elapsed().as_secs() < 60, "{:?}", begin.elapsed());
    let _data = d.epsv();
    d.expect(format!("LIST {}", "*".repeat(1000)), 550).says("shorter");
    server.check_health();
}
