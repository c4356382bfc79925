//! The memory of server and client grows neither with a file nor with a directory. For the server,
//! the kernel's record of its peak counts; the client gets no more memory than it should need.

use std::fs::File;
use std::path::Path;
use std::process::Command;

use packetboat_tests::program::{Output, packetboat, run};
use packetboat_tests::tls::TlsServer;
use packetboat_tests::{Dialogue, PASSWORD, Server, USER};

/// A small file to start with, and one far larger than anybody should hold in memory.
const FILES: [(&str, u64); 2] = [("small", 1 << 20), ("large", 160 << 20)];
/// The client's limit for its data, including stacks.
const CLIENT: u64 = 96 << 20;
/// How much the server may add for a transfer or a listing after a small one.
const SERVER: u64 = 16 << 20;

/// The server's peak memory, in bytes.
fn peak(server: &Server) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.process()));
    let status = status.expect("its state");
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("a peak");
    let kib: u64 =
        line.split_whitespace().nth(1).and_then(|word| word.parse().ok()).expect("a number");
    kib << 10
}

/// The client, with little memory.
fn client(home: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new("prlimit");
    command.arg(format!("--data={CLIENT}")).arg(packetboat()).args(arguments);
    command.env("PACKETBOAT_PASSWORD", PASSWORD).env("HOME", home).env("NETRC", "/dev/null");
    run(command.env("XDG_CONFIG_HOME", "/nonexistent").current_dir(home)).ok()
}

#[test]
fn it_does_not_grow_with_a_file() {
    let tls = TlsServer::with(&[]);
    let (server, home) = (&tls.server, tempfile::tempdir().expect("a folder"));
    let authority = tls.certificate_text();
    for (name, length) in FILES {
        let file = File::create(server.path(name)).expect("a file");
        file.set_len(length).expect("its length");
    }
    for (scheme, more) in [("ftp", vec![]), ("ftpes", vec!["--ca", &authority])] {
        let there = |name: &str| format!("{scheme}://{USER}@{}/{name}", server.address());
        let both_ways = |(name, length): (&str, u64)| {
            client(home.path(), &[&["get", &there(name), "-o", "f"], &more[..]].concat());
            client(home.path(), &[&["put", "f", &there("up")], &more[..]].concat());
            assert_eq!(server.path("up").metadata().expect("the upload").len(), length);
            std::fs::remove_file(server.path("up")).expect("removed");
            std::fs::remove_file(home.path().join("f")).expect("removed");
            peak(server)
        };
        let [before, after] = FILES.map(both_ways);
        let grown = after - before;
        assert!(grown < SERVER, "{scheme}: {} KiB", grown >> 10);
    }
}

/// Listings for many clients at the same time, which read them slowly or not at all.
#[test]
fn it_does_not_grow_with_a_directory() {
    const CLIENTS: usize = 20;
    const FILES: u32 = 20_000;
    let server = Server::start();
    std::fs::create_dir(server.path("huge")).expect("a directory");
    for number in 0..FILES {
        server.write(&format!("huge/a-rather-long-name-of-a-file-{number}"), "");
    }
    let mut d = server.login();
    for line in ["LIST huge", "NLST huge", "MLSD huge"] {
        // The server keeps names from one listing to the next; this memory does not depend on the
        // number of clients.
        let whole = d.fetch(line);
        assert_eq!(whole.split(|byte| *byte == b'\n').count(), FILES as usize + 1, "{line}");
        let before = peak(&server);
        let deaf: Vec<_> = (0..CLIENTS)
            .map(|_| {
                let mut d: Dialogue = server.login();
                let data = d.epsv();
                d.expect(line, 150);
                (d, data)
            })
            .collect();
        assert_eq!(d.fetch(line), whole, "{line}");
        let grown = peak(&server) - before;
        let each = whole.len();
        assert!(grown < SERVER, "{line}: {} KiB, {each} bytes for each client", grown >> 10);
        drop(deaf);
    }
    server.check_health();
}
