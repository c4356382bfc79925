//! `packetboat get`, `put` and the other commands with other people's servers.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

use packetboat_tests::cutter::{Cut, Cutter};
use packetboat_tests::job::{NAMES, check, check_tree, content, encoded, fill};
use packetboat_tests::others::{Other, other_server, other_server_with};
use packetboat_tests::program::{Output, client, output, run};
use packetboat_tests::wait_for;
use rustix::process::{Pid, Signal, kill_process};

/// Makes vsftpd hide this name in all listings.
const HIDING: &str = "hide_file={.hidden}\n";

/// How the servers differ.
struct Ways {
    /// Whether a stored file may be replaced, resumed, renamed and deleted.
    changes: bool,
}

fn the_job(other: &Other, ways: &Ways) {
    fill(&other.folder().join("down"));
    let home = tempfile::tempdir().expect("a folder");
    let any = |arguments: &[&str]| -> Output {
        run(client(arguments).current_dir(home.path()).env("HOME", home.path()))
    };
    let ok = |arguments: &[&str]| any(arguments).ok();
    let mut expected: Vec<&str> = NAMES.to_vec();
    expected.push("inner");
    expected.sort_unstable();
    assert_eq!(ok(&["ls", &other.url("down/")]).stdout.lines().collect::<Vec<_>>(), expected);
    for name in NAMES {
        let url = other.url(&format!("down/{}", encoded(name)));
        ok(&["get", &url]);
        check(&home.path().join(name), &content(name));
        assert_eq!(ok(&["cat", &url]).bytes, content(name));
    }
    ok(&["get", "-r", "-j", "2", &other.url("down"), "-o", "copy"]);
    check_tree(&home.path().join("copy"));
    ok(&["get", "--active", &other.url("down/large.bin"), "-o", "active"]);
    check(&home.path().join("active"), &content("large.bin"));
    let large = content("large.bin");
    for name in ["cut", "part.bin"] {
        std::fs::write(home.path().join(name), &large[..1_000_000]).expect("a file");
    }
    let resumed = ok(&["get", "-v", "-c", &other.url("down/large.bin"), "-o", "cut"]);
    assert!(resumed.stderr.contains("REST 1000000"), "{resumed:?}");
    check(&home.path().join("cut"), &large);
    ok(&["put", "large.bin", &other.url("upload/large.bin")]);
    check(&other.folder().join("upload/large.bin"), &large);
    // A file's listing contains just the file, however the server refuses to list it.
    let listed = ok(&["ls", &other.url("down/large.bin")]).stdout;
    assert!(listed.ends_with("large.bin\n") && listed.lines().count() == 1, "{listed}");
    let directory = any(&["get", &other.url("down")]);
    assert!(directory.stderr.contains("`packetboat get -r` to download it"), "{directory:?}");
    let none = any(&["get", &other.url("none")]);
    assert_eq!(none.code(), Some(5), "{none:?}");
    let stat = ok(&["stat", "--json", &other.url("down/large.bin")]);
    assert!(stat.stdout.contains("\"size\":3000000"), "{stat:?}");
    if ways.changes {
        changes(other, &ok);
    }
}

fn changes(other: &Other, ok: &dyn Fn(&[&str]) -> Output) {
    // "cut" has been completed by now.
    ok(&["put", "part.bin", &other.url("upload/part.bin")]);
    let resumed = ok(&["put", "-v", "-c", "cut", &other.url("upload/part.bin")]);
    assert!(resumed.stderr.contains("REST 1000000"), "{resumed:?}");
    // vsftpd supports no hashes.
    let uncompared =
        resumed.stderr.contains("the 1000000 existing bytes are taken as its beginning");
    assert_eq!(uncompared, !resumed.stderr.contains(" HASH"), "{resumed:?}");
    check(&other.folder().join("upload/part.bin"), &content("large.bin"));
    ok(&["put", "-r", "-j", "2", "copy", &other.url("upload/tree")]);
    check_tree(&other.folder().join("upload/tree"));
    ok(&["mkdir", &other.url("upload/made")]);
    ok(&["mv", &other.url("upload/large.bin"), "upload/made/other name"]);
    check(&other.folder().join("upload/made/other name"), &content("large.bin"));
    ok(&["rm", &other.url("upload/made/other%20name")]);
    ok(&["rmdir", &other.url("upload/made")]);
    assert!(!other.folder().join("upload/made").exists());
}

#[test]
fn vsftpd() {
    let Some(other) = other_server("vsftpd") else { return };
    the_job(&other, &Ways { changes: true });
}

/// vsftpd writes into the older file itself, and does not say what it keeps.
#[test]
fn of_an_upload_that_was_interrupted_nothing_is_promised_that_the_server_does_not_say() {
    let Some(other) = other_server("vsftpd") else { return };
    let home = tempfile::tempdir().expect("a folder");
    // So long that no machine can finish before it is interrupted.
    let file = std::fs::File::create(home.path().join("f")).expect("a file");
    file.set_len(64 << 30).expect("its length");
    let there = other.folder().join("upload/f");
    std::fs::write(&there, "older").expect("a file");
    std::fs::set_permissions(&there, std::fs::Permissions::from_mode(0o666)).expect("permissions");
    let mut command = client(&["put", "f", &other.url("upload/f")]);
    command.current_dir(home.path()).env("HOME", home.path()).stderr(Stdio::piped());
    let child = command.stdin(Stdio::null()).spawn().expect("the client");
    let length = || std::fs::metadata(&there).map_or(0, |found| found.len());
    wait_for("an upload under way", || (length() > 1 << 20).then_some(()));
    kill_process(Pid::from_child(&child), Signal::INT).expect("a client that runs");
    let output = output(child);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(said.contains("`packetboat stat` shows what is there under this name"), "{said}");
    assert!(!said.contains("to continue from there"), "{said}");
}

/// vsftpd does not list names that start with a dot.
#[test]
fn a_directory_with_names_that_no_listing_shows_is_told_as_that() {
    let Some(other) = other_server_with("vsftpd", HIDING) else { return };
    let inner = other.folder().join("upload/d");
    std::fs::create_dir(&inner).expect("a folder");
    std::fs::write(inner.join(".hidden"), "x").expect("a file");
    let home = tempfile::tempdir().expect("a folder");
    for arguments in [&["rmdir"][..], &["rm", "-r"]] {
        let url = other.url("upload/d");
        let mut command = client(&[arguments, &[&url]].concat());
        let output = run(command.current_dir(home.path()).env("HOME", home.path()));
        assert_eq!(output.code(), Some(10), "{output:?}");
        assert!(output.stderr.contains("its listing shows nothing more"), "{output:?}");
        assert!(
            output.stderr.contains("delete the ones you know with `packetboat rm`"),
            "{output:?}"
        );
        assert!(!output.stderr.contains("rm -r` deletes"), "{output:?}");
        assert!(inner.join(".hidden").exists());
    }
}

#[test]
fn an_upload_that_something_cuts_off_on_the_way_is_sent_again() {
    for name in ["vsftpd", "proftpd"] {
        let Some(other) = other_server(name) else { return };
        let home = tempfile::tempdir().expect("a folder");
        let large = content("large.bin");
        std::fs::write(home.path().join("f"), &large).expect("a file");
        let cutter = Cutter::start(other.address(), &[Cut::After(1_000_000)]);
        let mut command = client(&["put", "f", &cutter.guest_url("upload/f")]);
        let output = run(command.current_dir(home.path()).env("HOME", home.path())).ok();
        let told = "the server has stored only 1000000 of the 3000000 bytes that were sent";
        assert!(output.stderr.contains(told), "{name}: {output:?}");
        check(&other.folder().join("upload/f"), &large);
    }
}

/// vsftpd's listings are incomplete: they have no names that start with a dot.
#[test]
fn what_no_listing_shows_is_not_deleted_here() {
    let Some(other) = other_server_with("vsftpd", HIDING) else { return };
    let home = tempfile::tempdir().expect("a folder");
    let (there, here) = (other.folder().join("upload/d"), home.path().join("d"));
    for folder in [&there, &here] {
        std::fs::create_dir(folder).expect("a folder");
        std::fs::write(folder.join(".hidden"), "x").expect("a file");
    }
    std::fs::write(here.join("more"), "x").expect("a file");
    let mut command = client(&["mirror", "--delete", &other.url("upload/d"), "d"]);
    let output = run(command.current_dir(home.path()).env("HOME", home.path()));
    let told = "/upload/d/.hidden: it is on the server although the listing";
    assert!(output.stderr.contains(told), "{output:?}");
    assert!(output.stderr.contains("exclude such names (--exclude)"), "{output:?}");
    assert_eq!(output.code(), Some(11), "{output:?}");
    assert!(here.join(".hidden").exists() && !here.join("more").exists());
}

#[test]
fn proftpd() {
    let Some(other) = other_server("proftpd") else { return };
    the_job(&other, &Ways { changes: true });
}

#[test]
fn pureftpd() {
    // Anonymous sessions of Pure-FTPd may store files, but not change them afterwards.
    let Some(other) = other_server("pureftpd") else { return };
    the_job(&other, &Ways { changes: false });
}

#[test]
fn what_was_just_sent_is_the_same_where_a_listing_tells_minutes_alone() {
    let Some(other) = other_server("vsftpd") else { return };
    let home = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(home.path().join("site")).expect("a folder");
    std::fs::write(home.path().join("site/f"), "content").expect("a file");
    let any = |arguments: &[&str]| -> Output {
        run(client(arguments).current_dir(home.path()).env("HOME", home.path()))
    };
    let url = other.url("upload/site");
    any(&["mirror", "site", &url]).ok();
    let again = any(&["mirror", "-n", "site", &url]).ok();
    assert_eq!(again.stdout, "", "{again:?}");
    // It lists names that start with a dot on request.
    std::fs::write(home.path().join("site/.hidden"), "content").expect("a file");
    std::fs::write(other.folder().join("upload/site/.gone"), "x").expect("a file");
    std::fs::write(other.folder().join("upload/site/gone"), "x").expect("a file");
    any(&["mirror", "--delete", "site", &url]).ok();
    for name in ["gone", ".gone"] {
        assert!(!other.folder().join("upload/site").join(name).exists(), "{name}");
    }
    any(&["get", "-r", &url, "-o", "copy"]).ok();
    assert!(home.path().join("copy/.hidden").exists());
    // Files changed since then are not.
    let file =
        std::fs::File::options().write(true).open(home.path().join("site/f")).expect("a file");
    let later = std::time::SystemTime::now() + std::time::Duration::from_secs(30);
    file.set_modified(later).expect("a time");
    let changed = any(&["mirror", "-n", "site", &url]).ok();
    assert!(changed.stdout.contains("upload/site/f"), "{changed:?}");
}

/// Pure-FTPd lists 10,000 entries of a directory and says that there are more.
#[test]
fn what_a_listing_cut_short_does_not_show_is_not_deleted_uncounted() {
    let Some(other) = other_server("pureftpd") else { return };
    let (site, old) = (other.folder().join("site"), other.folder().join("site/old"));
    std::fs::create_dir_all(&old).expect("a folder");
    for number in 0..10_020 {
        std::fs::File::create(old.join(format!("{number:05}"))).expect("a file");
    }
    std::fs::File::create(old.join("z.keep")).expect("a file");
    let home = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(home.path().join("site")).expect("a folder");
    // Other directories are transferred nevertheless.
    std::fs::create_dir(site.join("other")).expect("a folder");
    let everybody = std::fs::Permissions::from_mode(0o777);
    std::fs::set_permissions(site.join("other"), everybody).expect("permissions");
    std::fs::create_dir(home.path().join("site/other")).expect("a folder");
    for limit in [["--max-delete", "15000"], ["--exclude", "*.keep"]] {
        std::fs::write(home.path().join("site/other").join(&limit[0][2..]), "x").expect("a file");
        let arguments =
            ["mirror", "-v", "--delete", limit[0], limit[1], "site", &other.url("site")];
        let output = run(client(&arguments).current_dir(home.path()).env("HOME", home.path()));
        assert!(output.stderr.contains("does not show everything in it"), "{limit:?} {output:?}");
        assert!(!output.stderr.contains("> DELE"), "{limit:?} {output:?}");
        assert_eq!(output.code(), Some(11), "{limit:?} {output:?}");
        assert!(site.join("other").join(&limit[0][2..]).exists(), "{limit:?} {output:?}");
    }
    assert_eq!(std::fs::read_dir(site.join("old")).expect("a folder").count(), 10_021);
}

/// `ProFTPD` omits names that start with a dot from LIST, which is how links are recognised.
#[test]
fn a_link_that_list_does_not_show_is_not_gone_through() {
    let Some(other) = other_server("proftpd") else { return };
    let upload = other.folder().join("upload");
    let everybody = std::fs::Permissions::from_mode(0o777);
    for folder in ["shared", "tree", "tree/.real"] {
        std::fs::create_dir(upload.join(folder)).expect("a folder");
        std::fs::set_permissions(upload.join(folder), everybody.clone()).expect("permissions");
    }
    for file in ["shared/f", "tree/.real/f"] {
        std::fs::write(upload.join(file), "x").expect("a file");
    }
    std::os::unix::fs::symlink("../shared", upload.join("tree/.link")).expect("a link");
    let home = tempfile::tempdir().expect("a folder");
    let url = other.url("upload/tree");
    let output =
        run(client(&["rm", "-v", "-r", &url]).current_dir(home.path()).env("HOME", home.path()));
    assert!(upload.join("shared/f").exists(), "{output:?}");
    assert!(!upload.join("tree").exists(), "{output:?}");
}
