//! What counts against a quota, and what is refused when the quota is reached.

use std::io::Write as _;

use packetboat_tests::program::{client, run};
use packetboat_tests::{Dialogue, wait_for};

use crate::{House, PASSWORD, break_off, disk, login, quota, store};

#[test]
fn every_verb_is_counted() {
    let house = House::new();
    house.add("anna", &["--quota", "1MiB", "--quota-files", "50"]);
    let server = house.serve(&[]);
    let mut d = login(&server, "anna");
    let root = house.root("anna");
    let check = |d: &mut Dialogue, what: &str| assert_eq!(quota(d), disk(&root), "{what}");
    check(&mut d, "nothing");
    store(&mut d, "STOR a", &[1; 1000]).code(226);
    check(&mut d, "STOR");
    store(&mut d, "STOR a", &[1; 400]).code(226);
    check(&mut d, "STOR over a file");
    store(&mut d, "APPE a", &[1; 70]).code(226);
    check(&mut d, "APPE");
    d.expect("REST 100", 350);
    store(&mut d, "STOR a", &[1; 20]).code(226);
    check(&mut d, "REST and STOR");
    store(&mut d, "STOU", &[1; 33]).code(226);
    check(&mut d, "STOU");
    d.expect("MKD d", 257);
    d.expect("SITE MKDIR e", 200);
    check(&mut d, "MKD");
    d.expect("SITE SYMLINK a l", 200);
    check(&mut d, "SITE SYMLINK");
    for copy in ["d/b", "d/c", "e/f"] {
        d.expect("SITE CPFR a", 350);
        d.expect(format!("SITE CPTO {copy}"), 250);
    }
    check(&mut d, "SITE CPTO");
    d.expect("COMB \"d/all\" \"d/b\" \"d/c\"", 250);
    check(&mut d, "COMB");
    d.expect("RNFR d/all", 350);
    d.expect("RNTO a", 250);
    check(&mut d, "RNTO over a file");
    break_off(&mut d, "STOR broken", &[1; 4000]);
    check(&mut d, "a broken upload");
    break_off(&mut d, "STOR a", &[1; 500]);
    check(&mut d, "a broken upload over a file");
    d.expect("DELE broken", 250);
    check(&mut d, "DELE of a part");
    d.expect("DELE l", 250);
    check(&mut d, "DELE");
    break_off(&mut d, "STOR d/broken", &[1; 4000]);
    d.expect("RMD d", 250);
    check(&mut d, "RMD of a folder with a part");
    d.expect("RMDA e", 250);
    check(&mut d, "RMDA");
    d.expect("MODE Z", 200);
    store(&mut d, "STOR nothing", &[]);
    check(&mut d, "MODE Z");
    d.expect("MODE S", 200);
    // Another session shows the same count, also in STAT.
    let mut other = login(&server, "anna");
    check(&mut other, "another session");
    let (bytes, files) = disk(&root);
    let status = d.expect("STAT", 211);
    status.says(&format!("Your quota: {bytes} of 1048576 bytes and {files} of 50 files stored."));
    other.expect("DELE a", 250);
    check(&mut d, "what another session has done");
    let mut guest = server.connect();
    guest.login("anonymous", "x");
    guest.expect("SITE QUOTA", 211).says("Your account has no quota.");
    server.check_health();
}

#[test]
fn what_exceeds_the_quota_is_refused_as_early_as_can_be() {
    let house = House::new();
    house.add("anna", &["--quota", "100KiB", "--quota-files", "3"]);
    let server = house.serve(&[]);
    let mut d = login(&server, "anna");
    let root = house.root("anna");
    // The upload is announced.
    d.expect("ALLO 102401", 552).says("0 of 102400 bytes and 0 of 3 files stored; delete files");
    d.expect("ALLO 102400", 200);
    d.expect("AVBL", 213).says("102400");
    // The quota is exceeded during the upload: what fits is kept and counted.
    let reply = store(&mut d, "STOR f", &[7; 300 << 10]).code(552);
    reply.says("102400 of 102400 bytes and 1 of 3 files stored; delete files");
    assert_eq!((quota(&mut d), disk(&root)), ((102_400, 1), (102_400, 1)));
    assert_eq!(
        house.root("anna").join(".f.part-packetboat").metadata().expect("it").len(),
        102_400
    );
    // The quota is full: refused before 150.
    for line in ["STOR g", "STOU", "APPE f"] {
        let _data = d.epsv();
        d.expect(line, 552).says("102400 of 102400 bytes");
    }
    d.expect("AVBL", 213).says("0");
    d.expect("DELE f", 250);
    store(&mut d, "STOR f", &[7; 60 << 10]).code(226);
    // The replaced file makes room.
    store(&mut d, "STOR f", &[7; 90 << 10]).code(226);
    store(&mut d, "STOR f", &[7; 101 << 10]).code(552);
    assert_eq!((quota(&mut d), disk(&root)), ((90 << 10, 1), (90 << 10, 1)));
    // A copy that does not fit leaves nothing behind.
    d.expect("SITE CPFR f", 350);
    d.expect("SITE CPTO g", 552);
    assert_eq!(disk(&root), (90 << 10, 1));
    // An announced upload that no longer fits is refused before its data is sent.
    d.expect("ALLO 10000", 200);
    let mut other = login(&server, "anna");
    store(&mut other, "STOR g", &[7; 5 << 10]).code(226);
    let data = d.epsv();
    d.expect("STOR h", 552);
    drop(data);
    // The limit on files.
    d.expect("MKD d", 257);
    d.expect("MKD e", 552).says("3 of 3 files");
    d.expect("SITE SYMLINK f l", 552);
    let _data = d.epsv();
    d.expect("STOR i", 552);
    store(&mut d, "STOR g", &[7; 1 << 10]).code(226);
    d.expect("DELE g", 250);
    d.expect("MKD e", 257);
    assert_eq!(quota(&mut d), disk(&root));
}

#[test]
fn sessions_of_one_account_never_store_more_together() {
    let house = House::new();
    house.add("anna", &["--quota", "3MiB"]);
    let server = house.serve(&[]);
    let limit = 3 << 20;
    std::thread::scope(|scope| {
        for session in 0..6 {
            let (server, house) = (&server, &house);
            scope.spawn(move || {
                let mut d = login(server, "anna");
                for round in 0..4 {
                    let mut data = d.epsv();
                    if d.ask(format!("STOR {session}.{round}")).code == 150 {
                        let _ = data.write_all(&vec![1; 700_000]);
                        drop(data);
                        d.reply();
                    }
                    assert!(disk(&house.root("anna")).0 <= limit);
                }
            });
        }
    });
    assert_eq!(disk(&house.root("anna")).0, limit, "everything that fits is kept");
    assert_eq!(quota(&mut login(&server, "anna")), disk(&house.root("anna")));
}

#[test]
fn uploads_in_every_form_end_at_the_quota() {
    let house = House::new();
    house.add("anna", &["--quota", "500KiB"]);
    let server = house.serve(&["--self-signed"]);
    let mut d = login(&server, "anna");
    let root = house.root("anna");
    for (kind, mode, strukture) in
        [("I", "S", "F"), ("I", "B", "F"), ("A", "S", "F"), ("A", "B", "F")]
    {
        for line in [format!("TYPE {kind}"), format!("MODE {mode}"), format!("STRU {strukture}")] {
            d.expect(line, 200);
        }
        let text = "0123456789abcde\r\n".repeat(100_000);
        // Blocks: 4000 bytes, each after a header.
        let blocks: Vec<u8> =
            (0..300).flat_map(|_| [&[0, 0x0F, 0xA0][..], &[b'x'; 4000][..]].concat()).collect();
        let content = if mode == "B" { &blocks } else { text.as_bytes() };
        let code = store(&mut d, "STOR f", content).code;
        assert_eq!(code, 552, "TYPE {kind} MODE {mode} STRU {strukture}");
        d.expect("MODE S", 200);
        assert_eq!(disk(&root).0, 500 << 10);
        assert_eq!(quota(&mut d), disk(&root));
        d.expect("DELE f", 250);
    }
}

#[test]
fn a_group_gives_its_quota_to_each_member_and_no_quota_costs_nothing() {
    let house = House::new();
    house.keeper.run(&["group", "add", "staff", "--quota", "1000", "--quota-files", "2"]).ok();
    house.add("anna", &["--group", "staff"]);
    house.add("bert", &["--group", "staff", "--quota", "unlimited"]);
    house.add("carl", &[]);
    let server = house.serve(&[]);
    let mut anna = login(&server, "anna");
    let mut bert = login(&server, "bert");
    store(&mut anna, "STOR f", &[7; 2000]).code(552);
    store(&mut bert, "STOR f", &[7; 2000]).code(226);
    assert_eq!(quota(&mut anna), (1000, 1));
    bert.expect("SITE QUOTA", 211).says("Your quota: 2000 bytes and 1 of 2 files stored.");
    let mut carl = login(&server, "carl");
    carl.expect("SITE QUOTA", 211).says("no quota");
    store(&mut carl, "STOR f", &[7; 2000]).code(226);
    assert!(house.show("carl")["stored"].is_null());
    // A quota that is set later counts what is already there; one that is removed and set again
    // recounts.
    drop(carl);
    for _ in 0..2 {
        house.user(&["set", "carl", "--quota", "2001"]).ok();
        let mut carl = login(&server, "carl");
        carl.expect("AVBL", 213).says("1");
        drop(carl);
        house.user(&["set", "carl", "--quota", "unlimited"]).ok();
        let mut carl = login(&server, "carl");
        store(&mut carl, "STOR f", &[7; 1999]).code(226);
        store(&mut carl, "APPE f", &[7; 1]).code(226);
    }
}

#[test]
fn further_folders_are_not_counted() {
    let house = House::new();
    std::fs::create_dir(house.root("pool")).expect("a folder");
    let pool = format!("pool={}", house.root("pool").display());
    house.add("anna", &["--quota", "1000", "--folder", &pool]);
    let server = house.serve(&[]);
    let mut d = login(&server, "anna");
    store(&mut d, "STOR pool/f", &[7; 5000]).code(226);
    store(&mut d, "STOR f", &[7; 600]).code(226);
    assert_eq!(quota(&mut d), (600, 1));
    d.expect("ALLO 500", 552);
    d.expect("CWD pool", 250);
    d.expect("ALLO 500", 200);
    store(&mut d, "STOR g", &[7; 500]).code(226);
    // A copy into the root counts like any upload.
    d.expect("SITE CPFR f", 350);
    d.expect("SITE CPTO /g", 552).says("600 of 1000 bytes");
    d.expect("SITE CPFR g", 350);
    d.expect("SITE CPTO /g", 552);
    d.expect("DELE f", 250);
    assert_eq!(quota(&mut d), disk(&house.root("anna")));
    d.expect("DELE /f", 250);
    d.expect("SITE CPFR g", 350);
    d.expect("SITE CPTO /g", 250);
    assert_eq!(quota(&mut d), (500, 1));
}

/// A client that goes on sending learns the reason, and not only that its connection was reset.
#[test]
fn what_does_not_fit_is_read_on_so_that_the_reason_arrives() {
    let house = House::new();
    house.add("anna", &["--quota", "100KiB"]);
    let server = house.serve(&[]);
    let mut d = login(&server, "anna");
    // The client can send everything.
    d.store("STOR f", &[7; 8 << 20]).code(552).says("102400 of 102400 bytes");
    d.expect("NOOP", 200);
    // The server reads only so much more: then the data connection ends, and the session goes on.
    let mut data = d.epsv();
    d.expect("DELE f", 250);
    drop(data);
    data = d.epsv();
    d.expect("STOR f", 150);
    let block = vec![7; 1 << 20];
    let sent = (0..1024).take_while(|_| data.write_all(&block).is_ok()).count();
    assert!(sent < 1024, "the server reads on for ever");
    d.reply().code(552);
    d.expect("NOOP", 200);
}

/// Listings do not show parts, so a message about a full quota mentions them.
#[test]
fn a_quota_that_an_unfinished_upload_fills_is_told_with_the_way_out() {
    let house = House::new();
    house.add("anna", &["--quota", "10"]);
    let server = house.serve(&[]);
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("large"), [b'x'; 20]).expect("a file");
    std::fs::write(folder.path().join("small"), "abc").expect("a file");
    let url = |name: &str| format!("ftp://anna@{}/{name}", server.address());
    let packetboat = |arguments: &[&str]| {
        let mut command = client(arguments);
        run(command.env("PACKETBOAT_PASSWORD", PASSWORD).current_dir(folder.path()))
    };
    let broken = packetboat(&["put", "large", &url("large")]);
    let told = "10 bytes are kept and count against the quota, so send REST 10 and STOR again to resume, or DELE to free them";
    assert!(broken.stderr.contains(told), "{broken:?}");
    assert!(
        broken.stderr.contains("`packetboat rm` with the address of that upload"),
        "{broken:?}"
    );
    assert_eq!(packetboat(&["ls", &url("")]).ok().stdout, "");
    let full = packetboat(&["put", "small", &url("small")]);
    assert!(
        full.stderr.contains("listings hide unfinished uploads, but DELE removes them"),
        "{full:?}"
    );
    // The advice helps.
    packetboat(&["rm", &url("large")]).ok();
    packetboat(&["put", "small", &url("small")]).ok();
}

/// A session that was already open used to store without limit until the next login.
#[test]
fn a_quota_that_is_new_counts_for_sessions_that_are_open() {
    let house = House::new();
    house.add("anna", &[]);
    let server = house.serve(&[]);
    let (mut idle, mut busy) = (login(&server, "anna"), login(&server, "anna"));
    store(&mut idle, "STOR before", &[1; 40_000]).code(226);
    let mut data = busy.epsv();
    busy.expect("STOR under-way", 150);
    data.write_all(&[2; 30_000]).expect("the server reads");
    house.user(&["set", "anna", "--quota", "100000"]).ok();
    wait_for("a quota", || idle.ask("SITE QUOTA").text().contains("100000").then_some(()));
    store(&mut idle, "STOR more", &[1; 70_000]).code(552);
    idle.expect("DELE more", 250);
    // The upload that continues uncounted is counted at its end, and whatever follows is refused.
    data.write_all(&[2; 30_000]).expect("the server reads");
    drop(data);
    busy.reply().code(226);
    assert_eq!(disk(&house.root("anna")), (100_000, 2));
    wait_for("a quota", || busy.ask("SITE QUOTA").text().contains("100000").then_some(()));
    for dialogue in [&mut busy, &mut idle] {
        dialogue.epsv_address();
        let refused = dialogue.ask("STOR too-much").code;
        assert!([452, 552].contains(&refused), "{refused}");
    }
    busy.expect("DELE under-way", 250);
    store(&mut busy, "STOR fits", &[3; 1000]).code(226);
    wait_for("the count", || (quota(&mut idle) == disk(&house.root("anna"))).then_some(()));
}
