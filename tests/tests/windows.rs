//! The Windows client: socket errors have Winsock numbers, files can be transferred in both
//! directions, and names with a special meaning on Windows do not create files.

use std::net::TcpListener;

use packetboat_tests::fake::{Control, Fake};
use packetboat_tests::job::{check, content};
use packetboat_tests::program::{Output, json_lines};
use packetboat_tests::tls::TlsServer;
use packetboat_tests::wine::Windows;
use packetboat_tests::{Server, noise};

const USAGE: i32 = 2;
const CONNECTION: i32 = 3;
const LOCAL_FILE: i32 = 8;
const PARTIAL: i32 = 11;

/// The Winsock error number of a failed command.
fn winsock(output: &Output) -> Option<u64> {
    let lines = json_lines(output);
    let socket = &lines.iter().find(|line| line["event"] == "error")?["socket"];
    socket["number"].as_u64()
}

#[test]
fn a_port_where_nobody_listens_is_10061() {
    let Some(windows) = Windows::program() else { return };
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("ftp://{}/", listener.local_addr().expect("an address"));
    drop(listener);
    let output = windows.run(&["ls", &url]);
    assert_eq!(output.code(), Some(CONNECTION), "{output:?}");
    assert!(output.stderr.contains("  10061 WSAECONNREFUSED (ECONNREFUSED)"), "{output:?}");
    assert!(!output.stderr.contains("os error"), "{output:?}");
    assert_eq!(winsock(&windows.run(&["ls", "--json", &url])), Some(10061));
}

#[test]
fn a_host_that_nobody_knows_is_an_error_of_the_name_service() {
    let Some(windows) = Windows::program() else { return };
    let output = windows.run(&["ls", "--json", "ftp://no-such-host.invalid/"]);
    assert_eq!(output.code(), Some(CONNECTION), "{output:?}");
    // The network here decides whether no name server can be reached or the name is unknown.
    let number = winsock(&output).unwrap_or_default();
    assert!((11001..=11004).contains(&number), "{output:?}");
}

#[test]
fn a_connection_that_the_server_closes_is_10101_and_one_that_stands_still_10060() {
    let Some(windows) = Windows::program() else { return };
    let closed = Fake::start(|listener| drop(Control::accept(listener, 0)));
    let output = windows.run(&["ls", "--json", "--retries", "0", &closed.url("")]);
    assert_eq!(winsock(&output), Some(10101), "{output:?}");
    closed.finish();
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("ftp://{}/", silent.local_addr().expect("an address"));
    let output = windows.run(&["ls", "--json", "--timeout", "300ms", &url]);
    assert_eq!(winsock(&output), Some(10060), "{output:?}");
}

#[test]
fn files_and_trees_go_both_ways() {
    let Some(windows) = Windows::program() else { return };
    let server = Server::start();
    let large = content("large.bin");
    windows.write("large.bin", &large);
    windows.run(&["put", "--verify", "large.bin", &server.url("large.bin")]).ok();
    check(&server.path("large.bin"), &large);
    windows.run(&["get", "--verify", &server.url("large.bin"), "-o", "again.bin"]).ok();
    check(&windows.home().join("again.bin"), &large);
    std::fs::write(windows.home().join("cut.bin"), &large[..1_000_000]).expect("a file");
    let resumed = windows.run(&["get", "-v", "-c", &server.url("large.bin"), "-o", "cut.bin"]).ok();
    assert!(resumed.stderr.contains("REST 1000000"), "{resumed:?}");
    check(&windows.home().join("cut.bin"), &large);
    let names = ["plain", "empty", "\u{fc}ml\u{e4}ut with spaces.txt"];
    let of = |name: &str| if name == "empty" { Vec::new() } else { noise(name.len() + 70_000) };
    std::fs::create_dir_all(windows.home().join("tree/inner")).expect("a folder");
    for name in names {
        windows.write(&format!("tree/{name}"), of(name));
        windows.write(&format!("tree/inner/{name}"), of(name));
    }
    windows.run(&["put", "-r", "tree", &server.url("")]).ok();
    windows.run(&["get", "-r", "-j", "2", &server.url("tree"), "-o", "back"]).ok();
    for name in names {
        check(&server.path(&format!("tree/inner/{name}")), &of(name));
        check(&windows.home().join("back").join(name), &of(name));
        check(&windows.home().join("back/inner").join(name), &of(name));
    }
    let output = windows.run(&["mirror", &server.url("tree"), "back"]).ok();
    assert!(output.stderr.contains("6 files already the same"), "{output:?}");
    windows.run(&["put", "tree\\pl?in", &server.url("wild")]).ok();
    check(&server.path("wild"), &of("plain"));
}

#[test]
fn names_that_mean_something_else_there_make_no_files() {
    let Some(windows) = Windows::program() else { return };
    let server = Server::start();
    std::fs::create_dir(server.path("names")).expect("a folder");
    let wrong = ["a:b", "CON.txt", "tail.", "..\\out", "q?"];
    for name in wrong {
        server.write(&format!("names/{name}"), "x");
    }
    for name in ["README", "Readme"] {
        server.write(&format!("names/{name}"), name);
    }
    let output = windows.run(&["get", "-r", "--json", &server.url("names")]);
    assert_eq!(output.code(), Some(PARTIAL), "{output:?}");
    let lines = json_lines(&output);
    let messages: Vec<&str> = lines.iter().filter_map(|line| line["message"].as_str()).collect();
    for name in wrong {
        let told = format!("{name:?} is not a valid file name on this system");
        assert!(messages.iter().any(|message| message.contains(&told)), "{name}: {messages:?}");
    }
    assert!(messages.iter().any(|message| message.contains("are the same name")), "{messages:?}");
    let made = std::fs::read_dir(windows.home().join("names")).expect("a folder");
    assert_eq!(made.count(), 1);
    assert_eq!(std::fs::read_dir(windows.home()).expect("a folder").count(), 1);
    let alone = windows.run(&["get", &server.url("names/a%3Ab"), "-o", "a-b"]).ok();
    assert_eq!(std::fs::read(windows.home().join("a-b")).expect("the file"), b"x", "{alone:?}");
}

#[test]
fn a_file_that_is_in_use_is_told_in_words_of_windows() {
    let Some(windows) = Windows::program() else { return };
    let output = windows.run(&["put", "none.txt", &Server::start().url("")]);
    assert_eq!(output.code(), Some(LOCAL_FILE), "{output:?}");
    assert!(output.stderr.contains("no such file or directory (Windows error 2)"), "{output:?}");
}

#[test]
fn a_certificate_is_looked_at_under_tls() {
    let Some(windows) = Windows::program() else { return };
    let server = TlsServer::with(&[]);
    server.server.write("f", "private");
    let url = server.server.url("f").replace("ftp://", "ftpes://");
    let refused = windows.run(&["cat", &url]);
    assert!(!refused.status.success(), "{refused:?}");
    let certificate = server.certificate();
    let certificate = certificate.to_str().expect("a path");
    assert_eq!(windows.run(&["cat", "--ca", certificate, &url]).ok().stdout, "private");
}

#[test]
fn what_is_not_there_says_where_it_is() {
    let Some(windows) = Windows::program() else { return };
    let output = windows.run(&["serve", "--write", "folder"]);
    assert_eq!(output.code(), Some(USAGE), "{output:?}");
    assert!(output.stderr.contains("packetboat serve: the server does not run"), "{output:?}");
    let help = windows.run(&["--help"]).ok();
    assert!(!help.stdout.contains("Serve a folder") && help.stdout.contains("get"), "{help:?}");
    let code = windows.run(&["code", "WSAECONNRESET"]).ok();
    assert!(code.stdout.contains("10054"), "{code:?}");
}

#[test]
fn a_mirror_keeps_a_file_that_differs_in_case_alone() {
    let Some(windows) = Windows::program() else { return };
    let server = Server::start();
    std::fs::create_dir(server.path("site")).expect("a folder");
    server.write("site/Readme", "newer text");
    std::fs::create_dir(windows.home().join("copy")).expect("a folder");
    windows.write("copy/README", "older");
    windows.write("copy/gone", "x");
    windows.run(&["mirror", "--delete", &server.url("site"), "copy"]).ok();
    let made: Vec<_> = std::fs::read_dir(windows.home().join("copy"))
        .expect("a folder")
        .map(|entry| std::fs::read(entry.expect("an entry").path()).expect("a file"))
        .collect();
    assert_eq!(made, [b"newer text"]);
}
