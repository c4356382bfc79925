//! Problems with the served folder: paths that lead outside, a full disk, permissions, limits, and
//! things that are not files.

use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use packetboat_tests::again::again;
use packetboat_tests::faults::{as_nobody, with_a_file_limit};
use packetboat_tests::keeper::{KEPT_PASSWORD, Keeper, leak};
use packetboat_tests::program::{client, packetboat, run};
use packetboat_tests::{Dialogue, Server, Setup, noise, skip, wait_for};

/// Clients used to connect without getting any reply, and no log gave the reason.
#[test]
fn whom_no_descriptor_is_left_for_is_told_so() {
    let wrapper = ["sh", "-c", "ulimit -n 100; exec \"$0\" \"$@\""].map(str::to_owned).to_vec();
    let arguments = vec!["--set", "guards.sessions=0", "--set", "guards.connections=1000/1s"];
    let server = Server::with(Setup { wrapper, arguments, ..Setup::default() });
    let mut inside = Vec::new();
    let refused = (0..200).find_map(|_| {
        let mut d = Dialogue::connect_silently(server.address());
        let reply = d.reply();
        let refused = (reply.code == 421).then(|| reply.text());
        inside.push(d);
        refused
    });
    let refused = refused.expect("421");
    assert!(refused.contains("as many connections open as its system allows"), "{refused}");
    server.wait_for_log("cannot open any more files or connections");
    server.wait_for_log("may have 100 files and connections open, too few for 20000 sessions");
    // One free place admits one client.
    inside.truncate(5);
    wait_for("a place", || {
        Dialogue::connect_silently(server.address()).reply().code.eq(&220).then_some(())
    });
}

#[test]
fn nothing_outside_the_folder_can_be_reached() {
    let outside = tempfile::tempdir().expect("a folder");
    std::fs::write(outside.path().join("secret"), "secret").expect("a file");
    let far = outside.path().to_str().expect("a path in UTF-8");
    let server = Server::start();
    symlink(outside.path(), server.path("far")).expect("a link");
    symlink(outside.path().join("secret"), server.path("far-file")).expect("a link");
    symlink("..", server.path("up")).expect("a link");
    symlink("loop", server.path("loop")).expect("a link");
    server.write("f", "x");
    let mut d = server.login();
    let beyond = format!("/../../../../../../{far}/secret");
    for path in ["../secret", "/etc/passwd", "far/secret", "far-file", "up/log", "loop", &beyond] {
        d.epsv_address();
        for verb in ["RETR", "SIZE", "MDTM", "MLST", "STAT"] {
            d.expect(format!("{verb} {path}"), 550);
        }
    }
    for path in ["far/new", "far-file", "up/new"] {
        d.epsv_address();
        for verb in ["STOR", "APPE"] {
            let reply = d.ask(format!("{verb} {path}"));
            assert!([550, 553].contains(&reply.code), "{verb} {path}: {}", reply.text());
        }
    }
    for line in ["CWD far", "CWD up", "MKD far/d", "RMD far", "DELE far/secret", "DELE up/log"] {
        d.expect(line, 550);
    }
    d.expect("CWD far", 550).says("it leads outside the shared folder");
    d.expect("RETR loop", 550).says("form a loop");
    d.expect("RNFR f", 350);
    let reply = d.ask("RNTO far/f");
    assert!([550, 553].contains(&reply.code), "{}", reply.text());
    // The parent of the root is the root, as in a file system.
    d.expect("CWD ../..", 250).says("\"/\"");
    let left: Vec<_> = std::fs::read_dir(outside.path()).expect("a folder").collect();
    assert_eq!(left.len(), 1);
    assert_eq!(std::fs::read(outside.path().join("secret")).expect("the file"), b"secret");
    assert_eq!(server.read("f"), b"x");
}

#[test]
fn things_that_are_no_files() {
    let server = Server::start();
    std::fs::create_dir(server.path("d")).expect("a directory");
    server.write("f", "x");
    assert!(run(Command::new("mkfifo").arg(server.path("fifo"))).status.success());
    let mut d = server.login();
    d.epsv_address();
    d.expect("RETR d", 550).says("it is a directory; name a file");
    d.expect("STOR d", 553).says("it is a directory");
    d.expect("APPE d", 553);
    d.expect("DELE d", 550);
    // A FIFO without a writer would block whoever opens it.
    d.expect("RETR fifo", 550).says("neither a plain file nor a directory");
    for verb in ["STOR", "APPE"] {
        let reply = d.ask(format!("{verb} fifo")).says("neither a plain file");
        assert!([550, 553].contains(&reply.code));
    }
    d.expect("RETR f/x", 550);
    d.expect("CWD f/x", 550);
    let reply = d.ask("STOR f/x");
    assert!([550, 553].contains(&reply.code), "{}", reply.text());
    d.expect("STOR .f.part-packetboat", 553).says("reserves such names for unfinished uploads");
    d.expect("RNFR f", 350);
    d.expect("RNTO d", 553);
    server.check_health();
}

#[test]
fn a_folder_that_vanishes_under_the_server() {
    let folder = tempfile::tempdir().expect("a folder");
    let served = folder.path().join("served");
    let server = Server::with(Setup { folder: Some(served.clone()), ..Setup::default() });
    server.write("f", "x");
    let mut d = server.login();
    d.expect("MKD d", 257);
    d.expect("CWD d", 250);
    std::fs::remove_dir_all(&served).expect("the folder");
    d.epsv_address();
    d.expect("LIST", 550).says("\"/d\"");
    d.expect("RETR /f", 550).says("\"/f\"");
    let reply = d.ask("STOR x");
    assert!([550, 553].contains(&reply.code), "{}", reply.text());
    d.expect("PWD", 257).says("\"/d\"");
    d.expect("CWD /", 250);
}

/// The disk of a test that runs once more.
const DISK: &str = "PACKETBOAT_TESTS_DISK";

/// Runs the work on a small file system, in another run of this test. Only that process and its
/// server see the mount, and it disappears with them.
fn on_a_disk(test: &str, options: &str, work: impl Fn(&Path)) {
    if let Some(disk) = std::env::var_os(DISK) {
        return work(Path::new(&disk));
    }
    let folder = tempfile::tempdir().expect("a folder");
    let disk = folder.path().display();
    let mount =
        format!("mount -t tmpfs -o {options} tmpfs '{disk}' && {DISK}='{disk}' exec \"$0\" \"$@\"");
    let wrapper = ["unshare", "--mount", "--map-root-user", "sh", "-c", &mount];
    // Root needs no user namespace, and containers often forbid them.
    let root = rustix::process::geteuid().is_root();
    let wrapper: Vec<_> =
        wrapper.into_iter().filter(|word| !root || *word != "--map-root-user").collect();
    if let Err(why) = again(&wrapper, test) {
        skip("mount", &format!("a small disk cannot be mounted: {why}"));
    }
}

#[test]
fn a_full_disk() {
    on_a_disk("a_full_disk", "size=1m,nr_inodes=64", full);
}

fn full(disk: &Path) {
    let server = Server::with(Setup { folder: Some(disk.to_owned()), ..Setup::default() });
    let content = noise(4 << 20);
    server.write("old", "what was there");
    let mut d = server.login();
    d.expect("ALLO 100000000", 452).says("the server's storage is full");
    // After the refusal, nothing is announced any more: a small file can be stored.
    d.store("STOR small", b"fits").code(226);
    d.expect("DELE small", 250);
    let mut data = d.epsv();
    d.expect("STOR old", 150);
    // The server stops reading once the disk is full.
    let _ = data.write_all(&content);
    drop(data);
    let reply =
        d.reply().code(452).says("the server's storage is full").says("are kept, so send REST");
    // The part that is kept is mentioned only once.
    assert!(!reply.text().contains("unfinished"), "{}", reply.text());
    let kept: usize = reply.text().split_once("; ").map_or(0, |_| {
        let words: Vec<&str> = reply.lines[0]
            .split(|&byte| byte == b' ')
            .map(|word| std::str::from_utf8(word).expect("text"))
            .collect();
        let at = words.iter().position(|word| *word == "REST").expect("REST");
        words[at + 1].parse().expect("a number")
    });
    assert_eq!(server.read("old"), b"what was there");
    assert!(server.read(".old.part-packetboat") == content[..kept], "{kept} bytes");
    d.expect("DELE .old.part-packetboat", 250);
    // The blocks become free once nobody has the part open; the thread that wrote it may be about
    // to close it.
    wait_for("room on the disk", || {
        let found = rustix::fs::statvfs(disk).expect("a file system");
        (found.f_bfree * found.f_frsize >= kept as u64 / 2).then_some(())
    });
    d.store("STOR new", b"there is room again").code(226);
    // No room for another name: refused before any data is sent.
    let mut number = 0;
    while std::fs::write(server.path(&format!("n{number}")), "").is_ok() {
        number += 1;
    }
    d.epsv_address();
    let full = d.expect("STOR another", 452);
    full.says("\"/another\": the server's storage is full")
        .says("listings hide unfinished uploads");
    d.expect("MKD another", 452);
    server.check_health();
}

/// A user who may not delete files is not told to, and leaves no part that would fill the disk for
/// good.
#[test]
fn a_full_disk_for_who_may_not_delete() {
    on_a_disk("a_full_disk_for_who_may_not_delete", "size=1m", full_without_a_right);
}

fn full_without_a_right(disk: &Path) {
    let keeper = Keeper::new();
    keeper.add(&["cam", "--rights", "drop-box", "--root", disk.to_str().expect("UTF-8")]);
    let arguments = keeper.arguments();
    let server = Server::with(Setup { arguments, ..Setup::default() });
    let home = tempfile::tempdir().expect("a folder");
    std::fs::write(home.path().join("large"), noise(4 << 20)).expect("a file");
    let url = format!("ftp://cam@{}/large", server.address());
    let mut put = client(&["put", "--retries", "0", "large", &url]);
    let put = run(put.env("PACKETBOAT_PASSWORD", KEPT_PASSWORD).current_dir(home.path()));
    assert!(put.stderr.contains("\n  452 "), "{put:?}");
    assert!(put.stderr.contains("and your account may not delete; try again once"), "{put:?}");
    assert!(put.stderr.contains("What to do: Try again once files have been removed"), "{put:?}");
    for word in ["DELE", "packetboat rm", "kept"] {
        assert!(!put.stderr.contains(word), "{word}: {put:?}");
    }
    let left: Vec<_> = std::fs::read_dir(disk).expect("a folder").collect();
    assert!(left.is_empty(), "{left:?}");
    // The blocks become free once nobody has the part open any more.
    wait_for("room on the disk", || {
        let found = rustix::fs::statvfs(disk).expect("a file system");
        (found.f_bfree + 8 >= found.f_blocks).then_some(())
    });
    let mut d = server.connect();
    d.login("cam", KEPT_PASSWORD);
    d.store("STOR small", b"fits").code(226);
}

#[test]
fn a_disk_that_may_not_be_written() {
    on_a_disk("a_disk_that_may_not_be_written", "size=1m", read_only);
}

fn read_only(disk: &Path) {
    std::fs::write(disk.join("f"), "x").expect("a file");
    let remount = run(Command::new("mount").args(["-o", "remount,bind,ro"]).arg(disk));
    assert!(remount.status.success(), "{}", remount.stderr);
    let server = Server::with(Setup { folder: Some(disk.to_owned()), ..Setup::default() });
    let mut d = server.login();
    d.epsv_address();
    for line in ["STOR f", "STOR g", "DELE f", "MKD d"] {
        d.expect(line, 550).says("the storage is read-only");
    }
    assert_eq!(d.fetch("RETR f"), b"x");
}

#[test]
fn what_the_system_forbids() {
    let (server, _folder) = match as_nobody() {
        Ok(server) => server,
        Err(missing) => return missing.skip("what_the_system_forbids"),
    };
    let mut d = server.login();
    d.epsv_address();
    for line in [
        "RETR secret",
        "STOR public",
        "APPE public",
        "STOR new",
        "DELE public",
        "MKD d",
        "LIST closed",
        "RETR closed/x",
        "SITE CHMOD 777 public",
    ] {
        d.expect(line, 550).says("the server's operating system denies access");
    }
    d.expect("RNFR public", 350);
    d.expect("RNTO other", 550);
    assert_eq!(d.fetch("RETR public"), b"content");
    server.check_health();
}

#[test]
fn a_file_larger_than_the_system_allows() {
    let server = with_a_file_limit();
    server.write("old", "what was there");
    let mut d = server.login();
    let mut data = d.epsv();
    d.expect("STOR old", 150);
    let _ = data.write_all(&noise(4 << 20));
    drop(data);
    d.reply().code(552).says("larger than the storage allows");
    assert_eq!(server.read("old"), b"what was there");
    d.store("STOR small", b"fits").code(226);
    server.check_health();
}

/// The accounts database is on the full disk, and whoever can make room there must be able to log
/// in.
#[test]
fn logins_on_a_full_disk() {
    on_a_disk("logins_on_a_full_disk", "size=1m", full_of_others);
}

fn full_of_others(disk: &Path) {
    let keeper = Keeper::new();
    keeper.add(&["cam", "--rights", "all"]);
    let [served, state] = ["served", "state"].map(|name| disk.join(name));
    for folder in [&served, &state] {
        std::fs::create_dir(folder).expect("a folder");
    }
    let database = state.join("accounts.db");
    std::fs::copy(keeper.database(), &database).expect("a database");
    let arguments = vec!["--database", leak(database.display().to_string())];
    let serve = || {
        let folder = Some(served.clone());
        Server::with(Setup { folder, arguments: arguments.clone(), ..Setup::default() })
    };
    // The first start writes a setting. The last process to close the database then moves the log's
    // content into the file.
    drop(serve());
    run(&mut keeper_at(&database)).ok();
    let mut fill = std::fs::File::create(served.join("fill")).expect("a file");
    while fill.write_all(&[0; 4096]).is_ok() {}
    let server = serve();
    let mut d = server.connect();
    d.expect("USER cam", 331);
    d.expect("PASS wrong", 530);
    let listed = run(&mut keeper_at(&database));
    assert!(listed.ok().stdout.contains("cam"));
    d.expect("USER cam", 331);
    d.expect(format!("PASS {KEPT_PASSWORD}"), 230);
    d.expect("DELE fill", 250);
    drop(fill);
    d.store("STOR new", b"there is room again").code(226);
}

/// The command `packetboat user list` for this database.
fn keeper_at(database: &Path) -> Command {
    let mut command = Command::new(packetboat());
    command.args(["user", "list", "--database"]).arg(database);
    command
}
