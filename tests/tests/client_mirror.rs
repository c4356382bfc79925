//! `packetboat mirror`: makes one directory like another, in both directions, repeatedly.

use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::{Duration, SystemTime};

use packetboat_tests::Server;
use packetboat_tests::cutter::Cutter;
use packetboat_tests::fake::{Control, Fake};
use packetboat_tests::program::client_in;

const USAGE: i32 = 2;
const NOT_FOUND: i32 = 5;
const PARTIAL: i32 = 11;

/// Every file below a folder with its content, ordered by path.
fn files(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(directory) = waiting.pop() {
        for entry in std::fs::read_dir(directory).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("below").display().to_string();
                found.push((name, std::fs::read_to_string(path).expect("a file")));
            }
        }
    }
    found.sort();
    found
}

fn write(folder: &Path, name: &str, text: &str, age: u64) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    std::fs::write(&path, text).expect("a file");
    let time = SystemTime::now() - Duration::from_secs(age);
    let file = std::fs::File::options().write(true).open(path).expect("a file");
    file.set_modified(time).expect("a time");
}

/// The reply to the listing contains the directory's name, which must not be taken for the word
/// that announces an incomplete listing.
#[test]
fn a_directory_called_truncated_is_whole() {
    let server = Server::start();
    let home = tempfile::tempdir().expect("a folder");
    write(&server.path("my truncated logs"), "truncated/a.txt", "a", 0);
    write(&home.path().join("here"), "truncated/old.txt", "old", 0);
    let url = server.url("my%20truncated%20logs");
    let output = client_in(home.path(), &["mirror", "--delete", &url, "here"]).ok();
    assert!(!output.stderr.contains("has not listed everything"), "{}", output.stderr);
    let whole = [("truncated/a.txt".to_owned(), "a".to_owned())];
    assert_eq!(files(&home.path().join("here")), whole);
}

#[test]
fn patterns_choose_what_of_a_tree_moves_and_what_is_deleted() {
    const CHOICE: [&str; 4] = ["--include", "*.txt", "--exclude", "old*"];
    let server = Server::start();
    let home = tempfile::tempdir().expect("a folder");
    let all = ["a.txt", "b.bin", "deep/.c.txt", "deep/old.txt", "older/d.txt"];
    let chosen = ["a.txt", "deep/.c.txt"];
    for name in all {
        write(&server.path("site"), name, name, 0);
        write(&home.path().join("site"), name, name, 0);
    }
    let names = |folder: &Path| -> Vec<String> {
        files(folder).into_iter().map(|(name, _)| name).collect()
    };
    let with = |arguments: &[&str]| {
        let arguments = [arguments, &CHOICE[..]].concat();
        client_in(home.path(), &arguments)
    };
    with(&["get", "-r", &server.url("site"), "-o", "got"]).ok();
    assert_eq!(names(&home.path().join("got")), chosen);
    with(&["put", "-r", "site", &server.url("put")]).ok();
    assert_eq!(names(&server.path("put")), chosen);
    // Files that were excluded are not deleted either.
    for name in ["e.txt", "e.bin", "older/e.txt", "new/e.txt", "both/e.txt", "both/in/e.bin"] {
        write(&server.path("put"), name, name, 0);
        write(&home.path().join("got"), name, name, 0);
    }
    let left = ["a.txt", "both/e.txt", "both/in/e.bin", "deep/.c.txt", "e.bin", "older/e.txt"];
    with(&["mirror", "--delete", "site", &server.url("put")]).ok();
    assert_eq!(names(&server.path("put")), left);
    with(&["mirror", "--delete", &server.url("site"), "got"]).ok();
    assert_eq!(names(&home.path().join("got")), left);
    let single = with(&["get", &server.url("site/a.txt")]);
    assert_eq!(single.code(), Some(USAGE), "{single:?}");
    assert!(single.stderr.contains("add -r"), "{single:?}");
}

#[test]
fn those_who_want_it_quiet_hear_of_failures_alone() {
    let server = Server::start();
    write(&server.path("site"), "a", "a", 0);
    let home = tempfile::tempdir().expect("a folder");
    let quiet = client_in(home.path(), &["mirror", "-q", &server.url("site"), "copy"]).ok();
    assert_eq!((quiet.stdout.as_str(), quiet.stderr.as_str()), ("", ""));
    let failed = client_in(home.path(), &["get", "-q", &server.url("none")]);
    assert_eq!(failed.code(), Some(NOT_FOUND), "{failed:?}");
    assert!(failed.stderr.contains("550 "), "{failed:?}");
}

#[test]
fn a_folder_here_is_made_like_one_on_the_server() {
    let server = Server::start();
    let there = server.path("site");
    for (name, text) in [("a", "one"), ("deep/b", "two"), ("deep/deeper/c", "three")] {
        write(&there, name, text, 1000);
    }
    let home = tempfile::tempdir().expect("a folder");
    let url = server.url("site");
    let mirror = |options: &[&str]| {
        client_in(home.path(), &[&["mirror"], options, &[&url, "copy"]].concat())
    };
    let here = home.path().join("copy");
    let shown = mirror(&["-n"]).ok();
    assert_eq!(shown.stdout.lines().count(), 3, "{shown:?}");
    assert!(shown.stdout.contains("get site/deep/deeper/c\n"), "{shown:?}");
    assert!(!here.exists());
    assert!(mirror(&[]).ok().stderr.contains("3 files, "));
    assert_eq!(files(&here), files(&there));
    let again = mirror(&[]).ok();
    assert!(
        again.stderr.contains("0 files, ") && again.stderr.contains("3 files already the same"),
        "{again:?}"
    );
    // A different length, a newer time, and a file that exists only here.
    write(&there, "a", "one more", 900);
    write(&there, "deep/b", "TWO", 500);
    write(&here, "mine/x", "mine", 10);
    symlink("nowhere", here.join("link")).expect("a link");
    assert!(mirror(&["--verify"]).ok().stderr.contains("2 by hash"));
    assert!(here.join("mine/x").exists());
    write(&here, "a.pbpart", "part of a", 10);
    let shown = mirror(&["-n", "--delete"]).ok();
    let mut lines: Vec<_> = shown.stdout.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["delete-local copy/link", "delete-local copy/mine"]);
    assert!(here.join("mine/x").exists());
    let deleted = mirror(&["--delete"]).ok();
    // The link, the folder and its content, counted as for `--max-delete`.
    assert!(deleted.stderr.contains("3 entries deleted"), "{deleted:?}");
    std::fs::remove_file(here.join("a.pbpart")).expect("the part of an existing file is kept");
    assert_eq!(files(&here), files(&there));
}

#[test]
fn a_folder_on_the_server_is_made_like_one_here() {
    let server = Server::start();
    let home = tempfile::tempdir().expect("a folder");
    let here = home.path().join("site");
    for (name, text) in [("a", "one"), ("deep/b", "two"), ("deep/deeper/c", "three")] {
        write(&here, name, text, 1000);
    }
    let url = server.url("www/site");
    let mirror = |options: &[&str]| {
        client_in(home.path(), &[&["mirror"], options, &["site", &url]].concat())
    };
    let there = server.path("www/site");
    assert_eq!(mirror(&["-n"]).ok().stdout.lines().count(), 3);
    assert!(!server.path("www").exists());
    mirror(&[]).ok();
    assert_eq!(files(&there), files(&here));
    let again = mirror(&[]).ok();
    assert!(again.stderr.contains("3 files already the same"), "{again:?}");
    write(&here, "a", "other length", 1000);
    std::fs::remove_dir_all(here.join("deep/deeper")).expect("a folder");
    write(&there, "theirs/x", "x", 1000);
    let shown = mirror(&["-n", "--delete"]).ok();
    let mut lines: Vec<_> = shown.stdout.lines().collect();
    lines.sort_unstable();
    let expected =
        ["delete-remote www/site/deep/deeper", "delete-remote www/site/theirs", "put www/site/a"];
    assert_eq!(lines, expected);
    mirror(&["--delete"]).ok();
    assert_eq!(files(&there), files(&here));
    // A link is skipped and reported.
    symlink("a", here.join("link")).expect("a link");
    let partial = mirror(&["--delete"]);
    assert_eq!(partial.code(), Some(PARTIAL), "{partial:?}");
}

#[test]
fn a_source_that_is_not_there_deletes_nothing() {
    let server = Server::start();
    let home = tempfile::tempdir().expect("a folder");
    write(home.path(), "copy/precious", "x", 0);
    let missing = client_in(home.path(), &["mirror", "--delete", &server.url("none"), "copy"]);
    assert_eq!(missing.code(), Some(NOT_FOUND), "{missing:?}");
    assert_eq!(files(home.path()).len(), 1);
    write(&server.path("site"), "precious", "x", 0);
    let missing = client_in(home.path(), &["mirror", "--delete", "none", &server.url("site")]);
    assert_eq!(missing.code(), Some(USAGE), "{missing:?}");
    assert_eq!(server.read("site/precious"), b"x");
    for wrong in [["a", "b"], ["ftp://h/a", "ftp://h/b"]] {
        let output = client_in(home.path(), &[&["mirror"], wrong.as_slice()].concat());
        assert_eq!(output.code(), Some(USAGE), "{output:?}");
    }
}

#[test]
fn a_file_is_no_folder_to_go_by() {
    let server = Server::start();
    write(&server.path("site"), "only", "one", 0);
    let home = tempfile::tempdir().expect("a folder");
    for name in ["a", "deep/b"] {
        write(&home.path().join("here"), name, name, 0);
    }
    let before = files(&home.path().join("here"));
    for path in ["site/only", "site/none"] {
        let run = client_in(home.path(), &["mirror", "--delete", &server.url(path), "here"]);
        assert_eq!(run.code(), Some(NOT_FOUND), "{run:?}");
        assert_eq!(files(&home.path().join("here")), before, "{path}");
    }
}

#[test]
fn by_checksum_the_content_decides_and_not_the_time() {
    let server = Server::start();
    let home = tempfile::tempdir().expect("a folder");
    let (there, here) = (server.path("site"), home.path().join("site"));
    let url = server.url("site");
    for (source, target) in [("site", url.as_str()), (url.as_str(), "site")] {
        let (of_source, of_target) =
            if source == "site" { (&here, &there) } else { (&there, &here) };
        for (name, text, other, age) in
            [("newer", "one", "two", 10), ("older", "same", "same", 1000), ("none", "", "", 500)]
        {
            write(of_source, name, text, 500);
            write(of_target, name, other, age);
        }
        let mirror = |options: &[&str]| {
            client_in(home.path(), &[&["mirror"], options, &[source, target]].concat()).ok()
        };
        assert!(mirror(&["-n"]).stdout.ends_with("site/older\n"), "{source}");
        let shown = mirror(&["-n", "--checksum"]);
        assert!(shown.stdout.ends_with("site/newer\n"), "{shown:?}");
        assert_eq!(shown.stdout.lines().count(), 1, "{shown:?}");
        mirror(&["--checksum"]);
        assert_eq!(files(of_target), files(of_source));
    }
}

#[test]
fn without_a_hash_nothing_is_compared_by_checksum() {
    let fake = Fake::start(|listener| {
        let mut control = Control::accept(listener, 3);
        control.serve_until("LIST");
        let mut data = control.data();
        control.send("150 go");
        data.write_all(b"-rw-r--r-- 1 u g 3 Jan 01 2020 f\r\n").expect("the client reads");
        drop(data);
        control.send("226 done");
        // The client asks for no hash and no file.
        control.serve_until("QUIT");
        control.send("221 bye");
    });
    let home = tempfile::tempdir().expect("a folder");
    write(&home.path().join("copy"), "f", "abc", 0);
    let output = client_in(home.path(), &["mirror", "--checksum", &fake.url(""), "copy"]);
    assert!(!output.status.success(), "{output:?}");
    assert!(
        output
            .stderr
            .contains("without --checksum, files are compared by length and modification time"),
        "{output:?}"
    );
    fake.finish();
}

#[test]
fn more_than_may_be_deleted_stays() {
    let server = Server::start();
    let home = tempfile::tempdir().expect("a folder");
    let (there, here) = (server.path("site"), home.path().join("site"));
    let url = server.url("site");
    for (source, target) in [("site", url.as_str()), (url.as_str(), "site")] {
        let (of_source, of_target) =
            if source == "site" { (&here, &there) } else { (&there, &here) };
        write(of_source, if source == "site" { "sent" } else { "fetched" }, "new", 0);
        // Four entries, two of them at the top.
        for name in ["gone/a", "gone/b", "c"] {
            write(of_target, name, name, 0);
        }
        let before = files(of_target).len();
        let mirror = |most: &'static str, options: &[&str]| {
            let limit = ["mirror", "--delete", "--max-delete", most];
            client_in(home.path(), &[&limit, options, &[source, target]].concat())
        };
        for options in [&["-n"][..], &[]] {
            let output = mirror("3", options);
            assert_eq!(output.code(), Some(PARTIAL), "{output:?}");
            let words = "nothing was deleted: 4 files and directories would have been, but --max-delete allows 3";
            assert!(output.stderr.contains(words), "{output:?}");
            assert!(!output.stdout.contains("delete"), "{output:?}");
        }
        // Missing files have been transferred nevertheless.
        assert_eq!(files(of_target).len(), before + 1);
        mirror("4", &[]).ok();
        assert_eq!(files(of_target), files(of_source));
        mirror("0", &[]).ok();
    }
    let output = client_in(home.path(), &["mirror", "--max-delete", "1", "site", &url]);
    assert_eq!(output.code(), Some(USAGE), "{output:?}");
}

#[test]
fn a_link_in_the_target_is_replaced_and_what_it_leads_to_stays() {
    let server = Server::start();
    let home = tempfile::tempdir().expect("a folder");
    for name in ["site/c/new", "site/f"] {
        write(server.folder(), name, name, 0);
    }
    write(home.path(), "outside/keep", "keep", 0);
    write(home.path(), "outside/f", "kept", 0);
    std::fs::create_dir(home.path().join("copy")).expect("a folder");
    symlink("../outside", home.path().join("copy/c")).expect("a link");
    symlink("../outside/f", home.path().join("copy/f")).expect("a link");
    let before = files(&home.path().join("outside"));
    let mirror = |more: &[&str]| {
        let url = server.url("site");
        client_in(home.path(), &[&["mirror"], more, &[url.as_str(), "copy"]].concat())
    };
    let refused = mirror(&[]);
    assert!(!refused.status.success(), "{refused:?}");
    assert!(refused.stderr.contains("a symbolic link is in the way of a directory"), "{refused:?}");
    assert!(refused.stderr.contains("a symbolic link is in the way of a file"), "{refused:?}");
    let shown = mirror(&["-n", "--delete"]).ok();
    assert!(shown.stdout.contains("delete-local copy/c"), "{shown:?}");
    assert!(!shown.stdout.contains("keep"), "{shown:?}");
    assert_eq!(files(&home.path().join("outside")), before);
    let done = mirror(&["--delete"]).ok();
    assert!(done.stderr.contains("2 entries deleted"), "{done:?}");
    assert_eq!(files(&home.path().join("outside")), before);
    assert_eq!(files(&home.path().join("copy")), files(&server.path("site")));
    // The top itself may be a link, since the user named it.
    symlink("copy", home.path().join("by-link")).expect("a link");
    let url = server.url("site");
    let same = client_in(home.path(), &["mirror", "--delete", &url, "by-link"]).ok();
    assert!(same.stderr.contains("2 files already the same"), "{same:?}");
}

/// The server tells nobody where such a link leads, but it can be deleted.
#[test]
fn a_link_on_the_server_that_leads_out_or_nowhere_gives_way() {
    let server = Server::start();
    let (home, outside) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir());
    let outside = outside.expect("a folder");
    write(outside.path(), "keep", "keep", 0);
    write(home.path(), "site/out/f", "f", 0);
    std::fs::create_dir(server.path("site")).expect("a folder");
    symlink(outside.path(), server.path("site/out")).expect("a link");
    symlink(outside.path(), server.path("site/superfluous")).expect("a link");
    symlink("nowhere", server.path("site/dangling")).expect("a link");
    let url = server.url("site");
    let done = client_in(home.path(), &["mirror", "--delete", "site", &url]).ok();
    assert!(done.stderr.contains("3 entries deleted"), "{done:?}");
    assert_eq!(files(&server.path("site")), files(&home.path().join("site")));
    assert_eq!(std::fs::read_dir(server.path("site")).expect("a folder").count(), 1);
    symlink(outside.path(), server.path("site/link")).expect("a link");
    client_in(home.path(), &["rm", "-r", &server.url("site/link")]).ok();
    assert!(!server.path("site/link").is_symlink());
    assert_eq!(files(outside.path()).len(), 1);
}

#[test]
fn a_directory_without_a_file_that_is_meant_is_not_made() {
    let server = Server::start();
    let home = tempfile::tempdir().expect("a folder");
    for name in ["a.txt", "none/b.bin", "deep/deeper/c.txt"] {
        write(&server.path("site"), name, name, 0);
        write(&home.path().join("site"), name, name, 0);
    }
    let url = |name: &str| server.url(name);
    let only = |arguments: &[&str]| {
        client_in(home.path(), &[arguments, &["--include", "*.txt"]].concat()).ok()
    };
    only(&["get", "-r", &url("site"), "-o", "got"]);
    only(&["mirror", &url("site"), "mirrored"]);
    only(&["put", "-r", "site", &url("put")]);
    only(&["mirror", "site", &url("mirrored")]);
    for place in ["got", "mirrored"]
        .map(|name| home.path().join(name))
        .into_iter()
        .chain(["put", "mirrored"].map(|name| server.path(name)))
    {
        assert!(place.join("deep/deeper/c.txt").exists() && place.join("a.txt").exists());
        assert!(!place.join("none").exists(), "{}", place.display());
    }
}

#[test]
fn a_file_and_a_directory_of_one_name_give_way_to_each_other() {
    let server = Server::start();
    let home = tempfile::tempdir().expect("a folder");
    let make = |site: &Path, copy: &Path| {
        write(site, "a/inner", "a directory", 0);
        write(site, "b", "a file", 0);
        write(copy, "a", "a file", 0);
        write(copy, "b/inner", "a directory", 0);
        write(copy, "b/inner.bak", "a pattern keeps it", 0);
    };
    make(&server.path("site"), &home.path().join("copy"));
    make(&home.path().join("site"), &server.path("copy"));
    let (site, copy) = (server.url("site"), server.url("copy"));
    for [from, to] in [[site.as_str(), "copy"], ["site", copy.as_str()]] {
        let mirror =
            |more: &[&str]| client_in(home.path(), &[&["mirror"], more, &[from, to]].concat());
        for more in [&[][..], &["--delete", "--exclude", "*.bak"]] {
            let refused = mirror(more);
            assert!(!refused.status.success(), "{refused:?}");
            let told = "a directory is in the way of a file; move it away, or use --delete";
            assert!(refused.stderr.contains(told), "{refused:?}");
        }
        mirror(&["--delete"]).ok();
        let again = mirror(&["--delete"]).ok();
        assert!(again.stderr.contains("2 files already the same"), "{again:?}");
    }
    let expected = files(&server.path("site"));
    for folder in [home.path().join("copy"), server.path("copy")] {
        assert_eq!(files(&folder), expected);
    }
}

#[test]
fn a_server_that_keeps_names_in_another_form_loses_none_of_them() {
    let server = Server::start();
    let home = tempfile::tempdir().expect("a folder");
    write(&home.path().join("site"), "Foo.txt", "of here", 0);
    write(&server.path("copy"), "foo.txt", "of earlier", 100);
    write(&server.path("copy"), "gone.txt", "x", 100);
    let folding = Cutter::folding(server.address());
    for _ in 0..2 {
        let arguments = ["mirror", "--delete", "site", &folding.url("copy")];
        let output = client_in(home.path(), &arguments);
        assert_eq!(output.code(), Some(PARTIAL), "{output:?}");
        let told = "the server was sent \"Foo.txt\" but does not list it";
        assert!(output.stderr.contains(told), "{output:?}");
        let left = files(&server.path("copy"));
        assert_eq!(left[0], ("foo.txt".to_owned(), "of here".to_owned()));
        assert_eq!(left.len(), 2);
    }
    // Where no file is new, nothing can have been stored under another spelling.
    std::fs::rename(home.path().join("site/Foo.txt"), home.path().join("site/foo.txt"))
        .expect("renamed");
    client_in(home.path(), &["mirror", "--delete", "site", &folding.url("copy")]).ok();
    assert_eq!(files(&server.path("copy")).len(), 1);
}
