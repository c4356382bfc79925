//! The client against servers that answer strangely, break off, or are malicious.

mod fake;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use fake::{Fake, accept, client};
use packetboat_client::{
    Cause, Choice, Client, Download, Error, Failure, Options, Phase, Silent, Transferred, Tree,
    Upload, get_tree, part_path,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

fn download(directory: &Path, name: &str) -> Download {
    Download {
        remote: name.as_bytes().to_vec(),
        local: directory.join(name),
        resume: false,
        known: None,
    }
}

fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|index| (index % 251) as u8).collect()
}

fn socket_number(error: &packetboat_client::Error) -> Option<u16> {
    error.socket_code().map(|code| code.number())
}

/// RFC 1123 §4.1.2.10: reads do not align with lines.
#[tokio::test]
async fn replies_may_come_byte_by_byte() {
    let fake = Fake::new().await;
    let mut client = fake.client();
    let server = fake.play(async |fake| {
        let mut control = fake.accept().await;
        control.send_in_bytes("220-Welcome\r\n 220 not yet\r\n220 now\r\n").await;
        control.expect("USER anonymous").await;
        control.send_in_bytes("230 no password wanted\r\n").await;
        control.expect("PWD").await;
        control.send_in_bytes("257 \"/a \"\"b\"\"\" is it\r\n").await;
    });
    assert_eq!(client.home().await.expect("a directory"), b"/a \"b\"");
    server.await.expect("the script");
}

#[tokio::test]
async fn the_address_in_227_is_not_trusted() {
    let directory = tempfile::tempdir().expect("a directory");
    let fake = Fake::new().await;
    let mut client = fake.client();
    let server = fake.play(async |fake| {
        let mut control = fake.accept().await;
        control.greet_and_log_in().await;
        control.tell_of("f", 3).await;
        control.answer("EPSV", "500 what?").await;
        // Nothing listens at the address in the reply; the server listens at its own.
        let data = control.passive("127.0.0.1", "192.0.2.1").await;
        control.deliver(&data, "RETR f", b"abc").await;
    });
    let done = client.get(&download(directory.path(), "f")).await.expect("a download");
    assert_eq!(done.bytes, 3);
    assert_eq!(std::fs::read(directory.path().join("f")).expect("the file"), b"abc");
    server.await.expect("the script");
}

/// Only on Linux do all of 127/8 belong to the local machine.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_address_in_227_is_used_when_asked_for() {
    let fake = Fake::new().await;
    let mut options = fake.options();
    options.trust_pasv_address = true;
    let directory = tempfile::tempdir().expect("a directory");
    let server = fake.play(async |fake| {
        let mut control = fake.accept().await;
        control.greet_and_log_in().await;
        control.tell_of("f", 3).await;
        control.answer("EPSV", "502 no").await;
        let data = control.passive("127.0.0.2", "127.0.0.2").await;
        control.deliver(&data, "RETR f", b"abc").await;
    });
    client(options).get(&download(directory.path(), "f")).await.expect("a download");
    server.await.expect("the script");
}

/// 425 concerns the data connection, so the client makes it another way, in the end by PORT.
#[tokio::test]
async fn a_data_connection_that_fails_is_made_another_way() {
    let directory = tempfile::tempdir().expect("a directory");
    let fake = Fake::new().await;
    let mut client = fake.client();
    let server = fake.play(async |fake| {
        let mut control = fake.accept().await;
        control.greet_and_log_in().await;
        control.tell_of("f", 3).await;
        let data = control.extended_passive().await;
        control.answer("RETR f", "425 no data connection").await;
        drop(data);
        control.answer("PASV", "500 what?").await;
        let eprt = control.next().await;
        let port = eprt.rsplit('|').nth(1).expect("a port").parse().expect("a number");
        assert!(eprt.starts_with("EPRT |1|127.0.0.1|"), "{eprt}");
        control.send("200 ok\r\n").await;
        control.expect("RETR f").await;
        let to = std::net::SocketAddr::from(([127, 0, 0, 1], port));
        let mut stream = tokio::net::TcpStream::connect(to).await.expect("the client listens");
        control.send("150 go\r\n").await;
        stream.write_all(b"abc").await.expect("the client reads");
        drop(stream);
        control.send("226 done\r\n").await;
    });
    client.get(&download(directory.path(), "f")).await.expect("a download");
    assert_eq!(std::fs::read(directory.path().join("f")).expect("the file"), b"abc");
    server.await.expect("the script");
}

#[tokio::test]
async fn a_broken_download_goes_on_where_it_stopped() {
    let directory = tempfile::tempdir().expect("a directory");
    let content = pattern(300_000);
    let expected = content.clone();
    let fake = Fake::new().await;
    let mut client = fake.client();
    let server = fake.play(async move |fake| {
        let mut control = fake.accept().await;
        control.greet_and_log_in().await;
        control.tell_of("f", content.len()).await;
        let data = control.extended_passive().await;
        control.answer("RETR f", "150 go").await;
        let mut stream = accept(&data).await;
        stream.write_all(&content[..200_000]).await.expect("the client reads");
        // Both connections are lost in the middle.
        drop((stream, control));
        let mut control = fake.accept().await;
        control.greet_and_log_in().await;
        control.tell_of("f", content.len()).await;
        let data = control.extended_passive().await;
        control.answer("REST 200000", "350 ok").await;
        control.deliver(&data, "RETR f", &content[200_000..]).await;
    });
    let done = client.get(&download(directory.path(), "f")).await.expect("a download");
    assert_eq!((done.bytes, done.offset), (300_000, 0));
    let path = directory.path().join("f");
    assert!(std::fs::read(&path).expect("the file") == expected);
    assert!(!part_path(&path).exists());
    let modified = std::fs::metadata(&path).and_then(|file| file.modified()).expect("a time");
    let seconds = modified.duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs();
    assert_eq!(seconds, 1_577_934_245, "the time of the remote file");
    server.await.expect("the script");
}

#[tokio::test]
async fn what_failed_for_good_leaves_its_part_and_no_file() {
    let directory = tempfile::tempdir().expect("a directory");
    let fake = Fake::new().await;
    let mut client = fake.client();
    let server = fake.play(async |fake| {
        let mut control = fake.accept().await;
        control.greet_and_log_in().await;
        control.tell_of("f", 10).await;
        let data = control.extended_passive().await;
        control.answer("RETR f", "150 go").await;
        let mut stream = accept(&data).await;
        stream.write_all(b"abcd").await.expect("the client reads");
        drop(stream);
        control.send("551 the disk is gone\r\n").await;
    });
    let error = client.get(&download(directory.path(), "f")).await.expect_err("551");
    assert_eq!((error.reply_number(), error.failure()), (Some(551), Failure::Refused));
    let path = directory.path().join("f");
    assert!(!path.exists());
    assert_eq!(std::fs::read(part_path(&path)).expect("the part"), b"abcd");
    server.await.expect("the script");
}

/// Resumes an upload of ten bytes of which the server has four, and which then has this length.
async fn resumed_upload(length: u64) -> Result<Transferred, Error> {
    let directory = tempfile::tempdir().expect("a directory");
    let local = directory.path().join("f");
    std::fs::write(&local, b"0123456789").expect("a file");
    let fake = Fake::new().await;
    let mut client = fake.client();
    let server = fake.play(async move |fake| {
        let mut control = fake.accept().await;
        control.greet_and_log_in().await;
        control.answer("TYPE I", "200 ok").await;
        control.answer("SIZE f", "213 4").await;
        control.answer("FEAT", "211-it has\r\n XCRC\r\n211 end").await;
        // The hash of the bytes 0123.
        control.answer("XCRC f", "250 A6669D7D").await;
        let data = control.extended_passive().await;
        // FEAT does not list REST STREAM, so the client uses APPE.
        control.answer("APPE f", "150 go").await;
        let mut stream = accept(&data).await;
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).await.expect("the rest");
        assert_eq!(rest, b"456789");
        control.send("226 done\r\n").await;
        control.answer("SIZE f", &format!("213 {length}")).await;
    });
    let upload = Upload { local, remote: b"f".to_vec(), resume: true };
    let result = client.put(&upload).await;
    server.await.expect("the script");
    result
}

#[tokio::test]
async fn an_upload_goes_on_behind_what_the_server_has() {
    let done = resumed_upload(10).await.expect("an upload");
    assert_eq!((done.bytes, done.offset), (6, 4));
}

/// Resumes two uploads on a server that lists this in FEAT and whose reply to XCRC contains no
/// hash. If the client asks for one, it asks only once.
async fn resumed_without_hash(listed: &str, asked: bool) {
    let directory = tempfile::tempdir().expect("a directory");
    let local = directory.path().join("f");
    std::fs::write(&local, b"0123456789").expect("a file");
    let fake = Fake::new().await;
    let mut client = fake.client();
    let features = format!("211-it has\r\n {listed}\r\n211 end");
    let server = fake.play(async move |fake| {
        let mut control = fake.accept().await;
        control.greet_and_log_in().await;
        control.answer("TYPE I", "200 ok").await;
        for round in 0..2 {
            control.answer("SIZE f", "213 4").await;
            if round == 0 {
                control.answer("FEAT", &features).await;
            }
            if round == 0 && asked {
                control.answer("XCRC f", "250 done").await;
            }
            control.answer("MDTM f", "213 20380101000000").await;
            let data = control.extended_passive().await;
            control.answer("APPE f", "150 go").await;
            let mut stream = accept(&data).await;
            stream.read_to_end(&mut Vec::new()).await.expect("the rest");
            control.send("226 done\r\n").await;
            control.answer("SIZE f", "213 10").await;
        }
    });
    for _ in 0..2 {
        let upload = Upload { local: local.clone(), remote: b"f".to_vec(), resume: true };
        let done = client.put(&upload).await.expect("an upload");
        assert_eq!((done.bytes, done.offset), (6, 4));
    }
    server.await.expect("the script");
}

#[tokio::test]
async fn a_server_that_tells_no_hash_is_asked_for_one_at_most() {
    resumed_without_hash("MDTM", false).await;
    resumed_without_hash("XCRC", true).await;
}

#[tokio::test]
async fn a_resumed_upload_that_has_another_length_at_the_end_has_failed() {
    let error = resumed_upload(14).await.expect_err("somebody else wrote, too");
    assert!(error.to_string().contains("has 14 bytes, but this one has 10"), "{error}");
}

#[tokio::test]
async fn a_refused_port_is_10061() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    drop(listener);
    let error = client(Options::new("127.0.0.1", port)).connect().await.expect_err("refused");
    assert_eq!((error.phase(), socket_number(&error)), (Phase::Connect, Some(10061)));
    assert_eq!(
        (error.failure(), error.peer()),
        (Failure::Connection, Some(&*format!("127.0.0.1:{port}")))
    );
}

/// RFC 6761 §6.4: `.invalid` never exists. Without any name service the answer is "try again".
#[tokio::test]
async fn an_unknown_host_is_told_as_such() {
    let mut options = Options::new("no-such-host.invalid", 21);
    options.retry.retries = 0;
    let error = client(options).connect().await.expect_err("unknown");
    assert_eq!(error.phase(), Phase::Resolve);
    let number = socket_number(&error);
    assert!(matches!(number, Some(11001 | 11002)), "{number:?}");
}

#[tokio::test]
async fn a_silent_server_is_10060() {
    let fake = Fake::new().await;
    let mut options = fake.options();
    options.reply_timeout = Duration::from_millis(50);
    options.retry.retries = 0;
    let error = client(options).connect().await.expect_err("silence");
    assert_eq!((error.phase(), socket_number(&error)), (Phase::Greeting, Some(10060)));
}

#[tokio::test]
async fn a_server_that_closes_at_once_is_a_failed_greeting() {
    let fake = Fake::new().await;
    let mut options = fake.options();
    options.retry.retries = 0;
    let server = fake.play(async |fake| drop(fake.accept().await));
    let error = client(options).connect().await.expect_err("closed");
    assert_eq!((error.phase(), error.failure()), (Phase::Greeting, Failure::Connection));
    server.await.expect("the script");
}

#[tokio::test]
async fn a_server_may_close_at_any_byte() {
    let wire = "220 hi\r\n331 pw\r\n230-in\r\n230 ok\r\n257 \"/\"\r\n";
    for cut in 0..=wire.len() {
        let fake = Fake::new().await;
        let mut options = fake.options();
        options.retry.retries = 0;
        let server = fake.play(async move |fake| {
            let mut control = fake.accept().await;
            control.send(&wire[..cut]).await;
        });
        let result = client(options).home().await;
        server.await.expect("the script");
        // The complete dialogue, sent ahead of the commands, is enough; anything less is not.
        if cut < wire.len() - 2 {
            let error = result.expect_err("cut off");
            assert!(!matches!(error.cause(), Cause::Protocol(_)), "{cut}: {error}");
        }
    }
}

#[tokio::test]
async fn another_protocol_is_recognised() {
    let fake = Fake::new().await;
    let mut client = fake.client();
    let server = fake.play(async |fake| {
        fake.accept().await.send("SSH-2.0-OpenSSH_9.2\r\n").await;
    });
    let error = client.connect().await.expect_err("not FTP");
    assert_eq!(error.failure(), Failure::Protocol);
    assert!(error.to_string().contains("SSH-2.0"), "{error}");
    server.await.expect("the script");
}

/// RFC 959 §4.2: 4yz may succeed later, 5yz will not.
#[tokio::test]
async fn transient_failures_are_repeated_and_permanent_ones_are_not() {
    let fake = Fake::new().await;
    let mut client = fake.client();
    let server = fake.play(async |fake| {
        let mut control = fake.accept().await;
        control.greet_and_log_in().await;
        control.answer("DELE a", "450 busy").await;
        control.answer("DELE a", "450 busy").await;
        control.answer("DELE a", "250 gone").await;
        for _ in 0..3 {
            control.answer("DELE b", "450 busy").await;
        }
        control.answer("DELE c", "550 no such file").await;
        control.answer("QUIT", "221 bye").await;
    });
    client.delete(b"a").await.expect("gone at last");
    let error = client.delete(b"b").await.expect_err("still busy");
    assert_eq!((error.failure(), error.is_retryable()), (Failure::Transient, true));
    let error = client.delete(b"c").await.expect_err("not there");
    assert_eq!(error.failure(), Failure::NotFound);
    client.quit().await;
    server.await.expect("the script");
}

#[tokio::test]
async fn a_path_that_holds_a_line_break_is_never_sent() {
    let fake = Fake::new().await;
    let mut client = fake.client();
    let server = fake.play(async |fake| {
        let mut control = fake.accept().await;
        control.greet_and_log_in().await;
        assert_eq!(control.next().await, "QUIT");
    });
    client.delete(b"a\r\nDELE b").await.expect_err("refused here");
    client.quit().await;
    server.await.expect("the script");
}

#[tokio::test]
async fn names_of_a_server_cannot_lead_out_of_the_target() {
    let outer = tempfile::tempdir().expect("a directory");
    let target = outer.path().join("in");
    let fake = Fake::new().await;
    let options = Arc::new(fake.options());
    let server = fake.play(async |fake| {
        let mut control = fake.accept().await;
        control.greet_and_log_in().await;
        control.answer("FEAT", "211-Have\r\n MLST type*;size*;modify*;\r\n211 End").await;
        let data = control.extended_passive().await;
        let mut listing = Vec::new();
        for name in ["../evil", "/tmp/evil", "..", ".", "a/b", "evil\0", "good", "good"] {
            let line = format!("type=file;size=2;modify=20200101000000; {name}\r\n");
            listing.extend_from_slice(line.as_bytes());
        }
        listing
            .extend_from_slice(b"type=dir; ../evil\r\ntype=OS.unix=slink:/etc; link\r\nnoise\r\n");
        control.deliver(&data, "MLSD pub", &listing).await;
        control.answer("TYPE I", "200 ok").await;
        let data = control.extended_passive().await;
        control.deliver(&data, "RETR pub/good", b"ok").await;
        control.answer("QUIT", "221 bye").await;
    });
    let tree = Tree {
        remote: b"pub".to_vec(),
        local: target.clone(),
        sessions: 1,
        resume: false,
        choice: Choice::default(),
    };
    let report = get_tree(
        Arc::clone(&options),
        Arc::new(Silent),
        &tree,
        Client::new(options, Arc::new(Silent)),
    )
    .await;
    server.await.expect("the script");
    // The link, and the two lines that are not entries.
    assert_eq!((report.files, report.bytes, report.skipped), (1, 2, 3));
    let unsafe_name = |cause: &Cause| matches!(cause, Cause::UnsafeName(_));
    assert!(report.failures.iter().all(|failure| unsafe_name(failure.error.cause())));
    assert_eq!(report.failures.len(), 5);
    let names = |path: &Path| -> Vec<_> {
        let entries = std::fs::read_dir(path).expect("a directory");
        entries.map(|entry| entry.expect("an entry").file_name()).collect()
    };
    assert_eq!((names(outer.path()), names(&target)), (vec!["in".into()], vec!["good".into()]));
}

#[tokio::test]
async fn a_server_without_mlsd_is_listed_by_list() {
    let fake = Fake::new().await;
    let mut client: Client = fake.client();
    let server = fake.play(async |fake| {
        let mut control = fake.accept().await;
        control.greet_and_log_in().await;
        control.answer("FEAT", "500 what?").await;
        control.answer("PWD", "257 \"/home\"").await;
        control.answer("CWD a b", "250 ok").await;
        let data = control.extended_passive().await;
        let lines = b"total 2\r\n-rw-r--r-- 1 u g 5 Nov 24 2020 x y\r\n\
                      drwxr-xr-x 2 u g 0 Nov 24 2020 .\r\n";
        control.deliver(&data, "LIST", lines).await;
        control.answer("CWD /home", "250 ok").await;
    });
    let entries = client.list(b"a b").await.expect("a listing");
    assert_eq!(entries.len(), 1);
    assert_eq!((entries[0].name.as_slice(), entries[0].size), (&b"x y"[..], Some(5)));
    server.await.expect("the script");
}
