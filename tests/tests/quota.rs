//! Quotas and limits on bandwidth, through the real program: what every verb counts as, what is refused and when, and
//! counts that are right after a crash.

use std::io::Write as _;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use packetboat_tests::program::{Output, packetboat, run, run_with_input};
use packetboat_tests::{Dialogue, Reply, Server, Setup, wait_for};
use serde_json::Value;
use tempfile::TempDir;

const PASSWORD: &str = "battery staple";

/// A database, and the root folders of its accounts.
struct House {
    folder: TempDir,
}

impl House {
    fn new() -> Self {
        let house = Self { folder: tempfile::tempdir().expect("a folder") };
        house.user(&["cost", "m=8,t=1,p=1"]).ok();
        house
    }

    fn database(&self) -> PathBuf {
        self.folder.path().join("state/accounts.db")
    }

    fn root(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, subcommand: &str, words: &[&str]) -> Command {
        let mut command = Command::new(packetboat());
        command.arg(subcommand).args(words).env("PACKETBOAT_DATABASE", self.database());
        command
    }

    fn user(&self, words: &[&str]) -> Output {
        run(&mut self.command("user", words))
    }

    /// Adds an account that may do everything in a folder of its own.
    fn add(&self, name: &str, words: &[&str]) {
        std::fs::create_dir(self.root(name)).expect("a root");
        let root = self.root(name).display().to_string();
        let mut command = self.command("user", &["add", name, "--rights", "all", "--root", &root]);
        run_with_input(command.args(words), PASSWORD.as_bytes()).ok();
    }

    fn serve(&self, further: &[&'static str]) -> Server {
        let database = self.database().display().to_string();
        let mut arguments = vec!["--database", &*Box::leak(database.into_boxed_str())];
        arguments.extend(further);
        Server::with(Setup { arguments, ..Setup::default() })
    }

    fn show(&self, name: &str) -> Value {
        let shown = self.user(&["show", name, "--json"]).ok().stdout;
        serde_json::from_str(&shown).expect("JSON")
    }

    /// What the database has of an account, once no server changes it.
    fn stored(&self, name: &str) -> (u64, u64) {
        let stored = &self.show(name)["stored"];
        let number = |key: &str| stored[key].as_u64().unwrap_or_else(|| panic!("{stored}"));
        (number("bytes"), number("files"))
    }
}

fn login(server: &Server, name: &str) -> Dialogue {
    let mut dialogue = server.connect();
    dialogue.login(name, PASSWORD);
    dialogue.expect("TYPE I", 200);
    dialogue
}

/// What lies on the disk.
fn disk(folder: &Path) -> (u64, u64) {
    let (mut bytes, mut files) = (0, 0);
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let found = std::fs::symlink_metadata(&path).expect("metadata");
        files += 1;
        if found.is_file() {
            bytes += found.len();
        } else if found.is_dir() {
            let inner = disk(&path);
            (bytes, files) = (bytes + inner.0, files + inner.1);
        }
    }
    (bytes, files)
}

/// What SITE QUOTA says: bytes and files.
#[track_caller]
fn quota(d: &mut Dialogue) -> (u64, u64) {
    let text = d.expect("SITE QUOTA", 211).text();
    let numbers: Vec<u64> = text.split(' ').filter_map(|word| word.parse().ok()).collect();
    match numbers[..] {
        [bytes, _, files, _] => (bytes, files),
        [bytes, files] | [bytes, _, files] => (bytes, files),
        _ => panic!("{text}"),
    }
}

/// Sends as much as the server takes; the last reply.
#[track_caller]
fn store(d: &mut Dialogue, line: &str, content: &[u8]) -> Reply {
    let mut data = d.epsv();
    d.expect(line, 150);
    // The server may close at any byte.
    let _ = data.write_all(content);
    drop(data);
    d.reply()
}

/// Sends some, and vanishes.
#[track_caller]
fn break_off(d: &mut Dialogue, line: &str, content: &[u8]) {
    let mut data: TcpStream = d.epsv();
    d.expect(line, 150);
    data.write_all(content).expect("the server reads");
    let arrived = format!("{} bytes so far", content.len());
    wait_for(&arrived, || d.expect("STAT", 211).text().contains(&arrived).then_some(()));
    d.expect("ABOR", 426);
    d.reply().code(226);
}

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
    // Another session has the same count, and STAT tells it.
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
    // Announced.
    d.expect("ALLO 102401", 552).says("0 of 102400 bytes and 0 of 3 files stored; delete files");
    d.expect("ALLO 102400", 200);
    d.expect("AVBL", 213).says("102400");
    // In the middle: as much as may be is kept, and counted.
    let reply = store(&mut d, "STOR f", &[7; 300 << 10]).code(552);
    reply.says("102400 of 102400 bytes and 1 of 3 files stored; delete files to make room");
    assert_eq!((quota(&mut d), disk(&root)), ((102_400, 1), (102_400, 1)));
    assert_eq!(
        house.root("anna").join(".f.part-packetboat").metadata().expect("it").len(),
        102_400
    );
    // Full: before 150.
    for line in ["STOR g", "STOU", "APPE f"] {
        let _data = d.epsv();
        d.expect(line, 552).says("102400 of 102400 bytes");
    }
    d.expect("AVBL", 213).says("0");
    d.expect("DELE f", 250);
    store(&mut d, "STOR f", &[7; 60 << 10]).code(226);
    // What it replaces makes room.
    store(&mut d, "STOR f", &[7; 90 << 10]).code(226);
    store(&mut d, "STOR f", &[7; 101 << 10]).code(552);
    assert_eq!((quota(&mut d), disk(&root)), ((90 << 10, 1), (90 << 10, 1)));
    // A copy that does not fit leaves nothing.
    d.expect("SITE CPFR f", 350);
    d.expect("SITE CPTO g", 552);
    assert_eq!(disk(&root), (90 << 10, 1));
    // What was announced and does not fit any more is refused before it comes.
    d.expect("ALLO 10000", 200);
    let mut other = login(&server, "anna");
    store(&mut other, "STOR g", &[7; 5 << 10]).code(226);
    let data = d.epsv();
    d.expect("STOR h", 552);
    drop(data);
    // Files.
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
    assert_eq!(disk(&house.root("anna")).0, limit, "and no byte less");
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
        // Blocks: 4000 bytes behind a header each.
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

/// Whether a server changes the account just now, or did when it crashed.
fn is_in_use(status: &Value) -> bool {
    status["stored"]["in_use"].as_bool().unwrap_or_default()
}

#[test]
fn a_count_is_right_again_after_kill_9_at_any_moment() {
    let house = House::new();
    house.add("anna", &["--quota", "100MiB", "--quota-files", "10000"]);
    let root = house.root("anna");
    for round in 0..6_u64 {
        let server = house.serve(&[]);
        let address = server.address();
        let mut d = login(&server, "anna");
        assert_eq!(quota(&mut d), disk(&root), "round {round}");
        // Several sessions store, rename and delete until the server is gone.
        let workers: Vec<_> = (0..3)
            .map(|worker| {
                std::thread::spawn(move || {
                    let content = vec![7; 30_000 * (worker + 1)];
                    // Each step may be the last.
                    let _ = std::panic::catch_unwind(|| change_forever(address, worker, &content));
                })
            })
            .collect();
        let stored = || entries(&root);
        let before = stored();
        wait_for("changes", || (stored() != before || stored() > 20).then_some(()));
        std::thread::sleep(Duration::from_millis(37 * round));
        drop(server);
        for worker in workers {
            worker.join().expect("a worker");
        }
        assert!(is_in_use(&house.show("anna")), "the mark of the run that was killed");
    }
    // Without a server it is counted by hand; with one, at the next login.
    let server = house.serve(&[]);
    assert_eq!(quota(&mut login(&server, "anna")), disk(&root));
    drop(server);
    house.user(&["recount", "anna"]).ok();
    assert_eq!(house.stored("anna"), disk(&root));
    assert!(!is_in_use(&house.show("anna")));
}

/// How many entries there are, while that changes.
fn entries(folder: &Path) -> usize {
    std::fs::read_dir(folder).expect("a folder").count()
}

fn change_forever(address: std::net::SocketAddr, worker: usize, content: &[u8]) {
    let mut d = Dialogue::connect(address);
    d.login("anna", PASSWORD);
    d.expect("TYPE I", 200);
    for step in 0.. {
        let name = format!("{worker}.{}", step % 40);
        let mut data = d.epsv();
        d.send(format!("STOR {name}"));
        d.next_reply().expect("150");
        data.write_all(content).expect("the server lives");
        drop(data);
        d.next_reply().expect("226");
        match step % 4 {
            0 => d.send(format!("DELE {name}")),
            1 => d.send(format!("MKD d{name}")),
            2 => {
                d.send(format!("RNFR {name}"));
                d.next_reply().expect("350");
                d.send(format!("RNTO {worker}.0"));
            }
            _ => d.send("NOOP"),
        }
        d.next_reply().expect("an answer");
    }
}

#[test]
fn a_clean_stop_writes_the_count_down() {
    let house = House::new();
    house.add("anna", &["--quota", "100MiB"]);
    let mut server = house.serve(&[]);
    let mut d = login(&server, "anna");
    store(&mut d, "STOR f", &[7; 12_345]).code(226);
    d.expect("MKD d", 257);
    server.terminate();
    server.ended();
    assert_eq!(house.stored("anna"), (12_345, 2));
    assert!(!is_in_use(&house.show("anna")));
    let list = house.user(&["list"]).ok().stdout;
    assert!(list.contains("12.1 KiB of 100MiB"), "{list}");
    let shown = house.user(&["show", "anna"]).ok().stdout;
    assert!(shown.contains("12345 of 104857600 bytes, 2 files"), "{shown}");
    // Past the server, and counted by hand.
    std::fs::write(house.root("anna").join("g"), "12345").expect("a file");
    let said = house.user(&["recount", "--all"]).ok().stdout;
    assert!(said.contains("anna: counted") && said.contains("12350 bytes, 3 files"), "{said}");
    assert_eq!(house.stored("anna"), (12_350, 3));
}

#[test]
fn a_recount_reaches_a_server_that_runs() {
    let house = House::new();
    house.add("anna", &["--quota", "100MiB"]);
    let server = house.serve(&[]);
    let mut d = login(&server, "anna");
    store(&mut d, "STOR f", &[7; 100]).code(226);
    std::fs::write(house.root("anna").join("g"), "12345").expect("a file");
    assert_eq!(quota(&mut d), (100, 1), "it is not told of what others do");
    house.user(&["recount", "anna"]).ok();
    wait_for("the new count", || {
        d.expect("MKD d", 257);
        d.expect("RMD d", 250);
        (quota(&mut d) == (105, 2)).then_some(())
    });
}

#[test]
fn a_group_gives_its_quota_to_each_member_and_no_quota_costs_nothing() {
    let house = House::new();
    run(&mut house.command("group", &["add", "staff", "--quota", "1000", "--quota-files", "2"]))
        .ok();
    house.add("anna", &["--group", "staff"]);
    house.add("bert", &["--group", "staff", "--quota", "unlimited"]);
    house.add("carl", &[]);
    let server = house.serve(&[]);
    let mut anna = login(&server, "anna");
    let mut bert = login(&server, "bert");
    store(&mut anna, "STOR f", &[7; 2000]).code(552);
    store(&mut bert, "STOR f", &[7; 2000]).code(226);
    assert_eq!(quota(&mut anna), (1000, 1));
    bert.expect("SITE QUOTA", 211).says("2000 of unlimited bytes and 1 of 2 files");
    let mut carl = login(&server, "carl");
    carl.expect("SITE QUOTA", 211).says("no quota");
    store(&mut carl, "STOR f", &[7; 2000]).code(226);
    assert!(house.show("carl")["stored"].is_null());
    // A quota that comes later counts what is there already; one that goes and comes back counts anew.
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
    // A copy into the root is an upload like any other.
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

/// How long it takes.
fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let started = Instant::now();
    let done = work();
    (done, started.elapsed())
}

#[test]
fn transfers_take_at_least_as_long_as_their_rate_says() {
    let house = House::new();
    house.add("anna", &["--rate-up", "2MiB/s", "--rate-down", "1MiB/s"]);
    house.add("bert", &[]);
    let server =
        house.serve(&["--self-signed", "--session-rate-down", "3MiB/s", "--stall-timeout", "1s"]);
    let mut d = login(&server, "anna");
    let content = packetboat_tests::noise(3 << 20);
    let (reply, up) = timed(|| store(&mut d, "STOR f", &content));
    reply.code(226);
    assert!(up >= Duration::from_millis(1250), "{up:?}");
    let (got, down) = timed(|| d.fetch("RETR f"));
    assert!(got == content && down >= Duration::from_millis(2700), "{down:?}");
    // Two sessions share.
    let half = 1 << 20;
    let (_, both) = timed(|| {
        std::thread::scope(|scope| {
            for name in ["g", "h"] {
                let (server, content) = (&server, &content);
                scope.spawn(move || {
                    let mut d = login(server, "anna");
                    store(&mut d, &format!("STOR {name}"), &content[..2 * half]).code(226);
                });
            }
        });
    });
    assert!(both >= Duration::from_millis(1700), "{both:?}");
    // In another form; and an account without a limit has that of the session alone.
    d.expect("TYPE A", 200);
    let (got, encoded) = timed(|| d.fetch("RETR g"));
    d.expect("TYPE I", 200);
    assert!(got.len() > 2 * half && encoded >= Duration::from_millis(1700), "{encoded:?}");
    let mut bert = login(&server, "bert");
    let (_, up) = timed(|| store(&mut bert, "STOR f", &content).code(226));
    let (got, down) = timed(|| bert.fetch("RETR f"));
    assert!(got == content && down >= Duration::from_millis(800), "{up:?} {down:?}");
    // What stops a transfer stops one that is held back.
    let data = d.epsv();
    d.expect("RETR f", 150);
    let (_, stopped) = timed(|| {
        d.expect("ABOR", 426);
        d.reply().code(226);
    });
    assert!(stopped < Duration::from_secs(2), "{stopped:?}");
    drop(data);
    server.check_health();
}
