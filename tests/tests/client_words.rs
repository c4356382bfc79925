//! What the client says to people and to programs, and what its exit codes tell them.

use std::path::Path;

use packetboat_tests::Server;
use packetboat_tests::program::{Output, client, run};
use serde_json::Value;

const USAGE: i32 = 2;
const TRANSIENT: i32 = 7;

/// Runs the client in a folder.
fn packetboat(folder: &Path, arguments: &[&str]) -> Output {
    run(client(arguments).current_dir(folder).env("HOME", folder))
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

fn json(output: &Output) -> Vec<Value> {
    let parse =
        |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    output.stdout.lines().map(parse).collect()
}

#[test]
fn every_line_of_json_names_its_event_and_times_are_rfc_3339() {
    let server = Server::start();
    server.write("f", "abc");
    let home = folder();
    let listed = json(&packetboat(home.path(), &["ls", "--json", &server.url("")]).ok());
    let stat = json(&packetboat(home.path(), &["stat", "--json", &server.url("f")]).ok());
    for object in listed.iter().chain(&stat) {
        assert_eq!(object["event"], "result", "{object}");
        assert!(object["command"].is_string() && object["url"].is_string(), "{object}");
        let time = object["modified"].as_str().expect("a time");
        assert!(time.len() == 20 && &time[10..11] == "T" && time.ends_with('Z'), "{time}");
    }
}

#[test]
fn a_wrong_command_line_is_told_as_json_to_those_who_asked_for_json() {
    let home = folder();
    for (arguments, command) in [
        (&["get", "--json"][..], "get"),
        (&["get", "--json", "--no-such-option", "ftp://h/f"], "get"),
        (&["ls", "--json", "http://h/"], "ls"),
        (&["code", "--json", "--wrong"], "code"),
    ] {
        let output = packetboat(home.path(), arguments);
        assert_eq!(output.code(), Some(USAGE), "{output:?}");
        let [error] = &json(&output)[..] else { panic!("one line: {output:?}") };
        assert_eq!((&error["event"], &error["failure"]), (&"error".into(), &"usage".into()));
        assert_eq!(error["command"], command, "{error}");
        let message = error["message"].as_str().expect("a sentence");
        assert!(!message.is_empty() && !message.contains("Usage:"), "{message}");
    }
    let output = packetboat(home.path(), &["get"]);
    assert_eq!((output.code(), output.stdout.as_str()), (Some(USAGE), ""));
}

#[test]
fn a_repetition_is_announced_with_the_reply_that_caused_it() {
    let server = Server::start();
    let mut other = server.login();
    let data = other.epsv();
    other.expect("STOR busy", 150);
    let home = folder();
    std::fs::write(home.path().join("f"), "x").expect("a file");
    let url = server.url("busy");
    let output = packetboat(home.path(), &["put", "--retries", "1", "f", &url]);
    assert_eq!(output.code(), Some(TRANSIENT), "{output:?}");
    let line = output.stderr.lines().find(|line| line.contains("attempt 1 of 1")).expect("a line");
    assert!(line.contains("450 \"/busy\": it is in use"), "{line}");
    let told = json(&packetboat(home.path(), &["put", "--json", "--retries", "1", "f", &url]));
    assert_eq!((&told[0]["event"], &told[0]["code"]), (&"retry".into(), &450.into()));
    drop(data);
}
