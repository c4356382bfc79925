//! Command lines beyond plain URLs: patterns, `-` for a stream, removing whole trees, virtual hosts
//! and mounts.

use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::Path;

use packetboat_tests::fake::{Control, Fake};
use packetboat_tests::program::{client, client_in, ends, run_with_input};
use packetboat_tests::{Server, Setup, wait_for};

const USAGE: i32 = 2;
const NOT_FOUND: i32 = 5;
const LOCAL_FILE: i32 = 8;
const REFUSED: i32 = 10;
const PARTIAL: i32 = 11;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

fn names(folder: &Path) -> Vec<String> {
    let name = |entry: std::io::Result<std::fs::DirEntry>| {
        entry.expect("an entry").file_name().to_string_lossy().into_owned()
    };
    let mut names: Vec<_> = std::fs::read_dir(folder).expect("a folder").map(name).collect();
    names.sort();
    names
}

#[test]
fn a_star_in_an_address_stands_for_all_that_fit() {
    let server = Server::start();
    for (name, text) in [("a.txt", "one\n"), ("b.txt", "two\n"), ("c.bin", "3"), ("x*.txt", "star")]
    {
        server.write(name, text);
    }
    let home = folder();
    let listed = client_in(home.path(), &["ls", &server.url("*.bin")]).ok();
    assert_eq!(listed.stdout, "c.bin\n");
    client_in(home.path(), &["get", &server.url("?.txt").replace('?', "*")]).ok();
    assert_eq!(names(home.path()), ["a.txt", "b.txt", "x*.txt"]);
    assert_eq!(client_in(home.path(), &["cat", &server.url("*b.txt")]).ok().stdout, "two\n");
    // An escaped star is a literal star.
    assert_eq!(client_in(home.path(), &["cat", &server.url("x%2A.txt")]).ok().stdout, "star");
    let none = client_in(home.path(), &["rm", &server.url("*.none"), &server.url("*.bin")]);
    assert_eq!(none.code(), Some(PARTIAL), "{none:?}");
    assert!(none.stderr.contains("no name there matches the pattern"), "{none:?}");
    assert_eq!(client_in(home.path(), &["ls", &server.url("*.bin")]).code(), Some(NOT_FOUND));
    let several = client_in(home.path(), &["get", &server.url("*.txt"), "-o", "one"]);
    assert_eq!(several.code(), Some(USAGE), "{several:?}");
    let mv = client_in(home.path(), &["mv", &server.url("*.txt"), "y"]);
    assert_eq!(mv.code(), Some(USAGE), "{mv:?}");
}

#[test]
fn rm_r_deletes_a_tree_and_follows_no_link() {
    let server = Server::start();
    for directory in ["kept", "tree/deep/deeper"] {
        std::fs::create_dir_all(server.path(directory)).expect("a directory");
    }
    server.write("kept/inside", "x");
    for name in ["tree/a", "tree/deep/deeper/b", "tree/deep/c"] {
        server.write(name, "x");
    }
    symlink("../kept", server.path("tree/link")).expect("a link");
    symlink("nowhere", server.path("tree/dangling")).expect("a link");
    let home = folder();
    let url = server.url("tree");
    let plain = client_in(home.path(), &["rm", &url]);
    assert_eq!(plain.code(), Some(REFUSED), "{plain:?}");
    assert!(
        plain.stderr.contains("`packetboat rm -r` to delete it with everything in it"),
        "{plain:?}"
    );
    let shown = client_in(home.path(), &["rm", "-rn", &url]).ok();
    let mut lines: Vec<_> = shown.stdout.lines().collect();
    assert_eq!(lines.last(), Some(&"tree/"));
    lines.sort_unstable();
    let all = [
        "tree/",
        "tree/a",
        "tree/dangling",
        "tree/deep/",
        "tree/deep/c",
        "tree/deep/deeper/",
        "tree/deep/deeper/b",
        "tree/link",
    ];
    assert_eq!(lines, all);
    assert!(server.path("tree/a").exists());
    let done = client_in(home.path(), &["rm", "-r", &url]).ok();
    assert!(done.stderr.contains("deleted 5 files and 3 directories"), "{done:?}");
    assert_eq!(server.names(), ["kept"]);
    assert_eq!(server.read("kept/inside"), b"x");
    assert_eq!(client_in(home.path(), &["rm", "-r", &url]).code(), Some(NOT_FOUND));
    client_in(home.path(), &["rm", "-rf", &url]).ok();
    client_in(home.path(), &["rm", "-f", &url]).ok();
}

/// Pure-FTPd behaves like this: it lists only a limited number of files.
#[test]
fn a_directory_of_which_only_so_much_is_listed_at_a_time_is_deleted_as_well() {
    let fake = Fake::start(|listener| {
        let mut control = Control::accept(listener, 0).answering("SIZE", "550 it is a directory");
        for (listing, reply) in [
            ("drwxr-xr-x 1 o g 0 Jan 1 2020 d\r\n", "226 done"),
            ("-rw-r--r-- 1 o g 0 Jan 1 2020 a\r\n", "226 Output truncated to 1 matches"),
            ("-rw-r--r-- 1 o g 0 Jan 1 2020 b\r\n", "226 Output truncated to 1 matches"),
            ("", "226 done"),
        ] {
            control.serve_until("LIST");
            let mut data = control.data();
            control.send("150 go");
            data.write_all(listing.as_bytes()).expect("the client reads");
            drop(data);
            control.send(reply);
            if reply != "226 done" {
                let deleted = control.serve_until("DELE");
                assert!(listing.trim_end().ends_with(&deleted[deleted.len() - 1..]), "{deleted}");
                control.send("250 gone");
            }
        }
        assert_eq!(control.serve_until("RMD"), "RMD d");
        control.send("250 gone");
        control.serve_until("QUIT");
    });
    let home = folder();
    let output = client_in(home.path(), &["rm", "-r", &fake.url("d")]).ok();
    fake.finish();
    assert!(output.stderr.contains("deleted 2 files and 1 directory"), "{output:?}");
}

/// A server that reports in MLSD where a link leads, and hides names with a leading dot from LIST.
#[test]
fn a_link_that_list_shows_only_when_asked_for_all_is_not_gone_through() {
    const LINK: &str = "lrwxrwxrwx 1 o g 0 Jan 1 2020 .cache -> ../shared\r\n";
    for (all, end) in [(LINK, &["DELE d/.cache", "RMD d"][..]), ("", &[])] {
        let fake = Fake::start(move |listener| {
            let mut control = Control::accept(listener, 0)
                .answering("FEAT", "211-Features\r\n MLST type*;\r\n211 End")
                .answering("MLST", "250-Facts\r\n type=dir; d\r\n250 End");
            let verbs = ["MLSD", "LIST", "DELE", "RMD", "QUIT"];
            for (asked, listing) in [
                ("LIST", "drwxr-xr-x 1 o g 0 Jan 1 2020 d\r\n"),
                ("MLSD d", "type=dir; .cache\r\n"),
                ("LIST", ""),
                ("LIST -a", all),
            ] {
                assert_eq!(control.serve_until_one_of(&verbs), asked);
                control.transfer(listing.as_bytes());
            }
            for asked in end {
                assert_eq!(control.serve_until_one_of(&verbs), *asked);
                control.send("250 gone");
            }
            assert_eq!(control.serve_until_one_of(&verbs), "QUIT");
        });
        let home = folder();
        let output = client_in(home.path(), &["rm", "-r", &fake.url("d")]);
        fake.finish();
        let told = output.stderr.contains("LIST does not show \".cache\", so");
        assert_eq!(
            (output.code() == Some(0), told),
            (!all.is_empty(), all.is_empty()),
            "{output:?}"
        );
    }
}

/// The server claims to delete what it then lists again, which could go on for ever.
#[test]
fn a_server_that_deletes_nothing_is_not_asked_for_ever() {
    let fake = Fake::start(|listener| {
        let mut control = Control::accept(listener, 0).answering("SIZE", "550 it is a directory");
        let cut = "226 Output truncated to 2 matches";
        // A name that reappears beside a new one may have been created again.
        for (kind, names, reply) in
            [('d', "d", "226 done"), ('-', "ab", cut), ('-', "ac", cut), ('-', "cb", cut)]
        {
            let asked = control.serve_until_one_of(&["LIST", "RMD", "QUIT"]);
            assert!(asked.starts_with("LIST"), "{asked} instead of a listing of {names}");
            let mut data = control.data();
            control.send("150 go");
            for name in names.chars() {
                let line = format!("{kind}rwxr-xr-x 1 o g 0 Jan 1 2020 {name}\r\n");
                data.write_all(line.as_bytes()).expect("the client reads");
            }
            drop(data);
            control.send(reply);
            for name in names.chars().filter(|_| kind == '-' && names != "cb") {
                assert_eq!(control.serve_until("DELE"), format!("DELE d/{name}"));
                control.send("250 gone");
            }
        }
        assert_eq!(control.serve_until_one_of(&["DELE", "LIST", "RMD", "QUIT"]), "QUIT");
        control.send("221 bye");
    });
    let home = folder();
    let output = client_in(home.path(), &["rm", "-r", &fake.url("d")]);
    fake.finish();
    let told = "lists only entries that it has already reported deleted";
    assert!(output.stderr.contains(told), "{output:?}");
    assert_eq!(output.code(), Some(PARTIAL), "{output:?}");
}

#[test]
fn what_would_be_deleted_is_told_not_to_be_all_where_only_so_much_is_listed() {
    let fake = Fake::start(|listener| {
        let mut control = Control::accept(listener, 0).answering("SIZE", "550 it is a directory");
        for (listing, reply) in [
            ("drwxr-xr-x 1 o g 0 Jan 1 2020 d\r\n", "226 done"),
            ("-rw-r--r-- 1 o g 0 Jan 1 2020 a\r\n", "226 Output truncated to 1 matches"),
        ] {
            control.serve_until("LIST");
            let mut data = control.data();
            control.send("150 go");
            data.write_all(listing.as_bytes()).expect("the client reads");
            drop(data);
            control.send(reply);
        }
        control.serve_until("QUIT");
    });
    let home = folder();
    let output = client_in(home.path(), &["rm", "-rn", &fake.url("d")]);
    fake.finish();
    assert_eq!(output.stdout, "d/a\nd/\n");
    assert!(output.stderr.contains("Output truncated to 1 matches"), "{output:?}");
    assert_eq!(output.code(), Some(PARTIAL), "{output:?}");
}

#[test]
fn nobody_deletes_the_root_by_mistake() {
    let server = Server::start();
    server.write("f", "x");
    let home = folder();
    for path in ["", "%2F", ".", "d/..", "%2F."] {
        let output = client_in(home.path(), &["rm", "-rf", &server.url(path)]);
        assert_eq!(output.code(), Some(USAGE), "{path}: {output:?}");
    }
    assert_eq!(server.read("f"), b"x");
}

#[test]
fn a_dash_is_standard_input_or_output() {
    let server = Server::start();
    let home = folder();
    let put = |arguments: &[&str], input: &[u8]| {
        let mut command = client(&[&["put"], arguments].concat());
        run_with_input(command.current_dir(home.path()), input)
    };
    let long = packetboat_tests::noise(3_000_000);
    put(&["-", &server.url("long")], &long).ok();
    assert!(server.read("long") == long);
    put(&["--mode", "block", "--ascii", "-", &server.url("text")], b"a\nb\n").ok();
    assert_eq!(server.read("text"), b"a\nb\n");
    put(&["-", &server.url("empty")], b"").ok();
    assert_eq!(server.read("empty"), b"");
    for wrong in [&["-", "f"][..], &["-c", "-"], &["--verify", "-"], &["--preserve", "-"]] {
        let output = put(&[wrong, &[&server.url("x")]].concat(), b"x");
        assert_eq!(output.code(), Some(USAGE), "{wrong:?}: {output:?}");
    }
    let directory = put(&["-", &server.url("d/")], b"x");
    assert_eq!(directory.code(), Some(USAGE), "{directory:?}");
    let got = client_in(home.path(), &["get", "-o", "-", &server.url("text"), &server.url("long")]);
    assert!(got.ok().bytes == [b"a\nb\n", long.as_slice()].concat());
    let wrong = client_in(home.path(), &["get", "-r", "-o", "-", &server.url("")]);
    assert_eq!(wrong.code(), Some(USAGE), "{wrong:?}");
    assert!(names(home.path()).is_empty());
}

/// In stream mode the end of the data connection is the end of the file, so the client must tell
/// the server first.
#[test]
fn an_upload_that_cannot_be_read_on_here_is_not_taken_for_a_whole_file() {
    let server = Server::start();
    server.write("f", "as it was");
    for options in [&[][..], &["--ascii"], &["--mode", "block"]] {
        let home = folder();
        let mut command = client(&[&["put"], options, &["-", &server.url("f")]].concat());
        // A directory can be opened like a file, but not read.
        command.stdin(std::fs::File::open(home.path()).expect("a folder"));
        let output = command.output().expect("packetboat");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(LOCAL_FILE), "{stderr}");
        assert!(stderr.contains("standard input: "), "{stderr}");
        assert_eq!(server.read("f"), b"as it was", "{options:?}");
    }
    wait_for("no part", || (server.names() == ["f"]).then_some(()));
}

#[test]
fn get_r_of_a_file_is_the_file() {
    let server = Server::start();
    server.write("f", "abc");
    let home = folder();
    client_in(home.path(), &["get", "-r", &server.url("f")]).ok();
    client_in(home.path(), &["get", "-r", &server.url("f"), "-o", "g"]).ok();
    assert_eq!(std::fs::read(home.path().join("f")).expect("a file"), b"abc");
    assert_eq!(std::fs::read(home.path().join("g")).expect("a file"), b"abc");
}

#[test]
fn a_virtual_host_and_a_mount_are_asked_for() {
    let server = Server::with(Setup {
        folders: vec![("--mount", "archive"), ("--host", "v.example")],
        ..Setup::default()
    });
    server.write("plain", "x");
    std::fs::write(server.further("archive").join("old"), "x").expect("a file");
    std::fs::write(server.further("v.example").join("virtual"), "x").expect("a file");
    let home = folder();
    let ls = |options: &[&str]| {
        let anonymous = server.url("").replace("alice:correct%20horse@", "");
        client_in(home.path(), &[&["ls"], options, &[&anonymous]].concat())
    };
    assert_eq!(ls(&[]).ok().stdout, "plain\n");
    assert_eq!(ls(&["--mount", "archive"]).ok().stdout, "old\n");
    assert_eq!(ls(&["--host", "v.example"]).ok().stdout, "virtual\n");
    let unknown = ls(&["--host", "w.example"]);
    assert_eq!(unknown.code(), Some(REFUSED), "{unknown:?}");
    assert!(unknown.stderr.contains("504"), "{unknown:?}");
}

#[test]
fn output_that_cannot_be_written_fails_the_command() {
    let server = Server::start();
    server.write("f", "abc");
    for arguments in [&["ls"][..], &["stat"], &["hash"], &["cat"], &["stat", "--json"]] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("/dev/full");
        let mut command = client(&[arguments, &[&server.url("f")]].concat());
        let output = command.stdout(full).output().expect("packetboat");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(LOCAL_FILE), "{arguments:?}: {stderr}");
        assert!(stderr.contains("output") && !stderr.contains("panicked"), "{stderr}");
    }
}

#[test]
fn a_slash_behind_a_new_name_stands_for_a_directory_that_is_there() {
    let (server, home) = (Server::start(), folder());
    server.write("f", "abc");
    std::fs::create_dir(server.path("d")).expect("a folder");
    let mv = |from: &str, to: &str| client_in(home.path(), &["mv", &server.url(from), to]);
    ends(&mv("f", "none/"), NOT_FOUND, &["none/"]);
    assert_eq!(server.names(), ["d", "f"]);
    // A directory's new name may end with a slash, as with mv(1).
    mv("d", "e/").ok();
    mv("f", "e/").ok();
    assert_eq!((server.names(), server.read("e/f")), (vec!["e".to_owned()], b"abc".to_vec()));
}

#[test]
fn addresses_of_one_server_are_told_apart_by_scheme_and_password() {
    let server = Server::start();
    server.write("a", "x");
    let home = folder();
    let plain = server.url("a");
    let (user, rest) = plain.split_once("alice").expect("a user");
    let (_, at) = rest.split_once('@').expect("a password");
    // The server does not support TLS, so nothing may arrive through this address.
    let private = plain.replace("ftp://", "ftpes://");
    let output = client_in(home.path(), &["cat", &plain, &private]);
    assert_eq!((output.stdout.as_str(), output.code()), ("x", Some(PARTIAL)), "{output:?}");
    let wrong = format!("{user}alice:wrong@{at}");
    for (first, second) in [(&plain, &wrong), (&wrong, &plain)] {
        let output = client_in(home.path(), &["cat", first, second]);
        assert_eq!((output.stdout.as_str(), output.code()), ("x", Some(PARTIAL)), "{output:?}");
    }
    // A URL without a password uses the session's.
    let without = format!("{user}alice@{at}");
    assert_eq!(client_in(home.path(), &["cat", &plain, &without]).ok().stdout, "xx");
    let output = client_in(home.path(), &["mv", &plain, &private]);
    assert!(output.stderr.contains("with the same scheme"), "{output:?}");
    assert!(server.path("a").exists());
}

#[test]
fn two_files_of_one_command_do_not_get_one_name() {
    let server = Server::start();
    let home = folder();
    for month in ["jan", "feb"] {
        std::fs::create_dir(server.path(month)).expect("a folder");
        server.write(&format!("{month}/f"), month);
        std::fs::create_dir(home.path().join(month)).expect("a folder");
        std::fs::write(home.path().join(month).join("f"), month).expect("a file");
    }
    let (jan, feb) = (server.url("jan/f"), server.url("feb/f"));
    for command in [
        &["get", &jan, &feb][..],
        &["get", "-r", &jan, &feb],
        &["put", "jan/f", "feb/f", &server.url("")],
    ] {
        let output = client_in(home.path(), command);
        assert_eq!(output.code(), Some(PARTIAL), "{output:?}");
        assert!(
            output.stderr.contains("has already written another file to that name"),
            "{output:?}"
        );
    }
    let own = std::fs::read(home.path().join("f")).expect("a file");
    assert_eq!((own, server.read("f")), (b"jan".to_vec(), b"jan".to_vec()));
    // The same file once more is not a conflict.
    client_in(home.path(), &["get", &jan, &jan]).ok();
    client_in(home.path(), &["put", "jan/f", "jan/f", &server.url("")]).ok();
}

#[test]
fn a_name_is_free_for_another_file_until_one_has_come_to_it() {
    let server = Server::start();
    server.write("f", "from here");
    let home = folder();
    let output = client_in(home.path(), &["get", &server.url("none/f"), &server.url("f")]);
    assert_eq!(output.code(), Some(PARTIAL), "{output:?}");
    assert_eq!(std::fs::read(home.path().join("f")).expect("a file"), b"from here");
    // Trees of the same name are treated like files.
    for tree in ["a/x", "b/x"] {
        std::fs::create_dir_all(home.path().join(tree)).expect("a folder");
        std::fs::write(home.path().join(tree).join("g"), tree).expect("a file");
    }
    let output = client_in(home.path(), &["put", "-r", "a/x", "b/x", &server.url("")]);
    assert_eq!(output.code(), Some(PARTIAL), "{output:?}");
    assert_eq!(server.read("x/g"), b"a/x", "{output:?}");
}

/// One server ignores the case of names; the other answers with an empty listing where the user may
/// not look.
#[test]
fn what_is_named_is_deleted_by_whatever_spelling_it_is_listed() {
    for listed in ["drwxr-xr-x 1 o g 0 Jan 1 2020 reports\r\n", ""] {
        let fake = Fake::start(move |listener| {
            let mut control =
                Control::accept(listener, 0).answering("SIZE", "550 it is a directory");
            control.serve_until("LIST");
            control.transfer(listed.as_bytes());
            control.serve_until("LIST");
            control.transfer(b"");
            assert_eq!(control.serve_until("RMD"), "RMD Reports");
            control.send("250 gone");
            control.serve_until("QUIT");
        });
        let home = folder();
        client_in(home.path(), &["rm", "-r", &fake.url("Reports")]).ok();
        fake.finish();
    }
}
