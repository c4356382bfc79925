//! Transfers that are aborted, interrupted, watched, overlapping and resumed.

use std::fs::File;
use std::io::Write as _;
use std::net::{Ipv4Addr, TcpStream};

use packetboat_tests::dialogue::{all, connect_from, patient, reset};
use packetboat_tests::{Dialogue, Server, Setup, noise, wait_for};

/// More than the buffers of any two sockets hold.
const MUCH: usize = 32 << 20;

/// A file so long that no test waits for its end, but which takes no space on disk.
fn endless(server: &Server) {
    let file = File::create(server.path("endless")).expect("a file");
    file.set_len(1 << 36).expect("a sparse file");
}

fn start_endless(d: &mut Dialogue) -> TcpStream {
    let data = d.epsv();
    d.expect("RETR endless", 150);
    data
}

fn is_usable(d: &mut Dialogue, server: &Server) {
    server.write("small", "still here");
    assert_eq!(d.fetch("RETR small"), b"still here");
}

/// Waits until the running transfer has moved this many bytes.
fn wait_until_moved(d: &mut Dialogue, bytes: usize) {
    let words = format!(", {bytes} bytes so far.");
    wait_for("the bytes to be moved", || {
        let text = d.expect("STAT", 211).text();
        text.contains(&words).then_some(())
    });
}

/// Starts an upload that stays open.
fn start_store(d: &mut Dialogue, line: &str, content: &[u8]) -> TcpStream {
    let mut data = d.epsv();
    d.expect(line, 150);
    data.write_all(content).expect("data");
    data
}

#[test]
fn abor_stops_a_download() {
    let server = Server::start();
    endless(&server);
    let mut d = server.login();
    let data = start_endless(&mut d);
    d.expect("ABOR", 426).says("\"/endless\": Transfer stopped after");
    d.reply().code(226);
    drop(data);
    is_usable(&mut d, &server);
    d.expect("ABOR", 226);
    is_usable(&mut d, &server);
}

#[test]
fn abor_behind_a_telnet_synch() {
    // RFC 959 §4.1.3 sends IP and Synch before ABOR. Clients differ in which byte they mark as
    // urgent.
    let server = Server::start();
    endless(&server);
    let mut d = server.login();
    let synchs: [(&[u8], &[u8]); 3] = [
        (b"\xff\xf4\xff\xf2", b"ABOR\r\n"),
        (b"\xff\xf4\xff", b"\xf2ABOR\r\n"),
        (b"\xff\xf4\xff\xf2ABOR\r\n", b""),
    ];
    for (urgent, rest) in synchs {
        let data = start_endless(&mut d);
        d.send_urgent(urgent);
        d.send_raw(rest);
        d.reply().code(426);
        d.reply().code(226);
        drop(data);
        is_usable(&mut d, &server);
    }
}

#[test]
fn abor_stops_an_upload_whose_part_stays() {
    let server = Server::start();
    let mut d = server.login();
    let data = start_store(&mut d, "STOR f", &noise(5000));
    wait_until_moved(&mut d, 5000);
    d.expect("ABOR", 426).says("5000 bytes are kept, so send REST 5000 and STOR again");
    d.reply().code(226);
    drop(data);
    assert!(!server.path("f").exists());
    d.expect("SIZE f", 213).says("5000");
}

#[test]
fn abor_and_then_the_end_of_the_data_make_no_file() {
    let server = Server::start();
    let mut d = server.login();
    for number in 0..40 {
        // Small amounts are gathered before they are written, large ones are not.
        let length = if number % 2 == 0 { 1000 } else { 150_000 };
        let data = start_store(&mut d, &format!("STOR f{number}"), &noise(length));
        d.send("ABOR");
        drop(data);
        d.reply().code(426);
        d.reply().code(226);
        assert!(!server.path(&format!("f{number}")).exists(), "{number}");
    }
    is_usable(&mut d, &server);
}

#[test]
fn stat_and_noop_are_answered_during_a_transfer() {
    let server = Server::start();
    endless(&server);
    let mut d = server.login();
    let data = start_endless(&mut d);
    for _ in 0..3 {
        d.expect("STAT", 211).says("RETR endless is running");
        d.expect("NOOP", 200);
    }
    // A command that has to wait keeps its place, and so do those after it.
    d.send("PWD");
    d.send("NOOP");
    d.send("ABOR");
    for code in [426, 257, 200, 226] {
        d.reply().code(code);
    }
    drop(data);
    is_usable(&mut d, &server);
}

#[test]
fn commands_sent_at_once_are_answered_in_order() {
    let server = Server::start();
    let mut d = server.login();
    let mut batch = String::new();
    for number in 0..50 {
        batch += &format!("MKD d{number}\r\nCWD d{number}\r\nPWD\r\nCWD /\r\n");
    }
    d.send_raw(batch.as_bytes());
    for number in 0..50 {
        d.reply().code(257).says(&format!("\"/d{number}\" created"));
        d.reply().code(250);
        d.reply().code(257).says(&format!("\"/d{number}\" is the working directory"));
        d.reply().code(250);
    }
    server.write("f", "content");
    let data = d.epsv();
    d.send_raw(b"RETR f\r\nSYST\r\nMKD last\r\n");
    d.reply().code(150);
    assert_eq!(all(data), b"content");
    for code in [226, 215, 257] {
        d.reply().code(code);
    }
}

#[test]
fn quit_lets_a_transfer_end() {
    let server = Server::start();
    let content = noise(MUCH);
    server.write("f", &content);
    let mut d = server.login();
    let data = d.epsv();
    d.expect("RETR f", 150);
    d.send("QUIT");
    assert_eq!(all(data), content);
    d.reply().code(226);
    d.reply().code(221);
    assert!(d.next_reply().is_none());
}

#[test]
fn an_upload_that_breaks_is_kept_and_resumed() {
    let server = Server::start();
    let (content, old) = (noise(300_000), b"what was there before");
    for name in ["new", "replaced"] {
        if name == "replaced" {
            server.write(name, old);
        }
        let mut d = server.login();
        let data = start_store(&mut d, &format!("STOR {name}"), &content[..100_000]);
        wait_until_moved(&mut d, 100_000);
        reset(data);
        d.reply().code(426).says("Data connection lost after 100000 bytes").says("REST 100000");
        if name == "replaced" {
            assert_eq!(server.read(name), old);
        } else {
            assert!(!server.path(name).exists());
            d.expect("SIZE new", 213).says("100000");
        }
        d.expect("REST 100000", 350);
        d.store(format!("STOR {name}"), &content[100_000..]).code(226);
        assert!(server.read(name) == content, "{name}");
    }
    assert_eq!(server.names(), ["new", "replaced"]);
}

#[test]
fn an_upload_whose_client_dies_is_not_taken_for_whole() {
    let server = Server::start();
    let content = noise(200_000);
    let mut d = server.login();
    let data = start_store(&mut d, "STOR f", &content[..150_000]);
    wait_until_moved(&mut d, 150_000);
    // The control connection ends first: the end of the data alone would be the end of the file.
    drop(d);
    drop(data);
    server.wait_for_log("closed by");
    assert!(!server.path("f").exists());
    let mut d = server.login();
    assert_eq!(d.expect("SIZE f", 213).text(), "150000");
    d.expect("REST 150000", 350);
    d.store("STOR f", &content[150_000..]).code(226);
    assert!(server.read("f") == content);
}

#[test]
fn an_upload_whose_control_connection_is_cut_is_kept() {
    let server = Server::start();
    let mut d = server.login();
    let data = start_store(&mut d, "STOR f", &noise(9000));
    wait_until_moved(&mut d, 9000);
    d.reset();
    server.wait_for_log("closed by");
    drop(data);
    assert!(!server.path("f").exists());
    assert_eq!(server.login().expect("SIZE f", 213).text(), "9000");
}

#[test]
fn curl_killed_in_the_middle_of_an_upload() {
    let Some(curl) = packetboat_tests::peer("curl") else { return };
    let server = Server::start();
    let source = curl.home().join("source");
    std::fs::write(&source, noise(MUCH)).expect("a file");
    let mut command = std::process::Command::new("curl");
    command.args(["-sS", "--limit-rate", "100k", "-T"]).arg(source).arg(server.url("f"));
    let mut child = command.spawn().expect("curl");
    let part = server.path(".f.part-packetboat");
    wait_for("a part", || part.metadata().is_ok_and(|part| part.len() > 0).then_some(()));
    child.kill().expect("a child that runs");
    child.wait().expect("a child");
    server.wait_for_log("closed by");
    // The kernel may close the data connection of a dead process a moment before the control
    // connection, and in stream mode that looks like the end of the file (RFC 959 §3.4.1). So there
    // is either a part or a file, and nothing else.
    let names = server.names();
    assert!(names == [".f.part-packetboat"] || names == ["f"], "{names:?}");
    let kept = server.read(&names[0]);
    assert!(!kept.is_empty() && noise(MUCH).starts_with(&kept), "{} bytes", kept.len());
    let mut d = server.login();
    d.expect("SIZE f", 213).says(&kept.len().to_string());
    d.expect(format!("REST {}", kept.len()), 350);
    d.store("STOR f", &noise(MUCH)[kept.len()..]).code(226);
    assert!(server.read("f") == noise(MUCH));
    assert_eq!(server.names(), ["f"]);
    server.check_health();
}

#[test]
fn two_sessions_do_not_store_one_file() {
    let server = Server::start();
    let (mut one, mut other) = (server.login(), server.login());
    let mut data = start_store(&mut one, "STOR f", b"from ");
    for line in ["STOR f", "APPE f"] {
        other.epsv_address();
        other.expect(line, 450).says("\"/f\": it is in use by another session");
    }
    other.store("STOR g", b"elsewhere").code(226);
    data.write_all(b"one").expect("data");
    drop(data);
    one.reply().code(226);
    assert_eq!(server.read("f"), b"from one");
    other.store("STOR f", b"from other").code(226);
    assert_eq!(server.read("f"), b"from other");
}

#[test]
fn readers_see_the_old_file_or_the_new_one() {
    let server = Server::start();
    let (old, new) = (noise(MUCH), noise(70_000));
    server.write("f", &old);
    let (mut writer, mut reader, mut slow) = (server.login(), server.login(), server.login());
    // A download that has begun continues with the old file.
    let begun = slow.epsv();
    slow.expect("RETR f", 150);
    let mut data = start_store(&mut writer, "STOR f", &new[..60_000]);
    wait_until_moved(&mut writer, 60_000);
    assert!(reader.fetch("RETR f") == old);
    data.write_all(&new[60_000..]).expect("data");
    drop(data);
    writer.reply().code(226);
    assert!(reader.fetch("RETR f") == new);
    assert!(all(begun) == old);
    slow.reply().code(226);
}

#[test]
fn a_file_that_shrinks_under_a_download_is_not_passed_off_as_whole() {
    let server = Server::start();
    endless(&server);
    let mut d = server.login();
    let data = start_endless(&mut d);
    let file = File::options().write(true).open(server.path("endless")).expect("the file");
    file.set_len(MUCH as u64 * 2).expect("a shorter file");
    let received = all(data).len();
    assert!(received <= MUCH * 2, "{received}");
    d.reply().code(451).says("changed");
    is_usable(&mut d, &server);
}

#[test]
fn a_data_connection_from_elsewhere_is_refused() {
    let server = Server::start();
    server.write("f", "for you alone");
    let mut d = server.login();
    let port = d.epsv_address();
    let stranger = connect_from(Ipv4Addr::new(127, 0, 0, 2), port);
    let stranger = stranger.expect("a second address of this machine");
    d.expect("RETR f", 150);
    assert_eq!(all(stranger), b"");
    let data = patient(TcpStream::connect(port).expect("the passive port"));
    assert_eq!(all(data), b"for you alone");
    d.reply().code(226);
    server.wait_for_log("refused a data connection from 127.0.0.2:");
}

#[test]
fn a_port_where_nobody_listens_is_425() {
    let server = Server::start();
    server.write("f", "content");
    let mut d = server.login();
    let _refuses = d.active_refused("PORT");
    d.expect("RETR f", 150);
    d.reply().code(425).says("refused it; listen there before you send the command");
    let _refuses = d.active_refused("EPRT");
    d.expect("STOR g", 150);
    d.reply().code(425);
    assert_eq!(server.names(), ["f"]);
    is_usable(&mut d, &server);
}

#[test]
fn passive_ports_come_from_the_range() {
    // The test cannot know which ports are free: the server chooses one, or says that there is
    // none.
    let setup = Setup { arguments: vec!["--passive-ports", "49200-49999"], ..Setup::default() };
    let server = Server::with(setup);
    server.write("f", "content");
    let mut d = server.login();
    for _ in 0..5 {
        let address = d.epsv_address();
        assert!((49_200..=49_999).contains(&address.port()), "{address}");
        let data = patient(TcpStream::connect(address).expect("the passive port"));
        d.expect("RETR f", 150);
        assert_eq!(all(data), b"content");
        d.reply().code(226);
    }
}
