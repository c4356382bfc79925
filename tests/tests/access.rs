//! How sessions begin and restart on a real server: accounts, mounts, virtual hosts, languages, and
//! waiting with 120.

use std::process::{Command, Stdio};

use packetboat_tests::program::{client, output, packetboat, run_with_input};
use packetboat_tests::{Dialogue, PASSWORD, Server, Setup, USER, wait_for};

fn with(arguments: &[&'static str]) -> Server {
    Server::with(Setup { arguments: arguments.to_vec(), ..Setup::default() })
}

/// RFC 959 §4.1.1, REIN: logs the user out and resets every parameter, but keeps the connection.
#[test]
fn rein_lets_another_user_in() {
    let server = Server::start();
    server.write("a.txt", "a");
    let mut d = server.login();
    d.expect("MKD sub", 257);
    d.expect("CWD sub", 250);
    d.expect("LANG de", 200);
    d.expect("REIN", 220).says("Packetboat");
    d.expect("PWD", 530).says("PWD needs a login");
    d.login("anonymous", "me@example.org");
    d.expect("PWD", 257).says("\"/\"");
    // TYPE is A again, in which SIZE is not available.
    d.expect("SIZE a.txt", 550).says("TYPE I");
    d.expect("DELE a.txt", 550).says("your account has no right");
    server.check_health();
}

/// RFC 2640 §4.
#[test]
fn languages() {
    let server = with(&["--language", "de"]);
    let mut d = Dialogue::connect_silently(server.address());
    d.reply().code(220).says("ist bereit.");
    d.expect("PWD", 530).says("PWD setzt eine Anmeldung voraus");
    d.expect("LANG fr-CA", 200).says("Les réponses sont désormais en français.");
    d.expect("FEAT", 211).says(" LANG EN;DE;FR*");
    d.expect(format!("USER {USER}"), 331);
    d.expect(format!("PASS {PASSWORD}"), 230).says("est connecté");
    d.expect("RETR x", 425).says("exige une connexion de données");
    d.expect("LANG en", 200);
    d.expect("RETR x", 425).says("needs a data connection");
    d.expect("LANG", 200).says("auf Deutsch");
    d.expect("CLNT a client 1.0", 200);
    server.wait_for_log("200 CLNT a client 1.0");
    // The log is for the administrator, so it stays in English.
    server.wait_for_log("RETR x");
    let log = server.log();
    assert!(log.contains("RETR needs a data connection") && !log.contains("exige"), "{log}");
}

/// RFC 959 §4.1.1, SMNT.
#[test]
fn mounts() {
    let folders = vec![("--mount", "extra")];
    let server = Server::with(Setup { folders, ..Setup::default() });
    std::fs::write(server.further("extra").join("in-mounted.txt"), "mounted").expect("a file");
    let mut d = server.login();
    d.expect("SMNT elsewhere", 550).says("\"elsewhere\" is not a file system of this server");
    d.expect("SMNT extra", 250).says("\"extra\" is mounted");
    d.expect("SIZE in-mounted.txt", 213).says("7");
    d.expect("MKD made-there", 257);
    d.expect("SMNT /", 250);
    d.expect("SIZE in-mounted.txt", 550);
    d.expect("SMNT /extra", 250);
    d.expect("REIN", 220);
    d.login(USER, PASSWORD);
    d.expect("TYPE I", 200);
    d.expect("SIZE in-mounted.txt", 550);
    assert!(server.names().is_empty());

    let plain = Server::start();
    plain.login().expect("SMNT extra", 202).says("nothing to mount");
}

/// RFC 7151: each host has its own folder and greeting; REIN returns to the main host.
#[test]
fn virtual_hosts() {
    let folders = vec![("--host", "ftp.example.com")];
    let server = Server::with(Setup { folders, ..Setup::default() });
    std::fs::write(server.further("ftp.example.com").join("in-hosted.txt"), "").expect("a file");
    let mut d = server.connect();
    d.expect("FEAT", 211).says("\n HOST\n");
    d.expect("HOST FTP.Example.COM", 220).says("ftp.example.com");
    d.login(USER, PASSWORD);
    d.expect("TYPE I", 200);
    d.expect("SIZE in-hosted.txt", 213);
    d.expect("HOST ftp.example.com", 503).says("REIN");
    d.expect("REIN", 220);
    d.login(USER, PASSWORD);
    d.expect("TYPE I", 200);
    d.expect("SIZE in-hosted.txt", 550);
    d.expect("REIN", 220);
    d.expect("HOST nowhere.example", 504).says("nowhere.example");
    d.expect("HOST ftp.example.com:21", 501);
    d.expect("HOST 127.0.0.1", 220);
    d.expect("HOST localhost", 220);
    server.check_health();
}

#[test]
fn an_account_to_log_in() {
    let server = account("login");
    let mut d = server.connect();
    d.expect(format!("USER {USER}"), 331);
    d.expect(format!("PASS {PASSWORD}"), 332).says("ACCT");
    d.expect("PWD", 530);
    d.expect("ACCT cost centre 7", 230);
    d.expect("PWD", 257);
    assert!(!server.log().contains("cost centre"));
}

#[test]
fn an_account_to_store() {
    let server = account("store");
    let mut d = server.connect();
    d.login(USER, PASSWORD);
    d.expect("STOR a", 532).says("send it with ACCT, then send STOR again");
    d.expect("ACCT cost centre 8", 530).says("account is wrong");
    d.expect("ACCT cost centre 7", 230);
    d.expect("ACCT cost centre 7", 202);
    d.expect("STOR a", 425);
}

/// An empty account is not sent, and the advice says what would help.
#[test]
fn an_empty_account_of_the_environment_is_none() {
    let server = account("store");
    let url = server.url("f");
    let put = |words: &[&str]| {
        let mut put = client(&[&["put", "-", &url], words].concat());
        put.env("PACKETBOAT_PASSWORD", PASSWORD).env("PACKETBOAT_ACCOUNT", "");
        run_with_input(put.args(["--user", USER]), b"data")
    };
    let refused = put(&[]);
    assert!(!refused.status.success() && refused.stderr.contains("--account NAME"), "{refused:?}");
    assert!(!server.log().contains("ACCT"), "{}", server.log());
    put(&["--account", "cost centre 7"]).ok();
    assert_eq!(server.read("f"), b"data");
}

fn account(when: &'static str) -> Server {
    let arguments = vec!["--acct", when];
    let wrapper = vec!["env".to_owned(), "PACKETBOAT_ACCOUNT=cost centre 7".to_owned()];
    Server::with(Setup { arguments, wrapper, ..Setup::default() })
}

/// RFC 959 §5.4: 120, then 220 on the same connection, in the order in which the clients came.
#[test]
fn clients_wait_in_line_for_a_place() {
    let server = with(&["--max-sessions", "1", "--queue", "2"]);
    let mut served = server.connect();
    let mut first = Dialogue::connect_silently(server.address());
    first.reply().code(120).says("you are number 1 in the queue");
    let mut second = Dialogue::connect_silently(server.address());
    second.reply().code(120).says("you are number 2 in the queue");
    let mut third = Dialogue::connect_silently(server.address());
    third.reply().code(421).says("The server has reached its session limit");
    assert!(third.next_reply().is_none());
    // Commands sent while waiting are answered afterwards.
    first.send("NOOP");
    served.expect("QUIT", 221);
    first.reply().code(220);
    first.reply().code(200);
    // A client that hangs up loses its place in the line, and the others do not wait for it.
    drop(second);
    let mut fourth = wait_for("a place in the line", || {
        let mut next = Dialogue::connect_silently(server.address());
        let reply = next.reply();
        (reply.code == 120 && reply.text().contains("number 1 ")).then_some(next)
    });
    first.expect("QUIT", 221);
    fourth.reply().code(220);
}

/// Our own client stays connected and is served when its turn comes.
#[test]
fn our_client_waits_its_turn() {
    let server = with(&["--max-sessions", "1", "--queue", "1"]);
    server.write("a.txt", "served at last");
    let mut served = server.connect();
    let mut client = Command::new(packetboat());
    client.args(["cat", &server.url("a.txt")]).stdin(Stdio::null()).stdout(Stdio::piped());
    let client = client.spawn().expect("packetboat cat");
    server.wait_for_log("#2 opened");
    served.expect("QUIT", 221);
    let output = output(client);
    assert!(output.status.success());
    assert_eq!(output.stdout, b"served at last");
}

/// REIN keeps the session's place, so it does not have to wait in line.
#[test]
fn rein_on_a_full_server_needs_no_waiting() {
    let server = with(&["--max-sessions", "1", "--queue", "1"]);
    let mut served = server.connect();
    let mut waiting = Dialogue::connect_silently(server.address());
    waiting.reply().code(120);
    served.expect("REIN", 220);
    served.expect("QUIT", 221);
    waiting.reply().code(220);
}

#[test]
fn a_maintenance_is_announced_and_a_stop_ends_it_for_those_who_wait() {
    let mut server = with(&["--maintenance", "5"]);
    let mut d = Dialogue::connect_silently(server.address());
    d.reply().code(120).says("under maintenance and will be ready in 5 minutes");
    server.terminate();
    d.reply().code(421).says("shutting down");
    assert!(d.next_reply().is_none());
    assert!(server.ended().success());
}
