//! `packetboat get`, `put` and the others against other people's servers.

use packetboat_tests::job::{NAMES, check, check_tree, content, encoded, fill};
use packetboat_tests::others::{Other, other_server};
use packetboat_tests::program::{Output, client, run};

/// What the servers differ in.
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
    std::fs::write(home.path().join("cut"), &large[..1_000_000]).expect("a file");
    let resumed = ok(&["get", "-v", "-c", &other.url("down/large.bin"), "-o", "cut"]);
    assert!(resumed.stderr.contains("REST 1000000"), "{resumed:?}");
    check(&home.path().join("cut"), &large);
    ok(&["put", "large.bin", &other.url("upload/large.bin")]);
    check(&other.folder().join("upload/large.bin"), &large);
    let none = any(&["get", &other.url("none")]);
    assert_eq!(none.code(), Some(5), "{none:?}");
    let stat = ok(&["stat", "--json", &other.url("down/large.bin")]);
    assert!(stat.stdout.contains("\"size\":3000000"), "{stat:?}");
    if ways.changes {
        changes(other, &ok);
    }
}

fn changes(other: &Other, ok: &dyn Fn(&[&str]) -> Output) {
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

#[test]
fn proftpd() {
    let Some(other) = other_server("proftpd") else { return };
    the_job(&other, &Ways { changes: true });
}

#[test]
fn pureftpd() {
    // Anonymous sessions of Pure-FTPd may store and change nothing after.
    let Some(other) = other_server("pureftpd") else { return };
    the_job(&other, &Ways { changes: false });
}
