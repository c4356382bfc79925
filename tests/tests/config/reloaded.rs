//! Rereading the configuration file while the server runs.

use std::io::Read as _;
use std::net::{SocketAddr, TcpStream};

use packetboat_tests::dialogue::all;
use packetboat_tests::{Dialogue, PASSWORD, Server, Setup, USER, noise, wait_for};

use crate::{RELOADED, greeted, greeting, with_config};

const NOT_RELOADED: &str = "was not reloaded";

#[test]
fn a_reload_counts_for_new_sessions_and_leaves_open_ones_and_their_transfers_alone() {
    let server = with_config(&greeting("first"));
    let content = noise(24 << 20);
    server.write("big", &content);
    let mut old = server.login();
    let mut data = old.epsv();
    old.send("RETR big");
    old.reply().code(150);
    // The transfer is under way, and cannot end before the rest is read.
    let mut start = vec![0; 1 << 16];
    data.read_exact(&mut start).expect("the start of the file");
    server.reload(&(greeting("second") + "[limits]\nidle-timeout = \"1h\"\n"), RELOADED);
    assert_eq!(greeted(server.address()), "second");
    start.extend(all(data));
    assert!(start == content, "the file is not complete");
    old.reply().code(226);
    old.expect("NOOP", 200);
    old.expect("REIN", 220).says("first");
    server.check_health();
}

#[test]
fn a_bad_file_changes_nothing_and_says_so() {
    let server = with_config(&greeting("first"));
    server.reload("[server]\ngreeting = 5\n[limits]\nqueue = -1\n", NOT_RELOADED);
    server.wait_for_log("packetboat.toml:2: server.greeting: 5 is of the wrong type");
    server.wait_for_log("packetboat.toml:4: limits.queue: ");
    assert_eq!(greeted(server.address()), "first");
    server.reload(
        &(greeting("third") + "[[mount]]\nname = \"m\"\nroot = \"nowhere\"\n"),
        NOT_RELOADED,
    );
    server.wait_for_log("mount.root: cannot serve ");
    assert_eq!(greeted(server.address()), "first");
    server.reload(&greeting("third"), RELOADED);
    assert_eq!(greeted(server.address()), "third");
}

#[test]
fn what_only_a_restart_changes_is_named() {
    let server = with_config(&greeting("first"));
    server.reload("[log]\nform = \"json\"\n[stop]\nupgrade = true\n", "only a restart changes");
    server.wait_for_log("only a restart changes log.form, stop.upgrade");
}

#[test]
fn reloads_are_events_of_the_json_log() {
    let server = Server::with(Setup {
        config: Some(greeting("first")),
        arguments: vec!["--log", "json"],
        ..Setup::default()
    });
    server.reload(&greeting("second"), "\"step\":\"reloaded\"");
    server.reload("x", "\"step\":\"not reloaded\"");
}

fn listening(addresses: &[&str]) -> String {
    let entry = |address: &&str| format!("[[listen]]\naddress = \"{address}\"\n");
    addresses.iter().map(entry).collect()
}

#[test]
fn addresses_come_and_go_with_reloads() {
    let server = with_config(&listening(&["127.0.0.1:0"]));
    let mut old = server.login();
    server.reload(&listening(&["127.0.0.1:0", "127.0.0.2:0"]), RELOADED);
    let log = server.log();
    let second = log.rsplit("listens on ").next().and_then(|rest| rest.lines().next());
    let second: SocketAddr = second.expect("an address").parse().expect("an address");
    Dialogue::connect(second).login(USER, PASSWORD);
    // The first address is unchanged and keeps its port.
    Dialogue::connect(server.address());
    server.reload(&listening(&["127.0.0.2:0"]), "no longer on");
    wait_for("the end of the first address", || TcpStream::connect(server.address()).err());
    Dialogue::connect(second).login(USER, PASSWORD);
    old.expect("NOOP", 200);
    // An address that another program uses cannot be opened, and nothing changes.
    let holder = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let taken = holder.local_addr().expect("an address").to_string();
    server.reload(&listening(&["127.0.0.2:0", &taken]), NOT_RELOADED);
    server.wait_for_log(&format!("cannot listen on {taken}"));
    Dialogue::connect(second).login(USER, PASSWORD);
}

#[test]
fn old_settings_are_freed_with_their_last_session() {
    let server = with_config("[[mount]]\nname = \"m\"\nroot = \"./served\"\n");
    let text = "[[mount]]\nname = \"m\"\nroot = \"./served\"\n[limits]\nidle-timeout = ";
    server.reload(&format!("{text}\"50s\"\n"), RELOADED);
    let before = server.descriptors();
    let mut open = server.login();
    for seconds in 10..40 {
        server.reload(&format!("{text}\"{seconds}s\"\n"), RELOADED);
    }
    open.expect("QUIT", 221);
    wait_for("the old folders to be closed", || (server.descriptors() <= before).then_some(()));
}

#[test]
fn a_file_that_changes_is_read_where_that_is_asked_for() {
    let watched = |text: &str| greeting(text) + "[reload]\nwatch = true\ninterval = \"1s\"\n";
    let server = with_config(&watched("first"));
    server.configure(&watched("second"));
    server.wait_for_log(RELOADED);
    assert_eq!(greeted(server.address()), "second");
}
