//! `limits.keep-parts`: old parts of interrupted uploads are removed wherever they are, and the
//! removal is logged.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, SystemTime};

use packetboat_tests::keeper::{KEPT_PASSWORD, Keeper};
use packetboat_tests::{Server, Setup, wait_for};

const PART: &str = ".f.part-packetboat";

/// Creates a part that nobody has written to for this many days.
fn part(folder: &Path, days: u32) {
    std::fs::create_dir_all(folder).expect("a folder");
    std::fs::write(folder.join(PART), "left").expect("a part");
    let file = File::options().write(true).open(folder.join(PART)).expect("a part");
    let time = SystemTime::now() - Duration::from_secs(86_400) * days;
    file.set_modified(time).expect("its time");
}

fn is_there(folder: &Path) -> bool {
    folder.join(PART).exists()
}

#[test]
fn old_parts_are_removed_at_the_start_wherever_an_account_may_store() {
    let keeper = Keeper::new();
    let (root, extra, served) = (keeper.path("root"), keeper.path("extra"), keeper.path("served"));
    for folder in [&root, &extra, &served.join("a/b")] {
        part(folder, 8);
    }
    let young = served.join("young");
    part(&young, 6);
    let folder = format!("more={}", extra.display());
    keeper.add(&["anna", "--root", root.to_str().expect("UTF-8"), "--folder", &folder]);
    // The root of this account lies in the served folder, and is reached from there.
    let inner = served.join("inner");
    part(&inner, 8);
    keeper.add(&["bert", "--root", inner.to_str().expect("UTF-8")]);
    let arguments = [keeper.arguments(), vec!["--set", "limits.keep-parts=7d"]].concat();
    let files = vec![("--audit-log", "audit"), ("--log-file", "general")];
    let server =
        Server::with(Setup { folder: Some(served.clone()), arguments, files, ..Setup::default() });
    wait_for("old parts to be gone", || {
        let all = [&root, &extra, &served.join("a/b"), &inner];
        (!all.into_iter().any(|folder| is_there(folder))).then_some(())
    });
    assert!(is_there(&young));
    let general = wait_for("the log", || {
        let log = std::fs::read_to_string(server.further("general")).expect("a log");
        (log.matches("removed what an upload to ").count() == 4).then_some(log)
    });
    for words in [
        "upload to /a/b/f in the shared folder had left: 4 bytes, last written to at ",
        "upload to /inner/f in the shared folder had left",
        "upload to /f in the root of anna had left",
        "upload to /f in the folder more of anna had left",
    ] {
        assert!(general.contains(words), "{words}: {general}");
    }
    wait_for("the audit log", || {
        let log = std::fs::read_to_string(server.further("audit")).expect("a log");
        (log.matches("\"event\":\"part removed\"").count() == 4).then_some(())
    });
    // A part that is young enough can still be resumed.
    let mut d = server.login();
    d.expect("REST 4", 350);
    d.store("STOR young/f", b" over").code(226);
    assert_eq!(server.read("young/f"), b"left over");
    server.check_health();
}

#[test]
fn without_the_setting_parts_stay_and_a_reload_brings_it() {
    let setup = Setup { config: Some("[limits]\nqueue = 0\n".to_owned()), ..Setup::default() };
    let server = Server::with(setup);
    part(server.folder(), 300);
    // Meanwhile an upload to another part is under way.
    let busy = server.path("busy");
    part(&busy, 300);
    let mut d = server.login();
    let mut data = d.epsv();
    d.expect("REST 4", 350);
    d.expect("STOR busy/f", 150);
    part(&busy, 300);
    assert!(is_there(server.folder()), "without the setting nothing is removed");
    server.reload("[limits]\nkeep-parts = \"30d\"\n", "was reloaded");
    server.wait_for_log("removed what an upload to /f in the shared folder had left");
    assert!(!is_there(server.folder()));
    assert!(is_there(&busy), "a part that is being written is kept");
    data.write_all(b" over").expect("the server reads");
    drop(data);
    d.reply().code(226);
    assert_eq!(server.read("busy/f"), b"left over");
}

#[test]
fn a_quota_has_room_again_once_an_old_part_is_gone() {
    let keeper = Keeper::new();
    let root = keeper.path("root");
    part(&root, 8);
    let shown = root.to_str().expect("UTF-8");
    keeper.add(&["anna", "--rights", "all", "--root", shown, "--quota", "8"]);
    let config = Some("[limits]\nqueue = 0\n".to_owned());
    let arguments = keeper.arguments();
    let server = Server::with(Setup { config, arguments, ..Setup::default() });
    let mut d = server.connect();
    d.login("anna", KEPT_PASSWORD);
    d.store("STOR g", b"12345").code(552);
    d.expect("DELE g", 250);
    server.reload("[limits]\nkeep-parts = \"7d\"\n", "was reloaded");
    wait_for("the part to be gone", || (!is_there(&root)).then_some(()));
    // A count of the disk is trusted for a moment.
    wait_for("room", || {
        let mut data = d.epsv();
        let mut reply = d.ask("STOR g");
        if reply.code == 150 {
            // The server may close the connection at any byte.
            let _ = data.write_all(b"12345");
            drop(data);
            reply = d.reply();
        }
        (reply.code == 226).then_some(())
    });
}
