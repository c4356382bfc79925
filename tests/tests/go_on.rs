//! Transfers that break and resume within one run: the client resumes only from data that this run
//! has transferred, and only if the file is still the same.

use std::io::{Read as _, Write as _};

use packetboat_tests::dialogue::reset;
use packetboat_tests::fake::{Control, Fake};
use packetboat_tests::program::ends;
use packetboat_tests::retrying::{client_in, folder, home_with};
use packetboat_tests::{Server, Setup, noise, wait_for};

const DIFFERENT: i32 = 12;
const LENGTH: usize = 2_000_000;

/// Uploads, with a break, to a server that supports no hashes and whose clock shows the given time.
fn put_over_a_break(options: &[&str], replaces: bool, clock: &'static str, then: &'static [&str]) {
    let home = home_with(&[1; 100_000]);
    let [file, new] = ["f", "new"].map(|name| home.path().join(name));
    let fake = Fake::start(move |listener| {
        let mut control = Control::accept(listener, 0).answering("MDTM", clock);
        control.serve_until("STOR");
        let mut data = control.data();
        control.send("150 go");
        let beginning = if replaces { 1000 } else { 100_000 };
        data.read_exact(&mut vec![0; beginning]).expect("a beginning");
        if replaces {
            std::fs::write(&new, [2; 100_000]).expect("a file");
            std::fs::rename(&new, &file).expect("another file of that name");
        }
        drop(data);
        control.send("426 lost");
        drop(control);
        let mut control = Control::accept(listener, 1000).answering("MDTM", clock);
        for asked in then {
            let line = control.serve_until_one_of(&["APPE", "STOR", "QUIT"]);
            assert_eq!(line, *asked);
            if line != "QUIT" {
                let mut data = control.data();
                control.send("150 go");
                let mut content = Vec::new();
                data.read_to_end(&mut content).expect("all of it");
                let whole = if line.starts_with("STOR") { 100_000 } else { 99_000 };
                assert!(content == vec![if replaces { 2 } else { 1 }; whole]);
                control.tell_size(100_000);
                control.send("226 done");
            }
        }
    });
    let output = client_in(home.path(), &[&["put", "f", &fake.url("f")], options].concat());
    fake.finish();
    let code = if then.len() == 1 { DIFFERENT } else { 0 };
    assert_eq!(output.code(), Some(code), "{output:?}");
}

#[test]
fn what_was_sent_of_a_file_that_was_replaced_meanwhile_is_not_gone_on_from() {
    let now = "213 20990101000000";
    put_over_a_break(&[], true, now, &["STOR f", "QUIT"]);
    put_over_a_break(&["-c"], true, now, &["QUIT"]);
}

#[test]
fn an_upload_goes_on_though_the_clock_of_the_server_is_behind() {
    put_over_a_break(&["-c"], false, "213 19990101000000", &["APPE f", "QUIT"]);
}

#[test]
fn a_download_goes_on_though_the_clock_of_the_server_is_ahead() {
    let home = folder();
    let part = home.path().join("f.pbpart");
    let fake = Fake::start(move |listener| {
        let size = LENGTH as u64;
        let accept = || Control::accept(listener, size).answering("MDTM", "213 20990101000000");
        let mut control = accept();
        control.serve_until("RETR");
        let mut data = control.data();
        control.send("150 go");
        data.write_all(&[1; LENGTH / 2]).expect("a beginning");
        let length = || std::fs::metadata(&part).map_or(0, |found| found.len());
        wait_for("the beginning", || (length() == size / 2).then_some(()));
        reset(data);
        control.send("426 lost");
        drop(control);
        let mut control = accept();
        assert_eq!(control.serve_until_one_of(&["REST", "RETR"]), "REST 1000000");
        control.send("350 go on");
        control.serve_until("RETR");
        control.transfer(&[2; LENGTH / 2]);
        control.serve_until("QUIT");
    });
    client_in(home.path(), &["get", &fake.url("f")]).ok();
    fake.finish();
    let content = std::fs::read(home.path().join("f")).expect("a file");
    assert!(content == [[1; LENGTH / 2], [2; LENGTH / 2]].concat());
}

/// If the first attempt of a download transferred nothing, it left no part either: an existing part
/// belongs to another file.
#[test]
fn a_part_that_this_run_has_not_written_is_none_of_its_own() {
    for options in [&[][..], &["-c"]] {
        let home = folder();
        let part = home.path().join("f.pbpart");
        std::fs::write(&part, [7; LENGTH / 2]).expect("what another run has left");
        let long_ago = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1000);
        let file = std::fs::File::options().write(true).open(&part).expect("a file");
        file.set_modified(long_ago).expect("a time");
        let fake = Fake::start(|listener| {
            let mut control = Control::accept(listener, LENGTH as u64);
            for refusal in ["450 just now it is locked", "450 it still is"] {
                assert_eq!(control.serve_until_one_of(&["REST", "RETR"]), "RETR f");
                control.send(refusal);
            }
            assert_eq!(control.serve_until_one_of(&["REST", "RETR"]), "RETR f");
            control.transfer(&[1; LENGTH]);
            control.serve_until("QUIT");
        });
        client_in(home.path(), &[&["get", &fake.url("f")], options].concat()).ok();
        fake.finish();
        let content = std::fs::read(home.path().join("f")).expect("a file");
        assert!(content == [1; LENGTH], "{options:?}");
    }
}

/// What the client sends after STOR.
fn received(control: &mut Control) -> Vec<u8> {
    let mut data = control.data();
    control.send("150 go");
    let mut content = Vec::new();
    data.read_to_end(&mut content).expect("all of it");
    content
}

/// A file of which the beginning was sent becomes this one, without a new inode.
fn rewritten_as(file: &std::path::Path, content: &[u8]) {
    std::fs::write(file, content).expect("written to");
    // Some file systems count time so coarsely that the test could be too fast for them.
    let later = std::time::SystemTime::now() + std::time::Duration::from_secs(10);
    let opened = std::fs::File::options().write(true).open(file).expect("a file");
    opened.set_modified(later).expect("a time");
}

#[test]
fn what_was_sent_of_a_file_that_was_rewritten_in_place_is_not_gone_on_from() {
    for length in [100_000, 100_001] {
        let home = home_with(&[1; 100_000]);
        let file = home.path().join("f");
        let fake = Fake::start(move |listener| {
            let mut control = Control::accept(listener, 0);
            control.serve_until("STOR");
            // A data connection that is closed early might also end the session.
            assert!(received(&mut control) == [1; 100_000]);
            rewritten_as(&file, &vec![2; length]);
            control.send("426 Lost; send REST 1000 and STOR again to resume.");
            assert_eq!(control.serve_until_one_of(&["REST", "APPE", "STOR"]), "STOR f");
            assert!(received(&mut control) == vec![2; length], "{length}");
            control.send("226 done");
        });
        let output = client_in(home.path(), &["put", "f", &fake.url("f")]);
        fake.finish();
        ends(&output, 0, &[]);
    }
}

#[test]
fn a_file_that_becomes_shorter_while_it_is_sent_is_not_stored() {
    let forms: [&[&str]; 5] =
        [&[], &["--mode", "deflate"], &["--mode", "block"], &["--page"], &["--ascii"]];
    for form in forms {
        let setup = Setup { arguments: vec!["--rate-up", "1MiB/s"], ..Setup::default() };
        let server = Server::with(setup);
        server.write("f", "older");
        let home = home_with(&noise(32 << 20));
        let file = home.path().join("f");
        let part = server.path(".f.part-packetboat");
        let changer = std::thread::spawn(move || {
            // Once something has arrived, the client has opened the file.
            let length = || std::fs::metadata(&part).map_or(0, |found| found.len());
            wait_for("a beginning", || (length() > 0).then_some(()));
            std::fs::File::options().write(true).open(file).and_then(|file| file.set_len(1000))
        });
        let url = server.url("f");
        let words = [&["put", "--retries", "0", "f", &url], form].concat();
        let output = client_in(home.path(), &words);
        changer.join().expect("a thread").expect("a shorter file");
        ends(&output, 8, &["it became shorter while it was sent"]);
        assert_eq!(server.read("f"), b"older", "{form:?}");
    }
}
