//! Encoded transfers: text, blocks, restart markers, and a data connection that serves several files.

mod fake;

use std::path::Path;

use fake::{Control, Fake, accept, client};
use packetboat_client::{Download, Options, Upload, VERBATIM, part_path};
use packetboat_proto::encoding::{
    DecodeEvent, Decoder, Encoder, Format, RepresentationType, Settings, TransmissionMode,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const BLOCKS: Format = Format { mode: TransmissionMode::Block, ..VERBATIM };
const INTERVAL: u64 = 4096;

fn settings() -> Settings {
    Settings { marker_interval: Some(INTERVAL), ..Settings::default() }
}

fn content() -> Vec<u8> {
    (0..20_000_u32).flat_map(|number| number.to_be_bytes()).collect()
}

fn download(directory: &Path) -> Download {
    Download { remote: b"f".to_vec(), local: directory.join("f"), resume: false, known: None }
}

/// A file in blocks, from an offset on.
fn blocks(bytes: &[u8], offset: usize) -> Vec<u8> {
    let mut encoder = Encoder::new(BLOCKS, &settings()).expect("a format");
    let mut out = Vec::new();
    encoder.start_at(offset as u64);
    encoder.encode(&bytes[offset..], &mut out);
    encoder.finish(&mut out);
    out
}

/// Reads one file in blocks from a connection, which stays open.
async fn take_blocks(stream: &mut TcpStream) -> Vec<u8> {
    let mut decoder = Decoder::new(BLOCKS, &settings()).expect("a format");
    let (mut out, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let length = stream.read(&mut buffer).await.expect("data");
        assert_ne!(length, 0, "the connection stays open");
        let mut input = &buffer[..length];
        loop {
            let decoded = decoder.decode(input, &mut out, 1 << 20).expect("blocks");
            input = &input[decoded.consumed..];
            match decoded.event {
                Some(DecodeEvent::EndOfFile) => return out,
                None if input.is_empty() => break,
                _ => {}
            }
        }
    }
}

fn in_blocks(fake: &Fake) -> Options {
    let mut options = fake.options();
    options.format = BLOCKS;
    options.encoding = settings();
    options
}

/// Sends half of a file and hangs up; the last marker in it is at this offset.
async fn break_off(mut control: Control, data: TcpListener) -> u64 {
    control.answer("RETR f", "150 go").await;
    let mut stream = accept(&data).await;
    let wire = blocks(&content(), 0);
    let half = &wire[..wire.len() / 2];
    stream.write_all(half).await.expect("the client reads");
    let mut decoder = Decoder::new(BLOCKS, &settings()).expect("a format");
    let (mut input, mut last) = (half, 0);
    while !input.is_empty() {
        let decoded = decoder.decode(input, &mut Vec::new(), 1 << 20).expect("blocks");
        input = &input[decoded.consumed..];
        if let Some(DecodeEvent::Marker(marker)) = decoded.event {
            last = marker.offset().expect("an offset");
        }
    }
    assert_ne!(last, 0);
    last
}

/// Begins a session up to the data connection of a download.
async fn begin(fake: &Fake) -> (Control, TcpListener) {
    let mut control = fake.accept().await;
    control.greet_and_log_in().await;
    control.tell_of("f", content().len()).await;
    control.answer("MODE B", "200 ok").await;
    let data = control.extended_passive().await;
    (control, data)
}

/// Delivers the rest of the file from a marker on; the connection stays open.
async fn deliver_from(control: &mut Control, data: &TcpListener, marker: u64) {
    control.answer(&format!("REST {marker}"), "350 ok").await;
    control.answer("RETR f", "150 go").await;
    let mut stream = accept(data).await;
    let offset = usize::try_from(marker).expect("small");
    stream.write_all(&blocks(&content(), offset)).await.expect("the client reads");
    control.send("250 done\r\n").await;
    control.answer("QUIT", "221 bye").await;
}

/// RFC 959 §3.5.
#[tokio::test]
async fn a_broken_download_goes_on_at_the_last_marker() {
    let directory = tempfile::tempdir().expect("a directory");
    let fake = Fake::new().await;
    let mut client = client(in_blocks(&fake));
    let server = fake.play(async |fake| {
        let (control, data) = begin(&fake).await;
        let marker = break_off(control, data).await;
        let (mut control, data) = begin(&fake).await;
        deliver_from(&mut control, &data, marker).await;
    });
    let done = client.get(&download(directory.path())).await.expect("a download");
    client.quit().await;
    server.await.expect("the script");
    assert_eq!((done.bytes, done.offset), (content().len() as u64, 0));
    assert!(std::fs::read(directory.path().join("f")).expect("the file") == content());
    assert_eq!(std::fs::read_dir(directory.path()).expect("a directory").count(), 1);
}

#[tokio::test]
async fn a_later_run_goes_on_at_the_marker_that_was_kept() {
    let directory = tempfile::tempdir().expect("a directory");
    let fake = Fake::new().await;
    let mut options = in_blocks(&fake);
    options.retry.retries = 0;
    let (mut first, mut second) = (client(options.clone()), client(options));
    let server = fake.play(async |fake| {
        let (control, data) = begin(&fake).await;
        let marker = break_off(control, data).await;
        let (mut control, data) = begin(&fake).await;
        deliver_from(&mut control, &data, marker).await;
    });
    first.get(&download(directory.path())).await.expect_err("broken off");
    assert!(part_path(&directory.path().join("f")).exists());
    let again = Download { resume: true, ..download(directory.path()) };
    let done = second.get(&again).await.expect("a download");
    second.quit().await;
    server.await.expect("the script");
    assert!(done.offset > 0 && done.offset + done.bytes == content().len() as u64);
    assert!(std::fs::read(directory.path().join("f")).expect("the file") == content());
    assert_eq!(std::fs::read_dir(directory.path()).expect("a directory").count(), 1);
}

/// RFC 1123 §4.1.3.4: the second name in 110 is what REST takes at the server that gave it.
#[tokio::test]
async fn a_broken_upload_goes_on_where_110_said() {
    let directory = tempfile::tempdir().expect("a directory");
    let local = directory.path().join("f");
    std::fs::write(&local, content()).expect("a file");
    let fake = Fake::new().await;
    let mut client = client(in_blocks(&fake));
    let server = fake.play(async |fake| {
        let mut control = fake.accept().await;
        control.greet_and_log_in().await;
        control.answer("TYPE I", "200 ok").await;
        control.answer("MODE B", "200 ok").await;
        let data = control.extended_passive().await;
        control.answer("STOR f", "150 go").await;
        let mut stream = accept(&data).await;
        assert!(take_blocks(&mut stream).await == content());
        control.send("110 MARK 4096 = first\r\n110 MARK 8192 = here\r\n426 lost\r\n").await;
        drop(stream);
        let data = control.extended_passive().await;
        control.answer("REST here", "350 ok").await;
        control.answer("STOR f", "150 go").await;
        let mut stream = accept(&data).await;
        assert!(take_blocks(&mut stream).await == content()[8192..]);
        control.send("250 done\r\n").await;
        control.answer("SIZE f", &format!("213 {}", content().len())).await;
        control.answer("QUIT", "221 bye").await;
    });
    let upload = Upload { local, remote: b"f".to_vec(), resume: false };
    let done = client.put(&upload).await.expect("an upload");
    assert_eq!(done.offset, 8192);
    client.quit().await;
    server.await.expect("the script");
}

/// RFC 959 §3.2: 250 leaves the connection open for the next file, which begins with 125; 226 closes it.
#[tokio::test]
async fn a_data_connection_serves_several_files() {
    let directory = tempfile::tempdir().expect("a directory");
    let fake = Fake::new().await;
    let mut client = client(in_blocks(&fake));
    let server = fake.play(async |fake| {
        let mut control = fake.accept().await;
        control.greet_and_log_in().await;
        control.tell_of("f", 3).await;
        control.answer("MODE B", "200 ok").await;
        let data = control.extended_passive().await;
        control.answer("RETR f", "150 go").await;
        let mut stream = accept(&data).await;
        stream.write_all(&blocks(b"one", 0)).await.expect("the client reads");
        control.send("250 done\r\n").await;
        control.answer("SIZE f", "213 5").await;
        control.answer("MDTM f", "213 20200102030405").await;
        control.answer("RETR f", "125 go on").await;
        stream.write_all(&blocks(b"three", 0)).await.expect("the client reads");
        control.send("226 done\r\n").await;
        drop(stream);
        control.answer("SIZE f", "213 3").await;
        control.answer("MDTM f", "213 20200102030405").await;
        let data = control.extended_passive().await;
        control.answer("RETR f", "150 go").await;
        let mut stream = accept(&data).await;
        stream.write_all(&blocks(b"two", 0)).await.expect("the client reads");
        control.send("250 done\r\n").await;
        // A listing is sent in stream mode, over a new connection.
        control.answer("FEAT", "500 what?").await;
        control.answer("MODE S", "200 ok").await;
        let data = control.extended_passive().await;
        control.deliver(&data, "LIST", b"").await;
        control.answer("QUIT", "221 bye").await;
    });
    for expected in ["one", "three", "two"] {
        client.get(&download(directory.path())).await.expect(expected);
        assert_eq!(
            std::fs::read(directory.path().join("f")).expect("the file"),
            expected.as_bytes()
        );
    }
    client.list(b"").await.expect("a listing");
    client.quit().await;
    server.await.expect("the script");
}

/// RFC 959 §3.1.1.1: text travels with CRLF.
#[tokio::test]
async fn text_gets_the_line_ends_of_each_side() {
    let directory = tempfile::tempdir().expect("a directory");
    let fake = Fake::new().await;
    let mut options = fake.options();
    options.format = Format { representation: RepresentationType::Ascii, ..VERBATIM };
    let mut client = client(options);
    let server = fake.play(async |fake| {
        let mut control = fake.accept().await;
        control.greet_and_log_in().await;
        control.tell_of("f", 4).await;
        control.answer("TYPE A", "200 ok").await;
        let data = control.extended_passive().await;
        control.deliver(&data, "RETR f", b"a\r\nb\r\n").await;
        let data = control.extended_passive().await;
        control.answer("STOR g", "150 go").await;
        let mut stream = accept(&data).await;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.expect("the file");
        assert_eq!(bytes, b"a\r\nb\r\n");
        control.send("226 done\r\n").await;
    });
    client.get(&download(directory.path())).await.expect("a download");
    let local = directory.path().join("f");
    assert_eq!(std::fs::read(&local).expect("the file"), b"a\nb\n");
    let upload = Upload { local, remote: b"g".to_vec(), resume: false };
    client.put(&upload).await.expect("an upload");
    server.await.expect("the script");
}

/// The markers in a 110 reply cannot be trusted.
#[tokio::test]
async fn a_pair_of_markers_beyond_the_file_is_not_used() {
    let directory = tempfile::tempdir().expect("a directory");
    let local = directory.path().join("f");
    std::fs::write(&local, b"abc").expect("a file");
    let fake = Fake::new().await;
    let mut client = client(in_blocks(&fake));
    let server = fake.play(async |fake| {
        let mut control = fake.accept().await;
        control.greet_and_log_in().await;
        control.answer("TYPE I", "200 ok").await;
        control.answer("MODE B", "200 ok").await;
        for reply in ["110 nonsense\r\n110 MARK 99 = x\r\n426 lost\r\n", "250 done\r\n"] {
            let data = control.extended_passive().await;
            control.answer("STOR f", "150 go").await;
            let mut stream = accept(&data).await;
            assert!(take_blocks(&mut stream).await == b"abc");
            control.send(reply).await;
        }
        control.answer("QUIT", "221 bye").await;
    });
    let upload = Upload { local, remote: b"f".to_vec(), resume: false };
    assert_eq!(client.put(&upload).await.expect("an upload").bytes, 3);
    client.quit().await;
    server.await.expect("the script");
}
