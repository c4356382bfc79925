//! Policies that another verb gets around: a right that is missing for one verb must be missing for
//! all that do the same. Servers forgot SITE CPFR and CPTO (CVE-2015-3306, CVE-2019-12815), SITE
//! MKDIR, SYMLINK and UTIME (CVE-2010-3867), and X-verbs.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use packetboat_tests::dialogue::all;
use packetboat_tests::{Dialogue, Server, Setup};

use crate::{Ground, login};

/// All rights.
const RIGHTS: [&str; 10] = [
    "list",
    "read",
    "write",
    "overwrite",
    "append",
    "delete",
    "rename",
    "mkdir",
    "rmdir",
    "attributes",
];

/// What a client sends, with `|` between steps; the rights without which nothing of it is done; and
/// the code of the last reply in that case. A step that starts with `<` transfers data, and uploads
/// if it is allowed to.
#[rustfmt::skip]
const ROWS: &[(&str, &[&str], u16)] = &[
    // Listing.
    ("<LIST", &["list"], 550),
    ("<LIST -la /", &["list"], 550),
    ("<LIST *", &["list"], 550),
    ("<NLST", &["list"], 550),
    ("<NLST d/../*", &["list"], 550),
    ("<MLSD", &["list"], 550),
    ("STAT /", &["list"], 550),
    ("DSIZ d", &["list"], 550),
    // Reading.
    ("<RETR f", &["read"], 550),
    ("REST 1|<RETR f", &["read"], 550),
    ("RANG 0 1|<RETR f", &["read"], 550),
    ("XCRC f", &["read"], 550),
    ("XMD5 f", &["read"], 550),
    ("XSHA f", &["read"], 550),
    ("XSHA1 f", &["read"], 550),
    ("XSHA256 f", &["read"], 550),
    ("XSHA512 f", &["read"], 550),
    ("MD5 f", &["read"], 550),
    ("MMD5 f", &["read"], 550),
    ("HASH f", &["read"], 552),
    ("SITE CPFR f|SITE CPTO new", &["read"], 503),
    // Creating files.
    ("<STOR new", &["write"], 550),
    ("<STOU", &["write"], 550),
    ("<APPE new", &["write"], 550),
    ("SITE CPFR f|SITE CPTO new", &["write"], 550),
    ("COMB \"new\" \"g\"", &["write", "read", "delete"], 550),
    ("SITE SYMLINK f new", &["write"], 550),
    // Replacing files.
    ("<STOR f", &["overwrite"], 550),
    ("REST 1|<STOR f", &["overwrite"], 550),
    ("REST 0|<STOR f", &["overwrite"], 550),
    ("RNFR g|RNTO f", &["overwrite"], 550),
    ("SITE CPFR g|SITE CPTO f", &["overwrite"], 550),
    // Appending.
    ("<APPE f", &["append"], 550),
    ("COMB \"f\" \"g\"", &["append", "read", "delete"], 550),
    // Deleting.
    ("DELE f", &["delete"], 550),
    ("RMDA full", &["delete", "rmdir"], 550),
    // Renaming.
    ("RNFR f|RNTO new", &["rename"], 503),
    ("RNFR d|RNTO new", &["rename"], 503),
    // Directories.
    ("MKD new", &["mkdir"], 550),
    ("XMKD new", &["mkdir"], 550),
    ("SITE MKDIR new", &["mkdir"], 550),
    ("RMD d", &["rmdir"], 550),
    ("XRMD d", &["rmdir"], 550),
    ("SITE RMDIR d", &["rmdir"], 550),
    ("RMDA d", &["rmdir"], 550),
    ("RNFR full|RNTO d", &["rmdir", "overwrite"], 550),
    // Attributes of files.
    ("MFMT 20200101000000 f", &["attributes"], 550),
    ("MFF Modify=20200101000000; f", &["attributes"], 550),
    ("MFF UNIX.mode=0600; f", &["attributes"], 550),
    ("SITE CHMOD 600 f", &["attributes"], 550),
    ("SITE CHMOD 700 d", &["attributes"], 550),
    ("SITE CHGRP GID f", &["attributes"], 550),
    ("SITE UTIME 20200102030405 f", &["attributes"], 550),
];

/// Creates the tree that each row starts with. The root itself is kept, since the server has it
/// open.
fn lay_out(root: &Path) {
    for entry in std::fs::read_dir(root).expect("the folder") {
        let entry = entry.expect("an entry");
        if entry.file_type().expect("what it is").is_dir() {
            std::fs::remove_dir_all(entry.path()).expect("removed");
        } else {
            std::fs::remove_file(entry.path()).expect("removed");
        }
    }
    for name in ["d", "full"] {
        std::fs::create_dir_all(root.join(name)).expect("a directory");
    }
    for (name, content) in [("f", "first"), ("g", "second"), ("full/h", "third")] {
        std::fs::write(root.join(name), content).expect("a file");
    }
}

/// Everything in a tree that a client could change.
fn state(root: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut left = vec![root.to_owned()];
    while let Some(folder) = left.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let facts = path.symlink_metadata().expect("what is there");
            let content = if facts.is_dir() {
                left.push(path.clone());
                String::new()
            } else {
                format!("{:?} {}", std::fs::read(&path).ok(), facts.mtime())
            };
            let shown = format!("{:o} {} {content}", facts.mode(), facts.gid());
            found.insert(path.display().to_string(), shown);
        }
    }
    found
}

/// Sends a row's steps, and returns the code of the last reply. `GID` stands for a group to which
/// anybody may give a file: the user's own.
fn try_out(d: &mut Dialogue, steps: &str) -> u16 {
    let steps = steps.replace("GID", &rustix::process::getgid().as_raw().to_string());
    let mut last = 0;
    for step in steps.split('|') {
        last = match step.strip_prefix('<') {
            None => d.ask(step).code,
            Some(line) => {
                let data = d.epsv();
                let first = d.ask(line);
                if first.code != 150 {
                    last = first.code;
                    continue;
                }
                // An upload of nothing still creates a file, or empties one.
                data.shutdown(std::net::Shutdown::Write).expect("a data connection");
                all(data);
                d.reply().code
            }
        };
    }
    last
}

#[test]
fn no_verb_does_what_another_one_is_refused() {
    let ground = Ground::new();
    for missing in RIGHTS {
        let others: Vec<_> = RIGHTS.into_iter().filter(|right| *right != missing).collect();
        ground.add(&[&format!("no-{missing}"), "--rights", &others.join(",")]).ok();
    }
    let server = ground.serve(Setup::default());
    let mut wrong = Vec::new();
    for missing in RIGHTS {
        for (steps, _, code) in ROWS.iter().filter(|(_, needs, _)| needs.contains(&missing)) {
            lay_out(server.folder());
            let before = state(server.folder());
            let got = try_out(&mut login(&server, &format!("no-{missing}")), steps);
            let after = state(server.folder());
            if got != *code || before != after {
                wrong.push(format!("{steps} without {missing}: {got}, {before:?} {after:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    server.check_health();
}

/// The reverse: rows that name too few rights would prove nothing.
#[test]
fn with_its_rights_alone_each_verb_does_its_work() {
    let ground = Ground::new();
    let server = ground.serve(Setup::default());
    ground.add(&["anna", "--rights", "all"]).ok();
    let mut d = login(&server, "anna");
    for (steps, _, _) in ROWS {
        lay_out(server.folder());
        let code = try_out(&mut d, steps);
        assert!((200..300).contains(&code), "{steps}: {code}");
    }
}

/// Before login, no request is carried out (CVE-2015-3306: copies without a login).
#[test]
fn before_the_login_no_verb_touches_a_file() {
    let server = Server::start();
    lay_out(server.folder());
    let before = state(server.folder());
    for (steps, _, _) in ROWS {
        let mut d = server.connect();
        for step in steps.split('|') {
            d.expect(step.trim_start_matches('<'), 530);
        }
    }
    // Half a login is not enough.
    let mut d = server.connect();
    d.expect("USER alice", 331);
    for line in ["SITE CPFR f", "SITE CPTO new", "EPSV", "DELE f", "PWD"] {
        d.expect(line, 530);
    }
    assert_eq!(state(server.folder()), before);
}

/// The data of an unfinished upload is in a part beside its file, and no rule mentions the part's
/// name.
#[test]
fn the_part_of_a_file_is_no_way_around_the_rules_for_it() {
    const PART: &str = "d/.secret.part-packetboat";
    let ground = Ground::new();
    ground.add(&["anna", "--rights", "all", "--path", "/**/secret=none"]).ok();
    ground.add(&["bert", "--rights", "all", "--path", "/d=all"]).ok();
    let server = ground.serve(Setup::default());
    let rows: &[(&str, u16)] = &[
        ("<RETR PART", 550),
        ("REST 1|<RETR PART", 550),
        ("RANG 0 1|<RETR PART", 550),
        ("<LIST PART", 550),
        ("STAT PART", 550),
        ("SIZE PART", 550),
        ("MDTM PART", 550),
        ("MLST PART", 550),
        ("HASH PART", 552),
        ("XCRC PART", 550),
        ("MD5 PART", 550),
        ("SITE CPFR PART|SITE CPTO new", 503),
        ("COMB \"new\" \"PART\"", 550),
        ("DELE PART", 550),
        ("RNFR PART|RNTO new", 503),
        ("MFMT 20200101000000 PART", 550),
        ("SITE CHMOD 777 PART", 550),
        ("SITE UTIME 20200102030405 PART", 550),
    ];
    for (steps, code) in rows {
        let steps = steps.replace("PART", PART);
        for (name, expected) in [("anna", Some(*code)), ("bert", None)] {
            lay_out(server.folder());
            server.write(PART, "the beginning of a secret");
            let before = state(server.folder());
            let got = try_out(&mut login(&server, name), &steps);
            match expected {
                Some(code) => {
                    assert_eq!((got, state(server.folder())), (code, before), "{steps}");
                }
                // With the rights to the file, each command works.
                None => assert!((200..300).contains(&got), "{steps}: {got}"),
            }
        }
    }
}

/// Listings do not show parts, and RMD removes them with the directory.
#[test]
fn a_directory_is_removed_with_parts_only_by_who_may_delete_them() {
    const PART: &str = "e/.secret.part-packetboat";
    let ground = Ground::new();
    ground.add(&["anna", "--rights", "all", "--path", "/**/secret=none"]).ok();
    ground.add(&["carl", "--rights", "list,write,mkdir,rmdir"]).ok();
    ground.add(&["dora", "--rights", "all", "--path", "/e=list,rmdir"]).ok();
    ground.add(&["bert", "--rights", "all", "--path", "/**/other=none"]).ok();
    let server = ground.serve(Setup::default());
    lay_out(server.folder());
    std::fs::create_dir(server.path("e")).expect("a folder");
    server.write(PART, "the beginning");
    let before = state(server.folder());
    for (name, words) in [("anna", "not empty"), ("carl", "delete"), ("dora", "delete")] {
        for line in ["RMD e", "XRMD e", "RMDA e"] {
            let reply = login(&server, name).expect(line, 550);
            // RMDA also needs the right to delete the directory.
            assert!(line == "RMDA e" || reply.text().contains(words), "{name}: {reply:?}");
        }
    }
    assert_eq!(state(server.folder()), before);
    login(&server, "bert").expect("RMD e", 250);
}
