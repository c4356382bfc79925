//! Data connections that something on the way ends early but cleanly. In clear text nothing marks
//! the end of a file or a listing, so only what the server reports can show that it was cut off.

use std::io::{Read as _, Write as _};
use std::path::Path;

use packetboat_tests::cutter::{Cut, Cutter};
use packetboat_tests::fake::{Control, Fake};
use packetboat_tests::program::{Output, client, ends, run_with_input, says};
use packetboat_tests::retrying::{client_in, folder, home_with};
use packetboat_tests::{Server, Setup, noise};

const CONNECTION: i32 = 3;
const TRANSIENT: i32 = 7;
const PARTIAL: i32 = 11;
const LENGTH: usize = 2_000_000;
const HALF: Cut = Cut::After(1_000_000);

/// Lines of text whose line ends take two bytes on the wire.
fn text() -> Vec<u8> {
    b"a line of text\n".repeat(20_000)
}

#[test]
fn an_upload_that_our_server_got_half_of_goes_on_behind_that() {
    let (server, content) = (Server::start(), noise(LENGTH));
    let home = home_with(&content);
    let cutter = Cutter::start(server.address(), &[HALF]);
    let output = client_in(home.path(), &["put", "-v", "f", &cutter.url("f")]).ok();
    let lost = "426 \"/f\": Data connection lost after 1000000 bytes: 2000000 were announced";
    says(&output, &["> OPTS STOR LENGTH 2000000", lost]);
    says(&output, &["> OPTS STOR LENGTH 1000000", "> REST 1000000"]);
    // The address must stay at the start of its packet, where firewalls look for it.
    says(&output, &["> OPTS STOR LENGTH 2000000\n1 > STOR f"]);
    assert_eq!(server.read("f"), content);
}

#[test]
fn an_upload_that_is_cut_off_each_time_fails_and_leaves_no_short_file_under_its_name() {
    let (server, content) = (Server::start(), noise(LENGTH));
    let home = home_with(&content);
    let put = |words: &[&str], cuts: &[Cut]| {
        let cutter = Cutter::start(server.address(), cuts);
        client_in(home.path(), &[&["put", "--retries", "1", "f", &cutter.url("f")], words].concat())
    };
    let output = put(&[], &[HALF, Cut::After(400_000)]);
    ends(&output, TRANSIENT, &["426", "1000000 were announced", "1400000 bytes are kept"]);
    says(&output, &["with TLS if this happens again"]);
    assert_eq!(server.names(), [".f.part-packetboat"]);
    put(&["-c"], &[Cut::After(300_000)]).ok();
    assert_eq!((server.names(), server.read("f")), (vec!["f".to_owned()], content));
}

/// With many files, "the transfer ended at 1000000 of 2000000 bytes" is useless without a name.
#[test]
fn a_repetition_names_the_file_where_its_reason_does_not() {
    let server = Server::start();
    std::fs::create_dir(server.path("d")).expect("a folder");
    server.write("d/f", noise(LENGTH));
    let home = folder();
    let cutter = Cutter::start(server.address(), &[Cut::Whole, HALF]);
    let output = client_in(home.path(), &["get", "-r", &cutter.url("d")]).ok();
    let line = output.stderr.lines().find(|line| line.contains("attempt 1 of")).expect("a line");
    assert_eq!(line.matches("d/f").count(), 1, "{line}");
}

#[test]
fn an_older_file_stays_until_all_has_come_that_was_announced() {
    let server = Server::start();
    server.write("f", "older");
    let mut dialogue = server.login();
    let mut store = |announced: &str, line: &str| {
        dialogue.expect(format!("OPTS STOR LENGTH {announced}"), 200);
        dialogue.store(line, b"0123456789")
    };
    store("11", "STOR f").code(426).says("after 10 bytes: 11 were announced");
    assert_eq!(server.read("f"), b"older");
    store("10", "STOR f").code(226);
    // The file may have grown since the length was announced.
    store("9", "STOR f").code(226);
    store("11", "APPE f").code(426);
    store("0", "STOR f").code(226);
    assert_eq!(server.read("f"), b"0123456789");
    // The announcement applied only to that one upload.
    dialogue.expect("OPTS STOR LENGTH 11", 200);
    let _unused = dialogue.epsv();
    dialogue.expect("STOR no/such/folder", 553);
    dialogue.store("STOR f", b"abc").code(226);
    // A client that gives up itself is not told that something on the way did.
    dialogue.expect("OPTS STOR LENGTH 11", 200);
    let mut data = dialogue.epsv();
    dialogue.expect("STOR f", 150);
    data.write_all(b"abcd").expect("the server reads");
    dialogue.send("ABOR");
    drop(data);
    dialogue.reply().code(426).says("stopped");
    dialogue.reply().code(226);
    // In other forms too, the length counts the bytes of the data connection, if its end marks the
    // end of the file.
    dialogue.expect("TYPE A", 200);
    dialogue.expect("OPTS STOR LENGTH 5", 200);
    dialogue.store("STOR f", b"a\r\nb").code(426);
    dialogue.expect("OPTS STOR LENGTH 5", 200);
    dialogue.store("STOR f", b"a\r\nbc").code(226);
    assert_eq!(server.read("f"), b"a\nbc");
}

#[test]
fn an_upload_with_c_that_is_cut_off_goes_on() {
    let (server, content) = (Server::start(), noise(LENGTH));
    let home = home_with(&content);
    server.write("f", &content[..300_000]);
    let cutter = Cutter::start(server.address(), &[HALF]);
    client_in(home.path(), &["put", "-c", "f", &cutter.url("f")]).ok();
    assert_eq!(server.read("f"), content);
}

#[test]
fn text_that_is_cut_off_comes_whole_both_ways() {
    let server = Server::start();
    let home = home_with(&text());
    let cutter = Cutter::start(server.address(), &[Cut::After(100_000)]);
    let output = client_in(home.path(), &["put", "--ascii", "f", &cutter.url("f")]).ok();
    says(&output, &["has stored only 100000 of the 320000 bytes"]);
    assert_eq!(server.read("f"), text());
    let cutter = Cutter::start(server.address(), &[Cut::After(100_000)]);
    let arguments = ["get", "--ascii", "-o", "g", &cutter.url("f")];
    says(&client_in(home.path(), &arguments).ok(), &["ended at 100000 of 320000 bytes"]);
    assert_eq!(std::fs::read(home.path().join("g")).expect("a file"), text());
    let cutter = Cutter::start(server.address(), &[Cut::After(100_000)]);
    let arguments = ["get", "--ascii", "--retries", "0", "-o", "h", &cutter.url("f")];
    let output = client_in(home.path(), &arguments);
    ends(&output, CONNECTION, &["in this form it has to start from the beginning"]);
    assert!(!output.stderr.contains("-c"), "{output:?}");
}

#[test]
fn another_server_is_asked_for_the_length_of_what_is_long_enough_to_be_cut_off() {
    let (server, content) = (Server::start(), noise(LENGTH));
    let home = home_with(&content);
    std::fs::write(home.path().join("small"), "abc").expect("a file");
    let cutter = Cutter::foreign(server.address(), &[HALF]);
    let output = client_in(home.path(), &["put", "-v", "f", &cutter.url("f")]).ok();
    says(&output, &["the server has stored only 1000000 of the 2000000 bytes"]);
    assert_eq!(server.read("f"), content);
    let whole = Cutter::foreign(server.address(), &[]);
    let asked = |output: &Output| output.stderr.matches("> SIZE").count();
    assert_eq!(asked(&client_in(home.path(), &["put", "-v", "f", &whole.url("g")]).ok()), 1);
    assert_eq!(asked(&client_in(home.path(), &["put", "-v", "small", &whole.url("s")]).ok()), 0);
    // Our own server has already reported the length.
    let output = client_in(home.path(), &["put", "-v", "f", &server.url("h")]).ok();
    assert_eq!(asked(&output), 0);
}

/// Uploads to a server that gives this answer when asked for the length.
fn put_where_size_is(size: Option<u64>) -> Output {
    let fake = Fake::start(move |listener| {
        let mut control = Control::accept(listener, 0);
        control.serve_until("STOR");
        let mut data = control.data();
        control.send("150 go");
        data.read_to_end(&mut Vec::new()).expect("the file");
        control.send("226 done");
        control.serve_until("SIZE");
        match size {
            Some(size) => control.send(&format!("213 {size}")),
            None => control.send("550 gone"),
        }
        control.serve_until("QUIT");
    });
    let home = home_with(&noise(100_000));
    let output = client_in(home.path(), &["put", "--retries", "0", "f", &fake.url("f")]);
    fake.finish();
    output
}

#[test]
fn what_has_grown_or_was_taken_away_is_no_alarm_and_one_byte_less_is() {
    put_where_size_is(None).ok();
    put_where_size_is(Some(100_000)).ok();
    put_where_size_is(Some(100_001)).ok();
    let output = put_where_size_is(Some(99_999));
    ends(&output, CONNECTION, &["the server has stored only 99999 of the 100000 bytes"]);
}

#[test]
fn what_came_from_a_pipe_and_was_cut_off_fails_and_says_that_it_cannot_be_read_again() {
    let server = Server::start();
    let cutter = Cutter::start(server.address(), &[HALF]);
    let output = run_with_input(&mut client(&["put", "-", &cutter.url("f")]), &noise(LENGTH));
    ends(
        &output,
        CONNECTION,
        &["has stored only 1000000 of the 2000000 bytes", "cannot be read again"],
    );
}

#[test]
fn what_is_written_to_a_pipe_goes_on_behind_what_was_written() {
    let (server, home, content) = (Server::start(), folder(), noise(LENGTH));
    server.write("f", &content);
    for command in [&["cat"][..], &["get", "-o", "-"]] {
        for start in [Cutter::start, Cutter::foreign] {
            let cutter = start(server.address(), &[HALF, Cut::After(200_000)]);
            let output =
                client_in(home.path(), &[command, &["-v", &cutter.url("f")]].concat()).ok();
            says(&output, &["ended at 1200000 of 2000000 bytes", "> REST 1200000"]);
            assert_eq!(output.bytes, content, "{command:?}");
        }
        let cutter = Cutter::start(server.address(), &[HALF]);
        let url = cutter.url("f");
        let output = client_in(home.path(), &[command, &["--retries", "0", &url]].concat());
        ends(&output, CONNECTION, &["of 2000000 bytes after 1000000 bytes had been written"]);
        says(&output, &["cannot be taken back"]);
        assert_eq!(output.bytes, content[..1_000_000]);
    }
}

#[test]
fn text_to_a_pipe_that_was_cut_off_fails_with_what_was_written() {
    let (server, home) = (Server::start(), folder());
    server.write("f", text());
    let cutter = Cutter::start(server.address(), &[Cut::After(160_000)]);
    let output = client_in(home.path(), &["get", "--ascii", "-o", "-", &cutter.url("f")]);
    ends(&output, CONNECTION, &["ended at 160000 of 320000 bytes after 150000 bytes had been"]);
    assert_eq!(output.bytes, text()[..150_000]);
}

#[test]
fn a_file_that_changes_between_two_attempts_is_not_joined_in_a_pipe() {
    let fake = Fake::start(|listener| {
        let mut control = Control::accept(listener, 10);
        control.serve_until("RETR");
        let mut data = control.data();
        control.send("150 go");
        data.write_all(b"first").expect("the client reads");
        drop(data);
        control.send("226 done");
        control.tell_size(11);
        control.serve_until("QUIT");
    });
    let output = client_in(folder().path(), &["cat", &fake.url("f")]);
    fake.finish();
    let told = "the file has changed on the server in the meantime after 5 bytes had been written";
    ends(&output, CONNECTION, &[told]);
    assert_eq!(output.stdout, "first");
}

/// How many bytes of the listing the first `count` files take.
fn lines_of(server: &Server, count: usize) -> u64 {
    let mut dialogue = server.login();
    let listing = dialogue.fetch("MLSD");
    let ends: Vec<_> = listing.iter().enumerate().filter(|(_, byte)| **byte == b'\n').collect();
    ends[count].0 as u64 + 1
}

fn count(folder: &Path) -> usize {
    std::fs::read_dir(folder).expect("a folder").count()
}

/// A server with twenty files, and a folder `l` with these and one more.
fn mirrored() -> (Server, tempfile::TempDir) {
    let (server, home) = (Server::start(), folder());
    for number in 0..20 {
        server.write(&format!("file{number:02}"), "abc");
    }
    client_in(home.path(), &["mirror", &server.url(""), "l"]).ok();
    std::fs::write(home.path().join("l/more"), "abc").expect("a file");
    (server, home)
}

#[test]
fn a_listing_that_was_cut_off_deletes_nothing() {
    let (server, home) = mirrored();
    let local = home.path().join("l");
    let at_line_end = Cut::After(lines_of(&server, 10));
    let mirror = |cutter: &Cutter, retries: &str| {
        let url = cutter.url("");
        client_in(home.path(), &["mirror", "--delete", "--retries", retries, &url, "l"])
    };
    let cutter = Cutter::start(server.address(), &[at_line_end]);
    ends(&mirror(&cutter, "0"), CONNECTION, &["the transfer ended at", "nothing was concluded"]);
    let cutter = Cutter::foreign(server.address(), &[Cut::After(500)]);
    let output = mirror(&cutter, "0");
    ends(&output, CONNECTION, &["the listing ended in the middle of a line"]);
    assert_eq!(count(&local), 21);
    // Nothing shows that the listing was cut, so the client asks for each name before it deletes
    // anything.
    let cutter = Cutter::foreign(server.address(), &[at_line_end]);
    let told = "it is on the server although the listing of its directory did not show it";
    let output = mirror(&cutter, "0");
    says(&output, &[told]);
    assert!(matches!(output.code(), Some(CONNECTION | PARTIAL)), "{output:?}");
    assert_eq!(count(&local), 20, "{output:?}");
    assert!(!local.join("more").exists());
    // Transient failures are retried.
    std::fs::write(local.join("more"), "abc").expect("a file");
    let cutter = Cutter::start(server.address(), &[at_line_end, Cut::After(500)]);
    mirror(&cutter, "2").ok();
    assert_eq!(count(&local), 20);
}

#[test]
fn what_is_deleted_is_asked_for_by_name_only_where_nothing_shows_that_the_listing_is_whole() {
    let (server, home) = mirrored();
    let asked = |url: &str| {
        let arguments = ["mirror", "-n", "-v", "--delete", url, "l"];
        let output = client_in(home.path(), &arguments).ok();
        assert!(output.stdout.contains("delete-local l/more"), "{output:?}");
        output.stderr.contains("> MLST more")
    };
    assert!(!asked(&server.url("")));
    let cutter = Cutter::foreign(server.address(), &[]);
    assert!(asked(&cutter.url("")));
}

#[test]
fn a_listing_that_was_cut_off_is_asked_for_again_and_shown_whole() {
    let (server, home) = mirrored();
    let whole = client_in(home.path(), &["ls", &server.url("")]).ok().stdout;
    let line_end = lines_of(&server, 5);
    type Start = fn(std::net::SocketAddr, &[Cut]) -> Cutter;
    for (start, cut) in [
        (Cutter::start as Start, Cut::After(line_end)),
        (Cutter::foreign, Cut::After(line_end + 7)),
    ] {
        let cutter = start(server.address(), &[cut]);
        assert_eq!(client_in(home.path(), &["ls", &cutter.url("")]).ok().stdout, whole);
        let cutter = start(server.address(), &[cut]);
        let output = client_in(home.path(), &["ls", "--retries", "0", &cutter.url("")]);
        ends(&output, CONNECTION, &[]);
        let cutter = start(server.address(), &[cut]);
        client_in(home.path(), &["get", "-r", &cutter.url(""), "-o", "tree"]).ok();
        assert_eq!(count(&home.path().join("tree")), 20);
        std::fs::remove_dir_all(home.path().join("tree")).expect("a folder");
    }
}

#[test]
fn a_compressed_download_goes_on_behind_what_has_come() {
    let (server, home, content) = (Server::start(), folder(), noise(LENGTH));
    server.write("f", &content);
    let cutter = Cutter::start(server.address(), &[HALF, Cut::After(300_000)]);
    let url = cutter.url("f");
    let output = client_in(home.path(), &["get", "-v", "--mode", "deflate", &url]).ok();
    assert_eq!(output.stderr.matches("> REST ").count(), 2, "{output:?}");
    assert_eq!(std::fs::read(home.path().join("f")).expect("a file"), content);
    // Another run with -c does the same.
    let cutter = Cutter::start(server.address(), &[HALF]);
    let url = cutter.url("f");
    let get = |words: &[&str]| {
        let always = ["get", "-v", "--mode", "deflate", "-o", "g", &url];
        client_in(home.path(), &[&always[..], words].concat())
    };
    ends(&get(&["--retries", "0"]), CONNECTION, &[]);
    says(&get(&["-c"]).ok(), &["> REST "]);
    assert_eq!(std::fs::read(home.path().join("g")).expect("a file"), content);
}

/// The listing contains permissions, but the checks before another attempt do not.
#[test]
fn a_file_of_a_tree_goes_on_behind_what_has_come() {
    let (server, home, content) = (Server::start(), folder(), noise(LENGTH));
    std::fs::create_dir(server.path("d")).expect("a folder");
    server.write("d/f", &content);
    for (words, place) in [(&["get", "-r", "-j", "1", "-o", "a"][..], "a/f"), (&["mirror"], "b/f")]
    {
        // The first data connection is for the listing.
        let cutter = Cutter::start(server.address(), &[Cut::Whole, HALF]);
        let url = cutter.url("d");
        let target = if words == ["mirror"] { &["b"][..] } else { &[] };
        let output = client_in(home.path(), &[words, &["-v", &url], target].concat()).ok();
        says(&output, &["ended at 1000000 of 2000000 bytes", "> REST 1000000"]);
        assert_eq!(std::fs::read(home.path().join(place)).expect("a file"), content);
    }
}

#[test]
fn a_file_that_an_earlier_session_holds_says_until_when() {
    let arguments = vec!["--stall-timeout", "77s"];
    let server = Server::with(Setup { arguments, ..Setup::default() });
    let mut earlier = server.login();
    let _data = earlier.epsv();
    earlier.expect("STOR f", 150);
    let home = home_with(b"abc");
    let output = client_in(home.path(), &["put", "--retries", "0", "f", &server.url("f")]);
    ends(&output, TRANSIENT, &["releases it after 77 seconds without data"]);
    says(&output, &["It may be an earlier one of yours", "--retry STOR,APPE:450=10/60"]);
}
