//! A failure that affects every file of a tree: the client reports it a few times and counts the
//! rest. If no file could succeed, it stops and says how many were not tried. With `--json`, each
//! file has its own line.

use std::path::Path;

use packetboat_tests::keeper::{KEPT_PASSWORD, Keeper};
use packetboat_tests::program::{Output, client_in, json_lines};
use packetboat_tests::{Server, Setup};
use serde_json::Value;

const LOCAL_FILE: i32 = 8;
const PERMISSION: i32 = 6;
const PARTIAL: i32 = 11;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

/// Creates a tree with this many files of 100 bytes.
fn tree(home: &Path, files: usize) {
    let tree = home.join("tree");
    std::fs::create_dir(&tree).expect("a folder");
    for number in 0..files {
        std::fs::write(tree.join(format!("f{number:02}")), [b'x'; 100]).expect("a file");
    }
}

/// A server with one account in the database.
fn server(account: &[&str]) -> (Keeper, Server, String) {
    let keeper = Keeper::new();
    std::fs::create_dir(keeper.path("joe")).expect("a root");
    let root = keeper.path("joe").display().to_string();
    keeper.add(&[&["joe", "--root", &root], account].concat());
    let arguments = keeper.arguments();
    let server = Server::with(Setup { arguments, ..Setup::default() });
    let url = format!("ftp://joe:{KEPT_PASSWORD}@{}/", server.address());
    (keeper, server, url)
}

fn of_event<'a>(told: &'a [Value], event: &str) -> Vec<&'a Value> {
    told.iter().filter(|line| line["event"] == event).collect()
}

fn times(output: &Output, words: &str) -> usize {
    output.stderr.matches(words).count()
}

#[test]
fn a_full_quota_ends_an_upload_of_a_tree_with_one_sentence() {
    let home = folder();
    tree(home.path(), 20);
    for options in [&["-r", "-j", "1"][..], &["-r", "-j", "4"]] {
        let (keeper, _server, url) = server(&["--rights", "all", "--quota", "250"]);
        let output = client_in(home.path(), &[&["put"], options, &["tree", &url]].concat());
        assert_eq!(output.code(), Some(PARTIAL), "{output:?}");
        assert_eq!(times(&output, "  552 "), 1, "{output:?}");
        let stored = std::fs::read_dir(keeper.path("joe/tree")).expect("a folder").count();
        let failed = 1 + output
            .stderr
            .split_once("… and ")
            .map_or(0, |(_, rest)| rest.split(' ').next().unwrap_or_default().parse().expect(rest));
        let left = format!("packetboat put: {} files were not tried because ", 20 - 2 - failed);
        assert!(stored >= 2 && output.stderr.contains(&left), "{stored} {output:?}");
        assert!(output.stderr.contains("the same command with -c continues\n"), "{output:?}");
    }
}

#[test]
fn with_json_each_file_of_a_tree_that_ended_early_has_its_line() {
    let home = folder();
    tree(home.path(), 20);
    for command in ["put", "mirror"] {
        let (_keeper, _server, url) = server(&["--rights", "all", "--quota", "250"]);
        let recursive = if command == "put" { "-r" } else { "--no-config" };
        let output =
            client_in(home.path(), &[command, recursive, "-j", "1", "--json", "tree", &url]);
        let told = json_lines(&output);
        let counts = ["file", "error", "not-tried"].map(|event| of_event(&told, event).len());
        assert_eq!((output.code(), counts), (Some(PARTIAL), [2, 1, 17]), "{output:?}");
        assert_eq!(of_event(&told, "not-tried")[0]["kind"], "file");
        let result = of_event(&told, "result")[0];
        assert_eq!((&result["failed"], &result["not_tried"]), (&1.into(), &17.into()));
    }
}

#[test]
fn a_quota_that_takes_no_directory_ends_the_tree_too() {
    let home = folder();
    tree(home.path(), 1);
    for name in ["a", "b"] {
        std::fs::create_dir(home.path().join("tree").join(name)).expect("a folder");
    }
    let (_keeper, _server, url) = server(&["--rights", "all", "--quota-files", "1"]);
    for command in [&["put", "-r"][..], &["mirror"]] {
        let output = client_in(home.path(), &[command, &["tree", &url]].concat());
        assert_eq!(times(&output, "  552 "), 1, "{output:?}");
        assert!(output.stderr.contains("not tried because "), "{output:?}");
    }
}

#[test]
fn a_right_that_is_missing_for_every_file_is_told_of_the_first_three() {
    let home = folder();
    tree(home.path(), 10);
    let (keeper, _server, url) = server(&["--rights", "list,read"]);
    std::fs::create_dir(keeper.path("joe/tree")).expect("a folder");
    let put = |option| client_in(home.path(), &["put", "-r", option, "tree", &url]);
    let output = put("-q");
    assert_eq!((output.code(), times(&output, "  550 ")), (Some(PERMISSION), 3), "{output:?}");
    let rest = "… and 7 more failed in the same way: 550 to STOR; --json lists them all.\n";
    assert!(output.stderr.ends_with(rest), "{output:?}");
    let output = put("--json");
    assert_eq!(of_event(&json_lines(&output), "error").len(), 10, "{output:?}");
    let output = put("-v");
    assert_eq!(times(&output, "the server refused STOR"), 10, "{output:?}");
}

#[test]
fn a_download_whose_names_are_taken_tells_the_first_three() {
    let home = folder();
    tree(home.path(), 10);
    let server = Server::start();
    for number in 0..10 {
        server.write(&format!("f{number:02}"), "x");
        std::fs::remove_file(home.path().join(format!("tree/f{number:02}"))).expect("a file");
        std::fs::create_dir(home.path().join(format!("tree/f{number:02}"))).expect("a folder");
    }
    let output = client_in(home.path(), &["get", "-r", &server.url(""), "-o", "tree"]);
    assert_eq!(output.code(), Some(LOCAL_FILE), "{output:?}");
    assert_eq!(times(&output, "it is a directory"), 4, "{output:?}");
    let rest = "… and 7 more failed in the same way: it is a directory; --json lists them all.\n";
    assert!(output.stderr.contains(rest), "{output:?}");
    // Successes are reported as always.
    std::fs::remove_dir(home.path().join("tree/f00")).expect("a folder");
    let output = client_in(home.path(), &["get", "-r", &server.url(""), "-o", "tree"]);
    assert_eq!(output.code(), Some(PARTIAL), "{output:?}");
    assert!(output.stderr.contains("… and 6 more ") && output.stderr.contains("1 file, 1 B in "));
}
