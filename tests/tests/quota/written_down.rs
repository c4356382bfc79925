//! The count in the database: after a crash at any moment, after a clean stop, and after a recount.

use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use packetboat_tests::{Dialogue, wait_for};
use serde_json::Value;

use crate::{House, PASSWORD, disk, login, quota, store};

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
                    // Each step may be the last one.
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
        assert!(is_in_use(&house.show("anna")), "the killed server's mark is missing");
        // Usually this means that a server is running, so the message does not mention a crash.
        let said = house.user(&["show", "anna"]).ok().stdout;
        assert!(
            said.contains("a server keeps this count in memory") && !said.contains("crash"),
            "{said}"
        );
    }
    // Without a server, the disk is counted by hand; with one, at the next login.
    let server = house.serve(&[]);
    assert_eq!(quota(&mut login(&server, "anna")), disk(&root));
    drop(server);
    house.user(&["recount", "anna"]).ok();
    assert_eq!(house.stored("anna"), disk(&root));
    assert!(!is_in_use(&house.show("anna")));
}

/// The number of entries while they change.
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
    // The file is stored without the server, and counted by hand.
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
    assert_eq!(quota(&mut d), (100, 1), "the server does not know of changes by others");
    house.user(&["recount", "anna"]).ok();
    wait_for("the new count", || {
        d.expect("MKD d", 257);
        d.expect("RMD d", 250);
        (quota(&mut d) == (105, 2)).then_some(())
    });
}

#[test]
fn a_recount_reaches_sessions_that_change_nothing() {
    let house = House::new();
    house.add("anna", &["--quota", "1000"]);
    house.add("bert", &["--quota", "1000"]);
    let server = house.serve(&[]);
    // One account has just stored something, the other nothing at all.
    let mut anna = login(&server, "anna");
    store(&mut anna, "STOR f", &[7; 200]).code(226);
    let mut bert = login(&server, "bert");
    for name in ["anna", "bert"] {
        std::fs::write(house.root(name).join("g"), [7; 500]).expect("a file");
        house.user(&["recount", name]).ok();
    }
    wait_for("anna's new count", || (quota(&mut anna) == (700, 2)).then_some(()));
    wait_for("bert's new count", || (quota(&mut bert) == (500, 1)).then_some(()));
    // The next change is checked against the new count.
    store(&mut anna, "STOR h", &[7; 700]).code(552);
    store(&mut bert, "STOR h", &[7; 700]).code(552);
}

/// Whether a server is changing the account now, or was when it crashed.
fn is_in_use(status: &Value) -> bool {
    status["stored"]["in_use"].as_bool().unwrap_or_default()
}
