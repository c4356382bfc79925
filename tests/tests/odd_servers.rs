//! Servers with unusual listings, and servers that answer late, wrongly or not at all. Nothing they
//! do must be mistaken for success, and what the client reports must be true.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;

use packetboat_tests::canned::Canned;
use packetboat_tests::fake::{Control, Fake};
use packetboat_tests::program::{client_in, ends, json_lines};

const CONNECTION: i32 = 3;
const TRANSIENT: i32 = 7;
const PROTOCOL: i32 = 9;
const REFUSED: i32 = 10;
const PARTIAL: i32 = 11;
const TLS: i32 = 13;

/// One line that is understood, two that are not, and one that is not an entry.
const ODD: &[u8] = b"total 12\r\n-rw-r--r-- 1 a b 5 Nov 14 2020 x\r\n\
                     README.TXT;1  4/8  12-NOV-2021 10:20:30\r\ngarbage\r\n";

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn lines_of_a_listing_that_are_not_understood_are_told() {
    let told = "2 lines of the listing were not understood and left out; the first: \
                \"README.TXT;1  4/8";
    let seen = Canned::with(&[]).sending(ODD).run(&["ls", "URL"]);
    ends(&seen.output, 0, &[told]);
    assert_eq!(seen.output.stdout, "x\n");
    let seen = Canned::with(&[]).sending(ODD).run(&["get", "-r", "-j", "1", "-o", "d", "URL"]);
    ends(&seen.output, PARTIAL, &[told]);
    let seen = Canned::with(&[]).sending(ODD).run(&["mirror", "-j", "1", "URL", "d"]);
    ends(&seen.output, PARTIAL, &[told]);
    let seen = Canned::with(&[]).sending(ODD).run(&["get", "-o", "d/", "URL*"]);
    ends(&seen.output, PARTIAL, &[told]);
    let seen = Canned::with(&[]).sending(ODD).run(&["ls", "--json", "URL"]);
    let objects = json_lines(&seen.output);
    let event = objects.iter().find(|object| object["event"] == "left-out").expect("an event");
    assert_eq!((event["lines"].as_u64(), event["command"].as_str()), (Some(2), Some("ls")));
    // Lines that are known not to be entries are skipped silently.
    let plain = b"total 12\r\n\r\n-rw-r--r-- 1 a b 5 Nov 14 2020 x\r\n";
    let seen = Canned::with(&[]).sending(plain).run(&["get", "-r", "-j", "1", "-o", "d", "URL"]);
    ends(&seen.output, 0, &[]);
    assert!(!seen.output.stderr.contains("not understood"), "{:?}", seen.output);
}

/// The server has both names, but its listing shows only one.
#[test]
fn nothing_is_deleted_by_a_listing_that_is_not_understood() {
    let home = folder();
    std::fs::create_dir(home.path().join("d")).expect("a folder");
    std::fs::write(home.path().join("d/garbage"), "kept").expect("a file");
    let line = ["mirror", "--delete", "-j", "1", "URL", "d"];
    let seen = Canned::with(&[("SIZE", "213 94")]).sending(ODD).run_in(home.path(), &line);
    ends(&seen.output, PARTIAL, &["garbage: it is on the server", "not understood"]);
    assert_eq!(read(&home.path().join("d/garbage")), b"kept");
    // The server does not answer questions about names, so nothing shows that a name does not
    // exist.
    let seen = Canned::with(&[("CWD", "550 no")]).sending(ODD).run_in(home.path(), &line);
    ends(&seen.output, PARTIAL, &["not understood"]);
    assert_eq!(read(&home.path().join("d/garbage")), b"kept");
}

/// Pure-FTPd does this after 10,000 files.
#[test]
fn a_listing_that_the_server_cuts_short_is_told() {
    let plain = b"-rw-r--r-- 1 a b 5 Nov 14 2020 x\r\n";
    let replies =
        [("LIST", "226-Options: -l \n226 Output truncated to 1 matches"), ("SIZE", "213 34")];
    let told = "the server has not listed everything: 226 Options: -l";
    let home = folder();
    let line = ["get", "-r", "-j", "1", "-o", "d", "URL"];
    let seen = Canned::with(&replies).sending(plain).run_in(home.path(), &line);
    ends(&seen.output, PARTIAL, &[told]);
    std::fs::write(home.path().join("d/y"), "kept").expect("a file");
    let line = ["mirror", "--delete", "-j", "1", "URL", "d"];
    let seen = Canned::with(&replies).sending(plain).run_in(home.path(), &line);
    ends(&seen.output, PARTIAL, &[told]);
    assert_eq!(read(&home.path().join("d/y")), b"kept");
}

#[test]
fn names_that_come_twice_and_the_directory_itself_are_passed_over() {
    let facts = b"type=dir; .\r\ntype=dir; ..\r\ntype=file; x\r\ntype=file; x\r\n";
    let canned = Canned::with(&[("FEAT", "211-\n MLST type*;\n211 end")]).sending(facts);
    let seen = canned.run(&["get", "-r", "-j", "1", "-o", "d", "URL"]);
    ends(&seen.output, 0, &[]);
    let fetched = seen.lines.iter().filter(|line| line.starts_with("RETR")).count();
    assert_eq!(fetched, 1, "{:?}", seen.lines);
}

#[test]
fn a_server_that_does_not_tell_where_it_is_gives_its_tree_all_the_same() {
    let fake = Fake::start(|listener| {
        let refused = "550 PWD: not here";
        let mut control = Control::accept(listener, 3).answering("PWD", refused);
        assert_eq!(control.serve_until("LIST"), "LIST");
        control.transfer(b"drwxr-xr-x 1 a b 0 Nov 14 2020 sub\r\n");
        assert_eq!(control.serve_until("LIST"), "LIST sub");
        control.transfer(b"-rw-r--r-- 1 a b 3 Nov 14 2020 f\r\n");
        assert_eq!(control.serve_until("RETR"), "RETR sub/f");
        control.transfer(b"abc");
        control.serve_until("QUIT");
    });
    let home = folder();
    let output = client_in(home.path(), &["get", "-r", "-j", "1", "-o", "d", &fake.url("")]);
    ends(&output, 0, &[]);
    fake.finish();
    assert_eq!(read(&home.path().join("d/sub/f")), b"abc");
}

#[test]
fn a_directory_that_is_refused_for_being_empty_is_empty() {
    for reply in ["550 No files found", "450 .: No such file or directory"] {
        let fake = Fake::start(move |listener| {
            let mut control = Control::accept(listener, 0);
            control.serve_until("LIST");
            control.send(reply);
            control.serve_until("QUIT");
        });
        ends(&client_in(folder().path(), &["ls", &fake.url("d")]), 0, &[]);
        fake.finish();
    }
    let fake = Fake::start(|listener| {
        let mut control = Control::accept(listener, 0);
        control.serve_until("LIST");
        control.send("550 Permission denied");
        control.serve_until("QUIT");
    });
    assert_eq!(client_in(folder().path(), &["ls", &fake.url("d")]).code(), Some(6));
    fake.finish();
}

#[test]
fn a_file_that_does_not_go_on_where_it_was_asked_to_comes_from_its_start() {
    let content = b"0123456789";
    let fake = Fake::start(move |listener| {
        let mut control = Control::accept(listener, 10).answering("REST", "350 fine");
        control.serve_until("RETR");
        control.transfer(content);
        control.serve_until("RETR");
        control.transfer(content);
        control.serve_until("QUIT");
    });
    let home = folder();
    std::fs::write(home.path().join("f.pbpart"), "0123").expect("a part");
    let output = client_in(home.path(), &["get", "-c", &fake.url("f")]);
    ends(
        &output,
        0,
        &[
            "the server sent more than the rest of the file: the file is transferred from the beginning",
        ],
    );
    fake.finish();
    assert!(!output.stderr.contains("resumed at"), "{output:?}");
    assert_eq!(read(&home.path().join("f")), content);
}

/// Output that was written to a pipe cannot be taken back.
#[test]
fn what_goes_to_a_pipe_fails_where_it_does_not_go_on() {
    let fake = Fake::start(|listener| {
        let mut control = Control::accept(listener, 10).answering("REST", "350 fine");
        control.serve_until("RETR");
        let mut data = control.data();
        control.send("150 here it comes");
        data.write_all(b"0123").expect("the client reads");
        drop(data);
        control.send("426 broken off");
        control.serve_until("RETR");
        control.transfer(b"0123456789");
        control.serve_until("QUIT");
    });
    let output = client_in(folder().path(), &["cat", "--retries", "1", &fake.url("f")]);
    assert_ne!(output.code(), Some(0), "{output:?}");
    fake.finish();
}

/// Accepts RNFR and RNTO, disconnects before it replies, and then lists these names.
fn loses_the_reply_to_rnto(names: &'static [u8], again: bool) -> Fake {
    Fake::start(move |listener| {
        let mut control = Control::accept(listener, 0).answering("RNFR", "350 ready");
        control.serve_until("RNTO");
        drop(control);
        let mut control = Control::accept(listener, 0).answering("RNFR", "350 ready");
        for _ in ["old", "new"] {
            control.serve_until("LIST");
            control.transfer(names);
        }
        if again {
            control.serve_until("RNTO");
            control.send("250 renamed");
        }
        control.serve_until("QUIT");
    })
}

#[test]
fn both_names_are_looked_at_before_a_rename_is_repeated_whose_reply_was_lost() {
    let mv = |fake: Fake| {
        let output = client_in(folder().path(), &["mv", &fake.url("old"), "new"]);
        fake.finish();
        output
    };
    ends(&mv(loses_the_reply_to_rnto(b"-rw-r--r-- 1 a b 5 Nov 14 2020 new\r\n", false)), 0, &[]);
    ends(&mv(loses_the_reply_to_rnto(b"-rw-r--r-- 1 a b 5 Nov 14 2020 old\r\n", true)), 0, &[]);
    let neither = mv(loses_the_reply_to_rnto(b"-rw-r--r-- 1 a b 5 Nov 14 2020 x\r\n", false));
    ends(
        &neither,
        CONNECTION,
        &["no reply to RNTO arrived", "It is unknown whether the file has its new name"],
    );
}

/// Pure-FTPd answers 451 to a new name in a directory that does not exist.
#[test]
fn a_rename_that_cannot_succeed_is_not_repeated_whatever_its_code() {
    let fake = Fake::start(|listener| {
        let mut control = Control::accept(listener, 0).answering("RNFR", "350 ready");
        control.serve_until("RNTO");
        control.send("451 Rename/move failure: No such file or directory");
        assert_eq!(control.serve_until_one_of(&["RNTO", "QUIT"]), "QUIT");
    });
    let output = client_in(folder().path(), &["mv", &fake.url("old"), "none/new"]);
    fake.finish();
    ends(&output, TRANSIENT, &["Check that the folder of the new name exists"]);
}

#[test]
fn what_was_done_before_its_reply_was_lost_is_done() {
    for (line, verb, reply) in [
        (&["rm"][..], "DELE", "550 f: No such file or directory"),
        (&["rmdir"], "RMD", "550 f: No such file or directory"),
        (&["mkdir"], "MKD", "550 f: File exists"),
    ] {
        let fake = Fake::start(move |listener| {
            let mut control = Control::accept(listener, 0);
            control.serve_until(verb);
            drop(control);
            let mut control = Control::accept(listener, 0);
            control.serve_until(verb);
            control.send(reply);
            control.serve_until("QUIT");
        });
        ends(&client_in(folder().path(), &[line, &[&fake.url("f")]].concat()), 0, &[]);
        fake.finish();
    }
}

#[test]
fn what_is_refused_after_the_data_is_no_lack_of_permission() {
    let home = folder();
    std::fs::write(home.path().join("f"), "a virus").expect("a file");
    for reply in ["550 Virus found", "553 rejected by policy", "552 Too evil"] {
        let seen = Canned::with(&[("STOR", reply)]).run_in(home.path(), &["put", "f", "URLf"]);
        ends(&seen.output, REFUSED, &["the server refused STOR f after 7 bytes had been sent"]);
        assert!(!seen.output.stderr.contains("permission"), "{}", seen.output.stderr);
        assert!(!seen.lines.iter().any(|line| line.starts_with("LIST")), "{:?}", seen.lines);
    }
}

#[test]
fn a_server_that_cannot_connect_to_the_client_is_heard() {
    let fake = Fake::start(|listener| {
        let ok = "200 ok";
        let mut control = Control::accept(listener, 3).answering("EPRT", ok).answering("PORT", ok);
        while control.serve_until_one_of(&["RETR", "QUIT"]) != "QUIT" {
            control.send("150 here it comes");
            control.send("425 Cannot connect");
        }
    });
    let line = ["get", "--active", "--retries", "0", &fake.url("f")];
    let output = client_in(folder().path(), &line);
    assert!(
        output.stderr.contains("425") && output.stderr.contains("Cannot connect"),
        "{output:?}"
    );
    assert_ne!(output.code(), Some(0));
    fake.finish();
    let fake = Fake::start(|listener| {
        let mut control = Control::accept(listener, 3).answering("EPRT", "200 ok");
        control.serve_until("RETR");
        control.send("150 here it comes");
    });
    let output = client_in(folder().path(), &["get", "--active", "--retries", "0", &fake.url("f")]);
    ends(&output, CONNECTION, &["the server closed the connection"]);
    fake.finish();
    // The server gives a reason and disconnects.
    let fake = Fake::start(|listener| {
        let mut control = Control::accept(listener, 3).answering("EPRT", "200 ok");
        control.serve_until("RETR");
        control.send("150 here it comes");
        control.send("425 Cannot connect");
        control.serve_until_one_of(&["PORT", "QUIT"]);
    });
    let output = client_in(folder().path(), &["get", "--active", "--retries", "0", &fake.url("f")]);
    assert!(
        output.stderr.contains("425") && output.stderr.contains("Cannot connect"),
        "{output:?}"
    );
    fake.finish();
}

/// Only the time limit ends such a reply, whatever arrives.
#[test]
fn a_reply_that_does_not_end_ends_the_session() {
    for piece in [&b"200 never ending "[..], b"\r\n"] {
        let fake = Fake::start(move |listener| {
            let mut control = Control::accept(listener, 0);
            control.serve_until("PASS");
            let mut stream = control.into_stream();
            while stream.write_all(&piece.repeat(1000)).is_ok() {}
        });
        let line = ["ls", "--timeout", "5", "--retries", "0", &fake.url("")];
        let output = client_in(folder().path(), &line);
        match piece.len() {
            2 => ends(&output, CONNECTION, &[]),
            _ => ends(&output, PROTOCOL, &["a line of the reply does not end"]),
        }
        fake.finish();
    }
}

#[test]
fn a_mode_that_is_refused_as_an_argument_is_told_as_a_mode() {
    let replies = [("MODE", "501 Unrecognized MODE type"), ("SIZE", "213 7")];
    let seen = Canned::with(&replies).run(&["get", "--mode", "deflate", "URLf"]);
    assert_ne!(seen.output.code(), Some(0), "{:?}", seen.output);
    assert!(seen.output.stderr.contains("(--mode,"), "{}", seen.output.stderr);
}

#[test]
fn data_whose_end_is_not_confirmed_is_told_as_that() {
    let fake = Fake::start(|listener| {
        let mut control = Control::accept(listener, 3);
        control.serve_until("RETR");
        let mut data = control.data();
        control.send("150 here it comes");
        data.write_all(b"abc").expect("the client reads");
        drop(data);
        assert_eq!(control.line(), "", "the client waits and then disconnects");
    });
    let line = ["get", "--timeout", "5", "--retries", "0", &fake.url("f")];
    let output = client_in(folder().path(), &line);
    ends(&output, CONNECTION, &["all 3 bytes arrived, but not the reply that confirms it"]);
    assert!(!output.stderr.contains("nothing is moving"), "{}", output.stderr);
    fake.finish();
}

#[test]
fn a_transfer_that_breaks_names_what_is_kept_of_it() {
    for reply in ["421 Going down", "426 Broken"] {
        let fake = Fake::start(move |listener| {
            let mut control = Control::accept(listener, 6);
            control.serve_until("RETR");
            let mut data = control.data();
            control.send("150 here it comes");
            data.write_all(b"abc").expect("the client reads");
            drop(data);
            control.send(reply);
            // Read whatever the client still sends.
            let _ = control.into_stream().read_to_end(&mut Vec::new());
        });
        let output = client_in(folder().path(), &["get", "--retries", "0", &fake.url("f")]);
        let kept = "the first 3 bytes are kept in f.pbpart; `packetboat get -c` resumes there.";
        ends(&output, TRANSIENT, &["the server aborted RETR f after 3 bytes", kept]);
        fake.finish();
    }
}

#[test]
fn a_login_that_is_put_off_is_no_file_in_use() {
    let seen = Canned::with(&[("PASS", "450 later")]).run(&["ls", "--retries", "0", "URL"]);
    ends(&seen.output, TRANSIENT, &["does not let this user log in at the moment"]);
    assert!(!seen.output.stderr.contains("locked"), "{}", seen.output.stderr);
}

/// A connection to a port on 127.0.0.1 from another address of this machine.
fn connected_from(address: [u8; 4], port: u16) -> TcpStream {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let connected = runtime.expect("a runtime").block_on(async {
        let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
        socket.bind((address, 0).into()).expect("an address of this machine");
        socket.connect(([127, 0, 0, 1], port).into()).await.and_then(|socket| socket.into_std())
    });
    connected.expect("a connection")
}

/// The server has neither MLST nor SIZE, or refuses SIZE.
#[test]
fn what_a_server_tells_of_a_file_by_its_listing_alone_is_told() {
    let plain = b"-rw-r--r-- 1 a b 5 Nov 14 2020 x\r\n";
    for size in ["502 no", "550 SIZE not allowed in ASCII mode"] {
        let replies = [("SIZE", size), ("CWD", "550 no")];
        let seen = Canned::with(&replies).sending(plain).run(&["stat", "URLx"]);
        ends(&seen.output, 0, &[]);
        let told = &seen.output.stdout;
        assert!(told.contains("kind      file") && told.contains("size      5"), "{told}");
    }
}

#[test]
fn a_mirror_does_not_promise_what_no_command_can_carry() {
    let home = folder();
    std::fs::create_dir(home.path().join("d")).expect("a folder");
    std::fs::write(home.path().join("d/new\nline"), "x").expect("a file");
    let seen = Canned::with(&[]).sending(b"").run_in(home.path(), &["mirror", "-n", "d", "URL"]);
    assert!(!seen.output.stdout.contains("new"), "{}", seen.output.stdout);
    assert_ne!(seen.output.code(), Some(0), "{:?}", seen.output);
}

/// A data connection from a stranger is refused and reported.
#[test]
fn a_data_connection_from_another_address_is_named() {
    let fake = Fake::start(|listener| {
        let mut control = Control::accept(listener, 3);
        let line = control.serve_until("EPRT");
        control.send("200 ok");
        let port: u16 = line.rsplit('|').nth(1).and_then(|port| port.parse().ok()).expect("a port");
        control.serve_until("RETR");
        let stranger = connected_from([127, 0, 0, 9], port);
        control.send("150 here it comes");
        assert_eq!(control.line(), "", "the client waits and then disconnects");
        drop(stranger);
    });
    let line = ["get", "--active", "--timeout", "5", "--retries", "0", &fake.url("f")];
    let output = client_in(folder().path(), &line);
    let told =
        "a data connection from 127.0.0.9 was refused, since the server's address is 127.0.0.1";
    ends(&output, CONNECTION, &[told]);
    fake.finish();
}

/// Whoever injected that text could otherwise speak for the server under TLS.
#[test]
fn what_stands_in_clear_behind_the_consent_to_tls_is_refused() {
    for behind in ["230 ", "230-a\r\n", "421 moved\r\n"] {
        let fake = Fake::start(move |listener| {
            let mut control = Control::accept(listener, 0);
            control.serve_until("AUTH");
            let mut stream = control.into_stream();
            let told = format!("234 go\r\n{behind}");
            stream.write_all(told.as_bytes()).expect("the client reads");
            let mut rest = Vec::new();
            stream.read_to_end(&mut rest).expect("the client goes");
            assert!(rest.is_empty(), "the client sent a ClientHello: {rest:?}");
        });
        let output = client_in(folder().path(), &["ls", "--tls", "require", &fake.url("")]);
        fake.finish();
        ends(&output, TLS, &["unencrypted data followed the server's reply to AUTH"]);
    }
}

#[test]
fn an_upload_that_is_done_before_it_was_sent_is_none() {
    for length in [3, 60_000, 1_000_000] {
        let fake = Fake::start(|listener| {
            let mut control = Control::accept(listener, 0);
            control.serve_until("STOR");
            control.send("226 done");
            control.into_stream().read_to_end(&mut Vec::new()).expect("the client goes");
        });
        let home = folder();
        std::fs::write(home.path().join("f"), vec![7; length]).expect("a file");
        let output = client_in(home.path(), &["put", "f", &fake.url("f")]);
        ends(&output, PROTOCOL, &["the upload complete before anything was sent", "226"]);
        fake.finish();
    }
}

/// 350 means that another command is expected.
#[test]
fn a_removal_that_was_only_begun_is_none() {
    let seen = Canned::with(&[("DELE", "350 what next?")]).run(&["rm", "URLf"]);
    assert!(!seen.output.status.success(), "{:?}", seen.output);
}
