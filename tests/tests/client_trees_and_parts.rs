//! What the client does and says when it cannot copy everything: links, wrong places, servers that
//! allow few sessions, and files that cannot be resumed.

use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::{Duration, SystemTime};

use packetboat_tests::fake::{Control, Fake};
use packetboat_tests::program::{Output, client_in, ends, json_lines};
use packetboat_tests::{PASSWORD, Server, Setup};

const USAGE: i32 = 2;
const LOCAL_FILE: i32 = 8;
const PARTIAL: i32 = 11;
const DIFFERENT: i32 = 12;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

#[test]
fn what_a_tree_leaves_out_is_said_and_told_by_the_exit_code() {
    let server = Server::start();
    let home = folder();
    let tree = home.path().join("tree");
    std::fs::create_dir(&tree).expect("a folder");
    std::fs::write(tree.join("f"), "abc").expect("a file");
    symlink("f", tree.join("link")).expect("a link");
    let url = server.url("up");
    let output = client_in(home.path(), &["put", "-r", "tree", &url]);
    ends(&output, PARTIAL, &["tree/link: skipped, it is a symbolic link, which is not followed"]);
    assert_eq!(server.read("up/f"), b"abc");
    let told = json_lines(&client_in(home.path(), &["put", "-r", "--json", "tree", &url]));
    let skipped = told.iter().find(|line| line["event"] == "skipped").expect("a line");
    assert_eq!(skipped["path"], "tree/link");
}

#[test]
fn a_directory_is_recognised_and_a_missing_folder_named() {
    let server = Server::start();
    std::fs::create_dir(server.path("d")).expect("a folder");
    server.write("f", "abc");
    server.write("g", "abc");
    let home = folder();
    let output = client_in(home.path(), &["get", &server.url("d")]);
    assert!(output.stderr.contains("`packetboat get -r` to download it"), "{output:?}");
    let output = client_in(home.path(), &["get", &server.url("none")]);
    assert!(!output.stderr.contains("get -r"), "{output:?}");
    let (f, g) = (server.url("f"), server.url("g"));
    let output = client_in(home.path(), &["get", "-o", "newdir/f", &f]);
    ends(&output, LOCAL_FILE, &["newdir: there is no such folder; create it first"]);
    assert!(!output.stderr.contains("pbpart"), "{output:?}");
    std::fs::write(home.path().join("plain"), "").expect("a file");
    for place in ["newdir", "plain"] {
        let output = client_in(home.path(), &["get", "-o", place, &f, &g]);
        ends(&output, USAGE, &["is not a folder, and several files need one"]);
    }
    assert_eq!(std::fs::read(home.path().join("plain")).expect("the file"), b"");
}

#[test]
fn a_server_of_few_sessions_gets_few() {
    let few = vec!["--max-sessions", "1"];
    let server = Server::with(Setup { arguments: few, ..Setup::default() });
    let home = folder();
    let tree = home.path().join("tree");
    std::fs::create_dir(&tree).expect("a folder");
    for number in 0..40 {
        std::fs::write(tree.join(format!("f{number}")), "abc").expect("a file");
    }
    let url = server.url("up");
    for arguments in [&["put", "-r", "tree", &url][..], &["get", "-r", &url, "-o", "back"]] {
        let output = client_in(home.path(), arguments).ok();
        let times = |words: &str| output.stderr.matches(words).count();
        // The server may still be ending the previous session; the only remaining worker waits for
        // it.
        assert_eq!(times(".;"), 0, "{output:?}");
        assert!(times("no further connection: ") <= 1 && times("; attempt ") <= 1, "{output:?}");
    }
    assert_eq!(std::fs::read_dir(home.path().join("back")).expect("a folder").count(), 40);
}

#[test]
fn only_what_can_be_the_beginning_is_resumed() {
    let server = Server::start();
    server.write("f", "0123456789");
    let url = server.url("f");
    let home = folder();
    let local = home.path().join("f");
    let hour = Duration::from_secs(3600);
    let write = |path: &Path, content: &str, time: SystemTime| {
        std::fs::write(path, content).expect("a file");
        let file = std::fs::File::options().write(true).open(path).expect("the file");
        file.set_modified(time).expect("its time");
    };
    let get = || client_in(home.path(), &["get", "-c", &url]);
    // The local file is longer.
    write(&local, "0123456789abc", SystemTime::now());
    ends(
        &get(),
        DIFFERENT,
        &["has 13 bytes and the remote one only 10", "run the command without -c to replace it"],
    );
    // It has the same length.
    write(&local, "0123456789", SystemTime::now());
    let told = format!("{url}: already complete, 10 bytes on both sides\n");
    assert_eq!(get().ok().stderr, told.replace(&format!(":{}", PASSWORD.replace(' ', "%20")), ""));
    // It has the same length but other content.
    write(&local, "012345678X", SystemTime::now());
    ends(
        &get(),
        DIFFERENT,
        &["as long as the remote file but differs", "run the command without -c to replace it"],
    );
    assert_eq!(std::fs::read(&local).expect("the file"), b"012345678X");
    // It is shorter, and older than the remote file.
    write(&local, "abc", SystemTime::now() - hour);
    ends(&get(), DIFFERENT, &["the remote file was changed after this one was written"]);
    assert_eq!(std::fs::read(&local).expect("the file"), b"abc");
    // It is shorter and newer.
    write(&local, "012", SystemTime::now() + hour);
    get().ok();
    assert_eq!(std::fs::read(&local).expect("the file"), b"0123456789");
    // A part of our own that is too old.
    std::fs::remove_file(&local).expect("the file");
    write(&home.path().join("f.pbpart"), "abc", SystemTime::now() - hour);
    let output = get().ok();
    assert!(output.stderr.contains("f.pbpart is not used, the remote file is newer"), "{output:?}");
    assert_eq!(std::fs::read(&local).expect("the file"), b"0123456789");
}

#[test]
fn a_download_leaves_a_part_alone_that_another_one_writes() {
    let server = Server::start();
    server.write("f", "abcdef");
    let home = folder();
    let part = home.path().join("f.pbpart");
    std::fs::write(&part, "abc").expect("a part");
    let other = std::fs::File::open(&part).expect("the part");
    other.lock().expect("a lock");
    for arguments in [&["get"][..], &["get", "-c"], &["get", "-r"]] {
        let output = client_in(home.path(), &[arguments, &[&server.url("f")]].concat());
        assert!(!output.status.success(), "{output:?}");
        assert!(output.stderr.contains("another download is writing it"), "{output:?}");
        assert_eq!(std::fs::read(&part).expect("the part"), b"abc");
        assert!(!home.path().join("f").exists());
    }
    drop(other);
    client_in(home.path(), &["get", "-c", &server.url("f")]).ok();
    assert_eq!(std::fs::read(home.path().join("f")).expect("the file"), b"abcdef");
    assert!(!part.exists());
    // A download that fails before its first byte leaves no part.
    client_in(home.path(), &["get", &server.url("none")]);
    assert!(!home.path().join("none.pbpart").exists());
}

/// In such a folder another client may be downloading.
#[test]
fn a_name_that_another_file_of_the_folder_uses_until_it_is_whole_is_left_out_and_told() {
    let server = Server::start();
    std::fs::create_dir(server.path("d")).expect("a folder");
    let beside = ["a.pbpart", "a.pbpart-marker", "a.pbpart-marker-new", "a.pbwrong"];
    for name in ["a", "alone.pbpart"].iter().chain(&beside) {
        server.write(&format!("d/{name}"), name.repeat(20_000));
    }
    let home = folder();
    let check = |place: &str, output: &Output, left_out: &[&str]| {
        ends(output, PARTIAL, &["leave it out with --exclude"]);
        for name in left_out {
            let told = format!(
                "{name:?} is also the name under which the unfinished download of \"a\" is kept"
            );
            assert!(output.stderr.contains(&told), "{name} {output:?}");
        }
        let folder = home.path().join(place);
        for name in ["a", "alone.pbpart"] {
            let content = std::fs::read_to_string(folder.join(name)).expect("a file");
            assert!(content == name.repeat(20_000), "{name} {output:?}");
        }
        assert_eq!(std::fs::read_dir(folder).expect("a folder").count(), 2);
    };
    let url = server.url("d");
    for (place, words) in [
        ("one", &["get", "-r", "-j", "1", "--json", &url, "-o", "one"][..]),
        ("two", &["get", "-r", "-j", "2", "--json", &url, "-o", "two"]),
        ("mirrored", &["mirror", "--json", &url, "mirrored"]),
    ] {
        let output = client_in(home.path(), words);
        // There, each failure has a line of its own.
        let output = Output { stderr: output.stdout.replace("\\\"", "\""), ..output };
        check(place, &output, &beside);
    }
    client_in(home.path(), &["mirror", "--exclude", "a.pb*", &url, "mirrored"]).ok();
    let urls = ["d/a.pbpart", "d/a", "d/alone.pbpart"].map(|path| server.url(path));
    for (place, order) in [("s/", [0, 1, 2]), ("t/", [2, 1, 0])] {
        let mut words = vec!["get", "-o", place];
        words.extend(order.map(|index| urls[index].as_str()));
        check(place, &client_in(home.path(), &words), &beside[..1]);
    }
    // By itself, the file is downloaded like any other.
    client_in(home.path(), &["get", "-o", "part", &urls[0]]).ok();
    let content = std::fs::read_to_string(home.path().join("part")).expect("a file");
    assert!(content == "a.pbpart".repeat(20_000));
}

/// The file that now has the part's name is not the beginning of the remote file.
#[test]
fn a_part_that_is_replaced_between_two_attempts_is_begun_anew() {
    const SIZE: usize = 1 << 20;
    for resume in [false, true] {
        let home = folder();
        let (part, other) = (home.path().join("f.pbpart"), home.path().join("other"));
        std::fs::write(&other, vec![b'o'; SIZE / 4]).expect("a file");
        if resume {
            std::fs::write(&part, vec![b'f'; SIZE / 4]).expect("a part");
        }
        let fake = Fake::start({
            let part = part.clone();
            move |listener| {
                let mut control = Control::accept(listener, SIZE as u64)
                    .answering("REST", "350 go on")
                    .answering("QUIT", "221 bye");
                control.serve_until("RETR");
                let mut data = control.data();
                control.send("150 here it comes");
                data.write_all(&[b'f'; SIZE / 4]).expect("the client reads");
                std::fs::rename(other, part).expect("in its place");
                drop(data);
                control.send("426 broken off");
                let asked = control.serve_until_one_of(&["REST", "RETR"]);
                assert_eq!(asked, "RETR f");
                control.transfer(&vec![b'f'; SIZE]);
                control.line();
            }
        });
        let words = ["get", "--retries", "1", "-c", &fake.url("f")];
        let words: Vec<_> = words.into_iter().filter(|word| resume || *word != "-c").collect();
        let output = client_in(home.path(), &words);
        fake.finish();
        let told = "f.pbpart is not used, it was removed or replaced in the meantime: the file is transferred from the beginning";
        ends(&output, 0, &[told]);
        assert!(std::fs::read(home.path().join("f")).expect("the file") == vec![b'f'; SIZE]);
        assert!(!part.exists());
    }
}

/// In a folder where others may write, somebody else may have created the link.
#[test]
fn nothing_is_downloaded_through_a_link_in_the_place_of_a_part() {
    let server = Server::start();
    std::fs::create_dir(server.path("d")).expect("a folder");
    server.write("d/f", "abc");
    let home = folder();
    std::fs::create_dir(home.path().join("d")).expect("a folder");
    std::fs::write(home.path().join("precious"), "mine").expect("a file");
    let (file, tree, names) = (server.url("d/f"), server.url("d"), server.url("d;type=d"));
    for (link, words) in [
        ("f.pbpart", &["get", &file][..]),
        ("f.pbpart", &["get", "-c", &file]),
        ("d/f.pbpart", &["get", "-r", &tree]),
        ("d/f.pbpart", &["mirror", &tree, "d"]),
        ("n.pbpart", &["get", "-o", "n", &names]),
    ] {
        let link = home.path().join(link);
        symlink(home.path().join("precious"), &link).expect("a link");
        let output = client_in(home.path(), words);
        ends(&output, LOCAL_FILE, &[".pbpart: it is a symbolic link", "remove it"]);
        std::fs::remove_file(&link).expect("the link is left");
        assert_eq!(std::fs::read(home.path().join("precious")).expect("it"), b"mine");
    }
}

#[test]
fn an_upload_goes_on_only_behind_its_own_beginning() {
    let server = Server::start();
    let home = folder();
    let (old, new) = ("old content".repeat(100), "new content".repeat(200));
    std::fs::write(home.path().join("f"), &new).expect("a file");
    server.write("f", &old);
    let url = server.url("f");
    let output = client_in(home.path(), &["put", "-c", "f", &url]);
    ends(
        &output,
        DIFFERENT,
        &["are not the beginning of this file", "run the command without -c to replace them"],
    );
    assert_eq!(server.read("f"), old.as_bytes());
    server.write("f", &new[..1100]);
    let output = client_in(home.path(), &["put", "-c", "f", &url]).ok();
    assert!(output.stderr.contains("resumed at"), "{output:?}");
    assert_eq!(server.read("f"), new.as_bytes());
}

/// Times with a resolution of a second do not tell which of the two is newer.
#[test]
fn a_part_of_another_file_of_the_same_second_is_not_gone_on_from() {
    let server = Server::start();
    server.write("f", "0123456789");
    let home = folder();
    let get = |url: &str| client_in(home.path(), &["get", "-c", url]).ok();
    let left =
        |content: &str| std::fs::write(home.path().join("f.pbpart"), content).expect("a part");
    let arrived = || std::fs::read_to_string(home.path().join("f")).expect("the file");
    left("abcd");
    let output = get(&server.url("f"));
    let told = "f.pbpart is not used, it is not the beginning of the remote file: the file is transferred from the beginning\n";
    assert!(output.stderr.contains(told), "{output:?}");
    assert_eq!(arrived(), "0123456789");
    std::fs::remove_file(home.path().join("f")).expect("the file");
    left("0123");
    let output = get(&server.url("f"));
    assert!(output.stderr.contains(", resumed at 4 B\n"), "{output:?}");
    assert_eq!(arrived(), "0123456789");
    // A shorter file that another program has written.
    std::fs::write(home.path().join("f"), "abcd").expect("a file");
    let output = client_in(home.path(), &["get", "-c", &server.url("f")]);
    ends(&output, DIFFERENT, &["it is not the beginning of the remote file"]);
    assert_eq!(arrived(), "abcd");
}

#[test]
fn without_a_hash_a_part_has_to_be_younger_than_the_second_of_the_remote_file() {
    let told =
        "is not used, the remote file may be newer: the file is transferred from the beginning\n";
    // The fake server reports 2020-01-02 03:04:05.
    let second = Duration::from_secs(1_577_934_245);
    for (later, used) in [(Duration::from_millis(500), false), (Duration::from_secs(1), true)] {
        let fake = Fake::start(|listener| {
            let mut control = Control::accept(listener, 10);
            control.serve_until("RETR");
            let mut data = control.data();
            control.send("150 go");
            data.write_all(b"0123456789").expect("the client reads");
            drop(data);
            control.send("226 done");
            while !matches!(control.line().as_str(), "" | "QUIT") {}
        });
        let home = folder();
        let part = std::fs::File::create(home.path().join("f.pbpart")).expect("a part");
        (&part).write_all(b"abcd").expect("room");
        part.set_modified(SystemTime::UNIX_EPOCH + second + later).expect("its time");
        let output = client_in(home.path(), &["get", "-c", &fake.url("f")]).ok();
        fake.finish();
        assert_eq!(!output.stderr.contains(told), used, "{output:?}");
        // The fake server does not support REST, so the file is sent from its start in any case.
        assert_eq!(std::fs::read(home.path().join("f")).expect("the file"), b"0123456789");
    }
}

#[test]
fn what_another_upload_has_left_is_no_beginning_of_this_one() {
    let server = Server::start();
    let home = folder();
    std::fs::write(home.path().join("mine"), "the whole of it").expect("a file");
    // One leftover is as long as the file, the other is shorter.
    for left in ["somebody else's", "somebody"] {
        server.write(".up.part-packetboat", left);
        let output = client_in(home.path(), &["put", "-c", "mine", &server.url("up")]);
        ends(&output, DIFFERENT, &["are not the beginning of this file"]);
        assert_eq!(server.read(".up.part-packetboat"), left.as_bytes());
    }
    server.write(".up.part-packetboat", "the whole");
    client_in(home.path(), &["put", "-c", "mine", &server.url("up")]).ok();
    assert_eq!(
        (server.names(), server.read("up")),
        (vec!["up".to_owned()], b"the whole of it".to_vec())
    );
}

/// As `cp -r` does.
#[test]
fn the_content_of_a_directory_is_named_by_a_dot_behind_it() {
    let server = Server::start();
    let home = folder();
    std::fs::create_dir_all(home.path().join("tree/sub")).expect("folders");
    std::fs::write(home.path().join("tree/f"), "abc").expect("a file");
    std::fs::write(home.path().join("tree/sub/g"), "abc").expect("a file");
    let put = |place: &str, source: &str, to: &str| {
        let place = home.path().join(place);
        client_in(&place, &["put", "-r", source, &server.url(to)]).ok();
    };
    put("", "tree/.", "a/");
    put("tree", ".", "b/");
    put("tree/sub", "..", "c/");
    put("", "tree/sub/..", "d/");
    put("", "tree", "e/");
    for stored in ["a", "b", "c", "d", "e/tree"] {
        assert_eq!(server.read(&format!("{stored}/f")), b"abc");
        assert_eq!(server.read(&format!("{stored}/sub/g")), b"abc");
        assert_eq!(std::fs::read_dir(server.path(stored)).expect("a folder").count(), 2);
    }
    let back = client_in(home.path(), &["get", "-r", &server.url("a/."), "-o", "back"]).ok();
    assert!(back.stderr.contains("2 files"), "{back:?}");
}

#[test]
fn what_has_the_name_of_a_folder_and_is_none_is_named_with_the_way_out() {
    let server = Server::start();
    std::fs::create_dir_all(server.path("tree/deep")).expect("folders");
    server.write("tree/deep/f", "abc");
    let home = folder();
    symlink("nowhere", home.path().join("dangling")).expect("a link");
    std::fs::write(home.path().join("plain"), "mine").expect("a file");
    let url = server.url("tree");
    for (place, words) in [
        (
            "dangling",
            "dangling: it is a symbolic link whose target does not exist; create that folder",
        ),
        ("plain", "plain: it is not a folder, so nothing can be stored in it; remove it"),
        ("plain/below", "plain: it is not a folder, so nothing can be stored in it; remove it"),
    ] {
        let output = client_in(home.path(), &["get", "-r", "-o", place, &url]);
        ends(&output, LOCAL_FILE, &[words, "or choose another place"]);
        let output = client_in(home.path(), &["mirror", &url, place]);
        ends(&output, LOCAL_FILE, &[words]);
        let into = format!("{place}/");
        let output = client_in(home.path(), &["get", "-o", &into, &server.url("tree/deep/f")]);
        ends(&output, LOCAL_FILE, &[words]);
    }
    assert_eq!(std::fs::read(home.path().join("plain")).expect("the file"), b"mine");
    // A problem deeper in the tree affects only that entry.
    std::fs::create_dir(home.path().join("tree")).expect("a folder");
    symlink("nowhere", home.path().join("tree/deep")).expect("a link");
    let output = client_in(home.path(), &["get", "-r", &url]);
    ends(&output, LOCAL_FILE, &["tree/deep: it is a symbolic link whose target does not exist"]);
}

#[test]
fn a_time_of_nothing_is_refused_with_what_is_allowed() {
    let home = folder();
    for zero in ["0", "0s", "0ms"] {
        let output = client_in(home.path(), &["ls", "--timeout", zero, "ftp://127.0.0.1:1/"]);
        ends(&output, USAGE, &["it must be longer than 0", "30, 500ms, 5m or 1h", "no limit"]);
    }
}
