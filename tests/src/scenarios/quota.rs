//! Quotas: 552 for what an account may not store, before and in the middle of the data; 452 while
//! the count is in doubt; and the replies that report the count.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use super::{Answer, Scenario, last, row};
use crate::program::{packetboat, run, run_with_input};
use crate::{Dialogue, PASSWORD, Reply, Server, Setup, wait_for};

pub(super) const ROWS: &[Scenario] = &[
    row(
        211,
        "quota and usage",
        "SITE QUOTA of an account that has stored 4 of its 10 bytes.",
        ["Your quota", "4 of 10 bytes and 1 of 2 files stored"],
        || asked(&["SITE QUOTA"]),
    ),
    row(
        213,
        "space within a quota",
        "AVBL of an account that may store 6 more bytes.",
        ["6", ""],
        || asked(&["AVBL"]),
    ),
    row(
        552,
        "announced file exceeds the quota",
        "ALLO of 7 bytes where the quota has room for 6.",
        ["4 of 10 bytes", "delete files (listings hide unfinished uploads"],
        || asked(&["ALLO 7"]),
    ),
    row(
        552,
        "less room left than announced",
        "STOR of 6 bytes announced with ALLO, after another session has stored 3 bytes.",
        ["\"/g\"", "7 of 10 bytes"],
        || {
            with_quota(|d| {
                d.expect("ALLO 6", 200);
                let server = d.stream().peer_addr().expect("an address");
                let mut other = Dialogue::connect(server);
                other.login("quota", PASSWORD);
                other.store("APPE f", b"456").code(226);
                last(d, &["EPSV", "STOR g"])
            })
        },
    ),
    row(
        552,
        "quota exceeded during the upload",
        "STOR of 20 bytes where the quota has room for 6.",
        [
            "\"/g\"",
            "6 bytes are kept and count against the quota, so send REST 6 and STOR again to resume, or DELE to free them",
        ],
        || stored("STOR g"),
    ),
    row(
        552,
        "quota full before the upload",
        "APPE to a file when the quota is full.",
        ["10 of 10 bytes", "listings hide unfinished uploads, but DELE removes them"],
        || {
            with_quota(|d| {
                store(d, "APPE f");
                d.expect("EPSV", 229);
                Ok(d.ask("APPE f"))
            })
        },
    ),
    row(
        552,
        "quota exceeded without the right to delete",
        "STOR of 20 bytes into a drop box where the quota has room for 6.",
        ["4 of 10 bytes", "your account may not delete; try again once files have been removed"],
        || with_rights("drop-box", |d, _| Ok(store(d, "STOR g"))),
    ),
    row(
        452,
        "quota in doubt",
        "STOR of 20 bytes during another upload, after a program has removed the file that filled the quota.",
        ["\"/g\"", "recounts your files as soon as nothing else of your account is running"],
        || {
            with_rights("all", |d, root| {
                let server = d.stream().peer_addr().expect("an address");
                let mut other = Dialogue::connect(server);
                other.login("quota", PASSWORD);
                let _data = other.epsv();
                other.expect("APPE f", 150);
                std::fs::remove_file(root.join("f")).expect("it is there");
                // The count of the disk is trusted for a moment.
                Ok(wait_for("a doubt", || {
                    Some(store(d, "STOR g")).filter(|reply| reply.code == 452)
                }))
            })
        },
    ),
    row(
        552,
        "quota of files full",
        "MKD where 2 of 2 files exist.",
        ["\"/e\"", "2 of 2 files"],
        || asked(&["MKD d", "MKD e"]),
    ),
];

/// The reply to the last of some commands.
fn asked(lines: &[&str]) -> Answer {
    with_quota(|d| last(d, lines))
}

fn stored(line: &str) -> Answer {
    with_quota(|d| Ok(store(d, line)))
}

/// Sends 20 bytes, or as many of them as the server accepts.
fn store(d: &mut Dialogue, line: &str) -> Reply {
    let mut data = d.epsv();
    d.expect(line, 150);
    let _ = data.write_all(&[b'x'; 20]);
    drop(data);
    d.reply()
}

/// Runs in a session of an account that may store 10 bytes and 2 files, and has stored a file `f`
/// of 4 bytes.
fn with_quota(work: impl FnOnce(&mut Dialogue) -> Answer) -> Answer {
    with_rights("all", |d, _| work(d))
}

/// The same with these rights; `work` also gets the account's root.
fn with_rights(rights: &str, work: impl FnOnce(&mut Dialogue, &Path) -> Answer) -> Answer {
    let keeps = tempfile::tempdir().expect("a folder");
    let root = keeps.path().join("root");
    std::fs::create_dir(&root).expect("a root");
    std::fs::write(root.join("f"), "0123").expect("a file");
    let database = keeps.path().join("accounts.db").display().to_string();
    let user = |words: &[&str]| {
        let mut command = Command::new(packetboat());
        command.arg("user").args(words).args(["--database", &database]);
        command
    };
    run(&mut user(&["cost", "m=8,t=1,p=1"])).ok();
    let shown = root.display().to_string();
    let terms = ["--rights", rights, "--root", &shown, "--quota", "10", "--quota-files", "2"];
    let mut add = user(&["add", "quota"]);
    run_with_input(add.args(terms), PASSWORD.as_bytes()).ok();
    let arguments = vec!["--database", &*Box::leak(database.clone().into_boxed_str())];
    let server = Server::with(Setup { arguments, ..Setup::default() });
    let mut d = server.connect();
    d.login("quota", PASSWORD);
    d.expect("TYPE I", 200);
    work(&mut d, &root)
}
