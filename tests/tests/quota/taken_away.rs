//! Folders from which other programs remove files, and accounts that may store but not delete: a
//! quota counts as full only if the disk agrees, and parts of interrupted uploads do not block
//! anybody for ever.

use std::io::Write as _;

use packetboat_tests::program::{client, run};
use packetboat_tests::{Dialogue, wait_for};

use crate::{House, PASSWORD, break_off, disk, login, quota, store};

/// A hot folder: another program takes away whatever arrives, so it never holds more than one file.
#[test]
fn a_quota_is_not_used_up_by_what_was_taken_away() {
    let house = House::new();
    house.add_with_rights("cam", "drop-box", &["--quota", "100KiB", "--quota-files", "3"]);
    let server = house.serve(&[]);
    let mut d = login(&server, "cam");
    let root = house.root("cam");
    // Small files, large ones that reach the limit during the upload, and directories.
    for (round, length) in [9_000, 60_000, 95_000, 102_400, 10, 102_400].into_iter().enumerate() {
        let name = format!("p{round}");
        wait_for("room", || (stored(&mut d, &name, length) == 226).then_some(()));
        assert_eq!(disk(&root), (length as u64, 1), "all earlier files are gone");
        std::fs::remove_file(root.join(&name)).expect("it is there");
    }
    for round in 0..5 {
        wait_for("room", || (d.ask(format!("MKD d{round}")).code == 257).then_some(()));
        std::fs::remove_dir(root.join(format!("d{round}"))).expect("it is there");
    }
    wait_for("room", || (d.ask("ALLO 102400").code == 200).then_some(()));
    // A quota that is full according to the disk is full; once nothing is removed any more, the
    // refusal is final.
    wait_for("room", || (stored(&mut d, "full", 102_400) == 226).then_some(()));
    wait_for("a refusal", || (stored(&mut d, "more", 10) == 552).then_some(()));
    for _ in 0..3 {
        assert_eq!(stored(&mut d, "more", 10), 552);
    }
    assert_eq!((quota(&mut d), disk(&root)), ((102_400, 1), (102_400, 1)));
}

/// The code of the last reply to an upload.
fn stored(d: &mut Dialogue, name: &str, length: usize) -> u16 {
    let mut data = d.epsv();
    let begun = d.ask(format!("STOR {name}"));
    if begun.code != 150 {
        return begun.code;
    }
    // The server may close the connection at any byte.
    let _ = data.write_all(&vec![7; length]);
    drop(data);
    d.reply().code
}

/// During another upload the disk cannot be counted: 452 asks to try again, and what arrived is
/// kept until then.
#[test]
fn what_cannot_be_counted_yet_is_told_with_452() {
    let house = House::new();
    house.add("anna", &["--quota", "100KiB"]);
    let server = house.serve(&[]);
    let mut d = login(&server, "anna");
    let root = house.root("anna");
    store(&mut d, "STOR gone", &[7; 90_000]).code(226);
    std::fs::remove_file(root.join("gone")).expect("it is there");
    let mut other = login(&server, "anna");
    let mut data = other.epsv();
    other.expect("STOR slow", 150);
    data.write_all(&[1; 100]).expect("the server reads");
    let arrived = "100 bytes so far";
    wait_for(arrived, || other.expect("STAT", 211).text().contains(arrived).then_some(()));
    let refused = wait_for("a doubt", || {
        let reply = store(&mut d, "STOR f", &[7; 50_000]);
        (reply.code == 452).then_some(reply)
    });
    refused
        .says("recounts your files as soon as nothing else of your account is running")
        .says("are kept, so send REST");
    d.expect("ALLO 50000", 452).says("recounts your files");
    d.expect("EPSV", 229);
    d.expect("STOR g", 452).says("recounts your files");
    drop(data);
    other.reply().code(226);
    store(&mut d, "STOR f", &[7; 50_000]).code(226);
    assert_eq!((quota(&mut d), disk(&root)), ((50_100, 2), (50_100, 2)));
}

#[test]
fn who_may_not_delete_is_left_no_part_that_fills_the_quota() {
    let house = House::new();
    house.add_with_rights("cam", "drop-box,append", &["--quota", "100KiB"]);
    let server = house.serve(&["--self-signed"]);
    let mut d = login(&server, "cam");
    let root = house.root("cam");
    let empty = |d: &mut Dialogue| assert_eq!((quota(d), disk(&root)), ((0, 0), (0, 0)));
    let told = store(&mut d, "STOR large", &[7; 300_000]).code(552).text();
    assert!(told.contains("your account may not delete; try again once files have"), "{told}");
    assert!(!told.contains("DELE") && !told.contains("kept"), "{told}");
    empty(&mut d);
    // Text, and an upload resumed after the network broke.
    d.expect("TYPE A", 200);
    store(&mut d, "STOR text", &b"0123456789abcde\r\n".repeat(20_000)).code(552);
    d.expect("TYPE I", 200);
    empty(&mut d);
    break_off(&mut d, "STOR large", &[7; 50_000]);
    assert_eq!(disk(&root), (50_000, 1), "an upload cut off by the network is kept for resuming");
    d.expect("REST 50000", 350);
    store(&mut d, "STOR large", &[7; 300_000]).code(552);
    empty(&mut d);
    // A finished file stays as it was.
    store(&mut d, "STOR log", &[7; 1_000]).code(226);
    store(&mut d, "APPE log", &[7; 300_000]).code(552);
    assert_eq!((quota(&mut d), disk(&root)), ((1_000, 1), (1_000, 1)));
    // Our client does not advise what the account may not do.
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("large"), vec![7; 300_000]).expect("a file");
    let url = format!("ftp://cam@{}/large", server.address());
    let mut put = client(&["put", "large", &url]);
    let put = run(put.env("PACKETBOAT_PASSWORD", PASSWORD).current_dir(folder.path()));
    assert!(put.stderr.contains("ask the administrator for a larger quota"), "{put:?}");
    assert!(!put.stderr.contains("packetboat rm"), "{put:?}");
    assert_eq!(disk(&root), (1_000, 1));
}
