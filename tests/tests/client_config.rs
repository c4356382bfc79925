//! The client's configuration file: where it is found, what it changes, and the messages about
//! mistakes in it.

use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use packetboat_tests::Server;
use packetboat_tests::program::{client, run};
use serde_json::Value;

const USAGE: i32 = 2;
const CONNECTION: i32 = 3;
const TRANSIENT: i32 = 7;

/// A folder with a configuration file where the client looks for it.
fn home(text: &str) -> tempfile::TempDir {
    let home = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(home.path().join("packetboat")).expect("a folder");
    std::fs::write(home.path().join("packetboat/client.toml"), text).expect("a file");
    home
}

fn command(home: &Path, arguments: &[&str]) -> Command {
    let mut command = client(arguments);
    command.env("XDG_CONFIG_HOME", home).current_dir(home);
    command
}

#[test]
fn the_file_changes_how_often_a_reply_is_repeated_and_code_shows_it() {
    let server = Server::start();
    let mut other = server.login();
    let data = other.epsv();
    other.expect("STOR busy", 150);
    let text = "[retry]\ntimes = 0\nrules = [\n  { code = 450, verbs = [\"STOR\"], times = 2, pause = \"10ms\" },\n]\n";
    let home = home(text);
    std::fs::write(home.path().join("f"), "x").expect("a file");
    let url = server.url("busy");
    let attempts = |arguments: &[&str]| {
        let output = run(&mut command(home.path(), &[&["put", "f", &url], arguments].concat()));
        assert_eq!(output.code(), Some(TRANSIENT), "{output:?}");
        output.stderr.lines().filter(|line| line.contains("attempt ")).count()
    };
    assert_eq!(attempts(&[]), 2);
    // The command line takes precedence.
    assert_eq!(attempts(&["--retry", "450=1/0.01"]), 1);
    assert_eq!(attempts(&["--retries", "1", "--no-config"]), 1);
    drop(data);
    let shown = run(&mut command(home.path(), &["code", "450"])).ok();
    let words: Vec<_> = shown.stdout.split_whitespace().collect();
    let words = words.join(" ");
    assert!(words.contains("yours after STOR repeated 2 times, the first pause 10ms"), "{words}");
    assert!(words.contains("client.toml, line 4"), "{words}");
    let shown = run(&mut command(home.path(), &["code", "--json", "450"])).ok();
    let object: Value = serde_json::from_str(&shown.stdout).expect("JSON");
    assert_eq!(
        (&object["yours"][0]["retries"], &object["client"][0]["retries"]),
        (&2.into(), &0.into())
    );
    let plain = run(&mut command(home.path(), &["code", "--no-config", "450"])).ok();
    assert!(!plain.stdout.contains("yours"), "{plain:?}");
}

#[test]
fn a_mistake_in_the_file_stops_the_client_with_its_line() {
    let home = home("[client]\njobs = 8\nverfy = true\n");
    let output = run(&mut command(home.path(), &["ls", "ftp://127.0.0.1:1/"]));
    assert_eq!(output.code(), Some(USAGE), "{output:?}");
    for words in ["client.toml:3: ", "client.verfy", "did you mean verify?", "--no-config"] {
        assert!(output.stderr.contains(words), "{words}: {output:?}");
    }
    let missing = run(&mut command(home.path(), &["ls", "--config", "none", "ftp://h/"]));
    assert_eq!(missing.code(), Some(USAGE), "{missing:?}");
    // The meaning of a code is still shown.
    let code = run(&mut command(home.path(), &["code", "550"])).ok();
    assert!(code.stderr.contains("client.toml:3: ") && code.stdout.contains("550"), "{code:?}");
}

#[test]
fn settings_of_a_host_hold_for_that_host() {
    let server = Server::start();
    server.write("f", "abc");
    let text =
        "[client]\nuser = \"nobody\"\n[host.\"127.0.0.1\"]\nuser = \"alice\"\nverify = true\n";
    let home = home(text);
    let url = format!("ftp://{}/f", server.address());
    let mut get = command(home.path(), &["get", &url]);
    let output = run(get.env("PACKETBOAT_PASSWORD", packetboat_tests::PASSWORD)).ok();
    assert!(output.stderr.contains("by hash (SHA-256)"), "{output:?}");
    server.wait_for_log("USER alice");
}

/// A server that restarts refuses connections for a moment; users can ask the client to wait for
/// it.
#[test]
fn a_first_connection_is_repeated_for_those_who_ask_for_it() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("ftp://{}/", taken.local_addr().expect("an address"));
    drop(taken);
    let none = tempfile::tempdir().expect("a folder");
    let file = home("[retry]\ntimes = 2\nfirst-pause = \"10ms\"\n");
    let attempts = |home: &Path, arguments: &[&str]| {
        let arguments = [&["ls", "--json", &url], arguments].concat();
        let output = run(&mut command(home, &arguments));
        assert_eq!(output.code(), Some(CONNECTION), "{output:?}");
        let told =
            output.stdout.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        let told: Vec<Value> = told.collect();
        let last = told.last().expect("an error");
        assert_eq!((&last["event"], &last["retryable"]), (&"error".into(), &true.into()));
        told.iter().filter(|object| object["event"] == "retry").count()
    };
    assert_eq!(attempts(none.path(), &[]), 0);
    assert_eq!(attempts(none.path(), &["--retry", "10061=3/0.01"]), 3);
    assert_eq!(attempts(none.path(), &["--retry", "450=3/0.01"]), 0);
    assert_eq!(attempts(file.path(), &[]), 2);
    assert_eq!(attempts(file.path(), &["--retries", "1"]), 1);
}
