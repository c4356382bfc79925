//! Ctrl-C or SIGTERM during a transfer: the client sends ABOR before the data connection closes,
//! keeps what has arrived, and exits with the matching code. Also a server that is killed in the
//! middle of a transfer.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};

use packetboat_tests::fake::{Control, Fake};
use packetboat_tests::program::{client, output, wait};
use packetboat_tests::server::Setup;
use packetboat_tests::{PATIENCE, Server, wait_for};
use rustix::process::{Pid, Signal, kill_process};

const INTERRUPTED: i32 = 130;
const SIZE: u64 = 64 << 20;

fn start(folder: &Path, arguments: &[&str]) -> Child {
    let mut command = client(arguments);
    command.current_dir(folder).env("HOME", folder).stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("the client")
}

/// Sends Ctrl-C, and returns the exit code and both outputs.
fn interrupt(child: Child) -> (Option<i32>, String, String) {
    stop(child, Signal::INT)
}

fn stop(mut child: Child, signal: Signal) -> (Option<i32>, String, String) {
    kill_process(Pid::from_child(&child), signal).expect("a client that runs");
    let (mut out, mut err) =
        (child.stdout.take().expect("a pipe"), child.stderr.take().expect("one"));
    let status = wait(child, PATIENCE).expect("its end");
    let (mut stdout, mut stderr) = (String::new(), String::new());
    out.read_to_string(&mut stdout).expect("text");
    err.read_to_string(&mut stderr).expect("text");
    (status.code(), stdout, stderr)
}

/// Replies to ABOR: 426 for the transfer, 226 for ABOR, and a goodbye.
fn part(control: &mut Control) {
    assert_eq!(control.line(), "ABOR");
    control.send("426 broken off");
    control.send("226 done");
    assert_eq!(control.line(), "QUIT");
    control.send("221 bye");
}

#[test]
fn a_download_is_broken_off_with_abor_and_its_part_is_kept() {
    let fake = Fake::start(|listener| {
        let mut control = Control::accept(listener, SIZE);
        control.serve_until("RETR");
        let mut data = control.data();
        control.send("150 go");
        data.write_all(&vec![7; 1 << 20]).expect("the client reads");
        part(&mut control);
        drop(data);
    });
    let home = tempfile::tempdir().expect("a folder");
    let child = start(home.path(), &["get", &fake.url("f")]);
    let kept = home.path().join("f.pbpart");
    let length = || std::fs::metadata(&kept).map_or(0, |found| found.len());
    wait_for("a part", || (length() == 1 << 20).then_some(()));
    let (code, _, stderr) = interrupt(child);
    assert_eq!(code, Some(INTERRUPTED), "{stderr}");
    assert!(stderr.contains("the same command with -c to continue from there"), "{stderr}");
    fake.finish();
    assert_eq!(length(), 1 << 20);
    assert!(!home.path().join("f").exists());
}

fn stuck_upload(begun: Sender<()>) -> Fake {
    Fake::start(move |listener| {
        let mut control = Control::accept(listener, 0);
        control.serve_until("STOR");
        let mut data = control.data();
        control.send("150 go");
        let mut head = vec![0; 1 << 20];
        data.read_exact(&mut head).expect("the client sends");
        begun.send(()).expect("the test waits");
        // Nothing more is read, so the client is in the middle of the upload. An end of the data
        // before ABOR would look like the end of the file.
        part(&mut control);
        let mut rest = Vec::new();
        // The client may reset the connection because of unread data.
        let _ = data.read_to_end(&mut rest);
        assert!(((head.len() + rest.len()) as u64) < SIZE);
    })
}

fn begin(receiver: &Receiver<()>) {
    receiver.recv_timeout(PATIENCE).expect("an upload under way");
}

#[test]
fn an_upload_is_broken_off_with_abor_before_its_data_ends() {
    let (sender, receiver) = channel();
    let fake = stuck_upload(sender);
    let home = tempfile::tempdir().expect("a folder");
    let file = std::fs::File::create(home.path().join("f")).expect("a file");
    file.set_len(SIZE).expect("its length");
    let child = start(home.path(), &["put", "--json", "f", &fake.url("f")]);
    begin(&receiver);
    let (code, stdout, _) = interrupt(child);
    assert_eq!(code, Some(INTERRUPTED), "{stdout}");
    let last = stdout.lines().last().expect("a line");
    let told: serde_json::Value = serde_json::from_str(last).expect("JSON");
    assert_eq!((&told["event"], &told["failure"]), (&"error".into(), &"interrupted".into()));
    fake.finish();
}

/// Reads blocks up to the one marked as the end of the file (RFC 959 §3.4.2).
fn read_blocks(data: &mut impl std::io::Read) {
    const END_OF_FILE: u8 = 64;
    let mut header = [0; 3];
    while header[0] & END_OF_FILE == 0 {
        data.read_exact(&mut header).expect("the client sends");
        let mut block = vec![0; u16::from_be_bytes([header[1], header[2]]).into()];
        data.read_exact(&mut block).expect("the client sends");
    }
}

/// All bytes of a small file have been sent, but the server has not confirmed them yet.
#[test]
fn an_upload_is_broken_off_with_abor_while_the_last_reply_is_awaited() {
    for mode in ["stream", "block"] {
        let (sender, receiver) = channel();
        let fake = Fake::start(move |listener| {
            let mut control = Control::accept(listener, 0);
            control.serve_until("STOR");
            let mut data = control.data();
            control.send("150 go");
            if mode == "block" {
                read_blocks(&mut data);
            } else {
                std::io::copy(&mut data, &mut std::io::sink()).expect("the client sends");
            }
            sender.send(()).expect("the test waits");
            part(&mut control);
        });
        let home = tempfile::tempdir().expect("a folder");
        std::fs::write(home.path().join("f"), "every byte").expect("a file");
        let child = start(home.path(), &["put", "--mode", mode, "f", &fake.url("f")]);
        begin(&receiver);
        let (code, _, stderr) = interrupt(child);
        assert_eq!(code, Some(INTERRUPTED), "{mode}: {stderr}");
        fake.finish();
    }
}

#[test]
fn sigterm_breaks_a_tree_off_with_abor_as_well() {
    let (sender, receiver) = channel();
    let fake = stuck_upload(sender);
    let home = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(home.path().join("d")).expect("a folder");
    let file = std::fs::File::create(home.path().join("d/f")).expect("a file");
    file.set_len(SIZE).expect("its length");
    let child = start(home.path(), &["put", "-r", "-j", "1", "d/", &fake.url("")]);
    begin(&receiver);
    assert_eq!(stop(child, Signal::TERM).0, Some(INTERRUPTED));
    fake.finish();
}

/// Kills a server in the middle of an upload and starts another one in its place. Returns what the
/// client printed.
fn upload_over_two_servers(served: &Path, content: &[u8]) -> String {
    let home = tempfile::tempdir().expect("a folder");
    std::fs::write(home.path().join("f"), content).expect("a file");
    let folder = Some(served.to_owned());
    let arguments = vec!["--rate-up", "4MiB/s"];
    let first = Server::with(Setup { folder: folder.clone(), arguments, ..Setup::default() });
    let listen = Box::leak(first.address().to_string().into_boxed_str());
    let child = start(home.path(), &["put", "-v", "f", &first.url("up")]);
    let part = served.join(".up.part-packetboat");
    let length = || std::fs::metadata(&part).map_or(0, |found| found.len());
    wait_for("half an upload", || (length() > 1 << 20).then_some(()));
    // Dropping the server kills it.
    drop(first);
    let _second = Server::with(Setup { folder, listen: Some(listen), ..Setup::default() });
    let ended = output(child);
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(ended.status.success(), "{said}");
    assert!(std::fs::read(served.join("up")).expect("the upload") == content, "{said}");
    said
}

/// Content without repetition.
fn content() -> Vec<u8> {
    (0..6_u32 << 20).flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes()).collect()
}

#[test]
fn an_upload_goes_on_where_a_killed_server_broke_it_off() {
    let served = tempfile::tempdir().expect("a folder");
    let said = upload_over_two_servers(served.path(), &content());
    let restarts: Vec<_> = said.lines().filter(|line| line.contains("> REST ")).collect();
    let [restart] = restarts[..] else { panic!("{said}") };
    let offset: u64 = restart.rsplit(' ').next().expect("a number").parse().expect("one");
    assert!(offset > 1 << 20, "{said}");
}

#[test]
fn an_older_file_is_not_taken_for_what_an_upload_has_left() {
    let served = tempfile::tempdir().expect("a folder");
    std::fs::write(served.path().join("up"), "older, and in the way").expect("a file");
    let said = upload_over_two_servers(served.path(), &content());
    // The upload continues in the part beside the file.
    assert!(said.contains("> HASH .up.part-packetboat") && said.contains("> REST"), "{said}");
}

/// The client's output about an upload interrupted with Ctrl-C, after which the server sends this
/// reply.
fn said_of_an_upload(reply: &'static str) -> String {
    let (sender, receiver) = channel();
    let fake = Fake::start(move |listener| {
        let mut control = Control::accept(listener, 0);
        control.serve_until("STOR");
        let mut data = control.data();
        control.send("150 go");
        data.read_exact(&mut vec![0; 1 << 20]).expect("the client sends");
        sender.send(()).expect("the test waits");
        assert_eq!(control.line(), "ABOR");
        control.send(reply);
        control.send("226 done");
        assert_eq!(control.line(), "QUIT");
        control.send("221 bye");
        // The client may reset the connection because of unread data.
        let _ = data.read_to_end(&mut Vec::new());
    });
    let home = tempfile::tempdir().expect("a folder");
    let file = std::fs::File::create(home.path().join("f")).expect("a file");
    file.set_len(SIZE).expect("its length");
    let child = start(home.path(), &["put", "f", &fake.url("f")]);
    begin(&receiver);
    let (code, _, stderr) = interrupt(child);
    assert_eq!(code, Some(INTERRUPTED), "{stderr}");
    fake.finish();
    stderr
}

#[test]
fn of_an_upload_dash_c_is_promised_only_where_the_server_has_kept_it() {
    let promise = "the same command with -c to continue from there";
    let said = said_of_an_upload(
        "426 Broken off; 1048576 bytes are kept, so send REST 1048576 and STOR again.",
    );
    assert!(said.contains(promise), "{said}");
    let said = said_of_an_upload("426 Failure writing network stream.");
    assert!(
        !said.contains(promise) && said.contains("without -c the whole file is sent again"),
        "{said}"
    );
}

/// A server without hashes disappears in the middle of an upload to a file of `before` bytes and
/// then has `left` bytes. Returns how many bytes are sent the second time.
fn sent_again(before: u64, left: u64) -> u64 {
    let (sender, receiver) = channel();
    let fake = Fake::start(move |listener| {
        let mut control = Control::accept(listener, before);
        control.serve_until("STOR");
        let mut data = control.data();
        control.send("150 go");
        data.read_exact(&mut vec![0; 1 << 20]).expect("the client sends");
        drop((data, control));
        let mut control = Control::accept(listener, left);
        // FEAT does not offer REST.
        control.serve_until(if before == left { "STOR" } else { "APPE" });
        let mut data = control.data();
        control.send("150 go");
        sender.send(std::io::copy(&mut data, &mut std::io::sink()).expect("data")).expect("a test");
        control.send("226 done");
        // The client checks whether all bytes have arrived.
        control.serve_until("SIZE");
        control.send(&format!("213 {SIZE}"));
        control.serve_until("QUIT");
        control.send("221 bye");
    });
    let home = tempfile::tempdir().expect("a folder");
    let file = std::fs::File::create(home.path().join("f")).expect("a file");
    file.set_len(SIZE).expect("its length");
    let child = start(home.path(), &["put", "f", &fake.url("f")]);
    let ended = output(child);
    assert!(ended.status.success(), "{ended:?}");
    fake.finish();
    receiver.recv().expect("a number")
}

#[test]
fn without_a_hash_an_upload_goes_on_only_behind_what_was_not_there_before() {
    assert_eq!(sent_again(0, 1 << 19), SIZE - (1 << 19));
    assert_eq!(sent_again(1 << 19, 1 << 19), SIZE);
}

/// The part has every byte, but was not renamed: the server was killed before the end of the
/// transfer.
#[test]
fn a_part_that_is_whole_is_not_taken_for_the_file() {
    let (server, home) = (Server::start(), tempfile::tempdir().expect("a folder"));
    std::fs::write(home.path().join("f"), "every byte").expect("a file");
    server.write(".f.part-packetboat", "every byte");
    let child = start(home.path(), &["put", "-c", "f", &server.url("f")]);
    let ended = output(child);
    assert!(ended.status.success(), "{ended:?}");
    assert_eq!(server.read("f"), b"every byte");
    assert_eq!(server.names(), ["f"]);
}
