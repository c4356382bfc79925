//! `put -c` after an interrupted upload that was to replace an older file: the server keeps the
//! part beside that file, and nothing wrong must ever be stored.

use std::process::Stdio;

use packetboat_tests::fake::{Control, Fake};
use packetboat_tests::program::{Output, client, client_in, json_lines};
use packetboat_tests::{Server, Setup, noise, wait_for};
use tempfile::TempDir;

const DIFFERENT: i32 = 12;
const PARTIAL: i32 = 11;
const PART: &str = ".up.part-packetboat";
const LENGTH: usize = 300_000;

/// A server, and a folder with the file `f`.
fn both(content: &[u8]) -> (Server, TempDir) {
    let (server, home) = (Server::start(), tempfile::tempdir().expect("a folder"));
    std::fs::write(home.path().join("f"), content).expect("a file");
    (server, home)
}

fn resume(server: &Server, home: &TempDir) -> Output {
    client_in(home.path(), &["put", "-c", "-v", "f", &server.url("up")])
}

/// The offsets at which the client said that it resumed.
fn restarts(output: &Output) -> Vec<u64> {
    let offset = |line: &str| line.rsplit_once("> REST ")?.1.trim().parse().ok();
    output.stderr.lines().filter_map(offset).collect()
}

#[test]
fn an_upload_of_a_killed_client_goes_on_beside_the_older_file() {
    let content = noise(6 << 20);
    let slow = vec!["--rate-up", "2MiB/s"];
    let server = Server::with(Setup { arguments: slow, ..Setup::default() });
    let home = tempfile::tempdir().expect("a folder");
    std::fs::write(home.path().join("f"), &content).expect("a file");
    server.write("up", "older, and in the way");
    let mut command = client(&["put", "f", &server.url("up")]);
    command.current_dir(home.path()).env("HOME", home.path());
    let mut child = command.stdin(Stdio::null()).stderr(Stdio::null()).spawn().expect("a client");
    let length = || std::fs::metadata(server.path(PART)).map_or(0, |found| found.len());
    wait_for("a part", || (length() > 1 << 20).then_some(()));
    child.kill().expect("a client that runs");
    child.wait().expect("its end");
    assert_eq!(server.read("up"), b"older, and in the way");
    let output = resume(&server, &home).ok();
    // The part is in use until the server notices that the client is gone.
    let offsets = restarts(&output);
    assert!(offsets.last().is_some_and(|offset| *offset > 1 << 20), "{output:?}");
    assert!(server.read("up") == content, "{output:?}");
    assert_eq!(server.names(), ["up"]);
}

#[test]
fn whatever_the_older_file_is_the_part_goes_on() {
    let content = noise(LENGTH);
    let own_beginning = &content[..1000];
    for (older, kept) in [
        (&b""[..], 5000),
        (b"shorter", 5000),
        (own_beginning, 5000),
        (&content[..9000], 5000),
        (&[7; LENGTH], 5000),
        (&[7; LENGTH + 1], 5000),
        // The part is complete and only has to be renamed.
        (b"shorter", LENGTH),
        (&[7; LENGTH], LENGTH),
    ] {
        let (server, home) = both(&content);
        server.write("up", older);
        server.write(PART, &content[..kept]);
        let output = resume(&server, &home).ok();
        assert_eq!(restarts(&output), [kept as u64], "{output:?}");
        assert!(server.read("up") == content, "{output:?}");
        assert_eq!(server.names(), ["up"], "{} {kept}", older.len());
    }
}

#[test]
fn the_part_of_another_file_is_not_gone_on_from() {
    let content = noise(LENGTH);
    for (older, part) in [
        (&b"shorter"[..], &[9; 5000][..]),
        (&[7; LENGTH], &[9; 5000]),
        (b"", &[9; LENGTH + 1]),
        (&[7; LENGTH + 1], &[9; 5000]),
    ] {
        let (server, home) = both(&content);
        server.write("up", older);
        server.write(PART, part);
        let output = resume(&server, &home);
        if older.is_empty() {
            output.ok();
            assert!(server.read("up") == content);
            continue;
        }
        assert_eq!(output.code(), Some(DIFFERENT), "{output:?}");
        assert!(output.stderr.contains("without -c"), "{output:?}");
        assert_eq!((server.read("up"), server.read(PART)), (older.to_vec(), part.to_vec()));
        // Follow the advice.
        client_in(home.path(), &["put", "f", &server.url("up")]).ok();
        assert!(server.read("up") == content);
        assert_eq!(server.names(), ["up"]);
    }
}

/// REST and STOR would continue in the part, after bytes of another file.
#[test]
fn behind_its_beginning_a_file_is_appended_to_where_the_part_of_another_one_lies_beside() {
    let content = noise(LENGTH);
    let (server, home) = both(&content);
    server.write("up", &content[..1000]);
    server.write(PART, [9; 5000]);
    let output = resume(&server, &home).ok();
    assert!(output.stderr.contains("> APPE up") && restarts(&output).is_empty(), "{output:?}");
    assert!(server.read("up") == content, "{output:?}");
    assert_eq!(server.read(PART), [9; 5000]);
}

#[test]
fn a_tree_goes_on_in_the_parts_and_names_the_way_out_for_what_differs() {
    let (server, home) = both(b"");
    let content = noise(LENGTH);
    let tree = home.path().join("tree");
    std::fs::create_dir(&tree).expect("a folder");
    std::fs::create_dir(server.path("tree")).expect("a folder");
    for (name, there) in [("begun", &b"older"[..]), ("same", &content), ("differs", &[7; 1000])] {
        std::fs::write(tree.join(name), &content).expect("a file");
        server.write(&format!("tree/{name}"), there);
    }
    server.write("tree/.begun.part-packetboat", &content[..5000]);
    let url = server.url("");
    let output = client_in(home.path(), &["put", "-r", "-c", "-v", "tree", &url]);
    assert_eq!(output.code(), Some(PARTIAL), "{output:?}");
    assert_eq!(restarts(&output), [5000], "{output:?}");
    assert!(output.stderr.contains("1 file was left as it is"), "{output:?}");
    assert!(output.stderr.contains("`packetboat mirror --checksum` replaces it"), "{output:?}");
    assert!(server.read("tree/begun") == content && server.read("tree/differs") == [7; 1000]);
    client_in(home.path(), &["mirror", "--checksum", "tree", &server.url("tree")]).ok();
    assert!(server.read("tree/differs") == content);
}

#[test]
fn empty_files_are_complete_where_they_are_empty_there() {
    let (server, home) = both(b"");
    let tree = home.path().join("tree");
    std::fs::create_dir(&tree).expect("a folder");
    for name in ["a", "b"] {
        std::fs::write(tree.join(name), "").expect("a file");
    }
    let url = server.url("");
    let complete = |arguments: &[&str]| {
        let output = client_in(home.path(), &[arguments, &["--json", "-c"]].concat()).ok();
        json_lines(&output).iter().find_map(|line| line["complete"].as_u64()).expect("a count")
    };
    assert_eq!(complete(&["put", "-r", "tree", &url]), 0);
    assert_eq!(complete(&["put", "-r", "tree", &url]), 2);
    std::fs::write(tree.join("b"), "no more").expect("a file");
    assert_eq!(complete(&["put", "-r", "tree", &url]), 1);
    assert_eq!(server.read("tree/b"), b"no more");
    let back = server.url("tree");
    assert_eq!(complete(&["get", "-r", &back, "-o", "back"]), 0);
    assert_eq!(complete(&["get", "-r", &back, "-o", "back"]), 2);
    let output = client_in(home.path(), &["put", "-c", "f", &server.url("f")]).ok();
    assert!(output.stderr.contains("1 file, 0 B"), "{output:?}");
    let output = client_in(home.path(), &["put", "-c", "f", &server.url("f")]).ok();
    assert!(output.stderr.contains("already complete, 0 bytes on both sides"), "{output:?}");
}

/// A server that replaces a file only once the new one is complete, and has no hashes: the older
/// file must not be taken for a beginning.
#[test]
fn without_a_hash_an_older_file_is_not_gone_on_from() {
    for length in [4, 10] {
        let fake = Fake::start(move |listener| {
            let mut control = Control::accept(listener, length);
            control.serve_until("QUIT");
            control.send("221 bye");
        });
        let home = tempfile::tempdir().expect("a folder");
        std::fs::write(home.path().join("f"), "0123456789").expect("a file");
        let output = client_in(home.path(), &["put", "-c", "f", &fake.url("f")]);
        assert_eq!(output.code(), Some(DIFFERENT), "{output:?}");
        let words =
            "are older than the last change to this file, and the server reports no hash of them";
        assert!(
            output.stderr.contains(words) && output.stderr.contains("without -c"),
            "{output:?}"
        );
        fake.finish();
    }
}

#[test]
fn what_is_no_beginning_is_not_gone_on_from_in_any_mode() {
    let content = noise(LENGTH);
    let modes = ["stream", "block", "compressed", "deflate"];
    for (mode, older) in modes.into_iter().flat_map(|mode| [(mode, LENGTH), (mode, LENGTH / 2)]) {
        let (server, home) = both(&content);
        let older = vec![7; older];
        server.write("up", &older);
        let put = |options: &[&str]| {
            let command = ["put", "-c", "-v", "--mode", mode, "f", &server.url("up")];
            client_in(home.path(), &[&command, options].concat())
        };
        let output = put(&[]);
        assert_eq!(output.code(), Some(DIFFERENT), "{mode} {output:?}");
        assert!(server.read("up") == older, "{mode} {output:?}");
        // A genuine beginning is resumed, and a complete file is recognised.
        for kept in [LENGTH / 2, LENGTH] {
            server.write("up", &content[..kept]);
            let output = put(&[]).ok();
            assert!(server.read("up") == content, "{mode} {kept} {output:?}");
            let rest = if kept < LENGTH { &[kept as u64][..] } else { &[] };
            assert_eq!(restarts(&output), rest, "{mode} {output:?}");
        }
        // The same with a part beside an older file.
        server.write("up", &older);
        server.write(PART, &content[..5000]);
        let output = put(&[]).ok();
        assert_eq!(restarts(&output), [5000], "{mode} {output:?}");
        assert!(server.read("up") == content, "{mode} {output:?}");
    }
}
