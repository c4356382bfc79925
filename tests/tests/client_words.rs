//! What the client prints, for people and for programs, and what its exit codes mean.

use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::process::Stdio;

use packetboat_tests::fake::{Control, Fake};
use packetboat_tests::keeper::{KEPT_PASSWORD, Keeper};
use packetboat_tests::program::{client, client_in, json_lines, run, wait};
use packetboat_tests::{PATIENCE, Server, USER};

const USAGE: i32 = 2;
const TRANSIENT: i32 = 7;
const LOCAL_FILE: i32 = 8;
const UNCHECKED: i32 = 14;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

#[test]
fn every_line_of_json_names_its_event_and_times_are_rfc_3339() {
    let server = Server::start();
    server.write("f", "abc");
    let home = folder();
    let listed = json_lines(&client_in(home.path(), &["ls", "--json", &server.url("")]).ok());
    let stat = json_lines(&client_in(home.path(), &["stat", "--json", &server.url("f")]).ok());
    for object in listed.iter().chain(&stat) {
        assert_eq!(object["event"], "result", "{object}");
        assert!(object["command"].is_string() && object["url"].is_string(), "{object}");
        let time = object["modified"].as_str().expect("a time");
        assert!(time.len() == 20 && &time[10..11] == "T" && time.ends_with('Z'), "{time}");
    }
}

/// Users of wget and curl expect this. If the folder cannot be created, that is a local failure,
/// for one file and for several.
#[test]
fn a_folder_with_a_slash_behind_it_is_made() {
    let server = Server::start();
    server.write("f", "abc");
    server.write("g", "def");
    let home = folder();
    let (f, g) = (server.url("f"), server.url("g"));
    client_in(home.path(), &["get", &f, "-o", "one/new/"]).ok();
    client_in(home.path(), &["get", &f, &g, "-o", "two/"]).ok();
    client_in(home.path(), &["get", "-r", &f, "-o", "three/"]).ok();
    for file in ["one/new/f", "two/f", "three/f"] {
        assert_eq!(std::fs::read_to_string(home.path().join(file)).expect(file), "abc");
    }
    assert_eq!(std::fs::read_to_string(home.path().join("two/g")).expect("g"), "def");
    for line in [&["get", &f, "-o", "two/f/"][..], &["get", &f, &g, "-o", "two/f/"]] {
        let output = client_in(home.path(), line);
        assert_eq!(output.code(), Some(LOCAL_FILE), "{output:?}");
        assert!(output.stderr.contains("cannot create the folder -o two/f/: "), "{output:?}");
    }
}

#[test]
fn a_repetition_names_the_address_that_it_is_about() {
    let (server, home) = (Server::start(), folder());
    std::fs::write(home.path().join("f"), "abc").expect("a file");
    let closed = std::net::TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
    let nobody = format!("ftp://{}", closed.expect("a port"));
    let rules = ["--json", "--retry", "553=1/0", "--retry", "ECONNREFUSED=1/0"];
    for (line, subject) in [
        (
            &["put", "f", &server.url("none/f")][..],
            format!("ftp://{USER}@{}/none/f", server.address()),
        ),
        (&["put", "f", &format!("{nobody}/f")], format!("{nobody}/f")),
        (&["get", "-r", &format!("{nobody}/d")], format!("{nobody}/d")),
    ] {
        let output = client_in(home.path(), &[line, &rules].concat());
        let told = json_lines(&output);
        let retry = told.iter().find(|object| object["event"] == "retry").expect("a repetition");
        assert_eq!(retry["subject"], *subject, "{retry}");
    }
}

/// The server continues only after the line was shown.
#[test]
fn a_short_file_that_takes_long_is_shown_on_a_terminal() {
    let (shown, is_shown) = std::sync::mpsc::channel();
    let fake = Fake::start(move |listener| {
        let mut control = Control::accept(listener, 6);
        control.serve_until("RETR");
        let mut data = control.data();
        control.send("150 go");
        data.write_all(b"abc").expect("the client reads");
        is_shown.recv_timeout(PATIENCE).expect("the line");
        data.write_all(b"def").expect("the client reads");
        drop(data);
        control.send("226 done");
        while !matches!(control.line().as_str(), "" | "QUIT") {}
    });
    let (terminal, end) = terminal();
    let home = folder();
    let mut command = client(&["get", &fake.url("f")]);
    let child = command
        .current_dir(home.path())
        .env("TERM", "xterm")
        .stdin(Stdio::null())
        .stderr(end)
        .spawn();
    // This holds the terminal's other end, which must be closed for reading to end.
    drop(command);
    let mut seen = Vec::new();
    let mut buffer = [0; 1024];
    let mut terminal = std::fs::File::from(terminal);
    // Once nobody has the terminal open any more, reading fails.
    while let Ok(length @ 1..) = terminal.read(&mut buffer) {
        seen.extend_from_slice(&buffer[..length]);
        if String::from_utf8_lossy(&seen).contains("< f 6 B ") {
            // Only the first time is anybody waiting.
            let _ = shown.send(());
        }
    }
    let status = wait(child.expect("the client"), PATIENCE).expect("its end");
    fake.finish();
    assert!(status.success(), "{}", String::from_utf8_lossy(&seen));
    assert_eq!(std::fs::read(home.path().join("f")).expect("the file"), b"abcdef");
}

/// A terminal, and the end that a program writes to.
fn terminal() -> (OwnedFd, Stdio) {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
    grantpt(&terminal).and_then(|()| unlockpt(&terminal)).expect("the terminal can be opened");
    let name = ptsname(&terminal, Vec::new()).expect("its name").into_string().expect("a path");
    let end = std::fs::File::options().read(true).write(true).open(name).expect("the other end");
    let size = rustix::termios::Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };
    rustix::termios::tcsetwinsize(&end, size).expect("a size");
    (terminal, end.into())
}

/// A script must be able to tell that the requested verification did not take place, although the
/// file was stored.
#[test]
fn a_file_that_may_be_stored_and_not_read_is_told_as_not_compared() {
    let (keeper, home) = (Keeper::new(), folder());
    keeper.add(&["cam", "--rights", "drop-box"]);
    let server = keeper.serve();
    std::fs::write(home.path().join("f"), "abc").expect("a file");
    let url = format!("ftp://cam@{}/f", server.address());
    let put = |more: &[&str]| {
        let mut command = client(&[&["put", "--verify", "f", &url], more].concat());
        let command = command.env("HOME", home.path()).current_dir(home.path());
        run(command.env("PACKETBOAT_PASSWORD", KEPT_PASSWORD))
    };
    let output = put(&[]);
    assert_eq!(output.code(), Some(UNCHECKED), "{output:?}");
    for words in [
        "the file has arrived but could not be compared: the server refused SIZE f",
        "550 ",
        "Meaning: The transfer succeeded, but the server does not let this user read the file",
        "What to do: Omit --verify",
    ] {
        assert!(output.stderr.contains(words), "{words}: {output:?}");
    }
    assert_eq!(server.read("f"), b"abc");
    std::fs::remove_file(server.path("f")).expect("the file");
    let told = json_lines(&put(&["--json"]));
    let [error] = &told[..] else { panic!("{told:?}") };
    assert_eq!((&error["failure"], &error["phase"]), (&"unchecked".into(), &"verify".into()));
}

/// With several URLs, the destination is reported for each file.
#[test]
fn a_file_is_told_by_its_own_address() {
    let server = Server::start();
    std::fs::create_dir_all(server.path("d/d")).expect("directories");
    server.write("d/f", "abc");
    let home = folder();
    for name in ["a", "b"] {
        std::fs::write(home.path().join(name), name).expect("a file");
    }
    let put = json_lines(&client_in(home.path(), &["put", "--json", "a", "b", &server.url("new")]));
    let subjects: Vec<_> = put.iter().filter_map(|object| object["subject"].as_str()).collect();
    // Output never contains passwords.
    let told = |path: &str| format!("ftp://{USER}@{}/{path}", server.address());
    assert_eq!(subjects, ["new/a", "new/b"].map(told), "{put:?}");
    let urls = |path: &str| {
        let listed = json_lines(&client_in(home.path(), &["ls", "--json", &server.url(path)]).ok());
        let urls = listed.iter().map(|object| object["url"].as_str().expect("a URL").to_owned());
        urls.collect::<Vec<_>>()
    };
    assert_eq!(urls("d"), ["d/d", "d/f"].map(told));
    assert_eq!(urls("d/f"), ["d/f"].map(told), "a file is its own entry");
    assert_eq!(urls("d/*"), ["d/d", "d/f"].map(told));
    std::fs::create_dir(server.path("f")).expect("a directory");
    server.write("f/f", "in a directory of the same name");
    assert_eq!(urls("f"), ["f/f"].map(told));
}

#[test]
fn ls_marks_what_is_no_file() {
    let server = Server::start();
    std::fs::create_dir(server.path("d")).expect("a directory");
    server.write("f", "");
    let home = folder();
    let ls = |option: &[&str]| {
        client_in(home.path(), &[&["ls", &server.url("")], option].concat()).ok().stdout
    };
    assert_eq!(ls(&[]), "d\nf\n", "names for programs have no mark");
    assert_eq!(ls(&["-F"]), "d/\nf\n");
    assert!(ls(&["-lF"]).contains(" d/\n"));
}

/// A cron job has no terminal, and no log on standard input either.
#[test]
fn code_lists_everything_where_no_log_can_come() {
    let home = folder();
    let mut command = client(&["code"]);
    command.current_dir(home.path()).env("TERM", "xterm").stdin(Stdio::null());
    let output = command.output().expect("the program");
    let listed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && listed.contains("WSAECONNREFUSED"), "{output:?}");
    let nothing = client_in(home.path(), &["code"]);
    assert_eq!((nothing.code(), nothing.stdout.as_str()), (Some(1), ""), "{nothing:?}");
}

#[test]
fn a_wrong_command_line_is_told_as_json_to_those_who_asked_for_json() {
    let home = folder();
    for (arguments, command) in [
        (&["get", "--json"][..], "get"),
        (&["get", "--json", "--no-such-option", "ftp://h/f"], "get"),
        (&["ls", "--json", "http://h/"], "ls"),
        (&["code", "--json", "--wrong"], "code"),
    ] {
        let output = client_in(home.path(), arguments);
        assert_eq!(output.code(), Some(USAGE), "{output:?}");
        let [error] = &json_lines(&output)[..] else { panic!("one line: {output:?}") };
        assert_eq!((&error["event"], &error["failure"]), (&"error".into(), &"usage".into()));
        assert_eq!(error["command"], command, "{error}");
        let message = error["message"].as_str().expect("a sentence");
        assert!(!message.is_empty() && !message.contains("Usage:"), "{message}");
    }
    let output = client_in(home.path(), &["get"]);
    assert_eq!((output.code(), output.stdout.as_str()), (Some(USAGE), ""));
}

#[test]
fn a_repetition_is_announced_with_the_reply_that_caused_it() {
    let server = Server::start();
    let mut other = server.login();
    let data = other.epsv();
    other.expect("STOR busy", 150);
    let home = folder();
    std::fs::write(home.path().join("f"), "x").expect("a file");
    let url = server.url("busy");
    let output = client_in(home.path(), &["put", "--retries", "1", "f", &url]);
    assert_eq!(output.code(), Some(TRANSIENT), "{output:?}");
    let line = output.stderr.lines().find(|line| line.contains("attempt 1 of 1")).expect("a line");
    assert!(line.contains("450 \"/busy\": it is in use"), "{line}");
    let told = json_lines(&client_in(home.path(), &["put", "--json", "--retries", "1", "f", &url]));
    assert_eq!((&told[0]["event"], &told[0]["code"]), (&"retry".into(), &450.into()));
    drop(data);
}

#[test]
fn a_file_of_this_machine_that_fails_is_named_with_the_reason_and_the_way_out() {
    let home = folder();
    // No server is needed for these errors.
    let url = "ftp://127.0.0.1:1/x";
    for (arguments, expected) in [
        (&["put", "none", url][..], "packetboat put: none: no such file or directory (ENOENT)\n"),
        (&["put", "/dev/null", url], "packetboat put: /dev/null: it is not a regular file; "),
        (
            &["get", url, "-o", "no/folder"],
            "packetboat get: no: there is no such folder; create it",
        ),
    ] {
        let output = client_in(home.path(), arguments);
        assert_eq!(output.code(), Some(LOCAL_FILE), "{output:?}");
        assert!(output.stderr.starts_with(expected), "{output:?}");
        assert!(!output.stderr.contains("os error"), "{output:?}");
    }
    let told = &json_lines(&client_in(home.path(), &["put", "--json", "none", url]))[0];
    assert_eq!((&told["failure"], &told["path"]), (&"local-file".into(), &"none".into()));
    assert!(told["advice"].as_str().expect("advice").contains("spelling"), "{told}");
}

#[test]
fn every_complaint_has_one_form() {
    let home = folder();
    for (arguments, first) in [
        (
            &["get"][..],
            "packetboat get: the following required arguments were not provided: <URL>...",
        ),
        (&["get", "--jsno", "ftp://h/f"], "packetboat get: unexpected argument '--jsno' found"),
        (&["user", "add"], "packetboat user add: the following required arguments"),
        (&["no-such-command"], "packetboat: unrecognized subcommand 'no-such-command'"),
        (
            &["rm", "-r", "ftp://127.0.0.1:1/"],
            "packetboat rm: ftp://127.0.0.1:1/ is the login directory",
        ),
    ] {
        let output = client_in(home.path(), arguments);
        assert_eq!((output.code(), output.stdout.as_str()), (Some(USAGE), ""), "{output:?}");
        assert!(output.stderr.starts_with(first), "{output:?}");
        assert!(!output.stderr.contains("error:"), "{output:?}");
    }
    let similar = client_in(home.path(), &["get", "--jsno", "ftp://h/f"]);
    let advice = "  What to do: a similar argument exists: '--json'; `packetboat get --help` ";
    assert!(similar.stderr.contains(advice), "{similar:?}");
}

#[test]
fn a_resumed_download_says_from_where() {
    let server = Server::start();
    server.write("f", "0123456789".repeat(300));
    let home = folder();
    std::fs::write(home.path().join("f.pbpart"), &"0123456789".repeat(300)[..2048])
        .expect("a part");
    let output = client_in(home.path(), &["get", "-c", &server.url("f")]).ok();
    assert!(output.stderr.starts_with("1 file, 952 B in "), "{output:?}");
    assert!(output.stderr.ends_with(", resumed at 2.0 KiB\n"), "{output:?}");
}

/// Like `| head`.
#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let server = Server::start();
    server.write("large", vec![b'x'; 8 << 20]);
    let home = folder();
    for arguments in [&["cat"][..], &["get", "-o", "-"]] {
        let mut command = client(arguments);
        command.arg(server.url("large")).current_dir(home.path()).env("HOME", home.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the client");
        let mut head = [0; 10];
        // The pipe is closed when it goes out of scope.
        child.stdout.take().expect("a pipe").read_exact(&mut head).expect("its beginning");
        let mut stderr = child.stderr.take().expect("a pipe");
        let status = wait(child, PATIENCE).expect("its end");
        let mut told = String::new();
        stderr.read_to_string(&mut told).expect("text");
        assert_eq!((status.code(), told.as_str()), (Some(0), ""), "{arguments:?}");
    }
}

#[test]
fn the_log_says_who_ended_a_session() {
    let server = Server::start();
    client_in(folder().path(), &["ls", &server.url("")]).ok();
    server.wait_for_log(" closed by QUIT after ");
    drop(server.connect());
    server.wait_for_log(" closed by the client after ");
}

/// Characters that end a line, control a terminal or change the writing direction.
fn is_harmful(letter: char) -> bool {
    let turns = ['\u{200e}'..='\u{200f}', '\u{202a}'..='\u{202e}', '\u{2066}'..='\u{2069}'];
    (letter.is_control() && letter != '\n') || turns.iter().any(|marks| marks.contains(&letter))
}

/// Programs that read a list of names get them unchanged; nobody else does.
#[test]
fn names_cannot_steer_a_terminal_wherever_they_are_shown() {
    let server = Server::start();
    let name = "e\u{1b}]0;owned\u{7}\u{9b}31m\u{8}\u{202e}txt\u{7f}\u{2066}\u{200f}";
    let escaped = "e%1B]0;owned%07%C2%9B31m%08%E2%80%AEtxt%7F%E2%81%A6%E2%80%8F";
    server.write(name, "abc");
    let home = folder();
    let (url, missing) = (server.url(escaped), server.url(&format!("{escaped}-none")));
    let all = server.url("");
    let listed = json_lines(&client_in(home.path(), &["ls", "--json", &all]).ok());
    assert_eq!(listed[0]["name"], name);
    for arguments in [
        &["get", "-v", &missing][..],
        &["get", "-v", "-r", &all, "-o", "copy"],
        &["put", "-v", &format!("{name}-none"), &url],
        &["stat", "-v", &url, &missing],
        &["mkdir", "-v", &url],
        &["mv", "-v", &missing, "x"],
        &["ls", "--json", &all],
        &["get", "--json", &missing],
        &["get", "--json", "-r", &all, "-o", "copy"],
        &["put", "--json", &format!("{name}-none"), &url],
        &["stat", "--json", &url, &missing],
        &["code", "--json", name],
        &["rm", "-v", &url, &missing],
    ] {
        let output = client_in(home.path(), arguments);
        let shown = format!("{}{}", output.stdout, output.stderr);
        assert!(!shown.contains(is_harmful), "{arguments:?}: {shown:?}");
        assert!(shown.contains("owned") || arguments[0] == "code", "{arguments:?}: {shown:?}");
    }
    let log = server.log();
    assert!(!log.contains(|letter: char| letter.is_control() && letter != '\n'), "{log:?}");
}

/// The name of a part and the text of a reply both come from the server.
#[test]
fn neither_a_hint_nor_a_reply_can_steer_a_terminal() {
    for json in [false, true] {
        let fake = Fake::start(|listener| {
            let mut control = Control::accept(listener, 6);
            control.serve_until("RETR");
            let mut data = control.data();
            control.send("150 here it comes");
            data.write_all(b"abc").expect("the client reads");
            drop(data);
            control.send("426 \u{9b}31m\u{7f}\u{2067} broken");
            // Read whatever the client still sends.
            let _ = control.into_stream().read_to_end(&mut Vec::new());
        });
        let url = fake.url("%C2%9B31mf");
        let words = ["get", "--retries", "0", if json { "--json" } else { "-v" }, &url];
        let output = client_in(folder().path(), &words);
        fake.finish();
        let shown = format!("{}{}", output.stdout, output.stderr);
        assert!(shown.contains("bytes are kept in"), "{shown:?}");
        assert!(!shown.contains(is_harmful), "{shown:?}");
    }
}

#[test]
fn a_number_below_0_needs_no_dashes_before_it() {
    let home = folder();
    for (number, first) in [
        ("-15", "GnuTLS -15 GNUTLS_E_UNEXPECTED_PACKET, "),
        ("-5", "-5 is a result of a look-up (getaddrinfo) on Linux, 11004 in the catalogue."),
    ] {
        let told = client_in(home.path(), &["code", number]);
        assert!(told.code() == Some(0) && told.stdout.starts_with(first), "{told:?}");
        assert_eq!(told.stdout, client_in(home.path(), &["code", "--", number]).stdout);
    }
}
